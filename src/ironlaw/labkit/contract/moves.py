"""How far away is a failure, and how does one get out of it: searches by moves. A move sets one control to one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.case import axis, plan_runs, thin
from ironlaw.labkit.spec import Act, Constraint, Control

REACH = 3  # moves within which a failure must be found, and left
WIDE = {1: 10_000, 2: 40, 3: 12}  # places of a control that the search for a failure uses, by the number of moves
NARROW = {1: 10_000, 2: 8, 3: 4}  # the same for a way out, which is searched from many settings
KEPT = 200  # nearest failures that are looked at

Change = dict[str, Any]


def holds(act: Act, constraint: Constraint, settings: Mapping[str, Any]) -> bool:
    """Whether the plan runs and the limit is kept. A plan that cannot run has left no other limit."""
    values = act.model(dict(settings))
    return plan_runs(act, values) and not ev.crossed(constraint, values)


def fails(act: Act, constraint: Constraint, settings: Mapping[str, Any]) -> bool:
    """Whether the limit is crossed."""
    return ev.crossed(constraint, act.model(dict(settings)))


def changes(act: Act, base: Mapping[str, Any], moves: int, places: Mapping[int, int]) -> Iterator[Change]:
    """Every way to move exactly this many controls, ends of their ranges first."""
    for controls in combinations(act.controls, moves):
        names = [control.id for control in controls]
        others = [_elsewhere(control, base[control.id], places[moves]) for control in controls]
        for point in product(*others):
            yield dict(zip(names, point, strict=True))


def _elsewhere(control: Control, here: Any, most: int) -> list[Any]:
    found = thin([place for place in axis(control) if place != here], most)
    return found[-1:] + found[:-1]


def nearest(act: Act, constraint: Constraint) -> tuple[int, list[Change]]:
    """The fewest moves from the start that cross the limit, and the changes that do; (0, []) when none does."""
    start = act.start()
    if constraint.at_start and fails(act, constraint, start):
        return 0, [{}]
    for moves in range(1, REACH + 1):
        found: list[Change] = []
        for change in changes(act, start, moves, WIDE):
            if fails(act, constraint, {**start, **change}):
                found.append(change)
                if len(found) == KEPT:
                    break
        if found:
            return moves, found
    return 0, []


def ways(act: Act, constraint: Constraint, settings: Mapping[str, Any]) -> dict[str, Change]:
    """The controls each of which alone leads out of the failure, with a move that does."""
    found: dict[str, Change] = {}
    for change in changes(act, settings, 1, WIDE):
        (name,) = change
        if name not in found and holds(act, constraint, {**settings, **change}):
            found[name] = change
    return found


def way_out(act: Act, constraint: Constraint, settings: Mapping[str, Any], known: list[Change]) -> Change | None:
    """A way of at most REACH moves out of the failure, or None. `known` are ways that worked elsewhere, best first."""
    for index, change in enumerate(known):
        if holds(act, constraint, {**settings, **change}):
            known.insert(0, known.pop(index))
            return change
    for moves in range(1, REACH + 1):
        for change in changes(act, settings, moves, NARROW):
            if holds(act, constraint, {**settings, **change}):
                known.insert(0, change)
                return change
    return None
