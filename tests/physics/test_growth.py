"""Doubling, and two of them at different paces."""

from __future__ import annotations

import pytest

from ironlaw.physics.growth import doublings, exponential_growth, growth_gap

MONTH = 365.25 * 86_400 / 12


def test_two_doubling_times_over_seven_years_open_a_gap_of_2_4_million() -> None:
    """Known error: 195,000. Doubling every 3.4 months against every 24, for seven years."""
    fast, slow = doublings(84 * MONTH, 3.4 * MONTH), doublings(84 * MONTH, 24 * MONTH)
    assert growth_gap(fast, slow) == pytest.approx(2.4e6, rel=0.02)
    assert growth_gap(fast, slow) == pytest.approx(exponential_growth(fast) / exponential_growth(slow))
    assert exponential_growth(slow) == pytest.approx(11.3, abs=0.02)


def test_growth_step_by_step() -> None:
    size = 1.0
    for step in range(40):
        assert exponential_growth(step) == size
        assert growth_gap(step, step) == 1
        size *= 2
