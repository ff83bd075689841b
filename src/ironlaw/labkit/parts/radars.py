"""Radars: several quantities of one kind round a centre, drawn polar; what is not known is hatched, never invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import NO_EVIDENCE, Reading, joined, sentence
from ironlaw.labkit.spec import Figure


@dataclass(frozen=True, slots=True)
class Series:
    """One outline of a radar: a value a spoke, None where there is no evidence."""

    name: str
    values: tuple[float | None, ...]
    colour: fig.Colour = "data"
    dash: bool = False


def radar(
    id_: str,
    title: str,
    spokes: Sequence[str],
    series: Sequence[Series],
    *,
    reading: Reading,
    head: str = "Quantity",
    says: str = "",
    height: int = 330,
) -> Figure:
    """Outlines over spokes round a centre. A value of None is a hatched sector that says "no evidence".

    `reading.domain` are centre and rim; on a log scale the centre is the lowest power of ten, never zero. Up to about
    ten spokes; `head` names them in the table.
    """
    values = [value for each in series for value in each.values if value is not None]
    marks = [
        fig.radar(
            f"series{index}",
            each.name,
            list(zip(spokes, each.values, strict=True)),
            [
                f"{each.name}, {spoke}: {NO_EVIDENCE if value is None else reading.say(value)}"
                for spoke, value in zip(spokes, each.values, strict=True)
            ],
            colour=each.colour,
            dash=each.dash,
        )
        for index, each in enumerate(series)
    ]
    blank = any(value is None for each in series for value in each.values)
    drawn = fig.figure(
        id_,
        title,
        says or _told(spokes, series, reading),
        x=fig.categories("", list(spokes)),
        y=reading.axis(values),
        marks=marks,
        table=(
            (head, *(each.name for each in series)),
            [
                (spoke, *(NO_EVIDENCE if each.values[i] is None else reading.say(each.values[i]) for each in series))
                for i, spoke in enumerate(spokes)
            ],
        ),
        height=height,
    )
    entries = [fig.key(each.name, each.colour, dash=each.dash) for each in series]
    return fig.with_legend(drawn, *entries, *([fig.key(NO_EVIDENCE, "muted", pattern=True)] if blank else []))


def _told(spokes: Sequence[str], series: Sequence[Series], reading: Reading) -> str:
    parts = []
    for each in series:
        known = [(value, spoke) for spoke, value in zip(spokes, each.values, strict=True) if value is not None]
        if known:
            (low, least), (high, most) = min(known), max(known)
            parts.append(
                f"{each.name}: most {most}, {reading.say(high)}; least {least}, {reading.say(low)}"
                if len(known) > 1
                else f"{each.name}: {most} {reading.say(high)}"
            )
        blank = [spoke for spoke, value in zip(spokes, each.values, strict=True) if value is None]
        if blank:
            parts.append(f"{NO_EVIDENCE} for {joined(blank)}")
    return sentence(*parts)


def energy_radar(
    id_: str,
    title: str,
    energies: Sequence[tuple[str, float]],
    *,
    name: str = "energy",
    other: Sequence[float] | None = None,
    other_name: str = "another design",
    reading: Reading | None = None,
    says: str = "",
) -> Figure:
    """Energies over many powers of ten, e.g. of an arithmetic operation, a memory access and a bit sent, on a log radar.

    `energies` are (spoke, joules); `other` holds a second design's joules in the same order.
    """
    series = [Series(name, tuple(value for _, value in energies))]
    if other is not None:
        series.append(Series(other_name, tuple(other), "caution", True))
    told = reading or Reading("Energy", "energy", scale="log")
    (low, least), (high, most) = (way((value, spoke) for spoke, value in energies) for way in (min, max))
    ratio = Reading("", "ratio").say(high / low)
    return radar(
        id_,
        title,
        [spoke for spoke, _ in energies],
        series,
        reading=told,
        head="What",
        says=says or sentence(f"{most} takes {told.say(high)}, {ratio} the {told.say(low)} of {least}"),
    )


def transfer_radar(
    id_: str,
    title: str,
    times: Sequence[tuple[str, float | None]],
    *,
    name: str = "time",
    allowed: float | None = None,
    reading: Reading | None = None,
    says: str = "",
) -> Figure:
    """How long the same bytes take each way, on a log radar; the allowed time is a dashed ring.

    `times` are (way, seconds), None for a way whose time is not known; `allowed` in seconds.
    """
    ways = [way for way, _ in times]
    series = [Series(name, tuple(value for _, value in times))]
    if allowed is not None:
        series.append(
            Series("time allowed", tuple(None if value is None else allowed for _, value in times), "violated", True)
        )
    told = reading or Reading("Time", "seconds", scale="log")
    known = sorted((value, way) for way, value in times if value is not None)
    over = sum(value > allowed for value, _ in known) if allowed is not None else 0
    tail = f"; {over} of {len(known)} take longer than the {told.say(allowed)} allowed" if allowed is not None else ""
    sentence = f"The quickest is {known[0][1]}, {told.say(known[0][0])}; the slowest {known[-1][1]}, {told.say(known[-1][0])}{tail}."
    return radar(id_, title, ways, series, reading=told, head="Way", says=says or sentence)
