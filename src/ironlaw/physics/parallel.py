"""What the GPUs of a training job send each other: tensor, context and data parallelism, in bytes a GPU.

t   tensor-parallel GPUs     d   replicas (with those of context parallelism)     e   context-parallel GPUs
T   tokens of a micro-batch on one GPU     h   hidden size     w   width of the keys     c   bytes of a value
"""

from __future__ import annotations

from .catalogue import Symbol, equation
from .transformer import HIDDEN

_VALUE = Symbol("value_bytes", "c", "B", "bytes of an activation", low=0, constant=2.0)
_TOKENS = Symbol("tokens", "T", "1", "tokens of a micro-batch on this GPU", low=0)


def _volume(meaning: str) -> Symbol:
    return Symbol("volume", "V", "B", meaning, low=0)


@equation(
    id="tensor-parallel-volume",
    title="Bytes of tensor parallelism in a layer",
    formula="r*2*(t-1)/t*T*h*c",
    result=_volume("bytes that each GPU sends for one layer and micro-batch"),
    symbols=(
        Symbol("reductions", "r", "1", "all-reduces: 2 in the forward pass, 2 in the backward pass", low=0),
        Symbol("tensor", "t", "1", "tensor-parallel GPUs", low=1, integer=True),
        _TOKENS,
        HIDDEN,
        _VALUE,
    ),
    source="Shoeybi et al. 2019, Megatron-LM, section 3; Korthikanti et al. 2022, section 4.2.2",
    note="r = 4 a layer, 6 when the forward pass is repeated. Sequence parallelism puts a reduce-scatter and an "
    "all-gather in place of each, with the same bytes, and gathers once more for the weight gradients: r = 5.",
)
def tensor_parallel_volume(
    reductions: float, tensor: float, tokens: float, hidden: float, value_bytes: float = 2.0
) -> float:
    """Bytes a GPU sends for the all-reduces of one layer."""
    return reductions * 2 * (tensor - 1) / tensor * tokens * hidden * value_bytes


@equation(
    id="context-parallel-volume",
    title="Bytes of context parallelism in a layer",
    formula="2*(e-1)*T*w*c",
    result=_volume("bytes of keys and values that pass each GPU in a layer's forward pass"),
    symbols=(
        Symbol("context", "e", "1", "context-parallel GPUs", low=1, integer=True),
        _TOKENS,
        Symbol("kv_width", "w", "1", "heads of keys × their size, on this GPU", low=0, low_open=True),
        _VALUE,
    ),
    source="Liu et al. 2023, Ring Attention with Blockwise Transformers, section 3",
    note="Everybody's keys and values visit everybody. The backward pass sends them again, and their gradients.",
)
def context_parallel_volume(context: float, tokens: float, kv_width: float, value_bytes: float = 2.0) -> float:
    """Bytes of keys and values that a GPU passes on in one forward pass of a layer."""
    return 2 * (context - 1) * tokens * kv_width * value_bytes


@equation(
    id="replica-volume",
    title="Bytes between replicas",
    formula="P*(g*c_w + c_g)*(d-1)/d",
    result=_volume("bytes that each GPU sends"),
    symbols=(
        Symbol("parameters", "P", "1", "parameters whose gradients this GPU makes", low=0),
        Symbol("gathers", "g", "1", "times that weights are gathered: 1, or 2 when they are sharded (ZeRO 3)", low=0),
        Symbol("weight_bytes", "c_w", "B", "bytes of a gathered weight", low=0),
        Symbol("gradient_bytes", "c_g", "B", "bytes of a reduced gradient", low=0),
        Symbol("replicas", "d", "1", "replicas", low=1, integer=True),
    ),
    source="Rajbhandari et al. 2020, ZeRO: Memory Optimizations Toward Training Trillion Parameter Models, section 7",
    note="Once a step; with sharded weights once a micro-batch. An all-reduce of 16-bit gradients has c_w = c_g = 2 "
    "and g = 1.",
)
def replica_volume(
    parameters: float, gathers: float, weight_bytes: float, gradient_bytes: float, replicas: float
) -> float:
    """Bytes a GPU sends to reduce gradients and gather weights once."""
    return parameters * (gathers * weight_bytes + gradient_bytes) * (replicas - 1) / replicas


@equation(
    id="exposed-transfer-time",
    title="Time that a step waits for transfers",
    formula="V/B + n*l - T_hid",
    result=Symbol("exposed", "T_exp", "s", "time of transfers that nothing hides", low=0),
    symbols=(
        Symbol("volume", "V", "B", "bytes that a GPU sends in a step", low=0),
        Symbol("rate", "B", "B/s", "rate that its link or network port reaches", low=0, low_open=True),
        Symbol("hops", "n", "1", "hops that follow one another", low=0),
        Symbol("latency", "l", "s", "latency of a hop", low=0),
        Symbol("hidden", "T_hid", "s", "time of transfers that runs beside other work at no cost", low=0),
    ),
    source="Bytes over rate, latency by hop; exposed-time",
    note="Hidden is the share that may overlap, as far as the work beside it lasts: hidden-time.",
)
def exposed_transfer_time(volume: float, rate: float, hops: float, latency: float, hidden: float) -> float:
    """Seconds a step waits for what its GPUs send each other."""
    return volume / rate + hops * latency - hidden
