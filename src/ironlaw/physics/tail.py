"""The slow tail: what a fan-out makes of it, how heavy it is, and what a second copy of a request buys.

p   share that is in time          n   leaves that one request asks     σ   spread of a lognormal time: std of its log
q   share that is late, 1 − p      z   standard normal quantile         r   percentile over mean
"""

from __future__ import annotations

import math

from . import num
from .catalogue import Symbol, equation

_LEAVES = Symbol("leaves", "n", "1", "leaves that one request waits for", low=1, integer=True)
_DEAN = "Dean and Barroso 2013, The Tail at Scale, Communications of the ACM 56(2)"
_SIGMA = Symbol("sigma", "sigma", "1", "standard deviation of the time's logarithm", low=0)
_INSIDE = Symbol("share", "p", "1", "share that is faster: 0.99 for p99", low=0, high=1, low_open=True, high_open=True)
_LATE = Symbol("tail", "q", "1", "share that is slower: 0.01 for p99", low=0, high=1)
_MEAN = Symbol("mean", "T", "s", "mean time", low=0, low_open=True)


@equation(
    id="fan-out-share",
    title="Requests in time, of those that ask many leaves",
    formula="p**n",
    result=Symbol("share", "P_all", "1", "share of requests whose leaves are all in time", low=0, high=1),
    symbols=(Symbol("leaf_share", "p", "1", "share of one leaf's answers that are in time", low=0, high=1), _LEAVES),
    source=_DEAN + ", figure 1",
    note="The slowest leaf decides. Leaves are slow independently of each other; a shared cause (one network, one "
    "power event) makes the tail of the whole less bad than this.",
)
def fan_out_share(leaf_share: float, leaves: float) -> float:
    """Share of requests that are in time when all of `leaves` leaves have to be."""
    return num.power(leaf_share, leaves)


@equation(
    id="fan-out-leaf-share",
    title="What a leaf must keep",
    formula="P_all**(1/n)",
    result=Symbol("leaf_share", "p", "1", "share of one leaf's answers that must be in time", low=0, high=1),
    symbols=(
        Symbol("share", "P_all", "1", "share of requests whose leaves are all in time", low=0, high=1),
        _LEAVES,
    ),
    source="fan-out-share solved for the leaf",
    note="The median of a request over 100 leaves is the 99.3rd percentile of a leaf.",
)
def fan_out_leaf_share(share: float, leaves: float) -> float:
    """Share of one leaf's answers that must be in time, for a share of whole requests."""
    return num.power(share, 1 / leaves)


@equation(
    id="lognormal-tail-ratio",
    title="Percentile over mean of a lognormal time",
    formula="exp(z*sigma - sigma**2/2)",
    result=Symbol("ratio", "r", "1", "percentile as a multiple of the mean", low=0),
    symbols=(
        _SIGMA,
        Symbol("z", "z", "1", "standard normal quantile of the percentile: 2.326 for p99", low=-10, high=10),
    ),
    source="Johnson, Kotz and Balakrishnan 1994, Continuous Univariate Distributions, chapter 14: quantile "
    "exp(μ + zσ), mean exp(μ + σ²/2)",
    note="Rises up to σ = z and falls after it, as a few giants raise the mean: p99 is never above 15 means. A fixed "
    "“p99 = 3 × mean” is one σ, about 0.53.",
)
def lognormal_tail_ratio(sigma: float, z: float) -> float:
    """The percentile with normal quantile `z`, as a multiple of the mean."""
    return num.exp(z * sigma - sigma * sigma / 2)


@equation(
    id="hedged-tail",
    title="Late requests with a second copy",
    formula="q*q_rest",
    result=Symbol("tail", "q_hedged", "1", "share of requests of which both copies are late", low=0, high=1),
    symbols=(
        Symbol("first", "q", "1", "share late when sent once", low=0, high=1),
        Symbol("second", "q_rest", "1", "share late within the time that is left for the second copy", low=0, high=1),
    ),
    source=_DEAN + ", hedged requests",
    note="Copies on servers that are slow independently of each other. The extra load is the share of requests that are "
    "not back when the second copy is sent; it raises the queues of all, which is not counted here.",
)
def hedged_tail(first: float, second: float) -> float:
    """Share of requests that are late although a second copy was sent."""
    return first * second


def normal_quantile(share: float) -> float:
    """z below which a `share` of the standard normal distribution lies: 2.326 for 0.99. InputError outside (0, 1)."""
    _INSIDE.check(share)
    return num.normal_quantile(share)


def fan_out_tail(tail: float, leaves: float) -> float:
    """Share of requests that are late when a share `tail` of one leaf's answers is, and all of `leaves` must be in time.

    1 − (1 − q)^n without the loss of small q; both may be arrays. The source is that of `fan-out-share`.
    """
    _LATE.check(tail)
    _LEAVES.check(leaves)
    # log1p(-1) is minus infinity: a leaf that is always late makes every request late.
    sure = num.minimum(tail, 1 - 2.0**-53)
    late = -num.expm1(leaves * num.log1p(-sure))
    return num.where(tail >= 1, 1.0 + 0 * late, late)


def lognormal_sigma(ratio: float, share: float) -> float:
    """σ of a lognormal time whose percentile (`share` 0.99 for p99) is `ratio` means; the smaller of the two solutions.

    σ = z − √(z² − 2 ln r). InputError for a ratio that no lognormal reaches, above exp(z²/2), or one below 1.
    """
    z = normal_quantile(share)
    ceiling = num.exp(z * z / 2) if z > 0 else 1.0
    Symbol("ratio", "r", "1", "percentile over mean", low=1, high=ceiling).check(ratio)
    return z - math.sqrt(max(0.0, z * z - 2 * num.ln(ratio)))


def lognormal_variation(sigma: float) -> float:
    """Standard deviation over mean of a lognormal time, √(exp(σ²) − 1); σ may be an array.

    What `mg1-wait` and `mgc-wait` take: σ = 1.43, a p99 of ten means, is 2.6. Source: that of `lognormal-tail-ratio`.
    """
    Symbol("sigma", "sigma", "1", "standard deviation of the time's logarithm", low=0, high=20).check(sigma)
    return num.sqrt(num.expm1(sigma * sigma))


def lognormal_tail(time: float, mean: float, sigma: float) -> float:
    """Share of lognormal times of this `mean` (s) and `sigma` that pass `time` (s, number or array)."""
    Symbol("time", "t", "s", "time", low=0, low_open=True).check(time)
    _MEAN.check(mean)
    Symbol("sigma", "sigma", "1", "standard deviation of the time's logarithm", low=0, low_open=True).check(sigma)
    return num.normal_cdf(-(num.ln(time / mean) / sigma + sigma / 2))


def hedged_percentile(mean: float, sigma: float, delay: float, tail: float) -> tuple[float, float]:
    """(seconds that a share `tail` exceeds, share of requests sent twice) of lognormal requests with a second copy.

    The copy goes out when the first is not back after `delay` seconds, and the first answer counts: late are those
    with q(t)·q(t − delay) (`hedged-tail`). Bisection to the last digits. Mean and delay in seconds, delay above 0.
    """
    Symbol("delay", "d", "s", "time after which the second copy is sent", low=0, low_open=True).check(delay)
    _INSIDE.check(tail)

    def late(time: float) -> float:
        first = lognormal_tail(time, mean, sigma)
        return hedged_tail.raw(first, lognormal_tail(time - delay, mean, sigma)) if time > delay else first

    low, high = 0.0, mean
    while late(high) > tail:
        high *= 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if late(middle) > tail else (low, middle)
    return high, lognormal_tail(delay, mean, sigma)


def slowest_mean(mean: float, leaves: int) -> float:
    """Mean time of the slowest of `leaves` independent exponential times of this `mean` (s): mean · (1 + 1/2 + … + 1/n).

    The tail grows with the logarithm of the fan-out (Ross, Introduction to Probability Models, section 5.2). Beyond ten
    thousand leaves the sum is ln n + γ + 1/(2n) − 1/(12n²), right to the last digit.
    """
    _MEAN.check(mean)
    _LEAVES.check(leaves)
    return mean * harmonic(int(leaves))


def harmonic(count: int) -> float:
    """1 + 1/2 + … + 1/count; 0 for none."""
    if count > 10_000:
        return num.ln(count) + 0.57721566490153286 + 1 / (2 * count) - 1 / (12 * count * count)
    return math.fsum(1 / place for place in range(1, count + 1))
