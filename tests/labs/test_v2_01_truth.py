"""v2_01: what must be shown, the keys from scratch, the traps of the known errors, and whether each sentence holds."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw import labs, registry
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.spec import Act, NumberQuestion, TermQuestion
from ironlaw.labkit.text import Slots, facts_of, fill
from ironlaw.labs.v2_01_scale_illusion import runs

LAB = labs.load("v2_01")
ACT_1, ACT_2 = LAB.acts
YEAR = 365.25 * 86400


def fact(act: Act, name: str) -> float:
    value = facts_of(act)[name].value
    assert isinstance(value, float)
    return value


def said(act: Act, template: str) -> str:
    start = act.model(act.start())
    return fill(template, Slots(act, facts_of(act), start, start))


def run(**change: Any) -> dict[str, Any]:
    return ACT_1.model({**ACT_1.start(), "gpus": 1024.0, **change})


def pay(**change: Any) -> dict[str, Any]:
    return ACT_2.model({**ACT_2.start(), **change})


def tried(act: Act, question: str, option: str) -> dict[str, Any]:
    """The engine at the settings that a feedback offers."""
    asked = act.reflection.question if question == "reflection" else act.questions()[question]
    feedback = next(each.feedback for each in asked.options if each.id == option)
    assert feedback
    assert feedback.attempt
    return act.model(ev.clean(act, feedback.attempt.settings))


# --- must show --------------------------------------------------------------------------------------------------------


def test_one_gpu_needs_141_years_and_71_is_named_as_the_sparse_trap() -> None:
    assert fact(ACT_1, "one_time") / YEAR == pytest.approx(140.9, abs=0.05)
    assert fact(ACT_1, "one_time") == pytest.approx(2.2e24 / (0.5 * 989.4e12))
    assert "141 years" in said(ACT_1, ACT_1.message)
    assert "50.3 days" in said(ACT_1, ACT_1.message)  # what dividing by 1,024 gives
    assert fact(ACT_1, "sparse_time") / YEAR == pytest.approx(70.5, abs=0.05)
    briefing = said(ACT_1, ACT_1.briefing)
    assert "70.5 years" in briefing
    assert "2:4 sparsity" in briefing
    assert "70.5" not in said(ACT_1, ACT_1.message)


def test_one_is_a_yardstick_that_no_gpu_could_be() -> None:
    assert fact(ACT_1, "state") == pytest.approx(18 * 174.6e9)
    assert fact(ACT_1, "state") > 39 * fact(ACT_1, "capacity")
    assert run(gpus=1.0)["speedup"] is None


def test_efficiency_is_never_a_control() -> None:
    words = ("efficien", "speedup", "mfu", "goodput", "lost")
    for act in LAB.acts:
        for control in act.controls:
            assert not any(word in f"{control.id} {control.label}".lower() for word in words)
    # And no single control decides it: the same GPUs, and anything from a seventh to four fifths.
    found = [
        run(network=network, stages=stages)["efficiency"] for network in ("thin", "rails") for stages in (1.0, 8.0)
    ]
    assert max(found) > 5 * min(found)


@pytest.mark.parametrize("discount", [0.1, 0.35, 0.6])
def test_on_demand_and_reserved_break_even_at_one_less_the_discount_at_any_price(discount: float) -> None:
    for change in ({}, {"rate": pay()["useful_on_demand"] * 3}, {"years": 5.0, "gpus": 8.0}):
        at = pay(discount=discount, use=1 - discount, **change)
        assert at["break_even"] == pytest.approx(1 - discount)
        assert at["cost_on_demand"] == pytest.approx(at["cost_reserved"])


# --- keys and known errors --------------------------------------------------------------------------------------------


def test_the_speedup_is_a_small_part_of_a_thousand_and_robust_to_what_is_calibrated() -> None:
    """By hand: 43.6 GB/s a node less overheads, 64.5 GB a GPU; a tenth more or less of anything stays in the band."""
    exchange = 174.6e9 / 16 * 6 * 63 / 64 / (12.5e9 * 0.836 / 8)
    ideal = 2**22 * 6 * 174.6e9 / 1024 / (0.5 * 989.4e12)
    rough = 1024 * ideal / (ideal + exchange)
    question = ACT_1.prediction
    assert isinstance(question, NumberQuestion)
    key = question.key(facts_of(ACT_1))
    value = fact(ACT_1, "speedup")
    assert value == pytest.approx(rough, rel=0.1), "an expert can reach it by reasoning"
    assert [question.reading(value * share) for share in (0.8, 1.0, 1.25)] == [key] * 3
    assert [band.id for band in question.options if band.feedback is None] == [key]
    low, high = question.axis
    assert low < value < high
    assert question.widest < (high / low) ** 0.5


def test_well_built_runs_keep_most_of_it() -> None:
    assert run(network="rails")["efficiency"] > 0.7
    large = [each for each in runs.published() if each.gpus >= 8192]
    assert len(large) >= 4
    assert all(0.38 <= each.mfu <= 0.55 for each in large)
    assert fact(ACT_1, "cited_mfu") > 5 * fact(ACT_1, "mfu")


def test_the_exchange_is_the_largest_loss_by_far_and_the_others_are_named_rightly() -> None:
    v = run()
    losses = {
        "exchange": v["share_exchange"],
        "slower": v["share_straggler"],
        "power": v["share_failure"],
        "size": v["share_tensor"] + v["share_pipeline"],
    }
    question = ACT_1.reflection.question
    assert question.key(facts_of(ACT_1)) == "exchange" == max(losses, key=losses.__getitem__)
    for term in question.options:
        assert fact(ACT_1, term.fact) == pytest.approx(losses[term.id])
    small = run(model="gpt-3-13b")
    assert small["compute_rate"] < v["compute_rate"], "the larger model's products are better for the GPU"
    assert small["mfu"] < v["mfu"]


def test_on_demand_is_cheapest_below_the_break_even_reserved_above_and_buying_never() -> None:
    for percent in range(5, 101, 5):
        v = pay(use=percent / 100)
        expected = "on demand" if percent <= 65 else "reserved"
        assert v["cheapest"] == expected, percent  # at 65 % they are equal, and the first is named
        assert v["cross_owned"] == v["cross_flat"] == "none in range"
    question = ACT_2.prediction
    assert isinstance(question, TermQuestion)
    assert question.key(facts_of(ACT_2)) == "on-demand"
    assert ACT_2.second
    asked = ACT_2.second.question
    assert isinstance(asked, NumberQuestion)
    assert asked.reading(0.65) == asked.key(facts_of(ACT_2)) == "rest"
    for thought, answer in (("discount", 0.35), ("middle", 0.5), ("divide", 1 / 1.35), ("full", 0.95)):
        assert asked.reading(answer) == thought, "the thought leads to the reading that it is charged with"


def test_only_a_bill_for_all_hours_explains_a_reserved_hour() -> None:
    rate, missed = 2.10, dict.fromkeys(("power", "volume", "market"), 0.0)
    for use in (0.2, 0.4, 0.6, 0.8, 1.0):
        truth = rate * 0.65 / use
        idle = 10.2 / 8 * 0.3 * 1.58 * 0.0895  # dollars of an idle hour
        claims = {
            "power": rate * 0.65 + idle * (1 - use) / use,
            "volume": rate * (1 - 0.35 * use),
            "market": rate * 0.65,
        }
        for name, claim in claims.items():
            missed[name] = max(missed[name], abs(claim - truth) / truth)
    assert fact(ACT_2, "miss_bill") == 0
    for name, miss in missed.items():
        assert fact(ACT_2, f"miss_{name}") == pytest.approx(miss)
    assert ACT_2.reflection.question.key(facts_of(ACT_2)) == "bill"


# --- sentences --------------------------------------------------------------------------------------------------------


def test_what_act_one_says_holds() -> None:
    v, doubled = run(), run(gpus=2048.0)
    assert v["speedup"] < doubled["speedup"] < 1.15 * v["speedup"], "levels off"
    assert abs(run(gpus=16384.0)["speedup"] / v["speedup"] - 1) < 0.15, "and does not collapse"
    assert v["exchange"] > v["step"] / 2
    deep, rails = run(stages=16.0, batch=2.0**23), run(network="rails")
    assert v["speedup"] < deep["speedup"] < rails["speedup"]
    assert deep["compute_rate"] == pytest.approx(rails["compute_rate"], rel=0.01), "nothing about the GPUs differs"
    assert deep["batch"] <= deep["critical_batch"]
    assert doubled["share_failure"] < 2 * v["share_failure"], "grows slowly"
    assert v["hidden"] < 0.01 * v["exchange"], "the last backward pass hides little"
    start: dict[str, Any] = ACT_1.model(ACT_1.start())
    assert start["efficiency"] > 0.5, "the pilot runs without inversion"
    assert run(gpus=512.0)["speedup"] < run(gpus=256.0)["speedup"], "more GPUs can be slower outright"


def test_each_try_of_act_one_shows_its_point() -> None:
    question = ACT_1.prediction
    assert isinstance(question, NumberQuestion)
    for option in ("some", "most"):
        assert question.reading(tried(ACT_1, "prediction", option)["speedup"]) == option
    assert tried(ACT_1, "prediction", "jam")["speedup"] == fact(ACT_1, "speedup")
    assert tried(ACT_1, "prediction", "all")["gpus"] == 2048
    assert tried(ACT_1, "reflection", "slower")["compute_rate"] == pytest.approx(run()["compute_rate"])
    assert tried(ACT_1, "reflection", "power")["share_failure"] < 0.05


def test_what_act_two_says_holds_and_its_tries_show_it() -> None:
    full = pay(use=1.0)
    assert full["cost_owned"] > full["cost_on_demand"] > full["cost_reserved"]
    offer = registry.get("gpu-h100-aws-p5")
    dear = pay(rate=offer["per_hour"] / offer["devices"], use=0.7)
    assert fact(ACT_2, "list_owned") == pytest.approx(dear["owned_over_rent"])
    assert dear["cheapest"] == "bought"
    assert tried(ACT_2, "prediction", "reserved")["cheapest"] == "reserved"
    assert tried(ACT_2, "prediction", "owned")["owned_over_rent"] < 1
    assert tried(ACT_2, "second", "discount")["cheapest"] == "on demand"
    assert tried(ACT_2, "second", "middle")["break_even"] == 0.5
    assert tried(ACT_2, "second", "divide")["cheapest"] == "reserved", "cheaper already below 1 / (1 + d)"
    assert tried(ACT_2, "second", "full")["cheapest"] == "reserved"
    low = tried(ACT_2, "reflection", "volume")
    assert low["useful_reserved"] > 2 * low["useful_on_demand"], "far more than the on-demand price"
    assert tried(ACT_2, "reflection", "power")["electricity_share"] < 0.2
    assert pay(path="owned")["cost"] > pay()["budget"] > pay()["cost"], "the failure is one move away"


def test_the_givens_suffice_for_the_speedup() -> None:
    """The step that a learner can work out from the page: arithmetic of all GPUs, then the exchange through the port."""
    told: dict[str, Any] = {each.id: each.value for each in ACT_1.givens}
    briefing = said(ACT_1, ACT_1.briefing)
    for needed in ("64 replicas", "eight GPUs", "here two", "4 B a value", "at 2 B", "4.19M tokens"):
        assert needed in briefing
    gpus, replicas = 1024, 64
    compute = 6 * told["parameters"] * told["batch"] / (gpus * told["one"] * told["peak"])
    part = told["parameters"] * replicas / gpus  # eight GPUs of a node times two stages hold one replica
    sent = (4 + 2) * part * (replicas - 1) / replicas
    exchange = sent / (told["port"] * told["reached"] / 8)
    speedup = gpus * compute / (compute + exchange)
    assert speedup == pytest.approx(fact(ACT_1, "speedup"), rel=0.1)
    assert ACT_1.prediction.key(facts_of(ACT_1)) == "port"
    assert 70 < speedup < 210
