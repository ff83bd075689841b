"""What a device and its links achieve in training: registry data and calibrations put together, once a question.

matrix products   the rate that somebody measured on the device; else the share of peak of its nearest relative
operands          bytes a clock, one calibration for all devices
elementwise       the bandwidth's share that decode reaches as well
attention         the share that a generation of flash attention reaches on a generation of multiprocessors
"""

from __future__ import annotations

from functools import cache
from math import isclose
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.training import Machine

from .network import link_of
from .result import Given, datum

if TYPE_CHECKING:
    from ironlaw.registry import Entity

PRECISIONS = ("bf16", "fp16", "fp8", "fp4", "tf32", "fp32")
KERNELS = ("kept", "flash-1", "flash-2", "flash-3")  # of attention
NODE = 8  # devices of a node, where nothing else is said
VALUE_BYTES = {"fp8": 4 / 3, "fp4": 1.0, "tf32": 4.0, "fp32": 4.0}  # two operands of the type, a result of 16 bits
CLOCKS = 0.15  # by which the clocks, and so the peaks, of one chip's variants differ
OPERAND, SPREAD, OVERLAP = "training-operand-bytes", "training-spread", "training-overlap"
MEMORY, LAUNCH, SHARE = "decode-memory-share", "host-launch-time", "matmul-share"
RATIO = "flash-attention-passes"


def machine(
    device: Entity, precision: str, kernel: str, network: Entity, ports: float = 1.0, node: int = NODE
) -> Machine:
    """Rates of `device` with `ports` network ports a GPU. `kernel` names the attention ("kept", "flash-2", …)."""
    rate = matmul_rate(device, precision)
    wide = rate if precision in {"bf16", "fp16", "tf32", "fp32"} else matmul_rate(device, "bf16")
    forward, backward = attention_rates(device, kernel, wide)
    inside = link_of(device)
    slow = network["bandwidth"] * network["bus_efficiency"] * ports
    return Machine(
        matmul_rate=rate,
        head_rate=wide,
        attention_forward_rate=forward,
        attention_backward_rate=backward,
        operand_rate=operand_rate(device),
        value_bytes=VALUE_BYTES.get(precision, 2.0),
        memory_rate=device["memory_bandwidth"] * registry.get(MEMORY)["share"],
        launch=registry.get(LAUNCH)["operator_time"],
        link_rate=inside["bandwidth"] * inside["bus_efficiency"] if inside else slow,
        link_latency=inside["latency"] if inside else network["latency"],
        network_rate=slow,
        network_latency=network["latency"],
        node=float(node),
        spread=registry.get(SPREAD)["share"],
    )


def peak_rate(device: Entity, precision: str) -> float:
    """The device's dense peak, FLOP/s. InputError when the precision is unknown or the device lacks it."""
    offered = [name for name in PRECISIONS if f"peak_{name}" in device]
    if precision not in offered:
        allowed = ", ".join(offered) or "none"
        raise InputError(
            f"precision must be one that {device.name} has: {allowed}, got {precision!r}",
            "precision",
            precision,
            allowed,
        )
    return device[f"peak_{precision}"]


def matmul_rate(device: Entity, precision: str) -> float:
    """FLOP/s of large products: measured on the device, or carried over from the same silicon, or a share of the peak.

    A relative that was measured in this precision and in 16 bit gives the ratio of the two shares.
    """
    peak = peak_rate(device, precision)
    own, wide = _measured_share(device, precision), _measured_share(device, "bf16")
    if own is not None:
        return peak * own
    for other in _relatives(device.id):
        share, base = _measured_share(other, precision), _measured_share(other, "bf16")
        if share is not None:
            return peak * share * (wide / base if wide and base else 1.0)
        wide = wide or base
    return peak * (wide or registry.get(SHARE)["share"])


def _measured_share(device: Entity, precision: str) -> float | None:
    name = f"achieved_matmul_{precision}"
    return device[name] / device[f"peak_{precision}"] if name in device else None


@cache
def _relatives(name: str) -> tuple[Entity, ...]:
    """Devices with as many multiprocessors and about the same 16-bit peak: the same chip, other memory or clock."""
    device = registry.get(name)
    if "multiprocessors" not in device or "peak_fp16" not in device:
        return ()
    every = (other for other in registry.every("device") if "multiprocessors" in other and "peak_fp16" in other)
    return tuple(
        other
        for other in every
        if other["multiprocessors"] == device["multiprocessors"]
        and isclose(other["peak_fp16"], device["peak_fp16"], rel_tol=CLOCKS)
    )


def operand_rate(device: Entity) -> float:
    """B/s at which products get their operands; by memory bandwidth where the clock is unknown.

    They come from the second-level cache. Its width in bytes a clock has not grown from A100 to H100, so the rate goes
    with the clock and not with the multiprocessors.
    """
    each = registry.get(OPERAND)["operand_bytes"]
    if "clock" in device:
        return each * device["clock"]
    model = registry.get("a100-80gb-sxm")
    return each * model["clock"] * device["memory_bandwidth"] / model["memory_bandwidth"]


def attention_rates(device: Entity, kernel: str, rate: float) -> tuple[float, float]:
    """FLOP/s of the attention kernel, forward and backward. Products on kept scores run at the rate of products.

    InputError for a kernel that is none of KERNELS.
    """
    if kernel not in KERNELS:
        allowed = f"one of {', '.join(KERNELS)}"
        raise InputError(f"attention must be {allowed}, got {kernel!r}", "attention", kernel, allowed)
    if kernel == "kept":
        return rate, rate
    peak = device["peak_bf16"] if "peak_bf16" in device else device["peak_fp16"]
    wide = "peak_fp8" in device  # multiprocessors after Ampere: wider than the first kernels can feed
    share = registry.get(f"{kernel}-{'hopper' if wide else 'ampere'}")["share"]
    ratio = registry.get(RATIO)["share"]  # backward over forward
    forward = share * peak * (1 + 2.5 / ratio) / 3.5
    return forward, ratio * forward


def givens(device: Entity, precision: str, kernel: str, network: Entity) -> tuple[Given, ...]:
    """The data that `machine` rests on, with their sources."""
    entries = [(device, f"peak_{precision}"), (device, "memory_bandwidth"), (network, "bandwidth")]
    entries += [
        (device, f"achieved_matmul_{name}") for name in (precision, "bf16") if f"achieved_matmul_{name}" in device
    ][:1]
    inside = link_of(device)
    if inside:
        entries += [(inside, "bandwidth"), (inside, "bus_efficiency")]
    entries += [(network, "bus_efficiency"), (registry.get(OPERAND), "operand_bytes"), (registry.get(MEMORY), "share")]
    entries += [(registry.get(SPREAD), "share"), (registry.get(OVERLAP), "share")]
    if kernel != "kept":
        entries.append((registry.get(f"{kernel}-{'hopper' if 'peak_fp8' in device else 'ampere'}"), "share"))
    return tuple(datum(entity, field) for entity, field in entries)
