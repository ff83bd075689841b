"""The cluster scheduler: capacity at every instant, the rules of each policy, queues with a closed form, and bounds."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError, erlang, scheduling
from ironlaw.simulate.queue import batch_means
from ironlaw.simulate.scheduler import BACKFILLS, ORDERS, Job, ScheduleRun, random_jobs, simulate_schedule

quick = settings(deadline=None, max_examples=80)


def job_lists(largest: int, *, at_once: bool = False) -> st.SearchStrategy[list[Job]]:
    """Jobs on a small grid of times, so that ties are common."""
    arrival = st.just(0.0) if at_once else st.integers(0, 20).map(float)
    made = st.builds(Job, arrival, st.integers(1, largest), st.integers(1, 12).map(float))
    return st.lists(made, min_size=1, max_size=14)


def in_use(run: ScheduleRun, now: float) -> int:
    """GPUs that run jobs just after `now`."""
    return sum(ran.job.gpus for ran in run.jobs if ran.start <= now < ran.end)


@quick
@given(job_lists(12), st.sampled_from(ORDERS), st.sampled_from(BACKFILLS), st.sampled_from([None, 1, 4]))
def test_gpus_are_never_used_twice(jobs: list[Job], order: str, backfill: str, node: int | None) -> None:
    run = simulate_schedule(jobs, 12, node=node, order=order, backfill=backfill)
    assert [ran.job for ran in run.jobs] == jobs
    for now in {ran.start for ran in run.jobs}:
        held: dict[int, int] = {}
        for ran in run.jobs:
            if ran.start <= now < ran.end:
                for at, gpus in ran.place:
                    held[at] = held.get(at, 0) + gpus
        assert all(gpus <= (node or 12) for gpus in held.values())
    for ran in run.jobs:
        assert ran.wait >= 0
        if node and ran.job.gpus <= node:
            assert len(ran.place) == 1
        elif node:
            assert len(ran.place) == math.ceil(ran.job.gpus / node)
    work = sum(job.gpus * job.runtime for job in jobs)
    assert run.makespan >= scheduling.makespan_floor(work, 12, max(job.runtime for job in jobs)) - 1e-9
    assert run.utilisation == pytest.approx(work / 12 / run.makespan)
    assert run.mean_slowdown() >= 1


@quick
@given(job_lists(8))
def test_first_in_first_out_starts_in_order_as_soon_as_it_can(jobs: list[Job]) -> None:
    run = simulate_schedule(jobs, 8)
    last = 0.0
    for at in sorted(range(len(jobs)), key=lambda at: jobs[at].arrival):
        # Another way: try the moments at which something ends, the first that has room is the start.
        ran = run.jobs[at]
        before = [one for one in run.jobs if (one.job.arrival, run.jobs.index(one)) != (ran.job.arrival, at)]
        moments = sorted(
            {max(last, ran.job.arrival), *(one.end for one in before if one.end > max(last, ran.job.arrival))}
        )
        started = [run.jobs[k] for k in range(len(jobs)) if (jobs[k].arrival, k) < (jobs[at].arrival, at)]
        start = next(
            now for now in moments if sum(s.job.gpus for s in started if s.start <= now < s.end) + ran.job.gpus <= 8
        )
        assert ran.start == start
        last = ran.start


@quick
@given(job_lists(8))
def test_while_a_gang_is_first_in_line_the_floor_is_busy(jobs: list[Job]) -> None:
    run = simulate_schedule(jobs, 8)
    for ran in run.jobs:
        if ran.wait > 0:
            moment = ran.start - 1e-6  # first in line by then: it starts next
            behind = [
                one
                for one in run.jobs
                if one.start == ran.start and one is not ran and one.job.arrival <= ran.job.arrival
            ]
            if not behind:
                assert in_use(run, moment) / 8 >= scheduling.fifo_busy_floor(8, ran.job.gpus) - 1e-9


@quick
@given(job_lists(8))
def test_easy_never_delays_the_first_in_line(jobs: list[Job]) -> None:
    run = simulate_schedule(jobs, 8, backfill="easy")
    order = sorted(range(len(jobs)), key=lambda at: (jobs[at].arrival, at))
    for now in sorted({job.arrival for job in jobs} | {ran.end for ran in run.jobs}):
        line = [at for at in order if jobs[at].arrival <= now < run.jobs[at].start]
        if not line:
            continue
        running = [(ran.end, ran.job.gpus) for ran in run.jobs if ran.start <= now < ran.end]
        free = 8 - sum(gpus for _, gpus in running)
        shadow, spare = scheduling.easy_reservation(now, free, running, jobs[line[0]].gpus)
        assert run.jobs[line[0]].start <= shadow
        # and what may pass it does: nobody who waits could have started now
        for at in line[1:]:
            assert not scheduling.may_backfill(now, jobs[at].runtime, jobs[at].gpus, free, shadow, spare)


@quick
@given(job_lists(8, at_once=True))
def test_greedy_backfill_ends_within_its_bound(jobs: list[Job]) -> None:
    run = simulate_schedule(jobs, 8, backfill="greedy")
    work, longest = sum(job.gpus * job.runtime for job in jobs), max(job.runtime for job in jobs)
    assert run.makespan <= scheduling.backfill_makespan_ceiling(work, 8, longest)


def test_a_known_day() -> None:
    # 4 GPUs. A long job of 3, a gang of 4 behind it, then a short and a long single.
    jobs = [Job(0, 3, 10), Job(1, 4, 5), Job(2, 1, 8), Job(3, 1, 9)]

    def starts(jobs: list[Job], rule: str) -> list[float]:
        return [ran.start for ran in simulate_schedule(jobs, 4, backfill=rule).jobs]

    assert starts(jobs, "none") == [0, 10, 15, 15]
    assert starts(jobs, "easy") == [0, 10, 2, 15]  # the short one fits in front of the gang
    jobs[2] = Job(2, 1, 9)  # one second longer, it would end after the gang's turn
    assert starts(jobs, "easy") == [0, 10, 15, 15]
    assert starts(jobs, "greedy") == [0, 19, 2, 10]  # they take turns on the gang's GPUs
    urgent = [Job(0, 4, 10), Job(1, 4, 10), Job(2, 4, 10, priority=1)]
    assert [ran.start for ran in simulate_schedule(urgent, 4, order="priority").jobs] == [0, 20, 10]


def test_greedy_starves_a_gang_and_easy_does_not() -> None:
    small = [Job(float(at), 1, 8) for at in range(200)]
    jobs = [*small, Job(5.5, 8, 10)]
    waits = {rule: simulate_schedule(jobs, 8, backfill=rule).jobs[-1].wait for rule in ("easy", "greedy")}
    assert waits["greedy"] > 150
    assert waits["easy"] < 10


def test_poor_estimates_are_survived() -> None:
    exact = [Job(0, 3, 10), Job(1, 4, 5), Job(2, 1, 8)]
    late = [Job(0, 3, 10, estimate=2), Job(1, 4, 5), Job(2, 1, 8)]  # runs on past its estimate
    early = [Job(0, 3, 10, estimate=100), Job(1, 4, 5), Job(2, 1, 8)]
    for jobs in (exact, late, early):
        run = simulate_schedule(jobs, 4, backfill="easy")
        assert run.jobs[1].start >= 10
        assert max(in_use(run, ran.start) for ran in run.jobs) <= 4
    assert simulate_schedule(early, 4, backfill="easy").jobs[2].start == 2


def test_nodes_strand_what_the_closed_form_says() -> None:
    jobs = [Job(0.0, 3, 10.0)] * 64
    run = simulate_schedule(jobs, 64, node=8)
    assert in_use(run, 5.0) == 64 * (1 - scheduling.stranded_share(8, 3))
    assert run.makespan == 10 * 64 / (8 * scheduling.gangs_per_node(8, 3))
    large = simulate_schedule([Job(0.0, 12, 10.0)] * 8, 64, node=8)
    assert in_use(large, 5.0) == 64 * (1 - scheduling.gang_idle_share(8, 12))


@pytest.mark.parametrize(("gpus", "load"), [(1, 0.7), (8, 0.75)])
def test_single_gpu_jobs_are_mmc(gpus: int, load: float) -> None:
    rate = load * gpus / 2.0
    jobs = random_jobs(rate, 15_000, lambda _: 1, lambda s: s.expovariate(0.5), Random(4))  # noqa: S311  (a workload)
    run = simulate_schedule(jobs, gpus)
    assert batch_means([ran.wait for ran in run.jobs][1000:], 0.99).holds(erlang.mean_wait(rate, 2.0, gpus))


def test_backfill_raises_the_utilisation_of_a_mixed_load() -> None:
    jobs = random_jobs(1.0, 400, lambda s: s.choice((1, 2, 8, 32)), lambda s: s.expovariate(0.2), Random(1))  # noqa: S311
    runs = {rule: simulate_schedule(jobs, 64, node=8, backfill=rule) for rule in ("none", "easy")}
    assert runs["easy"].mean_wait < runs["none"].mean_wait
    assert runs["easy"].utilisation >= runs["none"].utilisation


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gpus": 0}, "gpus must be a whole number"),
        ({"gpus": 3}, "gpus of a job must be at most 3"),
        ({"node": 5}, "gpus must be a multiple of node = 5"),
        ({"node": 0}, "node must be a whole number"),
        ({"order": "size"}, "order must be one of arrival, priority"),
        ({"backfill": "yes"}, "backfill must be one of none, easy, greedy"),
        ({"jobs": []}, "jobs must be at least one"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"jobs": [Job(0.0, 4, 1.0)], "gpus": 8}
    with pytest.raises(InputError, match=message):
        simulate_schedule(**(good | arguments))


@pytest.mark.parametrize("bad", [(-1, 1, 1), (0, 0, 1), (0, 1.5, 1), (0, 1, 0), (0, 1, 1, -1), (0, 1, 1, 1, math.nan)])
def test_jobs_make_sense(bad: tuple[Any, ...]) -> None:
    with pytest.raises(InputError):
        Job(*bad)


def test_means_of_a_known_day() -> None:
    """Starts at 0, 10, 15, 15 after submission at 0, 1, 2, 3: waits of 0, 9, 13 and 12 s."""
    run = simulate_schedule([Job(0, 3, 10), Job(1, 4, 5), Job(2, 1, 8), Job(3, 1, 9)], 4)
    assert run.mean_wait == (0 + 9 + 13 + 12) / 4
    # Jobs under 10 s count as 10 s long (Feitelson and Rudolph 1998), unless another threshold is given.
    assert run.mean_slowdown() == pytest.approx((10 + 14 + 21 + 21) / 10 / 4)
    assert run.mean_slowdown(1.0) == pytest.approx((10 / 10 + 14 / 5 + 21 / 8 + 21 / 9) / 4)
    assert run.makespan == 24
    assert run.utilisation == pytest.approx((30 + 20 + 8 + 9) / (4 * 24))


def test_jobs_come_one_gap_after_the_other_from_time_zero() -> None:
    jobs = random_jobs(2.0, 50, lambda _: 1, lambda _: 1.0, Random(5))  # noqa: S311  (a workload, no secret)
    source = Random(5)  # noqa: S311  (the same draws again)
    now = 0.0
    for job in jobs:
        now += source.expovariate(2.0)
        assert job.arrival == pytest.approx(now)
