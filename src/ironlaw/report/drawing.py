"""Static pictures in SVG. Places are shares of the width, so text keeps its size on a phone and on paper.

No script and no style attribute: the content-security policy of the studio lets neither in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironlaw.elementary import log
from ironlaw.report import told
from ironlaw.report.markup import Html, Node, tag

NEAR = 0.07  # of the width: ticks closer than this are left out
WORD = 0.16  # what the word "predicted" takes
NEAR_NARROW = 0.17  # the same where the page is narrow
FACTORS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e6, 1e9)


def axis(figure: Mapping[str, Any]) -> Html:
    """The figure of a question: a stretch and values on one axis, or the terms of the engine as bars."""
    bars = next((mark for mark in figure["marks"] if mark["type"] == "bar"), None)
    return _bars(figure, bars) if bars else _stretch(figure)


def _place(scale: Mapping[str, Any], value: float) -> float:
    """Where a value stands on an axis, from 0 to 1."""
    low, high = scale["domain"]
    if scale["scale"] == "log":
        found = log(value / low) / log(high / low) if value > 0 else 0.0
    else:
        found = (value - low) / (high - low)
    return min(1.0, max(0.0, found))


def _x(place: float) -> str:
    return f"{100 * place:.2f}%"


def _anchor(place: float) -> str:
    return "start" if place < 0.15 else "end" if place > 0.85 else "middle"


def _ticks(scale: Mapping[str, Any], y: int) -> list[Html]:
    """Marks and texts of the ticks that have room; the denser of them only where the page is wide."""
    found, last, last_narrow = [], -1.0, -1.0
    for tick in scale["ticks"]:
        place = _place(scale, tick["v"])
        found.append(tag("line", x1=_x(place), x2=_x(place), y1=y, y2=y + 4, class_="tick"))
        if last >= 0 and place - last < NEAR:
            continue
        minor = last_narrow >= 0 and place - last_narrow < NEAR_NARROW
        last, last_narrow = place, last_narrow if minor else place
        kind = "tick-text minor" if minor else "tick-text"
        found.append(tag("text", tick["text"], x=_x(place), y=y + 17, text_anchor=_edge(place), class_=kind))
    return found


def _edge(place: float) -> str:
    return "start" if place < 0.02 else "end" if place > 0.98 else "middle"


def _stretch(figure: Mapping[str, Any]) -> Html:
    """A predicted stretch, the best value of a number, and the engine's value."""
    scale = figure["x"]
    rules = {mark["id"]: _place(scale, mark["at"]) for mark in figure["marks"] if mark["type"] == "rule"}
    parts: list[Node] = []
    for mark in figure["marks"]:
        if mark["type"] == "band":
            low, high = sorted((_place(scale, mark["from"]), _place(scale, mark["to"])))
            kind = f"stretch is-{mark['colour']}"
            parts.append(tag("rect", x=_x(low), width=_x(high - low), y=22, height=22, class_=kind))
            parts.append(_named(low, high, tuple(rules.values())))
    for id_, place in rules.items():
        parts.append(tag("line", x1=_x(place), x2=_x(place), y1=18, y2=48, class_=f"rule is-{id_}"))
    engine = next((mark for mark in figure["marks"] if mark["id"] == "reality"), None)
    if engine:
        place = rules["reality"]
        parts.append(tag("text", engine["label"], x=_x(place), y=13, text_anchor=_anchor(place), class_="rule-text"))
    foot = tag("line", x1="0%", x2="100%", y1=48, y2=48, class_="axis")
    said = figure["description"]
    drawn = tag("svg", parts, foot, _ticks(scale, 48), width="100%", height=70, role="img", aria_label=said)
    return tag("figure", drawn, tag("figcaption", scale["label"]), class_="axis-figure")


def _named(low: float, high: float, rules: Sequence[float]) -> Html:
    """The word beside or inside the stretch, where no line runs through it."""
    middle = (low + high) / 2
    places = [
        (middle - WORD / 2, middle, "middle", high - low >= WORD),
        (high, high + 0.012, "start", high + WORD <= 1),
        (low - WORD, low - 0.012, "end", low >= WORD),
    ]
    fitting = [
        (x, anchor)
        for start, x, anchor, fits in places
        if fits and not any(start <= rule <= start + WORD for rule in rules)
    ]
    x, anchor = fitting[0] if fitting else (middle, _anchor(middle))
    return tag("text", "predicted", x=_x(x), y=37, text_anchor=anchor, class_="stretch-text")


def _bars(figure: Mapping[str, Any], mark: Mapping[str, Any]) -> Html:
    """One row a term: its name, its bar, its number. The engine's answer and the learner's choice are marked in words."""
    top = figure["x"]["domain"][1]
    rows = []
    for bar in mark["bars"]:
        engine, chosen = bar["colour"] == "data", bar["pattern"]
        said = ", ".join(words for words, yes in (("engine", engine), ("chosen", chosen)) if yes)
        rect = tag(
            "rect", x="0%", y=3, width=_x(max(0.002, bar["x"] / top)), height=12, class_=_bar_kind(engine, chosen)
        )
        drawn = tag("svg", rect, width="100%", height=18, aria_hidden="true")
        rows.append(
            tag(
                "tr",
                tag("th", bar["y"], scope="row"),
                tag("td", drawn, class_="bar-cell"),
                tag("td", bar["text"], class_="num"),
                tag("td", said, class_="mark"),
            )
        )
    head = tag(
        "tr", [tag("th", one, scope="col") for one in ("Answer", "", figure["x"]["label"], "")], class_="sr-head"
    )
    drawn = tag("table", tag("caption", figure["title"]), tag("thead", head), tag("tbody", rows), class_="bars")
    return tag("div", drawn, class_="scroller", tabindex="0", role="region", aria_label=figure["title"])


def _bar_kind(engine: bool, chosen: bool) -> str:
    return "bar" + (" is-engine" if engine else "") + (" is-chosen" if chosen else "")


# --- over all labs ----------------------------------------------------------------------------------------------------


def reliability(curve: Sequence[Mapping[str, Any]]) -> Html:
    """Share right against stated confidence, with the interval of each point; the diagonal is perfect calibration."""
    size, foot, left = 260, 34, 44

    def x(value: float) -> float:
        return round(left + value * size, 1)

    def y(value: float) -> float:
        return round(8 + (1 - value) * size, 1)

    parts = [tag("rect", x=left, y=8, width=size, height=size, class_="frame")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(tag("line", x1=x(tick), x2=x(tick), y1=8, y2=8 + size, class_="grid"))
        parts.append(tag("line", x1=left, x2=left + size, y1=y(tick), y2=y(tick), class_="grid"))
        parts.append(tag("text", told.percent(tick), x=x(tick), y=size + 24, text_anchor="middle", class_="tick-text"))
        parts.append(tag("text", told.percent(tick), x=left - 6, y=y(tick) + 4, text_anchor="end", class_="tick-text"))
    parts.append(tag("line", x1=x(0), y1=y(0), x2=x(1), y2=y(1), class_="diagonal"))
    line = " ".join(f"{'L' if i else 'M'}{x(p['said'])} {y(p['right'])}" for i, p in enumerate(curve))
    parts.append(tag("path", d=line, class_="curve"))
    for point in curve:
        at = x(point["said"])
        parts.append(tag("line", x1=at, x2=at, y1=y(point["low"]), y2=y(point["high"]), class_="whisker"))
        parts.append(tag("circle", cx=at, cy=y(point["right"]), r=4, class_="dot"))
    said = "; ".join(
        f"said {told.percent(p['said'])}, right {told.percent(p['right'])} of {p['commits']}" for p in curve
    )
    drawn = tag(
        "svg", parts, viewBox=f"0 0 {left + size + 18} {size + foot}", width=left + size + 18, height=size + foot,
        role="img", aria_label=f"Reliability: {said}.",
    )  # fmt: skip
    caption = (
        "Right answers against stated confidence, with 95 % intervals. On the diagonal, confidence is what it says."
    )
    return tag("figure", drawn, tag("figcaption", caption), class_="curve-figure")


def errors(rows: Sequence[Mapping[str, Any]], named: Sequence[str]) -> Html:
    """Signed errors of numbers as factors: one row a prediction, too low to the left, too high to the right."""
    worst = max([abs(row["error"]) for row in rows] + [log(2.0)]) * 1.08
    scale = {"scale": "linear", "domain": (-worst, worst)}
    fitting = [factor for factor in FACTORS if log(factor) <= worst]
    shown = fitting[-1:] if worst > 3 else [f for f in fitting if log(f) > worst / 4][-2:]
    ticks = [(-log(f), f"÷{f:g}") for f in reversed(shown)] + [(0.0, "exact")] + [(log(f), f"×{f:g}") for f in shown]
    head = [
        tag("text", text, x=_x(_place(scale, at)), y=12, text_anchor="middle", class_="tick-text") for at, text in ticks
    ]
    body = []
    for row, name in zip(rows, named, strict=True):
        grid = [
            tag("line", x1=_x(_place(scale, at)), x2=_x(_place(scale, at)), y1=0, y2=22, class_="grid")
            for at, _ in ticks
        ]
        at = _x(_place(scale, row["error"]))
        dot = tag("circle", cx=at, cy=11, r=5, class_="dot" if row["held"] else "dot is-missed")
        drawn = tag("svg", grid, dot, width="100%", height=22, aria_hidden="true")
        body.append(
            tag(
                "tr",
                tag("th", name, scope="row"),
                tag("td", drawn, class_="bar-cell"),
                tag("td", row["text"], class_="num"),
                tag("td", "interval held" if row["held"] else "interval missed", class_="mark"),
            )
        )
    axis_row = tag("svg", head, width="100%", height=16, aria_hidden="true")
    cells = [tag("th", "Prediction", scope="col"), tag("th", axis_row, tag("span", "Error", class_="sr"), scope="col"),
             tag("th", "Best value ÷ engine", scope="col"), tag("th", "80 % interval", scope="col")]  # fmt: skip
    drawn = tag(
        "table",
        tag("caption", "Numbers against the engine: how far, and to which side"),
        tag("thead", tag("tr", cells)),
        tag("tbody", body),
        class_="bars",
    )
    return tag("div", drawn, class_="scroller", tabindex="0", role="region", aria_label="Signed errors of numbers")
