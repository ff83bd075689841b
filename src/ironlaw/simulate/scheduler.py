"""A cluster scheduler for gangs: first in first out, by priority, and with backfill, event by event.

    gang        a job's GPUs start together, run for its run time and end together
    place       a job of up to a node's GPUs goes onto one node (the fullest that has room), a larger one onto whole
                nodes; with `node=None` any free GPUs will do
    order       "arrival", or "priority" (higher first, then by arrival)
    backfill    "none": nobody passes the first in line · "easy": a later job may start if the first in line can still
                start when the running jobs' expected ends would let it · "greedy": whatever fits starts

EASY after Lifka 1995 and Mu'alem and Feitelson 2001. It plans with the estimates that users give and learns of a real
end when it comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from ironlaw.physics import InputError, Symbol
from ironlaw.physics.scheduling import bounded_slowdown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

ORDERS = ("arrival", "priority")
BACKFILLS = ("none", "easy", "greedy")
Place = tuple[tuple[int, int], ...]  # (node, GPUs on it)


@dataclass(frozen=True, slots=True)
class Job:
    """One gang: when it is submitted (s), its GPUs, its run time (s), what its user thinks it takes (s), its priority."""

    arrival: float
    gpus: int
    runtime: float
    estimate: float | None = None
    priority: float = 0.0

    def __post_init__(self) -> None:
        """Sizes and times that make sense."""
        Symbol("arrival", "t", "s", "time of submission", low=0).check(self.arrival)
        Symbol("gpus", "g", "1", "GPUs of the job", low=1, integer=True).check(self.gpus)
        Symbol("runtime", "T", "s", "run time", low=0, low_open=True).check(self.runtime)
        if self.estimate is not None:
            Symbol("estimate", "T_est", "s", "the user's estimate", low=0, low_open=True).check(self.estimate)
        Symbol("priority", "p", "1", "priority").check(self.priority)

    @property
    def expected(self) -> float:
        """The run time that the scheduler plans with."""
        return self.runtime if self.estimate is None else self.estimate


@dataclass(frozen=True, slots=True)
class Ran:
    """When and where a job ran."""

    job: Job
    start: float
    place: Place

    @property
    def end(self) -> float:
        """When it ended, s."""
        return self.start + self.job.runtime

    @property
    def wait(self) -> float:
        """Seconds between submission and start."""
        return self.start - self.job.arrival


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """All jobs in the order given."""

    jobs: tuple[Ran, ...]
    gpus: int

    @property
    def makespan(self) -> float:
        """Seconds from the first submission to the last end."""
        return max(ran.end for ran in self.jobs) - min(ran.job.arrival for ran in self.jobs)

    @property
    def utilisation(self) -> float:
        """GPU-seconds of the jobs over those of the cluster in the makespan."""
        return sum(ran.job.gpus * ran.job.runtime for ran in self.jobs) / (self.gpus * self.makespan)

    @property
    def mean_wait(self) -> float:
        """Mean seconds between submission and start."""
        return sum(ran.wait for ran in self.jobs) / len(self.jobs)

    def mean_slowdown(self, threshold: float = 10.0) -> float:
        """Mean bounded slowdown (equation `bounded-slowdown`)."""
        return sum(bounded_slowdown(ran.wait, ran.job.runtime, threshold) for ran in self.jobs) / len(self.jobs)


class _Cluster:
    """Free GPUs by node. Without nodes it is one node of all GPUs."""

    def __init__(self, gpus: int, node: int | None) -> None:
        self.size = node or gpus
        self.free = [self.size] * (gpus // self.size)

    def place(self, gpus: int, free: list[int] | None = None) -> Place | None:
        """Where a gang fits now (or into `free`), or None."""
        have = self.free if free is None else free
        if gpus <= self.size:
            room = [(left, at) for at, left in enumerate(have) if left >= gpus]
            return ((min(room)[1], gpus),) if room else None
        count = -(-gpus // self.size)
        empty = [at for at, left in enumerate(have) if left == self.size][:count]
        return tuple((at, self.size) for at in empty) if len(empty) == count else None


def _take(free: list[int], place: Place, sign: int = -1) -> None:
    for at, gpus in place:
        free[at] += sign * gpus


class _Scheduler:
    def __init__(self, jobs: Sequence[Job], cluster: _Cluster, order: str, backfill: str) -> None:
        self.jobs, self.cluster, self.backfill = jobs, cluster, backfill
        self.rank = [(-job.priority if order == "priority" else 0.0, job.arrival, at) for at, job in enumerate(jobs)]
        self.queue: list[int] = []
        self.running: dict[int, Ran] = {}
        self.ends: list[tuple[float, int]] = []
        self.ran: dict[int, Ran] = {}

    def start(self, at: int, now: float, place: Place) -> None:
        _take(self.cluster.free, place)
        self.queue.remove(at)
        self.running[at] = self.ran[at] = Ran(self.jobs[at], now, place)
        heappush(self.ends, (self.ran[at].end, at))

    def finish(self, now: float) -> None:
        while self.ends and self.ends[0][0] <= now:
            at = heappop(self.ends)[1]
            _take(self.cluster.free, self.running.pop(at).place, +1)

    def schedule(self, now: float) -> None:
        """Start in order whoever fits; then let others pass the first that does not, as far as the rule allows."""
        while self.queue and (place := self.cluster.place(self.jobs[self.queue[0]].gpus)):
            self.start(self.queue[0], now, place)
        if self.backfill == "none":
            return
        for at in self.queue[1:]:
            place = self.cluster.place(self.jobs[at].gpus)
            if place and (self.backfill == "greedy" or self._harmless(at, place, now)):
                self.start(at, now, place)

    def _harmless(self, at: int, place: Place, now: float) -> bool:
        """True when the first in line can start no later, by the estimates, if this job starts now."""
        first = self.jobs[self.queue[0]]
        then, free = now, list(self.cluster.free)
        for end, placed in sorted((max(now, ran.start + ran.job.expected), ran.place) for ran in self.running.values()):
            if end > then and self.cluster.place(first.gpus, free):
                break
            then = end
            _take(free, placed, +1)
        if now + self.jobs[at].expected <= then:
            return True
        _take(free, place)
        return self.cluster.place(first.gpus, free) is not None


def simulate_schedule(
    jobs: Sequence[Job], gpus: int, *, node: int | None = None, order: str = "arrival", backfill: str = "none"
) -> ScheduleRun:
    """Run all `jobs` on `gpus` GPUs, in nodes of `node` GPUs.

    InputError for a job that the empty cluster cannot hold, GPUs that are not whole nodes, or an unknown rule.
    """
    Symbol("gpus", "N", "1", "GPUs of the cluster", low=1, integer=True).check(gpus)
    for name, value, known in (("order", order, ORDERS), ("backfill", backfill, BACKFILLS)):
        if value not in known:
            raise InputError(f"{name} must be one of {', '.join(known)}, got {value!r}", name, value, ", ".join(known))
    if node is not None:
        Symbol("node", "G", "1", "GPUs of a node", low=1, high=gpus, integer=True).check(node)
        if gpus % node:
            allowed = f"a multiple of node = {node}"
            raise InputError(f"gpus must be {allowed}, got {gpus}", "gpus", gpus, allowed)
    if not jobs:
        raise InputError("jobs must be at least one", "jobs", 0, "at least one")
    for job in jobs:
        if job.gpus > gpus:
            allowed = f"at most {gpus}, the GPUs of the cluster"
            raise InputError(f"gpus of a job must be {allowed}, got {job.gpus}", "jobs", job.gpus, allowed)

    state = _Scheduler(jobs, _Cluster(gpus, node), order, backfill)
    coming = sorted(range(len(jobs)), key=lambda at: jobs[at].arrival, reverse=True)
    while coming or state.ends:
        now = min(
            jobs[coming[-1]].arrival if coming else float("inf"), state.ends[0][0] if state.ends else float("inf")
        )
        state.finish(now)
        while coming and jobs[coming[-1]].arrival <= now:
            state.queue.append(coming.pop())
        state.queue.sort(key=state.rank.__getitem__)
        state.schedule(now)
    return ScheduleRun(tuple(state.ran[at] for at in range(len(jobs))), gpus)


def random_jobs(
    rate: float, count: int, gpus: Callable[[Random], int], runtime: Callable[[Random], float], source: Random
) -> list[Job]:
    """`count` jobs at random times, `rate` a second; sizes and run times (s) drawn from `source`."""
    Symbol("rate", "lam", "1/s", "jobs per second", low=0, low_open=True).check(rate)
    Symbol("count", "n", "1", "jobs", low=1, integer=True).check(count)
    now, made = 0.0, []
    for _ in range(count):
        now += source.expovariate(rate)
        made.append(Job(now, gpus(source), runtime(source)))
    return made
