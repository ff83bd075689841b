"""A language model on its GPUs, prepared for many questions: what a forward step takes, as plain numbers.

`ServingModel` joins model, device, format and runtime once. After that a step is arithmetic on floats, or on arrays of
whole numbers (NumPy), by the same equations (ironlaw.physics.inference).

    plan = serving_model("llama-3-70b", "h100-sxm", ways=8, precision="fp8")
    plan.decode_time(64, 2048)              seconds of one decode step: 64 sequences, 2,048 tokens of context each
    plan.decode_time(batches, contexts)     arrays: millions of points

ways   GPUs that share each layer (tensor parallelism)      hops   GPUs that take the layers in turn (layer split)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ironlaw import registry
from ironlaw.physics import InputError, num
from ironlaw.physics.attention import attention_score_flops, causal_context, kv_cache_bytes
from ironlaw.physics.batching import mean_context, mixed_tokens
from ironlaw.physics.collective_choice import Fabric, all_reduce_time
from ironlaw.physics.inference import (
    cache_read_time,
    fixed_time,
    forward_step_time,
    layer_message_bytes,
    product_time,
    prompt_attention_time,
    stream_bytes,
    stream_time,
    tile_rows,
    tile_waves,
    unpack_time,
)
from ironlaw.physics.kvcache import cache_batch, cache_budget
from ironlaw.physics.moe import experts_touched
from ironlaw.registry import UnknownField

from .models import ModelShape, model_shape
from .names import named
from .network import fabric, link_of

if TYPE_CHECKING:
    from ironlaw.registry import Entity

PAGE = 32.0  # tokens of a cache page, a usual setting
TILE = 128.0  # rows and columns of a large tile, as in the equation tile-rows
REMEMBERED = 65_536  # batches whose time is kept
_NATIVE = {"fp8": "fp8", "mxfp8": "fp8", "nvfp4": "fp4", "mxfp4": "fp4", "fp32": "fp32", "tf32": "tf32"}
_PLAIN = frozenset({"fp32", "tf32", "bf16", "fp16"})  # stored as they are computed with


class Product(NamedTuple):
    """The matrices of one kind in all layers, on one GPU: weights, bytes, columns of one, and FLOP/s that they reach."""

    weights: float
    stored: float
    columns: float
    peak: float
    efficiency: float


@dataclass(frozen=True, slots=True)
class StepTime:
    """The parts of a step, in seconds; `total` is their sum."""

    products: float
    unpack: float
    cache: float
    prompt: float
    small: float
    communication: float
    fixed: float

    @property
    def total(self) -> float:
        """Seconds of the step."""
        return forward_step_time.raw(
            self.products, self.unpack, self.cache, self.prompt, self.small, self.communication, self.fixed
        )


@dataclass(slots=True)
class ServingModel:
    """See the module. Sizes are of one GPU; times in seconds, bytes in bytes."""

    shape: ModelShape
    device: Entity
    runtime: Entity
    format_id: str
    cache_format: str
    ways: int
    products: tuple[Product, ...]
    head: Product
    experts: Product | None
    chosen_experts: float  # share of the stored experts' weights that a token passes
    weight_bytes: float  # held, embedding included
    kv: float  # bytes of cache a token
    attention_flops: float  # a token and a token of context
    attention_peak: float
    attention_share: float
    bandwidth: float
    memory_share: float
    multiprocessors: float  # 0 where the device has none on record: no rounds then
    unpacked: float  # seconds of a step
    fixed: float
    network: Fabric | None
    cache_seconds: float  # a sequence and a token of context
    _times: dict[float, float] = field(default_factory=dict, repr=False)
    _table: Any = field(default=None, repr=False)

    def decode_time(self, batch: float, context: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context` tokens each in the cache.

        Floats, or arrays that broadcast; an array of batches must be of whole numbers. Unchecked: for sweeps.
        """
        if num.is_array(batch):
            return self._tabled(batch) + batch * self._seen(context) * self.cache_seconds
        time = self._times.get(batch)
        if time is None:
            time = self._remember(batch)
        if self.shape.global_share == 1.0:
            return time + batch * context * self.cache_seconds
        return time + batch * self._seen(context) * self.cache_seconds

    def decode_step(self, batch: float, context: float) -> StepTime:
        """The parts of that step."""
        return self.step(batch, batch, cache=batch * self._seen(context) * self.cache_seconds)

    def prefill_step(self, prompts: float, prompt: float) -> StepTime:
        """The parts of a step that takes `prompts` prompts of `prompt` tokens at once."""
        return self.step(prompts * prompt, prompts, prompt=self._prompt_time(prompts * prompt, prompt))

    def mixed_step(self, batch: float, prompt: float, output: float) -> StepTime:
        """The mean step of a full server: `batch` sequences decode, and prompts of those that start come along."""
        tokens = mixed_tokens.raw(batch, prompt, output)
        starting = batch / output
        return self.step(
            tokens,
            batch + starting,
            cache=batch * self._seen(mean_context.raw(prompt, output)) * self.cache_seconds,
            prompt=self._prompt_time(starting * prompt, prompt),
        )

    def step(self, tokens: float, answers: float, cache: float = 0.0, prompt: float = 0.0) -> StepTime:
        """A step of `tokens` tokens, of which `answers` go through the output matrix."""
        shape = self.shape
        moved = stream_bytes.raw(
            tokens,
            shape.layers,
            shape.hidden,
            shape.heads * shape.key_size,
            _passed_width(shape),
            self.ways,
        )
        message = layer_message_bytes.raw(tokens, shape.hidden)
        return StepTime(
            products=self._products(tokens, answers),
            unpack=self.unpacked,
            cache=cache,
            prompt=prompt,
            small=stream_time.raw(moved, self.bandwidth, self.memory_share),
            communication=0.0
            if self.network is None
            else 2 * shape.layers * all_reduce_time.raw(message, self.ways, 1, self.network),
            fixed=self.fixed,
        )

    def largest_batch(self, tokens: float, page: float = PAGE) -> float:
        """Sequences of `tokens` tokens that the memory holds and the runtime takes; 0 when the weights do not fit."""
        fits = cache_batch.raw(self.cache_memory, self.kv, tokens, page)
        return num.minimum(fits, _field(self.runtime, "batch_limit", math.inf))

    @property
    def cache_memory(self) -> float:
        """Bytes of one GPU for the cache."""
        return cache_budget.raw(
            self.device["memory_capacity"],
            self.weight_bytes,
            _field(self.runtime, "workspace"),
            _field(self.runtime, "cache_share", 1.0),
        )

    def _products(self, tokens: float, answers: float) -> float:
        rows = tile_rows.raw(tokens)
        total = self._product(self.head, answers, tile_rows.raw(answers))
        for product in self.products:
            total = total + self._product(product, tokens, rows)
        if self.experts is not None:
            p, touched = self.experts, experts_touched.raw(1 - self.chosen_experts, tokens)
            total = total + product_time.raw(
                tokens,
                p.weights * self.chosen_experts,
                1.0,
                p.peak,
                p.efficiency,
                p.stored * touched,
                self.bandwidth,
                self.memory_share,
            )
        return total

    def _product(self, p: Product, tokens: float, rows: float) -> float:
        waste = rows / tokens
        if self.multiprocessors:
            tiles = num.ceil(tokens / TILE) * p.columns / TILE
            waste = waste * tile_waves.raw(tiles, self.multiprocessors) * self.multiprocessors / tiles
        return product_time.raw(
            tokens, p.weights, waste, p.peak, p.efficiency, p.stored, self.bandwidth, self.memory_share
        )

    def _prompt_time(self, tokens: float, prompt: float) -> float:
        seen = causal_context.raw(prompt, min(self.shape.window, prompt))
        seen = self.shape.global_share * (prompt + 1) / 2 + (1 - self.shape.global_share) * seen
        return prompt_attention_time.raw(tokens, seen, self.attention_flops, self.attention_peak, self.attention_share)

    def _seen(self, context: float) -> float:
        if self.shape.global_share == 1.0:
            return context
        return kv_cache_bytes.raw(1.0, context, self.shape.window, self.shape.global_share)

    def _remember(self, batch: float) -> float:
        time = self.decode_step(batch, 0.0).total
        if len(self._times) < REMEMBERED:
            self._times[batch] = time
        return time

    def _tabled(self, batch: Any) -> Any:
        """The part of a step that depends on the batch alone, from a table over all whole numbers up to the largest."""
        if batch.dtype.kind not in "iu":
            raise InputError(
                f"batch must be an array of whole numbers, got {batch.dtype}", "batch", str(batch.dtype), "integers"
            )
        largest = int(batch.max()) if batch.size else 1
        if self._table is None or len(self._table) <= largest:
            self._table = num.where(
                (whole := num.whole_numbers(largest + 1)) > 0, self.decode_step(num.maximum(whole, 1.0), 0.0).total, 0.0
            )
        return self._table.take(batch)


def serving_model(
    model: str,
    device: str,
    *,
    ways: int = 1,
    precision: str = "bf16",
    cache_precision: str | None = None,
    runtime: str = "tensorrt-llm",
    head_precision: str | None = None,
    bandwidth: float | None = None,
) -> ServingModel:
    """Prepare `model` on `ways` GPUs of `device`, weights in `precision`, by ids, names or aliases.

    `cache_precision`: the cache's format (default: 8 bits where weights have at most 8 in a native format, else 16).
    `head_precision`: the output matrix's, where it is not what the format says. `bandwidth`: bytes/s of memory in place
    of the registry's. Raises UnknownEntity (a KeyError) for an unknown name,
    UnknownField for a device without memory bandwidth, InputError for ways that do not share the heads.
    """
    written = named("format", precision)
    cached = named("format", cache_precision) if cache_precision is not None else _cache_format(written)
    return _prepare(
        model_shape(model),
        named("device", device),
        written,
        named("format", head_precision) if head_precision is not None else None,
        cached,
        named("runtime", runtime),
        ways,
        bandwidth,
    )


def _cache_format(written: Entity) -> Entity:
    return registry.get("fp8" if written.id in _NATIVE and written["bytes_per_value"] <= 1.5 else "bf16")


def _prepare(
    shape: ModelShape,
    device: Entity,
    written: Entity,
    head: Entity | None,
    cached: Entity,
    runtime: Entity,
    ways: int,
    bandwidth: float | None,
) -> ServingModel:
    _check_ways(shape, ways)
    rate = bandwidth or device["memory_bandwidth"]
    share = memory_share(device) if bandwidth is None else registry.get("decode-memory-share")["share"]
    computed = compute_format(device, written)
    peak, efficiency = device[f"peak_{computed}"], matmul_share(device, computed)
    half = compute_format(device, registry.get("bf16"))
    bytes_ = written["bytes_per_value"]
    head_bytes = _field(written, "head_bytes_per_value", bytes_) if head is None else head["bytes_per_value"]
    head_native = computed if head_bytes == bytes_ else half
    products, experts = _matrices(shape, ways, bytes_, peak, efficiency)
    head_weights = shape.vocabulary * shape.hidden / ways
    last = Product(
        head_weights,
        head_weights * head_bytes,
        shape.vocabulary / ways,
        device[f"peak_{head_native}"],
        matmul_share(device, head_native),
    )
    embedding = shape.vocabulary * shape.hidden * (shape.embeddings - 1) * max(head_bytes, bytes_)
    kv = shape.kv_bytes(cached["bytes_per_value"])
    # Latent attention keeps one latent for all heads, so tensor parallelism copies it; grouped heads are shared out.
    kv = kv if shape.kv_rank else kv / min(ways, shape.kv_heads)
    key, value = (
        (shape.kv_rank + shape.rope_size, shape.kv_rank) if shape.kv_rank else (shape.key_size, shape.value_size)
    )
    decode_flops = attention_score_flops.raw(shape.layers, shape.heads, key, value, 1.0) / ways
    prompt_flops = attention_score_flops.raw(shape.layers, shape.heads, shape.key_size, shape.value_size, 1.0) / ways
    half_peak, attention_share = device[f"peak_{half}"], registry.get("attention-share")["share"]
    return ServingModel(
        shape=shape,
        device=device,
        runtime=runtime,
        format_id=written.id,
        cache_format=cached.id,
        ways=ways,
        products=products,
        head=last,
        experts=experts,
        chosen_experts=shape.experts_active / shape.experts if experts is not None else 1.0,
        weight_bytes=sum(p.stored for p in (*products, last)) + (experts.stored if experts else 0.0) + embedding / ways,
        kv=kv,
        attention_flops=prompt_flops,
        attention_peak=half_peak,
        attention_share=attention_share,
        bandwidth=rate,
        memory_share=share,
        multiprocessors=_field(device, "multiprocessors"),
        unpacked=_unpacking(shape, device, written, ways, head_bytes),
        fixed=fixed_time.raw(
            shape.layers, runtime["kernels_per_layer"], registry.get("decode-kernel-time")["kernel_time"]
        ),
        network=_network(device, ways),
        cache_seconds=cache_read_time.raw(1.0, 1.0, kv, decode_flops, half_peak, attention_share, rate, share),
    )


def _check_ways(shape: ModelShape, ways: int) -> None:
    if isinstance(ways, bool) or not isinstance(ways, int) or ways < 1 or shape.heads % ways:
        allowed = f"a whole number that divides the {shape.heads:g} heads of {shape.name}"
        raise InputError(f"ways (tensor parallelism) must be {allowed}, got {ways!r}", "ways", ways, allowed)


def _matrices(
    shape: ModelShape, ways: int, bytes_: float, peak: float, efficiency: float
) -> tuple[tuple[Product, ...], Product | None]:
    """The products of all layers on one GPU, and the experts' apart."""

    def product(weights: float, columns: float) -> Product:
        return Product(weights / ways, weights / ways * bytes_, columns, peak, efficiency)

    layers, hidden = shape.layers, shape.hidden
    width = shape.heads * shape.head_size
    dense_layers = layers - shape.expert_layers
    up = (shape.matrices - 1) * shape.feed_forward
    expert_weights = shape.expert_layers * shape.experts * shape.matrices * hidden * shape.expert_feed_forward
    feed_forward = dense_layers * hidden * shape.matrices * shape.feed_forward
    attention = shape.layer_weights - expert_weights - feed_forward  # shared experts and routers included
    if shape.kv_rank or shape.experts:
        parts = [product(attention, width / ways)]
    else:
        queries = layers * hidden * (width + 2 * shape.kv_heads * shape.head_size)
        parts = [
            product(queries, (width + 2 * shape.kv_heads * shape.head_size) / ways),
            product(attention - queries, hidden),
        ]
    if feed_forward:
        parts += [
            product(dense_layers * hidden * up, up / ways),
            product(dense_layers * hidden * shape.feed_forward, hidden),
        ]
    return tuple(parts), product(expert_weights, shape.expert_feed_forward) if shape.experts else None


def _passed_width(shape: ModelShape) -> float:
    """Feed-forward width that a token passes: its experts' together."""
    if not shape.experts:
        return shape.feed_forward
    return shape.expert_feed_forward * (shape.experts_active + shape.shared_experts)


def _unpacking(shape: ModelShape, device: Entity, written: Entity, ways: int, head_bytes: float) -> float:
    if (
        written.id in _PLAIN
        or (compute_format(device, written) == _NATIVE.get(written.id))
        or "peak_fp32" not in device
    ):
        return 0.0
    packed = shape.active_weights + (shape.vocabulary * shape.hidden if head_bytes < 2 else 0.0)
    operations = registry.get("decode-unpack")["operations_per_weight"]
    return unpack_time.raw(packed / ways, operations, device["peak_fp32"] / 2)


def compute_format(device: Entity, written: Entity) -> str:
    """The type that products with weights in `written` are computed in on `device`: its own, or else 16 bit, or FP32."""
    wanted = _NATIVE.get(written.id, "bf16")
    for name in (wanted, "fp8" if wanted == "fp4" else wanted, "bf16", "fp16", "fp32"):
        if f"peak_{name}" in device:
            return name
    raise UnknownField(f"field of {device.id}", "peak_bf16", device.fields)


def matmul_share(device: Entity, name: str) -> float:
    """Share of the peak that large products reach: measured on the device, or the mean of those measured on others."""
    if f"achieved_matmul_{name}" in device:
        return device[f"achieved_matmul_{name}"] / device[f"peak_{name}"]
    return _mean_matmul_share(name)


@cache
def _mean_matmul_share(name: str) -> float:
    key = f"achieved_matmul_{name}"
    shares = [d[key] / d[f"peak_{name}"] for d in registry.every("device") if key in d]
    return sum(shares) / len(shares) if shares else _mean_matmul_share("bf16")


def memory_share(device: Entity) -> float:
    """Share of the memory bandwidth that streaming reaches: measured on the device, or the calibrated one."""
    if "achieved_bandwidth" in device:
        return device["achieved_bandwidth"] / device["memory_bandwidth"]
    return registry.get("decode-memory-share")["share"]


def _network(device: Entity, ways: int) -> Fabric | None:
    if ways == 1:
        return None
    link = link_of(device)
    return fabric(link.id if link is not None else "pcie-gen4-x16", gpus=ways)


def _field(entity: Entity, name: str, default: float = 0.0) -> float:
    return entity[name] if name in entity else default  # noqa: SIM401  (an Entity has no get)
