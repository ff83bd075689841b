"""How many nodes a network reaches, what it carries through its middle, and how far a message goes.

    P   ports of a switch           r   bandwidth below a leaf ÷ above it (1: none is lost)
    n   end points (GPUs or ports)  B   bytes/s of one link, one direction
    x, y, z   end points along the sides of a torus (1: no such dimension)
    g   GPUs of a node              m   nodes under one rail switch
    M   bytes that an end point holds

Bisection: the least bandwidth, one direction, between two halves of the network. Traffic with no pattern (all-to-all)
is bound by it; a ring that is placed well is not (`fabric`).
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_PORTS = Symbol("ports", "P", "1", "ports of a switch", low=2, integer=True)
_OVERSUBSCRIPTION = Symbol("oversubscription", "r", "1", "bandwidth below a leaf ÷ above it", low=1)
_POINTS = Symbol("points", "n", "1", "end points: GPUs, or ports of nodes", low=1, integer=True)
_LINK = Symbol("bandwidth", "B", "B/s", "rate of one link, one direction", low=0, low_open=True)
_SIDES = tuple(Symbol(side, side, "1", "end points along one side of the torus", low=1, integer=True) for side in "xyz")
_GPUS = Symbol("gpus", "g", "1", "GPUs of a node, each with a port of its own", low=1, integer=True)
_SIZE = Symbol("size", "M", "B", "bytes that each end point holds", low=0)
_COUNT = Symbol("count", "n", "1", "end points", low=0, integer=True)
_HALVES = Symbol("bisection", "B_bis", "B/s", "bandwidth between two halves, one direction", low=0)

_FAT_TREE = "Al-Fares et al. 2008, A Scalable, Commodity Data Center Network Architecture, section 2"
_TORUS = "Dally & Towles 2004, Principles and Practices of Interconnection Networks, chapters 3 and 5"
_RAILS = "Wang et al. 2024, Rail-only: A Low-Cost High-Performance Network for Training LLMs, section 2"


@equation(
    id="leaf-spine-points",
    title="End points of a leaf–spine network",
    formula="P*floor(P*r/(1+r))",
    result=_COUNT,
    symbols=(_PORTS, _OVERSUBSCRIPTION),
    source=_FAT_TREE + "; two tiers",
    note="Each of P leaves gives r/(1+r) of its ports to end points, the rest to spines. P²/2 without oversubscription.",
)
def leaf_spine_points(ports: float, oversubscription: float) -> float:
    """How many end points two tiers of `ports`-port switches reach."""
    return ports * num.floor(ports * oversubscription / (1 + oversubscription))


@equation(
    id="fat-tree-points",
    title="End points of a three-tier fat tree",
    formula="P**3/4",
    result=Symbol("count", "n", "1", "end points", low=0),
    symbols=(Symbol("ports", "P", "1", "ports of a switch, an even number", low=2, integer=True),),
    source=_FAT_TREE,
    note="P pods of P²/4 end points, full bisection. It takes 5·P²/4 switches.",
)
def fat_tree_points(ports: float) -> float:
    """How many end points three tiers of `ports`-port switches reach without oversubscription."""
    return ports * ports * ports / 4


@equation(
    id="fat-tree-switches",
    title="Switches of a three-tier fat tree",
    formula="5*P**2/4",
    result=Symbol("switches", "S", "1", "switches of all tiers", low=0),
    symbols=(Symbol("ports", "P", "1", "ports of a switch, an even number", low=2, integer=True),),
    source=_FAT_TREE,
    note="P²/2 leaves, P²/2 in the middle and P²/4 cores: five switches for each P end points.",
)
def fat_tree_switches(ports: float) -> float:
    """How many `ports`-port switches a full three-tier fat tree takes."""
    return 5 * ports * ports / 4


@equation(
    id="fat-tree-bisection",
    title="Bisection bandwidth of a fat tree",
    formula="floor(n/2)*B/r",
    result=_HALVES,
    symbols=(_POINTS, _LINK, _OVERSUBSCRIPTION),
    source=_FAT_TREE,
    note="With r = 1 half of the end points can send to the other half at full rate. The halves are whole leaves.",
)
def fat_tree_bisection(points: float, bandwidth: float, oversubscription: float = 1.0) -> float:
    """Bytes a second, one direction, between two halves of a fat tree or leaf–spine network."""
    return num.floor(points / 2) * bandwidth / oversubscription


@equation(
    id="torus-points",
    title="End points of a torus",
    formula="x*y*z",
    result=_COUNT,
    symbols=_SIDES,
    source=_TORUS,
    note="A side of 1 leaves that dimension out: z = 1 is a two-dimensional torus.",
)
def torus_points(x: float, y: float, z: float) -> float:
    """How many end points a torus of these sides has."""
    return x * y * z


@equation(
    id="torus-bisection",
    title="Bisection bandwidth of a torus",
    formula="2*x*y*z/max(x, y, z)*B",
    result=_HALVES,
    symbols=(*_SIDES, _LINK),
    source=_TORUS,
    note="A cut across the longest side (an even number from 4) meets every ring of that dimension twice. It grows as "
    "n^(2/3), a fat tree's as n: a torus is for neighbours (rings), not for all-to-all.",
)
def torus_bisection(x: float, y: float, z: float, bandwidth: float) -> float:
    """Bytes a second, one direction, between two halves of a torus."""
    return 2 * x * y * z / num.maximum(x, num.maximum(y, z)) * bandwidth


@equation(
    id="torus-diameter",
    title="Longest way in a torus",
    formula="floor(x/2) + floor(y/2) + floor(z/2)",
    result=Symbol("hops", "H", "1", "hops between the two end points farthest apart", low=0, integer=True),
    symbols=_SIDES,
    source=_TORUS,
)
def torus_diameter(x: float, y: float, z: float) -> float:
    """Hops of the longest shortest way in a torus."""
    return num.floor(x / 2) + num.floor(y / 2) + num.floor(z / 2)


@equation(
    id="torus-mean-hops",
    title="Mean way in a torus",
    formula="floor(x**2/4)/x + floor(y**2/4)/y + floor(z**2/4)/z",
    result=Symbol("hops", "H", "1", "hops to a random end point, itself included", low=0),
    symbols=_SIDES,
    source=_TORUS,
    note="About a quarter of each side. Random traffic keeps this many links busy for each message, a switch only two.",
)
def torus_mean_hops(x: float, y: float, z: float) -> float:
    """Hops that a message to a random end point takes."""
    return num.floor(x * x / 4) / x + num.floor(y * y / 4) / y + num.floor(z * z / 4) / z


@equation(
    id="torus-all-reduce-time",
    title="All-reduce on a torus",
    formula="2*(x*y*z-1)/(x*y*z)*M/(2*B*max(1, min(1, x-1) + min(1, y-1) + min(1, z-1))) + 2*(x + y + z - 3)*alpha",
    result=Symbol("time", "T", "s", "time of the all-reduce", low=0),
    symbols=(_SIZE, *_SIDES, _LINK, Symbol("latency", "alpha", "s", "latency of a hop", low=0)),
    source="Jain & Sabharwal 2010, Optimal Bucket Algorithms for Large MPI Collectives on Torus Interconnects: the "
    "buffer in parts, one for each direction of each dimension, each with another order of the dimensions",
    note="All links of an end point (two a dimension) are busy all the time: exact for equal sides of at least 3, a "
    "lower bound for others.",
)
def torus_all_reduce_time(size: float, x: float, y: float, z: float, bandwidth: float, latency: float) -> float:
    """Seconds of an all-reduce that uses both directions of every dimension."""
    points = x * y * z
    dimensions = num.maximum(1, num.minimum(1, x - 1) + num.minimum(1, y - 1) + num.minimum(1, z - 1))
    return 2 * (points - 1) / points * size / (2 * bandwidth * dimensions) + 2 * (x + y + z - 3) * latency


@equation(
    id="bisection-all-to-all-time",
    title="All-to-all through the bisection",
    formula="floor(n/2)*(n - floor(n/2))/n*M/B_bis",
    result=Symbol("time", "T", "s", "least time of the all-to-all", low=0),
    symbols=(
        _SIZE,
        _POINTS,
        Symbol("bisection", "B_bis", "B/s", "bandwidth between two halves, one direction", low=0, low_open=True),
    ),
    source=_TORUS + " (bisection bound on throughput)",
    note="A quarter of all data crosses the middle in each direction. A lower bound: the way in and out of each end "
    "point is the other one (all-to-all-time).",
)
def bisection_all_to_all_time(size: float, points: float, bisection: float) -> float:
    """Least seconds until each of `points` end points has sent an equal part of its `size` bytes to every other."""
    half = num.floor(points / 2)
    return half * (points - half) / points * size / bisection


@equation(
    id="rail-group-gpus",
    title="GPUs one switch apart on rails",
    formula="g*floor(P*r/(1+r))",
    result=Symbol("count", "n", "1", "GPUs whose rails end on the same g switches", low=0, integer=True),
    symbols=(_GPUS, _PORTS, _OVERSUBSCRIPTION),
    source=_RAILS,
    note="GPU i of each node hangs on switch i, so a switch serves one GPU of each of many nodes instead of all GPUs of "
    "few: g times as many nodes are one switch away for the rings of data parallelism.",
)
def rail_group_gpus(gpus: float, ports: float, oversubscription: float) -> float:
    """How many GPUs reach their peers on other nodes through a single switch of `ports` ports."""
    return gpus * num.floor(ports * oversubscription / (1 + oversubscription))


@equation(
    id="cross-rail-share",
    title="Traffic that changes rails",
    formula="(g-1)/g",
    result=Symbol(
        "share", "x", "1", "share of all-to-all traffic between nodes whose ends are on different rails", low=0
    ),
    symbols=(_GPUS,),
    source=_RAILS,
    note="It crosses the spine, or first moves inside the node to the GPU on the right rail. A ring between equal "
    "ranks of nodes never changes rails.",
)
def cross_rail_share(gpus: float) -> float:
    """Share of the bytes of an all-to-all between nodes that must change rails."""
    return (gpus - 1) / gpus
