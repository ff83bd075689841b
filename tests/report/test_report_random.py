"""Any sequence of events that the ledger accepts makes a report, and no number in it comes from nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironlaw import labs
from ironlaw.ledger import Draft, Event, InvalidEventError
from ironlaw.ledger.kinds import KINDS, payload_text
from ironlaw.report import of_events, page, report
from ledger.make import chain, json_values

from .rich import ID, rich_lab

LAB = rich_lab()
IDS = [f"01890000-0000-7000-8000-00000000000{digit}" for digit in range(4)]
NAMES = st.sampled_from(["a1"] * 6 + ["m1", "m1", "act1", "gone", "<b>"])
OFTEN = [*KINDS, "predicted", "predicted", "revealed", "revealed", "moved", "moved", "reflected", "decided"]
OPTIONS = st.sampled_from(["short", "middling", "long", "heavy", "air", "go", "stay", "gone", "<i>"]) | st.integers(
    0, 9
)
NUMBERS = st.floats(0.1, 100) | st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, 10**300, 1])
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "size": st.sampled_from([1.0, 2.0, 10.0, 0.0, -1.0]) | json_values,
        "count": st.sampled_from([1.0, 5.0]) | json_values,
        "box": st.sampled_from(["small", "big", "torn"]),
        "gone": json_values,
    },
)
ENGINE = st.fixed_dictionaries(
    {"correct": st.booleans() | st.booleans() | json_values},
    optional={
        **dict.fromkeys(("value", "brier", "log", "interval", "error"), NUMBERS | json_values),
        "key": OPTIONS | json_values,
        "kind": st.sampled_from(["seconds", "share", "bytes", "none", "text"]) | json_values,
        "scale": st.sampled_from(["log", "linear"]) | json_values,
        "quantity": json_values,
        "feasible": st.booleans() | json_values,
        "met": st.booleans() | json_values,
        "result": st.dictionaries(st.sampled_from(["time", "load", "gone"]), NUMBERS | json_values, max_size=3)
        | json_values,
        "violated": st.lists(st.sampled_from(["full", "slow", "gone"]) | json_values, max_size=3) | json_values,
    },
)
PAYLOADS = st.fixed_dictionaries(
    {
        "act": NAMES,
        "option": OPTIONS,
        "confidence": st.floats(0, 1),
        "settings": SETTINGS,
        "constraint": st.sampled_from(["full", "slow", "gone"]),
        "track": st.sampled_from(["cloud-titan", "gone"]),
        "engine": ENGINE,
        "results": st.just({}),
        "machine": st.just({}),
    },
    optional={
        "text": st.text(max_size=20) | json_values,
        "context": st.sampled_from(["north", "cloud-titan", "gone"]),
        "question": st.sampled_from(["prediction", "second", "third"]),
        "cites": st.lists(st.sampled_from(IDS), max_size=3),
        **dict.fromkeys(("value", "low", "high", "limit"), NUMBERS),
    },
)


WALK = ("predicted", "predicted", "moved", "moved", "violated", "revealed", "reflected", "decided")
FIXED: dict[str, Any] = {"learner": "local", "engine_version": "0.1.0", "registry": "ab" * 32}


@st.composite
def ledgers(draw: st.DrawFn) -> list[Event]:
    """A chain of accepted events, in half of the cases after a walk through one act; what the ledger would refuse is left out."""
    walk = [(kind, ID, "a1") for kind in WALK] if draw(st.booleans()) else []
    loose = st.tuples(st.sampled_from(OFTEN), st.sampled_from([ID] * 7 + ["v2_02", "v2_77", "nowhere"]), NAMES)
    drafts: list[Draft] = []
    for kind, lab, act in walk + draw(st.lists(loose, max_size=14)):
        payload = {**draw(PAYLOADS), "act": act}
        try:
            payload_text(kind, payload)
        except InvalidEventError:
            continue
        version = draw(st.sampled_from([1, 2]))
        free = [one for one in IDS if one not in {each.id for each in drafts}] if kind == "moved" else []
        cited = {"id": free[0]} if free else {}  # a design that others may cite
        drafts.append(Draft(kind=kind, payload=payload, lab=lab, lab_version=version, **FIXED, **cited))
    return chain(drafts)


def lab_of(lab_id: str) -> Any:
    if lab_id == ID:
        return LAB
    return labs.load(lab_id) if lab_id in labs.built() else None


def stored(events: list[Event], lab: str, act: str, kind: str) -> list[Any]:
    return [e.payload for e in events if (e.lab, e.kind, e.payload.get("act")) == (lab, kind, act)]


def acts(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for lab in found["labs"]:
        for act in lab["acts"]:
            yield lab["id"], act


def same(told: object, stored_: object) -> bool:
    """A number of the report is the one of the ledger, or nothing where that is none."""
    if isinstance(stored_, bool) or not isinstance(stored_, int | float):
        return told is None
    return told == float(stored_)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(events=ledgers())
def test_any_ledger_makes_a_report_of_its_own_numbers(events: list[Event]) -> None:
    found = report(of_events("local", events), lab_of=lab_of)
    json.dumps(found, allow_nan=False)
    html = page(found)
    assert "nan" not in html.lower().replace("nand", "")
    assert "<script" not in html
    assert found["ledger"]["events"] == len(events)
    for lab, act in acts(found):
        revealed = bool(stored(events, lab, act["id"], "revealed"))
        predicted = stored(events, lab, act["id"], "predicted")
        for one in act["predictions"]:
            mine = next((p for p in predicted if p.get("question", "prediction") == one["which"]), None)
            assert (one["at"] is None) == (mine is None)
            told = (mine or {}).get("engine", {}) if revealed else {}
            for name in ("brier", "log", "interval", "error"):
                assert same(one[name], told.get(name)), name
            assert one["correct"] == (told["correct"] if isinstance(told.get("correct"), bool) else None)
            assert mine or one["answer"] is one["confidence"] is None
            if not told or "value" not in told:
                assert one["engine"] is None or one["engine"]["value"] is None
        for limit in act["limits"]:
            crossings = [p for p in stored(events, lab, act["id"], "violated") if p["constraint"] == limit["id"]]
            assert limit["crossed"] == len(crossings)
            assert (limit["first"] is None) == (not crossings)
        decided = stored(events, lab, act["id"], "decided")
        assert (act["decision"] is None) == (not decided)
        if decided:
            result = decided[0].get("engine", {}).get("result")
            known = result if isinstance(result, dict) else {}
            for row in act["decision"]["results"]:
                assert row["value"] == known[row["id"]] or same(row["value"], known[row["id"]])
        assert act["designs"] == len(stored(events, lab, act["id"], "moved"))
        assert act["resets"] == len(stored(events, lab, act["id"], "reset"))
    scored = [one for _, act in acts(found) for one in act["predictions"] if one["correct"] is not None]
    assert found["calibration"]["commits"] == len(scored)
    assert found["totals"]["right"] == sum(one["correct"] for one in scored)


@given(events=ledgers(), at=st.integers(0, 13), how=st.sampled_from(["payload", "hash", "prev", "gone"]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_damage_leaves_what_stands_before_it(events: list[Event], at: int, how: str) -> None:
    if at >= len(events):
        return
    whole = report(of_events("local", events[:at]), lab_of=lab_of, made_at="now")
    fields = {name: getattr(events[at], name) for name in Event.__dataclass_fields__}
    if how == "gone":
        broken = events[:at] + events[at + 1 :]
    else:
        other = {"payload": {**events[at].payload, "x": 1}, "hash": "0" * 64, "prev": "1" * 64}
        broken = [*events[:at], Event(**{**fields, how: other[how]}), *events[at + 1 :]]
    found = report(of_events("local", broken), lab_of=lab_of, made_at="now")
    for name in ("labs", "totals", "calibration", "errors", "track"):
        assert found[name] == whole[name], name
    assert found["ledger"]["left_out"] == len(broken) - at
    assert found["ledger"]["whole"] == (not found["ledger"]["left_out"])
