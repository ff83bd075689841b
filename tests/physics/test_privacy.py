"""The accountant against numerical integration, published budgets and noise multipliers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from ironlaw.physics import InputError
from ironlaw.physics.privacy import (
    dp_advanced_composition,
    dp_amplification,
    dp_basic_composition,
    dp_queries,
    dp_sgd_epsilon,
    dp_sgd_noise,
    epsilon_per_query,
    gaussian_delta,
    gaussian_noise,
    laplace_noise,
    rdp_epsilon,
    rdp_epsilon_tight,
    rdp_gaussian,
    rdp_subsampled_gaussian,
)

quick = settings(deadline=None, max_examples=30)


@pytest.mark.parametrize("order", [2, 3, 8, 20])
@pytest.mark.parametrize(("rate", "noise"), [(0.01, 0.8), (0.1, 1.0), (0.5, 4.0), (1.0, 2.0)])
def test_divergence_is_the_integral(order: int, rate: float, noise: float) -> None:
    """E over the noise of (mixture ÷ noise)^order, by quadrature: the definition, no binomial in sight."""

    def integrand(x: float) -> float:
        plain = norm.logpdf(x, 0, noise)
        mixture = np.logaddexp(
            math.log(rate) + norm.logpdf(x, 1, noise), (math.log1p(-rate) if rate < 1 else -math.inf) + plain
        )
        return float(np.exp(order * mixture - (order - 1) * plain))

    peak = float(order)  # the integrand's mass lies between 0 and the order
    integral, _ = quad(
        integrand, -12 * noise, peak + 12 * noise, limit=400, points=[0, 1, peak], epsabs=0, epsrel=1e-10
    )
    ours = rdp_subsampled_gaussian(rate, noise, order)
    assert ours == pytest.approx(math.log(integral) / (order - 1), rel=1e-6, abs=1e-12)


@quick
@given(st.integers(2, 200), st.floats(0.3, 50))
def test_the_whole_data_as_batch_is_plain_gaussian_noise(order: int, noise: float) -> None:
    assert rdp_subsampled_gaussian(1.0, noise, order) == pytest.approx(rdp_gaussian(order, noise, 1), rel=1e-9)


@quick
@given(st.floats(1e-4, 1), st.floats(0.5, 20), st.integers(2, 100))
def test_sampling_only_helps(rate: float, noise: float, order: int) -> None:
    spent = rdp_subsampled_gaussian(rate, noise, order)
    assert 0 <= spent <= rdp_gaussian(order, noise, 1) * (1 + 1e-9)
    assert rdp_subsampled_gaussian(rate, noise * 1.1, order) <= spent * (1 + 1e-9)
    assert spent <= rdp_subsampled_gaussian(rate, noise, order + 1) * (1 + 1e-9)  # orders rise


def test_published_budget_of_tensorflow_privacy() -> None:
    # Its tutorial: 60,000 samples, batch 256, noise 1.12, 60 epochs, δ = 1e-5: ε = 2.92 at order 9.
    epsilon = dp_sgd_epsilon(256 / 60_000, 1.12, 14_063, 1e-5, tight=False)
    assert epsilon == pytest.approx(2.92, abs=0.005)
    assert rdp_epsilon(14_063 * rdp_subsampled_gaussian(256 / 60_000, 1.12, 9), 9, 1e-5) == pytest.approx(epsilon)


# Tramèr and Boneh 2021, README: noise multipliers that use up ε = 3 at δ = 1e-5.
@pytest.mark.parametrize(
    ("samples", "batch", "noise", "epochs"),
    [(60_000, 512, 1.23, 40), (60_000, 2048, 2.15, 40), (50_000, 1024, 1.54, 30)],
)
def test_published_noise_multipliers(samples: int, batch: int, noise: float, epochs: int) -> None:
    epsilon = dp_sgd_epsilon(batch / samples, noise, epochs * samples / batch, 1e-5, tight=False)
    assert epsilon == pytest.approx(3, rel=0.015)


def test_the_tight_conversion_is_below_the_first_one_and_both_bound_the_truth() -> None:
    for noise in (1.0, 3.0, 10.0):
        tight = dp_sgd_epsilon(1.0, noise, 1, 1e-5)
        loose = dp_sgd_epsilon(1.0, noise, 1, 1e-5, tight=False)
        assert tight < loose
        assert gaussian_delta(tight, noise) <= 1e-5  # exact: at the ε that is claimed no more than δ is left
    assert all(rdp_epsilon_tight(0.3, a, 1e-5) < rdp_epsilon(0.3, a, 1e-5) for a in range(2, 300))


@quick
@given(st.floats(1e-3, 0.5), st.floats(0.7, 10), st.floats(1, 1e4))
def test_budget_grows_with_steps_and_falls_with_noise(rate: float, noise: float, steps: float) -> None:
    epsilon = dp_sgd_epsilon(rate, noise, steps, 1e-5)
    assert dp_sgd_epsilon(rate, noise, 2 * steps, 1e-5) >= epsilon
    assert dp_sgd_epsilon(rate, 2 * noise, steps, 1e-5) <= epsilon
    assert dp_sgd_epsilon(rate, noise, steps, 1e-7) >= epsilon


def test_arrays_give_the_scalars() -> None:
    noise, steps = np.array([0.8, 1.5]), np.array([100.0, 5000.0])
    both = dp_sgd_epsilon(0.01, noise, steps, 1e-5)  # type: ignore[arg-type]
    each = [dp_sgd_epsilon(0.01, z, k, 1e-5) for z, k in zip(noise.tolist(), steps.tolist(), strict=True)]
    assert np.asarray(both).tolist() == pytest.approx(each, rel=1e-12)


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 8.0])
def test_noise_for_a_budget_is_the_least(epsilon: float) -> None:
    noise = dp_sgd_noise(0.05, 1000, 1e-5, epsilon)
    assert dp_sgd_epsilon(0.05, noise, 1000, 1e-5) <= epsilon
    assert dp_sgd_epsilon(0.05, noise * 0.999, 1000, 1e-5) > epsilon


def test_a_budget_out_of_reach_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^epsilon must be within reach of a noise multiplier of 10000, got 1e-06"):
        dp_sgd_noise(1.0, 1e6, 1e-5, 1e-6)


@pytest.mark.parametrize(("epsilon", "noise"), [(0.1, 1.0), (1.0, 1.0), (3.0, 0.5), (1.0, 4.0)])
def test_exact_delta_is_the_integral(epsilon: float, noise: float) -> None:
    def beyond(x: float) -> float:
        return float(max(norm.pdf(x, 1, noise) - math.exp(epsilon) * norm.pdf(x, 0, noise), 0))

    crossing = noise**2 * epsilon + 0.5
    integral, _ = quad(beyond, crossing, crossing + 30 * noise, limit=200)
    assert gaussian_delta(epsilon, noise) == pytest.approx(integral, rel=1e-6, abs=1e-14)


@quick
@given(st.floats(0.05, 1), st.floats(1e-9, 1e-2))
def test_the_classical_noise_is_enough(epsilon: float, delta: float) -> None:
    assert gaussian_delta(epsilon, gaussian_noise(1.0, epsilon, delta)) <= delta


def test_laplace_noise_keeps_its_promise() -> None:
    scale = laplace_noise(2.0, 0.5)
    for x in np.linspace(-20, 20, 81):
        odds = abs(abs(float(x)) - abs(float(x) - 2.0)) / scale
        assert odds <= 0.5 + 1e-12


def test_advanced_composition_wins_for_many_small_queries_only() -> None:
    assert dp_advanced_composition(10_000, 0.01, 1e-6) < dp_basic_composition(10_000, 0.01)
    assert dp_advanced_composition(5, 1.0, 1e-6) > dp_basic_composition(5, 1.0)
    # Dwork and Roth 2014, corollary 3.21: ε / (2·√(2·k·ln(1/δ))) a query stays within ε for ε < 1.
    for k in (10, 1000, 100_000):
        each = 0.9 / (2 * math.sqrt(2 * k * math.log(1e6)))
        assert dp_advanced_composition(k, each, 1e-6) <= 0.9


@quick
@given(st.floats(0.1, 10), st.integers(1, 100_000))
def test_budget_per_query_fits_and_is_used_up(total: float, queries: int) -> None:
    each = epsilon_per_query(total, queries, 1e-6)
    used = min(dp_basic_composition(queries, each), dp_advanced_composition(queries, each, 1e-6))
    assert used == pytest.approx(total, rel=1e-6)
    assert each >= total / queries


def test_queries_and_amplification() -> None:
    assert dp_queries(1.0, 0.3) == 3
    assert dp_amplification(1.0, 1.0) == pytest.approx(1)
    assert dp_amplification(1.0, 0.0) == 0
    assert dp_amplification(0.01, 0.1) == pytest.approx(0.001, rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0, 1, 1, 1e-5), "rate"),
        ((0.1, 0, 1, 1e-5), "noise"),
        ((0.1, 1, -1, 1e-5), "queries"),
        ((0.1, 1, 1, 1), "delta"),
    ],
)
def test_bad_arguments_are_named(arguments: tuple[float, float, float, float], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must be "):
        dp_sgd_epsilon(*arguments)


def test_orders_rise() -> None:
    from ironlaw.physics.privacy import ORDERS

    assert all(b > a >= 2 for a, b in pairwise(ORDERS))
    # The sparse list gives away little against every order up to 512.
    for rate, noise, steps in ((0.01, 1.0, 1000), (0.08, 10.0, 875), (0.001, 4.0, 100)):
        best = min(
            rdp_epsilon_tight(steps * rdp_subsampled_gaussian(rate, noise, a), a, 1e-5)
            for a in range(2, 513, 1 if noise < 2 else 3)
        )
        assert dp_sgd_epsilon(rate, noise, steps, 1e-5) <= best * 1.02


@pytest.mark.parametrize(("queries", "epsilon", "delta"), [(100, 0.1, 1e-5), (50, 0.3, 1e-6), (400, 0.05, 1e-3)])
def test_advanced_composition_covers_randomised_response_counted_in_full(
    queries: int, epsilon: float, delta: float
) -> None:
    """Answers that are true with odds of e^ε lose ±ε each: the δ left at the claimed budget, over all outcomes."""

    def left(total: float) -> float:
        lost = ((2 * true - queries) * epsilon for true in range(queries + 1))
        return sum(
            chance * -math.expm1(total - loss) for chance, loss in zip(chances, lost, strict=True) if loss > total
        )

    chances: list[float] = binom.pmf(range(queries + 1), queries, 1 / (1 + math.exp(-epsilon))).tolist()
    claimed = dp_advanced_composition(queries, epsilon, delta)
    assert left(claimed) <= delta
    assert left(claimed / 2) > delta  # and it is no idle bound: half of it is too little


def test_advanced_composition_by_hand() -> None:
    """100 answers of 0.1 at δ = e⁻⁸: 0.1·√(2·100·8) = 4 and 10·(e^0.1 − 1) = 1.0517."""
    assert dp_advanced_composition(100, 0.1, math.exp(-8)) == pytest.approx(4 + 1.051709, abs=1e-6)


@pytest.mark.parametrize("queries", [2, 10, 250])
def test_many_noisy_answers_are_one_with_less_noise(queries: int) -> None:
    """The mean of k answers says as much as all of them, and its noise is √k smaller: Rényi's integral of that one."""
    order, noise = 6.0, 20.0
    narrow = noise / math.sqrt(queries)

    def integrand(x: float) -> float:
        return float(np.exp(order * norm.logpdf(x, 1, narrow) + (1 - order) * norm.logpdf(x, 0, narrow)))

    integral, _ = quad(integrand, order - 12 * narrow, order + 12 * narrow, limit=200, epsabs=0)
    assert rdp_gaussian(order, noise, queries) == pytest.approx(math.log(integral) / (order - 1), rel=1e-9)


@pytest.mark.parametrize(
    ("spent", "order", "delta"), [(0.3, 9, 1e-5), (2.0, 2, 1e-6), (0.05, 40, 1e-8), (1.0, 3, 1e-3)]
)
def test_the_tight_conversion_is_the_worst_loss_by_search(spent: float, order: int, delta: float) -> None:
    """δ is E[(1 − e^(ε − Z))+] and E[e^((a − 1)Z)] at most e^((a − 1)r): the worst Z puts its mass in one place."""
    epsilon = rdp_epsilon_tight(spent, order, delta)

    def left(loss: float) -> float:
        return -math.expm1(epsilon - loss) * math.exp((order - 1) * (spent - loss))

    worst = minimize_scalar(lambda loss: -left(loss), bounds=(epsilon, epsilon + 20), method="bounded")
    assert left(worst.x) == pytest.approx(delta, rel=1e-6)


@pytest.mark.parametrize(("noise", "best"), [(0.5, 2), (0.7, 3), (1.0, 5), (3.0, 22)])
def test_the_budget_is_the_least_of_all_orders(noise: float, best: int) -> None:
    spent = {a: rdp_epsilon_tight(100 * rdp_subsampled_gaussian(0.05, noise, a), a, 1e-5) for a in range(2, 513)}
    assert min(spent, key=lambda order: spent[order]) == best  # with little noise a low order, with much a high one
    assert dp_sgd_epsilon(0.05, noise, 100, 1e-5) == pytest.approx(spent[best])


def test_classical_noise_of_dwork_and_roth() -> None:
    """σ = Δ·√(2·ln(1.25/δ))/ε: 4.84 at ε = 1 and δ = 1e-5, which DP-SGD papers print before they do better."""
    assert gaussian_noise(1.0, 1.0, 1e-5) == pytest.approx(4.8448, abs=5e-5)
    assert gaussian_noise(3.0, 0.5, 1e-5) == pytest.approx(6 * 4.8448, abs=5e-4)
