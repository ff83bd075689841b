"""Ledgers in real files, and the rich lab where sessions look for labs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironlaw import labs
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import SqliteStore

from . import rich


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as opened:
        yield opened


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The rich lab, built."""
    made, load = rich.rich_lab(), labs.load
    monkeypatch.setattr(labs, "load", lambda lab_id: made if lab_id == rich.ID else load(lab_id))
    return made


@pytest.fixture
def learner(store: SqliteStore, lab: Lab) -> rich.Rich:
    return rich.Rich(store)
