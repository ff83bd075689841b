"""Limits: a gauge against one, scorecards with their margins, signed values round zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import NO_EVIDENCE, Reading, joined, sentence
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

Side = Literal["most", "least"]


def gauge(
    id_: str,
    title: str,
    value: float,
    limit: float | None = None,
    *,
    reading: Reading,
    side: Side = "most",
    name: str = "now",
    limit_label: str = "",
    says: str = "",
) -> Figure:
    """One value on a bar, with the limit that it must keep below (`side="most"`) or above (`side="least"`).

    `reading.domain` keeps the gauge's ends still. Over the limit the bar is red and hatched, and its text says so.
    """
    say = reading.say
    holds = limit is None or (value <= limit if side == "most" else value >= limit)
    word = {"most": "over the limit", "least": "below the limit"}[side]
    bound = limit_label or {"most": "at most", "least": "at least"}[side]
    marks = [
        fig.bars(
            "value",
            reading.label,
            [
                fig.bar(
                    name,
                    value,
                    say(value) + ("" if holds else f" · {word}"),
                    colour="violated" if not holds else "data" if limit is None else "met",
                    pattern=not holds,
                )
            ],
            orient="h",
        )
    ]
    rows = [(name, say(value))]
    tail = ""
    if limit is not None:
        marks.append(fig.rule("limit", "x", limit, f"{bound} {say(limit)}"))
        rows += [(bound, say(limit)), ("Holds", "yes" if holds else "no")]
        tail = f", {'within' if holds else 'outside'} the limit of {bound} {say(limit)}"
    return fig.with_legend(
        fig.figure(
            id_,
            title,
            says or sentence(f"{reading.label} is {say(value)}{tail}"),
            x=reading.axis([value, *([] if limit is None else [limit])]),
            y=fig.categories("", [name]),
            marks=marks,
            table=(("", reading.label), rows),
            height=110,
        )
    )


@dataclass(frozen=True, slots=True)
class Score:
    """One card: a value, its limit ("most": it must stay below; "least": above), and what one step of a control changes."""

    name: str
    value: float
    limit: float
    reading: Reading
    side: Side = "most"
    gradient: str = ""

    @property
    def holds(self) -> bool:
        """Whether the limit is met."""
        return self.value <= self.limit if self.side == "most" else self.value >= self.limit

    @property
    def margin(self) -> float:
        """From −1 to 1: the part of the larger of value and limit that lies between them; negative when violated.

        0.25 on "most": the value may use another quarter of the limit; −0.25: it must fall by a quarter of itself.
        """
        larger = max(self.value, self.limit)
        gap = abs(self.value - self.limit) / larger if larger else 0.0
        return gap if self.holds else -gap


def scorecard(id_: str, title: str, scores: Sequence[Score], *, says: str = "") -> Figure:
    """All limits at once: bars round zero, to the right the room that is left, to the left what is missing.

    Each card says value, limit, margin and, when given, what one step of a control changes. Values and limits are not
    negative. The margin of a card is a share of the larger of its value and its limit.
    """
    bars = []
    for score in scores:
        if score.value < 0 or score.limit < 0:
            raise ValueError(
                f"a scorecard needs values and limits of at least 0, {score.name} has {score.value} and {score.limit}"
            )
        word = "to spare" if score.holds else "missing"
        bound = {"most": "at most", "least": "at least"}[score.side]
        bars.append(
            fig.bar(
                score.name,
                score.margin,
                f"{plain(score.margin, 'share')}, {word}: {score.reading.say(score.value)} of {bound} {score.reading.say(score.limit)}"
                + (f"; {score.gradient}" if score.gradient else ""),
                start=0.0,
                colour="met" if score.holds else "violated",
                pattern=not score.holds,
                label=f"{'✓' if score.holds else '✗'} {plain(score.margin, 'share')}",
                note=f"{score.reading.say(score.value)}, {bound} {score.reading.say(score.limit)}"
                + (f" · {score.gradient}" if score.gradient else ""),
            )
        )
    met = [score for score in scores if score.holds]
    worst = min(scores, key=lambda score: score.margin)
    tail = (
        f"the tightest is {worst.name}, {plain(abs(worst.margin), 'share')} {'to spare' if worst.holds else 'missing'}"
    )
    drawn = fig.figure(
        id_,
        title,
        says or f"{len(met)} of {len(scores)} limits are met; {tail}.",
        x=fig.linear("Margin to the limit", -1.0, 1.0, "share"),
        y=fig.categories("", [score.name for score in scores], bar=16),
        marks=[fig.bars("margins", "margin", bars, orient="h")],
        table=(
            ("Limit", "Value", "Allowed", "Margin", "Met", "One step more"),
            [
                (
                    score.name,
                    score.reading.say(score.value),
                    f"{'at most' if score.side == 'most' else 'at least'} {score.reading.say(score.limit)}",
                    plain(score.margin, "share"),
                    "yes" if score.holds else "no",
                    score.gradient or "—",
                )
                for score in scores
            ],
        ),
        height=48 + 46 * len(scores),
    )
    return fig.with_legend(drawn, fig.key("✓ room to the limit", "met"), fig.key("✗ missing", "violated", pattern=True))


def signed_bars(
    id_: str,
    title: str,
    rows: Sequence[tuple[str, float | None]],
    *,
    reading: Reading,
    below: str = "below",
    above: str = "above",
    says: str = "",
) -> Figure:
    """Values round zero, e.g. how far predictions lie from what came out. None is said as "no evidence", not drawn as zero.

    `rows` are (name, value); `below` and `above` name the two sides in the legend.
    """
    known = [(value, name) for name, value in rows if value is not None]
    reach = max([abs(value) for value, _ in known] or [1.0]) or 1.0
    bars = [
        fig.bar(name, 0.0, NO_EVIDENCE, start=0.0, colour="muted", pattern=True)
        if value is None
        else fig.bar(
            name, value, reading.say(value), start=0.0, colour="data" if value >= 0 else "caution", pattern=value < 0
        )
        for name, value in rows
    ]
    low, high = reading.domain or (-reach, reach)
    parts = [f"{name} {reading.say(value)}" for value, name in known]
    blank = [name for name, value in rows if value is None]
    if blank:
        parts.append(f"{NO_EVIDENCE} for {joined(blank)}")
    drawn = fig.figure(
        id_,
        title,
        says or sentence(*parts),
        x=fig.linear(reading.label, min(low, -reach), max(high, reach), reading.kind),
        y=fig.categories("", [name for name, _ in rows]),
        marks=[fig.bars("values", reading.label, bars, orient="h")],
        table=(
            ("", reading.label),
            [(name, NO_EVIDENCE if value is None else reading.say(value)) for name, value in rows],
        ),
        height=40 + 30 * len(rows),
    )
    return fig.with_legend(drawn, fig.key(above, "data"), fig.key(below, "caution", pattern=True))
