"""A recorded decision, run again through today's engine: what it said then, and what it says now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.spec import Act
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive, Signed
from ironlaw.labs.v2_17_constraints_never_lie.sample import older, sample

SHOWN = 6  # outputs of a decision that are put side by side
SAME = 1e-9  # relative: what rounding in the ledger may change
NOTHING = "no decision of this lab is recorded"


@dataclass(frozen=True, slots=True)
class Compared:
    """One output: as it was recorded and as the engine computes it now, both as read; `change` as a share of then."""

    label: str
    then: str
    now: str
    change: float | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision, or the reason why there is nothing to replay."""

    title: str
    rows: tuple[Compared, ...]
    reason: str  # "" when there are rows


@lru_cache(maxsize=256)
def replay(found: Archive, lab: str) -> Replayed:
    """The last decision of a lab in this ledger, then and now."""
    mine = [each for each in reversed(found.decisions) if each.lab == lab]
    if not mine:
        return Replayed(f"{lab}: {NOTHING}", (), f"{NOTHING.capitalize()} in {found.name}.")
    signed, act = next(((each, act) for each in mine if (act := _act(each)) is not None), (mine[0], None))
    if act is None:
        return Replayed(f"{lab}: not built here", (), f"The engine here has no {lab} to replay the decision with.")
    return Replayed(f"{lab} · {act.title}", _compared(act, signed, made_up=found is sample()), "")


def _act(signed: Signed) -> Act | None:
    try:
        return labs.load(signed.lab).act(signed.act)
    except (labs.UnknownLab, labs.NotBuilt):
        return None


def _compared(act: Act, signed: Signed, *, made_up: bool) -> tuple[Compared, ...]:
    """The recorded outputs. Settings that this version no longer takes are replaced by its start, output by output."""
    settings = ev.recalled(act, signed.settings)
    values: Any = act.model(settings)
    outputs = {output.id: output for output in act.outputs}
    rows = []
    for name in [name for name in act.decision.record if outputs[name].kind != "text"][:SHOWN]:
        then, now = signed.result.get(name), values[name]
        if made_up:
            then = older(signed.lab, name, now, chosen=now in settings.values())
        known = isinstance(then, int | float) and not isinstance(then, bool) and isinstance(now, int | float)
        rows.append(
            Compared(
                outputs[name].label,
                plain(then, outputs[name].kind) if known else "not recorded",
                plain(now, outputs[name].kind),
                _change(float(then), float(now)) if known else None,  # type: ignore[arg-type]  # both are numbers
            )
        )
    return tuple(rows)


def _change(then: float, now: float) -> float:
    if abs(now - then) <= SAME * max(abs(then), abs(now)):
        return 0.0
    return (now - then) / abs(then) if then else 1.0
