"""Latency of convolutional networks: the host's floor, the roofline above it, and counted layers."""

from __future__ import annotations

import pytest

from ironlaw import registry
from ironlaw.estimate.vision import mobilenet_v1_latency, mobilenet_v1_macs, resnet_latency
from ironlaw.physics import InputError
from ironlaw.registry import UnknownEntity, UnknownField


def test_small_batches_wait_for_the_host() -> None:
    floor = resnet_latency("resnet-50", "v100-sxm-16gb")
    assert resnet_latency("resnet-50", "v100-sxm-16gb", batch=4) == floor
    assert floor == pytest.approx(176 * registry.get("eager-operator-time")["operator_time"])  # counted by hand
    mixed = resnet_latency("resnet-50", "v100-sxm-16gb", precision="fp16", mixed=True)
    assert mixed == pytest.approx(floor * 231 / 176)  # 54 weights and the images are converted
    assert resnet_latency("resnet-101", "v100-sxm-16gb") > 1.9 * floor


def test_large_batches_are_never_above_the_roofline() -> None:
    for precision, peak in (("fp32", 15.7e12 * 9 / 4), ("fp16", 125e12)):  # Winograd saves at most 9/4
        time = resnet_latency("resnet-50", "v100-sxm-16gb", batch=256, precision=precision)
        assert 256 * 2 * 4.089e9 / time < peak
        assert time < 2.1 * resnet_latency("resnet-50", "v100-sxm-16gb", batch=128, precision=precision)
    assert resnet_latency("resnet-50", "a100-80gb-sxm", batch=256, precision="tf32") < resnet_latency(
        "resnet-50", "v100-sxm-16gb", batch=256
    )


def test_multiply_accumulates_are_the_papers() -> None:
    for width, image, published in ((0.25, 224, 41e6), (0.5, 224, 149e6), (1.0, 224, 569e6), (0.25, 96, 7.5e6)):
        assert sum(mobilenet_v1_macs(width, image)) == pytest.approx(published, rel=0.04)


def test_two_cores_halve_the_time_and_the_clock_counts() -> None:
    one = mobilenet_v1_latency("stm32mp157f", width=0.5, image=224)
    assert mobilenet_v1_latency("stm32mp157f", width=0.5, image=224, cores=2) == pytest.approx(one / 2)
    assert mobilenet_v1_latency("stm32mp157f", width=0.5, image=224, clock=400e6) == pytest.approx(one * 2)


def test_a_scalar_core_needs_its_instructions_for_each_product() -> None:
    """Six instructions of a 240 MHz core against four of one with 160 MHz, and what is the same on both in cycles."""
    xtensa, riscv = (mobilenet_v1_latency(chip, width=0.25, image=96) for chip in ("esp32", "esp32-c3"))
    dense, _ = mobilenet_v1_macs(0.25, 96)
    share = registry.get("small-core-kernels")["share"]
    assert xtensa * 240e6 - riscv * 160e6 == pytest.approx(2 * dense / share)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="resnet-50"):
        resnet_latency("resnet-18", "v100-sxm")
    with pytest.raises(InputError, match="batch"):
        resnet_latency("resnet-50", "v100-sxm", batch=0)
    with pytest.raises(UnknownEntity, match="v100-sxm"):
        resnet_latency("resnet-50", "v100-smx")
    with pytest.raises(UnknownField):
        mobilenet_v1_latency("esp32-s3", width=0.25, image=96)
