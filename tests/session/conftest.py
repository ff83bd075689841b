"""A desk with a real SQLite file, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironlaw.ledger import SqliteStore

from .desk import Desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with SqliteStore(path) as store:
        yield Desk(store)
