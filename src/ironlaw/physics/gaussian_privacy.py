"""Several private trainings on the same records, taken together: Gaussian differential privacy, which composes exactly.

ε, δ   privacy budget: odds of any output change by at most e^ε, except with probability δ
z      noise multiplier of one Gaussian answer that reveals as much     k   trainings that saw the same record

DP-SGD over many steps behaves as one Gaussian answer (a central limit), so a run that was accounted to (ε, δ) is taken as
the Gaussian answer with that ε at that δ. Runs that saw the same records then add up as answers do.
"""

from __future__ import annotations

import math
from functools import lru_cache

from . import num
from .catalogue import InputError, Symbol, equation
from .privacy import gaussian_delta

_NOISE = Symbol("noise", "z", "1", "noise multiplier of one run's equivalent Gaussian answer", low=0, low_open=True)
_DELTA = Symbol("delta", "delta", "1", "probability that the bound fails", 0, 0.5, low_open=True, high_open=True)
_EPSILON = Symbol("epsilon", "epsilon", "1", "privacy budget of one run", low=0, high=20, low_open=True)
_WIDEST = 20.0  # budgets above e^20 in the odds promise nothing; gaussian_delta stops there too


@equation(
    id="gaussian-composition",
    title="Noise of several runs together",
    formula="z/sqrt(k)",
    result=Symbol("together", "z_k", "1", "noise multiplier that all runs together amount to", low=0),
    symbols=(_NOISE, Symbol("runs", "k", "1", "runs that saw the same record", low=1)),
    source="Dong, Roth and Su 2022, Gaussian Differential Privacy, JRSS B 84(1), corollary 3.3",
    note="Exact for Gaussian answers. Adding up ε instead (dp-basic-composition) is safe, and too pessimistic.",
)
def gaussian_composition(noise: float, runs: float) -> float:
    """Noise multiplier of the single answer that reveals what `runs` answers reveal together."""
    return noise / num.sqrt(runs)


@lru_cache(maxsize=256)  # forty evaluations each, and a page asks for one budget at every move
def noise_for(epsilon: float, delta: float) -> float:
    """The noise multiplier at which one Gaussian answer is exactly (`epsilon`, `delta`)-private. Scalars.

    Bisection of gaussian_delta, which falls as the noise grows, to the last digits (Balle and Wang 2018, theorem 8).
    Raises InputError naming the argument out of range.
    """
    _EPSILON.check(epsilon)
    _DELTA.check(delta)
    low, high = 1e-3, 1e7
    while low < (middle := math.sqrt(low * high)) < high and high / low > 1 + 1e-12:
        low, high = (low, middle) if gaussian_delta(epsilon, middle) <= delta else (middle, high)
    return high


def epsilon_of(noise: float, delta: float) -> float:
    """The ε of one Gaussian answer with multiplier `noise`, at `delta`. Scalars; 0 when δ alone covers it.

    Newton's steps on gaussian_delta in ε, halves where one leads out of the bracket. Raises InputError for an answer that reveals more than an ε of 20.
    """
    _NOISE.check(noise)
    _DELTA.check(delta)
    if gaussian_delta(_WIDEST, noise) > delta:
        raise InputError(
            f"noise must keep epsilon at or below {_WIDEST:g}, got {noise:g}", "noise", noise, "a larger multiplier"
        )
    low, high, epsilon, half = 0.0, _WIDEST, 0.0, 1 / (2 * noise)
    while True:
        far = epsilon * noise
        slope = num.exp(epsilon) * num.normal_cdf(-half - far)  # −dδ/dε: what else the derivative has cancels
        above = num.normal_cdf(half - far) - slope - delta
        low, high = (epsilon, high) if above > 0 else (low, epsilon)
        nearer = epsilon + above / slope if slope else high
        if not low < nearer < high:
            nearer = (low + high) / 2
        if abs(nearer - epsilon) <= 1e-13 * (1 + epsilon) or not low < nearer < high:
            return max(nearer, 0.0)
        epsilon = nearer


def epsilon_of_runs(epsilon: float, runs: float, delta: float) -> float:
    """The budget that `runs` trainings of `epsilon` each spend on a record that all of them saw, at `delta`. Scalars.

    Never above `runs` times ε. Source: Dong, Roth and Su 2022, corollary 3.3. Raises InputError by the argument's name.
    """
    _EPSILON.check(epsilon)
    _DELTA.check(delta)
    if runs == 1:
        return epsilon
    return epsilon_of(gaussian_composition(noise_for(epsilon, delta), runs), delta)
