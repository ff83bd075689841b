"""The axis of a reveal: a learner's answer and the engine's, on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ironlaw.labkit.figures import bar, bars, categories, figure, key, linear, log, rule, with_legend, zone
from ironlaw.labkit.spec import BandQuestion, Facts, Figure, NumberQuestion, Question, TermQuestion, number
from ironlaw.labkit.text import plain


def interval_of(question: Question, sent: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """(low, best, high) of a number that was answered; None when an event from elsewhere lacks it or left the axis."""
    if not isinstance(question, NumberQuestion):
        return None
    low, best, high = (sent.get(name) for name in ("low", "value", "high"))
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (low, best, high)):
        return None
    found = float(low), float(best), float(high)  # type: ignore[arg-type]  # looked at above
    first, last = question.axis
    return found if first <= found[0] <= found[1] <= found[2] <= last else None


def question_axis(
    question: Question,
    facts: Facts,
    chosen: str,
    texts: Mapping[str, str],
    interval: tuple[float, float, float] | None = None,
) -> Figure:
    """A learner's answer and the engine's on one axis.

    `texts` is each option as the learner read it; `interval` is (low, best, high) of a number, its band where the ledger
    holds none.
    """
    if isinstance(question, TermQuestion):
        return _term_axis(question, facts, chosen)
    low, high = question.axis
    band = next(band for band in question.options if band.id == chosen)
    ends = (low if band.low is None else band.low, high if band.high is None else band.high)
    if isinstance(question, BandQuestion):
        return _value_axis(question, facts, ends, texts[chosen], correct=band.holds(number(facts[question.fact])))
    first, best, last = interval or (ends[0], ends[0], ends[1])
    kind = facts[question.fact].kind
    said = f"{plain(best, kind)}, {plain(first, kind)} to {plain(last, kind)}"
    return _value_axis(
        question, facts, (first, last), said, best=best, correct=first <= number(facts[question.fact]) <= last
    )


def _value_axis(
    question: BandQuestion | NumberQuestion,
    facts: Facts,
    predicted: tuple[float, float],
    told: str,
    *,
    correct: bool,
    best: float | None = None,
) -> Figure:
    """The predicted stretch and the computed value on the question's axis."""
    fact = facts[question.fact]
    value, kind = number(fact), fact.kind
    said = plain(value, kind)
    marks = [zone("predicted", "x", *predicted, "your prediction", colour="met" if correct else "caution")]
    if best is not None:
        marks.append(rule("best", "x", best, f"you: {plain(best, kind)}", colour="accent"))
    return figure(
        "axis",
        "Your prediction and the engine's value",
        f"You predicted “{told}”; the engine computes {said}.",
        x=_scale(question, kind, value),
        y=categories("", [""]),
        marks=[*marks, rule("reality", "x", value, f"engine: {said}", colour="data")],
        table=(("", question.quantity), (("Your prediction", told), ("Engine", said))),
        height=120,
    )


def _scale(question: BandQuestion | NumberQuestion, kind: str, value: float) -> dict[str, Any]:
    low, high = question.axis
    if isinstance(question, BandQuestion):
        edges = [band.low for band in question.options if band.low is not None]
        return log(question.quantity, low, high, kind, (low, *edges, high))
    if question.scale == "linear":
        return linear(question.quantity, low, high, kind)
    return log(question.quantity, min(low, value), max(high, value), kind)


def _term_axis(question: TermQuestion, facts: Facts, chosen: str) -> Figure:
    """The terms as bars: the chosen one hatched, the engine's answer coloured."""
    answer = question.key(facts)
    terms = [(term.id, term.short, facts[term.fact]) for term in question.options]
    items = [
        bar(
            short, number(q), plain(q.value, q.kind), colour="data" if id_ == answer else "muted", pattern=id_ == chosen
        )
        for id_, short, q in terms
    ]
    names = {id_: short for id_, short, _ in terms}
    drawn = figure(
        "axis",
        question.title,
        f"You chose “{names[chosen]}”; the engine's answer is “{names[answer]}”.",
        x=linear(question.quantity, 0.0, max(number(q) for _, _, q in terms) or 1.0, terms[0][2].kind),
        y=categories("", [short for _, short, _ in terms]),
        marks=[bars("terms", question.quantity, items, orient="h")],
        table=(("Answer", question.quantity), [(short, plain(q.value, q.kind)) for _, short, q in terms]),
        height=60 + 44 * len(terms),
    )
    return with_legend(
        drawn,
        key("the engine's answer", "data"),
        key("your choice", "data" if chosen == answer else "muted", pattern=True),
    )
