"""The model of act I: one training run on more and more GPUs, and where the time of the GPUs goes.

Legend: n GPUs of the cluster, t tensor-parallel GPUs, p pipeline stages, d replicas, B tokens a step, u work of the mean
replica over that of the fullest, g share of the time that failures and checkpoints leave.

Speedup is useful arithmetic a second over that of "one": a yardstick GPU at half of its dense BF16 peak. No such GPU can
hold the model, so it is a rate and not a machine. Efficiency is speedup over n: a result, never an input.
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, fsum
from typing import TYPE_CHECKING, Any

from ironlaw import registry
from ironlaw.estimate.memory import RECIPES
from ironlaw.estimate.training_setting import TrainingSetting, training_setting
from ironlaw.physics import checkpoint, parallel, reliability, step
from ironlaw.physics.training import training_step
from ironlaw.quantities import to_si

if TYPE_CHECKING:
    from ironlaw.labkit.spec import Settings, Value

GPU = "h100-sxm"
MODELS = ("gpt-3-13b", "gpt-3-175b")
MODEL = "gpt-3-175b"

# Networks between nodes: the link and its ports a node. All of them in the registry; how many is the scenario's.
NETWORKS = {"thin": ("ethernet-100g", 1.0), "one-port": ("infiniband-ndr", 1.0), "rails": ("infiniband-ndr", 8.0)}
AS_BOUGHT = "thin"

# The scenario's givens: what the message and the team say.
RUN = to_si(2.2e12, "TFLOP")  # arithmetic of the whole run
ONE_SHARE = 0.5  # of the dense peak that "one" reaches
APPROVED = 1024.0  # GPUs
PILOT = 128.0  # GPUs on which the team tried the plan: where the instrument starts
SEQUENCE = 2048.0
BATCH = 2.0**22  # tokens a step
NODE = 8.0  # GPUs a node
WANTED = 0.55  # efficiency that the challenge asks for
WEIGHT_BYTES = 2.0  # of a gathered weight
FLOOR = 0.5  # scaling inversion: below this efficiency more is lost than won
STORAGE = to_si(100, "GB/s")  # what the checkpoint storage takes
# Tokens a step beyond which more buy little, by the part of the run; the team measured its gradient noise.
CRITICAL = {"early": 2.0**21, "main": 2.0**23, "late": 2.0**24}
PHASE = "main"
FLEET, REPAIR = "meta-llama-3", "bytedance-megascale"  # published failure rate, published time to restart

# Parts of the GPUs' time, as the loss stack has them; they add up to one.
PARTS = ("compute", "tensor", "pipeline", "exchange", "straggler", "failure", "idle")


def one_rate() -> float:
    """Useful FLOP/s of "one"."""
    return ONE_SHARE * registry.get(GPU)["peak_bf16"]


def one_seconds() -> float:
    """Seconds of the run on "one", if it could hold the model."""
    return RUN / one_rate()


@cache
def setting(model: str, network: str) -> TrainingSetting:
    """Model, GPU and network put together: ZeRO-1, no recomputation, Megatron's kernels."""
    link, ports = NETWORKS[network]
    return training_setting(model, GPU, network=link, ports=ports / NODE)


def state_bytes(model: str) -> float:
    """Weights, gradients and Adam states of the whole model, as Megatron keeps them."""
    return fsum(RECIPES["megatron"]) * registry.get(model)["parameters"]


def overlap_start() -> float:
    """Share of the exchange beside the backward pass that costs nothing, as calibrated."""
    return registry.get("training-overlap")["share"]


def tensor_of(gpus: float) -> float:
    """Tensor-parallel GPUs: the whole node, or the largest power of two there is."""
    return NODE if gpus >= NODE else float(1 << (int(gpus).bit_length() - 1))


def sequences_of(batch: float) -> float:
    """Whole sequences in a step of `batch` tokens."""
    return max(1.0, batch // SEQUENCE)


def layout(model: str, gpus: float, sequences: float, least: float) -> tuple[float, float, float]:
    """Stages, replicas and bytes on the fullest GPU: the fewest stages, from `least` on, that fit the memory.

    Stages are powers of two, at most as many as the GPUs and the layers allow. Where nothing fits, the plan that needs
    the least memory.
    """
    held = setting(model, AS_BOUGHT)
    tensor, capacity = tensor_of(gpus), held.device["memory_capacity"]
    most = min(gpus // tensor, held.model.layers)
    stages = 1.0
    while stages < least and 2 * stages <= most:
        stages *= 2
    best: tuple[float, float, float] | None = None
    while stages <= most:
        replicas = min(gpus // (tensor * stages), sequences)
        # A stage holds at most as many micro-batches as there are stages.
        size = memory_bytes(model, tensor, stages, replicas, min(ceil(sequences / replicas), stages))
        if best is None or size < best[2]:
            best = (stages, replicas, size)
        if size <= capacity:
            return stages, replicas, size
        stages *= 2
    if best is None:
        raise ValueError(f"gpus must be at least 1, got {gpus}")
    return best


@lru_cache(maxsize=8192)
def memory_bytes(model: str, tensor: float, stages: float, replicas: float, batches: float) -> float:
    """Bytes on the fullest GPU of a plan whose replicas run `batches` micro-batches. The network does not matter."""
    held = setting(model, AS_BOUGHT)
    count = tensor * stages * replicas
    plan = held.plan(count=count, global_batch=replicas * batches, seq=SEQUENCE, tp=tensor, pp=stages, micro_batch=1)
    return held.memory(plan).total


@lru_cache(maxsize=8192)
def timing(
    model: str, gpus: float, sequences: float, network: str, overlap: float, least: float
) -> dict[str, float] | None:
    """A step, its parts and the run; None for a plan that does not fit."""
    held = setting(model, network)
    stages, replicas, size = layout(model, gpus, sequences, least)
    if size > held.device["memory_capacity"]:
        return None
    tensor = tensor_of(gpus)
    used = replicas * tensor * stages
    plan = held.plan(count=used, global_batch=sequences, seq=SEQUENCE, tp=tensor, pp=stages, micro_batch=1)
    prepared = held.prepared
    run = training_step(prepared.shape, prepared.recipe._replace(data_overlap=overlap), prepared.machine, plan)
    kept = endurance(model, gpus, network)
    useful = sequences * SEQUENCE * prepared.model_flops(SEQUENCE)  # FLOP a step
    compute = run.matmul + run.attention + run.elementwise + run.launch + run.optimizer
    even = sequences / (ceil(sequences / replicas) * replicas)  # u
    work = compute + run.tensor_parallel + run.pipeline_transfer
    wall = {
        "compute": even * compute,
        "tensor": even * run.tensor_parallel,
        "pipeline": even * run.pipeline_transfer + run.pipeline_bubble,
        "exchange": run.data_parallel,
        "straggler": run.straggler,
        "idle": (1 - even) * work,
    }
    share = {name: part / run.total * kept["goodput"] * used / gpus for name, part in wall.items()}
    share["idle"] += (1 - used / gpus) * kept["goodput"]
    share["failure"] = 1 - kept["goodput"]
    rate = useful / (used * even * compute)
    speedup = step.speedup(useful / run.total * kept["goodput"], one_rate())
    efficiency = step.scaling_efficiency(speedup, gpus)
    owned = prepared.shape.parameters / (tensor * stages)
    sent, pace = _exchange(held, run.data_parallel, owned, replicas, tensor)
    tokens = sequences * SEQUENCE
    return {
        "replicas": replicas,
        "micro_batches": run.micro_batches,
        "step": run.total,
        "compute": compute,
        "exchange": run.data_parallel,
        "owned": owned,
        "used": used,
        "mean_step": run.total - run.straggler,
        "straggler": run.straggler,
        "throughput": tokens / run.total * kept["goodput"],
        "one_throughput": one_rate() / prepared.model_flops(SEQUENCE),
        "sent": sent,
        "port_rate": pace,
        "hidden": max(0.0, sent / pace - run.data_parallel),
        "mfu": step.mfu(useful, run.total, gpus * held.peak),
        "compute_rate": rate / held.peak,
        **kept,
        **{f"share_{name}": share[name] for name in PARTS},
        "speedup": speedup,
        "efficiency": efficiency,
        "lost": 1 - efficiency,
        "run_time": RUN / (speedup * one_rate()),
    }


def _exchange(
    held: TrainingSetting, exposed: float, owned: float, replicas: float, tensor: float
) -> tuple[float, float]:
    """Bytes that a GPU sends to its replicas in a step, and the rate of its way there.

    The rate is the kernel's: a ring inside a node has the node's link, one over nodes the GPU's share of the ports.
    """
    machine = held.prepared.machine
    inside = replicas * tensor <= NODE
    pace = machine.link_rate if inside else min(machine.link_rate, max(NODE / tensor, 1.0) * machine.network_rate)
    sent = parallel.replica_volume(owned, 1.0, WEIGHT_BYTES, held.prepared.recipe.gradient, replicas)
    return max(sent, exposed * pace), pace  # rounding never makes more exposed than is sent


@lru_cache(maxsize=1024)
def endurance(model: str, gpus: float, network: str) -> dict[str, float]:
    """Failures and checkpoints: seconds of MTBF, write, interval and restart, and the share of time that is left."""
    link, ports = NETWORKS[network]
    wire, fleet = registry.get(link), registry.get(FLEET)
    nodes = float(ceil(gpus / NODE))
    mtbf = reliability.system_mtbf(fleet["node_mtbf"], nodes)
    size = checkpoint.checkpoint_bytes(registry.get(model)["parameters"])
    write = checkpoint.checkpoint_write_time(size, nodes, ports * wire["bandwidth"] * wire["bus_efficiency"], STORAGE)
    interval = checkpoint.young_interval(write, mtbf)
    restart = registry.get(REPAIR)["restart"]
    return {
        "nodes": nodes,
        "node_mtbf": fleet["node_mtbf"],
        "mtbf": mtbf,
        "write": write,
        "interval": interval,
        "restart": restart,
        "goodput": checkpoint.effective_training_time(interval, write, restart, mtbf),
    }


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act I. A plan that does not fit has its memory and batch figures and nothing else."""
    s: Any = settings
    sequences = sequences_of(s["batch"])
    stages, _, size = layout(s["model"], s["gpus"], sequences, s["stages"])
    values: dict[str, Value] = {
        "memory": size,
        "capacity": registry.get(GPU)["memory_capacity"],
        "state": state_bytes(s["model"]),
        "batch": sequences * SEQUENCE,
        "critical_batch": CRITICAL[s["phase"]],
        "gpus": s["gpus"],
        "stages": stages,
        "model": registry.get(s["model"]).name,
        "network": network_name(s["network"]),
        "floor": 1 - FLOOR,
        "wanted": WANTED,
        "promised": one_seconds() / s["gpus"],
    }
    run = timed_at(s, s["gpus"])
    return values | (dict.fromkeys(_measured()) if run is None else run)


@cache
def _measured() -> tuple[str, ...]:
    """What a plan that fits has besides its memory and batch figures: the pilot's does."""
    return tuple(timing(MODEL, PILOT, sequences_of(BATCH), AS_BOUGHT, overlap_start(), 1.0) or ())


def timed_at(s: Any, gpus: float, network: str | None = None) -> dict[str, float] | None:
    """The run of this design on another number of GPUs, or over another network."""
    return timing(s["model"], gpus, sequences_of(s["batch"]), network or s["network"], s["overlap"], s["stages"])


def network_name(network: str) -> str:
    """Ports a node and the link's name as the registry has it."""
    link, ports = NETWORKS[network]
    return f"{ports:.0f} × {registry.get(link).name} a node"
