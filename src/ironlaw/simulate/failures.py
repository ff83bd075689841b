"""Jobs and services that fail at random: seeded Monte-Carlo, failure by failure.

`job` runs a training job with checkpoints until its work is done; its mean agrees with `physics.checkpoint.goodput`.
`service` lets replicas and zones fail and come back; its share of time up agrees with `physics.reliability.k_of_n_zones`.
All times in seconds. The same seed gives the same result.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from heapq import heappop, heappush
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from ironlaw.physics import InputError, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_EVENTS = 10_000_000  # a simulation that would need more is refused, so that no call runs for hours


@dataclass(frozen=True, slots=True)
class JobRuns:
    """Means over the runs of a job, and the standard error of the wall clock's mean."""

    work: float
    wall: float
    wall_error: float
    failures: float

    @property
    def goodput(self) -> float:
        """Share of the wall clock that became lasting work."""
        return self.work / self.wall

    def agrees(self, goodput: float, deviations: float = 3.0) -> bool:
        """Whether a closed form's share lies within so many standard errors of the simulated mean."""
        return abs(self.work / goodput - self.wall) <= deviations * self.wall_error


@dataclass(frozen=True, slots=True)
class ServiceRuns:
    """Share of time that enough replicas were up, its standard error over the runs, and outages a run."""

    availability: float
    error: float
    outages: float

    def agrees(self, availability: float, deviations: float = 3.0) -> bool:
        """Whether a closed form lies within so many standard errors of the simulated mean."""
        return abs(availability - self.availability) <= deviations * self.error


def job(
    segments: int,
    interval: float,
    write: float,
    restart: float,
    mtbf: float,
    *,
    snapshot: float | None = None,
    runs: int = 1_000,
    seed: int = 0,
) -> JobRuns:
    """A job of `segments` times `interval` seconds of work, saved after each segment, `runs` times over.

    A failure comes at the constant rate 1/`mtbf` at any moment: in work, in a write, in a restart. It throws the job
    back to its last safe checkpoint and costs `restart` seconds. With `snapshot` the state is copied in so many seconds
    and written in the background, one write at a time: a checkpoint is safe only when its write is over.
    Raises InputError for values out of range, or for a job so frail that it would need over ten million events.
    """
    _whole("segments", segments)
    _whole("runs", runs)
    for name, value, positive in (
        ("interval", interval, True),
        ("write", write, False),
        ("restart", restart, False),
        ("mtbf", mtbf, True),
        ("snapshot", 0.0 if snapshot is None else snapshot, False),
    ):
        Symbol(name, name, "s", name, low=0, low_open=positive).check(value)
    stall, behind = (write, 0.0) if snapshot is None else (snapshot, write)
    first = interval + stall  # from a restart to the end of the first copy
    cycle = first + max(0.0, behind - interval)
    # A safe checkpoint takes about e^x attempts of length M: e^x·segments is what a run may need.
    attempts = (first + behind + restart) / mtbf
    if attempts > 50 or runs * segments * math.exp(attempts) > MOST_EVENTS:
        longest = f"far below mtbf, or fewer runs: at most {MOST_EVENTS:,} events"
        raise InputError(
            f"interval must be {longest}, got {interval:g} at an mtbf of {mtbf:g}", "interval", interval, longest
        )
    draw = random.Random(seed).expovariate  # noqa: S311 - a simulation, no secret
    walls, failures = [], 0
    for _ in range(runs):
        wall, left = 0.0, segments
        while True:
            needed = first + (left - 1) * cycle + behind
            until = draw(1 / mtbf)
            if until >= needed:
                break
            failures += 1
            safe = math.floor((until - behind - first) / cycle) + 1
            left -= max(0, safe)
            wall += until
            while (again := draw(1 / mtbf)) < restart:
                failures += 1
                wall += again
            wall += restart
        walls.append(wall + needed)
    error = stdev(walls) / math.sqrt(runs) if runs > 1 else math.inf
    return JobRuns(segments * interval, fmean(walls), error, failures / runs)


def service(
    needed: int,
    zone_sizes: Sequence[int],
    replica: tuple[float, float],
    zone: tuple[float, float],
    horizon: float,
    *,
    runs: int = 20,
    seed: int = 0,
) -> ServiceRuns:
    """Replicas in zones that fail and are repaired, each with (mean time to failure, mean time to repair).

    Exponential times. A replica serves when it and its zone are up; the service is up with at least `needed` of them.
    `zone_sizes` are the replicas of each zone; an infinite time to failure never fails. Runs start in the steady state.
    """
    _whole("runs", runs)
    for size in zone_sizes:
        _whole("zone_sizes", size)
    Symbol("horizon", "t", "s", "time simulated", low=0, low_open=True).check(horizon)
    for name, (life, repair) in (("replica", replica), ("zone", zone)):
        if not life > 0 or not 0 <= repair < math.inf or math.isnan(life):
            allowed = "a positive time to failure and a finite time to repair of at least 0"
            raise InputError(f"{name} must be {allowed}, got ({life}, {repair})", name, (life, repair), allowed)
    events = sum(2 * horizon / sum(times) for times in (*[replica] * sum(zone_sizes), *[zone] * len(zone_sizes)))
    if runs * events > MOST_EVENTS:
        allowed = f"short enough for {MOST_EVENTS:,} events"
        raise InputError(f"horizon must be {allowed}, got {horizon:g} s", "horizon", horizon, allowed)
    source = random.Random(seed)  # noqa: S311 - a simulation, no secret
    shares, outages = [], 0
    for _ in range(runs):
        up, fell = _one_service(needed, zone_sizes, replica, zone, horizon, source)
        shares.append(up / horizon)
        outages += fell
    error = stdev(shares) / math.sqrt(runs) if runs > 1 else math.inf
    return ServiceRuns(fmean(shares), error, outages / runs)


def _one_service(
    needed: int,
    zone_sizes: Sequence[int],
    replica: tuple[float, float],
    zone: tuple[float, float],
    horizon: float,
    source: random.Random,
) -> tuple[float, int]:
    """Seconds up, and outages begun, in one run."""
    # Part 0 … are the zones; behind them come the replicas, zone by zone.
    times = [zone] * len(zone_sizes) + [replica] * sum(zone_sizes)
    home = [index for index, size in enumerate(zone_sizes) for _ in range(size)]
    up = [source.random() * (life + repair) < life or math.isinf(life) for life, repair in times]
    serving = [sum(up[len(zone_sizes) + i] for i, at in enumerate(home) if at == z) for z in range(len(zone_sizes))]
    queue: list[tuple[float, int]] = []
    for part, (life, repair) in enumerate(times):
        _next(queue, part, 0.0, life if up[part] else repair, source)
    clock, total, fell = 0.0, 0.0, 0
    works = sum(serving[z] for z in range(len(zone_sizes)) if up[z]) >= needed
    while queue and queue[0][0] < horizon:
        moment, part = heappop(queue)
        total += moment - clock if works else 0.0
        clock = moment
        up[part] = not up[part]
        if part >= len(zone_sizes):
            serving[home[part - len(zone_sizes)]] += 1 if up[part] else -1
        life, repair = times[part]
        _next(queue, part, clock, life if up[part] else repair, source)
        now = sum(serving[z] for z in range(len(zone_sizes)) if up[z]) >= needed
        fell += works and not now
        works = now
    return total + (horizon - clock if works else 0.0), fell


def _next(queue: list[tuple[float, int]], part: int, clock: float, mean: float, source: random.Random) -> None:
    if not math.isinf(mean):
        heappush(queue, (clock + (source.expovariate(1 / mean) if mean else 0.0), part))


def _whole(name: str, value: int) -> None:
    Symbol(name, name, "1", name, low=1, integer=True).check(value)
