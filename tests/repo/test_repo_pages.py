"""Pages made from the code are those of this code: `make docs` writes them anew."""

from __future__ import annotations

import re
from functools import cache

import pytest

import pages
from ironlaw.validation.run import Report, validate

from .places import ROOT


@cache
def report() -> Report:
    return validate()


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_equations_are_those_of_the_catalogue() -> None:
    assert page("reference/equations.md") == pages.equations(), "make docs"


def test_the_validation_page_says_what_the_command_says() -> None:
    assert page("validation/index.md") == pages.validation(report()), "make docs"
    assert page("validation/rows.md") == pages.rows(report()), "make docs"


@pytest.mark.parametrize("theme", pages.SCATTERED)
def test_a_picture_has_a_point_for_each_scored_row(theme: str) -> None:
    drawn = re.findall(r"<circle[^>]*><title>([^<]+)</title>", page(f"validation/{theme}.svg"))
    scored = [row.id for row in report().rows if row.theme == theme and row.status == "scored"]
    assert sorted(drawn) == sorted(scored * 2)  # one above, one below
