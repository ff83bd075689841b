"""Sample ledgers, made once: one that was closed, and one whose process died with events in its log."""

from __future__ import annotations

import pytest

from .damage import Sample, sample


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("closed") / "ledger.sqlite", closed=True)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("crashed") / "ledger.sqlite", closed=False)
