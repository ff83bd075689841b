"""Training of convolutional networks: arithmetic by hand, bounds, monotonicity."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw.physics.cnn import count, resnet
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
