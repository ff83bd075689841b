"""The database file: how it is opened, and how its tables came to be (numbered SQL in migrations/)."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ironlaw.ledger.errors import LedgerError, NewerLedgerError, UnavailableError
from ironlaw.ledger.events import Record, utc_now

APPLICATION_ID = 0x49524C57  # "IRLW", in the header of the file
PAGE_SIZE = 4096
BUSY_TIMEOUT_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"
COLUMNS = ", ".join(Record._fields)

_CONNECTION = f"""
PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
PRAGMA foreign_keys = ON;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
"""
_JOURNAL = "TRUNCATE" if sys.platform == "emscripten" else "WAL"  # WAL needs shared memory, a browser has none
_WRITER = f"""
PRAGMA journal_mode = {_JOURNAL};
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA secure_delete = ON;
"""


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open an existing file in autocommit mode. A writer is durable: every commit is synced to the disk.

    Raises sqlite3.Error; wrap in `translated`.
    """
    mode = "ro" if readonly else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        connection.executescript(_CONNECTION if readonly else _CONNECTION + _WRITER)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


# --- errors -----------------------------------------------------------------------------------------------------------

# Primary result codes that speak of the surroundings, not of the file's content, and what to tell a person.
_SURROUNDINGS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "access is not allowed",
    sqlite3.SQLITE_AUTH: "access is not allowed",
    sqlite3.SQLITE_BUSY: "another process keeps it locked",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_INTERRUPT: "the operation was interrupted",
}


def surroundings(error: sqlite3.Error) -> str | None:
    """Why the surroundings of the file are to blame (disk, permission, lock), or None when the file itself is."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return None if code == sqlite3.SQLITE_IOERR_SHORT_READ else _SURROUNDINGS.get(code & 0xFF)


def unavailable(path: Path, error: sqlite3.Error) -> UnavailableError:
    """The error to show for a failed read or write."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    damaged = code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    reason = surroundings(error) or (
        "it is damaged; start again to recover it" if damaged else "SQLite reports an error"
    )
    return UnavailableError(
        f"the ledger {path} cannot be used: {reason} ({error}). Nothing was changed.", field="path", value=str(path)
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise UnavailableError in place of SQLite's and the system's own errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnavailableError(f"the ledger {path} cannot be used: {error}", field="path", value=str(path)) from error


# --- migrations -------------------------------------------------------------------------------------------------------


def migrations(directory: Path = MIGRATIONS) -> list[tuple[int, Path]]:
    """The numbered SQL files in order. Raises LedgerError when the numbers are not 1, 2, 3, …"""
    found = sorted((int(path.name[:4]), path) for path in directory.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise LedgerError(f"migrations must be numbered 0001, 0002, …: found {[path.name for _, path in found]}")
    return found


def version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that the file has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(found: int, latest: int, path: object = "file") -> None:
    """Raise NewerLedgerError when the file has seen a migration that this program does not know."""
    if found > latest:
        message = f"the ledger {path} has version {found}, this program knows up to {latest}: update the program"
        raise NewerLedgerError(message, field="version", value=found, allowed=f"up to {latest}")


def migrate(connection: sqlite3.Connection, directory: Path = MIGRATIONS) -> None:
    """Apply the migrations that the file has not seen, each in its own transaction, and record them."""
    steps = migrations(directory)
    done = version(connection)
    refuse_newer(done, len(steps))
    for number, step in steps[done:]:
        with transaction(connection):
            for statement in _statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL) STRICT"
            )
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, step.name, utc_now()))
            connection.execute(f"PRAGMA user_version = {number:d}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, comments left out; a trigger with its inner semicolons is one."""
    kept = ""
    for part in re.sub(r"^--.*$", "", script, flags=re.MULTILINE).split(";"):
        kept += part + ";"
        if sqlite3.complete_statement(kept):
            if kept.strip(" \n;"):
                yield kept
            kept = ""
    if kept.strip(" \n;"):
        raise LedgerError(f"a migration ends in an incomplete statement: {kept.strip()[:60]!r}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; any exception rolls back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
