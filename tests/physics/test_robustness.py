"""Certificates against the normal and the beta distribution, costs against counted passes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, norm

from ironlaw.physics import InputError
from ironlaw.physics.robustness import (
    adversarial_training_flops,
    certification_bound,
    certified_radius,
    certified_share,
    free_adversarial_training_flops,
    linear_attack_shift,
    lipschitz_radius,
)
from ironlaw.physics.transformer import training_flops

quick = settings(deadline=None)


@pytest.mark.parametrize("steps", [0, 1, 7, 10])
def test_cost_is_the_passes_that_are_made(steps: int) -> None:
    forward, backward = 2.0, 4.0
    passes = steps * (forward + backward) + forward + backward
    plain = training_flops(1e6, 1e3)
    assert adversarial_training_flops(plain, steps) == passes * 1e9


def test_pgd_7_costs_eight_times_and_free_training_what_plain_does() -> None:
    assert adversarial_training_flops(1.0, 7) == 8
    assert free_adversarial_training_flops(1.0, 8, 25, 200) == 1  # Shafahi et al.: m = 8, 200/8 epochs
    with pytest.raises(InputError, match=r"^steps must be a whole number of at least 0, got 2\.5$"):
        adversarial_training_flops(1.0, 2.5)


@quick
@given(st.floats(0.501, 0.999999), st.floats(0.01, 10))
def test_radius_is_the_normal_quantile(agreement: float, noise: float) -> None:
    radius = certified_radius(agreement, noise)
    assert radius == pytest.approx(noise * norm.ppf(agreement), rel=1e-9)
    assert certified_share(radius, noise) == pytest.approx(agreement)
    assert certified_radius(agreement, 2 * noise) == pytest.approx(2 * radius)


def test_radius_is_tight_on_a_half_space() -> None:
    """A linear classifier smoothed by noise changes its answer exactly at the certified radius: its own distance."""
    for distance, noise in ((0.3, 0.25), (1.0, 0.5), (0.1, 1.0)):
        agreement = float(norm.cdf(distance / noise))
        assert certified_radius(agreement, noise) == pytest.approx(distance)


@pytest.mark.parametrize("agreement", [0.5, 0.2, 1.0, float("nan"), "1"])
def test_no_certificate_without_a_majority(agreement: object) -> None:
    with pytest.raises(InputError, match=r"^agreement must be "):
        certified_radius(agreement, 1.0)  # type: ignore[arg-type]


def test_arrays_of_agreements() -> None:
    agreements = np.array([0.6, 0.9])
    found = certified_radius(agreements, 0.5)  # type: ignore[arg-type]
    assert np.asarray(found).tolist() == pytest.approx((0.5 * norm.ppf(agreements)).tolist())


@quick
@given(st.floats(1e-6, 0.5), st.integers(1, 100_000))
def test_bound_is_clopper_and_pearsons(failure: float, samples: int) -> None:
    assert certification_bound(failure, samples) == pytest.approx(beta.ppf(failure, samples, 1))


def test_a_hundred_thousand_samples_certify_four_sigma_at_most() -> None:
    assert certified_radius(certification_bound(0.001, 100_000), 1.0) == pytest.approx(3.81, abs=0.005)


def test_a_linear_score_moves_by_the_sum_of_its_weights() -> None:
    weights = [0.5, -2.0, 1.0, 0.25]
    budget = 0.1
    best = max(
        sum(w * sign * budget for w, sign in zip(weights, signs, strict=True)) for signs in product((-1, 1), repeat=4)
    )
    mean = sum(abs(w) for w in weights) / 4
    assert linear_attack_shift(budget, 4, mean) == pytest.approx(best)


def test_lipschitz_radius_holds_for_a_linear_model() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        matrix, x = random.normal(size=(3, 4)), random.normal(size=4)
        scores = matrix @ x
        first, second = np.argsort(scores)[[-1, -2]]
        margin = float(scores[first] - scores[second])
        radius = lipschitz_radius(margin, float(np.linalg.norm(matrix, 2)))
        exact = margin / float(np.linalg.norm(matrix[first] - matrix[second]))
        assert radius <= exact * (1 + 1e-12)


@pytest.mark.parametrize(("replays", "epochs", "plain_epochs"), [(8, 25, 200), (4, 90, 90), (1, 7, 30)])
def test_free_training_costs_the_passes_that_are_made(replays: int, epochs: int, plain_epochs: int) -> None:
    batch, batches = 6.0, 11  # arithmetic of a batch forward and backward; batches of an epoch
    made = sum(batch for _epoch in range(epochs) for _batch in range(batches) for _replay in range(replays))
    plain = plain_epochs * batches * batch
    assert free_adversarial_training_flops(plain, replays, epochs, plain_epochs) == pytest.approx(made)


def test_lipschitz_radius_is_reached_by_scores_at_right_angles() -> None:
    """Scores that are the inputs themselves, times L: the nearest point where both are equal is m/(√2·L) away."""
    for steep in (0.5, 1.0, 8.0):
        x = np.array([2.0, 1.0])
        middle = np.array([1.5, 1.5])  # where both scores are the same
        margin = float(steep * (x[0] - x[1]))
        assert lipschitz_radius(margin, steep) == pytest.approx(float(np.linalg.norm(x - middle)))
