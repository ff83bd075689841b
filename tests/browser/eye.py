"""Looks into a ledger file from outside: a second SQLite connection that can only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

PATIENCE = 10_000  # ms to wait for a row
BEAT = 40


class Row(NamedTuple):
    """One stored event."""

    id: str
    seq: int
    kind: str
    lab: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Eye:
    """The rows of a ledger, as another program sees them."""

    path: Path

    def rows(self, kind: str | None = None, act: str | None = None) -> list[Row]:
        """All events in the order in which they were written, or those of a kind and an act."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT id, seq, kind, lab, payload FROM events ORDER BY device, seq").fetchall()
        rows = [Row(id_, seq, kind_, lab, json.loads(payload)) for id_, seq, kind_, lab, payload in found]
        return [row for row in rows if kind in (None, row.kind) and act in (None, row.payload.get("act"))]

    def only(self, kind: str, act: str) -> Row:
        """The one event of this kind in an act. Fails when there are none or several."""
        rows = self.rows(kind, act)
        assert len(rows) == 1, f"{len(rows)} {kind} events of {act}, expected one: {rows}"
        return rows[0]

    def wait(self, page: Page, condition: Callable[[Eye], bool], what: str) -> None:
        """Until the condition holds; the page keeps running meanwhile."""
        for _ in range(PATIENCE // BEAT):
            if condition(self):
                return
            page.wait_for_timeout(BEAT)
        raise AssertionError(
            f"the ledger never showed {what}; it has {[(row.kind, row.payload) for row in self.rows()]}"
        )

    def check_chain(self) -> None:
        """No event twice, and sequence numbers without a gap."""
        rows = self.rows()
        assert len({row.id for row in rows}) == len(rows), "an event id occurs twice"
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1)), "sequence numbers have gaps"
