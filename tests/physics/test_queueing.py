"""Single-server queues against Markov chains solved by brute force, and against the laws that hold for all queues."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ironlaw.physics import InputError, queueing

from .inputs import from_zero

loads = st.floats(0.01, 0.99)
variations = from_zero(5)
quick = settings(deadline=None)


def embedded_mg1(load: float, arrivals_in_service: np.ndarray) -> float:
    """Mean number present in M/G/1, from the chain that departures see. `arrivals_in_service[j]` is P(j arrivals)."""
    size = 400
    chain = np.zeros((size, size))
    for present in range(size):
        left = max(present - 1, 0)
        chain[present, left:] = arrivals_in_service[: size - left]
        chain[present, -1] += 1 - chain[present].sum()
    system = np.vstack([chain.T - np.eye(size), np.ones(size)])
    answer = np.zeros(size + 1)
    answer[-1] = 1
    return float(np.linalg.lstsq(system, answer, rcond=None)[0] @ np.arange(size))


@pytest.mark.parametrize("load", [0.3, 0.5, 0.8])
def test_three_service_times_match_the_chain_solved_by_brute_force(load: float) -> None:
    counts = np.arange(400)
    constant = stats.poisson.pmf(counts, load)
    exponential = 1 / (1 + load) * (load / (1 + load)) ** counts
    erlang_2 = stats.nbinom.pmf(counts, 2, 2 / (2 + load))  # two exponential phases: k = 1/sqrt(2)
    for variation, arrivals in ((0.0, constant), (1.0, exponential), (math.sqrt(0.5), erlang_2)):
        wait = queueing.mg1_wait(1.0, load, variation)
        assert queueing.littles_law(load, wait + 1) == pytest.approx(embedded_mg1(load, arrivals), rel=1e-6)


@quick
@given(loads, st.floats(1e-3, 1e3), variations)
def test_the_special_cases_are_those_of_pollaczek_and_khinchine(load: float, service: float, variation: float) -> None:
    wait = queueing.mg1_wait(service, load, variation)
    assert queueing.md1_wait(service, load) == pytest.approx(queueing.mg1_wait(service, load, 0))
    assert queueing.mm1_response(service, load) == pytest.approx(queueing.mg1_wait(service, load, 1) + service)
    assert queueing.md1_wait(service, load) * 2 == pytest.approx(queueing.mm1_response(service, load) - service)
    assert queueing.utilisation_for_wait(wait / service, variation) == pytest.approx(load)
    assert queueing.mm1_present(load) == pytest.approx(
        queueing.littles_law(load / service, queueing.mm1_response(service, load))
    )


def test_percentiles_of_mm1_are_those_of_an_exponential() -> None:
    for tail in (0.5, 0.1, 0.01, 0.001):
        mean = queueing.mm1_response(2.0, 0.8)
        assert queueing.mm1_response_percentile(2.0, 0.8, tail) == pytest.approx(stats.expon.isf(tail, scale=mean))
    assert queueing.mm1_response_percentile(1.0, 0.5, 0.01) == pytest.approx(9.21, abs=0.005)
    area = integrate.quad(lambda q: queueing.mm1_response_percentile(1.0, 0.5, q), 1e-12, 1)[0]
    assert area == pytest.approx(2.0, rel=1e-6)  # the mean is the area under the percentiles


@quick
@given(loads, loads, variations, variations)
def test_more_load_and_more_variation_wait_longer(a: float, b: float, k: float, m: float) -> None:
    assert queueing.mg1_wait(1.0, max(a, b), k) >= queueing.mg1_wait(1.0, min(a, b), k)
    assert queueing.mg1_wait(1.0, a, max(k, m)) >= queueing.mg1_wait(1.0, a, min(k, m))


def test_a_closed_loop_obeys_little_and_its_ceiling() -> None:
    # The measured sweep serv-003: 25 in flight, 500 tokens, first after 0.689 s, then one each 38.75 ms.
    answer = 0.68869 + 499 * 0.03875
    rate = queueing.closed_loop_rate(25, answer)
    assert queueing.littles_law(rate, answer) == pytest.approx(25)
    assert queueing.closed_loop_ceiling(4, 2.0, 0.0, 8) == 2.0  # nobody waits
    assert queueing.closed_loop_ceiling(400, 2.0, 0.0, 8) == 4.0  # all servers busy
    knee = 8 * (2.0 + 0.5) / 2.0
    assert queueing.closed_loop_ceiling(knee, 2.0, 0.5, 8) == knee / 2.5 == 8 / 2.0  # both at once


def machine_repair(clients: int, service: float, think: float, servers: int) -> float:
    """Exact rate of a closed loop with exponential think and service times: a birth-death chain."""
    weights = [1.0]
    for present in range(1, clients + 1):
        up = (clients - present + 1) / think
        weights.append(weights[-1] * up / (min(present, servers) / service))
    busy = sum(weight * min(present, servers) for present, weight in enumerate(weights)) / sum(weights)
    return busy / service


@pytest.mark.parametrize("clients", [1, 3, 10, 60])
def test_no_closed_loop_passes_its_ceiling(clients: int) -> None:
    exact = machine_repair(clients, 2.0, 5.0, 4)
    assert exact <= queueing.closed_loop_ceiling(clients, 2.0, 5.0, 4) * (1 + 1e-12)
    response = clients / exact - 5.0  # the response time law, turned round
    assert queueing.closed_loop_rate(clients, response, 5.0) == pytest.approx(exact)


@pytest.mark.parametrize("load", [1, 1.0, 1.5])
def test_an_unstable_queue_has_no_number(load: float) -> None:
    calls: list[Any] = [
        lambda: queueing.mm1_response(1.0, load),
        lambda: queueing.md1_wait(1.0, load),
        lambda: queueing.mg1_wait(1.0, load, 1.0),
        lambda: queueing.mm1_present(load),
        lambda: queueing.mm1_response_percentile(1.0, np.array([0.5, load]), 0.01),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"^utilisation must be at least 0 and less than 1"):
            call()
    assert queueing.utilisation(load, 1.0) == load  # the load itself can be told


def test_a_loop_of_which_nothing_more_is_said_has_one_server_and_no_pause() -> None:
    for clients in (1, 2, 50):
        exact = machine_repair(clients, 2.0, 1e-3, 1)  # clients that ask again at once keep one server busy
        assert queueing.closed_loop_ceiling(clients, 2.0) == pytest.approx(exact, rel=1e-3)
        assert queueing.closed_loop_rate(clients, clients * 2.0) == pytest.approx(exact, rel=1e-3)
