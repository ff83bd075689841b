"""What a language model on some devices delivers: latency, throughput, the largest batch, memory and cost of a token.

plan = estimate_serving(model="llama-3-70b", device="h100-sxm", count=8, tp=4, precision="fp8", prompt=2048, output=512)
plan["tokens_per_second"], plan["inter_token_latency"], plan.figure("cost_per_million_tokens").text

`count` devices make count/tp replicas. Each runs `batch` sequences at once and takes on new prompts as others end
(continuous batching); the figures are those of its steady state, with nobody waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironlaw import quantities
from ironlaw.physics.catalogue import InputError, Symbol

from .names import named
from .prices import device_price
from .result import Estimate
from .serving_answer import bound, cost, figures, givens, memory_stack, notes, step_stack
from .serving_setup import serving_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .prices import Price
    from .serving_model import ServingModel

PARAMETERS: Mapping[str, str] = {
    "model": "registry name of the model",
    "device": "registry name of the device",
    "count": "devices in all; default: tp",
    "tp": "devices that share each layer (tensor parallelism)",
    "precision": "format of the weights: bf16, fp8, nvfp4, int8, int4-awq, q4-k-m, …",
    "kv_precision": "format of the cache; default: 8 bit with native 8- or 4-bit weights, else 16 bit",
    "batch": "sequences that a replica runs at once; default: as many as fit",
    "prompt": "tokens of a prompt",
    "output": "tokens of an output",
    "runtime": "registry name of the software: tensorrt-llm, compiled, llama-cpp, mlc",
    "offer": "registry name of a price, such as gpu-h100-aws-p5; default: the registry's usual one of the device",
    "rate": "price of a device, such as '$2.50/h', in place of offer",
}

_PROMPT = Symbol("prompt", "s", "token", "tokens of a prompt", low=1, high=1e9, integer=True)
_OUTPUT = Symbol("output", "o", "token", "tokens of an output", low=1, high=1e9, integer=True)
_COUNT = Symbol("count", "n", "1", "devices", low=1, high=1e9, integer=True)
_TP = Symbol("tp", "n", "1", "devices that share each layer", low=1, high=1e9, integer=True)
_BATCH = Symbol("batch", "b", "1", "sequences that a replica runs at once", low=1, high=1e9, integer=True)


def estimate_serving(
    *,
    model: str,
    device: str,
    count: int | None = None,
    tp: int = 1,
    precision: str = "bf16",
    kv_precision: str | None = None,
    batch: int | None = None,
    prompt: int = 1024,
    output: int = 256,
    runtime: str = "tensorrt-llm",
    offer: str | None = None,
    rate: float | str | None = None,
) -> Estimate:
    """Latency, throughput, memory and cost of serving; `PARAMETERS` says what each parameter is.

    Figures: time_to_first_token, inter_token_latency, request_latency, tokens_per_second_user, tokens_per_second,
    batch, largest_batch, kv_bytes_per_token, busy_share (of the peak), and with a rate, an offer or a device with a price
    cost_per_million_tokens. Stacks: step, memory. A plan whose weights or batch do not fit has reasons and no figures.
    Raises InputError (a ValueError) for a bad number, an encoder, or a rate beside an offer; UnknownEntity (a KeyError)
    for an unknown name.
    """
    for symbol, value in ((_PROMPT, prompt), (_OUTPUT, output), (_TP, tp), (_COUNT, tp if count is None else count)):
        symbol.check(value)
    if batch is not None:
        _BATCH.check(batch)
    plan = serving_model(
        model, device, ways=tp, precision=precision, cache_precision=kv_precision, runtime=runtime, batches=0
    )
    devices = tp if count is None else count
    replicas = _replicas(devices, tp)
    price = device_price(plan.device, offer, rate)
    tokens = prompt + output
    largest = plan.largest_batch(tokens)
    reasons = _reasons(plan, tokens, batch, largest)
    running = float(largest if batch is None else batch)
    title = f"{plan.shape.name} in {named('format', precision).name} on {devices} × {plan.device.name}"
    given = givens(plan, count=devices, prompt=prompt, output=output, batch=running or None, asked=batch is not None)
    given = (*given, *price.givens)
    if reasons:
        # what showed it: the batch that was asked for, or the one sequence that there is no room for
        stack = memory_stack(plan, max(running, 1.0), tokens)
        return Estimate("serving", title, given, stacks=(stack,), reasons=reasons)
    step = plan.mixed_step(running, prompt, output)
    answers = figures(plan, step, running, prompt, output, replicas=replicas, asked=batch is not None)
    if price.rate is not None:
        throughput = next(figure.value for figure in answers if figure.id == "tokens_per_second")
        answers.append(cost(devices * price.rate, throughput))
    limit, why = bound(plan, step, running, prompt, output)
    return Estimate(
        "serving",
        title,
        (*given, limit),
        tuple(answers),
        (step_stack(plan, step, running, prompt, output), memory_stack(plan, running, tokens)),
        notes=(why, *notes(plan, prompt, output), *_price_notes(price)),
    )


def _replicas(count: int, tp: int) -> int:
    if count % tp:
        allowed = f"a multiple of tp = {tp}"
        raise InputError(f"count must be {allowed}, got {count}", "count", count, allowed)
    return count // tp


def _reasons(plan: ServingModel, tokens: int, batch: int | None, largest: float) -> tuple[str, ...]:
    capacity = plan.device["memory_capacity"]
    where = f"the {_bytes(capacity)} of {plan.device.name}"
    held = f"{_bytes(plan.weight_bytes)} of weights" + (f" on each of {plan.ways} devices" if plan.ways > 1 else "")
    if plan.cache_memory <= 0:
        return (f"{held} and the runtime's workspace do not fit {where}",)
    room = f"{_bytes(plan.cache_memory)} are left for the cache beside {held}"
    if largest < 1:
        return (f"{room}: one sequence of {tokens:,} tokens needs {_bytes(plan.kv * tokens)}",)
    if batch is not None and batch > plan.room(tokens):
        return (f"{room}: {plan.room(tokens):,.0f} sequences of {tokens:,} tokens fit, {batch:,} are asked for",)
    if batch is not None and batch > largest:
        return (f"{plan.runtime.name} takes at most {largest:,.0f} sequences at once, {batch:,} are asked for",)
    return ()


def _price_notes(price: Price) -> tuple[str, ...]:
    leaves_out = "Cost is that of the devices on demand and at this load: no discount, no idle time, no egress."
    return tuple(note for note in (price.note, leaves_out if price.rate is not None else "") if note)


def _bytes(value: float) -> str:
    return quantities.format(value, "bytes")
