"""The roofline and two figures that the material gets wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.roofline import (
    Operator,
    attainable_rate,
    gemm_bytes,
    gemm_flops,
    gemm_intensity,
    model_roofline,
    operator_time,
    ridge_point,
)

from .inputs import from_zero

positive = st.floats(1e-3, 1e15)


def test_known_error_gemm_of_1024_is_compute_bound_on_h100() -> None:
    peak, bandwidth = 989e12, 3.35e12
    n = 1024
    intensity = 2 * n**3 / (3 * n**2 * 2)  # FLOP of a square product over three 2-byte matrices
    assert ridge_point(peak, bandwidth) == pytest.approx(295, abs=0.5)
    assert intensity == pytest.approx(341, abs=0.5)
    assert attainable_rate(peak, bandwidth, intensity) == peak
    assert attainable_rate(peak, bandwidth, intensity / 2) / peak == pytest.approx(0.578, abs=0.001)  # n = 512


@settings(deadline=None)
@given(positive, positive, from_zero(1e9))
def test_never_above_either_roof(peak: float, bandwidth: float, intensity: float) -> None:
    rate = attainable_rate(peak, bandwidth, intensity)
    assert rate <= peak
    assert rate <= bandwidth * intensity
    assert attainable_rate(peak, bandwidth, ridge_point(peak, bandwidth)) == pytest.approx(peak)
    assert attainable_rate(peak, bandwidth, intensity * 2) >= rate


@settings(deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(1, 10_000), st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_intensity_is_arithmetic_over_bytes(m: int, n: int, k: int, value_bytes: float) -> None:
    flops, moved = gemm_flops(m, n, k), gemm_bytes(m, n, k, value_bytes)
    intensity = gemm_intensity(m, n, k, value_bytes)
    assert intensity == pytest.approx(flops / moved)
    assert intensity == pytest.approx(gemm_intensity(n, m, k, value_bytes))
    assert intensity < 2 * min(m, n, k) / value_bytes * (
        1 + 1e-12
    )  # each value of the long matrices is used that often


def test_gemm_bytes_and_flops_by_counting() -> None:
    left, right, out = 3 * 5, 5 * 4, 3 * 4
    assert gemm_bytes(3, 4, 5) == 2 * (left + right + out)
    assert gemm_flops(3, 4, 5) == 2 * sum(1 for _row in range(3) for _column in range(4) for _term in range(5))


def test_known_error_square_products_on_h100() -> None:
    assert gemm_intensity(1024, 1024, 1024) == pytest.approx(341.3, abs=0.1)
    assert gemm_intensity(512, 512, 512) / ridge_point(989e12, 3.35e12) == pytest.approx(0.578, abs=0.001)


def test_a_model_is_slower_than_its_totals_say() -> None:
    """One operator that computes and one that moves: they follow one another, so neither fills what the other leaves."""
    peak, bandwidth = 100.0, 10.0
    operators = [Operator("product", 1000.0, 1.0), Operator("norm", 1.0, 50.0, times=2)]
    whole = model_roofline(operators, peak, bandwidth)
    assert whole.time == pytest.approx(10 + 2 * 5)
    assert whole.memory_share == pytest.approx(0.5)
    assert whole.rate == pytest.approx(1002 / 20)
    assert whole.time > operator_time(1002, 101, peak, bandwidth)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(1, 1e15), st.floats(1, 1e12), st.integers(1, 100)), min_size=1, max_size=6))
def test_a_model_never_beats_the_roofline(rows: list[tuple[float, float, int]]) -> None:
    peak, bandwidth = 1e15, 3e12
    whole = model_roofline([Operator("o", *row) for row in rows], peak, bandwidth)
    flops, moved = (sum(row[i] * row[2] for row in rows) for i in (0, 1))
    assert whole.rate <= attainable_rate(peak, bandwidth, flops / moved) * (1 + 1e-9)
    assert whole.time == pytest.approx(sum(row[2] * operator_time(row[0], row[1], peak, bandwidth) for row in rows))
    assert 0 <= whole.memory_share <= 1 + 1e-12


def test_no_operators_are_no_model() -> None:
    with pytest.raises(InputError, match=r"^operators must hold at least one"):
        model_roofline([], 1.0, 1.0)
