"""How much of its peak a matrix product reaches, by its size.

m, n, k   rows, columns and depth of the product (m × k by k × n)       R   rate of large products, FLOP/s
t_m, t_n  rows and columns of the tile that one multiprocessor makes    X   rate at which operands come, B/s
S         multiprocessors of the device                                 c   bytes of a value

Three effects, from coarse to smooth. A tile that hangs over the edge computes what nobody reads. A last wave of tiles
that does not fill the device leaves multiprocessors idle. And each tile loads its operands before it multiplies and
stores its result after, which costs the more, the smaller the product is in any direction.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_ROWS = Symbol("rows", "m", "1", "rows of the product", low=0, low_open=True)
_COLUMNS = Symbol("columns", "n", "1", "columns of the product", low=0, low_open=True)
_DEPTH = Symbol("depth", "k", "1", "products summed up into one value", low=0, low_open=True)
_RATE = Symbol("rate", "R", "FLOP/s", "rate that large products reach", low=0, low_open=True)
_OPERAND_RATE = Symbol(
    "operand_rate", "X", "B/s", "rate at which operands reach the multiprocessors", low=0, low_open=True
)
_VALUE = Symbol("value_bytes", "c", "B", "bytes of a value", low=0, low_open=True)
_MULTIPLY = Symbol(
    "flops_per_multiply", "f", "FLOP", "a multiplication and an addition", low=0, low_open=True, constant=2.0
)
_NVIDIA = "NVIDIA, Matrix Multiplication Background User's Guide, section "


@equation(
    id="tile-share",
    title="Tile quantisation",
    formula="m*n/(ceil(m/t_m)*t_m*ceil(n/t_n)*t_n)",
    result=Symbol("share", "q_t", "1", "share of the computed values that belong to the product", low=0, high=1),
    symbols=(
        _ROWS,
        _COLUMNS,
        Symbol("tile_rows", "t_m", "1", "rows of a tile", low=1, integer=True),
        Symbol("tile_columns", "t_n", "1", "columns of a tile", low=1, integer=True),
    ),
    source=_NVIDIA + "Tile Quantization",
    note="A library picks among several tiles: take the best of those it has.",
)
def tile_share(rows: float, columns: float, tile_rows: float = 128, tile_columns: float = 256) -> float:
    """Share of useful work when a product is cut into whole tiles."""
    return rows * columns / (num.ceil(rows / tile_rows) * tile_rows * num.ceil(columns / tile_columns) * tile_columns)


@equation(
    id="wave-share",
    title="Wave quantisation",
    formula="N_t/(ceil(N_t/S)*S)",
    result=Symbol("share", "q_w", "1", "share of the multiprocessors that work, mean over the waves", low=0, high=1),
    symbols=(
        Symbol("tiles", "N_t", "1", "tiles of the product", low=1),
        Symbol("multiprocessors", "S", "1", "multiprocessors of the device", low=1, integer=True),
    ),
    source=_NVIDIA + "Wave Quantization",
    note="One tile a multiprocessor at a time. 109 tiles on 108 multiprocessors take two waves: a share of one half. "
    "Kernels that split the depth or keep running over many tiles lose less.",
)
def wave_share(tiles: float, multiprocessors: float) -> float:
    """Share of the device that works while `tiles` equal tiles run in waves."""
    return tiles / (num.ceil(tiles / multiprocessors) * multiprocessors)


@equation(
    id="matmul-time",
    title="Time of a matrix product",
    formula="f*m*n*k/R + c*(m*k + k*n + m*n)/X",
    result=Symbol("time", "T_mm", "s", "time of the product", low=0),
    symbols=(
        _ROWS,
        _COLUMNS,
        _DEPTH,
        _RATE,
        _OPERAND_RATE,
        _VALUE,
        _MULTIPLY,
    ),
    source="Two-term model: arithmetic, then the operands' and the result's way into and out of the tiles. Its rate "
    "over size is the rational curve of Hockney & Jesshope 1981 (r_∞, n_½) in all three directions",
    note="The second term stands for what does not overlap inside a kernel: filling the pipeline of each tile, and "
    "its epilogue. Symmetric in the three sizes, so forward, input-gradient and weight-gradient products of one layer "
    "take equally long.",
)
def matmul_time(
    rows: float,
    columns: float,
    depth: float,
    rate: float,
    operand_rate: float,
    value_bytes: float = 2.0,
    flops_per_multiply: float = 2.0,
) -> float:
    """Seconds of an m × k by k × n product."""
    operands = rows * depth + depth * columns + rows * columns
    return flops_per_multiply * rows * columns * depth / rate + value_bytes * operands / operand_rate


@equation(
    id="matmul-half-size",
    title="Half-performance size of a matrix product",
    formula="c*R/(f*X)",
    result=Symbol("half_size", "n_h", "1", "size n_½ of the efficiency curve", low=0),
    symbols=(
        _RATE,
        _OPERAND_RATE,
        _VALUE,
        _MULTIPLY,
    ),
    source="From matmul-time: the ratio of its two terms is n_½·(1/m + 1/n + 1/k)",
    note="One direction of this size, the two others large, halves the rate.",
)
def matmul_half_size(
    rate: float, operand_rate: float, value_bytes: float = 2.0, flops_per_multiply: float = 2.0
) -> float:
    """The size n_½ that matmul_efficiency takes."""
    return value_bytes * rate / (flops_per_multiply * operand_rate)


@equation(
    id="matmul-efficiency",
    title="Efficiency of a matrix product over its size",
    formula="1/(1 + n_h*(1/m + 1/n + 1/k))",
    result=Symbol("efficiency", "eta", "1", "share of the rate of large products", low=0, high=1),
    symbols=(
        _ROWS,
        _COLUMNS,
        _DEPTH,
        Symbol("half_size", "n_h", "1", "size n_½ of the efficiency curve", low=0),
    ),
    source="Hockney & Jesshope 1981, Parallel Computers: r = r_∞/(1 + n_½/n), here in three directions",
    note="Smooth: it goes through the middle of the saw-tooth that tiles and waves make.",
)
def matmul_efficiency(rows: float, columns: float, depth: float, half_size: float) -> float:
    """Share of the rate of large products that this one reaches."""
    return 1 / (1 + half_size * (1 / rows + 1 / columns + 1 / depth))


@equation(
    id="training-products-time",
    title="Time of a step's matrix products",
    formula="C/R + C_h/R_h + V/X",
    result=Symbol("time", "T_mm", "s", "time of the products", low=0),
    symbols=(
        Symbol("flops", "C", "FLOP", "arithmetic of a GPU in the layers' products, both passes", low=0),
        Symbol("rate", "R", "FLOP/s", "rate that large products reach", low=0, low_open=True),
        Symbol("head_flops", "C_h", "FLOP", "arithmetic of a GPU in the logits, both passes", low=0),
        Symbol("head_rate", "R_h", "FLOP/s", "rate that products in 16 bit reach", low=0, low_open=True),
        Symbol("operands", "V", "B", "operands and results of all products", low=0),
        _OPERAND_RATE,
    ),
    source="matmul-time, summed over the products of a step",
    note="What recomputation repeats is in C and V.",
)
def training_products_time(
    flops: float, rate: float, head_flops: float, head_rate: float, operands: float, operand_rate: float
) -> float:
    """Seconds of a step's matrix products on one GPU."""
    return flops / rate + head_flops / head_rate + operands / operand_rate


@equation(
    id="training-attention-time",
    title="Time of a step's attention",
    formula="C_f/R_f + C_b/R_b + V/X",
    result=Symbol("time", "T_att", "s", "time of the attention core", low=0),
    symbols=(
        Symbol("forward_flops", "C_f", "FLOP", "arithmetic of a GPU in forward passes, repeated ones included", low=0),
        Symbol("forward_rate", "R_f", "FLOP/s", "rate that the kernel reaches forward", low=0, low_open=True),
        Symbol("backward_flops", "C_b", "FLOP", "arithmetic of a GPU in backward passes", low=0),
        Symbol("backward_rate", "R_b", "FLOP/s", "rate that the kernel reaches backward", low=0, low_open=True),
        Symbol("scores", "V", "B", "scores read and written by products, where they are kept", low=0),
        _OPERAND_RATE,
    ),
    source="Arithmetic over the rates that the kernel's authors measured: Dao 2023, FlashAttention-2; Shah et al. 2024, "
    "FlashAttention-3",
    note="Flash attention makes the scores again in the backward pass: 5 products in place of 4. It skips what a causal "
    "mask hides.",
)
def training_attention_time(
    forward_flops: float,
    forward_rate: float,
    backward_flops: float,
    backward_rate: float,
    scores: float,
    operand_rate: float,
) -> float:
    """Seconds of a step's attention on one GPU."""
    return forward_flops / forward_rate + backward_flops / backward_rate + scores / operand_rate
