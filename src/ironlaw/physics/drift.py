"""How a model goes stale, how drift is told from chance, and when to retrain.

A    accuracy                        C   cost of one retraining, $
t    time since training, s          g   growth of the cost of staleness, $/s a second ($/s²)
τ    time constant of the decay, s   T   time between retrainings, s
z    normal quantile of the level    n, m  samples compared

g is what makes the units trip: a loss that grows by $20 a day every day is 20 $/day² = 20/86400² $/s².
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence

_COST = Symbol("cost", "C", "USD", "cost of one retraining", low=0)
_GROWTH = Symbol("growth", "g", "USD/s**2", "growth of the cost of staleness", low=0, low_open=True)
_TIME = Symbol("time", "t", "s", "time since training", low=0)
_FLOOR = Symbol("floor", "A_inf", "1", "accuracy that is left in the end", low=0, high=1, latex=r"A_{\infty}")
_START = Symbol("start", "A_0", "1", "accuracy right after training", low=0, high=1)
_ACCURACY = Symbol("accuracy", "A", "1", "accuracy", low=0, high=1)
_SQUARE_ROOT_LAW = "Minimum of retraining-cost-rate: the square-root law of economic order quantities, Harris 1913"


def _samples(name: str, symbol: str) -> Symbol:
    return Symbol(name, symbol, "1", f"size of the {name.removesuffix('_samples')} sample", low=1)


@equation(
    id="accuracy-decay",
    title="Accuracy of an ageing model",
    formula="A_inf + (A_0 - A_inf)*exp(-t/tau)",
    result=_ACCURACY,
    symbols=(
        _START,
        _FLOOR,
        _TIME,
        Symbol("constant", "tau", "s", "time in which 63 % of the fall happens", low=0, low_open=True),
    ),
    source="Linear relaxation to a new distribution; ageing of deployed models in Vela et al. 2022, Temporal Quality "
    "Degradation in AI Models",
    note="A smooth drift. A sudden change of the world is a step, not a decay.",
)
def accuracy_decay(start: float, floor: float, time: float, constant: float) -> float:
    """Accuracy `time` after training."""
    return floor + (start - floor) * num.exp(-time / constant)


@equation(
    id="staleness-growth",
    title="Growth of the cost of staleness",
    formula="v*a",
    result=Symbol("growth", "g", "USD/s**2", "growth of the cost of staleness", low=0),
    symbols=(
        Symbol("value", "v", "USD/s", "what one unit of accuracy (from 0 to 1) earns", low=0),
        Symbol("decay", "a", "1/s", "accuracy lost", low=0),
    ),
    source="Product of the two; dimension $/s²",
    note="$10,000 a day for all accuracy and 0.2 points of it lost a day: $20 a day more every day, 20 $/day².",
)
def staleness_growth(value: float, decay: float) -> float:
    """Dollars a second, each second, by which a stale model costs more."""
    return value * decay


@equation(
    id="retraining-cost-rate",
    title="Cost of retraining every T",
    formula="C/T + g*T/2",
    result=Symbol("rate", "c", "USD/s", "retraining and staleness, averaged over time", low=0),
    symbols=(_COST, _GROWTH, Symbol("interval", "T", "s", "time between retrainings", low=0, low_open=True)),
    source="Mean over one interval of a cost that grows from 0 at a steady rate",
    note="U-shaped: too often pays for training, too seldom for errors. Flat near the minimum: half or twice the best "
    "interval costs 25 % more.",
)
def retraining_cost_rate(cost: float, growth: float, interval: float) -> float:
    """Dollars a second when the model is trained anew every `interval`."""
    return cost / interval + growth * interval / 2


@equation(
    id="retraining-interval",
    title="Best time between retrainings",
    formula="sqrt(2*C/g)",
    result=Symbol("interval", "T_opt", "s", "time between retrainings of least cost", low=0),
    symbols=(_COST, _GROWTH),
    source=_SQUARE_ROOT_LAW,
    note="g in $/s² gives seconds; with $/day² it gives days. A rate in $/day has the wrong dimension.",
)
def retraining_interval(cost: float, growth: float) -> float:
    """Seconds between retrainings that cost the least."""
    return num.sqrt(2 * cost / growth)


@equation(
    id="undetected-drift-cost",
    title="Cost of drift until it is seen",
    formula="g*t**2/2",
    result=Symbol("loss", "L", "USD", "what staleness has cost", low=0),
    symbols=(_GROWTH, _TIME),
    source="Integral of a cost that grows from 0 at a steady rate",
    note="Twice the time to detect costs four times as much.",
)
def undetected_drift_cost(growth: float, time: float) -> float:
    """Dollars lost `time` after a drift began."""
    return growth * time * time / 2


@equation(
    id="psi-term",
    title="One bin's part of the population stability index",
    formula="(a - e)*ln(a/e)",
    result=Symbol("part", "P", "1", "the bin's part of the index", low=0),
    symbols=(
        Symbol("actual", "a", "1", "share of today's values in the bin", low=0, high=1, low_open=True),
        Symbol("expected", "e", "1", "share of the reference in the bin", low=0, high=1, low_open=True),
    ),
    source="Siddiqi 2006, Credit Risk Scorecards; it is the symmetric divergence of Jeffreys 1946",
    note="Summed over the bins. The common limits 0.1 and 0.25 are a habit: psi-limit says what chance alone gives.",
)
def psi_term(actual: float, expected: float) -> float:
    """Part of the index that one bin contributes."""
    return (actual - expected) * num.ln(actual / expected)


@equation(
    id="psi-limit",
    title="Index that chance alone reaches",
    formula="(1/n + 1/m)*f*(1 - 2/(9*f) + z*sqrt(2/(9*f)))**3",
    result=Symbol("limit", "PSI_z", "1", "index that is exceeded by chance at the level of z", low=0),
    symbols=(
        _samples("reference_samples", "n"),
        _samples("current_samples", "m"),
        Symbol("freedom", "f", "1", "bins less one", low=1),
        Symbol("quantile", "z", "1", "normal quantile of the level: 1.645 for 5 %", low=0),
    ),
    source="Yurdakul 2018, Statistical Properties of Population Stability Index (chi-squared under no change); quantile by "
    "Wilson and Hilferty 1931",
    note="Large samples, a few dozen in each bin. The quantile is good to 1 % from 3 degrees of freedom up.",
)
def psi_limit(reference_samples: float, current_samples: float, freedom: float, quantile: float) -> float:
    """Population stability index that unchanged data exceeds at the level that `quantile` stands for."""
    spread = 2 / (9 * freedom)
    root = 1 - spread + quantile * num.sqrt(spread)
    return (1 / reference_samples + 1 / current_samples) * freedom * root * root * root


@equation(
    id="ks-limit",
    title="Kolmogorov–Smirnov distance that chance alone reaches",
    formula="sqrt(max(ln(2/alpha), 0)/2)*sqrt(1/n + 1/m)",
    result=Symbol("limit", "D_alpha", "1", "distance that is exceeded by chance with probability alpha", low=0),
    symbols=(
        Symbol("level", "alpha", "1", "probability of a false alarm", low=0, high=1, low_open=True),
        _samples("reference_samples", "n"),
        _samples("current_samples", "m"),
    ),
    source="Smirnov 1948, first term of the limit distribution: 1.358·√(1/n + 1/m) at 5 %",
    note="Large samples. With many values any harmless shift exceeds it: significance is not importance.",
)
def ks_limit(level: float, reference_samples: float, current_samples: float) -> float:
    """Distance of two empirical distributions that unchanged data exceeds with probability `level`."""
    scale = num.sqrt(num.maximum(num.ln(2 / level), 0) / 2)
    return scale * num.sqrt(1 / reference_samples + 1 / current_samples)


def population_stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The index over bins: the sum of psi-term. Scalars.

    expected, actual   share of the reference and of today's values in each bin, each summing to 1, none 0

    Raises InputError for another number of bins, an empty bin (merge it: its term is infinite) or sums other than 1.
    Source: Siddiqi 2006, Credit Risk Scorecards.
    """
    if len(expected) != len(actual) or len(expected) < 2:
        raise InputError(
            f"actual must have as many bins as expected and at least 2, got {len(actual)} and {len(expected)}",
            "actual",
            len(actual),
            "as many bins as expected, at least 2",
        )
    for name, shares in (("expected", expected), ("actual", actual)):
        for share in shares:
            Symbol(name, "x", "1", "share of a bin", low=0, high=1, low_open=True).check(share)
        if abs(sum(shares) - 1) > 1e-6:
            raise InputError(f"{name} must sum to 1, got {sum(shares):g}", name, sum(shares), "shares that sum to 1")
    return num.total(psi_term.raw(a, e) for e, a in zip(expected, actual, strict=True))


def ks_statistic(reference: Sequence[float], current: Sequence[float]) -> float:
    """Largest distance of the two samples' empirical distribution functions, from 0 to 1. Scalars.

    Raises InputError for an empty sample or a value that is no finite number. Source: Smirnov 1948. Time n·log n.
    """
    for name, values in (("reference", reference), ("current", current)):
        if len(values) == 0:
            raise InputError(f"{name} must hold at least 1 value, got 0", name, 0, "at least 1 value")
        for value in values:
            Symbol(name, "x", "1", "value").check(value)
    first, second = sorted(reference), sorted(current)
    return max(
        abs(bisect_right(first, value) / len(first) - bisect_right(second, value) / len(second))
        for value in {*first, *second}
    )


def decay_time(start: float, floor: float, limit: float, constant: float) -> float:
    """Seconds until the accuracy has fallen from `start` to `limit`: accuracy-decay solved for t. Floats or arrays.

    Raises InputError unless floor < limit <= start: a limit at or below the floor is never reached.
    """
    for symbol, value in ((_START, start), (_FLOOR, floor), (_ACCURACY, limit)):
        symbol.check(value)
    Symbol("constant", "tau", "s", "time constant", low=0, low_open=True).check(constant)
    Symbol("limit_above_floor", "x", "1", "limit less floor", low=0, low_open=True).check(limit - floor)
    Symbol("start_above_limit", "x", "1", "start less limit", low=0).check(start - limit)
    return constant * num.ln((start - floor) / (limit - floor))
