"""What may be set, and what comes out: `clean` against an oracle that knows only the ranges, on arbitrary JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf, isfinite, isnan, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, NumberControl

from .samples import RATE, ROOM, refusal_of, settings_of, tiny_act

TINY = tiny_act()
ACTS = [TINY, *(act for lab_id in labs.built() for act in labs.load(lab_id).acts)]
each_act = pytest.mark.parametrize("act", ACTS, ids=lambda act: act.title)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(st.characters(), max_size=12),  # lone surrogates too: json.loads makes them
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def verdict(control: Any, value: Any) -> str | None:
    """The code that a value deserves: from the control's range alone."""
    if not isinstance(control, NumberControl):
        fits = any(type(option.value) is type(value) and option.value == value for option in control.options)
        return None if fits else "bad_value"
    if type(value) not in (int, float):
        return "bad_value"
    if (type(value) is float and isnan(value)) or not control.ticks[0] <= value <= control.ticks[-1]:
        return "out_of_range"
    return "bad_value" if control.integer and value % 1 else None


def raw_settings(act: Act) -> st.SearchStrategy[dict[str, Any]]:
    """Some controls with a good value, some with anything, now and then a name that is none."""
    known = st.dictionaries(st.sampled_from([control.id for control in act.controls]), JSON, max_size=3)
    foreign: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.dictionaries(
        st.text(st.characters(), max_size=8), JSON, max_size=1
    )
    return st.builds(lambda good, bad, odd: good | bad | odd, settings_of(act), known, foreign)


@each_act
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_clean_takes_what_fits_and_refuses_the_rest_by_name(act: Act, data: st.DataObject) -> None:
    raw = data.draw(raw_settings(act))
    unknown = [name for name in raw if act.control(name) is None]
    codes = {
        f"settings.{control.id}": verdict(control, raw[control.id]) for control in act.controls if control.id in raw
    }
    wrong = {field: code for field, code in codes.items() if code}
    refusal = refusal_of(lambda: ev.clean(act, raw))
    if refusal is None:
        assert not unknown
        assert not wrong
        assert ev.clean(act, raw) == act.start() | raw
        assert list(ev.clean(act, raw)) == [control.id for control in act.controls]
        return
    assert_answerable(refusal)
    if unknown:
        assert refusal.code == "unknown_setting"
        assert all(control.id in str(refusal.allowed) for control in act.controls)
    else:
        assert wrong[str(refusal.field)] == refusal.code
        assert refusal.value is not None
        assert refusal.allowed


def assert_answerable(refusal: Refusal) -> None:
    """A refusal goes out as JSON in UTF-8 and repeats no more than a line of what came in."""
    answer = {name: getattr(refusal, name) for name in ("code", "message", "field", "value", "allowed")}
    assert len(json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()) < 2000


@given(JSON)
@settings(max_examples=100)
def test_settings_are_an_object_or_refused(raw: Any) -> None:
    if isinstance(raw, Mapping):
        return
    with pytest.raises(Refusal) as caught:
        ev.clean(TINY, raw)
    assert caught.value.code == "bad_request"
    assert caught.value.field == "settings"


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("size", nan, "out_of_range"),
        ("size", inf, "out_of_range"),
        ("size", -inf, "out_of_range"),
        ("size", 0.999, "out_of_range"),
        ("size", 20.0001, "out_of_range"),
        ("size", 10**400, "out_of_range"),
        pytest.param("size", -(10**5000), "out_of_range", id="an integer that Python does not print"),
        ("size", True, "bad_value"),
        ("size", "5", "bad_value"),
        ("size", None, "bad_value"),
        ("size", [5.0], "bad_value"),
        ("count", 2.5, "bad_value"),
        ("count", False, "bad_value"),
        ("box", "huge", "bad_value"),
        ("box", 1, "bad_value"),
        ("crew", True, "bad_value"),
        ("crew", 1.0, "bad_value"),
        ("crew", "1", "bad_value"),
        ("crew", 3, "bad_value"),
        ("moon", 1, "unknown_setting"),
        ("Size", 1, "unknown_setting"),
        ("", 1, "unknown_setting"),
    ],
)
def test_each_mistake_has_its_code(setting: str, value: Any, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        ev.clean(TINY, {setting: value})
    assert caught.value.code == code
    assert caught.value.field == f"settings.{setting}"
    assert_answerable(caught.value)


@pytest.mark.parametrize("value", [1, 1.0, 20, 20.0, 7.3])
def test_whole_numbers_of_json_are_numbers(value: float) -> None:
    cleaned = ev.clean(TINY, {"size": value})
    assert cleaned["size"] == value
    assert type(cleaned["size"]) is float


@pytest.mark.parametrize("depth", [1, 100, 5000])
def test_a_deeply_nested_value_is_refused_like_any_other(depth: int) -> None:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    with pytest.raises(Refusal) as caught:
        ev.clean(TINY, {"size": nested})
    assert caught.value.code == "bad_value"
    assert_answerable(caught.value)


def test_a_refusal_does_not_repeat_a_long_name() -> None:
    with pytest.raises(Refusal) as caught:
        ev.clean(TINY, {"x" * 100_000: 1})
    assert_answerable(caught.value)


def test_clean_does_not_change_what_it_is_given() -> None:
    raw = {"size": 2}
    ev.clean(TINY, raw)
    assert raw == {"size": 2}


@each_act
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_cleaning_twice_is_cleaning_once_and_survives_json(act: Act, data: st.DataObject) -> None:
    once = ev.clean(act, data.draw(settings_of(act)))
    assert ev.clean(act, once) == once
    assert ev.clean(act, json.loads(json.dumps(once))) == once
    assert ev.recalled(act, once) == once


@pytest.mark.parametrize("stored", [None, {"gone": 1}, {"size": 1e9}, {"box": "blue"}, "nonsense"])
def test_settings_of_an_older_version_of_the_lab_begin_anew(stored: object) -> None:
    assert ev.recalled(TINY, stored) == TINY.start()


# --- the result -------------------------------------------------------------------------------------------------------


@given(settings_of(TINY))
def test_limits_are_crossed_when_the_numbers_say_so(chosen: dict[str, Any]) -> None:
    load = chosen["size"] * chosen["count"]
    full = load > ROOM[chosen["box"]]
    slow = not full and load / RATE > 4.0
    evaluation = ev.evaluate(TINY, chosen)
    assert evaluation.feasible != full
    assert evaluation.violated == tuple(name for name, is_ in (("full", full), ("slow", slow)) if is_)
    told = ev.result(evaluation)
    assert told["feasible"] != full
    assert [c["violated"] for c in told["constraints"]] == [full, slow]
    for constraint, known in zip(told["constraints"], (True, not full), strict=True):
        assert (constraint["share"] is not None) == known == (constraint["text"] != "")
    assert told["constraints"][0]["share"] == pytest.approx(load / ROOM[chosen["box"]])
    time, room = told["cards"]
    assert time["value"] == (None if full else load / RATE)
    assert time["state"] == ("none" if full else "violated" if slow else "ok")
    assert room["state"] == ("violated" if full else "ok")
    if full:
        assert (time["text"], time["note"]) == ("—", "")
        assert told["reason"] in told["live"]
        assert told["figures"][0]["empty"] == told["reason"]


@each_act
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_result_is_json_without_nan(act: Act, data: st.DataObject) -> None:
    chosen = data.draw(settings_of(act))
    evaluation = ev.evaluate(act, ev.clean(act, chosen))
    told = ev.result(evaluation)
    assert json.loads(json.dumps(told, allow_nan=False)) == json.loads(json.dumps(told))
    assert told["act"] == act.id
    assert told["settings"] == chosen
    assert [card["id"] for card in told["cards"]] == [card.output for card in act.cards]
    assert [each["id"] for each in told["constraints"]] == [each.id for each in act.constraints]
    assert told["feasible"] == (told["reason"] is None)
    kinds = {output.id: output for output in act.outputs}
    for name, value in evaluation.values.items():
        if isinstance(value, float):
            assert isfinite(value), name
        assert value is not None or (not evaluation.feasible and not kinds[name].always), name
    assert set(evaluation.values) == set(kinds), "the model gives what the act says, no more and no less"
    assert "{" not in told["live"]


@each_act
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_the_model_is_pure(act: Act, data: st.DataObject) -> None:
    chosen = data.draw(settings_of(act))
    before = dict(chosen)
    first = ev.result(ev.evaluate(act, chosen))
    assert chosen == before
    assert ev.result(ev.evaluate(act, dict(reversed(chosen.items())))) == first


def test_the_live_sentence_names_all_that_is_crossed_and_nothing_else() -> None:
    calm = ev.result(ev.evaluate(TINY, TINY.start()))
    assert calm["live"] == "All limits hold."
    slow = ev.result(ev.evaluate(TINY, TINY.start() | {"size": 10.0}))
    assert slow["live"] == slow["constraints"][1]["text"] == "5 s is longer than 4 s."
