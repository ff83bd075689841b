"""Bits of a quantised weight, its scales counted, and bytes of a model stored in several formats.

b   bits of a weight itself          g   weights that share a scale          s   bits of that scale (and zero point)
B   bits a block keeps once          N   weights of a block                  w   bits a weight takes in all
"""

from __future__ import annotations

from .catalogue import Symbol, equation
from .transformer import PARAMETERS


def _bits(name: str, symbol: str, meaning: str) -> Symbol:
    return Symbol(name, symbol, "1", meaning, low=0)


@equation(
    id="quantised-bits",
    title="Bits of a quantised weight",
    formula="b + s/g + B/N",
    result=Symbol("bits", "w", "1", "bits that a weight takes, its share of the scales included", low=0),
    symbols=(
        _bits("weight_bits", "b", "bits of the weight itself"),
        _bits("scale_bits", "s", "bits of the scale, and of the zero point if there is one, of a group"),
        Symbol("group", "g", "1", "weights that share a scale", low=1),
        _bits("block_bits", "B", "bits that a block of groups keeps once: scales of scales"),
        Symbol("block", "N", "1", "weights of a block", low=1),
    ),
    source="Gerganov et al., ggml: layout of the quantised blocks; Dettmers et al. 2023, QLoRA, section 3 (double "
    "quantisation); Lin et al. 2024, AWQ (groups of 128)",
    note="A 4-bit format is never 4 bits: Q4_0 keeps a 16-bit scale for 32 weights, 4.5 bits; NF4 with double "
    "quantisation 4.127.",
)
def quantised_bits(
    weight_bits: float, scale_bits: float, group: float, block_bits: float = 0.0, block: float = 1.0
) -> float:
    """Bits a weight takes in storage, a plain number."""
    return weight_bits + scale_bits / group + block_bits / block


@equation(
    id="mixed-bits",
    title="Bits of a weight in a mix of formats",
    formula="(P_1*w_1 + P_2*w_2)/(P_1 + P_2)",
    result=Symbol("bits", "w", "1", "bits that a weight takes on average", low=0),
    symbols=(
        Symbol("first", "P_1", "1", "parameters in the first format", low=0, low_open=True),
        _bits("first_bits", "w_1", "bits of the first format"),
        Symbol("second", "P_2", "1", "parameters in the second format", low=0, low_open=True),
        _bits("second_bits", "w_2", "bits of the second format"),
    ),
    source="A weighted mean",
    note="Q4_K_M keeps some matrices at six bits: 4.8 to 4.9 bits a weight, by the model's shape. Of more than two "
    "formats, take the mean of means.",
)
def mixed_bits(first: float, first_bits: float, second: float, second_bits: float) -> float:
    """Average bits of two groups of parameters."""
    return (first * first_bits + second * second_bits) / (first + second)


@equation(
    id="weight-bytes",
    title="Bytes of a model's weights",
    formula="P*w/c",
    result=Symbol("size", "M_w", "B", "bytes of the weights, in a file or in memory", low=0),
    symbols=(
        PARAMETERS,
        _bits("bits", "w", "bits that a weight takes, scales included"),
        Symbol("bits_per_byte", "c", "1/B", "bits of a byte", low=0, low_open=True, constant=8.0),
    ),
    source="Definition of a byte",
    note="16 bits make 2 bytes a parameter: ResNet-50's 25.6 M are 51 MB, 70 B are 140 GB. Files print GB and GiB "
    "alike; they differ by 7 %.",
)
def weight_bytes(parameters: float, bits: float, bits_per_byte: float = 8.0) -> float:
    """Bytes of `parameters` weights of `bits` each."""
    return parameters * bits / bits_per_byte
