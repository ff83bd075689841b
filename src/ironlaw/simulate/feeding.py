"""An input pipeline, batch by batch: stages in a row, bounded queues between them, batches of varying size (seeded).

    t_j   mean seconds of a batch at stage j        v_j   standard deviation over mean of that time
    q_j   batches that wait after stage j at most   n     batches; the last stage is the accelerator

A stage starts a batch when the stage before hands it over and its own last one has left. It hands a batch on when the
next queue has a place, and until then it is blocked. With constant times the line runs at the rate of its slowest stage
(`pipeline-rate`, `trained-rate`); where times vary, a stage now and then waits for a late batch although the means would
do, and queues are what absorbs it. Without prefetching (`queues` is None) a batch is loaded, then trained, in turn.

Each stage draws its times from a stream of its own, so that one design differs from the next by the design alone, and the
measured times of a stage are scaled to its mean: a run of a few hundred batches then never beats the mean-rate law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from ironlaw.elementary import exp, log1p, normal_quantile
from ironlaw.physics import InputError, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDING = 1e-9  # far below a batch, far above what sums of floats lose
BATCHES, WARM_UP, SHOWN = 128, 32, 6  # measured, run before, and drawn
_QUEUE = Symbol("queues", "q", "1", "batches that wait between two stages", low=0, integer=True)
_MEAN = Symbol("times", "t", "s", "mean time of a batch at a stage", low=0, low_open=True)
_VARIATION = Symbol("variations", "v", "1", "standard deviation over mean of a stage's time", low=0)
_COUNT = Symbol("batches", "n", "1", "batches that are measured", low=2, integer=True)


@dataclass(frozen=True, slots=True)
class Feed:
    """A simulated line. `rate` in batches a second; `busy` is the share of the measured time that each stage worked.

    `starts` and `ends` hold, stage by stage, when each of the first measured batches was worked on, in seconds from the
    start of the measurement.
    """

    rate: float
    busy: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]
    ends: tuple[tuple[float, ...], ...]

    @property
    def stall(self) -> float:
        """Share of the time that the last stage stands without a batch; what rounding leaves of none is none."""
        idle = 1.0 - self.busy[-1]
        return idle if idle > ROUNDING else 0.0


@lru_cache(maxsize=2048)
def feed(
    times: tuple[float, ...],
    variations: tuple[float, ...],
    queues: tuple[int, ...] | None,
    *,
    batches: int = BATCHES,
    warm_up: int = WARM_UP,
    shown: int = SHOWN,
    seed: int = 1,
) -> Feed:
    """Run `warm_up` + `batches` batches through the line; `queues` has a place count between each two stages.

    Raises InputError for a time that is not positive, and for lists that do not fit together.
    """
    _checked(times, variations, queues, batches, warm_up)
    drawn = [
        [time * factor for factor in _factors(seed, stage, variation, batches, warm_up)]
        for stage, (time, variation) in enumerate(zip(times, variations, strict=True))
    ]
    starts, leaves = _in_turn(drawn) if queues is None else _line(drawn, queues)
    # Measured from the moment that the last stage is done with the warm-up to the moment that it is done with all.
    begin = leaves[-1][warm_up - 1]
    span = leaves[-1][-1] - begin
    window = range(warm_up, warm_up + min(shown, batches))
    return Feed(
        batches / span,
        tuple(min(1.0, math.fsum(stage[warm_up:]) / span) for stage in drawn),
        tuple(tuple(stage[n] - begin for n in window) for stage in starts),
        tuple(tuple(stage[n] + times[n] - begin for n in window) for stage, times in zip(starts, drawn, strict=True)),
    )


def _checked(
    times: Sequence[float], variations: Sequence[float], queues: Sequence[int] | None, batches: int, warm_up: int
) -> None:
    stages = len(times)
    if stages < 2 or len(variations) != stages:
        words = "a time and a variation for each stage, of two stages or more"
        raise InputError(f"times and variations must be {words}", "times", times, words)
    for time, variation in zip(times, variations, strict=True):
        _MEAN.check(time)
        _VARIATION.check(variation)
    if queues is not None and len(queues) != stages - 1:
        words = f"{stages - 1}, one between each two stages"
        raise InputError(f"queues must be {words}, got {queues!r}", "queues", queues, words)
    for queue in queues or ():
        _QUEUE.check(queue)
    _COUNT.check(batches)
    _COUNT.check(warm_up)


Times = list[list[float]]  # of each batch, stage by stage


def _line(drawn: Times, queues: Sequence[int]) -> tuple[Times, Times]:
    """When each batch is started at and leaves each stage: stages overlap, queues are bounded.

    Batch n leaves stage j when it is done and batch n - q_j - 1 has left stage j + 1: then a place in the queue is free.
    """
    stages, last = len(drawn), len(drawn) - 1
    starts: Times = [[] for _ in drawn]
    leaves: Times = [[] for _ in drawn]
    left = [0.0] * stages
    lags = [queue + 1 for queue in queues]
    for n in range(len(drawn[0])):
        clock = 0.0
        for j in range(stages):
            if left[j] > clock:  # noqa: PLR1730 - a comparison takes half of max()'s time
                clock = left[j]
            starts[j].append(clock)
            clock += drawn[j][n]
            if j < last and n >= lags[j]:
                free = leaves[j + 1][n - lags[j]]
                if free > clock:  # noqa: PLR1730 - as above
                    clock = free
            leaves[j].append(clock)
            left[j] = clock
    return starts, leaves


def _in_turn(drawn: Times) -> tuple[Times, Times]:
    """The same without prefetching: the loading stages share a batch and end with the slowest, then it is trained."""
    starts: Times = [[] for _ in drawn]
    leaves: Times = [[] for _ in drawn]
    clock = 0.0
    for n in range(len(drawn[0])):
        begun = clock
        for j, stage in enumerate(drawn[:-1]):
            starts[j].append(begun)
            leaves[j].append(begun + stage[n])
        clock = max(stage[-1] for stage in leaves[:-1])
        starts[-1].append(clock)
        clock += drawn[-1][n]
        leaves[-1].append(clock)
    return starts, leaves


@lru_cache(maxsize=64)
def _factors(seed: int, stage: int, variation: float, batches: int, warm_up: int) -> tuple[float, ...]:
    """Lognormal factors of mean 1 and this variation; those of the measured batches are scaled to a mean of exactly 1."""
    if not variation:
        return (1.0,) * (warm_up + batches)
    rng = Random(f"feeding:{seed}:{stage}")  # noqa: S311 - a simulation, not a secret
    width = math.sqrt(log1p(variation * variation))
    shares = (rng.uniform(1e-12, 1 - 1e-12) for _ in range(warm_up + batches))
    # By the quantile and not by Random.gauss, which asks the C library: batches would differ in the browser.
    drawn = [exp(width * normal_quantile(share) - width * width / 2) for share in shares]
    mean = math.fsum(drawn[warm_up:]) / batches
    return tuple(factor / mean for factor in drawn)
