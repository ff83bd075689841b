"""A report tells no more of a lab than its page does: after every intent of a walk, in every built lab."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.labkit import flow
from ironlaw.labkit.spec import Act
from ironlaw.ledger import SqliteStore, fold
from ironlaw.report import of_session, page
from learners.kinds import Guesser
from learners.walker import Document, Walk

SHORT = 18  # characters: shorter pieces of a sentence stand in other texts too


def pieces(*templates: str) -> set[str]:
    """What stands in a text whatever fills its slots."""
    found = (part.strip() for template in templates for part in re.split(r"\{[^}]*\}|[*_`\"'<>&\[\]()#\n]", template))
    return {part for part in found if len(part) >= SHORT}


def locked(act: Act, stage: str) -> set[str]:
    """What the report has no business to tell of an act in this stage."""
    texts: list[str] = []
    if stage in ("locked", "predict"):
        texts += [act.prediction.text, act.briefing]
    if act.second and stage in ("locked", "predict", "second"):
        texts.append(act.second.question.text)
    if stage in ("locked", "predict", "second", "explore"):
        texts += [act.reveal.text, act.reveal.correct]
    if stage != "done":
        texts += [act.decision.text, *(option.answer for option in act.decision.options)]
    if stage not in ("decide", "done"):
        texts += [act.reflection.question.text, *(option.text for option in act.reflection.question.options)]
    return pieces(*texts)


class Watched(Walk):
    """A walk whose report is read after every intent."""

    def send(self, kind: str, act: str | None = None, /, **payload: Any) -> Document:
        """The intent, then the look."""
        answer = super().send(kind, act, **payload)
        found = of_session(self.session)
        text = json.dumps(found, ensure_ascii=False) + unescape(page(found))
        lab = self.session.lab(self.lab_id)
        state = fold(self.session.store.events(self.session.learner, self.lab_id)).labs.get(self.lab_id)
        stages = flow.stages(lab, state.acts if state else {})
        told = {one["id"]: one for one in found["labs"][0]["acts"]} if found["labs"] else {}
        for spec in lab.acts:
            stage = stages[spec.id]
            for secret in locked(spec, stage):
                assert secret not in text, f"{spec.id} in {stage} tells {secret!r}"
            for one in told.get(spec.id, {}).get("predictions", []):
                if not flow.reached(stage, "reflect"):
                    assert one["engine"] is one["correct"] is one["brier"] is one["figure"] is one["today"] is None
        return answer


@pytest.mark.parametrize("lab_id", labs.built())
def test_each_intent_tells_no_more_than_it_unlocks(store: SqliteStore, lab_id: str) -> None:
    walk = Watched(store, lab_id, Guesser(), seed=1).run()
    found = of_session(walk.session)
    text = json.dumps(found, ensure_ascii=False)
    for act in walk.session.lab(lab_id).acts:
        assert any(piece in text for piece in pieces(act.decision.text)), "the search is blind"
