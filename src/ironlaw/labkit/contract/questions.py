"""Questions: the key is what the engine says, clearly so, and every other answer is met with an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from math import isfinite
from typing import Any

from ironlaw.elementary import log
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, known, run, tries
from ironlaw.labkit.contract.structure import SOUND, asked, unset
from ironlaw.labkit.spec import BandQuestion, Facts, NumberQuestion, Question, TermQuestion, number
from ironlaw.labkit.text import facts_of, plain, slot_names

OPTIONS = 3
EDGE = 0.03  # of the value: how far the oracle keeps from the edges of its band
WIDEST = 0.5  # of its axis: what an interval may cover
LEAD = 0.05  # by how much the best term beats the second
SENTENCE = re.compile(r"[.?!][”\")*_]*(?=\s|$)")


def questions(case: Case) -> Iterator[tuple[str, Question, Facts]]:
    """Every question of the lab with its place and the facts that decide it."""
    for act in case.lab.acts:
        for name, question in asked(act):
            yield f"{act.id}.{name}", question, facts_of(act)


@rule(
    "options",
    title=f"Every question has at least {OPTIONS} options",
    why="A coin can answer the others.",
    needs=SOUND,
)
def options(case: Case) -> Iterator[Miss | Fact]:
    for where, question, _ in questions(case):
        if len(question.options) < OPTIONS:
            yield Miss(where, f"has {len(question.options)} options")


@rule(
    "bands",
    title="Bands ascend, leave no gap, do not overlap, and cover the axis",
    why="With a gap there is a truth that nobody can choose; with an overlap there are two keys.",
    needs=SOUND,
)
def bands(case: Case) -> Iterator[Miss | Fact]:
    for where, question, _ in questions(case):
        if not isinstance(question, TermQuestion):
            for message in _bands(question):
                yield Miss(where, message)


def _bands(question: BandQuestion | NumberQuestion) -> Iterator[str]:
    low, high = question.axis
    first, last = question.options[0], question.options[-1]
    linear = isinstance(question, NumberQuestion) and question.scale == "linear"
    if not (isfinite(low) and isfinite(high) and low < high) or (low <= 0 and not linear):
        yield f"the axis runs from {low} to {high}; an axis ascends, a log axis above zero"
    if first.low is not None and first.low > low:
        yield f"nothing covers the axis below {first.low}"
    if last.high is not None and last.high < high:
        yield f"nothing covers the axis above {last.high}"
    for band in question.options:
        if band.low is not None and band.high is not None and not band.low < band.high:
            yield f"band {band.id!r} runs from {band.low} to {band.high}"
        for edge in (band.low, band.high):
            if edge is not None and not low <= edge <= high:
                yield f"the edge {edge} of band {band.id!r} is off the axis"
    for one, two in pairwise(question.options):
        if one.high != two.low or one.high is None:
            yield f"band {one.id!r} ends at {one.high}, band {two.id!r} begins at {two.low}"


@rule(
    "intervals",
    title="A number's interval may be at most so wide that it still says something, and has room for the truth",
    why="An interval over the whole axis always holds the truth and predicts nothing.",
    needs=("bands",),
)
def intervals(case: Case) -> Iterator[Miss | Fact]:
    for where, question, _ in questions(case):
        if not isinstance(question, NumberQuestion):
            continue
        low, high = question.axis
        log_axis = question.scale == "log"
        whole, least = (high / low, 1.0) if log_axis else (high - low, 0.0)
        share = log(question.widest) / log(whole) if log_axis and question.widest > 1 else question.widest / whole
        if question.widest <= least or share > WIDEST:
            yield Miss(where, f"takes intervals of {share:.0%} of its axis; more than none and at most {WIDEST:.0%}")
        if question.per <= 0 or not isfinite(question.per):
            yield Miss(where, f"counts in units of {question.per}")


@rule(
    "oracle",
    title="The engine's value lies in exactly one band and on the axis; one term is the extreme one",
    why="The key is computed, never typed: so there must be exactly one.",
    needs=("bands", "options"),
)
def oracle(case: Case) -> Iterator[Miss | Fact]:
    for where, question, facts in questions(case):
        if not isinstance(question, TermQuestion):
            value, (low, high) = number(facts[question.fact]), question.axis
            said = plain(value, facts[question.fact].kind)
            inside = [band.id for band in question.options if band.holds(value)]
            if len(inside) != 1:
                yield Miss(where, f"{question.fact} = {said} lies in {len(inside)} bands")
                continue
            if not low <= value <= high:
                yield Miss(where, f"{question.fact} = {said} is off the axis")
        else:
            values = [number(facts[term.fact]) for term in question.eligible(facts)]
            if not values:
                yield Miss(where, "no option meets the question's condition")
                continue
            extreme = max(values) if question.pick == "largest" else min(values)
            if values.count(extreme) != 1:
                yield Miss(where, f"{values.count(extreme)} terms are the {question.pick}")
                continue
            kinds = {facts[term.fact].kind for term in question.options}
            if len(kinds) > 1:
                yield Miss(where, f"compares {', '.join(sorted(kinds))}")
            said = plain(extreme, kinds.pop())
        yield Fact(where, "key", question.key(facts))
        yield Fact(where, "value", said)


@rule(
    "knife-edge",
    title=f"The key wins clearly: {EDGE:.0%} from a band's edge, {LEAD:.0%} ahead of the second term",
    why="On a knife edge the next digit of a datum changes the key, and a careful learner is marked wrong.",
    needs=("oracle",),
)
def knife_edge(case: Case) -> Iterator[Miss | Fact]:
    for where, question, facts in questions(case):
        terms = isinstance(question, TermQuestion)
        margin, said = _lead(question, facts) if isinstance(question, TermQuestion) else _edge(question, facts)
        yield Fact(where, "margin", margin)
        if margin is not None and margin < (LEAD if terms else EDGE):
            yield Miss(where, f"{said}: a margin of {margin:.1%}")


def _edge(question: BandQuestion | NumberQuestion, facts: Facts) -> tuple[float | None, str]:
    value = number(facts[question.fact])
    band = next(band for band in question.options if band.id == question.key(facts))
    edges = [edge for edge in (band.low, band.high) if edge is not None]
    if not edges:
        return None, ""
    near = min(edges, key=lambda edge: abs(edge - value))
    kind = facts[question.fact].kind
    return abs(near - value) / abs(value), f"{plain(value, kind)} is near the edge at {plain(near, kind)}"


def _lead(question: TermQuestion, facts: Facts) -> tuple[float | None, str]:
    """Options that miss the question's condition do not compete."""
    eligible, largest = question.eligible(facts), question.pick == "largest"
    ranked = sorted(eligible, key=lambda term: number(facts[term.fact]), reverse=largest)
    if len(ranked) < 2:
        return None, ""
    one, two = (number(facts[term.fact]) for term in ranked[:2])
    return abs(one - two) / max(abs(one), abs(two)), f"{ranked[0].id!r} and {ranked[1].id!r} are close"


@rule(
    "feedback",
    title="Every wrong option is met with a title, two sentences, one of the learner's numbers and settings that show it",
    why="A distractor names a misconception; it is refuted with the learner's own case, not with “wrong”.",
    needs=("oracle",),
)
def feedback(case: Case) -> Iterator[Miss | Fact]:
    for where, question, facts in questions(case):
        key = question.key(facts)
        for option in question.options:
            if option.id != key:
                for message in _feedback(option):
                    yield Miss(f"{where}[{option.id}]", message)


def _feedback(option: Any) -> Iterator[str]:
    answer = option.feedback
    if answer is None:
        yield "is wrong and has no feedback"
        return
    if not answer.title.strip():
        yield "has feedback without a title"
    if (count := len(SENTENCE.findall(answer.text))) < 2:
        yield f"has feedback of {count} sentence, not two"
    if not any(slot.startswith(("now.", "you.")) for slot in slot_names(answer.text)):
        yield "has feedback without a number of the learner's: no {now.…} and no {you.…}"
    if answer.attempt is None:
        yield "has no settings that show it"


@rule(
    "tries",
    title="“Show me” sets every control, to places that exist, and the result differs from the start",
    why="The button promises to show something, wherever on the panel the learner stands.",
    needs=SOUND,
)
def shown(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        computed = case.computed(act)
        start = known(run(act, act.start()))
        for where, attempt in tries(act):
            misses = list(unset(f"{where}.attempt", act, attempt.settings))
            yield from misses
            missing = [control.id for control in act.controls if control.id not in attempt.settings]
            if missing:
                yield Miss(f"{where}.attempt", f"leaves {', '.join(missing)} where the learner has it")
            if misses or missing:
                continue
            values = act.model(ev.clean(act, attempt.settings))
            if all(values[name] == start[name] for name in computed):
                yield Miss(f"{where}.attempt", "shows what the start shows")


@rule(
    "key-position",
    title="The key does not always stand at the same place",
    why="“It is always the third” is a lesson too.",
    needs=("oracle", "flow"),
)
def key_position(case: Case) -> Iterator[Miss | Fact]:
    last = case.steps[-1].document["acts"]
    places: dict[str, int] = {}
    for act, page in zip(case.lab.acts, last, strict=True):
        for name, question in asked(act):
            if not isinstance(question, NumberQuestion):
                order = [option["id"] for option in page[name]["options"]]
                places[f"{act.id}.{name}"] = order.index(question.key(facts_of(act)))
    for where, place in places.items():
        yield Fact(where, "position", place)
    if len(places) > 1 and len(set(places.values())) == 1:
        yield Miss("questions", f"all {len(places)} keys stand at place {next(iter(places.values())) + 1}")
