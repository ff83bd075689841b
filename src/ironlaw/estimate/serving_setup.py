"""From names to a ServingModel: the registry's model, device, formats and runtime, worked out as plain numbers.

    plan = serving_model("llama-3-70b", "h100-sxm", ways=8, precision="fp8")
    plan.decode_time(64, 2048)

What a format is computed in, and which share of a peak is reached, is decided here and nowhere else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.attention import attention_score_flops
from ironlaw.physics.inference import cache_read_time, fixed_time, weight_read_time
from ironlaw.registry import UnknownField

from .models import ModelShape, model_shape
from .names import named
from .network import fabric, link_of
from .serving_model import Product, ServingModel, field_or

if TYPE_CHECKING:
    from ironlaw.physics.collective_choice import Fabric
    from ironlaw.registry import Entity

_NATIVE = {"fp8": "fp8", "mxfp8": "fp8", "nvfp4": "fp4", "mxfp4": "fp4", "fp32": "fp32", "tf32": "tf32"}
_PLAIN = frozenset({"fp32", "tf32", "bf16", "fp16"})  # stored as they are computed with
_HALF = 2.0  # bytes: an output matrix of that size is not packed
LANES = 128.0  # vector lanes of a multiprocessor, in most GPUs since 2014
MEASURED = "rtx-3090"  # the card that the fixed time of a kernel was fitted on


class _Storage(NamedTuple):
    """How the weights of one format lie in the memory of a device, and what turns them into products."""

    bytes_per_weight: float
    computed: str  # the type that products are computed in
    peak: float
    efficiency: float
    operations: float  # vector operations of a stored weight
    vector_rate: float
    bandwidth: float
    memory_share: float

    @classmethod
    def of(
        cls, device: Entity, written: Entity, bytes_: float, bandwidth: float, share: float, computed: str = ""
    ) -> _Storage:
        """Weights of the format `written` that take `bytes_` each; `computed` in place of what suits the format."""
        computed = computed or compute_format(device, written)
        return cls(
            bytes_,
            computed,
            device[f"peak_{computed}"],
            matmul_share(device, computed),
            _operations(device, written, bytes_),
            field_or(device, "peak_fp32", 2.0) / 2,
            bandwidth,
            share,
        )

    def product(self, weights: float, columns: float) -> Product:
        """The matrices of `weights` weights in all, each with `columns` columns."""
        stored = weights * self.bytes_per_weight
        reading = weight_read_time.raw(
            stored, self.bandwidth, self.memory_share, weights, self.operations, self.vector_rate
        )
        return Product(weights, stored, columns, self.peak, self.efficiency, reading)


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
    batches: int = 2048,
) -> ServingModel:
    """Prepare `model` on `ways` GPUs of `device`, weights in `precision`, by ids, names or aliases.

    `cache_precision`: the cache's format (default: 8 bits where weights have at most 8 in a native format, else 16).
    `head_precision`: the output matrix's, where it is not what the format says. `bandwidth`: bytes/s of memory in place
    of the registry's. `batches`: what depends on the batch alone is worked out ahead for so many (0: when asked).
    Raises UnknownEntity (a KeyError) for an unknown name, UnknownField for a device without memory bandwidth,
    InputError for ways (of tensor parallelism: field "tp") that do not share the heads, and for an encoder.
    """
    written = named("format", precision)
    cached = named("format", cache_precision) if cache_precision is not None else _cache_format(written)
    plan = _prepare(
        model_shape(model),
        named("device", device),
        written,
        named("format", head_precision) if head_precision is not None else None,
        cached,
        named("runtime", runtime),
        ways,
        bandwidth,
    )
    if batches:
        plan.remember(batches)
    return plan


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
    _check(shape, ways)
    rate = bandwidth or device["memory_bandwidth"]
    share = memory_share(device) if bandwidth is None else registry.get("decode-memory-share")["share"]
    half = compute_format(device, registry.get("bf16"))
    bytes_ = written["bytes_per_value"]
    head_bytes = field_or(written, "head_bytes_per_value", bytes_) if head is None else head["bytes_per_value"]
    layers = _Storage.of(device, written, bytes_, rate, share)
    products, experts = _matrices(shape, ways, layers)
    last = layers if head_bytes == bytes_ else _Storage.of(device, head or written, head_bytes, rate, share, half)
    output = last.product(shape.vocabulary * shape.hidden / ways, shape.vocabulary / ways)
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
        computed=layers.computed,
        ways=ways,
        products=products,
        head=output,
        experts=experts,
        chosen_experts=shape.experts_active / shape.experts if experts is not None else 1.0,
        weight_bytes=sum(p.stored for p in (*products, output))
        + (experts.stored if experts else 0.0)
        + embedding / ways,
        kv=kv,
        attention_flops=prompt_flops,
        cache_flops=decode_flops,
        attention_peak=half_peak,
        attention_share=attention_share,
        bandwidth=rate,
        memory_share=share,
        multiprocessors=field_or(device, "multiprocessors"),
        fixed=fixed_time.raw(shape.layers, runtime["kernels_per_layer"], _cycles(), clock(device)),
        network=_network(device, ways),
        cache_seconds=cache_read_time.raw(1.0, 1.0, kv, decode_flops, half_peak, attention_share, rate, share),
    )


def _check(shape: ModelShape, ways: int) -> None:
    if "bidirectional" in registry.get(shape.id):
        allowed = "a decoder, which puts out one token after the other"
        raise InputError(f"model must be {allowed}; {shape.name} is an encoder", "model", shape.id, allowed)
    if isinstance(ways, bool) or not isinstance(ways, int) or ways < 1 or shape.heads % ways:
        allowed = f"a whole number that divides the {shape.heads:g} heads of {shape.name}"
        raise InputError(f"tp must be {allowed}, got {ways!r}", "tp", ways, allowed)


def _matrices(shape: ModelShape, ways: int, storage: _Storage) -> tuple[tuple[Product, ...], Product | None]:
    """The products of all layers on one GPU, and the experts' apart."""

    def product(weights: float, columns: float) -> Product:
        return storage.product(weights / ways, columns)

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


def _operations(device: Entity, written: Entity, bytes_: float) -> float:
    """Vector operations that a stored weight takes; 0 where it is a number as it lies, or the matrix units take it."""
    native = compute_format(device, written) == _NATIVE.get(written.id)
    if written.id in _PLAIN or native or bytes_ >= _HALF or "peak_fp32" not in device:
        return 0.0
    return field_or(written, "unpack_operations", registry.get("decode-unpack")["operations_per_weight"])


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


def kernel_time(device: Entity) -> float:
    """Seconds that a kernel takes whatever its size: so many clocks of the device."""
    return _cycles() / clock(device)


def _cycles() -> float:
    return registry.get("decode-kernel-cycles")["cycles"]


def clock(device: Entity) -> float:
    """The device's clock; where the registry has none, the one at which its lanes make the printed FP32 peak."""
    if "clock" in device:
        return device["clock"]
    if "multiprocessors" in device and "peak_fp32" in device:
        return device["peak_fp32"] / (2 * LANES * device["multiprocessors"])
    return registry.get(MEASURED)["clock"]


def joins(device: Entity) -> Entity:
    """The link between GPUs of this kind; PCIe where the registry has none of theirs."""
    return link_of(device) or registry.get("pcie-gen4-x16")


def _network(device: Entity, ways: int) -> Fabric | None:
    return None if ways == 1 else fabric(joins(device).id, gpus=ways)
