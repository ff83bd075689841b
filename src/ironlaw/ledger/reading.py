"""A learner's events out of the tables: all of them, or those that came since they were read last."""

from __future__ import annotations

import sqlite3

from ironlaw.ledger.events import Event, Record
from ironlaw.ledger.schema import COLUMNS

_OF_LEARNER = f"SELECT {COLUMNS} FROM events WHERE learner = ?"  # noqa: S608 - our own column names
_ORDER = " ORDER BY server_time, device, seq"
_AFTER = f"{_OF_LEARNER} AND lab = ? AND (server_time, device, seq) > (?, ?, ?){_ORDER}"
_COUNT = "SELECT count(*) FROM events WHERE learner = ? AND lab = ?"


def select(connection: sqlite3.Connection, learner: str, lab: str | None) -> list[Event]:
    if lab is None:
        rows = connection.execute(_OF_LEARNER + _ORDER, (learner,))
    else:
        rows = connection.execute(_OF_LEARNER + " AND lab = ?" + _ORDER, (learner, lab))
    return [Event.of(Record._make(row)) for row in rows]


class Known:
    """Events that the writer has read before, by learner and lab: a slider move reads what came since, not all.

    Events are never changed, only added or erased. What is kept is right when it and the later ones are as many as there
    are; else (an import put some between, an erasure took some) all are read again.
    """

    MOST = 64  # learners and labs

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], list[Event]] = {}

    def clear(self) -> None:
        """Events were taken back, and others may come in their place: a count does not show that."""
        self._events.clear()

    def events(self, connection: sqlite3.Connection, learner: str, lab: str) -> list[Event]:
        kept = self._events.pop((learner, lab), [])
        if kept:
            after = connection.execute(_AFTER, (learner, lab, *kept[-1].order)).fetchall()
            (count,) = connection.execute(_COUNT, (learner, lab)).fetchone()
            now = [*kept, *(Event.of(Record._make(row)) for row in after)]
            if len(now) != count:
                kept = []
        if not kept:
            now = select(connection, learner, lab)
        self._events[learner, lab] = now
        if len(self._events) > self.MOST:
            del self._events[next(iter(self._events))]
        return list(now)
