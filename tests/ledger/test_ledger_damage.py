"""Damaged files: what is kept is a verified prefix of each chain, the damaged file lies aside byte for byte, and the ledger works."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

import pytest

from ironlaw.ledger import (
    DamagedError,
    Event,
    LedgerError,
    NotALedgerError,
    SqliteStore,
    carve,
    export,
    import_,
    recover,
    verify,
    verify_chain,
    verify_file,
)
from ironlaw.ledger.audit import audit, read_records
from ironlaw.ledger.events import Record
from ironlaw.ledger.schema import connect

from .make import Clock, add, chance, draft

LEARNERS = ("local", "second")


@dataclass
class Sample:
    """A ledger as bytes: the database, its log, and the events in it by learner."""

    main: bytes
    wal: bytes
    events: dict[str, list[Event]]
    exported: str

    def lay(self, path: Path, *, main: bytes | None = None, wal: bytes | None = None) -> None:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(self.main if main is None else main)
        log = self.wal if wal is None else wal
        if log:
            path.with_name(path.name + "-wal").write_bytes(log)


def fill(store: SqliteStore, count: int) -> None:
    for n in range(count):
        text = "é" * (3000 if n % 9 == 4 else 20)  # some rows spill over several pages
        add(store, draft("reflected", learner=LEARNERS[n % 5 == 0], extra={"text": text, "n": n}))


def sample(path: Path, *, closed: bool) -> Sample:
    """`closed`: all in the database. Otherwise half of it is still in the log, as after a crash."""
    with SqliteStore(path, clock=Clock()) as store:
        fill(store, 40)
    store = SqliteStore(path, clock=Clock(start=10**9))
    if not closed:
        fill(store, 40)
    wal = path.with_name(path.name + "-wal")
    found = Sample(
        path.read_bytes(),
        wal.read_bytes() if wal.exists() else b"",
        {learner: store.events(learner) for learner in LEARNERS},
        export(store),
    )
    store.close()
    return found


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("closed") / "ledger.sqlite", closed=True)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("crashed") / "ledger.sqlite", closed=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "l" / "ledger.sqlite"


def asides(path: Path) -> dict[str, bytes]:
    """What was set aside, by what it is: "" (the database) or "-wal"."""
    found = [entry for entry in path.parent.iterdir() if ".damaged-" in entry.name and not entry.name.endswith("-shm")]
    assert len({entry.name.removesuffix("-wal") for entry in found}) <= 1
    return {"-wal" if entry.name.endswith("-wal") else "": entry.read_bytes() for entry in found}


def check(path: Path, original: Sample, main: bytes | None, wal: bytes) -> tuple[bool, int]:
    """Open a file that was tampered with; whether it was mended, and how many events are there."""
    with SqliteStore(path) as store:
        kept = {learner: store.events(learner) for learner in LEARNERS}
        for learner in LEARNERS:
            assert kept[learner] == original.events[learner][: len(kept[learner])]
            assert verify_chain(kept[learner]) is None
        aside = asides(path)
        notices = store.notices()
        if aside:
            assert aside.get("") == main
            assert aside.get("-wal", b"") == wal
            (notice,) = notices
            assert notice.level == "warning"
            assert notice.aside is not None
            assert notice.aside in notice.text
            assert f"{sum(map(len, kept.values()))} events were recovered" in notice.text
            assert notice.aside.startswith("ledger.sqlite.damaged-2")
        else:
            assert notices == []
        devices = {events[0].device for events in kept.values() if events}
        (new,) = add(store, draft())
        assert (new.device not in devices) == bool(aside) or not kept["local"]
        assert verify(store).ok
        report = import_(store, original.exported)
        assert report.ok or not aside
        if aside:
            assert [e for e in store.events("local") if e.device != new.device] == original.events["local"]
        left = sorted(
            entry.name for entry in path.parent.iterdir() if "mended" in entry.name or "building" in entry.name
        )
        assert left == []
    return bool(aside), sum(map(len, kept.values()))


def total(s: Sample) -> int:
    return sum(map(len, s.events.values()))


# --- the samples and the raw reader -----------------------------------------------------------------------------------


def test_an_undamaged_file_is_left_alone(path: Path, closed: Sample, crashed: Sample) -> None:
    for number, original in enumerate((closed, crashed)):
        where = path.parent / str(number) / path.name
        original.lay(where)
        assert check(where, original, original.main, original.wal) == (False, total(original))


def test_the_raw_pages_hold_what_sqlite_reads(path: Path, closed: Sample, crashed: Sample) -> None:
    for original in (closed, crashed):
        shutil.rmtree(path.parent, ignore_errors=True)
        original.lay(path)
        readable, kept = recover.salvage(path)
        connection = connect(path)
        assert sorted(kept) == sorted(read_records(connection))
        connection.close()
        assert readable == len(kept) == total(original)


def test_looking_changes_neither_the_database_nor_its_log(path: Path, crashed: Sample) -> None:
    crashed.lay(path)
    assert recover.examine(path, alone=True).state == "sound"
    assert verify_file(path).ok
    assert verify_file(path).events == total(crashed)
    assert (path.read_bytes(), path.with_name("ledger.sqlite-wal").read_bytes()) == (crashed.main, crashed.wal)


def test_a_log_of_many_generations_is_read_as_sqlite_reads_it(path: Path) -> None:
    """Checkpoints start the log anew and leave old frames behind the new ones: those are not damage."""
    with SqliteStore(path) as store:
        for n in range(6):
            fill(store, 5 if n % 2 else 30)
            store.write(lambda _tx: None)
            raw = sqlite3.connect(path)
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            raw.close()
        fill(store, 3)
        log = path.with_name("ledger.sqlite-wal").read_bytes()
        read = carve.read_wal(log)
        assert read.fault is None
        assert not read.doubtful
        size = carve.geometry(path.read_bytes())[0]
        assert 0 < len(read.frames) < (len(log) - 32) // (size + 24)
        readable, kept = recover.salvage(path)
        assert len(kept) == verify(store).events == readable


# --- truncation and flipped bytes -------------------------------------------------------------------------------------


def test_truncated_databases(path: Path, closed: Sample) -> None:
    size = len(closed.main)
    offsets = sorted(
        {0, 1, 15, 16, 99, 100, 512, 4095, 4096, 4097, size - 4096, size - 1, *range(3000, size, size // 20)}
    )
    kept_counts = []
    for offset in offsets:
        where = path.parent / str(offset) / path.name
        main = closed.main[:offset]
        closed.lay(where, main=main)
        mended, kept = check(where, closed, main, b"")
        assert mended
        kept_counts.append(kept)
        shutil.rmtree(where.parent)
    assert kept_counts[0] == 0
    assert kept_counts == sorted(kept_counts)
    assert kept_counts[-1] > total(closed) * 0.8


def test_a_truncated_log_is_a_crash_and_keeps_whole_transactions(path: Path, crashed: Sample) -> None:
    size = len(crashed.wal)
    counts = []
    for offset in [0, 10, 32, 33, 4152, *range(5000, size, size // 15), size - 1]:
        where = path.parent / str(offset) / path.name
        wal = crashed.wal[:offset]
        crashed.lay(where, wal=wal)
        _, kept = check(where, crashed, crashed.main, wal)
        counts.append(kept)
        shutil.rmtree(where.parent)
    assert counts == sorted(counts)
    assert counts[0] == total(crashed) / 2
    assert counts[-1] == total(crashed) - 1


def flipped(data: bytes, rng: random.Random, count: int = 1) -> bytes:
    changed = bytearray(data)
    for _ in range(count):
        changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_in_the_database(path: Path, closed: Sample, seed: int) -> None:
    rng = chance(seed)
    for trial in range(15):
        where = path.parent / str(trial) / path.name
        main = flipped(closed.main, rng, count=1 + 7 * (trial % 2))
        closed.lay(where, main=main)
        mended, kept = check(where, closed, main, b"")
        assert mended or kept == total(closed)
        shutil.rmtree(where.parent)


def test_flipped_bytes_in_the_header(path: Path, closed: Sample) -> None:
    """Each byte of the header in turn. Whatever it does, nothing is lost: the pages are still there."""
    for at in (*range(72), *range(92, 100)):  # between them lies what the format reserves
        where = path.parent / str(at) / path.name
        main = bytearray(closed.main)
        main[at] ^= 0xFF
        closed.lay(where, main=bytes(main))
        _, kept = check(where, closed, bytes(main), b"")
        assert kept == total(closed), at
        shutil.rmtree(where.parent)


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bytes_in_the_log(path: Path, crashed: Sample, seed: int) -> None:
    """SQLite itself would drop all that follows in silence."""
    rng = chance(seed)
    for trial in range(12):
        where = path.parent / str(trial) / path.name
        wal = flipped(crashed.wal, rng)
        crashed.lay(where, wal=wal)
        mended, kept = check(where, crashed, crashed.main, wal)
        assert mended or kept >= total(crashed) - 1
        shutil.rmtree(where.parent)


def test_one_flipped_byte_in_the_log_costs_at_most_one_event(path: Path, crashed: Sample) -> None:
    for at in (8, 20, 40, 200, len(crashed.wal) // 2, len(crashed.wal) - 5000):
        where = path.parent / str(at) / path.name
        wal = bytearray(crashed.wal)
        wal[at] ^= 0x55
        crashed.lay(where, wal=bytes(wal))
        mended, kept = check(where, crashed, crashed.main, bytes(wal))
        assert mended
        assert kept >= total(crashed) - 1
        shutil.rmtree(where.parent)


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
