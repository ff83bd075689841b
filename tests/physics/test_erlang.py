"""Many servers against published tables, birth-death chains, exact M/D/c and ciw."""

from __future__ import annotations

import math
import statistics
from typing import Any

import ciw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ironlaw.physics import InputError, erlang

from .inputs import UNITS

quick = settings(deadline=None)
loads = st.floats(0.01, 0.99)

# Published Erlang B tables: (servers, load in erlang, half its last digit, chance to be turned away).
TABLE_B = [
    (1, 0.0101, 5e-5, 0.01),
    (5, 1.36, 5e-3, 0.01),
    (10, 4.46, 5e-3, 0.01),
    (20, 12.0, 0.05, 0.01),
    (50, 37.9, 0.05, 0.01),
    (100, 84.1, 0.05, 0.01),
    (10, 6.22, 5e-3, 0.05),
    (100, 95.2, 0.05, 0.05),
]
# The rows serv-058 to 063: (servers, utilisation, chance to wait, wait in service times).
KNOWN_C = [
    (2, 0.8, 0.71111, 1.77778),
    (4, 0.8, 0.59643, 0.74554),
    (8, 0.8, 0.45764, 0.28603),
    (8, 0.9, 0.70153, 0.87692),
    (16, 0.9, 0.59134, 0.36959),
    (64, 0.9, 0.31066, 0.04854),
]


@pytest.mark.parametrize(("servers", "load", "half", "blocked"), TABLE_B)
def test_erlang_b_matches_the_published_tables(servers: int, load: float, half: float, blocked: float) -> None:
    assert erlang.erlang_b(load - half, servers) <= blocked <= erlang.erlang_b(load + half, servers)


@pytest.mark.parametrize("servers", [1, 2, 17, 300, 10_000])
def test_erlang_b_is_the_truncated_poisson_distribution(servers: int) -> None:
    for share in (0.5, 0.9, 1.0, 1.3):
        load = share * servers
        expected = math.exp(stats.poisson.logpmf(servers, load) - stats.poisson.logcdf(servers, load))
        assert erlang.erlang_b(load, servers) == pytest.approx(expected, rel=1e-9)
    assert erlang.erlang_b(0.0, servers) == 0


@pytest.mark.parametrize(("servers", "load", "waiting", "wait"), KNOWN_C)
def test_erlang_c_matches_known_values(servers: int, load: float, waiting: float, wait: float) -> None:
    assert erlang.waiting_probability(load * servers, 1.0, servers) == pytest.approx(waiting, abs=5e-6)
    assert erlang.mean_wait(load * servers, 1.0, servers) == pytest.approx(wait, abs=5e-6)


@pytest.mark.parametrize("servers", [1, 3, 20])
@pytest.mark.parametrize("load", [0.2, 0.7, 0.95])
def test_mmc_is_its_birth_death_chain(servers: int, load: float) -> None:
    weights = [1.0]
    for present in range(1, 3000):
        weights.append(weights[-1] * load * servers / min(present, servers))
    chances = np.array(weights) / sum(weights)
    counts = np.arange(3000)
    assert erlang.waiting_probability(load * servers, 1.0, servers) == pytest.approx(chances[servers:].sum())
    queue = (chances * np.maximum(counts - servers, 0)).sum()
    assert erlang.mean_wait(load * servers, 1.0, servers) * load * servers == pytest.approx(queue)


def test_ten_thousand_servers_and_their_limits() -> None:
    # Halfin and Whitt 1981: with a slack of β roots of the load, C tends to 1/(1 + β Φ(β)/φ(β)).
    for beta in (0.5, 1.0, 2.0):
        limit = 1 / (1 + beta * stats.norm.cdf(beta) / stats.norm.pdf(beta))
        servers = 10_000
        load = servers + beta**2 / 2 - math.sqrt(servers * beta**2 + beta**4 / 4)  # a + β√a = c
        assert erlang.square_root_staffing(load, beta) == pytest.approx(servers)
        assert erlang.waiting_probability(load, 1.0, servers) == pytest.approx(limit, rel=0.03)
    assert erlang.waiting_probability(1.0, 1.0, 10_000) == 0.0
    assert erlang.waiting_probability(9_999.999, 1.0, 10_000) == pytest.approx(1, abs=1e-4)


@quick
@given(st.integers(1, 40), loads, loads)
def test_bounds_and_order(servers: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    one = erlang.waiting_probability(high * servers, 1.0, servers)
    assert 0 <= erlang.waiting_probability(low * servers, 1.0, servers) <= one * (1 + 1e-12) <= 1 + 1e-9
    assert erlang.erlang_b(high * servers, servers) <= one  # who waits may still be served: fewer are turned away
    assert one <= high * (1 + 1e-9)  # never more often than with one server of the same utilisation
    # One queue for all is never worse than one more server in a queue of its own.
    assert erlang.mean_wait(high * (servers + 1), 1.0, servers + 1) <= erlang.mean_wait(high * servers, 1.0, servers)


@quick
@given(st.integers(1, 30), st.lists(loads, min_size=1, max_size=5), st.floats(1e-3, 0.5))
def test_arrays_are_the_scalars(servers: int, shares: list[float], tail: float) -> None:
    rates: Any = np.array(shares) * servers / 0.5
    functions: list[Any] = [
        lambda rate: erlang.waiting_probability(rate, 0.5, servers),
        lambda rate: erlang.mean_wait(rate, 0.5, servers, 2.0),
        lambda rate: erlang.response_tail(1.3, rate, 0.5, servers),
        lambda rate: erlang.response_percentile(rate, 0.5, servers, tail),
        lambda rate: erlang.erlang_b(rate, servers),
    ]
    for function in functions:
        assert list(function(rates)) == pytest.approx([function(float(rate)) for rate in rates], rel=1e-9)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (2, 0.5), (8, 0.9), (8, 0.875), (100, 0.95), (3, 0.9999)])
def test_response_tail_and_percentile_are_one_curve_with_the_right_mean(servers: int, load: float) -> None:
    # (2, 0.5) and (8, 0.875) are the cases in which wait and service have the same rate.
    rate = load * servers
    for tail in (0.5, 0.1, 0.01, 1e-6):
        time = erlang.response_percentile(rate, 1.0, servers, tail)
        assert erlang.response_tail(time, rate, 1.0, servers) == pytest.approx(tail, rel=1e-9)
    assert erlang.response_tail(0.0, rate, 1.0, servers) == pytest.approx(1)
    far = erlang.response_percentile(rate, 1.0, servers, 1e-14)
    area = integrate.quad(lambda t: erlang.response_tail(t, rate, 1.0, servers), 0, far, limit=200)[0]
    assert area == pytest.approx(erlang.mean_wait(rate, 1.0, servers) + 1, rel=1e-5)


def test_one_server_is_mm1() -> None:
    from ironlaw.physics import queueing

    for load in (0.1, 0.5, 0.95):
        assert erlang.waiting_probability(load, 1.0, 1) == pytest.approx(load)
        assert erlang.mean_wait(load, 1.0, 1, 2.5) == pytest.approx(queueing.mg1_wait(1.0, load, 2.5))
        assert erlang.response_percentile(load, 1.0, 1, 0.01) == pytest.approx(
            queueing.mm1_response_percentile(1.0, load, 0.01)
        )


def test_wait_percentile_is_that_of_mmc() -> None:
    rate, servers = 7.2, 8
    waiting, wait = erlang.waiting_probability(rate, 1.0, servers), erlang.mean_wait(rate, 1.0, servers)
    time = erlang.wait_percentile(wait, waiting, 0.01)
    assert waiting * math.exp(-(servers - rate) * time) == pytest.approx(0.01)
    assert erlang.wait_percentile(wait, waiting, 0.9) == 0  # fewer than 90 % wait


def exact_mdc(load: float, servers: int) -> float:
    """Wait of M/D/c in service times: the number present one service time apart is a Markov chain."""
    size = int(servers + 40 / (1 - load) + 15 * math.sqrt(servers))
    arrivals = stats.poisson.pmf(np.arange(size), load * servers)
    chain = np.zeros((size, size))
    for present in range(size):
        left = max(present - servers, 0)
        chain[present, left:] = arrivals[: size - left]
        chain[present, -1] += 1 - chain[present].sum()
    system = np.vstack([chain.T - np.eye(size), np.ones(size)])
    answer = np.zeros(size + 1)
    answer[-1] = 1
    inside = float(np.linalg.lstsq(system, answer, rcond=None)[0] @ np.arange(size))
    return inside / (load * servers) - 1


@pytest.mark.parametrize("servers", [2, 8, 16])
@pytest.mark.parametrize("load", [0.5, 0.7, 0.9])
def test_approximations_hold_within_what_their_notes_say(servers: int, load: float) -> None:
    exact = exact_mdc(load, servers)
    exponential = erlang.mean_wait(load * servers, 1.0, servers)
    assert erlang.mdc_wait(exponential, servers, load) == pytest.approx(exact, rel=0.03)
    allen = erlang.mean_wait(load * servers, 1.0, servers, 0.0)
    assert allen <= exact * (1 + 1e-6)
    if servers <= 8 and load == 0.9:
        assert allen == pytest.approx(exact, rel=0.03)
    if servers == 16 and load == 0.5:
        assert allen == pytest.approx(0.7 * exact, rel=0.02)


def ciw_waits(rate: float, servers: int, service: Any, runs: int, end: float) -> tuple[float, float]:
    """Mean wait and its standard error over independent runs of ciw."""
    means = []
    for seed in range(runs):
        ciw.seed(seed)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(rate)],
            service_distributions=[service],
            number_of_servers=[servers],
        )
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(end)
        waits = [r.waiting_time for r in simulation.get_all_records() if r.arrival_date > end / 5]
        means.append(statistics.fmean(waits))
    return statistics.fmean(means), statistics.stdev(means) / math.sqrt(runs)


@pytest.mark.parametrize(
    ("servers", "load", "service", "variation"),
    [
        (4, 0.8, ciw.dists.Exponential(1.0), 1.0),
        (4, 0.85, ciw.dists.Lognormal(-math.log(1.5**2 + 1) / 2, math.sqrt(math.log(1.5**2 + 1))), 1.5),
    ],
)
def test_ciw_waits_as_long(servers: int, load: float, service: Any, variation: float) -> None:
    mean, error = ciw_waits(load * servers, servers, service, 10, 1500.0)
    slack = 0.0 if variation == 1 else 0.1  # Allen-Cunneen is an approximation
    ours = erlang.mean_wait(load * servers, 1.0, servers, variation)
    assert abs(mean - ours) <= 3.25 * error + slack * ours  # 99 % with 9 degrees of freedom


@quick
@given(st.floats(0.01, 200), st.floats(0.01, 2), st.floats(1e-4, 2))
def test_servers_for_a_wait_are_the_fewest(arrival: float, service: float, limit: float) -> None:
    servers = erlang.servers_for_wait(arrival, service, limit)
    assert erlang.mean_wait(arrival, service, servers) <= limit
    fewer = servers - 1
    assert arrival * service >= fewer or erlang.mean_wait(arrival, service, fewer) > limit


@pytest.mark.parametrize("load", [1.0, 1.25])
def test_an_unstable_queue_is_refused_with_its_reason(load: float) -> None:
    calls: list[Any] = [
        lambda rate: erlang.mean_wait(rate, 0.5, 4),
        lambda rate: erlang.waiting_probability(rate, 0.5, 4),
        lambda rate: erlang.response_tail(1.0, rate, 0.5, 4),
        lambda rate: erlang.response_percentile(rate, 0.5, 4, 0.01),
    ]
    for call in calls:
        for rate in (8 * load, np.array([1.0, 8 * load])):
            with pytest.raises(InputError, match=r"less than servers/service = 8 1/s.*unstable") as caught:
                call(rate)
            assert caught.value.field == "arrival"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: erlang.erlang_b(-1.0, 2), "load"),
        (lambda: erlang.erlang_b(1.0, 0), "servers"),
        (lambda: erlang.erlang_b(1.0, 2.5), "servers"),  # type: ignore[arg-type]
        (lambda: erlang.mean_wait(math.nan, 1.0, 2), "arrival"),
        (lambda: erlang.mean_wait(1.0, 0.0, 2), "service"),
        (lambda: erlang.mean_wait(1.0, 1.0, 2, -1.0), "variation"),
        (lambda: erlang.response_percentile(1.0, 1.0, 2, 0.0), "tail"),
        (lambda: erlang.response_tail(-1.0, 1.0, 1.0, 2), "time"),
        (lambda: erlang.servers_for_wait(1.0, 1.0, 0.0), "limit"),
        (lambda: erlang.servers_for_wait(1e9, 1.0, 1.0), "arrival"),
    ],
)
def test_bad_arguments_are_refused_by_name(call: Any, field: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field


def test_quantities_of_the_wrong_dimension_are_refused() -> None:
    with pytest.raises(Exception, match="convert"):
        erlang.mean_wait(UNITS.Quantity(1.0, "s"), 1.0, 2)  # type: ignore[arg-type]


@quick
@given(st.integers(1, 40), loads, st.floats(0.01, 5.0), st.floats(1e-4, 1e4), st.floats(1e-3, 0.5))
def test_a_service_time_is_only_a_unit_of_time(
    servers: int, load: float, time: float, service: float, tail: float
) -> None:
    """Seconds or service times: shares stay, and times scale. The other tests have a service time of one."""
    rate = load * servers
    slow = rate / service
    assert erlang.waiting_probability(slow, service, servers) == pytest.approx(
        erlang.waiting_probability(rate, 1.0, servers)
    )
    assert erlang.mean_wait(slow, service, servers) == pytest.approx(service * erlang.mean_wait(rate, 1.0, servers))
    assert erlang.response_tail(time * service, slow, service, servers) == pytest.approx(
        erlang.response_tail(time, rate, 1.0, servers)
    )
    assert erlang.response_percentile(slow, service, servers, tail) == pytest.approx(
        service * erlang.response_percentile(rate, 1.0, servers, tail)
    )
