"""Why a training plan does not fit, by how much, and what would make it fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ironlaw import quantities

from .memory import RESERVE
from .training_setting import RECOMPUTE, ZERO, same_numbers

if TYPE_CHECKING:
    from .result import Stack
    from .training import Job

SHOWN = 3  # ways out


def refusal(job: Job, memory: Stack) -> str:
    """By how much the plan passes the memory, and its largest part. It says so when the count cannot tell."""
    capacity = job.setting.device["memory_capacity"]
    part = max(memory.parts, key=lambda figure: figure.value)
    over = memory.total - capacity
    reason = (
        f"the fullest GPU needs {_bytes(memory.total)} of memory and has {_bytes(capacity)}: {_bytes(over)} "
        f"({quantities.format(over / capacity, 'share')}) too much; the largest part is {part.label.lower()}, {part.text}"
    )
    if over <= RESERVE * capacity:
        reason += (
            ". That is close: software that frees tensors early or gives the first stage fewer layers can hold less, and "
            "a GPU's memory can be some per cent more than its printed size"
        )
    return reason


def ways_out(job: Job) -> tuple[str, ...]:
    """Other recomputation or another stage of ZeRO with which the plan fits, fastest first."""
    setting, capacity, found = job.setting, job.setting.device["memory_capacity"], []
    for recompute in RECOMPUTE:
        for zero in ZERO:
            other = replace(setting, recompute=recompute, zero=zero)
            plan = same_numbers(other, job.plan)
            held = other.memory(plan).total
            changed = [f"recompute={recompute}"] * (recompute != setting.recompute) + [f"zero={zero}"] * (
                zero != setting.zero
            )
            if held <= capacity:
                found.append((len(changed), other.step(plan).total, held, " and ".join(changed)))
    if not found:
        return ("No recomputation and no stage of ZeRO makes it fit: more tp, pp or cp, or more devices.",)
    fewest = [way for way in found if way[0] == min(found)[0]]
    shown = [
        f"{words} ({_bytes(held)}, {quantities.format(step, 'seconds')} a step)"
        for _, step, held, words in sorted(fewest)[:SHOWN]
    ]
    return (f"It fits with {', or '.join(shown)}.",)


def _bytes(value: float) -> str:
    return quantities.format(value, "bytes")
