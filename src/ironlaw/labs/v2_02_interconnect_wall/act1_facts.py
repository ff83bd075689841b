"""The facts of act I: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v2_02_interconnect_wall import cliff
from ironlaw.labs.v2_02_interconnect_wall.act1_panel import START
from ironlaw.physics import collectives, memory

# Where the bands of the prediction meet.
EDGES = (1.25, 2.0, 3.3, 6.0)


@cache
def facts() -> Facts:
    """The scenario's numbers: the same design in the NVLink node and on the cheap servers."""
    node = cliff.model(START)
    cheap = cliff.model({**START, "wire": cliff.CHEAP_WIRE})
    nvlink, ethernet = registry.get("nvlink4"), registry.get(cliff.CHEAP_WIRE)
    gpu, card = registry.get("h100-sxm"), registry.get("h100-pcie")
    told = {
        "ratio": Q(cheap["slowdown"], "ratio"),
        "bandwidth_ratio": Q(nvlink["bandwidth"] / ethernet["bandwidth"], "ratio"),
        "no_overlap_ratio": Q(_slowdown(overlap=0.0), "ratio"),
        "full_overlap_ratio": Q(_slowdown(overlap=1.0), "ratio"),
        "node_step": Q(node["step"], "seconds"),
        "cheap_step": Q(cheap["step"], "seconds"),
        "compute": Q(cheap["compute"], "seconds"),
        "node_communication": Q(node["communication"], "seconds"),
        "cheap_communication": Q(cheap["communication"], "seconds"),
        "cheap_hidden": Q(cheap["hidden"], "seconds"),
        "cheap_exposed": Q(cheap["exposed"], "seconds"),
        "volume": Q(node["volume"], "bytes"),
        "gradient": Q(node["gradient"], "bytes"),
        "volume_ratio": Q(node["volume_ratio"], "ratio"),
        "cost_ratio": Q(cheap["cost_ratio"], "ratio"),
        "node_cost": Q(node["cost"], "usd_per_million_tokens"),
        "cheap_cost": Q(cheap["cost"], "usd_per_million_tokens"),
        "discount": Q(cliff.DISCOUNT, "share"),
        "parameters": Q(cliff.PARAMETERS, "parameters"),
        "one": Q(1.0, "count"),
        "nothing": Q(0.0, "seconds"),
        "sharded_state": Q(
            cliff.memory_bytes(cliff.PARAMETERS, cliff.TOKENS, cliff.NODE_GPUS, cliff.ZERO)
            - cliff.activations(cliff.PARAMETERS, cliff.TOKENS),
            "bytes",
        ),
        "gpus": Q(cliff.NODE_GPUS, "count"),
        "tokens": Q(cliff.TOKENS, "tokens"),
        "draft": Q(cliff.FIRST_DRAFT, "parameters"),
        "draft_state": Q(memory.training_state_bytes(cliff.FIRST_DRAFT, 1.0, 1.0, 1.0), "gigabytes"),
        "node_capacity": Q(cliff.NODE_GPUS * gpu["memory_capacity"], "gigabytes"),
        "nvlink": Q(nvlink["bandwidth"], "bandwidth"),
        "nvlink_both": Q(nvlink["bandwidth_bidirectional"], "bandwidth"),
        "ethernet": Q(ethernet["bandwidth"], "bandwidth"),
        "ethernet_line": Q(ethernet["line_rate"], "bit_rate"),
        "sxm_peak": Q(gpu["peak_bf16"], "flop_rate"),
        "pcie_peak": Q(card["peak_bf16"], "flop_rate"),
    }
    return told | {f"edge{i}": Q(edge, "ratio") for i, edge in enumerate(EDGES, 1)} | _claims()


def _slowdown(**change: float) -> float:
    value = cliff.model({**START, "wire": cliff.CHEAP_WIRE, **change})["slowdown"]
    if not isinstance(value, float):
        raise TypeError("the scenario's design does not fit")
    return value


def _claims() -> dict[str, Q]:
    """How far each explanation of the volume misses the engine, at worst, over numbers of GPUs and bytes of a value."""
    worst = dict.fromkeys(("phases", "passes", "format", "accumulation"), 0.0)
    for ranks in (2.0, 4.0, 8.0, 64.0):
        for value_bytes in (2.0, 4.0):
            size = value_bytes * cliff.PARAMETERS
            engine = collectives.ring_all_reduce_volume(ranks, size)
            said = {
                "phases": 2 * collectives.ring_pass_volume(ranks, size),
                "passes": 2 * size,  # once forward, once backward, whatever the number of GPUs
                "format": size * 4.0 / value_bytes,  # 16-bit values travel twice to keep 32-bit precision
                "accumulation": 2 * size,  # doubled by adding up batches, of which the scenario has one
            }
            for name, volume in said.items():
                worst[name] = max(worst[name], abs(volume - engine) / engine)
    return {f"miss_{name}": Q(miss, "share") for name, miss in worst.items()}
