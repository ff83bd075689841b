"""What the training question answers with: figures with their intervals, the givens, and what a run takes."""

from __future__ import annotations

from math import exp, hypot, log
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics.catalogue import Symbol
from ironlaw.physics.economics import cost_per_token, on_demand_cost
from ironlaw.physics.energy import run_energy
from ironlaw.physics.schedule import micro_batches
from ironlaw.physics.step import (
    device_flop_rate,
    device_training_rate,
    mfu,
    mfu_whole,
    run_time,
    throughput,
    training_step_sum,
)
from ironlaw.physics.training_memory import MemoryParts, memory_sum

from .carbon import POWER_HIGH, POWER_LOW
from .memory import RESERVE
from .names import named
from .result import Figure, Given, datum, spread
from .training_plan import WIDTH
from .training_stacks import TIME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ironlaw.physics.catalogue import Catalogued

    from .prices import Price
    from .result import Stack
    from .training import Job

TOKENS = Symbol("tokens", "D", "token", "tokens of the whole run", low=1, high=1e30)
MILLION = 1e6  # tokens


def asked(job: Job, attention: str | None, tokens: float | None) -> tuple[Given, ...]:
    """The plan as it was asked for, and the size of model and memory."""
    plan, setting = job.plan, job.setting
    counts = (
        ("count", "Devices", job.count),
        ("tp", "Tensor parallel", plan.tensor),
        ("pp", "Pipeline stages", plan.pipeline),
        ("cp", "Context parallel", plan.context),
        ("ep", "Expert parallel", plan.expert),
        ("global_batch", "Sequences of a step", plan.global_batch),
        ("seq", "Tokens of a sequence", plan.sequence),
        ("micro_batch", "Sequences of a micro-batch", plan.micro_batch),
        ("interleave", "Chunks a stage", plan.interleave),
        ("node", "Devices that the fast link joins", setting.prepared.machine.node),
        ("ports", "Network ports a device", setting.ports),
        ("zero", "Stage of ZeRO", setting.zero),
    )
    words = (
        ("recompute", "Recomputation", setting.recompute),
        ("software", "Software", setting.way.name),
        ("precision", "Precision", setting.precision),
        ("attention", "Attention kernel", attention or setting.way.kernel),
        ("network", "Network between nodes", setting.network.name),
    )
    model = registry.get(setting.model.id)
    run = () if tokens is None else (Given("tokens", "Tokens of the run", tokens, "tokens"),)
    return (
        *(Given(name, label, float(value), "count") for name, label, value in counts),
        Given("dp", "Replicas", plan.data, "count", "count / (tp × pp × cp)"),
        *(Given(name, label, value, source="asked for, or the default") for name, label, value in words),
        *run,
        datum(model, "parameters"),
        datum(setting.device, "memory_capacity"),
    )


def figures(job: Job, seconds: float, time: Stack, memory: Stack) -> tuple[Figure, ...]:
    """Step time, throughput, utilisation, memory; `seconds` is the kernel's step, of which `time` has the parts."""
    plan, prepared = job.plan, job.setting.prepared
    tokens = plan.global_batch * plan.sequence
    flops = prepared.model_flops(plan.sequence) * tokens
    whole = prepared.model_flops_whole(plan.sequence) * tokens
    peak = job.count * job.setting.peak
    parts = dict.fromkeys(TIME, 0.0) | {figure.id: figure.value for figure in time.parts}
    low, high = spread(seconds, WIDTH)
    took = {"step": seconds}
    each = {"devices": job.count}
    used = mfu(flops, seconds, peak)
    held = dict.fromkeys(MemoryParts._fields, 0.0) | {figure.id: figure.value for figure in memory.parts}
    total = memory_sum(**held)
    return (
        Figure("step_time", "Step time", seconds, "seconds", low, high, training_step_sum.equation.id, parts),
        figure_of("tokens_per_second", "Throughput", throughput, {"tokens": tokens} | took, "tokens_per_second", WIDTH),
        figure_of(
            "tokens_per_second_per_device",
            "Throughput of a device",
            device_training_rate,
            {"tokens": tokens} | took | each,
            "tokens_per_second",
            WIDTH,
        ),
        Figure(
            "mfu",
            "Model FLOPs utilisation",
            used,
            "share",
            used / (1 + WIDTH),
            min(used * (1 + WIDTH), 1.0),
            equation="mfu",
            arguments={"flops": flops, "step": seconds, "peak": peak},
            note=f"of the dense {job.setting.precision} peak; attention as far as the causal mask leaves it",
        ),
        figure_of(
            "mfu_whole",
            "The same, attention over the whole sequence",
            mfu_whole,
            {"flops": whole, "step": seconds, "peak": peak},
            "share",
            WIDTH,
            "as PaLM and most papers count: more than 100 % where a kernel skips what the mask hides",
        ),
        figure_of(
            "model_flops",
            "Model arithmetic of a device",
            device_flop_rate,
            {"flops": flops} | took | each,
            "flop_rate",
            WIDTH,
        ),
        Figure(
            "memory",
            "Memory of the fullest device",
            total,
            "bytes",
            total,
            total * (1 + RESERVE),
            equation="training-memory",
            arguments=held,
            note="what must be held; allocators reserve more, which is the interval",
        ),
        figure_of(
            "micro_batches",
            "Micro-batches of a replica",
            micro_batches,
            {"global_batch": plan.global_batch, "replicas": plan.data, "micro_batch": plan.micro_batch},
            "count",
        ),
    )


def figure_of(
    name: str,
    label: str,
    function: Catalogued[Any, float],
    arguments: Mapping[str, float],
    kind: str,
    width: float = 0.0,
    note: str = "",
) -> Figure:
    """A figure whose value is its equation's, with an interval of this width."""
    value = function(**arguments)
    low, high = spread(value, width) if width else (None, None)
    return Figure(name, label, value, kind, low, high, function.equation.id, arguments, note)


def bill(
    job: Job, step: float, price: Price, site: str, tokens: float | None
) -> tuple[tuple[Figure, ...], list[Given]]:
    """Energy and cost of a step and of a million tokens, and with `tokens` time, energy and cost of the run.

    Without failures: the question `checkpoint` has those.
    """
    rate = job.plan.global_batch * job.plan.sequence / step
    device, place = job.setting.device, named("site", site)
    found: list[Figure] = []
    givens = [*price.givens, datum(place, "pue", f"PUE, {place.name}")]
    span = 0.0
    if tokens is not None:
        TOKENS.check(tokens)
        arguments = {"tokens": tokens, "throughput": rate}
        found.append(figure_of("run_time", "Time of the run", run_time, arguments, "seconds", WIDTH))
        span = found[0].value
    if "power" in device:
        givens.append(datum(device, "power", f"{device.name}: largest power"))
        drawn = {"devices": float(job.count), "power": device["power"]}
        spans = [("energy_per_step", "Energy of a step", step)]
        spans += [("energy_per_million_tokens", "Energy of a million tokens", MILLION / rate)]
        spans += [("energy", "Energy of the run", span)] if span else []
        found += [_energy(name, label, drawn | {"span": time, "pue": place["pue"]}) for name, label, time in spans]
    if price.rate is not None:
        every = job.count * price.rate
        arguments = {"rate": every, "throughput": rate}
        name, label = "cost_per_million_tokens", "Cost of a million tokens"
        found.append(figure_of(name, label, cost_per_token, arguments, "usd_per_million_tokens", WIDTH))
        if span:
            arguments = {"rate": every, "utilisation": 1.0, "span": span}
            found.append(figure_of("cost", "Cost of the run", on_demand_cost, arguments, "usd", WIDTH))
    return tuple(found), givens


def _energy(name: str, label: str, arguments: Mapping[str, float]) -> Figure:
    """Energy at the printed power; the interval is that of the time and that of measured power, as independent ones."""
    value = run_energy(**arguments)
    low = value / exp(hypot(log(1 + WIDTH), log(POWER_LOW)))
    high = value * exp(hypot(log(1 + WIDTH), log(POWER_HIGH)))
    note = "at the devices' printed largest power, PUE included"
    return Figure(name, label, value, "watt_hours", low, high, "run-energy", arguments, note)


def bill_notes(job: Job, price: Price) -> tuple[str, ...]:
    """What energy and cost leave out."""
    notes = [price.note] if price.note else []
    if "power" in job.setting.device:
        notes.append(
            "Energy leaves out hosts, network and storage, and takes the devices' largest power for the mean: runs that "
            "were measured drew 54 to 110 % of it, hosts included, which is the interval."
        )
    else:
        notes.append(f"No energy: the registry has no power of {job.setting.device.name}.")
    if price.rate is not None:
        notes.append("Cost is that of the devices on demand: no discount, no storage, no egress, no failures.")
    return tuple(notes)
