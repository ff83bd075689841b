"""The report as a plain dict: what a ledger says of its learner, and what it does not. Pure; no grade is ever made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ironlaw import __version__, labs, registry
from ironlaw.labkit import tracks
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import Event, LabState, LedgerState, fold, utc_now
from ironlaw.report.calibration import calibration
from ironlaw.report.chapters import chapter, numeric
from ironlaw.report.machine import machine
from ironlaw.report.reading import Reading

SCHEMA = 1
LabOf = Callable[[str], Lab | None]


def stored_lab(lab_id: str) -> Lab | None:
    """The lab of this version of Ironlaw; None where it has none of that id."""
    try:
        return labs.load(lab_id)
    except (labs.UnknownLab, labs.NotBuilt):
        return None


def report(
    reading: Reading, *, only: str | None = None, lab_of: LabOf = stored_lab, made_at: str | None = None
) -> dict[str, Any]:
    """The REPORT of docs/reference/document.md: of all labs that were begun, or of the one that is named."""
    now = {"version": __version__, "registry": registry.digest()}
    state = fold(reading.events)
    places = {entry.id: place for place, entry in enumerate(labs.curriculum())}
    begun = sorted(
        (name for name in state.labs if _told(state.labs[name])), key=lambda name: (places.get(name, 99), name)
    )
    wanted = [only] if only else begun
    chapters = [chapter(name, lab_of(name), state.labs.get(name), _events(reading, name), now) for name in wanted]
    predictions = [one for lab in chapters for act in lab["acts"] for one in act["predictions"]]
    without = [] if only else [one for one in labs.built() if one not in begun]
    return {
        "schema": SCHEMA,
        "learner": reading.learner,
        "lab": only,
        "made_at": made_at or utc_now(),
        "engine": now,
        "totals": _totals(chapters, predictions),
        "calibration": calibration(predictions),
        "errors": numeric(chapters),
        "track": _track(state),
        "machine": None if only else machine(state.measured),
        "labs": chapters,
        "labs_without_evidence": [{"id": name, "title": _title(name)} for name in without],
        "ledger": _ledger(reading, state),
        "missing": _missing(reading, begun, only),
    }


def _told(lab: LabState) -> bool:
    """Whether the lab was worked in: the choice of a track alone is no work."""
    return bool(lab.acts or lab.opened_at or lab.completed_at)


def _events(reading: Reading, lab_id: str) -> Sequence[Event]:
    seen: dict[str, Event] = {}
    for event in reading.events:
        if event.lab == lab_id:
            seen.setdefault(event.id, event)
    return list(seen.values())


def _title(lab_id: str) -> str:
    return next(entry.title for entry in labs.curriculum() if entry.id == lab_id)


def _totals(chapters: Sequence[Mapping[str, Any]], predictions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    acts = [act for lab in chapters for act in lab["acts"]]
    met = [limit for act in acts for limit in act["limits"]]
    return {
        "labs": sum(lab["stage"] != "not_started" for lab in chapters),
        "finished": sum(lab["stage"] == "done" for lab in chapters),
        "predictions": sum(one["at"] is not None for one in predictions),
        "revealed": sum(one["at"] is not None and one["revealed"] for one in predictions),
        "right": sum(one["correct"] is True for one in predictions),
        "designs": sum(act["designs"] for act in acts),
        "limits": len(met),
        "limits_crossed": sum(limit["crossed"] > 0 for limit in met),
        "limits_left": sum(limit["left"] > 0 for limit in met),
        "reflections": sum(len(act["reflections"]) for act in acts),
        "decisions": sum(act["decision"] is not None for act in acts),
        "cites": sum(len(one["cites"]) for act in acts for one in (*act["reflections"], act["decision"]) if one),
        "resets": sum(act["resets"] for act in acts),
    }


def _track(state: LedgerState) -> dict[str, Any] | None:
    """The track that stands, and how many were chosen before it."""
    if not state.tracks:
        return None
    chosen = state.tracks[-1]
    found = tracks.track(str(chosen["track"]))
    return {
        "id": chosen["track"],
        "name": found.name if found else None,
        "role": found.role if found else None,
        "at": chosen["at"],
        "changes": len(state.tracks) - 1,
    }


def _ledger(reading: Reading, state: LedgerState) -> dict[str, Any]:
    times = [event.server_time for event in reading.events]
    return {
        "events": len(reading.events),
        "distinct": state.events,
        "left_out": reading.left_out,
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
        "exports": sum(lab.exports for lab in state.labs.values()),
        "imports": sum(lab.imports for lab in state.labs.values()),
        "chains": [{"device": c.device, "events": c.events, "head": c.head, "last": c.last} for c in reading.chains],
        "whole": reading.whole,
        "faults": list(reading.faults),
        "notices": list(reading.notices),
        "said": _verdict(reading),
    }


def _verdict(reading: Reading) -> str:
    """The result of the check in a sentence."""
    count, devices = len(reading.events), len(reading.chains)
    if not count and reading.whole:
        return "The ledger holds no event of this learner: there is nothing to verify."
    chains = f"{devices} {'chain' if devices == 1 else 'chains'}"
    if reading.whole:
        return f"Verified: {count:,} {'event' if count == 1 else 'events'} in {chains}; each holds the hash of the one before it."
    return (
        f"Not whole: {count:,} events in {chains} verify and are told here; {reading.left_out:,} could not be used. "
        "Nothing of those is guessed."
    )


def _missing(reading: Reading, begun: Sequence[str], only: str | None) -> list[str]:
    found = []
    if not reading.events:
        found.append(f"No evidence: the ledger has no event of the learner “{reading.learner}” that could be read.")
    elif not begun and only is None:
        found.append("No evidence: no lab was begun.")
    return [*found, *(f"Left out: {fault}." for fault in reading.faults)]
