"""The whole walk through v2_02 over a real file: right, wrong, and wrong with great confidence."""

from __future__ import annotations

from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from ironlaw import __version__, registry
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import CONFIDENCES
from ironlaw.ledger import SqliteStore, design_record, fold, uuid7
from ironlaw.session import Session
from labs import by_hand

from .desk import ACT_1, ACT_2, LAB, Desk

WALKS = {
    "right": ("middle", 0.7, "phases", "ports", 0.5, "pipeline"),
    "wrong": ("somewhat", 0.5, "passes", "framework", 0.3, "retreat"),
    "wrong and sure": ("over", 0.97, "accumulation", "bisection", 0.97, "ports"),
    "right, then wrong": ("middle", 0.85, "format", "latency", 0.85, "batch"),
}
KEYS = ("middle", "phases", "ports", "pipeline")


def errors(correct: bool, confidence: float, options: int) -> tuple[float, float]:
    """Brier score and log error by hand: what is not said is spread evenly."""
    rest = (1 - confidence) / (options - 1)
    if correct:
        return (1 - confidence) ** 2 + (options - 1) * rest**2, -log(confidence)
    return confidence**2 + (1 - rest) ** 2 + (options - 2) * rest**2, -log(rest)


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_leaves_its_rows(desk: Desk, name: str) -> None:
    said1, sure1, why1, said2, sure2, why2 = WALKS[name]
    desk.send("opened")
    desk.predict("act1", said1, sure1)
    desk.move("act1", wire="ethernet-100g")
    desk.move("act1", wire="nvlink4", tokens=16384)
    desk.send("revealed", "act1")
    desk.send("reflected", "act1", option=why1, text="a reason")
    desk.send("decided", "act1", option="changed", text="signed", settings={"wire": "pcie-gen5-x16"}, context="node")
    desk.predict("act2", said2, sure2, context="cluster")
    desk.move("act2", ports=8, port="infiniband-xdr")
    desk.send("revealed", "act2")
    desk.send("reflected", "act2", option=why2)
    answer = desk.send("decided", "act2", option="ports", settings={"ports": 8}, context="cluster")

    assert desk.kinds() == [
        *("opened", "predicted", "moved", "violated", "moved", "recovered", "revealed", "reflected", "decided"),
        *("predicted", "moved", "revealed", "reflected", "decided", "completed"),
    ]
    assert answer["saved"]["events"] == ["decided", "completed"]
    for event in desk.events():
        assert (event.lab, event.lab_version, event.engine_version) == (LAB, 1, __version__)
        assert event.registry == registry.digest()
        assert event.client_time == "2026-01-31T10:32:00Z"

    hand1 = by_hand.cliff({**by_hand.CLIFF, "wire": "ethernet-100g"})
    hand2 = by_hand.boundary(by_hand.BOUNDARY)
    for payload, said, sure, key, options, value in (
        (desk.of("predicted")[0], said1, sure1, KEYS[0], 5, hand1["slowdown"]),
        (desk.of("predicted")[1], said2, sure2, KEYS[2], 4, hand2["exposed_inter"]),
    ):
        brier, log_error = errors(said == key, sure, options)
        engine = payload["engine"]
        assert (payload["option"], payload["confidence"]) == (said, sure)
        assert (engine["key"], engine["correct"]) == (key, said == key)
        assert engine["brier"] == pytest.approx(brier)
        assert engine["log"] == pytest.approx(log_error)
        assert engine["value"] == pytest.approx(value)
    for payload, said, key in zip(desk.of("reflected"), (why1, why2), (KEYS[1], KEYS[3]), strict=True):
        assert (payload["option"], payload["engine"]["key"]) == (said, key)
        assert payload["engine"]["correct"] == (said == key)
    signed = by_hand.cliff({**by_hand.CLIFF, "wire": "pcie-gen5-x16"})
    assert desk.of("decided")[0]["engine"]["result"] == {
        output: pytest.approx(signed[output]) for output in ACT_1.decision.record
    }

    page = desk.session.document(LAB)
    assert page["synthesis"]
    assert [act["stage"] for act in page["acts"]] == ["done", "done"]
    for act, right in zip(page["acts"], (said1 == KEYS[0], said2 == KEYS[2]), strict=True):
        assert act["reveal"]["score"]["correct"] == right
        assert (act["reveal"]["feedback"] is None) == right


def test_the_sure_and_wrong_pay_most(desk: Desk) -> None:
    """On the page's own scale of confidence: the log error of a sure miss is many times that of a guess."""
    low, high = CONFIDENCES[0][0], CONFIDENCES[-1][0]
    desk.predict("act1", "over", high)
    engine = desk.of("predicted")[0]["engine"]
    assert engine["brier"] > errors(False, low, 5)[0] > errors(True, high, 5)[0]
    assert exp(-engine["log"]) == pytest.approx((1 - high) / 4)


def test_each_stage_is_there_for_whoever_comes_back(desk: Desk, path: Path) -> None:
    """Progress is in the file: another session, with a store of its own, sees the same page and goes on with it."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("predicted", {"option": "hardly", "confidence": 0.5}),
        ("moved", {"settings": {"wire": "ethernet-25g"}}),
        ("revealed", {}),
        ("reflected", {"option": "passes", "text": "x < y & z"}),
        ("decided", {"option": "nvlink", "settings": {"wire": "nvlink4"}}),
    ]
    for number, (kind, payload) in enumerate(steps):
        with SqliteStore(path) as second:
            other = Desk(second)
            assert other.session.document(LAB) == desk.session.document(LAB)
            sender = (desk, other)[number % 2]
            sender.send(kind, "act1", **payload)
            assert other.session.document(LAB) == desk.session.document(LAB)
            assert other.session.portal() == desk.session.portal()
    assert desk.act("act1")["reflection"]["answered"]["text"] == "x < y & z"
    assert desk.act("act2")["stage"] == "predict"


def test_a_closed_and_reopened_file_is_the_same_ledger(path: Path) -> None:
    with SqliteStore(path) as store:
        Desk(store).finish("act1")
        page, rows = Desk(store).session.document(LAB), Desk(store).rows()
    with SqliteStore(path) as store:
        assert Desk(store).session.document(LAB) == page
        assert Desk(store).rows() == rows


def test_completed_is_said_once(desk: Desk) -> None:
    desk.finish("act1")
    assert "completed" not in desk.kinds()
    desk.finish("act2")
    last = desk.last
    assert desk.kinds().count("completed") == 1
    at = desk.session.document(LAB)["saved"]
    again = desk.again(last, "decided", "act2", option="ports", text="so be it", settings={"ports": 4})
    assert again["saved"]["duplicate"]
    assert again["saved"]["events"] == []
    assert desk.refused("decided", "act2", option="batch", settings={}).code == "already_committed"
    desk.move("act2", ports=8)
    assert desk.kinds().count("completed") == 1
    assert desk.session.document(LAB)["saved"]["events"] == at["events"] + 1


def test_the_design_record_holds_what_the_capstone_reads(desk: Desk) -> None:
    """DESIGN section 5 and the ledger line of the sheet."""
    desk.predict("act1", "over", 0.85, context="cluster")
    desk.move("act1", wire="ethernet-100g")
    desk.move("act1", parameters=70e9)
    desk.move("act1", wire="nvlink4")
    desk.send("revealed", "act1")
    desk.send("reflected", "act1", option="phases")
    desk.send("decided", "act1", option="nvlink", text="the ratio", settings={"wire": "nvlink4"}, context="cluster")
    desk.finish("act2", prediction="framework", decision="batch", nodes=8, overlap=0.5, accumulation=2)
    record = design_record(fold(desk.events()).labs[LAB])

    assert record["lab"] == LAB
    assert record["context"] == "cluster"
    assert record["completed_at"] is not None
    first, second = record["predictions"]
    assert (first["option"], first["confidence"], first["correct"]) == ("over", 0.85, False)
    assert (second["option"], second["confidence"], second["correct"]) == ("framework", 0.7, False)
    one, two = record["decisions"]
    assert (one["option"], one["text"], one["settings"]["wire"]) == ("nvlink", "the ratio", "nvlink4")
    assert (two["option"], two["settings"]["nodes"]) == ("batch", 8)
    hand = by_hand.boundary({**by_hand.BOUNDARY, "nodes": 8, "overlap": 0.5, "accumulation": 2})
    result = record["results"]["act2"]
    for name in ("overhead", "efficiency", "speedup", "step", "added_cost"):
        assert result[name] == pytest.approx(hand[name])
    assert (result["nodes"], result["ports"], result["parameters"]) == (8, 1, 13e9)
    assert set(result) == set(ACT_2.decision.record)
    met = {(each["act"], each["constraint"]): (each["hit"], each["left"]) for each in record["constraints"]}
    assert met[("act1", "comm")] == (True, True)
    assert met[("act1", "oom")] == (True, True)


def test_the_first_prediction_stands_and_a_replay_is_no_second(desk: Desk) -> None:
    first = desk.predict("act1", "hardly", 0.3)
    sent = {"option": "hardly", "confidence": 0.3}
    again = desk.again(desk.last, "predicted", "act1", **sent)
    assert again["saved"] == first["saved"] | {"duplicate": True, "events": []}
    assert again["document"] == first["document"]
    assert desk.refused("predicted", "act1", option="middle", confidence=0.97).code == "already_committed"
    assert desk.kinds() == ["predicted"]
    assert desk.act("act1")["prediction"]["committed"]["option"] == "hardly"


def test_of_many_first_predictions_one_stands(desk: Desk, path: Path) -> None:
    """Two stores over one file, and commits that wait in one group: whoever is first is first."""
    options = ["hardly", "somewhat", "middle", "several", "over"] * 4
    with SqliteStore(path) as second:
        works = []
        for number, option in enumerate(options):
            session = Session((desk.store, second)[number % 2])
            payload = {"option": option, "confidence": 0.5}
            body = {"id": uuid7(), "kind": "predicted", "act": "act1", "payload": payload}
            works.append(session.store.submit(session.work(LAB, body)))
        errors = [work.exception(timeout=30) for work in works]
    (stored,) = desk.of("predicted")
    (winner,) = [work.result() for work, error in zip(works, errors, strict=True) if error is None]
    assert winner.saved is not None
    assert winner.saved.payload["option"] == stored["option"]
    codes = {error.code for error in errors if isinstance(error, Refusal)}
    assert codes == {"already_committed"}
    assert sum(error is not None for error in errors) == len(options) - 1


def test_opened_is_kept_once(desk: Desk) -> None:
    desk.send("opened")
    first = desk.last
    second = desk.send("opened")
    assert second["saved"]["events"] == []
    assert desk.again(first, "opened")["saved"]["duplicate"]
    assert desk.kinds() == ["opened"]


def test_learners_of_one_file_do_not_see_each_other(desk: Desk) -> None:
    desk.finish("act1")
    other = Desk(desk.store, "another")
    assert other.session.document(LAB)["next"] == {
        **other.session.document(LAB)["next"],
        "act": "act1",
        "stage": "predict",
    }
    assert other.refused("moved", "act1", settings={"tokens": 1024}).code == "locked"
    other.predict("act1")
    assert desk.act("act1")["stage"] == "done"
    assert [event.learner for event in other.events()] == ["another"]


def test_the_moves_after_the_end_are_kept_and_the_signature_stays(desk: Desk) -> None:
    desk.finish("act1", decision="changed", wire="pcie-gen4-x16")
    signed = desk.act("act1")["decision"]["decided"]["html"]
    desk.move("act1", wire="ethernet-25g", overlap=0.0)
    page = desk.act("act1")
    assert page["instrument"]["settings"]["wire"] == "ethernet-25g"
    assert page["decision"]["decided"]["html"] == signed
    assert "PCIe" in signed
