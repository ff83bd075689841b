"""Parts: the sentence and the table hold the numbers, crossings are the analytic ones, the slowest is the slowest."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate, pairwise
from math import cos, isclose, pi
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.contract.figures import _misread, _outside, _words
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.parts.samples import SAMPLES
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

SECONDS = Reading("Seconds", "seconds")
RATE = Reading("Images a second", "count", " images/s", scale="log")
positive = st.floats(1e-3, 1e6)
rates = st.lists(positive, min_size=1, max_size=6)
of_name = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def faults(drawn: Figure) -> list[str]:
    """What the public contract says of a figure."""
    return [*_words(drawn), *_outside(drawn), *(miss for mark in drawn["marks"] for miss in _misread(drawn, mark))]


def cells(drawn: Figure) -> set[str]:
    """Every text of its table."""
    return {cell for row in drawn["table"]["rows"] for cell in row}


# --- every part -------------------------------------------------------------------------------------------------------


@of_name
def test_a_sample_keeps_the_contract(sample: Any) -> None:
    drawn = sample.draw()
    assert faults(drawn) == []
    json.dumps(drawn, allow_nan=False)
    assert any(c.isdigit() for c in drawn["description"])
    assert drawn["description"][0].isupper() or drawn["description"][0].isdigit()
    ids = [mark["id"] for mark in drawn["marks"]]
    assert len(set(ids)) == len(ids)
    assert drawn["legend"] or sample.name == "gauge"


@of_name
def test_a_sentence_of_the_lab_takes_the_place_of_the_parts_own(sample: Any, monkeypatch: Any) -> None:
    calls = []
    real = fig.figure

    def seen(*given: Any, **named: Any) -> Figure:
        calls.append(given)
        return real(*given, **named)

    monkeypatch.setattr(fig, "figure", seen)
    assert sample.draw()["description"] == calls[-1][2], "one sentence, made once"


def test_every_part_has_a_sample() -> None:
    sampled = {sample.name for sample in SAMPLES}
    functions = {
        name for name in parts.__all__ if callable(part := getattr(parts, name)) and not isinstance(part, type)
    }
    assert functions - sampled == {"crossings", "slowest"}


# --- readings and axes ------------------------------------------------------------------------------------------------


@given(st.lists(positive, min_size=1, max_size=5), st.sampled_from(["linear", "log"]), st.booleans())
def test_an_axis_holds_its_domain_and_every_value(values: list[float], scale: Any, fixed: bool) -> None:
    domain = (2.0, 200.0) if fixed else None
    for kind in ("number", "seconds"):
        low, high = Reading("x", kind, scale=scale, domain=domain).axis(values)["domain"]
        assert low <= min([*values, *(domain or ())])
        assert max([*values, *(domain or ())]) <= high
    if fixed and all(2 <= value <= 200 for value in values):
        assert (low, high) == domain or scale == "linear"


def test_a_log_axis_of_time_is_marked_as_a_clock_is() -> None:
    ticks = Reading("t", "seconds", scale="log").axis([3.0, 4e6])["ticks"]
    assert [tick["text"] for tick in ticks] == ["1 s", "10 s", "2 min", "15 min", "2 h", "24 h", "10 days", "100 days"]


# --- crossings --------------------------------------------------------------------------------------------------------

ends = st.floats(-5, 5)


@given(ends, ends, ends, ends)
def test_straight_lines_cross_where_algebra_says(a: float, b: float, c: float, d: float) -> None:
    assume(abs(b - d) > 1e-6)
    at = (c - a) / (b - d)
    found = parts.crossings(lambda x: a + b * x, lambda x: c + d * x, 0.0, 1.0)
    if 1e-6 < at < 1 - 1e-6:
        assert list(found) == [pytest.approx(at, abs=1e-9)]
    elif not -1e-6 <= at <= 1 + 1e-6:
        assert found == ()


@given(st.floats(0.2, 3), st.floats(0.2, 3), st.floats(-3, 3))
def test_power_laws_cross_where_logarithms_say(p: float, q: float, shift: float) -> None:
    assume(abs(p - q) > 0.05)
    at = 10 ** (shift / (p - q))
    assume(2e-6 < at < 0.5e6)
    found = parts.crossings(lambda x: x**p, lambda x: 10**shift * x**q, 1e-6, 1e6, scale="log")
    assert list(found) == [pytest.approx(at, rel=1e-9)]


def test_every_crossing_of_a_wave_is_found() -> None:
    found = parts.crossings(cos, lambda _x: 0.0, 0.0, 20.0)
    assert found == pytest.approx([(n + 0.5) * pi for n in range(6)])


def test_curves_that_coincide_or_only_meet_later_have_no_crossing() -> None:
    assert parts.crossings(lambda x: x, lambda x: x, 0.0, 1.0) == ()
    assert parts.crossings(lambda x: x, lambda x: min(x, 0.5), 0.0, 1.0) == ()
    assert parts.crossings(lambda x: x, lambda _x: 0.0, 0.0, 1.0) == (0.0,)
    assert parts.crossings(lambda x: x, lambda _x: 0.5, 0.0, 1.0, samples=3) == (0.5,), "on a sample, once"


@given(st.floats(0.05, 0.95))
def test_break_even_marks_and_tells_the_analytic_use(discount: float) -> None:
    assume(abs(1 - discount - 0.6) > 1e-9)  # at the crossing itself both are the least
    price = 1e6
    drawn = parts.break_even(
        "b",
        "t",
        [parts.Curve("on demand", lambda use: price * use), parts.Curve("reserved", lambda _: price * (1 - discount))],
        x=Reading("Use", "share", domain=(0.0, 1.0)),
        y=Reading("Cost", "usd"),
        here=0.6,
    )
    assert faults(drawn) == []
    mark = next(mark for mark in drawn["marks"] if mark["type"] == "crossing")
    assert mark["points"] == [[pytest.approx(1 - discount), pytest.approx(price * (1 - discount))]]
    said = plain(mark["points"][0][0], "share")
    assert f"equal at {said}" in drawn["description"]
    assert said in cells(drawn)
    cheapest = "on demand" if 1 - discount > 0.6 else "reserved"
    assert f"the least is {cheapest}" in drawn["description"]


def test_a_pair_that_never_meets_is_said_to() -> None:
    drawn = parts.break_even(
        "b",
        "t",
        [parts.Curve("a", lambda x: x), parts.Curve("b", lambda x: x + 1)],
        x=Reading("x", "number", domain=(0.0, 1.0)),
        y=Reading("y", "number"),
    )
    mark = drawn["marks"][-1]
    assert (mark["points"], mark["none"]) == ([], "a = b: none in range")
    assert "none in range" in drawn["description"]
    assert "none in range" in cells(drawn)
    with pytest.raises(ValueError, match=r"x\.domain"):
        parts.break_even("b", "t", [], x=SECONDS, y=SECONDS)


@given(st.floats(1e6, 1e9), st.floats(1e3, 1e6), st.floats(1.5, 50))
def test_sneakernet_crosses_where_the_two_times_are_equal(wire: float, trip: float, faster: float) -> None:
    at = trip / (1 / wire - 1 / (wire * faster))
    assume(2e10 < at < 5e15)
    drawn = parts.sneakernet(
        "s",
        "t",
        lambda size: size / wire,
        lambda size: trip + size / (wire * faster),
        1e12,
        size=Reading("Size", "bytes", scale="log", domain=(1e10, 1e16)),
    )
    assert faults(drawn) == []
    mark = next(mark for mark in drawn["marks"] if mark["type"] == "crossing")
    assert [point[0] for point in mark["points"]] == [pytest.approx(at, rel=1e-9)]
    assert f"the least is {'over the wire' if at > 1e12 else 'by drive'}" in drawn["description"]


# --- rates ------------------------------------------------------------------------------------------------------------


@given(rates)
def test_the_slowest_stage_is_the_one_that_is_marked(values: list[float]) -> None:
    drawn = parts.stage_bars("s", "t", [parts.Stage(f"stage {i}", v) for i, v in enumerate(values)], reading=RATE)
    assert faults(drawn) == []
    bars = drawn["marks"][0]["bars"]
    (marked,) = [bar for bar in bars if bar["emphasis"]]
    assert marked["x"] == min(values)
    assert marked["pattern"]
    assert "slowest" in marked["text"]
    assert sum("slowest" in bar["text"] for bar in bars) == 1
    assert f"{marked['y'].capitalize()} is the slowest stage at {RATE.say(min(values))}" in drawn["description"]
    assert {RATE.say(value) for value in values} <= cells(drawn)


@given(rates)
def test_what_flows_is_the_least_rate_so_far(values: list[float]) -> None:
    drawn = parts.waterfall("w", "t", [parts.Stage(f"stage {i}", v) for i, v in enumerate(values)], reading=RATE)
    assert faults(drawn) == []
    possible, flows = (mark["bars"] for mark in drawn["marks"])
    assert [bar["x"] for bar in possible] == values
    assert [bar["x"] for bar in flows] == list(accumulate(values, min))
    assert f"{RATE.say(min(values))} arrive" in drawn["description"]


def test_a_staircase_tells_one_direction_both_and_what_is_reached() -> None:
    rungs = [parts.Rung("fast", 4e11, 8e11, 0.5, chosen=True), parts.Rung("slow", 1e10)]
    drawn = parts.staircase("s", "t", rungs)
    assert drawn["table"]["rows"] == [["fast", "400 GB/s", "800 GB/s", "50 %"], ["slow", "10 GB/s", "—", "—"]]
    assert drawn["marks"][1]["points"] == [[2e11, "fast"]]
    assert "400 GB/s" in drawn["description"]


# --- times ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=7))
def test_losses_add_up_to_the_whole(values: list[float]) -> None:
    assume(sum(values) > 1e-6)
    losses = [parts.Loss(f"part {i}", value, useful=i == 0) for i, value in enumerate(values)]
    drawn = parts.loss_stack("l", "t", losses, reading=SECONDS)
    *bars, whole = drawn["marks"][0]["bars"]
    assert whole["x"] == pytest.approx(sum(values))
    assert bars[0]["x0"] == 0.0
    assert all(after["x0"] == before["x"] for before, after in pairwise(bars))
    assert bars[-1]["x"] == pytest.approx(whole["x"])
    assert [row[1] for row in drawn["table"]["rows"]] == [*(SECONDS.say(v) for v in values), SECONDS.say(sum(values))]
    assert list(_words(drawn)) + list(_outside(drawn)) == []


@given(positive, st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 10))
def test_a_step_is_as_long_as_its_parts(compute: float, hidden: float, exposed: float, slowed: float) -> None:
    hidden = min(hidden, compute)
    drawn = parts.step_timeline("s", "t", [parts.Step("design", compute, hidden, exposed, slowed)])
    spans = drawn["marks"][0]["bars"]
    lengths = {(b["colour"], b["pattern"]): b["x1"] - b["x0"] for b in spans}
    assert lengths["data", False] == pytest.approx(compute)
    assert lengths["caution", False] == pytest.approx(exposed, abs=1e-9)
    assert lengths["met", True] == pytest.approx(hidden, abs=1e-9)
    total = compute + slowed + exposed
    assert max(b["x1"] for b in spans) == pytest.approx(total)
    assert drawn["table"]["rows"][0][-1] == SECONDS.say(total)
    assert f"A step of {SECONDS.say(total)}" in drawn["description"]


def test_stacks_print_their_whole_and_name_the_least() -> None:
    drawn = parts.stacked_bars(
        "s", "t", [parts.Stack("a", (3.0, 4.0)), parts.Stack("b", (1.0, 2.0))], ("x", "y"), reading=SECONDS, limit=5.0
    )
    assert faults(drawn) == []
    bars = drawn["marks"][0]["bars"]
    assert [bar["label"] for bar in bars] == ["", "7 s", "", "3 s"]
    assert [(bar["x0"], bar["x"]) for bar in bars] == [(0, 3), (3, 7), (0, 1), (1, 3)]
    assert "the least is b" in drawn["description"]


# --- limits -----------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1e3), st.floats(0, 1e3), st.sampled_from(["most", "least"]))
def test_a_margin_says_how_far_and_on_which_side(value: float, limit: float, side: Any) -> None:
    score = parts.Score("card", value, limit, SECONDS, side, "one step more: 3 s")
    holds = value <= limit if side == "most" else value >= limit
    assert -1 <= score.margin <= 1
    assert score.margin >= 0 if holds else score.margin < 0
    if holds and side == "most" and limit:
        assert value == pytest.approx(limit * (1 - score.margin))
    if not holds and side == "most":
        assert limit == pytest.approx(value * (1 + score.margin), abs=1e-9), "what the value must lose"
    drawn = parts.scorecard("s", "t", [score])
    assert faults(drawn) == []
    (bar,) = drawn["marks"][0]["bars"]
    assert (bar["colour"], bar["pattern"]) == (("met", False) if holds else ("violated", True))
    assert {SECONDS.say(value), "one step more: 3 s", "yes" if holds else "no"} <= cells(drawn)
    assert f"{int(holds)} of 1 limits are met" in drawn["description"]


def test_a_scorecard_refuses_what_has_no_margin() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        parts.scorecard("s", "t", [parts.Score("card", -1.0, 2.0, SECONDS)])


@given(st.just(0.0) | st.floats(1e-6, 100), st.floats(1e-6, 100), st.sampled_from(["most", "least"]))
def test_a_gauge_tells_its_side_of_the_limit_in_words_and_hatching(value: float, limit: float, side: Any) -> None:
    drawn = parts.gauge("g", "t", value, limit, reading=SECONDS, side=side)
    assert faults(drawn) == []
    holds = value <= limit if side == "most" else value >= limit
    (bar,) = drawn["marks"][0]["bars"]
    assert bar["pattern"] != holds
    assert ("limit" in bar["text"]) != holds
    assert ("within" if holds else "outside") in drawn["description"]
    assert SECONDS.say(value) in drawn["description"]


def test_what_is_not_known_is_said_not_drawn() -> None:
    drawn = parts.signed_bars("s", "t", [("a", 0.5), ("b", None)], reading=Reading("Error", "number"))
    assert faults(drawn) == []
    assert drawn["marks"][0]["bars"][1]["text"] == parts.NO_EVIDENCE
    assert "no evidence for b" in drawn["description"]
    assert drawn["table"]["rows"][1] == ["b", parts.NO_EVIDENCE]


# --- curves with points -----------------------------------------------------------------------------------------------


def test_a_scaling_curve_tells_where_you_stand_and_what_was_published() -> None:
    x, y = Reading("GPUs", "count", scale="log"), Reading("Speedup", "ratio", scale="log")
    drawn = parts.scaling_curve(
        "s",
        "t",
        [(1, 1.0), (8, 6.0)],
        [(1, 1.0), (8, 8.0)],
        (8, 6.0),
        x=x,
        y=y,
        published=[parts.Published("run", 4, 3.5)],
    )
    assert faults(drawn) == []
    assert "75 % of the ideal 8×" in drawn["description"]
    assert drawn["table"]["rows"][1] == ["8", "8×", "6×", "75 %"]
    assert any("3.5× (run, published)" in cell for cell in cells(drawn))
    published, here = (next(mark for mark in drawn["marks"] if mark["id"] == name) for name in ("published", "here"))
    assert published["colour"] == "muted", "what others measured is not a target that is met"
    assert published["dash"]
    assert not here["dash"]


def test_recorded_designs_stand_beside_the_curve_and_its_corner_is_not_cut() -> None:
    drawn = parts.mfu_curve(
        "m",
        "t",
        lambda rate: 0.4 * min(1.0, rate / 777),
        500.0,
        [("mine", 900.0, 0.3)],
        x=Reading("Rate", "count", domain=(0.0, 1000.0)),
        equilibrium=777.0,
    )
    assert faults(drawn) == []
    assert [777.0, 0.4] in drawn["marks"][0]["points"]
    assert next(mark for mark in drawn["marks"] if mark["id"] == "designs")["points"] == [[900.0, 0.3]]
    assert ["mine", "900", "30 %"] in drawn["table"]["rows"]
    assert "1 recorded design" in drawn["description"]


def test_an_empty_confidence_is_no_point_and_no_prediction_is_said() -> None:
    drawn = parts.reliability("r", "t", [parts.Bin(0.5, 4, 0.75), parts.Bin(0.9, 0, None)])
    assert faults(drawn) == []
    assert drawn["marks"][2]["points"] == [[0.5, 0.75]]
    assert drawn["table"]["rows"][1] == ["90 %", "0", parts.NO_EVIDENCE]
    assert "no evidence" in parts.reliability("r", "t", [parts.Bin(0.9, 0, None)])["description"]
    sample = parts.reliability("r", "t", [parts.Bin(0.5, 4, 0.75)], name="a made-up learner's")
    assert {mark["label"] for mark in sample["marks"]} >= {"a made-up learner's"}
    assert [entry["label"] for entry in sample["legend"]] == ["as often as stated", "a made-up learner's"]
    assert "your" not in str(sample)


# --- radars and cells -------------------------------------------------------------------------------------------------


def test_a_radar_says_no_evidence_wherever_it_tells() -> None:
    drawn = parts.radar(
        "r", "t", ["a", "b"], [parts.Series("s", (0.5, None))], reading=Reading("Share", "share", domain=(0.0, 1.0))
    )
    assert faults(drawn) == []
    assert drawn["marks"][0]["points"] == [["a", 0.5], ["b", None]]
    assert drawn["marks"][0]["texts"] == ["s, a: 50 %", "s, b: no evidence"]
    assert drawn["table"]["rows"] == [["a", "50 %"], ["b", "no evidence"]]
    assert "no evidence for b" in drawn["description"]
    assert drawn["legend"][-1]["label"] == "no evidence"


def test_the_contract_catches_an_invented_value() -> None:
    def wrong(change: Callable[[Any], None]) -> list[str]:
        drawn = json.loads(json.dumps(next(s for s in SAMPLES if s.name == "radar").draw()))
        change(drawn["marks"][0])
        return faults(drawn)

    assert wrong(lambda mark: mark["points"].__setitem__(4, ["Energy", 0.5]))
    assert wrong(lambda mark: mark["texts"].__setitem__(4, "first third, Energy: 50 %"))
    assert wrong(lambda mark: mark["texts"].__setitem__(0, "first third, Data: 51 %"))
    assert wrong(lambda mark: mark["points"].__setitem__(0, ["Data", 1.5]))
    assert wrong(lambda mark: mark["points"].__setitem__(0, ["Nowhere", 0.5]))
    slice_plot = json.loads(json.dumps(next(s for s in SAMPLES if s.name == "slice_plot").draw()))
    slice_plot["marks"][0]["cells"][0]["x"] = "1B"
    assert any("lies outside" in fault for fault in faults(slice_plot))
    crossed = json.loads(json.dumps(next(s for s in SAMPLES if s.name == "sneakernet").draw()))
    crossed["marks"][-2]["texts"] = ["a = b at 99 TB"]
    assert any("another number" in fault for fault in faults(crossed))


def test_energies_are_compared_in_the_sentence() -> None:
    drawn = parts.energy_radar("e", "t", [("MAC", 1e-12), ("DRAM", 5e-10)])
    assert faults(drawn) == []
    assert drawn["description"] == "DRAM takes 500 pJ, 500× the 1 pJ of MAC."
    assert drawn["y"]["scale"] == "log"


def test_allowed_time_counts_what_takes_longer() -> None:
    drawn = parts.transfer_radar("t", "t", [("a", 10.0), ("b", 1e5), ("c", None)], allowed=3600.0)
    assert faults(drawn) == []
    assert "1 of 2 take longer than the 60 min allowed" in drawn["description"]


def test_a_journey_has_one_cell_a_lab_and_a_sign_a_state() -> None:
    states: list[Any] = ["todo", "done", "limit"]
    labs = [parts.Lab("One", i, f"title {i}", state) for i, state in enumerate(states)]
    drawn = parts.journey_strip("j", "t", labs, now=("One", 1))
    assert faults(drawn) == []
    made = drawn["marks"][0]["cells"]
    assert [cell["emphasis"] for cell in made] == [False, True, False]
    assert len({cell["sign"] for cell in made}) == 3, "a state is told by its sign, not by its colour alone"
    assert "2 of 3 labs are done" in drawn["description"]
    assert "in 1 of them" in drawn["description"]


@given(st.lists(st.sampled_from([None, "oom", "slow"]), min_size=6, max_size=6))
def test_a_slice_counts_what_is_feasible_and_names_what_binds(binding: list[str | None]) -> None:
    places = {(column, row): binding[2 * column + row] for column in range(3) for row in range(2)}
    drawn = parts.slice_plot(
        "s",
        "t",
        ["1", "2", "3"],
        ["a", "b"],
        places,
        [("oom", "Memory"), ("slow", "Time")],
        x_label="x",
        y_label="y",
        here=(1, 0),
    )
    assert faults(drawn) == []
    made = drawn["marks"][0]["cells"]
    assert drawn["description"].startswith(f"{binding.count(None)} of 6 designs")
    signs = {None: "✓", "oom": "A", "slow": "B"}
    for cell in made:
        assert cell["sign"] == signs[places["123".index(cell["x"]), "ab".index(cell["y"])]]
    assert [(cell["x"], cell["y"]) for cell in made if cell["emphasis"]] == [("2", "a")]
    assert isclose(len(drawn["legend"]), 3), "the legend stands still while limits come and go"
