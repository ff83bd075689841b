"""The model of act II: data parallelism over nodes whose GPUs share a few network ports.

Legend: N nodes, G GPUs a node, p ports a node, M gradient bytes, T tokens a GPU in one micro-batch, k micro-batches
accumulated before the exchange.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.labs.v2_02_interconnect_wall import cliff
from ironlaw.physics import collectives, economics, fabric, memory, overlap, pipeline, step, transformer

# The scenario's givens.
PARAMETERS = cliff.PARAMETERS
TOKENS = 8192.0
NODES = 16.0
NODE_GPUS = 8.0
PORT = "infiniband-ndr"
HOST_LINK = "pcie-gen5-x16"  # from each GPU of the node to its network ports
FRAMEWORK = 0.025  # seconds a step outside compute and exchange, from the team's profile
CRITICAL_BATCH = 2.0**21  # tokens a step beyond which the run gains nothing from more
LEAF_NODES = 8.0  # nodes a leaf switch
OVERSUBSCRIPTION = 2.0  # of the leaf's uplinks
TARGET = 0.9  # scaling efficiency that the lead wants
MAX_NODES = 64

# The scenario's quotation, in dollars: an adapter port with its cable, and the switch port it plugs into.
PORT_PRICES = {
    "ethernet-100g": (500.0, 400.0),
    "infiniband-hdr": (900.0, 700.0),
    "infiniband-ndr": (1_800.0, 1_400.0),
    "infiniband-xdr": (4_000.0, 3_500.0),
}

# Where the instrument starts: the first week's design.
START: Settings = {
    "nodes": NODES,
    "ports": 1.0,
    "overlap": 0.0,
    "accumulation": 1.0,
    "port": PORT,
    "gpus": NODE_GPUS,
    "parameters": PARAMETERS,
    "gpu": "h100-sxm",
    "placement": "packed",
}


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act II. A plan that does not fit has its memory and batch figures and nothing else."""
    s: Any = settings
    values: dict[str, Value] = dict.fromkeys(_measured())
    batch = s["nodes"] * s["gpus"] * TOKENS * s["accumulation"]
    capacity = registry.get(s["gpu"])["memory_capacity"]
    values |= {
        "memory": memory_bytes(s["parameters"], s["nodes"] * s["gpus"]),
        "capacity": capacity,
        "batch": batch,
        "critical_batch": CRITICAL_BATCH,
        "nodes": s["nodes"],
        "gpus": s["gpus"],
        "ports": s["ports"],
        "parameters": s["parameters"],
        "gpu": registry.get(s["gpu"]).name,
        "added_cost": added_cost(s["nodes"], s["ports"], s["port"]),
        "target": TARGET,
        "full": 1.0,
    }
    if values["memory"] > capacity:  # type: ignore[operator]  # it was set to a float above
        return values
    return values | _timed(s)


def memory_bytes(parameters: float, gpus: float) -> float:
    """One GPU under ZeRO-1: whole weights and gradients (they accumulate where they are), Adam states sharded."""
    return memory.training_state_bytes(parameters, *memory.zero_shards(1, int(gpus))) + cliff.activations(
        parameters, TOKENS
    )


def added_cost(nodes: float, ports: float, port: str) -> float:
    """Ports to buy. The installed card stays where its speed is kept."""
    bought = ports - 1 if port == PORT else ports
    return economics.network_cost(nodes, bought, *PORT_PRICES[port])


@lru_cache(maxsize=4096)
def timing(
    nodes: float,
    gpus: float,
    parameters: float,
    ports: float,
    port: str,
    share: float,
    accumulation: float,
    gpu: str,
    placement: str,
) -> dict[str, float]:
    """One step: the terms of the exchange, what hides, and what each term costs once it is exposed."""
    inside, outside = registry.get("nvlink4"), registry.get(port)
    size = cliff.VALUE_BYTES * parameters
    buckets = collectives.bucket_count(size, cliff.BUCKET)
    port_speed = _port_speed(port, ports, gpus)
    inside_speed = inside["bandwidth"] * inside["bus_efficiency"]
    # Reduce-scatter and all-gather in the node, and between them a ring over nodes on the shared ports.
    intra_time = collectives.ring_all_reduce_time(gpus, size, inside_speed, inside["latency"], buckets)
    inter_time = collectives.node_boundary_time(nodes, size, ports, port_speed, outside["latency"], buckets)
    # The loss stack wants bytes and hops apart: the hops are what the latency adds.
    intra = collectives.ring_all_reduce_time(gpus, size, inside_speed, 0.0)
    inter = collectives.node_boundary_time(nodes, size, ports, port_speed, 0.0)
    latency = (intra_time - intra) + (inter_time - inter)
    load = uplink_load(nodes, placement)
    bisection = inter * (fabric.uplink_slowdown(load) - 1.0)
    communication = intra_time + inter_time + bisection
    micro = cliff.compute_seconds(parameters, TOKENS, gpu)
    compute = micro * accumulation
    # Only the last micro-batch's backward pass has finished gradients to send while it computes.
    window = micro * cliff.BACKWARD_SHARE
    # Under ZeRO-1 the first half, the reduction, runs beside it; the new weights are gathered after the update.
    overlappable = communication * cliff.BESIDE_BACKWARD[1] / cliff.PHASES[1]
    hidden = overlap.hidden_time(overlappable, share, window, cliff.sm_share())
    exposed = overlap.exposed_time(communication, hidden)
    contention = overlap.contention_time(hidden, cliff.sm_share())
    still = exposed / communication if communication else 0.0
    return {
        "gradient": size,
        "buckets": buckets,
        "inside_speed": inside_speed,
        "inside_latency": inside["latency"],
        "port_speed": port_speed,
        "port_latency": outside["latency"],
        "intra_time": intra_time,
        "inter_time": inter_time,
        "intra": intra,
        "inter": inter,
        "latency": latency,
        "bisection": bisection,
        "communication": communication,
        "compute": compute,
        "window": window,
        "overlappable": overlappable,
        "hidden": hidden,
        "exposed": exposed,
        "contention": contention,
        "framework": FRAMEWORK,
        "exposed_intra": intra * still,
        "exposed_inter": inter * still,
        "exposed_latency": latency * still,
        "exposed_bisection": bisection * still,
        "step": step.step_time(compute, exposed, contention, FRAMEWORK),
    }


def _port_speed(port: str, ports: float, gpus: float) -> float:
    """What one port reaches. Many fast ports outrun the PCIe links by which the GPUs of the node feed them."""
    link, bus = registry.get(port), registry.get(HOST_LINK)
    fed = gpus * bus["bandwidth"] * bus["bus_efficiency"] / ports
    return min(link["bandwidth"] * link["bus_efficiency"], fed)


def port_share(port: str, ports: float, gpus: float) -> float:
    """Bandwidth to the outside that falls to one GPU, one direction: its share of the ports, at most its PCIe link."""
    return min(ports * registry.get(port)["bandwidth"] / gpus, registry.get(HOST_LINK)["bandwidth"])


def uplink_load(nodes: float, placement: str) -> float:
    """Load of a leaf's uplinks by the ring. Laid along the leaves it enters and leaves each of them once."""
    if nodes <= LEAF_NODES:
        return 0.0
    if placement == "packed":
        return fabric.ring_uplink_load(LEAF_NODES, OVERSUBSCRIPTION)
    return fabric.scattered_ring_uplink_load(nodes, LEAF_NODES, OVERSUBSCRIPTION)


def baseline_nodes(parameters: float, gpus: float, gpu: str) -> int | None:
    """The fewest nodes that hold the model: what scaling is measured against."""
    capacity = registry.get(gpu)["memory_capacity"]
    return next((n for n in range(1, MAX_NODES + 1) if memory_bytes(parameters, n * gpus) <= capacity), None)


def timed_at(s: Any, nodes: float) -> dict[str, float]:
    """The step of this design on another number of nodes."""
    return timing(
        nodes,
        s["gpus"],
        s["parameters"],
        s["ports"],
        s["port"],
        s["overlap"],
        s["accumulation"],
        s["gpu"],
        s["placement"],
    )


@cache
def _measured() -> tuple[str, ...]:
    """What a plan that fits has besides its memory and batch figures: the scenario's does."""
    return tuple(_timed(START))


def _timed(s: Any) -> dict[str, Value]:
    run = timed_at(s, s["nodes"])
    base_nodes = baseline_nodes(s["parameters"], s["gpus"], s["gpu"])
    if base_nodes is None or base_nodes > s["nodes"]:
        raise ValueError(f"a design that fits {s['nodes']} nodes has a baseline of at most as many, got {base_nodes}")
    base = timed_at(s, float(base_nodes))
    tokens = s["nodes"] * s["gpus"] * TOKENS * s["accumulation"]
    outside = registry.get(s["port"])
    share = port_share(s["port"], s["ports"], s["gpus"])
    crossing = collectives.node_boundary_volume(s["nodes"], run["gradient"])
    throughput = step.throughput(tokens, run["step"])
    base_throughput = step.throughput(tokens * base_nodes / s["nodes"], base["step"])
    gain = step.speedup(throughput, base_throughput)
    efficiency = step.scaling_efficiency(gain, s["nodes"] / base_nodes)
    nvlink = registry.get("nvlink4")["bandwidth"]
    return {
        **run,
        "overlap_set": s["overlap"],
        "base_nodes": float(base_nodes),
        "base_step": base["step"],
        "overhead": step.communication_overhead(run["step"], run["compute"]),
        "efficiency": efficiency,
        "speedup": gain,
        "ideal": s["nodes"] / base_nodes,
        "tokens_per_second": throughput,
        "port_share": share,
        "cliff_gpu": nvlink / share,
        "cliff_node": nvlink / (s["ports"] * outside["bandwidth"]),
        "uplink_load": uplink_load(s["nodes"], s["placement"]),
        "pipeline_bytes_per_token": (s["nodes"] - 1) * boundary_bytes(s["parameters"]),
        "crossing": crossing,
        "bytes_per_token": s["nodes"] * crossing / tokens,
    }


def remedies() -> dict[str, tuple[float, float]]:
    """Bytes across node boundaries for each trained token, and nodes at work, under each remedy to the start design."""
    size = cliff.VALUE_BYTES * PARAMETERS
    tokens = NODES * NODE_GPUS * TOKENS
    gradients = NODES * collectives.node_boundary_volume(NODES, size)
    return {
        "ports": (gradients / tokens, NODES),
        "pipeline": ((NODES - 1) * boundary_bytes(PARAMETERS), NODES),
        "retreat": (0.0, 1.0),
        "batch": (gradients / max(tokens, CRITICAL_BATCH), NODES),
    }


def width(parameters: float) -> float:
    """Hidden size by GPT-3's rule of shape."""
    return transformer.gpt_hidden(transformer.gpt_layers(parameters))


def boundary_bytes(parameters: float) -> float:
    """Bytes of one token over one pipeline boundary: its activation forward, the gradient of it back."""
    return pipeline.pipeline_activation_bytes(1.0, width(parameters), cliff.VALUE_BYTES)
