"""What is locked is not sent: the bytes of every answer are searched for the key, the reveal and the feedback.

What to search for comes from the lab's own records, not from its documents, for every lab that is built.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ironlaw import front, labs, quantities
from ironlaw.labkit.spec import Act, Feedback, Question, TermQuestion, number
from ironlaw.studio.app import create_app
from ironlaw.studio.assets import TYPES

from .client import Client, commit, intent, steps, told

LABS = labs.built()
SHORT = 30  # characters: shorter pieces of a sentence stand in other texts too
TITLES = {entry.title for entry in labs.curriculum()}


# --- what must not be there -------------------------------------------------------------------------------------------


def pieces(*templates: str) -> set[str]:
    """The parts of templates that stand in a page as they are: between slots, markup and what HTML escapes."""
    found: set[str] = set()
    for template in templates:
        parts = re.split(r"\{[^}]*\}|[*_`\"'<>&\[\]()#\n]", template)
        found |= {part.strip() for part in parts if len(part.strip()) >= SHORT}
    return found - TITLES


def _feedback(feedback: Feedback | None) -> Iterator[str]:
    if feedback is not None:
        yield feedback.title
        yield feedback.text


def _question(question: Question) -> Iterator[str]:
    for option in question.options:
        yield from _feedback(option.feedback)


def after_commit(act: Act) -> set[str]:
    """What an act shows only after its prediction, reveal and reflection."""
    texts: list[str] = [act.reveal.text, act.reveal.correct, *_question(act.prediction)]
    reflection = act.reflection
    texts += [reflection.question.text, reflection.question.title, reflection.correct, reflection.ask]
    texts += [option.text for option in reflection.question.options]
    texts += [*_question(reflection.question)]
    for item in act.math:
        texts += [item.title, item.note]
    decision = act.decision
    texts += [decision.text, decision.ask]
    texts += [text for option in decision.options for text in (option.text, option.answer)]
    if isinstance(act.prediction, TermQuestion):
        texts.append(act.prediction.title)
    return pieces(*texts)


def instrument(act: Act) -> set[str]:
    """What an act shows only with its instrument."""
    controls = [control.help for control in act.controls] + [card.help for card in act.cards]
    return pieces(*controls, *(text for c in act.constraints for text in (c.text, c.ok_text)))


def labels(act: Act) -> str:
    """Names and helps on an open instrument."""
    named = [*(o.label for o in act.outputs), *(c.label for c in act.cards), *(f.title for f in act.figures)]
    return "\n".join([*named, *instrument(act)])


def engine_numbers(act: Act, stage: str = "predict") -> set[str]:
    """The engine's answer to the predictions, as a page would write it."""
    facts, names = act.facts(), set()
    for name, question in act.questions().items():
        if stage == "second" and name == "prediction":
            continue  # the first look may tell what was asked before it
        if isinstance(question, TermQuestion):
            names |= {option.fact for option in question.options if option.id == question.key(facts)}
        else:
            names.add(question.fact)
    found = set()
    for name in names:
        fact = facts[name]
        found |= {quantities.format(number(fact), fact.kind, digits) for digits in (3, 4, 5)} | {repr(number(fact))}
    return {text for text in found if len(re.sub(r"\D", "", text).lstrip("0")) >= 3}


def flat(answer_text: str) -> str:
    """The text of an answer as a person would search it: without the escapes of HTML and JSON."""
    return html.unescape(answer_text.replace("\\u003c", "<").replace('\\"', '"'))


def seen(client: Client, lab_id: str) -> dict[str, str]:
    """Everything that a learner can ask for, with what came."""
    paths = ["/", f"/labs/{lab_id}", "/api/labs", f"/api/labs/{lab_id}", "/api/ledger/export", "/healthz", "/nothing"]
    paths += [f"/static/{path.name}" for path in front.FOLDER.iterdir() if path.suffix in TYPES]
    return {path: flat(client.get(path).text) for path in paths}


def clean(found: dict[str, str], secrets: Iterable[str]) -> None:
    for secret in secrets:
        for place, text in found.items():
            assert secret not in text, f"{secret!r} stands in {place}"


# --- the search -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lab_id", LABS)
def test_nothing_is_told_before_the_commit(client: Client, lab_id: str) -> None:
    lab = labs.load(lab_id)
    found = seen(client, lab_id)
    opened = client.post("events", intent("opened"), lab=lab_id)
    found["opened"] = flat(opened.text)
    for act in lab.acts:
        refused = client.post("evaluate", {"act": act.id, "settings": {}}, lab=lab_id)
        told(refused, 409, "locked")
        found[f"evaluate {act.id}"] = flat(refused.text)
        for kind in ("moved", "revealed", "reflected", "decided"):
            payload: dict[str, object] = {"settings": {}} if kind in ("moved", "decided") else {}
            if kind in ("reflected", "decided"):
                options = act.reflection.question.options if kind == "reflected" else act.decision.options
                payload["option"] = options[0].id
            refused = client.post("events", intent(kind, act.id, **payload), lab=lab_id)
            assert refused.status_code == 409
            found[f"{kind} {act.id}"] = flat(refused.text)
    for act in lab.acts:
        assert after_commit(act)
        assert engine_numbers(act)
        clean(found, after_commit(act) | instrument(act) | engine_numbers(act))
    clean(found, pieces(lab.synthesis))


@pytest.mark.parametrize("option", [0, 1, 2])
@pytest.mark.parametrize("lab_id", LABS)
def test_each_step_tells_no_more_than_it_unlocks(client: Client, lab_id: str, option: int) -> None:
    lab = labs.load(lab_id)
    for step in steps(client, lab_id, option=option):
        answer = client.post("events", step, lab=lab_id)
        assert answer.status_code == 201
        found = seen(client, lab_id) | {"answer": flat(answer.text)}
        del found["/api/ledger/export"]  # after the commit the file says what was answered, as it must
        document = client.document(lab_id)
        # The name of a card may head an equation too: the words of an open instrument are no secret.
        words = "\n".join(labels(act) for act in lab.acts if _stage(document, act) not in SHUT)
        # A form says the same in each act: what an earlier act has shown is no secret of a later one.
        done = [act for act in lab.acts if _stage(document, act) in ("decide", "done")]
        words += "\n".join(piece for act in done for piece in after_commit(act))
        for index, act in enumerate(lab.acts):
            said, stage = words if act not in done else "", _stage(document, act)
            clean(found, {text for text in _still_locked(act, stage) if text not in said})
            if stage in SHUT:  # an act before it may have a like number of its own
                rest = {"the acts from here on": flat(json.dumps(document["acts"][index:]))}
                clean(rest, engine_numbers(act, stage))
        if _stage(document, lab.acts[-1]) != "done":
            clean(found, pieces(lab.synthesis))


SHUT = ("locked", "predict", "second")


def _still_locked(act: Act, stage: str) -> set[str]:
    if stage in SHUT:
        return after_commit(act) | instrument(act)
    if stage == "explore":
        return after_commit(act)
    answers = pieces(*(option.answer for option in act.decision.options))
    if stage == "reflect":
        reflection = pieces(act.reflection.correct, *_question(act.reflection.question))
        options = (option.text for option in act.reflection.question.options)
        shown = pieces(*_question(act.prediction), *options)  # a button of the feedback may say the same
        return (answers | reflection | pieces(*(item.title for item in act.math), act.decision.text)) - shown
    return answers if stage == "decide" else set()


def _stage(document: dict[str, Any], act: Act) -> str:
    return str(next(one["stage"] for one in document["acts"] if one["id"] == act.id))


@pytest.mark.parametrize("lab_id", LABS)
def test_the_search_finds_what_is_unlocked(client: Client, lab_id: str) -> None:
    """The search is not blind: once all is done, the same texts are found."""
    lab = labs.load(lab_id)
    for step in steps(client, lab_id, option=0):
        assert client.post("events", step, lab=lab_id).status_code == 201
    text = "\n".join(seen(client, lab_id).values())
    for act in lab.acts:
        for part in (act.reveal.text, act.reflection.question.text, act.decision.text, lab.synthesis):
            expected = pieces(part)
            assert expected
            assert {piece for piece in expected if piece in text} == expected
        assert any(value in text for value in engine_numbers(act))


@pytest.mark.parametrize("lab_id", LABS)
def test_a_right_and_a_wrong_commit_get_the_same_answer(tmp_path: Path, lab_id: str) -> None:
    act = labs.load(lab_id).acts[0]
    key = act.prediction.key(act.facts())
    answers = []
    for option in act.prediction.options:
        client = Client(create_app(tmp_path / f"{option.id}.sqlite"))
        sent = intent("predicted", act.id, **commit(act.prediction, option.id))
        answer = client.post("events", sent, lab=lab_id).json()
        committed = answer["document"]["acts"][0]["prediction"].pop("committed")
        assert set(committed) - {"value", "low", "high"} == {"option", "confidence", "at", "text"}
        assert answer.pop("saved")["events"] == ["predicted"]
        del answer["document"]["saved"]
        answers.append(answer)
        client.close()
    assert key in {option.id for option in act.prediction.options}
    assert all(answer == answers[0] for answer in answers)
