"""The pictures of mission 3: the ingestion waterfall, the energy radar and the selection gain."""

from __future__ import annotations

from functools import cache
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import mission3_model as m
from ironlaw.physics import dataselection

JOULES = parts.Reading("Energy of the campaign", "energy", scale="log")
SCORES: tuple[tuple[str, str, fig.Colour, bool], ...] = (
    ("random", "at random", "muted", False),
    ("entropy", "by entropy", "data", False),
    ("ratio", "by entropy over gravity", "caution", True),
)
DROPPED = tuple(percent / 100 for percent in range(0, 91, 5))
HIGHEST = 6.0  # of the axis of the gain: nine of ten samples dropped, by entropy over gravity, gains five


def waterfall(settings: Settings, values: Values) -> Figure:
    """Bytes of the campaign from the sensor to what teaches: gathered, sent, labelled, worth."""
    s: Any = settings
    v: Any = values
    size = m.audits()[s["track"]].size
    gathered = s["samples"] * size
    stages: tuple[tuple[str, float, str], ...] = (
        ("Gathered", gathered, f"each sample is a {v['sample']}"),
        ("Sent", v["moved"], "crosses the network"),
        ("Labelled", gathered * m.selected(v["kept"], s["score"])[1], "passed the filter"),
        ("Worth, as clean samples", v["worth"] * size, "what still teaches"),
    )
    bars = [
        fig.bar(name, amount, plain(amount, "bytes"), colour="met" if name == stages[-1][0] else "data")
        for name, amount, _ in stages
    ]
    return fig.with_legend(
        fig.figure(
            "waterfall",
            "The ingestion waterfall: bytes that teach",
            f"Of {plain(gathered, 'bytes')} gathered {plain(v['moved'], 'bytes')} cross the network, and what is left is worth "
            f"{plain(v['worth'], 'number')} clean samples.",
            x=fig.linear("Bytes of the campaign", 0.0, gathered, "bytes"),
            y=fig.categories("", [name for name, _, _ in stages]),
            marks=[fig.bars("bytes", "bytes", bars, orient="h")],
            table=(
                ("Stage", "Bytes", "Of what was gathered", "What it is"),
                [(name, plain(n, "bytes"), plain(n / gathered, "share"), told) for name, n, told in stages],
            ),
            height=176,
        ),
        fig.key("bytes", "data"),
        fig.key("what teaches", "met"),
    )


def radar(settings: Settings, values: Values) -> Figure:
    """Joules of arithmetic, DRAM, first hop and network, beside the plan that sends everything."""
    s: Any = settings
    v: Any = values
    plan: Any = m.model({**s, "filter": 0.0, "place": "cloud", "samples": m.SAMPLES})
    spokes = (
        ("MAC", "mac_energy"),
        ("DRAM", "dram_energy"),
        ("first hop", "hop_energy"),
        ("network", "network_energy"),
    )
    said = ", ".join(f"{name} {JOULES.say(v[key])}" for name, key in spokes)
    return parts.energy_radar(
        "radar",
        "Where the joules go",
        [(name, v[key]) for name, key in spokes],
        name="your design",
        other=[plan[key] for _, key in spokes],
        other_name="sending everything",
        reading=JOULES,
        says=f"Your campaign: {said}. Data takes {plain(v['ratio'], 'ratio')} what compute takes.",
    )


def gain(settings: Settings, values: Values) -> Figure:
    """Selection gain against the filter for the three ways to choose, where the samples are chosen now."""
    s: Any = settings
    v: Any = values
    local = s["place"] == "local"
    chosen = next(said for score, said, *_ in SCORES if score == s["score"])
    here = plain(v["gain"], "ratio")
    return fig.figure(
        "gain",
        "Selection gain: entropy over gravity",
        f"Chosen {chosen}, your samples have a selection gain of {here}: the share of the entropy that is kept, "
        f"{plain(v['information'], 'share')}, over the share of the gravity that is paid, {plain(v['gravity'], 'share')} of the "
        "transmission energy.",
        x=fig.linear("Share dropped", 0.0, 1.0, "share"),
        y=fig.linear("Selection gain", 0.0, HIGHEST, "ratio"),
        marks=[
            *_lines(local=local),
            fig.dots("here", "your setting", [(s["filter"], v["gain"])], [f"your setting: {here}"], colour="accent"),
        ],
        table=(("Dropped", *(said for _, said, *_ in SCORES)), _rows(local=local)),
        height=250,
    )


@cache
def _lines(*, local: bool) -> tuple[fig.Mark, ...]:
    """The three curves: nothing on the panel but the place moves them."""
    return tuple(
        fig.line(
            score,
            said,
            _curve(score, local=local),
            [f"{said}, {plain(x, 'share')} dropped: {plain(y, 'ratio')}" for x, y in _curve(score, local=local)],
            colour=colour,
            dash=dash,
        )
        for score, said, colour, dash in SCORES
    )


@cache
def _rows(*, local: bool) -> tuple[tuple[str, ...], ...]:
    """The same as a table."""
    curves = [_curve(score, local=local) for score, *_ in SCORES]
    return tuple(
        (plain(x, "share"), *(plain(curve[index][1], "ratio") for curve in curves)) for index, x in enumerate(DROPPED)
    )


@cache
def _curve(score: str, *, local: bool) -> tuple[tuple[float, float], ...]:
    """The gain over the whole filter; it depends on no other control."""
    points = []
    for dropped in DROPPED:
        information, sent = m.selected(1.0 - dropped, score)
        points.append((dropped, float(dataselection.selection_gain(information, sent if local else 1.0))))
    return tuple(points)
