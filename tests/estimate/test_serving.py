"""Serving: bounds that no plan may pass, what must not fit, and agreement of floats, arrays and parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.estimate.models import model_shape
from ironlaw.estimate.serving import PARAMETERS, estimate_serving
from ironlaw.estimate.serving_model import ServingModel
from ironlaw.estimate.serving_setup import serving_model
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.registry import UnknownEntity

quick = settings(deadline=None, max_examples=60)
PLANS = [
    ("llama-2-7b", "a100-80gb-sxm", 1, "bf16"),
    ("llama-3-8b", "h100-sxm", 1, "fp8"),
    ("llama-3-70b", "h100-sxm", 8, "fp8"),
    ("llama-3-405b", "b200-sxm", 4, "nvfp4"),
    ("mixtral-8x7b", "a100-80gb-sxm", 2, "int8"),
    ("deepseek-v3", "h200-sxm", 8, "fp8"),
    ("gemma-2-9b", "jetson-orin-nano", 1, "q4f16"),
    ("llama-2-7b", "m1-pro-14", 1, "q4-0"),
]


@pytest.fixture(scope="module")
def plans() -> dict[str, ServingModel]:
    return {model: serving_model(model, device, ways=ways, precision=p) for model, device, ways, p in PLANS}


each = pytest.mark.parametrize("model", [plan[0] for plan in PLANS[:-1]])


@each
@quick
@given(batch=st.integers(1, 4096), context=st.floats(0, 1e5))
def test_decoding_is_never_above_the_roofline(
    plans: dict[str, ServingModel], model: str, batch: int, context: float
) -> None:
    plan = plans[model]
    time = plan.decode_time(batch, context)
    flops = 2 * (plan.shape.active_weights + plan.shape.vocabulary * plan.shape.hidden)
    fastest = max(product.peak for product in plan.products)
    assert time >= batch * flops / plan.ways / fastest
    window = min(context, plan.shape.window)
    assert time >= (plan.reading_time(1) * plan.memory_share) + batch * window * plan.kv / plan.bandwidth * 0.99


@each
def test_arrays_and_floats_agree(plans: dict[str, ServingModel], model: str) -> None:
    plan = plans[model]
    batches = np.array([1, 2, 3, 17, 128, 129, 500, 2048])
    contexts = np.array([0.0, 10.0, 100.5, 4096.0, 4097.0, 9000.0, 12345.0, 20000.0])
    alone = [plan.decode_time(int(b), float(c)) for b, c in zip(batches, contexts, strict=True)]
    assert plan.decode_time(batches, contexts) == pytest.approx(alone, rel=1e-12)  # type: ignore[arg-type]
    parts = [plan.decode_step(int(b), float(c)).total for b, c in zip(batches, contexts, strict=True)]
    assert parts == pytest.approx(alone, rel=1e-12)
    large = np.array([1, 70_000])  # beyond the table of remembered batches
    assert plan.decode_time(large, 8.0) == pytest.approx([plan.decode_time(int(b), 8.0) for b in large], rel=1e-12)  # type: ignore[arg-type]


@each
def test_more_work_takes_longer(plans: dict[str, ServingModel], model: str) -> None:
    plan = plans[model]
    by_batch = [plan.decode_time(batch, 1000.0) for batch in range(1, 600, 7)]
    by_context = [plan.decode_time(16, context) for context in (0.0, 100.0, 1000.0, 10_000.0)]
    assert by_batch == sorted(by_batch)
    assert by_context == sorted(by_context)
    rates = [batch / plan.decode_time(batch, 0.0) for batch in (1, 8, 64)]
    assert rates == sorted(rates)  # batching pays while memory is the limit


def test_a_batch_of_broken_numbers_is_refused(plans: dict[str, ServingModel]) -> None:
    with pytest.raises(InputError, match="whole numbers"):
        plans["llama-2-7b"].decode_time(np.array([1.5]), 0.0)  # type: ignore[arg-type]


def test_a_large_batch_is_bound_by_arithmetic() -> None:
    """A tool without a compute bound is 2.3 times above the peak here."""
    plan = serving_model("llama-3-8b", "h100-sxm", precision="bf16")
    flops = 2 * (plan.shape.layer_weights + plan.shape.vocabulary * plan.shape.hidden)
    step = plan.decode_step(1024, 0.0)
    assert step.products > 1.2 * plan.reading_time(1024)
    assert 1024 * flops / step.total < 0.81 * 989.4e12
    # without the bound: the reading alone
    assert 1024 * flops / plan.reading_time(1024) > 2 * 989.4e12


def test_quantised_weights_are_read_with_their_scales() -> None:
    plan = serving_model("llama-2-7b", "m1-pro-14", precision="q4-0", runtime="llama-cpp")
    shape = plan.shape
    assert sum(p.stored for p in plan.products) == pytest.approx(shape.layer_weights * 18 / 32)  # 18 bytes for 32
    assert plan.head.stored == pytest.approx(32000 * 4096 * 210 / 256)  # Q6_K
    assert plan.weight_bytes == pytest.approx(3.56 * 2**30, rel=0.02)  # the file, embedding included


def test_packed_weights_cost_vector_operations_where_the_matrix_units_do_not_take_them() -> None:
    packed = serving_model("llama-3-8b", "a100-80gb-sxm", precision="int8")
    plain = serving_model("llama-3-8b", "a100-80gb-sxm", precision="bf16")
    native = serving_model("llama-3-8b", "h100-sxm", precision="fp8")
    for product in (*packed.products, packed.head):
        memory = product.stored / (packed.bandwidth * packed.memory_share)
        vectors = 3 * product.weights / 9.75e12  # an instruction is two of the 19.5 TFLOP/s
        assert product.reading == pytest.approx((memory**2 + vectors**2) ** 0.5)
    for plan in (plain, native):
        product = plan.products[0]
        assert product.reading == pytest.approx(product.stored / (plan.bandwidth * plan.memory_share))
    awq = serving_model("llama-3-8b", "a100-80gb-sxm", precision="int4-awq")
    assert awq.head.reading == plain.head.reading  # left at 16 bit
    grouped = serving_model("gemma-2-2b", "jetson-orin-nano", precision="q4f16", runtime="mlc")
    columns = serving_model("gemma-2-2b", "jetson-orin-nano", precision="q4f16-ft", runtime="mlc")
    assert grouped.reading_time(1) > 1.3 * columns.reading_time(1)  # six operations for three


def test_kernels_start_in_clocks() -> None:
    fast, slow = (
        serving_model("llama-2-7b", d, precision="q4f16-ft", runtime="mlc") for d in ("rtx-4090", "jetson-orin-nano")
    )
    assert slow.fixed / fast.fixed == pytest.approx(2520 / 625)
    derived = serving_model("llama-2-7b", "h100-pcie")  # no clock on record: 114 x 128 lanes make 51 TFLOP/s
    assert derived.fixed == pytest.approx(32 * 12 * 7040 / 1.747e9, rel=1e-3)


def test_tensor_parallelism_shares_weights_and_cache() -> None:
    one = serving_model("llama-3-70b", "h200-sxm", precision="fp8")
    eight = serving_model("llama-3-70b", "h200-sxm", ways=8, precision="fp8")
    sixteen = serving_model("llama-3-70b", "h200-sxm", ways=16, precision="fp8")
    assert eight.weight_bytes == pytest.approx(one.weight_bytes / 8)
    assert eight.kv == one.kv / 8
    assert sixteen.kv == eight.kv  # eight heads of keys and values: two GPUs keep the same one
    assert one.decode_step(1, 0.0).communication == 0
    assert eight.decode_step(1, 0.0).communication > 0
    assert one.decode_time(1, 0.0) / 8 < eight.decode_time(1, 0.0) < one.decode_time(1, 0.0)


def test_experts_that_no_token_uses_are_not_read() -> None:
    plan = serving_model("mixtral-8x7b", "a100-80gb-sxm", ways=2, precision="fp16")
    assert plan.experts is not None
    active = model_shape("mixtral-8x7b").active_weights * 2 / 2 + plan.head.stored
    assert plan.reading_time(1) == pytest.approx(active / (plan.bandwidth * plan.memory_share), rel=0.01)
    stored = sum(p.stored for p in (*plan.products, plan.experts, plan.head))
    assert plan.reading_time(1000) == pytest.approx(stored / (plan.bandwidth * plan.memory_share))


def test_a_sliding_window_bounds_the_cache_that_is_read() -> None:
    plan = serving_model("gemma-2-9b", "h100-sxm")
    below = plan.decode_time(1, 4096.0) - plan.decode_time(1, 0.0)
    above = plan.decode_time(1, 8192.0) - plan.decode_time(1, 4096.0)
    assert above == pytest.approx(below / 2, rel=1e-6)  # half of the layers see 4,096 tokens only


def test_70b_in_16_bit_does_not_fit_one_h100() -> None:
    """known-errors.md: 140 GB of weights, 80 GB of memory."""
    plan = estimate_serving(model="llama-2-70b", device="h100-sxm", precision="fp16")
    assert not plan.feasible
    assert not plan.figures
    assert "138 GB" in plan.reasons[0]
    assert "80 GB" in plan.reasons[0]
    assert estimate_serving(model="llama-2-70b", device="h100-sxm", precision="fp16", tp=2).feasible


def test_a_batch_that_does_not_fit_has_no_numbers() -> None:
    plan = estimate_serving(model="llama-2-70b", device="h100-sxm", precision="fp16", tp=2, batch=500)
    assert not plan.feasible
    assert "500 are asked for" in plan.reasons[0]
    with pytest.raises(KeyError, match="cannot run"):
        plan["tokens_per_second"]
    long = estimate_serving(model="llama-2-7b", device="rtx-4090", precision="fp16", prompt=100_000)
    assert "one sequence" in long.reasons[0]


def test_an_estimate_adds_up() -> None:
    plan = estimate_serving(
        model="llama-3-70b", device="h100-sxm", count=16, tp=8, precision="fp8", prompt=2048, output=512, rate="$2.50/h"
    )
    assert plan["tokens_per_second"] == pytest.approx(2 * plan["batch"] / plan["inter_token_latency"])
    assert plan["tokens_per_second_user"] == pytest.approx(1 / plan["inter_token_latency"])
    assert plan["request_latency"] == pytest.approx(plan["time_to_first_token"] + 511 * plan["inter_token_latency"])
    assert plan["cost_per_million_tokens"] == pytest.approx(16 * 2.5 / 3600 / plan["tokens_per_second"])
    step, memory = plan.stacks
    assert step.total == pytest.approx(plan["inter_token_latency"])
    assert memory.total <= registry.get("h100-sxm")["memory_capacity"]
    assert 0 < plan["busy_share"] < 1
    for figure in plan.figures:
        if figure.equation and figure.arguments:
            assert figure.value == pytest.approx(EQUATIONS[figure.equation].evaluate(**figure.arguments))
    assert len({given.id for given in plan.givens}) == len(plan.givens)


def test_a_device_has_its_usual_price_unless_another_is_asked_for() -> None:
    """The rules of training: one of rate and offer, the registry's usual offer, else no cost and a note."""
    plan: dict[str, Any] = {"model": "llama-3-8b", "device": "h100-sxm", "precision": "fp8", "tp": 2, "count": 8}
    usual, rated = estimate_serving(**plan), estimate_serving(**plan, rate="$2.50/h")
    assert usual["cost_per_million_tokens"] * usual["tokens_per_second"] == pytest.approx(8 * 2.23 / 3600)
    assert rated["cost_per_million_tokens"] * rated["tokens_per_second"] == pytest.approx(8 * 2.5 / 3600)
    assert rated.figure("cost_per_million_tokens").equation == "cost-per-served-token"
    assert "gpu-h100-coreweave.per_hour" in {given.id for given in usual.givens}
    for offer in ("gpu-h100-aws-p5", "nonsense"):
        with pytest.raises(InputError, match="offer"):
            estimate_serving(**plan, rate="$2/h", offer=offer)
    foreign = estimate_serving(**plan | {"device": "a100-80gb-sxm"}, offer="gpu-h100-aws-p5")
    assert any("is a price of h100-sxm" in note for note in foreign.notes)
    unknown = estimate_serving(**plan | {"device": "gaudi-3"})
    assert "cost_per_million_tokens" not in {figure.id for figure in unknown.figures}
    assert any("no price of Gaudi 3" in note for note in unknown.notes)
    assert any("PCIe Gen4 x16 is assumed" in note for note in unknown.notes)


def test_a_latent_cache_is_copied_and_heads_are_shared_out() -> None:
    """DeepSeek-V3 keeps 512 + 64 values a token and layer on each device, whatever tp; Llama a share of its heads."""
    plan: dict[str, Any] = {"device": "h200-sxm", "tp": 8, "precision": "fp8", "batch": 32, "prompt": 32, "output": 32}
    latent, heads = (estimate_serving(model=model, **plan) for model in ("deepseek-v3", "llama-3-70b"))
    for found, devices in ((latent, 1), (heads, 8)):
        cache = next(part for part in found.stacks[1].parts if part.id == "cache")
        assert cache.value == pytest.approx(32 * 64 * found["kv_bytes_per_token"] / devices)
        assert found.figure("kv_bytes_per_token").label == "Cache of a token, one copy"
    assert latent["kv_bytes_per_token"] == 61 * (512 + 64)
    assert "each of 8 devices holds a copy" in latent.figure("kv_bytes_per_token").note
    assert "each of 8 devices holds 20.5 kB of it" in heads.figure("kv_bytes_per_token").note


def test_parts_of_nothing_are_not_shown() -> None:
    alone = estimate_serving(model="llama-2-7b", device="m1-pro-14", precision="q4-0", runtime="llama-cpp", batch=1)
    step, memory = ({part.id for part in stack.parts} for stack in alone.stacks)
    assert step == {"products", "cache", "prompt", "small", "fixed"}
    assert memory == {"weights", "cache"}
    assert alone.stacks[0].total == pytest.approx(alone["inter_token_latency"], rel=1e-12)


@pytest.mark.parametrize("model", ["bert-base", "BERT-Large", "distilbert", "roberta-base", "RoBERTa-Large"])
def test_an_encoder_is_not_served_as_a_decoder(model: str) -> None:
    with pytest.raises(InputError, match="is an encoder") as caught:
        estimate_serving(model=model, device="h100-sxm")
    assert caught.value.field == "model"


def test_the_limit_of_the_runtime_is_told_from_that_of_the_memory() -> None:
    small: dict[str, Any] = {"model": "qwen-3-0-6b", "device": "b200-sxm", "prompt": 10, "output": 10}
    most = estimate_serving(**small)
    assert most["batch"] == most["largest_batch"] == 2048
    assert "TensorRT-LLM takes" in most.figure("largest_batch").note
    assert "takes at most 2,048" in estimate_serving(**small, batch=5000).reasons[0]
    assert "of weights" in estimate_serving(**small, batch=100_000).reasons[0]


def test_what_limits_a_step_is_named() -> None:
    def bound(**plan: object) -> str:
        estimate = estimate_serving(model="llama-3-8b", device="h100-sxm", **plan)  # type: ignore[arg-type]
        return next(str(given.value) for given in estimate.givens if given.id == "bound")

    assert bound(batch=1, prompt=16, output=512) == "memory"
    assert bound(batch=64, prompt=4096, output=16) == "compute"
    small = estimate_serving(model="qwen-3-0-6b", device="b200-sxm", precision="fp8", batch=1, prompt=16)
    assert next(given.value for given in small.givens if given.id == "bound") == "overhead"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"tp": 3}, "tp"),
        ({"tp": 0}, "tp"),
        ({"tp": -1}, "tp"),
        ({"tp": True}, "tp"),
        ({"tp": 0, "count": 8}, "tp"),
        ({"count": 0}, "count"),
        ({"count": 9, "tp": 8}, "count"),
        ({"batch": 0}, "batch"),
        ({"prompt": -1}, "prompt"),
        ({"output": 0}, "output"),
        ({"prompt": float("nan")}, "prompt"),
        ({"rate": "5 GB"}, "rate"),
    ],
)
def test_bad_input_is_named(plan: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        estimate_serving(model="llama-3-8b", device="h100-sxm", **plan)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field} must be")
    assert "ways" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [("model", "lama-3-8b", "llama-3-8b"), ("device", "h100-sx", "h100-sxm"), ("precision", "fp9", "fp8")],
)
def test_unknown_names_get_their_neighbours(name: str, value: str, nearest: str) -> None:
    plan = {"model": "llama-3-8b", "device": "h100-sxm", name: value}
    with pytest.raises(UnknownEntity) as caught:
        estimate_serving(**plan)  # type: ignore[arg-type]
    assert nearest in caught.value.nearest


def test_each_parameter_has_its_help() -> None:
    code = estimate_serving.__code__
    assert tuple(PARAMETERS) == code.co_varnames[: code.co_kwonlyargcount]
