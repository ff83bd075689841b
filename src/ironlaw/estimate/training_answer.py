"""What the training question answers with: figures with their intervals, the parts of time and memory, the givens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics.catalogue import Symbol
from ironlaw.physics.energy import run_energy
from ironlaw.physics.step import mfu, throughput

from .amounts import amount
from .names import named
from .result import Figure, Given, Stack, datum, spread
from .training_plan import WIDTH

if TYPE_CHECKING:
    from ironlaw.physics.training import Step
    from ironlaw.physics.training_memory import MemoryParts

    from .training import Job

TOKENS = Symbol("tokens", "D", "token", "tokens of the whole run", low=1)
LABELS = {
    "matmul": "Matrix products",
    "attention": "Attention",
    "elementwise": "Norms, activations, loss",
    "launch": "Waiting for the host",
    "tensor_parallel": "Tensor-parallel transfers",
    "context_parallel": "Context-parallel transfers",
    "expert_parallel": "Expert-parallel transfers",
    "pipeline_transfer": "Transfers between stages",
    "pipeline_bubble": "Pipeline bubble",
    "data_parallel": "Gradients and weights over replicas",
    "optimizer": "Optimizer",
    "straggler": "Waiting for the slowest GPU",
}


def asked(job: Job) -> tuple[Given, ...]:
    """The plan as it was asked for, and the size of model and memory."""
    plan = job.plan
    counts = (
        ("count", "Devices", job.count),
        ("tp", "Tensor parallel", plan.tensor),
        ("pp", "Pipeline stages", plan.pipeline),
        ("cp", "Context parallel", plan.context),
        ("ep", "Expert parallel", plan.expert),
        ("dp", "Replicas", plan.data),
        ("global_batch", "Sequences of a step", plan.global_batch),
        ("seq", "Tokens of a sequence", plan.sequence),
        ("micro_batch", "Sequences of a micro-batch", plan.micro_batch),
        ("interleave", "Chunks a stage", plan.interleave),
    )
    words = (("recompute", "Recomputation", job.setting.recompute), ("software", "Software", job.setting.way.name))
    model = registry.get(job.setting.model.id)
    return (
        *(Given(name, label, float(value), "count") for name, label, value in counts),
        *(Given(name, label, value) for name, label, value in words),
        datum(model, "parameters"),
        datum(job.setting.device, "memory_capacity"),
    )


def figures(job: Job, step: Step, memory: float) -> tuple[Figure, ...]:
    """Step time, throughput, utilisation, memory."""
    batch = job.plan.global_batch * job.plan.sequence
    flops = job.setting.prepared.model_flops(job.plan.sequence) * batch
    whole = job.setting.prepared.model_flops_whole(job.plan.sequence) * batch
    peak = job.count * job.setting.peak
    low, high = spread(step.total, WIDTH)
    rate = throughput(batch, step.total)
    used = mfu(flops, step.total, peak)
    return (
        Figure("step_time", "Step time", step.total, "seconds", low, high),
        Figure(
            "tokens_per_second",
            "Throughput",
            rate,
            "tokens_per_second",
            *spread(rate, WIDTH),
            equation="throughput",
            arguments={"tokens": batch, "step": step.total},
        ),
        Figure(
            "tokens_per_second_per_device",
            "Throughput of a device",
            rate / job.count,
            "tokens_per_second",
            *spread(rate / job.count, WIDTH),
        ),
        Figure(
            "mfu",
            "Model FLOPs utilisation",
            used,
            "share",
            used / (1 + WIDTH),
            min(used * (1 + WIDTH), 1.0),
            equation="mfu",
            arguments={"flops": flops, "step": step.total, "peak": peak},
            note=f"of the dense {job.setting.precision} peak; attention as far as the causal mask leaves it",
        ),
        Figure(
            "mfu_whole",
            "The same, attention over the whole sequence",
            whole / step.total / peak,
            "share",
            *spread(whole / step.total / peak, WIDTH),
            note="as PaLM and most papers count: more than 100 % where a kernel skips what the mask hides",
        ),
        Figure("model_flops", "Model arithmetic of a device", flops / step.total / job.count, "flop_rate"),
        Figure("memory", "Memory of the fullest device", memory, "bytes"),
        Figure(
            "micro_batches",
            "Micro-batches of a replica",
            step.micro_batches,
            "count",
            equation="micro-batches",
            arguments={
                "global_batch": job.plan.global_batch,
                "replicas": job.plan.data,
                "micro_batch": job.plan.micro_batch,
            },
        ),
    )


def time_stack(step: Step) -> Stack:
    """The parts of a step that take time."""
    parts = ((name, label, getattr(step, name)) for name, label in LABELS.items())
    kept = tuple(Figure(name, label, value, "seconds") for name, label, value in parts if value > 0)
    return Stack("time", "Time of a step", kept)


def memory_stack(memory: MemoryParts) -> Stack:
    """The parts of the fullest device's memory."""
    parts = (Figure(name, name.capitalize(), value, "bytes") for name, value in memory._asdict().items())
    return Stack("memory", "Memory of the fullest device", tuple(part for part in parts if part.value > 0))


def run_figures(
    job: Job, step: Step, tokens: float, offer: str | None, rate: float | str | None, site: str
) -> tuple[Figure, ...]:
    """Time, energy and cost of a whole run, without failures: see the question `checkpoint` for those."""
    TOKENS.check(tokens)
    steps = tokens / (job.plan.global_batch * job.plan.sequence)
    span_of_run = steps * step.total
    figures = [Figure("run_time", "Time of the run", span_of_run, "seconds", *spread(span_of_run, WIDTH))]
    if "power" in job.setting.device:
        arguments = {
            "devices": float(job.count),
            "power": job.setting.device["power"],
            "span": span_of_run,
            "pue": named("site", site)["pue"],
        }
        note = "the devices' printed largest power; hosts and network come on top"
        energy = run_energy(**arguments)
        figures.append(
            Figure(
                "energy", "Energy of the run", energy, "energy", equation="run-energy", arguments=arguments, note=note
            )
        )
    price = named("price", offer) if offer is not None else None
    each = price["per_hour"] / price["devices"] if price else None
    if rate is not None:
        each = amount(rate, "usd_per_hour", "rate", "price of a device")
    if each is not None:
        cost = each * job.count * span_of_run
        figures.append(Figure("cost", "Cost of the run", cost, "usd", *spread(cost, WIDTH)))
    return tuple(figures)
