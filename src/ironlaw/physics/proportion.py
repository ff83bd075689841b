"""How well a share is known from a count.

n   answers counted        z   standard normal quantile of the coverage, 1.28 for 80 %
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation


@equation(
    id="share-half-width",
    title="Half width of a counted share's interval",
    formula="z/(2*sqrt(n))",
    result=Symbol("half", "h", "1", "half width of the interval round the counted share", low=0),
    symbols=(
        Symbol("count", "n", "1", "answers counted", low=1),
        Symbol("z", "z", "1", "standard normal quantile of the coverage, both sides: 1.28 for 80 %", low=0),
    ),
    source="Normal approximation of the binomial at a share of one half, where it is widest; Agresti and Coull 1998, The "
    "American Statistician 52(2)",
    note="Halving it takes four times the answers.",
)
def share_half_width(count: float, z: float) -> float:
    """Half width of the interval of a share counted over `count` answers, at most."""
    return z / (2 * num.sqrt(count))
