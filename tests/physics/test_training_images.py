"""Training of convolutional networks: arithmetic by hand, bounds, monotonicity."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw.physics.cnn import Conv, count, mobilenet_v1, resnet, resnet_basic, vgg
from ironlaw.physics.training_images import image_step

RESNET_50 = resnet((3, 4, 6, 3))
RATES: dict[str, Any] = {"matmul_rate": 2.7e14, "operand_rate": 9e11, "memory_rate": 1.8e12, "value_bytes": 2}


def test_products_are_three_times_the_forward_pass() -> None:
    """4.1 GMAC are 8.2 GFLOP forward and 24.6 GFLOP a training image, not 4.1."""
    step = image_step(RESNET_50, 1, **RATES | {"operand_rate": 1e30})
    assert step.matmul * 2.7e14 == pytest.approx(6 * count(RESNET_50).macs)
    assert step.matmul * 2.7e14 == pytest.approx(24.6e9, rel=0.01)


def test_never_faster_than_the_peak_and_far_from_it() -> None:
    step = image_step(RESNET_50, 256, **RATES)
    ideal = 256 * 6 * count(RESNET_50).macs / 2.7e14
    assert step.total > 3 * ideal  # bytes, not arithmetic, set the pace


def test_images_take_their_share() -> None:
    one, many = (image_step(RESNET_50, batch, **RATES).elementwise for batch in (1, 64))
    assert many == pytest.approx(64 * one)
    small = image_step(resnet((3, 4, 6, 3), image=112), 64, **RATES)
    assert small.elementwise == pytest.approx(many / 4, rel=0.1)


@pytest.mark.parametrize(
    "worse", [{"value_bytes": 4}, {"relayout": True}, {"memory_rate": 9e11}, {"matmul_rate": 1e14}]
)
def test_more_bytes_and_slower_machines_cost(worse: dict[str, Any]) -> None:
    assert image_step(RESNET_50, 64, **RATES | worse).total > image_step(RESNET_50, 64, **RATES).total


def test_parts_add_up() -> None:
    step = image_step(RESNET_50, 64, **RATES)
    assert step.total == step.matmul + step.elementwise + step.optimizer


# Two 3 x 3 convolutions, the last product of a block, one in four groups, and a fully connected layer.
SMALL = (Conv(8, 8, 3, 6, times=2), Conv(8, 32, 1, 6), Conv(32, 32, 3, 3, groups=4), Conv(32, 10, 0, 1))


def tensors(layer: Conv, batch: int) -> tuple[int, int, int]:
    """Values of a layer's input (at its output's pixels), output and weights, counted one by one."""
    kernel = max(layer.kernel, 1)
    pixels = sum(1 for _image in range(batch) for _row in range(layer.size) for _column in range(layer.size))
    weights = sum(layer.channels_in // layer.groups * kernel**2 for _out in range(layer.channels_out))
    return pixels * layer.channels_in, pixels * layer.channels_out, weights


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("relayout", [False, True])
def test_every_part_is_that_of_its_tensors(batch: int, relayout: bool) -> None:
    touched = moved = parameters = macs = 0
    for layer in SMALL:
        for _ in range(layer.times):
            taken, put, weights = tensors(layer, batch)
            # Forward reads input and weights; the input's gradient reads the output's and the weights, the weights'
            # gradient reads input and the output's: each pass touches one tensor of each kind.
            forward, back, update = (taken, weights, put), (put, weights, taken), (taken, put, weights)
            for passes in (forward, back, update):
                touched += sum(passes)
                moved += 2 * (taken + put) if relayout else 0  # read in one order, written in the other
            if layer.kernel:
                normalise, activate = (2 + 1) + (4 + 1), (1 + 1) + (2 + 1)
                summed = (2 + 1) + (2 + 1) if (layer.kernel, layer.channels_out) == (1, 32) else 0
                moved += put * (normalise + activate + summed)
            parameters += weights
            macs += put * weights // layer.channels_out
    free = 1e30
    step = image_step(SMALL, batch, matmul_rate=1e12, operand_rate=free, memory_rate=free, value_bytes=2)
    assert step.total == pytest.approx(3 * 2 * macs / 1e12)
    step = image_step(SMALL, batch, matmul_rate=free, operand_rate=1e12, memory_rate=free, value_bytes=2)
    assert step.total == pytest.approx(2 * touched / 1e12)
    step = image_step(
        SMALL, batch, matmul_rate=free, operand_rate=free, memory_rate=1e12, value_bytes=2, relayout=relayout
    )
    assert step.elementwise == pytest.approx(2 * moved / 1e12)
    assert step.optimizer == pytest.approx(parameters * 4 * (3 + 2) / 1e12)  # 32 bit: three read, two written


@pytest.mark.parametrize("network", [RESNET_50, resnet_basic((2, 2, 2, 2)), vgg((2, 2, 3, 3, 3)), mobilenet_v1()])
def test_nothing_follows_the_classifier(network: tuple[Conv, ...]) -> None:
    """Its scores are neither normalised nor activated: it moves operands and no more."""
    assert image_step(network[-1:], 64, **RATES).elementwise == 0
    assert image_step(network[:1], 64, **RATES).elementwise > 0
