"""Opening a ledger file: make it, bring it up to date, or mend it. Nothing is silently blanked.

A damaged file is moved aside, byte for byte, as `NAME.damaged-TIME` (its log as `NAME.damaged-TIME-wal`). What its raw
pages still hold is kept as far as each device's chain verifies. The mended file is complete on the disk, under the name
`.NAME.mended-TIME`, before anything is moved; a crash on the way is carried on with at the next opening. The new file
appends under new device ids, so what another copy holds of the lost ends can still be imported.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ironlaw.ledger import carve
from ironlaw.ledger.audit import Audit, audit
from ironlaw.ledger.errors import DamagedError, NotALedgerError, UnavailableError
from ironlaw.ledger.events import GENESIS, Record, Tip, find_break, record_hash, utc_now
from ironlaw.ledger.lock import FileLock
from ironlaw.ledger.schema import (
    APPLICATION_ID,
    PAGE_SIZE,
    connect,
    migrate,
    migrations,
    refuse_newer,
    transaction,
    translated,
)

COMPANIONS = ("", "-wal", "-shm", "-journal")  # the database and what SQLite lays beside it
MAGIC = b"SQLite format 3\0"
SUFFIXES = {".sqlite", ".sqlite3", ".db"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of a file: missing, sound, outdated or damaged; `reason` says what the damage is."""

    state: str
    reason: str = ""
    audit: Audit | None = None


def open_file(path: Path) -> FileLock:
    """Leave a sound, up-to-date ledger at `path` and give the lock that keeps others from moving it.

    Raises UnavailableError (disk, permission, lock), NewerLedgerError, NotALedgerError, DamagedError (another process has the
    damaged file open).
    """
    with translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(_beside(path, ".lock"))
        try:
            if lock.acquire():
                _settle(path)
                lock.share()
            else:
                _join(path)
        except BaseException:
            lock.release()
            raise
    return lock


def _settle(path: Path) -> None:
    """Nobody else has the file: make it, migrate it, mend it, whatever it needs."""
    _finish(path)
    finding = examine(path, alone=True)
    if finding.state == "missing":
        _remove(path)  # a log without frames and without its database holds nothing; beside a new one it would harm
        build(path, [], None).replace(path)
        sync_directory(path)
    elif finding.state == "damaged":
        mend(path, finding.reason)
    elif finding.state == "outdated":
        with closing(connect(path)) as connection:
            migrate(connection)


def _join(path: Path) -> None:
    """Another process has the file open: it must be sound as it is."""
    finding = examine(path, alone=False)
    if finding.state == "damaged":
        message = f"the ledger {path} is damaged ({finding.reason}) and another process has it open: stop that one, then start again"
        raise DamagedError(message, field="path", value=str(path))
    if finding.state != "sound":
        raise UnavailableError(
            f"the ledger {path} is {finding.state} while another process has it open: stop that one first"
        )


# --- looking ----------------------------------------------------------------------------------------------------------


def present(path: Path) -> bool:
    """Whether there is a ledger at `path`, or what is left of one."""
    return path.exists() or _beside(path, "-wal").exists() or bool(_mended(path))


def inspect(path: Path) -> Finding:
    """`examine` under the lock, for a file that this process has not opened. Makes nothing, mends nothing."""
    path = path.expanduser().resolve()
    with translated(path):
        if not present(path):
            return Finding("missing")
        lock = FileLock(_beside(path, ".lock"))
        try:
            alone = lock.acquire()
            if alone:
                _finish(path)
            return examine(path, alone=alone)
        finally:
            lock.release()


def examine(path: Path, *, alone: bool) -> Finding:
    """What state the file is in; changes neither the database nor its log. `alone`: nobody writes to it meanwhile.

    Raises NewerLedgerError and NotALedgerError: such files are left as they are.
    """
    log = _beside(path, "-wal")
    wal = log.read_bytes() if alone and log.exists() else b""
    if not path.exists():
        if len(wal) > carve.WAL_HEADER:
            return Finding("damaged", "the file is gone, its write-ahead log is still there")
        return Finding("missing")
    if path.stat().st_size == 0:
        return Finding("damaged", "the file is empty")
    frames = carve.read_wal(wal)
    fault = frames.fault or _format_fault(path)
    found = None if fault else _audited(path)
    reason = fault or (found and found.reason)
    if found and not reason and frames.doubtful and len(salvage(path)[1]) > found.events:
        reason = "the last transaction in the write-ahead log is damaged"
    if reason:
        return _damaged(path, reason, found)
    return Finding("outdated" if found and found.version < len(migrations()) else "sound", audit=found)


def _audited(path: Path) -> Audit:
    with closing(connect(path, readonly=True)) as connection:
        found = audit(connection)
    if found.foreign:
        raise NotALedgerError(f"{path} is a database of another program", field="path", value=str(path))
    refuse_newer(found.version, len(migrations()), path)
    return found


def _format_fault(path: Path) -> str | None:
    """The two bytes of the header that SQLite does not check when it only reads: they would refuse every write."""
    with path.open("rb") as file:
        head = file.read(20)
    known = head[18:] in (b"\1\1", b"\2\2")
    return None if known or not head.startswith(MAGIC) else "the header names an unknown file format"


def _damaged(path: Path, reason: str, found: Audit | None = None) -> Finding:
    """A damaged ledger; but a file that never was one is left in peace, whoever named it."""
    if not _is_ledger(path):
        raise NotALedgerError(f"{path} is not a ledger ({reason}); it was not touched", field="path", value=str(path))
    return Finding("damaged", reason, found)


def _is_ledger(path: Path) -> bool:
    """By the mark in its header; by its name, when there is no header; by what it holds, when only the mark is gone."""
    with path.open("rb") as file:
        head = file.read(72)
    if int.from_bytes(head[68:], "big") == APPLICATION_ID:
        return True
    has_header = head.startswith(MAGIC) and len(head) == 72
    return salvage(path)[0] > 0 if has_header else path.suffix in SUFFIXES


# --- mending ----------------------------------------------------------------------------------------------------------


def mend(path: Path, reason: str) -> None:
    """Put a new file in the place of the damaged one, with every event whose chain still reaches it, and a notice."""
    readable, kept = salvage(path)
    stamp = utc_now()[:19].replace("-", "").replace(":", "") + "Z"
    while any(_beside(path, f".damaged-{stamp}{companion}").exists() for companion in COMPANIONS):
        stamp += "x"
    aside = _beside(path, f".damaged-{stamp}").name
    more = readable - len(kept)
    beyond = f" {more} more could be read, but no unbroken chain reaches them." if more else ""
    text = f"The ledger file was damaged: {reason}. It was set aside as {aside}. {len(kept)} events were recovered.{beyond}"
    build(path, kept, (text, aside)).replace(path.with_name(f".{path.name}.mended-{stamp}"))
    sync_directory(path)
    _finish(path)


def _finish(path: Path) -> None:
    """Carry out the moves of a recovery whose new file is complete."""
    for stamp, mended in _mended(path):
        aside = _beside(path, f".damaged-{stamp}")
        for companion in COMPANIONS:
            part = _beside(path, companion)
            if part.exists():
                part.replace(_beside(aside, companion))
        sync_directory(path)
        mended.replace(path)
        sync_directory(path)


def _mended(path: Path) -> list[tuple[str, Path]]:
    """Complete new files that have not come to their place yet, by their time."""
    name = re.compile(rf"\.{re.escape(path.name)}\.mended-([0-9]{{8}}T[0-9]{{6}}Zx*)")
    entries = path.parent.iterdir() if path.parent.is_dir() else ()
    return sorted((match[1], entry) for entry in entries if (match := name.fullmatch(entry.name)))


def salvage(path: Path) -> tuple[int, list[Record]]:
    """How many genuine events the pages hold, and those of them that a chain from its first event reaches."""
    main, wal = (part.read_bytes() if part.exists() else b"" for part in (path, _beside(path, "-wal")))
    genuine = {found.hash: found for found in map(_genuine, carve.rows(main, carve.read_wal(wal))) if found}
    followers: dict[tuple[str, str], Record] = {}
    for record in genuine.values():
        followers.setdefault((record.device, record.prev), record)
    kept: list[Record] = []
    for device in sorted({record.device for record in genuine.values()}):
        kept += _chain(device, followers)
    return len(genuine), kept


def _genuine(row: carve.Row) -> Record | None:
    """The event that a row holds, or None: another table's row, or one whose hash does not fit."""
    if len(row) != len(Record._fields):
        return None
    record = Record._make(row)
    texts = record[:3] + record[4:5] + record[6:10] + record[11:]
    if not all(isinstance(text, str) for text in texts) or not isinstance(record.client_time, str | None):
        return None
    return record if record_hash(record) == record.hash else None


def _chain(device: str, followers: dict[tuple[str, str], Record]) -> Iterator[Record]:
    """The events of a device from its first one on, as far as each follows the one before."""
    tip: Tip | None = None
    while record := followers.get((device, tip.hash if tip else GENESIS)):
        if find_break(tip, record):
            return
        yield record
        tip = Tip.of(record)


# --- files ------------------------------------------------------------------------------------------------------------


def build(path: Path, records: list[Record], notice: tuple[str, str] | None) -> Path:
    """Write a complete ledger file as `NAME.building`, synced to the disk, and give its path."""
    building = _beside(path, ".building")
    _remove(building)
    try:
        os.close(os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(building)) as empty:
            empty.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            empty.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        with closing(connect(building)) as connection:
            _fill(connection, records, notice)
        with building.open("rb") as file:
            os.fsync(file.fileno())
    except BaseException:
        _remove(building)
        raise
    return building


def _fill(connection: sqlite3.Connection, records: list[Record], notice: tuple[str, str] | None) -> None:
    migrate(connection)
    with transaction(connection):
        insert(connection, records)
        if notice:
            row = ("warning", notice[0], utc_now(), notice[1])
            connection.execute("INSERT INTO notices (level, text, at, aside) VALUES (?, ?, ?, ?)", row)


def insert(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Store rows as they are."""
    marks = ", ".join("?" * len(Record._fields))
    connection.executemany(f"INSERT INTO events VALUES ({marks})", records)  # noqa: S608 - question marks only


def sync_directory(path: Path) -> None:
    """Make a rename in the directory of `path` durable."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows has no such thing
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _remove(path: Path) -> None:
    for companion in COMPANIONS:
        _beside(path, companion).unlink(missing_ok=True)
