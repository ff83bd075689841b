"""The panel of act I: where the instrument starts, its controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_02_interconnect_wall import cliff
from ironlaw.quantities import format as text_of

START: dict[str, Any] = dict(cliff.START)


def _wire_choice(wire: str) -> Choice:
    link = registry.get(wire)
    rate = text_of(link["bandwidth"], "bandwidth")
    both = text_of(link["bandwidth_bidirectional"], "bandwidth")
    reached = text_of(link["bus_efficiency"], "share")
    note = f"In one direction; {both} counting both. Large transfers reach {reached} of it."
    return Choice(value=wire, text=f"{link.name} · {rate}", note=note)


def _gpu_choice(gpu: str) -> Choice:
    device = registry.get(gpu)
    return Choice(value=gpu, text=f"{device.name} · {text_of(device['memory_capacity'], 'bytes')}")


GPU_CONTROL = ChoiceControl(
    id="gpu",
    label="GPU",
    options=tuple(_gpu_choice(gpu) for gpu in cliff.GPUS),
    start=START["gpu"],
    drawer=True,
    help="Same arithmetic, same price here; the memory differs.",
)

CONTROLS = (
    NumberControl(
        id="parameters",
        label="Parameters",
        kind="parameters",
        ticks=tuple(b * 1e9 for b in (1, 2, 3, 5, 7, 10, 13, 20, 30, 50, 70, 100, 175)),
        start=START["parameters"],
        help="Shape follows GPT-3's rule: width is a fixed multiple of depth.",
    ),
    NumberControl(
        id="tokens",
        label="Tokens a GPU a step",
        kind="tokens",
        ticks=tuple(1024.0 * 2**i for i in range(7)),
        start=START["tokens"],
        help="More tokens mean more arithmetic for the same exchange, and more activations to keep.",
    ),
    ChoiceControl(
        id="wire",
        label="Wire between the GPUs",
        options=tuple(_wire_choice(wire) for wire in cliff.WIRES),
        start=START["wire"],
        help="A ring sends one way. Every wire but NVLink comes with the cheaper servers.",
    ),
    NumberControl(
        id="overlap",
        label="Overlap with the backward pass",
        kind="share",
        ticks=tuple(i / 20 for i in range(21)),
        start=START["overlap"],
        help="Share of what can run beside the backward pass that does. Weights gathered after the update cannot.",
    ),
    NumberControl(
        id="gpus",
        label="GPUs",
        kind="count",
        ticks=(2.0, 4.0, 8.0),
        start=START["gpus"],
        integer=True,
        drawer=True,
        help="Fewer GPUs share the states among fewer.",
    ),
    ChoiceControl(
        id="zero",
        label="Sharding",
        options=(
            Choice(value=0, text="ZeRO-0: every GPU keeps everything"),
            Choice(value=1, text="ZeRO-1: Adam states sharded"),
            Choice(value=2, text="ZeRO-2: gradients too"),
            Choice(value=3, text="ZeRO-3: weights too, gathered twice"),
        ),
        start=START["zero"],
        drawer=True,
        help="What is split over the GPUs instead of copied to each.",
    ),
    GPU_CONTROL,
)

OUTPUTS = (
    Output(id="memory", label="Memory a GPU", kind="bytes", always=True),
    Output(id="capacity", label="Capacity of the GPU", kind="bytes", always=True),
    Output(id="state", label="Training state of the model", kind="gigabytes", always=True),
    Output(id="node_capacity", label="Memory of all GPUs", kind="gigabytes", always=True),
    Output(id="gpus", label="GPUs", kind="count", always=True),
    Output(id="parameters", label="Parameters", kind="parameters", always=True),
    Output(id="wire", label="Wire", kind="text", always=True),
    Output(id="gradient", label="Gradient bytes", kind="bytes"),
    Output(id="volume", label="Bytes each GPU sends", kind="bytes"),
    Output(id="volume_ratio", label="Bytes sent ÷ gradient bytes", kind="ratio"),
    Output(id="bandwidth", label="Wire, one direction", kind="bandwidth"),
    Output(id="bus_efficiency", label="Bus efficiency", kind="share"),
    Output(id="speed", label="Rate that transfers reach", kind="bandwidth"),
    Output(id="latency", label="Latency a hop", kind="seconds"),
    Output(id="buckets", label="Buckets of gradients", kind="count"),
    Output(id="phase", label="One phase of the exchange", kind="seconds"),
    Output(id="communication", label="Exchange", kind="seconds"),
    Output(id="overlappable", label="Phases that can run beside the backward pass", kind="seconds"),
    Output(id="window", label="Backward pass", kind="seconds"),
    Output(id="sm_share", label="Share of the GPU that communication holds", kind="share"),
    Output(id="overlap", label="Overlap", kind="share"),
    Output(id="compute", label="Compute", kind="seconds"),
    Output(id="hidden", label="Hidden communication", kind="seconds"),
    Output(id="exposed", label="Exposed communication", kind="seconds"),
    Output(id="contention", label="Compute slowed by communication", kind="seconds"),
    Output(id="step", label="Step time", kind="seconds"),
    Output(id="node_step", label="Step in the NVLink node", kind="seconds"),
    Output(id="slowdown", label="Step ÷ step in the NVLink node", kind="ratio"),
    Output(id="overhead", label="Overhead on compute", kind="share"),
    Output(id="efficiency", label="Share of the step that computes", kind="share"),
    Output(id="tokens_per_dollar", label="Tokens per dollar", kind="tokens_per_usd"),
    Output(id="cost", label="Cost of training", kind="usd_per_million_tokens"),
    Output(id="cost_ratio", label="Cost a token ÷ NVLink node", kind="ratio"),
)

CARDS = (
    Card(output="step", note="{now.slowdown} the NVLink node's {now.node_step}"),
    Card(output="overhead", constraint="comm", note="{now.exposed} exposed on {now.compute} of compute"),
    Card(output="efficiency", label="Step efficiency", note="compute ÷ step"),
    Card(output="memory", constraint="oom", note="of {now.capacity}"),
    Card(output="tokens_per_dollar", label="Throughput per dollar", note="{now.cost_ratio} the node's cost a token"),
    Card(output="volume_ratio", label="Sent ÷ gradient bytes", note="{now.volume} for {now.gradient} of gradients"),
)

CONSTRAINTS = (
    Constraint(
        id="oom",
        name="Out of memory",
        quantity="memory",
        limit="capacity",
        controls=("parameters", "tokens", "zero"),
        fatal=True,
        text=(
            "Out of memory: this plan needs {now.memory} a GPU, and the GPU has {now.capacity}. {now.parameters} parameters "
            "with Adam are {now.state} of training state before any activation; all GPUs together hold {now.node_capacity}."
        ),
        ok_text="{now.memory} of {now.capacity} a GPU.",
    ),
    Constraint(
        id="comm",
        name="Communication-bound",
        quantity="exposed",
        limit="compute",
        controls=("wire", "tokens"),
        text=(
            "Communication-bound: {now.exposed} of the exchange is exposed, more than the {now.compute} of compute in "
            "the step."
        ),
        ok_text="{now.exposed} exposed against {now.compute} of compute.",
    ),
)
