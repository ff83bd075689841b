"""Is this database a whole, untouched ledger? SQLite's own check, then every chain, hash by hash. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from ironlaw.ledger.events import Break, Record, Tip, verify_records
from ironlaw.ledger.kinds import is_uuid7
from ironlaw.ledger.schema import APPLICATION_ID, COLUMNS, surroundings, version

TABLES = {"events", "writers", "notices", "migrations"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found. `fault` is a defect of the file, `breaks` are the first break of each broken chain.

    `foreign`: it is whole, but another program's database.
    """

    events: int = 0
    tips: dict[str, Tip] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    fault: str | None = None
    version: int = 0
    foreign: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything verifies."""
        return self.fault is None and not self.breaks

    @property
    def reason(self) -> str | None:
        """The first thing that is wrong, in words."""
        return self.fault or (self.breaks[0].reason if self.breaks else None)


def audit(connection: sqlite3.Connection) -> Audit:
    """Check the file that this connection reads.

    Raises sqlite3.Error when the surroundings fail (disk, permission, lock); a defect of the file itself is an answer,
    not an exception.
    """
    try:
        return _audit(connection)
    except sqlite3.Error as error:
        if surroundings(error):
            raise
        return Audit(fault=f"SQLite reports: {error}")
    except UnicodeDecodeError as error:  # in a text of the schema, or in SQLite's own message about it
        return Audit(fault=f"a text in the file is not UTF-8: {error.reason}")


def _audit(connection: sqlite3.Connection) -> Audit:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        if tables and not tables & TABLES:
            return Audit(foreign=True, fault="it is a database of another program")
        return Audit(fault="the mark of a ledger in the file's header is gone")
    found = version(connection)
    (recorded,) = connection.execute("SELECT max(number) FROM migrations").fetchone()
    if found != recorded:
        return Audit(fault=f"the header says version {found}, the table of migrations says {recorded}")
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        return Audit(fault=f"SQLite's check reports: {said}", version=found)
    records = list(read_records(connection))
    tips, breaks = verify_records(records)
    fault = None if breaks else _writers_fault(connection, tips)
    return Audit(events=len(records), tips=tips, breaks=tuple(breaks.values()), fault=fault, version=found)


def read_records(connection: sqlite3.Connection) -> Iterator[Record]:
    """All rows, chain after chain."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM events ORDER BY device, seq")  # noqa: S608 - our own column names
    return map(Record._make, rows)


def _writers_fault(connection: sqlite3.Connection, tips: dict[str, Tip]) -> str | None:
    """Whether each learner still appends to an own chain."""
    for learner, device in connection.execute("SELECT learner, device FROM writers"):
        if not is_uuid7(device):
            return f"the device of learner {learner!r} is not a device id"
        if device in tips and tips[device].learner != learner:
            return f"the device of learner {learner!r} holds the chain of another learner"
    return None
