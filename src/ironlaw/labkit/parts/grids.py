"""Cells: the journey through the labs, and a slice through the space of designs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ironlaw.labkit import figures as fig
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

State = Literal["todo", "done", "limit"]
LOOK: dict[State, tuple[str, fig.Colour, bool, str]] = {  # sign, colour, hatched, words
    "todo": ("·", "muted", False, "not done"),
    "done": ("✓", "data", False, "done"),
    "limit": ("!", "met", False, "done, a limit hit and left"),
}


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab of the journey: its volume (the row), its number in it (the column), title and state."""

    volume: str
    number: int
    title: str
    state: State = "todo"


def journey_strip(
    id_: str, title: str, labs: Sequence[Lab], *, now: tuple[str, int] | None = None, says: str = ""
) -> Figure:
    """All labs as one cell each: not done, done, or done with a limit hit and left. Each state has its sign.

    Rows are the volumes, columns the numbers; `now` = (volume, number) frames one cell.
    """
    volumes = list(dict.fromkeys(lab.volume for lab in labs))
    numbers = [str(number) for number in range(min(lab.number for lab in labs), max(lab.number for lab in labs) + 1)]
    items = []
    for lab in labs:
        sign, colour, pattern, words = LOOK[lab.state]
        text = f"{lab.volume} {lab.number}, {lab.title}: {words}"
        items.append(
            fig.cell(
                str(lab.number),
                lab.volume,
                text,
                sign=sign,
                colour=colour,
                pattern=pattern,
                emphasis=now == (lab.volume, lab.number),
            )
        )
    count = {state: sum(lab.state == state for lab in labs) for state in LOOK}
    finished = count["done"] + count["limit"]
    drawn = fig.figure(
        id_,
        title,
        says or f"{finished} of {len(labs)} labs are done; in {count['limit']} of them a limit was hit and left.",
        x=fig.categories("Lab", numbers),
        y=fig.categories("", volumes),
        marks=[fig.cells("labs", "labs", items)],
        table=(
            ("Volume", "Lab", "Title", "State"),
            [(lab.volume, str(lab.number), lab.title, LOOK[lab.state][3]) for lab in labs],
        ),
        height=60 + 34 * len(volumes),
    )
    return fig.with_legend(
        drawn, *(fig.key(f"{sign} {words}", colour, pattern=pattern) for sign, colour, pattern, words in LOOK.values())
    )


FEASIBLE: tuple[fig.Colour, bool] = ("met", False)
SIGNS = "ABCDEFGHIJ"
BINDING: tuple[tuple[fig.Colour, bool], ...] = (
    ("violated", False), ("caution", True), ("accent", False), ("muted", True), ("violated", True), ("caution", False),
    ("accent", True), ("muted", False),
)  # fmt: skip


def slice_plot(
    id_: str,
    title: str,
    xs: Sequence[str],
    ys: Sequence[str],
    binding: Mapping[tuple[int, int], str | None],
    limits: Sequence[tuple[str, str]],
    *,
    x_label: str,
    y_label: str,
    here: tuple[int, int],
    says: str = "",
) -> Figure:
    """A slice through the designs over two controls: which of them meet every limit, and which limit binds elsewhere.

    `xs` and `ys` are the controls' values as read; `binding[(column, row)]` is the id of the limit that binds there,
    None where the design is feasible; `limits` are (id, name), the same ones on every move; `here` = (column, row).
    """
    names = dict(limits)
    signs = {limit: SIGNS[index] for index, (limit, _) in enumerate(limits)}
    looks = {limit: BINDING[index % len(BINDING)] for index, (limit, _) in enumerate(limits)}

    def cell(column: int, row: int) -> dict[str, object]:
        limit = binding[column, row]
        place = f"{x_label} {xs[column]}, {y_label} {ys[row]}"
        sign, words = ("✓", "feasible") if limit is None else (signs[limit], f"{names[limit]} binds")
        colour, pattern = FEASIBLE if limit is None else looks[limit]
        return fig.cell(
            xs[column],
            ys[row],
            f"{place}: {words}",
            sign=sign,
            colour=colour,
            pattern=pattern,
            emphasis=(column, row) == here,
        )

    order = [(column, row) for row in range(len(ys)) for column in range(len(xs))]
    good = sum(binding[place] is None for place in order)
    now = binding[here]
    state = "meets every limit" if now is None else f"is bound by {names[now]}"
    drawn = fig.figure(
        id_,
        title,
        says
        or f"{good} of {len(order)} designs of this slice meet every limit ({plain(good / len(order), 'share')}); yours {state}.",
        x=fig.categories(x_label, list(xs)),
        y=fig.categories(y_label, list(reversed(ys))),
        marks=[fig.cells("designs", "designs", [cell(*place) for place in order])],
        table=(
            (f"{y_label} \\ {x_label}", *xs),
            [
                (
                    ys[row],
                    *(
                        "feasible" if (limit := binding[column, row]) is None else names[limit]
                        for column in range(len(xs))
                    ),
                )
                for row in range(len(ys))
            ],
        ),
        height=70 + max(24 * len(ys), 100),
    )
    return fig.with_legend(
        drawn,
        fig.key("✓ meets every limit", "met"),
        *(fig.key(f"{signs[limit]} {names[limit]}", looks[limit][0], pattern=looks[limit][1]) for limit, _ in limits),
    )
