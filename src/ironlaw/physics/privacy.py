"""Differential privacy: what a noisy answer reveals, and what many of them reveal together.

ε, δ   privacy budget: odds of any output change by at most e^ε, except with probability δ
z      noise multiplier: standard deviation of the noise ÷ largest change that one record can make (clipping norm)
q      sampling rate: share of the records in a batch       k   queries or training steps
a      order of the Rényi divergence (a whole number here)  r   Rényi divergence, nats

Neighbouring data sets differ by one record added or removed. All bounds are upper bounds on the loss of privacy.
"""

from __future__ import annotations

import math
from functools import cache

from . import num
from .catalogue import InputError, Symbol, equation

_EPSILON = Symbol("epsilon", "epsilon", "1", "privacy budget of one query", low=0, high=20, low_open=True)
_DELTA = Symbol("delta", "delta", "1", "probability that the bound fails", low=0, high=1, low_open=True, high_open=True)
_QUERIES = Symbol("queries", "k", "1", "queries, or training steps", low=0)
_NOISE = Symbol("noise", "z", "1", "noise multiplier", low=0, low_open=True)
_RATE = Symbol("rate", "q", "1", "sampling rate", low=0, high=1)
_ORDER = Symbol("order", "a", "1", "order of the Rényi divergence", low=2, integer=True)
_SPENT = Symbol("spent", "r", "1", "Rényi divergence of all steps", low=0)
_TOTAL = Symbol("total", "epsilon_tot", "1", "privacy budget that is used up", low=0)
_TIGHT = Symbol("total", "epsilon_tot", "1", "privacy budget that is used up")
_SENSITIVITY = Symbol("sensitivity", "Delta", "1", "largest change that one record can make", low=0, low_open=True)

#: Orders that dp_sgd_epsilon tries: dense where training runs have their best one, then sparse.
ORDERS = (*range(2, 65), *range(72, 257, 16), 320, 384, 512)

_TINY = 1e-300


@equation(
    id="dp-basic-composition",
    title="Basic composition",
    formula="k*epsilon",
    result=_TOTAL,
    symbols=(_QUERIES, _EPSILON),
    source="Dwork and Roth 2014, The Algorithmic Foundations of Differential Privacy, theorem 3.16",
    note="Holds for any mechanisms; δ adds up too. Loose for many queries: see dp-advanced-composition.",
)
def dp_basic_composition(queries: float, epsilon: float) -> float:
    """Budget of `queries` answers of `epsilon` each."""
    return queries * epsilon


@equation(
    id="dp-advanced-composition",
    title="Advanced composition",
    formula="epsilon*sqrt(2*k*max(ln(1/delta), 0)) + k*epsilon*(exp(epsilon) - 1)",
    result=_TOTAL,
    symbols=(_QUERIES, _EPSILON, _DELTA),
    source="Dwork, Rothblum and Vadhan 2010; Dwork and Roth 2014, theorem 3.20",
    note="Grows with √k, at the price of δ (on top of k times the queries' own). Better than the sum only for many "
    "queries of small ε.",
)
def dp_advanced_composition(queries: float, epsilon: float, delta: float) -> float:
    """Budget of `queries` answers of `epsilon` each, except with probability `delta`."""
    wide = num.sqrt(2 * queries * num.maximum(num.ln(1 / delta), 0))
    return epsilon * wide + queries * epsilon * (num.exp(epsilon) - 1)


@equation(
    id="dp-queries",
    title="Queries in a budget",
    formula="floor(epsilon_tot/epsilon)",
    result=Symbol("queries", "k", "1", "queries that the budget allows", low=0),
    symbols=(_TOTAL, _EPSILON),
    source="Dwork and Roth 2014, theorem 3.16, solved for k",
)
def dp_queries(total: float, epsilon: float) -> float:
    """Whole queries of `epsilon` that basic composition fits into `total`."""
    return num.floor(total / epsilon)


@equation(
    id="laplace-noise",
    title="Scale of Laplace noise",
    formula="Delta/epsilon",
    result=Symbol("scale", "b", "1", "scale of the noise; its standard deviation is √2 of it", low=0),
    symbols=(_SENSITIVITY, _EPSILON),
    source="Dwork et al. 2006, Calibrating Noise to Sensitivity; Dwork and Roth 2014, theorem 3.6",
    note="Sensitivity in the sum of absolute changes; gives ε without any δ.",
)
def laplace_noise(sensitivity: float, epsilon: float) -> float:
    """Scale of the Laplace noise that makes an answer `epsilon`-private."""
    return sensitivity / epsilon


@equation(
    id="gaussian-noise",
    title="Scale of Gaussian noise",
    formula="Delta*sqrt(2*max(ln(1.25/delta), 0))/epsilon",
    result=Symbol("scale", "sigma", "1", "standard deviation of the noise", low=0),
    symbols=(
        _SENSITIVITY,
        Symbol("epsilon", "epsilon", "1", "privacy budget of one query", low=0, high=1, low_open=True),
        _DELTA,
    ),
    source="Dwork and Roth 2014, theorem 3.22 and appendix A",
    note="Proved for ε of at most 1 only, and not tight: gaussian_delta is exact for any ε.",
)
def gaussian_noise(sensitivity: float, epsilon: float, delta: float) -> float:
    """Standard deviation of the noise that makes an answer (`epsilon`, `delta`)-private."""
    return sensitivity * num.sqrt(2 * num.maximum(num.ln(1.25 / delta), 0)) / epsilon


@equation(
    id="dp-amplification",
    title="Privacy amplification by sampling",
    formula="ln(1 + q*(exp(epsilon) - 1))",
    result=Symbol("amplified", "epsilon_q", "1", "budget that a query on the sample uses", low=0),
    symbols=(_EPSILON, _RATE),
    source="Balle, Barthe and Gaboardi 2018, Privacy Amplification by Subsampling, theorem 8 (Poisson sampling)",
    note="About q·ε for small ε: who may not be in the batch is hidden by that alone. δ becomes q·δ.",
)
def dp_amplification(epsilon: float, rate: float) -> float:
    """Budget used when an `epsilon`-private query sees a random share `rate` of the records."""
    return num.ln(1 + rate * (num.exp(epsilon) - 1))


@equation(
    id="rdp-gaussian",
    title="Rényi divergence of Gaussian noise",
    formula="k*a/(2*z**2)",
    result=_SPENT,
    symbols=(_ORDER, _NOISE, _QUERIES),
    source="Mironov 2017, Rényi Differential Privacy, corollary 3 and proposition 1 (the orders add up over queries)",
    note="Full batches. For sampled batches see rdp_subsampled_gaussian.",
)
def rdp_gaussian(order: float, noise: float, queries: float) -> float:
    """Divergence of order `order` after `queries` answers with Gaussian noise."""
    return queries * order / (2 * noise * noise)


@equation(
    id="rdp-epsilon",
    title="From Rényi divergence to a budget",
    formula="r + ln(1/delta)/(a - 1)",
    result=_TOTAL,
    symbols=(_SPENT, _ORDER, _DELTA),
    source="Mironov 2017, Rényi Differential Privacy, proposition 3",
    note="Holds at every order: take the one with the least ε. Published figures up to 2020 use this conversion.",
)
def rdp_epsilon(spent: float, order: float, delta: float) -> float:
    """Budget that a divergence `spent` of order `order` amounts to, at `delta`."""
    return spent + num.ln(1 / delta) / (order - 1)


@equation(
    id="rdp-epsilon-tight",
    title="From Rényi divergence to a budget, tighter",
    formula="r + ln(1 - 1/a) + ln(1/(a*delta))/(a - 1)",
    result=_TIGHT,
    symbols=(_SPENT, _ORDER, _DELTA),
    source="Canonne, Kamath and Steinke 2020, The Discrete Gaussian, proposition 12; Balle et al. 2020, theorem 21",
    note="Always below rdp-epsilon. Published figures since about 2021 use this conversion: don't compare the two. "
    "A negative value means 0.",
)
def rdp_epsilon_tight(spent: float, order: float, delta: float) -> float:
    """Budget that a divergence `spent` of order `order` amounts to, at `delta`."""
    return spent + num.ln(1 - 1 / order) + num.ln(1 / (order * delta)) / (order - 1)


def rdp_subsampled_gaussian(rate: float, noise: float, order: int) -> float:
    """Rényi divergence (nats) of one DP-SGD step: Gaussian noise on a Poisson-sampled batch.

    ln Σ_j C(a, j)·(1 − q)^(a − j)·q^j·exp((j² − j)/(2·z²)) ÷ (a − 1), summed in logarithms so that nothing overflows.

    rate    sampling rate q = batch ÷ records, 0 < q ≤ 1: float or array
    noise   noise multiplier z > 0: float or array
    order   a whole number of at least 2, not an array

    Source: Mironov, Talwar and Zhang 2019, Rényi Differential Privacy of the Sampled Gaussian Mechanism, section 3.3.
    Raises InputError naming the argument that is out of range.
    """
    _OPEN_RATE.check(rate)
    _NOISE.check(noise)
    _ORDER.check(order)
    return _sampled(rate, noise, int(order))


def _sampled(rate: float, noise: float, order: int) -> float:
    inside, outside = num.ln(rate), num.ln(num.maximum(1 - rate, _TINY))  # at q = 1 only j = a counts
    terms = [
        ways + j * inside + (order - j) * outside + (j * j - j) / (2 * noise * noise)
        for j, ways in enumerate(_ln_binomials(order))
    ]
    largest = terms[0]
    for term in terms[1:]:
        largest = num.maximum(largest, term)
    total = 0.0
    for term in terms:
        total = total + num.exp(term - largest)
    return num.maximum((largest + num.ln(total)) / (order - 1), 0.0)  # rounding must not go below none


def dp_sgd_epsilon(rate: float, noise: float, steps: float, delta: float, *, tight: bool = True) -> float:
    """ε of `steps` DP-SGD steps at `delta`: the least over ORDERS, by the Rényi accountant.

    rate    sampling rate q = batch ÷ records, 0 < q ≤ 1
    noise   noise multiplier z > 0, counted against the clipping norm
    steps   number of steps, at least 0
    delta   0 < δ < 1, commonly below 1 ÷ records
    tight   the conversion of Canonne et al. 2020; False for Mironov's, as figures printed up to 2020 use

    Floats or arrays (broadcast). Poisson sampling is assumed; shuffled batches, which most code uses, are close but not
    covered by the proof. Source: Mironov, Talwar and Zhang 2019. Raises InputError naming the argument out of range.
    """
    for symbol, value in ((_OPEN_RATE, rate), (_NOISE, noise), (_QUERIES, steps), (_DELTA, delta)):
        symbol.check(value)
    convert = rdp_epsilon_tight.raw if tight else rdp_epsilon.raw
    best = convert(steps * _sampled(rate, noise, ORDERS[0]), ORDERS[0], delta)
    for order in ORDERS[1:]:
        best = num.minimum(best, convert(steps * _sampled(rate, noise, order), order, delta))
    return num.maximum(best, 0.0)


def dp_sgd_noise(rate: float, steps: float, delta: float, epsilon: float) -> float:
    """Least noise multiplier that keeps `steps` DP-SGD steps within (`epsilon`, `delta`), to 1 part in 10,000.

    Scalars. Bisection of dp_sgd_epsilon, which falls as the noise grows. Raises InputError (field `epsilon`) when a
    noise of 10,000 is not enough.
    """
    Symbol("epsilon", "epsilon", "1", "privacy budget", low=0, low_open=True).check(epsilon)
    low, high = 1e-2, 1e4
    if dp_sgd_epsilon(rate, high, steps, delta) > epsilon:
        raise InputError(
            f"epsilon must be within reach of a noise multiplier of {high:g}, got {epsilon!r}",
            "epsilon",
            epsilon,
            f"at least {dp_sgd_epsilon(rate, high, steps, delta):.3g}",
        )
    while high / low > 1 + 1e-4:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if dp_sgd_epsilon(rate, middle, steps, delta) <= epsilon else (middle, high)
    return high


def gaussian_delta(epsilon: float, noise: float) -> float:
    """The exact δ of one answer with Gaussian noise of multiplier `noise`, at `epsilon`. Floats or arrays.

    Φ(1/(2z) − ε·z) − e^ε·Φ(−1/(2z) − ε·z). Source: Balle and Wang 2018, Improving the Gaussian Mechanism, theorem 8.
    Raises InputError naming the argument out of range.
    """
    _EPSILON.check(epsilon)
    _NOISE.check(noise)
    half, far = 1 / (2 * noise), epsilon * noise
    left = num.normal_cdf(half - far) - num.exp(epsilon) * num.normal_cdf(-half - far)
    return num.maximum(left, 0.0)  # two small numbers that cancel


def epsilon_per_query(total: float, queries: float, delta: float) -> float:
    """Budget that each of `queries` answers may use so that all stay within `total`, by the better composition.

    Scalars. The larger of total ÷ k and what advanced composition at `delta` allows, the latter by bisection.
    Source: Dwork and Roth 2014, theorems 3.16 and 3.20. Raises InputError naming the argument out of range.
    """
    _EPSILON.check(total)
    Symbol("queries", "k", "1", "queries", low=1).check(queries)
    _DELTA.check(delta)
    low, high = 0.0, total
    for _ in range(60):
        middle = (low + high) / 2
        fits = dp_advanced_composition.raw(queries, middle, delta) <= total
        low, high = (middle, high) if fits else (low, middle)
    return max(low, total / queries)


_OPEN_RATE = Symbol("rate", "q", "1", "sampling rate", low=0, high=1, low_open=True)


@cache
def _ln_binomials(n: int) -> tuple[float, ...]:
    return tuple(num.ln_choose(n, k) for k in range(n + 1))
