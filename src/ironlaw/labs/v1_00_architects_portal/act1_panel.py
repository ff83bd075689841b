"""The instrument: controls, outputs, cards, and the one limit."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Challenge, Check, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v1_00_architects_portal import fitting
from ironlaw.quantities import format as text_of

START: dict[str, Any] = {
    "parameters": fitting.parameters(fitting.BEGIN),
    "device": fitting.PHONE,
    "format": fitting.FORMAT,
}

ABOUT_DEVICE = {
    "esp32-s3": "The memory that its program works in. The flash beside it is storage.",
    "a17-pro": "The system and the other apps share this memory.",
    "m4": "In its largest configuration, shared by processor and graphics.",
    "jetson-agx-orin": "A board for machines that move, shared by processor and graphics.",
    "h100-sxm": "The memory of one card. Servers hold several.",
    "h200-sxm": "The same chip with more memory beside it.",
}
ABOUT_FORMAT = {
    "fp32": "How weights are often kept in training.",
    "fp16": "How most models are delivered.",
    "int8": "Each weight rounded to one of a few levels.",
    "int4-g128": "Fewer levels, and a shared scale for each group of weights.",
}


def _device(device: str) -> Choice:
    name = registry.get(device).name
    text = f"{fitting.DEVICES[device]}: {name} · {text_of(fitting.capacity(device), 'bytes')}"
    return Choice(value=device, text=text, note=ABOUT_DEVICE[device])


CONTROLS = (
    NumberControl(
        id="parameters",
        label="Parameters of the model",
        kind="parameters",
        ticks=tuple(fitting.parameters(model) for model in fitting.MODELS),
        start=START["parameters"],
        help="Each stop is a model that exists. A step multiplies the size; it does not add to it.",
    ),
    ChoiceControl(
        id="device",
        label="Device",
        options=tuple(_device(device) for device in fitting.DEVICES),
        start=START["device"],
        help="What counts is its memory, not its storage.",
    ),
    ChoiceControl(
        id="format",
        label="Format of a weight",
        options=tuple(
            Choice(value=format_, text=registry.get(format_).name, note=ABOUT_FORMAT[format_])
            for format_ in fitting.FORMATS
        ),
        start=START["format"],
        help="To write each weight in fewer bits is called quantisation.",
    ),
)

OUTPUTS = (
    Output(id="weights", label="Bytes of the weights", kind="bytes", always=True),
    Output(id="capacity", label="Memory of the device", kind="bytes", always=True),
    Output(id="share", label="Share of the memory", kind="share", always=True),
    Output(id="largest", label="Largest model that fits", kind="parameters", always=True),
    Output(id="parameters", label="Parameters", kind="parameters", always=True),
    Output(id="named", label="Model", kind="text", always=True),
    Output(id="device", label="Device", kind="text", always=True),
    Output(id="bits", label="Bits of a weight", kind="number", always=True),
    Output(id="room", label="Room left", kind="bytes"),
)

CARDS = (
    Card(output="weights", constraint="oom", note="{now.named}, {now.bits} bits a weight"),
    Card(output="share", label="Share of the memory", note="{now.weights} of {now.capacity}"),
    Card(output="room", note="for all else that runs there"),
    Card(output="largest", note="on this device, in this format"),
)

CONSTRAINTS = (
    Constraint(
        id="oom",
        name="Out of memory",
        quantity="weights",
        limit="capacity",
        controls=("parameters", "device", "format"),
        fatal=True,
        text=(
            "Out of memory: the weights take {now.weights} and the {now.device} has {now.capacity}. "
            "Nothing runs until a smaller model, more memory or fewer bits a weight bring it below the limit."
        ),
        ok_text="{now.weights} of {now.capacity}.",
    ),
)

CHALLENGE = Challenge(
    title="The largest model, the smallest home",
    text=(
        "Find a place for {largest_model}, the last stop of the slider. "
        "Several designs hold it; the best of them needs the least memory."
    ),
    checks=(
        Check(
            output="weights",
            sense="at most",
            limit="capacity",
            text="{now.weights} of weights, {now.capacity} of memory",
        ),
    ),
    cost="capacity",
    free=("device", "format"),
    pinned={"parameters": fitting.parameters(fitting.LARGEST)},
)
