"""Convolutional networks: output sizes, parameters, multiply-accumulates and activations, layer by layer.

H, W  height and width            k   kernel        s   stride      p   padding       z   dilation
c     channels in (i) and out (o) g   groups        MAC multiply-accumulate: two FLOP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Iterable

_IN = Symbol("channels_in", "c_i", "1", "channels of the input", low=0, low_open=True)
_OUT = Symbol("channels_out", "c_o", "1", "channels of the output", low=0)
_KERNEL = Symbol("kernel", "k", "1", "edge of the kernel", low=1)
_GROUPS = Symbol("groups", "g", "1", "groups; as many as channels in a depthwise convolution", low=1)
_DUMOULIN = "Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, section 4"


@equation(
    id="conv-output-size",
    title="Output size of a convolution or pooling",
    formula="floor((H + 2*p - z*(k - 1) - 1)/s) + 1",
    result=Symbol("size", "H_o", "1", "edge of the output", low=0),
    symbols=(
        Symbol("size", "H", "1", "edge of the input", low=1),
        _KERNEL,
        Symbol("stride", "s", "1", "stride", low=1),
        Symbol("padding", "p", "1", "padding on each side", low=0),
        Symbol("dilation", "z", "1", "distance of the kernel's taps", low=1),
    ),
    source=_DUMOULIN,
)
def conv_output_size(size: float, kernel: float, stride: float = 1, padding: float = 0, dilation: float = 1) -> float:
    """Edge of the output, a whole number."""
    return num.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


@equation(
    id="conv-parameters",
    title="Parameters of a convolution",
    formula="c_o*c_i/g*k**2 + b*c_o",
    result=Symbol("parameters", "P", "1", "parameters of the layer", low=0),
    symbols=(
        _IN,
        _OUT,
        _KERNEL,
        _GROUPS,
        Symbol(
            "vectors", "b", "1", "vectors beside the kernel: 1 for a bias, 2 for batch norm's scale and shift", low=0
        ),
    ),
    source=_DUMOULIN + "; Ioffe & Szegedy 2015, Batch Normalization, algorithm 1",
    note="Batch norm's running mean and variance are buffers and no parameters.",
)
def conv_parameters(
    channels_in: float, channels_out: float, kernel: float, groups: float = 1, vectors: float = 0
) -> float:
    """Parameters of a square convolution."""
    return channels_out * channels_in / groups * kernel * kernel + vectors * channels_out


@equation(
    id="conv-macs",
    title="Multiply-accumulates of a convolution",
    formula="H_o*W_o*c_o*c_i/g*k**2",
    result=Symbol("macs", "n_MAC", "1", "multiply-accumulates for one sample", low=0),
    symbols=(
        Symbol("height", "H_o", "1", "height of the output", low=1),
        Symbol("width", "W_o", "1", "width of the output", low=1),
        _IN,
        _OUT,
        _KERNEL,
        _GROUPS,
    ),
    source=_DUMOULIN,
    note='A MAC is two FLOP. Many texts call ResNet-50\'s 4.1 G MAC "FLOPs"; it is 8.2 GFLOP forward.',
)
def conv_macs(
    height: float, width: float, channels_in: float, channels_out: float, kernel: float, groups: float = 1
) -> float:
    """Multiply-accumulates of one forward pass of a square convolution over one sample."""
    return height * width * channels_out * channels_in / groups * kernel * kernel


@equation(
    id="image-training-flops",
    title="Arithmetic of training on an image",
    formula="c*n_MAC*n/j",
    result=Symbol("flops", "C", "FLOP", "arithmetic of forward and backward pass", low=0),
    symbols=(
        Symbol("macs", "n_MAC", "1", "multiply-accumulates of a forward pass over one sample", low=0),
        Symbol("samples", "n", "sample", "samples", low=0),
        Symbol("flops_per_mac", "c", "FLOP", "2 forward and 4 backward", low=0, constant=6.0),
        Symbol("sample", "j", "sample", "one sample", low=0, low_open=True, constant=1.0),
    ),
    source="Two FLOP a multiply-accumulate; the backward pass has two products where the forward pass has one",
    note="ResNet-50: 4.1 GMAC, 24.6 GFLOP an image.",
)
def image_training_flops(macs: float, samples: float, flops_per_mac: float = 6.0, sample: float = 1.0) -> float:
    """FLOP of training on `samples` samples."""
    return flops_per_mac * macs * samples / sample


class Conv(NamedTuple):
    """A convolution (kernel 0: a fully connected layer) that runs `times` times; `size` is the edge of its output."""

    channels_in: int
    channels_out: int
    kernel: int
    size: int
    groups: int = 1
    vectors: int = 2
    times: int = 1


class NetworkCount(NamedTuple):
    """Totals of a network for one sample."""

    parameters: float
    macs: float
    activations: float  # values that the layers put out: multiply by the bytes of a value and the batch


def count(layers: Iterable[Conv]) -> NetworkCount:
    """Parameters, multiply-accumulates and output values of a network given as its layers.

    Raises InputError for a layer whose numbers cannot be.
    """
    parameters = macs = activations = 0.0
    for layer in layers:
        if layer.times < 1:
            raise InputError(f"times must be at least 1, got {layer.times}", "times", layer.times, "at least 1")
        kernel, size = max(layer.kernel, 1), layer.size
        parameters += layer.times * conv_parameters(
            layer.channels_in, layer.channels_out, kernel, layer.groups, layer.vectors
        )
        macs += layer.times * conv_macs(size, size, layer.channels_in, layer.channels_out, kernel, layer.groups)
        activations += layer.times * size * size * layer.channels_out
    return NetworkCount(parameters, macs, activations)


def resnet(blocks: tuple[int, int, int, int], image: int = 224, classes: int = 1000) -> tuple[Conv, ...]:
    """The layers of a bottleneck ResNet (He et al. 2016, table 1; stride in the 3 x 3, "v1.5").

    `blocks` is (3, 4, 6, 3) for ResNet-50, (3, 4, 23, 3) for ResNet-101, (3, 8, 36, 3) for ResNet-152.
    """
    size = int(conv_output_size(image, 7, 2, 3))
    layers = [Conv(3, 64, 7, size)]
    size = int(conv_output_size(size, 3, 2, 1))
    wide = 64
    for stage, repeats in enumerate(blocks):
        narrow = 64 << stage
        before, stride = size, 1 if stage == 0 else 2
        size = int(conv_output_size(size, 3, stride, 1))
        layers += [
            Conv(wide, narrow, 1, before),
            Conv(narrow, narrow, 3, size),
            Conv(narrow, 4 * narrow, 1, size),
            Conv(wide, 4 * narrow, 1, size),
        ]
        wide = 4 * narrow
        if repeats > 1:
            layers += [
                Conv(wide, narrow, 1, size, times=repeats - 1),
                Conv(narrow, narrow, 3, size, times=repeats - 1),
                Conv(narrow, wide, 1, size, times=repeats - 1),
            ]
    return (*layers, Conv(wide, classes, 0, 1, vectors=1))


def resnet_basic(blocks: tuple[int, int, int, int], image: int = 224, classes: int = 1000) -> tuple[Conv, ...]:
    """The layers of a ResNet of basic blocks, two 3 x 3 each (He et al. 2016, table 1).

    `blocks` is (2, 2, 2, 2) for ResNet-18, (3, 4, 6, 3) for ResNet-34.
    """
    size = int(conv_output_size(image, 7, 2, 3))
    layers = [Conv(3, 64, 7, size)]
    size = int(conv_output_size(size, 3, 2, 1))
    channels = 64
    for stage, repeats in enumerate(blocks):
        out, stride = 64 << stage, 1 if stage == 0 else 2
        size = int(conv_output_size(size, 3, stride, 1))
        layers.append(Conv(channels, out, 3, size))
        if stride > 1:
            layers.append(Conv(channels, out, 1, size))
        layers.append(Conv(out, out, 3, size, times=2 * repeats - 1))
        channels = out
    return (*layers, Conv(channels, classes, 0, 1, vectors=1))


def vgg(blocks: tuple[int, int, int, int, int], image: int = 224, classes: int = 1000) -> tuple[Conv, ...]:
    """The layers of a VGG network (Simonyan & Zisserman 2015, table 1).

    `blocks` is (2, 2, 3, 3, 3) for VGG-16, (2, 2, 4, 4, 4) for VGG-19.
    """
    size, channels = image, 3
    layers = []
    for out, repeats in zip((64, 128, 256, 512, 512), blocks, strict=True):
        layers.append(Conv(channels, out, 3, size, vectors=1))
        layers.append(Conv(out, out, 3, size, vectors=1, times=repeats - 1))
        size, channels = int(conv_output_size(size, 2, 2)), out
    flat = channels * size * size
    return (*layers, Conv(flat, 4096, 0, 1, 1, 1), Conv(4096, 4096, 0, 1, 1, 1), Conv(4096, classes, 0, 1, 1, 1))


def mobilenet_v1(width: float = 1.0, image: int = 224, classes: int = 1000) -> tuple[Conv, ...]:
    """The layers of MobileNetV1 (Howard et al. 2017, table 1) at a width multiplier.

    Channels are the table's times `width`, rounded down to whole ones, at least 8.
    """

    def scaled(channels: int) -> int:
        return max(8, int(channels * width))

    size = int(conv_output_size(image, 3, 2, 1))
    channels = scaled(32)
    layers = [Conv(3, channels, 3, size)]
    for stride, out in (
        (1, 64),
        (2, 128),
        (1, 128),
        (2, 256),
        (1, 256),
        (2, 512),
        *((1, 512),) * 5,
        (2, 1024),
        (1, 1024),
    ):
        size = int(conv_output_size(size, 3, stride, 1))
        layers.append(Conv(channels, channels, 3, size, groups=channels))
        layers.append(Conv(channels, scaled(out), 1, size))
        channels = scaled(out)
    return (*layers, Conv(channels, classes, 0, 1, vectors=1))
