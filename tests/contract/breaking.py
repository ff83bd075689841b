"""How the honest lab is broken on purpose: the tools of `broken_model` and `broken_page`, which fill `CASES`.

`edit(record, "acts.0.controls.1", help="")` is `dataclasses.replace` deep inside a lab. Act I is `acts.0`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from ironlaw.labkit.spec import Lab, Q

from .minilab import LAB, RARE
from .minilab.act1 import copy, copy_facts
from .minilab.act2 import spread
from .minilab.mission import ship

T = TypeVar("T")


def edit(record: T, path: str, /, **changes: Any) -> T:
    """The record with these fields changed at the end of a path of field names and indices."""
    old: Any = record
    if not path:
        return cast("T", replace(old, **changes))
    head, _, rest = path.partition(".")
    if isinstance(old, tuple):
        index = int(head)
        return cast("T", (*old[:index], edit(old[index], rest, **changes), *old[index + 1 :]))
    return cast("T", replace(old, **{head: edit(getattr(old, head), rest, **changes)}))


@dataclass(frozen=True)
class Broken:
    """A broken lab, the rule that must catch it alone, and words that its finding must say."""

    rule: str
    name: str
    make: Callable[[], Lab]
    says: str


CASES: list[Broken] = []


def broken(rule: str, says: str) -> Callable[[Callable[[], Lab]], Callable[[], Lab]]:
    def enter(make: Callable[[], Lab]) -> Callable[[], Lab]:
        CASES.append(Broken(rule, make.__name__, make, says))
        return make

    return enter


def at(rule: str, says: str, path: str, /, **changes: Any) -> None:
    """A lab that is broken by one change of fields."""
    name = f"{path}: {', '.join(changes)} {sum(each.rule == rule for each in CASES)}"
    CASES.append(Broken(rule, name, lambda: edit(LAB, path, **changes), says))


def rare(rule: str, says: str, path: str, /, **changes: Any) -> None:
    """The same of the lab with a mission."""
    name = f"{path}: {', '.join(changes)} {sum(each.rule == rule for each in CASES)}"
    CASES.append(Broken(rule, name, lambda: edit(RARE, path, **changes), says))


def model_1(**over: Any) -> Callable[[Any], dict[str, Any]]:
    """The model of act I with some outputs computed otherwise: values, or functions of the settings."""
    return lambda s: copy(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def model_2(**over: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda s: spread(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def mission(**over: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda s: ship(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def facts_1(**over: Q) -> Callable[[], dict[str, Q]]:
    return lambda: copy_facts() | over


def output(name: str, **changes: Any) -> dict[str, Any]:
    """The outputs of act I with one changed."""
    return {"outputs": tuple(replace(o, **changes) if o.id == name else o for o in LAB.acts[0].outputs)}


def everywhere(record: T, kind: type, change: Callable[[Any], Any]) -> T:
    """The record with every record of this kind in it changed."""
    old: Any = record
    if isinstance(old, kind):
        return cast("T", change(old))
    if isinstance(old, tuple):
        return cast("T", tuple(everywhere(each, kind, change) for each in old))
    if not is_dataclass(old) or isinstance(old, type):
        return record
    made = {f.name: everywhere(getattr(old, f.name), kind, change) for f in fields(old)}
    return cast("T", replace(old, **made))
