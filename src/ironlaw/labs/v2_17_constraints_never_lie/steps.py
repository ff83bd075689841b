"""How far a design is from approval, and what one step of each control would change.

A margin lies between −1 and 1: the room under a kept limit as a share of the limit; for a crossed one, negative, the share
by which the quantity has to fall. What is missing is the sum of the negative ones, as the scorecards draw it. A step moves
one control by one place of its grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from typing import Any, NamedTuple

from ironlaw.labs.v2_17_constraints_never_lie import terms
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS, most
from ironlaw.labs.v2_17_constraints_never_lie.sweep import (
    BACKBONES,
    EPSILONS,
    FLEXIBLE,
    INTERVALS,
    RETRAINS,
    SPARES,
    WEIGHTS,
    ZONES,
)

AXES: dict[str, tuple[Any, ...]] = {
    "backbone": BACKBONES,
    "epsilon": EPSILONS,
    "weight": WEIGHTS,
    "spare": SPARES,
    "zones": ZONES,
    "strategy": terms.STRATEGIES,
    "flexible": FLEXIBLE,
    "interval": INTERVALS,
    "retrains": RETRAINS,
}


class Move(NamedTuple):
    """One step: the control, its direction (-1, +1) and the value it arrives at."""

    control: str
    direction: int
    value: Any


def quantities(s: Any) -> dict[str, float]:
    """The quantity of each limit at these settings; each limit is kept at or below `limits.most`."""
    seconds = terms.run_seconds(s["backbone"], s["weight"], s["strategy"], s["interval"])
    learnt = (s["backbone"], s["epsilon"], s["weight"], s["retrains"])
    training = terms.training_energy(seconds, s["retrains"])
    serving = terms.serving_energy(s["backbone"], s["spare"])
    return {
        "accuracy": terms.error(*learnt).middle,
        "latency": terms.served(s["backbone"], s["spare"]).p99,
        "privacy": terms.spent(s["epsilon"], s["retrains"]),
        "robustness": 1 - terms.robust(*learnt).middle,
        "carbon": terms.emitted(training, serving, s["flexible"], s["grid"]),
        "uptime": terms.down(s["backbone"], s["spare"], s["zones"]),
        "fleet": terms.trainers(seconds, s["flexible"]) + terms.servers(s["backbone"], s["spare"]),
    }


def margins(s: Any) -> dict[str, float]:
    """Room under each kept limit, as a share of the limit; below zero, the share by which a quantity has to fall."""
    allowed, here = most(), quantities(s)
    return {limit: margin(here[limit], allowed[limit]) for limit in LIMITS}


def margin(here: float, allowed: float) -> float:
    """The margin of one quantity: that of the larger of it and its limit which lies between them. Never below −1."""
    return 1 - here / allowed if here <= allowed else allowed / here - 1


def quantity_at(found: float, allowed: float) -> float:
    """The quantity that has this margin."""
    return allowed * (1 - found) if found >= 0 else allowed / (1 + found)


def missing(found: dict[str, float]) -> float:
    """What a design lacks: the sum of its negative margins. 0 for an approved one."""
    return fsum(-margin for margin in found.values() if margin < 0)


def binding(s: Any) -> str | None:
    """The limit that is crossed by most, or None for a design that keeps all."""
    allowed, here = most(), quantities(s)
    crossed = [limit for limit in LIMITS if here[limit] > allowed[limit]]
    return max(crossed, key=lambda limit: here[limit] / allowed[limit]) if crossed else None


def moves(s: Any) -> Iterator[Move]:
    """Every step from here. A value between two places steps to either of them."""
    for control, places in AXES.items():
        here = s[control]
        if here in places:
            at = places.index(here)
            below, above = at - 1, at + 1
        else:  # only numbers stand between places
            above = sum(place < here for place in places)
            below = above - 1
        if below >= 0:
            yield Move(control, -1, places[below])
        if above < len(places):
            yield Move(control, 1, places[above])


class Ahead(NamedTuple):
    """The steps from a design: the best one for each limit with the margin's gain, and the one that closes most."""

    best: dict[str, tuple[Move, float]]
    next: Move | None
    closes: float


def ahead(s: Any, here: dict[str, float]) -> Ahead:
    """What every single step changes. `here` are the margins at `s`."""
    best: dict[str, tuple[Move, float]] = {}
    chosen, lack = None, missing(here)
    least = lack - 1e-9
    for move in moves(s):
        there = margins({**s, move.control: move.value})
        for limit in LIMITS:
            gain = there[limit] - here[limit]
            if gain > 1e-9 and (limit not in best or gain > best[limit][1]):
                best[limit] = (move, gain)
        if (left := missing(there)) < least:
            chosen, least = move, left
    return Ahead(best, chosen, lack - least if chosen else 0.0)
