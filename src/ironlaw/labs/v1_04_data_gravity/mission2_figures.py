"""The pictures of mission 2: the ingestion waterfall, the feeding tax and the utilisation against the feed."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.physics import feedflow

RATE = parts.Reading("Records a second", "number", "/s", scale="log")
SAID = parts.Reading("Records a second", "number", " records/s")
TAX = parts.Reading("Feeding tax", "share", domain=(0.0, 1.0))
MFU = parts.Reading("MFU", "share", domain=(0.0, 1.0))
SPAN = 20.0  # the curve reaches this far either way of the planned consumption, so that it stays while designs change
WIDE = 100.0


def _span(plan: float, factor: float) -> parts.Reading:
    """A log axis round the planned consumption."""
    return parts.Reading(RATE.label, RATE.kind, RATE.unit, "log", (plan / factor, plan * factor))


def waterfall(_settings: Settings, values: Values) -> Figure:
    """Disk, parsers, link, model: what each could carry, and what still flows."""
    v: Any = values
    stages = (
        parts.Stage("Disk", v["disk_rate"], "sequential reading"),
        parts.Stage("Parsers", v["parse_rate"], "workers with a core of their own"),
        parts.Stage("Link", v["link_rate"], str(v["link"])),
        parts.Stage("Model", v["demand"], str(v["consumer"])),
    )
    return parts.waterfall(
        "waterfall",
        "The ingestion waterfall",
        stages,
        reading=_span(v["plan"], WIDE),
        says=f"{SAID.say(v['flow'])} reach the model, which asks for {SAID.say(v['demand'])}; slowest: {v['slowest']}.",
    )


def tax(_settings: Settings, values: Values) -> Figure:
    """Share of the time that the accelerator waits."""
    v: Any = values
    return parts.gauge("tax", "Feeding tax: time that the accelerator waits", v["idle"], v["most_idle"], reading=TAX)


def utilisation(_settings: Settings, values: Values) -> Figure:
    """MFU against the feed: a slope where fuel is the limit, flat where the algorithm is."""
    v: Any = values
    demand, full = v["demand"], v["full"]
    return parts.mfu_curve(
        "utilisation",
        "MFU against ingestion",
        lambda rate: float(feedflow.fed_utilisation.raw(full, rate, demand)),
        v["feed"],
        x=_span(v["plan"], SPAN),
        y=MFU,
        equilibrium=demand,
        samples=17,
        says=(
            f"At {SAID.say(v['feed'])} the MFU is {plain(v['mfu'], 'share')}; the slope ends at the equilibrium of "
            f"{SAID.say(demand)}, under a roof of {plain(full, 'share')}."
        ),
    )


def recorded(_settings: Settings, values: Values) -> tuple[float, float, str]:
    """Where one of the learner's recorded designs stands on the plot."""
    v: Any = values
    return v["feed"], v["mfu"], f"recorded for {v['consumer']}, {SAID.say(v['feed'])}: {plain(v['mfu'], 'share')}"
