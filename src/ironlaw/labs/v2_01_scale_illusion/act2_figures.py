"""The pictures of act II: three bills over use, what each is made of, and a productive hour over use."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.parts import Curve, Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.quantities import to_si

USE = Reading("Use", "share", domain=(0.0, 1.0))
PART_NAMES = (
    "rent of hours in use",
    "rent of idle hours",
    "GPUs",
    "hosts and network",
    "electricity",
    "staff and repair",
)


def bills(settings: Settings, values: Values) -> Figure:
    """Three bills over use, with every crossing, the budget and the use that is set."""
    v: Any = values
    return parts.break_even(
        "bills",
        "The bills over use",
        _curves(v, lambda bill, _use: bill),
        x=USE,
        y=Reading("Cost over the whole time", "usd"),
        here=settings["use"],
        limit=v["budget"],
        limit_label="budget",
        samples=9,  # straight lines
    )


def hours(settings: Settings, values: Values) -> Figure:
    """The same bills over the hours in use: only on demand does use not matter."""
    v: Any = values
    all_hours = v["gpus"] * v["span"]
    return parts.break_even(
        "hours",
        "A productive GPU-hour over use",
        _curves(v, lambda bill, use: bill / (all_hours * use)),
        x=Reading("Use", "share", domain=(0.05, 1.0)),
        y=Reading(
            "Cost of a productive GPU-hour",
            "usd_per_hour",
            scale="log",
            domain=(to_si(0.5, "USD/h"), to_si(200, "USD/h")),
            ticks=tuple(to_si(rate, "USD/h") for rate in (1, 3, 10, 30, 100)),
        ),
        here=settings["use"],
        pairs=(("on demand", "reserved"),),
        samples=17,
    )


def bars(settings: Settings, values: Values) -> Figure:
    """What each bill is made of at this use."""
    v: Any = values
    used = v["cost_reserved"] * v["use"]
    stacks = (
        ("on-demand", "on demand", (v["cost_on_demand"], 0.0, 0.0, 0.0, 0.0, 0.0)),
        ("reserved", "reserved", (used, v["cost_reserved"] - used, 0.0, 0.0, 0.0, 0.0)),
        ("owned", "bought", (0.0, 0.0, v["machines"], v["hosts"], v["electricity"], v["upkeep"])),
    )
    return parts.stacked_bars(
        "bars",
        "What each bill is made of",
        [parts.Stack(name, amounts, chosen=path == settings["path"]) for path, name, amounts in stacks],
        PART_NAMES,
        reading=Reading("Cost over the whole time", "usd"),
        limit=v["budget"],
        limit_label="budget",
    )


def _curves(v: Any, shown: Any) -> tuple[Curve, ...]:
    """The bills as functions of use. Owning is linear: what idles draws power, what runs draws more."""
    full, flat, idle, swing = v["fleet_rate"] * v["span"], v["cost_reserved"], v["idle_bill"], v["swing"]
    return (
        Curve("on demand", lambda use: shown(full * use, use)),
        Curve("reserved", lambda use: shown(flat, use), "met", dash=True),
        Curve("bought", lambda use: shown(idle + swing * use, use), "caution"),
    )
