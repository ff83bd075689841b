"""The scores are proper: whoever says what they believe expects the least error. Checked against integrals and sums."""

from __future__ import annotations

from itertools import pairwise
from math import exp, inf, isclose, log, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ironlaw.labkit import scoring
from ironlaw.labkit.spec import Q

from .samples import PREDICTION, REFLECTION, facts, tiny_act

CHANCES = st.floats(0.0, 1.0, allow_subnormal=False)
SIZES = st.integers(2, 8)
Belief = list[float]


@st.composite
def beliefs(draw: st.DrawFn, options: int) -> Belief:
    """Any distribution over the options."""
    weights = draw(st.lists(st.floats(0.01, 1.0), min_size=options, max_size=options))
    return [weight / sum(weights) for weight in weights]


def mean_brier(report: Belief, belief: Belief) -> float:
    """The error that someone with this belief expects from this report."""
    return sum(q * scoring.brier(report, truth) for truth, q in enumerate(belief))


def mean_log(report: Belief, belief: Belief) -> float:
    return sum(q * scoring.log_error(report, truth) for truth, q in enumerate(belief) if q)


# --- the forecast -----------------------------------------------------------------------------------------------------


@given(SIZES, st.data())
def test_what_the_learner_did_not_say_is_spread_evenly(options: int, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, options - 1))
    confidence = data.draw(CHANCES)
    shares = scoring.forecast(chosen, confidence, options)
    assert len(shares) == options
    assert shares[chosen] == confidence
    rest = shares[:chosen] + shares[chosen + 1 :]
    assert len(set(rest)) == 1
    assert isclose(sum(shares), 1.0, rel_tol=1e-12)
    assert all(0.0 <= share <= 1.0 for share in shares)


@pytest.mark.parametrize("confidence", [-0.01, 1.01, nan, inf, -inf])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        scoring.forecast(0, confidence, 4)


@pytest.mark.parametrize(("chosen", "options"), [(4, 4), (-1, 4), (0, 1), (0, 0)])
def test_an_unknown_option_is_refused(chosen: int, options: int) -> None:
    with pytest.raises(ValueError, match="chosen must be one of"):
        scoring.forecast(chosen, 0.5, options)


# --- properness -------------------------------------------------------------------------------------------------------


@given(SIZES, st.data())
def test_the_expected_brier_score_is_least_for_the_true_belief(options: int, data: st.DataObject) -> None:
    belief = data.draw(beliefs(options))
    report = data.draw(beliefs(options))
    excess = mean_brier(report, belief) - mean_brier(belief, belief)
    assert isclose(excess, sum((r - q) ** 2 for r, q in zip(report, belief, strict=True)), abs_tol=1e-12)


@given(SIZES, st.data())
def test_the_expected_log_error_is_least_for_the_true_belief(options: int, data: st.DataObject) -> None:
    belief = data.draw(beliefs(options))
    report = data.draw(beliefs(options))
    divergence = sum(q * log(q / r) for q, r in zip(belief, report, strict=True))
    assert isclose(mean_log(report, belief) - mean_log(belief, belief), divergence, abs_tol=1e-9)
    assert divergence >= -1e-12


@given(SIZES, st.data())
def test_no_answer_on_the_page_beats_the_honest_one(options: int, data: st.DataObject) -> None:
    """The page takes an option and a confidence: honest is the favourite, with the chance that one gives it."""
    honest = data.draw(st.floats(1.0 / options, 0.99))
    belief = scoring.forecast(0, honest, options)
    other = scoring.forecast(data.draw(st.integers(0, options - 1)), data.draw(st.floats(0.01, 0.99)), options)
    assert mean_brier(belief, belief) <= mean_brier(other, belief) + 1e-12
    assert mean_log(belief, belief) <= mean_log(other, belief) + 1e-12


# --- bounds -----------------------------------------------------------------------------------------------------------


@given(SIZES, st.data())
def test_scores_stay_in_their_bounds(options: int, data: st.DataObject) -> None:
    shares = scoring.forecast(data.draw(st.integers(0, options - 1)), data.draw(CHANCES), options)
    truth = data.draw(st.integers(0, options - 1))
    assert 0.0 <= scoring.brier(shares, truth) <= 2.0 + 1e-12
    assert scoring.log_error(shares, truth) >= 0.0


@pytest.mark.parametrize("options", [2, 4, 5])
def test_the_ends_of_the_scale(options: int) -> None:
    certain = scoring.forecast(0, 1.0, options)
    assert scoring.brier(certain, 0) == 0.0
    assert scoring.brier(certain, 1) == 2.0
    assert scoring.log_error(certain, 0) == 0.0
    assert scoring.log_error(certain, 1) == inf
    ignorant = scoring.forecast(0, 1.0 / options, options)
    for truth in range(options):
        assert isclose(scoring.brier(ignorant, truth), 1.0 - 1.0 / options)
        assert isclose(scoring.log_error(ignorant, truth), log(options))


@given(SIZES, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_confidence_helps_the_right_and_costs_the_wrong(options: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    timid, bold = (scoring.forecast(0, c, options) for c in (low, high))
    for score in (scoring.brier, scoring.log_error):
        assert score(bold, 0) <= score(timid, 0)
        assert score(bold, 1) >= score(timid, 1) or isclose(score(bold, 1), score(timid, 1)) or high < 1.0 / options


# --- the interval score -----------------------------------------------------------------------------------------------

ENDS = st.floats(-100.0, 100.0)


@given(ENDS, ENDS, ENDS, st.floats(0.05, 0.95))
def test_the_interval_score_is_two_quantile_losses(one: float, other: float, truth: float, coverage: float) -> None:
    """S = (2/α)·(loss of the α/2 quantile at low + loss of the 1-α/2 quantile at high), Gneiting & Raftery 2007, 6.2."""
    low, high = sorted((one, other))
    alpha = 1.0 - coverage

    def pinball(said: float, level: float) -> float:
        return (truth - said) * level if truth >= said else (said - truth) * (1.0 - level)

    expected = 2.0 / alpha * (pinball(low, alpha / 2) + pinball(high, 1.0 - alpha / 2))
    assert isclose(scoring.interval_score(low, high, truth, coverage), expected, rel_tol=1e-9, abs_tol=1e-9)


def _grid_mean(low: float, high: float, quantile: object, coverage: float, points: int = 1500) -> float:
    """The expected score by the midpoint rule over the distribution's quantile function."""
    assert callable(quantile)
    truths = (quantile((i + 0.5) / points) for i in range(points))
    return sum(scoring.interval_score(low, high, truth, coverage) for truth in truths) / points


@pytest.mark.parametrize("coverage", [0.5, 0.8])
@pytest.mark.parametrize(
    "quantile", [lambda p: p, lambda p: -log(1.0 - p)], ids=["uniform on 0 to 1", "exponential with mean 1"]
)
def test_the_true_quantiles_expect_the_best_interval_score(quantile: object, coverage: float) -> None:
    """Brute force over a grid of ends, for two distributions whose quantiles are known."""
    assert callable(quantile)
    tail = (1.0 - coverage) / 2
    best = _grid_mean(quantile(tail), quantile(1.0 - tail), quantile, coverage)
    for low in (0.01, 0.05, 0.12, 0.2, 0.3, 0.45):
        for high in (0.6, 0.75, 0.9, 1.0, 1.4, 2.0, 2.6, 3.5):
            assert _grid_mean(low, high, quantile, coverage) >= best - 1e-3


@given(st.floats(0.0, 0.4), st.floats(0.6, 1.0), st.floats(0.1, 0.9))
def test_the_mean_interval_score_of_a_uniform_truth_is_its_integral(low: float, high: float, coverage: float) -> None:
    """For truth uniform on 0 to 1: (u - l) + (2/α)·(l²/2 + (1 - u)²/2)."""
    exact = (high - low) + 2.0 / (1.0 - coverage) * (low**2 + (1.0 - high) ** 2) / 2
    assert isclose(_grid_mean(low, high, lambda p: p, coverage, 400), exact, rel_tol=2e-3, abs_tol=2e-4)


@given(ENDS, ENDS, st.floats(0.01, 0.99), st.floats(0.0, 1.0))
def test_inside_only_the_width_counts(one: float, other: float, coverage: float, place: float) -> None:
    low, high = sorted((one, other))
    truth = min(max(low + place * (high - low), low), high)
    assert scoring.interval_score(low, high, truth, coverage) == high - low


@pytest.mark.parametrize(("low", "high", "coverage"), [(2.0, 1.0, 0.8), (0.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0, 1, 1.5)])
def test_crossed_ends_and_odd_coverage_are_refused(low: float, high: float, coverage: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        scoring.interval_score(low, high, 0.5, coverage)


def test_nan_and_an_unknown_truth_are_refused() -> None:
    for low, high, truth, coverage in ((nan, 1.0, 0.5, 0.8), (0.0, nan, 0.5, 0.8), (0.0, 1.0, nan, 0.8)):
        with pytest.raises(ValueError, match="nan"):
            scoring.interval_score(low, high, truth, coverage)
    for truth in (-1, 4):
        for score in (scoring.brier, scoring.log_error):
            with pytest.raises(ValueError, match="truth"):
                score([0.25] * 4, truth)


# --- the questions ----------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 100.0))
def test_the_key_of_a_band_question_is_the_band_that_holds_the_value(value: float) -> None:
    told = facts(value)
    expected = "short" if value < 2.0 else "middling" if value < 4.0 else "long"
    for band in PREDICTION.options:
        found = scoring.judged(PREDICTION, told, {"option": band.id})
        assert found == {"key": expected, "correct": band.id == expected, "value": value, "quantity": "Time"}
    assert [band.holds(value) for band in PREDICTION.options].count(True) == 1


@pytest.mark.parametrize("edge", [2.0, 4.0])
def test_an_edge_belongs_to_the_band_above_it(edge: float) -> None:
    below, above = pairwise(band for band in PREDICTION.options if edge in (band.low, band.high)).__next__()
    assert above.holds(edge)
    assert not below.holds(edge)


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_the_key_of_a_term_question_is_the_largest_fact(light: float, heavy: float) -> None:
    assume(light != heavy)
    told = {**facts(light=light, heavy=heavy), "rate": Q(0.001, "bytes")}
    found = scoring.judged(REFLECTION.question, told, {"option": "light"})
    assert found["key"] == ("light" if light > heavy else "heavy")
    assert found["value"] == max(light, heavy)
    assert found["correct"] == (light > heavy)


@given(st.sampled_from(["short", "middling", "long"]), st.floats(0.01, 0.99))
def test_scored_counts_as_one_would_by_hand(option: str, confidence: float) -> None:
    told = scoring.scored(PREDICTION, facts(), {"option": option, "confidence": confidence})
    rest = (1.0 - confidence) / 2
    right = option == "middling"  # facts() says 2.5
    brier = (1 - confidence) ** 2 + 2 * rest**2 if right else confidence**2 + (1 - rest) ** 2 + rest**2
    assert isclose(told["brier"], brier)
    assert isclose(exp(-told["log"]), confidence if right else rest)


def test_a_text_is_no_number() -> None:
    with pytest.raises(TypeError, match="not a number"):
        scoring.judged(PREDICTION, {**tiny_act().facts(), "secret": Q("much", "text")}, {"option": "short"})
