"""Prose with slots: `{now.step}` or `{ratio:share}` becomes the number as a learner reads it; Markdown becomes HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from ironlaw import quantities
from ironlaw.labkit.spec import Act, Facts, Given, Q, Value, Values

SLOT = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?)(?::([a-z_]+))?\}")
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # CommonMark lets a backslash escape any of these
OPEN, CLOSE = "\ue000", "\ue001"  # stand for the tags of a quantity while Markdown reads: no text of ours holds them


@lru_cache(maxsize=128)
def facts_of(act: Act) -> Facts:
    """The act's facts, computed once: they depend on the scenario alone."""
    return act.facts()


class UnknownSlot(KeyError):
    """A slot that no fact, given, output or answer fills."""


@lru_cache(maxsize=128)
def _tables(act: Act) -> tuple[dict[str, str], dict[str, Given]]:
    return {output.id: output.kind for output in act.outputs}, {given.id: given for given in act.givens}


class Slots(Mapping[str, Q]):
    """Every number that an act's prose may name. Looked up on demand, so that a slider move builds none of it."""

    def __init__(
        self, act: Act, facts: Facts, now: Values, start: Values | None = None, you: Mapping[str, Q] | None = None
    ) -> None:
        self.act = act
        self._kinds, self._givens = _tables(act)
        self._facts = facts
        self._values = {"now": now, "start": start or {}}
        self._you = you or {}

    def __getitem__(self, name: str) -> Q:
        space, _, key = name.rpartition(".")
        try:
            if not space:
                return self._facts[key]
            if space == "given":
                return Q(self._givens[key].value, self._givens[key].kind)
            if space == "you":
                return self._you[key]
            return Q(self._values[space][key], self._kinds[key])
        except KeyError:
            raise UnknownSlot(name) from None

    def __iter__(self) -> Iterator[str]:
        yield from self._facts
        yield from (f"given.{key}" for key in self._givens)
        yield from (f"you.{key}" for key in self._you)
        yield from (f"{space}.{key}" for space, values in self._values.items() for key in values)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def show(q: Q, kind: str | None = None) -> str:
    """The value as a learner reads it. Raises TypeError when a text is asked for as a number."""
    chosen = kind or q.kind
    if chosen == "text" or q.value is None:
        return "—" if q.value is None else str(q.value)
    if isinstance(q.value, str):
        raise TypeError(f"{q.value!r} is a text, not a {chosen}")
    return _printed(q.value, chosen)


@lru_cache(maxsize=8192)
def _printed(value: float, kind: str) -> str:
    """Most numbers of a slider move stood there before it: ticks, givens, the terms that did not change."""
    return quantities.words(value) if kind == "words" else quantities.format(value, kind)


def fill(template: str, slots: Mapping[str, Q]) -> str:
    """The template with its slots filled, as plain text. Raises UnknownSlot."""
    return SLOT.sub(lambda match: show(slots[match[1]], match[2]), template)


def html(template: str, slots: Mapping[str, Q]) -> str:
    """The template as HTML: slots filled (their text is never markup), then Markdown; raw HTML is disabled."""
    return _rendered(SLOT.sub(lambda match: _whole(slots[match[1]], match[2]), template))


@lru_cache(maxsize=2048)
def _rendered(filled: str) -> str:
    """Each recorded move after a reveal makes a document anew, and few of its texts change."""
    return str(_markdown().render(filled)).strip().replace(OPEN, '<span class="q">').replace(CLOSE, "</span>")


def _whole(q: Q, kind: str | None) -> str:
    """A quantity in one piece: the page breaks no line between its number and its unit. A name breaks where it likes."""
    text = _literal(show(q, kind))
    return f"{OPEN}{text}{CLOSE}" if " " in text and not isinstance(q.value, str) else text


def _literal(text: str) -> str:
    """The text so that Markdown leaves it as it is: no block, no emphasis, no entity starts in it."""
    return PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a slider move needs none of it

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def slot_names(template: str) -> list[str]:
    """The names of all slots in the template."""
    return [match[1] for match in SLOT.finditer(template)]


def prose_of(record: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every learner-readable text below a specification record, with its path."""
    if is_dataclass(record) and not isinstance(record, type):
        for each in fields(record):
            value = getattr(record, each.name)
            below = f"{path}.{each.name}" if path else each.name
            if each.metadata.get("prose"):
                if value:
                    yield below, value
            else:
                yield from prose_of(value, below)
    elif isinstance(record, tuple):
        for index, item in enumerate(record):
            yield from prose_of(item, f"{path}[{getattr(item, 'id', index)}]")


def plain(value: Value, kind: str) -> str:
    """One value as text; None prints a dash."""
    if type(value) is float and kind != "text":
        return _printed(value, kind)  # a figure asks for hundreds of these at each move
    return show(Q(value, kind))
