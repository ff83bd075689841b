"""The time that a convolutional network trains on an image, layer by layer.

A convolution is a matrix product: rows are the output's pixels of the batch, columns its channels, and the depth is
the kernel's window over the input's channels. Its operands are the input and the output themselves, not the window's
copies. What follows it (normalisation, activation, the block's sum) moves bytes and multiplies little.

    values moved by one output value    forward: normalise 3 (read twice, write), activate 2
                                        backward: normalise 5 (gradient and input twice, write), activate 3
    and one of a block's last products  forward: sum 3, backward: sum of gradients 3
    and a product whose layout changes  read and write of each operand, in all three passes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cnn import Conv

FOLLOWING, SUMMED = 13.0, 6.0  # values moved by one output value, forward and backward
PASSES = 3.0  # products of a layer: forward, input gradients, weight gradients


class ImageStep(NamedTuple):
    """Seconds of a training step on one GPU by cause."""

    matmul: float
    elementwise: float
    optimizer: float

    @property
    def total(self) -> float:
        """All three."""
        return self.matmul + self.elementwise + self.optimizer


def image_step(
    layers: Iterable[Conv],
    batch: float,
    *,
    matmul_rate: float,
    operand_rate: float,
    memory_rate: float,
    value_bytes: float,
    relayout: bool = False,
    optimizer_bytes: float = 20.0,
) -> ImageStep:
    """Seconds of a step of `batch` images.

    Rates in FLOP/s and B/s as achieved; `relayout`: tensor cores want channels last and the tensors are not;
    `optimizer_bytes` a parameter (momentum in 32 bit: read gradient, weight and momentum, write two of them).
    Source: matmul-time for products; counted bytes for the rest (see the module's text).
    """
    products = operands = moved = parameters = 0.0
    for layer in layers:
        kernel, pixels = max(layer.kernel, 1), batch * layer.size * layer.size
        weights = layer.channels_in * layer.channels_out * kernel * kernel / layer.groups
        taken, put = pixels * layer.channels_in, pixels * layer.channels_out
        products += layer.times * 2 * pixels * weights
        operands += layer.times * (taken + put + weights)
        last = layer.kernel == 1 and layer.channels_out == 4 * layer.channels_in
        following = 0.0 if layer.kernel == 0 else FOLLOWING + SUMMED * last
        moved += layer.times * (put * following + relayout * 2 * PASSES * (taken + put))
        parameters += layer.times * weights
    return ImageStep(
        PASSES * (products / matmul_rate + value_bytes * operands / operand_rate),
        value_bytes * moved / memory_rate,
        optimizer_bytes * parameters / memory_rate,
    )
