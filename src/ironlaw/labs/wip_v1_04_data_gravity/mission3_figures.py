"""The pictures of mission 3: the ingestion waterfall, the energy radar and the selection gain."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.wip_v1_04_data_gravity import mission3_model as m
from ironlaw.physics import dataselection

BYTES = parts.Reading("Bytes of the campaign", "bytes", scale="log")
JOULES = parts.Reading("Energy of the campaign", "energy", scale="log")
DROPPED = parts.Reading("Share dropped", "share", domain=(0.0, 0.9))
GAIN = parts.Reading("Selection gain", "ratio", domain=(0.0, 4.0))
SCORES = {"random": "at random", "entropy": "by entropy", "ratio": "by entropy over gravity"}


def waterfall(settings: Settings, values: Values) -> Figure:
    """Bytes of the campaign from the sensor to what teaches: gathered, sent, kept, right."""
    s: Any = settings
    v: Any = values
    size = m.audits()[s["track"]].size
    gathered = s["samples"] * size
    stages = (
        parts.Stage("Gathered", gathered, f"each sample is a {v['sample']}"),
        parts.Stage("Sent", v["moved"], "crosses the network"),
        parts.Stage("Labelled", gathered * m.selected(v["kept"], s["score"])[1], "passed the filter"),
        parts.Stage("Worth, as clean samples", v["worth"] * size, "what still teaches"),
    )
    return parts.waterfall(
        "waterfall",
        "The ingestion waterfall: bytes that teach",
        stages,
        reading=BYTES,
        says=(
            f"Of {BYTES.say(gathered)} gathered {BYTES.say(v['moved'])} cross the network, and what is left is worth "
            f"{plain(v['worth'], 'number')} clean samples."
        ),
    )


def radar(settings: Settings, values: Values) -> Figure:
    """Joules of arithmetic, DRAM, first hop and network, beside the plan that sends everything."""
    s: Any = settings
    v: Any = values
    plan: Any = m.model({**s, "filter": 0.0, "place": "cloud", "samples": m.SAMPLES})
    names = ("MAC", "DRAM", "first hop", "network")
    keys = ("mac_energy", "dram_energy", "hop_energy", "network_energy")
    return parts.energy_radar(
        "radar",
        "Where the joules go",
        [(name, v[key]) for name, key in zip(names, keys, strict=True)],
        name="your design",
        other=[plan[key] for key in keys],
        other_name="sending everything",
        reading=JOULES,
    )


def gain(settings: Settings, values: Values) -> Figure:
    """Selection gain against the filter for the three ways to choose, where the samples are chosen now."""
    s: Any = settings
    v: Any = values
    local = s["place"] == "local"

    def curve(score: str) -> parts.curves.Function:
        def at(dropped: float) -> float:
            information, sent = m.selected(1.0 - dropped, score)
            return float(dataselection.selection_gain.raw(information, sent if local else 1.0))

        return at

    curves = [
        parts.Curve(said, curve(score), "data" if score == s["score"] else "muted", score == "entropy")
        for score, said in SCORES.items()
    ]
    said = f"Chosen {SCORES[s['score']]}, your samples have a selection gain of {GAIN.say(v['gain'])}: the share of the entropy"
    return parts.break_even(
        "gain",
        "Selection gain: entropy over gravity",
        curves,
        x=DROPPED,
        y=GAIN,
        here=s["filter"],
        pairs=(),
        samples=19,
        says=(
            f"{said} that is kept, {plain(v['information'], 'share')}, over the share of the gravity that is paid, "
            f"{plain(v['gravity'], 'share')} of the transmission energy."
        ),
    )
