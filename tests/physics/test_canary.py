"""Sample sizes against simulation and published tables, alarms against the normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ironlaw.physics import InputError
from ironlaw.physics.canary import (
    alarm_run_length,
    any_false_alarm,
    canary_exposure,
    canary_sample_size,
    canary_samples,
    canary_time,
    false_alarms,
    peeking_false_alarm,
    silent_failure_cost,
    staged_rollout_time,
)

quick = settings(deadline=None)


def test_778_alarms_a_day_and_not_864() -> None:
    checks = 1000 * 24 * 12  # a thousand metrics every five minutes
    assert round(false_alarms(checks, 3)) == 778
    assert false_alarms(checks, 3) == pytest.approx(checks * 2 * norm.sf(3))
    assert round(checks * 0.003) == 864  # "0.3 %" is 0.27 %


@pytest.mark.parametrize(("base", "change", "published"), [(0.10, 0.02, 3841), (0.05, 0.01, 8158), (0.5, 0.05, 1565)])
def test_sample_size_is_that_of_power_prop_test(base: float, change: float, published: int) -> None:
    """R's power.prop.test at 5 % in both directions and 80 % power pools the variance: within a few requests."""
    assert canary_sample_size(base, change, 0.05, 0.8) == pytest.approx(published, rel=2e-3)


@pytest.mark.parametrize(("base", "change"), [(0.02, 0.01), (0.2, 0.05), (0.6, 0.1)])
def test_a_canary_of_that_size_sees_the_change_as_often_as_promised(base: float, change: float) -> None:
    n = canary_sample_size(base, change, 0.05, 0.9, both=False)
    random = np.random.default_rng(9)
    old, new = (random.binomial(n, rate, 40_000) / n for rate in (base, base + change))
    z = (new - old) / np.sqrt((old * (1 - old) + new * (1 - new)) / n)
    assert float((z > norm.isf(0.05)).mean()) == pytest.approx(0.9, abs=0.012)


@quick
@given(st.floats(0.01, 0.5), st.floats(0.001, 0.4))
def test_half_the_change_takes_about_four_times_the_requests(base: float, change: float) -> None:
    whole, half = (canary_samples(base, d, 1.96, 0.84) for d in (change, change / 2))
    worse, less = base + change, base + change / 2
    variances = (base * (1 - base) + less * (1 - less)) / (base * (1 - base) + worse * (1 - worse))
    assert half / whole == pytest.approx(4 * variances)


def test_a_rate_above_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"^samples must be at least 0, got -"):
        canary_samples(0.95, 0.9, 1.96, 0.84)


@pytest.mark.parametrize(("level", "power", "field"), [(0.5, 0.8, "level"), (0, 0.8, "level"), (0.05, 1, "power")])
def test_bad_levels_are_named(level: float, power: float, field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must be "):
        canary_sample_size(0.1, 0.01, level, power)


def test_time_exposure_and_the_share_that_cancels() -> None:
    harmed = []
    for share in (0.01, 0.1, 1.0):
        time = canary_time(3841, share, 50)
        assert time == pytest.approx(3841 / 50 / share)
        harmed.append(canary_exposure(0.02, share, 50, time))
    assert harmed == pytest.approx([3841 * 0.02] * 3)


def test_stages_wait_for_requests_or_for_the_bake() -> None:
    stages = (0.01, 0.1, 1.0)
    assert staged_rollout_time(stages, 1000, 100) == pytest.approx(1000 + 100 + 10)
    assert staged_rollout_time(stages, 1000, 100, bake=600) == pytest.approx(1000 + 600 + 600)
    for bad in ((), (0.1, 0.1), (0.5, 0.1), (0.0, 1.0), (0.5, 1.5)):
        with pytest.raises(InputError, match=r"^shares must "):
            staged_rollout_time(bad, 1000, 100)


@pytest.mark.parametrize(("limit", "shift", "checks"), [(3, 0, 370.4), (3, 1, 43.9), (3, 2, 6.3), (3, 3, 2.0)])
def test_run_lengths_of_the_textbook(limit: float, shift: float, checks: float) -> None:
    assert alarm_run_length(limit, shift) == pytest.approx(checks, abs=0.05)


@quick
@given(st.floats(0, 4.5), st.floats(0, 5))
def test_a_shift_never_slows_the_alarm(limit: float, shift: float) -> None:
    assert alarm_run_length(limit, shift) <= alarm_run_length(limit, 0) * (1 + 1e-12)


# Armitage, McPherson and Rowe 1969, table 2: nominal 5 %, in per cent.
@pytest.mark.parametrize(
    ("looks", "published"), [(1, 5.0), (2, 8.3), (3, 10.7), (4, 12.6), (5, 14.2), (10, 19.3), (20, 24.8), (50, 32.0)]
)
def test_peeking_inflates_as_published(looks: int, published: float) -> None:
    inflated = peeking_false_alarm(looks, norm.isf(0.025))
    assert 100 * inflated == pytest.approx(published, abs=0.06)
    assert inflated <= any_false_alarm(0.05, looks) * (1 + 1e-5)  # independent looks would be worse


@pytest.mark.parametrize("looks", [0, 101, 1.5, "5"])
def test_bad_looks_are_named(looks: object) -> None:
    with pytest.raises(InputError, match=r"^looks must be "):
        peeking_false_alarm(looks, 1.96)  # type: ignore[arg-type]


def test_silent_failures_cost_their_time_to_detect() -> None:
    assert silent_failure_cost(100 / 3600, 14 * 86_400, 3600) == pytest.approx(100 * (14 * 24 + 1))
    assert any_false_alarm(0.05, 0) == 0
    assert any_false_alarm(0.05, 14) == pytest.approx(0.512, abs=1e-3)
