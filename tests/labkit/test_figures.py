"""Figures: axes that hold their ticks, marks that stay inside, no number that is none, the same marks from move to move."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import inf, isclose, isfinite, log10, nan
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import figures as fig
from ironlaw.labkit.axis import question_axis
from ironlaw.labkit.spec import Act, Q, TermQuestion, number
from ironlaw.labkit.text import facts_of

from .samples import PREDICTION, REFLECTION, facts, settings_of, tiny_act

ACTS = [tiny_act(), *(act for lab_id in labs.built() for act in labs.load(lab_id).acts)]
each_act = pytest.mark.parametrize("act", ACTS, ids=lambda act: act.title)
TEXTS = {"short": "Shortly", "middling": "A while", "long": "Long"}


def numbers(value: object) -> Iterator[float]:
    """Every number below a JSON value."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)


# --- axes -------------------------------------------------------------------------------------------------------------


@given(st.floats(-1e12, 1e12), st.floats(1e-3, 1e12))
def test_a_linear_axis_holds_its_data_and_steps_by_round_numbers(low: float, width: float) -> None:
    high = low + width
    assume(width > 1e-6 * abs(low))
    axis = fig.linear("x", low, high, "number")
    first, last = axis["domain"]
    slack = 1e-6 * (last - first)
    assert first <= low + slack
    assert high <= last + slack
    values = [tick["v"] for tick in axis["ticks"]]
    assert 2 <= len(values) <= 9
    assert isclose(values[0], first, abs_tol=slack)
    assert isclose(values[-1], last, abs_tol=slack)
    steps = [b - a for a, b in pairwise(values)]
    assert all(isclose(step, steps[0], rel_tol=1e-3) for step in steps)
    mantissa = steps[0] / 10.0 ** round(log10(steps[0]) - 0.5 + 1e-9)
    assert any(isclose(mantissa, nice, rel_tol=1e-3) for nice in (1, 2, 2.5, 5, 10)), mantissa
    assert last - first <= 3 * width, "the data fill the axis"


@given(st.floats(0.0, 1e12))
def test_an_axis_from_zero_starts_at_zero(high: float) -> None:
    assume(high > 1e-12)
    axis = fig.linear("x", 0.0, high, "number")
    assert axis["domain"][0] == 0.0
    assert axis["ticks"][0]["text"] == "0"


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_an_axis_of_one_value_has_a_width(value: float) -> None:
    first, last = fig.linear("x", value, value, "number")["domain"]
    assert first < last
    assert first <= value <= last


@given(st.floats(1e-9, 1e12), st.floats(1.001, 1e6))
def test_a_log_axis_keeps_its_bounds_and_ticks_at_powers_of_ten(low: float, factor: float) -> None:
    high = low * factor
    axis = fig.log("x", low, high, "number")
    assert axis["domain"] == [low, high]
    values = [tick["v"] for tick in axis["ticks"]]
    assert values, "an axis without a tick cannot be read"
    assert all(low * (1 - 1e-6) <= value <= high * (1 + 1e-6) for value in values)
    assert values == sorted(set(values))
    powers = [10.0**n for n in range(-10, 19) if low <= 10.0**n <= high]
    assert set(powers) <= set(values)
    if values != [low, high]:
        assert all(isclose(log10(value), round(log10(value)), abs_tol=1e-6) for value in values)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, 1.0), (1.0, inf), (nan, 1.0), (1, nan)]
)
def test_a_log_axis_needs_a_positive_stretch(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="0 < low < high"):
        fig.log("x", low, high, "number")


def test_a_band_axis_has_one_place_a_name() -> None:
    axis = fig.categories("y", ["a", "b"])
    assert axis["domain"] == ["a", "b"]
    assert [tick["v"] for tick in axis["ticks"]] == ["a", "b"]


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=5), st.sampled_from(["v", "h"]))
def test_bars_stand_on_x_or_lie_along_y(values: list[float], orient: Any) -> None:
    items = [fig.bar(str(i), value, "t", pattern=i % 2 == 0, emphasis=i == 0) for i, value in enumerate(values)]
    mark = fig.bars("b", "bars", items, orient=orient)
    place, length = ("x", "y") if orient == "v" else ("y", "x")
    assert [(bar[place], bar[length], bar[f"{length}0"]) for bar in mark["bars"]] == [
        (str(i), value, None) for i, value in enumerate(values)
    ]
    assert [bar["pattern"] for bar in mark["bars"]] == [i % 2 == 0 for i in range(len(values))]


# --- the axis of a question -------------------------------------------------------------------------------------------


@given(st.floats(0.51, 39.0), st.sampled_from(sorted(TEXTS)))
def test_a_band_and_the_engines_value_stand_on_one_axis(value: float, chosen: str) -> None:
    drawn = question_axis(PREDICTION, facts(value), chosen, TEXTS)
    band, rule = drawn["marks"]
    low, high = drawn["x"]["domain"]
    option = next(option for option in PREDICTION.options if option.id == chosen)
    assert (band["type"], rule["type"]) == ("band", "rule")
    assert band["from"] == (option.low if option.low is not None else low)
    assert band["to"] == (option.high if option.high is not None else high)
    assert low <= band["from"] < band["to"] <= high
    assert rule["at"] == value
    holds = band["from"] <= value < band["to"]
    assert holds == (band["colour"] == "met") == option.holds(value)
    assert [tick["v"] for tick in drawn["x"]["ticks"]] == [low, 2.0, 4.0, high]
    assert TEXTS[chosen] in drawn["description"]
    assert rule["label"].removeprefix("engine: ") in drawn["description"]
    assert all(isfinite(each) for each in numbers(drawn))


@given(st.floats(1.0, 1e9), st.floats(1.0, 1e9), st.sampled_from(["light", "heavy", "air"]))
def test_terms_are_bars_with_choice_and_answer_marked_apart(light: float, heavy: float, chosen: str) -> None:
    assume(light != heavy)
    question = REFLECTION.question
    told = {**facts(light=light, heavy=heavy), "rate": Q(0.0, "bytes")}
    drawn = question_axis(question, told, chosen, {})
    bars = drawn["marks"][0]["bars"]
    assert {bar["y"]: bar["x"] for bar in bars} == {"light": light, "heavy": heavy, "air": 0.0}
    answer = "light" if light > heavy else "heavy"
    assert [bar["y"] for bar in bars if bar["colour"] == "data"] == [answer]
    assert [bar["y"] for bar in bars if bar["pattern"]] == [chosen]
    assert drawn["x"]["domain"][1] >= max(light, heavy) * (1 - 1e-9)
    assert all(isfinite(each) for each in numbers(drawn))


def test_terms_that_are_all_nothing_still_have_an_axis() -> None:
    told = {name: Q(0.0, "bytes") for name in ("light", "heavy", "rate")}
    drawn = question_axis(REFLECTION.question, told, "light", {})
    first, last = drawn["x"]["domain"]
    assert first < last


@each_act
def test_every_answer_of_a_lab_can_be_drawn(act: Act) -> None:
    told = facts_of(act)
    for question in (act.prediction, act.reflection.question):
        for option in question.options:
            drawn = question_axis(question, told, option.id, {o.id: o.text for o in question.options})
            assert_sound(drawn)
            key = question.key(told)
            if isinstance(question, TermQuestion):
                right = next(term for term in question.options if term.id == key)
                bars = {bar["y"]: bar for bar in drawn["marks"][0]["bars"]}
                assert bars[right.short]["colour"] == "data"
                assert bars[right.short]["x"] == number(told[right.fact])
            else:
                band, *_, rule = drawn["marks"]  # between them, the best value of a number
                assert (option.id == key) == (band["from"] <= rule["at"] < band["to"])


# --- every figure of every lab ----------------------------------------------------------------------------------------


def assert_sound(drawn: dict[str, Any]) -> None:
    """What must hold of any figure: finite, inside its axes, a text for each point, a table of even rows."""
    assert drawn["title"]
    assert drawn["description"]
    if "empty" in drawn:
        assert drawn["empty"]
        assert drawn["marks"] == []
        return
    assert all(isfinite(each) for each in numbers(drawn))
    ids = [mark["id"] for mark in drawn["marks"]]
    assert len(ids) == len(set(ids)), "a mark's id names it"
    for axis in (drawn["x"], drawn["y"]):
        assert all(tick["text"] for tick in axis["ticks"] if tick["v"] != "")
        if axis["scale"] == "band":
            assert len(set(axis["domain"])) == len(axis["domain"])
            continue
        low, high = axis["domain"]
        assert low < high
        assert all(low <= tick["v"] <= high * (1 + 1e-9) for tick in axis["ticks"])
        assert axis["scale"] != "log" or low > 0
    for mark in drawn["marks"]:
        for x, y in places(mark):
            assert inside(drawn["x"], x), (mark["id"], x)
            assert inside(drawn["y"], y), (mark["id"], y)
        if "points" in mark:
            assert len(mark["points"]) == len(mark["texts"])
    width = len(drawn["table"]["columns"])
    assert drawn["table"]["rows"]
    assert all(len(row) == width and all(isinstance(cell, str) for cell in row) for row in drawn["table"]["rows"])


def places(mark: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """All coordinates of a mark; None where it has none on that axis."""
    for point in mark.get("points", ()):
        yield tuple(point)
    for bar in mark.get("bars", ()):
        for end_x in (bar.get("x"), bar.get("x0"), bar.get("x1")):
            for end_y in (bar.get("y"), bar.get("y0")):
                yield end_x, end_y
    along = [mark[name] for name in ("at", "from", "to") if name in mark]
    for value in along:
        yield (value, None) if mark["axis"] == "x" else (None, value)


def inside(axis: dict[str, Any], value: Any) -> bool:
    if value is None:
        return True
    if axis["scale"] == "band":
        return value in axis["domain"]
    low, high = axis["domain"]
    slack = 1e-9 * (abs(low) + abs(high))
    return bool(low - slack <= value <= high + slack)


@each_act
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_figure_is_sound_at_any_setting(act: Act, data: st.DataObject) -> None:
    evaluation = ev.evaluate(act, data.draw(settings_of(act)))
    for spec, drawn in zip(act.figures, ev.result(evaluation)["figures"], strict=True):
        assert drawn["id"] == spec.id
        assert_sound(drawn)
        assert evaluation.feasible or spec.always or "empty" in drawn


@each_act
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_marks_keep_their_ids_and_order_between_moves(act: Act, data: st.DataObject) -> None:
    """The page patches marks in place, so two moves may not differ in them."""

    def shape(drawn: dict[str, Any]) -> list[tuple[str, str]]:
        return [(mark["type"], mark["id"]) for mark in drawn["marks"]]

    first = ev.result(ev.evaluate(act, act.start()))["figures"]
    then = ev.result(ev.evaluate(act, data.draw(settings_of(act))))["figures"]
    for one, other in zip(first, then, strict=True):
        if "empty" not in other:
            assert shape(one) == shape(other)


def test_the_legend_says_what_the_marks_are() -> None:
    marks = [
        fig.line("l", "a line", [(1, 2.0)], ["t"], dash=True),
        fig.rule("r", "x", 1.0, "a limit"),
        fig.zone("z", "x", 1.0, 2.0, "a stretch"),
    ]
    axis = fig.linear("x", 0, 3, "number")
    drawn = fig.figure("f", "t", "d", x=axis, y=axis, marks=marks, table=(["a"], [["b"]]))
    assert [(entry["label"], entry["dash"]) for entry in drawn["legend"]] == [("a line", True), ("a stretch", False)]
    assert fig.with_legend(drawn, fig.key("k", "data"))["legend"] == [fig.key("k", "data")]
