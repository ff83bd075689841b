"""A pipeline-parallel step, task by task: 1F1B, interleaved 1F1B and GPipe.

    p   stages (devices)      m   micro-batches      v   model chunks a stage (virtual stages)
    F   forward of one chunk for one micro-batch     B   its backward

Each device works through its own list in order and waits for the input of each task. The list is the schedule: warm-up
forwards, one forward and one backward in turn, cool-down backwards. With equal stages and free transfers a device stands
idle for the share (p-1)/(v·m + p - 1) of the step (`pipeline-bubble`); unequal stages and slow transfers have no closed
form, and that is what the simulation is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ironlaw.physics import InputError, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE_F_ONE_B, GPIPE = SCHEDULES = ("1f1b", "gpipe")
_STAGES = Symbol("stages", "p", "1", "pipeline stages", low=1, integer=True)
_BATCHES = Symbol("microbatches", "m", "1", "micro-batches of the step", low=1, integer=True)
_CHUNKS = Symbol("interleaving", "v", "1", "model chunks a stage", low=1, integer=True)
_FORWARD = Symbol("forward", "t_f", "s", "forward of one micro-batch on one stage", low=0)
_BACKWARD = Symbol("backward", "t_b", "s", "backward of one micro-batch on one stage", low=0)
_TRANSFER = Symbol("transfer", "t_x", "s", "activations from stage to stage", low=0)

Task = tuple[bool, int, int]  # backward?, position of the chunk in the model (0 … p·v-1), micro-batch


@dataclass(frozen=True, slots=True)
class Slot:
    """One task on the time line of a device."""

    stage: int
    chunk: int
    microbatch: int
    backward: bool
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Step:
    """A simulated step: its time, the seconds each device worked, and how many activations it held at most.

    `held` counts micro-batches of one chunk: forwards whose backward has not run yet. `slots` is the time line.
    """

    time: float
    busy: tuple[float, ...]
    held: tuple[int, ...]
    slots: tuple[Slot, ...]

    @property
    def bubble(self) -> float:
        """Share of the step that the devices stand idle, on average; 0 for a step that takes no time."""
        return max(0.0, 1 - sum(self.busy) / len(self.busy) / self.time) if self.time else 0.0


def pipeline_step(
    stages: int,
    microbatches: int,
    *,
    forward: float | Sequence[float] = 1.0,
    backward: float | Sequence[float] = 2.0,
    interleaving: int = 1,
    transfer: float = 0.0,
    schedule: str = ONE_F_ONE_B,
) -> Step:
    """Run one step. `forward` and `backward` are seconds of one micro-batch on one stage, all its chunks together:
    one number, or one for each stage.

    Raises InputError: interleaving needs the micro-batches to be a multiple of the stages and the schedule "1f1b".
    """
    costs = _check(stages, microbatches, forward, backward, interleaving, transfer, schedule)
    lists = [_order(stage, stages, microbatches, interleaving, schedule) for stage in range(stages)]
    last = stages * interleaving - 1
    done: dict[Task, float] = {}
    clocks, heads = [0.0] * stages, [0] * stages
    slots: list[Slot] = []
    waiting = list(range(stages))
    while waiting:
        for stage in waiting:
            while heads[stage] < len(lists[stage]):
                task = lists[stage][heads[stage]]
                ready = _ready(task, done, last, transfer if stages > 1 else 0.0)
                if ready is None:
                    break
                is_backward, position, batch = task
                start = max(clocks[stage], ready)
                clocks[stage] = done[task] = start + costs[is_backward][stage] / interleaving
                slots.append(Slot(stage, position // stages, batch, is_backward, start, clocks[stage]))
                heads[stage] += 1
        waiting = [stage for stage in range(stages) if heads[stage] < len(lists[stage])]
    busy = tuple(microbatches * (costs[0][stage] + costs[1][stage]) for stage in range(stages))
    return Step(max(clocks), busy, tuple(_held(tasks) for tasks in lists), tuple(slots))


def _check(
    stages: int,
    microbatches: int,
    forward: float | Sequence[float],
    backward: float | Sequence[float],
    interleaving: int,
    transfer: float,
    schedule: str,
) -> tuple[list[float], list[float]]:
    _STAGES.check(stages)
    _BATCHES.check(microbatches)
    _CHUNKS.check(interleaving)
    _TRANSFER.check(transfer)
    if schedule not in SCHEDULES:
        words = " or ".join(SCHEDULES)
        raise InputError(f"schedule must be {words}, got {schedule!r}", "schedule", schedule, words)
    if interleaving > 1 and schedule != ONE_F_ONE_B:
        raise InputError(
            f"interleaving must be 1 with {schedule}, got {interleaving}", "interleaving", interleaving, "1"
        )
    if interleaving > 1 and microbatches % stages:
        words = f"a multiple of the {stages} stages where chunks are interleaved"
        raise InputError(f"microbatches must be {words}, got {microbatches}", "microbatches", microbatches, words)
    return _each(_FORWARD, forward, stages), _each(_BACKWARD, backward, stages)


def _each(symbol: Symbol, given: float | Sequence[float], stages: int) -> list[float]:
    times = [given] * stages if isinstance(given, int | float) else list(given)
    for time in times:
        symbol.check(time)
    if len(times) != stages:
        words = f"one time, or {stages} times"
        raise InputError(f"{symbol.name} must be {words}, got {len(times)}", symbol.name, given, words)
    return times


def _ready(task: Task, done: dict[Task, float], last: int, transfer: float) -> float | None:
    """When the input of a task is there; None while nobody has made it."""
    backward, position, batch = task
    if backward and position == last:
        return done.get((False, last, batch))  # the loss: forward and backward on one device
    if not backward and position == 0:
        return 0.0
    made = done.get((backward, position + 1 if backward else position - 1, batch))
    return None if made is None else made + transfer


def _order(stage: int, stages: int, microbatches: int, chunks: int, schedule: str) -> list[Task]:
    """The list of one device: warm-up forwards, forward and backward in turn, cool-down backwards."""
    total = microbatches * chunks
    if schedule == GPIPE:
        warm = total
    elif chunks == 1:
        warm = min(stages - stage - 1, total)
    else:  # Narayanan et al. 2021, section 2.2: a chunk of p micro-batches after the other
        warm = min((stages - stage - 1) * 2 + (chunks - 1) * stages, total)

    def unit(index: int, *, backward: bool) -> Task:
        if chunks == 1:
            return backward, stage, index
        group, inside = divmod(index, stages * chunks)
        chunk, offset = divmod(inside, stages)
        chunk = chunks - 1 - chunk if backward else chunk
        return backward, chunk * stages + stage, group * stages + offset

    tasks = [unit(index, backward=False) for index in range(warm)]
    for index in range(total - warm):
        tasks += [unit(warm + index, backward=False), unit(index, backward=True)]
    return tasks + [unit(index, backward=True) for index in range(total - warm, total)]


def _held(tasks: list[Task]) -> int:
    held = most = 0
    for backward, _, _ in tasks:
        held += -1 if backward else 1
        most = max(most, held)
    return most
