"""The roofline and two figures that the material gets wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.roofline import attainable_rate, ridge_point

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
