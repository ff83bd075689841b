"""The architecture record: judged by the quantities themselves, with no number for what was not approved."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ironlaw import labs
from ironlaw.cli.report import report as command
from ironlaw.labkit.refusal import Refusal
from ironlaw.labs.v2_17_constraints_never_lie import steps
from ironlaw.labs.v2_17_constraints_never_lie.limits import most
from ironlaw.ledger import SqliteStore, export, import_
from ironlaw.probe.figures import FIGURES
from ironlaw.report import of_events, of_session, page, record, record_of_session, sheet, sheet_policy
from ironlaw.report.sheet import clip
from ironlaw.session import Session
from ironlaw.studio.app import create_app
from ledger.make import add, changed, draft
from studio.client import Client

from . import recorded
from .test_report_page import Reader, whole

LEAST = {"accuracy", "robustness", "carbon", "uptime"}  # promised as a least, judged by what is lacking


def made(store: SqliteStore) -> dict[str, Any]:
    return record_of_session(Session(store), recorded.ID)


def text(found: dict[str, Any]) -> str:
    """What a reader of the page reads."""
    return " ".join(whole(sheet(found)).text.split())


# --- what a ledger holds ----------------------------------------------------------------------------------------------


def test_an_empty_ledger_has_no_design_and_says_so(store: SqliteStore) -> None:
    found = made(store)
    assert (found["design"], found["decision"], found["predictions"], found["labs"]) == (None, None, [], [])
    assert {one["state"] for one in found["journey"]} == {"todo"}
    assert len(found["journey"]) == 34
    said = text(found)
    for words in (
        "No approved design",
        "Nothing was signed.",
        "No prediction was committed.",
        "No earlier lab",
        "nothing to verify",
    ):
        assert words in said
    assert found["missing"][0].startswith("No evidence")  # fmt: skip


def test_an_approved_design_by_its_quantities(store: SqliteStore) -> None:
    design = recorded.approved()
    recorded.capstone(store, design)
    found = made(store)["design"]
    assert found["status"] == "approved"
    allowed, here = most(), steps.quantities(design)
    assert {row["id"] for row in found["settings"]} == set(design)
    assert next(row["text"] for row in found["settings"] if row["id"] == "interval") == "30 min"
    for promise in found["promises"]:
        assert promise["kept"]
        assert promise["limit_text"].startswith("at least" if promise["id"] in LEAST else "at most")
        assert promise["margin"] == pytest.approx(1 - here[promise["id"]] / allowed[promise["id"]])
    shown = {promise["id"]: promise["value_text"] for promise in found["promises"]}
    assert float(shown["accuracy"].split()[0]) == pytest.approx(100 * (1 - here["accuracy"]), rel=1e-3)
    assert float(shown["latency"].split()[0]) == pytest.approx(1e3 * here["latency"], rel=1e-2)
    tightest = max(allowed, key=lambda limit: here[limit] / allowed[limit])
    name = next(promise["name"] for promise in found["promises"] if promise["id"] == tightest)
    assert found["binds"].startswith(f"{name} binds")
    assert found["drift"] is None


def test_a_design_that_is_not_approved_gets_no_number(store: SqliteStore) -> None:
    worse = {**recorded.START, "weight": 0.0, "zones": 1.0}
    recorded.capstone(store, recorded.START, option="waiver")
    add(store, recorded.moved(worse))
    found = made(store)
    design, allowed, here = found["design"], most(), steps.quantities(recorded.START)
    assert design["status"] == "best"
    assert {one["id"] for one in design["promises"] if not one["kept"]} == {
        limit for limit in allowed if here[limit] > allowed[limit]
    }
    assert all(one["value_text"] is one["margin"] is one["margin_text"] is None for one in design["promises"])
    said = text(found)
    assert "No approved design. None of 2 different designs keeps all." in said
    assert "It is the one that was signed." in said
    values = recorded.ACT.model(recorded.START)
    for name in ("accuracy", "carbon", "cut", "robust"):
        assert f"{100 * float(values[name] or 0):.1f}" not in said, name  # neither as a share nor by chance
    assert "✗ broken" in said
    head = Reader(sheet(found)).of("th")
    assert len([one for one in head if one.get("scope") == "col"]) == 3 + 6  # promise, limit, state; and predictions


def test_an_approved_design_that_was_not_the_signed_one(store: SqliteStore) -> None:
    recorded.capstone(store, recorded.START)
    add(store, recorded.moved(recorded.approved()))
    found = made(store)["design"]
    assert found["status"] == "unsigned"
    assert "not the one that was signed" in found["said"]
    assert "The design that was signed breaks: Accuracy, Privacy (ε a year), Uptime." in found["said"]
    assert {row["id"]: row["value"] for row in found["settings"]} == recorded.approved()


def test_what_this_version_cannot_run_is_not_judged_and_no_start_stands_in(store: SqliteStore) -> None:
    add(store, recorded.moved({"backbone": "gone"}), recorded.moved({"nothing": 1}), recorded.moved({}))
    found = made(store)
    assert found["design"] is None
    assert "No design of the architecture that this version can run is in the ledger." in found["missing"]


def test_an_engine_that_said_otherwise_is_told(store: SqliteStore) -> None:
    signature = recorded.decided(recorded.approved())
    engine = signature.payload["engine"]
    older = {**engine, "result": {**engine["result"], "accuracy": 0.97}}
    add(store, draft("decided", lab=recorded.ID, payload={**signature.payload, "engine": older}))
    assert made(store)["design"]["drift"] == "When it was signed, the engine said: Accuracy 97 %. Shown is today's."


def test_nothing_that_is_not_revealed(store: SqliteStore) -> None:
    prediction = recorded.answered(recorded.ID, recorded.ACT)[0]
    add(store, draft("opened", lab=recorded.ID), prediction)
    found = made(store)
    assert [one["engine"] for one in found["predictions"]] == [None]
    assert "not compared yet" in text(found)
    key = next(one.text for one in recorded.ACT.prediction.options if one.id == prediction.payload["engine"]["key"])
    assert key.split("{")[0].strip() not in text(found)


# --- what it rests on -------------------------------------------------------------------------------------------------


def test_the_way_through_the_labs(store: SqliteStore) -> None:
    recorded.earlier(store, "v2_02")
    recorded.earlier(store, "v1_04", left=False)
    add(store, draft("violated", lab="v2_01"), draft("recovered", lab="v2_01"))  # not complete
    found = made(store)
    states = {one["id"]: one["state"] for one in found["journey"] if one["state"] != "todo"}
    assert states == {"v1_04": "done", "v2_02": "limit"}
    rows = {one["id"]: one for one in found["labs"]}
    assert list(rows) == ["v1_04", "v2_01", "v2_02"]
    acts = len(labs.load("v2_02").acts)
    assert (rows["v2_02"]["hit"], rows["v2_02"]["left"], len(rows["v2_02"]["decisions"])) == (acts, acts, acts)
    assert rows["v1_04"]["left"] == 0 < rows["v1_04"]["hit"]
    assert not rows["v2_01"]["done"]
    drawn = whole(sheet(found))
    (label,) = [str(one["aria-label"]) for one in drawn.of("svg") if one.get("role") == "img"]
    assert label.startswith("2 of 34 labs done.")
    assert "a limit hit and left: v2_02." in label
    classes = [one.get("class") for name, one in drawn.elements if name in ("circle", "rect", "path")]
    assert classes.count("cell is-todo") == 32 + 1  # and the legend
    assert classes.count("cell is-done") == classes.count("cell is-limit") == 1 + 1


def test_a_broken_ledger_is_told_as_far_as_it_verifies(store: SqliteStore) -> None:
    recorded.earlier(store, "v2_02")
    recorded.capstone(store, recorded.approved())
    events = list(store.events("local"))
    at = next(
        place
        for place, one in enumerate(events)
        if one.kind == "decided" and one.lab == recorded.ID and one.payload["act"] == "act2"
    )
    events[at] = changed(events[at], payload={**events[at].payload, "text": "better words"})
    found = record(of_events("local", events), recorded.ID)
    assert found["decision"] is None
    assert found["design"]["status"] == "unsigned"
    said = text(found)
    assert "better words" not in said
    assert "Not whole" in said
    assert any(one.startswith("Left out") for one in found["missing"])  # fmt: skip


def test_an_imported_ledger_gives_the_same_record(store: SqliteStore, tmp_path: Path) -> None:
    recorded.earlier(store, "v2_02")
    recorded.capstone(store, recorded.approved())
    with SqliteStore(tmp_path / "copy.sqlite") as copy:
        assert import_(copy, export(store)).ok
        assert {**made(copy), "made_at": ""} == {**made(store), "made_at": ""}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_long_texts_are_cut_with_a_word_on_where_the_rest_is(store: SqliteStore) -> None:
    recorded.maximal(store)
    said = text(made(store))
    assert "Cut here; the whole reason is in the report of this lab." in said
    assert "ironlaw report --out report.html" in said
    assert "1 more lab in the report." in said  # the one outside the curriculum
    assert recorded.LONG[:1900] not in said
    assert made(store)["ledger"]["chains"][0]["head"] in said


def test_words_of_a_learner_are_never_markup(store: SqliteStore) -> None:
    recorded.capstone(store, recorded.approved(), "</blockquote><script>alert(1)</script>")
    assert "<script>alert(1)</script>" in text(made(store))


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_cut_text_keeps_to_its_room(words: str, room: int) -> None:
    cut = clip(words, room)
    body = cut.removesuffix("…")
    assert sum(2 if east_asian_width(one) in "WF" else 1 for one in body) <= room
    line = " ".join(words.split())
    assert cut == line or (cut.endswith("…") and line.startswith(body))
    assert all(not (a == b == " ") for a, b in pairwise(cut))


# --- where it is found ------------------------------------------------------------------------------------------------


def test_over_http(store: SqliteStore) -> None:
    recorded.capstone(store, recorded.approved())
    client = Client(create_app(store))
    answer = client.get("/labs/v2_17/record")
    assert answer.status_code == 200
    assert answer.headers.get_list("content-security-policy") == [sheet_policy()]
    drawn = whole(answer.text, served=True)
    for link in (str(one["href"]) for one in drawn.of("a")):
        assert link.startswith("#") or client.get(link).status_code == 200, link
    moved = client.get("/labs/V2-17/record")
    assert (moved.status_code, moved.headers["location"]) == (308, "/labs/v2_17/record")
    assert client.get("/labs/v2_02/record").status_code == 404
    assert "v2_17 has one" in client.get("/labs/v2_02/record").text
    client.close()


def test_the_synthesis_links_to_it() -> None:
    assert "(/labs/v2_17/record)" in labs.load("v2_17").synthesis


def test_on_the_command_line(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    recorded.capstone(store, recorded.approved())
    out = tmp_path / "record.html"
    run = CliRunner().invoke(command, ["--ledger", str(path), "--lab", "v2-17", "--record", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "Approved and signed" in run.output
    whole(out.read_text(encoding="utf-8"))
    for given_ in (["--record"], ["--record", "--lab", "v2_02"]):
        refused = CliRunner().invoke(command, ["--ledger", str(path), *given_])
        assert refused.exit_code == 1
        assert "v2_17" in refused.output


def test_other_labs_have_none(store: SqliteStore) -> None:
    with pytest.raises(Refusal) as refused:
        record_of_session(Session(store), "v2_02")
    assert refused.value.code == "not_found"


# --- the machine, in the general report -------------------------------------------------------------------------------


def test_the_general_report_shows_the_newest_measurement(store: SqliteStore) -> None:
    assert of_session(Session(store))["machine"] is None
    add(
        store,
        draft("measured"),
        draft("measured", extra={"results": {"of tomorrow": 3.0, "loopback_latency": 2e-5, "memory_bandwidth": 4.1e10, "jpeg_decode": 950.0, "dispatch_numpy": "fast"}}),
    )  # fmt: skip
    found = of_session(Session(store))
    machine = found["machine"]
    assert machine["before"] == 1
    assert [(one["id"], one["label"], one["text"], one["unit"]) for one in machine["figures"]] == [
        ("memory_bandwidth", FIGURES["memory_bandwidth"].label, "41", "GB/s"),
        ("jpeg_decode", FIGURES["jpeg_decode"].label, "950", "images/s"),
        ("loopback_latency", FIGURES["loopback_latency"].label, "20", "µs"),
        ("dispatch_numpy", FIGURES["dispatch_numpy"].label, "—", "s"),
        ("of tomorrow", None, "3", None),
    ]
    said = whole(page(found)).text
    assert "The machine, measured" in said
    assert "1 earlier measurement in the ledger." in said
    assert "The machine, measured" not in page(of_session(Session(store), "v2_02"))
