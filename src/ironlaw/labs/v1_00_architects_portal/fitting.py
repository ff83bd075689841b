"""The model of the lab: the bytes of a model's weights against the memory of a device.

Legend: P parameters, w bits of a weight (scales included), M bytes of the weights, C bytes of the device's memory.
"""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.physics import quantised

BYTE = 8.0  # bits, by definition

# The scenario: an assistant that is to run on the phone, in the format in which it is delivered.
ASSISTANT = "llama-2-7b"
PHONE = "a17-pro"
FORMAT = "fp16"

# The sizes on the slider: models of the registry, from one for a microcontroller up.
MODELS = (
    "person-detection",
    "mobilenet-v2",
    "resnet-50",
    "gpt-2",
    "gpt-2-medium",
    "llama-3-2-1b",
    "llama-3-2-3b",
    "llama-2-7b",
    "llama-2-13b",
    "llama-33b",
    "llama-2-70b",
)
BEGIN = "llama-3-2-1b"  # where the instrument starts: it fits, with room
LARGEST = MODELS[-1]

# What each device is, in a word that needs no data sheet.
DEVICES = {
    "esp32-s3": "Microcontroller",
    "a17-pro": "Phone",
    "m4": "Laptop",
    "jetson-agx-orin": "Robot",
    "h100-sxm": "Server GPU",
    "h200-sxm": "Larger server GPU",
}
FORMATS = ("fp32", "fp16", "int8", "int4-g128")


@cache
def parameters(model: str) -> float:
    """Parameters of a model of the registry."""
    return float(registry.get(model)["parameters"])


@cache
def bits(format_: str) -> float:
    """Bits that a weight takes in this format, its share of the scales included."""
    return BYTE * float(registry.get(format_)["bytes_per_value"])


@cache
def capacity(device: str) -> float:
    """Memory of a device, bytes."""
    return float(registry.get(device)["memory_capacity"])


@cache
def _names() -> dict[float, str]:
    return {parameters(model): registry.get(model).name for model in MODELS}


def model(settings: Settings) -> dict[str, Value]:
    """All outputs. Weights that do not fit leave no room, and nothing can run."""
    size: float = settings["parameters"]
    width = bits(settings["format"])
    held = capacity(settings["device"])
    weights = quantised.weight_bytes(size, width)
    return {
        "parameters": size,
        "named": _names().get(size, "a model of this size"),
        "device": DEVICES[settings["device"]].lower(),
        "bits": width,
        "weights": weights,
        "capacity": held,
        "share": weights / held,
        "largest": held * BYTE / width,
        "room": held - weights if weights <= held else None,
    }
