"""What a lab's document says in the words of a notebook: where the learner stands, and one line of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ironlaw.ledger import LabState

Document = Mapping[str, Any]
Row = dict[str, Any]


def at_hand(document: Document, act: str | None = None) -> dict[str, Any] | None:
    """The act of this id if its instrument is open, else the furthest act whose instrument is; None before the first."""
    opened: list[dict[str, Any]] = [one for one in document["acts"] if one.get("instrument")]
    return next((one for one in opened if one["id"] == act), opened[-1] if opened else None)


def progress(document: Document, state: LabState | None) -> dict[str, Any]:
    """How far the learner is, and which limits were met. Nothing of it is locked.

    {stage, done, of, acts: [{id, title, stage, predicted}], limits_hit, limits_left, last_saved}: `done` of `of` steps;
    `predicted` when the act's predictions are locked in; counts of limits; an ISO time or None.
    """
    steps = document["journey"]
    done = sum(step["state"] == "done" for step in steps)
    hits = [record for act in state.acts.values() for record in act.hits.values()] if state else []
    return {
        "stage": "done" if done == len(steps) else "in_progress" if document["saved"]["events"] else "not_started",
        "done": done,
        "of": len(steps),
        "acts": [_act(act) for act in document["acts"]],
        "limits_hit": sum(record.hits > 0 for record in hits),
        "limits_left": sum(record.recoveries > 0 for record in hits),
        "last_saved": document["saved"]["last"],
    }


def _act(act: Mapping[str, Any]) -> dict[str, Any]:
    predicted = act["stage"] not in ("locked", "predict", "second")
    return {"id": act["id"], "title": act["title"], "stage": act["stage"], "predicted": predicted}


def places(control: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Where a control of the document can stand: (value in SI, or an option's value, and its text)."""
    items = control["ticks"] if control["kind"] == "number" else control["options"]
    return [(item["value"], item["text"]) for item in items]


def row(control: str, value: Any, text: str, result: Mapping[str, Any]) -> Row:
    """One line of a sweep: where the control stood, what the cards said (None: no such number), which limits broke."""
    return {
        control: value,
        "at": text,
        **{card["id"]: card["value"] for card in result["cards"]},
        "feasible": result["feasible"],
        "broken": ", ".join(limit["name"] for limit in result["constraints"] if limit["violated"]),
    }
