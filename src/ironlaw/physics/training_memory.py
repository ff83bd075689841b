"""The memory that a whole training plan needs on its fullest GPU, by part.

t   tensor-parallel GPUs      c   context-parallel GPUs     p   pipeline stages     v   chunks of a stage
e   expert-parallel GPUs      n   data-parallel GPUs        P   parameters of a GPU before the data-parallel shards

`training_memory` puts together what memory.py (state), activations.py and this module's equations say about the first
and the last pipeline stage, and answers for the fuller one. It takes floats or arrays of plans and does not check its
arguments one by one beyond what its equations say: a sweep calls it with millions of plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from . import num
from .activations import (
    activation_token_bytes,
    activation_token_bytes_alternate,
    activation_token_bytes_fused,
    activation_token_bytes_light,
    held_layers,
    held_layers_interleaved,
    loss_bytes,
)
from .catalogue import LARGEST, InputError, Symbol, equation
from .memory import zero_shards
from .transformer import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

RECOMPUTE = ("none", "selective", "light", "alternate", "full")
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


@equation(
    id="sharded-bytes",
    title="State of one kind on one GPU",
    formula="b*(P/n + P_e/n_e)",
    result=Symbol("state", "M_s", "B", "bytes of weights, of gradients, or of optimizer state", low=0),
    symbols=(
        Symbol("per_parameter", "b", "B", "bytes of a parameter", low=0),
        Symbol("dense", "P", "1", "parameters of this GPU outside experts, before replicas share them", low=0),
        Symbol("shards", "n", "1", "replicas that share them: 1 where each has all", low=1),
        Symbol("routed", "P_e", "1", "parameters of this GPU in experts, before replicas share them", low=0),
        Symbol("routed_shards", "n_e", "1", "replicas that share those", low=1),
    ),
    source="Rajbhandari et al. 2020, ZeRO, section 3.1; experts that e GPUs share have 1/e of the replicas",
    note="Tensor, pipeline and expert parallelism are in P and P_e. ZeRO stage 1 shares the optimizer state, "
    "2 the gradients too, 3 the weights too.",
)
def sharded_bytes(per_parameter: float, dense: float, shards: float, routed: float, routed_shards: float) -> float:
    """Bytes a GPU of one kind of state."""
    return per_parameter * (dense / shards + routed / routed_shards)


@equation(
    id="kept-activation-bytes",
    title="Activations kept from forward to backward pass",
    formula="D*(n_L*m_L + n_w*m_w)",
    result=Symbol("activations", "M_act", "B", "activations on the GPU at its peak", low=0),
    symbols=(
        Symbol("tokens", "D", "1", "tokens of a micro-batch on this GPU", low=0),
        Symbol("held", "n_L", "1", "layers held, times micro-batches: held-layers", low=0),
        Symbol("layer_token", "m_L", "B", "bytes that a token leaves in a layer: activation-token-bytes", low=0),
        Symbol("waiting", "n_w", "1", "results of the stage that wait for their gradient", low=0),
        Symbol("result_token", "m_w", "B", "bytes of a token in such a result", low=0),
    ),
    source="Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, section 4",
    note="A stage of a 1F1B pipeline holds one micro-batch more than there are stages behind it. Software that frees a "
    "result once it is sent has n_w = 0.",
)
def kept_activation_bytes(tokens: float, held: float, layer_token: float, waiting: float, result_token: float) -> float:
    """Bytes of activations on a GPU."""
    return tokens * (held * layer_token + waiting * result_token)


@equation(
    id="workspace-bytes",
    title="What the backward pass needs for a moment",
    formula="D*max(m_loss, m_live)",
    result=Symbol("workspace", "M_w", "B", "the larger of the loss and the layer in its backward pass", low=0),
    symbols=(
        Symbol("tokens", "D", "1", "tokens of a micro-batch on this GPU", low=0),
        Symbol("loss_token", "m_loss", "B", "bytes of a token in logits and loss; 0 in a stage without them", low=0),
        Symbol("live_token", "m_live", "B", "bytes of a token in the layer in its backward pass", low=0),
    ),
    source="Counted: loss-bytes at the turn from forward to backward; in a layer what is made again, the gradients of "
    "the feed-forward and of its result, and under tensor parallelism the gathered inputs of both blocks and the "
    "gradients of one for each product that reads it",
    note="The two do not stand at the same time: the loss is through before the last layer starts.",
)
def workspace_bytes(tokens: float, loss_token: float, live_token: float) -> float:
    """Bytes that come and go at the peak."""
    return tokens * num.maximum(loss_token, live_token)


@equation(
    id="training-memory",
    title="Memory of a training plan",
    formula="M_p + M_g + M_o + M_c + M_act + M_w",
    result=Symbol("memory", "M", "B", "memory of the fullest GPU", low=0),
    symbols=(
        Symbol("weights", "M_p", "B", "weights", low=0),
        Symbol("gradients", "M_g", "B", "gradients", low=0),
        Symbol("optimizer", "M_o", "B", "optimizer state", low=0),
        Symbol("gathered", "M_c", "B", "whole copies of sharded weights and gradients", low=0),
        Symbol("activations", "M_act", "B", "activations kept from forward to backward pass", low=0),
        Symbol("workspace", "M_w", "B", "what the backward pass needs for a moment", low=0),
    ),
    source="Sum of what stands in memory at the same time",
    note="Bytes that must be held. Allocators reserve more: peaks measured as reserved lay 3 to 13 % above.",
)
def memory_sum(
    weights: float,
    gradients: float,
    optimizer: float,
    gathered: float = 0.0,
    activations: float = 0.0,
    workspace: float = 0.0,
) -> float:
    """Bytes of all parts."""
    return weights + gradients + optimizer + gathered + activations + workspace


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
        return memory_sum.raw(*self)


class MemoryTerms(NamedTuple):
    """The parts, and the numbers that each of them is made of: the arguments of their equations by name."""

    parts: MemoryParts
    weights: Mapping[str, float]  # of sharded-bytes
    gradients: Mapping[str, float]
    optimizer: Mapping[str, float]
    gathered: Mapping[str, float]  # of gathered-bytes, or of stage-gathered-bytes where there are stages
    activations: Mapping[str, float]  # of kept-activation-bytes
    workspace: Mapping[str, float]  # of workspace-bytes


def training_memory(**plan: Any) -> MemoryParts:
    """Bytes a GPU by part: takes what `memory_terms` takes, and gives its parts alone."""
    return memory_terms(**plan).parts


def memory_terms(
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
    score_bytes: float = 0.0,
    frees_outputs: bool = False,
) -> MemoryTerms:
    """Bytes a GPU by part and how they come about, for the fuller of the first and the last pipeline stage.

    Shape: as ModelShape names it; `layer_weights` are those of all matrices, `expert_weights` the part of them in routed
    experts (shared by `experts` GPUs of expert parallelism), `feed_forward` the width that one token passes through
    (with experts: chosen and shared ones together). Plan: `tensor`, `context`, `stages`, `data` GPUs; `data` counts
    replicas, so a ZeRO shard is one of data · context (one of data · context / experts for experts). `sequence` is the
    whole sequence, of which a GPU has 1 / context; `micro_batch` sequences a GPU and `micro_batches` of them a step.

    `recompute`: "none" keeps all, "selective" all but the attention scores, "light" makes the results of norms and
    activation functions again too, "alternate" every second product (PyTorch's per-operator policy), "full" keeps the
    inputs of layers. `score_bytes`: of a score and head, where they are stored (5 with dropout, else 2); a fused
    attention kernel stores none. `compiled`: activation function and gate are one kernel. `frees_outputs`: a stage drops
    its result once it is sent. `zero` 0 to 3; 3 is FSDP. Bytes of a parameter: ZeRO's 2 + 2 + 12 unless given. Raises
    InputError.
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
    layers = num.ceil(layers / stages) * stages  # the fullest stage decides
    alone = stages == 1

    sizes = (hidden, heads, kv_heads, head_size, feed_forward, matrices, tensor, norm_shards)
    without = (activation_token_bytes_fused if compiled else activation_token_bytes).raw(*sizes)
    whole = without + score_bytes * heads * sequence / tensor
    inputs = 2.0 * hidden / norm_shards
    if recompute == "alternate":
        kept = activation_token_bytes_alternate.raw(*sizes[:5], 1.0 if compiled else 2.0, tensor, norm_shards)
    else:
        light = activation_token_bytes_light.raw(*sizes)
        kept = {"none": whole, "selective": without, "light": light, "full": inputs}[recompute]
    # The layer in its backward pass: what is not kept is made again, and the gradients of the feed-forward and of its
    # result stand beside it. Tensor parallelism has the inputs of both blocks whole, the gradient of the feed-forward's
    # result, and one of its input for each product that reads it.
    live = whole - kept + 2.0 * (matrices * feed_forward / tensor + hidden / norm_shards)
    live = live + num.where(tensor > 1, 2.0 * (2 + matrices) * hidden, 0.0)
    loss = loss_bytes.raw(1.0, vocabulary, tensor, logit_bytes)

    # A tied matrix stands on both ends of a pipeline, but once where there is one stage.
    embedding = num.where(alone, embeddings * matrix, matrix)
    dense, routed = layer * layers / stages + embedding, expert_layer * layers / stages
    weights, gradients, optimizer = (
        {
            "per_parameter": per_byte,
            "dense": dense,
            "shards": n,
            "routed": routed,
            "routed_shards": num.maximum(n / experts, 1.0),
        }
        for per_byte, n in zip((weight_bytes, gradient_bytes, optimizer_bytes), shards, strict=True)
    )
    one, many = {}, {}
    gathered: float = 0.0
    if zero == 3:
        one = {"layer": layer + expert_layer, "embeddings": embedding, "output": matrix}
        many = {"parameters": dense + routed, "chunks": chunks, "gradient_bytes": 4.0}
        gathered = num.where(alone, gathered_bytes.raw(**one), stage_gathered_bytes.raw(**many))

    def held_at(behind: float) -> tuple[float, float]:
        held = held_layers.raw(layers, stages, micro_batches, behind)
        if num.is_array(chunks) or chunks > 1:
            interleaved = held_layers_interleaved.raw(layers, stages, micro_batches, behind, chunks)
            held = num.where(chunks > 1, interleaved, held)
        # A stage's result stays until its gradient is back; the last one has none to wait for.
        waiting = num.minimum(micro_batches, behind + 1) * chunks * (behind > 0) * (not frees_outputs)
        return held, waiting

    (held_first, waiting_first), (held_last, waiting_last) = held_at(stages - 1), held_at(0.0)
    at_first = kept_activation_bytes.raw(tokens, held_first, kept, waiting_first, inputs)
    at_last = kept_activation_bytes.raw(tokens, held_last, kept, waiting_last, inputs)
    work_first, work_last = workspace_bytes.raw(tokens, loss * alone, live), workspace_bytes.raw(tokens, loss, live)
    fuller = at_first + work_first >= at_last + work_last
    parts = MemoryParts(
        sharded_bytes.raw(**weights),
        sharded_bytes.raw(**gradients),
        sharded_bytes.raw(**optimizer),
        gathered,
        num.where(fuller, at_first, at_last),
        num.where(fuller, work_first, work_last),
    )
    activations = {
        "tokens": tokens,
        "held": num.where(fuller, held_first, held_last),
        "layer_token": kept,
        "waiting": num.where(fuller, waiting_first, waiting_last),
        "result_token": inputs,
    }
    workspace = {"tokens": tokens, "loss_token": loss * (1 - fuller * (1 - alone)), "live_token": live}
    return MemoryTerms(parts, weights, gradients, optimizer, one if alone is True else many, activations, workspace)


def shares(parts: MemoryParts) -> Mapping[str, float]:
    """Each part as a share of the total, by name."""
    return {name: part / parts.total for name, part in parts._asdict().items()}
