"""What the engine says, asked directly in Python: the tests compare the page with this, never with the page's own answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.document import slots_of
from ironlaw.labkit.spec import CONFIDENCES, Act, BandQuestion, Constraint, Control, NumberControl, Question
from ironlaw.labkit.text import facts_of, fill, plain

LAB = labs.load("v2_02")
ACTS = tuple(act.id for act in LAB.acts)


def act_of(act_id: str) -> Act:
    """The act's specification."""
    found = LAB.act(act_id)
    assert found is not None, act_id
    return found


def question_of(act_id: str, part: str) -> Question:
    """`prediction` or `reflection` of an act."""
    act = act_of(act_id)
    return act.prediction if part == "prediction" else act.reflection.question


def key(act_id: str, part: str) -> str:
    """The id of the right option: what the engine computes."""
    return question_of(act_id, part).key(facts_of(act_of(act_id)))


def wrong(act_id: str, part: str) -> list[str]:
    """The ids of all other options."""
    return [option.id for option in question_of(act_id, part).options if option.id != key(act_id, part)]


def option_text(act_id: str, part: str, option: str) -> str:
    """An option as a learner reads it."""
    act = act_of(act_id)
    options: Any = act.decision.options if part == "decision" else question_of(act_id, part).options
    return fill(next(one.text for one in options if one.id == option), slots_of(act, None))


def confidence_text(value: float) -> str:
    """A confidence as a learner reads it."""
    return f"{plain(value, 'share')} · {dict(CONFIDENCES)[value]}"


def answer_fact(act_id: str) -> str:
    """The fact behind the right prediction."""
    question = question_of(act_id, "prediction")
    if isinstance(question, BandQuestion):
        return question.fact
    return next(term.fact for term in question.options if term.id == key(act_id, "prediction"))


def fact(act_id: str, name: str) -> float:
    """A number of the scenario."""
    value = facts_of(act_of(act_id))[name].value
    assert isinstance(value, float), name
    return value


def fact_text(act_id: str, name: str) -> str:
    """The same, as a learner reads it."""
    q = facts_of(act_of(act_id))[name]
    return plain(q.value, q.kind)


def settings(act_id: str, **change: Any) -> dict[str, Any]:
    """The start settings with a change."""
    return ev.clean(act_of(act_id), {**act_of(act_id).start(), **change})


def result(act_id: str, at: dict[str, Any]) -> dict[str, Any]:
    """The RESULT that the engine computes at these settings."""
    act = act_of(act_id)
    return ev.result(ev.evaluate(act, ev.clean(act, at)))


def violated(act_id: str, at: dict[str, Any]) -> tuple[str, ...]:
    """The limits crossed at these settings."""
    act = act_of(act_id)
    return ev.evaluate(act, ev.clean(act, at)).violated


def values_of(control: Control) -> list[Any]:
    """Every value that a learner can set."""
    return list(control.ticks) if isinstance(control, NumberControl) else [option.value for option in control.options]


def value_text(control: Control, value: Any) -> str:
    """A value as the control shows it."""
    if isinstance(control, NumberControl):
        return plain(value, control.kind)
    return next(option.text for option in control.options if option.value == value)


def crossings(act_id: str) -> Iterator[tuple[Constraint, str, Any]]:
    """For each limit, one move from the start that crosses it, and where possible no other: (limit, control, value)."""
    act = act_of(act_id)
    for limit in act.constraints:
        moves = [(name, value) for name in limit.controls for value in values_of(control_of(act, name))]
        crossed = {move: violated(act_id, settings(act_id, **dict([move]))) for move in moves}
        found = [move for move in moves if limit.id in crossed[move]]
        if found:
            name, value = min(found, key=lambda move: len(crossed[move]))
            yield limit, name, value


def control_of(act: Act, control_id: str) -> Control:
    """A control of an act."""
    found = act.control(control_id)
    assert found is not None, control_id
    return found
