"""What a lab is: declarative records. A lab module fills them in; labkit renders, evaluates and proves them.

Texts marked `prose()` hold no literal figure: every number is a slot, `{name}` or `{name:kind}`, filled from
  facts      numbers of the scenario that the engine computes once per act (`Act.facts`), by their bare name
  given.ID   a given of the act
  now.ID     an output of the act's model at the learner's settings
  start.ID   the same at the start settings
  you.ID     what the learner answered (option, confidence; after a second commit also second)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.questions import (
    CONFIDENCES,
    Band,
    BandQuestion,
    Cites,
    Facts,
    Feedback,
    Figure,
    NumberQuestion,
    Q,
    Question,
    Reflection,
    Reveal,
    Second,
    Settings,
    Term,
    TermQuestion,
    Try,
    Value,
    Values,
    number,
    prose,
)

__all__ = [
    "CONFIDENCES",
    "Act",
    "Band",
    "BandQuestion",
    "Card",
    "Challenge",
    "Check",
    "Choice",
    "ChoiceControl",
    "Cites",
    "Constraint",
    "Context",
    "Control",
    "Decision",
    "DecisionOption",
    "Evidence",
    "Facts",
    "Feedback",
    "Figure",
    "FigureSpec",
    "Given",
    "Lab",
    "MathItem",
    "NumberControl",
    "NumberQuestion",
    "Output",
    "Q",
    "Question",
    "Quota",
    "Reflection",
    "Reveal",
    "Second",
    "Settings",
    "Sweep",
    "Term",
    "TermQuestion",
    "Try",
    "Value",
    "Values",
    "number",
    "prose",
]


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
    """A slider over `ticks` (SI, ascending); any value between the first and the last is accepted.

    A `hidden` one is not on the panel: contexts set it.
    """

    id: str
    label: str
    kind: str
    ticks: tuple[float, ...]
    start: float
    integer: bool = False
    drawer: bool = False
    hidden: bool = False
    help: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: Any
    text: str = prose()
    note: str = prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceControl:
    """One of a few named values. A `hidden` one is not on the panel: contexts set it (the track of a mission)."""

    id: str
    label: str
    options: tuple[Choice, ...]
    start: Any
    drawer: bool = False
    hidden: bool = False
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
    """A failure state: output `quantity` above output `limit`. `fatal` means that the plan cannot run at all.

    One that is crossed `at_start` by design is a task: to be left, not to be run into. `domain` is one of the
    curriculum's, by which the capstones count; "" is the lab's first.
    """

    id: str
    name: str
    quantity: str
    limit: str
    controls: tuple[str, ...]
    text: str = prose()
    ok_text: str = prose()
    fatal: bool = False
    at_start: bool = False
    domain: str = ""


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
class Quota:
    """What the ledger must hold before the reveal opens, counted from its events.

    "decades": designs in `need` different powers of ten of `control`. "budget": the act's challenge met within `need`
    recorded designs; a recorded reset begins anew, and a spent budget opens the reveal too.
    """

    id: str
    kind: Literal["decades", "budget"]
    need: int
    control: str = ""
    text: str = prose()


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
    cites: Cites | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A deployment context: a named set of parameters, `settings` by act; it counts in the acts that it names.

    A `track` is a context that goes with the learner from lab to lab: its id is one of `labkit.tracks`.
    """

    id: str
    name: str
    settings: Mapping[str, Mapping[str, Any]]
    track: bool = False
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """A drawing of the model. `always` ones are drawn for an infeasible plan too.

    `trail` gives the place and the text of one recorded design: the page puts the learner's designs into the mark that
    is called "designs" and that `draw` leaves empty.
    """

    id: str
    title: str
    draw: Callable[[Settings, Values], Figure]
    always: bool = False
    trail: Callable[[Settings, Values], tuple[float, float, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A whole design space, counted part after part while the learner watches.

    `run(context, part)` counts one of `parts`; the counts add up, and hold at least "designs" and "feasible".
    `figures(context, totals)` draws the sum.
    """

    title: str
    parts: int
    designs: int
    run: Callable[[str, int], Mapping[str, int]]
    figures: Callable[[str, Mapping[str, int]], tuple[Figure, ...]]
    text: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # compared and hashed by identity: it is a cache key
class Act:
    id: str
    title: str
    minutes: int
    role: Literal["act", "mission"] = "act"
    context: str
    context_label: str = "Deployment"  # what the choice between contexts is called
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
    second: Second | None = None
    quotas: tuple[Quota, ...] = ()
    sweep: Sweep | None = None
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

    def questions(self) -> dict[str, Question]:
        """The questions that are answered before the instrument opens, by name."""
        return {"prediction": self.prediction} | ({"second": self.second.question} if self.second else {})


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
    ledger_panel: bool = False  # the page shows the ledger growing, with export and import
    asks_track: bool = False  # the page offers the choice of a track even where no mission needs it
    personal: Callable[[Evidence], Lab] | None = None  # the same lab for what this learner's ledger holds

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

    def contexts_of(self, act: Act) -> tuple[Context, ...]:
        """The contexts that know this act: those that set something in it, and those that set nothing anywhere."""
        return tuple(context for context in self.contexts if not context.settings or act.id in context.settings)
