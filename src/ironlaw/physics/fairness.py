"""What a classifier's error rates in groups can and cannot be at once.

p     base rate: share of the group that is positive      FPR   share of the negatives that is flagged
PPV   share of the flagged that is positive (precision)   FNR   share of the positives that is missed
t     threshold on the score                              TPR   1 − FNR (recall)

The identities are arithmetic on a confusion matrix: they hold for every classifier, learned or not.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import num
from .catalogue import InputError, Symbol, equation

_BASE = Symbol("base_rate", "p", "1", "base rate", low=0, high=1, low_open=True, high_open=True)
_PPV = Symbol("precision", "PPV", "1", "share of the flagged that is positive", low=0, high=1, low_open=True)
_FNR = Symbol("miss_rate", "FNR", "1", "share of the positives that is missed", low=0, high=1)
_CHOULDECHOVA = "Chouldechova 2017, Fair Prediction with Disparate Impact, eq. 2.6"


def _share(name: str, symbol: str, meaning: str, *, low_open: bool = False, high_open: bool = False) -> Symbol:
    return Symbol(name, symbol, "1", meaning, low=0, high=1, low_open=low_open, high_open=high_open)


@equation(
    id="false-positive-rate",
    title="False-positive rate from base rate and precision",
    formula="p*(1 - PPV)*(1 - FNR)/((1 - p)*PPV)",
    result=_share("false_positive_rate", "FPR", "share of the negatives that is flagged"),
    symbols=(_BASE, _PPV, _FNR),
    source=_CHOULDECHOVA,
    note="At equal precision and equal miss rate the group with the lower base rate has the lower false-positive rate. "
    "Groups that differ in base rate can't have all three equal, unless nobody is flagged wrongly.",
)
def false_positive_rate(base_rate: float, precision: float, miss_rate: float) -> float:
    """Share of the negatives that is flagged."""
    return base_rate * (1 - precision) * (1 - miss_rate) / ((1 - base_rate) * precision)


@equation(
    id="false-positive-gap",
    title="Gap in false-positive rates between two groups",
    formula="(p/(1 - p) - p_2/(1 - p_2))*(1 - PPV)/PPV*(1 - FNR)",
    result=Symbol("gap", "g_FPR", "1", "false-positive rate of the first group minus that of the second"),
    symbols=(
        _BASE,
        _share("other_base_rate", "p_2", "base rate of the second group", low_open=True, high_open=True),
        _PPV,
        _FNR,
    ),
    source=_CHOULDECHOVA + ", once for each group",
    note="Precision and miss rate are the same in both groups.",
)
def false_positive_gap(base_rate: float, other_base_rate: float, precision: float, miss_rate: float) -> float:
    """False-positive rate of the first group minus that of the second, at equal precision and miss rate."""
    odds = base_rate / (1 - base_rate) - other_base_rate / (1 - other_base_rate)
    return odds * (1 - precision) / precision * (1 - miss_rate)


@equation(
    id="precision",
    title="Precision from error rates",
    formula="p*TPR/(p*TPR + (1 - p)*FPR)",
    result=_share("precision", "PPV", "share of the flagged that is positive"),
    symbols=(
        _BASE,
        _share("hit_rate", "TPR", "share of the positives that is flagged", low_open=True),
        _share("false_positive_rate", "FPR", "share of the negatives that is flagged"),
    ),
    source="Bayes' rule",
    note="At equal error rates the group with the lower base rate has the lower precision.",
)
def precision(base_rate: float, hit_rate: float, false_positive_rate: float) -> float:
    """Share of the flagged that is positive."""
    right = base_rate * hit_rate
    return right / (right + (1 - base_rate) * false_positive_rate)


@equation(
    id="calibrated-negative-score",
    title="Mean score of the negatives under calibration",
    formula="p*(1 - x_1)/(1 - p)",
    result=_share("negative_score", "x_0", "mean score of the negatives"),
    symbols=(_BASE, _share("positive_score", "x_1", "mean score of the positives")),
    source="Kleinberg, Mullainathan and Raghavan 2017, Inherent Trade-Offs in the Fair Determination of Risk Scores, "
    "section 2",
    note="A calibrated score has mean p. Two groups share both means only if their base rates are equal, or x_1 = 1: "
    "perfect prediction.",
)
def calibrated_negative_score(base_rate: float, positive_score: float) -> float:
    """Mean score of the negatives of a calibrated score whose positives have mean `positive_score`."""
    return base_rate * (1 - positive_score) / (1 - base_rate)


@equation(
    id="share-above-threshold",
    title="Share of a group above the threshold",
    formula="Phi((m - t)/s)",
    result=_share("share", "F", "share of the group that is flagged"),
    symbols=(
        Symbol("mean", "m", "1", "mean score of the group"),
        Symbol("threshold", "t", "1", "score from which a case is flagged"),
        Symbol("spread", "s", "1", "standard deviation of the score", low=0, low_open=True),
    ),
    source="Hardt, Price and Srebro 2016, Equality of Opportunity in Supervised Learning, section 3 (thresholds of a "
    "score), with normal scores",
    note="For the positives of a group it is TPR, for its negatives FPR. threshold_for_share inverts it.",
)
def share_above_threshold(mean: float, threshold: float, spread: float) -> float:
    """Share of normally distributed scores above the threshold."""
    return num.normal_cdf((mean - threshold) / spread)


@equation(
    id="rate-gap",
    title="Gap between two groups",
    formula="max(x, y) - min(x, y)",
    result=_share("gap", "g", "distance of the two rates"),
    symbols=(_share("first", "x", "rate in the first group"), _share("second", "y", "rate in the second group")),
    source="Dwork et al. 2012, Fairness Through Awareness (selection rates); Hardt et al. 2016 (hit rates)",
    note="Of selection rates: demographic parity. Of hit rates: equal opportunity. Of hit and false-positive rates, the "
    "larger: equalised odds.",
)
def rate_gap(first: float, second: float) -> float:
    """Distance of two rates."""
    return num.maximum(first, second) - num.minimum(first, second)


@equation(
    id="rate-ratio",
    title="Ratio of two groups",
    formula="min(x, y)/max(x, y)",
    result=_share("ratio", "R", "smaller rate over larger rate"),
    symbols=(
        _share("first", "x", "selection rate of the first group", low_open=True),
        _share("second", "y", "selection rate of the second group", low_open=True),
    ),
    source="Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D: below four fifths is adverse impact",
)
def rate_ratio(first: float, second: float) -> float:
    """Smaller rate over larger rate."""
    return num.minimum(first, second) / num.maximum(first, second)


@equation(
    id="feedback-share",
    title="One round of a feedback loop",
    formula="x*a/(x*a + (1 - x)*b)",
    result=_share("next_share", "x_1", "share of the attention that the first group gets next"),
    symbols=(
        _share("share", "x", "share of the attention that the first group gets", low_open=True, high_open=True),
        _share("first_rate", "a", "what a look at the first group finds", low_open=True),
        _share("second_rate", "b", "what a look at the second group finds", low_open=True),
    ),
    source="Ensign et al. 2018, Runaway Feedback Loops in Predictive Policing, section 3, in expectation and with the "
    "next round given in proportion to what was found",
    note="After n rounds the odds are (a/b)^n times the first odds: a small difference takes all, and equal rates keep any "
    "first bias for ever. The urn of the paper moves more slowly to the same end.",
)
def feedback_share(share: float, first_rate: float, second_rate: float) -> float:
    """Share of the attention in the next round when it follows this round's finds."""
    found = share * first_rate
    return found / (found + (1 - share) * second_rate)


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of a confusion matrix; each is None where nothing could be counted."""

    base_rate: float
    false_positive_rate: float | None
    miss_rate: float | None
    precision: float | None
    selection_rate: float
    accuracy: float


def confusion_rates(true_negatives: int, false_positives: int, false_negatives: int, true_positives: int) -> Rates:
    """The rates of a confusion matrix given as four counts.

    Raises InputError for a count that is negative or not whole, or when there are no cases. A rate over nothing (the
    precision where nobody is flagged) is None, never 0. Definitions; see Chouldechova 2017, section 2.
    """
    counts = {
        "true_negatives": true_negatives,
        "false_positives": false_positives,
        "false_negatives": false_negatives,
        "true_positives": true_positives,
    }
    for name, count in counts.items():
        Symbol(name, "n", "1", "cases", low=0, integer=True).check(count)
    cases = sum(counts.values())
    if not cases:
        raise InputError("cases must be at least 1, got 0", "cases", 0, "at least 1")
    positives, negatives = true_positives + false_negatives, true_negatives + false_positives
    flagged = true_positives + false_positives
    return Rates(
        base_rate=positives / cases,
        false_positive_rate=false_positives / negatives if negatives else None,
        miss_rate=false_negatives / positives if positives else None,
        precision=true_positives / flagged if flagged else None,
        selection_rate=flagged / cases,
        accuracy=(true_positives + true_negatives) / cases,
    )


def threshold_for_share(share: float, mean: float, spread: float) -> float:
    """The threshold above which `share` of normally distributed scores lie: share-above-threshold solved for t.

    Floats or arrays. Raises InputError naming the argument out of range (0 < share < 1, spread > 0).
    """
    _share("share", "F", "share above", low_open=True, high_open=True).check(share)
    Symbol("mean", "m", "1", "mean score").check(mean)
    Symbol("spread", "s", "1", "standard deviation", low=0, low_open=True).check(spread)
    return mean - spread * num.normal_quantile(share)
