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
    routes: float  # experts that a token visits, 1 without experts
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
    cast_forward: float  # B a matmul operand value: conversion to a narrower type
    cast_backward: float
    loss: float  # B a logit, forward and backward
    gradient: float  # B a parameter in the gradients' reduction
    optimizer: float  # B a parameter that the optimizer moves
    kernels: float  # launched by a layer, forward and backward
    expert_kernels: float  # and by each of its experts
    sequence_parallel: float  # 1: norms and residuals are split over the tensor-parallel GPUs
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
    layer_forward: float  # s of one layer and micro-batch
    layer_backward: float  # with what it recomputes


class Layer(NamedTuple):
    """Seconds of one layer and one micro-batch on one GPU, with what the backward pass repeats."""

    matmul: float
    attention: float
    elementwise: float
    tensor_parallel: float  # exposed
    context_parallel: float  # exposed
    expert_parallel: float
    forward: float  # sum of the forward pass
    total: float  # sum of both passes


ACTIVATION = 2.0  # B of an activation between kernels and GPUs: bf16 or fp16


def layer_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan, tokens: float) -> Layer:
    """Seconds of a layer for `tokens` tokens of a micro-batch on this GPU.

    Source: matmul-time for products (input and weight gradients have the same three sizes as the forward product, so
    the backward pass takes twice as long); bytes over bandwidth for the rest; Korthikanti et al. 2022, section 4, for
    what tensor and sequence parallelism split and send: two all-reduces forward and two backward, or as many pairs of
    reduce-scatter and all-gather with the same bytes.
    """
    t, again, memory = plan.tensor, plan.recompute, machine.memory_rate
    hidden, part = shape.hidden, tokens / t

    whole = tokens * hidden * (2 + 2 * shape.routes)  # operands of the products that tensor parallelism leaves whole
    split = part * (2 * (shape.query_width + shape.kv_width) + shape.matrices * shape.feed_forward)
    stored = (shape.dense_weights + shape.expert_weights / plan.expert) / t
    matmul = (
        2 * part * shape.active_weights / machine.matmul_rate
        + machine.value_bytes * (stored + whole + split) / machine.operand_rate
    )

    pairs = part * plan.span
    scores = pairs * shape.heads
    flops = 4 * pairs * shape.query_width
    operands = scores * recipe.score_operands / machine.operand_rate
    attention = flops / machine.attention_forward_rate + operands
    attention_back = recipe.attention_repeat * (flops / machine.attention_backward_rate + operands)

    residual = tokens * hidden * (1 - recipe.sequence_parallel * (1 - 1 / t))
    inner = part * shape.feed_forward
    values = 2 * part * (shape.query_width + shape.kv_width)
    elementwise = (
        residual * recipe.residual_forward
        + inner * recipe.inner_forward
        + values * recipe.attention_forward
        + (whole + split) * recipe.cast_forward
    ) / memory
    elementwise_back = (
        residual * recipe.residual_backward
        + inner * recipe.inner_backward
        + values * recipe.attention_backward
        + (whole + split) * recipe.cast_backward
    ) / memory
    softmax = scores * recipe.score_forward / memory
    softmax_back = scores * recipe.score_backward / memory

    reduced = 2 * ACTIVATION * tokens * hidden
    reduce = 2 * (t - 1) / t * reduced / _rate(machine, t) + 4 * (t - 1) * machine.link_latency
    tensor = reduce - num.minimum(recipe.tensor_overlap_forward * reduce, matmul)
    back = reduce * (1 + recipe.sequence_parallel / 2)  # gathers its split inputs once more for the weight gradients
    tensor_back = back - num.minimum(recipe.tensor_overlap_backward * back, 2 * matmul)

    context = plan.context
    passed = 2 * ACTIVATION * (context - 1) * part * shape.kv_width / _rate(machine, context * t)
    exchange = num.maximum(passed - attention, 0.0)
    exchange_back = num.maximum(2 * passed - attention_back, 0.0)  # keys and values again, and their gradients
    expert = plan.expert
    routed = 2 * ACTIVATION * tokens * shape.routes * hidden * (1 - 1 / expert) / _rate(machine, expert * t)

    forward = matmul + attention + elementwise + softmax + tensor + exchange + routed
    parts = (
        matmul * (3 + again),
        attention * (1 + again + plan.recompute_scores) + attention_back,
        elementwise * (1 + again) + elementwise_back + softmax * (1 + again + plan.recompute_scores) + softmax_back,
        tensor * (1 + again) + tensor_back,
        exchange * (1 + again) + exchange_back,
        routed * (2 + again),
    )
    return Layer(*parts, forward, sum(parts))


def _rate(machine: Machine, group: float) -> float:
    """Bandwidth of a group of neighbours: the node's links as far as it reaches, else the network."""
    return num.where(group <= machine.node, machine.link_rate, machine.network_rate)


def head_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan, tokens: float) -> tuple[float, float]:
    """Seconds of logits and loss of one micro-batch, forward and backward: matrix products, elementwise work."""
    hidden, vocabulary = shape.hidden, shape.vocabulary / plan.tensor
    operands = ACTIVATION * (vocabulary * hidden + tokens * (hidden + vocabulary))
    products = 3 * (2 * tokens * hidden * vocabulary / machine.head_rate + operands / machine.operand_rate)
    return products, tokens * vocabulary * recipe.loss / machine.memory_rate


def replica_time(recipe: Recipe, machine: Machine, plan: Plan, owned: float, batches: float, window: float) -> float:
    """Exposed seconds of gradients' reduction and weights' gathering over the replicas; `owned` parameters a GPU.

    A ring over several nodes passes each node's network ports in parallel: as many as the group has GPUs in the node.
    Source: Rajbhandari et al. 2020, ZeRO, section 7: 2 to 3 times the weights, for each step or each micro-batch.
    """
    ranks, t, node = plan.data * plan.context, plan.tensor, machine.node
    ports = num.maximum(node / t, 1.0)
    across = num.minimum(machine.link_rate, ports * machine.network_rate)
    rate = num.where(ranks * t <= node, machine.link_rate, across)
    gathered = ACTIVATION * (1 + plan.gather)
    times = 1 + plan.gather * (batches - 1)
    time = times * owned * (gathered + recipe.gradient) * (1 - 1 / ranks) / rate
    return time - num.minimum(recipe.data_overlap * time, window)


def training_step(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> Step:
    """Seconds of a training step and their causes. Scalars, or arrays that broadcast; nothing is checked.

    The batch need not divide: the fullest replica has ceil(B/d) sequences in ceil(·/b) micro-batches, and time is
    linear in a micro-batch's size, so the mean micro-batch stands for all. Layers that do not divide by the stages go
    to all but the last, which has the logits.
    """
    t, p = plan.tensor, plan.pipeline
    sequences = num.ceil(plan.global_batch / plan.data)
    batches = num.ceil(sequences / plan.micro_batch)
    tokens = sequences / batches * plan.sequence / plan.context

    layer = layer_time(shape, recipe, machine, plan, tokens)
    products, losses = head_time(shape, recipe, machine, plan, tokens)
    kernels = recipe.kernels + recipe.expert_kernels * shape.experts / plan.expert
    paced = num.maximum(layer.total, kernels * (1 + plan.recompute / 3) * machine.launch)

    share = shape.layers / p
    deepest = num.ceil(share)
    head = products + losses
    mean = share * paced + head / p
    slowest = num.maximum(deepest * paced, num.floor(share) * paced + head)

    gpus = t * p * plan.data * plan.context
    local = num.where(gpus <= machine.node, machine.link_rate, machine.network_rate)
    hop = ACTIVATION * tokens * shape.hidden / t / local + machine.network_latency
    hops = 2 * plan.interleave * (1 - recipe.pipeline_overlap) * hop * num.minimum(p - 1, 1.0)
    pipelined = _pipeline_step_time(batches, slowest + hops, p, plan.interleave, mean + hops)

    experts = shape.expert_parameters
    owned = (shape.parameters - experts + experts / plan.expert) / (t * p)
    window = (batches - 1) * plan.gather * slowest + slowest * 2 / 3
    reduction = replica_time(recipe, machine, plan, owned, batches, window)
    optimizer = owned * recipe.optimizer / (1 + plan.shard * (plan.data * plan.context - 1)) / machine.memory_rate

    even = pipelined + reduction + optimizer
    total = even * _straggler_factor(machine.spread, gpus)
    runs = batches * share
    return Step(
        runs * layer.matmul + batches * products / p,
        runs * layer.attention,
        runs * layer.elementwise + batches * losses / p,
        runs * (paced - layer.total),
        runs * layer.tensor_parallel,
        runs * layer.context_parallel,
        runs * layer.expert_parallel,
        batches * hops,
        pipelined - batches * (mean + hops),
        reduction,
        optimizer,
        total - even,
        total,
        batches,
        layer.forward,
        layer.total - layer.forward,
    )
