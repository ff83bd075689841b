"""The panel of act I: where the instrument starts, its controls, outputs, cards, limits and goal."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Challenge, Check, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_01_scale_illusion import fleet
from ironlaw.quantities import format as text_of

START: dict[str, Any] = {
    "gpus": fleet.PILOT,
    "batch": fleet.BATCH,
    "network": fleet.AS_BOUGHT,
    "overlap": fleet.overlap_start(),
    "stages": 1.0,
    "phase": fleet.PHASE,
    "model": fleet.MODEL,
}


def _network_choice(network: str) -> Choice:
    link, _ = fleet.NETWORKS[network]
    wire = registry.get(link)
    rate, share = text_of(wire["line_rate"], "bit_rate"), text_of(wire["bus_efficiency"], "share")
    note = f"A port is {rate}, one direction; large transfers reach {share} of it."
    return Choice(value=network, text=fleet.network_name(network), note=note)


PHASES = {
    "early": "Beginning of the run",
    "main": "Most of the run",
    "late": "End of the run",
}

CONTROLS = (
    NumberControl(
        id="gpus",
        label="GPUs",
        kind="count",
        ticks=tuple(2.0**n for n in range(15)),
        start=START["gpus"],
        integer=True,
        help="Whole replicas of the model work; GPUs that fill no replica stand idle.",
    ),
    NumberControl(
        id="batch",
        label="Tokens a step",
        kind="tokens",
        ticks=tuple(2.0**n for n in range(20, 26)),
        start=START["batch"],
        integer=True,
        help="All GPUs together, in whole sequences. More tokens mean more arithmetic for each exchange of gradients.",
    ),
    ChoiceControl(
        id="network",
        label="Network between nodes",
        options=tuple(_network_choice(network) for network in fleet.NETWORKS),
        start=START["network"],
        help="All GPUs of a node leave it through its ports.",
    ),
    NumberControl(
        id="overlap",
        label="Overlap with the backward pass",
        kind="share",
        ticks=tuple(i / 20 for i in range(21)),
        start=START["overlap"],
        help="Share of the exchange that may run beside the backward pass. Only the last micro-batch's pass has finished "
        "gradients to send.",
    ),
    NumberControl(
        id="stages",
        label="Pipeline stages, at least",
        kind="count",
        ticks=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
        start=START["stages"],
        integer=True,
        drawer=True,
        help="The plan takes the fewest stages that fit the memory. More stages leave each GPU a smaller part of the model, "
        "and more of the step in filling and draining the pipeline.",
    ),
    ChoiceControl(
        id="phase",
        label="Part of the run",
        options=tuple(Choice(value=name, text=text) for name, text in PHASES.items()),
        start=START["phase"],
        drawer=True,
        help="Beyond the critical batch more tokens a step buy little progress. It grows as the loss falls.",
    ),
    ChoiceControl(
        id="model",
        label="Model",
        options=tuple(Choice(value=name, text=registry.get(name).name) for name in fleet.MODELS),
        start=START["model"],
        drawer=True,
        help="Same data, same arithmetic for the whole run; the smaller one fits a single node.",
    ),
)

OUTPUTS = (
    Output(id="memory", label="Memory a GPU", kind="bytes", always=True),
    Output(id="capacity", label="Capacity of the GPU", kind="bytes", always=True),
    Output(id="state", label="Training state of the model", kind="gigabytes", always=True),
    Output(id="batch", label="Batch", kind="tokens", always=True),
    Output(id="critical_batch", label="Critical batch", kind="tokens", always=True),
    Output(id="gpus", label="GPUs", kind="count", always=True),
    Output(id="stages", label="Pipeline stages", kind="count", always=True),
    Output(id="model", label="Model", kind="text", always=True),
    Output(id="network", label="Network", kind="text", always=True),
    Output(id="floor", label="Loss that counts as scaling inversion", kind="share", always=True),
    Output(id="wanted", label="Efficiency wanted", kind="share", always=True),
    Output(id="promised", label="One GPU's time ÷ GPUs", kind="seconds", always=True),
    Output(id="replicas", label="Replicas", kind="count"),
    Output(id="micro_batches", label="Micro-batches of a replica", kind="count"),
    Output(id="step", label="Step time", kind="seconds"),
    Output(id="compute", label="Compute", kind="seconds"),
    Output(id="exchange", label="Exposed communication between replicas", kind="seconds"),
    Output(id="owned", label="Parameters of a GPU", kind="parameters"),
    Output(id="used", label="GPUs at work", kind="count"),
    Output(id="mean_step", label="Step on a mean GPU", kind="seconds"),
    Output(id="straggler", label="Waiting for the slowest GPU", kind="seconds"),
    Output(id="throughput", label="Throughput, failures counted", kind="tokens_per_second"),
    Output(id="one_throughput", label="Throughput of one", kind="tokens_per_second"),
    Output(id="sent", label="Bytes a GPU exchanges a step", kind="bytes"),
    Output(id="port_rate", label="Rate of the exchange, a GPU", kind="bandwidth"),
    Output(id="hidden", label="Hidden communication", kind="seconds"),
    Output(id="mfu", label="MFU of a step", kind="share"),
    Output(id="compute_rate", label="Share of the peak while computing", kind="share"),
    Output(id="nodes", label="Nodes", kind="count"),
    Output(id="node_mtbf", label="Time between failures of a node", kind="seconds"),
    Output(id="mtbf", label="Time between failures of the run", kind="seconds"),
    Output(id="write", label="Time to write a checkpoint", kind="seconds"),
    Output(id="interval", label="Work between checkpoints", kind="seconds"),
    Output(id="restart", label="Restart after a failure", kind="seconds"),
    Output(id="goodput", label="Time left by failures and checkpoints", kind="share"),
    Output(id="share_compute", label="Time in compute", kind="share"),
    Output(id="share_tensor", label="Time in tensor parallelism", kind="share"),
    Output(id="share_pipeline", label="Time in the pipeline's bubble and transfers", kind="share"),
    Output(id="share_exchange", label="Time in the gradient exchange", kind="share"),
    Output(id="share_straggler", label="Time waiting for the slowest GPU", kind="share"),
    Output(id="share_failure", label="Time lost to failures and checkpoints", kind="share"),
    Output(id="share_idle", label="Time without work", kind="share"),
    Output(id="speedup", label="Speedup", kind="ratio"),
    Output(id="efficiency", label="Scaling efficiency", kind="share"),
    Output(id="lost", label="Share of the ideal that is lost", kind="share"),
    Output(id="run_time", label="Training time", kind="seconds"),
)

CARDS = (
    Card(output="speedup", note="of {now.gpus} GPUs, over one at {one_share} of its peak"),
    Card(output="efficiency", constraint="inversion", note="speedup ÷ GPUs"),
    Card(output="run_time", note="{now.promised} by dividing"),
    Card(output="step", note="{now.compute} of it compute, {now.exchange} exposed exchange"),
    Card(output="memory", constraint="oom", note="of {now.capacity}; pipeline stages: {now.stages}"),
    Card(output="goodput", label="Goodput", note="time left by failures, one every {now.mtbf}, and by checkpoints"),
    Card(output="batch", constraint="batch", note="critical batch {now.critical_batch}"),
)

CONSTRAINTS = (
    Constraint(
        id="oom",
        name="Out of memory",
        quantity="memory",
        limit="capacity",
        controls=("gpus", "model"),
        fatal=True,
        text=(
            "Out of memory: the plan needs {now.memory} a GPU, which has {now.capacity}. {now.model} keeps {now.state} of "
            "training state, and {now.gpus} GPUs cannot hold it at any number of stages."
        ),
        ok_text="{now.memory} of {now.capacity} a GPU.",
    ),
    Constraint(
        id="inversion",
        name="Scaling inversion",
        quantity="lost",
        limit="floor",
        controls=("gpus", "network"),
        text=(
            "Scaling inversion: {now.lost} of what {now.gpus} GPUs could do is lost, more than {now.floor}. They train "
            "{now.speedup} as fast as one; the gradient exchange takes {now.share_exchange} of their time."
        ),
        ok_text="{now.lost} of the ideal lost, at most {now.floor} allowed.",
    ),
    Constraint(
        id="batch",
        name="Batch too large",
        quantity="batch",
        limit="critical_batch",
        controls=("batch", "phase"),
        text=(
            "A batch of {now.batch} tokens is above the critical batch of {now.critical_batch}: the steps cost more and no "
            "longer bring as much more progress."
        ),
        ok_text="Batch {now.batch} of {now.critical_batch} tokens.",
    ),
)

CHALLENGE = Challenge(
    title="The ports that you have",
    text=(
        "No budget for a network: on {gpus} GPUs with the ports as bought, reach an efficiency of {wanted}, without passing "
        "the critical batch."
    ),
    checks=(
        Check(
            output="efficiency",
            sense="at least",
            limit="wanted",
            text="Efficiency {now.efficiency} of at least {now.wanted}",
        ),
        Check(
            output="batch",
            sense="at most",
            limit="critical_batch",
            text="Batch {now.batch} of at most {now.critical_batch} tokens",
        ),
    ),
    cost=None,
    free=("batch", "overlap", "stages"),
    pinned={
        "gpus": fleet.APPROVED,
        "network": fleet.AS_BOUGHT,
        "phase": fleet.PHASE,
        "model": fleet.MODEL,
    },
)
