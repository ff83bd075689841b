"""The latency of a convolutional network, from its layers: on a GPU, and on microcontrollers and small CPUs.

A framework that runs one operator after the other has a floor: the host needs a fixed time for each, and while the
batch is small the GPU waits for it. Above the floor convolutions are limited by arithmetic or memory, and norms,
activations and sums by memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.cnn import Conv, conv_macs, mobilenet_v1, resnet
from ironlaw.physics.convolution import convolution_time, core_cycles_time, eager_time
from ironlaw.physics.inference import stream_time, tile_rows, tile_waves

from .names import named
from .serving_model import TILE
from .serving_setup import compute_format, kernel_time, matmul_share, memory_share

if TYPE_CHECKING:
    from ironlaw.registry import Entity

BOTTLENECKS = {"resnet-50": (3, 4, 6, 3), "resnet-101": (3, 4, 23, 3), "resnet-152": (3, 8, 36, 3)}  # He et al. 2016
WINOGRAD = 4 / 9  # of the multiplications of a 3 x 3 convolution: F(2 x 2, 3 x 3)
HOST_LINK = "pcie-gen3-x16"  # images reach the GPU over it, as FP32
IMAGE_BYTES = 3 * 224 * 224 * 4
_AROUND = 4.0  # a norm and an activation after each convolution: each reads and writes once
_SUM = 3.0  # a residual sum reads twice and writes once
_ENDS = 4  # pooling before and after, flattening, and the last activation's sum


def resnet_latency(model: str, device: str, *, batch: int = 1, precision: str = "fp32", mixed: bool = False) -> float:
    """Seconds of a forward pass of a bottleneck ResNet over `batch` images, operators run one after the other.

    `mixed`: weights are kept in FP32 and converted for each convolution (automatic mixed precision). Raises
    InputError for another model or an empty batch, UnknownEntity for an unknown device or format.
    """
    if model not in BOTTLENECKS:
        allowed = ", ".join(BOTTLENECKS)
        raise InputError(f"model must be one of {allowed}, got {model!r}", "model", model, allowed)
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise InputError(f"batch must be a whole number of at least 1, got {batch!r}", "batch", batch, "at least 1")
    blocks = BOTTLENECKS[model]
    layers, chip, written = resnet(blocks), named("device", device), named("format", precision)
    busy = sum(layer.times * _layer_time(layer, batch, chip, written) for layer in layers)
    convolutions = sum(layer.times for layer in layers)
    shortcuts = len(blocks)  # a projection a stage: no activation of its own
    operators = 2 * convolutions - 1 + (convolutions - 1 - shortcuts) + sum(blocks) + _ENDS
    operators += convolutions + 1 if mixed else 0
    sums = sum(n * (56 >> stage) ** 2 * (256 << stage) for stage, n in enumerate(blocks))
    moved = _SUM * sums * batch * written["bytes_per_value"]
    busy += stream_time.raw(moved, chip["memory_bandwidth"], memory_share(chip))
    wire = registry.get(HOST_LINK)
    busy += stream_time.raw(batch * IMAGE_BYTES, wire["bandwidth"], wire["bus_efficiency"])
    busy += operators * kernel_time(chip)
    return eager_time(busy, operators, registry.get("eager-operator-time")["operator_time"])


def _layer_time(layer: Conv, batch: int, chip: Entity, written: Entity) -> float:
    bandwidth, share, size = chip["memory_bandwidth"], memory_share(chip), written["bytes_per_value"]
    kernel, positions = max(layer.kernel, 1), batch * layer.size**2
    macs = batch * conv_macs(layer.size, layer.size, layer.channels_in, layer.channels_out, kernel, layer.groups)
    weights = layer.channels_in * layer.channels_out / layer.groups * kernel**2
    computed = compute_format(chip, written)
    out = positions * layer.channels_out
    time = convolution_time(
        macs,
        WINOGRAD if kernel == 3 and computed == "fp32" else 1.0,
        _waste(positions, layer.channels_out, chip),
        chip[f"peak_{computed}"],
        matmul_share(chip, computed),
        (out + positions * layer.channels_in + weights) * size,
        bandwidth,
        share,
    )
    return time + (stream_time(_AROUND * out * size, bandwidth, share) if layer.vectors == 2 else 0.0)


def _waste(rows: float, columns: float, chip: Entity) -> float:
    """Computed over needed work when the result is cut into tiles of at most 128 x 128."""
    padded = tile_rows(rows) / rows
    if "multiprocessors" not in chip:
        return padded
    width = min(TILE, columns)
    tiles = -(-rows // TILE) * -(-columns // width)
    covered = -(-columns // width) * width / columns
    return padded * covered * tile_waves(tiles, chip["multiprocessors"]) * chip["multiprocessors"] / tiles


def mobilenet_v1_macs(width: float, image: int) -> tuple[float, float]:
    """Multiply-accumulates of MobileNetV1: (pointwise and full, depthwise and the first convolution)."""
    dense = narrow = 0.0
    for layer in mobilenet_v1(width, image):
        kernel = max(layer.kernel, 1)
        macs = layer.times * conv_macs(
            layer.size, layer.size, layer.channels_in, layer.channels_out, kernel, layer.groups
        )
        dense, narrow = (dense + macs, narrow) if kernel == 1 else (dense, narrow + macs)
    return dense, narrow


def mobilenet_v1_latency(device: str, *, width: float, image: int, clock: float | None = None, cores: int = 1) -> float:
    """Seconds of an 8-bit MobileNetV1 with tuned kernels on `cores` cores of a chip.

    `clock` in Hz replaces the registry's. Raises UnknownEntity for an unknown chip, and UnknownField for one whose
    multiply-accumulates a cycle or clock the registry does not hold.
    """
    chip, tuned = named("device", device), registry.get("small-core-kernels")
    dense, narrow = mobilenet_v1_macs(width, image)
    return core_cycles_time(
        dense,
        macs_per_cycle(chip),
        tuned["share"],
        narrow,
        tuned["cycles_per_mac"],
        chip["clock"] if clock is None else clock,
        cores,
    )


def macs_per_cycle(chip: Entity) -> float:
    """8-bit multiply-accumulates of a core in a cycle: its vector unit's, or those of a scalar core at one instruction.

    Raises UnknownField for a chip on which the registry has neither.
    """
    return 1 / chip["instructions_per_mac"] if "instructions_per_mac" in chip else chip["macs_per_cycle"]
