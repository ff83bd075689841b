"""Which algorithm and protocol: a library runs the fastest one, so the time is the minimum of the modelled ones.

    Protocol   what one way of copying costs: launch, hops, and the share of the wire that is payload
    Fabric     achieved rates of the node's links and ports, and what the switch can do

Low-latency protocols send a flag beside the data: hops are short, the wire is half empty. So small messages take those
and long ones the simple protocol; few ranks take a ring, many nodes a tree; a switch that reduces wins on long messages.

Every field and argument is a float or an array. `function.raw` skips the checks, for sweeps over checked inputs.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from . import num
from .catalogue import Catalogued, InputError, Symbol
from .collective_models import (
    GPUS,
    HOP,
    IN_FLIGHT,
    LAUNCH,
    LINK,
    NODES,
    PORT_HOP,
    PORTS,
    SIZE,
    SWITCH_LATENCY,
    all_to_all_time,
    broadcast_time,
    flat_ring_all_reduce_time,
    flat_ring_pass_time,
    switch_all_reduce_time,
    tree_over_nodes_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RING, TREE, SWITCH = ALGORITHMS = ("ring", "tree", "switch")
_NEVER = 1e-9  # share of a switch that cannot reduce: its time is then no minimum, in arrays too
_SHARE = Symbol("share", "q", "1", "share of the wire that is payload", low=0, high=1, low_open=True)
_SWITCH = Symbol("switch_share", "e", "1", "share of the link's rate that in-network reduction reaches", low=0, high=1)


class Protocol(NamedTuple):
    """One way of copying: seconds of the launch and of a hop, and the payload's share of the wire.

    `port_` is between nodes. A tree's hop between nodes receives from children and sends on, so it costs more.
    """

    launch: float
    ring_hop: float
    ring_port_hop: float
    tree_launch: float
    tree_hop: float
    tree_port_hop: float
    share: float = 1.0
    port_share: float = 1.0


class Fabric(NamedTuple):
    """What a group of GPUs communicates over.

    `link_bandwidth` is one GPU's, `node_bandwidth` that of all ports which the group may use in a node: both in bytes/s,
    one direction, as achieved. Groups that share a node's ports share `node_bandwidth`. `switch_share` 0: no in-network
    reduction. For long messages `protocols` may hold the simple one alone, which saves two thirds of the time.
    """

    link_bandwidth: float
    node_bandwidth: float
    in_flight: float
    protocols: tuple[Protocol, ...]
    switch_share: float = 0.0
    switch_latency: float = 0.0
    switch_port_hop: float = 0.0


def _checked(function: Callable[..., Any]) -> Catalogued[..., float]:
    """Check size, group and fabric on each call; `.raw` does not."""

    @functools.wraps(function)
    def checked(size: float, gpus: float, nodes: float, fabric: Fabric, *more: Any, **named: Any) -> Any:
        SIZE.check(size)
        GPUS.check(gpus)
        NODES.check(nodes)
        try:
            _check_once(fabric)
        except TypeError:  # a field is an array, which has no hash
            check_fabric(fabric)
        return function(size, gpus, nodes, fabric, *more, **named)

    vars(checked)["raw"] = function
    return cast("Catalogued[..., float]", checked)


def check_fabric(fabric: Fabric) -> None:
    """Raise InputError naming the first field of the fabric, or of its protocols, that is out of range."""
    LINK.check(fabric.link_bandwidth)
    PORTS.check(fabric.node_bandwidth)
    IN_FLIGHT.check(fabric.in_flight)
    _SWITCH.check(fabric.switch_share)
    SWITCH_LATENCY.check(fabric.switch_latency)
    PORT_HOP.check(fabric.switch_port_hop)
    if not fabric.protocols:
        raise InputError(
            "protocols must hold at least one protocol, got none", "protocols", (), "at least one protocol"
        )
    for protocol in fabric.protocols:
        for launch in (protocol.launch, protocol.tree_launch):
            LAUNCH.check(launch)
        for hop in (protocol.ring_hop, protocol.ring_port_hop, protocol.tree_hop, protocol.tree_port_hop):
            HOP.check(hop)
        for share in (protocol.share, protocol.port_share):
            _SHARE.check(share)


_check_once = functools.lru_cache(maxsize=64)(check_fabric)


@_checked
def all_reduce_time(
    size: float, gpus: float, nodes: float, fabric: Fabric, algorithms: tuple[str, ...] = ALGORITHMS
) -> float:
    """Seconds of an all-reduce of `size` bytes over `gpus` GPUs in each of `nodes` nodes: the fastest way there is.

    `algorithms` limits the choice (a run with NCCL_ALGO=Ring). A group of one is free. Raises InputError for a number
    out of range and for a choice that holds nothing this fabric can do.
    """
    times = [time for _, time in candidates(size, gpus, nodes, fabric, algorithms)]
    if not times:
        words = "ring, tree, or switch where the fabric has one and no group has a single GPU in a node"
        raise InputError(
            f"algorithms must hold one of {words}, got {algorithms}", "algorithms", algorithms, f"one of {words}"
        )
    return functools.reduce(num.minimum, times)


def candidates(
    size: float, gpus: float, nodes: float, fabric: Fabric, algorithms: tuple[str, ...] = ALGORITHMS
) -> list[tuple[str, float]]:
    """Name ("ring", "tree", "switch") and seconds of each way that the fabric allows, one for each protocol."""
    link, ports, in_flight = fabric.link_bandwidth, fabric.node_bandwidth, fabric.in_flight
    found: list[tuple[str, float]] = []
    for p in fabric.protocols:
        rates = (link * p.share, ports * p.port_share)
        if RING in algorithms:
            time = flat_ring_all_reduce_time.raw(size, gpus, nodes, p.launch, p.ring_hop, p.ring_port_hop, *rates)
            found.append((RING, time))
        if TREE in algorithms:
            hops = (p.tree_launch, p.tree_hop, p.tree_port_hop)
            found.append((TREE, tree_over_nodes_time.raw(size, gpus, nodes, *hops, *rates, in_flight)))
    if SWITCH in algorithms and _somewhere(fabric.switch_share) and _somewhere(gpus, above=1):
        share = num.maximum(fabric.switch_share, _NEVER)
        share = num.where(gpus > 1, share, _NEVER)
        latency = (fabric.switch_latency, fabric.switch_port_hop)
        time = switch_all_reduce_time.raw(size, gpus, nodes, *latency, link, ports, share, in_flight)
        # With nothing to send, rates don't tell: a group of one stays free, a switch that is none stays out.
        found.append((SWITCH, num.where(share > _NEVER, time, time + 1 / _NEVER)))
    return found


@_checked
def all_gather_time(size: float, gpus: float, nodes: float, fabric: Fabric) -> float:
    """Seconds until every GPU of the group holds all `size` bytes, of which it had one share."""
    return _pass_time(size, gpus, nodes, fabric)


@_checked
def reduce_scatter_time(size: float, gpus: float, nodes: float, fabric: Fabric) -> float:
    """Seconds until every GPU of the group holds its reduced share of `size` bytes."""
    return _pass_time(size, gpus, nodes, fabric)


@_checked
def fastest_all_to_all_time(size: float, gpus: float, nodes: float, fabric: Fabric) -> float:
    """Seconds until every GPU has sent an equal part of its `size` bytes to every other GPU of the group."""
    return _fastest(all_to_all_time.raw, size, gpus, nodes, fabric)


@_checked
def fastest_broadcast_time(size: float, gpus: float, nodes: float, fabric: Fabric) -> float:
    """Seconds until all GPUs of the group hold the `size` bytes of one; a reduction to one GPU takes as long."""
    return _fastest(broadcast_time.raw, size, gpus, nodes, fabric, fabric.in_flight)


def _pass_time(size: float, gpus: float, nodes: float, fabric: Fabric) -> float:
    return _fastest(flat_ring_pass_time.raw, size, gpus, nodes, fabric)


def _fastest(
    model: Callable[..., float], size: float, gpus: float, nodes: float, fabric: Fabric, *more: float
) -> float:
    times = [
        model(
            size,
            gpus,
            nodes,
            p.launch,
            p.ring_hop,
            p.ring_port_hop,
            fabric.link_bandwidth * p.share,
            fabric.node_bandwidth * p.port_share,
            *more,
        )
        for p in fabric.protocols
    ]
    return functools.reduce(num.minimum, times)


def _somewhere(value: Any, above: float = 0) -> bool:
    """Whether a number, or any element of an array, is above the bound."""
    return bool((value > above).any()) if num.is_array(value) else bool(value > above)
