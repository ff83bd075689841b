"""How much traffic and time it takes to see that a new model is worse, and what not seeing it costs.

p    rate of the old model (errors or conversions)   n    requests in each arm
d    change of the rate that must be seen            λ    requests a second
z    normal quantile of a level (num.normal_quantile)   f   share of the traffic that the new model gets
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence

# Further out than 4.5 standard deviations hardly any metric is still normal.
_LIMIT = Symbol("limit", "z", "1", "alarm limit in standard deviations", low=0, high=4.5)
_RATE = Symbol("rate", "lam", "1/s", "requests a second", low=0, low_open=True)
_SHARE = Symbol("share", "f", "1", "share of the traffic that the new model gets", low=0, high=1, low_open=True)
_SHEWHART = "Shewhart 1931; Montgomery, Introduction to Statistical Quality Control, chapter 5"


@equation(
    id="canary-samples",
    title="Requests to see a change",
    formula="(z_a + z_b)**2*(p*(1 - p) + (p + d)*(1 - p - d))/d**2",
    result=Symbol("samples", "n", "1", "requests in each arm", low=0),
    symbols=(
        Symbol("base", "p", "1", "rate of the old model", low=0, high=1),
        Symbol("change", "d", "1", "change of the rate that must be seen", low=0, high=1, low_open=True),
        Symbol("significance", "z_a", "1", "quantile of the level: 1.645 for 5 %, 1.96 in both directions", low=0),
        Symbol("power", "z_b", "1", "quantile of the power: 0.842 for 80 %", low=0),
    ),
    source="Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, section 4.2, variances not pooled",
    note="Halving the change takes four times the requests. Rare errors need many: the normal approximation wants about "
    "ten events in each arm. Equal arms; canary_sample_size takes the levels themselves and rounds up.",
)
def canary_samples(base: float, change: float, significance: float, power: float) -> float:
    """Requests in each arm so that a rise of the rate from `base` by `change` is seen."""
    worse = base + change
    return num.power(significance + power, 2) * (base * (1 - base) + worse * (1 - worse)) / (change * change)


@equation(
    id="canary-time",
    title="Time until enough requests are seen",
    formula="n/(f*lam)",
    result=Symbol("time", "T", "s", "time until the new model has n requests", low=0),
    symbols=(Symbol("samples", "n", "1", "requests in each arm", low=0), _SHARE, _RATE),
    source="Little's count: requests over their rate",
    note="A canary of 1 % waits a hundred times longer than the whole traffic would.",
)
def canary_time(samples: float, share: float, rate: float) -> float:
    """Seconds until a share of the traffic has brought `samples` requests."""
    return samples / (share * rate)


@equation(
    id="canary-exposure",
    title="Requests that a bad canary harms",
    formula="d*f*lam*t",
    result=Symbol("harmed", "h", "1", "requests that fail because of the new model", low=0),
    symbols=(
        Symbol("change", "d", "1", "rise of the error rate", low=0, high=1),
        _SHARE,
        _RATE,
        Symbol("time", "t", "s", "time until it is rolled back", low=0),
    ),
    source="Product of rate, share, time and rise",
    note="With the time of canary-time the share cancels: what must be seen costs n·d requests at any share.",
)
def canary_exposure(change: float, share: float, rate: float, time: float) -> float:
    """Requests that fail because of the new model before it is rolled back."""
    return change * share * rate * time


@equation(
    id="false-alarms",
    title="False alarms of many checks",
    formula="2*n*Phi(-z)",
    result=Symbol("alarms", "N_a", "1", "alarms when nothing is wrong, expected", low=0),
    symbols=(Symbol("checks", "n", "1", "checks: metrics times times looked at", low=0), _LIMIT),
    source=_SHEWHART,
    note="Both directions, normal metrics. 1,000 metrics every five minutes at 3 standard deviations: 778 a day.",
)
def false_alarms(checks: float, limit: float) -> float:
    """Expected alarms among `checks` checks of metrics that have not changed."""
    return 2 * checks * num.normal_cdf(-limit)


@equation(
    id="any-false-alarm",
    title="Chance of at least one false alarm",
    formula="1 - (1 - alpha)**n",
    result=Symbol("chance", "P", "1", "probability of at least one false alarm", low=0, high=1),
    symbols=(
        Symbol("level", "alpha", "1", "false-alarm probability of one check", low=0, high=1),
        Symbol("checks", "n", "1", "independent checks", low=0),
    ),
    source="Šidák 1967",
    note="Independent checks. Looking again at the same growing sample inflates less: peeking_false_alarm.",
)
def any_false_alarm(level: float, checks: float) -> float:
    """Probability that at least one of `checks` independent checks alarms falsely."""
    return 1 - num.power(1 - level, checks)


@equation(
    id="alarm-run-length",
    title="Checks until a control chart alarms",
    formula="1/(Phi(d - z) + Phi(-d - z))",
    result=Symbol("checks", "ARL", "1", "checks until the first alarm, expected", low=1),
    symbols=(
        _LIMIT,
        Symbol("shift", "d", "1", "shift of the metric in standard deviations", low=0, high=20),
    ),
    source=_SHEWHART + " (average run length)",
    note="No shift: checks between false alarms (370 at 3). A shift of one standard deviation takes 44 checks to show.",
)
def alarm_run_length(limit: float, shift: float) -> float:
    """Expected checks until a metric that moved by `shift` passes the limit."""
    return 1 / (num.normal_cdf(shift - limit) + num.normal_cdf(-shift - limit))


@equation(
    id="silent-failure-cost",
    title="Cost of a silent failure",
    formula="v*(t_d + t_r)",
    result=Symbol("cost", "L", "USD", "what the failure costs", low=0),
    symbols=(
        Symbol("value", "v", "USD/s", "what the failure costs a second", low=0),
        Symbol("detect", "t_d", "s", "time until it is seen", low=0),
        Symbol("repair", "t_r", "s", "time from there to the old model", low=0),
    ),
    source="Product of rate and time; mean times to detect and repair as in Beyer et al. 2016, Site Reliability "
    "Engineering, chapter 3",
    note="A model that is wrong without an error message is mostly the time to detect.",
)
def silent_failure_cost(value: float, detect: float, repair: float) -> float:
    """Dollars lost from the start of a failure to its end."""
    return value * (detect + repair)


def canary_sample_size(base: float, change: float, level: float, power: float, *, both: bool = True) -> int:
    """Whole requests in each arm: canary-samples with quantiles from the levels, rounded up. Scalars.

    base     rate of the old model, 0 ≤ p < 1       level   probability of a false alarm, below 0.5
    change   rise that must be seen, p + d ≤ 1      power   probability that it is seen, at least 0.5
    both     whether a fall would alarm too (level / 2 on each side)

    Raises InputError naming the argument out of range.
    """
    for name, value, low, high in (("level", level, 0.0, 0.5), ("power", power, 0.5, 1.0)):
        opened = name == "level"
        Symbol(name, "x", "1", name, low=low, high=high, low_open=opened, high_open=True).check(value)
    significance = num.normal_quantile(1 - level / 2 if both else 1 - level)
    return math.ceil(canary_samples(base, change, significance, num.normal_quantile(power)))


def staged_rollout_time(shares: Sequence[float], samples: float, rate: float, bake: float = 0.0) -> float:
    """Seconds of a rollout in stages: each waits for its requests, and at least for `bake`. Scalars.

    shares    share of the traffic in each stage, rising, each above 0 and at most 1
    samples   requests that the new model must have served in a stage (canary_sample_size)
    rate      requests a second, all traffic
    bake      least seconds of a stage: caches, daily patterns

    Raises InputError for no stage, a share out of range or stages that don't rise.
    """
    if not shares:
        raise InputError("shares must name at least one stage, got none", "shares", shares, "at least one stage")
    last = 0.0
    for share in shares:
        Symbol("shares", "f", "1", "share of the traffic", low=0, high=1, low_open=True).check(share)
        if share <= last:
            raise InputError(f"shares must rise from stage to stage, got {share:g}", "shares", share, "rising")
        last = share
    Symbol("bake", "t", "s", "least time of a stage", low=0).check(bake)
    return num.total(max(bake, canary_time(samples, share, rate)) for share in shares)


def peeking_false_alarm(looks: int, limit: float) -> float:
    """Probability that a test on a growing sample alarms falsely at one of `looks` equally spaced looks. Scalars.

    looks   whole number of looks at the data, 1 to 100
    limit   limit on |z| at each look: 1.96 for 5 % at a single look

    The density of the running sum, cut off at each look's limit, is carried on by Simpson's rule; good to 4 digits.
    Source: Armitage, McPherson and Rowe 1969, Repeated Significance Tests on Accumulating Data: 5 looks at 5 % alarm in
    14.2 % of the cases. Raises InputError naming the argument out of range.
    """
    Symbol("looks", "k", "1", "looks", low=1, high=100, integer=True).check(looks)
    Symbol("limit", "z", "1", "limit", low=0, high=4.5, low_open=True).check(limit)
    points, weights = _simpson(limit)
    held = [weight * _density(x) for x, weight in zip(points, weights, strict=True)]
    for look in range(2, int(looks) + 1):
        before = points
        points, weights = _simpson(limit * math.sqrt(look))
        held = [
            weight * num.total(mass * _density(x - start) for start, mass in zip(before, held, strict=True))
            for x, weight in zip(points, weights, strict=True)
        ]
    return 1 - num.total(held)


def _simpson(edge: float) -> tuple[list[float], list[float]]:
    """Points from -edge to edge and their weights; a sixth of a standard deviation apart or closer."""
    parts = 2 * max(20, math.ceil(edge * 6))
    step = 2 * edge / parts
    weights = [step / 3 * (1 if place in {0, parts} else 4 if place % 2 else 2) for place in range(parts + 1)]
    return [place * step - edge for place in range(parts + 1)], weights


def _density(x: float) -> float:
    return num.exp(-x * x / 2) / math.sqrt(2 * math.pi)
