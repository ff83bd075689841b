"""Convolutions on a GPU and small cores: bounds, limits and counted cycles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ironlaw.physics.convolution import convolution_time, core_cycles_time, eager_time

from .inputs import from_zero

quick = settings(deadline=None)
amounts = from_zero(1e12)


@quick
@given(amounts, amounts)
def test_a_convolution_is_never_above_the_roofline(macs: float, moved: float) -> None:
    time = convolution_time(macs, 1.0, 1.0, 15.7e12, 0.8, moved, 900e9, 0.9)
    assert time >= 2 * macs / 15.7e12
    assert time >= moved / 900e9


@quick
@given(from_zero(10), from_zero(1e4))
def test_host_and_gpu_run_side_by_side(busy: float, operators: float) -> None:
    time = eager_time(busy, operators, 50e-6)
    assert max(busy, operators * 50e-6) == time
    assert eager_time(busy, operators, 0.0) == busy  # a host that costs nothing


def test_cycles_add_up_and_cores_share_them() -> None:
    one = core_cycles_time(1e6, 2.0, 0.5, 1e5, 4.0, 400e6, 1)
    assert one == pytest.approx((1e6 + 4e5) / 400e6)
    assert core_cycles_time(1e6, 2.0, 0.5, 1e5, 4.0, 400e6, 2) == pytest.approx(one / 2)
    assert core_cycles_time(1e6, 2.0, 0.5, 1e5, 4.0, 800e6, 1) == pytest.approx(one / 2)


def test_a_winograd_convolution_by_hand() -> None:
    """1 GMAC, 4/9 of it left, tiles a quarter larger than the image, half of 10 TFLOP/s; or 3 GB at 3/4 of 1 TB/s."""
    arithmetic = 2e9 * 4 / 9 * 1.25 / 5e12
    assert convolution_time(1e9, 4 / 9, 1.25, 10e12, 0.5, 0.0, 1e12, 0.75) == pytest.approx(arithmetic)
    assert convolution_time(1e9, 4 / 9, 1.25, 10e12, 0.5, 3e9, 1e12, 0.75) == pytest.approx(4e-3)


def test_cycles_by_the_clock() -> None:
    """A vector unit of four products a cycle that is busy every other one; then a product in five cycles, one by one."""
    cycles = dense = narrow = 0
    while dense < 1_000:
        dense, cycles = dense + (4 if cycles % 2 else 0), cycles + 1
    while narrow < 30:
        narrow, cycles = narrow + 1, cycles + 5
    assert core_cycles_time(1_000, 4.0, 0.5, 30, 5.0, 100e6, 1) == pytest.approx(cycles / 100e6)
