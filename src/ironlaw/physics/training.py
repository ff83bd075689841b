"""The time of a training step of a transformer, from the shapes of its kernels: one function, for a plan or a million.

Everything here is plain numbers in SI, each a float or a NumPy array that broadcasts against the others. `training_step`
checks nothing: its callers check a plan once, at the boundary, and then call it as often as they like.

    t p d c e   degrees of tensor, pipeline, data, context and expert parallelism
    T           tokens of a micro-batch on one GPU, b·s/c           h   hidden size        a   heads
    W           weights that a token meets in a layer               f   feed-forward size  V   vocabulary
    r           share of the forward pass that the backward pass repeats

A layer's forward pass takes  matmul + attention + elementwise + tensor-parallel  time, its backward pass twice the
matmul and its own share of the rest. Inside one GPU nothing of this overlaps; between GPUs the recipe says what does.
"""

from __future__ import annotations

from typing import NamedTuple

from . import num
from .parallel import context_parallel_volume, replica_volume, tensor_parallel_volume
from .schedule import pipeline_step_time, straggler_factor

_pipeline_step_time, _straggler_factor = pipeline_step_time.raw, straggler_factor.raw
_tensor_volume, _context_volume = tensor_parallel_volume.raw, context_parallel_volume.raw
_replica_volume = replica_volume.raw


class Shape(NamedTuple):
    """Sizes of a transformer; per layer where it says so (the mean where layers differ)."""

    layers: float
    hidden: float
    heads: float
    query_width: float  # heads × mean of key and value size
    kv_width: float  # key-value heads × head size
    active_weights: float  # a layer's weights that a token meets
    dense_weights: float  # a layer's stored weights outside experts
    expert_weights: float  # a layer's stored weights of all experts
    feed_forward: float  # inner values of a token, all its experts
    matrices: float  # 2, or 3 with a gate
    routes: float  # feed-forwards that a token passes: experts chosen and shared, 1 without experts
    copies: float  # of a token on their way to the experts that it chose, 0 without experts
    experts: float  # experts of a layer, 0 without
    vocabulary: float
    parameters: float
    expert_parameters: float  # those in experts


class Recipe(NamedTuple):
    """How the software runs a layer: bytes that its kernels move, and what it overlaps. Counted, not fitted."""

    residual_forward: float  # B a hidden value: norms, residual sums, dropout
    residual_backward: float
    inner_forward: float  # B a feed-forward value: activation, gate
    inner_backward: float
    attention_forward: float  # B a query, key, value or output value: reads, writes, layout
    attention_backward: float
    score_forward: float  # B a score, where scores are kept: softmax, dropout
    score_backward: float
    score_operands: float  # B a score that a forward pass's products read or write
    attention_repeat: float  # products of the backward pass ÷ those of the forward pass
    copy_forward: float  # B a hidden value of a copy on its way to an expert: sorting, padding, summing up
    copy_backward: float
    cast_forward: float  # B a matmul operand value: conversion to a narrower type
    cast_backward: float
    loss: float  # B a logit, forward and backward
    gradient: float  # B a parameter in the gradients' reduction
    accumulate: float  # B a parameter and micro-batch, where gradients are summed apart from their products
    optimizer: float  # B a parameter that the optimizer moves
    kernels: float  # launched by a layer, forward and backward
    router_kernels: float  # and where there are experts, by their router
    expert_kernels: float  # and by each of its experts
    sequence_parallel: float  # 1: norms and residuals are split over the tensor-parallel GPUs
    pipeline_split: float  # 1: each of them sends its part of what crosses a stage boundary, 0: each sends all
    tensor_overlap_forward: float  # share of tensor-parallel communication that runs beside matmuls
    tensor_overlap_backward: float
    pipeline_overlap: float
    data_overlap: float
    norm_forward: float = 8.0  # B a hidden value: the part of residual_forward that is norms


class Machine(NamedTuple):
    """What a GPU and its links achieve (not their nominal rates)."""

    matmul_rate: float  # FLOP/s of large products in the layers
    head_rate: float  # the same of the logits, which stay in 16 bit
    attention_forward_rate: float  # FLOP/s of the attention kernel
    attention_backward_rate: float
    operand_rate: float  # B/s at which operands reach the multiprocessors
    value_bytes: float  # of a matmul operand
    memory_rate: float  # B/s of elementwise kernels
    launch: float  # s the host needs for a kernel
    link_rate: float  # B/s of a GPU's link in the node, one direction
    link_latency: float  # s a hop
    network_rate: float  # B/s of a GPU's share of the network, one direction
    network_latency: float
    node: float  # GPUs of a node (of a link domain)
    spread: float  # of the GPUs' speed: see straggler-factor


class Plan(NamedTuple):
    """A plan: degrees of parallelism, batch and sequence, and what is recomputed."""

    tensor: float
    pipeline: float
    data: float
    context: float
    expert: float
    interleave: float
    global_batch: float
    micro_batch: float
    sequence: float
    span: float  # positions that a token's attention kernel works on: sequence, or half of it when it skips the mask
    recompute: float  # share of the layers' forward passes that run again
    recompute_scores: float  # 1: the attention core runs again (selective recomputation)
    gather: float  # 1: weights are gathered for every micro-batch (ZeRO 3, FSDP)
    shard: float  # 1: the optimizer's work is split over the replicas (ZeRO 1 and up)
    reduce: float = 0.0  # 1: gradients are reduced for every micro-batch (ZeRO 2; 0 where weights are gathered)
    light: float = 0.0  # 1: norms and activation functions run again in the backward pass


class Step(NamedTuple):
    """Seconds of a step on the mean GPU, by cause: the parts add up to `total`."""

    matmul: float
    attention: float
    elementwise: float
    launch: float  # waiting for the host
    tensor_parallel: float
    context_parallel: float
    expert_parallel: float
    pipeline_transfer: float
    pipeline_bubble: float  # fill and drain, and waiting for a longer stage
    data_parallel: float  # exposed
    optimizer: float
    straggler: float
    total: float
    micro_batches: float
    layer: float  # s of one layer and micro-batch, both passes


class Layer(NamedTuple):
    """Seconds of one layer and micro-batch on one GPU, with what the backward pass repeats: linear in its tokens."""

    matmul: float  # each of these: s a token
    attention: float
    elementwise: float
    tensor_parallel: float  # exposed
    context_parallel: float  # exposed
    expert_parallel: float
    total: float
    weights: float  # s, whatever the tokens: the products' stored weights
    hops: float  # s, whatever the tokens: latencies of tensor parallelism


ACTIVATION = 2.0  # B of an activation between kernels and GPUs: bf16 or fp16
PASSES = 3.0  # products of a weight: forward, input gradients, weight gradients


def layer_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> Layer:
    """Seconds of a layer a token of this GPU's micro-batch, and those that do not grow with it.

    Each cost has a part that tensor parallelism splits and one that it leaves whole (`_split`, `_whole`).
    Source: matmul-time for products (input and weight gradients have the same three sizes as the forward product, so
    the backward pass takes twice as long); bytes over bandwidth for the rest; Korthikanti et al. 2022, section 4, for
    what tensor and sequence parallelism split and send.
    """
    t, each, again, memory = plan.tensor, 1 / plan.tensor, plan.recompute, machine.memory_rate
    hidden, once = shape.hidden, 1 + again  # forward passes
    cores = once + plan.recompute_scores  # forward passes of the attention core
    widths = shape.query_width + shape.kv_width

    operands_whole = hidden * (2 + 2 * shape.routes)  # values of a token
    operands_split = 2 * widths + shape.matrices * shape.feed_forward
    pace = machine.value_bytes / machine.operand_rate
    product = pace * operands_whole + each * (2 * shape.active_weights / machine.matmul_rate + pace * operands_split)
    stored = pace * (shape.dense_weights + shape.expert_weights / plan.expert)

    scores = plan.span * shape.heads
    flops = 4 * plan.span * shape.query_width
    kept = scores * recipe.score_operands / machine.operand_rate
    core = flops / machine.attention_forward_rate + kept
    core_back = recipe.attention_repeat * (flops / machine.attention_backward_rate + kept)

    residual = hidden * (recipe.residual_forward * once + recipe.residual_backward + recipe.norm_forward * plan.light)
    cast = recipe.cast_forward * once + recipe.cast_backward
    copied = shape.copies * hidden * (recipe.copy_forward * once + recipe.copy_backward)
    moved_whole = residual * (1 - recipe.sequence_parallel) + operands_whole * cast + copied
    moved_split = (
        residual * recipe.sequence_parallel
        + operands_split * cast
        + shape.feed_forward * (recipe.inner_forward * (once + plan.light) + recipe.inner_backward)
        + 2 * widths * (recipe.attention_forward * once + recipe.attention_backward)
        + scores * (recipe.score_forward * cores + recipe.score_backward)
    )

    matmul = (PASSES + again) * product
    attention = each * (core * cores + core_back)
    elementwise = moved_whole / memory + each * (moved_split / memory)
    tensor = tensor_parallel_time(recipe, machine, plan, hidden, product)
    context = _none_if_alone(plan.context)
    if context is None:
        context = context_parallel_time(machine, plan, shape.kv_width, each * core, each * core_back)
    expert = _none_if_alone(plan.expert)
    if expert is None:
        shared = 2 * ACTIVATION * shape.copies * hidden * (1 - 1 / plan.expert)
        expert = (2 + again) * shared / _rate(machine, plan.expert * t)
    total = matmul + attention + elementwise + tensor + context + expert
    hops = (4 * machine.link_latency * (once + 1 + recipe.sequence_parallel / 2)) * (t - 1)
    return Layer(
        matmul, attention, elementwise, tensor, context, expert, total, each * (stored * (PASSES + again)), hops
    )


def _none_if_alone(degree: float) -> float | None:
    """Nothing to send, 0 s, where one GPU is alone; None where there is something to work out."""
    return 0.0 if type(degree) in num.PLAIN and degree == 1 else None


def _rate(machine: Machine, group: float) -> float:
    """Bandwidth of a group of neighbours: the node's links as far as it reaches, else the network.

    A comparison counts as 1 or 0 here: on arrays that is twice as fast as a choice between two.
    """
    return machine.network_rate + (group <= machine.node) * (machine.link_rate - machine.network_rate)


def tensor_parallel_time(recipe: Recipe, machine: Machine, plan: Plan, hidden: float, product: float) -> float:
    """Exposed seconds a token of a layer's reductions; `product` are those of its forward matrix products.

    Two reductions forward and two backward, which under sequence parallelism gather once more.
    """
    send = _tensor_volume(2, plan.tensor, 1, hidden, ACTIVATION) / _rate(machine, plan.tensor)
    back = send * (1 + recipe.sequence_parallel / 2)
    forward = send - num.minimum(recipe.tensor_overlap_forward * send, product)
    return forward * (1 + plan.recompute) + back - num.minimum(recipe.tensor_overlap_backward * back, 2 * product)


def context_parallel_time(machine: Machine, plan: Plan, kv_width: float, core: float, core_back: float) -> float:
    """Exposed seconds a token of passing keys and values around beside the attention core, and gradients backward."""
    rate = _rate(machine, plan.context * plan.tensor)
    passed = _context_volume(plan.context, 1 / plan.tensor, kv_width, ACTIVATION) / rate
    forward = num.maximum(passed - core, 0.0)
    return forward * (1 + plan.recompute) + num.maximum(2 * passed - core_back, 0.0)


def head_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> tuple[float, float, float]:
    """Logits and loss, both passes: s a token of matrix products and of elementwise work; s whatever the tokens."""
    hidden, each = shape.hidden, 1 / plan.tensor
    pace = PASSES * ACTIVATION / machine.operand_rate
    products = pace * hidden + each * (shape.vocabulary * (PASSES * 2 * hidden / machine.head_rate + pace))
    losses = each * (shape.vocabulary * recipe.loss / machine.memory_rate)
    return products, losses, each * (pace * shape.vocabulary * hidden)


def replica_time(recipe: Recipe, machine: Machine, plan: Plan, owned: float, batches: float, window: float) -> float:
    """Exposed seconds of gradients' reduction and weights' gathering over the replicas; `owned` parameters a GPU.

    A ring over several nodes passes each node's network ports in parallel: as many as the group has GPUs in the node.
    Source: Rajbhandari et al. 2020, ZeRO, section 7: 2 to 3 times the weights, for each step or each micro-batch
    (weights under ZeRO 3, gradients under 2 and 3: what is sharded cannot wait for the last one).
    """
    ranks, t, node = plan.data * plan.context, plan.tensor, machine.node
    across = num.minimum(machine.link_rate, num.maximum(node / t, 1.0) * machine.network_rate)
    rate = across + (ranks * t <= node) * (machine.link_rate - across)
    once = _replica_volume(owned, 1 + plan.gather, ACTIVATION, recipe.gradient, ranks) / rate
    time = once + once * plan.gather * (batches - 1)
    if type(plan.reduce) not in num.PLAIN or plan.reduce:
        again = _replica_volume(owned, 0, ACTIVATION, recipe.gradient, ranks) / rate
        time = time + again * plan.reduce * (batches - 1)
    return time - num.minimum(recipe.data_overlap * time, window)


class _Run(NamedTuple):
    """What a step's total is made from."""

    layer: Layer
    head: tuple[float, float, float]
    summing: float  # s a micro-batch of adding gradients up
    batches: float
    work: float  # tokens of a replica
    busy: float  # s of a layer and micro-batch on the GPU
    paced: float  # the same, or the host's time where that is longer
    hops: float  # s a micro-batch between stages
    mean: float  # s a micro-batch in the mean stage
    slowest: float  # the same in the slowest
    pipelined: float
    reduction: float
    optimizer: float
    total: float


def _run(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> _Run:
    t, p = plan.tensor, plan.pipeline
    layer = layer_time(shape, recipe, machine, plan)
    products, losses, constant = head_time(shape, recipe, machine, plan)
    routers = num.minimum(shape.experts, 1.0)
    kernels = recipe.kernels + routers * recipe.router_kernels + recipe.expert_kernels * shape.experts / plan.expert
    host = kernels * (1 + plan.recompute / PASSES) * machine.launch
    experts = shape.expert_parameters
    group = t * p
    owned = (shape.parameters - experts + experts / plan.expert) / group
    summing = owned * (recipe.accumulate / machine.memory_rate)

    sequences = num.ceil(plan.global_batch / plan.data)
    batches = num.ceil(sequences / plan.micro_batch)
    work = sequences * (plan.sequence / plan.context)
    tokens = work / batches
    busy = tokens * layer.total + (layer.weights + layer.hops)
    paced = num.maximum(busy, host)
    head = tokens * (products + losses) + constant

    gpus = group * (plan.data * plan.context)
    sent = ACTIVATION * shape.hidden
    crossing = (sent * (1 - recipe.pipeline_split) + sent * recipe.pipeline_split / t) / _rate(machine, gpus)
    crossings = num.minimum(p - 1, 1.0) * (2 * plan.interleave * (1 - recipe.pipeline_overlap))
    hops = tokens * (crossings * crossing) + crossings * machine.network_latency

    share = shape.layers / p
    beside = hops + summing
    mean = share * paced + head / p + beside
    slowest = num.maximum(num.ceil(share) * paced, num.floor(share) * paced + head) + beside
    pipelined = _pipeline_step_time(batches, slowest, p, plan.interleave, mean)

    window = slowest * (2 / 3 + (plan.gather + plan.reduce * (2 / 3)) * (batches - 1))
    reduction = replica_time(recipe, machine, plan, owned, batches, window)
    shards = 1 + plan.shard * (plan.data * plan.context - 1)
    optimizer = owned * (recipe.optimizer / machine.memory_rate) / shards
    total = (pipelined + reduction + optimizer) * _straggler_factor(machine.spread, gpus)
    head_parts = (products, losses, constant)
    return _Run(
        layer,
        head_parts,
        summing,
        batches,
        work,
        busy,
        paced,
        hops,
        mean,
        slowest,
        pipelined,
        reduction,
        optimizer,
        total,
    )


def training_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> float:
    """Seconds of a training step: the total of `training_step` without its parts, for sweeps."""
    return _run(shape, recipe, machine, plan).total


def training_step(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> Step:
    """Seconds of a training step and their causes. Scalars, or arrays that broadcast; nothing is checked.

    The batch need not divide: the fullest replica has ceil(B/d) sequences in ceil(·/b) micro-batches, and time is
    linear in a micro-batch's size, so the mean micro-batch stands for all. Layers that do not divide by the stages go
    to all but the last, which has the logits.
    """
    run = _run(shape, recipe, machine, plan)
    layer, batches, work, p = run.layer, run.batches, run.work, plan.pipeline
    products, losses, constant = run.head
    share = shape.layers / p
    runs, worked = batches * share, work * share
    return Step(
        worked * layer.matmul + runs * layer.weights + (work * products + batches * constant) / p,
        worked * layer.attention,
        worked * layer.elementwise + work * losses / p + batches * run.summing,
        runs * (run.paced - run.busy),
        worked * layer.tensor_parallel + runs * layer.hops,
        worked * layer.context_parallel,
        worked * layer.expert_parallel,
        batches * run.hops,
        run.pipelined - batches * run.mean,
        run.reduction,
        run.optimizer,
        run.total - (run.pipelined + run.reduction + run.optimizer),
        run.total,
        batches,
        run.busy,
    )
