"""Reading v2_02 as a learner does: an act's page after a walk, its texts, and the same numbers by hand."""

from __future__ import annotations

import re
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.document import document
from ironlaw.labkit.spec import Act, Feedback
from ironlaw.labkit.text import facts_of
from labkit.samples import Walk

from . import by_hand

LAB = labs.load("v2_02")
ACT_1, ACT_2 = LAB.acts
TEXT = re.compile(r"<[^>]+>")


def hand_cliff(**change: Any) -> dict[str, float]:
    return by_hand.cliff({**by_hand.CLIFF, **change})


def hand_boundary(**change: Any) -> dict[str, float]:
    return by_hand.boundary({**by_hand.BOUNDARY, **change})


def fact(act: Act, name: str) -> float:
    value = facts_of(act)[name].value
    assert isinstance(value, float)
    return value


def page(act: Act, chosen: dict[str, Any], option: str = "", stage: str = "done", decision: str = "") -> dict[str, Any]:
    """An act's part of the document after a walk with these settings."""
    walk = Walk(LAB)
    for each in LAB.acts[: LAB.acts.index(act) + 1]:
        here = each is act
        walk.predict(each, option if here and option else each.prediction.key(facts_of(each)))
        walk.move(each, chosen if here else {}).reveal(each)
        if here and stage == "reflect":
            break
        walk.reflect(each, each.reflection.question.key(facts_of(each)))
        walk.decide(each, decision if here and decision else each.decision.options[0].id, chosen if here else {})
    told = document(LAB, walk.acts, engine={}, saved={})
    found: dict[str, Any] = next(each for each in told["acts"] if each["id"] == act.id)
    return found


def said(html: str) -> str:
    return TEXT.sub("", html)


def feedback_of(act: Act, option: str) -> Feedback:
    options = (*act.prediction.options, *act.reflection.question.options)
    found: Feedback = next(each.feedback for each in options if each.id == option and each.feedback)
    return found


def tried(act: Act, option: str) -> dict[str, Any]:
    """The engine at the settings that a feedback offers."""
    attempt = feedback_of(act, option).attempt
    assert attempt
    return act.model(ev.clean(act, attempt.settings))
