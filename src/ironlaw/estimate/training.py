"""How long a training step takes, what it is made of, whether it fits, and what a run costs.

    plan = estimate_training(model="llama-3-70b", device="h100-sxm", count=512, tp=8, pp=4, global_batch=1024, seq=8192)
    plan["step_time"], plan["mfu"], plan.stacks[0].parts

`read_plan` checks a plan and puts it together once; its `prepared.step(plan)` then answers in microseconds, for one plan
or for arrays of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.catalogue import Symbol
from ironlaw.physics.energy import run_energy
from ironlaw.physics.schedule import micro_batches
from ironlaw.physics.step import mfu, throughput
from ironlaw.physics.training import Plan, Step
from ironlaw.quantities import HOUR

from .memory import plan_memory
from .models import ModelShape, model_shape
from .names import named
from .network import link_of
from .result import Estimate, Figure, Given, Stack, datum, spread
from .training_machine import NODE, givens, peak_rate
from .training_plan import WIDTH, Prepared, causal_span, prepare, span
from .training_recipes import Software, software

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ironlaw.physics.training_memory import MemoryParts
    from ironlaw.registry import Entity

PARAMETERS: Mapping[str, str] = {
    "model": "registry name of the model",
    "device": "registry name of the device",
    "count": "devices in all",
    "global_batch": "sequences of a step, over all devices",
    "seq": "tokens of a sequence",
    "tp": "tensor-parallel devices",
    "pp": "pipeline stages",
    "cp": "context-parallel devices",
    "ep": "expert-parallel devices",
    "micro_batch": "sequences that a replica works on at once",
    "recompute": "activations computed again in the backward pass: none, selective, alternate or full",
    "zero": "stage of ZeRO: 0 to 3 (3 is FSDP)",
    "interleave": "model chunks a pipeline stage",
    "precision": "type of the matrix products: bf16, fp16, fp8, tf32 or fp32",
    "software": "how layers run: megatron, eager, compiled, megatron-2021, megatron-2022, megatron-deepspeed, megascale",
    "attention": "attention kernel in place of the software's own: flash-1, flash-2 or flash-3",
    "network": "registry name of a port between nodes; default: that of the device's generation",
    "ports": "ports a device, such as 0.5",
    "node": "devices that the fast link joins",
    "tokens": "tokens of the whole run, for its time, cost and energy",
    "offer": "a cloud's price of the registry, for the cost",
    "rate": "dollars a device-hour, in place of offer",
    "site": "registry name of the data centre whose PUE counts",
}
RECOMPUTE = {"none": 0.0, "selective": 0.0, "alternate": 0.5, "full": 1.0}
_COUNTED = ("count", "global_batch", "seq", "tp", "pp", "cp", "ep", "micro_batch", "interleave", "node")
_WHOLE = {name: Symbol(name, "n", "1", PARAMETERS[name], low=1, high=1e9, integer=True) for name in _COUNTED}
_PORTS = Symbol("ports", "n", "1", PARAMETERS["ports"], low=0, low_open=True, high=1000)
_TOKENS = Symbol("tokens", "D", "token", PARAMETERS["tokens"], low=1)
_RATE = Symbol("rate", "c", "1", PARAMETERS["rate"], low=0)
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


@dataclass(frozen=True)
class Job:
    """A plan that was checked, with everything to compute it."""

    model: ModelShape
    device: Entity
    network: Entity
    way: Software
    precision: str
    count: int
    zero: int
    recompute: str
    prepared: Prepared
    plan: Plan

    def memory(self) -> MemoryParts:
        """Bytes on the fullest GPU by part."""
        plan = self.plan
        sequences = -(-plan.global_batch // plan.data)
        return plan_memory(
            self.model.id,
            recipe="fsdp" if self.zero == 3 else "megatron",
            sequence=plan.sequence,
            micro_batch=min(plan.micro_batch, sequences),
            micro_batches=-(-sequences // plan.micro_batch),
            tensor=plan.tensor,
            context=plan.context,
            stages=plan.pipeline,
            chunks=plan.interleave,
            experts=plan.expert,
            data=plan.data,
            zero=self.zero,
            recompute=self.recompute,
            sequence_parallel=self.way.sequence_parallel,
            compiled=self.way.name != "eager",
        )


def estimate_training(
    *,
    model: str,
    device: str,
    count: int,
    global_batch: int,
    seq: int,
    tp: int = 1,
    pp: int = 1,
    cp: int = 1,
    ep: int = 1,
    micro_batch: int = 1,
    recompute: str = "none",
    zero: int = 1,
    interleave: int = 1,
    precision: str = "bf16",
    software: str = "megatron",
    attention: str | None = None,
    network: str | None = None,
    ports: float = 1.0,
    node: int | None = None,
    tokens: float | None = None,
    offer: str | None = None,
    rate: float | None = None,
    site: str = "industry-average",
) -> Estimate:
    """Step time, MFU, tokens a second, memory, and with `tokens` the time, cost and energy of a run.

    Figures: step_time, tokens_per_second, tokens_per_second_per_device, mfu, mfu_whole, model_flops, memory, micro_batches, and
    for a run run_time, energy and (with offer or rate) cost. Stacks: time, memory. A plan that does not fit has reasons
    instead. Raises InputError (a ValueError) for a bad or contradicting plan, UnknownEntity (a KeyError) for a name.
    """
    job = read_plan(
        model=model,
        device=device,
        count=count,
        global_batch=global_batch,
        seq=seq,
        tp=tp,
        pp=pp,
        cp=cp,
        ep=ep,
        micro_batch=micro_batch,
        recompute=recompute,
        zero=zero,
        interleave=interleave,
        precision=precision,
        way=software,
        attention=attention,
        network=network,
        ports=ports,
        node=node,
    )
    title = f"{job.model.name} on {count} × {job.device.name}"
    memory = job.memory()
    asked = _asked(job) + givens(job.device, precision, attention or job.way.kernel, job.network)
    stack = _memory_stack(memory)
    capacity = job.device["memory_capacity"]
    if memory.total > capacity:
        part = max(stack.parts, key=lambda figure: figure.value)
        needs = Figure("memory", "Memory", memory.total, "bytes")
        room = Figure("capacity", "Capacity", capacity, "bytes")
        reason = (
            f"the fullest GPU needs {needs.text} of memory and has {room.text}; "
            f"the largest part is {part.label.lower()}, {part.text}"
        )
        return Estimate("training", title, asked, stacks=(stack,), reasons=(reason,))
    step = job.prepared.step(job.plan)
    figures = _figures(job, step, memory.total)
    if tokens is not None:
        figures += _run(job, step, tokens, offer, rate, site)
    notes = ("The step of a model with experts is a lower bound: their uneven load is not modelled.",)
    return Estimate(
        "training", title, asked, figures, (_time_stack(step), stack), notes=notes if job.model.experts else ()
    )


def read_plan(
    *,
    model: str,
    device: str,
    count: int,
    global_batch: int,
    seq: int,
    tp: int = 1,
    pp: int = 1,
    cp: int = 1,
    ep: int = 1,
    micro_batch: int = 1,
    recompute: str = "none",
    zero: int = 1,
    interleave: int = 1,
    precision: str = "bf16",
    way: str = "megatron",
    attention: str | None = None,
    network: str | None = None,
    ports: float = 1.0,
    node: int | None = None,
) -> Job:
    """Check a plan and put it together. Raises as `estimate_training` does."""
    shape, machine, style = model_shape(model), named("device", device), software(way)
    given = (count, global_batch, seq, tp, pp, cp, ep, micro_batch, interleave, NODE if node is None else node)
    for symbol, value in zip(_WHOLE.values(), given, strict=True):
        symbol.check(value)
    _PORTS.check(ports)
    _one_of("recompute", recompute, tuple(RECOMPUTE))
    _one_of("zero", zero, (0, 1, 2, 3))
    _divides("count", count, tp * pp * cp, "tp × pp × cp")
    data = count // (tp * pp * cp)
    _divides("tp", int(shape.heads), tp, "tp", "the model's heads", tp)
    _at_most("pp", pp * interleave, int(shape.layers), "pp × interleave", "the model's layers")
    _at_most("global_batch", data, global_batch, "the replicas", "global_batch")
    if ep > 1:
        if not shape.experts:
            raise InputError(f"ep must be 1 for {shape.name}, which has no experts, got {ep}", "ep", ep, "1")
        _divides("ep", int(shape.experts), ep, "ep", "the model's experts", ep)
        _divides("ep", data * cp, ep, "ep", "replicas × cp", ep)
    batches = int(micro_batches(global_batch, data, micro_batch))
    if interleave > 1 and (pp == 1 or batches % pp):
        allowed = f"1, or micro-batches ({batches}) in multiples of pp ({pp}), which must be above 1"
        raise InputError(f"interleave must be {allowed}, got {interleave}", "interleave", interleave, allowed)
    between = named("link", network) if network else _network(machine)
    joined = node if node is not None else 72 if machine.id == "gb200" else NODE
    prepared = prepare(shape, machine, style, precision, between, ports=ports, node=joined, attention=attention)
    plan = Plan(
        tensor=float(tp),
        pipeline=float(pp),
        data=float(data),
        context=float(cp),
        expert=float(ep),
        interleave=float(interleave),
        global_batch=float(global_batch),
        micro_batch=float(micro_batch),
        sequence=float(seq),
        span=span(style, seq, seq / 2, 0.0) if style.window else span(style, seq, shape.window, shape.global_share),
        recompute=RECOMPUTE[recompute],
        recompute_scores=float(recompute == "selective" and style.kernel == "kept"),
        gather=float(zero == 3),
        shard=float(zero >= 1),
    )
    return Job(shape, machine, between, style, precision, count, zero, recompute, prepared, plan)


def _network(device: Entity) -> Entity:
    """A port of the device's generation, where the caller names none: 400 Gb/s from NVLink 4 on, 200 before."""
    inside = link_of(device)
    fast = inside is not None and inside["bandwidth"] >= registry.get("nvlink4")["bandwidth"]
    return registry.get("infiniband-ndr" if fast else "infiniband-hdr")


def _one_of(field: str, value: object, known: tuple[object, ...]) -> None:
    if isinstance(value, bool) or value not in known:
        allowed = ", ".join(map(str, known))
        raise InputError(f"{field} must be one of {allowed}, got {value!r}", field, value, allowed)


def _divides(field: str, whole: int, part: int, words: str, of: str = "", got: int | None = None) -> None:
    if whole % part:
        allowed = f"a divisor of {of} ({whole})" if of else f"a multiple of {words} ({part})"
        value = whole if got is None else got
        raise InputError(f"{field} must be {allowed}, got {value}", field, value, allowed)


def _at_most(field: str, value: int, limit: int, words: str, of: str) -> None:
    if value > limit:
        allowed = f"such that {words} ({value}) is at most {of} ({limit})"
        raise InputError(f"{field} must be {allowed}", field, value, allowed)


def _asked(job: Job) -> tuple[Given, ...]:
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
    words = (("recompute", "Recomputation", job.recompute), ("software", "Software", job.way.name))
    model = registry.get(job.model.id)
    return (
        *(Given(name, label, float(value), "count") for name, label, value in counts),
        *(Given(name, label, value) for name, label, value in words),
        datum(model, "parameters"),
        datum(job.device, "memory_capacity"),
    )


def _figures(job: Job, step: Step, memory: float) -> tuple[Figure, ...]:
    batch = job.plan.global_batch * job.plan.sequence
    visible = causal_span(job.plan.sequence, job.model.window, job.model.global_share)
    flops = job.prepared.model_flops(visible) * batch
    whole = job.prepared.model_flops(job.plan.sequence) * batch
    peak = job.count * peak_rate(job.device, job.precision)
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
            note=f"of the dense {job.precision} peak; attention as far as the causal mask leaves it",
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


def _time_stack(step: Step) -> Stack:
    parts = ((name, label, getattr(step, name)) for name, label in LABELS.items())
    kept = tuple(Figure(name, label, value, "seconds") for name, label, value in parts if value > 0)
    return Stack("time", "Time of a step", kept)


def _memory_stack(memory: MemoryParts) -> Stack:
    parts = (Figure(name, name.capitalize(), value, "bytes") for name, value in memory._asdict().items())
    return Stack("memory", "Memory of the fullest device", tuple(part for part in parts if part.value > 0))


def _run(job: Job, step: Step, tokens: float, offer: str | None, rate: float | None, site: str) -> tuple[Figure, ...]:
    """Time, energy and cost of a whole run, without failures: see the question `checkpoint` for those."""
    _TOKENS.check(tokens)
    steps = tokens / (job.plan.global_batch * job.plan.sequence)
    span_of_run = steps * step.total
    figures = [Figure("run_time", "Time of the run", span_of_run, "seconds", *spread(span_of_run, WIDTH))]
    if "power" in job.device:
        arguments = {
            "devices": float(job.count),
            "power": job.device["power"],
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
    if offer is not None:
        price = named("price", offer)
        rate = price["per_hour"] * HOUR / price["devices"]
    if rate is not None:
        _RATE.check(rate)
        cost = rate * job.count * span_of_run / HOUR
        figures.append(Figure("cost", "Cost of the run", cost, "usd", *spread(cost, WIDTH)))
    return tuple(figures)
