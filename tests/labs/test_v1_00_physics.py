"""v1_00: a model's weights against a device's memory, once more with nothing but a pencil."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.labkit.challenge import search

ACT = labs.load("v1_00").acts[0]
GB = 1e9

# From model cards and data sheets, not from the registry.
SIZES = {"resnet-50": 25_557_032, "llama-2-7b": 6_738_415_616, "llama-2-70b": 68_976_648_192}
MEMORY = {
    "esp32-s3": 512 * 1024,  # the SRAM; the 8 MB of its modules is flash
    "a17-pro": 8 * GB,
    "m4": 32 * GB,
    "jetson-agx-orin": 64 * GB,
    "h100-sxm": 80 * GB,
    "h200-sxm": 141 * GB,
}
BYTES = {"fp32": 4.0, "fp16": 2.0, "int8": 1.0, "int4-g128": (4 + (16 + 4) / 128) / 8}


def outputs(parameters: float, device: str, format_: str) -> dict[str, Any]:
    return ACT.model({"parameters": parameters, "device": device, "format": format_})


@pytest.mark.parametrize(("size", "device", "format_"), [*product(SIZES.values(), MEMORY, BYTES)])
def test_weights_and_memory(size: float, device: str, format_: str) -> None:
    found = outputs(size, device, format_)
    weights = size * BYTES[format_]
    assert found["weights"] == pytest.approx(weights)
    assert found["capacity"] == pytest.approx(MEMORY[device])
    assert found["share"] == pytest.approx(weights / MEMORY[device])
    assert found["largest"] == pytest.approx(MEMORY[device] / BYTES[format_])
    fits = weights <= MEMORY[device]
    assert found["room"] == (pytest.approx(MEMORY[device] - weights) if fits else None)


def test_the_panel_offers_these_devices_and_formats_from_a_microcontroller_s_model_to_70b() -> None:
    sizes, devices, formats = ACT.controls
    assert [choice.value for choice in devices.options] == list(MEMORY)  # type: ignore[union-attr]  # two choices
    assert [choice.value for choice in formats.options] == list(BYTES)  # type: ignore[union-attr]
    ticks = sizes.ticks  # type: ignore[union-attr]  # and a number
    assert {float(size) for size in SIZES.values()} <= set(ticks)
    assert ticks[0] * 2 < MEMORY["esp32-s3"] < ticks[1], "the first stop is a microcontroller's model"
    assert ticks[-1] == SIZES["llama-2-70b"]
    assert all(1.5 < high / low < 20 for low, high in pairwise(ticks)), "log steps"


def test_more_parameters_and_longer_weights_never_take_less() -> None:
    ticks = ACT.controls[0].ticks  # type: ignore[union-attr]
    taken = [outputs(size, "a17-pro", "fp16")["weights"] for size in ticks]
    assert taken == sorted(taken)
    widths = [outputs(7e9, "a17-pro", format_)["weights"] for format_ in BYTES]
    assert widths == sorted(widths, reverse=True)


def test_the_largest_model_that_fits_just_fits() -> None:
    for device, format_ in product(MEMORY, BYTES):
        most = outputs(1e9, device, format_)["largest"]
        assert outputs(most * (1 - 1e-9), device, format_)["room"] is not None
        assert outputs(most * (1 + 1e-9), device, format_)["room"] is None


def test_known_errors_70b_in_fp16_does_not_fit_one_h100() -> None:
    """Known errors: “70B FP16 (140 GB) does not fit one H100”; and the microcontroller's memory is its SRAM."""
    assert outputs(SIZES["llama-2-70b"], "h100-sxm", "fp16")["room"] is None
    assert outputs(SIZES["llama-2-70b"], "h200-sxm", "fp16")["room"] is not None
    assert outputs(1e6, "esp32-s3", "int8")["room"] is None, "a megabyte would fit only if flash were counted"
    assert outputs(25.6e6, "a17-pro", "fp16")["weights"] == pytest.approx(51e6, rel=0.005)


def test_the_challenge_is_what_counting_finds() -> None:
    """The largest model on the least memory, by hand: every pair of device and format."""
    size = SIZES["llama-2-70b"]
    fits = [(MEMORY[d], d, f) for d, f in product(MEMORY, BYTES) if size * BYTES[f] <= MEMORY[d]]
    found = search(ACT)
    assert (found.designs, found.feasible) == (24, len(fits)) == (24, 6)
    assert found.best_cost == min(fits)[0]
    assert found.best
    assert (found.best["device"], found.best["format"]) == min(fits)[1:] == ("jetson-agx-orin", "int4-g128")
