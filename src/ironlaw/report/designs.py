"""What a learner built and met: limits crossed and left, the design that was signed, the designs that were cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, ChoiceControl, Cites, Constraint
from ironlaw.ledger import ActState, ConstraintRecord, Event
from ironlaw.report import told
from ironlaw.report.answers import slots


def limits(act: Act | None, state: ActState, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Every limit of the act, met or not, and those of older versions that the ledger still names."""
    first: dict[str, Event] = {}
    for event in events:
        if event.kind == "violated" and event.payload.get("act") == state.id:
            first.setdefault(event.payload["constraint"], event)
    known = {one.id: one for one in act.constraints} if act else {}
    names = [*known, *(name for name in state.hits if name not in known)]
    return [_limit(act, known.get(name), name, state.hits.get(name), first.get(name)) for name in names]


def _limit(
    act: Act | None, spec: Constraint | None, id_: str, record: ConstraintRecord | None, event: Event | None
) -> dict[str, Any]:
    hits, left = (record.hits, record.recoveries) if record else (0, 0)
    return {
        "id": id_,
        "name": spec.name if spec else None,
        "at_start": bool(spec and spec.at_start),
        "crossed": hits,
        "left": left,
        "still_crossed": bool(record and record.active),
        "first": _crossing(act, spec, event) if event else None,
        "text": _said(hits, left, active=bool(record and record.active), task=bool(spec and spec.at_start)),
    }


def _said(hits: int, left: int, *, active: bool, task: bool) -> str:
    if not hits and not left:
        return "Not left yet: it is crossed at the start." if task else "No evidence: never crossed."
    parts = [f"Crossed {told.times(hits)}"] if hits else ["Crossed at the start"]
    parts.append(f"left {told.times(left)}" if left else "never left")
    return ", ".join(parts) + ("; crossed at the end." if active else ".")


def _crossing(act: Act | None, spec: Constraint | None, event: Event) -> dict[str, Any]:
    kind = _kinds(act).get(spec.quantity) if spec else None
    value, limit = told.number(event.payload.get("value")), told.number(event.payload.get("limit"))
    return {
        "at": event.server_time,
        "value": value,
        "value_text": told.printed(value, kind) if value is not None else None,
        "limit": limit,
        "limit_text": told.printed(limit, kind) if limit is not None else None,
    }


def _kinds(act: Act | None) -> dict[str, str]:
    return {output.id: output.kind for output in act.outputs} if act else {}


# --- the decision -----------------------------------------------------------------------------------------------------


def decision(act: Act | None, state: ActState) -> dict[str, Any] | None:
    """The design that was signed, with its recorded numbers; None when none was."""
    entry = state.decision
    if entry is None:
        return None
    engine = told.part(entry.get("engine"))
    id_ = told.name(entry.get("option"))
    option = next((one for one in act.decision.options if one.id == id_), None) if act else None
    here = slots(act, state) if act else None
    missing = []
    if option is None:
        missing.append(f"This version of the lab has no decision {id_!r:.70}: it is shown as it was stored.")
    results = _results(act, told.part(engine.get("result")))
    if not results:
        missing.append("The ledger holds no numbers of this design.")
    known = {one.id: one.name for one in act.constraints} if act else {}
    return {
        "at": told.text(entry.get("at")),
        "question": told.words(act.decision.text, here) if act and here is not None else None,
        "option": id_,
        "text": told.words(option.text, here) if option and here is not None else None,
        "sentence": told.text(entry.get("text")),
        "context": told.text(entry.get("context")),
        "results": results,
        "settings": settings_of(act, told.part(entry.get("settings"))),
        "violated": [{"id": str(one)[:64], "name": known.get(str(one))} for one in told.items(engine.get("violated"))],
        "cites": cites(act, act.decision.cites if act else None, entry, state),
        "missing": missing,
    }


def _results(act: Act | None, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The recorded outputs in the order of the lab, then those that this version no longer has."""
    outputs = {output.id: output for output in act.outputs} if act else {}
    order = [name for name in (act.decision.record if act else ()) if name in result]
    found = []
    for name in [*order, *(name for name in result if name not in order)]:
        output = outputs.get(name)
        value = result[name]
        found.append(
            {
                "id": name,
                "label": output.label if output else None,
                "value": value if isinstance(value, str) else told.number(value),
                "text": told.printed(value, output.kind if output else None),
            }
        )
    return found


def settings_of(act: Act | None, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The controls as they stood; what this version has no control for keeps its id and its bare value."""
    controls = {control.id: control for control in act.controls} if act else {}
    order = [name for name in controls if name in stored]
    found = []
    for name in [*order, *(name for name in stored if name not in controls)]:
        control, value = controls.get(name), stored[name]
        if isinstance(control, ChoiceControl):
            text = next((one.text for one in control.options if one.value == value), str(value)[:80])
        elif control is not None:
            text = told.printed(value, control.kind)
        else:
            text = told.name(value) or str(value)[:80]
        plain = value if isinstance(value, str | bool) else told.number(value)
        found.append({"id": name, "label": control.label if control else None, "value": plain, "text": text})
    return found


# --- designs as evidence ----------------------------------------------------------------------------------------------


def cites(act: Act | None, wanted: Cites | None, entry: Mapping[str, Any], state: ActState) -> list[dict[str, Any]]:
    """The recorded designs that an answer rests on, each by its outputs as today's engine computes them."""
    designs: dict[Any, Mapping[str, Any]] = {design.get("id"): design for design in state.designs}
    numbers = {design.get("id"): place for place, design in enumerate(state.designs, 1)}
    found = []
    for id_ in told.items(entry.get("cites")):
        design = designs.get(id_) if isinstance(id_, str) else None
        settings = told.part(design.get("settings")) if design else {}
        found.append(
            {
                "id": str(id_)[:64],
                "number": numbers.get(id_) if design else None,
                "at": told.text(design.get("at")) if design else None,
                "settings": settings_of(act, settings),
                "results": _computed(act, wanted.outputs if wanted else (), settings) if design else [],
                "missing": [] if design else ["This design is not among those that could be read."],
            }
        )
    return found


def _computed(act: Act | None, outputs: Sequence[str], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    if act is None:
        return []
    try:
        values = ev.evaluate(act, ev.clean(act, dict(settings))).values
    except Refusal:  # controls of an older version: there is no honest number for it
        return []
    known = {output.id: output for output in act.outputs}
    return [
        {
            "id": name,
            "label": known[name].label,
            "value": values[name],
            "text": told.printed(values[name], known[name].kind),
        }
        for name in outputs
        if name in known
    ]
