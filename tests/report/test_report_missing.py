"""What a ledger does not hold is said: empty, partial, of another version, imported twice, damaged."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ironlaw import __version__, labs, registry
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import Event, SqliteStore, export, import_
from ironlaw.ledger.events import Record, record_hash
from ironlaw.report import of_events, of_records, of_session, page, report
from ironlaw.session import Session
from labkit.samples import facts
from ledger.make import add, chain, changed, draft
from session.desk import Desk

from . import rich
from .rich import Rich


def act_of(found: dict[str, Any], act_id: str, lab: int = 0) -> dict[str, Any]:
    act: dict[str, Any] = next(one for one in found["labs"][lab]["acts"] if one["id"] == act_id)
    return act


def test_an_empty_ledger_is_no_evidence(store: SqliteStore) -> None:
    found = of_session(Session(store))
    assert found["labs"] == []
    assert set(found["totals"].values()) == {0}
    assert found["missing"] == ["No evidence: the ledger has no event of the learner “local” that could be read."]
    assert "nothing to verify" in found["ledger"]["said"]
    assert [one["id"] for one in found["labs_without_evidence"]] == list(labs.built())
    assert found["calibration"]["brier"] is None
    assert found["calibration"]["said"].startswith("No evidence")
    assert "No evidence" in page(found)


def test_another_learner_has_no_share_in_it(store: SqliteStore) -> None:
    Desk(store, "other").finish("act1")
    assert of_session(Session(store))["totals"]["predictions"] == 0
    assert of_session(Session(store, "other"))["totals"]["predictions"] == 1


def test_each_gap_of_an_act_is_named(learner: Rich) -> None:
    learner.send("predicted", "a1", value=3, low=1, high=9)
    act = act_of(of_session(learner.session), "a1")
    assert act["predictions"][1]["missing"] == ["No evidence: nothing was predicted here."]
    assert act["missing"] == [
        "No evidence of the instrument: no design was recorded.",
        "No evidence of a reflection.",
        "No evidence of a decision.",
    ]
    assert act["limits"] == []
    other = act_of(of_session(learner.session), "m1")
    assert (other["stage_text"], other["missing"]) == (
        "not begun",
        ["No evidence: this act has no event in the ledger."],
    )


def test_a_lab_that_is_not_in_this_version(store: SqliteStore) -> None:
    add(
        store,
        *(draft(kind, lab="v2_77") for kind in ("opened", "predicted", "moved", "violated", "revealed", "decided")),
    )
    found = of_session(Session(store))
    (lab,) = found["labs"]
    assert (lab["known"], lab["title"], lab["version"]) == (False, None, None)
    assert "no lab v2_77" in lab["missing"][0]
    act = act_of(found, "act1")
    assert act["predictions"][0]["answer"]["option"] == "b3"
    assert act["predictions"][0]["correct"] is False
    assert act["predictions"][0]["engine"] is None
    assert (act["limits"][0]["id"], act["limits"][0]["name"]) == ("oom", None)
    assert act["decision"]["results"] == [{"id": "step", "label": None, "value": 1.56, "text": "1.56"}]
    assert "v2_77" in page(found)


def test_an_act_an_option_and_a_control_that_are_gone(store: SqliteStore) -> None:
    settings = {"wire": "tin-can", "strings": 2}
    add(
        store,
        draft("predicted", extra={"option": "gone", "engine": {"correct": True, "key": "gone too", "value": 4.0}}),
        draft("moved", extra={"settings": settings}),
        draft("violated", extra={"constraint": "rust"}),
        draft("revealed"),
        draft("reflected", extra={"option": "gone"}),
        draft("decided", extra={"option": "gone", "settings": settings, "engine": {"result": {"rust": 2.0}}}),
        draft("predicted", extra={"act": "act9"}),
    )
    found = of_session(Session(store))
    act = act_of(found, "act1")
    (one,) = act["predictions"]
    assert (one["answer"]["option"], one["answer"]["text"]) == ("gone", None)
    assert (one["engine"]["option"], one["engine"]["value"]) == ("gone too", 4.0)
    assert one["today"]["option"] == "middle"
    assert one["figure"] is None
    assert "no option 'gone'" in one["missing"][0]
    assert [limit["id"] for limit in act["limits"]] == ["oom", "comm", "rust"]
    assert [(row["id"], row["label"], row["text"]) for row in act["decision"]["settings"]] == [
        ("wire", "Wire between the GPUs", "tin-can"),
        ("strings", None, "2"),
    ]
    assert act_of(found, "act9")["known"] is False
    assert "not in this version" in page(found)


def test_versions_are_told_where_they_differ_from_now(store: SqliteStore) -> None:
    current = {"engine_version": __version__, "registry": registry.digest()}
    add(store, draft("opened"), draft("predicted", **current), draft("revealed", lab_version=7, **current))
    (lab,) = of_session(Session(store))["labs"]
    assert [(run["events"], run["differs"]) for run in lab["versions"]] == [(1, ["registry"]), (1, []), (1, ["lab"])]
    assert [run["lab"] for run in lab["versions"]] == [1, 1, 7]


def test_a_key_that_moved_is_told_beside_the_verdict_of_the_time(
    learner: Rich, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.finish("a1")
    before = act_of(of_session(learner.session), "a1")["predictions"]
    later = replace(lab, version=2, acts=(replace(lab.acts[0], facts=lambda: facts(8.0)), lab.acts[1]))
    monkeypatch.setattr(labs, "load", lambda _: later)
    after = act_of(of_session(learner.session), "a1")["predictions"]
    for then, now in zip(before, after, strict=True):
        assert then["today"] is None
        assert then["figure"] is not None
        assert now["figure"] is None
        assert (now["today"]["option"], now["today"]["value"], now["today"]["value_text"]) == ("long", 8.0, "8 s")
        for name in ("engine", "correct", "brier", "log", "error", "answer"):
            assert now[name] == then[name], name
    assert "The engine now says 8 s" in page(of_session(learner.session))


def test_bands_that_were_cut_anew_give_another_key_for_the_same_value(
    learner: Rich, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.finish("a1")
    short, middling, long = rich.NUMBER.options
    cut = (replace(short, high=2.6), replace(middling, low=2.6), long)
    later = replace(lab, acts=(replace(lab.acts[0], prediction=replace(rich.NUMBER, options=cut)), lab.acts[1]))
    monkeypatch.setattr(labs, "load", lambda _: later)
    number = act_of(of_session(learner.session), "a1")["predictions"][0]
    assert (number["engine"]["option"], number["today"]["option"]) == ("middling", "short")
    assert number["today"]["value"] == number["engine"]["value"]


def test_imported_twice_counts_once(learner: Rich, store: SqliteStore, tmp_path: Path) -> None:
    learner.finish("a1")
    before = of_session(learner.session)
    with SqliteStore(tmp_path / "copy.sqlite") as copy:
        text = export(store)
        assert import_(copy, text).ok
        assert import_(copy, text).ok
        after = of_session(Rich(copy).session)
    assert {**before, "made_at": ""} == {**after, "made_at": ""}


def test_two_devices_are_one_learner(learner: Rich, store: SqliteStore, tmp_path: Path) -> None:
    learner.explore("a1")
    with SqliteStore(tmp_path / "other.sqlite") as other:
        Rich(other).explore("a1", best=8.0, option="short")
        assert import_(store, export(other)).ok
    found = of_session(learner.session)
    assert len(found["ledger"]["chains"]) == 2
    act = act_of(found, "a1")
    assert act["predictions"][0]["answer"]["value"] == 3.0
    assert act["repredictions"] == 2
    assert act["designs"] == 6


def test_an_event_that_two_devices_hold_counts_once() -> None:
    """A retry that reached both: the same id in two chains."""
    drafts = [draft("opened"), draft("predicted"), draft("moved")]
    found = report(of_events("local", [*chain(drafts), *chain(drafts, minute=1)]))
    assert (found["ledger"]["events"], found["ledger"]["distinct"]) == (6, 3)
    (lab,) = found["labs"]
    assert lab["events"] == sum(run["events"] for run in lab["versions"]) == 3
    assert found["totals"]["designs"] == 1


# --- damage -------------------------------------------------------------------------------------------------------------


def walked() -> list[Event]:
    kinds = ("opened", "predicted", "moved", "revealed", "reflected", "decided", "completed")
    return chain([draft(kind) for kind in kinds])


def test_a_broken_chain_is_told_up_to_the_break() -> None:
    events = walked()
    events[4] = changed(events[4], payload={**events[4].payload, "text": "better words"})
    found = report(of_events("local", events))
    act = act_of(found, "act1")
    assert act["predictions"][0]["answer"]["option"] == "b3"
    assert act["reflections"] == []
    assert act["decision"] is None
    assert found["ledger"]["left_out"] == 3
    assert not found["ledger"]["whole"]
    assert "4 events" in found["ledger"]["said"]
    assert "3 could not be used" in found["ledger"]["said"]
    assert "it was changed" in found["missing"][0]
    assert found["ledger"]["chains"][0]["head"] == events[3].hash
    assert "better words" not in page(found)


def test_a_lost_event_and_a_foreign_one() -> None:
    events = walked()
    for gone in (events[:2] + events[3:], [*events[:3], changed(events[3], learner="other"), *events[4:]]):
        found = report(of_events("local", gone))
        assert not found["ledger"]["whole"]
        assert found["totals"]["decisions"] == 0


@pytest.mark.parametrize(
    "payload",
    ["[]", '{"act":1,"confidence":2,"option":"x"}', '{"act":"act1"}', '{"act":"act1","option":[],"confidence":0.5}'],
)
def test_a_file_that_was_changed_while_it_was_open(store: SqliteStore, path: Path, payload: str) -> None:
    """The store checks a file when it opens it; what is changed after that, the report finds."""
    desk = Desk(store)
    desk.send("opened")
    desk.finish("act1")
    with sqlite3.connect(path) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            other.execute(f'DROP TRIGGER "{name}"')
        other.execute("UPDATE events SET payload = ? WHERE kind = 'predicted'", (payload,))
    other.close()
    found = of_session(desk.session)
    assert not found["ledger"]["whole"]
    assert found["totals"]["predictions"] == 0
    assert found["ledger"]["events"] == 1
    assert found["missing"]
    assert "Not whole" in page(found)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [("moved", "no JSON"), ("moved", "[]"), ("moved", "[" * 5000), ("predicted", '{"act":"act1"}'), ("dreamt", "{}")],
)
def test_a_row_that_verifies_and_says_nothing(kind: str, payload: str) -> None:
    """A chain whose writer stored what no reader understands: the row is left out, those after it are not."""
    records: list[Record] = []
    for event in walked():
        row = event.record()._replace(prev=records[-1].hash if records else row_start(event))
        if event.kind == "moved":
            row = row._replace(kind=kind, payload=payload)
        records.append(row._replace(hash=record_hash(row)))
    found = report(of_records("local", records))
    assert (found["ledger"]["left_out"], found["ledger"]["events"]) == (1, 6)
    assert len(found["ledger"]["faults"]) == 1
    assert "event 3" in found["ledger"]["faults"][0]
    assert found["totals"]["decisions"] == 1
    assert page(found)


def row_start(event: Event) -> str:
    """What the first row of a chain follows."""
    return event.prev


def test_a_mended_file_tells_what_happened(path: Path) -> None:
    with SqliteStore(path) as store:
        Desk(store).finish("act1")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"so be it")
    data[at : at + 8] = b"so be IT"
    path.write_bytes(data)
    with SqliteStore(path) as store:
        found = of_session(Session(store))
        assert len(found["ledger"]["notices"]) == 1
        assert found["ledger"]["notices"][0] in page(found).replace("&#x27;", "'").replace("&quot;", '"')
        assert found["totals"]["predictions"] == 1
        assert found["totals"]["decisions"] == 0
