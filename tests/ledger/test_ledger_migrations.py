"""Numbered SQL: applied in order, recorded, and refused when the file is ahead of the program."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from ironlaw.ledger import LedgerError, NewerLedgerError, SqliteStore, recover, schema, verify

from .make import add, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ledger.sqlite"
    with SqliteStore(made) as store:
        add(store, draft(), draft("predicted"))
    return made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The shipped migrations and two more."""
    made = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, made)
    (made / "0003_marks.sql").write_text(
        "-- a trigger; with semicolons\nCREATE TABLE marks (id INTEGER PRIMARY KEY, text TEXT NOT NULL DEFAULT ';') STRICT;\n"
        "CREATE TRIGGER t AFTER INSERT ON marks BEGIN SELECT 1; SELECT 2; END;\n"
    )
    (made / "0004_colour.sql").write_text(
        "ALTER TABLE marks ADD COLUMN colour TEXT;\nINSERT INTO marks (id) VALUES (7);"
    )
    return made


def recorded(path: Path) -> list[tuple[int, str]]:
    raw = sqlite3.connect(path)
    rows = raw.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()
    raw.close()
    return rows


def test_the_shipped_ones_are_recorded(path: Path) -> None:
    shipped = schema.migrations()
    assert recorded(path) == [(number, file.name) for number, file in shipped]
    assert [number for number, _ in shipped] == list(range(1, len(shipped) + 1))


def test_new_ones_are_applied_in_order_to_an_old_file(
    path: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore(path) as store:
        before = store.events("local")
    monkeypatch.setattr(schema.migrations, "__defaults__", (directory,))
    monkeypatch.setattr(schema.migrate, "__defaults__", (directory,))
    assert recover.examine(path, alone=True).state == "outdated"
    with SqliteStore(path) as store:
        assert store.read(lambda c: c.execute("SELECT id, text, colour FROM marks").fetchall()) == [(7, ";", None)]
        assert store.events("local") == before
        assert verify(store).ok
        add(store, draft())
    assert [number for number, _ in recorded(path)] == [1, 2, 3, 4]
    with SqliteStore(path) as store:
        assert store.notices() == []


def test_a_newer_file_is_refused_and_left_alone(path: Path, directory: Path) -> None:
    connection = schema.connect(path)
    schema.migrate(connection, directory)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerLedgerError, match="version 4") as caught:
        SqliteStore(path)
    assert caught.value.code == "newer_ledger"
    assert caught.value.allowed == f"up to {len(schema.migrations())}"
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir() if ".damaged-" in entry.name] == []


def test_one_that_fails_leaves_the_file_as_it_was(path: Path, directory: Path) -> None:
    (directory / "0004_colour.sql").write_text(
        "ALTER TABLE marks ADD COLUMN colour TEXT;\nINSERT INTO nowhere VALUES (1);"
    )
    connection = schema.connect(path)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        schema.migrate(connection, directory)
    assert schema.version(connection) == 3
    assert [row[1] for row in connection.execute("PRAGMA table_info(marks)")] == ["id", "text"]
    connection.close()
    assert [number for number, _ in recorded(path)] == [1, 2, 3]


@pytest.mark.parametrize("missing", ["0001_ledger.sql", "0003_marks.sql"])
def test_numbers_must_not_have_gaps(directory: Path, missing: str) -> None:
    (directory / missing).unlink()
    with pytest.raises(LedgerError, match="numbered"):
        schema.migrations(directory)


def test_an_incomplete_statement_is_an_error(path: Path, directory: Path) -> None:
    (directory / "0003_marks.sql").write_text("CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1;")
    connection = schema.connect(path)
    with pytest.raises(LedgerError, match="incomplete"):
        schema.migrate(connection, directory)
    assert schema.version(connection) == 2
    connection.close()
