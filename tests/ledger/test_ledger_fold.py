"""State is a fold over events, whatever order they come in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ironlaw.ledger import ActState, Event, design_record, fold

from .make import chain, chance, draft


def act_of(events: list[Event], lab: str = "v2_02", act: str = "act1") -> ActState:
    return fold(events).labs[lab].acts[act]


def test_no_events_no_state() -> None:
    state = fold([])
    assert (state.labs, state.events, state.last_saved) == ({}, 0, None)


def test_one_walk_through_an_act() -> None:
    kinds = [
        "opened",
        "predicted",
        "moved",
        "moved",
        "violated",
        "moved",
        "recovered",
        "revealed",
        "reflected",
        "decided",
        "completed",
    ]
    events = chain(draft(kind) for kind in kinds)
    state = fold(events)
    lab = state.labs["v2_02"]
    act = lab.acts["act1"]
    assert lab.opened_at == events[0].server_time
    assert lab.completed_at == lab.last_saved == state.last_saved == events[-1].server_time
    assert lab.events == state.events == len(kinds)
    assert lab.context == "node"
    assert act.prediction is not None
    assert act.prediction["option"] == "b3"
    assert (act.prediction["at"], act.prediction["id"]) == (events[1].server_time, events[1].id)
    assert act.moves == 3
    assert act.settings == {"parameters": 1.3e10, "link": "nvlink4"}
    assert asdict(act.hits["oom"]) == {"hits": 1, "recoveries": 1, "active": False}
    assert act.revealed
    assert len(act.reflections) == 1
    assert act.decision is not None
    assert act.decision["text"] == "the wire pays"


def test_a_redo_never_overwrites_the_first_attempt() -> None:
    options = ["b1", "b2", "b3"]
    predicted = [draft("predicted", extra={"option": option}) for option in options]
    decided = [draft("decided", extra={"option": option}) for option in options]
    act = act_of(chain(predicted + decided))
    assert act.prediction is not None
    assert act.decision is not None
    assert act.prediction["option"] == act.decision["option"] == "b1"
    assert (
        [entry["option"] for entry in act.repredictions]
        == [entry["option"] for entry in act.redecisions]
        == ["b2", "b3"]
    )


def test_a_limit_that_was_ever_hit_stays_hit() -> None:
    kinds = ["violated", "recovered", "violated", "recovered", "violated"]
    events = chain(draft(kind) for kind in kinds)
    assert asdict(act_of(events).hits["oom"]) == {"hits": 3, "recoveries": 2, "active": True}
    (constraint,) = design_record(fold(events).labs["v2_02"])["constraints"]
    assert constraint == {
        "act": "act1",
        "constraint": "oom",
        "hits": 3,
        "recoveries": 2,
        "active": True,
        "hit": True,
        "left": True,
    }


def test_lab_four_of_two_volumes_are_two_labs() -> None:
    events = chain([draft("predicted", lab="v1_04"), draft("predicted", lab="v2_04", extra={"option": "b9"})])
    assert act_of(events, "v1_04").prediction != act_of(events, "v2_04").prediction


def test_acts_are_kept_apart() -> None:
    events = chain([draft("moved"), draft("moved", extra={"act": "act2", "settings": {"nodes": 4}})])
    assert act_of(events).moves == act_of(events, act="act2").moves == 1
    assert act_of(events, act="act2").settings == {"nodes": 4}


def test_an_event_that_reached_two_devices_counts_once() -> None:
    retried = draft("moved")
    a, b = chain([retried]), chain([retried], minute=1)
    assert act_of(a + b).moves == 1
    assert asdict(fold(a + b)) == asdict(fold(b + a))


def test_the_earliest_prediction_of_two_devices_stands() -> None:
    late = chain([draft("predicted", extra={"option": "late"})], minute=5)
    early = chain([draft("predicted", extra={"option": "early"})], minute=2)
    prediction = act_of(late + early).prediction
    assert prediction is not None
    assert prediction["option"] == "early"


def test_a_kind_of_the_future_is_counted_and_otherwise_ignored() -> None:
    (event,) = chain([draft("moved", payload={"anything": 1})])
    future = Event(**{name: getattr(event, name) for name in Event.__dataclass_fields__} | {"kind": "annotated"})
    state = fold([future])
    assert state.labs["v2_02"].events == 1
    assert state.labs["v2_02"].acts == {}


kinds = st.sampled_from(
    ["opened", "predicted", "moved", "violated", "recovered", "revealed", "reflected", "decided", "completed"]
)
drafts = st.builds(
    lambda kind, lab, act, option: draft(kind, lab=lab, extra={"act": act, "option": option}),
    kinds,
    st.sampled_from(["v1_04", "v2_04"]),
    st.sampled_from(["act1", "act2"]),
    st.sampled_from("abc"),
)
chains = st.lists(st.tuples(st.lists(drafts, max_size=8), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=3)


@given(chains, st.integers())
def test_the_fold_of_a_union_does_not_depend_on_its_order(made: list[Any], seed: int) -> None:
    events = [event for ds, minute, step in made for event in chain(ds, minute=minute, step=step)]
    shuffled = events * 2
    chance(seed).shuffle(shuffled)
    assert asdict(fold(shuffled)) == asdict(fold(events))


@given(st.lists(drafts, max_size=12))
def test_counts_agree_with_counting(ds: list[Any]) -> None:
    events = chain(ds)
    state = fold(events)
    assert sum(lab.events for lab in state.labs.values()) == len(events)
    for lab_id, lab in state.labs.items():
        for act_id, act in lab.acts.items():
            of_act = [e for e in events if e.lab == lab_id and e.payload.get("act") == act_id]
            told = [e.payload["option"] for e in of_act if e.kind == "predicted"]
            assert (act.prediction or {}).get("option") == (told[0] if told else None)
            assert act.moves == sum(e.kind == "moved" for e in of_act)
            assert act.revealed == any(e.kind == "revealed" for e in of_act)
            assert len(act.reflections) == sum(e.kind == "reflected" for e in of_act)


def test_the_design_record_holds_what_the_capstones_read() -> None:
    second = {"act": "act2", "option": "ports", "confidence": 0.5, "engine": {"correct": True}}
    events = chain(
        [
            draft("predicted"),
            draft("violated"),
            draft("decided", extra={"context": "cluster", "settings": {"nodes": 16}}),
            draft("predicted", payload=second),
            draft("decided", extra={"act": "act2", "option": "more_ports"}),
        ]
    )
    record = design_record(fold(events).labs["v2_02"])
    assert json.loads(json.dumps(record)) == record
    assert record["context"] == "cluster"
    told = [(p["act"], p["option"], p["confidence"], p["correct"]) for p in record["predictions"]]
    assert told == [("act1", "b3", 0.7, False), ("act2", "ports", 0.5, True)]
    assert record["decisions"][0] | {"at": None} == {
        "act": "act1",
        "option": "buy",
        "text": "the wire pays",
        "context": "cluster",
        "settings": {"nodes": 16},
        "cites": None,
        "at": None,
    }
    assert record["decisions"][1]["option"] == "more_ports"
    assert record["results"]["act1"] == {"step": 1.56}
    assert record["constraints"][0]["hit"]
    assert not record["constraints"][0]["left"]


def test_a_second_answer_is_a_prediction_of_its_own_with_its_number() -> None:
    number = {
        "act": "act1",
        "question": "second",
        "option": "low",
        "confidence": 0.8,
        "value": 3.0,
        "low": 2.0,
        "high": 5.0,
    }
    told = {"correct": True, "value": 4.0, "error": -0.29, "brier": 0.08, "log": 0.22}
    again = draft("predicted", extra={"question": "second", "option": "high"})
    events = chain([draft("predicted"), draft("predicted", payload=number | {"engine": told}), again])
    state = fold(events).labs["v2_02"].acts["act1"]
    assert state.second is not None
    assert state.second["option"] == "low"
    assert [entry["option"] for entry in state.repredictions] == ["high"]
    second = design_record(fold(events).labs["v2_02"])["predictions"][1]
    assert (second["question"], second["value"], second["truth"], second["error"]) == ("second", 3.0, 4.0, -0.29)


def test_designs_resets_tracks_and_machines_are_kept_in_order() -> None:
    events = chain(
        [
            draft("moved", extra={"settings": {"n": 1}}),
            draft("reset"),
            draft("moved", extra={"settings": {"n": 2}}),
            draft("tracked"),
            draft("tracked", extra={"track": "tiny-pioneer"}),
            draft("measured", lab="probe"),
            draft("exported"),
        ]
    )
    state = fold(events)
    act = state.labs["v2_02"].acts["act1"]
    assert [design["settings"]["n"] for design in act.designs] == [1, 2]
    assert act.reset_at == [1]
    assert [entry["track"] for entry in state.tracks] == ["cloud-titan", "tiny-pioneer"]
    assert state.measured[-1]["results"] == {"memory_bandwidth": 1e10}
    assert "probe" not in state.labs
    assert state.labs["v2_02"].exports == 1
    assert state.events == len(events)


def test_a_prediction_without_the_engine_s_word_is_neither_right_nor_wrong() -> None:
    events = chain([draft("predicted", payload={"act": "act1", "option": 3.5, "confidence": 0.5})])
    (prediction,) = design_record(fold(events).labs["v2_02"])["predictions"]
    assert prediction["correct"] is None
    assert prediction["option"] == 3.5
