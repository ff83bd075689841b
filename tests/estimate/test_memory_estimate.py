"""Memory of plans and servers by a model's name."""

from __future__ import annotations

import pytest

from ironlaw.estimate.memory import RECIPES, plan_memory, serving_memory, weight_bits
from ironlaw.physics import InputError
from ironlaw.registry import UnknownEntity

GIB = 2**30


@pytest.mark.parametrize("recipe", RECIPES)
def test_state_a_parameter(recipe: str) -> None:
    parts = plan_memory("llama-2-7b", recipe=recipe, sequence=4096, micro_batch=1, zero=0)
    state = parts.weights + parts.gradients + parts.optimizer
    assert state == pytest.approx(sum(RECIPES[recipe]) * 6.738e9, rel=1e-3)


def test_70b_does_not_fit_one_node() -> None:
    """Known error: 1,120 GB of state on eight times 80 GB."""
    parts = plan_memory("llama-2-70b", sequence=4096, micro_batch=1, zero=3, data=8, recompute="full")
    state = parts.weights + parts.gradients + parts.optimizer
    assert 8 * state == pytest.approx(16 * 68.98e9, rel=1e-3)
    assert state > 80e9


def test_context_parallelism_keeps_the_memory() -> None:
    """TorchTitan 2024, table 2: sequences of 32k to 262k over 1 to 8 GPUs take the same 84 GiB within a per cent."""
    totals = [
        plan_memory(
            "llama-3-1-8b",
            recipe="fsdp",
            sequence=32768 * context,
            micro_batch=1,
            data=8 // context,
            context=context,
            zero=3,
            recompute="full",
        ).total
        for context in (1, 2, 4, 8)
    ]
    assert max(totals) == pytest.approx(min(totals))
    assert 0.95 * 84 < totals[0] / GIB < 84


def test_experts_of_deepseek() -> None:
    """DeepSeek-V3's plan (16 stages, 64-way experts, ZeRO 1): its state alone fits where one copy never would."""
    plan = {"sequence": 4096, "micro_batch": 1, "micro_batches": 60, "stages": 16, "zero": 1}
    spread = plan_memory("deepseek-v3", recipe="megatron", data=128, experts=64, **plan)
    alone = plan_memory("deepseek-v3", recipe="megatron", data=128, experts=1, **plan)
    assert spread.weights + spread.gradients < 25e9
    assert alone.weights > 80e9


def test_a_server_of_llama_2_70b() -> None:
    """Known error: 42.9 GB of cache at 128K with 8 key-value heads; 140 GB of weights do not fit one H100."""
    parts = serving_memory("llama-2-70b", sequence=131_072)
    assert parts.weights == pytest.approx(138e9, rel=0.01)
    assert parts.cache == pytest.approx(42.9e9, rel=2e-3)
    shared = serving_memory("llama-2-70b", sequence=131_072, tensor=8)
    assert shared.total == pytest.approx(parts.total / 8)
    wide = serving_memory("llama-2-70b", sequence=131_072, tensor=16)  # eight heads are not cut further
    assert wide.cache == shared.cache


def test_weights_in_formats() -> None:
    assert weight_bits("llama-2-7b", "bf16") == 16
    assert weight_bits("llama-2-7b", "Q4_K_M") == pytest.approx(4.84, abs=0.01)
    assert weight_bits("llama-2-7b", "nf4-double") == pytest.approx(4.127, abs=1e-3)
    assert weight_bits("llama-2-7b", "int4_g128") == pytest.approx(4.156, abs=1e-3)
    sliding = serving_memory("mistral-7b", sequence=32_768).cache
    assert sliding == serving_memory("mistral-7b", sequence=4_096).cache


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"^recipe must be one of mixed, megatron, fsdp, got 'x'"):
        plan_memory("llama-2-7b", recipe="x", sequence=1, micro_batch=1)
    with pytest.raises(InputError, match=r"^stored must be one of F32, .*, got 'q99'"):
        serving_memory("llama-2-7b", stored="q99")
    with pytest.raises(UnknownEntity):
        plan_memory("llama-9", sequence=1, micro_batch=1)
    with pytest.raises(InputError, match=r"^tensor must be at least 1"):
        serving_memory("llama-2-7b", tensor=0)
