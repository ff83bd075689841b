"""The balance of feed and consumption, and what of the model's arithmetic a starved accelerator still does.

r_in   records a second that arrive        r_use   records a second that are consumed        u   model FLOPs utilisation
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_FEED = Symbol("feed", "r_in", "1/s", "records a second that the pre-processing can deliver", low=0)
_DEMAND = Symbol(
    "demand",
    "r_use",
    "1/s",
    "records a second that the model consumes when it is never kept waiting",
    low=0,
    low_open=True,
)


@equation(
    id="flow-imbalance",
    title="Distance from the flow equilibrium",
    formula="max(r_in/r_use - 1, 1 - r_in/r_use)",
    result=Symbol("imbalance", "delta", "1", "difference of the two rates as a share of the consumption", low=0),
    symbols=(_FEED, _DEMAND),
    source="Definition",
    note="Too slow a feed starves the accelerator; too fast a one is hardware that waits for it.",
)
def flow_imbalance(feed: float, demand: float) -> float:
    """How far feed and consumption lie apart, as a share of the consumption."""
    return num.maximum(feed / demand - 1, 1 - feed / demand)


@equation(
    id="fed-utilisation",
    title="Model FLOPs utilisation behind a feed",
    formula="u*min(1, r_in/r_use)",
    result=Symbol("utilisation", "u_f", "1", "share of the peak that does the model's arithmetic", low=0, high=1),
    symbols=(
        Symbol("full", "u", "1", "the same when it is never kept waiting", low=0, high=1),
        _FEED,
        _DEMAND,
    ),
    source="trained-rate over the consumption, times the utilisation of the accelerator alone",
    note="A straight line up to the equilibrium, flat beyond it: there the algorithm is the limit, before it the fuel.",
)
def fed_utilisation(full: float, feed: float, demand: float) -> float:
    """Share of the peak that is reached behind a feed."""
    return full * num.minimum(1.0, feed / demand)
