"""Two things that double at different paces, and the gap that opens between them.

D   doublings        T   time, s        T_2   doubling time, s        G   growth, a ratio
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_DOUBLINGS = Symbol("doublings", "D", "1", "doublings of the faster", low=0, high=500)


@equation(
    id="doublings",
    title="Doublings in a time",
    formula="T/T_2",
    result=Symbol("doublings", "D", "1", "doublings", low=0),
    symbols=(
        Symbol("span", "T", "s", "time", low=0),
        Symbol("doubling_time", "T_2", "s", "time of one doubling", low=0, low_open=True),
    ),
    source="Definition",
)
def doublings(span: float, doubling_time: float) -> float:
    """How often something doubles in `span`."""
    return span / doubling_time


@equation(
    id="exponential-growth",
    title="Growth by doubling",
    formula="2**D",
    result=Symbol("growth", "G", "1", "factor of growth", low=1),
    symbols=(_DOUBLINGS,),
    source="Definition",
)
def exponential_growth(doublings: float) -> float:
    """The factor after so many doublings."""
    return num.power(2.0, doublings)


@equation(
    id="growth-gap",
    title="Gap between two doublings",
    formula="2**(D - D_0)",
    result=Symbol("gap", "G", "1", "factor by which the first outgrows the second", low=0),
    symbols=(_DOUBLINGS, Symbol("slower_doublings", "D_0", "1", "doublings of the slower", low=0, high=500)),
    source="Ratio of two exponentials. Amodei, Hernandez 2018, AI and Compute: 3.4 months against Moore's 24 months",
    note="Extrapolates both trends: neither lasted.",
)
def growth_gap(doublings: float, slower_doublings: float) -> float:
    """How many times the faster outgrew the slower."""
    return num.power(2.0, doublings - slower_doublings)
