"""Limits met and left: the engine says so, from the arithmetic; no client can claim it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.ledger import SqliteStore
from labkit.samples import settings_of
from labs import by_hand

from .desk import ACT_1, ACT_2, LAB, Desk


def test_crossing_and_leaving_are_written_beside_the_move(desk: Desk) -> None:
    desk.predict("act1")
    saved = desk.move("act1", wire="ethernet-100g")["saved"]
    assert saved["events"] == ["moved", "violated"]
    hand = by_hand.cliff({**by_hand.CLIFF, "wire": "ethernet-100g"})
    (violated,) = desk.of("violated")
    assert violated["constraint"] == "comm"
    assert violated["value"] == pytest.approx(hand["exposed"])
    assert violated["limit"] == pytest.approx(hand["compute"])
    assert violated["settings"]["wire"] == "ethernet-100g"
    assert desk.move("act1", wire="ethernet-25g")["saved"]["events"] == ["moved"], "still over the limit"
    assert desk.move("act1")["saved"]["events"] == ["moved", "recovered"]
    goals = {goal["id"]: goal["done"] for goal in desk.act("act1")["instrument"]["goals"]}
    assert goals == {"moved": True, "hit:comm": True, "left:comm": True, "hit:oom": False, "left:oom": False}


def test_several_limits_in_one_move(desk: Desk) -> None:
    desk.finish("act1")
    desk.predict("act2")
    answer = desk.move("act2", port="ethernet-100g", nodes=64, gpus=8, accumulation=1)
    assert answer["saved"]["events"] == ["moved", "violated", "violated"]
    assert {each["constraint"] for each in desk.of("violated") if each["act"] == "act2"} == {"overhead", "batch"}


def test_running_out_of_memory_is_no_way_out_of_another_limit(desk: Desk) -> None:
    """An infeasible plan has no exchange: whether it would be bound by it is not known, so nothing is said."""
    desk.predict("act1")
    desk.move("act1", wire="ethernet-100g")
    assert desk.move("act1", wire="ethernet-100g", parameters=70e9)["saved"]["events"] == ["moved", "violated"]
    assert desk.of("recovered") == []
    assert desk.move("act1", wire="ethernet-100g")["saved"]["events"] == ["moved", "recovered"]
    assert [each["constraint"] for each in desk.of("recovered")] == ["oom"]
    assert [each["constraint"] for each in desk.of("violated")] == ["comm", "oom"]
    assert desk.move("act1")["saved"]["events"] == ["moved", "recovered"]
    assert desk.of("recovered")[-1]["constraint"] == "comm"


def test_a_move_to_where_one_stands_stores_nothing(desk: Desk) -> None:
    desk.predict("act1")
    before = desk.rows()
    for same in ({}, dict(by_hand.CLIFF), {"wire": "nvlink4"}, {"gpus": 8}):
        answer = desk.send("moved", "act1", settings=same)
        assert answer["saved"] | {"id": ""} == {
            "id": "",
            "seq": None,
            "server_time": None,
            "duplicate": False,
            "events": [],
        }
    assert desk.rows() == before
    assert desk.refused("revealed", "act1").code == "wrong_stage", "standing still is no move"
    desk.move("act1", tokens=4096)
    before = desk.rows()
    desk.move("act1", tokens=4096)
    assert desk.rows() == before
    desk.move("act1")
    assert desk.kinds().count("moved") == 2, "a move back to an older place is a move"


def test_the_toggle_of_the_context_is_kept_even_where_the_settings_agree(desk: Desk) -> None:
    desk.predict("act1", context="node")
    desk.send("moved", "act1", settings={"tokens": 4096}, context="node")
    desk.send("moved", "act1", settings={"tokens": 4096}, context="cluster")
    assert desk.session.document(LAB)["acts"][0]["instrument"]["context"] == "cluster"
    assert desk.kinds().count("moved") == 2


def test_a_move_without_a_context_keeps_the_one_there_was(desk: Desk) -> None:
    desk.predict("act1", context="cluster")
    desk.send("moved", "act1", settings={"tokens": 4096})
    assert desk.session.document(LAB)["acts"][0]["instrument"]["context"] == "cluster"
    before = desk.rows()
    desk.send("moved", "act1", settings={"tokens": 4096})
    assert desk.rows() == before


@pytest.mark.parametrize("kind", ["violated", "recovered", "completed", "engine", "erased", ""])
def test_a_client_cannot_claim_what_the_engine_says(desk: Desk, kind: str) -> None:
    desk.predict("act1")
    refusal = desk.refused(kind, "act1", constraint="oom", value=1.0, limit=0.0, settings={})
    assert (refusal.code, refusal.field) == ("bad_value", "kind")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("predicted", {"option": "over", "confidence": 0.5, "engine": {"correct": True, "brier": 0.0, "log": 0.0}}),
        ("predicted", {"option": "over", "confidence": 0.5, "correct": True}),
        ("predicted", {"option": "over", "confidence": 0.5, "act": "act2"}),
    ],
)
def test_a_client_cannot_add_to_its_answer(desk: Desk, kind: str, payload: dict[str, Any]) -> None:
    refusal = desk.refused(kind, "act1", **payload)
    assert refusal.code == "bad_request"
    assert refusal.field == f"payload.{({*payload} - {'option', 'confidence'}).pop()}"


def crossed(act: str, chosen: dict[str, Any]) -> dict[str, bool | None]:
    """Which limits a design crosses, by the sheet's arithmetic; None where it has no number."""
    if act == "act1":
        v = by_hand.cliff(chosen)
        comm = v["exposed"] > v["compute"] if "step" in v else None
        return {"oom": v["memory"] > v["capacity"], "comm": comm}
    v = by_hand.boundary(chosen)
    over = v["step"] > 2 * v["compute"] if "step" in v else None
    return {"oom": v["memory"] > v["capacity"], "overhead": over, "batch": v["batch"] > v["critical_batch"]}


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_the_history_of_limits_follows_from_the_moves(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any sequence of moves in both acts: the rows are those that the arithmetic gives, and the portal counts them."""
    path: Path = tmp_path_factory.mktemp("limits") / "ledger.sqlite"
    with SqliteStore(path) as store:
        desk = Desk(store)
        expected: list[tuple[str, str, str]] = []
        for act in (ACT_1, ACT_2):
            desk.predict(act.id)
            active = dict.fromkeys(crossed(act.id, act.start()), False)
            moves = data.draw(st.lists(settings_of(act), min_size=1, max_size=6))
            last = act.start()
            for chosen in moves:
                desk.send("moved", act.id, settings=chosen)
                if chosen == last:
                    continue
                last = chosen
                for name, now in crossed(act.id, chosen).items():
                    if now is not None and now != active[name]:
                        expected.append((act.id, "violated" if now else "recovered", name))
                        active[name] = now
            if act is ACT_1:
                desk.send("moved", act.id, settings=act.start() | {"tokens": 1234.0})
                for name, now in crossed(act.id, act.start() | {"tokens": 1234.0}).items():
                    if now is not None and now != active[name]:
                        expected.append((act.id, "violated" if now else "recovered", name))
                desk.send("revealed", act.id)
                desk.send("reflected", act.id, option="phases")
                desk.send("decided", act.id, option="nvlink", settings=act.start())
        found = [
            (event.payload["act"], event.kind, event.payload["constraint"])
            for event in desk.events()
            if event.kind in ("violated", "recovered")
        ]
        assert found == expected
        row = next(row for row in desk.session.portal()["labs"] if row["id"] == LAB)["progress"]
        assert row["limits_hit"] == len({(act, name) for act, kind, name in expected if kind == "violated"})
        assert row["limits_left"] == len({(act, name) for act, kind, name in expected if kind == "recovered"})
