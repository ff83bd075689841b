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
from .schedule import pipeline_step_time, straggler_factor

_pipeline_step_time, _straggler_factor = pipeline_step_time.raw, straggler_factor.raw


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
    layer_forward: float  # s of one layer and micro-batch, forward
    layer_both: float  # both passes, with what the backward pass repeats


class Layer(NamedTuple):
    """Seconds of one layer and micro-batch on one GPU, with what the backward pass repeats: linear in its tokens."""

    matmul: float  # each of these: s a token
    attention: float
    elementwise: float
    tensor_parallel: float  # exposed
    context_parallel: float  # exposed
    expert_parallel: float
    forward: float  # all of the forward pass
    total: float  # all of both passes
    weights: float  # s, whatever the tokens: the products' stored weights
    hops: float  # s, whatever the tokens: latencies of tensor parallelism


ACTIVATION = 2.0  # B of an activation between kernels and GPUs: bf16 or fp16
PASSES = 3.0  # products of a weight: forward, input gradients, weight gradients


def layer_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> Layer:
    """Seconds of a layer a token of this GPU's micro-batch, and those that do not grow with it.

    Source: matmul-time for products (input and weight gradients have the same three sizes as the forward product, so
    the backward pass takes twice as long); bytes over bandwidth for the rest; Korthikanti et al. 2022, section 4, for
    what tensor and sequence parallelism split and send: two all-reduces forward and two backward, or as many pairs of
    reduce-scatter and all-gather with the same bytes.
    """
    t, again, memory = plan.tensor, plan.recompute, machine.memory_rate
    hidden, each = shape.hidden, 1 / t
    widths = shape.query_width + shape.kv_width
    cores = 1 + again + plan.recompute_scores  # forward passes of the attention core

    whole = hidden * (2 + 2 * shape.routes)  # operand values of a token that tensor parallelism leaves whole
    operands = whole + each * (2 * widths + shape.matrices * shape.feed_forward)
    pace = machine.value_bytes / machine.operand_rate
    matmul = 2 * each * shape.active_weights / machine.matmul_rate + pace * operands
    stored = pace * each * (shape.dense_weights + shape.expert_weights / plan.expert)

    pairs = each * plan.span
    scores = pairs * shape.heads
    flops = 4 * pairs * shape.query_width
    kept = scores * recipe.score_operands / machine.operand_rate
    attention = flops / machine.attention_forward_rate + kept
    attention_back = recipe.attention_repeat * (flops / machine.attention_backward_rate + kept)

    residual = hidden * (1 - recipe.sequence_parallel * (1 - each)) / memory
    inner = each * shape.feed_forward / memory
    values = 2 * each * widths / memory
    casts = operands / memory
    copies = shape.copies * hidden / memory
    elementwise = (
        residual * recipe.residual_forward
        + inner * recipe.inner_forward
        + values * recipe.attention_forward
        + casts * recipe.cast_forward
        + copies * recipe.copy_forward
    )
    elementwise_back = (
        residual * recipe.residual_backward
        + inner * recipe.inner_backward
        + values * recipe.attention_backward
        + casts * recipe.cast_backward
        + copies * recipe.copy_backward
    )
    softmax = scores * recipe.score_forward / memory
    softmax_back = scores * recipe.score_backward / memory

    reduce = 4 * ACTIVATION * hidden * (1 - each) / _rate(machine, t)
    back = reduce * (1 + recipe.sequence_parallel / 2)  # split inputs are gathered once more for the weight gradients
    tensor = reduce - num.minimum(recipe.tensor_overlap_forward * reduce, matmul)
    tensor_back = back - num.minimum(recipe.tensor_overlap_backward * back, 2 * matmul)

    passed = 2 * ACTIVATION * (plan.context - 1) * each * shape.kv_width / _rate(machine, plan.context * t)
    exchange = num.maximum(passed - attention, 0.0)
    exchange_back = num.maximum(2 * passed - attention_back, 0.0)  # keys and values again, and their gradients
    expert = plan.expert
    routed = 2 * ACTIVATION * shape.copies * hidden * (1 - 1 / expert) / _rate(machine, expert * t)

    parts = (
        matmul * (PASSES + again),
        attention * cores + attention_back,
        elementwise * (1 + again) + elementwise_back + softmax * cores + softmax_back,
        tensor * (1 + again) + tensor_back,
        exchange * (1 + again) + exchange_back,
        routed * (2 + again),
    )
    forward = matmul + attention + elementwise + softmax + tensor + exchange + routed
    hops = 4 * (t - 1) * machine.link_latency * (2 + again + recipe.sequence_parallel / 2)
    return Layer(*parts, forward, sum(parts), stored * (PASSES + again), hops)


def _rate(machine: Machine, group: float) -> float:
    """Bandwidth of a group of neighbours: the node's links as far as it reaches, else the network."""
    return num.where(group <= machine.node, machine.link_rate, machine.network_rate)


def head_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> tuple[float, float, float]:
    """Logits and loss, both passes: s a token of matrix products and of elementwise work; s whatever the tokens."""
    hidden, vocabulary = shape.hidden, shape.vocabulary / plan.tensor
    pace = PASSES * ACTIVATION / machine.operand_rate
    products = PASSES * 2 * hidden * vocabulary / machine.head_rate + pace * (hidden + vocabulary)
    return products, vocabulary * recipe.loss / machine.memory_rate, pace * vocabulary * hidden


def replica_time(recipe: Recipe, machine: Machine, plan: Plan, owned: float, batches: float, window: float) -> float:
    """Exposed seconds of gradients' reduction and weights' gathering over the replicas; `owned` parameters a GPU.

    A ring over several nodes passes each node's network ports in parallel: as many as the group has GPUs in the node.
    Source: Rajbhandari et al. 2020, ZeRO, section 7: 2 to 3 times the weights, for each step or each micro-batch.
    """
    ranks, t, node = plan.data * plan.context, plan.tensor, machine.node
    across = num.minimum(machine.link_rate, num.maximum(node / t, 1.0) * machine.network_rate)
    rate = num.where(ranks * t <= node, machine.link_rate, across)
    once = owned * (ACTIVATION * (1 + plan.gather) + recipe.gradient) * (1 - 1 / ranks) / rate
    time = once + once * plan.gather * (batches - 1)
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
    owned = (shape.parameters - experts + experts / plan.expert) / (t * p)
    summing = owned * recipe.accumulate / machine.memory_rate

    sequences = num.ceil(plan.global_batch / plan.data)
    batches = num.ceil(sequences / plan.micro_batch)
    work = sequences * (plan.sequence / plan.context)
    tokens = work / batches
    busy = tokens * layer.total + (layer.weights + layer.hops)
    paced = num.maximum(busy, host)
    head = tokens * (products + losses) + constant

    gpus = t * p * plan.data * plan.context
    local = num.where(gpus <= machine.node, machine.link_rate, machine.network_rate)
    crossing = ACTIVATION * shape.hidden * (1 - recipe.pipeline_split * (1 - 1 / t)) / local
    crossings = 2 * plan.interleave * (1 - recipe.pipeline_overlap) * num.minimum(p - 1, 1.0)
    hops = tokens * (crossings * crossing) + crossings * machine.network_latency

    share = shape.layers / p
    beside = hops + summing
    mean = share * paced + head / p + beside
    slowest = num.maximum(num.ceil(share) * paced, num.floor(share) * paced + head) + beside
    pipelined = _pipeline_step_time(batches, slowest, p, plan.interleave, mean)

    window = slowest * (2 / 3 + plan.gather * (batches - 1))
    reduction = replica_time(recipe, machine, plan, owned, batches, window)
    optimizer = owned * recipe.optimizer / machine.memory_rate / (1 + plan.shard * (plan.data * plan.context - 1))
    total = (pipelined + reduction + optimizer) * _straggler_factor(machine.spread, gpus)
    head_parts = (products, losses, constant)
    return _Run(
        layer, head_parts, summing, batches, work, busy, paced, hops, mean, pipelined, reduction, optimizer, total
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
    fill = 4 * (plan.tensor - 1) * machine.link_latency
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
        work / batches * layer.forward + layer.weights / (PASSES + plan.recompute) + fill,
        run.busy,
    )
