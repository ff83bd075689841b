"""The store: one SQLite file, one writer thread, group commit.

Works that wait are taken together (up to `BATCH`), each run in its own savepoint of one transaction; they are
acknowledged after the one commit that makes all of them durable. Several processes may have the file open: device and seq
come from the database inside the write transaction, never from memory.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ironlaw.ledger.errors import Conflict, UnavailableError
from ironlaw.ledger.events import GENESIS, Clock, Draft, Event, Record, Tip, record_hash, utc_now, uuid7
from ironlaw.ledger.kinds import canonical
from ironlaw.ledger.reading import Known, select
from ironlaw.ledger.recover import insert, open_file
from ironlaw.ledger.schema import COLUMNS, connect, transaction, translated, unavailable
from ironlaw.ledger.store import Notice

T = TypeVar("T")
BATCH = 64  # works in one commit
_BY_ID = f"SELECT {COLUMNS} FROM events WHERE id = ? ORDER BY server_time, device LIMIT 1"  # noqa: S608 - our own column names
_COMMITTED = (
    "SELECT 1 FROM events WHERE learner = ? AND lab = ? AND kind = 'predicted' AND json_extract(payload, '$.act') = ?"
    " AND coalesce(json_extract(payload, '$.question'), 'prediction') = ? LIMIT 1"
)
_NEWEST = f"SELECT {COLUMNS} FROM events WHERE learner = ? AND kind = ? ORDER BY server_time DESC, device DESC, seq DESC LIMIT 1"  # noqa: S608 - our own column names
_HEAD = "SELECT count(*), max(server_time) FROM events WHERE learner = ? AND lab <> ?"


class SqliteTx:
    """The writer's view inside a transaction; see `store.Tx`."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, known: Known) -> None:
        self._connection = connection
        self._clock = clock
        self._known = known

    def find(self, event_id: str) -> Event | None:
        """The stored event with this id."""
        row = self._connection.execute(_BY_ID, (event_id,)).fetchone()
        return Event.of(Record._make(row)) if row else None

    def events(self, learner: str, lab: str | None = None) -> list[Event]:
        """A learner's events in order, those of this transaction included."""
        if lab is None:
            return select(self._connection, learner, lab)
        return self._known.events(self._connection, learner, lab)

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Store all drafts or none; see `store.Tx.append`."""
        with savepoint(self._connection, "append"):
            return [self._append(draft) for draft in drafts]

    def tip(self, device: str) -> Tip | None:
        """The last event of a device's chain."""
        query = "SELECT seq, hash, learner, server_time FROM events WHERE device = ? ORDER BY seq DESC LIMIT 1"
        row = self._connection.execute(query, (device,)).fetchone()
        return Tip(*row) if row else None

    def at(self, device: str, seq: int) -> Record | None:
        """The row at this place of a device's chain."""
        query = f"SELECT {COLUMNS} FROM events WHERE device = ? AND seq = ?"  # noqa: S608 - our own column names
        row = self._connection.execute(query, (device, seq)).fetchone()
        return Record._make(row) if row else None

    def holds(self, event_id: str, device: str) -> bool:
        """Whether a device's chain has an event with this id."""
        query = "SELECT 1 FROM events WHERE id = ? AND device = ?"
        return self._connection.execute(query, (event_id, device)).fetchone() is not None

    def dismiss(self, notice_id: int) -> None:
        """Forget a notice."""
        self._connection.execute("DELETE FROM notices WHERE id = ?", (notice_id,))

    def notify(self, level: str, text: str, at: str) -> None:
        """Keep a notice for the learner about where the events are stored."""
        self._connection.execute("INSERT INTO notices (level, text, at) VALUES (?, ?, ?)", (level, text, at))

    def insert(self, records: Iterable[Record]) -> None:
        """Store rows whose place in their chain the caller has verified."""
        insert(self._connection, records)

    def take_back(self, records: Iterable[Record]) -> None:
        """Remove rows that another storage could not keep: nobody was told that they are saved."""
        places = [(record.device, record.seq) for record in records]
        self._connection.executemany("DELETE FROM events WHERE device = ? AND seq = ?", places)
        self._known.clear()

    def write_as(self, learner: str, device: str) -> None:
        """Append a learner's events under this device from now on."""
        row = "INSERT INTO writers VALUES (?, ?) ON CONFLICT (learner) DO UPDATE SET device = excluded.device"
        self._connection.execute(row, (learner, device))

    def _append(self, draft: Draft) -> Event:
        payload = draft.checked()
        stored = self.find(draft.id)
        if stored:
            return _same_or_conflict(stored, draft)
        device = self._device(draft.learner)
        tip = self.tip(device)
        now = self._clock()
        record = Record(
            id=draft.id,
            learner=draft.learner,
            device=device,
            seq=tip.seq + 1 if tip else 1,
            lab=draft.lab,
            lab_version=draft.lab_version,
            engine_version=draft.engine_version,
            registry=draft.registry,
            kind=draft.kind,
            payload=payload,
            client_time=draft.client_time,
            server_time=max(now, tip.server_time) if tip else now,  # a clock that was set back must not reorder a chain
            prev=tip.hash if tip else GENESIS,
            hash="",
        )
        record = record._replace(hash=record_hash(record))
        self.insert([record])
        return Event.of(record)

    def _device(self, learner: str) -> str:
        """The device under which this file appends for a learner, made at the first append."""
        row = self._connection.execute("SELECT device FROM writers WHERE learner = ?", (learner,)).fetchone()
        if row:
            return str(row[0])
        device = uuid7()
        self._connection.execute("INSERT INTO writers (learner, device) VALUES (?, ?)", (learner, device))
        return device


def _same_or_conflict(stored: Event, draft: Draft) -> Event:
    """The stored event, when the draft is a replay of it: the same learner, lab, kind and client part."""
    for name, was, now in (
        ("learner", stored.learner, draft.learner),
        ("lab", stored.lab, draft.lab),
        ("kind", stored.kind, draft.kind),
        ("payload", _client_part(stored.payload), _client_part(draft.payload)),
    ):
        if was != now:
            message = f"an event with the id {draft.id} is stored already, with another {name}"
            raise Conflict(message, field=name, value=getattr(draft, name), allowed="the same content, or a new id")
    return stored


def _client_part(payload: Any) -> str:
    return canonical({name: value for name, value in payload.items() if name != "engine"})


@contextmanager
def savepoint(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """Roll back to here when the block raises. SQLite itself drops the whole transaction on some errors, as a full disk."""
    connection.execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute(f"ROLLBACK TO {name}")
            connection.execute(f"RELEASE {name}")
        raise
    connection.execute(f"RELEASE {name}")


class _Job:
    """A work and the future that its caller waits for."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, connection: sqlite3.Connection, tx: SqliteTx) -> None:
        """Run the work; what it raises belongs to its caller and rolls back only this work."""
        try:
            with savepoint(connection, "work"):
                self.result = self.work(tx)
        except BaseException as error:
            if not connection.in_transaction:
                raise  # the transaction is gone, and with it the works before this one
            self.error = error

    def resolve(self, path: Path, failure: BaseException | None) -> None:
        """Tell the caller: the failure of the whole commit, the work's own error, or its result."""
        error = failure or self.error
        if isinstance(error, sqlite3.Error):
            self.future.set_exception(_caused(unavailable(path, error), error))
        elif error:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


class SqliteStore:
    """Events in one SQLite file; implements `store.Store`, and is a context manager that closes itself.

    Opening makes the file (private to the user), brings its tables up to date, verifies it and mends it: see `recover`.
    `clock` gives the server time. Without threads (a browser) works run in the caller.
    """

    def __init__(
        self, path: Path | str, *, clock: Clock = utc_now, threaded: bool = sys.platform != "emscripten"
    ) -> None:
        self.path = Path(path).expanduser().resolve()
        self._clock = clock
        self._state = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._closed = False
        self._readers: list[sqlite3.Connection] = []
        self._known = Known()
        self._lock = open_file(self.path)
        try:
            with translated(self.path):
                self._connection = connect(self.path)
                self._inode = self.path.stat().st_ino
        except BaseException:
            self._lock.release()
            raise
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True) if threaded else None
        if self._thread:
            self._thread.start()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, work: Callable[[SqliteTx], T]) -> T:
        """Run `work` in a transaction and return its result after the commit is durable; see `store.Store`."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a work must not call write(): use its own transaction")
        return self.submit(work).result()

    def submit(self, work: Callable[[SqliteTx], T]) -> Future[T]:
        """Queue `work` for the next group commit. Raises UnavailableError after close()."""
        job = _Job(work)
        with self._state:
            self._refuse_when_closed()
            self._waiting.append(job)
            if self._thread:
                self._state.notify()
            else:
                self._commit(self._take())
        return job.future

    def _take(self) -> list[_Job]:
        """Up to BATCH waiting jobs that nobody has cancelled."""
        jobs = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        return [job for job in jobs if job.future.set_running_or_notify_cancel()]

    def _run(self) -> None:
        """The writer thread: commit what waits until the store is closed and the queue is empty."""
        while True:
            with self._state:
                self._state.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                jobs = self._take()
            self._commit(jobs)

    def _commit(self, jobs: list[_Job]) -> None:
        """Run the jobs in one durable transaction, then resolve them all: a failed commit fails all of them."""
        failure: BaseException | None = None
        try:
            self._refuse_when_moved()
            with transaction(self._connection):
                tx = SqliteTx(self._connection, self._clock, self._known)
                for job in jobs:
                    job.run(self._connection, tx)
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait; the thread must live on
            failure = error
        for job in jobs:
            job.resolve(self.path, failure)

    def _refuse_when_moved(self) -> None:
        """What is written to a file that was deleted or replaced would be acknowledged and lost."""
        try:
            same = self.path.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise UnavailableError(
                f"the ledger {self.path} was moved, deleted or replaced while it was open: start again"
            )

    # --- reading ------------------------------------------------------------------------------------------------------

    def events(self, learner: str, lab: str | None = None) -> list[Event]:
        """A learner's committed events by (server time, device, seq)."""
        return self.read(partial(select, learner=learner, lab=lab))

    def committed(self, learner: str, lab: str, act: str, question: str = "prediction") -> bool:
        """Whether a prediction of this act is stored: one look into an index."""
        asked = (learner, lab, act, question)
        return self.read(lambda connection: connection.execute(_COMMITTED, asked).fetchone() is not None)

    def newest(self, learner: str, kind: str) -> Event | None:
        """The learner's last event of this kind, in any lab: one look into an index."""
        row = self.read(lambda connection: connection.execute(_NEWEST, (learner, kind)).fetchone())
        return Event.of(Record._make(row)) if row else None

    def head(self, learner: str, without: str = "") -> tuple[int, str | None]:
        """How many events a learner has outside a lab, and the last server time: what changes when anything is added."""
        count, last = self.read(lambda connection: connection.execute(_HEAD, (learner, without)).fetchone())
        return int(count), last

    def learners(self) -> list[str]:
        """All learners who have events here, by name."""
        query = "SELECT DISTINCT learner FROM events ORDER BY learner"
        return self.read(lambda connection: [learner for (learner,) in connection.execute(query)])

    def notices(self) -> list[Notice]:
        """What happened to the file and has not been dismissed, oldest first."""
        rows = self.read(lambda c: c.execute("SELECT id, level, text, at, aside FROM notices ORDER BY id").fetchall())
        return [
            Notice(id=number, level=level, text=text, at=at, aside=aside) for number, level, text, at, aside in rows
        ]

    def dismiss(self, notice_id: int) -> None:
        """Forget a notice that was read. The file that it names stays."""
        self.write(lambda tx: tx.dismiss(notice_id))

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` on a reading connection of its own; SQLite's errors become UnavailableError."""
        with translated(self.path):
            with self._state:
                self._refuse_when_closed()
                connection = self._readers.pop() if self._readers else None
            connection = connection or connect(self.path, readonly=True)
            try:
                return query(connection)
            finally:
                self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._state:
            if not self._closed:
                self._readers.append(connection)
                return
        connection.close()

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Finish what was submitted and let go of the file. A second call does nothing."""
        with self._state:
            if self._closed:
                return
            self._closed = True
            self._state.notify_all()
        if self._thread:
            self._thread.join()
        with translated(self.path):
            for connection in [*self._readers, self._connection]:
                connection.close()
        self._lock.release()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise UnavailableError(f"the ledger {self.path} is closed")
