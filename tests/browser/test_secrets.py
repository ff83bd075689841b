"""What is locked is not in the page: before a commit no response holds the key, the reveal, a feedback or the oracle's value."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from ironlaw.labkit.spec import Act

from .guard import Guard
from .learner import Learner, walk_to
from .locked import Record, fragments
from .serving import Server
from .truth import wall as truth

TOLD_BEFORE = {
    "question_html",
    "quantity",
    "entry",
    "options",
    "confidences",
    "committed",
}  # of a prediction, and no more

FETCH = """async ([path, body]) => {
  const options = body ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
  const answer = await fetch(path, options);
  return { status: answer.status, text: await answer.text() };
}"""


def numbers(act: Act) -> set[str]:
    """The oracle's value, as the engine has it and as a learner will read it."""
    fact = truth.answer_fact(act.id)
    value = truth.fact(act.id, fact)
    return {f"{value:.6f}"[:7], truth.fact_text(act.id, fact)}


def leaks(seen: dict[str, str], act: Act) -> list[str]:
    """What of the act's secrets is in these responses."""
    secret = fragments(act) | numbers(act)
    return [f"{where}: {piece!r}" for where, body in seen.items() for piece in secret if piece in body]


def fields(value: Any) -> set[str]:
    """Every field name in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(fields, value.values()))
    return set().union(*map(fields, value)) if isinstance(value, list) else set()


def pry(page: Page, act: str) -> list[dict[str, Any]]:
    """Ask for what is locked, as a curious learner would from the console."""
    asked = [
        ("/api/labs/v2_02/evaluate", {"act": act, "settings": {}}),
        ("/api/labs/v2_02/evaluate", {"act": act, "settings": {"overlap": 1.0}}),
        ("/api/labs/v2_02", None),
        ("/api/labs", None),
        ("/api/ledger/export", None),
        ("/static/act1.py", None),
        ("/static/../labs/v2_02_interconnect_wall/act1.py", None),
        ("/labs/v2_02", None),
    ]
    return [page.evaluate(FETCH, [path, body]) for path, body in asked]


def test_nothing_locked_is_sent(page: Page, server: Server, guard: Guard) -> None:
    """Act by act: nothing before its commit, and afterwards the same search finds it, so it can find it."""
    guard.expect("status of (404|409)")
    record = Record(page.context)
    page.goto(server.url)
    learner = Learner(page, server.url).open()
    for act in map(truth.act_of, truth.acts):
        walk_to(learner, act.id, "predict")
        before = pry(page, act.id)
        assert [answer["status"] for answer in before[:2]] == [409, 409]
        learner.choose_prediction(act.id, truth.key(act.id, "prediction"), 0.7)
        learner.reload()
        assert any("/static/act.js" in name for name in record.bodies), "the static files were not recorded"
        document = json.loads(before[2]["text"])
        told = next(one for one in document["acts"] if one["id"] == act.id)
        assert set(told["prediction"]) == TOLD_BEFORE
        assert not fields(told) & {"correct", "key", "oracle", "engine", "brier", "feedback"}
        later = truth.acts[truth.acts.index(act.id) :]
        assert [leaks(record.bodies, truth.act_of(one)) for one in later] == [[] for _ in later]
        committed = len(record.bodies)
        learner.predict(act.id, truth.key(act.id, "prediction"), 0.7)
        walk_to(learner, *(("act2", "predict") if act.id == "act1" else ("act2", "done")))
        found = leaks(dict(list(record.bodies.items())[committed:]), act)
        assert {piece for piece in numbers(act) if any(repr(piece) in one for one in found)} == numbers(act)
        assert len(found) > len(fragments(act)) / 2, "the search does not find what is surely there"


def test_a_wrong_answer_brings_its_own_feedback_only(learner: Learner) -> None:
    """The refutations of the other distractors stay on the server: they would tell what the key is not."""
    record = Record(learner.page.context)
    act = truth.act_of("act1")
    chosen, *others = [option for option in act.prediction.options if option.feedback]
    learner.predict(act.id, chosen.id, 0.5)
    learner.set(act.id, "overlap", 1.0)
    learner.reveal(act.id)
    assert chosen.feedback
    expect(learner.part(act.id, "reveal")).to_contain_text(chosen.feedback.title)
    learner.reload()
    assert any(chosen.feedback.title in body for body in record.bodies.values())
    for other in others:
        assert other.feedback
        assert not [where for where, body in record.bodies.items() if other.feedback.title in body]
