"""Everything that is not to be: refused with its code, and the ledger stays as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironlaw.intents import KINDS
from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import SqliteStore, uuid7
from labkit.samples import refusal_of

from .desk import LAB, Desk

STAGES = ("predict", "explore", "reflect", "decide", "done")
GOOD: dict[str, dict[str, Any]] = {
    "predicted": {"option": "hardly", "confidence": 0.5},
    "moved": {"settings": {"tokens": 4096}},
    "revealed": {},
    "reflected": {"option": "passes", "text": "x"},
    "decided": {"option": "nvlink", "settings": {}},
}
STEPS = ("predicted", "revealed", "reflected", "decided")


def bring_to(desk: Desk, stage: str) -> None:
    """Walk act I up to a stage."""
    for number, kind in enumerate(STEPS[: STAGES.index(stage)]):
        if number == 1:
            desk.send("moved", "act1", **GOOD["moved"])
        desk.send(kind, "act1", **GOOD[kind])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", GOOD)
def test_each_stage_takes_its_own_step_and_refuses_the_others(desk: Desk, stage: str, kind: str) -> None:
    bring_to(desk, stage)
    assert desk.act("act1")["stage"] == stage
    behind = STAGES.index(stage)
    if kind == "moved":
        if stage == "predict":
            assert desk.refused(kind, "act1", **GOOD[kind]).code == "locked"
        else:
            desk.send(kind, "act1", settings={"tokens": 2048})
        return
    due = STEPS.index(kind)
    if due < behind:
        assert desk.refused(kind, "act1", **GOOD[kind]).code == "already_committed"
    elif due > behind or kind == "revealed":  # a reveal asks for a move first
        assert desk.refused(kind, "act1", **GOOD[kind]).code == "wrong_stage"
    else:
        desk.send(kind, "act1", **GOOD[kind])


@pytest.mark.parametrize("stage", STAGES[:-1])
@pytest.mark.parametrize("kind", GOOD)
def test_the_second_act_waits_for_the_first(desk: Desk, stage: str, kind: str) -> None:
    bring_to(desk, stage)
    options = {"predicted": "ports", "reflected": "batch", "decided": "ports"}
    payload = GOOD[kind] | ({"option": options[kind]} if kind in options else {})
    payload |= {"settings": {}} if "settings" in payload else {}
    assert desk.refused(kind, "act2", **payload).code == "locked"


def test_evaluate_is_locked_until_the_prediction_is_stored(desk: Desk) -> None:
    def ask(act: str) -> Refusal | None:
        return refusal_of(lambda: desk.session.evaluate(LAB, {"act": act, "settings": {}}))

    for act in ("act1", "act2"):
        refusal = ask(act)
        assert refusal is not None
        assert refusal.code == "locked"
    desk.predict("act1")
    assert ask("act1") is None
    locked = ask("act2")
    assert locked is not None
    assert locked.code == "locked"
    before = desk.rows()
    result = desk.session.evaluate(LAB, {"act": "act1", "settings": {"wire": "ethernet-25g"}, "context": "cluster"})
    assert result["settings"]["wire"] == "ethernet-25g"
    assert desk.rows() == before, "looking stores nothing"


@pytest.mark.parametrize(
    ("lab", "code"),
    [
        ("v1_05", "not_built"),
        ("v9_99", "unknown_lab"),
        ("", "unknown_lab"),
        ("../etc", "unknown_lab"),
        ("x" * 999, "unknown_lab"),
    ],
)
def test_a_lab_that_is_not_there(desk: Desk, lab: str, code: str) -> None:
    body = {"id": uuid7(), "kind": "opened", "payload": {}}
    for ask in (
        lambda: desk.session.document(lab),
        lambda: desk.session.evaluate(lab, {"act": "act1"}),
        lambda: desk.session.intent(lab, body),
    ):
        refusal = refusal_of(ask)
        assert refusal is not None
        assert (refusal.code, refusal.field) == (code, "lab")
        assert LAB in str(refusal.allowed)
        assert_answerable(refusal)


def assert_answerable(refusal: Refusal) -> None:
    answer = {name: getattr(refusal, name) for name in ("code", "message", "field", "value", "allowed")}
    assert len(json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()) < 2000
    assert refusal.message


BAD: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("predict", "predicted", {"confidence": 0.5}, "missing", "payload.option"),
    ("predict", "predicted", {"option": "hardly"}, "missing", "payload.confidence"),
    ("predict", "predicted", {"option": "best", "confidence": 0.5}, "unknown_option", "payload.option"),
    ("predict", "predicted", {"option": ["hardly"], "confidence": 0.5}, "unknown_option", "payload.option"),
    ("predict", "predicted", {"option": None, "confidence": 0.5}, "unknown_option", "payload.option"),
    ("predict", "predicted", {"option": "hardly", "confidence": 1.0}, "out_of_range", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": 0}, "out_of_range", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": float("nan")}, "out_of_range", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": 10**400}, "out_of_range", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": "0.5"}, "bad_value", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": True}, "bad_value", "payload.confidence"),
    ("predict", "predicted", {"option": "hardly", "confidence": 0.5, "context": "moon"}, "bad_value", "context"),
    ("predict", "predicted", {"option": "hardly", "confidence": 0.5, "context": 0}, "bad_value", "context"),
    ("predict", "predicted", {"option": "hardly", "confidence": 0.5, "context": ""}, "bad_value", "context"),
    ("predict", "predicted", {"option": "hardly", "confidence": 0.5, "context": []}, "bad_value", "context"),
    ("explore", "moved", {}, "missing", "payload.settings"),
    ("explore", "moved", {"settings": None}, "bad_request", "settings"),
    ("explore", "moved", {"settings": [1]}, "bad_request", "settings"),
    ("explore", "moved", {"settings": {"tokens": 1}}, "out_of_range", "settings.tokens"),
    ("explore", "moved", {"settings": {"tokens": float("inf")}}, "out_of_range", "settings.tokens"),
    ("explore", "moved", {"settings": {"gpus": 2.5}}, "bad_value", "settings.gpus"),
    ("explore", "moved", {"settings": {"wire": "string"}}, "bad_value", "settings.wire"),
    ("explore", "moved", {"settings": {"zero": True}}, "bad_value", "settings.zero"),
    ("explore", "moved", {"settings": {"nodes": 4}}, "unknown_setting", "settings.nodes"),
    ("explore", "moved", {"settings": {"\ud800": 4}}, "unknown_setting", "settings.\\ud800"),
    ("explore", "moved", {"settings": {}, "speed": 9}, "bad_request", "payload.speed"),
    ("explore", "revealed", {"please": True}, "bad_request", "payload.please"),
    ("reflect", "reflected", {}, "missing", "payload.option"),
    ("reflect", "reflected", {"option": "hardly"}, "unknown_option", "payload.option"),
    ("reflect", "reflected", {"option": "passes", "text": 5}, "bad_value", "payload.text"),
    ("reflect", "reflected", {"option": "passes", "text": 0}, "bad_value", "payload.text"),
    ("reflect", "reflected", {"option": "passes", "text": "x" * 2001}, "bad_value", "payload.text"),
    ("reflect", "reflected", {"option": "passes", "text": "\ud800"}, "bad_value", "payload.text"),
    ("decide", "decided", {"option": "nvlink"}, "missing", "payload.settings"),
    ("decide", "decided", {"settings": {}}, "missing", "payload.option"),
    ("decide", "decided", {"option": "changed", "settings": {"parameters": 70e9}}, "infeasible", "payload.settings"),
    ("decide", "decided", {"option": "nvlink", "settings": {"parameters": 70e9}}, "infeasible", "payload.settings"),
]


@pytest.mark.parametrize(("stage", "kind", "payload", "code", "field"), BAD, ids=lambda each: str(ascii(each))[:40])
def test_each_mistake_has_its_code_and_changes_nothing(
    desk: Desk, stage: str, kind: str, payload: dict[str, Any], code: str, field: str
) -> None:
    bring_to(desk, stage)
    page = desk.session.document(LAB)
    refusal = desk.refused(kind, "act1", **payload)
    assert (refusal.code, refusal.field) == (code, field)
    assert_answerable(refusal)
    assert desk.session.document(LAB) == page


def test_an_infeasible_design_says_why_it_is_not_signed(desk: Desk) -> None:
    bring_to(desk, "decide")
    refusal = desk.refused("decided", "act1", option="changed", settings={"parameters": 70e9})
    assert "1,120 GB" in refusal.message
    desk.send("decided", "act1", option="changed", settings={"parameters": 13e9})


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": None}, "bad_value", "id"),
        ({"id": 7}, "bad_value", "id"),
        ({"id": "f47ac10b-58cc-4372-a567-0e02b2c3d479"}, "bad_value", "id"),  # version 4
        ({"id": "\ud800"}, "bad_value", "id"),
        ({"kind": "Opened"}, "bad_value", "kind"),
        ({"kind": None}, "bad_value", "kind"),
        ({"kind": ["opened"]}, "bad_value", "kind"),
        ({"act": None}, "unknown_act", "act"),
        ({"act": "act3"}, "unknown_act", "act"),
        ({"act": True}, "unknown_act", "act"),
        ({"act": 3}, "unknown_act", "act"),
        ({"act": {}}, "unknown_act", "act"),
        ({"client_time": 5}, "bad_value", "client_time"),
        ({"client_time": "yesterday"}, "bad_value", "client_time"),
        ({"client_time": "2026-02-31T00:00:00Z"}, "bad_value", "client_time"),
        ({"client_time": "2026-01-31T10:32:00+02:00"}, "bad_value", "client_time"),
        ({"payload": None}, "bad_request", "payload"),
        ({"payload": [1]}, "bad_request", "payload"),
        ({"learner": "teacher"}, "bad_request", "learner"),
        ({"seq": 1}, "bad_request", "seq"),
    ],
    ids=lambda each: str(ascii(each))[:40],
)
def test_a_malformed_envelope_is_refused(desk: Desk, change: dict[str, Any], code: str, field: str) -> None:
    body = {"id": uuid7(), "kind": "predicted", "act": "act1", "payload": {"option": "hardly", "confidence": 0.5}}
    before = desk.rows()
    refusal = refusal_of(lambda: desk.session.intent(LAB, body | change))
    assert refusal is not None
    assert (refusal.code, refusal.field) == (code, field)
    assert_answerable(refusal)
    assert desk.rows() == before


@pytest.mark.parametrize("number", [1, "act1"])
def test_an_act_may_be_named_by_its_number(desk: Desk, number: Any) -> None:
    body = {"id": uuid7(), "kind": "predicted", "act": number, "payload": {"option": "hardly", "confidence": 0.5}}
    desk.session.intent(LAB, body)
    assert desk.of("predicted")[0]["act"] == "act1"


@pytest.mark.parametrize(
    ("kind", "act", "payload"),
    [
        ("predicted", "act1", {"option": "middle", "confidence": 0.3}),
        ("predicted", "act1", {"option": "hardly", "confidence": 0.5}),
        ("predicted", "act1", {"option": "hardly", "confidence": 0.3, "context": "cluster"}),
        ("moved", "act1", {"settings": {"tokens": 1024}}),
        ("opened", None, {}),
    ],
)
def test_one_id_means_one_thing(desk: Desk, kind: str, act: str | None, payload: dict[str, Any]) -> None:
    desk.predict("act1", "hardly", 0.3)
    first, before = desk.last, desk.rows()
    refusal = refusal_of(lambda: desk.again(first, kind, act, **payload))
    assert refusal is not None
    assert (refusal.code, refusal.field, refusal.value) == ("conflict", "id", first)
    assert desk.rows() == before


def test_an_id_of_another_learner_is_a_conflict(desk: Desk) -> None:
    desk.predict("act1", "hardly", 0.3)
    other = Desk(desk.store, "another")
    before = desk.rows()
    refusal = refusal_of(lambda: other.again(desk.last, "predicted", "act1", option="hardly", confidence=0.3))
    assert refusal is not None
    assert refusal.code == "conflict"
    assert desk.rows() == before


def test_replays_of_a_whole_walk_store_nothing(desk: Desk) -> None:
    sent: list[tuple[str, str, dict[str, Any]]] = []
    for kind, payload in (
        ("predicted", GOOD["predicted"]),
        ("moved", {"settings": {"wire": "ethernet-25g"}}),
        ("moved", GOOD["moved"]),
        *((kind, GOOD[kind]) for kind in STEPS[1:]),
    ):
        desk.send(kind, "act1", **payload)
        sent.append((desk.last, kind, payload))
    before = desk.rows()
    for event_id, kind, payload in [*reversed(sent), *sent]:
        saved = desk.again(event_id, kind, "act1", **payload)["saved"]
        assert saved["duplicate"]
        assert saved["id"] == event_id
        assert saved["events"] == []
    assert desk.rows() == before


# --- anything at all --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
PAYLOAD = st.fixed_dictionaries(
    {},
    optional={
        "option": st.sampled_from(["hardly", "middle", "phases", "nvlink", "ports"]) | JSON,
        "confidence": st.floats(0.01, 0.99) | JSON,
        "settings": st.dictionaries(st.sampled_from(["tokens", "wire", "gpus", "zero", "nodes"]), JSON, max_size=2)
        | JSON,
        "context": st.sampled_from(["node", "cluster"]) | JSON,
        "text": st.text(st.characters(), max_size=20) | JSON,
    },
)
BODY = st.fixed_dictionaries(
    {"id": st.builds(uuid7) | JSON, "kind": st.sampled_from(KINDS) | JSON, "payload": PAYLOAD | JSON},
    optional={"act": st.sampled_from(["act1", "act2"]) | JSON, "client_time": st.just("2026-01-01T00:00:00Z") | JSON},
)


@given(st.lists(BODY | JSON, min_size=1, max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_it_is_stored_or_refused(tmp_path_factory: pytest.TempPathFactory, bodies: list[Any]) -> None:
    """Nothing but Refusal comes out, and what is refused leaves no trace."""
    path: Path = tmp_path_factory.mktemp("any") / "ledger.sqlite"
    with SqliteStore(path) as store:
        desk = Desk(store)
        for body in bodies:
            before = desk.rows()
            refusal = refusal_of(lambda body=body: desk.session.intent(LAB, body))  # type: ignore[misc]
            if refusal:
                assert_answerable(refusal)
                assert desk.rows() == before
            asked = refusal_of(lambda body=body: desk.session.evaluate(LAB, body))  # type: ignore[misc]
            if asked:
                assert_answerable(asked)
        desk.events()
        json.dumps(desk.session.document(LAB), allow_nan=False)
