"""Reading what was stored, of any version, without trust: a field is there and of its type, or it is missing.

An imported ledger holds what its writer put into it. Nothing here raises, and nothing here fills a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from math import isfinite
from typing import Any

from ironlaw import quantities
from ironlaw.labkit.spec import Q
from ironlaw.labkit.text import UnknownSlot, html, plain

Told = Mapping[str, Any]
NOTHING: Told = {}


def number(value: object) -> float | None:
    """The value as a finite float, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None


def share(value: object) -> float | None:
    """A number from 0 to 1, or None."""
    found = number(value)
    return found if found is not None and 0.0 <= found <= 1.0 else None


def flag(value: object) -> bool | None:
    """True or False, or None for anything else."""
    return value if isinstance(value, bool) else None


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return value if isinstance(value, str) and value.strip() else None


def name(value: object) -> str | None:
    """What an option or an id may be: a text, or a number as a text."""
    found = number(value)
    return f"{found:g}" if found is not None else text(value)


def part(value: object) -> Told:
    """An object, or one without fields."""
    return value if isinstance(value, Mapping) else NOTHING


def items(value: object) -> list[Any]:
    """The items of a list; none of anything else."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []


# --- as a person reads it ---------------------------------------------------------------------------------------------


def printed(value: object, kind: str | None) -> str:
    """A stored value in its kind; a number of no known kind is bare, and says so by having no unit."""
    found = number(value)
    if found is None:
        return text(value) or "—"
    if kind is None or kind == "text":
        return f"{found:.4g}"
    try:
        return plain(found, kind)
    except (quantities.QuantityError, ArithmeticError, TypeError, ValueError, KeyError):
        return f"{found:.4g}"  # a kind of another version, or a value that its kind cannot print


def percent(value: float) -> str:
    """A share as a percentage."""
    return quantities.format(value, "share")


def clock(time: object) -> str:
    """A stored time to the minute, in UTC; as it is where it is none."""
    try:
        return datetime.fromisoformat(str(time)).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return str(time)[:40]


class _Gaps(Mapping[str, Q]):
    """Slots of which one that cannot be filled is a dash."""

    def __init__(self, slots: Mapping[str, Q]) -> None:
        self._slots = slots

    def __getitem__(self, name_: str) -> Q:
        try:
            return self._slots[name_]
        except UnknownSlot:
            return Q(None, "text")

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


BLOCK = re.compile(r"</?(?:p|li|ul|ol|tr|td|th|table|h\d|br)\b[^>]*>")


def words(template: str, slots: Mapping[str, Q]) -> str:
    """A text of a lab without its markup, its slots filled."""
    bare = re.sub(r"<[^>]+>", "", BLOCK.sub(" ", html(template, _Gaps(slots))))
    return " ".join(unescape(bare).split())


def count(number_: int, one: str, many: str = "") -> str:
    """“1 limit”, “3 limits”."""
    return f"{number_:,} {one if number_ == 1 else many or one + 's'}"


def times(number_: int) -> str:
    """“once”, “twice”, “3 times”."""
    return {1: "once", 2: "twice"}.get(number_, f"{number_:,} times")
