"""All that a learner sees of a lab's state: what must be the same after a reload, and in another browser."""

from __future__ import annotations

from typing import Any

from .learner import Learner

VISIBLE = (
    """() => [...document.querySelectorAll("#lab .part")].filter((part) => part.offsetParent).map((part) => part.id)"""
)


def state(learner: Learner) -> dict[str, Any]:
    """All that a learner sees of the lab's state. What a sweep has drawn is no state: it is searched again when asked for."""
    acts = [act for act in learner.truth.acts if learner.part(act, "explore").count()]
    return {
        "now": learner.now(),
        "parts": learner.page.evaluate(VISIBLE),
        "settings": {act: learner.settings(act) for act in acts},
        "cards": {act: learner.cards(act) for act in acts},
        "chosen": learner.page.locator(".chosen").all_inner_texts(),
        "own": learner.page.locator("blockquote").all_inner_texts(),
        "goals": learner.page.locator(".goals li").all_inner_texts(),
        "charts": learner.page.locator("#lab figcaption:not(.sweep figcaption)").all_inner_texts(),
    }
