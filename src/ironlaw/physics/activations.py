"""Activations under tensor, sequence and pipeline parallelism: what a layer keeps, and how many layers are held.

s   sequence length       t    GPUs of tensor parallelism              p   pipeline stages
b   sequences             n_s  GPUs that share what tensor parallelism v   chunks of a stage (interleaved schedule)
h   hidden size                leaves whole: t with sequence           m   micro-batches of a step
a, k, d, f  as in            parallelism, else 1                     q   stages behind this one
  transformer.py
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation
from .transformer import FEED_FORWARD, HEAD_SIZE, HEADS, HIDDEN, KV_HEADS, LAYERS, MATRICES

_KORTHIKANTI = "Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, "
_SEQUENCE = Symbol("sequence", "s", "1", "sequence length", low=0)
_BATCH = Symbol("batch", "b", "1", "sequences in the micro-batch", low=0)
_TENSOR = Symbol("tensor", "t", "1", "GPUs of tensor parallelism", low=1)
_WHOLE = Symbol(
    "norm_shards", "n_s", "1", "GPUs that share norms and dropouts: t with sequence parallelism, else 1", low=1
)
_VALUE = Symbol("value_bytes", "b_v", "B", "bytes of an activation", low=0, constant=2.0)
_STAGES = Symbol("stages", "p", "1", "pipeline stages", low=1)
_MICRO = Symbol("micro_batches", "m", "1", "micro-batches of a step", low=1)
_BEHIND = Symbol("behind", "q", "1", "stages behind this one: p - 1 for the first, 0 for the last", low=0)
_HELD = Symbol("held", "n_L", "1", "layers' activations held at the peak, a micro-batch each", low=0)


@equation(
    id="activation-layer-bytes-parallel",
    title="Activations of one layer under tensor parallelism",
    formula="s*b*h*(c_w/n_s + c_t/t + d_s*a*s/(h*t))",
    result=Symbol("activations", "M_layer", "B", "activations that one layer keeps on one GPU", low=0),
    symbols=(
        _SEQUENCE,
        _BATCH,
        HIDDEN,
        HEADS,
        _TENSOR,
        _WHOLE,
        Symbol("score_bytes", "d_s", "B", "attention scores a head: 5; 0 if recomputed or never stored", low=0),
        Symbol("whole_bytes", "c_w", "B", "norms, inputs of the blocks, dropout masks", low=0, constant=10.0),
        Symbol("split_bytes", "c_t", "B", "within attention and feed-forward", low=0, constant=24.0),
    ),
    source=_KORTHIKANTI + "table 2",
    note="t = 1 gives 34 + 5·a·s/h. Without sequence parallelism 10 of the 34 stay on every GPU. For multi-head "
    "attention, a feed-forward of 4·h and dropout; activation-token-bytes takes other shapes.",
)
def activation_layer_bytes_parallel(
    sequence: float,
    batch: float,
    hidden: float,
    heads: float,
    tensor: float,
    norm_shards: float,
    score_bytes: float = 5.0,
    whole_bytes: float = 10.0,
    split_bytes: float = 24.0,
) -> float:
    """Bytes that one layer of a GPT-shaped model keeps on each GPU of its tensor-parallel group."""
    linear = whole_bytes / norm_shards + split_bytes / tensor
    return sequence * batch * hidden * (linear + score_bytes * heads * sequence / (hidden * tensor))


@equation(
    id="activation-token-bytes",
    title="Activations of one token in one layer, any shape",
    formula="b_v*(4*h/n_s + (2*d*(a + k) + 2*f*(m - 1))/t)",
    result=Symbol("activations", "m_layer", "B", "activations that a token leaves in one layer on one GPU", low=0),
    symbols=(HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, FEED_FORWARD, MATRICES, _TENSOR, _WHOLE, _VALUE),
    source="Counted as in " + _KORTHIKANTI + "section 4.1, without dropout and stored scores",
    note="Inputs and outputs of the two norms; queries, keys, values and the result; of the feed-forward its up "
    "product and what the activation function makes of it, and with a gate the gate and the product of both. A GPT "
    "shape has 32·h bytes: Korthikanti's 34 less two dropout masks.",
)
def activation_token_bytes(
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    matrices: float,
    tensor: float,
    norm_shards: float,
    value_bytes: float = 2.0,
) -> float:
    """Bytes a token and layer when nothing but the attention scores is recomputed, with a fused attention kernel."""
    split = 2 * head_size * (heads + kv_heads) + 2 * feed_forward * (matrices - 1)
    return value_bytes * (4 * hidden / norm_shards + split / tensor)


@equation(
    id="activation-token-bytes-fused",
    title="Activations of one token in one layer, gate fused",
    formula="b_v*(4*h/n_s + (2*d*(a + k) + m*f)/t)",
    result=Symbol("activations", "m_layer", "B", "activations that a token leaves in one layer on one GPU", low=0),
    symbols=(HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, FEED_FORWARD, MATRICES, _TENSOR, _WHOLE, _VALUE),
    source="activation-token-bytes, with activation function and gate in one kernel (Transformer Engine, Megatron-Core, "
    "or compiled PyTorch)",
    note="Of the feed-forward: the products that go into the kernel, and the one value that comes out. Op by op the "
    "activation function's result is kept too, between the two. Without a gate both ways keep the same.",
)
def activation_token_bytes_fused(
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    matrices: float,
    tensor: float,
    norm_shards: float,
    value_bytes: float = 2.0,
) -> float:
    """Bytes a token and layer when nothing but the attention scores is recomputed and the gate is one kernel."""
    split = 2 * head_size * (heads + kv_heads) + matrices * feed_forward
    return value_bytes * (4 * hidden / norm_shards + split / tensor)


@equation(
    id="activation-token-bytes-light",
    title="Activations of one token, elementwise results recomputed",
    formula="b_v*(2*h/n_s + (2*d*(a + k) + f*(m - 1))/t)",
    result=Symbol("activations", "m_layer", "B", "activations that a token leaves in one layer on one GPU", low=0),
    symbols=(HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, FEED_FORWARD, MATRICES, _TENSOR, _WHOLE, _VALUE),
    source="NVIDIA, Megatron-Core: selective recomputation of the modules layernorm and activation function, whose "
    "results are dropped and made again from their inputs in the backward pass",
    note="Kept are inputs of the norms, queries, keys, values, the attention's result, and the feed-forward's first "
    "products. Nothing of it needs a matrix product again.",
)
def activation_token_bytes_light(
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    matrices: float,
    tensor: float,
    norm_shards: float,
    value_bytes: float = 2.0,
) -> float:
    """Bytes a token and layer when norms and activation function run again in the backward pass."""
    split = 2 * head_size * (heads + kv_heads) + feed_forward * (matrices - 1)
    return value_bytes * (2 * hidden / norm_shards + split / tensor)


@equation(
    id="activation-token-bytes-alternate",
    title="Activations of one token, every second product recomputed",
    formula="b_v*(n_h*h/n_s + (d*(2*a + k) + f)/t)",
    result=Symbol("activations", "m_layer", "B", "activations that a token leaves in one layer on one GPU", low=0),
    symbols=(
        HIDDEN,
        HEADS,
        KV_HEADS,
        HEAD_SIZE,
        FEED_FORWARD,
        Symbol("inputs", "n_h", "1", "vectors of width h: the layer's input, and its last product if kept", low=1),
        _TENSOR,
        _WHOLE,
        _VALUE,
    ),
    source="Liang et al. 2024, TorchTitan, section 2.2.2 (per-operator selective checkpointing)",
    note="Kept are the layer's input, the attention's result and the first, third, fifth … product: queries, values, "
    "gate (or up). A seventh, down, is kept for nothing: a compiler drops it.",
)
def activation_token_bytes_alternate(
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    inputs: float,
    tensor: float,
    norm_shards: float,
    value_bytes: float = 2.0,
) -> float:
    """Bytes a token and layer under PyTorch's per-operator selective checkpointing."""
    split = head_size * (2 * heads + kv_heads) + feed_forward
    return value_bytes * (inputs * hidden / norm_shards + split / tensor)


@equation(
    id="held-layers",
    title="Layers held by a pipeline stage (1F1B)",
    formula="L/p*min(m, q + 1)",
    result=_HELD,
    symbols=(LAYERS, _STAGES, _MICRO, _BEHIND),
    source="Narayanan et al. 2021, Memory-Efficient Pipeline-Parallel DNN Training, section 3.2; "
    + _KORTHIKANTI
    + "4.3",
    note="The first stage holds p micro-batches: as much as the whole model would for one. GPipe holds all m.",
)
def held_layers(layers: float, stages: float, micro_batches: float, behind: float) -> float:
    """Layers times micro-batches whose activations a stage holds at its peak: one forward, one backward."""
    return layers / stages * num.minimum(micro_batches, behind + 1)


@equation(
    id="held-layers-interleaved",
    title="Layers held by a pipeline stage (interleaved 1F1B)",
    formula="L/(p*v)*min(m*v, 2*q + (v - 1)*p + 1)",
    result=_HELD,
    symbols=(
        LAYERS,
        _STAGES,
        _MICRO,
        _BEHIND,
        Symbol("chunks", "v", "1", "chunks of a stage", low=1),
    ),
    source=_KORTHIKANTI + "section 4.3 (first stage: L·(1 + (p - 1)/(p·v))); Narayanan et al. 2021, Efficient "
    "Large-Scale Language Model Training on GPU Clusters, section 2.2",
    note="For v of at least 2. Interleaving shortens the bubble and holds more.",
)
def held_layers_interleaved(layers: float, stages: float, micro_batches: float, behind: float, chunks: float) -> float:
    """Layers times micro-batches whose activations a stage holds at its peak, its layers cut into chunks."""
    ahead = 2 * behind + (chunks - 1) * stages + 1
    return layers / (stages * chunks) * num.minimum(micro_batches * chunks, ahead)


@equation(
    id="loss-bytes",
    title="Logits and their gradients",
    formula="D*V*c/(t*u)",
    result=Symbol("loss", "M_loss", "B", "what the loss keeps at the start of the backward pass", low=0),
    symbols=(
        Symbol("tokens", "D", "token", "tokens of a micro-batch on the GPU", low=0),
        Symbol("vocabulary", "V", "1", "entries of the vocabulary", low=0),
        Symbol("tensor", "t", "1", "GPUs that share the vocabulary", low=1),
        Symbol("logit_bytes", "c", "B", "bytes a logit", low=0),
        Symbol("token", "u", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Counted: logits in 16 bit (2), log-probabilities in 32 bit (4), gradients of the two steps of the loss in "
    "32 bit (4 and 4); Korthikanti et al. 2022, section 4.3, for one copy in 32 bit",
    note="14 with the framework's own loss, about 6 if logits are overwritten by their gradient (fused loss). With a "
    "large vocabulary it is the largest part of all.",
)
def loss_bytes(
    tokens: float, vocabulary: float, tensor: float = 1.0, logit_bytes: float = 14.0, token: float = 1.0
) -> float:
    """Bytes of logits, log-probabilities and gradients at the turn from forward to backward."""
    return tokens * vocabulary * logit_bytes / (tensor * token)
