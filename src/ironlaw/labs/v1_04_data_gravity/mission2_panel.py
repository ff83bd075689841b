"""The panel of mission 2: controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, Control, NumberControl
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import mission2_model as m
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, TRACK, outputs

_CLOUD = m.feeds()[CLOUD]
START: dict[str, Any] = {
    "format": _CLOUD.format,
    "workers": _CLOUD.workers,
    "disk": "ssd-870-evo",
    "asked": 1.0,
    "bits": _CLOUD.bits,
    "depth": _CLOUD.depth,
    "rates": "recorded",
    "track": CLOUD,
}
ASKED = (*(percent / 100 for percent in range(50, 200, 5)), *(percent / 100 for percent in range(200, 401, 10)))


def _disk(disk: str) -> str:
    return f"reads {plain(registry.get(disk)['read_bandwidth'], 'bandwidth')}"


def controls(own: m.Rates | None) -> tuple[Control, ...]:
    """The panel; `own` are the rates of the learner's machine, the second choice of core, None if never measured."""
    other = (
        Choice(
            value="other",
            text=f"Your machine · JSON at {plain(own['json'][1], 'number')} records/s and core",
            note="as ironlaw probe measured it",
        )
        if own
        else Choice(
            value="other",
            text="A slower core",
            note=f"{plain(m.SLOWER, 'ratio')} the recorded rates, until ironlaw probe measures your machine's",
        )
    )
    return (
        ChoiceControl(
            id="format",
            label="Format of the records",
            options=tuple(Choice(value=name, text=said) for name, said in m.FORMATS.items()),
            start=START["format"],
            help="How a record is written down: how many bytes it has, and how long a core takes to read it.",
        ),
        NumberControl(
            id="workers",
            label="Workers",
            kind="count",
            ticks=tuple(float(count) for count in range(1, 33)),
            start=START["workers"],
            integer=True,
            help="Each parses on a core of its own. More workers than cores parse nothing more, and still hold buffers.",
        ),
        ChoiceControl(
            id="disk",
            label="Disk",
            options=tuple(Choice(value=disk, text=said, note=_disk(disk)) for disk, said in m.DISKS.items()),
            start=START["disk"],
            help="Records are read from it in order, as the data sheet likes it. Off the node it stands for the store that the records come from, and is never the limit.",
        ),
        NumberControl(
            id="asked",
            label="Records an inference asks for, of the plan",
            kind="share",
            ticks=ASKED,
            start=START["asked"],
            help="More context for each inference: the model consumes more records for the same arithmetic.",
        ),
        NumberControl(
            id="depth",
            label="Records buffered by a worker",
            kind="count",
            ticks=tuple(2.0**power for power in range(9)),
            start=START["depth"],
            integer=True,
            drawer=True,
            help="Prefetched records wait in memory, encoded and decoded.",
        ),
        ChoiceControl(
            id="bits",
            label="Bits of a sensor value",
            options=tuple(Choice(value=bits, text=said) for bits, said in BITS),
            start=START["bits"],
            drawer=True,
            help="What goes with each record: embeddings, pixels or audio samples, by track.",
        ),
        ChoiceControl(
            id="rates",
            label="Whose core parses",
            options=(Choice(value="recorded", text="The project's machine", note="recorded with this lab"), other),
            start=START["rates"],
            drawer=True,
            help="Formats are measured, not assumed: by the usual library of each, on one core, from memory.",
        ),
        TRACK,
    )


BITS = ((8, "Short integers"), (12, "Packed raw"), (16, "Padded raw, or FP16"), (32, "Single precision"))


OUTPUTS = outputs(
    ("consumer", "What is fed", "text"),
    ("link", "Link", "text"),
    ("record", "Encoded record", "bytes"),
    ("payload", "Sensor values with it", "bytes"),
    ("crossing", "Bytes of a record on the link", "bytes"),
    ("worker_rate", "One worker, records/s", "number"),
    ("running", "Workers with a core", "count"),
    ("cores", "Cores", "count"),
    ("demand", "Consumption, records/s", "number"),
    ("plan", "Planned consumption, records/s", "number"),
    ("disk_rate", "Disk, records/s", "number"),
    ("parse_rate", "Parsers, records/s", "number"),
    ("link_rate", "Link, records/s", "number"),
    ("feed", "Pre-processing rate, records/s", "number"),
    ("flow", "Records/s that flow", "number"),
    ("slowest", "What sets the pace", "text"),
    ("idle", "Feeding tax", "share"),
    ("most_idle", "Largest feeding tax", "share"),
    ("used", "Utilisation of the accelerator", "share"),
    ("full", "MFU when never kept waiting", "share"),
    ("mfu", "MFU", "share"),
    ("imbalance", "Distance from equilibrium", "share"),
    ("tolerance", "Tolerance of the equilibrium", "share"),
    ("buffers", "Buffers of all workers", "bytes"),
    ("room", "Room for buffers", "bytes"),
    ("bus_load", "Asked of the link", "bandwidth"),
    ("bus", "Rate of the link", "bandwidth"),
    ("feed_power", "Power of feeding", "power"),
    ("allowance", "Power that feeding may take", "power"),
)

CARDS = (
    Card(output="idle", constraint="starved", note="slowest: {now.slowest}"),
    Card(output="mfu", note="{now.full} when never kept waiting"),
    Card(output="feed", note="one worker {now.worker_rate}"),
    Card(output="demand", note="{now.consumer}"),
    Card(output="imbalance", note="equilibrium is within {now.tolerance}"),
    Card(output="bus_load", constraint="flood", note="{now.link}: {now.bus}"),
    Card(output="buffers", constraint="buffers", note="of {now.room}"),
    Card(output="feed_power", constraint="power", note="of {now.allowance}"),
)

CONSTRAINTS = (
    Constraint(
        id="starved",
        name="Starvation",
        quantity="idle",
        limit="most_idle",
        controls=("format", "workers", "disk", "asked", "bits"),
        text=(
            "Starvation: the accelerator waits {now.idle} of its time, more than {now.most_idle}. It could consume {now.demand} "
            "records a second, and {now.slowest} let {now.feed} through."
        ),
        ok_text="It waits {now.idle} of its time.",
    ),
    Constraint(
        id="flood",
        name="Link flooded",
        domain="Networking",
        quantity="bus_load",
        limit="bus",
        controls=("asked", "bits", "format"),
        text=(
            "The link is flooded: {now.demand} records a second of {now.crossing} each ask for {now.bus_load}, and the "
            "link carries {now.bus}."
        ),
        ok_text="{now.bus_load} of {now.bus} on the link.",
    ),
    Constraint(
        id="buffers",
        name="Buffers outgrow memory",
        domain="Memory",
        quantity="buffers",
        limit="room",
        controls=("workers", "depth", "format", "bits"),
        text=(
            "The buffers outgrow their memory: {now.buffers} of records wait in all workers, encoded and decoded, and there is "
            "room for {now.room}."
        ),
        ok_text="{now.buffers} of {now.room} buffered.",
    ),
    Constraint(
        id="power",
        name="Feeding takes too much power",
        domain="Edge",
        quantity="feed_power",
        limit="allowance",
        controls=("workers", "format", "asked"),
        text=(
            "Feeding takes too much power: workers and link draw {now.feed_power}, and {now.allowance} are left for them on "
            "this device."
        ),
        ok_text="Feeding takes {now.feed_power} of {now.allowance}.",
    ),
)
