"""The roofline: arithmetic is limited by the peak, or by the bytes it needs.

R   peak rate, FLOP/s      B   memory bandwidth, B/s      I   arithmetic intensity, FLOP/B
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

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
