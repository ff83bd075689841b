"""A long list of givens: the first stand open, the rest is folded, in the page before the commit and opened by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .access import check_both_themes, check_width
from .keys import Keys
from .learner import Learner
from .serving import Server

OPEN = 8
LAB, ACT = "v1_04", "act1"


@pytest.fixture
def learner(page: Page, server: Server) -> Learner:
    """A learner before the first commit of a lab with many givens."""
    return Learner(page, server.url, LAB).open()


def test_all_are_in_the_page_in_their_order(learner: Learner) -> None:
    givens = learner.truth.act_of(ACT).givens
    part = learner.part(ACT, "givens")
    labels = part.locator("dt")
    assert len(givens) > OPEN + 2, "the lab has too few for this test"
    assert labels.all_text_contents() == [given.label for given in givens]
    for index in range(len(givens)):
        expect(labels.nth(index)).to_be_visible(visible=index < OPEN)
    expect(part.locator("summary")).to_have_text(f"All {len(givens)} givens")


def test_they_unfold_by_keyboard(learner: Learner) -> None:
    part = learner.part(ACT, "givens")
    keys = Keys(learner.page)
    keys.tab_to(lambda found: "givens" in str(found), "the fold of the givens")
    for visible in (True, False, True):
        learner.page.keyboard.press("Enter" if visible else "Space")
        expect(part.locator("dt").last).to_be_visible(visible=visible)


@pytest.mark.parametrize("width", [1280, 320])
def test_unfolded_they_fit_and_can_be_read(learner: Learner, width: Any) -> None:
    learner.page.set_viewport_size({"width": width, "height": 900})
    check_width(learner.page, f"givens, {width} px")
    check_both_themes(learner.page, f"givens, {width} px", ACT, [f"{ACT}-givens"])
