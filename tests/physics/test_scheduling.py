"""Counting, drains and reservations against brute force, draws and scipy."""

from __future__ import annotations

import itertools
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ironlaw.physics import InputError, scheduling

quick = settings(deadline=None)
sizes = st.integers(1, 64)


@quick
@given(sizes, sizes)
def test_stranded_gpus_by_filling_a_node(node: int, gang: int) -> None:
    left, held = node, 0
    while left >= gang:
        left, held = left - gang, held + 1
    assert scheduling.gangs_per_node(node, gang) == held
    assert scheduling.stranded_share(node, gang) == left / node


@quick
@given(sizes, sizes)
def test_whole_nodes_by_adding_them(node: int, gang: int) -> None:
    held = node
    while held < gang:
        held += node
    assert scheduling.gang_idle_share(node, gang) == (held - gang) / held


def test_known_shares() -> None:
    assert scheduling.stranded_share(8, 3) == 0.25
    assert scheduling.stranded_share(8, 4) == 0
    assert scheduling.stranded_share(8, 12) == 1  # fits nowhere
    assert scheduling.gang_idle_share(8, 12) == 0.25
    assert scheduling.fifo_busy_floor(512, 256) == pytest.approx(0.502, abs=5e-4)
    assert scheduling.bounded_slowdown(3600.0, 600.0) == 7
    assert scheduling.bounded_slowdown(0.0, 0.1) == 1


def test_scattered_free_gpus_by_counting_all_states() -> None:
    nodes, node, free = 2, 3, 0.7
    mean, chance = 0.0, 0.0
    for state in itertools.product((True, False), repeat=nodes * node):
        weight = math.prod(free if one else 1 - free for one in state)
        whole = sum(all(state[at * node : (at + 1) * node]) for at in range(nodes))
        mean += weight * whole
        chance += weight * (whole >= 1)
    assert scheduling.free_nodes(nodes * node, free, node) == pytest.approx(mean)
    assert scheduling.whole_node_chance(nodes, 1, free, node) == pytest.approx(chance)
    assert scheduling.free_nodes(1024, 0.2, 8) < 0.001  # a fifth of the cluster is free, and no node


@quick
@given(st.integers(1, 500), st.integers(0, 510), st.floats(0, 1), st.integers(1, 16))
def test_whole_node_chance_is_binomial(nodes: int, needed: int, free: float, node: int) -> None:
    ours = scheduling.whole_node_chance(nodes, needed, free, node)
    assert ours == pytest.approx(float(stats.binom.sf(needed - 1, nodes, free**node)), rel=1e-6, abs=1e-12)


def test_drain_time_matches_draws() -> None:
    source, gpus, needed, runs = Random(3), 16, 8, 20_000  # noqa: S311  (draws, no secret)
    draws = [sorted(source.expovariate(1 / 2.0) for _ in range(gpus))[needed - 1] for _ in range(runs)]
    mean = sum(draws) / runs
    error = math.sqrt(sum((draw - mean) ** 2 for draw in draws) / runs / runs)
    assert scheduling.drain_time(gpus, needed, 2.0) == pytest.approx(mean, abs=2.576 * error)
    assert scheduling.drain_time(20_000, 10_000, 1.0) == pytest.approx(math.log(2), rel=1e-4)
    assert scheduling.drain_time(8, 0, 1.0) == 0
    assert scheduling.drain_time(8, 8, 1.0) == pytest.approx(sum(1 / k for k in range(1, 9)))
    with pytest.raises(InputError, match="needed"):
        scheduling.drain_time(8, 9, 1.0)


def test_a_reservation_and_what_may_pass_it() -> None:
    # 10 GPUs: 2 free, jobs end at 5 (3 GPUs), 7 (4), 9 (1). The first in line needs 6.
    running = [(9.0, 1), (5.0, 3), (7.0, 4)]
    shadow, spare = scheduling.easy_reservation(1.0, 2, running, 6)
    assert (shadow, spare) == (7.0, 3)
    assert scheduling.may_backfill(1.0, 6.0, 2, 2, shadow, spare)  # ends in time
    assert scheduling.may_backfill(1.0, 60.0, 2, 2, shadow, spare)  # keeps to the spare GPUs
    assert not scheduling.may_backfill(1.0, 6.0, 3, 2, shadow, spare)  # does not fit now
    assert not scheduling.may_backfill(1.0, 6.5, 4, 4, shadow, spare)  # would delay the first
    assert scheduling.easy_reservation(1.0, 6, running, 6) == (1.0, 0)
    with pytest.raises(InputError, match="needed must be at most 10"):
        scheduling.easy_reservation(1.0, 2, running, 11)


def test_makespan_bounds_are_in_order() -> None:
    assert scheduling.makespan_floor(100.0, 10, 4.0) == 10.0
    assert scheduling.makespan_floor(100.0, 10, 40.0) == 40.0
    assert scheduling.backfill_makespan_ceiling(100.0, 10, 4.0) >= scheduling.makespan_floor(100.0, 10, 4.0)


@pytest.mark.parametrize("gpus", [1, 3, 7, 63])
def test_jobs_of_half_the_cluster_and_one_come_within_one_job_of_the_ceiling(gpus: int) -> None:
    """No two of them fit at once, so they run one after the other: the case in which the bound is sharp."""
    wide, runtime, jobs = (gpus + 1) // 2, 5.0, 40
    clock, work = 0.0, 0.0
    for _ in range(jobs):
        clock, work = clock + runtime, work + wide * runtime
    assert scheduling.backfill_makespan_ceiling(work, gpus, runtime) == pytest.approx(clock + runtime)


def test_a_job_that_ends_just_when_the_first_may_start_does_not_delay_it() -> None:
    assert scheduling.may_backfill(1.0, 6.0, 4, 4, 7.0, 3)
    assert not scheduling.may_backfill(1.0, 6.0, 5, 4, 7.0, 3)


def test_a_job_of_seconds_counts_as_ten() -> None:
    """Feitelson and Rudolph 1998: the threshold of 10 s keeps very short jobs from ruling the mean."""
    assert scheduling.bounded_slowdown(95.0, 5.0) == 10
    assert scheduling.bounded_slowdown(95.0, 5.0, 5.0) == 20
    assert scheduling.bounded_slowdown(90.0, 10.0) == 10


def test_chances_at_their_ends() -> None:
    assert scheduling.whole_node_chance(4, 4, 1.0, 8) == 1
    assert scheduling.whole_node_chance(4, 5, 1.0, 8) == 0
    assert scheduling.whole_node_chance(4, 0, 0.0, 8) == 1
    assert scheduling.whole_node_chance(4, 1, 0.0, 8) == 0
