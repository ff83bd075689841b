"""HTML from elements: every text is escaped where it is put in, so no word of a learner can become markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

VOID = frozenset({"meta", "link", "br", "hr", "line", "rect", "circle", "path"})  # those of SVG are closed in the tag


class Html(str):
    """Markup that was made here. A plain `str` is text."""

    __slots__ = ()


Node: TypeAlias = "str | Html | Iterable[Node] | None"


def tag(name: str, /, *children: Node, **attributes: str | int | float | bool | None) -> Html:
    """An element. `class_` and `aria_label` become `class` and `aria-label`; None and False leave an attribute out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{given}/>")
    return Html(f"<{name}{given}>{join(*children)}</{name}>")


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-") if key not in KEPT else key
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


KEPT = frozenset({"viewBox", "preserveAspectRatio"})


def join(*children: Node) -> Html:
    """The children one after the other; texts are escaped, None is nothing."""
    found = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            found.append(str(child))
        elif isinstance(child, str):
            found.append(escape(_sayable(child)))
        else:
            found.append(str(join(*child)))
    return Html("".join(found))


def _sayable(text: str) -> str:
    """Without control characters, which HTML forbids even when they are escaped."""
    return "".join(c if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") else "\ufffd" for c in text)


def table(head: Iterable[Node], rows: Iterable[Iterable[Node]], *, label: str, kind: str = "") -> Html:
    """A table with a header row whose first column names its rows; it scrolls in a box of its own where there is no room."""
    names = tag("tr", [tag("th", one, scope="col") for one in head])
    body = [_row(list(row)) for row in rows]
    drawn = tag(
        "table", tag("caption", label, class_="sr"), tag("thead", names), tag("tbody", body), class_=kind or None
    )
    return tag("div", drawn, class_="scroller", tabindex="0", role="region", aria_label=label)


def _row(cells: list[Node]) -> Html:
    return tag("tr", tag("th", cells[0], scope="row"), [tag("td", cell) for cell in cells[1:]])


def facts(pairs: Iterable[tuple[str, Node]], kind: str) -> Html:
    """Names and values; what has no value is left out."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value], class_=kind)
