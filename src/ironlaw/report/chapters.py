"""One lab of the report: its acts with their evidence, what it rests on, and the versions it was worked through in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ironlaw import labs
from ironlaw.labkit import flow, quotas
from ironlaw.labkit.spec import Act, Lab
from ironlaw.ledger import ActState, Event, LabState
from ironlaw.report import answers, designs, sources

STAGES = {
    "locked": "not begun",
    "predict": "no prediction yet",
    "second": "one of two predictions committed",
    "explore": "predicted, not compared yet",
    "reflect": "compared, the why not answered yet",
    "decide": "no decision signed yet",
    "done": "complete",
    "unknown": "of another version of this lab",
}


def chapter(
    lab_id: str, lab: Lab | None, state: LabState | None, events: Sequence[Event], now: Mapping[str, Any]
) -> dict[str, Any]:
    """The lab as this learner's ledger has it. `lab` is None where this version of Ironlaw has none of that id."""
    acts = dict(state.acts) if state else {}
    stages: dict[str, str] = dict(flow.stages(lab, acts)) if lab else {}
    journey = flow.journey(lab, acts) if lab else []
    known = [act.id for act in lab.acts] if lab else []
    order = [*known, *(name for name in acts if name not in known)]
    told_acts = [_act(lab, name, acts.get(name), stages.get(name, "unknown"), events) for name in order]
    begun = [act for act in (lab.acts if lab else ()) if act.id in acts]
    return {
        "id": lab_id,
        **_head(lab_id, lab),
        "stage": _stage(lab, state, stages),
        "done": sum(step["state"] == "done" for step in journey),
        "of": len(journey),
        "events": state.events if state else 0,
        "opened_at": state.opened_at if state else None,
        "completed_at": state.completed_at if state else None,
        "last_saved": state.last_saved if state else None,
        "acts": told_acts,
        "versions": versions(lab, events, now),
        "sources": {
            "givens": [row for act in begun for row in sources.givens(act)],
            "registry": sources.registered(lab) if lab and begun else [],
        },
        "missing": _missing(lab_id, lab, state),
    }


def _head(lab_id: str, lab: Lab | None) -> dict[str, Any]:
    entry = next((one for one in labs.curriculum() if one.id == lab_id), None)
    return {
        "known": lab is not None,
        "title": lab.title if lab else entry.title if entry else None,
        "volume": lab.volume if lab else entry.volume if entry else None,
        "number": lab.number if lab else entry.number if entry else None,
        "version": lab.version if lab else None,
    }


def _stage(lab: Lab | None, state: LabState | None, stages: Mapping[str, str]) -> str:
    if state is None or not state.events:
        return "not_started"
    if lab is None:
        return "done" if state.completed_at else "in_progress"
    return "done" if all(stage == "done" for stage in stages.values()) else "in_progress"


def _missing(lab_id: str, lab: Lab | None, state: LabState | None) -> list[str]:
    found = []
    if state is None or not state.events:
        found.append("No evidence: this lab has no event in the ledger.")
    if lab is None:
        found.append(
            f"This version of Ironlaw has no lab {lab_id}: its entries are shown as they were stored, without names and units."
        )
    return found


def versions(lab: Lab | None, events: Sequence[Event], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lab, engine and registry as each run of events had them, and whether that is what they are now."""
    found = []
    for (version, engine, registry), run in groupby(
        events, key=lambda e: (e.lab_version, e.engine_version, e.registry)
    ):
        these = list(run)
        found.append(
            {
                "lab": version,
                "engine": engine,
                "registry": registry,
                "events": len(these),
                "first": these[0].server_time,
                "last": these[-1].server_time,
                "differs": [
                    name
                    for name, then, today in (
                        ("lab", version, lab.version if lab else None),
                        ("engine", engine, now["version"]),
                        ("registry", registry, now["registry"]),
                    )
                    if then != today
                ],
            }
        )
    return found


# --- one act ----------------------------------------------------------------------------------------------------------


def _act(lab: Lab | None, act_id: str, state: ActState | None, stage: str, events: Sequence[Event]) -> dict[str, Any]:
    act = lab.act(act_id) if lab else None
    head = {
        "id": act_id,
        "title": act.title if act else None,
        "role": act.role if act else None,
        "known": act is not None,
        "stage": stage,
        "stage_text": STAGES[stage],
    }
    if state is None:
        return head | EMPTY | {"missing": ["No evidence: this act has no event in the ledger."]}
    here = answers.slots(act, state) if act else None
    revealed = state.revealed
    first = answers.asked_of(act, act.prediction if act else None, here)
    found = [answers.prediction("prediction", state.prediction, first, revealed=revealed)]
    if state.second or (act and act.second):
        second = answers.asked_of(act, act.second.question if act and act.second else None, here)
        found.append(answers.prediction("second", state.second, second, revealed=revealed))
    why = answers.asked_of(act, act.reflection.question if act else None, here)
    return head | {
        "context": _context(lab, state.context),
        "predictions": found,
        "repredictions": len(state.repredictions),
        "designs": len(state.designs),
        "resets": len(state.reset_at),
        "quotas": quotas.counted(act, state) if act and state.designs else [],
        "limits": designs.limits(act, state, events) if state.designs or state.hits else [],
        "reflections": [_reflection(act, one, why, state) for one in state.reflections],
        "decision": designs.decision(act, state),
        "redecisions": len(state.redecisions),
        "missing": _gaps(state),
    }


EMPTY: dict[str, Any] = {
    "context": None, "predictions": [], "repredictions": 0, "designs": 0, "resets": 0, "quotas": [], "limits": [],
    "reflections": [], "decision": None, "redecisions": 0,
}  # fmt: skip


def _reflection(
    act: Act | None, entry: Mapping[str, Any], why: answers.Asked | None, state: ActState
) -> dict[str, Any]:
    wanted = act.reflection.cites if act else None
    return answers.reflection(entry, why) | {"cites": designs.cites(act, wanted, entry, state)}


def _context(lab: Lab | None, context: str | None) -> dict[str, Any] | None:
    if context is None:
        return None
    found = next((one for one in lab.contexts if one.id == context), None) if lab else None
    return {"id": context, "name": found.name if found else None}


def _gaps(state: ActState) -> list[str]:
    found = []
    if not state.designs:
        found.append("No evidence of the instrument: no design was recorded.")
    if not state.reflections:
        found.append("No evidence of a reflection.")
    if state.decision is None:
        found.append("No evidence of a decision.")
    return found


def numeric(chapters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The revealed numeric predictions on a log scale, for the chart of signed errors."""
    return [
        {"lab": lab["id"], "act": act["id"], "which": one["which"], "error": one["error"], "held": one["correct"],
         "text": one["error_text"]}
        for lab in chapters
        for act in lab["acts"]
        for one in act["predictions"]
        if one["error"] is not None and one["error_scale"] == "log"
    ]  # fmt: skip
