"""The journey through the labs as a static strip: one cell a lab, its state by shape and by colour, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironlaw.report import told
from ironlaw.report.markup import Html, tag

Told = Mapping[str, Any]
STEP, ROW, LEFT = 30, 34, 46  # width and height of a cell, room for the names of the volumes
WORDS = {"todo": "not done", "done": "done", "limit": "done, a limit hit and left"}
VOLUMES = {1: "Vol. I", 2: "Vol. II"}


def strip(labs: Sequence[Told]) -> Html:
    """The strip with its legend. Rows are the volumes, columns the numbers of the labs."""
    rows = sorted({one["volume"] for one in labs})
    columns = 1 + max(one["number"] for one in labs)
    width, height = LEFT + columns * STEP, len(rows) * ROW
    drawn = [
        *(tag("text", VOLUMES.get(volume, str(volume)), x=0, y=rows.index(volume) * ROW + 15) for volume in rows),
        *(_cell(one, LEFT + one["number"] * STEP + STEP / 2, rows.index(one["volume"]) * ROW + 10) for one in labs),
    ]
    picture = tag("svg", drawn, viewBox=f"0 0 {width} {height}", role="img", aria_label=described(labs), class_="strip")
    keys = [tag("li", tag("svg", shape(state, 10, 10), viewBox="0 0 20 20", width=14, height=14, aria_hidden="true"), words) for state, words in WORDS.items()]  # fmt: skip
    box = tag("div", picture, class_="scroller", tabindex="0", role="region", aria_label="The way through the labs")
    return tag("figure", box, tag("ul", keys, class_="legend"), class_="journey")


def described(labs: Sequence[Told]) -> str:
    """The strip in words: how many of each state, and which."""
    said = [f"{sum(one['state'] != 'todo' for one in labs)} of {told.count(len(labs), 'lab')} done."]
    for state in ("done", "limit"):
        ids = [one["id"] for one in labs if one["state"] == state]
        if ids:
            said.append(f"{WORDS[state].capitalize()}: {', '.join(ids)}.")
    return " ".join(said)


def _cell(lab: Told, x: float, y: float) -> Html:
    label = tag("text", str(lab["number"]), x=x, y=y + 21, text_anchor="middle", class_="tick-text")
    return tag("g", shape(lab["state"], x, y), label)


def shape(state: str, x: float, y: float) -> Html:
    """A ring, a square, or a diamond with a bar: three shapes, so that no state is told by colour alone."""
    if state == "todo":
        return tag("circle", cx=x, cy=y, r=4.5, class_="cell is-todo")
    if state == "done":
        return tag("rect", x=x - 7, y=y - 7, width=14, height=14, class_="cell is-done")
    diamond = tag("path", d=f"M{x} {y - 9}l9 9l-9 9l-9 -9z", class_="cell is-limit")
    return tag("g", diamond, tag("path", d=f"M{x} {y - 4}v8", class_="cut"))
