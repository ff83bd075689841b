"""A goal on the instrument: is it met, what does the design cost, and what is the best that a search finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from ironlaw.labkit.spec import Act, Challenge, Check, Control, NumberControl, Settings, Values
from ironlaw.labkit.text import Slots, facts_of, fill, plain


def holds(check: Check, values: Values) -> bool:
    """Whether the condition is met. A number that does not exist (infeasible plan) meets nothing."""
    value, limit = values[check.output], values[check.limit]
    if value is None or limit is None:
        return False
    return float(value) >= float(limit) if check.sense == "at least" else float(value) <= float(limit)


def met(challenge: Challenge, settings: Settings, values: Values) -> bool:
    """Whether the design meets every check, with the pinned controls where the challenge wants them."""
    pinned = all(settings[name] == value for name, value in challenge.pinned.items())
    return pinned and all(holds(check, values) for check in challenge.checks)


def designs(act: Act, challenge: Challenge) -> Iterator[dict[str, Any]]:
    """Every design of the search grid: all ticks and options of the free controls, the rest pinned or at the start."""
    base = {**act.start(), **challenge.pinned}
    axes = []
    for name in challenge.free:
        control = act.control(name)
        if control is None:
            raise ValueError(f"challenge of {act.id}: free control {name!r} does not exist")
        axes.append(control.ticks if isinstance(control, NumberControl) else [o.value for o in control.options])
    for point in product(*axes):
        yield {**base, **dict(zip(challenge.free, point, strict=True))}


@dataclass(frozen=True, slots=True)
class Search:
    """What an exhaustive search over the challenge's grid found."""

    designs: int
    feasible: int
    best_cost: float | None
    best: dict[str, Any] | None

    @property
    def share(self) -> float:
        """Share of the grid that meets the challenge."""
        return self.feasible / self.designs


@lru_cache(maxsize=64)
def search(act: Act) -> Search:
    """Walk the whole grid. Cached: the grid and the model do not change while the program runs."""
    challenge = act.challenge
    if challenge is None:
        raise ValueError(f"{act.id} has no challenge")
    count = feasible = 0
    best_cost: float | None = None
    best: dict[str, Any] | None = None
    for settings in designs(act, challenge):
        count += 1
        values = act.model(settings)
        if not met(challenge, settings, values):
            continue
        feasible += 1
        cost = values[challenge.cost] if challenge.cost else 0.0
        if cost is not None and (best_cost is None or float(cost) < best_cost):
            best_cost, best = float(cost), settings
    return Search(count, feasible, best_cost, best)


def document(act: Act, settings: Settings, values: Values) -> dict[str, Any]:
    """The challenge as the page shows it. The best cost is told only when the learner has met the challenge."""
    challenge = act.challenge
    if challenge is None:
        raise ValueError(f"{act.id} has no challenge")
    slots = Slots(act, facts_of(act), values)
    done = met(challenge, settings, values)
    kinds = {output.id: output.kind for output in act.outputs}
    cost = None
    if challenge.cost:
        best = plain(search(act).best_cost, kinds[challenge.cost]) if done else None
        cost = {"text": plain(values[challenge.cost], kinds[challenge.cost]), "best": best}
    checks = [{"text": fill(check.text, slots), "met": holds(check, values)} for check in challenge.checks]
    checks = [_pinned(act, name, value, settings[name]) for name, value in challenge.pinned.items()][::-1] + checks
    return {"title": challenge.title, "text": fill(challenge.text, slots), "met": done, "checks": checks, "cost": cost}


def _pinned(act: Act, name: str, value: Any, yours: Any) -> dict[str, Any]:
    """A control that must stand at one value, as its own panel names it."""
    control = act.control(name)
    fits = yours == value
    told = "" if fits else f", yours {_named(control, yours)}"
    return {"text": f"{control.label if control else name}: {_named(control, value)}{told}", "met": fits}


def _named(control: Control | None, value: Any) -> str:
    """A setting as the learner reads it: a number with its unit, a choice by its text."""
    if isinstance(control, NumberControl):
        return plain(value, control.kind)
    options = control.options if control else ()
    return next((option.text for option in options if option.value == value), plain(value, "text"))
