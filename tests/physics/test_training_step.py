"""The training step: a hand-made sum, bounds, limits, monotonicity, conservation, arrays as scalars."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.training import Machine, Plan, Recipe, Shape, layer_time, training_step, training_time

HIDDEN = 4096.0
SHAPE = Shape(
    layers=32,
    hidden=HIDDEN,
    heads=32,
    query_width=HIDDEN,
    kv_width=HIDDEN,
    active_weights=12 * HIDDEN**2,
    dense_weights=12 * HIDDEN**2,
    expert_weights=0,
    feed_forward=4 * HIDDEN,
    matrices=2,
    routes=1,
    copies=0,
    experts=0,
    vocabulary=50_000,
    parameters=32 * 12 * HIDDEN**2 + 50_000 * HIDDEN,
    expert_parameters=0,
)
RECIPE = Recipe(20, 36, 4, 8, 2, 4, 0, 0, 0, 2.5, 16, 16, 0, 0, 16, 4, 0, 40, 60, 60, 18, 1, 1, 0.5, 0.5, 0.5, 0.5)
MACHINE = Machine(
    matmul_rate=2.7e14,
    head_rate=2.7e14,
    attention_forward_rate=2e14,
    attention_backward_rate=1.8e14,
    operand_rate=9e11,
    value_bytes=2,
    memory_rate=1.8e12,
    launch=8e-6,
    link_rate=2.3e11,
    link_latency=1.3e-6,
    network_rate=2.3e10,
    network_latency=5e-6,
    node=8,
    spread=0.01,
)
PLAN = Plan(1, 1, 1, 1, 1, 1, 16, 2, 2048, 1024, 0, 0, 0, 1)
IDEAL = MACHINE._replace(operand_rate=1e30, memory_rate=1e30, launch=0, spread=0, link_latency=0, network_latency=0)

plans = st.builds(
    Plan,
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2, 3, 4, 8]),
    data=st.sampled_from([1, 2, 8, 24, 128]),
    context=st.sampled_from([1, 2, 4]),
    expert=st.just(1),
    interleave=st.sampled_from([1, 2, 4]),
    global_batch=st.integers(128, 5000),
    micro_batch=st.sampled_from([1, 2, 4, 7]),
    sequence=st.sampled_from([512, 2048, 8192, 65536]),
    span=st.sampled_from([256, 1024, 4096]),
    recompute=st.sampled_from([0, 0.5, 1]),
    recompute_scores=st.sampled_from([0, 1]),
    gather=st.sampled_from([0, 1]),
    shard=st.sampled_from([0, 1]),
    reduce=st.sampled_from([0, 1]),
    light=st.sampled_from([0, 1]),
).map(lambda plan: plan._replace(reduce=plan.reduce * (1 - plan.gather)))  # ZeRO is of one stage
PARTS = 12  # of a Step, before its total


def hardware_flops(shape: Shape, plan: Plan) -> float:
    """FLOP of one GPU of the mean stage, counted apart from the module."""
    replica = -(-plan.global_batch // plan.data) * plan.sequence / plan.context
    weights = 2 * shape.active_weights * (3 + plan.recompute)
    attention = 4 * plan.span * shape.query_width * (1 + plan.recompute + plan.recompute_scores + 2.5)
    layers = shape.layers * (weights + attention)
    head = 6 * shape.vocabulary * shape.hidden
    return replica * (layers + head) / (plan.tensor * plan.pipeline)


def test_one_gpu_by_hand() -> None:
    """Everything free but the matrix products: their FLOP over the rate."""
    machine = IDEAL._replace(attention_forward_rate=1e30, attention_backward_rate=1e30)
    tokens = 16 * 2048
    flops = 6 * tokens * (32 * 12 * HIDDEN**2 + 50_000 * HIDDEN)
    assert training_step(SHAPE, RECIPE, machine, PLAN).total == pytest.approx(flops / 2.7e14)


def test_elementwise_by_hand() -> None:
    """Only bytes cost: 56 a hidden value, 12 a feed-forward value, 6 a query, key, value and output, 16 a logit."""
    free = 1e30
    machine = IDEAL._replace(
        matmul_rate=free, head_rate=free, attention_forward_rate=free, attention_backward_rate=free, memory_rate=1e12
    )
    moved = 32 * HIDDEN * (56 + 4 * 12 + 4 * 6) + 16 * 50_000
    step = training_step(SHAPE, RECIPE._replace(optimizer=0), machine, PLAN)
    assert step.total == pytest.approx(16 * 2048 * moved / 1e12)


def test_tensor_parallelism_reduces_twice_forward_and_twice_backward() -> None:
    """Four all-reduces of s·b·h values a layer, each 2(t-1)/t over the link; full recomputation repeats two."""
    plan = PLAN._replace(tensor=8, global_batch=1, micro_batch=1)
    bare = RECIPE._replace(sequence_parallel=0, tensor_overlap_forward=0, tensor_overlap_backward=0)
    once = 2 * 7 / 8 * 2048 * HIDDEN * 2 / 2.3e11 + 2 * 7 * 1.3e-6
    assert training_step(SHAPE, bare, MACHINE, plan).tensor_parallel == pytest.approx(32 * 4 * once)
    again = training_step(SHAPE, bare, MACHINE, plan._replace(recompute=1))
    assert again.tensor_parallel == pytest.approx(32 * 6 * once)


@given(plans)
def test_parts_add_up(plan: Plan) -> None:
    step = training_step(SHAPE, RECIPE, MACHINE, plan)
    assert sum(step[:PARTS]) == pytest.approx(step.total)
    assert min(step[:PARTS]) >= -1e-9 * step.total
    assert training_time(SHAPE, RECIPE, MACHINE, plan) == step.total


@given(plans)
def test_never_faster_than_the_roofline(plan: Plan) -> None:
    step = training_step(SHAPE, RECIPE, MACHINE, plan)
    fastest = max(MACHINE.matmul_rate, MACHINE.attention_forward_rate)
    assert hardware_flops(SHAPE, plan) / fastest <= (step.matmul + step.attention) * (1 + 1e-9)
    assert step.matmul + step.attention <= step.total * (1 + 1e-12)
    tokens = plan.global_batch * plan.sequence
    gpus = plan.tensor * plan.pipeline * plan.data * plan.context
    useful = 6 * tokens * (SHAPE.layers * SHAPE.active_weights + SHAPE.vocabulary * SHAPE.hidden)
    assert useful / (gpus * MACHINE.matmul_rate * step.total) <= (step.matmul + step.attention) / step.total <= 1


def test_one_gpu_does_not_communicate() -> None:
    step = training_step(SHAPE, RECIPE, MACHINE, PLAN)
    names = ("tensor_parallel", "context_parallel", "expert_parallel", "pipeline_transfer", "data_parallel")
    for name in (*names, "pipeline_bubble", "straggler"):
        assert getattr(step, name) == pytest.approx(0, abs=1e-12), name


@given(plans, st.sampled_from(["matmul_rate", "memory_rate", "link_rate", "network_rate", "operand_rate"]))
def test_a_better_machine_is_no_slower(plan: Plan, field: str) -> None:
    better: dict[str, Any] = {field: 2 * getattr(MACHINE, field)}
    before = training_time(SHAPE, RECIPE, MACHINE, plan)
    assert training_time(SHAPE, RECIPE, MACHINE._replace(**better), plan) <= before * (1 + 1e-9)


@given(plans)
def test_recomputation_and_bytes_cost(plan: Plan) -> None:
    step = training_time(SHAPE, RECIPE, MACHINE, plan)
    assert training_time(SHAPE, RECIPE, MACHINE, plan._replace(recompute=1)) >= step * (1 - 1e-12)
    assert training_time(SHAPE, RECIPE._replace(loss=100), MACHINE, plan) >= step
    nothing_hidden = RECIPE._replace(tensor_overlap_forward=0, data_overlap=0, pipeline_overlap=0)
    assert training_time(SHAPE, nothing_hidden, MACHINE, plan) >= step * (1 - 1e-12)


@given(plans)
def test_infinite_bandwidth_leaves_arithmetic_bubble_and_latency(plan: Plan) -> None:
    step = training_step(SHAPE, RECIPE, IDEAL._replace(link_rate=1e30, network_rate=1e30), plan)
    rest = step.matmul + step.attention + step.pipeline_bubble
    assert step.total == pytest.approx(rest, rel=1e-6)


def test_remainders_count() -> None:
    """48 sequences in micro-batches of 11 take what four of 11 and one of 4 take: time is linear in tokens."""
    whole = training_step(SHAPE, RECIPE, MACHINE, PLAN._replace(global_batch=48, micro_batch=11, shard=0))
    assert whole.micro_batches == 5
    eleven = training_step(SHAPE, RECIPE, MACHINE, PLAN._replace(global_batch=11, micro_batch=11))
    four = training_step(SHAPE, RECIPE, MACHINE, PLAN._replace(global_batch=4, micro_batch=4))
    parts = 4 * (eleven.total - eleven.optimizer) + four.total
    assert whole.total == pytest.approx(parts)


def test_an_uneven_batch_waits_for_the_fullest_replica() -> None:
    even = training_time(SHAPE, RECIPE, MACHINE, PLAN._replace(data=8, global_batch=64))
    uneven = training_time(SHAPE, RECIPE, MACHINE, PLAN._replace(data=8, global_batch=57))
    assert uneven == pytest.approx(even)


def test_bubble_falls_with_micro_batches_and_chunks() -> None:
    def share(batch: int, chunks: int) -> float:
        plan = PLAN._replace(pipeline=8, global_batch=batch, micro_batch=1, interleave=chunks)
        step = training_step(SHAPE, RECIPE._replace(loss=0), IDEAL, plan)
        return step.pipeline_bubble / step.total

    assert share(8, 1) > share(64, 1) > share(64, 2) > share(64, 4)
    assert share(100_000, 1) < share(64, 1)


def test_layers_that_do_not_divide_wait_for_the_fullest_stage() -> None:
    shape = SHAPE._replace(vocabulary=0, layers=33)
    even = training_step(SHAPE._replace(vocabulary=0), RECIPE, IDEAL, PLAN._replace(pipeline=4, global_batch=4096))
    step = training_step(shape, RECIPE, IDEAL, PLAN._replace(pipeline=4, global_batch=4096))
    assert step.total / even.total == pytest.approx(9 / 8, rel=2e-3)


def test_selective_recomputation_repeats_only_kept_scores() -> None:
    kept = RECIPE._replace(score_forward=9, score_backward=11, score_operands=4, attention_repeat=2)
    plain = layer_time(SHAPE, kept, MACHINE, PLAN)
    again = layer_time(SHAPE, kept, MACHINE, PLAN._replace(recompute_scores=1))
    assert again.matmul == plain.matmul
    assert again.attention > plain.attention
    assert again.elementwise - plain.elementwise == pytest.approx(9 * 1024 * 32 / 1.8e12)


def test_the_host_sets_the_pace_of_short_kernels() -> None:
    small = 12 * 64**2
    tiny = SHAPE._replace(
        hidden=64,
        active_weights=small,
        dense_weights=small,
        query_width=64,
        kv_width=64,
        feed_forward=256,
        vocabulary=0,
    )
    step = training_step(tiny, RECIPE._replace(optimizer=0), MACHINE, PLAN._replace(sequence=16, span=8))
    assert step.launch > 0.5 * step.total
    assert training_step(SHAPE, RECIPE, MACHINE, PLAN).launch == 0


@settings(max_examples=25)
@given(st.lists(plans, min_size=2, max_size=6))
def test_arrays_give_the_scalars_elementwise(many: list[Plan]) -> None:
    columns = Plan(*(cast("float", np.array(values, float)) for values in zip(*many, strict=True)))
    arrays = training_step(SHAPE, RECIPE, MACHINE, columns)
    for place, plan in enumerate(many):
        one = training_step(SHAPE, RECIPE, MACHINE, plan)
        for name, value, column in zip(one._fields, one, arrays, strict=True):
            found = np.broadcast_to(column, len(many))[place]
            assert found == pytest.approx(value, rel=1e-9, abs=1e-12 * one.total), name


def test_axes_broadcast() -> None:
    tensor = np.array([1.0, 2, 4, 8]).reshape(-1, 1)
    batch = np.array([64.0, 100, 512])
    grid = training_time(SHAPE, RECIPE, MACHINE, PLAN._replace(tensor=tensor, global_batch=batch, data=4))  # type: ignore[arg-type]
    assert np.asarray(grid).shape == (4, 3)
    corner = training_time(SHAPE, RECIPE, MACHINE, PLAN._replace(tensor=8, global_batch=100, data=4))
    assert np.asarray(grid)[3, 1] == pytest.approx(corner)


# --- a step written out kernel by kernel ------------------------------------------------------------------------------

ROUTES = 3  # a token's feed-forwards: two experts of 16 and a shared one
MIXED = Shape(
    layers=6,
    hidden=1024,
    heads=16,
    query_width=1536,
    kv_width=256,
    active_weights=1024 * (2 * 1536 + 2 * 256) + 3 * 1024 * 640 * ROUTES,
    dense_weights=1024 * (2 * 1536 + 2 * 256) + 3 * 1024 * 640,
    expert_weights=16 * 3 * 1024 * 640,
    feed_forward=640 * ROUTES,
    matrices=3,
    routes=ROUTES,
    copies=2,
    experts=16,
    vocabulary=32_000,
    parameters=6 * (1024 * (2 * 1536 + 2 * 256) + 17 * 3 * 1024 * 640) + 2 * 32_000 * 1024,
    expert_parameters=6 * 16 * 3 * 1024 * 640,
)
# Every field of its own value, so that none can stand for another.
SOFTWARE = Recipe(
    residual_forward=20, residual_backward=36, inner_forward=6, inner_backward=11, attention_forward=3,
    attention_backward=5, score_forward=7, score_backward=9, score_operands=4, attention_repeat=2.5, copy_forward=13,
    copy_backward=17, cast_forward=1.5, cast_backward=2.5, loss=14, gradient=4, accumulate=12, optimizer=38, kernels=50,
    router_kernels=23, expert_kernels=10, sequence_parallel=0, pipeline_split=0, tensor_overlap_forward=0,
    tensor_overlap_backward=0, pipeline_overlap=0, data_overlap=0,
)  # fmt: skip
DEVICE = Machine(
    matmul_rate=2.7e14, head_rate=2.1e14, attention_forward_rate=2e14, attention_backward_rate=1.6e14, operand_rate=9e11,
    value_bytes=1, memory_rate=1.8e12, launch=0, link_rate=2.3e11, link_latency=1.3e-6, network_rate=2.3e10,
    network_latency=5e-6, node=8, spread=0,
)  # fmt: skip


def by_kernels(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan, tokens: float) -> dict[str, float]:
    """Seconds of one layer and micro-batch of `tokens` tokens on one GPU, each kernel and each transfer for itself."""
    t, h = plan.tensor, shape.hidden
    part = shape.feed_forward / shape.routes / t  # inner values of one feed-forward on this GPU
    attention_in, attention_out = (h, (shape.query_width + 2 * shape.kv_width) / t), (shape.query_width / t, h)
    products = [attention_in, attention_out]
    for _route in range(int(shape.routes)):
        products += [(h, (shape.matrices - 1) * part), (part, h)]
    passes = ["forward"] + ["forward again"] * int(plan.recompute) + ["input gradient", "weight gradient"]
    forwards = [name for name in passes if name.startswith("forward")]
    spent = dict.fromkeys(("matmul", "attention", "elementwise", "tensor_parallel", "context_parallel", "expert"), 0.0)

    forward_products = 0.0
    for rows, columns in products:
        work = tokens * 2 * rows * columns / machine.matmul_rate
        work += tokens * (rows + columns) * machine.value_bytes / machine.operand_rate
        forward_products += work
        for _ in passes:
            spent["matmul"] += work
        for _ in forwards:
            spent["elementwise"] += tokens * (rows + columns) * recipe.cast_forward / machine.memory_rate
        spent["elementwise"] += tokens * (rows + columns) * recipe.cast_backward / machine.memory_rate
    stored = (shape.dense_weights + shape.expert_weights / plan.expert) / t * machine.value_bytes / machine.operand_rate
    spent["matmul"] += stored * len(passes)

    scores = tokens * plan.span * shape.heads / t
    pairs = tokens * plan.span * shape.query_width / t  # multiply-adds of Q·K, and as many of the weighted sum
    operands = scores * recipe.score_operands / machine.operand_rate
    core = 2 * 2 * pairs / machine.attention_forward_rate + operands
    back = recipe.attention_repeat * (2 * 2 * pairs / machine.attention_backward_rate + operands)
    cores = len(forwards) + int(plan.recompute_scores)
    spent["attention"] += cores * core + back

    split = t if recipe.sequence_parallel else 1
    moved = scores * (cores * recipe.score_forward + recipe.score_backward)
    for forward, backward, values in (
        (recipe.residual_forward, recipe.residual_backward, tokens * h / split),
        (recipe.inner_forward, recipe.inner_backward, tokens * shape.feed_forward / t),
        (recipe.attention_forward, recipe.attention_backward, tokens * 2 * (shape.query_width + shape.kv_width) / t),
        (recipe.copy_forward, recipe.copy_backward, tokens * shape.copies * h),
    ):
        moved += values * (len(forwards) * forward + backward)
    spent["elementwise"] += moved / machine.memory_rate

    def rate(group: float) -> float:
        return machine.link_rate if group <= machine.node else machine.network_rate

    half = (t - 1) / t * tokens * h * 2 / rate(t)  # a reduce-scatter or an all-gather of 16-bit values
    halves_back = 4 + (2 if recipe.sequence_parallel else 0)  # gathers the inputs of both blocks once more
    for _ in forwards:
        spent["tensor_parallel"] += 4 * half - min(recipe.tensor_overlap_forward * 4 * half, forward_products)
    behind = halves_back * half
    spent["tensor_parallel"] += behind - min(recipe.tensor_overlap_backward * behind, 2 * forward_products)
    spent["tensor_parallel"] += (4 * len(forwards) + halves_back) * (t - 1) * machine.link_latency

    passed = (plan.context - 1) * 2 * tokens * shape.kv_width / t * 2 / rate(plan.context * t)  # keys and values
    for _ in forwards:
        spent["context_parallel"] += max(passed - core, 0.0)
    spent["context_parallel"] += max(2 * passed - back, 0.0)  # and their gradients

    abroad = shape.copies * tokens * h * 2 * (plan.expert - 1) / plan.expert / rate(plan.expert * t)
    for _ in ["there", "back"] * (len(forwards) + 1):
        spent["expert"] += abroad
    return spent


KERNEL_PLANS = [
    {},
    {"recompute": 1},
    {"recompute_scores": 1, "micro_batch": 4},
    {"tensor": 4},
    {"tensor": 16, "recompute": 1},  # beyond the node
    {"context": 2, "tensor": 2},
    {"context": 8, "tensor": 2, "recompute": 1, "span": 64},
    {"expert": 4},
    {"expert": 8, "tensor": 2, "recompute": 1},
    {"data": 4, "expert": 2, "global_batch": 32},
]


@pytest.mark.parametrize("given_plan", KERNEL_PLANS)
@pytest.mark.parametrize("together", [0, 1])
@pytest.mark.parametrize("overlap", [0.0, 0.6])
def test_a_step_is_the_sum_of_its_kernels_and_transfers(
    given_plan: dict[str, float], together: int, overlap: float
) -> None:
    base = Plan(1, 1, 1, 1, 1, 1, 16, 2, 2048, 1024, 0, 0, 0, 0)
    plan = base._replace(**given_plan)
    recipe = SOFTWARE._replace(
        sequence_parallel=together, tensor_overlap_forward=overlap, tensor_overlap_backward=overlap / 2
    )
    step = training_step(MIXED, recipe, DEVICE, plan)
    batches = plan.global_batch / plan.data / plan.micro_batch
    assert step.micro_batches == batches
    tokens = plan.micro_batch * plan.sequence / plan.context
    runs = batches * MIXED.layers
    one = by_kernels(MIXED, recipe, DEVICE, plan, tokens)
    assert step.layer == pytest.approx(sum(one.values()))
    logits = MIXED.vocabulary / plan.tensor
    head = 3 * 2 * tokens * MIXED.hidden * logits / DEVICE.head_rate
    head += 3 * 2 * (tokens * (MIXED.hidden + logits) + MIXED.hidden * logits) / DEVICE.operand_rate
    assert step.matmul == pytest.approx(runs * one["matmul"] + batches * head)
    assert step.attention == pytest.approx(runs * one["attention"])
    held = (MIXED.parameters - MIXED.expert_parameters + MIXED.expert_parameters / plan.expert) / plan.tensor
    summing = held * recipe.accumulate / DEVICE.memory_rate
    losses = tokens * logits * recipe.loss / DEVICE.memory_rate
    assert step.elementwise == pytest.approx(runs * one["elementwise"] + batches * (losses + summing))
    assert step.tensor_parallel == pytest.approx(runs * one["tensor_parallel"])
    assert step.context_parallel == pytest.approx(runs * one["context_parallel"])
    assert step.expert_parallel == pytest.approx(runs * one["expert"])
    assert step.optimizer == pytest.approx(held * recipe.optimizer / DEVICE.memory_rate)
    ranks = plan.data * plan.context
    if ranks * plan.tensor <= DEVICE.node:
        wire = DEVICE.link_rate
    else:  # a ring for each of the group's GPUs in a node, each over a port of its own
        wire = min(DEVICE.link_rate, max(1, DEVICE.node // plan.tensor) * DEVICE.network_rate)
    assert step.data_parallel == pytest.approx(held * (recipe.gradient + 2) * (ranks - 1) / ranks / wire)


@pytest.mark.parametrize(("gather", "overlap"), [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5), (1, 1.0), (0, 1.0)])
def test_replicas_hide_their_traffic_behind_the_backward_pass_and_later_micro_batches(
    gather: int, overlap: float
) -> None:
    """Sent once a step, or for each micro-batch; hidden behind two thirds of a micro-batch, or of all but that third."""
    plan = Plan(1, 1, 32, 1, 1, 1, 128, 1, 512, 256, 0, 0, gather, 1)
    step = training_step(SHAPE, RECIPE._replace(data_overlap=overlap), MACHINE._replace(launch=0, spread=0), plan)
    owned = SHAPE.parameters
    sent = owned * (4 + 2 + 2 * gather) * 31 / 32 / min(MACHINE.link_rate, 8 * MACHINE.network_rate)
    work = step.matmul + step.attention + step.elementwise
    turns = 4 if gather else 1
    window = work / 4 * (4 - 1 / 3 if gather else 2 / 3)
    assert step.micro_batches == 4
    assert step.data_parallel == pytest.approx(turns * sent - min(overlap * turns * sent, window))
    assert step.optimizer == pytest.approx(owned / 32 * RECIPE.optimizer / MACHINE.memory_rate)
    whole = training_step(SHAPE, RECIPE, MACHINE, plan._replace(shard=0))
    assert whole.optimizer == pytest.approx(owned * RECIPE.optimizer / MACHINE.memory_rate)


@pytest.mark.parametrize(("experts", "expert", "recompute"), [(0, 1, 0), (16, 1, 0), (16, 4, 0), (16, 2, 1)])
def test_the_host_launches_each_kernel_of_a_layer(experts: int, expert: int, recompute: int) -> None:
    shape = MIXED._replace(experts=experts)
    launched: float = 50 + (23 if experts else 0) + sum(10 for _ in range(experts // expert))
    if recompute:
        launched *= 4 / 3  # three passes' kernels, and the forward pass's again
    plan = Plan(1, 1, 1, 1, expert, 1, 3, 1, 16, 8, recompute, 0, 0, 0)
    slow = DEVICE._replace(launch=1e-3)
    step = training_step(shape, SOFTWARE, slow, plan)
    assert step.launch == pytest.approx(3 * 6 * (launched * 1e-3 - step.layer))


@pytest.mark.parametrize("split", [0, 1])
def test_stages_send_activations_forward_and_gradients_back(split: int) -> None:
    plan = Plan(4, 4, 1, 1, 1, 2, 32, 2, 2048, 1024, 0, 0, 0, 0)
    recipe = SOFTWARE._replace(pipeline_split=split, pipeline_overlap=0.25)
    shape = MIXED._replace(layers=8)
    step = training_step(shape, recipe, DEVICE, plan)
    message = 2 * 2048 * 1024 * 2 / (4 if split else 1)  # 16-bit values of a micro-batch, or this GPU's part
    once = message / DEVICE.network_rate + DEVICE.network_latency
    assert step.pipeline_transfer == pytest.approx(16 * 2 * 2 * once * 0.75)  # there and back, for each of two chunks
    inside = training_step(shape, recipe, DEVICE._replace(node=16), plan)
    once = message / DEVICE.link_rate + DEVICE.network_latency
    assert inside.pipeline_transfer == pytest.approx(16 * 2 * 2 * once * 0.75)


def test_the_slowest_of_many_is_that_of_a_normal_sample() -> None:
    """√(2·ln N) standard deviations above the mean: Cramér 1946, section 28.6."""
    machine = DEVICE._replace(spread=0.02)
    for data in (2, 64, 1024):
        plan = Plan(1, 1, data, 1, 1, 1, 2 * data, 1, 2048, 1024, 0, 0, 0, 0)
        step = training_step(MIXED, SOFTWARE, machine, plan)
        even = training_step(MIXED, SOFTWARE, DEVICE, plan)
        assert step.total == pytest.approx(even.total * (1 + 0.02 * (2 * math.log(data)) ** 0.5))
        assert step.straggler == pytest.approx(step.total - even.total)


@pytest.mark.parametrize("together", [0, 1])
def test_light_recomputation_runs_norms_and_activation_functions_again(together: int) -> None:
    """Two norms that read and write 16-bit values, and the gate: bytes, and no product."""
    plan = Plan(4, 1, 1, 1, 1, 1, 16, 2, 2048, 1024, 0, 0, 0, 0)
    recipe = SOFTWARE._replace(sequence_parallel=together)
    plain = training_step(MIXED, recipe, DEVICE, plan)
    light = training_step(MIXED, recipe, DEVICE, plan._replace(light=1))
    norms = 2 * (2 + 2) * MIXED.hidden / (4 if together else 1)
    again = norms + recipe.inner_forward * MIXED.feed_forward / 4
    assert light.elementwise - plain.elementwise == pytest.approx(6 * 16 * 2048 * again / DEVICE.memory_rate)
    assert light.total - plain.total == pytest.approx(light.elementwise - plain.elementwise)
