"""The pictures of mission 2: the ingestion waterfall, the feeding tax and the utilisation against the feed."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.physics import feedflow

RATE = parts.Reading("Records a second", "number", " records/s", scale="log")
TAX = parts.Reading("Feeding tax", "share", domain=(0.0, 1.0))
MFU = parts.Reading("MFU", "share", domain=(0.0, 1.0))
SPAN = 10.0  # the curve reaches from a tenth to ten times the consumption
WIDE = 100.0


def _span(demand: float, factor: float) -> parts.Reading:
    """A log axis round the consumption."""
    return parts.Reading(RATE.label, RATE.kind, RATE.unit, "log", (demand / factor, demand * factor))


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
        reading=_span(v["demand"], WIDE),
        says=f"{RATE.say(v['flow'])} reach the model, which asks for {RATE.say(v['demand'])}; slowest: {v['slowest']}.",
    )


def tax(_settings: Settings, values: Values) -> Figure:
    """Share of the time that the accelerator waits."""
    v: Any = values
    return parts.gauge("tax", "Feeding tax: time that the accelerator waits", v["idle"], v["most_idle"], reading=TAX)


def utilisation(_settings: Settings, values: Values) -> Figure:
    """MFU against the feed: a slope where fuel is the limit, flat where the algorithm is."""
    v: Any = values
    demand, full = v["demand"], v["full"]
    drawn = parts.mfu_curve(
        "utilisation",
        "MFU against ingestion",
        lambda rate: float(feedflow.fed_utilisation.raw(full, rate, demand)),
        v["feed"],
        x=_span(demand, SPAN),
        y=MFU,
        equilibrium=demand,
        samples=17,
        says=(
            f"At {RATE.say(v['feed'])} the MFU is {plain(v['mfu'], 'share')}; the slope ends at the equilibrium of "
            f"{RATE.say(demand)}, under a roof of {plain(full, 'share')}."
        ),
    )
    # The recorded designs are on the page beside the plot; a drawing does not know the ledger.
    marks = [mark for mark in drawn["marks"] if mark["id"] != "designs"]
    return {**drawn, "marks": marks, "legend": [each for each in drawn["legend"] if "recorded" not in each["label"]]}
