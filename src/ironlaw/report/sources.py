"""Where the figures of a lab come from: its givens, and the registry entities that its code names."""

from __future__ import annotations

import ast
import sys
from functools import cache
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Act, Lab
from ironlaw.labkit.text import plain
from ironlaw.registry import Entity


def givens(act: Act) -> list[dict[str, Any]]:
    """What the act's briefing states, each with its source."""
    return [
        {"act": act.id, "id": g.id, "label": g.label, "text": plain(g.value, g.kind), "source": g.source}
        for g in act.givens
    ]


def registered(lab: Lab) -> list[dict[str, Any]]:
    """The sources in the registry behind the lab's figures: each source once, with what it is a source of."""
    entities, fields = _named(lab.id)
    found: dict[tuple[str, str, str], list[str]] = {}
    for entity in entities:
        for name in [one for one in entity.fields if one in fields] or list(entity.fields):
            field = entity.field(name)
            about = found.setdefault((field.source, field.date, field.evidence), [])
            if entity.name not in about:
                about.append(entity.name)
    rows = [
        {"source": source, "date": date, "evidence": evidence, "entities": about}
        for (source, date, evidence), about in found.items()
    ]
    return sorted(rows, key=lambda row: str(row["source"]))


@cache
def _named(lab_id: str) -> tuple[tuple[Entity, ...], frozenset[str]]:
    """The entities and field names among the texts in the modules of a lab."""
    prefix = f"ironlaw.labs.{lab_id}_"
    texts: set[str] = set()
    for name, module in list(sys.modules.items()):
        if not name.startswith(prefix) or module.__spec__ is None:
            continue
        source = getattr(module.__spec__.loader, "get_source", lambda _: None)(name)
        tree = ast.parse(source or "")
        texts |= {
            each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    ids = {one for kind in registry.KINDS for one in registry.ids(kind)}
    fields = {field for rule in registry.KINDS.values() for field in rule.fields}
    return tuple(registry.get(one) for one in sorted(texts & ids)), frozenset(texts & fields)
