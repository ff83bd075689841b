"""The roofline: arithmetic is limited by the peak, or by the bytes it needs; one operator, or a model as their sum.

R   peak rate, FLOP/s      B   memory bandwidth, B/s      I   arithmetic intensity, FLOP/B
C   arithmetic, FLOP       M   bytes moved                m, n, k   sizes of a matrix product
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Iterable

_PEAK = Symbol("peak", "R", "FLOP/s", "peak rate, dense", low=0, low_open=True)
_BANDWIDTH = Symbol("bandwidth", "B", "B/s", "memory bandwidth", low=0, low_open=True)
_SOURCE = "Williams, Waterman & Patterson 2009, Roofline: an insightful visual performance model for multicore"


@equation(
    id="ridge-point",
    title="Ridge point",
    formula="R/B",
    result=Symbol("ridge", "I_ridge", "FLOP/B", "intensity from which on the peak is the limit", low=0),
    symbols=(_PEAK, _BANDWIDTH),
    source=_SOURCE,
)
def ridge_point(peak: float, bandwidth: float) -> float:
    """Arithmetic intensity at which memory and arithmetic take equally long."""
    return peak / bandwidth


@equation(
    id="attainable-rate",
    title="Attainable rate",
    formula="min(R, B*I)",
    result=Symbol("rate", "R_max", "FLOP/s", "most arithmetic per second", low=0),
    symbols=(_PEAK, _BANDWIDTH, Symbol("intensity", "I", "FLOP/B", "arithmetic per byte moved", low=0)),
    source=_SOURCE,
    note="An upper bound: no kernel is faster, most are slower.",
)
def attainable_rate(peak: float, bandwidth: float, intensity: float) -> float:
    """FLOP/s that a kernel of this intensity cannot exceed."""
    return num.minimum(peak, bandwidth * intensity)


def _edge(name: str, meaning: str) -> Symbol:
    return Symbol(name, name, "1", meaning, low=0, low_open=True)


_ROWS, _COLUMNS, _DEPTH = _edge("m", "rows of the result"), _edge("n", "columns of the result"), _edge("k", "depth")
_FLOPS = Symbol("flops", "C", "FLOP", "arithmetic of the operator", low=0)
_BYTES = Symbol("moved", "M", "B", "bytes that the operator reads and writes", low=0)


@equation(
    id="gemm-flops",
    title="Arithmetic of a matrix product",
    formula="c*m*n*k",
    result=Symbol("flops", "C", "FLOP", "arithmetic of the product", low=0),
    symbols=(
        _ROWS,
        _COLUMNS,
        _DEPTH,
        Symbol("flops_per_mac", "c", "FLOP", "a multiplication and an addition", low=0, constant=2.0),
    ),
    source="Golub & Van Loan 2013, Matrix Computations, section 1.1",
)
def gemm_flops(m: float, n: float, k: float, flops_per_mac: float = 2.0) -> float:
    """FLOP of an (m x k) by (k x n) product."""
    return flops_per_mac * m * n * k


@equation(
    id="gemm-bytes",
    title="Bytes of a matrix product",
    formula="b*(m*k + k*n + m*n)",
    result=Symbol("moved", "M", "B", "bytes read and written once each", low=0),
    symbols=(_ROWS, _COLUMNS, _DEPTH, Symbol("value_bytes", "b", "B", "bytes of a value", low=0, low_open=True)),
    source=_SOURCE,
    note="The least there can be: both inputs and the result pass once. A cache that is too small moves more.",
)
def gemm_bytes(m: float, n: float, k: float, value_bytes: float = 2.0) -> float:
    """Bytes of the two inputs and the result."""
    return value_bytes * (m * k + k * n + m * n)


@equation(
    id="gemm-intensity",
    title="Arithmetic intensity of a matrix product",
    formula="c*m*n*k/(b*(m*k + k*n + m*n))",
    result=Symbol("intensity", "I", "FLOP/B", "arithmetic per byte moved", low=0),
    symbols=(
        _ROWS,
        _COLUMNS,
        _DEPTH,
        Symbol("value_bytes", "b", "B", "bytes of a value", low=0, low_open=True),
        Symbol("flops_per_mac", "c", "FLOP", "a multiplication and an addition", low=0, constant=2.0),
    ),
    source=_SOURCE,
    note="A square product of edge N has N/(1.5·b): 341 FLOP/B at 1,024 in 16 bit, above an H100's ridge of 295.",
)
def gemm_intensity(m: float, n: float, k: float, value_bytes: float = 2.0, flops_per_mac: float = 2.0) -> float:
    """FLOP per byte of an (m x k) by (k x n) product, each matrix moved once."""
    return flops_per_mac * m * n * k / (value_bytes * (m * k + k * n + m * n))


@equation(
    id="operator-time",
    title="Time of an operator on the roofline",
    formula="max(C/R, M/B)",
    result=Symbol("time", "T_op", "s", "least time of the operator", low=0),
    symbols=(_FLOPS, _BYTES, _PEAK, _BANDWIDTH),
    source=_SOURCE,
    note="Arithmetic and memory traffic overlap perfectly. A kernel's launch comes on top.",
)
def operator_time(flops: float, moved: float, peak: float, bandwidth: float) -> float:
    """Seconds that the operator takes at least."""
    return num.maximum(flops / peak, moved / bandwidth)


class Operator(NamedTuple):
    """One operator of a model: what it computes and moves, and how often it runs."""

    name: str
    flops: float
    moved: float
    times: float = 1.0


class ModelRoofline(NamedTuple):
    """A model on the roofline: its least time, the share of it that memory decides, and the rate it reaches."""

    time: float
    memory_share: float
    rate: float


def model_roofline(operators: Iterable[Operator], peak: float, bandwidth: float) -> ModelRoofline:
    """The sum of the operators' least times, seconds; FLOP/s over that time.

    Operators follow one another, so a model's roofline is lower than that of its total FLOP over its total bytes: what
    one operator leaves idle another cannot use. Floats or arrays. Raises InputError for no operators, or as
    operator_time does.
    """
    operators = tuple(operators)
    if not operators:
        raise InputError("operators must hold at least one, got none", "operators", operators, "at least one")
    time = bound = flops = 0.0
    for operator in operators:
        one = operator.times * operator_time(operator.flops, operator.moved, peak, bandwidth)
        time = time + one
        flops = flops + operator.times * operator.flops
        bound = bound + num.where(operator.moved / bandwidth > operator.flops / peak, one, 0.0 * one)
    return ModelRoofline(time, bound / time, flops / time)
