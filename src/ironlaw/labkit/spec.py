"""What a lab is: declarative records. A lab module fills them in; labkit renders, evaluates and proves them.

Texts marked `prose()` hold no literal figure: every number is a slot, `{name}` or `{name:kind}`, filled from
  facts      numbers of the scenario that the engine computes once per act (`Act.facts`), by their bare name
  given.ID   a given of the act
  now.ID     an output of the act's model at the learner's settings
  start.ID   the same at the start settings
  you.ID     what the learner answered (option, confidence)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Number = float
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A fact that the scenario or the registry sets. `source` says which, and is shown."""

    id: str
    label: str
    value: Value
    kind: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A quantity that the act's model computes. `always` ones exist even for a plan that is infeasible."""

    id: str
    label: str
    kind: str
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberControl:
    """A slider over `ticks` (SI, ascending); any value between the first and the last is accepted."""

    id: str
    label: str
    kind: str
    ticks: tuple[float, ...]
    start: float
    integer: bool = False
    drawer: bool = False
    help: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: Any
    text: str = prose()
    note: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceControl:
    """One of a few named values."""

    id: str
    label: str
    options: tuple[Choice, ...]
    start: Any
    drawer: bool = False
    help: str = prose("")


Control = NumberControl | ChoiceControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One output shown large. `constraint` colours it; `note` is a template over now.* and facts."""

    output: str
    label: str = ""
    constraint: str | None = None
    note: str = prose("")
    help: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A failure state: output `quantity` above output `limit`. `fatal` means that the plan cannot run at all."""

    id: str
    name: str
    quantity: str
    limit: str
    controls: tuple[str, ...]
    text: str = prose()
    ok_text: str = prose()
    fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition of a challenge: `output` at least / at most `limit`, exactly `equal`, or exclusive of failure."""

    output: str
    sense: Literal["at least", "at most"]
    limit: str
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A goal on the instrument. The contract searches `free` controls exhaustively with `pinned` ones fixed."""

    title: str
    text: str = prose()
    checks: tuple[Check, ...]
    cost: str | None
    free: tuple[str, ...]
    pinned: Mapping[str, Any]


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


Question = BandQuestion | TermQuestion


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MathItem:
    """A catalogued equation filled with slots: `inputs` maps each parameter to a slot name, `result` names its value."""

    equation: str
    inputs: Mapping[str, str]
    result: str
    title: str = prose()
    note: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOption:
    id: str
    text: str = prose()
    answer: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the learner signs at the end of an act; there is no wrong one, each is answered with its consequence."""

    options: tuple[DecisionOption, ...]
    record: tuple[str, ...]  # outputs that go into the design record
    text: str = prose()
    ask: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A deployment context: a named set of parameters, `settings` by act."""

    id: str
    name: str
    settings: Mapping[str, Mapping[str, Any]]
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """A drawing of the model. `always` ones are drawn for an infeasible plan too."""

    id: str
    title: str
    draw: Callable[[Settings, Values], Figure]
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # compared and hashed by identity: it is a cache key
class Act:
    id: str
    title: str
    minutes: int
    context: str
    sender: str
    message: str = prose()
    briefing: str = prose()
    givens: tuple[Given, ...]
    controls: tuple[Control, ...]
    outputs: tuple[Output, ...]
    model: Callable[[Settings], dict[str, Value]]
    facts: Callable[[], Facts]
    cards: tuple[Card, ...]
    constraints: tuple[Constraint, ...]
    figures: tuple[FigureSpec, ...]
    challenge: Challenge | None = None
    prediction: Question
    reveal: Reveal
    reflection: Reflection
    math: tuple[MathItem, ...]
    decision: Decision

    def control(self, control_id: str) -> Control | None:
        """The control with this id, or None."""
        return next((c for c in self.controls if c.id == control_id), None)

    def start(self) -> dict[str, Any]:
        """The settings that the instrument begins with."""
        return {control.id: control.start for control in self.controls}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lab:
    id: str
    title: str
    version: int
    domains: tuple[str, ...]
    invariant: str = prose()
    synthesis: str = prose()
    contexts: tuple[Context, ...]
    acts: tuple[Act, ...]
    terms: tuple[str, ...] = ()  # names with digits that are not registry entities, such as "ZeRO-2"

    @property
    def volume(self) -> int:
        """1 or 2, from the id."""
        return int(self.id[1])

    @property
    def number(self) -> int:
        """The lab's number inside its volume, from the id."""
        return int(self.id[3:])

    @property
    def minutes(self) -> int:
        """The sum of the acts."""
        return sum(act.minutes for act in self.acts)

    def act(self, act_id: str) -> Act | None:
        """The act with this id, or None."""
        return next((act for act in self.acts if act.id == act_id), None)


def number(q: Q) -> float:
    """The fact as a float. Raises TypeError for a text."""
    if not isinstance(q.value, int | float):
        raise TypeError(f"a fact of kind {q.kind} is not a number: {q.value!r}")
    return float(q.value)


# Confidence is given in numbers. The lowest sits just above chance for four options; nobody is ever certain.
CONFIDENCES: Sequence[tuple[float, str]] = (
    (0.3, "a guess"),
    (0.5, "leaning"),
    (0.7, "fairly sure"),
    (0.85, "sure"),
    (0.97, "would bet on it"),
)
