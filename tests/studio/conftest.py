from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironlaw.ledger import SqliteStore
from ironlaw.studio.app import create_app

from .client import Client


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "private" / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def client(store: SqliteStore) -> Iterator[Client]:
    made = Client(create_app(store))
    yield made
    made.close()
