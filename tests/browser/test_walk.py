"""The whole lab as a learner walks it, and the rows that it leaves in the ledger, seen through a second connection."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect

from .eye import Eye
from .learner import Learner, expected_settings, walk_to
from .serving import Server
from .truth import confidence_text
from .truth import wall as truth

WORDS = "Because the <b>bytes</b> & the wire say so: “ünïcode”, 64 GB."


class Path(NamedTuple):
    """How a learner answers: which option by its place among the wrong ones (None: the right one), and how surely."""

    wrong: int | None
    confidence: float


PATHS = {"right": Path(None, 0.85), "wrong": Path(0, 0.5), "confident-wrong": Path(-1, 0.97)}


def answer_of(act: str, part: str, path: Path) -> str:
    """The option that this path takes."""
    return truth.key(act, part) if path.wrong is None else truth.wrong(act, part)[path.wrong]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_whole_lab(learner: Learner, eye: Eye, server: Server, path: Path) -> None:
    """Both acts, following only what the page offers; after each step the ledger holds the right row."""
    eye.wait(learner.page, lambda now: len(now.rows("opened")) == 1, "that the lab was opened")
    for act in truth.acts:
        predict(learner, eye, act, path)
        explore(learner, eye, act)
        compare(learner, eye, act, path)
        reflect(learner, eye, act, path)
        decide(learner, eye, act)
    assert learner.now() is None
    assert [row.kind for row in eye.rows()].count("completed") == 1
    assert eye.rows()[-1].kind == "completed"
    expect(learner.page.locator(".synthesis")).to_be_visible()
    eye.check_chain()
    finished(learner, server)


def predict(learner: Learner, eye: Eye, act: str, path: Path) -> None:
    """Commit, and find the row with the engine's verdict."""
    assert learner.follow() == (act, "predict")
    expect(learner.part(act, "explore")).to_have_count(0)
    option = answer_of(act, "prediction", path)
    learner.predict(act, option, path.confidence)
    learner.saved()
    row = eye.only("predicted", act)
    assert (row.lab, row.payload["option"], row.payload["confidence"]) == (truth.lab.id, option, path.confidence)
    assert row.payload["context"] == truth.act_of(act).context
    told = row.payload["engine"]
    assert told["key"] == truth.key(act, "prediction")
    assert told["correct"] is (path.wrong is None)
    assert told["value"] == truth.fact(act, truth.answer_fact(act))
    assert told["brier"] == pytest.approx(brier(act, path))
    assert told["log"] == pytest.approx(-math.log(chance_of_truth(act, path)))
    locked = learner.part(act, "predict")
    expect(locked.get_by_role("radio")).to_have_count(0)
    expect(locked.locator(".chosen")).to_contain_text(truth.option_text(act, "prediction", option))
    expect(locked).to_contain_text(confidence_text(path.confidence))


def chance_of_truth(act: str, path: Path) -> float:
    """The probability that the learner gave to what is true; what the chosen option leaves is spread evenly."""
    others = len(truth.question_of(act, "prediction").options) - 1
    return path.confidence if path.wrong is None else (1 - path.confidence) / others


def brier(act: str, path: Path) -> float:
    """Brier's score of the answer, from its definition."""
    others = len(truth.question_of(act, "prediction").options) - 1
    rest = (1 - path.confidence) / others
    if path.wrong is None:
        return (1 - path.confidence) ** 2 + others * rest**2
    return path.confidence**2 + (1 - rest) ** 2 + (others - 1) * rest**2


def explore(learner: Learner, eye: Eye, act: str) -> None:
    """Cross every limit and come back; each crossing and each return is a row with the engine's number."""
    assert learner.follow() == (act, "explore")
    start = truth.settings(act)
    for limit, name, value in truth.crossings(act):
        learner.set(act, name, value)
        eye.wait(learner.page, holds("violated", act, limit.id), f"the limit {limit.id} crossed")
        hit = next(row for row in eye.rows("violated", act) if row.payload["constraint"] == limit.id)
        model = truth.act_of(act).model(hit.payload["settings"])
        assert hit.payload["value"] == model[limit.quantity]
        assert hit.payload["limit"] == model[limit.limit]
        assert hit.payload["value"] > hit.payload["limit"]
        learner.set(act, name, start[name])
        eye.wait(learner.page, holds("recovered", act, limit.id), f"the limit {limit.id} left")
    learner.reads(act, start)
    learner.saved()
    expected = {limit.id for limit, _, _ in truth.crossings(act)}
    for kind in ("violated", "recovered"):
        assert {row.payload["constraint"] for row in eye.rows(kind, act)} >= expected
    goals = learner.part(act, "explore").locator(".goals")
    expect(goals.get_by_text("(open)")).to_have_count(0)


def holds(kind: str, act: str, limit: str) -> Callable[[Eye], bool]:
    """Whether there is such a row for the limit."""
    return lambda eye: any(row.payload["constraint"] == limit for row in eye.rows(kind, act))


def compare(learner: Learner, eye: Eye, act: str, path: Path) -> None:
    """The reveal: one number everywhere, the engine's."""
    learner.reveal(act)
    learner.saved()
    eye.only("revealed", act)
    reveal = learner.part(act, "reveal")
    said = truth.fact_text(act, truth.answer_fact(act))
    figure = reveal.locator("figure")
    expect(reveal.locator(".prose").filter(has_text=said).first).to_be_visible()
    expect(figure.get_by_role("img")).to_contain_text(said)
    expect(reveal.locator(".verdict")).to_have_text(verdict(act, path))
    expect(reveal).to_contain_text(f"Brier score {brier(act, path):.2f}")
    figure.get_by_text("Table and download").click()
    expect(figure.locator("table")).to_contain_text(said)
    option = answer_of(act, "prediction", path)
    if path.wrong is None:
        expect(reveal.locator(".feedback")).to_be_hidden()
    else:
        wrong = next(one for one in truth.question_of(act, "prediction").options if one.id == option)
        assert wrong.feedback is not None
        expect(reveal.get_by_role("heading", name=wrong.feedback.title)).to_be_visible()
        show_me(learner, act, reveal, wrong.feedback.attempt)


def verdict(act: str, path: Path) -> str:
    """What the reveal says of the prediction."""
    if path.wrong is not None:
        return "Your prediction does not hold."
    option, sure = truth.option_text(act, "prediction", truth.key(act, "prediction")), f"{path.confidence:.0%}"
    return truth.act_of(act).reveal.correct.format(you=You(option, sure.replace("%", " %")))


class You(NamedTuple):
    """What the slots `you.…` of a text are filled with."""

    option: str
    confidence: str


def show_me(learner: Learner, act: str, where: Any, attempt: Any) -> None:
    """The settings that show the point: the instrument takes them, and the learner is there."""
    where.get_by_role("button", name=attempt.text).click()
    expect(learner.part(act, "explore").get_by_role("heading", name="Instrument", exact=True)).to_be_focused()
    assert learner.settings(act) == expected_settings(truth, act, truth.settings(act, **attempt.settings))
    learner.reads(act, truth.settings(act, **attempt.settings))


def reflect(learner: Learner, eye: Eye, act: str, path: Path) -> None:
    """Answer the question on the why, with words that could be markup."""
    assert learner.follow() == (act, "reflect")
    option = answer_of(act, "reflection", path)
    learner.reflect(act, option, WORDS)
    learner.saved()
    row = eye.only("reflected", act)
    assert (row.payload["option"], row.payload["text"]) == (option, WORDS)
    assert row.payload["engine"]["correct"] is (path.wrong is None)
    here = learner.part(act, "reflect")
    expect(here.locator("blockquote")).to_have_text(WORDS)
    expect(here).to_contain_text("The engine agrees." if path.wrong is None else "The engine disagrees.")
    if path.wrong is not None:
        chosen = next(one for one in truth.question_of(act, "reflection").options if one.id == option)
        assert chosen.feedback is not None
        show_me(learner, act, here, chosen.feedback.attempt)


def decide(learner: Learner, eye: Eye, act: str) -> None:
    """Sign the design that stands on the instrument; the record holds its numbers."""
    assert learner.follow() == (act, "decide")
    spec = truth.act_of(act).decision
    shown = learner.settings(act)
    learner.decide(act, spec.options[-1].id, WORDS)
    learner.saved()
    row = eye.only("decided", act)
    assert (row.payload["option"], row.payload["text"]) == (spec.options[-1].id, WORDS)
    assert expected_settings(truth, act, row.payload["settings"]) == shown
    model = truth.act_of(act).model(row.payload["settings"])
    assert row.payload["engine"]["result"] == {name: model[name] for name in spec.record}
    assert tuple(row.payload["engine"]["violated"]) == truth.violated(act, row.payload["settings"])


def finished(learner: Learner, server: Server) -> None:
    """The portal knows."""
    learner.page.goto(server.url)
    cell = learner.page.get_by_role("listitem").filter(has_text=truth.lab.title)
    expect(cell).to_contain_text("Finished")
    limits = sum(len(list(truth.crossings(act))) for act in truth.acts)
    expect(cell).to_contain_text(f"{limits} limits hit, {limits} left again")


def test_one_efficiency_everywhere(learner: Learner, eye: Eye) -> None:
    """Card, chart, table, challenge and Math Peek print one number for one quantity, also after another move."""
    walk_to(learner, "act2", "decide")
    for ports in (4.0, 8.0):
        at = truth.settings("act2", ports=ports, overlap=1.0)
        learner.design("act2", at)
        learner.reads("act2", at)
        said = next(card for card in truth.result("act2", at)["cards"] if card["id"] == "efficiency")["text"]
        instrument = learner.part("act2", "explore")
        scaling = instrument.locator("#figure-scaling")
        expect(learner.card("act2", "Scaling efficiency").locator(".value")).to_have_text(said)
        expect(scaling.locator("figcaption")).to_contain_text(said)
        expect(instrument.locator(".challenge")).to_contain_text(f"Scaling efficiency {said}")
        if scaling.locator("details").get_attribute("open") is None:
            scaling.get_by_text("Table and download").click()
        row = scaling.locator("tbody tr").filter(
            has=learner.page.locator("td:first-child").get_by_text("16", exact=True)
        )
        expect(row.locator("td").last).to_have_text(said)
        math_peek = learner.part("act2", "math")
        if math_peek.locator("details").get_attribute("open") is None:
            math_peek.locator("summary").click()
        equation = math_peek.locator(".equation").filter(has_text="Scaling efficiency").last
        expect(equation.locator(".legend-table tbody tr").first.locator("td").last).to_have_text(said)
        filled = equation.locator(".filled math")
        expect(filled).to_contain_text(re.compile(r"\s*".join(map(re.escape, said.replace(" ", " ").split()))))
