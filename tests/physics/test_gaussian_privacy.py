"""Composition of Gaussian answers against scipy's curve, against RDP's upper bound, and against the safe sum."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ironlaw.physics import InputError
from ironlaw.physics.gaussian_privacy import epsilon_of, epsilon_of_runs, gaussian_composition, noise_for
from ironlaw.physics.privacy import rdp_epsilon_tight, rdp_gaussian

quick = settings(deadline=None, max_examples=40)


def curve(epsilon: float, noise: float) -> float:
    """δ of one Gaussian answer (Dong, Roth and Su 2022, corollary 2.13), with μ = 1/z."""
    mu = 1 / noise
    return float(norm.cdf(-epsilon / mu + mu / 2) - math.exp(epsilon) * norm.cdf(-epsilon / mu - mu / 2))


@quick
@given(st.floats(0.05, 8), st.sampled_from([1e-5, 1e-9, 1e-11]))
def test_the_noise_for_a_budget_spends_exactly_that_budget(epsilon: float, delta: float) -> None:
    noise = noise_for(epsilon, delta)
    assert curve(epsilon, noise) == pytest.approx(delta, rel=1e-4)
    assert epsilon_of(noise, delta) == pytest.approx(epsilon, rel=1e-6)


@quick
@given(st.floats(0.05, 3), st.integers(2, 12))
def test_runs_together_spend_more_than_one_and_less_than_their_sum(epsilon: float, runs: int) -> None:
    together = epsilon_of_runs(epsilon, runs, 1e-9)
    assert epsilon < together < runs * epsilon
    assert curve(together, noise_for(epsilon, 1e-9) / math.sqrt(runs)) == pytest.approx(1e-9, rel=1e-4)


def test_one_run_is_itself_and_the_renyi_accountant_is_an_upper_bound() -> None:
    assert epsilon_of_runs(0.7, 1, 1e-9) == 0.7
    noise = noise_for(0.7, 1e-9)
    bound = min(rdp_epsilon_tight(rdp_gaussian(order, noise, 4), order, 1e-9) for order in range(2, 200))
    assert epsilon_of_runs(0.7, 4, 1e-9) < bound < 1.2 * epsilon_of_runs(0.7, 4, 1e-9)
    assert gaussian_composition(6.0, 4) == 3.0


def test_arguments_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"^noise must keep epsilon"):
        epsilon_of(0.05, 1e-9)
    with pytest.raises(InputError, match=r"^epsilon must"):
        noise_for(0.0, 1e-9)
    with pytest.raises(InputError, match=r"^delta must"):
        noise_for(1.0, 0.0)
    with pytest.raises(InputError, match=r"^runs must"):
        epsilon_of_runs(1.0, 0.5, 1e-9)
