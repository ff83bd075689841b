"""An output over a sweep of one control, as a FIGURE: the same dict that the labs draw, so the same chart draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts import Reading
from ironlaw.notebook.live import Row, places

WIDE = 50.0  # from here on a ratio of the ends is read on a log axis
ROOM = 90  # px between two tick texts, on a chart of usual width
WIDTH = 720


def curve(
    rows: Sequence[Row], control: Mapping[str, Any], here: Any, *, output: str, label: str, kind: str
) -> dict[str, Any]:
    """`output` of each row over the control (as in the document), and where `here`, the learner's setting, stands in it.

    A number is a line, a choice is a bar for each option; what breaks a limit is hatched or told. `kind` prints the output.
    """
    title = f"{label} · {control['label']}"
    told = [one for one in rows if isinstance(one[output], int | float)]
    if not told:
        return fig.empty("sweep", title, f"Nowhere on this control is there a number for {label.lower()}.")
    values = [float(one[output]) for one in told]
    least, most = min(values), max(values)
    y = Reading(label, kind, scale="log" if least > 0 and most / least > WIDE else "linear")
    texts = [_text(one, y.say(one[output])) for one in told]
    mine = next((text for one, text in zip(told, texts, strict=True) if one[control["id"]] == here), "")
    said = f"{label} goes from {texts[0]} to {texts[-1]}{f', and is yours at {mine}' if mine else ''}."
    draw = _line if control["kind"] == "number" else _bars
    x_axis, y_axis, marks, height = draw(told, control, here, values, texts, y)
    table = (
        (control["label"], label, "Limits broken"),
        [(o["at"], y.say(o[output]), o["broken"] or "none") for o in told],
    )
    figure = fig.figure("sweep", title, said, x=x_axis, y=y_axis, marks=marks, table=table, height=height)
    if draw is _bars and any(one["broken"] for one in told):  # a line has marks of their own for it
        hatched = fig.key("breaks a limit", "violated", pattern=True)
        return fig.with_legend(figure, fig.key("holds all limits", "data"), hatched)
    return figure


Drawn = tuple[fig.Axis, fig.Axis, list[fig.Mark], int]


def _text(one: Row, value: str) -> str:
    return f"{value} at {one['at']}{' (limit broken: ' + one['broken'] + ')' if one['broken'] else ''}"


def _line(
    rows: Sequence[Row], control: Mapping[str, Any], here: Any, values: list[float], texts: list[str], y: Reading
) -> Drawn:
    at = [float(one[control["id"]]) for one in rows]
    points = list(zip(at, values, strict=True))
    of = [(point, text, bool(one["broken"])) for point, text, one in zip(points, texts, rows, strict=True)]
    marks = [
        fig.line("sweep", y.label, points, texts),
        fig.dots(
            "broken",
            "breaks a limit",
            *_split([(p, t) for p, t, broken in of if broken]),
            colour="violated",
            hollow=True,
        ),
        fig.dots("here", "your setting", *_split([(p, t) for p, t, _ in of if p[0] == here]), colour="caution"),
    ]
    return _across(control, at), y.axis(values), marks, 260


def _split(items: list[tuple[tuple[float, float], str]]) -> tuple[list[fig.Point], list[str]]:
    return [point for point, _ in items], [text for _, text in items]


def _across(control: Mapping[str, Any], at: Sequence[float]) -> fig.Axis:
    """The control's own places as the axis; as many of their texts as there is room for."""
    low, high = min(at), max(at)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    ticks = [(value, text) for value, text in places(control) if low <= value <= high]
    step = max(1, -(-len(ticks) * ROOM // WIDTH))
    scale = "log" if low > 0 and high / low > WIDE else "linear"
    return {
        "label": control["label"],
        "scale": scale,
        "domain": [low, high],
        "ticks": [{"v": value, "text": text} for value, text in ticks[::step]],
    }


def _bars(
    rows: Sequence[Row], control: Mapping[str, Any], here: Any, values: list[float], texts: list[str], y: Reading
) -> Drawn:
    items = [
        fig.bar(
            one["at"],
            value,
            text,
            colour="violated" if one["broken"] else "data",
            pattern=bool(one["broken"]),
            emphasis=one[control["id"]] == here,
            label=y.say(value),
        )
        for one, value, text in zip(rows, values, texts, strict=True)
    ]
    across = y.axis(values if y.scale == "log" else [0.0, *values])
    names = fig.categories(control["label"], [one["at"] for one in rows])
    return across, names, [fig.bars("sweep", y.label, items, orient="h")], 80 + 40 * len(items)
