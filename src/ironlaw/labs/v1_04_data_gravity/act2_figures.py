"""The pictures of act II: time against size, and money against size, with the sizes at which the answer turns."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import gravity
from ironlaw.quantities import DAY, HOUR, MINUTE, YEAR

SIZES = Reading("Size of the data set", "bytes", scale="log", domain=(1e10, 1e16))
TIMES = Reading(
    "Time", "seconds", scale="log", domain=(0.1, 30 * YEAR), ticks=(1.0, MINUTE, HOUR, DAY, 30 * DAY, YEAR, 30 * YEAR)
)
REGION, WORLD, PLACE = "inter-region egress", "internet egress", "compute in place"
DOLLARS = Reading("Dollars", "usd", scale="log", domain=(0.1, 1e6))


def time_curve(settings: Settings, values: Values) -> Figure:
    """Moving takes longer the larger the set; the time allowed does not."""
    s: Any = settings
    v: Any = values
    rate, allowed = v["payload"], s["budget"]
    return parts.break_even(
        "time",
        "Time to move the data, by size",
        [
            parts.Curve("moving the data", lambda size: gravity.move_seconds(size, rate)),
            parts.Curve("time allowed", lambda _size: allowed, "caution", True),
        ],
        x=SIZES,
        y=TIMES,
        here=s["size"],
        samples=17,
        says=(
            f"The time allowed, {plain(allowed, 'seconds')}, moves {plain(v['time_size'], 'bytes')}; your "
            f"{plain(s['size'], 'bytes')} take {plain(v['transfer'], 'seconds')}."
        ),
    )


def money_curve(settings: Settings, values: Values) -> Figure:
    """Both egress prices against renting the GPUs beside the data."""
    s: Any = settings
    v: Any = values
    beside = v["in_place"]
    meets = {route: plain(gravity.size_for(beside, route), "bytes") for route in (gravity.INTER, gravity.INTERNET)}
    return parts.break_even(
        "money",
        "Cost, moved or in place, by size",
        [
            parts.Curve(REGION, lambda size: gravity.egress(size, gravity.INTER)),
            parts.Curve(WORLD, lambda size: gravity.egress(size, gravity.INTERNET), "caution"),
            parts.Curve(PLACE, lambda _size: beside, "met", True),
        ],
        x=SIZES,
        y=DOLLARS,
        here=s["size"],
        pairs=((REGION, PLACE), (WORLD, PLACE)),
        samples=17,
        says=(
            f"Compute in place costs {plain(beside, 'usd')}; inter-region egress reaches that at {meets[gravity.INTER]}, "
            f"internet egress at {meets[gravity.INTERNET]}. Your {plain(s['size'], 'bytes')} would cost {plain(v['inter'], 'usd')} "
            f"or {plain(v['internet'], 'usd')}."
        ),
    )
