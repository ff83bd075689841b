"""The architecture record: one signed design on one page, as a plain dict. A fold over the ledger, judged by today's engine.

A design is approved when the engine finds no promise broken. Where none is, the record says so and names the broken
promises of the best so far; a design that was not approved gets no number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isclose
from types import ModuleType
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, Lab
from ironlaw.ledger import ActState, LedgerState, fold
from ironlaw.report import told
from ironlaw.report.build import LabOf, report, stored_lab
from ironlaw.report.designs import settings_of
from ironlaw.report.reading import Reading

SAME = 1e-6  # relative difference up to which today's value is that of the time
MOST = 500  # designs that are judged, the newest: each costs a run of the model
Told = Mapping[str, Any]


@cache
def declared() -> Mapping[str, ModuleType]:
    """The labs that have a record, each with its module `record`: the act of the architecture and its promises."""
    from ironlaw.labs.v2_17_constraints_never_lie import record as v2_17  # noqa: PLC0415 - a lab costs its import

    return {"v2_17": v2_17}


def record(reading: Reading, lab_id: str, *, lab_of: LabOf = stored_lab, made_at: str | None = None) -> dict[str, Any]:
    """The RECORD of docs/reference/document.md. Raises Refusal `not_found` for a lab that has none."""
    if lab_id not in declared():
        having = ", ".join(declared())
        raise Refusal(
            "not_found", f"{lab_id} has no architecture record; {having} has one.", field="lab", value=lab_id,
            allowed=having,
        )  # fmt: skip
    lab = lab_of(lab_id) or labs.load(lab_id)
    state = fold(reading.events)
    full = report(reading, lab_of=lab_of, made_at=made_at)
    own = next((one for one in full["labs"] if one["id"] == lab_id), None)
    act_id = declared()[lab_id].ACT
    chosen = _design(lab.act(act_id), declared()[lab_id].PROMISES, _act_state(state, lab_id, act_id))
    acts = own["acts"] if own else []
    decision = next((act["decision"] for act in acts if act["id"] == act_id), None)
    journey = _journey(state)
    return {
        "schema": 1,
        "learner": full["learner"],
        "made_at": full["made_at"],
        "engine": full["engine"],
        "lab": {"id": lab.id, "title": lab.title, "version": lab.version, "volume": lab.volume, "number": lab.number},
        "principle": told.words(lab.invariant, {}),
        "design": chosen,
        "decision": decision,
        "predictions": [
            {**one, "act": act["title"] or act["id"]} for act in acts for one in act["predictions"] if one["at"]
        ],
        "journey": journey,
        "labs": [_rests_on(one, state) for one in full["labs"] if one["id"] != lab_id],
        "versions": own["versions"] if own else [],
        "ledger": full["ledger"],
        "missing": [*full["missing"], *full["ledger"]["notices"], *_missing(lab, acts, act_id, chosen, journey)],
    }


def _act_state(state: LedgerState, lab_id: str, act_id: str) -> ActState | None:
    found = state.labs.get(lab_id)
    return found.acts.get(act_id) if found else None


# --- the design -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A design of the ledger as today's engine judges it. `lacks` is the sum of the margins that are missing."""

    at: str | None
    run: ev.Evaluation
    lacks: float

    @property
    def approved(self) -> bool:
        """Whether every promise is kept."""
        return not self.run.violated


def _design(act: Act | None, promises: Sequence[Any], state: ActState | None) -> dict[str, Any] | None:
    """The approved design, signed before unsigned and late before early; else the best so far; None without any."""
    if act is None or state is None:
        return None
    entries = state.designs[-MOST:]
    found = [one for entry in _distinct(entries) if (one := _judged(act, promises, entry))]
    signed = _judged(act, promises, state.decision) if state.decision else None
    every = [*found, signed] if signed else found
    if not every:
        return None
    approved = [one for one in every if one.approved]
    # Of equal ones the latest: the lists are in the order of events, and `max` would take the first.
    best = approved[-1] if approved else min(reversed(every), key=lambda one: (len(one.run.violated), one.lacks))
    names = {promise.limit: promise.name for promise in promises}
    told_promises = [_promise(act, promise, best) for promise in promises]
    return {
        "status": "best" if not best.approved else "approved" if best is signed else "unsigned",
        "said": _said(best, signed, names, len({_key(one.run.settings) for one in every})),
        "at": best.at,
        "settings": settings_of(act, best.run.settings),
        "promises": told_promises,
        "binds": _binds(act, promises, best),
        "drift": _drift(act, promises, signed, state) if best is signed and best.approved else None,
        "unread": len(_distinct(entries)) - len(found) + (state.decision is not None and signed is None),
        "unjudged": max(0, len(state.designs) - MOST),
    }


def _distinct(entries: Sequence[Told]) -> list[Told]:
    """The last entry of every different design, in the order of these."""
    last = {_key(told.part(entry.get("settings"))): entry for entry in entries}
    return sorted(last.values(), key=lambda entry: str(entry.get("at")))


def _key(settings: Told) -> str:
    return json.dumps(dict(settings), sort_keys=True, default=str)


def _judged(act: Act, promises: Sequence[Any], entry: Told) -> Judged | None:
    """None where this version of the lab cannot take the settings, or they were not stored: no start stands in for them."""
    stored = told.part(entry.get("settings"))
    if not stored:
        return None
    try:
        run = ev.evaluate(act, ev.clean(act, dict(stored)))
    except Refusal:
        return None
    margins = [told.number(run.values[promise.margin]) for promise in promises]
    return Judged(told.text(entry.get("at")), run, sum(-one for one in margins if one is not None and one < 0))


def _promise(act: Act, promise: Any, judged: Judged) -> dict[str, Any]:
    """A promise; value and margin only of a design that was approved."""
    kinds = {output.id: output.kind for output in act.outputs}
    values, shown = judged.run.values, judged.approved
    margin = told.number(values[promise.margin])
    return {
        "id": promise.limit,
        "name": promise.name,
        "kept": promise.limit not in judged.run.violated,
        "limit_text": f"{promise.sense} {told.printed(values[promise.bound], kinds[promise.bound])}",
        "value_text": told.printed(values[promise.value], kinds[promise.value]) if shown else None,
        "margin": margin if shown else None,
        "margin_text": _room(act, promise, margin) if shown else None,
    }


def _room(act: Act, promise: Any, margin: float | None) -> str:
    """The unused share of what the limit allows, and what that is: a promised least is judged by what is lacking."""
    limit = next(one.limit for one in act.constraints if one.id == promise.limit)
    label = next(output.label for output in act.outputs if output.id == limit)
    return f"{told.printed(margin, 'share')} of {label if label[1:2].isupper() else label[0].lower() + label[1:]}"


def _said(best: Judged, signed: Judged | None, names: Mapping[str, str], count: int) -> str:
    broken = [names.get(limit, limit) for limit in best.run.violated]
    if best is signed and best.approved:
        return "Approved and signed: the engine finds every promise kept."
    if best.approved:
        over = [names.get(limit, limit) for limit in signed.run.violated] if signed else []
        what = (
            f"The design that was signed breaks: {', '.join(over)}."
            if over
            else "No design that can be read was signed."
        )
        return f"Approved, and not the one that was signed: the engine finds every promise kept. {what}"
    same = "It is the one that was signed." if best is signed else ""
    tried = "The only design" if count == 1 else f"None of {count:,} different designs keeps all. The best so far"
    kept = len(names) - len(broken)
    return f"No approved design. {tried} keeps {kept} of {len(names)} promises and breaks: {', '.join(broken)}. {same}".strip()


def _binds(act: Act, promises: Sequence[Any], judged: Judged) -> str | None:
    """The limit with the least room, or the one that is crossed by most."""
    margins = [(margin, one) for one in promises if (margin := told.number(judged.run.values[one.margin])) is not None]
    if not margins:
        return None
    margin, promise = min(margins, key=lambda pair: pair[0])
    if judged.approved:
        return f"{promise.name} binds: it has the least room, {_room(act, promise, margin)}."
    return f"{promise.name} binds: its limit is crossed by most."


def _drift(act: Act, promises: Sequence[Any], signed: Judged | None, state: ActState) -> str | None:
    """Where today's engine says other than the one that signed."""
    engine = told.part((state.decision or {}).get("engine"))
    then = told.part(engine.get("result"))
    if signed is None or not then:
        return "The ledger holds no numbers of the signed design; those here are of today's engine."
    other = []
    for promise in promises:
        stored, today = told.number(then.get(promise.value)), told.number(signed.run.values[promise.value])
        if stored is not None and today is not None and not isclose(stored, today, rel_tol=SAME, abs_tol=1e-12):
            kind = next(output.kind for output in act.outputs if output.id == promise.value)
            other.append(f"{promise.name} {told.printed(stored, kind)}")
    return f"When it was signed, the engine said: {', '.join(other)}. Shown is today's." if other else None


# --- what it rests on -------------------------------------------------------------------------------------------------


def _journey(state: LedgerState) -> list[dict[str, Any]]:
    """All labs of the curriculum: "todo", "done", or "limit" for a done one in which a limit was hit and left."""
    found = []
    for entry in labs.curriculum():
        lab = state.labs.get(entry.id)
        done = bool(lab and lab.completed_at)
        met = [one for act in lab.acts.values() for one in act.hits.values()] if lab else []
        left = any(one.hits and one.recoveries for one in met)
        found.append(
            {
                "id": entry.id,
                "volume": entry.volume,
                "number": entry.number,
                "title": entry.title,
                "state": "limit" if done and left else "done" if done else "todo",
            }
        )
    return found


def _rests_on(lab: Told, state: LedgerState) -> dict[str, Any]:
    """An earlier lab: what was decided in it, and how many of its limits were ever hit, and left again."""
    met = [limit for act in lab["acts"] for limit in act["limits"]]
    decisions = [act["decision"] for act in lab["acts"] if act["decision"]]
    return {
        "id": lab["id"],
        "title": lab["title"],
        "done": bool(state.labs[lab["id"]].completed_at),
        "decisions": [one["text"] or f"“{one['option']}”" for one in decisions],
        "hit": sum(limit["crossed"] > 0 for limit in met),
        "left": sum(limit["left"] > 0 for limit in met),
    }


def _missing(lab: Lab, acts: Sequence[Told], act_id: str, chosen: Told | None, journey: Sequence[Told]) -> list[str]:
    """What the record would rest on and the ledger does not hold."""
    found = []
    if not acts:
        found.append(f"No evidence of {lab.title}: it has no event in the ledger.")
    for act in acts:
        name = act["title"] or act["id"]
        gaps = [one["which"] for one in act["predictions"] if one["at"] is None]
        if len(gaps) == len(act["predictions"]):
            found.append(f"{name}: no prediction.")
        elif gaps:
            found.append(f"{name}: no second prediction.")
        if act["decision"] is None:
            found.append(f"{name}: nothing was signed.")
        elif act["id"] == act_id and not act["decision"]["sentence"]:
            found.append(f"{name}: no reason was written.")
    if acts and chosen is None:
        found.append("No design of the architecture that this version can run is in the ledger.")
    if chosen and chosen["unread"]:
        found.append(f"{told.count(chosen['unread'], 'design')} that this version cannot run: not judged.")
    if chosen and chosen["unjudged"]:
        found.append(f"{told.count(chosen['unjudged'], 'older design')} not judged.")
    todo = [one for one in journey if one["state"] == "todo" and one["id"] != lab.id]
    built = [one["title"] for one in todo if one["id"] in labs.built()]
    if built:
        found.append(f"Labs that are there and not done: {', '.join(built)}.")
    if len(todo) > len(built):
        found.append(f"{told.count(len(todo) - len(built), 'lab')} of the curriculum not done, and not built yet.")
    return found
