"""The training question: figures that agree with each other, plans that fit or do not, refusals that say what is allowed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ironlaw import registry
from ironlaw.estimate.models import model_shape
from ironlaw.estimate.training import PARAMETERS, estimate_training, read_plan
from ironlaw.estimate.training_machine import attention_rates, machine, matmul_rate, operand_rate, peak_rate
from ironlaw.estimate.training_plan import prepare, shape_of, span
from ironlaw.estimate.training_recipes import SOFTWARE, software
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.registry import UnknownNameError

PLAN: dict[str, Any] = {
    "model": "llama-3-70b",
    "device": "h100-sxm",
    "count": 512,
    "tp": 8,
    "pp": 4,
    "global_batch": 1024,
    "seq": 8192,
}


def test_figures_agree() -> None:
    plan = estimate_training(**PLAN)
    tokens = 1024 * 8192
    assert plan["tokens_per_second"] == pytest.approx(tokens / plan["step_time"])
    assert plan["tokens_per_second_per_device"] == pytest.approx(plan["tokens_per_second"] / 512)
    assert plan["mfu"] == pytest.approx(plan["model_flops"] / 989.4e12)
    assert 0.3 < plan["mfu"] < 0.6
    time, memory = plan.stacks
    assert time.total == pytest.approx(plan["step_time"])
    assert memory.total == pytest.approx(plan["memory"])
    assert plan["memory"] <= 80e9
    assert {part.id for part in time.parts} >= {"matmul", "attention", "tensor_parallel", "pipeline_bubble"}


def test_every_figure_can_be_explained() -> None:
    plan = estimate_training(**PLAN, tokens=1e12, rate="$2/h")
    for figure in plan.figures:
        if figure.equation:
            assert figure.arguments is not None
            assert EQUATIONS[figure.equation].evaluate(**figure.arguments) == pytest.approx(figure.value)
    step = plan.figure("step_time")
    assert step.low is not None
    assert step.high is not None
    assert step.low < step.value < step.high
    given = {datum.id: datum for datum in plan.givens}
    assert given["h100-sxm.achieved_matmul_bf16"].source.startswith("Bekman")
    assert {"training-operand-bytes.operand_bytes", "training-overlap.share", "training-spread.share"} <= set(given)


@pytest.mark.parametrize("seq", [4096, 131_072, 1_048_576])
def test_mfu_never_passes_one(seq: int) -> None:
    """At a million tokens nearly all is attention; counted over the whole sequence it is twice what is done."""
    plan = estimate_training(model="llama-3-8b", device="h200-sxm", count=64, cp=64, global_batch=1, seq=seq, zero=3)
    step = plan["step_time"]
    busy = sum(part.value for part in plan.stacks[0].parts if part.id in {"matmul", "attention"}) / step
    assert plan["mfu"] < busy < 1
    assert plan["mfu"] < plan["mfu_whole"] < 2 * plan["mfu"]


def test_a_run_costs_its_time() -> None:
    run = estimate_training(**PLAN, tokens=15e12, rate="$2/h", site="google")
    assert run["run_time"] == pytest.approx(15e12 / run["tokens_per_second"])
    assert run["cost"] == pytest.approx(2.0 * 512 * run["run_time"] / 3600)
    assert run["energy"] == pytest.approx(512 * 700 * run["run_time"] * 1.1)
    offered = estimate_training(**PLAN, tokens=15e12, offer="gpu-h100-aws-p5")
    assert offered["cost"] == pytest.approx(98.32 / 8 * 512 * run["run_time"] / 3600)


def test_70b_does_not_fit_eight_gpus() -> None:
    """Sixteen bytes a parameter are 1,120 GB; eight GPUs have 640."""
    plan = estimate_training(model="llama-3-70b", device="h100-sxm", count=8, global_batch=8, seq=4096, zero=3)
    assert not plan.feasible
    assert "80 GB" in plan.reasons[0]
    assert "largest part" in plan.reasons[0]
    assert plan.figures == ()
    with pytest.raises(KeyError, match="cannot run"):
        _ = plan["step_time"]


def test_recomputation_trades_time_for_memory() -> None:
    plans = [estimate_training(**PLAN, recompute=name) for name in ("none", "alternate", "full")]
    times, sizes = ([plan[name] for plan in plans] for name in ("step_time", "memory"))
    assert times == sorted(times)
    assert sizes == sorted(sizes, reverse=True)
    assert plans[0]["mfu"] > plans[2]["mfu"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"count": 100}, "count"),
        ({"tp": 3, "count": 300, "pp": 1}, "tp"),
        ({"pp": 128, "count": 1024}, "pp"),
        ({"global_batch": 8}, "global_batch"),
        ({"global_batch": 0}, "global_batch"),
        ({"seq": float("nan")}, "seq"),
        ({"micro_batch": 1.5}, "micro_batch"),
        ({"interleave": 3, "global_batch": 1040}, "interleave"),
        ({"interleave": 2, "pp": 1}, "interleave"),
        ({"ep": 2}, "ep"),
        ({"recompute": "some"}, "recompute"),
        ({"zero": 4}, "zero"),
        ({"zero": True}, "zero"),
        ({"precision": "fp4"}, "precision"),
        ({"software": "jax"}, "software"),
        ({"ports": 0}, "ports"),
        ({"tokens": -1}, "tokens"),
        ({"tokens": 1e12, "rate": "2 apples"}, "rate"),
    ],
)
def test_a_bad_plan_names_field_and_range(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refusal:
        estimate_training(**PLAN | change)
    assert refusal.value.field == field
    assert refusal.value.allowed


@pytest.mark.parametrize("change", [{"model": "llama-3-71b"}, {"device": "h100-sxn"}, {"network": "infiniband-ndrr"}])
def test_a_wrong_name_gets_its_neighbours(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownNameError, match="nearest"):
        estimate_training(**PLAN | change)


def test_help_for_every_parameter() -> None:
    assert list(inspect.signature(estimate_training).parameters) == list(PARAMETERS)


def test_prepared_once_answers_often() -> None:
    job = read_plan(**PLAN)
    step = job.setting.step(job.plan)
    assert step.total == estimate_training(**PLAN)["step_time"]
    wider = job.setting.step(job.plan._replace(global_batch=2048.0))
    assert wider.total < 2 * step.total  # the bubble is paid once


def test_a_faster_network_helps_and_a_missing_one_is_the_generations() -> None:
    given = estimate_training(**PLAN)
    assert given["step_time"] == estimate_training(**PLAN, network="infiniband-ndr")["step_time"]
    assert given["step_time"] < estimate_training(**PLAN, network="ethernet-25g")["step_time"]


# --- models, devices and software as the kernel takes them ------------------------------------------------------------


def test_shape_of_a_dense_model() -> None:
    shape = shape_of(model_shape("llama-3-8b"))
    assert shape.active_weights * 32 + 2 * 128256 * 4096 == pytest.approx(8.03e9, rel=0.001)
    assert shape.active_weights == shape.dense_weights
    assert (shape.query_width, shape.kv_width, shape.routes) == (4096, 1024, 1)


def test_shape_of_a_model_with_experts() -> None:
    shape = shape_of(model_shape("mixtral-8x7b"))
    assert shape.expert_weights == pytest.approx(8 * 3 * 4096 * 14336)
    assert shape.active_weights == pytest.approx(shape.dense_weights + shape.expert_weights * 2 / 8)
    assert shape.feed_forward == 2 * 14336
    assert shape.expert_parameters < shape.parameters


def test_span_is_half_a_causal_square() -> None:
    assert span(software("megatron"), 8192) == pytest.approx(4096.5)
    assert span(software("megatron-2021"), 8192) == 8192
    assert span(software("megatron"), 8192, window=1024, global_share=0.5) < 4096
    assert span(software("megatron"), 100, window=1024, global_share=0.0) == pytest.approx(50.5)


@pytest.mark.parametrize("device", ["a100-80gb-sxm", "a100-40gb-sxm", "h100-sxm", "h200-sxm", "b200-sxm", "mi300x"])
def test_what_is_achieved_is_below_the_peak(device: str) -> None:
    entity = registry.get(device)
    rates = machine(entity, "bf16", "flash-2", registry.get("infiniband-ndr"))
    peak = peak_rate(entity, "bf16")
    assert max(rates.matmul_rate, rates.attention_forward_rate, rates.attention_backward_rate) < peak
    assert rates.memory_rate < entity["memory_bandwidth"]
    assert rates.link_rate < entity["link_bandwidth"]


def test_the_same_chip_keeps_its_share() -> None:
    """The A100 with 40 GB was not measured: its chip is that of 80 GB."""
    small, large = registry.get("a100-40gb-sxm"), registry.get("a100-80gb-sxm")
    assert matmul_rate(small, "bf16") == matmul_rate(large, "bf16") == 271.2e12
    assert operand_rate(small) == operand_rate(large)
    assert operand_rate(registry.get("mi300x")) > operand_rate(large)  # no clock known: by memory bandwidth


def test_a_chip_that_nobody_measured_gets_the_share_of_all() -> None:
    share = registry.get("matmul-share")["share"]
    assert matmul_rate(registry.get("v100-sxm"), "fp16") == pytest.approx(125e12 * share)


def test_attention_generations() -> None:
    ampere, hopper = registry.get("a100-80gb-sxm"), registry.get("h100-sxm")
    old, new = (attention_rates(ampere, kernel, 0)[0] for kernel in ("flash-1", "flash-2"))
    assert old < new
    second, third = (attention_rates(hopper, kernel, 0) for kernel in ("flash-2", "flash-3"))
    assert second[0] < third[0]
    forward, backward = attention_rates(ampere, "flash-2", 0)
    assert 3.5 / (1 / forward + 2.5 / backward) == pytest.approx(0.615 * 312e12)
    assert attention_rates(hopper, "kept", 7.0) == (7.0, 7.0)


@pytest.mark.parametrize("name", SOFTWARE)
def test_all_software_runs_all_shapes(name: str) -> None:
    device, network = registry.get("h100-sxm"), registry.get("infiniband-ndr")
    for model in ("gpt-3-175b", "llama-3-8b", "mixtral-8x7b"):
        recipe = prepare(model_shape(model), device, software(name), "fp8", network).recipe
        assert min(recipe) >= 0
        assert recipe.tensor_overlap_forward <= recipe.tensor_overlap_backward <= 1


@pytest.mark.parametrize("device", ["tpu-v5p", "gaudi-3", "trainium2"])
def test_an_accelerator_that_the_engine_does_not_know_inside_is_refused(device: str) -> None:
    with pytest.raises(InputError, match=r"^device must be a GPU: the engine has neither the links nor the kernels"):
        estimate_training(**{**PLAN, "device": device})


@pytest.mark.parametrize("field", ["count", "global_batch", "seq", "tp", "micro_batch", "node", "ports", "tokens"])
@pytest.mark.parametrize("value", ["many", True, 0, -1, float("nan"), float("inf"), 1e300])
def test_a_bad_number_is_told_by_its_own_name(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{field} must be ") as told:
        estimate_training(**{**PLAN, field: value})
    assert told.value.field == field
