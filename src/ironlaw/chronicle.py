"""The ledger as a learner watches it grow: its last events in plain words, with their place in the chain.

Words tell what happened, never whether it was right: that is the reveal's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from sqlite3 import Connection
from typing import Any

from ironlaw import __version__, labs, registry
from ironlaw.labkit import tracks
from ironlaw.labkit.spec import Lab
from ironlaw.labkit.text import plain
from ironlaw.ledger import Draft, Event, SqliteStore, export, import_, utc_now
from ironlaw.ledger.events import GENESIS, Record, record_hash
from ironlaw.ledger.schema import COLUMNS

SCHEMA = 1
LAST = 8  # events told unless more are asked for
MOST = 50
TOLD = 20  # refused lines that the answer of an import names
DIGITS = 8  # of a hash, enough to compare by eye

_COUNTS = "SELECT count(*), count(DISTINCT lab), count(DISTINCT device) FROM events WHERE learner = ?"
_LAST = f"SELECT {COLUMNS} FROM events WHERE learner = ? ORDER BY server_time DESC, device DESC, seq DESC LIMIT ?"  # noqa: S608 - our own column names
_BEFORE = "SELECT hash FROM events WHERE device = ? AND seq = ?"


def chronicle(store: SqliteStore, learner: str, last: int = LAST) -> dict[str, Any]:
    """The answer of GET /api/ledger: counts, the head of the chain, and the `last` events, the oldest of them first."""
    return store.read(partial(_told, learner=learner, last=last))


def _told(connection: Connection, learner: str, last: int) -> dict[str, Any]:
    connection.execute("BEGIN")  # one look: counts and rows of the same moment
    try:
        return _looked(connection, learner, last)
    finally:
        connection.execute("COMMIT")


def _looked(connection: Connection, learner: str, last: int) -> dict[str, Any]:
    events, labs_, devices = connection.execute(_COUNTS, (learner,)).fetchone()
    rows = [Record._make(row) for row in connection.execute(_LAST, (learner, last))]
    head = rows[0] if rows else None
    lines = [_line(row, events - place, chained=_chained(connection, row)) for place, row in enumerate(rows)]
    return {
        "schema": SCHEMA,
        "learner": learner,
        "events": events,
        "labs": labs_,
        "devices": devices,
        "head": {"device": head.device, "seq": head.seq, "at": head.server_time, "hash": head.hash} if head else None,
        "last": lines[::-1],
    }


def _chained(connection: Connection, row: Record) -> bool:
    """Whether the event fits its own hash and holds the hash of the one before it."""
    before = connection.execute(_BEFORE, (row.device, row.seq - 1)).fetchone()
    due = GENESIS if row.seq == 1 else before[0] if before else None
    return row.prev == due and record_hash(row) == row.hash


def _line(row: Record, number: int, *, chained: bool) -> dict[str, Any]:
    event = Event.of(row)
    lab = _lab(event.lab)
    title = next((entry.title for entry in labs.curriculum() if entry.id == event.lab), event.lab)
    act = lab.act(str(event.payload.get("act"))) if lab else None
    return {
        "number": number,
        "id": event.id,
        "kind": event.kind,
        "what": what(event, lab),
        "lab": event.lab,
        "where": f"{title} · {act.title}" if act else title,
        "at": event.server_time,
        "hash": event.hash[:DIGITS],
        "prev": event.prev[:DIGITS],
        "first": event.seq == 1,
        "chained": chained,
    }


def _lab(lab_id: str) -> Lab | None:
    """The lab of an event, where it is built: events of other versions, or of no lab, are told without it."""
    return labs.load(lab_id) if lab_id in labs.built() else None


# --- in words ---------------------------------------------------------------------------------------------------------


def what(event: Event, lab: Lab | None) -> str:
    """What happened, in a few words."""
    words = _WORDS.get(event.kind)
    return words(event.payload, lab) if callable(words) else words or f"An event of the kind {event.kind}"


def _predicted(payload: Mapping[str, Any], _lab: Lab | None) -> str:
    again = " second" if payload.get("question") == "second" else ""
    if "low" in payload:
        return f"Locked a{again} prediction, with its interval"
    return f"Locked a{again} prediction, {plain(payload['confidence'], 'share')} sure"


def _moved(payload: Mapping[str, Any], _lab: Lab | None) -> str:
    told = payload.get("engine") or {}
    return "Tried a design that cannot run" if told.get("feasible") is False else "Tried a design"


def _limit(words: str, payload: Mapping[str, Any], lab: Lab | None) -> str:
    act = lab.act(str(payload.get("act"))) if lab else None
    named = (limit.name for limit in act.constraints if limit.id == payload["constraint"]) if act else iter(())
    return words.format(next(named, payload["constraint"]))


def _tracked(payload: Mapping[str, Any], _lab: Lab | None) -> str:
    chosen = tracks.track(str(payload["track"]))
    return f"Chose the track {chosen.name if chosen else payload['track']}"


def _carried(words: str, payload: Mapping[str, Any], _lab: Lab | None) -> str:
    count = payload.get("events")
    return f"{words}, {count:,} {'event' if count == 1 else 'events'}" if isinstance(count, int) else words


_WORDS: dict[str, str | Callable[[Mapping[str, Any], Lab | None], str]] = {
    "opened": "Opened the lab",
    "predicted": _predicted,
    "moved": _moved,
    "violated": partial(_limit, "Hit the limit “{}”"),
    "recovered": partial(_limit, "Left the limit “{}” again"),
    "reset": "Began a budget of designs anew",
    "revealed": "Compared prediction and reality",
    "reflected": "Answered the reflection",
    "decided": "Signed a decision",
    "completed": "Finished the lab",
    "tracked": _tracked,
    "exported": partial(_carried, "Exported the ledger"),
    "imported": partial(_carried, "Imported a file"),
    "measured": "Measured this machine",
}


# --- carried elsewhere ------------------------------------------------------------------------------------------------


def carried(store: SqliteStore, learner: str, kind: str, lab: Lab, events: int) -> Event:
    """Store that a ledger was `exported` or `imported` at a lab's page, with the number of events. Answers what is stored."""
    draft = Draft(
        learner=learner,
        lab=lab.id,
        lab_version=lab.version,
        engine_version=__version__,
        registry=registry.digest(),
        kind=kind,
        payload={"events": events},
    )
    return store.write(lambda tx: tx.append([draft]))[0]


def export_file(store: SqliteStore, learner: str, lab: Lab | None = None) -> tuple[str, str]:
    """All of a learner's events as a file, its name and text; asked for at a lab's page, that is an event of the lab."""
    text = export(store, learner)
    if lab:
        carried(store, learner, "exported", lab, counted(text))
    return f"ironlaw-ledger-{utc_now()[:10]}.jsonl", text


def import_file(store: SqliteStore, learner: str, text: str, lab: Lab | None = None) -> dict[str, Any]:
    """Add the events of such a file; answers the counts, the first refused lines with their reasons, and `ok`.

    Raises TransferError for a text that is no export.
    """
    report = import_(store, text, learner)
    if lab:
        carried(store, learner, "imported", lab, report.added)
    told = asdict(report)
    return told | {"refused": told["refused"][:TOLD], "refused_count": len(report.refused), "ok": report.ok}


def counted(text: str) -> int:
    """How many events an export holds: its lines but the header."""
    return sum(1 for _ in _lines(text)) - 1


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line.strip())
