"""Figures as plain dicts: the grammar of docs/reference/document.md. The same dict gives picture, table and sentence.

A figure keeps its marks in the same order from one evaluation to the next, so that the page patches them in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, isfinite, log10
from typing import Any, Literal

from ironlaw.labkit.spec import BandQuestion, Facts, Figure, Question, TermQuestion, number
from ironlaw.labkit.text import plain

Colour = Literal["data", "met", "violated", "caution", "muted", "accent"]
Axis = dict[str, Any]
Mark = dict[str, Any]
Point = tuple[float | str, float]


def figure(
    id_: str,
    title: str,
    description: str,
    *,
    x: Axis,
    y: Axis,
    marks: Sequence[Mark],
    table: tuple[Sequence[str], Sequence[Sequence[str]]],
    height: int = 220,
) -> Figure:
    """A complete figure. `table` is (column names, rows of texts); `description` is one sentence with its numbers."""
    columns, rows = table
    return {
        "id": id_,
        "title": title,
        "description": description,
        "height": height,
        "x": x,
        "y": y,
        "marks": list(marks),
        "legend": _legend(marks),
        "table": {"columns": list(columns), "rows": [list(row) for row in rows]},
    }


def empty(id_: str, title: str, reason: str) -> Figure:
    """What stands in place of a figure when the plan is infeasible: no number, but the reason."""
    return {"id": id_, "title": title, "description": reason, "empty": reason, "marks": [], "height": 120}


def linear(label: str, low: float, high: float, kind: str) -> Axis:
    """A linear axis from `low` to the next round value at or above `high`; never of no width."""
    high = high if high > low else low + (abs(low) or 1.0)
    step = _nice_step(high - low)
    last = ceil(high / step - 1e-9) * step
    first = floor(low / step + 1e-9) * step
    count = round((last - first) / step)
    values = [first + index * step for index in range(count + 1)]
    return {"label": label, "scale": "linear", "domain": [first, last], "ticks": _ticks(values, kind)}


def log(label: str, low: float, high: float, kind: str, ticks: Iterable[float] | None = None) -> Axis:
    """A logarithmic axis over [low, high], both positive; ticks at powers of ten unless given."""
    if not (0 < low < high) or not isfinite(high):
        raise ValueError(f"a log axis needs 0 < low < high, got {low} and {high}")
    if ticks is None:
        ticks = [10.0**power for power in range(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)] or [low, high]
    return {"label": label, "scale": "log", "domain": [low, high], "ticks": _ticks(ticks, kind)}


def categories(label: str, names: Sequence[str]) -> Axis:
    """A band axis: one place a name."""
    return {
        "label": label,
        "scale": "band",
        "domain": list(names),
        "ticks": [{"v": name, "text": name} for name in names],
    }


def _nice_step(span: float) -> float:
    rough = span / 5
    power = 10.0 ** floor(log10(rough))
    return next(multiple * power for multiple in (1, 2, 2.5, 5, 10) if multiple * power >= rough * (1 - 1e-9))


def _ticks(values: Iterable[float], kind: str) -> list[dict[str, Any]]:
    return [{"v": value, "text": plain(value, kind)} for value in values]


def line(
    id_: str, label: str, points: Sequence[Point], texts: Sequence[str], *, colour: Colour = "data", dash: bool = False
) -> Mark:
    """A line through points; `texts` is the read-out of each."""
    return _series("line", id_, label, points, texts, colour, dash)


def dots(id_: str, label: str, points: Sequence[Point], texts: Sequence[str], *, colour: Colour = "data") -> Mark:
    """Points without a line."""
    return _series("point", id_, label, points, texts, colour, dash=False)


def _series(
    type_: str, id_: str, label: str, points: Sequence[Point], texts: Sequence[str], colour: Colour, dash: bool
) -> Mark:
    return {
        "type": type_,
        "id": id_,
        "label": label,
        "colour": colour,
        "dash": dash,
        "points": [list(point) for point in points],
        "texts": list(texts),
    }


def bar(
    place: str,
    value: float,
    text: str,
    *,
    colour: Colour = "data",
    start: float | None = None,
    pattern: bool = False,
    emphasis: bool = False,
) -> dict[str, Any]:
    """One bar of `bars`: at `place`, from `start` (the axis's foot when None) to `value`."""
    return {
        "at": place,
        "value": value,
        "start": start,
        "colour": colour,
        "text": text,
        "pattern": pattern,
        "emphasis": emphasis,
    }


def bars(id_: str, label: str, items: Sequence[dict[str, Any]], *, orient: Literal["v", "h"] = "v") -> Mark:
    """Bars over a band axis: vertical ones stand on x, horizontal ones lie along y."""
    place, value, start = ("x", "y", "y0") if orient == "v" else ("y", "x", "x0")
    drawn = [
        {place: item["at"], value: item["value"], start: item["start"]}
        | {key: item[key] for key in ("colour", "text", "pattern", "emphasis")}
        for item in items
    ]
    return {"type": "bar", "id": id_, "label": label, "orient": orient, "bars": drawn}


def spans(id_: str, items: Sequence[tuple[str, float, float, Colour, str, bool]]) -> Mark:
    """Stretches of time on rows of a band axis: (row, from, to, colour, text, hatched)."""
    drawn = [
        {"y": row, "x0": start, "x1": end, "colour": colour, "text": text, "pattern": pattern}
        for row, start, end, colour, text, pattern in items
    ]
    return {"type": "span", "id": id_, "bars": drawn}


def rule(id_: str, axis: Literal["x", "y"], at: float, label: str, *, colour: Colour = "violated") -> Mark:
    """A straight line across the figure at one value: a limit."""
    return {"type": "rule", "id": id_, "axis": axis, "at": at, "colour": colour, "label": label}


def zone(id_: str, axis: Literal["x", "y"], low: float, high: float, label: str, *, colour: Colour = "caution") -> Mark:
    """A stretch of one axis: the learner's predicted band."""
    return {"type": "band", "id": id_, "axis": axis, "from": low, "to": high, "colour": colour, "label": label}


def key(label: str, colour: Colour, *, pattern: bool = False, dash: bool = False) -> dict[str, Any]:
    """One entry of a legend."""
    return {"label": label, "colour": colour, "pattern": pattern, "dash": dash}


def with_legend(drawn: Figure, *entries: dict[str, Any]) -> Figure:
    """The figure with this legend instead of the one made from its marks."""
    return {**drawn, "legend": list(entries)}


def _legend(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    return [
        key(mark["label"], mark["colour"], dash=mark.get("dash", False))
        for mark in marks
        if mark["type"] in {"line", "point", "band"}
    ]


def question_axis(question: Question, facts: Facts, chosen: str, texts: Mapping[str, str]) -> Figure:
    """A learner's answer and the engine's on one axis. `texts` is each option as the learner read it."""
    if isinstance(question, BandQuestion):
        return _band_axis(question, facts, chosen, texts)
    return _term_axis(question, facts, chosen)


def _band_axis(question: BandQuestion, facts: Facts, chosen: str, texts: Mapping[str, str]) -> Figure:
    """The chosen band and the computed value on a log axis."""
    fact = facts[question.fact]
    value, kind = number(fact), fact.kind
    said = plain(value, kind)
    low, high = question.axis
    band = next(band for band in question.options if band.id == chosen)
    edges = [band.low for band in question.options if band.low is not None]
    return figure(
        "axis",
        "Your prediction and the engine's value",
        f"You predicted “{texts[chosen]}”; the engine computes {said}.",
        x=log(question.quantity, low, high, kind, (low, *edges, high)),
        y=categories("", [""]),
        marks=[
            zone(
                "predicted",
                "x",
                low if band.low is None else band.low,
                high if band.high is None else band.high,
                "your prediction",
                colour="met" if band.holds(value) else "caution",
            ),
            rule("reality", "x", value, f"engine: {said}", colour="data"),
        ],
        table=(("", question.quantity), (("Your prediction", texts[chosen]), ("Engine", said))),
        height=120,
    )


def _term_axis(question: TermQuestion, facts: Facts, chosen: str) -> Figure:
    """The terms as bars: the chosen one hatched, the engine's answer coloured."""
    answer = question.key(facts)
    terms = [(term.id, term.short, facts[term.fact]) for term in question.options]
    items = [
        bar(
            short, number(q), plain(q.value, q.kind), colour="data" if id_ == answer else "muted", pattern=id_ == chosen
        )
        for id_, short, q in terms
    ]
    names = {id_: short for id_, short, _ in terms}
    drawn = figure(
        "axis",
        question.title,
        f"You chose “{names[chosen]}”; the engine's answer is “{names[answer]}”.",
        x=linear(question.quantity, 0.0, max(number(q) for _, _, q in terms) or 1.0, terms[0][2].kind),
        y=categories("", [short for _, short, _ in terms]),
        marks=[bars("terms", question.quantity, items, orient="h")],
        table=(("Answer", question.quantity), [(short, plain(q.value, q.kind)) for _, short, q in terms]),
        height=60 + 44 * len(terms),
    )
    return with_legend(
        drawn,
        key("the engine's answer", "data"),
        key("your choice", "data" if chosen == answer else "muted", pattern=True),
    )
