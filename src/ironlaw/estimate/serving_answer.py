"""What the serving question answers with: figures and parts, each with its equation or a note, and the givens."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from ironlaw import quantities, registry
from ironlaw.physics.attention import kv_bytes, latent_kv_bytes
from ironlaw.physics.batching import mean_context, mixed_tokens, output_rate, request_latency
from ironlaw.physics.economics import cost_per_served_token
from ironlaw.physics.inference import (
    cache_read_time,
    fixed_time,
    forward_step_time,
    prompt_attention_time,
    stream_time,
)
from ironlaw.physics.kvcache import cache_batch, paged_bytes
from ironlaw.physics.step import mfu

from .network import link_of
from .result import Figure, Given, Stack, datum, spread
from .serving_model import PAGE, TILE
from .serving_setup import MEASURED, clock, joins, matmul_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ironlaw.physics.catalogue import Catalogued

    from .serving_model import ServingModel, StepTime

PARTS = ("products", "cache", "prompt", "small", "communication", "fixed")
_SHAPE = (
    *("layers", "hidden", "heads", "kv_heads", "feed_forward", "vocabulary"),
    *("sliding_window", "kv_lora_rank", "experts", "experts_active"),
)
_RUNTIME = ("kernels_per_layer", "workspace", "cache_share", "batch_limit")


def figures(
    plan: ServingModel, step: StepTime, batch: float, prompt: int, output: int, *, replicas: int, asked: bool
) -> list[Figure]:
    """Latency, throughput, batch, cache and use of the peak; `step` is that of a replica with `batch` sequences."""
    first_step = plan.prefill_step(1, prompt)
    token = step.total
    arguments = {"first": first_step.total, "output": float(output), "step": token}
    flops = plan.shape.forward_flops * mixed_tokens(batch, prompt, output)
    work = {"flops": flops, "step": token, "peak": plan.products[0].peak * plan.ways}
    sums = forward_step_time
    return [
        _near("time_to_first_token", "Time to the first token, nobody waiting", sums, _parts(first_step), "seconds"),
        _near("inter_token_latency", "Time of a token after the first", sums, _parts(step), "seconds"),
        _near("request_latency", "Time of a request, nobody waiting", request_latency, arguments, "seconds"),
        _near(
            "tokens_per_second_user",
            "Output of one sequence",
            output_rate,
            {"batch": 1.0, "step": token},
            "tokens_per_second",
        ),
        _near(
            "tokens_per_second",
            "Output of all replicas",
            output_rate,
            {"batch": replicas * batch, "step": token},
            "tokens_per_second",
        ),
        Figure(
            "batch",
            "Sequences of a replica at once",
            batch,
            "count",
            note="as asked for" if asked else "as many as a replica has room for",
        ),
        _largest(plan, prompt + output),
        _cache_of_a_token(plan),
        _near("busy_share", "Share of the peak that goes into the model", mfu, work, "share", high=1.0),
    ]


def cost(rate: float, throughput: float) -> Figure:
    """The cost of output tokens on hardware of `rate` USD/s in all that puts out `throughput` tokens a second."""
    arguments = {"rate": rate, "throughput": throughput, "utilisation": 1.0}
    label, note = "Cost of a million output tokens", "at this load: an idle hour costs the same"
    kind = "usd_per_million_tokens"
    return _near("cost_per_million_tokens", label, cost_per_served_token, arguments, kind, note=note)


def step_stack(plan: ServingModel, step: StepTime, batch: float, prompt: int, output: int) -> Stack:
    """The parts of a replica's step, those that take time."""
    tokens = mixed_tokens(batch, prompt, output)
    device, streamed = plan.device, {"bandwidth": plan.bandwidth, "memory_share": plan.memory_share}
    reached = {"peak": plan.attention_peak, "efficiency": plan.attention_share}
    looked_back = plan.seen(mean_context(prompt, output))
    cache = {"tokens": batch, "context": looked_back, "kv": plan.kv, "flops": plan.cache_flops, **reached, **streamed}
    prompts = {"tokens": batch / output * prompt, "context": plan.prompt_seen(prompt), "flops": plan.attention_flops}
    fixed = {
        "layers": plan.shape.layers,
        "kernels": plan.runtime["kernels_per_layer"],
        "cycles": registry.get("decode-kernel-cycles")["cycles"],
        "clock": clock(device),
    }
    parts = (
        Figure(
            "products",
            "Products with weights, unpacking included",
            step.products,
            "seconds",
            note=f"sum of product-time over the {_kinds(plan)} kinds of matrices with {tokens:,.1f} tokens, in whole "
            f"tiles of {TILE:g}; reading the weights alone takes "
            f"{quantities.format(plan.reading_time(tokens), 'seconds')}",
        ),
        _exact("cache", "Attention over the cache", cache_read_time, cache),
        _exact("prompt", "Attention of prompts", prompt_attention_time, prompts | reached),
        _exact("small", "Norms, conversions, activations", stream_time, {"moved": plan.moved(tokens)} | streamed),
        Figure(
            "communication",
            "All-reduces between the devices",
            step.communication,
            "seconds",
            note=f"{plan.all_reduces:,.0f} all-reduces of {_bytes(plan.message(tokens))} among {plan.ways} devices on "
            f"{joins(device).name}, each the fastest of ring, tree and switch",
        ),
        _exact("fixed", "Start and tail of the kernels", fixed_time, fixed),
    )
    return Stack("step", "A step of a replica", tuple(part for part in parts if part.value > 0))


def memory_stack(plan: ServingModel, batch: float, tokens: int) -> Stack:
    """What a device holds with `batch` sequences of `tokens` tokens."""
    one = paged_bytes(float(tokens), PAGE, plan.kv)
    shared = f"; each of {plan.ways} devices holds its share" if plan.ways > 1 else ""
    parts = (
        Figure(
            "weights",
            "Weights",
            plan.weight_bytes,
            "bytes",
            note=f"sum over all matrices, embedding included, of weights × bytes as stored, scales too{shared}",
        ),
        Figure(
            "cache",
            f"Cache of {batch:,.0f} sequence{'' if batch == 1 else 's'}",
            batch * one,
            "bytes",
            note=f"{batch:,.0f} × {_bytes(one)} of a sequence of {tokens:,} tokens in pages of {PAGE:g} (paged-bytes)",
        ),
        Figure(
            "workspace",
            "Runtime: activations, buffers",
            plan.workspace,
            "bytes",
            note=f"the registry's workspace of {plan.runtime.name}",
        ),
    )
    return Stack("memory", "Memory of one device", tuple(part for part in parts if part.value > 0))


def bound(plan: ServingModel, step: StepTime, batch: float, prompt: int, output: int) -> tuple[Given, str]:
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
    given = Given("bound", "What limits a step", name, source="the largest part of the step")
    return given, f"{name} takes {quantities.format(shares[name] / step.total, 'share')} of a step."


def givens(
    plan: ServingModel, *, count: int, prompt: int, output: int, batch: float | None, asked: bool
) -> tuple[Given, ...]:
    """The plan as it was asked for (`batch` None: not even one sequence fits), and the data that it rests on."""
    device, model = plan.device, registry.get(plan.shape.id)
    written, cached = registry.get(plan.format_id), registry.get(plan.cache_format)
    running = Given(
        "batch", "Sequences of a replica", batch or 0.0, "count", "asked for" if asked else "as many as fit"
    )
    words = (
        ("precision", "Weights", written),
        ("kv_precision", "Cache", cached),
        ("runtime", "Software", plan.runtime),
    )
    stored = "Bytes of a weight and of a cached value" if written == cached else "Bytes of a weight"
    found = (
        Given("count", "Devices", float(count), "count"),
        Given("tp", "Devices of a replica", float(plan.ways), "count"),
        Given("replicas", "Replicas", float(count // plan.ways), "count", "count / tp"),
        Given("prompt", "Prompt", float(prompt), "tokens"),
        Given("output", "Output", float(output), "tokens"),
        *((running,) if batch is not None else ()),
        *(Given(name, label, entity.name, source="asked for, or the default") for name, label, entity in words),
        datum(model, "parameters"),
        *(datum(model, field) for field in _SHAPE if field in model),
        *((datum(cached, "bytes_per_value", "Bytes of a cached value"),) if written != cached else ()),
        datum(written, "bytes_per_value", stored),
        datum(device, "memory_capacity"),
        datum(device, "memory_bandwidth"),
        datum(device, f"peak_{plan.computed}"),
        *_measured(plan),
        *((datum(device, "multiprocessors"),) if "multiprocessors" in device else ()),
        datum(device, "clock") if "clock" in device else _derived_clock(plan),
        datum(registry.get("decode-kernel-cycles"), "cycles", "Clocks that a kernel takes whatever its size"),
        datum(registry.get("attention-share"), "share", "Share of the peak that attention reaches"),
        *(datum(plan.runtime, field) for field in _RUNTIME if field in plan.runtime),
        *((datum(joins(device), "bandwidth"),) if plan.ways > 1 else ()),
    )
    return tuple({item.id: item for item in found}.values())


def notes(plan: ServingModel, prompt: int, output: int) -> list[str]:
    """What the figures leave out, and what was assumed."""
    found = ["Without waiting: a queue in front adds to the time of a request (see queueing)."]
    if prompt + output > plan.shape.context:
        found.append(
            f"{plan.shape.name} was trained for {plan.shape.context:,.0f} tokens; longer ones are its memory only."
        )
    if plan.computed not in {plan.format_id, "bf16", "fp16", "fp32"} and plan.computed != "fp4":
        found.append(f"Products are computed in {plan.computed.upper()}.")
    if plan.ways > 1 and link_of(plan.device) is None:
        found.append(
            f"The registry has no link between devices of {plan.device.name}: {joins(plan.device).name} is assumed."
        )
    return found


def _derived_clock(plan: ServingModel) -> Given:
    known = {"multiprocessors", "peak_fp32"} <= set(plan.device.fields)
    source = (
        "its multiprocessors and FP32 peak" if known else f"that of {registry.get(MEASURED).name}, for want of its own"
    )
    return Given("clock", f"{plan.device.name}: clock", clock(plan.device), "frequency", source)


def _measured(plan: ServingModel) -> tuple[Given, ...]:
    """The shares of bandwidth and peak that are reached: of the device where somebody measured it."""
    device, matmul = plan.device, f"achieved_matmul_{plan.computed}"
    share = Given(
        "matmul_share",
        f"Share of the {plan.computed.upper()} peak that large products reach",
        matmul_share(device, plan.computed),
        "share",
        "mean of those measured on other devices",
    )
    return (
        datum(device, "achieved_bandwidth")
        if "achieved_bandwidth" in device
        else datum(registry.get("decode-memory-share"), "share", "Share of the memory bandwidth that is reached"),
        datum(device, matmul) if matmul in device else share,
    )


def _largest(plan: ServingModel, tokens: int) -> Figure:
    name, label = "largest_batch", "Sequences that a replica has room for"
    if plan.room(tokens) > plan.batch_limit:
        note = f"the most that {plan.runtime.name} takes at once; the memory has room for {plan.room(tokens):,.0f}"
        return Figure(name, label, plan.batch_limit, "count", note=note)
    arguments = {"memory": plan.cache_memory, "kv": plan.kv, "tokens": float(tokens), "page": PAGE}
    limit = f"; {plan.runtime.name} takes {plan.batch_limit:,.0f} at most" if plan.batch_limit < inf else ""
    note = f"room for a sequence's last token is kept from its start{limit}"
    return _exact(name, label, cache_batch, arguments, "count", note)


def _cache_of_a_token(plan: ServingModel) -> Figure:
    """Bytes of one copy. Devices share it out by heads of keys and values, as far as those go; a latent is copied."""
    shape, value_bytes = plan.shape, registry.get(plan.cache_format)["bytes_per_value"]
    name, label = "kv_bytes_per_token", "Cache of a token, one copy"
    note = "" if plan.ways == 1 else f"each of {plan.ways} devices holds {_bytes(plan.kv)} of it"
    if shape.kv_rank:
        latent = {"layers": shape.layers, "rank": shape.kv_rank, "rope_size": shape.rope_size}
        note = "" if plan.ways == 1 else f"each of {plan.ways} devices holds a copy: one latent serves all heads"
        return _exact(name, label, latent_kv_bytes, latent | {"value_bytes": value_bytes}, "bytes", note)
    heads = {"layers": shape.layers, "kv_heads": shape.kv_heads, "head_size": shape.head_size}
    return _exact(name, label, kv_bytes, heads | {"value_bytes": value_bytes}, "bytes", note)


def _parts(step: StepTime) -> dict[str, float]:
    return {name: getattr(step, name) for name in PARTS}


def _kinds(plan: ServingModel) -> int:
    return len(plan.products) + 1 + (plan.experts is not None)


def _exact(
    name: str,
    label: str,
    function: Catalogued[Any, float],
    arguments: Mapping[str, float],
    kind: str = "seconds",
    note: str = "",
) -> Figure:
    """A figure that is its equation's value: an explanation cannot differ from the number."""
    return Figure(
        name, label, function(**arguments), kind, equation=function.equation.id, arguments=arguments, note=note
    )


def _near(
    name: str,
    label: str,
    function: Catalogued[Any, float],
    arguments: Mapping[str, float],
    kind: str,
    *,
    high: float = inf,
    note: str = "",
) -> Figure:
    """The same with the 80 % interval of the validation, cut at `high` where nothing can be above it."""
    value = function(**arguments)
    low, top = spread(value, registry.get("decode-spread")["share"])
    return Figure(name, label, value, kind, low, min(top, high), function.equation.id, arguments, note)


def _bytes(value: float) -> str:
    return quantities.format(value, "bytes")
