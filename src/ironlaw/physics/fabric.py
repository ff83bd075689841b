"""A leaf–spine network: when does the fabric above the leaf switches hold a ring back?

    m   nodes on one leaf switch     N   nodes of the job     r   node bandwidth below a leaf ÷ bandwidth above it
    u   load of a leaf's uplinks as a multiple of what they carry

The uplinks carry m·(node bandwidth)/r. A load of 1 or less costs nothing; above 1, what crosses them slows by it.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_LEAF = Symbol("leaf_nodes", "m", "1", "nodes on one leaf switch", low=1, integer=True)
_OVERSUBSCRIPTION = Symbol("oversubscription", "r", "1", "bandwidth below a leaf ÷ above it", low=1)
_LOAD = Symbol("load", "u", "1", "load of a leaf's uplinks, 1 = full", low=0)
_CLOS = "Flow counting in a leaf–spine (folded Clos) network; oversubscription as in Al-Fares et al. 2008, section 2.1"


@equation(
    id="ring-uplink-load",
    title="Uplink load of a placed ring",
    formula="r/m",
    result=_LOAD,
    symbols=(_LEAF, _OVERSUBSCRIPTION),
    source=_CLOS,
    note="The ring visits the nodes leaf by leaf, so it leaves each leaf once, at one node's bandwidth. A job that "
    "fits under one leaf loads no uplink.",
)
def ring_uplink_load(leaf_nodes: float, oversubscription: float) -> float:
    """Load of a leaf's uplinks when a ring over nodes enters and leaves each leaf once."""
    return oversubscription / leaf_nodes


@equation(
    id="scattered-ring-uplink-load",
    title="Uplink load of a ring placed at random",
    formula="r*max(N-m, 0)/(N-1)",
    result=_LOAD,
    symbols=(
        Symbol("nodes", "N", "1", "nodes of the job, filling whole leaves", low=2, integer=True),
        _LEAF,
        _OVERSUBSCRIPTION,
    ),
    source=_CLOS,
    note="Mean over random orders of the ring: the next node sits on another leaf with probability (N-m)/(N-1); "
    "a job under one leaf loads no uplink.",
)
def scattered_ring_uplink_load(nodes: float, leaf_nodes: float, oversubscription: float) -> float:
    """Mean load of a leaf's uplinks when the ring's order ignores the leaves."""
    return oversubscription * num.maximum(nodes - leaf_nodes, 0) / (nodes - 1)


@equation(
    id="uplink-slowdown",
    title="Slowdown by a full uplink",
    formula="max(1, u)",
    result=Symbol("slowdown", "x", "1", "time as a multiple of a fabric without oversubscription", low=1),
    symbols=(_LOAD,),
    source="A link carries at most its rate: flows that ask for u times of it take u times as long",
    note="Multiplies the bandwidth term of the phase between nodes, not its latencies.",
)
def uplink_slowdown(load: float) -> float:
    """Factor on the time between nodes: 1 until the uplinks are full."""
    return num.maximum(1, load)
