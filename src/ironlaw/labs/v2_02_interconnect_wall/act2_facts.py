"""The facts of act II: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v2_02_interconnect_wall import boundary, cliff
from ironlaw.labs.v2_02_interconnect_wall.act2_panel import START


@cache
def facts() -> Facts:
    """The scenario's numbers: the first week's design, its losses, and the remedies."""
    start = boundary.model(START)
    port = registry.get(boundary.PORT)
    full = boundary.model({**START, "ports": 8.0})
    told = {
        "promised": Q(boundary.NODES, "ratio"),
        "speedup": Q(start["speedup"], "ratio"),
        "efficiency": Q(start["efficiency"], "share"),
        "nodes": Q(boundary.NODES, "count"),
        "node_gpus": Q(boundary.NODE_GPUS, "count"),
        "parameters": Q(boundary.PARAMETERS, "parameters"),
        "tokens": Q(boundary.TOKENS, "tokens"),
        "critical": Q(boundary.CRITICAL_BATCH, "tokens"),
        "batch": Q(start["batch"], "tokens"),
        "target": Q(boundary.TARGET, "share"),
        "oversubscription": Q(boundary.OVERSUBSCRIPTION, "ratio"),
        "leaf_nodes": Q(boundary.LEAF_NODES, "count"),
        "port": Q(port.name, "text"),
        "port_rate": Q(port["bandwidth"], "bandwidth"),
        "nvlink": Q(registry.get("nvlink4")["bandwidth"], "bandwidth"),
        "nvlink_both": Q(registry.get("nvlink4")["bandwidth_bidirectional"], "bandwidth"),
        "one": Q(1.0, "count"),
        "value_bytes": Q(cliff.VALUE_BYTES, "bytes"),
        "width": Q(boundary.width(boundary.PARAMETERS), "count"),
        "boundary_bytes": Q(boundary.boundary_bytes(boundary.PARAMETERS), "bytes"),
        "compute": Q(start["compute"], "seconds"),
        "step": Q(start["step"], "seconds"),
        "base_step": Q(start["base_step"], "seconds"),
        "crossing": Q(start["crossing"], "bytes"),
        "gradient": Q(start["gradient"], "bytes"),
        "buckets": Q(start["buckets"], "count"),
        "cliff_gpu": Q(start["cliff_gpu"], "ratio"),
        "cliff_full": Q(full["cliff_gpu"], "ratio"),
        "full_efficiency": Q(full["efficiency"], "share"),
        "loss_framework": Q(start["framework"], "seconds"),
        "loss_latency": Q(start["exposed_latency"], "seconds"),
        "loss_ports": Q(start["exposed_inter"], "seconds"),
        "loss_bisection": Q(start["exposed_bisection"], "seconds"),
        "loss_inside": Q(start["exposed_intra"], "seconds"),
    }
    for name, (crossing, at_work) in boundary.remedies().items():
        told[f"bytes_{name}"] = Q(crossing, "bytes_per_token")
        told[f"work_{name}"] = Q(at_work / boundary.NODES, "share")
    for name, (card, switch) in boundary.PORT_PRICES.items():
        told["card_" + name.replace("-", "_")] = Q(card, "usd")
        told["switch_" + name.replace("-", "_")] = Q(switch, "usd")
    return told
