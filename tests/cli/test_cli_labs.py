"""`ironlaw labs`: the list, with this learner's progress."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ironlaw.cli.labs import labs
from ironlaw.ledger import SqliteStore, uuid7
from ironlaw.session import Session


def listed(*arguments: str) -> str:
    done = CliRunner().invoke(labs, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def started(ledger: Path) -> Path:
    """A ledger in which one lab was begun."""
    with SqliteStore(ledger) as store:
        sent: dict[str, Any] = {"id": uuid7(), "kind": "predicted", "act": "act1"}
        Session(store).intent("v2_02", sent | {"payload": {"option": "middle", "confidence": 0.7}})
    return ledger


def test_all_labs_are_listed_without_a_ledger_and_none_is_made(ledger: Path) -> None:
    text = listed("--ledger", str(ledger))
    found = json.loads(listed("--ledger", str(ledger), "--json"))
    assert len(found["labs"]) == 34
    for lab in found["labs"]:
        line = next(line for line in text.splitlines() if line.split()[:1] == [lab["id"]])
        assert lab["title"] in line
        assert ("not built yet" in line) is not lab["built"]
    assert str(ledger) in text
    assert not ledger.exists()
    assert not list(ledger.parent.iterdir())


def test_progress_comes_from_the_ledger(started: Path) -> None:
    line = next(line for line in listed("--ledger", str(started)).splitlines() if "v2_02" in line)
    assert "1 of 8 steps" in line


def test_json_is_the_answer_of_the_api(started: Path) -> None:
    with SqliteStore(started) as store:
        expected = Session(store).portal()
    assert json.loads(listed("--ledger", str(started), "--json")) == json.loads(json.dumps(expected))


def test_the_usual_place_of_the_ledger(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRONLAW_HOME", str(started.parent))
    assert "1 of 8 steps" in listed()
