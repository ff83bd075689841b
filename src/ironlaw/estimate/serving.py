"""What a language model on some devices delivers: latency, throughput, the largest batch, memory and cost of a token.

plan = estimate_serving(model="llama-3-70b", device="h100-sxm", count=8, tp=4, precision="fp8", prompt=2048, output=512)
plan["tokens_per_second"], plan["inter_token_latency"], plan.figure("cost_per_million_tokens").text

`count` devices make count/tp replicas. Each runs `batch` sequences at once and takes on new prompts as others end
(continuous batching); the figures are those of its steady state, with nobody waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ironlaw import quantities, registry
from ironlaw.physics.batching import mixed_tokens, output_rate, request_latency
from ironlaw.physics.catalogue import InputError, Symbol
from ironlaw.physics.economics import cost_per_token

from .amounts import amount
from .names import named
from .result import Estimate, Figure, Given, Stack, datum, spread
from .serving_model import PAGE, ServingModel, StepTime, field_or
from .serving_setup import serving_model

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "offer": "registry name of a cloud's price, such as gpu-h100-aws-p5",
    "rate": "price of a device, such as '$2.50/h' (a number is in USD/s), in place of offer",
}

_PROMPT = Symbol("prompt", "s", "token", "tokens of a prompt", low=1, integer=True)
_OUTPUT = Symbol("output", "o", "token", "tokens of an output", low=1, integer=True)
_COUNT = Symbol("count", "n", "1", "devices", low=1, integer=True)
_BATCH = Symbol("batch", "b", "1", "sequences that a replica runs at once", low=1, integer=True)
_PARTS = {
    "products": "Products with weights, unpacking included",
    "cache": "Attention over the cache",
    "prompt": "Attention of prompts",
    "small": "Norms, conversions, activations",
    "communication": "All-reduces between the devices",
    "fixed": "Start and tail of the kernels",
}


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
    offer: str = "",
    rate: float | str | None = None,
) -> Estimate:
    """Latency, throughput, memory and cost of serving; `PARAMETERS` says what each parameter is.

    Figures: time_to_first_token, inter_token_latency, request_latency, tokens_per_second_user, tokens_per_second,
    batch, largest_batch, kv_bytes_per_token, busy_share (of the peak), and with a price cost_per_million_tokens.
    A plan whose weights or batch do not fit has reasons and no figures. Raises InputError (a ValueError) for a bad
    number, UnknownEntity (a KeyError) for an unknown name.
    """
    for symbol, value in ((_PROMPT, prompt), (_OUTPUT, output), (_COUNT, tp if count is None else count)):
        symbol.check(value)
    if batch is not None:
        _BATCH.check(batch)
    plan = serving_model(
        model, device, ways=tp, precision=precision, cache_precision=kv_precision, runtime=runtime, batches=0
    )
    replicas = _replicas(tp if count is None else count, tp)
    price, price_givens = _price(offer, rate)
    largest = plan.largest_batch(prompt + output)
    title = f"{plan.shape.name} in {named('format', precision).name} on {replicas * tp} × {plan.device.name}"
    givens = (*_givens(plan, prompt, output, replicas), *price_givens)
    reasons = _reasons(plan, prompt, output, batch, largest)
    running = float(largest if batch is None else batch)
    memory = _memory(plan, running if not reasons else 0.0, prompt + output)
    if reasons:
        return Estimate("serving", title, givens, stacks=(memory,), reasons=reasons)
    step = plan.mixed_step(running, prompt, output)
    figures = _figures(plan, step, running, largest, prompt, output, replicas)
    if price is not None:
        figures.append(_cost(figures, price, replicas * tp))
    parts = tuple(Figure(name, label, getattr(step, name), "seconds") for name, label in _PARTS.items())
    bound, why = _bound(plan, step, running, prompt, output)
    givens = (*givens, Given("bound", "What limits a step", bound, source="the largest part of the step"))
    return Estimate(
        "serving",
        title,
        givens,
        tuple(figures),
        (Stack("step", "A step of a replica", parts), memory),
        notes=(why, *_notes(plan, prompt, output)),
    )


def _replicas(count: int, tp: int) -> int:
    if count % tp:
        allowed = f"a multiple of tp = {tp}"
        raise InputError(f"count must be {allowed}, got {count}", "count", count, allowed)
    return count // tp


def _price(offer: str, rate: float | str | None) -> tuple[float | None, list[Given]]:
    if rate is not None:
        asked = amount(rate, "usd_per_hour", "rate", "price of a device")
        return asked, [Given("rate", "Price of a device", asked, "usd_per_hour")]
    if not offer:
        return None, []
    cloud = named("price", offer)
    devices = field_or(cloud, "devices", 1.0)
    return cloud["per_hour"] / devices, [datum(cloud, "per_hour")]


def _reasons(plan: ServingModel, prompt: int, output: int, batch: int | None, largest: float) -> tuple[str, ...]:
    capacity = plan.device["memory_capacity"]
    where = f"the {_bytes(capacity)} of {plan.device.name}"
    held = f"{_bytes(plan.weight_bytes)} of weights" + (f" on each of {plan.ways} devices" if plan.ways > 1 else "")
    if plan.cache_memory <= 0:
        return (f"{held} and the runtime's workspace do not fit {where}",)
    room = f"{_bytes(plan.cache_memory)} are left for the cache beside {held}"
    if largest < 1:
        return (f"{room}: one sequence of {prompt + output:,} tokens needs {_bytes(plan.kv * (prompt + output))}",)
    if batch is not None and batch > largest:
        return (f"{room}: {largest:,.0f} sequences of {prompt + output:,} tokens fit, {batch:,} are asked for",)
    return ()


def _figures(
    plan: ServingModel, step: StepTime, batch: float, largest: float, prompt: int, output: int, replicas: int
) -> list[Figure]:
    first_step = plan.prefill_step(1, prompt)
    first, token = first_step.total, step.total
    one = output_rate(batch, token)
    flops = plan.shape.forward_flops * mixed_tokens(batch, prompt, output)
    peak = plan.products[0].peak * plan.ways
    return [
        _near("time_to_first_token", "Time to the first token, nobody waiting", first, "seconds", _parts(first_step)),
        _near("inter_token_latency", "Time of a token after the first", token, "seconds", _parts(step)),
        _near(
            "request_latency",
            "Time of a request, nobody waiting",
            request_latency(first, output, token),
            "seconds",
            ("request-latency", {"first": first, "output": float(output), "step": token}),
        ),
        _near("tokens_per_second_user", "Output of one sequence", 1 / token, "tokens_per_second"),
        _near(
            "tokens_per_second",
            "Output of all replicas",
            replicas * one,
            "tokens_per_second",
            ("output-rate", {"batch": replicas * batch, "step": token}),
        ),
        Figure("batch", "Sequences of a replica at once", batch, "count"),
        Figure(
            "largest_batch",
            "Sequences that a replica has room for",
            largest,
            "count",
            note="room for a sequence's last token is kept from its start; the runtime's own limit counts too",
        ),
        Figure(
            "kv_bytes_per_token",
            "Cache of a token, all devices",
            plan.shape.kv_bytes(registry.get(plan.cache_format)["bytes_per_value"]),
            "bytes",
        ),
        _near(
            "busy_share", "Share of the peak that goes into the model", flops / (token * peak), "share", low_only=True
        ),
    ]


def _near(
    id: str,  # noqa: A002  (the record's own word)
    label: str,
    value: float,
    kind: str,
    equation: tuple[str, Mapping[str, float]] = ("", {}),
    *,
    low_only: bool = False,
) -> Figure:
    """A figure with the 80 % interval of the validation; a share of the peak has no room above 1."""
    low, high = spread(value, registry.get("decode-spread")["share"])
    name, arguments = equation
    return Figure(id, label, value, kind, low, min(high, 1.0) if low_only else high, name, arguments or None)


def _parts(step: StepTime) -> tuple[str, dict[str, float]]:
    return "forward-step-time", {name: getattr(step, name) for name in _PARTS}


def _cost(figures: list[Figure], price: float, devices: int) -> Figure:
    rate = next(figure for figure in figures if figure.id == "tokens_per_second")
    arguments = {"rate": devices * price, "throughput": rate.value}
    value = cost_per_token(**arguments)
    low, high = spread(value, registry.get("decode-spread")["share"])
    return Figure(
        "cost_per_million_tokens",
        "Cost of a million output tokens",
        value,
        "usd_per_million_tokens",
        low,
        high,
        "cost-per-token",
        arguments,
        "at this load: an idle hour costs the same",
    )


def _memory(plan: ServingModel, batch: float, tokens: int) -> Stack:
    pages = -(-tokens // PAGE) * PAGE
    workspace = plan.workspace
    parts = (
        Figure("weights", "Weights", plan.weight_bytes, "bytes"),
        Figure("cache", f"Cache of {batch:,.0f} sequences", batch * pages * plan.kv, "bytes"),
        Figure("workspace", "Runtime: activations, buffers", workspace, "bytes"),
    )
    return Stack("memory", "Memory of one device", parts)


def _bound(plan: ServingModel, step: StepTime, batch: float, prompt: int, output: int) -> tuple[str, str]:
    """What takes most of a step: arithmetic, memory, the network between the devices, or fixed costs."""
    tokens = mixed_tokens(batch, prompt, output)
    reading = plan.reading_time(tokens)
    arithmetic = step.products > reading * (1 + 1e-9)
    shares = {
        "compute": step.prompt + (step.products if arithmetic else 0.0),
        "memory": step.cache + step.small + (0.0 if arithmetic else step.products),
        "network": step.communication,
        "overhead": step.fixed,
    }
    name = max(shares, key=lambda key: shares[key])
    return name, f"{name} takes {quantities.format(shares[name] / step.total, 'share')} of a step."


def _givens(plan: ServingModel, prompt: int, output: int, replicas: int) -> tuple[Given, ...]:
    device, runtime = plan.device, plan.runtime
    calibrated: list[Given] = [
        datum(registry.get("decode-memory-share"), "share", "Share of the memory bandwidth that is reached"),
        datum(registry.get("decode-kernel-cycles"), "cycles", "Clocks that a kernel takes whatever its size"),
        datum(runtime, "kernels_per_layer"),
    ]
    if "achieved_bandwidth" in device:
        calibrated[0] = datum(device, "achieved_bandwidth")
    given = (
        Given("replicas", "Replicas", float(replicas), "count"),
        Given("tp", "Devices of a replica", float(plan.ways), "count"),
        Given("prompt", "Prompt", float(prompt), "tokens"),
        Given("output", "Output", float(output), "tokens"),
        datum(registry.get(plan.shape.id), "parameters"),
        datum(registry.get(plan.format_id), "bytes_per_value", "Weights"),
        datum(registry.get(plan.cache_format), "bytes_per_value", "Cache"),
        datum(device, "memory_capacity"),
        datum(device, "memory_bandwidth"),
        datum(device, f"peak_{plan.computed}"),
        *((datum(device, "clock"),) if "clock" in device else ()),
        *calibrated,
    )
    return tuple({item.id: item for item in given}.values())


def _notes(plan: ServingModel, prompt: int, output: int) -> list[str]:
    notes = ["Without waiting: a queue in front adds to the time of a request (see queueing)."]
    if prompt + output > plan.shape.context:
        notes.append(
            f"{plan.shape.name} was trained for {plan.shape.context:,.0f} tokens; longer ones are its memory only."
        )
    if plan.computed not in {plan.format_id, "bf16", "fp16", "fp32"} and plan.computed != "fp4":
        notes.append(f"Products are computed in {plan.computed.upper()}.")
    return notes


def _bytes(value: Any) -> str:
    return quantities.format(value, "bytes")
