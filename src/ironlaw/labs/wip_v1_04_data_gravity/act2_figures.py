"""The pictures of act II: time against size, and money against size, with the sizes at which the answer turns."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labs.wip_v1_04_data_gravity import gravity
from ironlaw.quantities import DAY, HOUR, MINUTE, YEAR

SIZES = Reading("Size of the data set", "bytes", scale="log", domain=(1e10, 1e16))
TIMES = Reading(
    "Time", "seconds", scale="log", domain=(0.1, 30 * YEAR), ticks=(1.0, MINUTE, HOUR, DAY, 30 * DAY, YEAR, 30 * YEAR)
)
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
    )


def money_curve(settings: Settings, values: Values) -> Figure:
    """Both egress prices against renting the GPUs beside the data."""
    s: Any = settings
    v: Any = values
    beside = v["in_place"]
    inter = registry.get(gravity.INTER).name
    return parts.break_even(
        "money",
        "Cost of moving and of computing in place, by size",
        [
            parts.Curve(inter, lambda size: gravity.egress(size, gravity.INTER)),
            parts.Curve("Egress to the internet, AWS", lambda size: gravity.egress(size, gravity.INTERNET), "caution"),
            parts.Curve("compute in place", lambda _size: beside, "met", True),
        ],
        x=SIZES,
        y=DOLLARS,
        here=s["size"],
        pairs=((inter, "compute in place"), ("Egress to the internet, AWS", "compute in place")),
        samples=17,
    )
