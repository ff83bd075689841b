"""A report tells no more of a lab than its page does: after every intent of a walk, in every built lab."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import ironlaw.report
from ironlaw import labs
from ironlaw.labkit import flow
from ironlaw.labkit.spec import Act, Lab
from ironlaw.ledger import SqliteStore, fold
from ironlaw.report import of_session, page
from learners.kinds import Guesser
from learners.walker import Document, Walk

OWN = [path.read_text(encoding="utf-8") for path in Path(str(ironlaw.report.__file__)).parent.glob("*.py")]
SHORT = 18  # characters: shorter pieces of a sentence stand in other texts too


def pieces(*templates: str) -> set[str]:
    """What stands in a text whatever fills its slots."""
    found = (part.strip() for template in templates for part in re.split(r"\{[^}]*\}|[*_`\"'<>&\[\]()#\n]", template))
    return {part for part in found if len(part) >= SHORT}


def texts(act: Act) -> list[tuple[str, str]]:
    """What a report may tell of an act at all, each with the stage from which on."""
    second = [("second", act.second.question.text)] if act.second else []
    return [
        ("second" if act.second else "explore", act.prediction.text),
        ("done", act.briefing),
        *(("explore", text) for _, text in second),
        ("done", act.reveal.text),
        ("done", act.reveal.correct),
        ("decide", act.reflection.question.text),
        *(("decide", option.text) for option in act.reflection.question.options),
        ("done", act.decision.text),
        *(("done", option.answer) for option in act.decision.options),
    ]


def locked(act: Act, stage: str) -> set[str]:
    """What the report has no business to tell of an act in this stage."""
    return pieces(*(text for since, text in texts(act) if not flow.ORDER[stage] >= flow.ORDER[since]))


def told_elsewhere(lab: Lab, stages: Mapping[str, str], lab_titles: Iterable[str]) -> str:
    """Sentences of other acts, titles and the report's own words may say the same."""
    open_ = [
        text for act in lab.acts for text in pieces(*(text for _, text in texts(act))) - locked(act, stages[act.id])
    ]
    return "\n".join([*open_, *lab_titles, *OWN])


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
        common = told_elsewhere(lab, stages, (entry.title for entry in labs.curriculum()))
        for spec in lab.acts:
            stage = stages[spec.id]
            for secret in (one for one in locked(spec, stage) if one not in common):
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
