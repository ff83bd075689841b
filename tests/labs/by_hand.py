"""The physics of v2_02 once more, from its sheet: plain arithmetic, numbers from the registry, nothing from the engine.

Legend: P parameters, T tokens a GPU in a (micro-)batch, n GPUs, N nodes, G GPUs a node, M gradient bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from ironlaw import registry

BUCKET = 25 * 2**20  # bytes, PyTorch's default
GPU_HOUR = 2.50  # USD, the scenario's node
CHEAPER = 0.40  # of the servers
FRAMEWORK = 0.025  # seconds
MICRO_TOKENS = 8192
CRITICAL_BATCH = 2**21
PORTS_USD = {  # adapter port with cable, switch port
    "ethernet-100g": 500 + 400,
    "infiniband-hdr": 900 + 700,
    "infiniband-ndr": 1800 + 1400,
    "infiniband-xdr": 4000 + 3500,
}

CLIFF: dict[str, Any] = {
    "parameters": 13e9,
    "tokens": 8192.0,
    "wire": "nvlink4",
    "overlap": 0.5,
    "gpus": 8.0,
    "zero": 2,
    "gpu": "h100-sxm",
}
BOUNDARY: dict[str, Any] = {
    "nodes": 16.0,
    "ports": 1.0,
    "overlap": 0.0,
    "accumulation": 1.0,
    "port": "infiniband-ndr",
    "gpus": 8.0,
    "parameters": 13e9,
    "gpu": "h100-sxm",
    "placement": "packed",
}


def shape(parameters: float) -> tuple[float, float]:
    """Layers and width of a GPT-3-shaped model: P = 12·L·h², h = 128·L."""
    layers = float((parameters / (12 * 128**2)) ** (1 / 3))
    return layers, 128 * layers


def kept_activations(parameters: float, tokens: float) -> float:
    """Full recomputation: 2 bytes a token, layer and unit of width, and 34 for the one layer that is being repeated."""
    layers, width = shape(parameters)
    return tokens * width * (2 * layers + 34)


def state(parameters: float, gpus: float, zero: int) -> float:
    """Bytes a GPU: weights 2, gradients 2, Adam 12 a parameter; stage 1 shards Adam, 2 gradients too, 3 weights too."""
    weights = 2 * parameters / (gpus if zero >= 3 else 1)
    gradients = 2 * parameters / (gpus if zero >= 2 else 1)
    adam = 12 * parameters / (gpus if zero >= 1 else 1)
    return weights + gradients + adam


def compute(parameters: float, tokens: float, gpu: str = "h100-sxm") -> float:
    """Two FLOP forward, four backward, two to recompute, at the share of the dense peak that was measured."""
    reached = registry.get("compute-efficiency-h100")["hfu"] * registry.get(gpu)["peak_bf16"]
    return (2 + 4 + 2) * parameters * tokens / reached


def ring_pass(ranks: int, size: float, rate: float, hop: float, buckets: int) -> tuple[float, float]:
    """(bytes a GPU sends, seconds) of one trip round a ring: count the steps, each carries one share of the buffer."""
    sent = seconds = 0.0
    for _ in range(ranks - 1):
        sent += size / ranks
        seconds += size / ranks / rate + buckets * hop
    return sent, seconds


def beside(work: float, wire: float, held: float) -> tuple[float, float]:
    """(seconds until the work is done, seconds of wire in them): while both run, the work has 1 - `held` of the GPU."""
    together = min(wire, work / (1 - held))
    alone = work - together * (1 - held)
    return together + alone, together


def held_share() -> float:
    """Share of the GPU that communication holds."""
    return registry.get("overlap-sm-share")["share"]


def cliff(settings: Mapping[str, Any]) -> dict[str, float]:
    """Act I."""
    parameters, tokens, gpus = settings["parameters"], settings["tokens"], int(settings["gpus"])
    zero, gpu = settings["zero"], settings["gpu"]
    told = {
        "memory": state(parameters, gpus, zero) + kept_activations(parameters, tokens),
        "capacity": registry.get(gpu)["memory_capacity"],
        "state": 16 * parameters,
        "node_capacity": gpus * registry.get(gpu)["memory_capacity"],
    }
    if told["memory"] > told["capacity"]:
        return told
    here, node = _cliff_step(settings, settings["wire"]), _cliff_step(settings, "nvlink4")
    price = GPU_HOUR * (1 if settings["wire"] == "nvlink4" else 1 - CHEAPER) / 3600
    cost = price * here["step"] / tokens  # dollars a token: one GPU's second, one GPU's tokens
    node_cost = GPU_HOUR / 3600 * node["step"] / tokens
    return (
        told
        | here
        | {
            "efficiency": here["compute"] / here["step"],
            "overhead": here["step"] / here["compute"] - 1,
            "slowdown": here["step"] / node["step"],
            "node_step": node["step"],
            "volume_ratio": here["volume"] / here["gradient"],
            "cost": cost,
            "cost_ratio": cost / node_cost,
            "tokens_per_dollar": 1 / cost,
        }
    )


def _cliff_step(settings: Mapping[str, Any], wire: str) -> dict[str, float]:
    link = registry.get(wire)
    size = 2 * settings["parameters"]
    rate = link["bandwidth"] * link["bus_efficiency"]
    sent, seconds = ring_pass(int(settings["gpus"]), size, rate, link["latency"], ceil(size / BUCKET))
    trips, under_backward = {0: (2, 2), 1: (2, 1), 2: (2, 1), 3: (3, 2)}[settings["zero"]]
    busy = compute(settings["parameters"], settings["tokens"], settings["gpu"])
    backward = busy * 6 / 8
    elapsed, hidden = beside(backward, settings["overlap"] * under_backward * seconds, held_share())
    exposed = trips * seconds - hidden
    return {
        "gradient": size,
        "volume": trips * sent,
        "phase": seconds,
        "communication": trips * seconds,
        "compute": busy,
        "hidden": hidden,
        "exposed": exposed,
        "contention": elapsed - backward,
        "step": busy - backward + elapsed + exposed,
    }


def boundary(settings: Mapping[str, Any]) -> dict[str, float]:
    """Act II."""
    nodes, gpus, ports = int(settings["nodes"]), int(settings["gpus"]), int(settings["ports"])
    parameters, times = settings["parameters"], int(settings["accumulation"])
    told = {
        "memory": _boundary_memory(parameters, nodes * gpus),
        "capacity": registry.get(settings["gpu"])["memory_capacity"],
        "batch": nodes * gpus * MICRO_TOKENS * times,
        "critical_batch": CRITICAL_BATCH,
        "added_cost": nodes * PORTS_USD[settings["port"]] * (ports - (settings["port"] == "infiniband-ndr")),
    }
    if told["memory"] > told["capacity"]:
        return told
    fewest = next(n for n in range(1, 65) if _boundary_memory(parameters, n * gpus) <= told["capacity"])
    here, base = _boundary_step(settings, nodes), _boundary_step(settings, fewest)
    speedup = (nodes / here["step"]) / (fewest / base["step"])  # the work of a GPU is the same in both
    door = ports * registry.get(settings["port"])["bandwidth"]
    share = min(door / gpus, registry.get("pcie-gen5-x16")["bandwidth"])
    nvlink = registry.get("nvlink4")["bandwidth"]
    crossing = between_nodes(nodes, gpus, 2 * parameters)
    return (
        told
        | here
        | {
            "base_nodes": fewest,
            "base_step": base["step"],
            "speedup": speedup,
            "ideal": nodes / fewest,
            "efficiency": speedup * fewest / nodes,
            "overhead": here["step"] / here["compute"] - 1,
            "tokens_per_second": told["batch"] / here["step"],
            "port_share": share,
            "cliff_gpu": nvlink / share,
            "cliff_node": nvlink / door,
            "pipeline_bytes_per_token": (nodes - 1) * 2 * shape(parameters)[1] * 2,
            "crossing": crossing,
            "bytes_per_token": nodes * crossing / told["batch"],
        }
    )


def _boundary_memory(parameters: float, gpus: int) -> float:
    return state(parameters, gpus, 1) + kept_activations(parameters, MICRO_TOKENS)


def between_nodes(nodes: int, gpus: int, size: float) -> float:
    """Bytes a node sends: each of its GPUs reduces its shard over a ring of nodes, and gathers it again."""
    return sum(2 * ring_pass(nodes, size / gpus, 1.0, 0.0, 1)[0] for _ in range(gpus))


def uplink_load(nodes: int, placement: str) -> float:
    """Flows out of a leaf of eight nodes ÷ the four that its uplinks carry (oversubscribed twice)."""
    if nodes <= 8:
        return 0.0
    leaving = 1.0 if placement == "packed" else 8 * (nodes - 8) / (nodes - 1)  # the next node is any of the others
    return leaving / 4


def _boundary_step(settings: Mapping[str, Any], nodes: int) -> dict[str, float]:
    gpus, size = int(settings["gpus"]), 2 * settings["parameters"]
    inside, outside = registry.get("nvlink4"), registry.get(settings["port"])
    buckets = ceil(size / BUCKET)
    intra = 2 * ring_pass(gpus, size, inside["bandwidth"] * inside["bus_efficiency"], 0.0, buckets)[1]
    host = registry.get("pcie-gen5-x16")
    fed = gpus * host["bandwidth"] * host["bus_efficiency"]  # the GPUs feed the ports, each over its own PCIe link
    door = min(settings["ports"] * outside["bandwidth"] * outside["bus_efficiency"], fed)
    inter = between_nodes(nodes, gpus, size) / door
    hops = 2 * buckets * ((gpus - 1) * inside["latency"] + (nodes - 1) * outside["latency"])
    fabric = inter * (max(1.0, uplink_load(nodes, settings["placement"])) - 1)
    whole = intra + inter + hops + fabric
    micro = compute(settings["parameters"], MICRO_TOKENS, settings["gpu"])
    backward = micro * 6 / 8
    elapsed, hidden = beside(backward, settings["overlap"] * whole / 2, held_share())
    exposed = whole - hidden
    part = exposed / whole
    busy = micro * settings["accumulation"]
    return {
        "gradient": size,
        "intra": intra,
        "inter": inter,
        "latency": hops,
        "bisection": fabric,
        "communication": whole,
        "compute": busy,
        "hidden": hidden,
        "exposed": exposed,
        "contention": elapsed - backward,
        "exposed_intra": intra * part,
        "exposed_inter": inter * part,
        "exposed_latency": hops * part,
        "exposed_bisection": fabric * part,
        "framework": FRAMEWORK,
        "step": busy - backward + elapsed + exposed + FRAMEWORK,
    }
