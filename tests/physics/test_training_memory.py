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
    kept_activation_bytes,
    memory_sum,
    memory_terms,
    sharded_bytes,
    shares,
    stage_gathered_bytes,
    training_memory,
    workspace_bytes,
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


def test_light_keeps_what_costs_a_product() -> None:
    """A token of Llama-3-70B in a layer, tensor by tensor: two inputs of norms, q, k, v, the result, gate and up."""
    light = plan(recompute="light").activations
    assert light == 2 * (2 * 8192 + 2 * 8192 + 2 * 1024 + 2 * 28672) * 80 * 8192
    assert plan().activations - light == 2 * (2 * 8192 + 28672) * 80 * 8192  # results of two norms and of the gate
    assert plan(compiled=False).activations - plan().activations == 2 * 28672 * 80 * 8192  # gated before the product


def test_kept_scores_are_of_the_square_of_the_sequence() -> None:
    """Korthikanti et al. 2022, equation 1: 5·a·s²·b bytes a layer with dropout; selective recomputation drops them."""
    bare = plan(tensor=8)
    kept = plan(tensor=8, recompute="none", score_bytes=5.0)
    assert kept.activations - bare.activations == 80 * 5 * 64 * 8192**2 / 8
    dropped = plan(tensor=8, recompute="selective", score_bytes=5.0)
    assert dropped.activations == bare.activations
    asked: dict[str, Any] = {"sequence": 8192, "micro_batch": 1, "tensor": 8}
    live = [memory_terms(**LLAMA_70B, **asked, score_bytes=b).workspace["live_token"] for b in (0.0, 5.0)]
    assert live[1] - live[0] == pytest.approx(5 * 64 * 8192 / 8)  # made again, a layer at a time


def test_a_stage_may_free_what_it_has_sent() -> None:
    whole, freed = (plan(tensor=8, stages=8, micro_batches=32, frees_outputs=on) for on in (False, True))
    assert whole.activations - freed.activations == 8 * 2 * 8192 * 8192 / 8
    assert plan(frees_outputs=True) == plan()  # one stage sends nothing


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"tensor": 8, "stages": 8, "micro_batches": 32, "data": 4},
        {"zero": 3, "data": 16, "recompute": "full"},
        {"zero": 3, "data": 16, "stages": 2, "micro_batches": 8, "chunks": 2},
        {"recompute": "full", "stages": 8, "micro_batches": 32},
    ],
)
def test_terms_are_the_arguments_of_the_parts(asked: dict[str, Any]) -> None:
    terms = memory_terms(**LLAMA_70B, **{"sequence": 8192, "micro_batch": 1} | asked)
    assert terms.parts == plan(**asked)
    for name in ("weights", "gradients", "optimizer"):
        assert sharded_bytes(**getattr(terms, name)) == pytest.approx(getattr(terms.parts, name))
    if terms.gathered:
        form = gathered_bytes if asked.get("stages", 1) == 1 else stage_gathered_bytes
        assert form(**terms.gathered) == pytest.approx(terms.parts.gathered)
    assert kept_activation_bytes(**terms.activations) == pytest.approx(terms.parts.activations)
    assert workspace_bytes(**terms.workspace) == pytest.approx(terms.parts.workspace)
    assert memory_sum(*terms.parts) == pytest.approx(terms.parts.total)


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
    with pytest.raises(
        InputError, match=r"^recompute must be one of none, selective, light, alternate, full, got 'some'"
    ):
        plan(recompute="some")
    with pytest.raises(InputError, match=r"^stage must be 0, 1, 2 or 3"):
        plan(zero=4)


def tensor_by_tensor(
    shape: dict[str, Any], split: bool, tensor: int, stages: int, shared: int, batches: int
) -> tuple[float, float, float]:
    """Parameters outside and in experts, kept bytes and passing bytes of the fuller end stage's GPU: listed, not solved.

    Selective recomputation with stored scores, a fused gate, 1F1B without chunks, 4,096 tokens.
    """
    tokens, h, f = 4096, shape["hidden"], shape["feed_forward"]
    narrow = tensor if split else 1
    queries, keys = shape["heads"] * shape["head_size"], shape["kv_heads"] * shape["head_size"]
    products = shape["matrices"]  # up, perhaps gate, and down
    norms = [h / narrow] * 4  # inputs and results of two norms
    heads = [queries / tensor, keys / tensor, keys / tensor, queries / tensor]  # q, k, v, what attention gives
    inner = [f / tensor] * products  # what up and gate give, and their product
    layer = sum(2 * tokens * width for width in (*norms, *heads, *inner))
    scores = 5 * shape["heads"] / tensor * 4096 * tokens
    gradients = [f / tensor] * products + [h / narrow]
    if tensor > 1:  # whole: inputs of both blocks, gradient of the result, one of the input for each product
        gradients += [h, h, h] + [h] * (products - 1)
    live = scores + sum(2 * tokens * width for width in gradients)
    loss = tokens * shape["vocabulary"] / tensor * 14
    ends = []
    for behind in {0, stages - 1}:
        held = min(batches, behind + 1)  # forward passes before the first gradient comes back
        results = held * 2 * tokens * h / narrow if behind else 0
        passing = max(live, loss if behind == 0 else 0)
        ends.append((held * layer * shape["layers"] / stages + results, passing))
    return (*max(ends, key=sum), shape["expert_weights"] / tensor / stages / shared)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("matrices", [2, 3])
@pytest.mark.parametrize(
    ("tensor", "stages", "shared", "batches"),
    [(1, 1, 1, 1), (4, 1, 8, 4), (1, 2, 1, 4), (8, 2, 4, 1), (2, 8, 2, 32), (8, 4, 1, 2)],
)
def test_a_plan_holds_what_its_tensors_take(
    split: bool, matrices: int, tensor: int, stages: int, shared: int, batches: int
) -> None:
    dense = layer_stack_weights(80, 8192, 64, 8, 128, 28672, matrices)
    routed = 3 * dense
    shape = LLAMA_70B | {"matrices": matrices, "layer_weights": dense + routed, "expert_weights": routed}
    kept, passing, experts = tensor_by_tensor(shape, split, tensor, stages, shared, batches)
    asked: dict[str, Any] = {"sequence": 4096, "micro_batch": 1, "micro_batches": batches, "tensor": tensor}
    asked |= {"stages": stages, "experts": shared, "sequence_parallel": split, "score_bytes": 5.0}
    parts = training_memory(**shape, **asked, data=16, zero=0)
    assert parts.activations == pytest.approx(kept)
    assert parts.workspace == pytest.approx(passing)
    ends = (2 if stages == 1 else 1) * 128256 * 8192 / tensor  # embedding here, output there
    here = dense / tensor / stages + ends
    assert parts.weights == pytest.approx(2 * (here + experts))
    assert parts.optimizer == pytest.approx(12 * (here + experts))
    sharded = training_memory(**shape, **asked, data=16, zero=1).optimizer
    assert sharded == pytest.approx(12 * (here / 16 + experts / (16 / shared)))


def test_every_second_product_and_the_last_if_nothing_drops_it() -> None:
    """Without a compiler a layer's last product stays too: one value of width h more a token and layer."""
    dropped, stays = (plan(recompute="alternate", compiled=on).activations for on in (True, False))
    assert stays - dropped == 2 * 8192 * 80 * 8192
    kept = [8192, 8192, 8192, 1024, 28672]  # the layer's input; q and what attention gives; k or v; gate or up
    assert dropped == 2 * sum(kept) * 80 * 8192
