"""The SQLite store among others: threads, processes, the file's privacy and durability, and its end."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ironlaw.ledger import (
    Event,
    InvalidEventError,
    SqliteStore,
    UnavailableError,
    uuid7,
    verify,
)
from ironlaw.ledger.sqlite import SqliteTx

from .make import SRC, add, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as opened:
        yield opened


# --- many at once -----------------------------------------------------------------------------------------------------


def test_threads_append_and_read_at_once(store: SqliteStore) -> None:
    shared = [draft("moved", extra={"settings": {"n": n}}) for n in range(40)]

    def walk(number: int) -> list[Event]:
        made = [add(store, draft(learner=f"learner {number % 3}"))[0] for _ in range(15)]
        made += [add(store, each)[0] for each in shared]
        assert len(store.events(f"learner {number % 3}")) >= 15
        return made

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(walk, range(8)))
    assert len({e.id for events in made for e in events}) == 8 * 15 + len(shared)
    assert verify(store).events == 8 * 15 + len(shared)
    assert verify(store).ok


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from ironlaw.ledger import Draft, SqliteStore
path, count, shared = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
common = dict(learner="local", lab="v2_02", lab_version=1, engine_version="1", registry="r", kind="moved")
sys.stdin.readline()
with SqliteStore(path) as store:
    for n in range(count):
        own = Draft(**common, payload={"act": "act1", "settings": {"n": n}})
        drafts = [own] + [Draft(**common, id=i, payload={"act": "act1", "settings": {}}) for i in shared[n : n + 1]]
        for event in store.write(lambda tx: tx.append(drafts)):
            print(event.id, event.seq)
"""


def test_processes_append_to_one_file_at_once(path: Path) -> None:
    shared = [uuid7() for _ in range(20)]
    command = [sys.executable, "-c", CHILD, str(SRC), str(path), "60", *shared]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said: set[tuple[str, ...]] = set()
    for child in children:
        out, _ = child.communicate(timeout=60)
        assert child.returncode == 0
        said.update(tuple(line.split()) for line in out.splitlines())
    with SqliteStore(path) as store:
        events = store.events("local")
        assert verify(store).ok
    assert {(e.id, str(e.seq)) for e in events} == said
    assert [e.seq for e in events] == list(range(1, 3 * 60 + 20 + 1))


def test_two_stores_of_one_process_share_a_file(path: Path) -> None:
    with SqliteStore(path) as one, SqliteStore(path) as two:
        for n in range(10):
            add(one if n % 2 else two, draft())
        assert one.events("local") == two.events("local")
        assert verify(one).ok


# --- the file and the end ---------------------------------------------------------------------------------------------


def test_file_and_directory_are_private(path: Path, store: SqliteStore) -> None:
    add(store, draft())
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = list(path.parent.iterdir())
    assert {p.name for p in files} >= {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite.lock"}
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}


def test_every_commit_is_synced_to_the_disk(store: SqliteStore) -> None:
    def pragma(name: str) -> Any:
        return store.write(lambda tx: tx._connection.execute(f"PRAGMA {name}").fetchone()[0])

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("foreign_keys") == 1


def test_tables_are_strict(store: SqliteStore) -> None:
    tables = store.read(
        lambda c: c.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    )
    assert {name for name, strict in tables if not strict} <= {"sqlite_schema"}


def test_close_finishes_what_was_submitted(path: Path) -> None:
    store = SqliteStore(path)
    futures = [store.submit(lambda tx: tx.append([draft()])) for _ in range(100)]
    store.close()
    assert all(future.done() and len(future.result()) == 1 for future in futures)
    store.close()
    for use in (lambda: add(store, draft()), lambda: store.events("local"), store.notices):
        with pytest.raises(UnavailableError, match="closed"):
            use()
    assert not path.with_name("ledger.sqlite-wal").exists()


def test_without_threads_it_works_in_the_caller(path: Path) -> None:
    with SqliteStore(path, threaded=False) as store:
        before = threading.active_count()
        events = add(store, draft(), draft())
        with pytest.raises(InvalidEventError):
            add(store, draft(lab="4"))
        assert store.events("local") == events
        assert threading.active_count() == before


def test_a_work_cannot_wait_for_another(store: SqliteStore) -> None:
    def work(_tx: SqliteTx) -> None:
        store.write(lambda tx: tx.append([draft()]))

    with pytest.raises(RuntimeError, match="must not call write"):
        store.write(work)


@pytest.mark.parametrize("what", ["moved", "deleted", "replaced"])
def test_nothing_is_acknowledged_into_a_file_that_is_gone(path: Path, store: SqliteStore, what: str) -> None:
    add(store, draft())
    if what == "deleted":
        path.unlink()
    else:
        path.rename(path.with_name("elsewhere"))
    if what == "replaced":
        path.write_bytes(b"")
    with pytest.raises(UnavailableError, match="moved, deleted or replaced"):
        add(store, draft())


def test_the_import_is_light_and_knows_no_physics() -> None:
    code = "import sys; import ironlaw.ledger; print(*sorted({m.split('.')[0] for m in sys.modules}), *sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    third_party = {name for name in said if "." not in name} - set(sys.stdlib_module_names) - {"ironlaw", "__main__"}
    assert {name for name in third_party if not name.startswith(("_", "sitecustomize", "usercustomize"))} == set()
    ours = {name.split(".")[1] for name in said if name.startswith("ironlaw.")}
    assert ours == {"ledger"}
