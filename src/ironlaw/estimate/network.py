"""From links of the registry to a fabric that the collectives run on.

link       inside a node: NVLink, Infinity Fabric, PCIe          network   a port between nodes: InfiniBand, EFA, …
achieved   rate × bus efficiency, one direction                  hop       what the fabric prints for a tree's level
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics.collective_choice import Fabric, Protocol

if TYPE_CHECKING:
    from ironlaw.registry import Entity

PROTOCOLS = ("nccl-ll", "nccl-ll128", "nccl-simple")
PIPELINE = "collective-pipeline"
OWN_LINKS = ("gaudi", "tpu", "trainium")  # links of their own; some have the rate of an NVLink by chance


def fabric(
    link: str,
    network: str | None = None,
    *,
    gpus: int = 8,
    ports: float = 1.0,
    link_rate: float | None = None,
    port_rate: float | None = None,
    switch: bool = True,
    protocols: tuple[str, ...] = PROTOCOLS,
) -> Fabric:
    """The fabric of a group with `gpus` GPUs in a node on `link`, and `ports` ports of `network` a node.

    `ports` may be a fraction: eight groups that share four ports have half a port each. Rates (bytes/s, one direction,
    nominal) replace the registry's. `switch` False: no in-network reduction. Without a network there is one node.
    Raises UnknownEntity for a link, network or protocol that the registry lacks.
    """
    wire = registry.get(link)
    achieved = _link_rate(wire, gpus, link_rate) * wire["bus_efficiency"]
    between = registry.get(network) if network is not None else None
    across = (
        (port_rate if port_rate is not None else between["bandwidth"]) * between["bus_efficiency"] * ports
        if between is not None
        else achieved  # one node: never asked for
    )
    reduces = switch and "switch_share" in wire
    simple = registry.get("nccl-simple")
    return Fabric(
        link_bandwidth=achieved,
        node_bandwidth=across,
        in_flight=registry.get(PIPELINE)["in_flight"],
        protocols=_protocols(link, network, protocols),
        switch_share=wire["switch_share"] if reduces else 0.0,
        switch_latency=wire["switch_latency"] if reduces else 0.0,
        switch_port_hop=_port_hop(simple, between, "port_tree_hop"),
    )


def link_of(device: Entity) -> Entity | None:
    """The link between GPUs of this kind: the one whose rate is the device's. None where the registry has none.

    Datasheets round PCIe up (32 GB/s for 31.5), so 2 % of difference is the same link.
    """
    if "link_bandwidth" not in device or device.id.startswith(OWN_LINKS):
        return None
    rate = device["link_bandwidth"]
    inside = [link for link in registry.every("link") if "lanes" in link]
    nearest = min(inside, key=lambda link: abs(link["bandwidth"] - rate))
    return nearest if math.isclose(nearest["bandwidth"], rate, rel_tol=0.02) else None


def _link_rate(wire: Entity, gpus: int, given: float | None) -> float:
    """Nominal rate of a GPU towards the others of its group: on a full mesh, only the links to those."""
    rate = wire["bandwidth"] if given is None else given
    if "pair_bandwidth" in wire:
        rate = min(rate, wire["pair_bandwidth"] * max(gpus - 1, 1))
    return rate


@functools.lru_cache(maxsize=256)
def _protocols(link: str, network: str | None, names: tuple[str, ...]) -> tuple[Protocol, ...]:
    between = registry.get(network) if network is not None else None
    inside = "pcie" if link.startswith("pcie") else "nvlink"
    chosen = [registry.get(name) for name in names]
    if between is not None and "ordered_unit" in between:
        chosen = [p for p in chosen if p["unit"] <= between["ordered_unit"]]
    return tuple(
        Protocol(
            launch=p["ring_launch"],
            ring_hop=p[f"{inside}_ring_hop"],
            ring_port_hop=_port_hop(p, between, "port_ring_hop"),
            tree_launch=p["tree_launch"],
            tree_hop=p[f"{inside}_tree_hop"],
            tree_port_hop=_port_hop(p, between, "port_tree_hop"),
            share=p["share"],
            port_share=p["port_share"],
        )
        for p in chosen
    )


def _port_hop(protocol: Entity, between: Entity | None, name: str) -> float:
    """A hop between nodes. A slow fabric prints a tree's level (`hop`) and half of it, a send alone (`latency`).

    A protocol whose ring hop is as long as its tree hop (Simple: it waits until the data are flushed) gains nothing.
    """
    own = protocol[name]
    if between is None or "hop" not in between:
        return own
    alone = name == "port_ring_hop" and own < protocol["port_tree_hop"]
    return max(own, between["latency" if alone else "hop"])
