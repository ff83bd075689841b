from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of a module that leave its ledger as it is."""
    with serving(tmp_path_factory.mktemp("served") / "ledger.sqlite") as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"
