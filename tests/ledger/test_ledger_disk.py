"""Full disks, read-only places and forbidden files: a clear error, and the ledger stays as it was."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironlaw.ledger import Event, SqliteStore, UnavailableError, verify

from .make import SRC, add, draft

NOBODY = 65534

# A child that gives up its privileges after the import (root may write anywhere), then does what the test asks.
UNPRIVILEGED = f"""
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from ironlaw.ledger import Draft, SqliteStore, UnavailableError
if os.getuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
draft = Draft(learner="local", lab="v2_02", lab_version=1, engine_version="1", registry="r", kind="opened", payload={{}})
try:
    with SqliteStore(Path(sys.argv[2])) as store:
        print("opened", len(store.events("local")))
        store.write(lambda tx: tx.append([draft]))
        print("written")
except UnavailableError as error:
    print("unavailable:", error)
"""


def unprivileged(path: Path) -> list[str]:
    command = [sys.executable, "-c", UNPRIVILEGED, str(SRC), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that an unprivileged child can reach."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    for entry in [made, *made.rglob("*")]:
        entry.chmod(0o755)
    shutil.rmtree(made)


def contents(place: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in place.iterdir() if not entry.name.endswith((".lock", "-shm"))}


def test_a_directory_that_cannot_be_written(place: Path) -> None:
    place.chmod(0o555)
    (said,) = unprivileged(place / "ledger.sqlite")
    assert said.startswith("unavailable:")
    assert str(place) in said
    assert "ermission" in said
    assert contents(place) == {}
    (said,) = unprivileged(place / "deeper" / "ledger.sqlite")
    assert said.startswith("unavailable:")


def test_a_ledger_in_a_directory_that_cannot_be_written(place: Path) -> None:
    path = place / "ledger.sqlite"
    with SqliteStore(path) as store:
        add(store, draft())
    before = contents(place)
    for entry in place.iterdir():
        entry.chmod(0o444)
    place.chmod(0o555)
    (said,) = unprivileged(path)
    assert said.startswith("unavailable:")
    assert contents(place) == before


@pytest.mark.parametrize(("mode", "expected"), [(0o000, ["unavailable:"]), (0o444, ["opened 1", "unavailable:"])])
def test_a_file_that_may_not_be_read_or_written_is_not_damaged(place: Path, mode: int, expected: list[str]) -> None:
    path = place / "ledger.sqlite"
    with SqliteStore(path) as store:
        add(store, draft())
    before = contents(place)
    for entry in place.iterdir():
        entry.chmod(0o666)
    place.chmod(0o777)
    path.chmod(mode)
    said = unprivileged(path)
    assert [line.split(": ")[0] + (":" if ": " in line else "") for line in said] == expected
    path.chmod(0o600)
    assert {name: data for name, data in contents(place).items() if data} == before
    with SqliteStore(path) as store:
        assert store.notices() == []
        assert len(store.events("local")) == 1


def test_a_directory_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.mkdir()
    with pytest.raises(UnavailableError, match=r"ledger\.sqlite"):
        SqliteStore(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnavailableError):
        SqliteStore(tmp_path / "file" / "ledger.sqlite")


# A child whose files may not grow beyond a limit: the system refuses the write, as a full disk does.
LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from ironlaw.ledger import Draft, SqliteStore, UnavailableError, verify
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)

def draft(n):
    payload = {"act": "act1", "settings": {"n": n, "text": "x" * 2000}}
    return Draft(learner="local", lab="v2_02", lab_version=1, engine_version="1", registry="r", kind="moved", payload=payload)

def append(store, n):
    for event in store.write(lambda tx: tx.append([draft(n)])):
        print(event.id)

with SqliteStore(sys.argv[2]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), most))
    failures = 0
    for n in range(100):
        try:
            append(store, n)
        except UnavailableError as error:
            failures += 1
            print(error, file=sys.stderr)
    assert failures > 10, failures
    assert verify(store).ok
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    append(store, 100)
    assert verify(store).ok
"""


def test_a_full_disk_loses_nothing_and_is_overcome(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with SqliteStore(path) as store:
        before = add(store, draft(), draft())
    command = [sys.executable, "-c", LIMITED, str(SRC), str(path), "200000"]
    child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert child.returncode == 0, child.stderr
    assert "the disk reports an error" in child.stderr
    assert str(path) in child.stderr
    with SqliteStore(path) as store:
        assert [e.id for e in store.events("local")] == [e.id for e in before] + child.stdout.split()
        assert store.notices() == []
        assert verify(store).ok


def test_a_database_that_may_not_grow_says_that_the_disk_is_full(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages + 8}")
        kept: list[Event] = []

        def fill_up() -> None:
            for _ in range(200):
                kept.extend(add(store, draft("reflected", extra={"text": "x" * 3000})))

        with pytest.raises(UnavailableError, match="the disk is full"):
            fill_up()
        assert kept
        futures = [
            store.submit(lambda tx: tx.append([draft("reflected", extra={"text": "x" * 9000})])) for _ in range(20)
        ]
        for future in futures:
            with pytest.raises(UnavailableError, match="the disk is full"):
                future.result()
        assert store.events("local") == kept
        assert verify(store).ok
        store._connection.execute("PRAGMA max_page_count = 100000")
        kept += add(store, draft())
        assert store.events("local") == kept


def test_a_recovery_on_a_full_disk_leaves_the_damaged_file_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with SqliteStore(path) as store:
        for _ in range(100):
            add(store, draft("reflected", extra={"text": "x" * 3000}))
    damaged = path.read_bytes()[:-4096]
    path.write_bytes(damaged)
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from ironlaw.ledger import Event, SqliteStore, UnavailableError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
        "try: SqliteStore(sys.argv[2])\n"
        "except UnavailableError as error: print('unavailable:', error)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(SRC), str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert child.stdout.startswith("unavailable:"), child.stderr
    assert path.read_bytes() == damaged
    names = [entry.name for entry in tmp_path.iterdir()]
    assert [name for name in names if ".damaged-" in name or "building" in name or "mended" in name] == []
    with SqliteStore(path) as store:
        assert len(store.notices()) == 1
        assert len(store.events("local")) > 50
