"""A whole plan's memory: what must be conserved, what may only grow, and the parts against their own equations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.memory import training_state_bytes, zero_shards
from ironlaw.physics.training_memory import (
    RECOMPUTE,
    MemoryParts,
    gathered_bytes,
    shares,
    stage_gathered_bytes,
    training_memory,
)
from ironlaw.physics.transformer import layer_stack_weights

quick = settings(deadline=None, max_examples=60)

LLAMA_70B: dict[str, Any] = {
    "layers": 80,
    "hidden": 8192,
    "heads": 64,
    "kv_heads": 8,
    "head_size": 128,
    "feed_forward": 28672,
    "matrices": 3,
    "vocabulary": 128256,
    "embeddings": 2,
    "layer_weights": layer_stack_weights(80, 8192, 64, 8, 128, 28672, 3),
}
PARAMETERS = LLAMA_70B["layer_weights"] + 2 * 128256 * 8192
powers = st.sampled_from([1, 2, 4, 8])


def plan(**given_plan: Any) -> MemoryParts:
    return training_memory(**LLAMA_70B, **{"sequence": 8192, "micro_batch": 1} | given_plan)


def state(parts: MemoryParts) -> float:
    return parts.weights + parts.gradients + parts.optimizer


@pytest.mark.parametrize("zero", range(4))
@pytest.mark.parametrize("data", [1, 8, 64])
def test_state_is_zeros_state(zero: int, data: int) -> None:
    assert state(plan(zero=zero, data=data)) == pytest.approx(
        training_state_bytes(PARAMETERS, *zero_shards(zero, data))
    )


@quick
@given(powers, powers, powers, powers)
def test_all_gpus_hold_the_state_once(tensor: int, stages: int, data: int, context: int) -> None:
    """Under ZeRO 3 nothing is kept twice; the fullest GPU has at least its even share."""
    parts = plan(tensor=tensor, stages=stages, data=data, context=context, zero=3, micro_batches=8)
    gpus = tensor * stages * data * context
    assert state(parts) * gpus >= 16 * PARAMETERS * (1 - 1e-9)
    if stages == 1:
        assert state(parts) * gpus == pytest.approx(16 * PARAMETERS)


@quick
@given(st.sampled_from(RECOMPUTE), powers, powers, st.integers(0, 3), st.booleans())
def test_more_of_anything_needs_more(recompute: str, tensor: int, stages: int, zero: int, split: bool) -> None:
    base: dict[str, Any] = {
        "recompute": recompute,
        "tensor": tensor,
        "stages": stages,
        "zero": zero,
        "sequence_parallel": split,
        "data": 4,
        "micro_batches": 8,
    }
    parts = plan(**base)
    assert min(parts) >= 0
    assert parts.total == pytest.approx(sum(parts))
    assert plan(**base | {"micro_batch": 2}).total > parts.total
    assert plan(**base | {"sequence": 16384}).total > parts.total
    assert plan(**base | {"context": 2}).total < parts.total
    assert plan(**base | {"data": 8}).total <= parts.total
    # Twice the sequence over twice the GPUs is the same per GPU, but for the state that ZeRO now shards wider.
    both = plan(**base | {"sequence": 16384, "context": 2})
    assert both.activations == pytest.approx(parts.activations)
    assert both.workspace == pytest.approx(parts.workspace)


def test_recomputation_saves_in_order() -> None:
    kept = [plan(recompute=how).activations for how in RECOMPUTE]
    assert kept[0] == kept[1]
    assert all(later < earlier for earlier, later in pairwise(kept[1:]))
    assert kept[-1] == 80 * 2 * 8192 * 8192  # 2·s·b·h a layer


def test_zero_stages_save_in_order() -> None:
    states = [state(plan(zero=zero, data=16)) for zero in range(4)]
    assert all(later < earlier for earlier, later in pairwise(states))


def test_sequence_parallelism_splits_what_tensor_parallelism_leaves() -> None:
    whole, split = (plan(tensor=8, sequence_parallel=on).activations for on in (False, True))
    one = plan().activations
    assert split == pytest.approx(one / 8)
    assert split < whole < one


def test_pipelines_hold_several_micro_batches() -> None:
    """1F1B's first stage holds as many micro-batches as stages: the activations of one GPU without a pipeline."""
    full: dict[str, Any] = {"recompute": "full", "tensor": 8}
    alone = plan(**full).activations
    held = plan(**full, stages=8, micro_batches=32)
    results = 8 * 2 * 8192 * 8192 / 8
    assert held.activations == pytest.approx(alone + results)
    interleaved = plan(**full, stages=8, micro_batches=32, chunks=2)
    assert interleaved.activations - 2 * results == pytest.approx(alone * (1 + 7 / 16))


def test_the_last_stage_is_the_fuller_one_where_logits_are_large() -> None:
    """Without tensor parallelism 14 bytes for each of 128,256 entries and 8,192 tokens outweigh all inputs of layers."""
    last = plan(recompute="full", stages=8, micro_batches=32)
    assert last.workspace == 14 * 8192 * 128256
    assert last.activations == 10 * 2 * 8192 * 8192  # one micro-batch of its ten layers


def test_experts_are_shared_by_their_own_group() -> None:
    """Eight GPUs of expert parallelism hold an eighth of the routed experts each; the rest stays."""
    shape = LLAMA_70B | {"expert_weights": 0.9 * LLAMA_70B["layer_weights"]}
    common: dict[str, Any] = {"sequence": 4096, "micro_batch": 1, "data": 16, "zero": 0}
    alone = training_memory(**shape, **common)
    shared = training_memory(**shape, **common, experts=8)
    assert alone.weights - shared.weights == pytest.approx(2 * 0.9 * LLAMA_70B["layer_weights"] * 7 / 8)
    # Under ZeRO 3 both ways shard everything over all GPUs.
    sharded = [training_memory(**shape, **common | {"zero": 3}, experts=experts).weights for experts in (1, 8)]
    assert sharded[0] == pytest.approx(sharded[1])


def test_working_copies_of_fsdp() -> None:
    """A 70B model's layer is 0.86 B parameters: two of them in 16 bit, both embeddings, the output's gradient."""
    layer, matrix = LLAMA_70B["layer_weights"] / 80, 128256 * 8192
    assert plan(zero=3, data=64).gathered == pytest.approx(2 * (2 * layer + 3 * matrix))
    assert plan(zero=3, data=64).gathered == pytest.approx(gathered_bytes(layer, 2 * matrix, matrix))
    assert plan(zero=2, data=64).gathered == 0
    # Under a pipeline the stage stays whole: 2 bytes of weights, 4 of gradients, less by chunk.
    assert stage_gathered_bytes(1e9, 1, 4) == 6e9
    assert stage_gathered_bytes(1e9, 4, 4) == 3e9


def test_arrays_are_plans_one_by_one() -> None:
    axes = {
        "micro_batch": [1, 2, 4, 1],
        "micro_batches": [1, 8, 16, 32],
        "tensor": [1, 2, 4, 8],
        "stages": [1, 1, 4, 8],
        "chunks": [1, 1, 1, 2],
        "context": [1, 2, 1, 4],
        "data": [1, 64, 8, 3],
    }
    for zero in (1, 3):
        columns = {name: np.array(values, dtype=float) for name, values in axes.items()}
        together = plan(**columns, zero=zero)
        for place in range(4):
            alone = plan(**{name: values[place] for name, values in axes.items()}, zero=zero)
            assert [float(np.broadcast_to(part, 4)[place]) for part in together] == pytest.approx(list(alone))


def test_shares_add_up() -> None:
    assert sum(shares(plan()).values()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["sequence", "micro_batch", "micro_batches", "tensor", "context", "stages", "data"])
@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), "8", True])
def test_bad_plans_are_refused(name: str, bad: object) -> None:
    with pytest.raises(InputError, match=f"^{name} must be "):
        plan(**{name: bad})


def test_other_choices_are_refused() -> None:
    with pytest.raises(InputError, match=r"^recompute must be one of none, selective, alternate, full, got 'some'"):
        plan(recompute="some")
    with pytest.raises(InputError, match=r"^stage must be 0, 1, 2 or 3"):
        plan(zero=4)
