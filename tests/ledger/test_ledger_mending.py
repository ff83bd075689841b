"""Other damage: emptied, missing and tampered files, files of other programs, and mending while others are at work."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import pytest

from ironlaw.ledger import (
    DamagedError,
    LedgerError,
    NotALedgerError,
    SqliteStore,
    export,
    verify,
    verify_file,
)
from ironlaw.ledger.audit import audit
from ironlaw.ledger.events import Record

from .damage import LEARNERS, Sample, asides, check, fill, total
from .make import add, chance, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "l" / "ledger.sqlite"


# --- other damage -----------------------------------------------------------------------------------------------------


def test_garbage_zeros_and_text_in_the_place_of_the_ledger(path: Path, closed: Sample) -> None:
    for number, main in enumerate((chance(1).randbytes(50_000), bytes(8192), b"Dear diary,\n" * 300)):
        where = path.parent / str(number) / path.name
        closed.lay(where, main=main)
        assert check(where, closed, main, b"") == (True, 0)


def test_an_empty_file_is_not_a_missing_one(path: Path, closed: Sample) -> None:
    with SqliteStore(path) as store:
        assert store.notices() == []
    other = path.parent / "empty" / path.name
    closed.lay(other, main=b"")
    assert check(other, closed, b"", b"") == (True, 0)


@pytest.mark.parametrize("main", [b"", None], ids=["empty", "missing"])
def test_the_log_of_an_emptied_or_missing_file_is_read(path: Path, crashed: Sample, main: bytes | None) -> None:
    """SQLite deletes such a log on sight. This one was never copied into the database: it holds everything."""
    crashed.lay(path)
    fresh = path.parent / "fresh" / path.name
    with SqliteStore(fresh) as store:
        fill(store, 20)
        kept = {learner: store.events(learner) for learner in LEARNERS}
        wal = fresh.with_name("ledger.sqlite-wal").read_bytes()
        original = Sample(fresh.read_bytes(), wal, kept, export(store))
    where = path.parent / "where" / path.name
    original.lay(where, main=b"")
    if main is None:
        where.unlink()
    assert check(where, original, main, wal) == (True, 20)


def test_the_database_without_its_log_is_an_older_state_not_damage(path: Path, crashed: Sample) -> None:
    crashed.lay(path, wal=b"")
    assert check(path, crashed, crashed.main, b"") == (False, total(crashed) // 2)


def test_a_missing_file_with_an_empty_log_is_a_new_ledger(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name("ledger.sqlite-wal").write_bytes(b"\0" * 32)
    path.with_name("ledger.sqlite-shm").write_bytes(b"\0" * 32768)
    with SqliteStore(path) as store:
        add(store, draft())
        assert store.notices() == []


def tampered(path: Path, change: Callable[[sqlite3.Connection], object]) -> bytes:
    """Change rows behind the ledger's back and give the file as it is then."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("DROP TRIGGER events_are_append_only")
    change(raw)
    raw.execute("PRAGMA journal_mode = DELETE")
    raw.execute("PRAGMA journal_mode = WAL")
    raw.close()
    return path.read_bytes()


def test_a_broken_chain_is_cut_and_the_others_stay(path: Path, closed: Sample) -> None:
    closed.lay(path)
    device = closed.events["local"][0].device
    main = tampered(
        path, lambda c: c.execute("UPDATE events SET lab = 'v1_04' WHERE device = ? AND seq = 20", (device,))
    )
    report = verify_file(path)
    assert not report.ok
    assert [(b.device, b.seq, b.code) for b in report.breaks] == [(device, 20, "hash")]
    mended, kept = check(path, closed, main, b"")
    assert mended
    assert kept == 19 + len(closed.events["second"])


def test_a_deleted_row_breaks_the_chain(path: Path, closed: Sample) -> None:
    closed.lay(path)
    device = closed.events["local"][0].device
    tampered(path, lambda c: c.execute("DELETE FROM events WHERE device = ? AND seq = 5", (device,)))
    (found,) = verify_file(path).breaks
    assert (found.code, found.seq) == ("seq", 6)


def test_every_byte_of_every_column_is_covered(path: Path, closed: Sample) -> None:
    """One character, or one bit of a number, changed in the row itself: the audit names the row."""
    closed.lay(path)
    tampered(path, lambda _c: None)
    rng = chance(7)
    connection = sqlite3.connect(path, isolation_level=None)
    row = Record._make(connection.execute("SELECT * FROM events ORDER BY rowid LIMIT 1 OFFSET 11").fetchone())
    for column in Record._fields:
        value = getattr(row, column)
        places = range(len(value)) if isinstance(value, str) else range(16)
        for place in rng.sample(places, min(16, len(places))):
            if isinstance(value, str):
                letter = rng.choice([c for c in '0aZ é\\"{' if c != value[place]])
                new: str | int = value[:place] + letter + value[place + 1 :]
            else:
                new = "2026-01-01T00:00:00Z" if value is None else value ^ 1 << place
            connection.execute("BEGIN")
            try:
                connection.execute(f"UPDATE events SET {column} = ? WHERE id = ?", (new, row.id))  # noqa: S608 - own columns
                assert not audit(connection).ok, (column, place, new)
            except sqlite3.IntegrityError:
                pass  # SQLite's own checks refuse it
            connection.execute("ROLLBACK")
    assert audit(connection).ok
    respelled = row.payload.replace('"n":', '"n" :')
    connection.execute("UPDATE events SET payload = ? WHERE id = ?", (respelled, row.id))
    assert json.loads(respelled) == json.loads(row.payload)
    assert audit(connection).breaks[0].code == "hash"
    connection.close()


def test_a_writer_that_points_into_another_s_chain_is_damage(path: Path, closed: Sample) -> None:
    for number, sql in enumerate(
        ("UPDATE writers SET learner = 'x' || learner", "UPDATE writers SET device = 'x' || device")
    ):
        where = path.parent / str(number) / path.name
        closed.lay(where)
        main = tampered(where, methodcaller("execute", sql))
        assert check(where, closed, main, b"") == (True, total(closed))


def test_a_file_damaged_twice_keeps_both_copies_and_all_notices_name_theirs(path: Path, closed: Sample) -> None:
    names = set()
    for _ in range(3):
        closed.lay(path, main=closed.main[:20_000])
        with SqliteStore(path) as store:
            (notice,) = store.notices()
            assert notice.aside is not None
            names.add(notice.aside)
    whole = {
        entry.name for entry in path.parent.iterdir() if ".damaged-" in entry.name and entry.stat().st_size == 20_000
    }
    assert whole == names
    assert len(names) == 3


def test_a_notice_stays_until_it_is_dismissed(path: Path, closed: Sample) -> None:
    closed.lay(path, main=closed.main[:20_000])
    for _ in range(2):
        with SqliteStore(path) as store:
            (notice,) = store.notices()
    with SqliteStore(path) as store:
        store.dismiss(notice.id)
        assert store.notices() == []
    with SqliteStore(path) as store:
        assert store.notices() == []
    assert asides(path)[""] == closed.main[:20_000]


# --- files that are not ours, and others at work ----------------------------------------------------------------------


def test_other_programs_files_are_not_touched(tmp_path: Path) -> None:
    database = tmp_path / "browser.sqlite"
    raw = sqlite3.connect(database)
    raw.execute("CREATE TABLE history (url TEXT)")
    raw.commit()
    raw.close()
    cut = tmp_path / "cut.db"
    cut.write_bytes(database.read_bytes()[:-100])
    thesis = tmp_path / "thesis.md"
    thesis.write_text("# On memory walls\n")
    for file in (database, cut, thesis):
        before = file.read_bytes()
        with pytest.raises(NotALedgerError):
            SqliteStore(file)
        assert file.read_bytes() == before
    assert {entry.name.removesuffix(".lock") for entry in tmp_path.iterdir()} == {
        "browser.sqlite",
        "cut.db",
        "thesis.md",
    }


def test_a_file_that_another_has_open_is_not_moved(path: Path) -> None:
    with SqliteStore(path) as store:
        fill(store, 20)
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("DROP TRIGGER events_are_append_only")
        raw.execute("UPDATE events SET lab = 'v1_04' WHERE seq = 3")
        raw.close()
        with pytest.raises(DamagedError, match="another process has it open"):
            SqliteStore(path)
        assert [entry.name for entry in path.parent.iterdir() if ".damaged-" in entry.name] == []
        assert not verify(store).ok
    with SqliteStore(path) as store:
        assert len(store.notices()) == 1


@pytest.mark.parametrize("moves", range(5))
def test_a_recovery_that_was_interrupted_is_finished(
    path: Path, crashed: Sample, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Die before the n-th rename of the recovery, then open again."""
    wal = bytearray(crashed.wal)
    wal[len(wal) // 2] ^= 1
    crashed.lay(path, wal=bytes(wal))
    replace = Path.replace
    done: list[Path] = []

    def dying(self: Path, target: Path) -> Path:
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(self)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    if moves < 4:
        with pytest.raises(KeyboardInterrupt):
            SqliteStore(path)
    else:
        SqliteStore(path).close()
    monkeypatch.undo()
    mended, kept = check(path, crashed, crashed.main, bytes(wal))
    assert mended
    assert kept >= total(crashed) - 1


def test_a_payload_that_is_damaged_while_the_ledger_is_open_is_an_error(path: Path) -> None:
    with SqliteStore(path) as store:
        fill(store, 3)
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("DROP TRIGGER events_are_append_only")
        raw.execute("UPDATE events SET payload = 'gone'")
        raw.close()
        with pytest.raises(LedgerError, match="damaged"):
            store.events("local")
