"""The sources of a lab are those of the registry entities that its files name: read here from their text."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from ironlaw import labs, registry
from ironlaw.report.sources import givens, registered

QUOTED = re.compile(r'"([a-z0-9_]+(?:-[a-z0-9_]+)*(?:\.\d+)?)"')


def quoted(lab_id: str) -> set[str]:
    """Every short text between quotes in the files of a lab."""
    home = Path(str(import_module(type(labs.load(lab_id)).__module__).__file__)).parents[1] / "labs"
    files = [path for path in home.rglob("*.py") if path.relative_to(home).parts[0].startswith(f"{lab_id}_")]
    assert files
    return {text for path in files for text in QUOTED.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("lab_id", labs.built())
def test_every_entity_that_a_lab_names_has_its_sources_told(lab_id: str) -> None:
    words = quoted(lab_id)
    named = {one for kind in registry.KINDS for one in registry.ids(kind)} & words
    expected = set()
    for entity in map(registry.get, named):
        used = [name for name in entity.fields if name in words] or list(entity.fields)
        for field in map(entity.field, used):
            expected.add((field.source, field.date, field.evidence, entity.name))
    rows = registered(labs.load(lab_id))
    assert {(row["source"], row["date"], row["evidence"], name) for row in rows for name in row["entities"]} == expected
    assert len({(row["source"], row["date"], row["evidence"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("lab_id", labs.built())
def test_every_given_is_told_with_its_source(lab_id: str) -> None:
    for act in labs.load(lab_id).acts:
        assert [(row["id"], row["source"]) for row in givens(act)] == [(one.id, one.source) for one in act.givens]
