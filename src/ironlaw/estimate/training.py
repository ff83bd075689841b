"""How long a training step takes, what it is made of, whether it fits, and what a run costs.

    plan = estimate_training(model="llama-3-70b", device="h100-sxm", count=512, tp=8, pp=4, global_batch=1024, seq=8192)
    plan["step_time"], plan["mfu"], plan.stacks[0].parts

`read_plan` checks a plan and puts it together once; `job.setting.step(job.plan)` then answers in microseconds, for one plan
or for arrays of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ironlaw.physics import InputError
from ironlaw.physics.catalogue import Symbol
from ironlaw.physics.schedule import micro_batches
from ironlaw.physics.training import Plan

from .memory import RESERVE
from .prices import device_price
from .result import Estimate
from .training_answer import TOKENS, asked, bill, bill_notes, figures
from .training_fit import refusal, ways_out
from .training_machine import NODE, givens
from .training_setting import TrainingSetting, training_setting
from .training_stacks import memory_stack, time_stack

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    "recompute": "made again in the backward pass: none, selective (scores), light (norms, activation functions too), "
    "alternate (every second product) or full",
    "zero": "stage of ZeRO: 0, 1 (optimizer state is shared), 2 (gradients too), 3 (weights too; FSDP)",
    "interleave": "model chunks a pipeline stage",
    "precision": "type of the matrix products: bf16, fp16, fp8, tf32 or fp32",
    "software": "how layers run: megatron, eager, compiled, megatron-2021, megatron-2022, megatron-deepspeed, megascale",
    "attention": "attention kernel in place of the software's own: flash-1, flash-2 or flash-3",
    "network": "registry name of a port between nodes; default: that of the device's generation",
    "ports": "ports a device, such as 0.5",
    "node": "devices that the fast link joins",
    "tokens": "tokens of the whole run, for its time, cost and energy",
    "offer": "registry name of a price; default: the registry's usual one of the device",
    "rate": "price of a device, such as '$2.50/h', in place of offer",
    "site": "registry name of the data centre whose PUE counts",
}
_COUNTED = ("count", "global_batch", "seq", "tp", "pp", "cp", "ep", "micro_batch", "interleave", "node")
_WHOLE = {name: Symbol(name, "n", "1", PARAMETERS[name], low=1, high=1e9, integer=True) for name in _COUNTED}
_PORTS = Symbol("ports", "n", "1", PARAMETERS["ports"], low=0, low_open=True, high=1000)


@dataclass(frozen=True)
class Job:
    """A plan that was checked, with everything to compute it: `job.setting.step(job.plan)`."""

    setting: TrainingSetting
    plan: Plan
    count: int


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
    rate: float | str | None = None,
    site: str = "industry-average",
) -> Estimate:
    """Step time, MFU, tokens a second, memory, energy and cost, and with `tokens` the time, cost and energy of a run.

    Figures: step_time, tokens_per_second, tokens_per_second_per_device, mfu, mfu_whole, model_flops, memory, micro_batches,
    energy_per_step, energy_per_million_tokens, cost_per_million_tokens, and for a run run_time, energy and cost. Energy
    needs a device with a known power, cost a rate, an offer, or a device with a price. Stacks: time, memory. A plan that
    does not fit has reasons instead, and notes that say what would make it fit. Raises InputError (a ValueError) for a bad or contradicting plan, UnknownEntity (a KeyError) for a name.
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
    if tokens is not None:
        TOKENS.check(tokens)
    setting, plan = job.setting, job.plan
    price = device_price(setting.device, offer, rate)
    title = f"{setting.model.name} on {count} × {setting.device.name}"
    given = asked(job, attention, tokens) + givens(setting.device, precision, setting.way.kernel, setting.network)
    terms = setting.memory_terms(plan)
    stack = memory_stack(terms)
    capacity = setting.device["memory_capacity"]
    if terms.parts.total > capacity:
        return Estimate("training", title, given, stacks=(stack,), reasons=(refusal(job, stack),), notes=ways_out(job))
    step = setting.step(plan).total
    time = time_stack(job)
    run, more = bill(job, step, price, site, tokens)
    notes = [*bill_notes(job, price)]
    if terms.parts.total * (1 + RESERVE) > capacity:
        notes.append("Memory is tight: allocators reserve up to 8 % more than must be held.")
    if setting.model.experts:
        notes.append("The step of a model with experts is a lower bound: their uneven load is not modelled.")
    answers = figures(job, step, time, stack) + run
    return Estimate("training", title, (*given, *more), answers, (time, stack), notes=tuple(notes))


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
    given = (count, global_batch, seq, tp, pp, cp, ep, micro_batch, interleave, NODE if node is None else node)
    for symbol, value in zip(_WHOLE.values(), given, strict=True):
        symbol.check(value)
    _PORTS.check(ports)
    setting = training_setting(
        model,
        device,
        precision=precision,
        way=way,
        recompute=recompute,
        zero=zero,
        attention=attention,
        network=network,
        ports=ports,
        node=node,
    )
    shape = setting.model
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
    plan = setting.plan(
        count=count,
        global_batch=global_batch,
        seq=seq,
        tp=tp,
        pp=pp,
        cp=cp,
        ep=ep,
        micro_batch=micro_batch,
        interleave=interleave,
    )
    return Job(setting, plan, count)


def _divides(field: str, whole: int, part: int, words: str, of: str = "", got: int | None = None) -> None:
    if whole % part:
        allowed = f"a divisor of {of} ({whole})" if of else f"a multiple of {words} ({part})"
        value = whole if got is None else got
        raise InputError(f"{field} must be {allowed}, got {value}", field, value, allowed)


def _at_most(field: str, value: int, limit: int, words: str, of: str) -> None:
    if value > limit:
        allowed = f"such that {words} ({value}) is at most {of} ({limit})"
        raise InputError(f"{field} must be {allowed}", field, value, allowed)
