"""Lift, error products, flexible carbon and the width of a counted share, against counting by hand and scipy."""

from __future__ import annotations

import itertools
import math

import pytest
from scipy.stats import binom, norm

from ironlaw.physics.conflict import error_product, flexible_carbon, limit_lift
from ironlaw.physics.proportion import share_half_width


def test_lift_is_one_for_independent_limits_and_nought_for_exclusive_ones() -> None:
    designs = list(itertools.product(range(4), range(5)))
    count = len(designs)

    def lift(one, two) -> float:  # type: ignore[no-untyped-def]  # two predicates on a design
        both = sum(one(d) and two(d) for d in designs) / count
        return limit_lift(both, sum(map(one, designs)) / count, sum(map(two, designs)) / count)

    assert lift(lambda d: d[0] < 2, lambda d: d[1] < 3) == pytest.approx(1)
    assert lift(lambda d: d[0] < 2, lambda d: d[0] >= 2) == 0
    assert lift(lambda d: d[0] < 2, lambda d: d[0] < 2) == pytest.approx(2)


def test_factors_of_one_change_nothing_and_factors_multiply() -> None:
    assert error_product(0.02, 1, 1, 1, 1) == 0.02
    assert error_product(0.02, 0.5, 2, 3, 1.1) == pytest.approx(0.066)


def test_flexible_carbon_is_a_mean_over_two_kinds_of_hours() -> None:
    clean, mean, energy = 0.3e-7, 0.4e-7, 5e9
    for share in (0.0, 0.25, 1.0):
        by_hour = energy * (share * clean + (1 - share) * mean)
        assert flexible_carbon(energy, mean, share, 1 - clean / mean) == pytest.approx(by_hour)


@pytest.mark.parametrize("count", [30, 100, 400])
def test_the_half_width_covers_four_in_five_of_the_counts(count: int) -> None:
    half = share_half_width(count, float(norm.ppf(0.9)))
    low, high = math.ceil(count * (0.5 - half)), math.floor(count * (0.5 + half))
    covered = binom.cdf(high, count, 0.5) - binom.cdf(low - 1, count, 0.5)
    assert covered == pytest.approx(0.8, abs=0.08)
    assert share_half_width(4 * count, 1.0) == pytest.approx(share_half_width(count, 1.0) / 2)
