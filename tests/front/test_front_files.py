"""The page's files keep their promises: nothing from outside, nothing that the content-security policy forbids, small, legible.

What the page does is tested in a real browser, under tests/browser.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import product

import pytest
from jinja2 import Environment, FileSystemLoader

from ironlaw import front

MODULES = sorted(path.name for path in front.FOLDER.glob("*.js"))
STYLES = sorted(path.name for path in front.FOLDER.glob("*.css"))
SHELLS = ("lab.html", "portal.html")
IMPORT = re.compile(r'^import .* from "\./([\w.-]+)";$', re.MULTILINE)
BUDGET = 76_000  # bytes, compressed, of all modules and styles


def text(name: str) -> str:
    """A file of the page."""
    return (front.FOLDER / name).read_text(encoding="utf-8")


def shell(name: str) -> str:
    """A shell, rendered as the server does it."""
    templates = Environment(loader=FileSystemLoader(front.FOLDER), autoescape=True)
    act = {
        "title": "<b>",
        "minutes": 1,
        "message": {"from": "<i>", "html": "<p>words</p>"},
        "briefing_html": "<p>more</p>",
    }
    return templates.get_template(name).render(
        title="<b>",
        description='"<b>"',
        kicker="<b>",
        invariant_html="<p>kept</p>",
        boot="{}",
        root="/",
        document={"acts": [act]},
    )


def reached(entry: str) -> set[str]:
    """The entry and every module that it imports, directly or not."""
    found: set[str] = set()
    todo = {entry}
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= set(IMPORT.findall(text(name))) - found
    return found


def test_small() -> None:
    assert sum(len(gzip.compress(text(name).encode())) for name in [*MODULES, *STYLES]) < BUDGET


@pytest.mark.parametrize("name", [*MODULES, *STYLES])
def test_readable_in_one_sitting(name: str) -> None:
    assert len(text(name).splitlines()) < 400
    assert re.match(r"//|/\*", text(name)), "the first line says what the file is for"


@pytest.mark.parametrize("name", [*MODULES, *STYLES, *SHELLS])
def test_nothing_from_outside(name: str) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+[\w/]*", text(name)))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", SHELLS)
def test_shell_obeys_the_policy(name: str) -> None:
    page = shell(name)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", page)
    assert [attributes for attributes, body in scripts if body] == [' type="application/json" id="boot"']
    assert "<b>" not in page
    assert "<i>" not in page


@pytest.mark.parametrize("name", SHELLS)
def test_shell_loads_what_the_page_needs(name: str) -> None:
    page = shell(name)
    entry = re.findall(r'<script type="module" src="/static/([\w.-]+)">', page)
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([\w.-]+)">', page)
    assert len(entry) == 1
    assert {*entry, *preloaded} == reached(entry[0])
    for linked in re.findall(r'(?:href|src)="/static/([\w.-]+)"', page):
        assert (front.FOLDER / linked).is_file(), linked


def test_every_module_is_used() -> None:
    elsewhere = reached("calls.js")  # for a worker and a notebook, whose entries lie in rooms of their own
    assert reached("lab.js") | reached("portal.js") | elsewhere == set(MODULES)


# --- colours: WCAG 2.2, 1.4.3 and 1.4.11 --------------------------------------------------------------------------------

TEXTS = ("ink", "soft", "data", "met-text", "violated-text", "caution-text", "accent-text")
LINES = ("data", "met", "violated", "caution", "accent", "muted", "edge", "focus")
GROUNDS = ("page", "panel")
WASHED = (("violated-text", "violated-wash"), ("caution-text", "caution-wash"), ("ink", "data-wash"), ("ink", "caution-wash"),
          ("ink", "violated-wash"), ("soft", "violated-wash"), ("data", "data-wash"), ("on-data", "data"))  # fmt: skip


def themes() -> Iterator[tuple[str, dict[str, str]]]:
    """The tokens of each theme; the dark one overrides the light one."""
    light, dark = text("tokens.css").split("@media (prefers-color-scheme: dark)")
    colour = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    yield "light", dict(colour.findall(light))
    yield "dark", {**dict(colour.findall(light)), **dict(colour.findall(dark))}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "tokens"), list(themes()), ids=["light", "dark"])
def test_contrast(theme: str, tokens: dict[str, str]) -> None:
    for word, ground in [*product(TEXTS, GROUNDS), *WASHED]:
        assert contrast(tokens[word], tokens[ground]) >= 4.5, (theme, word, ground)
    for line, ground in product(LINES, GROUNDS):
        assert contrast(tokens[line], tokens[ground]) >= 3.0, (theme, line, ground)
