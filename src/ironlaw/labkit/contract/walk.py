"""A learner on paper: goes through a lab by the same state machine as a real one and keeps every document.

Walk `turn` chooses option number `turn` of every question, so that after as many walks as the longest question has
options each one has been chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, sqrt
from typing import Any

from ironlaw.elementary import log10
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import flow
from ironlaw.labkit.document import document
from ironlaw.labkit.scoring import COVERAGE, judged, scored
from ironlaw.labkit.spec import Act, Lab, NumberControl, NumberQuestion, Question
from ironlaw.labkit.text import facts_of

CONFIDENCE = 0.7
KINDS = ("predicted", "second", "moved", "revealed", "reflected", "decided")


@dataclass(slots=True)
class Learner:
    """What the ledger would know of one act."""

    context: str | None = None
    prediction: dict[str, Any] | None = None
    second: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    feasible_settings: dict[str, Any] | None = None
    designs: list[dict[str, Any]] = field(default_factory=list)
    reset_at: list[int] = field(default_factory=list)
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
                if kind == "second" and act.second is None:
                    continue
                flow.admit(lab, act, kind, progress)
                _do(act, progress[act.id], kind, turn, spots[act.id])
                yield _step(lab, turn, progress)


def _questions(act: Act) -> tuple[Sequence[Any], ...]:
    asked = [question.options for question in act.questions().values()]
    return *asked, act.reflection.question.options, act.decision.options


def _step(lab: Lab, turn: int, progress: Mapping[str, Learner]) -> Step:
    stages = flow.stages(lab, progress)
    here = next((act for act in lab.acts if stages[act.id] != "done"), None)
    saved = {"events": 0, "last": None}
    shown = document(lab, progress, engine={}, saved=saved)
    return Step(turn, here, stages[here.id] if here else "done", shown)


def _do(act: Act, learner: Learner, kind: str, turn: int, spots: Sequence[dict[str, Any]]) -> None:
    """What the session would store for this intent."""
    facts, told = facts_of(act), {"at": "2000-01-01T00:00:00Z"}
    if kind in ("predicted", "second"):
        question = act.prediction if act.second is None or kind == "predicted" else act.second.question
        answer = answer_of(question, _pick(act, question.options, turn))
        answer |= told | {"engine": judged(question, facts, answer) | scored(question, facts, answer)}
        if kind == "predicted":
            learner.prediction = answer
        else:
            learner.second = answer
    elif kind == "moved":
        _explore(act, learner, spots[turn % len(spots)] if spots else act.start())
    elif kind == "revealed":
        learner.revealed = True
    elif kind == "reflected":
        chosen = {"option": _pick(act, act.reflection.question.options, turn)}
        learner.reflections.append(
            told | chosen | {"text": "", "engine": judged(act.reflection.question, facts, chosen)}
        )
    else:
        # An infeasible design cannot be signed: the learner goes back to the start first.
        if learner.settings is None or not ev.evaluate(act, learner.settings).feasible:
            _set(act, learner, act.start())
        option = _pick(act, act.decision.options, turn)
        learner.decision = told | {"option": option, "text": "", "settings": learner.settings}


def answer_of(question: Question, option: str) -> dict[str, Any]:
    """An option with a confidence; of a number a best guess in that band and an interval that is no wider."""
    if not isinstance(question, NumberQuestion):
        return {"option": option, "confidence": CONFIDENCE}
    band = next(band for band in question.options if band.id == option)
    low = question.axis[0] if band.low is None else max(band.low, question.axis[0])
    high = question.axis[1] if band.high is None else min(band.high, question.axis[1])
    best = sqrt(low * high) if question.scale == "log" else (low + high) / 2
    return {"option": option, "confidence": COVERAGE, "value": best, "low": low, "high": high}


def _explore(act: Act, learner: Learner, settings: dict[str, Any]) -> None:
    """As many moves as the act's quotas ask for, the last one to `settings`."""
    base = act.start()
    for quota in act.quotas:
        control = act.control(quota.control)
        places = control.ticks if isinstance(control, NumberControl) else ()
        if quota.kind == "decades":
            decades = {floor(log10(place) + 1e-9): place for place in places if place > 0}
            for place in decades.values():
                _set(act, learner, {**base, quota.control: place})
        else:
            for _ in range(quota.need):
                _set(act, learner, base)
    _set(act, learner, settings)


def _set(act: Act, learner: Learner, settings: dict[str, Any]) -> None:
    learner.settings = settings
    number = len(learner.designs) + 1
    learner.designs.append({"id": f"design-{number}", "settings": settings, "engine": {}})
    if ev.evaluate(act, settings).feasible:
        learner.feasible_settings = settings


def _pick(act: Act, options: Sequence[Any], turn: int) -> str:
    if not options:
        raise LookupError(f"{act.id} has a question without options")
    return str(options[turn % len(options)].id)
