"""The panel of mission 1: controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import mission1_model as m
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, TRACK, outputs

SIZES = (*(float(f"{step}e{power}") for power in range(10, 16) for step in (1, 2, 5)), 1e16)
DISTANCES = (10.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 3_000.0, 4_000.0, 5_000.0)
LINKS = tuple(gigabits * 1e9 / 8 for gigabits in (10, 20, 25, 40, 50, 80, 100))
FLEETS = (*(float(f"{step}e{power}") for power in range(6) for step in (1, 2, 5)), 1e6)
DRIVES = {"hdd-exos-x18": "Hard disk", "ssd-980-pro": "Small NVMe drive", "ssd-d5-p5336": "Large NVMe drive"}

_CLOUD = m.sources()[CLOUD]
START: dict[str, Any] = {
    "size": _CLOUD.size,
    "distance": _CLOUD.distance,
    "link": _CLOUD.link,
    "drives": 8.0,
    "drive": "ssd-d5-p5336",
    "streams": 128.0,
    "route": "region",
    "devices": _CLOUD.devices,
    "track": CLOUD,
}


def _sheet(drive: str) -> str:
    """Capacity and speeds of a drive, from the registry."""
    disk = registry.get(drive)
    capacity, write = plain(disk["capacity"], "bytes"), plain(disk["write_bandwidth"], "bandwidth")
    return f"{capacity}, written at {write}, read at {plain(disk['read_bandwidth'], 'bandwidth')}"


CONTROLS = (
    NumberControl(
        id="size",
        label="Data set",
        kind="bytes",
        ticks=SIZES,
        start=START["size"],
        help="Everything that must be at the far site. The slider is logarithmic.",
    ),
    NumberControl(
        id="distance",
        label="Distance (km)",
        kind="number",
        ticks=DISTANCES,
        start=START["distance"],
        help="It lengthens the courier's trip and the round trip of each stream.",
    ),
    NumberControl(
        id="link",
        label="Fibre",
        kind="bit_rate",
        ticks=LINKS,
        start=START["link"],
        help="A line rate counts bits a second; the sizes here count bytes.",
    ),
    NumberControl(
        id="drives",
        label="Drives in the case",
        kind="count",
        ticks=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
        start=START["drives"],
        integer=True,
        help="They travel together, and both ends copy all of them side by side. What does not fit waits for the case to come back.",
    ),
    ChoiceControl(
        id="drive",
        label="Kind of drive",
        options=tuple(Choice(value=name, text=said, note=_sheet(name)) for name, said in DRIVES.items()),
        start=START["drive"],
        drawer=True,
        help="Capacity decides the trips; writing and reading decide how long the case stands at each end.",
    ),
    NumberControl(
        id="streams",
        label="Parallel streams",
        kind="count",
        ticks=tuple(2.0**power for power in range(9)),
        start=START["streams"],
        integer=True,
        drawer=True,
        help="Each stream has at most one window in flight a round trip. Few streams leave a long fibre idle.",
    ),
    ChoiceControl(
        id="route",
        label="Price of the fibre",
        options=(
            Choice(value="region", text="Between two US regions of one cloud"),
            Choice(value="internet", text="Out to the internet"),
        ),
        start=START["route"],
        drawer=True,
        help="One cloud's own lines are priced apart from the way out to the internet, which has tiers.",
    ),
    NumberControl(
        id="devices",
        label="Devices that gathered it",
        kind="count",
        ticks=FLEETS,
        start=START["devices"],
        integer=True,
        drawer=True,
        help="The data set is spread evenly over them. Each sends its own part over its first hop.",
    ),
    TRACK,
)


OUTPUTS = outputs(
    ("size", "Data set", "bytes"),
    ("distance", "Distance, km", "number"),
    ("devices", "Devices", "count"),
    ("drives", "Drives in the case", "count"),
    ("source", "What it is", "text"),
    ("hop", "First hop", "text"),
    ("line", "Line rate of the fibre", "bandwidth"),
    ("streams", "Parallel streams", "count"),
    ("delay", "Light's way along the cable", "seconds"),
    ("rate", "Payload rate of the fibre", "bandwidth"),
    ("stream_rate", "Most that one stream keeps up", "bandwidth"),
    ("wire_time", "Over the fibre", "seconds"),
    ("trips", "Cases sent", "count"),
    ("legs", "Times the road is driven, empty ways back included", "count"),
    ("trip", "One trip", "seconds"),
    ("write_rate", "Writing of one drive", "bandwidth"),
    ("read_rate", "Reading of one drive", "bandwidth"),
    ("drive_capacity", "Capacity of one drive", "bytes"),
    ("write_time", "Writing the drives", "seconds"),
    ("road_time", "On the road", "seconds"),
    ("read_time", "Reading the drives", "seconds"),
    ("drive_time", "By drives", "seconds"),
    ("arrival", "The faster way", "seconds"),
    ("deadline", "Time until it must be there", "seconds"),
    ("gravity", "Data gravity: moving over the time there is", "ratio"),
    ("faster", "Faster", "text"),
    ("wire_cost", "Price over the fibre", "usd"),
    ("drive_cost", "Price by drives", "usd"),
    ("cheaper", "Cheaper", "text"),
    ("each", "Bytes a device", "bytes"),
    ("store", "Room for them on a device", "bytes"),
    ("hop_rate", "Rate of the first hop", "bandwidth"),
    ("gather", "Handing over, a device", "seconds"),
    ("window", "Time for handing over", "seconds"),
    ("hop_power", "Power while it sends", "power"),
    ("hop_energy", "Energy of sending, a device", "energy"),
    ("allowance", "Energy that a device may spend on it", "energy"),
    ("fleet_rate", "First hops of all devices", "bandwidth"),
    ("shipped_rate", "Bandwidth of the drives, whole trip", "bandwidth"),
)

CARDS = (
    Card(output="wire_time", note="{now.rate} of payload"),
    Card(output="drive_time", note="{now.write_time} writing, {now.road_time} road, {now.read_time} reading"),
    Card(output="arrival", constraint="late", note="{now.faster}; it must be there in {now.deadline}"),
    Card(output="wire_cost", note="cheaper: {now.cheaper}"),
    Card(output="drive_cost", note="cases sent: {now.trips}"),
    Card(output="gather", constraint="gather", note="{now.each} a device over {now.hop}, in {now.window}"),
    Card(output="hop_energy", constraint="drain", note="of {now.allowance} allowed"),
    Card(output="each", constraint="store", note="a device has room for {now.store}"),
)

CONSTRAINTS = (
    Constraint(
        id="late",
        name="Too late",
        domain="Networking",
        quantity="arrival",
        limit="deadline",
        controls=("size", "link", "distance", "streams", "drives"),
        text=(
            "Too late: even by {now.faster}, the faster way, {now.size} take {now.arrival}. They are needed in "
            "{now.deadline}, so the computation should go to the data."
        ),
        ok_text="There in {now.arrival} of {now.deadline}.",
    ),
    Constraint(
        id="gather",
        name="Hand-over too slow",
        quantity="gather",
        limit="window",
        controls=("size", "devices"),
        text=(
            "The hand-over is too slow: each device holds {now.each} and needs {now.gather} over {now.hop}, but it is there "
            "for {now.window} only."
        ),
        ok_text="Handed over in {now.gather} of {now.window}.",
    ),
    Constraint(
        id="drain",
        name="Sending drains the device",
        domain="Edge",
        quantity="hop_energy",
        limit="allowance",
        controls=("size", "devices"),
        text=(
            "Sending drains the device: {now.gather} at {now.hop_power} take {now.hop_energy}, more than the {now.allowance} "
            "that it may spend on this."
        ),
        ok_text="Sending takes {now.hop_energy} of {now.allowance}.",
    ),
    Constraint(
        id="store",
        name="No room on the device",
        domain="Memory",
        quantity="each",
        limit="store",
        controls=("size", "devices"),
        text=(
            "There is no room on the device: {now.each} wait there for the hand-over, and it has room for {now.store}. What "
            "comes after that is lost."
        ),
        ok_text="{now.each} of {now.store} wait on each device.",
    ),
)
