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
