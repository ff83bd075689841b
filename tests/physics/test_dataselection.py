"""What samples are worth: votes enumerated, tails summed, noise against exact binomials."""

from __future__ import annotations

import math
from itertools import product

import pytest

from ironlaw.physics import InputError
from ironlaw.physics.dataselection import (
    clean_equivalent,
    select_by_ratio,
    selected_information,
    selection_gain,
    vote_quality,
)


@pytest.mark.parametrize("votes", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("accuracy", [0.0, 0.3, 0.5, 0.85, 1.0])
def test_a_vote_is_the_sum_over_every_ballot(votes: int, accuracy: float) -> None:
    right = 0.0
    for ballot in product((True, False), repeat=votes):
        chance = math.prod(accuracy if vote else 1 - accuracy for vote in ballot)
        yes = sum(ballot)
        right += chance * (1.0 if 2 * yes > votes else 0.5 if 2 * yes == votes else 0.0)
    assert vote_quality(accuracy, votes) == pytest.approx(right)


def test_votes_out_of_range_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="accuracy"):
        vote_quality(1.2, 3)
    with pytest.raises(InputError, match="votes"):
        vote_quality(0.9, 0)
    with pytest.raises(InputError, match="kept"):
        select_by_ratio(0.0, (1.0, 1.0))
    with pytest.raises(InputError, match="weights"):
        select_by_ratio(0.5, (0.0, 1.0))


def wrong_majority(samples: int, accuracy: float) -> float:
    """Chance that fewer than half of an odd number of independent answers are right, summed in logarithms."""
    log = math.lgamma
    return sum(
        math.exp(
            log(samples + 1)
            - log(k + 1)
            - log(samples - k + 1)
            + k * math.log(accuracy)
            + (samples - k) * math.log(1 - accuracy)
        )
        for k in range(samples // 2 + 1)
    )


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.4])
def test_noisy_samples_decide_as_often_wrong_as_their_clean_equivalent(noise: float) -> None:
    """A weak signal: each clean answer is right by 51 %. Flipped ones are right by 50 % + 1 % × (1 - 2 noise)."""
    noisy = 20_001
    clean = 2 * round(clean_equivalent(noisy, noise) / 2) + 1
    flipped = 0.51 * (1 - noise) + 0.49 * noise
    assert wrong_majority(noisy, flipped) == pytest.approx(wrong_majority(clean, 0.51), rel=0.01)


def test_labels_by_coin_are_worth_nothing() -> None:
    assert clean_equivalent(1e6, 0.5) == 0
    assert clean_equivalent(1e6, 0.0) == 1e6
    assert clean_equivalent(1e6, 0.3) == pytest.approx(160_000)  # (1 - 0.6)**2 = 0.16
    assert clean_equivalent(1e6, 0.45) == pytest.approx(10_000)  # (1 - 0.9)**2 = 0.01


def quantiles(count: int) -> list[float]:
    """Exponential information of `count` samples, evenly spread."""
    return [-math.log1p(-(index + 0.5) / count) for index in range(count)]


@pytest.mark.parametrize("kept", [0.05, 0.25, 0.5, 0.9, 1.0])
def test_the_best_samples_hold_what_sorting_finds(kept: float) -> None:
    every = quantiles(20_000)
    best = sorted(every, reverse=True)[: round(kept * len(every))]
    assert selected_information(kept) == pytest.approx(sum(best) / sum(every), rel=2e-3)


@pytest.mark.parametrize("kept", [0.1, 0.4, 0.75, 1.0])
def test_choosing_by_ratio_is_what_sorting_by_ratio_finds(kept: float) -> None:
    weights = (0.5, 1.5)
    every = [(value, size) for size in weights for value in quantiles(20_000)]
    best = sorted(every, key=lambda each: each[0] / each[1], reverse=True)[: round(kept * len(every))]
    information, sent = select_by_ratio(kept, weights)
    assert information == pytest.approx(sum(v for v, _ in best) / sum(v for v, _ in every), rel=3e-3)
    assert sent == pytest.approx(sum(s for _, s in best) / sum(s for _, s in every), rel=3e-3)
    # More information for each byte than choosing by information alone, and no more information for each sample.
    assert selection_gain(information, sent) >= selection_gain(selected_information(kept), kept) * (1 - 1e-9)
    assert information <= selected_information(kept) * (1 + 1e-9)


def test_one_size_makes_the_ratio_the_entropy() -> None:
    information, sent = select_by_ratio(0.3, (1.0, 1.0))
    assert (information, sent) == pytest.approx((selected_information(0.3), 0.3))
