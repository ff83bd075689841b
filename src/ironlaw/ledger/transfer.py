"""Export, import, verify and erase.

An export is one text of JSON Lines: a header (format, version, learner, counts, digest of the lines that follow), then the
events, chain after chain. Import is a set union: what is there already is counted, what continues a chain is added, what
contradicts a chain is refused and named. Importing twice, or in another order, ends in the same ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from ironlaw.ledger.audit import Audit, audit, read_records
from ironlaw.ledger.errors import InvalidEventError, TransferError, UnavailableError
from ironlaw.ledger.events import Break, Event, Record, Tip, find_break, utc_now
from ironlaw.ledger.kinds import canonical
from ironlaw.ledger.recover import inspect
from ironlaw.ledger.schema import COLUMNS, connect, transaction, translated
from ironlaw.ledger.sqlite import SqliteStore, SqliteTx

FORMAT = "ironlaw-ledger"
VERSION = 1


# --- export -----------------------------------------------------------------------------------------------------------


def export(store: SqliteStore, learner: str | None = None) -> str:
    """The events of one learner, or of all, as one text that `import_` reads.

    Header: `{"format", "version", "learner", "exported_at", "events", "devices", "digest"}`; `digest` is the SHA-256 of all
    that follows the header line.
    """
    records = store.read(lambda connection: [r for r in read_records(connection) if learner in (None, r.learner)])
    body = "".join(Event.of(record).to_json() + "\n" for record in records)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "learner": learner,
        "exported_at": utc_now(),
        "events": len(records),
        "devices": len({record.device for record in records}),
        "digest": sha256(body.encode()).hexdigest(),
    }
    return canonical(header) + "\n" + body


# --- import -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that was not imported, and why. Codes: line, learner, fork, gap, prev, time, hash, id, after."""

    line: int
    code: str
    reason: str
    id: str | None = None
    device: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. `complete` is False when the text is cut off or differs from what was exported."""

    added: int
    duplicate: int
    refused: tuple[Refused, ...]
    complete: bool
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether everything that was exported is now in the ledger."""
        return self.complete and not self.refused


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    record: Record


def import_(store: SqliteStore, text: str, learner: str | None = None) -> ImportReport:
    """Add the events of an export to the store; those of other learners are refused when `learner` is given.

    One transaction: all that the report counts as added is durable, or (on an error) nothing is. Raises TransferError when
    the text is not an export or was written by a newer version.
    """
    header, body = _header(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    lines, refused = _parse(body, learner)
    reason = _incomplete(header, body)
    lines.sort(key=lambda line: (line.record.device, line.record.seq))

    def work(tx: SqliteTx) -> ImportReport:
        added = duplicate = 0
        found = list(refused)
        for device, chain in groupby(lines, key=lambda line: line.record.device):
            new, known, bad = _join(tx, device, chain)
            tx.insert(new)
            added, duplicate, found = added + len(new), duplicate + known, found + bad
        found.sort(key=lambda r: r.line)
        return ImportReport(
            added=added, duplicate=duplicate, refused=tuple(found), complete=reason is None, reason=reason
        )

    return store.write(work)


def _header(text: str) -> tuple[dict[str, Any], str]:
    first, _, body = text.partition("\n")
    try:
        header = json.loads(first)
    except (ValueError, RecursionError) as error:
        raise TransferError("this is not an exported ledger: its first line is not JSON") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise TransferError(f"this is not an exported ledger: its first line does not name the format {FORMAT!r}")
    version = header.get("version")
    if version != VERSION:
        message = f"the export has version {version!r:.20}, this program reads version {VERSION}: update the program"
        raise TransferError(message, field="version", value=version, allowed=str(VERSION))
    return header, body


def _parse(body: str, learner: str | None) -> tuple[list[_Line], list[Refused]]:
    """The events of the lines, and the lines that are none. The header is line 1."""
    lines: list[_Line] = []
    refused: list[Refused] = []
    for number, text in enumerate(body.split("\n"), start=2):
        if not text.strip():
            continue
        try:
            event = Event.from_json(text)
        except InvalidEventError as error:
            refused.append(Refused(line=number, code="line", reason=error.message))
            continue
        if learner is not None and event.learner != learner:
            said = f"it belongs to the learner {event.learner!r}, not to {learner!r}"
            refused.append(_refused(_Line(number, event.record()), "learner", said))
        else:
            lines.append(_Line(number, event.record()))
    return lines, refused


def _incomplete(header: dict[str, Any], body: str) -> str | None:
    """Why the text is not the whole, unchanged export; None when it is."""
    if body and not body.endswith("\n"):
        return "the text ends in the middle of a line: it was cut off"
    count = body.count("\n")
    if count != header.get("events"):
        return f"the header promises {header.get('events')!r:.20} events, the text holds {count}: it was cut off or changed"
    if sha256(body.encode("utf-8", "surrogatepass")).hexdigest() != header.get("digest"):
        return "the text differs from what was exported: its digest does not fit"
    return None


def _join(tx: SqliteTx, device: str, chain: Iterator[_Line]) -> tuple[list[Record], int, list[Refused]]:
    """Sort the lines of one device, in the order of seq, into new ones, a count of known ones, and refused ones."""
    tip = tx.tip(device)
    new: dict[int, Record] = {}
    ids: set[str] = set()
    known = 0
    refused: list[Refused] = []
    for line in chain:
        record = line.record
        if refused:
            refused.append(
                _refused(line, "after", f"the chain of its device ends at the refused event {refused[0].seq}")
            )
        elif tip and record.seq <= tip.seq:
            stored = new.get(record.seq) or tx.at(device, record.seq)
            if stored == record:
                known += 1
            else:
                refused.append(_refused(line, *_contradiction(stored, record)))
        elif found := find_break(tip, record):
            code = "gap" if found.code == "seq" else found.code
            refused.append(_refused(line, code, found.reason))
        elif tx.holds(record.id, device) or record.id in ids:
            refused.append(_refused(line, "id", f"its id {record.id} stands twice in the chain of its device"))
        else:
            new[record.seq] = record
            ids.add(record.id)
            tip = Tip.of(record)
    return list(new.values()), known, refused


def _contradiction(stored: Record | None, record: Record) -> tuple[str, str]:
    """How an event differs from the one that holds its place."""
    if stored and stored.id == record.id:
        return (
            "hash",
            f"event {record.seq} of device {record.device} is stored with other content: one of the two was changed",
        )
    held = f"it holds {stored.id} there" if stored else "nothing is stored there"
    return "fork", f"device {record.device} has two events {record.seq}: {record.id} was offered, {held}"


def _refused(line: _Line, code: str, reason: str) -> Refused:
    r = line.record
    return Refused(line=line.number, code=code, reason=reason, id=r.id, device=r.device, seq=r.seq)


# --- verify -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a check of the whole ledger found: a fault of the file, or the first break of each broken chain."""

    events: int
    devices: int
    learners: int
    fault: str | None
    breaks: tuple[Break, ...]

    @property
    def ok(self) -> bool:
        """Whether every event verifies."""
        return self.fault is None and not self.breaks


def verify(store: SqliteStore) -> VerifyReport:
    """Check the file and every chain in it, hash by hash."""
    return _report(store.read(audit))


def verify_file(path: Path) -> VerifyReport:
    """The same for a file that no store of this process has open; makes nothing, mends nothing.

    Raises UnavailableError when there is no such file.
    """
    finding = inspect(path)
    if finding.state == "missing":
        raise UnavailableError(f"there is no ledger at {path}", field="path", value=str(path))
    return _report(finding.audit or Audit(fault=finding.reason))


def _report(found: Audit) -> VerifyReport:
    learners = len({tip.learner for tip in found.tips.values()})
    return VerifyReport(
        events=found.events, devices=len(found.tips), learners=learners, fault=found.fault, breaks=found.breaks
    )


# --- erase ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased. `copies` are damaged files set aside earlier that may still hold events, by name.

    `log_emptied` is False while another process reads: its write-ahead log may hold erased rows until it is closed.
    """

    events: int
    labs: int
    devices: int
    copies: tuple[str, ...]
    copies_removed: bool
    log_emptied: bool


def erase(store: SqliteStore, learner: str, *, copies: bool = False) -> Erasure:
    """Remove all of a learner's events, so that the file holds no trace of them, and report what went.

    Free pages are overwritten and the file is rewritten (VACUUM), the log is emptied. Damaged copies set aside earlier are
    whole files and may hold other learners too: they are named, and removed only with `copies=True`.
    """
    with translated(store.path), closing(connect(store.path)) as connection:
        query = f"SELECT {COLUMNS} FROM events WHERE learner = ?"  # noqa: S608 - our own column names
        with transaction(connection):
            gone = [Record._make(row) for row in connection.execute(query, (learner,))]
            connection.execute("DELETE FROM events WHERE learner = ?", (learner,))
            connection.execute("DELETE FROM writers WHERE learner = ?", (learner,))
        connection.execute("VACUUM")
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        aside = sorted(_copies(store.path))
        if copies:
            for path in aside:
                path.unlink()
    return Erasure(
        events=len(gone),
        labs=len({record.lab for record in gone}),
        devices=len({record.device for record in gone}),
        copies=tuple(path.name for path in aside),
        copies_removed=copies,
        log_emptied=not busy,
    )


def _copies(path: Path) -> Iterator[Path]:
    """Damaged files that were set aside beside the ledger, with their logs."""
    start = f"{path.name}.damaged-"
    return (entry for entry in path.parent.iterdir() if entry.name.startswith(start))
