"""The page of the parts is that of this code, and each part has its picture: `make instruments` makes them anew."""

from __future__ import annotations

import re

import instruments
from ironlaw.labkit.parts.samples import SAMPLES


def test_the_page_is_that_of_the_parts() -> None:
    assert instruments.PAGE.read_text(encoding="utf-8") == instruments.text(), "make instruments"


def test_each_part_has_its_picture_and_no_other_is_left() -> None:
    taken = {path.stem: path.stat().st_size for path in instruments.IMAGES.glob("*.png")}
    assert set(taken) == {sample.name for sample in SAMPLES}, "make instruments"
    assert max(taken.values()) < 100_000


def test_the_page_has_a_section_a_part() -> None:
    heads = re.findall(r"^## (\w+)$", instruments.PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert heads == [sample.name for sample in SAMPLES]
