"""Damaged bytes: what is kept is a verified prefix of each chain, the damaged file lies aside byte for byte, and the ledger works."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from ironlaw.ledger import (
    SqliteStore,
    carve,
    recover,
    verify,
    verify_file,
)
from ironlaw.ledger.audit import read_records
from ironlaw.ledger.schema import connect

from .damage import Sample, check, fill, total
from .make import chance


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "l" / "ledger.sqlite"


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
