"""Figures as plain dicts: the grammar of docs/reference/document.md. The same dict gives picture, table and sentence.

A figure keeps its marks in the same order from one evaluation to the next, so that the page patches them in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, isfinite
from typing import Any, Literal

from ironlaw.elementary import log10, ten_to
from ironlaw.labkit.spec import Figure
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
        decades = range(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)
        ticks = [ten_to(place) for place in decades] or [low, high]
    return {"label": label, "scale": "log", "domain": [low, high], "ticks": _ticks(ticks, kind)}


def categories(label: str, names: Sequence[str], *, bar: int | None = None) -> Axis:
    """A band axis: one place a name. `bar` is the most pixels that a bar may be thick, where notes need room below it."""
    axis: Axis = {
        "label": label,
        "scale": "band",
        "domain": list(names),
        "ticks": [{"v": name, "text": name} for name in names],
    }
    return axis if bar is None else {**axis, "bar": bar}


def _nice_step(span: float) -> float:
    rough = span / 5
    unit = ten_to(floor(log10(rough)))
    return next(multiple * unit for multiple in (1, 2, 2.5, 5, 10) if multiple * unit >= rough * (1 - 1e-9))


def _ticks(values: Iterable[float], kind: str) -> list[dict[str, Any]]:
    return [{"v": value, "text": plain(value, kind)} for value in values]


def line(
    id_: str, label: str, points: Sequence[Point], texts: Sequence[str], *, colour: Colour = "data", dash: bool = False
) -> Mark:
    """A line through points; `texts` is the read-out of each."""
    return _series("line", id_, label, points, texts, colour, dash)


def dots(
    id_: str,
    label: str,
    points: Sequence[Point],
    texts: Sequence[str],
    *,
    colour: Colour = "data",
    hollow: bool = False,
) -> Mark:
    """Points without a line; `hollow` ones are rings, for what is not the learner's."""
    return _series("point", id_, label, points, texts, colour, dash=hollow)


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
    label: str | None = None,
    note: str = "",
) -> dict[str, Any]:
    """One bar of `bars`: at `place`, from `start` (the axis's foot when None) to `value`.

    `text` is read out and, unless `label` says something shorter (or nothing), stands at the bar's tip; `note` is a
    second line below the bar where there is room for it.
    """
    extra = ({} if label is None else {"label": label}) | ({"note": note} if note else {})
    return {
        "at": place,
        "value": value,
        "start": start,
        "colour": colour,
        "text": text,
        "pattern": pattern,
        "emphasis": emphasis,
        "extra": extra,
    }


def bars(id_: str, label: str, items: Sequence[dict[str, Any]], *, orient: Literal["v", "h"] = "v") -> Mark:
    """Bars over a band axis: vertical ones stand on x, horizontal ones lie along y."""
    place, value, start = ("x", "y", "y0") if orient == "v" else ("y", "x", "x0")
    drawn = [
        {place: item["at"], value: item["value"], start: item["start"]}
        | {key: item[key] for key in ("colour", "text", "pattern", "emphasis")}
        | item["extra"]
        for item in items
    ]
    return {"type": "bar", "id": id_, "label": label, "orient": orient, "bars": drawn}


def radar(
    id_: str,
    label: str,
    points: Sequence[tuple[str, float | None]],
    texts: Sequence[str],
    *,
    colour: Colour = "data",
    dash: bool = False,
) -> Mark:
    """An outline round a centre: x is the spoke (a band axis), y the distance. None is "no evidence": a hatched sector."""
    return _series("radar", id_, label, points, texts, colour, dash)  # type: ignore[arg-type]  # a radar alone knows None


def crossing(
    id_: str,
    label: str,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    *,
    short: Sequence[str] = (),
    none: str = "",
    colour: Colour = "accent",
) -> Mark:
    """Where curves meet: each point has a line down to the x axis and its text, which prints x, above the plot.

    `short` stands there where a text is too wide for the figure, `none` when there is no point.
    """
    return {**_series("crossing", id_, label, points, texts, colour, dash=False), "short": list(short), "none": none}


def cell(
    x: str,
    y: str,
    text: str,
    *,
    sign: str = "",
    colour: Colour = "data",
    pattern: bool = False,
    emphasis: bool = False,
) -> dict[str, Any]:
    """One cell of `cells`: `sign` is a letter or two that stand in it, `text` what is read out; `emphasis` frames it."""
    return {"x": x, "y": y, "text": text, "sign": sign, "colour": colour, "pattern": pattern, "emphasis": emphasis}


def cells(id_: str, label: str, items: Sequence[dict[str, Any]]) -> Mark:
    """Cells over two band axes: a map of states or of limits that bind."""
    return {"type": "cells", "id": id_, "label": label, "cells": list(items)}


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
