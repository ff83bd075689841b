"""`ironlaw report`: a file that opens offline, JSON, or the totals in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironlaw.ledger import SqliteStore
from ironlaw.report import of_session
from ironlaw.session import Session
from session.desk import Desk

from .calling import call


@pytest.fixture
def walked(ledger: Path) -> Path:
    """A ledger with one finished act by `local` and one by `ada`."""
    with SqliteStore(ledger) as store:
        Desk(store).finish("act1", "over")
        Desk(store, "ada").finish("act1", "middle")
    return ledger


def test_the_page_is_one_file(walked: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    called = call("report", f"--ledger={walked}", f"--out={out}")
    assert called.code == 0
    assert f"Written to {out}." in called.out
    html = out.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "The Interconnect Wall" in html
    assert 'href="/' not in html
    assert "<script" not in html
    assert called.err == ""


def test_json_is_the_report(walked: Path) -> None:
    found = call("report", "--json", f"--ledger={walked}", "--learner=ada").json
    with SqliteStore(walked) as store:
        expected = of_session(Session(store, "ada"))
    assert found | {"made_at": ""} == expected | {"made_at": ""}
    assert found["learner"] == "ada"
    assert found["totals"]["right"] == 1


def test_one_lab_by_either_spelling(walked: Path) -> None:
    for spelling in ("v2_02", "v2-02", "V2_02"):
        assert call("report", "--json", f"--lab={spelling}", f"--ledger={walked}").json["lab"] == "v2_02"
    call("report", "--lab=v9_99", f"--ledger={walked}").refused("v9_99", code=1)


def test_the_totals_in_words(walked: Path) -> None:
    said = call("report", f"--ledger={walked}").out
    assert "local: 1 lab begun, 0 finished" in said
    assert "1 prediction, 1 compared with the engine, 0 right" in said
    assert "Verified:" in said
    assert "grade" not in said


def test_a_learner_without_events_is_told_so(walked: Path, tmp_path: Path) -> None:
    out = tmp_path / "empty.html"
    called = call("report", f"--ledger={walked}", "--learner=nobody", f"--out={out}")
    assert called.code == 0
    assert "No evidence" in called.out
    assert "No evidence" in out.read_text(encoding="utf-8")


def test_a_file_is_not_replaced_unasked(walked: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("mine", encoding="utf-8")
    call("report", f"--ledger={walked}", f"--out={out}").refused("exists", "--force", code=1)
    assert out.read_text(encoding="utf-8") == "mine"
    assert call("report", f"--ledger={walked}", f"--out={out}", "--force").code == 0
    assert out.read_text(encoding="utf-8") != "mine"


def test_no_ledger_and_no_place_to_write(ledger: Path, tmp_path: Path) -> None:
    call("report", f"--ledger={ledger}").refused("no ledger", code=1)
    assert not ledger.exists()
    with SqliteStore(ledger):
        pass
    call("report", f"--ledger={ledger}", f"--out={tmp_path / 'no' / 'where.html'}").refused("cannot be written", code=1)


def test_a_damaged_ledger_still_makes_a_report(walked: Path) -> None:
    data = bytearray(walked.read_bytes())
    at = data.find(b"so be it")
    data[at : at + 8] = b"so be IT"
    walked.write_bytes(data)
    called = call("report", f"--ledger={walked}")
    assert called.code == 0
    assert "damaged" in called.out
