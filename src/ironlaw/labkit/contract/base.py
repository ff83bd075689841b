"""What a rule is, and the list of all rules. The modules beside this one fill it; `every()` finds them.

A rule looks at one lab and says what is wrong with it. It may need others to hold first: a lab whose model does not run
has one finding, not forty that follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from ironlaw.labkit.contract.case import Case


class Miss(NamedTuple):
    """One thing that is wrong: the place in the lab ("act1.constraints[oom]") and a sentence."""

    where: str
    message: str


class Fact(NamedTuple):
    """One thing that the proof found out and that a reader of the report wants: JSON below `where`."""

    where: str
    name: str
    value: Any


Body = Callable[[Case], Iterator[Miss | Fact]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise about every lab. `title` states it, `why` says whom it protects, `needs` are rules that come first."""

    id: str
    group: str
    title: str
    why: str
    needs: tuple[str, ...]
    body: Body


_RULES: dict[str, Rule] = {}


def rule(id_: str, *, title: str, why: str, needs: tuple[str, ...] = ()) -> Callable[[Body], Body]:
    """Enter the decorated function into the contract. Raises ValueError for an id that is taken."""

    def enter(body: Body) -> Body:
        if id_ in _RULES:
            raise ValueError(f"two rules are called {id_!r}")
        _RULES[id_] = Rule(id_, body.__module__.rpartition(".")[2], title, why, needs, body)
        return body

    return enter


# The order in which a report reads: from "is it a lab" to "what does the learner see when". Rules of others come last.
GROUPS = ("structure", "instrument", "limits", "questions", "text", "maths", "figures", "document")


def every() -> dict[str, Rule]:
    """All rules by id, grouped by module. Raises ValueError when one needs a rule that does not exist."""
    _discover()
    for each in _RULES.values():
        if unknown := [need for need in each.needs if need not in _RULES]:
            raise ValueError(f"rule {each.id!r} needs {', '.join(unknown)}, which does not exist")
    return {each.id: each for each in sorted(_RULES.values(), key=_place)}


def _place(each: Rule) -> int:
    return GROUPS.index(each.group) if each.group in GROUPS else len(GROUPS)


@cache
def _discover() -> None:
    package = import_module(__package__)
    for module in iter_modules(package.__path__):
        import_module(f"{__package__}.{module.name}")
