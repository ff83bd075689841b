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
    """Seconds of one layer and one micro-batch on one GPU, forward and backward (recomputation not in it)."""

    matmul: float  # forward; the backward pass takes twice as long
    attention_forward: float
    attention_backward: float
    elementwise_forward: float
    elementwise_backward: float
    scores_forward: float  # elementwise work on kept scores
    scores_backward: float
    tensor_forward: float  # exposed
    tensor_backward: float
    context_forward: float
    context_backward: float
    expert: float  # forward; backward the same


def layer_time(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan, tokens: float) -> Layer:
    """Times of a layer for `tokens` tokens a GPU.

    Source: matmul-time for the products; bytes over bandwidth for the rest; Korthikanti et al. 2022, sections 4 and 5,
    for what tensor and sequence parallelism split and send: two all-reduces forward and two backward, or as many
    reduce-scatter and all-gather pairs of the same bytes.
    """
    t, memory = plan.tensor, machine.memory_rate
    hidden, tokens_t = shape.hidden, tokens / t
    whole = hidden * (2 + 2 * shape.routes)  # operand widths of the four products that tensor parallelism leaves whole
    split = 2 * (shape.query_width + shape.kv_width) + shape.matrices * shape.feed_forward
    stored = (shape.dense_weights + shape.expert_weights / plan.expert) / t
    matmul = (
        2 * tokens_t * shape.active_weights / machine.matmul_rate
        + machine.value_bytes * (stored + tokens * whole + tokens_t * split) / machine.operand_rate
    )
    pairs = tokens_t * plan.span
    flops = 4 * pairs * shape.query_width
    operands = pairs * shape.heads * recipe.score_operands / machine.operand_rate
    residual = tokens * (1 - recipe.sequence_parallel * (1 - 1 / t))
    values = 2 * (shape.query_width + shape.kv_width)
    scores = pairs * shape.heads / memory
    reduced = 2 * 2 * tokens * hidden * recipe_bytes
    return Layer(matmul, flops, operands, residual, values, scores, reduced, 0, 0, 0, 0, 0)
