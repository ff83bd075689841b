"""The simulated queue against its closed forms, within the confidence interval that it states itself."""

from __future__ import annotations

import math
import statistics
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ironlaw.physics import InputError, erlang, queueing
from ironlaw.simulate.queue import FAMILIES, QueueRun, batch_means, enough_requests, sampler, simulate_queue, t_quantile

quick = settings(deadline=None, max_examples=25)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (4, 0.8), (16, 0.9)])
def test_mmc_agrees_with_erlang(servers: int, load: float) -> None:
    rate = load * servers / 0.25
    run = simulate_queue(rate, 0.25, servers, seed=11)
    assert run.wait.holds(erlang.mean_wait(rate, 0.25, servers))
    assert run.response.holds(erlang.mean_wait(rate, 0.25, servers) + 0.25)
    assert run.waiting.holds(erlang.waiting_probability(rate, 0.25, servers))
    limit = erlang.response_percentile(rate, 0.25, servers, 0.05)
    assert run.late(limit).holds(0.05)
    assert run.percentile(0.05) == pytest.approx(limit, rel=0.1)
    assert run.busy == pytest.approx(load, rel=0.03)


@pytest.mark.parametrize(
    ("family", "variation"),
    [("constant", 0.0), ("gamma", 0.5), ("gamma", 2.0), ("lognormal", 1.5), ("hyperexponential", 2.0)],
)
def test_mg1_agrees_with_pollaczek_and_khinchine(family: str, variation: float) -> None:
    expected = queueing.mg1_wait(1.0, 0.7, variation)
    intervals = [simulate_queue(0.7, 1.0, 1, seed=seed, family=family, variation=variation).wait for seed in range(4)]
    assert sum(interval.holds(expected) for interval in intervals) >= 3
    assert statistics.fmean(interval.mean for interval in intervals) == pytest.approx(expected, rel=0.05)
    assert all(interval.high - interval.low < expected for interval in intervals)  # they say something


def test_mgc_agrees_with_allen_and_cunneen_within_its_validity() -> None:
    for family, variation in (("constant", 0.0), ("lognormal", 1.5)):
        run = simulate_queue(3.6, 1.0, 4, seed=2, requests=80_000, family=family, variation=variation)
        ours = erlang.mean_wait(3.6, 1.0, 4, variation)
        assert run.wait.low * 0.95 <= ours <= run.wait.high * 1.05
    steady = simulate_queue(0.9, 1.0, 1, seed=3, requests=80_000, arrival_variation=0.5)
    assert steady.wait.mean == pytest.approx(erlang.mean_wait(0.9, 1.0, 1, 1.0, 0.5), rel=0.1)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(60):
        run = simulate_queue(0.6, 1.0, 1, seed=seed, requests=4_000, warm_up=500, confidence=0.8)
        held += run.wait.holds(queueing.mg1_wait(1.0, 0.6, 1.0))
    assert stats.binom.cdf(held, 60, 0.8) > 0.005
    assert stats.binom.sf(held - 1, 60, 0.8) > 0.005


def test_a_loaded_queue_asks_for_a_longer_run() -> None:
    assert enough_requests(0.5) == 50_000
    assert enough_requests(0.95) > 4 * enough_requests(0.9)
    assert enough_requests(0.95, 3.0) > 4 * enough_requests(0.95)
    with pytest.raises(InputError, match="utilisation must be at least 0 and less than 1"):
        enough_requests(1.0)


def test_littles_law_holds_on_the_run_itself() -> None:
    run = simulate_queue(3.0, 1.0, 4, seed=9, requests=60_000)
    rate = len(run.responses) / run.span
    present = queueing.littles_law(rate, run.response.mean)  # L by Little
    assert present == pytest.approx(sum(run.responses) / run.span)
    assert present == pytest.approx(3.0 * (erlang.mean_wait(3.0, 1.0, 4) + 1), rel=0.05)


def by_the_clock(arrivals: list[float], lengths: list[float], servers: int) -> list[float]:
    """Waits of a first-come-first-served queue, another way: count who is still there."""
    starts: list[float] = []
    ends: list[float] = []
    for now, length in zip(arrivals, lengths, strict=True):
        start = max(now, starts[-1] if starts else 0.0)
        while sum(end > start for end in ends) >= servers:
            start = min(end for end in ends if end > start)
        starts.append(start)
        ends.append(start + length)
    return [start - now for start, now in zip(starts, arrivals, strict=True)]


@quick
@given(st.integers(1, 4), st.integers(0, 1000))
def test_each_wait_is_that_of_a_slow_and_plain_queue(servers: int, seed: int) -> None:
    run = simulate_queue(servers * 0.9, 1.0, servers, seed=seed, requests=300, warm_up=0)
    source = Random(seed)  # noqa: S311  (the same draws again)
    now, arrivals, lengths = 0.0, [], []
    for _ in range(300):
        now += source.expovariate(servers * 0.9)
        arrivals.append(now)
        lengths.append(source.expovariate(1.0))
    assert list(run.waits) == pytest.approx(by_the_clock(arrivals, lengths, servers), abs=1e-9)


def test_a_seed_is_a_run() -> None:
    one, same, other = (simulate_queue(2.0, 0.4, 1, seed=seed, requests=1000, warm_up=10) for seed in (4, 4, 5))
    assert one == same
    assert one != other


@pytest.mark.parametrize("family", FAMILIES)
def test_samplers_have_the_mean_and_variation_they_are_asked_for(family: str) -> None:
    variation = {"constant": 0.0, "exponential": 1.0}.get(family, 1.5)
    draw = sampler(family, 3.0, variation, Random(1))  # noqa: S311  (draws, no secret)
    values = [draw() for _ in range(200_000)]
    mean = statistics.fmean(values)
    assert mean == pytest.approx(3.0, abs=4 * 3 * max(variation, 1e-9) / math.sqrt(len(values)))
    assert statistics.pstdev(values) / mean == pytest.approx(variation, rel=0.05)


@pytest.mark.parametrize("freedom", [20, 29, 100])
@pytest.mark.parametrize("share", [0.9, 0.975, 0.995, 0.9995])
def test_t_quantile_matches_scipy(share: float, freedom: int) -> None:
    assert t_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-3)


def test_batch_means_of_a_constant_leave_no_doubt() -> None:
    interval = batch_means([2.0] * 90, 0.99)
    assert (interval.low, interval.mean, interval.high) == (2.0, 2.0, 2.0)
    with pytest.raises(InputError, match="values"):
        batch_means([1.0], 0.99)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"arrival": 4.0}, "at a utilisation of 1 the queue is unstable"),
        ({"arrival": 5.0}, "at a utilisation of 1.25 the queue is unstable"),
        ({"arrival": 0.0}, "arrival must be greater than 0"),
        ({"arrival": math.nan}, "arrival must be finite"),
        ({"service": -1.0}, "service must be greater"),
        ({"servers": 0}, "servers must be a whole number"),
        ({"requests": 10}, "requests must be a whole number of at least 300"),
        ({"warm_up": -1}, "warm_up must"),
        ({"confidence": 1.0}, "confidence must"),
        ({"family": "normal"}, "family must be one of constant"),
        ({"family": "constant"}, "variation must be 0 with constant"),
        ({"variation": 2.0}, "variation must be 1 with exponential"),
        ({"family": "hyperexponential", "variation": 0.5}, "variation must be at least 1 with hyperexponential"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"arrival": 1.0, "service": 1.0, "servers": 4, "seed": 1, "requests": 300, "warm_up": 0}
    with pytest.raises(InputError, match=message):
        simulate_queue(**(good | arguments))


def test_percentiles_and_lateness_are_counted() -> None:
    """Ninety answers of 1 to 90 s, shuffled: how many are above a limit is seen by looking."""
    times = [float(time) for time in range(1, 91)]
    Random(2).shuffle(times)  # noqa: S311  (an order, no secret)
    run = QueueRun(waits=(0.0,) * 90, responses=tuple(times), span=90.0, busy=0.5, confidence=0.99)
    for tail in (0.5, 0.1, 0.05, 1 / 90):
        percentile = run.percentile(tail)
        assert sum(time > percentile for time in times) <= tail * 90 < sum(time >= percentile for time in times)
        assert run.late(percentile).mean == pytest.approx(sum(time > percentile for time in times) / 90)
    assert run.percentile(0.1) == 81
    assert run.late(81.0).mean == pytest.approx(0.1)
    assert (run.percentile(0.0), run.percentile(1.0)) == (90, 1)
    assert run.waiting.mean == 0


@pytest.mark.parametrize("share", [0.75, 0.84, 0.9])
def test_the_expansion_of_students_t_is_right_in_each_term(share: float) -> None:
    """With many degrees of freedom what the series leaves out is of their fourth power: below 1e-9."""
    assert t_quantile(share, 100) == pytest.approx(stats.t.ppf(share, 100), abs=1e-9)


def test_thirty_values_are_thirty_batches() -> None:
    """Batches of one value: the interval is Student's over the values themselves."""
    values = [float(place % 7) for place in range(30)]
    interval = batch_means(values, 0.95)
    low, high = stats.t.interval(0.95, 29, loc=statistics.fmean(values), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-4)
    with pytest.raises(InputError, match=r"^values must be at least 30, got 29"):
        batch_means(values[:29], 0.95)


def test_a_run_is_as_long_as_the_queue_remembers() -> None:
    """Morse 1955: M/M/1 relaxes in S/(1 − √ρ)²; varied service is longer as its mean rest is, (1 + k²)/2 of S."""
    load, service = 0.98, 0.2
    relaxation = service / (1 - math.sqrt(load)) ** 2
    arrived = load / service * relaxation
    assert enough_requests(load) == pytest.approx(30 * 6 * arrived, rel=1e-5)  # six in each of the 30 batches
    for variation in (1.0, 2.0, 3.0):
        rest = queueing.mg1_wait(1.0, load, variation) / queueing.mg1_wait(1.0, load, 1.0)
        assert enough_requests(load, variation) == pytest.approx(rest * enough_requests(load), rel=1e-5)
    assert enough_requests(load, 0.0) == enough_requests(load)  # never shorter


@quick
@given(st.integers(1, 4), st.integers(0, 1000))
def test_busy_time_is_the_work_that_was_done(servers: int, seed: int) -> None:
    run = simulate_queue(servers * 0.9, 1.0, servers, seed=seed, requests=300, warm_up=0)
    source = Random(seed)  # noqa: S311  (the same draws again)
    arrivals, lengths = [0.0], []
    for _ in range(300):
        arrivals.append(arrivals[-1] + source.expovariate(servers * 0.9))
        lengths.append(source.expovariate(1.0))
    gone = max(arrival + response for arrival, response in zip(arrivals[1:], run.responses, strict=True))
    assert run.busy == pytest.approx(sum(lengths) / (servers * gone))
    assert run.span == pytest.approx(arrivals[-1] - arrivals[1])
