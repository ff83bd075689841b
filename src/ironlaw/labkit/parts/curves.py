"""Curves over one axis: scaling, break-even, crossovers, utilisation against feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import NONE_IN_RANGE, Reading, joined, sampled, sentence
from ironlaw.labkit.parts.solve import Function, crossings_of
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

Points = Sequence[tuple[float, float]]
SHARE = Reading("Share", "share", domain=(0.0, 1.0))
TOLD = 9  # rows of a curve's table, ends included


@dataclass(frozen=True, slots=True)
class Published:
    """A point that somebody measured and published."""

    name: str
    x: float
    y: float


def scaling_curve(
    id_: str,
    title: str,
    curve: Points,
    ideal: Points,
    here: tuple[float, float],
    *,
    x: Reading,
    y: Reading,
    name: str = "this design",
    ideal_name: str = "ideal",
    other: Points | None = None,
    other_name: str = "another design",
    published: Sequence[Published] = (),
    share: str = "Share of the ideal",
    says: str = "",
) -> Figure:
    """What more machines bring: the ideal, this design, another one to compare, published points, and where you stand.

    `curve`, `ideal` and `other` are points (machines, speedup) over the same machines; `here` is the current design;
    `share` heads the column of the curve as a share of the ideal.
    """
    marks = [
        _line("ideal", ideal_name, ideal, x, y, "muted", dash=True),
        _line("actual", name, curve, x, y, "data"),
    ]
    if other is not None:
        marks.append(_line("other", other_name, other, x, y, "caution", dash=True))
    if published:
        marks.append(
            fig.dots(
                "published",
                "published runs",
                [(each.x, each.y) for each in published],
                [f"{each.name}, published: {y.say(each.y)} at {x.say(each.x)}" for each in published],
                colour="muted",
                hollow=True,
            )
        )
    marks.append(_here(here, x, y))
    best = dict(ideal).get(here[0])
    tail = f", {plain(here[1] / best, 'share')} of the ideal {y.say(best)}" if best else ""
    table = _scaling_table(curve, ideal, other, published, x, y, (ideal_name, name, other_name, share))
    every = [*curve, *ideal, *(other or ()), *((each.x, each.y) for each in published), here]
    return fig.figure(
        id_,
        title,
        says or f"At {x.say(here[0])} your design reaches {y.say(here[1])}{tail}.",
        x=x.axis([at for at, _ in every]),
        y=y.axis([value for _, value in every]),
        marks=marks,
        table=table,
        height=260,
    )


def _scaling_table(
    curve: Points,
    ideal: Points,
    other: Points | None,
    published: Sequence[Published],
    x: Reading,
    y: Reading,
    names: tuple[str, str, str, str],
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    ideal_name, name, other_name, share = names
    beside = dict(other or ())
    more = () if other is None else (other_name,)
    blank = ("—",) * len(more)
    rows = [
        (
            x.say(n),
            y.say(top),
            y.say(value),
            *(y.say(beside.get(n)) for _ in more),
            plain(value / top, "share") if top else "—",
        )
        for (n, value), (_, top) in zip(curve, ideal, strict=True)
    ]
    rows += [(x.say(each.x), "—", f"{y.say(each.y)} ({each.name}, published)", *blank, "—") for each in published]
    return (x.label, ideal_name, name, *more, share), rows


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of the x axis, drawn and solved: `at(x)` in SI. Each curve of a figure has its own colour or dashes."""

    name: str
    at: Function
    colour: fig.Colour = "data"
    dash: bool = False


def break_even(
    id_: str,
    title: str,
    curves: Sequence[Curve],
    *,
    x: Reading,
    y: Reading,
    here: float | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    limit: float | None = None,
    limit_label: str = "limit",
    samples: int = 33,
    says: str = "",
) -> Figure:
    """Curves over one axis with every crossing marked and named; a pair that never meets is said to: "none in range".

    `x.domain` is the range (needed). Crossings are solved on the functions, not read off the drawing. `pairs` names
    the pairs that matter (all when None); `here` marks the current x on each curve; `limit` is a line across y.
    """
    if x.domain is None:
        raise ValueError("break_even needs x.domain: the range in which crossings are sought")
    xs = sampled(*x.domain, samples, x.scale)
    drawn = [(curve, [(at, curve.at(at)) for at in xs]) for curve in curves]
    named = {curve.name: curve for curve in curves}
    met = [
        (one, other, crossings_of(named[one].at, named[other].at, xs))
        for one, other in (pairs if pairs is not None else list(combinations(named, 2)))
    ]
    marks = [
        _line(f"curve{index}", curve.name, points, x, y, curve.colour, curve.dash)
        for index, (curve, points) in enumerate(drawn)
    ]
    if limit is not None:
        marks.append(fig.rule("limit", "y", limit, f"{limit_label}: {y.say(limit)}"))
    for index, (one, other, found) in enumerate(met):
        marks.append(
            fig.crossing(
                f"cross{index}",
                f"{one} = {other}",
                [(at, named[one].at(at)) for at in found],
                [f"{one} = {other} at {x.say(at)}" for at in found],
                short=[x.say(at) for at in found],
                none=f"{one} = {other}: {NONE_IN_RANGE}",
            )
        )
    if here is not None:
        marks.append(
            fig.dots(
                "here",
                "your setting",
                [(here, curve.at(here)) for curve in curves],
                [f"your setting, {x.say(here)}: {curve.name} {y.say(curve.at(here))}" for curve in curves],
                colour="accent",
            )
        )
    values = [value for _, points in drawn for _, value in points] + ([] if limit is None else [limit])
    return fig.figure(
        id_,
        title,
        says or _met(met, curves, x, y, here),
        x=x.axis([*xs, *([] if here is None else [here])]),
        y=y.axis([*values, *([] if here is None else [curve.at(here) for curve in curves])]),
        marks=marks,
        table=_break_even_table(curves, met, xs, x, y, here),
        height=270,
    )


Met = Sequence[tuple[str, str, Sequence[float]]]


def _met(met: Met, curves: Sequence[Curve], x: Reading, y: Reading, here: float | None) -> str:
    parts = [
        f"{one} and {other} are equal at {joined([x.say(at) for at in found])}"
        if found
        else f"{one} and {other}: {NONE_IN_RANGE}"
        for one, other, found in met
    ]
    if here is not None:
        least = min(curves, key=lambda curve: curve.at(here))
        parts.append(f"at your {x.say(here)} the least is {least.name}, {y.say(least.at(here))}")
    return sentence(*parts)


def _break_even_table(
    curves: Sequence[Curve], met: Met, xs: Sequence[float], x: Reading, y: Reading, here: float | None
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    named = {curve.name: curve for curve in curves}
    step = max(1, (len(xs) - 1) // (TOLD - 1))
    rows: list[tuple[str, ...]] = []
    if here is not None:
        rows.append(("your setting", x.say(here), *(y.say(curve.at(here)) for curve in curves)))
    for one, other, found in met:
        rows += [
            (f"{one} = {other}", x.say(at), *(y.say(named[curve.name].at(at)) for curve in curves)) for at in found
        ] or [(f"{one} = {other}", NONE_IN_RANGE, *("—" for _ in curves))]
    rows += [("", x.say(at), *(y.say(curve.at(at)) for curve in curves)) for at in xs[::step]]
    return ("", x.label, *(curve.name for curve in curves)), rows


SIZE = Reading("Size", "bytes", scale="log")
TOOK = Reading("Time", "seconds", scale="log")


def sneakernet(
    id_: str,
    title: str,
    wire: Function,
    drive: Function,
    here: float,
    *,
    size: Reading,
    time: Reading = TOOK,
    names: tuple[str, str] = ("over the wire", "by drive"),
    budget: float | None = None,
    says: str = "",
) -> Figure:
    """Time against size, two ways: sent over a wire or carried on drives, and the size from which carrying wins.

    `wire(bytes)` and `drive(bytes)` answer seconds; `size.domain` is the range; `here` is the current size, `budget`
    an allowed time. Writing and reading the drives belongs into `drive`.
    """
    one, other = Curve(names[0], wire), Curve(names[1], drive, "caution", True)
    return break_even(
        id_, title, (one, other), x=size, y=time, here=here, limit=budget, limit_label="time allowed", says=says
    )


def mfu_curve(
    id_: str,
    title: str,
    curve: Function,
    here: float,
    designs: Sequence[tuple[str, float, float]] = (),
    *,
    x: Reading,
    y: Reading = SHARE,
    equilibrium: float | None = None,
    samples: int = 33,
    says: str = "",
) -> Figure:
    """Utilisation against the rate at which data come in, with the learner's recorded designs as points.

    `curve(rate)` answers the utilisation; `x.domain` is the range; `designs` are (name, rate, utilisation); a rule
    marks the `equilibrium`, the rate at which feed and consumption are equal.
    """
    if x.domain is None:
        raise ValueError("mfu_curve needs x.domain: the range over which the curve is drawn")
    points = [(at, curve(at)) for at in sampled(*x.domain, samples, x.scale)]
    if equilibrium is not None and x.domain[0] < equilibrium < x.domain[1]:
        points = sorted([*points, (equilibrium, curve(equilibrium))])  # the corner of the curve is not cut
    now = (here, curve(here))
    recorded = fig.dots(
        "designs",
        "your recorded designs",
        [(rate, share) for _, rate, share in designs],
        [f"{name}: {y.say(share)} at {x.say(rate)}" for name, rate, share in designs],
        colour="caution",
    )
    marks = [_line("curve", "the model", points, x, y, "data"), recorded, _here(now, x, y)]
    every = [*points, *((rate, share) for _, rate, share in designs), now]
    if equilibrium is not None:
        marks.insert(1, fig.rule("equilibrium", "x", equilibrium, f"equilibrium: {x.say(equilibrium)}", colour="met"))
        every.append((equilibrium, curve(equilibrium)))
    step = max(1, (len(points) - 1) // (TOLD - 1))
    count = (
        f"{len(designs)} recorded {'design' if len(designs) == 1 else 'designs'}"
        if designs
        else "no recorded design yet"
    )
    return fig.figure(
        id_,
        title,
        says or f"At {x.say(here)} the utilisation is {y.say(now[1])}; {count}.",
        x=x.axis([at for at, _ in every]),
        y=y.axis([share for _, share in every]),
        marks=marks,
        table=(
            ("", x.label, y.label),
            [
                ("your setting", x.say(here), y.say(now[1])),
                *((name, x.say(rate), y.say(share)) for name, rate, share in designs),
                *(("", x.say(at), y.say(share)) for at, share in points[::step]),
            ],
        ),
        height=250,
    )


def _line(
    id_: str, label: str, points: Points, x: Reading, y: Reading, colour: fig.Colour, dash: bool = False
) -> fig.Mark:
    texts = [f"{label}, {x.say(at)}: {y.say(value)}" for at, value in points]
    return fig.line(id_, label, list(points), texts, colour=colour, dash=dash)


def _here(point: tuple[float, float], x: Reading, y: Reading) -> fig.Mark:
    text = f"your setting, {x.say(point[0])}: {y.say(point[1])}"
    return fig.dots("here", "your setting", [point], [text], colour="accent")
