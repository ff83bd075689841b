"""A learner on paper: goes through a lab by the same state machine as a real one and keeps every document.

Walk `turn` chooses option number `turn` of every question, so that after as many walks as the longest question has
options each one has been chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import flow
from ironlaw.labkit.document import document
from ironlaw.labkit.scoring import judged, scored
from ironlaw.labkit.spec import Act, Lab
from ironlaw.labkit.text import facts_of

CONFIDENCE = 0.7
KINDS = ("predicted", "moved", "revealed", "reflected", "decided")


@dataclass(slots=True)
class Learner:
    """What the ledger would know of one act."""

    context: str | None = None
    prediction: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    feasible_settings: dict[str, Any] | None = None
    moves: int = 0
    revealed: bool = False
    reflections: list[dict[str, Any]] = field(default_factory=list)
    decision: dict[str, Any] | None = None
    hits: dict[str, flow.ConstraintProgress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A document and how it came about: `act` is where the learner stands, `stage` what they are asked there."""

    turn: int
    act: Act | None  # None when the lab is complete
    stage: str
    document: dict[str, Any]


def walks(lab: Lab, spots: Mapping[str, Sequence[dict[str, Any]]]) -> Iterator[Step]:
    """All walks. Raises what the flow or the document raises, and LookupError for a question without options."""
    turns = max(len(options) for act in lab.acts for options in _questions(act))
    for turn in range(turns):
        progress: dict[str, Learner] = {}
        yield _step(lab, turn, progress)
        for act in lab.acts:
            progress[act.id] = Learner()
            for kind in KINDS:
                flow.admit(lab, act, kind, progress)
                _do(act, progress[act.id], kind, turn, spots[act.id])
                yield _step(lab, turn, progress)


def _questions(act: Act) -> tuple[Sequence[Any], ...]:
    return act.prediction.options, act.reflection.question.options, act.decision.options


def _step(lab: Lab, turn: int, progress: Mapping[str, Learner]) -> Step:
    stages = flow.stages(lab, progress)
    here = next((act for act in lab.acts if stages[act.id] != "done"), None)
    saved = {"events": 0, "last": None}
    shown = document(lab, progress, engine={}, saved=saved)
    return Step(turn, here, stages[here.id] if here else "done", shown)


def _do(act: Act, learner: Learner, kind: str, turn: int, spots: Sequence[dict[str, Any]]) -> None:
    """What the session would store for this intent."""
    facts, told = facts_of(act), {"at": "2000-01-01T00:00:00Z"}
    if kind == "predicted":
        chosen = _pick(act, act.prediction.options, turn)
        engine = judged(act.prediction, facts, chosen) | scored(act.prediction, facts, chosen, CONFIDENCE)
        learner.prediction = told | {"option": chosen, "confidence": CONFIDENCE, "engine": engine}
    elif kind == "moved":
        learner.moves = 1
        _set(act, learner, spots[turn % len(spots)] if spots else act.start())
    elif kind == "revealed":
        learner.revealed = True
    elif kind == "reflected":
        chosen = _pick(act, act.reflection.question.options, turn)
        learner.reflections.append(
            told | {"option": chosen, "text": "", "engine": judged(act.reflection.question, facts, chosen)}
        )
    else:
        # An infeasible design cannot be signed: the learner goes back to the start first.
        if learner.settings is None or not ev.evaluate(act, learner.settings).feasible:
            _set(act, learner, act.start())
        chosen = _pick(act, act.decision.options, turn)
        learner.decision = told | {"option": chosen, "text": "", "settings": learner.settings}


def _set(act: Act, learner: Learner, settings: dict[str, Any]) -> None:
    learner.settings = settings
    if ev.evaluate(act, settings).feasible:
        learner.feasible_settings = settings


def _pick(act: Act, options: Sequence[Any], turn: int) -> str:
    if not options:
        raise LookupError(f"{act.id} has a question without options")
    return str(options[turn % len(options)].id)
