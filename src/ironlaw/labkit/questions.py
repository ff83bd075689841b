"""What a lab asks: predictions, reflections, their options and the feedback that answers each.

The key of a question is never typed: it is the option that the engine's value picks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Value = float | str | None
Settings = Mapping[str, Any]
Figure = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Q:
    """A value and the kind by which it is printed (see `ironlaw.quantities.format`); kind "text" prints as it is."""

    value: Value
    kind: str


Facts = Mapping[str, Q]
Values = Mapping[str, Value]


def prose(default: str | None = None) -> Any:
    """A text that a learner reads: the contract checks its slots and that it holds no literal figure."""
    metadata = {"prose": True}
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def number(q: Q) -> float:
    """The fact as a float. Raises TypeError for a text."""
    if not isinstance(q.value, int | float):
        raise TypeError(f"a fact of kind {q.kind} is not a number: {q.value!r}")
    return float(q.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Instrument settings that show a point."""

    text: str = prose()
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Answers one option: names the misconception, refutes it with the learner's numbers, offers settings to see it."""

    title: str = prose()
    text: str = prose()
    attempt: Try | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """An option `low <= quantity < high` (None: open). `feedback` is for the learner who chose it wrongly."""

    id: str
    low: float | None
    high: float | None
    feedback: Feedback | None = None  # every option but the key has one: the contract sees to it
    text: str = prose()

    def holds(self, value: float) -> bool:
        """Whether `value` lies in the band."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An option that names one fact: the oracle is the option whose fact is largest (or smallest)."""

    id: str
    fact: str
    short: str  # its name on the axis of the reveal
    needs: str | None = None  # a fact that must be whole (100 %) for the option to meet the question's condition
    feedback: Feedback | None = None
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandQuestion:
    """Options are bands over one fact, ascending, disjoint and exhaustive. The key is the band that holds the fact."""

    fact: str
    quantity: str
    axis: tuple[float, float]  # what the reveal's axis spans where a band is open
    options: tuple[Band, ...]
    text: str = prose()

    def key(self, facts: Facts) -> str:
        """The id of the band that holds the engine's value."""
        value = number(facts[self.fact])
        return next(band.id for band in self.options if band.holds(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberQuestion:
    """A number with its 80 % interval, typed in `unit` (of `per` in SI). Right is an interval that holds the engine's value.

    `options` cut the axis into readings of a best guess, ascending, disjoint and exhaustive: the band that holds the
    learner's best value answers it, so that a wrong number meets the thought behind it. An interval wider than `widest`
    says nothing and is refused: a ratio of its ends on a log axis, their difference on a linear one.
    """

    fact: str
    quantity: str
    unit: str
    per: float = 1.0
    axis: tuple[float, float]  # SI; what may be answered
    scale: Literal["log", "linear"] = "log"
    widest: float
    options: tuple[Band, ...]
    text: str = prose()

    def key(self, facts: Facts) -> str:
        """The id of the band that holds the engine's value."""
        return self.reading(number(facts[self.fact]))

    def reading(self, value: float) -> str:
        """The id of the band that holds `value`."""
        return next(band.id for band in self.options if band.holds(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class TermQuestion:
    """Options name facts; the key is the option with the largest (or smallest) one."""

    quantity: str
    title: str  # of the axis of the reveal
    options: tuple[Term, ...]
    pick: Literal["largest", "smallest"]
    text: str = prose()

    def key(self, facts: Facts) -> str:
        """The id of the option whose fact is the extreme one."""
        best = max if self.pick == "largest" else min
        return best(self.eligible(facts), key=lambda option: number(facts[option.fact])).id

    def eligible(self, facts: Facts) -> list[Term]:
        """The options that meet the question's condition."""
        return [o for o in self.options if o.needs is None or number(facts[o.needs]) >= 1.0]


Question = BandQuestion | TermQuestion | NumberQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """A second commit before the instrument opens. `look` and the act's `figures` at the start are shown ahead of it."""

    question: Question
    look: str = prose("")
    figures: tuple[str, ...] = ()
    correct: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cites:
    """Evidence to pick: so many of the learner's own recorded designs of this act, each told by these outputs."""

    count: int
    outputs: tuple[str, ...]
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """What follows the prediction: reality, its dominant term, and a word for those who had it right."""

    text: str = prose()
    correct: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """A question on the why. Its key is also the engine's: see TermQuestion."""

    question: TermQuestion
    correct: str = prose()
    ask: str = prose()
    cites: Cites | None = None


# Confidence is given in numbers. The lowest sits just above chance for four options; nobody is ever certain.
CONFIDENCES: Sequence[tuple[float, str]] = (
    (0.3, "a guess"),
    (0.5, "leaning"),
    (0.7, "fairly sure"),
    (0.85, "sure"),
    (0.97, "would bet on it"),
)
