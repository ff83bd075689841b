"""The pictures of mission 1: the ingestion waterfall, the sneakernet crossover and the radar of transfer times."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import mission1_model as m
from ironlaw.labs.v1_04_data_gravity.mission1_panel import SIZES

NEAR, FAR = 100.0, 5_000.0
ALLOWED = "time there is"
SIZE = parts.Reading("Data set", "bytes", scale="log", domain=(SIZES[0], SIZES[-1]))
TIME = parts.Reading("Time until the last byte", "seconds", scale="log")
RATE = parts.Reading("Bytes a second", "bandwidth", scale="log", domain=(1e7, 1e12))


def waterfall(_settings: Settings, values: Values) -> Figure:
    """From the devices to the far site: what each stage could carry, and what still flows."""
    v: Any = values
    stages = (
        parts.Stage("Devices, first hop", v["fleet_rate"], f"{v['hop']}, all devices at once"),
        parts.Stage("Fibre", v["rate"], "payload of the line, or of its streams"),
        parts.Stage("Far site: drives, written", v["drives"] * v["write_rate"], "side by side"),
        parts.Stage("Far site: drives, read by the job", v["drives"] * v["read_rate"], "side by side"),
    )
    least = parts.slowest(stages)
    return parts.waterfall(
        "waterfall",
        "The ingestion waterfall",
        stages,
        reading=RATE,
        says=(
            f"Slowest is “{least.name}” with {RATE.say(least.rate)}; to be in time {RATE.say(v['size'] / v['deadline'])} "
            "are needed."
        ),
    )


def crossover(settings: Settings, values: Values) -> Figure:
    """Time against size: the fibre, drives over a short, your and a long distance, and the time there is."""
    s: Any = settings
    v: Any = values
    deadline = v["deadline"]
    overtakes = m.overtakes(v)
    told = (
        f"at {plain(overtakes, 'bytes')} one case overtakes the fibre"
        if overtakes
        else "one case never overtakes the fibre"
    )

    by_drive = {km: m.drive_clock(km, s["drives"], s["drive"]) for km in (s["distance"], NEAR, FAR)}
    curves = (
        parts.Curve("fibre", m.wire_clock(s["link"], s["distance"], s["streams"])),
        parts.Curve("drives", by_drive[s["distance"]], "caution", True),
        parts.Curve(f"drives, {NEAR:,.0f} km", by_drive[NEAR], "muted"),
        parts.Curve(f"drives, {FAR:,.0f} km", by_drive[FAR], "muted", True),
        parts.Curve(ALLOWED, lambda _size: deadline, "met", True),
    )
    return parts.break_even(
        "crossover",
        "Sneakernet: time against size",
        curves,
        x=SIZE,
        y=TIME,
        here=s["size"],
        pairs=(("fibre", ALLOWED), ("fibre", "drives")),
        says=(
            f"Over the fibre {plain(v['size'], 'bytes')} take {TIME.say(v['wire_time'])}, on drives "
            f"{TIME.say(v['drive_time'])}; {told} over your distance."
        ),
        samples=19,
    )


def radar(_settings: Settings, values: Values) -> Figure:
    """Every leg of the way on one log radar, with the time there is as a ring."""
    v: Any = values
    legs = (
        ("first hop", v["gather"]),
        ("fibre", v["wire_time"]),
        ("writing drives", v["write_time"]),
        ("road", v["road_time"]),
        ("reading drives", v["read_time"]),
    )
    return parts.transfer_radar("radar", "Transfer times, leg by leg", legs, allowed=v["deadline"])
