"""Tails against scipy, brute force and the figures of Dean and Barroso."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ironlaw.physics import InputError, tail

quick = settings(deadline=None)


def test_the_slowest_of_a_hundred_leaves() -> None:
    # Dean and Barroso 2013: one answer in a hundred above 1 s makes 63 % of the requests over 100 leaves slow.
    assert 1 - tail.fan_out_share(0.99, 100) == pytest.approx(0.634, abs=5e-4)
    assert tail.fan_out_tail(0.01, 100) == pytest.approx(1 - 0.99**100)
    # and one in ten thousand over 2,000 leaves still nearly one in five.
    assert tail.fan_out_tail(1e-4, 2000) == pytest.approx(0.18, abs=0.005)
    assert tail.fan_out_leaf_share(0.5, 100) == pytest.approx(0.9931, abs=5e-5)


@quick
@given(st.floats(1e-15, 1), st.integers(1, 10_000))
def test_fan_out_tail_is_exact_for_small_tails_and_bounded(late: float, leaves: int) -> None:
    whole = tail.fan_out_tail(late, leaves)
    assert late * (1 - 1e-12) <= whole <= min(1.0, leaves * late) * (1 + 1e-12)  # one leaf's tail, the union bound
    assert whole == pytest.approx(float(stats.binom.sf(0, leaves, late)), rel=1e-9)
    assert tail.fan_out_leaf_share(tail.fan_out_share(0.999, leaves), leaves) == pytest.approx(0.999)


def test_fan_out_tail_takes_arrays_and_its_ends() -> None:
    late: Any = np.array([0.0, 1e-12, 0.01, 1.0])
    whole = np.asarray(tail.fan_out_tail(late, 100))
    assert list(whole) == pytest.approx([0, 1e-10, 1 - 0.99**100, 1], rel=1e-9)
    assert tail.fan_out_tail(1, 3) == 1
    assert tail.fan_out_tail(0.25, 1) == pytest.approx(0.25)


@quick
@given(st.floats(0.01, 3), st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999]))
def test_lognormal_tail_ratio_matches_scipy(sigma: float, share: float) -> None:
    times = stats.lognorm(s=sigma)
    ratio = tail.lognormal_tail_ratio(sigma, tail.normal_quantile(share))
    assert ratio == pytest.approx(times.ppf(share) / times.mean(), rel=1e-9)
    assert tail.lognormal_variation(sigma) == pytest.approx(times.std() / times.mean(), rel=1e-9)
    assert tail.lognormal_tail(ratio * 7.0, 7.0, sigma) == pytest.approx(1 - share, rel=1e-6)


def test_p99_of_ten_means_needs_a_sigma_of_about_one_and_a_half() -> None:
    sigma = tail.lognormal_sigma(10.0, 0.99)
    assert sigma == pytest.approx(1.43, abs=0.005)  # known-errors.md: about 1.5
    assert tail.lognormal_tail_ratio(1.5, tail.normal_quantile(0.99)) == pytest.approx(10.6, abs=0.05)
    assert tail.lognormal_tail_ratio(0.5, tail.normal_quantile(0.99)) == pytest.approx(2.8, abs=0.05)
    assert tail.lognormal_sigma(3.0, 0.99) == pytest.approx(0.533, abs=5e-4)


@quick
@given(st.floats(0.05, 2.3))
def test_lognormal_sigma_turns_the_ratio_round(sigma: float) -> None:
    ratio = tail.lognormal_tail_ratio(sigma, tail.normal_quantile(0.99))
    assert tail.lognormal_sigma(ratio, 0.99) == pytest.approx(sigma, abs=1e-6)


def test_no_lognormal_has_a_p99_of_sixteen_means() -> None:
    with pytest.raises(InputError, match=r"^ratio must be at least 1 and at most 14\.9"):
        tail.lognormal_sigma(16.0, 0.99)
    with pytest.raises(InputError, match="ratio"):
        tail.lognormal_sigma(0.5, 0.99)
    with pytest.raises(InputError, match="share"):
        tail.lognormal_sigma(3.0, 1.0)


def test_a_hedged_request_matches_draws() -> None:
    source, mean, sigma, delay = Random(7), 10.0, 1.2, 25.0  # noqa: S311  (draws, no secret)
    mu = math.log(mean) - sigma**2 / 2
    times, second = [], 0
    for _ in range(100_000):
        first = source.lognormvariate(mu, sigma)
        copy = delay + source.lognormvariate(mu, sigma)
        second += first > delay
        times.append(min(first, copy))
    percentile, extra = tail.hedged_percentile(mean, sigma, delay, 0.01)
    late = sum(time > percentile for time in times)
    assert abs(late - 1000) <= 2.576 * math.sqrt(1000)  # 99 % of a binomial
    assert second / 100_000 == pytest.approx(extra, abs=2.576 * math.sqrt(extra / 100_000))
    alone = mean * tail.lognormal_tail_ratio(sigma, tail.normal_quantile(0.99))
    assert percentile < alone
    assert tail.hedged_percentile(mean, sigma, alone * 2, 0.01)[0] == pytest.approx(alone)  # the copy comes too late
    assert tail.hedged_tail(0.01, 0.5) == 0.005


@pytest.mark.parametrize("leaves", [1, 2, 10, 100])
def test_slowest_mean_is_the_integral_of_the_tail(leaves: int) -> None:
    area = integrate.quad(lambda t: tail.fan_out_tail(math.exp(-t), leaves), 0, 60, limit=200)[0]
    assert tail.slowest_mean(3.0, leaves) == pytest.approx(3 * area, rel=1e-6)


def test_harmonic_numbers_join_without_a_step() -> None:
    assert tail.harmonic(0) == 0
    assert tail.harmonic(4) == pytest.approx(25 / 12)
    assert tail.harmonic(10_001) == pytest.approx(tail.harmonic(10_000) + 1 / 10_001, rel=1e-14)
    assert tail.harmonic(10_000) == pytest.approx(float(np.sum(1 / np.arange(1, 10_001))), rel=1e-13)


@quick
@given(st.floats(1e-6, 1e3), st.floats(0.2, 2.0), st.floats(0.2, 5.0), st.floats(1e-3, 0.5))
def test_a_hedged_request_is_the_same_in_any_unit_of_time(mean: float, sigma: float, delay: float, late: float) -> None:
    percentile, extra = tail.hedged_percentile(mean, sigma, delay * mean, late)
    in_means, same = tail.hedged_percentile(1.0, sigma, delay, late)
    assert percentile == pytest.approx(mean * in_means, rel=1e-9)
    assert extra == pytest.approx(same, rel=1e-9)
