"""State is a fold over events: the only reader of payloads. Pure; the order of import does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ironlaw.ledger.events import Event

Entry = dict[str, Any]  # a payload with `id`, `at` (server time) and `client_time` of its event


@dataclass(slots=True)
class ConstraintRecord:
    """How often a limit was crossed and left again; `active` while it is crossed."""

    hits: int = 0
    recoveries: int = 0
    active: bool = False


@dataclass(slots=True)
class ActState:
    """What the ledger knows of one act. The first prediction and the first decision stand; later ones are kept apart."""

    id: str
    context: str | None = None  # the last that was named in this act
    prediction: Entry | None = None
    second: Entry | None = None  # the answer to an act's second question
    repredictions: list[Entry] = field(default_factory=list)
    settings: dict[str, Any] | None = None
    feasible_settings: dict[str, Any] | None = None  # the last that the engine could run
    designs: list[Entry] = field(default_factory=list)  # every recorded move
    reset_at: list[int] = field(default_factory=list)  # how many designs there were at each reset
    hits: dict[str, ConstraintRecord] = field(default_factory=dict)
    revealed: bool = False
    reflections: list[Entry] = field(default_factory=list)
    decision: Entry | None = None
    redecisions: list[Entry] = field(default_factory=list)

    @property
    def moves(self) -> int:
        """How many designs were recorded."""
        return len(self.designs)


@dataclass(slots=True)
class LabState:
    """What the ledger knows of one lab. Times are server times; `context` is the last one that was named."""

    id: str
    events: int = 0
    opened_at: str | None = None
    completed_at: str | None = None
    last_saved: str | None = None
    context: str | None = None
    exports: int = 0
    imports: int = 0
    acts: dict[str, ActState] = field(default_factory=dict)


@dataclass(slots=True)
class LedgerState:
    """All labs of the events folded, by lab id."""

    labs: dict[str, LabState] = field(default_factory=dict)
    events: int = 0
    last_saved: str | None = None
    tracks: list[Entry] = field(default_factory=list)  # every choice of a track, the last one stands
    measured: list[Entry] = field(default_factory=list)  # results of `ironlaw probe`, the last one stands


def fold(events: Iterable[Event]) -> LedgerState:
    """The state after these events, taken by (server time, device, seq) whatever order they come in.

    An event that two devices hold (the same id: a retry that reached both) counts once.
    """
    state = LedgerState()
    seen: set[str] = set()
    for event in sorted(events, key=lambda e: e.order):
        if event.id in seen:
            continue
        seen.add(event.id)
        _apply(state, event)
    return state


def advance(state: LedgerState, events: Iterable[Event]) -> LedgerState:
    """The state with events that came after all of it; it is changed in place."""
    for event in sorted(events, key=lambda e: e.order):
        _apply(state, event)
    return state


def _apply(state: LedgerState, event: Event) -> None:
    if event.kind == "measured":  # of a machine, not of a lab
        state.events += 1
        state.last_saved = event.server_time
        state.measured.append(_entry(event))
        return
    lab = state.labs.setdefault(event.lab, LabState(event.lab))
    for counted in (state, lab):
        counted.events += 1
        counted.last_saved = event.server_time
    lab.context = event.payload.get("context") or lab.context
    if event.kind == "opened":
        lab.opened_at = lab.opened_at or event.server_time
    elif event.kind == "completed":
        lab.completed_at = lab.completed_at or event.server_time
    elif event.kind == "tracked":
        state.tracks.append(_entry(event))
    elif event.kind == "exported":
        lab.exports += 1
    elif event.kind == "imported":
        lab.imports += 1
    elif event.kind in _ON_ACT:
        act_id = event.payload["act"]
        act = lab.acts.setdefault(act_id, ActState(act_id))
        act.context = event.payload.get("context") or act.context
        _ON_ACT[event.kind](act, event)


def _entry(event: Event) -> Entry:
    return {**event.payload, "id": event.id, "at": event.server_time, "client_time": event.client_time}


def _predicted(act: ActState, event: Event) -> None:
    question = event.payload.get("question", "prediction")
    if question == "prediction" and act.prediction is None:
        act.prediction = _entry(event)
    elif question == "second" and act.second is None:
        act.second = _entry(event)
    else:
        act.repredictions.append(_entry(event))


def _moved(act: ActState, event: Event) -> None:
    act.designs.append(_entry(event))
    act.settings = dict(event.payload["settings"])
    if _engine(event.payload).get("feasible"):
        act.feasible_settings = act.settings


def _reset(act: ActState, _event: Event) -> None:
    act.reset_at.append(act.moves)


def _violated(act: ActState, event: Event) -> None:
    record = act.hits.setdefault(event.payload["constraint"], ConstraintRecord())
    record.hits += 1
    record.active = True


def _recovered(act: ActState, event: Event) -> None:
    record = act.hits.setdefault(event.payload["constraint"], ConstraintRecord())
    record.recoveries += 1
    record.active = False


def _revealed(act: ActState, _event: Event) -> None:
    act.revealed = True


def _reflected(act: ActState, event: Event) -> None:
    act.reflections.append(_entry(event))


def _decided(act: ActState, event: Event) -> None:
    if act.decision is None:
        act.decision = _entry(event)
    else:
        act.redecisions.append(_entry(event))


_ON_ACT: dict[str, Callable[[ActState, Event], None]] = {
    "predicted": _predicted,
    "moved": _moved,
    "reset": _reset,
    "violated": _violated,
    "recovered": _recovered,
    "revealed": _revealed,
    "reflected": _reflected,
    "decided": _decided,
}


# --- what the capstones read ------------------------------------------------------------------------------------------


def design_record(lab: LabState) -> dict[str, Any]:
    """The design record of a lab, plain JSON: what was believed, met and decided. First attempts only.

    `{"lab", "context", "opened_at", "completed_at", "predictions": […], "reflections": […], "decisions": [{"act", "option",
    "text", "context", "settings", "cites", "at"}], "results": {act: result}, "constraints": [{"act", "constraint", "hits",
    "recoveries", "active", "hit", "left"}], "moves": {act: count}, "resets": {act: count}}`. A prediction has "act",
    "question" ("prediction" or "second"), "option", "confidence", "correct", "brier", "log" and "at"; a number also "value",
    "low", "high", "truth" and "error". `correct` is the engine's word (null when it gave none); `results` holds what the
    engine computed for the decision; `hit` and `left` mean ever, `active` means at the end.
    """
    acts = lab.acts.values()
    return {
        "lab": lab.id,
        "context": lab.context,
        "opened_at": lab.opened_at,
        "completed_at": lab.completed_at,
        "predictions": [
            _prediction(act.id, name, entry)
            for act in acts
            for name, entry in (("prediction", act.prediction), ("second", act.second))
            if entry
        ],
        "reflections": [_reflection(act.id, act.reflections[0]) for act in acts if act.reflections],
        "decisions": [_decision(act.id, act.decision) for act in acts if act.decision],
        "results": {act.id: _engine(act.decision).get("result") for act in acts if act.decision},
        "constraints": [_constraint(act.id, name, record) for act in acts for name, record in act.hits.items()],
        "moves": {act.id: act.moves for act in acts},
        "resets": {act.id: len(act.reset_at) for act in acts if act.reset_at},
    }


def _engine(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry.get("engine") or {}


def _prediction(act: str, question: str, entry: Entry) -> Entry:
    told = _engine(entry)
    kept = {name: entry.get(name) for name in ("option", "confidence")}
    kept |= {name: told.get(name) for name in ("correct", "brier", "log")}
    if "value" in entry:
        kept |= {name: entry.get(name) for name in ("value", "low", "high")}
        kept |= {"truth": told.get("value"), "error": told.get("error")}
    return {"act": act, "question": question, **kept, "at": entry["at"]}


def _reflection(act: str, entry: Entry) -> Entry:
    correct = _engine(entry).get("correct")
    return {"act": act, "option": entry["option"], "correct": correct, "at": entry["at"]}


def _decision(act: str, entry: Entry) -> Entry:
    kept = {name: entry.get(name) for name in ("option", "text", "context", "settings", "cites")}
    return {"act": act, **kept, "at": entry["at"]}


def _constraint(act: str, name: str, record: ConstraintRecord) -> Entry:
    counts = {"hits": record.hits, "recoveries": record.recoveries, "active": record.active}
    return {"act": act, "constraint": name, **counts, "hit": record.hits > 0, "left": record.recoveries > 0}
