"""The identities on every small confusion matrix, the COMPAS figures, and the maps in closed form."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ironlaw.physics import InputError
from ironlaw.physics.fairness import (
    calibrated_negative_score,
    confusion_rates,
    false_positive_gap,
    false_positive_rate,
    feedback_share,
    precision,
    rate_gap,
    rate_ratio,
    share_above_threshold,
    threshold_for_share,
)

quick = settings(deadline=None)
inner = st.floats(0.01, 0.99)


def test_the_identity_holds_for_every_small_confusion_matrix() -> None:
    checked = 0
    for counts in product(range(5), repeat=4):
        if not sum(counts):
            continue
        rates = confusion_rates(*counts)
        if None in {rates.false_positive_rate, rates.miss_rate, rates.precision}:
            continue
        assert rates.precision is not None
        assert rates.miss_rate is not None
        if not (0 < rates.base_rate < 1 and rates.precision > 0):
            continue
        assert false_positive_rate(rates.base_rate, rates.precision, rates.miss_rate) == pytest.approx(
            rates.false_positive_rate
        )
        assert precision(rates.base_rate, 1 - rates.miss_rate, rates.false_positive_rate or 0.0) == pytest.approx(
            rates.precision
        )
        checked += 1
    assert checked > 200


# Larson et al. 2016, ProPublica: true negatives, false positives, false negatives, true positives; FPR, FNR, PPV in %.
@pytest.mark.parametrize(
    ("counts", "printed"),
    [
        ((2681, 1282, 1216, 2035), (32.35, 37.40, 61.35)),
        ((990, 805, 532, 1369), (44.85, 27.99, 62.97)),
        ((1139, 349, 461, 505), (23.45, 47.72, 59.13)),
    ],
)
def test_compas(counts: tuple[int, int, int, int], printed: tuple[float, float, float]) -> None:
    rates = confusion_rates(*counts)
    assert rates.false_positive_rate is not None
    assert rates.miss_rate is not None
    assert rates.precision is not None
    for ours, theirs in zip((rates.false_positive_rate, rates.miss_rate, rates.precision), printed, strict=True):
        assert 100 * ours == pytest.approx(theirs, abs=0.01)
    # With equal precision and misses, unequal base rates alone would have forced a gap of the same sign.
    assert false_positive_gap(0.5143, 0.3936, 0.62, 0.35) > 0


@quick
@given(inner, inner, inner, st.floats(0, 0.99))
def test_the_lower_base_rate_has_the_lower_false_positive_rate(p: float, q: float, ppv: float, fnr: float) -> None:
    low, high = sorted((p, q))
    gap = false_positive_gap(low, high, ppv, fnr)
    assert gap <= 0
    if high > low * 1.001:
        assert gap < 0
    try:
        rates = [false_positive_rate(base, ppv, fnr) for base in (low, high)]
    except InputError:  # no classifier has this precision at this base rate and miss rate
        return
    assert rates[0] <= rates[1]
    assert gap == pytest.approx(rates[0] - rates[1], abs=1e-9)


def test_combinations_that_no_classifier_has_are_refused() -> None:
    with pytest.raises(InputError, match=r"^false_positive_rate must be at least 0 and at most 1, got "):
        false_positive_rate(0.9, 0.1, 0.0)


@quick
@given(inner, inner)
def test_calibration_leaves_no_room(base: float, positive: float) -> None:
    """Kleinberg et al.: one pair of mean scores fits one base rate only, unless the score is perfect."""
    try:
        negative = calibrated_negative_score(base, positive)
    except InputError:
        return
    assert base * positive + (1 - base) * negative == pytest.approx(base)
    assert calibrated_negative_score(base, 1.0) == 0
    if base < 0.9 and negative < 0.5:
        assert calibrated_negative_score(base * 1.05, positive) > negative


@quick
@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.1, 10))
def test_share_above_is_the_survival_function(mean: float, threshold: float, spread: float) -> None:
    share = share_above_threshold(mean, threshold, spread)
    assert share == pytest.approx(norm.sf(threshold, mean, spread), rel=1e-9, abs=1e-12)
    if 1e-6 < share < 1 - 1e-6:
        assert threshold_for_share(share, mean, spread) == pytest.approx(threshold, abs=1e-6)


def test_thresholds_for_arrays() -> None:
    shares = np.array([0.1, 0.5])
    found = threshold_for_share(shares, 2.0, 3.0)  # type: ignore[arg-type]
    assert np.asarray(found).tolist() == pytest.approx(norm.isf(shares, 2.0, 3.0).tolist())
    with pytest.raises(InputError, match=r"^share must be greater than 0 and less than 1, got 1"):
        threshold_for_share(1, 0.0, 1.0)


def test_one_threshold_on_shifted_scores_gives_unequal_rates() -> None:
    # Same threshold, group means 0.5 apart: equal treatment, unequal selection; below four fifths.
    first, second = (share_above_threshold(mean, 1.0, 1.0) for mean in (0.5, 0.0))
    assert rate_gap(first, second) == pytest.approx(norm.sf(0.5) - norm.sf(1.0))
    assert rate_ratio(first, second) < 0.8
    # Demographic parity takes two thresholds.
    other = threshold_for_share(first, 0.0, 1.0)
    assert rate_gap(first, share_above_threshold(0.0, other, 1.0)) == pytest.approx(0, abs=1e-9)


@quick
@given(st.floats(0.05, 0.95), st.floats(0.05, 1), st.floats(0.05, 1), st.integers(1, 30))
def test_the_loop_multiplies_the_odds(share: float, first: float, second: float, rounds: int) -> None:
    reached = share
    for _ in range(rounds):
        reached = feedback_share(reached, first, second)
        if not 0 < reached < 1:  # all, to the last digit
            return
    odds = share / (1 - share) * (first / second) ** rounds
    assert reached == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_equal_rates_keep_a_first_bias() -> None:
    assert feedback_share(0.7, 0.3, 0.3) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((0, 0, 0, 0), "cases must be at least 1, got 0"),
        ((-1, 0, 0, 1), "true_negatives must be a whole number of at least 0, got -1"),
        ((1, 0.5, 0, 1), "false_positives must be a whole number of at least 0, got 0.5"),
    ],
)
def test_bad_counts_are_named(counts: tuple[int, int, int, int], message: str) -> None:
    with pytest.raises(InputError) as caught:
        confusion_rates(*counts)
    assert str(caught.value) == message


def test_a_rate_over_nothing_is_none() -> None:
    rates = confusion_rates(5, 0, 0, 0)
    assert (rates.precision, rates.miss_rate) == (None, None)
    assert (rates.false_positive_rate, rates.accuracy) == (0, 1)
    assert confusion_rates(0, 0, 1, 1).false_positive_rate is None
