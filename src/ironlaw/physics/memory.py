"""What training keeps in a GPU's memory: the state of the model, and the activations between forward and backward.

P   parameters                              s   sequence length   a   attention heads
n_w, n_g, n_o   GPUs that share weights,    b   batch (sequences) L   layers
                gradients, optimizer state  h   hidden size       M   bytes on one GPU
"""

from __future__ import annotations

from .catalogue import InputError, Symbol, equation
from .transformer import HIDDEN, LAYERS, PARAMETERS

_SEQUENCE = Symbol("sequence", "s", "1", "sequence length", low=0)
_BATCH = Symbol("batch", "b", "1", "sequences in the micro-batch", low=0)
_LINEAR = Symbol(
    "linear_bytes",
    "c",
    "B",
    "inputs of norms, products and activation function, and dropout masks",
    low=0,
    constant=34.0,
)
_KORTHIKANTI = "Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, "


def _shards(name: str, symbol: str, what: str) -> Symbol:
    return Symbol(name, symbol, "1", f"GPUs that share the {what}", low=1, integer=True)


@equation(
    id="training-state-bytes",
    title="Training state on one GPU",
    formula="P*(b_w/n_w + b_g/n_g + b_o/n_o)",
    result=Symbol("state", "M_state", "B", "weights, gradients and optimizer state on one GPU", low=0),
    symbols=(
        PARAMETERS,
        _shards("weight_shards", "n_w", "weights"),
        _shards("gradient_shards", "n_g", "gradients"),
        _shards("optimizer_shards", "n_o", "optimizer state"),
        Symbol("weight_bytes", "b_w", "B", "bytes of a weight (16 bit)", low=0, constant=2.0),
        Symbol("gradient_bytes", "b_g", "B", "bytes of a gradient (16 bit)", low=0, constant=2.0),
        Symbol("optimizer_bytes", "b_o", "B", "Adam in 32 bit: master weight, mean, variance", low=0, constant=12.0),
    ),
    source="Rajbhandari et al. 2020, ZeRO: Memory Optimizations Toward Training Trillion Parameter Models, section 3.1 "
    "(K = 12) and table 1",
    note="zero_shards() gives the three shard counts of a stage. Activations, buffers and fragmentation come on top.",
)
def training_state_bytes(
    parameters: float,
    weight_shards: float,
    gradient_shards: float,
    optimizer_shards: float,
    weight_bytes: float = 2.0,
    gradient_bytes: float = 2.0,
    optimizer_bytes: float = 12.0,
) -> float:
    """Bytes of mixed-precision Adam state on each GPU: 16 a parameter unsharded."""
    return parameters * (
        weight_bytes / weight_shards + gradient_bytes / gradient_shards + optimizer_bytes / optimizer_shards
    )


def zero_shards(stage: int, ranks: int) -> tuple[int, int, int]:
    """Shards of (weights, gradients, optimizer state) under ZeRO `stage` 0 to 3 over `ranks` data-parallel GPUs.

    Stage 0 is plain data parallelism; 1 shards the optimizer state, 2 the gradients too, 3 the weights too
    (Rajbhandari et al. 2020). Raises InputError for another stage, or fewer than one rank.
    """
    if isinstance(stage, bool) or not isinstance(stage, int) or not 0 <= stage <= 3:
        raise InputError(f"stage must be 0, 1, 2 or 3, got {stage!r}", "stage", stage, "0, 1, 2 or 3")
    _shards("ranks", "n", "state").check(ranks)
    return (ranks if stage >= 3 else 1, ranks if stage >= 2 else 1, ranks if stage >= 1 else 1)


@equation(
    id="activation-layer-bytes",
    title="Activations of one layer",
    formula="s*b*h*(c + d*a*s/h)",
    result=Symbol("activations", "M_layer", "B", "activations that one layer keeps for its backward pass", low=0),
    symbols=(
        _SEQUENCE,
        _BATCH,
        HIDDEN,
        Symbol("heads", "a", "1", "attention heads", low=1),
        _LINEAR,
        Symbol("score_bytes", "d", "B", "attention scores, softmax and dropout, a head", low=0, constant=5.0),
    ),
    source=_KORTHIKANTI + "eq. 1",
    note="16-bit activations, dropout masks of one byte, no parallelism within the layer, nothing recomputed.",
)
def activation_layer_bytes(
    sequence: float, batch: float, hidden: float, heads: float, linear_bytes: float = 34.0, score_bytes: float = 5.0
) -> float:
    """Bytes that one transformer layer keeps when nothing is recomputed."""
    return sequence * batch * hidden * (linear_bytes + score_bytes * heads * sequence / hidden)


@equation(
    id="activation-layer-bytes-selective",
    title="Activations of one layer, attention recomputed",
    formula="c*s*b*h",
    result=Symbol("activations", "M_layer", "B", "activations that one layer keeps for its backward pass", low=0),
    symbols=(_SEQUENCE, _BATCH, HIDDEN, _LINEAR),
    source=_KORTHIKANTI + "section 5 and table 2",
    note="Selective recomputation, or a fused attention kernel that never stores the scores.",
)
def activation_layer_bytes_selective(sequence: float, batch: float, hidden: float, linear_bytes: float = 34.0) -> float:
    """Bytes that one layer keeps when only the attention scores are recomputed."""
    return linear_bytes * sequence * batch * hidden


@equation(
    id="activation-bytes-recompute",
    title="Activations of a model, every layer recomputed",
    formula="c*s*b*h*L + M_layer",
    result=Symbol("activations", "M_act", "B", "activations at the peak of the backward pass", low=0),
    symbols=(
        LAYERS,
        _SEQUENCE,
        _BATCH,
        HIDDEN,
        Symbol("live_layer", "M_layer", "B", "the one layer that is being recomputed", low=0),
        Symbol("input_bytes", "c", "B", "a layer's input at 16 bit", low=0, constant=2.0),
    ),
    source=_KORTHIKANTI + "table 2 (2·s·b·h a layer); the live layer is what eq. 1 or its selective form gives",
    note="Each layer keeps its input only. The peak holds one more layer in full, while it is recomputed.",
)
def activation_bytes_recompute(
    layers: float, sequence: float, batch: float, hidden: float, live_layer: float, input_bytes: float = 2.0
) -> float:
    """Bytes of all layers' inputs plus the one layer whose forward pass is being repeated."""
    return input_bytes * sequence * batch * hidden * layers + live_layer
