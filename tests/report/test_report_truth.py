"""Every number of a report is in the ledger, or follows from it by hand; nothing is told before the page tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log
from statistics import fmean
from typing import Any

import pytest
from scipy.stats import binomtest

from ironlaw import labs, registry
from ironlaw.ledger import SqliteStore
from ironlaw.report import of_events, of_session, report
from ironlaw.report.answers import error_text
from ironlaw.report.calibration import wilson
from ledger.make import chain, draft
from session.desk import Desk

from . import by_hand
from .rich import ID, TRUTH, Rich, rich_lab


def lab_of(found: dict[str, Any], lab_id: str) -> dict[str, Any]:
    lab: dict[str, Any] = next(one for one in found["labs"] if one["id"] == lab_id)
    return lab


def act_of(found: dict[str, Any], lab_id: str, act_id: str) -> dict[str, Any]:
    act: dict[str, Any] = next(one for one in lab_of(found, lab_id)["acts"] if one["id"] == act_id)
    return act


def test_a_band_and_a_number_are_told_as_they_were_stored(learner: Rich, store: SqliteStore) -> None:
    learner.finish("a1")
    rows = by_hand.lines(store)
    number, band = act_of(of_session(learner.session), ID, "a1")["predictions"]

    stored = by_hand.first(rows, ID, "a1", "predicted")
    assert stored
    assert (number["answer"]["value"], number["answer"]["low"], number["answer"]["high"]) == (3.0, 1.0, 9.0)
    assert number["answer"]["number_text"] == "3 s, 1 s to 9 s"
    assert number["engine"]["value"] == TRUTH
    assert number["engine"]["value_text"] == "2.5 s"
    assert number["correct"] is True
    assert number["error"] == pytest.approx(log(3.0 / TRUTH))
    assert number["error_text"] == "1.2× too high"
    brier, log_error = by_hand.scores(True, 0.8, 2)
    assert (number["brier"], number["log"]) == (pytest.approx(brier), pytest.approx(log_error))

    stored = by_hand.first(rows, ID, "a1", "predicted", question="second")
    assert stored
    assert (band["answer"]["option"], band["answer"]["text"], band["confidence"]) == ("long", "Long", 0.7)
    assert (band["engine"]["option"], band["engine"]["text"], band["correct"]) == ("middling", "A while", False)
    brier, log_error = by_hand.scores(False, 0.7, 3)
    assert (band["brier"], band["log"]) == (pytest.approx(brier), pytest.approx(log_error))
    assert band["error"] is None


def test_a_difference_is_no_factor(learner: Rich) -> None:
    learner.finish("a1")
    learner.explore("m1", low=0.5, best=2.0, high=2.2)
    learner.send("revealed", "m1")
    number, _ = act_of(of_session(learner.session), ID, "m1")["predictions"]
    assert (number["correct"], number["error"], number["error_scale"]) == (False, -0.5, "linear")
    assert number["error_text"] == "500 ms too low"
    assert [one["act"] for one in of_session(learner.session)["errors"]] == ["a1"]


@pytest.mark.parametrize(
    ("error", "scale", "kind", "text"),
    [
        (log(2.0), "log", "seconds", "2× too high"),
        (-log(2.0), "log", "share", "2× too low"),
        (0.001, "log", None, "within half a per cent"),
        (0.0, "linear", "seconds", "exact"),
        (-90.0, "linear", "seconds", "90 s too low"),
        (0.135, "linear", "share", "13.5 percentage points too high"),
        (2.0, "linear", None, "2 too high"),
        (1e308, "log", None, "too high"),
        (None, None, None, None),
    ],
)
def test_an_error_in_words(error: float | None, scale: str | None, kind: str | None, text: str | None) -> None:
    found = error_text(error, scale, kind)
    assert found == text or (found and text == "too high" and found.endswith(text))


def test_limits_designs_quotas_and_cites(learner: Rich, store: SqliteStore) -> None:
    learner.finish("a1")
    rows = by_hand.lines(store)
    act = act_of(of_session(learner.session), ID, "a1")
    assert act["designs"] == by_hand.counted(rows, ID, "a1", "moved") == 3
    for limit in act["limits"]:
        name = limit["id"]
        assert limit["crossed"] == by_hand.counted(rows, ID, "a1", "violated", constraint=name)
        assert limit["left"] == by_hand.counted(rows, ID, "a1", "recovered", constraint=name)
        crossing = by_hand.first(rows, ID, "a1", "violated", constraint=name)
        assert (limit["first"] is None) == (crossing is None)
        if crossing:
            assert (limit["first"]["value"], limit["first"]["limit"]) == (crossing["value"], crossing["limit"])
    full = act["limits"][0]
    assert (full["name"], full["crossed"], full["left"], full["text"]) == ("Full", 1, 1, "Crossed once, left once.")
    # 20 × 5 things do not go into the small box of 50.
    assert (full["first"]["value_text"], full["first"]["limit_text"]) == ("100", "50")
    assert [(one["id"], one["count"], one["done"]) for one in act["quotas"]] == [
        ("sizes", 2, True),
        ("budget", 3, True),
    ]
    one, three = act["reflections"][0]["cites"]
    assert (one["number"], three["number"]) == (1, 3)
    # Size 1 × count 5 at ten a second, and 10 × 5.
    assert [row["value"] for row in (*one["results"], *three["results"])] == [0.5, 5.0, 5.0, 50.0]
    assert [row["text"] for row in one["results"]] == ["500 ms", "5"]


def test_the_decision_has_its_numbers_and_the_learners_words(learner: Rich, store: SqliteStore) -> None:
    learner.finish("a1", words="Why not?\nA second line.")
    stored = by_hand.first(by_hand.lines(store), ID, "a1", "decided")
    act = act_of(of_session(learner.session), ID, "a1")
    decision = act["decision"]
    assert stored
    assert {row["id"]: row["value"] for row in decision["results"]} == stored["engine"]["result"]
    assert [(row["label"], row["text"]) for row in decision["results"]] == [("Time", "5 s"), ("Load", "50")]
    assert [row["label"] for row in decision["settings"]] == ["Size", "Count", "Box", "Crew"]
    assert [row["text"] for row in decision["settings"]] == ["10", "5", "Big", "crew 1"]
    assert [one["name"] for one in decision["violated"]] == ["Slow"]
    assert decision["text"] == "Go"
    assert decision["sentence"] == act["reflections"][0]["sentence"] == "Why not?\nA second line."


def test_track_resets_and_the_head_of_the_chain(learner: Rich, store: SqliteStore) -> None:
    learner.send("tracked", track="edge-guardian")
    learner.send("tracked", track="cloud-titan")
    learner.explore("a1")
    learner.send("reset", "a1")
    rows = by_hand.lines(store)
    found = of_session(learner.session)
    assert (found["track"]["name"], found["track"]["changes"]) == ("Cloud Titan", 1)
    assert act_of(found, ID, "a1")["resets"] == 1
    assert act_of(found, ID, "a1")["quotas"][1]["count"] == 0
    (chain_,) = found["ledger"]["chains"]
    assert (chain_["events"], chain_["head"]) == (len(rows), rows[-1]["hash"])
    assert found["ledger"]["whole"]
    assert found["ledger"]["events"] == len(rows)


def test_a_whole_lab_and_its_totals(store: SqliteStore) -> None:
    desk = Desk(store)
    desk.send("opened")
    desk.finish("act1", "over")
    desk.finish("act2", "ports")
    rows = by_hand.lines(store)
    found = of_session(desk.session)
    totals = found["totals"]
    predicted = [row["payload"]["engine"] for row in rows if row["kind"] == "predicted"]
    assert totals["right"] == sum(one["correct"] for one in predicted) == 1
    assert (totals["labs"], totals["finished"], totals["predictions"], totals["revealed"]) == (1, 1, 2, 2)
    assert totals["limits_crossed"] == len(
        {(r["payload"]["act"], r["payload"]["constraint"]) for r in rows if r["kind"] == "violated"}
    )
    assert totals["decisions"] == sum(row["kind"] == "decided" for row in rows)
    assert found["calibration"]["brier"] == pytest.approx(fmean(one["brier"] for one in predicted))
    assert found["calibration"]["log"] == pytest.approx(fmean(one["log"] for one in predicted))
    lab = lab_of(found, "v2_02")
    assert (lab["stage"], lab["done"], lab["of"]) == ("done", 8, 8)
    assert lab["missing"] == []
    assert lab["completed_at"] == next(row["server_time"] for row in rows if row["kind"] == "completed")
    given = {(row["act"], row["id"]): row["source"] for row in lab["sources"]["givens"]}
    for act in labs.load("v2_02").acts:
        for one in act.givens:
            assert given[(act.id, one.id)] == one.source
    sources = {row["source"] for row in lab["sources"]["registry"]}
    assert registry.get("nvlink4").field("bandwidth").source in sources
    assert registry.get("h100-sxm").field("memory_capacity").source in sources
    other = of_session(desk.session, "v2_02")
    assert other["labs"] == [lab]


@pytest.mark.parametrize(
    ("kinds", "at_start", "text"),
    [
        ("", False, "No evidence: never crossed."),
        ("", True, "Not left yet: it is crossed at the start."),
        ("v", False, "Crossed once, never left; crossed at the end."),
        ("vr", False, "Crossed once, left once."),
        ("vrvrv", False, "Crossed 3 times, left twice; crossed at the end."),
        ("r", True, "Crossed at the start, left once."),
    ],
)
def test_a_limit_in_words(kinds: str, at_start: bool, text: str) -> None:
    lab = rich_lab()
    full = replace(lab.acts[0].constraints[0], at_start=at_start)
    lab = replace(lab, acts=(replace(lab.acts[0], constraints=(full,)),))
    extra = {"act": "a1", "constraint": "full"}
    names = {"v": "violated", "r": "recovered"}
    drafts = [draft(names[kind], lab=ID, extra=extra) for kind in kinds]
    moved = draft("moved", lab=ID, extra={"act": "a1", "settings": {}})
    found = report(of_events("local", chain([moved, *drafts])), lab_of=lambda _: lab)
    assert [limit["text"] for limit in act_of(found, ID, "a1")["limits"]] == [text]


def test_the_first_crossing_is_the_one_that_is_told() -> None:
    extra = {"act": "a1", "constraint": "full"}
    told = ((60.0, 50.0), (90.0, 50.0))
    crossings = [draft("violated", lab=ID, extra=extra | {"value": value, "limit": limit}) for value, limit in told]
    found = report(of_events("local", chain(crossings)), lab_of=lambda _: rich_lab())
    (first,) = [limit["first"] for limit in act_of(found, ID, "a1")["limits"] if limit["first"]]
    assert (first["value_text"], first["limit_text"]) == ("60", "50")


# --- what is not told yet -----------------------------------------------------------------------------------------------


def test_nothing_of_the_engine_is_told_before_the_reveal(learner: Rich) -> None:
    learner.explore("a1", low=20, best=30, high=40)
    found = of_session(learner.session)
    for one in act_of(found, ID, "a1")["predictions"]:
        for name in ("engine", "correct", "brier", "log", "interval", "error", "error_text", "today", "figure"):
            assert one[name] is None, name
    assert found["calibration"]["commits"] == 0
    assert found["calibration"]["unscored"] == 2
    assert found["errors"] == []
    assert found["totals"]["right"] == 0
    text = json.dumps(found)
    assert "Which is heavier?" not in text
    assert "What do you do?" not in text
    assert "A while" not in text


@pytest.mark.parametrize("lab_id", labs.built())
def test_an_untouched_lab_tells_nothing_of_itself(store: SqliteStore, lab_id: str) -> None:
    from ironlaw.session import Session

    found = of_session(Session(store), lab_id)
    (lab,) = found["labs"]
    assert lab["stage"] == "not_started"
    assert lab["sources"] == {"givens": [], "registry": []}
    assert all(act["predictions"] == [] and act["decision"] is None for act in lab["acts"])
    assert lab["missing"][0].startswith("No evidence")


# --- calibration --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("right", "commits"), [(0, 1), (1, 1), (1, 3), (5, 9), (0, 30), (30, 30), (61, 200)])
def test_the_interval_is_wilsons(right: int, commits: int) -> None:
    oracle = binomtest(right, commits).proportion_ci(0.95, method="wilson")
    assert list(wilson(right, commits)) == pytest.approx([oracle.low, oracle.high], abs=1e-9)


def test_no_commit_allows_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def commits(count: int) -> dict[str, Any]:
    """A report over so many commits, half of them right, at two confidences."""
    drafts = []
    for number in range(count):
        engine = {"correct": number % 2 == 0, "key": "k", "value": 1.0, "brier": 0.1 * number, "log": 1.0}
        extra = {"act": f"x{number}", "confidence": (0.5, 0.7)[number % 3 == 0], "engine": engine}
        drafts += [draft("predicted", extra=extra), draft("revealed", extra={"act": f"x{number}"})]
    return report(of_events("local", chain(drafts)))


@pytest.mark.parametrize("count", [1, 2, 29, 30, 37])
def test_a_curve_needs_thirty_commits(count: int) -> None:
    found = commits(count)["calibration"]
    assert found["commits"] == count
    assert (found["curve"] is not None) == (count >= 30)
    assert ("say little" in found["said"] or "says little" in found["said"]) == (count < 30)
    assert f"{(count + 1) // 2} of {count}" in found["said"]
    assert sum(level["commits"] for level in found["levels"]) == count
    assert sum(level["right"] for level in found["levels"]) == (count + 1) // 2
    assert found["brier"] == pytest.approx(fmean(0.1 * number for number in range(count)))
    for level in found["levels"]:
        assert level["low"] <= level["right"] / level["commits"] <= level["high"]


def test_many_confidences_are_gathered_in_tenths() -> None:
    drafts = []
    for number in range(40):
        extra = {"act": f"x{number}", "confidence": number / 40, "engine": {"correct": True}}
        drafts += [draft("predicted", extra=extra), draft("revealed", extra={"act": f"x{number}"})]
    found = report(of_events("local", chain(drafts)))["calibration"]
    assert [level["commits"] for level in found["levels"]] == [4] * 10
    assert found["levels"][2]["text"] == "20 % to 30 %"
    assert found["brier"] is None
