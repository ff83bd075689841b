"""v1_04, acts: the keys from scratch, the traps of the material replaced, and one number in every place alike."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw import registry
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.maths import peek
from ironlaw.labkit.spec import Act, NumberControl, NumberQuestion
from ironlaw.labkit.text import Slots, facts_of, fill, plain
from ironlaw.labs.v1_04_data_gravity import LAB, feeding
from ironlaw.labs.v1_04_data_gravity.act1 import act_1
from ironlaw.labs.v1_04_data_gravity.act2 import ACT_2

ACT_1 = act_1()
ACTS = (ACT_1, ACT_2)


def slots(act: Act, **change: Any) -> Slots:
    start = act.model(act.start())
    return Slots(act, facts_of(act), act.model({**act.start(), **change}), start)


def card(act: Act, name: str, **change: Any) -> str:
    shown = ev.result(ev.evaluate(act, {**act.start(), **change}))["cards"]
    return str(next(each["text"] for each in shown if each["id"] == name))


def number(act: Act, name: str) -> float:
    value = facts_of(act)[name].value
    assert isinstance(value, float)
    return value


# --- keys -------------------------------------------------------------------------------------------------------------


def test_the_pipeline_is_the_bottleneck_and_decoding_its_slowest_stage() -> None:
    assert ACT_1.second
    # One core decodes; flash answers a read in 45 µs; the link is PCIe 4; the GPU trains about 2,400 images a second.
    probe = registry.get("probe-reference")
    decode = probe["jpeg_decode"] * probe["jpeg_bytes"] / 110e3
    others = (1 / (45e-6 + 110e3 / 7.45e9), 31.5e9 * 0.875 / 150_528, 2_400.0)
    assert all(2 * decode < other for other in others)
    assert ACT_1.second.question.key(facts_of(ACT_1)) == "decode"
    assert ACT_1.prediction.key(facts_of(ACT_1)) == "pipeline"
    assert ACT_1.reflection.question.key(facts_of(ACT_1)) == "workers"
    assert number(ACT_1, "use") == pytest.approx(decode / number(ACT_1, "gpu_rate"), rel=0.01)


def test_the_run_of_the_message_starves_and_a_learner_can_leave_that_in_several_ways() -> None:
    start = ACT_1.start()
    assert ACT_1.constraints[0].at_start
    assert float(str(ACT_1.model(start)["tax"])) > 0.5
    for change in ({"workers": 6.0}, {"image": 20e3}, {"device": "l4"}):
        assert float(str(ACT_1.model({**start, **change})["tax"])) < 0.5


def test_the_hours_and_the_architecture() -> None:
    hours = 50e12 * 8 / (100e9 * 0.5) / 3600
    question = ACT_2.prediction
    assert isinstance(question, NumberQuestion)
    assert number(ACT_2, "hours") / question.per == pytest.approx(hours)
    assert question.key(facts_of(ACT_2)) == question.reading(hours * 3600) == "hours"
    # The usual slips meet the feedback that is meant for them.
    slips = {50e12 / 100e9: "bytes", 50e12 * 8 / 100e9: "line", 10 * hours * 3600: "night", 100 * hours * 3600: "days"}
    assert {question.reading(slip): option for slip, option in slips.items()} == {o: o for o in slips.values()}
    # Twenty runs: rent in each, or cross once at $20 a TB and keep the copy at $23 a TB and month.
    rent, copy, stream = 20 * 6 * 32.77, 50 * (20 + 23), 20 * 50 * 20
    assert copy < rent < stream / 2
    assert ACT_2.reflection.question.key(facts_of(ACT_2)) == "copy"
    assert number(ACT_2, "flip") == -(-copy // (6 * 32.77)) == 11


# --- what the sheet demands, and the traps ----------------------------------------------------------------------------


def test_fifty_terabytes_can_be_set_exactly() -> None:
    size = ACT_2.control("size")
    assert isinstance(size, NumberControl)
    assert size.start == 50e12
    assert 50e12 in size.ticks
    assert (size.ticks[0], size.ticks[-1]) == (10e9, 10e15)
    assert card(ACT_2, "transfer") == plain(number(ACT_2, "hours"), "seconds")
    line = ACT_2.control("line")
    assert isinstance(line, NumberControl)
    assert [8 * rate for rate in line.ticks] == [1e9, 10e9, 100e9]


def test_both_egress_prices_stand_there_by_name() -> None:
    labels = {given.label: plain(given.value, given.kind) for given in ACT_2.givens}
    assert labels[registry.get("transfer-inter-region-aws-us").name] == "$0.02/GB"
    assert labels[registry.get("egress-internet-aws-first-10tb").name] == "$0.09/GB"
    told = fill(ACT_2.message + ACT_2.briefing + ACT_2.reveal.text, slots(ACT_2))
    for said in ("$0.02/GB", "$0.09/GB", "$1,000", "$4,300"):
        assert said in told
    assert (card(ACT_2, "inter"), card(ACT_2, "internet")) == ("$1,000", "$4,300")
    money = next(spec for spec in ACT_2.figures if spec.id == "money").draw(ACT_2.start(), ACT_2.model(ACT_2.start()))
    lines = {mark["label"] for mark in money["marks"] if mark["type"] == "line"}
    assert {"inter-region egress", "internet egress", "compute in place"} <= lines


def test_time_says_move_and_money_says_stay() -> None:
    start = ACT_2.model(ACT_2.start())
    crossed = {limit.id: ev.crossed(limit, start) for limit in ACT_2.constraints}
    assert crossed == {"late": False, "toll": True}
    assert number(ACT_2, "fits_money") < 50e12 < number(ACT_2, "fits_time")


def test_message_instrument_and_math_peek_agree() -> None:
    here = slots(ACT_1)
    use, rate = card(ACT_1, "use"), card(ACT_1, "rate")
    assert use in fill(ACT_1.message, here)
    assert rate in fill(ACT_1.message, here)
    assert rate in fill(ACT_1.reveal.text, here)
    gauge = next(spec for spec in ACT_1.figures if spec.id == "gauge").draw(ACT_1.start(), ACT_1.model(ACT_1.start()))
    assert card(ACT_1, "tax") in gauge["description"]
    stall = next(item for item in ACT_1.math if item.equation == "data-stall")
    assert peek(stall, here)["legend"][0]["value"] == plain(ACT_1.model(ACT_1.start())["tax_law"], "share")
    decode = next(item for item in ACT_1.math if item.equation == "stage-rate-workers")
    assert peek(decode, here)["legend"][0]["value"] == plain(number(ACT_1, "decode_rate"), "count")
    moved = next(item for item in ACT_2.math if item.equation == "transfer-time")
    assert peek(moved, slots(ACT_2))["legend"][0]["value"] == card(ACT_2, "transfer")
    assert card(ACT_2, "transfer") in fill(ACT_2.reveal.text, slots(ACT_2))
    assert card(ACT_2, "egress") in fill(ACT_2.reveal.text, slots(ACT_2))


def test_the_first_look_shows_no_rate_of_a_stage() -> None:
    assert ACT_1.second
    assert ACT_1.second.figures == ("gauge",)
    shown = fill(ACT_1.message + ACT_1.briefing + ACT_1.second.look + ACT_1.second.question.text, slots(ACT_1))
    for stage in ("storage", "link", "gpu"):
        assert plain(number(ACT_1, f"{stage}_rate"), "count") not in shown


def test_utilisation_depends_on_the_stage_not_on_the_drive() -> None:
    """The material replaced printed 23 % on a hard disk and 78 % on NVMe; with one worker decoding they hardly differ."""
    start = ACT_1.start()
    shards = {
        tier: float(str(ACT_1.model({**start, "storage": tier, "access": "shards"})["use"]))
        for tier in (feeding.DISK, feeding.SATA, feeding.NVME, feeding.RAM)
    }
    assert max(shards.values()) == pytest.approx(min(shards.values()), rel=0.02)


def test_the_challenge_that_had_no_solution_has_some() -> None:
    goal = ACT_1.challenge
    assert goal
    met = {"storage": feeding.OBJECT, "access": "shards", "workers": 8.0, "prefetch": 4.0}
    values = ACT_1.model({**ACT_1.start(), **met})
    assert float(str(values["tax"])) < 0.10
    assert float(str(values["storage_bill"])) == pytest.approx(230.0)


def test_contexts_are_parameter_sets() -> None:
    known = {context.id: context for context in LAB.contexts}
    edge = {act.id: act.model({**act.start(), **known["edge"].settings[act.id]}) for act in ACTS}
    assert edge["act1"]["slowest"] == "storage"  # a slow network to it
    assert edge["act2"]["egress"] == 0
    assert float(str(edge["act2"]["transfer"])) > float(str(edge["act2"]["allowed"]))
