"""The memory that a whole training plan needs on its fullest GPU, by part.

t   tensor-parallel GPUs      c   context-parallel GPUs     p   pipeline stages     v   chunks of a stage
e   expert-parallel GPUs      n   data-parallel GPUs        P   parameters of a GPU before the data-parallel shards

`training_memory` puts together what memory.py (state), activations.py and this module's equations say about the first
and the last pipeline stage, and answers for the fuller one. It takes floats or arrays of plans and does not check its
arguments one by one beyond what its equations say: a sweep calls it with millions of plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from . import num
from .activations import (
    activation_token_bytes,
    activation_token_bytes_alternate,
    held_layers,
    held_layers_interleaved,
    loss_bytes,
)
from .catalogue import LARGEST, InputError, Symbol, equation
from .memory import zero_shards
from .transformer import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

RECOMPUTE = ("none", "selective", "alternate", "full")
_POSITIVE = tuple(
    Symbol(name, name, "1", name.replace("_", " "), low=1)
    for name in ("sequence", "micro_batch", "micro_batches", "tensor", "context", "stages", "chunks", "experts", "data")
)


@equation(
    id="gathered-bytes",
    title="Working copies of sharded weights",
    formula="b_v*(2*P_L + P_V) + b_v*P_out",
    result=Symbol("gathered", "M_g", "B", "whole weights that a GPU holds for a moment", low=0),
    symbols=(
        Symbol("layer", "P_L", "1", "parameters of a layer on this GPU, unsharded", low=0),
        Symbol("embeddings", "P_V", "1", "parameters of the embeddings on this GPU, unsharded", low=0),
        Symbol("output", "P_out", "1", "parameters of the output matrix, whose gradient comes first", low=0),
        Symbol("value_bytes", "b_v", "B", "bytes of a weight in arithmetic", low=0, constant=2.0),
    ),
    source="Zhao et al. 2023, PyTorch FSDP, sections 3.2 and 3.3.2: a unit is gathered while the one before runs; the "
    "embeddings, the outermost unit, stay gathered from the forward to the backward pass",
    note="ZeRO 3 and FSDP only. With a pipeline the whole stage stays gathered, and its gradients are whole until the "
    "last micro-batch: stage-gathered-bytes.",
)
def gathered_bytes(layer: float, embeddings: float, output: float, value_bytes: float = 2.0) -> float:
    """Bytes of the gathered layer, the next one, the embeddings, and the output matrix's gradient."""
    return value_bytes * (2 * layer + embeddings) + value_bytes * output


@equation(
    id="stage-gathered-bytes",
    title="Gathered weights of a pipeline stage",
    formula="P*(b_v + b_g/v)",
    result=Symbol("gathered", "M_g", "B", "whole weights and gradients of the stage", low=0),
    symbols=(
        PARAMETERS,
        Symbol("chunks", "v", "1", "chunks of the stage: each reduces its gradients when it is through", low=1),
        Symbol("gradient_bytes", "b_g", "B", "bytes of a gradient that sums micro-batches", low=0),
        Symbol("value_bytes", "b_v", "B", "bytes of a weight in arithmetic", low=0, constant=2.0),
    ),
    source="Liang et al. 2024, TorchTitan, section 2.1.3 (FSDP under a pipeline does not free weights after the forward "
    "pass); PyTorch FSDP2: gradients are summed unsharded, in the type of the reduction, over micro-batches",
    note="Gathering once a step in place of once a micro-batch costs this much memory.",
)
def stage_gathered_bytes(parameters: float, chunks: float, gradient_bytes: float, value_bytes: float = 2.0) -> float:
    """Bytes of a stage's weights in arithmetic precision and its unsharded gradients, on one GPU."""
    return parameters * (value_bytes + gradient_bytes / chunks)


class MemoryParts(NamedTuple):
    """Bytes on the fullest GPU; arrays if the plan was one of arrays."""

    weights: float
    gradients: float
    optimizer: float
    gathered: float  # whole copies of sharded weights and gradients
    activations: float  # kept from forward to backward
    workspace: float  # the larger of what the loss and the layer in its backward pass need for a moment

    @property
    def total(self) -> float:
        """All parts."""
        return self.weights + self.gradients + self.optimizer + self.gathered + self.activations + self.workspace


def training_memory(
    *,
    layers: float,
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    matrices: float,
    vocabulary: float,
    embeddings: float,
    layer_weights: float,
    expert_weights: float = 0.0,
    sequence: float,
    micro_batch: float,
    micro_batches: float = 1.0,
    tensor: float = 1.0,
    context: float = 1.0,
    stages: float = 1.0,
    chunks: float = 1.0,
    experts: float = 1.0,
    data: float = 1.0,
    zero: int = 1,
    sequence_parallel: bool = True,
    recompute: str = "selective",
    weight_bytes: float = 2.0,
    gradient_bytes: float = 2.0,
    optimizer_bytes: float = 12.0,
    logit_bytes: float = 14.0,
    compiled: bool = True,
) -> MemoryParts:
    """Bytes a GPU by part, for the fuller of the first and the last pipeline stage.

    Shape: as ModelShape names it; `layer_weights` are those of all matrices, `expert_weights` the part of them in routed
    experts (shared by `experts` GPUs of expert parallelism), `feed_forward` the width that one token passes through
    (with experts: chosen and shared ones together). Plan: `tensor`, `context`, `stages`, `data` GPUs; `data` counts
    replicas, so a ZeRO shard is one of data · context (one of data · context / experts for experts). `sequence` is the
    whole sequence, of which a GPU has 1 / context; `micro_batch` sequences a GPU and `micro_batches` of them a step.

    `recompute`: "none" keeps all (scores are not stored: a fused attention kernel), "selective" the same under its
    common name, "alternate" recomputes every second product (PyTorch's per-operator policy), "full" keeps the inputs of
    layers. `zero` 0 to 3; 3 is FSDP. Bytes of a parameter: ZeRO's 2 + 2 + 12 unless given. Raises InputError.
    """
    if recompute not in RECOMPUTE:
        allowed = ", ".join(RECOMPUTE)
        raise InputError(f"recompute must be one of {allowed}, got {recompute!r}", "recompute", recompute, allowed)
    plan = (sequence, micro_batch, micro_batches, tensor, context, stages, chunks, experts, data)
    for symbol, value in zip(_POSITIVE, plan, strict=True):
        if type(value) not in num.PLAIN or not 1 <= value <= LARGEST:
            symbol.check(value)
    shards = zero_shards(zero, cast("int", data * context))
    norm_shards = tensor if sequence_parallel else 1.0
    tokens = sequence * micro_batch / context
    matrix = vocabulary * hidden / tensor
    layer = (layer_weights - expert_weights) / tensor / layers
    expert_layer = expert_weights / (tensor * experts) / layers
    layers = num.ceil(layers / (stages * chunks)) * stages * chunks  # the fullest stage decides
    alone = stages == 1

    whole = activation_token_bytes.raw(hidden, heads, kv_heads, head_size, feed_forward, matrices, tensor, norm_shards)
    inputs = 2.0 * hidden / norm_shards
    kept = whole
    if recompute == "full":
        kept = inputs
    elif recompute == "alternate":
        vectors = 1.0 if compiled else 2.0
        kept = activation_token_bytes_alternate.raw(
            hidden, heads, kv_heads, head_size, feed_forward, vectors, tensor, norm_shards
        )
    # The layer in its backward pass: what is not kept is made again, and the gradients of the feed-forward and of its
    # result stand beside it. Tensor parallelism has the inputs of both blocks whole, the gradient of the feed-forward's
    # result, and one of its input for each product that reads it.
    live = tokens * (whole - kept + 2.0 * (matrices * feed_forward / tensor + hidden / norm_shards))
    live = live + num.where(tensor > 1, 2.0 * (2 + matrices) * tokens * hidden, 0.0 * tokens)
    loss = loss_bytes.raw(tokens, vocabulary, tensor, logit_bytes)

    # A tied matrix stands on both ends of a pipeline, but once where there is one stage.
    embedding = num.where(alone, embeddings * matrix, matrix)
    dense, routed = layer * layers / stages + embedding, expert_layer * layers / stages
    weights, gradients, optimizer = (
        per_byte * (dense / n + routed / num.maximum(n / experts, 1.0))
        for per_byte, n in zip((weight_bytes, gradient_bytes, optimizer_bytes), shards, strict=True)
    )
    gathered: float = 0.0
    if zero == 3:
        one = gathered_bytes.raw(layer + expert_layer, embedding, matrix)
        many = stage_gathered_bytes.raw(dense + routed, chunks, 4.0)
        gathered = num.where(alone, one, many)

    def kept_at(behind: float) -> float:
        held = held_layers.raw(layers, stages, micro_batches, behind)
        if num.is_array(chunks) or chunks > 1:
            many = held_layers_interleaved.raw(layers, stages, micro_batches, behind, chunks)
            held = num.where(chunks > 1, many, held)
        # A stage's result stays until its gradient is back; the last one has none to wait for.
        waiting = num.minimum(micro_batches, behind + 1) * chunks * (behind > 0)
        return (held * kept + waiting * inputs) * tokens

    at_first, at_last = kept_at(stages - 1), kept_at(0.0)
    work_first, work_last = num.maximum(loss * alone, live), num.maximum(loss, live)
    fuller = at_first + work_first >= at_last + work_last
    return MemoryParts(
        weights,
        gradients,
        optimizer,
        gathered,
        num.where(fuller, at_first, at_last),
        num.where(fuller, work_first, work_last),
    )


def shares(parts: MemoryParts) -> Mapping[str, float]:
    """Each part as a share of the total, by name."""
    return {name: part / parts.total for name, part in parts._asdict().items()}
