"""v2_02: whether each sentence holds for the numbers beside it, at any setting that a learner may have."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.spec import Act
from ironlaw.labkit.text import Slots, facts_of, fill
from ironlaw.quantities import format as text_of
from labkit.samples import settings_of, values_of

from . import by_hand
from .reading import ACT_1, ACT_2, fact, hand_boundary, hand_cliff, page, said, tried


def test_act_one_says_what_its_numbers_say() -> None:
    node, cheap = hand_cliff(), hand_cliff(wire="ethernet-100g")
    assert node["compute"] > node["communication"], "compute dominates in the node"
    assert node["compute"] > node["step"] / 2, "most of the node's step"
    assert cheap["communication"] > cheap["compute"], "longer than the whole computation"
    assert cheap["exposed"] > max(cheap["compute"], cheap["contention"]), "the dominant term is the exposed exchange"
    assert cheap["cost_ratio"] > 1, "the premium on the hour is earned back in tokens"
    question = ACT_1.prediction
    key = question.key(facts_of(ACT_1))
    assert {band.id for band in question.options if band.feedback is None} == {key}
    for name, hand in (("no_overlap_ratio", 0.0), ("full_overlap_ratio", 1.0)):
        if name in facts_of(ACT_1):
            expected = hand_cliff(wire="ethernet-100g", overlap=hand)["step"] / hand_cliff(overlap=hand)["step"]
            assert fact(ACT_1, name) == pytest.approx(expected)


def test_without_recomputation_the_scenario_would_not_fit() -> None:
    """The briefing: activations are recomputed so that the model fits. 34 bytes a token, layer and unit of width else."""
    layers, width = by_hand.shape(13e9)
    assert by_hand.state(13e9, 8, 2) + 34 * 8192 * layers * width > 80e9


def test_each_try_of_act_one_shows_its_point() -> None:
    two = tried(ACT_1, "passes")
    assert two["volume_ratio"] == 1, "two GPUs: once the gradients"
    assert tried(ACT_1, "format")["volume_ratio"] == 1
    start: dict[str, Any] = ACT_1.model(ACT_1.start())
    more = tried(ACT_1, "accumulation")
    assert more["volume"] == start["volume"]
    assert more["compute"] == pytest.approx(2 * start["compute"])
    hardly = tried(ACT_1, "hardly")
    assert hardly["communication"] > hardly["compute"]
    question = ACT_1.prediction
    none_hidden = tried(ACT_1, "several")
    assert none_hidden["hidden"] == 0
    several = next(band for band in question.options if band.id == "several")
    assert several.holds(none_hidden["slowdown"]), "the misconception leads to the answer that it is charged with"  # type: ignore[union-attr]
    assert tried(ACT_1, "over")["slowdown"] < fact(ACT_1, "ratio"), "more arithmetic to hide behind"
    full = tried(ACT_1, "somewhat")
    assert full["overlap"] == 1
    assert full["exposed"] > full["compute"], "even so most of it does not fit"


def test_each_try_of_act_two_shows_its_point() -> None:
    start: dict[str, Any] = ACT_2.model(ACT_2.start())
    ports = tried(ACT_2, "framework")
    assert ports["framework"] == start["framework"]
    assert ports["exposed_inter"] < start["exposed_inter"]
    hops = tried(ACT_2, "latency")
    assert hops["exposed_latency"] == pytest.approx(start["exposed_latency"])
    assert hops["exposed_inter"] < start["exposed_inter"]
    assert start["exposed_bisection"] == 0
    order = tried(ACT_2, "bisection")
    assert 0 < order["exposed_bisection"] < order["exposed_inter"], "the fabric fills, and still waits for the ports"
    assert tried(ACT_2, "retreat")["bytes_per_token"] == 0
    limit = tried(ACT_2, "batch")
    assert limit["batch"] == limit["critical_batch"]
    assert limit["bytes_per_token"] == pytest.approx(fact(ACT_2, "bytes_batch"))


@given(st.sampled_from([option.id for option in ACT_2.decision.options]), settings_of(ACT_2))
@settings(max_examples=40, deadline=None)
def test_a_signed_answer_of_act_two_names_the_signed_design(option: str, chosen: dict[str, Any]) -> None:
    v = by_hand.boundary(chosen)
    if "step" not in v:
        return
    values = ACT_2.model(chosen)
    answer = next(each.answer for each in ACT_2.decision.options if each.id == option)
    told = fill(answer, Slots(ACT_2, facts_of(ACT_2), values))
    expected = {
        "ports": [text_of(v["added_cost"], "usd"), text_of(v["efficiency"], "share"), text_of(v["speedup"], "ratio")],
        "batch": [text_of(v["batch"], "tokens"), text_of(v["efficiency"], "share")],
        "pipeline": [text_of(v["bytes_per_token"], "bytes_per_token")],
        "retreat": [],
    }
    for shown in expected[option]:
        assert shown in told


@pytest.mark.parametrize("nodes", [1.0, 4.0, 16.0])
def test_the_retreat_is_compared_with_sixteen_nodes_or_with_the_learners_own(nodes: float) -> None:
    told = said(page(ACT_2, {**ACT_2.start(), "nodes": nodes}, decision="retreat")["decision"]["decided"]["html"])
    yours, theirs = (text_of(hand_boundary(nodes=n)["speedup"], "ratio") for n in (nodes, 16.0))
    if "sixteen" in told:
        assert theirs in told
        assert yours == theirs or yours not in told, "sixteen nodes do not give one node's speedup"


@pytest.mark.parametrize(("nodes", "accumulation"), [(1.0, 1.0), (4.0, 1.0), (16.0, 8.0)])
def test_a_pipeline_is_compared_for_one_and_the_same_design(nodes: float, accumulation: float) -> None:
    chosen = {**ACT_2.start(), "nodes": nodes, "accumulation": accumulation}
    told = said(page(ACT_2, chosen, decision="pipeline")["decision"]["decided"]["html"])
    here = (nodes - 1) * 4 * by_hand.shape(13e9)[1]
    scenario = 15 * 4 * by_hand.shape(13e9)[1]
    gradients = hand_boundary(nodes=nodes, accumulation=accumulation)["bytes_per_token"]
    shown = [text_of(each, "bytes_per_token") for each in (here, scenario, gradients)]
    assert shown[0] in told or shown[2] not in told, "the learner's gradients beside another design's activations"


@given(settings_of(ACT_1))
@settings(max_examples=60, deadline=None)
def test_the_limits_of_act_one_say_the_truth(chosen: dict[str, Any]) -> None:
    v = by_hand.cliff(chosen)
    oom, comm = ev.result(ev.evaluate(ACT_1, chosen))["constraints"]
    assert oom["violated"] == (v["memory"] > v["capacity"])
    assert oom["value"] == text_of(v["memory"], "bytes")
    if "step" in v:
        assert comm["violated"] == (v["exposed"] > v["compute"])
        assert text_of(v["exposed"], "seconds") in comm["text"]
        if comm["violated"] and "wait longer than they work" in comm["text"]:
            assert v["exposed"] > v["compute"] + v["contention"] or v["exposed"] > 0.999 * v["step"] / 2


@given(settings_of(ACT_2))
@settings(max_examples=60, deadline=None)
def test_the_limits_of_act_two_say_the_truth(chosen: dict[str, Any]) -> None:
    v = by_hand.boundary(chosen)
    found = {each["id"]: each for each in ev.result(ev.evaluate(ACT_2, chosen))["constraints"]}
    assert found["oom"]["violated"] == (v["memory"] > v["capacity"])
    assert found["batch"]["violated"] == (v["batch"] > 2**21)
    if "step" in v:
        over = found["overhead"]
        assert over["violated"] == (v["step"] > 2 * v["compute"])
        if "wait longer than they work" in over["text"]:
            assert v["exposed"] > v["compute"]


@pytest.mark.parametrize("act", [ACT_1, ACT_2], ids=lambda act: str(act.id))
def test_no_line_of_prose_ends_between_a_number_and_its_unit(act: Act) -> None:
    """Each quantity with a space in it is marked, and the page keeps what is marked on one line."""
    told = page(act, act.start())
    html = " ".join((told["message"]["html"], told["briefing_html"], told["reveal"]["html"]))
    outside = re.sub(r'<span class="q">[^<]*</span>', "", html)
    assert outside != html
    assert not re.search(r"\d (?:[kMGT]?B(?:/s)?|[nµm]?s|%|TFLOP/s)\b", outside), outside
    style = (files("ironlaw") / "front" / "instrument.css").read_text()
    assert re.search(r"^\.q \{[^}]*white-space: nowrap", style, re.MULTILINE)


def test_a_limit_points_at_few_controls_in_first_view() -> None:
    """Not at everything that could help: what is marked is what put the design there."""
    for act in (ACT_1, ACT_2):
        shown = {control.id for control in act.controls if not control.drawer}
        for limit in act.constraints:
            assert len(shown & set(limit.controls)) <= 2, limit.id
            moved = {name for name in limit.controls if _crosses(act, limit.id, name)}
            assert moved, f"{limit.id}: no marked control crosses it from the start"


def _crosses(act: Act, limit: str, name: str) -> bool:
    control = act.control(name)
    assert control
    return any(limit in ev.evaluate(act, {**act.start(), name: value}).violated for value in values_of(control))
