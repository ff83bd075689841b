"""Every figure and every part of every estimate can be explained, and the explanation never differs from the number."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ironlaw import estimate, quantities, registry
from ironlaw.estimate import Estimate, Figure, Given
from ironlaw.estimate.training import read_plan
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.registry import UnknownEntity

TRAINING: dict[str, dict[str, Any]] = {
    "dense": {"model": "llama-3-70b", "device": "h100-sxm", "count": 512, "tp": 8, "pp": 4, "global_batch": 1024, "seq": 8192},
    "one GPU": {"model": "gpt-2", "device": "a100-40gb-sxm", "count": 1, "global_batch": 8, "seq": 1024},
    "run": {"model": "llama-3-8b", "device": "h100-sxm", "count": 64, "global_batch": 256, "seq": 8192, "zero": 3,
            "recompute": "full", "tokens": 15e12, "rate": "$2/h"},
    "experts": {"model": "mixtral-8x7b", "device": "h100-sxm", "count": 64, "tp": 2, "pp": 4, "ep": 8,
                "global_batch": 256, "seq": 4096, "recompute": "light"},
    "context": {"model": "llama-3-8b", "device": "h200-sxm", "count": 64, "cp": 8, "global_batch": 16, "seq": 131_072,
                "recompute": "full", "precision": "fp8"},
    "FSDP": {"model": "llama-3-8b", "device": "h100-sxm", "count": 64, "global_batch": 128, "seq": 8192, "zero": 3,
             "software": "eager", "recompute": "alternate", "offer": "gpu-h100-aws-p5"},
    "FSDP pipeline": {"model": "llama-3-70b", "device": "h100-sxm", "count": 64, "tp": 8, "pp": 4, "interleave": 2,
                      "global_batch": 64, "seq": 4096, "zero": 3, "recompute": "full"},
    "ZeRO 2": {"model": "llama-2-7b", "device": "a100-80gb-sxm", "count": 16, "global_batch": 256, "seq": 4096, "zero": 2,
               "recompute": "light"},
    "kept scores": {"model": "gpt-3-175b", "device": "a100-80gb-sxm", "count": 512, "tp": 8, "pp": 8, "interleave": 3,
                    "global_batch": 1536, "seq": 2048, "software": "megatron-2022", "recompute": "selective"},
    "DeepSpeed": {"model": "bloom-176b", "device": "a100-80gb-sxm", "count": 384, "tp": 4, "pp": 12, "global_batch": 2048,
                  "seq": 2048, "micro_batch": 2, "software": "megatron-deepspeed", "recompute": "full",
                  "network": "omni-path-100", "ports": 0.5},
    "launches": {"model": "gpt-2", "device": "h100-sxm", "count": 8, "global_batch": 64, "seq": 128, "software": "eager"},
    "too large": {"model": "llama-3-405b", "device": "h100-sxm", "count": 8192, "tp": 8, "pp": 16, "global_batch": 2048,
                  "seq": 8192},
}  # fmt: skip
SERVING: dict[str, dict[str, Any]] = {
    "node": {"model": "llama-3-70b", "device": "h100-sxm", "count": 8, "tp": 4, "precision": "fp8", "rate": "$2.50/h"},
    "one GPU": {"model": "llama-3-8b", "device": "rtx-4090", "precision": "int4-awq", "batch": 1},
    "experts": {"model": "mixtral-8x7b", "device": "h100-sxm", "tp": 2, "batch": 16, "prompt": 4096, "output": 128},
    "too large": {"model": "llama-3-70b", "device": "h100-sxm"},
}
CHECKPOINT: dict[str, dict[str, Any]] = {
    "fleet": {"model": "llama-3-405b", "count": 16_384, "bandwidth": "2 TB/s"},
    "given": {"model": "llama-3-70b", "count": 1_000, "bandwidth": "20 GB/s", "node_bandwidth": "1 GB/s",
              "mtbf": "50,000 h", "restart": "5 min", "interval": "30 min"},
    "background": {"model": "llama-3-70b", "count": 1_000, "bandwidth": "20 GB/s", "snapshot": "5 s"},
}  # fmt: skip
TRANSFER: dict[str, dict[str, Any]] = {
    "link": {"size": "50 TB", "link": "ethernet-100g"},
    "far": {"size": "50 TB", "bandwidth": "10 Gb/s", "route": "egress-internet-aws", "round_trip": "70 ms", "loss": "0.01 %",
            "streams": 8, "window": "16 MB", "appliances": 2},
    "region": {"size": "1 PB", "bandwidth": "100 Gb/s", "route": "transfer-inter-region-aws-us", "appliance": ""},
}  # fmt: skip
TCO: dict[str, dict[str, Any]] = {
    "bought": {"device": "h100-sxm", "count": 512},
    "rented": {"device": "h100-sxm", "count": 8, "offer": "gpu-h100-aws-p5", "utilisation": 0.9},
    "given": {"device": "a100-80gb-sxm", "price": "$15,000", "rate": "$2/h", "discount": 0.4, "pue": 1.2},
}
CARBON: dict[str, dict[str, Any]] = {
    "fleet": {"device": "a100-80gb-sxm", "count": 384, "hours": 2820.0, "region": "france-jean-zay"},
    "energy": {"energy": "433 MWh"},
    "measured": {
        "device": "h100-sxm",
        "count": 8,
        "hours": 100.0,
        "power": "900 W",
        "embodied": "164 kgCO2e",
        "pue": 1.1,
    },
}
PLANS = {
    f"{question} {name}": (question, asked)
    for question, plans in (
        ("training", TRAINING),
        ("serving", SERVING),
        ("checkpoint", CHECKPOINT),
        ("transfer", TRANSFER),
        ("tco", TCO),
        ("carbon", CARBON),
    )
    for name, asked in plans.items()
}
every_plan = pytest.mark.parametrize("name", PLANS)


def answer(name: str) -> Estimate:
    question, asked = PLANS[name]
    function: Callable[..., Estimate] = getattr(estimate, f"estimate_{question}")
    return function(**asked)


def everything(found: Estimate) -> Iterator[Given | Figure]:
    yield from found.givens
    yield from all_figures(found)


def all_figures(found: Estimate) -> Iterator[Figure]:
    yield from found.figures
    for stack in found.stacks:
        yield from stack.parts


@every_plan
def test_an_explanation_gives_the_number(name: str) -> None:
    """The equation's own function with the arguments that are shown gives the value that is shown."""
    for figure in all_figures(answer(name)):
        if figure.equation:
            entry = EQUATIONS[figure.equation]
            assert figure.arguments is not None, figure.id
            given = dict(figure.arguments)
            constants = {symbol.name for symbol in entry.symbols if symbol.constant is not None}
            assert set(given) | constants == {symbol.name for symbol in entry.symbols}, figure.id
            assert entry.function(**given) == pytest.approx(figure.value, rel=1e-9), figure.id
            assert entry.evaluate(**given) == pytest.approx(figure.value, rel=1e-9), figure.id
            for symbol in entry.symbols:
                if symbol.name in given:
                    symbol.check(given[symbol.name])


@every_plan
def test_nothing_is_left_without_an_explanation(name: str) -> None:
    """What no closed formula gives says in its note how it came about."""
    for figure in all_figures(answer(name)):
        assert figure.equation or figure.note, figure.id


@every_plan
def test_parts_add_up(name: str) -> None:
    found = answer(name)
    totals = {"time": "step_time", "memory": "memory", "cost": "total", "carbon": "total"}
    if found.question == "serving":
        totals = {"step": "inter_token_latency"}  # its memory has no total of its own
    for stack in found.stacks:
        if found.feasible and stack.id in totals:
            assert stack.total == pytest.approx(found[totals[stack.id]], rel=1e-12)


# --- givens: what was asked for stands among them ---------------------------------------------------------------------


@every_plan
def test_what_was_asked_for_stands_among_the_givens(name: str) -> None:
    question, asked = PLANS[name]
    given = {datum.id: datum for datum in answer(name).givens}
    for field, value in asked.items():
        if field == "appliance" and not value:
            continue
        if field == "energy" and question == "carbon":
            assert "energy" in given
        elif field not in given:
            entities = {place.partition(".")[0] for place in given}
            assert value in entities, f"{field}={value} is among none of {sorted(given)}"


# The same question with one thing changed: if the answer is another one, so are the givens.
CHANGES: dict[str, dict[str, Any]] = {
    "training dense": {"count": 256, "global_batch": 512, "seq": 4096, "tp": 4, "pp": 8, "cp": 2, "micro_batch": 2,
        "recompute": "full", "zero": 2, "interleave": 2, "precision": "fp8", "software": "megascale",
        "attention": "flash-2", "network": "infiniband-hdr", "ports": 0.5, "node": 4, "tokens": 1e12, "rate": "$9/h",
        "offer": "gpu-h100-aws-p5", "site": "google"},
    "training experts": {"ep": 4},
    "serving node": {"model": "llama-3-8b", "device": "h200-sxm", "count": 16, "tp": 8, "precision": "bf16",
        "kv_precision": "bf16", "batch": 3, "prompt": 100, "output": 99, "runtime": "compiled", "rate": "$9/h"},
    "serving experts": {"batch": 8, "precision": "int8", "kv_precision": "fp8", "offer": "gpu-h100-aws-p5"},
    "checkpoint fleet": {"count": 1000, "bandwidth": "1 TB/s", "node_bandwidth": "1 MB/s", "mtbf": "9,000 h",
        "fleet": "meta-rsc-1", "restart": "1 h", "interval": "1 h", "state": "14 B",
        "snapshot": "10 s"},
    "transfer far": {"size": "20 TB", "bandwidth": "1 Gb/s", "route": "free", "round_trip": "10 ms", "loss": "0.1 %",
        "streams": 1, "window": "1 MB", "efficiency": "50 %", "appliances": 1, "appliance": ""},
    "tco rented": {"count": 16, "years": 3.0, "utilisation": 0.2, "price": "$9,000", "power": "500 W", "idle_share": 0.1,
        "electricity": "electricity-texas-industrial", "energy_price": "$0.2/kWh", "site": "google", "pue": 2.0,
        "building_price": "$5/W", "building_years": 10.0, "network_share": 0.5, "upkeep_share": 0.2, "discount": 0.1},
    "carbon fleet": {"count": 8, "hours": 10.0, "region": "us-average", "site": "google", "pue": 2.0, "power": "200 W",
        "embodied": "10 kgCO2e", "life": 3.0, "utilisation": 0.1},
}  # fmt: skip


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, changes in CHANGES.items() for field in changes])
def test_what_changes_the_answer_changes_the_givens(name: str, field: str) -> None:
    question, asked = PLANS[name]
    function: Callable[..., Estimate] = getattr(estimate, f"estimate_{question}")
    before, after = function(**asked), function(**asked | {field: CHANGES[name][field]})

    def numbers(found: Estimate) -> list[tuple[str, float]]:
        return [(figure.id, figure.value) for figure in all_figures(found)]

    assert field in inspect.signature(function).parameters
    assert numbers(before) != numbers(after), f"{field} changes nothing: not a test of it"
    assert {(g.id, g.value) for g in before.givens} != {(g.id, g.value) for g in after.givens}


# --- energy, price and the kinds they print in ------------------------------------------------------------------------


@every_plan
def test_energy_prints_as_watt_hours_everywhere(name: str) -> None:
    found = answer(name)
    shown = [(item.id, item.kind) for item in everything(found)]
    assert not [place for place, kind in shown if kind == "energy"]


def test_a_plan_without_tokens_has_energy_and_cost_with_intervals() -> None:
    """512 H100 of 700 W; the registry's usual price of one is CoreWeave's 2.23 dollars an hour."""
    found = answer("training dense")
    step, rate = found["step_time"], found["tokens_per_second"]
    assert found["energy_per_step"] == pytest.approx(512 * 700 * 1.58 * step)
    assert found["energy_per_million_tokens"] == pytest.approx(512 * 700 * 1.58 / rate * 1e6)
    assert found["cost_per_million_tokens"] * rate == pytest.approx(512 * 2.23 / 3600)
    for name in ("energy_per_step", "energy_per_million_tokens", "cost_per_million_tokens", "memory"):
        figure = found.figure(name)
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
    assert "Wh" in found.figure("energy_per_step").text
    assert any("leaves out" in note for note in found.notes)
    given = {datum.id for datum in found.givens}
    assert {"h100-sxm.power", "gpu-h100-coreweave.per_hour", "industry-average.pue"} <= given


def test_a_run_is_its_million_tokens() -> None:
    run = estimate.estimate_training(**TRAINING["dense"], tokens=1e12)
    assert run["energy"] == pytest.approx(run["energy_per_million_tokens"] * 1e6)
    assert run["cost"] == pytest.approx(run["cost_per_million_tokens"] * 1e12)
    assert run["run_time"] * run["tokens_per_second"] == pytest.approx(1e12)


def test_a_device_without_a_price_has_no_cost_and_says_why() -> None:
    found = answer("training ZeRO 2")
    assert "cost_per_million_tokens" not in {figure.id for figure in found.figures}
    assert any("no price of A100" in note for note in found.notes)
    assert any("rate" in note for note in found.notes)


@pytest.mark.parametrize(
    ("question", "figure", "asked"),
    [
        ("training", "cost", TRAINING["dense"] | {"tokens": 1e12}),
        ("training", "cost_per_million_tokens", TRAINING["dense"]),
        ("serving", "cost_per_million_tokens", {key: SERVING["node"][key] for key in ("model", "device", "count", "tp")}),
        ("tco", "break_even", TCO["bought"]),
    ],
)  # fmt: skip
def test_a_price_says_its_unit(question: str, figure: str, asked: dict[str, Any]) -> None:
    """A bare number could be by the hour or by the second, a factor of 3,600: it is refused."""
    function: Callable[..., Estimate] = getattr(estimate, f"estimate_{question}")
    hourly = function(**asked, rate="$2.50/h")[figure]
    assert function(**asked, rate="2.50 USD/h")[figure] == pytest.approx(hourly)
    assert function(**asked, rate="$5/h")[figure] != pytest.approx(hourly)
    for bare in ("$2.50", "2.5", 2.5, 2.5 / 3600):
        with pytest.raises(InputError, match="rate"):
            function(**asked, rate=bare)


def test_a_rate_and_an_offer_are_too_much() -> None:
    with pytest.raises(InputError, match="offer"):
        estimate.estimate_training(**TRAINING["dense"], rate="$2/h", offer="gpu-h100-aws-p5")
    with pytest.raises(InputError, match="price by the hour"):
        estimate.estimate_training(**TRAINING["dense"], offer="electricity-texas-industrial")
    with pytest.raises(UnknownEntity):
        estimate.estimate_training(**TRAINING["dense"], offer="gpu-h100")


def test_the_price_of_another_device_is_said_to_be_one() -> None:
    """Half of an A100's hour is no H100's hour, but comparing is allowed."""
    plan = TRAINING["dense"] | {"device": "a100-80gb-sxm", "recompute": "full"}
    found = estimate.estimate_training(**plan, offer="gpu-h100-aws-p5")
    assert any("is a price of h100-sxm, not of a100-80gb-sxm" in note for note in found.notes)
    own = estimate.estimate_training(**TRAINING["dense"], offer="gpu-h100-aws-p5")
    assert not any("is a price of" in note for note in own.notes)


def test_usual_prices_are_of_devices_that_exist() -> None:
    for price in registry.every("price"):
        for alias in price.aliases:
            if alias.startswith("price of "):
                assert registry.get(alias.removeprefix("price of ").split(",")[0]).kind == "device"


# --- a plan that does not fit -----------------------------------------------------------------------------------------


def test_a_refusal_says_by_how_much_and_what_would_fit() -> None:
    """Llama 3's own plan. Its paper frees tensors early and gives the end stages a layer less; light does as much."""
    found = answer("training too large")
    assert not found.feasible
    total = found.stacks[0].total
    over = quantities.format(total - 80e9, "bytes")
    assert f"{over} (" in found.reasons[0]
    assert "recompute=light" in found.notes[0]
    light = estimate.estimate_training(**TRAINING["too large"], recompute="light")
    assert light["memory"] <= 80e9
    full = estimate.estimate_training(**TRAINING["too large"], recompute="full")
    job = read_plan(**TRAINING["too large"])
    assert light["step_time"] < 1.01 * job.setting.step(job.plan).total < full["step_time"]


def test_every_way_out_that_is_named_fits() -> None:
    for recompute in ("light", "alternate"):
        assert estimate.estimate_training(**TRAINING["too large"], recompute=recompute).feasible
    assert estimate.estimate_training(**TRAINING["too large"], zero=2).feasible
    hopeless = estimate.estimate_training(model="llama-3-405b", device="h100-sxm", count=8, global_batch=8, seq=4096)
    assert "No recomputation" in hopeless.notes[0]


def test_a_close_refusal_says_so() -> None:
    """The count has an interval of its own: a plan some per cent too large is not told apart from one that fits."""
    plan = TRAINING["too large"] | {"interleave": 3, "recompute": "light"}
    found = estimate.estimate_training(**plan)
    assert 80e9 < found.stacks[0].total < 1.08 * 80e9
    assert "close" in found.reasons[0]
    assert "close" not in answer("training too large").reasons[0]


def test_a_tight_fit_is_said_to_be_one() -> None:
    tight = estimate.estimate_training(**TRAINING["too large"], zero=2)
    assert 80e9 / 1.08 < tight["memory"] <= 80e9
    assert any("tight" in note for note in tight.notes)
    assert not any("tight" in note for note in answer("training dense").notes)


def test_what_is_shared_further_is_sent_more_often() -> None:
    """ZeRO 2 reduces gradients for every micro-batch: less memory, never less time."""
    one, two = (estimate.estimate_training(**TRAINING["dense"], zero=zero) for zero in (1, 2))
    assert two["memory"] < one["memory"]
    assert two["step_time"] > one["step_time"]
    short = TRAINING["dense"] | {"global_batch": 16}  # one micro-batch: nothing is sent twice
    assert estimate.estimate_training(**short, zero=2)["step_time"] == pytest.approx(
        estimate.estimate_training(**short, zero=1)["step_time"]
    )


def test_kept_scores_need_the_memory_that_selective_recomputation_saves() -> None:
    """Korthikanti et al. 2022: 70 % of GPT-3's activations are scores at 2,048 tokens."""
    plan = TRAINING["kept scores"]
    kept, dropped = (read_plan(**{k: v for k, v in plan.items() if k not in {"software", "recompute"}},
                               way="megatron-2022", recompute=word) for word in ("none", "selective"))  # fmt: skip
    ratio = dropped.setting.memory(dropped.plan).activations / kept.setting.memory(kept.plan).activations
    assert ratio == pytest.approx(0.3, abs=0.02)
