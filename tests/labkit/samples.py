"""A small lab whose physics fits on one line, and the events that walk it: what the tests of labkit stand on.

Model: a box of `size` × `count` things must hold at most its room; what fits is carried away at a rate of ten a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import figures as fig
from ironlaw.labkit import scoring
from ironlaw.labkit.contract.walk import answer_of
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import (
    Act,
    Band,
    BandQuestion,
    Card,
    Challenge,
    Check,
    Choice,
    ChoiceControl,
    Constraint,
    Context,
    Decision,
    DecisionOption,
    Facts,
    Feedback,
    Figure,
    FigureSpec,
    Given,
    Lab,
    MathItem,
    NumberControl,
    Output,
    Q,
    Question,
    Reflection,
    Reveal,
    Settings,
    Term,
    TermQuestion,
    Try,
    Value,
    Values,
)
from ironlaw.labkit.text import facts_of
from ironlaw.ledger import Event, LabState, fold

RATE = 10.0
ROOM = {"small": 50.0, "big": 100.0}


def model(settings: Settings) -> dict[str, Value]:
    """load = size · count; time = load / rate, if it fits."""
    load = settings["size"] * settings["count"]
    values: dict[str, Value] = {
        "load": load,
        "room": ROOM[settings["box"]],
        "patience": 4.0,
        "time": None,
        "price": None,
    }
    if load > ROOM[settings["box"]]:
        return values
    return values | {"time": load / RATE, "price": 2.0 * settings["size"] + settings["count"]}


def draw(settings: Settings, values: Values) -> Figure:
    """One bar: the time."""
    time = values["time"]
    assert isinstance(time, float)
    return fig.figure(
        "bar",
        "Time",
        f"{time:g} s",
        x=fig.linear("seconds", 0.0, max(time, 1.0), "seconds"),
        y=fig.categories("", ["time"]),
        marks=[fig.bars("time", "time", [fig.bar("time", time, f"{time:g} s")], orient="h")],
        table=(("What", "Value"), [("time", f"{time:g} s")]),
    )


def facts(value: float = 2.5, light: float = 1.0, heavy: float = 2.0) -> Facts:
    """The scenario's numbers: `value` is what the prediction asks for, `light` and `heavy` what the reflection compares."""
    return {
        "secret": Q(value, "seconds"),
        "light": Q(light, "bytes"),
        "heavy": Q(heavy, "bytes"),
        "room": Q(50.0, "count"),
        "start_size": Q(5.0, "count"),
        "start_time": Q(2.5, "seconds"),
        "start_load": Q(25.0, "tokens"),
        "rate": Q(RATE, "tokens_per_second"),
    }


def refuted(word: str) -> Feedback:
    """A feedback that no other text resembles."""
    return Feedback(
        title=f"“{word}”",
        text=f"Refuting {word}: the engine says {{secret}}. You had {{now.time}}.",
        attempt=Try(text=f"See {word}", settings={"size": 2.0}),
    )


PREDICTION = BandQuestion(
    fact="secret",
    quantity="Time",
    axis=(0.5, 40.0),
    text="How long does it take, with {start_size} in the box?",
    options=(
        Band(id="short", low=None, high=2.0, text="Shortly", feedback=refuted("short")),
        Band(id="middling", low=2.0, high=4.0, text="A while", feedback=refuted("middling")),
        Band(id="long", low=4.0, high=None, text="Long", feedback=refuted("long")),
    ),
)
REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Bytes",
        title="What is carried",
        pick="largest",
        text="Which is heavier?",
        options=(
            Term(id="light", fact="light", short="light", text="The light one", feedback=refuted("light")),
            Term(id="heavy", fact="heavy", short="heavy", text="The heavy one", feedback=refuted("heavy")),
            Term(id="air", fact="rate", short="air", text="Thin air", feedback=refuted("air")),
        ),
    ),
    correct="Reflected rightly: {heavy} against {light}.",
    ask="Why?",
)


def tiny_act(act_id: str = "a1", told: Facts | None = None) -> Act:
    """An act; `told` replaces its facts."""
    return Act(
        id=act_id,
        title=f"Act {act_id}",
        minutes=3,
        context="north",
        sender="The boss",
        message="Carry {given.thing}, {start_size} at a time.",
        briefing="There is room for {room}.",
        givens=(Given(id="thing", label="Thing", value="<b>box</b> *of* [x](y)", kind="text", source="scenario"),),
        controls=(
            NumberControl(id="size", label="Size", kind="number", ticks=(1.0, 2.0, 5.0, 10.0, 20.0), start=5.0),
            NumberControl(id="count", label="Count", kind="count", ticks=(1.0, 5.0, 10.0), start=5.0, integer=True),
            ChoiceControl(
                id="box",
                label="Box",
                options=(Choice(value="small", text="Small"), Choice(value="big", text="Big")),
                start="small",
            ),
            ChoiceControl(
                id="crew", label="Crew", options=tuple(Choice(value=n, text=f"crew {n}") for n in (0, 1, 2)), start=1
            ),
        ),
        outputs=(
            Output(id="load", label="Load", kind="number", always=True),
            Output(id="room", label="Room", kind="number", always=True),
            Output(id="patience", label="Patience", kind="seconds", always=True),
            Output(id="time", label="Time", kind="seconds"),
            Output(id="price", label="Price", kind="usd"),
        ),
        model=model,
        facts=lambda: facts() if told is None else told,
        cards=(Card(output="time", constraint="slow", note="for {now.load}"), Card(output="load", constraint="full")),
        constraints=(
            Constraint(
                id="full",
                name="Full",
                quantity="load",
                limit="room",
                controls=("size", "count", "box"),
                fatal=True,
                text="{now.load} do not go into {now.room}.",
                ok_text="{now.load} of {now.room}.",
            ),
            Constraint(
                id="slow",
                name="Slow",
                quantity="time",
                limit="patience",
                controls=("size", "count"),
                text="{now.time} is longer than {now.patience}.",
                ok_text="{now.time} of {now.patience}.",
            ),
        ),
        figures=(FigureSpec(id="bar", title="Time", draw=draw),),
        challenge=Challenge(
            title="Carry it cheaply",
            text="At least {now.patience}.",
            checks=(Check(output="time", sense="at least", limit="patience", text="{now.time} of {now.patience}"),),
            cost="price",
            free=("size", "count"),
            pinned={"box": "big"},
        ),
        prediction=PREDICTION,
        reveal=Reveal(text="Revealed: it takes {secret}.", correct="Right with “{you.option}” at {you.confidence}."),
        reflection=REFLECTION,
        math=(
            MathItem(
                equation="throughput",
                title="Math title",
                inputs={"tokens": "start_load", "step": "start_time"},
                result="rate",
                note="Math note {now.time}.",
            ),
        ),
        decision=Decision(
            text="What do you do?",
            options=(
                DecisionOption(id="go", text="Go", answer="Gone with {now.time}."),
                DecisionOption(id="stay", text="Stay", answer="Stayed with {now.time}."),
            ),
            ask="Sign here.",
            record=("time", "load"),
        ),
    )


def tiny_lab(acts: int = 2) -> Lab:
    """A lab of some acts and two contexts."""
    return Lab(
        id="v1_99",
        title="Boxes",
        version=1,
        domains=("Boxes",),
        invariant="A box is a box.",
        synthesis="All boxes are carried.",
        contexts=(
            Context(id="north", name="North", settings={}, text="Cold."),
            Context(id="south", name="South", settings={"a1": {"box": "big"}}, text="Warm."),
        ),
        acts=tuple(tiny_act(f"a{i + 1}") for i in range(acts)),
    )


# --- progress ---------------------------------------------------------------------------------------------------------


def event(number: int, kind: str, payload: Mapping[str, Any], lab: str = "v1_99") -> Event:
    """An event as the ledger would hand it out; the chain is not what these tests are about."""
    return Event(
        id=f"e{number}",
        learner="l",
        device="d",
        seq=number,
        lab=lab,
        lab_version=1,
        engine_version="0",
        registry="r",
        kind=kind,
        payload=payload,
        client_time=None,
        server_time=f"2026-01-01T00:00:00.{number:06d}Z",
        prev="",
        hash="",
    )


class Walk:
    """A learner's progress through a lab, step by step, with answers of one's choice."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._events: list[Event] = []
        self._numbers = count(1)

    def add(self, kind: str, **payload: Any) -> Walk:
        """One event, whatever its sense."""
        self._events.append(event(next(self._numbers), kind, payload, self.lab.id))
        return self

    @property
    def state(self) -> LabState | None:
        """The folded state of the lab."""
        return fold(self._events).labs.get(self.lab.id)

    @property
    def acts(self) -> Mapping[str, Any]:
        """What the flow and the document read."""
        return self.state.acts if self.state else {}

    def predict(self, act: Act, option: str, confidence: float = 0.7) -> Walk:
        """Commit a prediction, with what the engine adds."""
        return self._commit(act, act.prediction, option, confidence, {})

    def second(self, act: Act, option: str) -> Walk:
        """Commit to the second question."""
        assert act.second is not None
        return self._commit(act, act.second.question, option, 0.7, {"question": "second"})

    def _commit(self, act: Act, question: Question, option: str, confidence: float, which: Mapping[str, str]) -> Walk:
        answer = answer_of(question, option)
        if "value" not in answer:
            answer["confidence"] = confidence
        told = scoring.judged(question, facts_of(act), answer) | scoring.scored(question, facts_of(act), answer)
        return self.add("predicted", act=act.id, context=act.context, **which, **answer, engine=told)

    def move(self, act: Act, settings: Mapping[str, Any]) -> Walk:
        """Move the instrument."""
        chosen = {**act.start(), **settings}
        told = {"feasible": ev.evaluate(act, chosen).feasible}
        return self.add("moved", act=act.id, settings=chosen, engine=told)

    def reveal(self, act: Act) -> Walk:
        """Ask for the reveal."""
        return self.add("revealed", act=act.id)

    def reflect(self, act: Act, option: str) -> Walk:
        """Answer the reflection, with what the engine adds."""
        told = scoring.judged(act.reflection.question, facts_of(act), {"option": option})
        return self.add("reflected", act=act.id, option=option, text="because", engine=told)

    def decide(self, act: Act, option: str, settings: Mapping[str, Any] | None = None) -> Walk:
        """Sign a decision."""
        return self.add(
            "decided", act=act.id, option=option, text="so be it", settings={**act.start(), **(settings or {})}
        )


def walks(lab: Lab, act: Act, prediction: str, reflection: str, decision: str) -> Iterator[tuple[str, Walk]]:
    """The stage and the progress after each step of an act; the acts before it are done."""
    walk = Walk(lab)
    for before in lab.acts[: lab.acts.index(act)]:
        options = (
            before.prediction.options[0].id,
            before.reflection.question.options[0].id,
            before.decision.options[0].id,
        )
        for _ in walks_of(walk, before, *options):
            pass
    yield from walks_of(walk, act, prediction, reflection, decision)


def walks_of(walk: Walk, act: Act, prediction: str, reflection: str, decision: str) -> Iterator[tuple[str, Walk]]:
    """The stages of one act."""
    yield "predict", walk
    walk.predict(act, prediction)
    if act.second:
        yield "second", walk
        walk.second(act, act.second.question.options[0].id)
    yield "explore", walk
    last = act.controls[0].id
    moved = {last: next(v for v in values_of(act.control(last)) if v != act.start()[last])}
    yield "reflect", walk.move(act, moved).reveal(act)
    yield "decide", walk.reflect(act, reflection)
    yield "done", walk.decide(act, decision, moved)


def refusal_of(ask: Callable[[], object]) -> Refusal | None:
    """What a question is refused with; None when it is answered."""
    try:
        ask()
    except Refusal as refusal:
        return refusal
    return None


# --- settings ---------------------------------------------------------------------------------------------------------


def values_of(control: Any) -> list[Any]:
    """Ticks or option values."""
    return list(control.ticks) if isinstance(control, NumberControl) else [option.value for option in control.options]


def settings_of(act: Act) -> st.SearchStrategy[dict[str, Any]]:
    """Any settings that an act accepts: ticks, and for number controls anything between them."""
    return st.fixed_dictionaries({control.id: _value(control) for control in act.controls})


def _value(control: Any) -> st.SearchStrategy[Any]:
    ticks = st.sampled_from(values_of(control))
    if not isinstance(control, NumberControl):
        return ticks
    low, high = control.ticks[0], control.ticks[-1]
    if control.integer:
        return ticks | st.integers(int(low), int(high)).map(float)
    return ticks | st.floats(low, high, allow_nan=False)
