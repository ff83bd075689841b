"""The panel of act II: where the instrument starts, its controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_02_interconnect_wall import boundary
from ironlaw.labs.v2_02_interconnect_wall.act1_panel import GPU_CONTROL
from ironlaw.quantities import format as text_of

START: dict[str, Any] = dict(boundary.START)


def _port_choice(port: str) -> Choice:
    link = registry.get(port)
    card, switch = boundary.PORT_PRICES[port]
    return Choice(
        value=port,
        text=f"{link.name} · {text_of(link['bandwidth'], 'bandwidth')} a port",
        note=f"{text_of(card, 'usd')} a card, {text_of(switch, 'usd')} a switch port",
    )


CONTROLS = (
    NumberControl(
        id="nodes",
        label="Nodes",
        kind="count",
        ticks=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
        start=START["nodes"],
        integer=True,
        help="Each node holds its own GPUs; all train one model, data-parallel.",
    ),
    NumberControl(
        id="ports",
        label="Network ports a node",
        kind="count",
        ticks=tuple(float(i) for i in range(1, 9)),
        start=START["ports"],
        integer=True,
        help="All GPUs of a node share its ports.",
    ),
    NumberControl(
        id="overlap",
        label="Overlap with the backward pass",
        kind="share",
        ticks=tuple(i / 20 for i in range(21)),
        start=START["overlap"],
        help="Share of the reduction that may run beside the last micro-batch's backward pass. The weights are gathered after it.",
    ),
    NumberControl(
        id="accumulation",
        label="Micro-batches accumulated",
        kind="count",
        ticks=(1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
        start=START["accumulation"],
        integer=True,
        help="Gradients are summed in place and exchanged once. The batch grows with it, and beyond the critical batch it buys little.",
    ),
    ChoiceControl(
        id="port",
        label="Port speed",
        options=tuple(_port_choice(port) for port in boundary.PORT_PRICES),
        start=START["port"],
        drawer=True,
        help="The port that is installed stays where its speed is kept. No GPU sends faster than its own PCIe Gen5 link.",
    ),
    NumberControl(
        id="gpus",
        label="GPUs a node",
        kind="count",
        ticks=(4.0, 8.0),
        start=START["gpus"],
        integer=True,
        drawer=True,
        help="Fewer GPUs share a node's ports among fewer, and bring fewer tokens to the batch.",
    ),
    NumberControl(
        id="parameters",
        label="Parameters",
        kind="parameters",
        ticks=tuple(b * 1e9 for b in (1, 2, 3, 5, 7, 10, 13, 20, 30, 70, 175)),
        start=START["parameters"],
        drawer=True,
        help="Compute and gradient bytes both grow with the model.",
    ),
    GPU_CONTROL,
    ChoiceControl(
        id="placement",
        label="Order of the ring",
        options=(
            Choice(value="packed", text="Along the leaf switches"),
            Choice(value="scattered", text="Nodes in any order"),
        ),
        start=START["placement"],
        drawer=True,
        help="Along the switches the ring enters and leaves each leaf once; in any order most hops cross the spine.",
    ),
)

OUTPUTS = (
    Output(id="memory", label="Memory a GPU", kind="bytes", always=True),
    Output(id="capacity", label="Capacity of the GPU", kind="bytes", always=True),
    Output(id="batch", label="Batch", kind="tokens", always=True),
    Output(id="critical_batch", label="Critical batch", kind="tokens", always=True),
    Output(id="nodes", label="Nodes", kind="count", always=True),
    Output(id="gpus", label="GPUs a node", kind="count", always=True),
    Output(id="ports", label="Ports a node", kind="count", always=True),
    Output(id="parameters", label="Parameters", kind="parameters", always=True),
    Output(id="gpu", label="GPU", kind="text", always=True),
    Output(id="added_cost", label="Added network cost", kind="usd", always=True),
    Output(id="target", label="Efficiency wanted", kind="share", always=True),
    Output(id="full", label="Overhead that doubles the step", kind="share", always=True),
    Output(id="gradient", label="Gradient bytes", kind="bytes"),
    Output(id="buckets", label="Buckets of gradients", kind="count"),
    Output(id="inside_speed", label="Rate that transfers reach in the node", kind="bandwidth"),
    Output(id="inside_latency", label="Latency a hop in the node", kind="seconds"),
    Output(id="port_speed", label="Rate that transfers reach on a port", kind="bandwidth"),
    Output(id="port_latency", label="Latency a hop between nodes", kind="seconds"),
    Output(id="intra_time", label="All-reduce in the node", kind="seconds"),
    Output(id="inter_time", label="All-reduce between nodes", kind="seconds"),
    Output(id="intra", label="Bytes in the node", kind="seconds"),
    Output(id="inter", label="Bytes between nodes", kind="seconds"),
    Output(id="latency", label="Latency of the hops", kind="seconds"),
    Output(id="bisection", label="Wait for the fabric", kind="seconds"),
    Output(id="communication", label="Exchange", kind="seconds"),
    Output(id="compute", label="Compute", kind="seconds"),
    Output(id="overlappable", label="What can run beside the last backward pass", kind="seconds"),
    Output(id="window", label="Last backward pass", kind="seconds"),
    Output(id="hidden", label="Hidden communication", kind="seconds"),
    Output(id="overlap_set", label="Overlap", kind="share"),
    Output(id="exposed", label="Exposed communication", kind="seconds"),
    Output(id="contention", label="Compute slowed by communication", kind="seconds"),
    Output(id="framework", label="Framework", kind="seconds"),
    Output(id="exposed_intra", label="Exposed, in the node", kind="seconds"),
    Output(id="exposed_inter", label="Exposed, node ports", kind="seconds"),
    Output(id="exposed_latency", label="Exposed, latency", kind="seconds"),
    Output(id="exposed_bisection", label="Exposed, fabric", kind="seconds"),
    Output(id="step", label="Step time", kind="seconds"),
    Output(id="base_nodes", label="Nodes of the baseline", kind="count"),
    Output(id="base_step", label="Step of the baseline", kind="seconds"),
    Output(id="overhead", label="Overhead on compute", kind="share"),
    Output(id="efficiency", label="Scaling efficiency", kind="share"),
    Output(id="speedup", label="Speedup", kind="ratio"),
    Output(id="ideal", label="Ideal speedup", kind="ratio"),
    Output(id="tokens_per_second", label="Throughput", kind="tokens_per_second"),
    Output(id="port_share", label="Port bandwidth a GPU", kind="bandwidth"),
    Output(id="cliff_gpu", label="Cliff a GPU", kind="ratio"),
    Output(id="cliff_node", label="One GPU's NVLink ÷ all ports of the node", kind="ratio"),
    Output(id="pipeline_bytes_per_token", label="Bytes a token with pipeline stages instead", kind="bytes_per_token"),
    Output(id="uplink_load", label="Load of the uplinks", kind="share"),
    Output(id="crossing", label="Bytes across the node boundary", kind="bytes"),
    Output(id="bytes_per_token", label="Bytes across boundaries a token", kind="bytes_per_token"),
)

CARDS = (
    Card(output="speedup", note="of {now.ideal} ideal; nodes of the baseline: {now.base_nodes}"),
    Card(output="efficiency", note="the lead wants {now.target}"),
    Card(output="overhead", constraint="overhead", note="{now.step} a step, {now.compute} of it compute"),
    Card(output="memory", constraint="oom", note="of {now.capacity}"),
    Card(output="batch", constraint="batch", note="critical batch {now.critical_batch}"),
    Card(
        output="cliff_gpu",
        label="Cliff at the boundary",
        note="NVLink ÷ a GPU's share of the ports, {now.port_share}; {now.cliff_node} beside all ports",
    ),
    Card(output="added_cost", note="ports a node: {now.ports}, nodes: {now.nodes}"),
)

CONSTRAINTS = (
    Constraint(
        id="oom",
        name="Out of memory",
        quantity="memory",
        limit="capacity",
        controls=("parameters", "gpu", "nodes"),
        fatal=True,
        text=(
            "Out of memory: weights, gradients, this GPU's share of the Adam states and activations need {now.memory}; the "
            "GPU has {now.capacity}. Nodes shard only the Adam states."
        ),
        ok_text="{now.memory} of {now.capacity} a GPU.",
    ),
    Constraint(
        id="overhead",
        name="Too much overhead",
        quantity="overhead",
        limit="full",
        controls=("nodes", "ports", "port"),
        text=(
            "Overhead of {now.overhead}, above {now.full}: the step takes {now.step} for {now.compute} of compute. "
            "Most of the step is not compute."
        ),
        ok_text="Overhead {now.overhead} of compute.",
    ),
    Constraint(
        id="batch",
        name="Batch too large",
        quantity="batch",
        limit="critical_batch",
        controls=("accumulation", "nodes"),
        text=(
            "A batch of {now.batch} tokens is above the critical {now.critical_batch}: the extra tokens of each step no "
            "longer buy progress."
        ),
        ok_text="Batch {now.batch} of {now.critical_batch} tokens.",
    ),
)
