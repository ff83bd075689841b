"""The document: every walk arrives, and nothing comes before its time.

Checked from the outside, on the JSON that would be sent: whatever labkit or a lab does wrong, a secret is found by its
text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any

from ironlaw import quantities
from ironlaw.labkit import flow
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case
from ironlaw.labkit.contract.text import stands_in, texts
from ironlaw.labkit.contract.walk import CONFIDENCE, Step
from ironlaw.labkit.spec import Act, Facts, Q, Question, TermQuestion, number
from ironlaw.labkit.text import SLOT, Slots, facts_of, fill, prose_of

# What opens with which stage, in the order of the stages; and the prose that belongs to it.
OPENS = {
    "second": "second",
    "instrument": "explore",
    "reveal": "reflect",
    "reflection": "reflect",
    "math": "decide",
    "decision": "decide",
}
SECRETS = {
    "reveal": "reflect",
    "prediction.options": "reflect",  # of an option only the feedback is looked for
    "second.look": "second",
    "second.question.text": "second",
    "second.question.options": "reflect",
    "second.correct": "reflect",
    "reflection.question.text": "reflect",
    "reflection.question.options": "decide",
    "reflection.correct": "decide",
    "math": "decide",
    "decision": "decide",
}
HEAD = {"id", "title", "minutes", "role", "stage"}
PHRASE, SHORT = 7, 5  # so many words in a row are no chance; a sentence of five is known as a whole
SENTENCES = re.compile(r"(?<=[.?!])\s+|\n\n")


@rule(
    "flow",
    title="For every option of every question the walk through the lab arrives at its end",
    why="A dead end after twenty minutes of work loses the learner and the work.",
    needs=("slots", "drawn", "feedback", "math-inputs", "quotas"),
)
def whole_flow(case: Case) -> Iterator[Miss | Fact]:
    wanted = [(act.id, stage) for act in case.lab.acts for stage in _stations(act)]
    turns: dict[int, list[Step]] = {}
    for step in case.steps:
        turns.setdefault(step.turn, []).append(step)
    for turn, steps in turns.items():
        been = [(step.act.id, step.stage) for step in steps if step.act]
        if been != wanted or steps[-1].stage != "done":
            yield Miss("flow", f"walk {turn} goes {been} and ends {steps[-1].stage!r}")
        early = [step.stage for step in steps[:-1] if step.document["synthesis"] is not None]
        if early or not steps[-1].document["synthesis"]:
            yield Miss("synthesis", f"is shown at {early}" if early else "is not shown at the end")
    yield Fact("flow", "walks", len(turns))


@rule(
    "locked",
    title="What is locked is not in the document; a locked act is its title",
    why="What has been sent can be read, whatever the page draws of it.",
    needs=("flow",),
)
def locked(case: Case) -> Iterator[Miss | Fact]:
    seen: set[tuple[str, str]] = set()
    for step in case.steps:
        for page in step.document["acts"]:
            for message in _early(page):
                if (page["id"], message) not in seen:
                    seen.add((page["id"], message))
                    yield Miss(f"{page['id']}, stage {page['stage']}", message)


def _stations(act: Act) -> list[str]:
    """Where a walk stands before each of its steps: the instrument is moved, then asked for the reveal."""
    return [station for stage, _ in flow.steps(act) for station in ((stage, stage) if stage == "explore" else (stage,))]


def _early(page: Mapping[str, Any]) -> Iterator[str]:
    stage = page["stage"]
    if stage == "locked":
        if extra := page.keys() - HEAD:
            yield f"is locked and carries {', '.join(sorted(extra))}"
        return
    for part, opens in OPENS.items():
        if part == "second" and page[part] is None:
            continue  # most acts have none; the walk proves that one that has it shows it
        if (page[part] is not None) != flow.reached(stage, opens):  # type: ignore[arg-type]  # stages of OPENS
            yield f"{part} is {'there' if page[part] is not None else 'missing'}"
    if stage == "predict" and page["prediction"]["committed"] is not None:
        yield "an answer is shown before it is given"
    if stage == "second" and page["second"]["committed"] is not None:
        yield "a second answer is shown before it is given"
    if stage == "reflect" and page["reflection"]["answered"] is not None:
        yield "the reflection is answered before it is"


@rule(
    "secrets",
    title="No sentence of a reveal, a feedback, a reflection or a decision comes before its stage",
    why="An answer that stands in the page above the question is not predicted, it is copied.",
    needs=("flow",),
)
def secrets(case: Case) -> Iterator[Miss | Fact]:
    for index, act in enumerate(case.lab.acts):
        said: dict[str, set[str]] = {}  # by stage of this act; what earlier acts say of their own is theirs
        for step in case.steps:
            page = {**step.document, "acts": step.document["acts"][index:]}
            said.setdefault(page["acts"][0]["stage"], set()).update(text for _, text in texts(page))
        open_text = {stage: " ¶ ".join(plain_words(text) for text in found) for stage, found in said.items()}
        for path, opens, phrases in _secrets(act):
            for stage, text in open_text.items():
                told = next((phrase for phrase in phrases if phrase in text), None)
                if told is not None and not flow.reached(stage, opens):  # type: ignore[arg-type]  # stages of the flow
                    yield Miss(f"{act.id}.{path}", f"stands in the document at stage {stage}: “{told}”")
                    break


def _secrets(act: Act) -> Iterator[tuple[str, str, list[str]]]:
    """Path, opening stage and tell-tale phrases of every text that waits for its stage."""
    start = act.model(act.start())
    you = {"option": Q("", "text"), "second": Q("", "text"), "confidence": Q(CONFIDENCE, "share")}
    here = Slots(act, facts_of(act), start, start, you)
    for path, template in prose_of(act):
        opens = next((stage for prefix, stage in SECRETS.items() if path.startswith(prefix)), None)
        # The option itself is public, and so is what its button says.
        if opens is None or path.endswith(".attempt.text") or (".options[" in path and ".feedback." not in path):
            continue
        # As it reads at the start, and between the slots: the sentence could stand there with other numbers.
        parts = SENTENCES.split(fill(template, here))
        parts += [part for sentence in SENTENCES.split(template) for part in SLOT.split(sentence)[::3]]
        yield path, opens, [phrase for part in parts for phrase in _phrases(plain_words(part).split())]


def _phrases(said: list[str]) -> list[str]:
    """Every run of PHRASE words; a shorter sentence as a whole."""
    if SHORT <= len(said) < PHRASE:
        return [" ".join(said)]
    return [" ".join(said[start : start + PHRASE]) for start in range(len(said) - PHRASE + 1)]


def words(page: Any) -> str:
    """All that a piece of JSON says, as plain words."""
    return " ¶ ".join(plain_words(text) for _, text in texts(page))


def plain_words(text: str) -> str:
    """Without markup, whether HTML or Markdown."""
    return " ".join(re.sub(r"[*_`\\]", "", html.unescape(re.sub(r"<[^>]*>", " ", text))).split())


@rule(
    "key-hidden",
    title="Before the commit the document holds neither the key nor the engine's number",
    why="The prediction is worth something only when the answer cannot be read off the briefing.",
    needs=("flow",),
)
def key_hidden(case: Case) -> Iterator[Miss | Fact]:
    for index, act in enumerate(case.lab.acts):
        for name, question in act.questions().items():
            stage = "predict" if name == "prediction" else "second"
            step = next(step for step in case.steps if step.act is act and step.stage == stage)
            page = {**step.document, "acts": step.document["acts"][index:]}
            yield from _readable(f"{act.id}.{name}", page, *_oracle(question, facts_of(act)))


def _readable(where: str, page: Mapping[str, Any], value: float, kind: str) -> Iterator[Miss]:
    said = words(page)
    for figure in {quantities.format(value, kind, digits) for digits in (3, 4, 5)}:
        # A bare digit stands in any text.
        if not (figure.isdigit() and len(figure) < 2) and stands_in(figure, said):
            yield Miss(where, f"the engine's {figure} can be read before the commit")
    for path, raw in _numbers(page):
        if value and isclose(raw, value, rel_tol=1e-6):
            yield Miss(where, f"the engine's value {raw} is sent before the commit in {path}")
    if leaks := [name for name in ('"correct"', '"oracle"', '"key"') if name in json.dumps(page)]:
        yield Miss(where, f"the document names {', '.join(leaks)} before the commit")


def _oracle(question: Question, facts: Facts) -> tuple[float, str]:
    """The number that decides a question, and its kind."""
    if isinstance(question, TermQuestion):
        fact = next(facts[term.fact] for term in question.options if term.id == question.key(facts))
    else:
        fact = facts[question.fact]
    return number(fact), fact.kind


def _numbers(page: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(page, Mapping):
        for name, value in page.items():
            yield from _numbers(value, f"{path}.{name}" if path else str(name))
    elif isinstance(page, list):
        for value in page:
            yield from _numbers(value, f"{path}[]")
    elif isinstance(page, int | float) and not isinstance(page, bool):
        yield path, float(page)
