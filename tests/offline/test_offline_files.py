"""The scripts of the offline site keep the promises of the page's: small, legible, nothing from outside."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from ironlaw import front, offline

SITE = Path(offline.__file__).parent / "site"
FILES = sorted(path.name for path in SITE.iterdir())
MODULES = [name for name in FILES if name.endswith(".js")]
IMPORT = re.compile(r'^import .* from "\./([\w.-]+)";$', re.MULTILINE)
ENTRIES = {"offline-lab.js", "offline-portal.js", "offline-report.js", "offline-worker.js", "sw.js"}
BUDGET = 20_000  # bytes, compressed, beside the page's own


def text(name: str) -> str:
    """A file of the site."""
    return (SITE / name).read_text(encoding="utf-8")


def test_small() -> None:
    assert sum(len(gzip.compress(text(name).encode())) for name in FILES) < BUDGET


@pytest.mark.parametrize("name", FILES)
def test_readable_in_one_sitting(name: str) -> None:
    assert len(text(name).splitlines()) < 400
    assert re.match(r"//|/\*", text(name)), "the first line says what the file is for"


@pytest.mark.parametrize("name", FILES)
def test_nothing_from_outside(name: str) -> None:
    assert not re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+[\w/]*", text(name))


@pytest.mark.parametrize("name", MODULES)
def test_imports_are_there(name: str) -> None:
    for other in IMPORT.findall(text(name)):
        assert (SITE / other).is_file() or (front.FOLDER / other).is_file(), other


def test_every_module_is_used() -> None:
    used = {other for name in MODULES for other in IMPORT.findall(text(name))}
    assert set(MODULES) <= used | ENTRIES


def test_names_do_not_hide_the_page() -> None:
    """All scripts lie in one folder of the site."""
    assert not set(FILES) & {path.name for path in front.FOLDER.iterdir()}
