"""How large a GGUF file of a model is: llama.cpp's mixes of block formats, matrix by matrix.

A mix such as Q4_K_M stores most matrices in one format and gives the sensitive ones more bits: values, the down
projection and the output, in the layers that need it. How much that adds depends on the model's shape, so the bits a
weight are counted here and not looked up. Rules: llama.cpp, src/llama-quant.cpp (llama_tensor_get_type); before 2024
Q2_K was a mix with more of Q3_K, `Q2_K (2023)` here.
"""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.quantised import weight_bytes

from .models import ModelShape, find_model, model_shape

# name of the mix: (format of most matrices, {role: format it gets instead})
_PLAIN = {"F32": "fp32", "F16": "fp16", "BF16": "bf16"}
_SIMPLE = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
_MOST = {
    **{name: name for name in _SIMPLE},
    "Q2_K": "Q2_K",
    "Q2_K (2023)": "Q3_K",
    "Q3_K_S": "Q3_K",
    "Q3_K_M": "Q3_K",
    "Q3_K_L": "Q3_K",
    "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K",
    "Q5_K_S": "Q5_K",
    "Q5_K_M": "Q5_K",
    "Q6_K": "Q6_K",
}
MIXES = (*_PLAIN, *_MOST)
_ALIASES = {"Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M", "Q3_K": "Q3_K_M", "FP16": "F16", "FP32": "F32"}
_GROUPED = 4  # query heads a key-value head from which on values are worth more bits


def gguf_bits(model: str, mix: str) -> float:
    """Bits a weight of `model` stored as `mix`, all of its parameters counted.

    Raises InputError for a mix that is not in MIXES, UnknownEntity for an unknown model and UnknownField for a model
    without a transformer's shape.
    """
    name = _mix(mix)
    if name in _PLAIN:
        return 8 * registry.get(_PLAIN[name])["bytes_per_value"]
    shape = model_shape(model)
    bits = _layers_bits(shape, name) + _embedding_bits(shape, name)
    vectors = max(
        shape.counted_parameters - shape.layer_weights - shape.embeddings * shape.vocabulary * shape.hidden, 0
    )
    return (bits + vectors * _block("F32")) / shape.counted_parameters


def gguf_bytes(model: str, mix: str) -> float:
    """Bytes of the file; its header (vocabulary and names, a few MB) left out."""
    if _mix(mix) in _PLAIN:  # any model will do, its shape is not needed
        return weight_bytes(find_model(model)["parameters"], gguf_bits(model, mix))
    return weight_bytes(model_shape(model).parameters, gguf_bits(model, mix))


def _mix(mix: str) -> str:
    name = " ".join(mix.split()).upper().replace("-", "_")
    name = _ALIASES.get(name, name)
    if name not in MIXES:
        raise InputError(f"mix must be one of {', '.join(MIXES)}, got {mix!r}", "mix", mix, ", ".join(MIXES))
    return name


@cache
def _block(name: str) -> float:
    """Bits a weight of a block format."""
    plain = _PLAIN.get(name)
    return 8 * registry.get(plain or f"{name.lower().replace('_', '-')}-block")["bytes_per_value"]


def _layers_bits(shape: ModelShape, mix: str) -> float:
    most = _block(_MOST[mix])
    attention = shape.hidden * shape.head_size
    queries, keys = attention * shape.heads, attention * shape.kv_heads
    down = shape.hidden * shape.feed_forward
    if shape.experts:
        down = shape.hidden * shape.expert_feed_forward * (shape.experts + shape.shared_experts)
    if shape.kv_rank:  # llama.cpp treats the parts of latent attention as other matrices: all in the main format
        queries, keys = 0.0, 0.0
    total = 0.0
    count = int(shape.layers)
    for layer in range(count):
        value, output, narrow = _values(shape, mix, layer, count), _output(shape, mix), _down(mix, layer, count)
        key = "Q8_0" if shape.experts == 8 and mix not in _SIMPLE else _query(mix)
        total += queries * (_block(_query(mix)) - most) + keys * (_block(key) - most)
        total += keys * (_block(value) - most) + queries * (_block(output) - most) + down * (_block(narrow) - most)
    return total + shape.layer_weights * most


def _query(mix: str) -> str:
    return "Q2_K" if mix == "Q2_K (2023)" else _MOST[mix]


def _more_bits(layer: int, count: int) -> bool:
    """The first and the last eighth of the layers, and every third between."""
    first = count // 8
    return layer < first or layer >= 7 * count // 8 or (layer - first) % 3 == 2


def _values(shape: ModelShape, mix: str, layer: int, count: int) -> str:
    if mix in _SIMPLE:
        return mix
    if shape.experts == 8:
        return "Q8_0"
    grouped = shape.heads / shape.kv_heads >= _GROUPED
    chosen = {
        "Q2_K": "Q4_K" if grouped else "Q3_K",
        "Q2_K (2023)": "Q4_K" if grouped else "Q3_K",
        "Q3_K_M": "Q5_K" if layer < 2 else "Q4_K",
        "Q3_K_L": "Q5_K",
        "Q4_K_S": "Q5_K" if layer < 4 else "Q4_K",
        "Q4_K_M": "Q6_K" if _more_bits(layer, count) else "Q4_K",
        "Q5_K_M": "Q6_K" if _more_bits(layer, count) else "Q5_K",
    }.get(mix, _MOST[mix])
    large = count == 80 and shape.heads == 8 * shape.kv_heads
    return "Q5_K" if large and chosen in {"Q3_K", "Q4_K"} else chosen


def _output(shape: ModelShape, mix: str) -> str:
    if shape.experts == 8:
        return "Q5_K" if mix in {"Q2_K", "Q2_K (2023)", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M"} else _MOST[mix]
    return {"Q2_K": "Q3_K", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K"}.get(mix, _MOST[mix])


def _down(mix: str, layer: int, count: int) -> str:
    return {
        "Q2_K": "Q3_K",
        "Q3_K_M": "Q5_K" if layer < count // 16 else "Q4_K",
        "Q3_K_L": "Q5_K",
        "Q4_K_S": "Q5_K" if layer < count // 8 else "Q4_K",
        "Q4_K_M": "Q6_K" if _more_bits(layer, count) else "Q4_K",
        "Q5_K_M": "Q6_K" if _more_bits(layer, count) else "Q5_K",
    }.get(mix, _MOST[mix])


def _embedding_bits(shape: ModelShape, mix: str) -> float:
    """The output is kept at Q6_K; an embedding that is shared with it too, one of its own in the main format."""
    matrix = shape.vocabulary * shape.hidden
    output = "Q8_0" if mix == "Q8_0" else "Q6_K"
    if shape.embeddings == 1:
        return matrix * _block(output)
    return matrix * (_block(output) + _block(_query(mix)))
