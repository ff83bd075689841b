"""An entity by what a person calls it: its id, its name or one of its aliases, whatever the capitals and dashes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.registry import UnknownEntity

if TYPE_CHECKING:
    from ironlaw.registry import Entity


def named(kind: str, name: str) -> Entity:
    """The registry's entity of this kind by id, name or alias. UnknownEntity (a KeyError) names the nearest ids."""
    if isinstance(name, str):
        if name in registry.ids(kind):  # the usual case reads one file and not all of the kind
            return registry.get(name)
        if (found := _known(kind).get(_plain(name))) is not None:
            return registry.get(found)
    raise UnknownEntity(kind, name, registry.ids(kind))


@cache
def _known(kind: str) -> dict[str, str]:
    known = {_plain(other): entity.id for entity in registry.every(kind) for other in (entity.name, *entity.aliases)}
    return known | {_plain(entity_id): entity_id for entity_id in registry.ids(kind)}


def _plain(name: str) -> str:
    return "".join(letter for letter in name[:80].lower() if letter.isalnum())
