"""Python's side of the worker in a browser: one learner's calls over a ledger in the runtime's memory.

The browser keeps the events, as the lines of an export (`docs/reference/document.md` says what the calls are). What a call adds
is told with its answer; it counts when the browser says that it is kept, and is taken back when the browser could not. Lines go
through JavaScript as texts: a float that became one of its numbers would come back in another spelling, and break the hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ironlaw.desk import STATUS, Desk, error_fields, refusal_of
from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import Event, SqliteStore, utc_now, uuid7
from ironlaw.ledger.audit import read_records
from ironlaw.ledger.events import Record
from ironlaw.ledger.lines import Gathered, gather
from ironlaw.ledger.schema import COLUMNS

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_SINCE = f"SELECT {COLUMNS} FROM events WHERE rowid > ? ORDER BY device, seq"  # noqa: S608 - our own column names
_LAST = "SELECT coalesce(max(rowid), 0) FROM events"


class Local:
    """A ledger that this browser keeps. `device` is the chain that it appends to: a UUID of version 7."""

    def __init__(self, device: str, learner: str = "local") -> None:
        self.device = device
        self._folder = TemporaryDirectory(prefix="ironlaw-")
        self._store = SqliteStore(Path(self._folder.name) / "ledger.sqlite", threaded=False)
        self._store.write(lambda tx: tx.write_as(learner, device))
        self._desk = Desk(self._store, learner)
        self._fresh: list[Record] = []

    def load(self, records: str, notices: str = "[]") -> str:
        """Take in lines that the browser keeps; may be called again with what other tabs added.

        `records`: JSON array of texts, in any order. `notices`: JSON array of {"level", "text", "at"} of earlier damage, told
        again. Answers {"device", "events": those in memory now, "aside": [{"index", "code", "reason"}], "notices": new ones}.

        What no unbroken chain reaches is named in `aside`, for the browser to move away. After damage `device` is a new one: what
        another copy holds of the lost end can then still be imported. The browser claims it in the place of the old one.
        """
        texts: list[str] = json.loads(records)
        for notice in json.loads(notices):
            self._tell(notice)
        found = gather(self._store, texts)
        told = [self._damage(found, len(texts))] if found.aside else []
        for notice in told:
            self._tell(notice)
        if found.aside:
            self._begin_anew()
        return _encode(
            {
                "device": self.device,
                "events": self._store.read(lambda c: c.execute("SELECT count(*) FROM events").fetchone()[0]),
                "aside": [{"index": one.index, "code": one.code, "reason": one.reason} for one in found.aside],
                "notices": told,
            }
        )

    def call(self, method: str, arguments: str) -> str:
        """A call of `Desk` with a JSON array of arguments. Answers its JSON with "records": the events to keep before it is given."""
        before = self._last()
        answer = self._call(method, arguments)
        made = self._since(before)
        self._fresh += made
        records = {"records": _lines(made)}
        try:
            return _encode(answer | records)
        except ValueError as error:
            # NaN and infinity are no answer: an error here is better than a page that shows them.
            return _encode(_refused(refusal_of(error)) | records)

    def kept(self) -> None:
        """The browser has stored what the calls made; or nothing can be stored, and memory is all there is."""
        self._fresh.clear()

    def forget(self) -> None:
        """The browser could not store what the calls made since `kept`: it never happened."""
        gone, self._fresh = self._fresh, []
        self._store.write(lambda tx: tx.take_back(gone))
        self._desk = Desk(self._store, self._desk.session.learner)  # a session remembers what it gathered

    def stored(self) -> str:
        """All events in memory, for a browser whose storage was cleared."""
        return _encode(_lines(self._store.read(lambda connection: list(read_records(connection)))))

    def close(self) -> None:
        """Let go of the memory."""
        self._store.close()
        self._folder.cleanup()

    def _call(self, method: str, arguments: str) -> dict[str, Any]:
        try:
            given = json.loads(arguments)
            if "\\u" in arguments:  # an escape can spell a lone surrogate, which no ledger keeps
                json.dumps(given, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return _refused(Refusal("bad_json", "The arguments are not JSON in Unicode.", field="arguments"))
        return self._desk.call(method, given)

    def _tell(self, notice: dict[str, str]) -> None:
        if all((one.text, one.at) != (notice["text"], notice["at"]) for one in self._store.notices()):
            self._store.write(lambda tx: tx.notify(notice["level"], notice["text"], notice["at"]))

    def _begin_anew(self) -> None:
        self.device = device = uuid7()
        self._store.write(lambda tx: tx.write_as(self._desk.session.learner, device))

    def _damage(self, found: Gathered, given: int) -> dict[str, str]:
        """The words of `ledger.recover` for a file, where they fit."""
        aside = len(found.aside)
        first = next((one for one in found.aside if one.code != "after"), found.aside[0])
        more = sum(one.code == "after" for one in found.aside)
        beyond = f" {more} of them could be read, but no unbroken chain reaches them." if more else ""
        text = (
            f"The ledger in this browser was damaged: {first.reason}. Set aside: {aside} of {given} events. "
            f"Recovered: {given - aside}.{beyond}"
        )
        return {"level": "warning", "text": text, "at": utc_now()}

    def _last(self) -> int:
        found: int = self._store.read(lambda connection: connection.execute(_LAST).fetchone()[0])
        return found

    def _since(self, row: int) -> list[Record]:
        return self._store.read(lambda c: [Record._make(one) for one in c.execute(_SINCE, (row,))])


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"error": error_fields(refusal), "status": STATUS[refusal.code]}


def _lines(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Events as the browser keeps them: found by device and seq, or by id; the text is never taken apart."""
    return [
        {"device": record.device, "seq": record.seq, "id": record.id, "text": Event.of(record).to_json()}
        for record in records
    ]
