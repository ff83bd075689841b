"""Figures: complete in words and rows, steady from one move to the next, and drawn inside their own axes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from ironlaw import quantities
from ironlaw.labkit.axis import question_axis
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case
from ironlaw.labkit.contract.questions import questions
from ironlaw.labkit.contract.structure import told
from ironlaw.labkit.contract.text import stands_in, texts
from ironlaw.labkit.spec import Figure

SLACK = 1e-9  # of an axis: what rounding may put outside
NO_EVIDENCE = "no evidence"
READ = 24  # drawings of a figure whose marks are read against their texts


@rule(
    "drawn",
    title="The answer to every move can be made and is plain JSON",
    why="A drawing that stops on one setting takes cards and limits with it.",
    needs=("slots",),
)
def drawn(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for each in case.drawn[act.id]:
            error = each.error
            if error is None:
                try:
                    json.dumps(each.result, allow_nan=False)
                except (TypeError, ValueError) as fault:
                    error = f"it is no plain JSON: {fault}"
            if error is not None:
                yield Miss(f"{act.id}.figures", f"{error}, at {told(act, each.run.settings)}")
                break


@rule(
    "infeasible-empty",
    title="An infeasible plan shows its reason, and no card or figure a number that it does not have",
    why="A design that cannot run has no step time, not a step time of nothing.",
    needs=("drawn",),
)
def infeasible_empty(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        always = {output.id for output in act.outputs if output.always}
        # A dash of its own, such as a wire without a second direction, a figure has in a plan that runs too.
        dashes = dict.fromkeys((drawing.id for drawing in act.figures if drawing.always), 0)
        for each in case.drawn[act.id]:
            if each.result is None:
                continue
            if each.result["feasible"]:
                for drawing in each.result["figures"]:
                    if drawing["id"] in dashes:
                        dashes[drawing["id"]] = max(dashes[drawing["id"]], _dashes(drawing))
            elif misses := list(_shown(act.id, each.result, always, dashes)):
                yield from misses
                break


def _shown(act_id: str, result: Mapping[str, Any], always: set[str], dashes: Mapping[str, int]) -> Iterator[Miss]:
    if not result["reason"]:
        yield Miss(act_id, "an infeasible plan gives no reason")
    for card in result["cards"]:
        if card["id"] not in always and (card["value"] is not None or card["text"] != quantities.MISSING):
            yield Miss(f"{act_id}.cards[{card['id']}]", f"shows {card['text']} for an infeasible plan")
    for drawing in result["figures"]:
        where = f"{act_id}.figures[{drawing['id']}]"
        if drawing["id"] not in dashes and (drawing["marks"] or not drawing.get("empty")):
            yield Miss(where, "is drawn for an infeasible plan")
        elif drawing["id"] in dashes and _dashes(drawing) > dashes[drawing["id"]]:
            yield Miss(where, "is drawn for an infeasible plan and shows a number that the plan does not have")


def _dashes(drawing: Figure) -> int:
    return sum(text.count(quantities.MISSING) for _, text in texts(drawing))


def pictures(case: Case) -> Iterator[tuple[str, Figure]]:
    """Every drawing with its place: those of the sample, and the axes of the reveals for every answer."""
    for act in case.lab.acts:
        for each in case.drawn[act.id]:
            if each.result is not None:
                for drawing in each.result["figures"]:
                    if "empty" not in drawing:
                        yield f"{act.id}.figures[{drawing['id']}]", drawing
    for where, question, facts in questions(case):
        told_as = {option.id: option.id for option in question.options}
        for option in question.options:
            yield f"{where}.axis", question_axis(question, facts, option.id, told_as)


def _first(found: Iterator[tuple[str, str]]) -> Iterator[Miss]:
    """Each message once for each place: a fault of one drawing is a fault of all."""
    seen: set[tuple[str, str]] = set()
    for where, message in found:
        kind = (where, message.split(":")[0])
        if kind not in seen:
            seen.add(kind)
            yield Miss(where, message)


@rule(
    "figure-words",
    title="Every figure has a title, a sentence, a legend, a full table and a text for every mark",
    why="Who cannot see the picture reads it; who can, hovers over it.",
    needs=("infeasible-empty", "oracle"),
)
def figure_words(case: Case) -> Iterator[Miss | Fact]:
    yield from _first((where, message) for where, drawing in pictures(case) for message in _words(drawing))


def _words(drawing: Figure) -> Iterator[str]:
    for name in ("title", "description"):
        if not str(drawing.get(name) or "").strip():
            yield f"has no {name}"
    if drawing.get("description") and not drawing["description"].strip().endswith((".", "!", "?")):
        yield f"has a description that is no sentence: “{drawing['description']}”"
    if not isinstance(drawing.get("legend"), list):
        yield "has no legend"
    table = drawing.get("table") or {}
    columns, rows = table.get("columns") or [], table.get("rows") or []
    if not columns or not rows:
        yield "has no table"
    if any(len(row) != len(columns) for row in rows):
        yield "has a table row of another length than its head"
    if not any(str(column).strip() for column in columns):
        yield "has a table without a head"
    for name in ("x", "y"):
        if drawing[name]["scale"] != "band" and not drawing[name]["label"].strip():
            yield f"has no label on its {name} axis"
    for mark in drawing["marks"]:
        if not all(text.strip() for text in mark_texts(mark)):
            yield f"mark {mark['id']!r} has a part without a text"


def mark_texts(mark: Mapping[str, Any]) -> list[str]:
    """What a reader is told of each part of a mark; a part without a text gives an empty one."""
    if (parts := mark.get("bars", mark.get("cells"))) is not None:
        return [part["text"] for part in parts]
    if "points" in mark:
        told_points = list(mark["texts"]) + [""] * (len(mark["points"]) - len(mark["texts"]))
        return [mark["label"], *told_points]
    return [mark["text"] if mark["type"] == "text" else mark["label"]]


@rule(
    "figure-marks",
    title="The marks of a figure have unique ids, and keep them and their order from move to move",
    why="The page patches marks in place: a mark that changes places jumps.",
    needs=("infeasible-empty", "oracle"),
)
def figure_marks(case: Case) -> Iterator[Miss | Fact]:
    order: dict[str, list[tuple[str, str]]] = {}
    broken: set[str] = set()
    for where, drawing in pictures(case):
        marks = [(mark["id"], mark["type"]) for mark in drawing["marks"]]
        if where in broken:
            continue
        if len({id_ for id_, _ in marks}) < len(marks):
            broken.add(where)
            yield Miss(where, f"has two marks with one id: {', '.join(id_ for id_, _ in marks)}")
        elif order.setdefault(where, marks) != marks:
            broken.add(where)
            yield Miss(where, f"has marks {order[where]} at one setting and {marks} at another")
    declared = {f"{act.id}.figures[{spec.id}]" for act in case.lab.acts for spec in act.figures}
    for where in sorted(order.keys() - declared):
        if not where.endswith(".axis"):
            yield Miss(where, "is drawn under an id that is not declared")


@rule(
    "figure-domain",
    title="Ticks and data lie inside the axes",
    why="A bar that ends outside its picture shows another number than its text.",
    needs=("infeasible-empty", "oracle"),
)
def figure_domain(case: Case) -> Iterator[Miss | Fact]:
    yield from _first((where, message) for where, drawing in pictures(case) for message in _outside(drawing))


def _outside(drawing: Figure) -> Iterator[str]:
    for name in ("x", "y"):
        scale = drawing[name]
        if scale["scale"] != "band":
            low, high = scale["domain"]
            if not (isfinite(low) and isfinite(high) and low < high) or (scale["scale"] == "log" and low <= 0):
                yield f"has a bad domain on {name}: {scale['domain']} ({scale['scale']})"
                continue
        places = [(f"tick on {name}", tick["v"]) for tick in scale["ticks"]]
        places += [(f"mark {mark['id']!r} on {name}", v) for mark in drawing["marks"] for v in coordinates(mark, name)]
        for what, place in places:
            if not _inside(scale, place):
                yield f"{what} lies outside the axis: {place!r}, {scale['domain']}"


def _inside(scale: Mapping[str, Any], place: Any) -> bool:
    if scale["scale"] == "band":
        return bool(place in scale["domain"])
    if isinstance(place, bool) or not isinstance(place, int | float) or not isfinite(place):
        return False
    low, high = scale["domain"]
    if scale["scale"] == "log":
        return bool(low * (1 - SLACK) <= place <= high * (1 + SLACK))
    slack = SLACK * (high - low)
    return bool(low - slack <= place <= high + slack)


def coordinates(mark: Mapping[str, Any], name: str) -> list[Any]:
    """Every place of a mark on one axis."""
    if "points" in mark:
        found = [point[0 if name == "x" else 1] for point in mark["points"]]
        return [place for place in found if place is not None or mark["type"] != "radar"]  # None there is no evidence
    if (parts := mark.get("bars", mark.get("cells"))) is not None:
        found = [bar[key] for bar in parts for key in (name, f"{name}0", f"{name}1") if key in bar]
        return [place for place in found if place is not None]  # a start of None is the foot of the axis
    if mark["type"] == "rule":
        return [mark["at"]] if mark["axis"] == name else []
    if mark["type"] == "band":
        return [mark["from"], mark["to"]] if mark["axis"] == name else []
    return [mark[name]]


@rule(
    "figure-numbers",
    title="The text of a mark prints the number that the mark is drawn at",
    why="Bar, hover text and table are one datum: where they differ, one of them lies.",
    needs=("figure-domain", "figure-words"),
)
def figure_numbers(case: Case) -> Iterator[Miss | Fact]:
    seen: dict[str, int] = {}
    found: list[tuple[str, str]] = []
    for where, drawing in pictures(case):
        seen[where] = seen.get(where, 0) + 1
        if seen[where] <= READ:
            found += [(where, message) for mark in drawing["marks"] for message in _misread(drawing, mark)]
    yield from _first(iter(found))


def _misread(drawing: Figure, mark: Mapping[str, Any]) -> Iterator[str]:
    if mark["type"] == "radar":
        for (_, value), text in zip(mark["points"], mark["texts"], strict=True):
            if (value is None) != text.endswith(NO_EVIDENCE):
                yield f"mark {mark['id']!r} has no evidence and another text, or the other way round: {value!r}, “{text}”"
    for value, text in _told(drawing, mark):
        if any(c.isdigit() for c in text) and not _prints(value, text):
            yield f"mark {mark['id']!r} is drawn at another number than its text: {value!r}, “{text}”"


def _told(drawing: Figure, mark: Mapping[str, Any]) -> list[tuple[float, str]]:
    """Each number that a mark is drawn at, with its text. A span is as long as it says."""
    across, up = (drawing[name]["scale"] != "band" for name in ("x", "y"))
    if mark["type"] == "span":
        return [(bar["x1"] - bar["x0"], bar["text"]) for bar in mark["bars"]]
    if mark["type"] == "bar":
        name = "y" if mark["orient"] == "v" else "x"
        return [(bar[name] - (bar.get(f"{name}0") or 0.0), bar["text"]) for bar in mark["bars"]]
    if mark["type"] == "crossing":
        return [(point[0], text) for point, text in zip(mark["points"], mark["texts"], strict=True)]
    if mark["type"] == "radar":
        return [(p[1], text) for p, text in zip(mark["points"], mark["texts"], strict=True) if p[1] is not None]
    if "points" in mark and (across or up):
        return [(point[1 if up else 0], text) for point, text in zip(mark["points"], mark["texts"], strict=True)]
    return [(mark["at"], mark["label"])] if mark["type"] == "rule" else []


def _prints(value: float, text: str) -> bool:
    """Whether some kind prints the value as the text does, to two digits or more."""
    near = (value, value * (1 + 1e-12), value * (1 - 1e-12))  # a difference of two ends may round the other way
    return any(stands_in(said, text) for each in near for said in _renditions(each))


def _renditions(value: float) -> Iterator[str]:
    kinds = sorted(quantities.KINDS)
    return (quantities.format(value, kind, digits) for digits in (3, 2, 4) for kind in kinds)
