"""Drift statistics against scipy, the retraining interval against numerical minimisation and its own units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, ks_2samp, kstwobign

from ironlaw.physics import InputError, num
from ironlaw.physics.drift import (
    accuracy_decay,
    decay_time,
    ks_limit,
    ks_statistic,
    population_stability_index,
    psi_limit,
    psi_term,
    retraining_cost_rate,
    retraining_interval,
    staleness_growth,
    undetected_drift_cost,
)

quick = settings(deadline=None)
DAY = 86_400.0


def test_the_interval_needs_the_rate_in_dollars_per_day_squared() -> None:
    per_day_squared = 20 / DAY**2
    assert retraining_interval(1000, per_day_squared) == pytest.approx(10 * DAY)
    # $10,000 a day for all accuracy and 0.2 points lost a day make those 20 $/day².
    assert staleness_growth(10_000 / DAY, 0.002 / DAY) == pytest.approx(per_day_squared)


@quick
@given(st.floats(1, 1e6), st.floats(1e-12, 1e-3))
def test_the_interval_is_the_minimum_of_a_flat_u(cost: float, growth: float) -> None:
    best = retraining_interval(cost, growth)
    found = minimize_scalar(
        lambda x: retraining_cost_rate(cost, growth, float(np.exp(x))),
        bounds=(np.log(best) - 5, np.log(best) + 5),
        method="bounded",
    )
    least = retraining_cost_rate(cost, growth, best)
    assert least == pytest.approx(found.fun)
    assert least == pytest.approx((2 * cost * growth) ** 0.5)
    for times in (0.5, 2):
        assert retraining_cost_rate(cost, growth, best * times) == pytest.approx(1.25 * least)
    # At the optimum retraining and staleness cost the same, and an interval's staleness is what a retraining costs.
    assert undetected_drift_cost(growth, best) == pytest.approx(cost)


@quick
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
)
def test_ks_statistic_is_the_largest_distance(first: list[int], second: list[int]) -> None:
    distances = [
        abs(sum(x <= at for x in first) / len(first) - sum(x <= at for x in second) / len(second)) for at in range(31)
    ]
    assert ks_statistic(first, second) == pytest.approx(max(distances))


def test_ks_statistic_is_scipys() -> None:
    random = np.random.default_rng(4)
    first, second = random.normal(size=300), random.normal(0.3, 1.2, size=450)
    assert ks_statistic(first.tolist(), second.tolist()) == pytest.approx(ks_2samp(first, second).statistic)


@pytest.mark.parametrize("level", [0.1, 0.05, 0.01, 0.001])
def test_ks_limit_is_smirnovs(level: float) -> None:
    n, m = 400, 900
    assert ks_limit(level, n, m) * (n * m / (n + m)) ** 0.5 == pytest.approx(kstwobign.isf(level), rel=2e-3)
    assert ks_limit(0.05, n, n) == pytest.approx(1.358 * (2 / n) ** 0.5, rel=1e-3)


@pytest.mark.parametrize("freedom", [3, 9, 19])
@pytest.mark.parametrize("level", [0.1, 0.05, 0.01])
def test_psi_limit_is_chi_squared(freedom: int, level: float) -> None:
    limit = psi_limit(1000, 500, freedom, num.normal_quantile(1 - level))
    assert limit / (1 / 1000 + 1 / 500) == pytest.approx(chi2.isf(level, freedom), rel=0.01)


def test_unchanged_data_alarms_as_often_as_the_limit_says() -> None:
    random = np.random.default_rng(2)
    bins, n, m, runs = 10, 5000, 2000, 2000
    first = random.multinomial(n, [1 / bins] * bins, size=runs) / n
    second = random.multinomial(m, [1 / bins] * bins, size=runs) / m
    index = np.asarray(psi_term(second, first)).sum(axis=1)  # type: ignore[arg-type]
    alarms = float((index > psi_limit(n, m, bins - 1, num.normal_quantile(0.95))).mean())
    assert alarms == pytest.approx(0.05, abs=0.02)
    assert population_stability_index(first[0].tolist(), second[0].tolist()) == pytest.approx(float(index[0]))


def test_index_is_symmetric_and_zero_for_the_same() -> None:
    first, second = [0.2, 0.3, 0.5], [0.3, 0.3, 0.4]
    assert population_stability_index(first, first) == 0
    assert population_stability_index(first, second) == pytest.approx(population_stability_index(second, first))
    assert population_stability_index(first, second) > 0


@pytest.mark.parametrize(
    ("expected", "actual", "message"),
    [
        ([0.5, 0.5], [1.0], "actual must have as many bins as expected"),
        ([1.0], [1.0], "at least 2"),
        ([0.5, 0.5], [1.0, 0.0], "actual must be greater than 0 and at most 1, got 0.0"),
        ([0.5, 0.4], [0.5, 0.5], "expected must sum to 1, got 0.9"),
    ],
)
def test_bad_bins_are_named(expected: list[float], actual: list[float], message: str) -> None:
    with pytest.raises(InputError) as caught:
        population_stability_index(expected, actual)
    assert message in str(caught.value)


@pytest.mark.parametrize(("first", "second", "field"), [([], [1.0], "reference"), ([1.0], [float("nan")], "current")])
def test_bad_samples_are_named(first: list[float], second: list[float], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must "):
        ks_statistic(first, second)


@quick
@given(st.floats(0.5, 1), st.floats(0, 0.49), st.floats(0, 1e7), st.floats(1, 1e7))
def test_accuracy_decays_from_start_to_floor(start: float, floor: float, time: float, constant: float) -> None:
    accuracy = accuracy_decay(start, floor, time, constant)
    assert floor <= accuracy <= start
    assert accuracy_decay(start, floor, 0, constant) == pytest.approx(start)
    if accuracy - floor > 1e-6:
        assert decay_time(start, floor, min(accuracy, start), constant) == pytest.approx(
            time, rel=1e-6, abs=1e-6 * constant
        )


def test_a_limit_that_is_never_reached_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^limit_above_floor must be greater than 0, got "):
        decay_time(0.9, 0.7, 0.6, DAY)
    with pytest.raises(InputError, match=r"^start_above_limit must be at least 0, got "):
        decay_time(0.9, 0.7, 0.95, DAY)
