"""The model of act I: eight GPUs train one model with sharded states; only the wire between them differs.

Legend: P parameters, T tokens a GPU a step, n GPUs, M gradient bytes, B bandwidth a direction, s the share of a GPU
that communication kernels hold.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.physics import collectives, economics, memory, overlap, step, transformer
from ironlaw.quantities import to_si

WIRES = (
    "nvlink4",
    "pcie-gen5-x16",
    "infiniband-ndr",
    "pcie-gen4-x16",
    "infiniband-hdr",
    "ethernet-100g",
    "ethernet-25g",
)
GPUS = ("h100-sxm", "h200-sxm")

# The scenario's givens: what the message and the quotation say. Everything else comes from the registry.
PARAMETERS = 13e9
TOKENS = 8192.0
NODE_GPUS = 8.0
OVERLAP = 0.5
ZERO = 2
GPU_PRICE = to_si(2.50, "USD/h")  # of one GPU in the NVLink node
DISCOUNT = 0.40  # what the servers without NVLink cost less
FIRST_DRAFT = 70e9  # parameters in the message's first draft
CHEAP_WIRE = "ethernet-100g"
BUCKET = to_si(25, "MiB")  # bytes: PyTorch DistributedDataParallel, default of bucket_cap_mb

# Where the instrument starts.
START: Settings = {
    "parameters": PARAMETERS,
    "tokens": TOKENS,
    "wire": "nvlink4",
    "overlap": OVERLAP,
    "gpus": NODE_GPUS,
    "zero": ZERO,
    "gpu": "h100-sxm",
}

# Bytes a gradient or a weight takes in BF16, and the phases of the exchange by ZeRO stage: reduce-scatter and
# all-gather; stage 3 gathers the weights once more, for the backward pass (Rajbhandari et al. 2020, section 7).
VALUE_BYTES = 2.0
PHASES = {0: 2, 1: 2, 2: 2, 3: 3}
# Of these phases, those that can run beside the backward pass. Sharded Adam states update the weights after it, so the
# gather of the new weights comes too late to hide; stage 3 gathers weights for the backward pass itself.
BESIDE_BACKWARD = {0: 2, 1: 1, 2: 1, 3: 2}
# Six of the eight FLOP that full recomputation costs per parameter and token fall into the backward pass.
BACKWARD_SHARE = 6 / 8


def compute_efficiency() -> float:
    """Share of the dense peak that the arithmetic reaches, recomputation counted (measured)."""
    return registry.get("compute-efficiency-h100")["hfu"]


def sm_share() -> float:
    """Share of a GPU's multiprocessors that communication kernels hold."""
    return registry.get("overlap-sm-share")["share"]


def compute_seconds(parameters: float, tokens: float, gpu: str = "h100-sxm") -> float:
    """Arithmetic of one step on one GPU: six FLOP per parameter and token, two more to recompute activations."""
    flops = transformer.training_flops(parameters, tokens) + transformer.recompute_flops(parameters, tokens)
    return step.compute_time(flops, registry.get(gpu)["peak_bf16"], compute_efficiency())


def memory_bytes(parameters: float, tokens: float, gpus: float, stage: int) -> float:
    """Weights, gradients, Adam states and kept activations on one GPU."""
    return memory.training_state_bytes(parameters, *memory.zero_shards(stage, int(gpus))) + activations(
        parameters, tokens
    )


def activations(parameters: float, tokens: float) -> float:
    """What full recomputation keeps: the input of each layer, and one layer in full while it is repeated."""
    layers = transformer.gpt_layers(parameters)
    hidden = transformer.gpt_hidden(layers)
    live = memory.activation_layer_bytes_selective(tokens, 1.0, hidden)
    return memory.activation_bytes_recompute(layers, tokens, 1.0, hidden, live)


def price_factor(wire: str) -> float:
    """What a GPU-hour costs beside one in the NVLink node: every other wire comes with the cheaper servers."""
    return 1.0 if wire == "nvlink4" else 1.0 - DISCOUNT


def timing(
    parameters: float, tokens: float, wire: str, share: float, gpus: float, stage: int, gpu: str
) -> dict[str, float]:
    """One training step: the exchange, what of it hides behind the backward pass, and what it costs."""
    link = registry.get(wire)
    size = VALUE_BYTES * parameters
    phases = PHASES[stage]
    speed = link["bandwidth"] * link["bus_efficiency"]
    buckets = collectives.bucket_count(size, BUCKET)
    # Every phase is one trip round the ring: n - 1 hops that carry (n - 1)/n of the bytes. Reduce-scatter and all-gather
    # take the same time.
    phase = collectives.all_gather_time(gpus, size, speed, link["latency"], buckets)
    communication = phases * phase
    compute = compute_seconds(parameters, tokens, gpu)
    window = compute * BACKWARD_SHARE
    hidden = overlap.hidden_time(BESIDE_BACKWARD[stage] * phase, share, window, sm_share())
    exposed = overlap.exposed_time(communication, hidden)
    contention = overlap.contention_time(hidden, sm_share())
    total = step.step_time(compute, exposed, contention)
    return {
        "gradient": size,
        "volume": phases * collectives.ring_pass_volume(gpus, size),
        "speed": speed,
        "latency": link["latency"],
        "buckets": buckets,
        "phase": phase,
        "overlappable": BESIDE_BACKWARD[stage] * phase,
        "communication": communication,
        "compute": compute,
        "window": window,
        "sm_share": sm_share(),
        "hidden": hidden,
        "exposed": exposed,
        "contention": contention,
        "step": total,
    }


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act I. A plan that does not fit has its memory figures and nothing else."""
    p: float = settings["parameters"]
    gpus: float = settings["gpus"]
    stage: int = settings["zero"]
    gpu: str = settings["gpu"]
    values: dict[str, Value] = dict.fromkeys(_measured())
    capacity = registry.get(gpu)["memory_capacity"]
    values |= {
        "memory": memory_bytes(p, settings["tokens"], gpus, stage),
        "capacity": capacity,
        "state": memory.training_state_bytes(p, 1.0, 1.0, 1.0),
        "node_capacity": gpus * capacity,
        "gpus": gpus,
        "parameters": p,
        "wire": wire_name(settings["wire"]),
    }
    if values["memory"] > capacity:  # type: ignore[operator]  # it was set to a float above
        return values
    return values | _timed(settings)


@cache
def _measured() -> tuple[str, ...]:
    """What a plan that fits has besides its memory figures: the scenario's does."""
    return tuple(_timed(START))


def _timed(settings: Settings) -> dict[str, Value]:
    wire: str = settings["wire"]
    run = timed_at(settings, wire)
    node = timed_at(settings, "nvlink4")
    gpus, tokens = settings["gpus"], settings["tokens"]
    rate = gpus * price_factor(wire) * GPU_PRICE
    node_rate = gpus * GPU_PRICE
    cost = economics.cost_per_token(rate, step.throughput(gpus * tokens, run["step"]))
    node_cost = economics.cost_per_token(node_rate, step.throughput(gpus * tokens, node["step"]))
    link = registry.get(wire)
    return {
        **run,
        "overlap": settings["overlap"],
        "volume_ratio": run["volume"] / run["gradient"],
        "bandwidth": link["bandwidth"],
        "bus_efficiency": link["bus_efficiency"],
        "overhead": step.communication_overhead(run["step"], run["compute"]),
        "efficiency": run["compute"] / run["step"],
        "slowdown": run["step"] / node["step"],
        "node_step": node["step"],
        "tokens_per_dollar": 1.0 / cost,
        "cost": cost,
        "cost_ratio": cost / node_cost,
    }


def timed_at(settings: Settings, wire: str) -> dict[str, float]:
    """The step of this design over another wire."""
    s: Any = settings
    return timing(s["parameters"], s["tokens"], wire, s["overlap"], s["gpus"], s["zero"], s["gpu"])


def wire_name(wire: str) -> str:
    """The link's name as the registry has it."""
    return registry.get(wire).name
