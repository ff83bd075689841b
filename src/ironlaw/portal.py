"""All labs with a learner's progress. Apart from the session, so that a list of labs imports no lab that was not begun."""

from __future__ import annotations

from html import escape
from typing import Any

from ironlaw import labs
from ironlaw.labkit import flow
from ironlaw.labkit.tracks import options as track_options
from ironlaw.ledger import LabState, Store, fold

SCHEMA = 1


def portal(store: Store, learner: str) -> dict[str, Any]:
    """The answer of GET /api/labs."""
    state = fold(store.events(learner))
    rows = [_row(entry, state.labs.get(entry.id)) for entry in labs.curriculum()]
    done = sum(row["progress"]["stage"] == "done" for row in rows)
    return {
        "schema": SCHEMA,
        "labs": rows,
        "volumes": [{"number": number, "title": title} for number, title in labs.volumes().items()],
        "totals": {"labs": len(rows), "built": len(labs.built()), "done": done, "events": state.events},
        "track": {"chosen": state.tracks[-1]["track"] if state.tracks else None, "options": track_options()},
        "notices": notices(store),
    }


def notices(store: Store) -> list[dict[str, str]]:
    """What happened to the ledger's file, for the page."""
    return [{"level": notice.level, "html": f"<p>{escape(notice.text)}</p>"} for notice in store.notices()]


def _row(entry: labs.Entry, state: LabState | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "volume": entry.volume,
        "number": entry.number,
        "title": entry.title,
        "invariant": entry.invariant,
        "built": entry.built,
        "minutes": entry.minutes,
        "progress": _progress(entry, state),
    }


def _progress(entry: labs.Entry, state: LabState | None) -> dict[str, Any]:
    """Steps done and limits met. Only a lab that was begun has to be loaded for that."""
    begun = entry.built and state is not None
    lab = labs.load(entry.id) if begun else None
    acts = state.acts if begun and state else {}
    steps = flow.journey(lab, acts) if lab else []
    done = sum(step["state"] == "done" for step in steps)
    records = [record for act in acts.values() for record in act.hits.values()]
    stage = "not_started" if not begun else "done" if done == len(steps) else "in_progress"
    return {
        "stage": stage,
        "done": done,
        "of": entry.steps,
        "acts": [{"id": act_id, "stage": stage_} for act_id, stage_ in flow.stages(lab, acts).items()] if lab else [],
        "limits_hit": sum(record.hits > 0 for record in records),
        "limits_left": sum(record.recoveries > 0 for record in records),
        "last_saved": state.last_saved if begun and state else None,
    }
