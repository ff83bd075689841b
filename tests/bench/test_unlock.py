"""The walk that knows only a lab's specification gets through every lab, and the course asks for settings that are allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironlaw import labs
from ironlaw.bench import Measure, slowest
from ironlaw.bench.unlock import course, unlock, walk
from ironlaw.labkit.evaluate import clean
from ironlaw.ledger import SqliteStore
from ironlaw.session import Session

EVERY = pytest.mark.parametrize("lab_id", labs.built())


@EVERY
def test_every_instrument_opens(tmp_path: Path, lab_id: str) -> None:
    lab = labs.load(lab_id)
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        session = Session(store)
        unlock(lab, lambda body: session.intent(lab_id, body))
        stages = [act["stage"] for act in session.document(lab_id)["acts"]]
        assert stages == [*["done"] * (len(lab.acts) - 1), "explore"]
        for act in lab.acts:
            settings = course(act, 1)[0]
            assert session.evaluate(lab_id, {"act": act.id, "settings": settings})["settings"] == settings


@EVERY
def test_the_walk_goes_through_to_the_end(tmp_path: Path, lab_id: str) -> None:
    lab = labs.load(lab_id)
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        session = Session(store)
        for body in walk(lab, through=True):
            session.intent(lab_id, body)
        assert {act["stage"] for act in session.document(lab_id)["acts"]} == {"done"}


@EVERY
def test_a_course_is_fixed_varied_and_allowed(lab_id: str) -> None:
    for act in labs.load(lab_id).acts:
        found = course(act, 40)
        assert found == course(act, 40)
        assert [clean(act, settings) for settings in found] == found
        assert len({str(settings) for settings in found}) > len(found) / 4


def test_the_slowest_of_each_kind_follows_the_figures() -> None:
    given = [
        Measure(id=f"{kind}-p95-{act}", what=f"{kind} of {act}", unit="ms", value=value, budget=3.0)
        for kind, act, value in (("http", "a", 1.0), ("http", "b", 4.0), ("jump", "a", 9.0), ("http", "c", None))
    ]
    told = list(slowest(given, "http-p95", "move-p95"))
    assert told[:-1] == given
    assert (told[-1].id, told[-1].value, told[-1].note, told[-1].met) == ("http-p95-worst", 4.0, "http of b", False)
