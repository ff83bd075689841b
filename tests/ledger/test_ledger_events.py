"""Ids, canonical JSON, hashes, chains and the checks of a draft."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.ledger import (
    KINDS,
    Draft,
    Event,
    InvalidEventError,
    TooLargeError,
    UnknownKindError,
    canonical,
    event_hash,
    is_uuid7,
    uuid7,
    verify_chain,
)
from ironlaw.ledger.events import _Uuid7Maker
from ironlaw.ledger.kinds import MAX_DEPTH, MAX_PAYLOAD_BYTES

from .make import BESIDE, PAYLOADS, chain, changed, draft, json_objects, json_values, plain_hash

# --- ids --------------------------------------------------------------------------------------------------------------


def test_ids_are_version_7_and_hold_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
    assert is_uuid7(made)
    assert before <= int(made[:8] + made[9:13], 16) <= after + 1


def test_ids_grow_within_a_process_and_never_repeat_across_threads() -> None:
    made: list[list[str]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda out=out: out.extend(uuid7() for _ in range(3000))) for out in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in made)
    assert len(set(itertools.chain(*made))) == 12_000


def test_ids_grow_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = _Uuid7Maker()
    times = iter([5_000_000_000, 4_000_000_000, 4_000_000_000, 6_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    ids = [maker() for _ in range(4)]
    assert ids == sorted(set(ids))
    assert all(map(is_uuid7, ids))


def test_ids_carry_into_the_next_millisecond_when_one_is_full() -> None:
    maker = _Uuid7Maker()
    first = maker()
    maker._ms += 10_000
    maker._tail = (1 << 74) - 1
    second, third = maker(), maker()
    assert first < second < third
    assert is_uuid7(second)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        None,
        7,
        "018f0000-0000-4000-8000-000000000000",
        "018F0000-0000-7000-8000-000000000000",
        "018f0000-0000-7000-8000-000000000000\n",
    ],
)
def test_other_texts_are_no_ids(text: object) -> None:
    assert not is_uuid7(text)


# --- canonical JSON and the hash --------------------------------------------------------------------------------------


@given(json_values)
def test_canonical_json_reads_back_and_is_stable(value: Any) -> None:
    text = canonical(value)
    assert text == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(json.loads(text)) == text


@given(json_objects, st.randoms(use_true_random=False))
def test_canonical_json_does_not_depend_on_the_order_of_names(value: dict[str, Any], random: Any) -> None:
    names = list(value)
    random.shuffle(names)
    assert canonical({name: value[name] for name in names}) == canonical(value)


@pytest.mark.parametrize("value", [nan, inf, -inf, {"a": [nan]}])
def test_canonical_json_has_no_nan(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


@given(json_objects, st.text(min_size=1, max_size=20), st.none() | st.just("2026-01-01T00:00:00Z"))
def test_the_hash_is_sha256_of_the_canonical_fields(
    payload: dict[str, Any], learner: str, client_time: str | None
) -> None:
    (event,) = chain([draft(learner=learner, client_time=client_time, payload=payload)])
    assert event_hash(event) == plain_hash(event)


@given(json_objects)
def test_an_event_survives_its_line_of_json(extra: dict[str, Any]) -> None:
    for kind in KINDS:
        (event,) = chain([draft(kind, extra={"more": extra})])
        again = Event.from_json(event.to_json())
        assert again == event
        assert event_hash(again) == event.hash


# --- chains -----------------------------------------------------------------------------------------------------------

GOOD = chain(draft(kind) for kind in PAYLOADS)


def test_a_good_chain_verifies_alone_and_beside_another() -> None:
    other = chain(draft(kind) for kind in PAYLOADS)
    assert verify_chain([]) is None
    assert verify_chain(GOOD) is None
    assert verify_chain(e for pair in zip(GOOD, other, strict=True) for e in pair) is None


@pytest.mark.parametrize(
    ("events", "code", "seq"),
    [
        (GOOD[1:], "seq", 2),
        (GOOD[:3] + GOOD[4:], "seq", 5),
        ([GOOD[0], GOOD[2], GOOD[1]], "seq", 3),
        ([*GOOD[:3], GOOD[2]], "seq", 3),
        ([*GOOD, GOOD[0]], "seq", 1),
    ],
    ids=["first missing", "gap", "reordered", "twice", "replayed"],
)
def test_missing_reordered_and_repeated_events_break_the_chain(events: list[Event], code: str, seq: int) -> None:
    found = verify_chain(events)
    assert found is not None
    assert (found.code, found.seq, found.device) == (code, seq, GOOD[0].device)
    assert str(seq) in found.reason


def test_a_foreign_event_with_a_good_hash_of_its_own_breaks_the_chain() -> None:
    def forged(**changes: Any) -> Event:
        bare = changed(GOOD[3], **changes)
        return changed(bare, hash=plain_hash(bare))

    for changes, code in (
        ({"prev": "1" * 64}, "prev"),
        ({"learner": "another"}, "learner"),
        ({"server_time": "2025-01-01T00:00:00.000000Z"}, "time"),
    ):
        found = verify_chain([*GOOD[:3], forged(**changes), *GOOD[4:]])
        assert found is not None
        assert (found.seq, found.code) == (4, code)
    found = verify_chain([*GOOD[:3], forged(payload=PAYLOADS["violated"] | {"value": 1}), *GOOD[4:]])
    assert found is not None
    assert (found.seq, found.code) == (5, "prev")


@given(st.data())
def test_changing_any_character_of_any_field_breaks_the_chain(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD) - 1))
    name = data.draw(st.sampled_from(sorted(Event.__dataclass_fields__)))
    value = getattr(GOOD[at], name)
    if isinstance(value, str):
        place = data.draw(st.integers(0, len(value) - 1))
        other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != value[place]))
        new: Any = value[:place] + other + value[place + 1 :]
    elif isinstance(value, int):
        new = value ^ (1 << data.draw(st.integers(0, 20)))
    elif value is None:
        new = "2026-01-01T00:00:00Z"
    else:
        new = data.draw(json_objects.filter(lambda v: canonical(v) != canonical(value)))
    found = verify_chain([*GOOD[:at], changed(GOOD[at], **{name: new}), *GOOD[at + 1 :]])
    assert found is not None
    assert found.seq >= (at + 1 if name != "seq" else 0)


# --- the checks of a draft --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PAYLOADS)
def test_every_kind_of_the_interface_is_accepted(kind: str) -> None:
    assert json.loads(draft(kind).checked()) == PAYLOADS[kind]


def test_kinds_are_those_of_the_interface() -> None:
    assert set(KINDS) == set(PAYLOADS) | set(BESIDE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("id", v) for v in ("", "1", None, 5, "018f0000-0000-4000-8000-000000000000")],
        *[("learner", v) for v in ("", " ", "a\n", " a", "x" * 129, None, "\ud800")],
        *[("lab", v) for v in ("4", 4, "", "V2_02", "v2-02", "v" * 65, None, "v2_02\n")],
        *[("lab_version", v) for v in (0, -1, "1", 1.0, True, None, 2**53)],
        *[("engine_version", v) for v in ("", None, 1)],
        *[("registry", v) for v in ("", None, "\0")],
        *[
            ("client_time", v)
            for v in (
                "",
                "now",
                "2026-01-01",
                "2026-02-31T00:00:00Z",
                "2026-01-01T00:00:00+01:00",
                5,
                "٢026-01-01T00:00:00Z",
            )
        ],
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(field: str, value: Any) -> None:
    with pytest.raises(InvalidEventError) as caught:
        draft(**{field: value}).checked()
    error = caught.value
    assert (error.field, error.value) == (field, value)
    assert error.allowed
    assert error.allowed in error.message
    assert error.code == "bad_event"


@pytest.mark.parametrize("kind", ["", "edited", None, 5, ["opened"]])
def test_unknown_kinds_are_refused(kind: Any) -> None:
    with pytest.raises(UnknownKindError) as caught:
        Draft(
            learner="a", lab="v1_00", lab_version=1, engine_version="1", registry="r", kind=kind, payload={}
        ).checked()
    assert caught.value.code == "unknown_kind"


@pytest.mark.parametrize(
    ("kind", "payload", "field"),
    [
        ("predicted", {"act": "act1", "option": "b3"}, "payload.confidence"),
        *[
            ("predicted", PAYLOADS["predicted"] | {"confidence": v}, "payload.confidence")
            for v in (-0.1, 1.1, "0.5", True, None)
        ],
        *[("predicted", PAYLOADS["predicted"] | {"act": v}, "payload.act") for v in (None, "", 5, "x" * 65)],
        *[("predicted", PAYLOADS["predicted"] | {"option": v}, "payload.option") for v in (None, "", True)],
        ("predicted", PAYLOADS["predicted"] | {"engine": "right"}, "payload.engine"),
        ("predicted", PAYLOADS["predicted"] | {"context": 5}, "payload.context"),
        ("moved", {"act": "act1"}, "payload.settings"),
        ("moved", {"act": "act1", "settings": [1]}, "payload.settings"),
        ("violated", {"act": "act1"}, "payload.constraint"),
        ("recovered", {"act": "act1", "constraint": 3}, "payload.constraint"),
        ("revealed", {}, "payload.act"),
        ("opened", [], "payload"),
        ("opened", None, "payload"),
        ("opened", {"x": nan}, "payload.x"),
        ("opened", {"x": [1, {"y": inf}]}, "payload.x[1].y"),
        ("opened", {"x": 10**400}, "payload.x"),
        ("opened", {"x": "\ud800"}, "payload.x"),
        ("opened", {"\ud800": 1}, "payload"),
        ("opened", {5: 1}, "payload.5"),
        ("opened", {"x": {1, 2}}, "payload.x"),
        ("opened", {"x": b"bytes"}, "payload.x"),
    ],
)
def test_a_wrong_payload_is_named(kind: str, payload: Any, field: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        draft(kind, payload=payload).checked()
    assert caught.value.field == field
    assert caught.value.allowed


def test_payloads_have_a_largest_size_and_depth() -> None:
    room = MAX_PAYLOAD_BYTES - len('{"x":""}')
    assert len(draft("opened", payload={"x": "y" * room}).checked()) == MAX_PAYLOAD_BYTES
    deep: Any = 1
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    draft("opened", payload={"x": deep}).checked()
    bottomless: list[Any] = []
    bottomless.append(bottomless)
    for payload in ({"x": "y" * (room + 1)}, {"x": "é" * (room // 2 + 1)}, {"x": [[deep]]}, {"x": bottomless}):
        with pytest.raises(TooLargeError) as caught:
            draft("opened", payload=payload).checked()
        assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{",
        '{"id":1}',
        "[" * 100_000,
        GOOD[0].to_json()[:-1],
        GOOD[0].to_json().replace('"seq":1', '"seq":1.0'),
    ],
)
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(InvalidEventError):
        Event.from_json(line)
