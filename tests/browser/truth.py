"""What the engine says, asked directly in Python: the tests compare the page with this, never with the page's own answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import floor, log10, sqrt
from typing import Any

from ironlaw import labs
from ironlaw.labkit import challenge, flow
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.document import slots_of
from ironlaw.labkit.spec import (
    CONFIDENCES,
    Act,
    Constraint,
    Control,
    NumberControl,
    NumberQuestion,
    Question,
    TermQuestion,
)
from ironlaw.labkit.text import facts_of, fill, plain

NARROW = 1.25  # a right interval reaches so far from the engine's value either way
BESIDE = 1.02  # and a wrong one so far from its best guess


class Truth:
    """One lab, as the engine knows it."""

    def __init__(self, lab_id: str) -> None:
        self.lab = labs.load(lab_id)
        self.acts = tuple(act.id for act in self.lab.acts)

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """The steps of the lab in their order."""
        return [(act.id, step) for act in self.lab.acts for step, _ in flow.steps(act)]

    def act_of(self, act_id: str) -> Act:
        """The act's specification."""
        found = self.lab.act(act_id)
        assert found is not None, act_id
        return found

    # --- questions ----------------------------------------------------------------------------------------------------

    def question_of(self, act_id: str, part: str) -> Question:
        """`prediction`, `second` or `reflection` of an act."""
        act = self.act_of(act_id)
        return act.reflection.question if part == "reflection" else act.questions()[part]

    def key(self, act_id: str, part: str) -> str:
        """The id of the right option: what the engine computes."""
        return self.question_of(act_id, part).key(facts_of(self.act_of(act_id)))

    def wrong(self, act_id: str, part: str) -> list[str]:
        """The ids of all other options."""
        key = self.key(act_id, part)
        return [option.id for option in self.question_of(act_id, part).options if option.id != key]

    def option_text(self, act_id: str, part: str, option: str) -> str:
        """An option as a learner reads it."""
        act = self.act_of(act_id)
        options: Any = act.decision.options if part == "decision" else self.question_of(act_id, part).options
        return fill(next(one.text for one in options if one.id == option), slots_of(act, None))

    def answer_fact(self, act_id: str, part: str = "prediction") -> str:
        """The fact behind the right answer."""
        question = self.question_of(act_id, part)
        if isinstance(question, TermQuestion):
            return next(term.fact for term in question.options if term.id == self.key(act_id, part))
        return question.fact

    def fact(self, act_id: str, name: str) -> float:
        """A number of the scenario."""
        value = facts_of(self.act_of(act_id))[name].value
        assert isinstance(value, float), name
        return value

    def fact_text(self, act_id: str, name: str) -> str:
        """The same, as a learner reads it."""
        q = facts_of(self.act_of(act_id))[name]
        return plain(q.value, q.kind)

    def interval(self, act_id: str, part: str, *, right: bool) -> tuple[float, float, float]:
        """Low, best and high of a number: round the engine's value, or inside a band that does not hold it."""
        question = self.question_of(act_id, part)
        assert isinstance(question, NumberQuestion)
        first, last = question.axis
        value = self.fact(act_id, question.fact)
        if right:
            best = value
        else:
            key = self.key(act_id, part)
            band = next(one for one in question.options if one.id != key)
            low, high = max(first, band.low or first), min(last, band.high or last)
            best = sqrt(low * high) if low > 0 else (low + high) / 2
        if question.scale == "log":
            far = min(NARROW if right else BESIDE, sqrt(question.widest) * 0.99)
            ends = (best / far, best * far)
        else:
            reach = min(question.widest, last - first) * (0.4 if right else 0.01)
            ends = (best - reach, best + reach)
        low, high = max(first, ends[0]), min(last, ends[1])
        assert (low <= value <= high) is right
        return low, best, high

    # --- the instrument -----------------------------------------------------------------------------------------------

    def settings(self, act_id: str, **change: Any) -> dict[str, Any]:
        """The settings that a learner without a track begins with, with a change."""
        act = self.act_of(act_id)
        context = next((one for one in self.lab.contexts_of(act) if one.id == act.context and one.track), None)
        preset = context.settings[act_id] if context else {}
        return ev.clean(act, {**act.start(), **preset, **change})

    def result(self, act_id: str, at: Mapping[str, Any]) -> dict[str, Any]:
        """The RESULT that the engine computes at these settings."""
        act = self.act_of(act_id)
        return ev.result(ev.evaluate(act, ev.clean(act, at)))

    def violated(self, act_id: str, at: Mapping[str, Any]) -> tuple[str, ...]:
        """The limits crossed at these settings."""
        act = self.act_of(act_id)
        return ev.evaluate(act, ev.clean(act, at)).violated

    def feasible(self, act_id: str, at: Mapping[str, Any]) -> bool:
        """Whether the engine can run these settings."""
        act = self.act_of(act_id)
        return ev.evaluate(act, ev.clean(act, at)).feasible

    def visible(self, act_id: str) -> list[Control]:
        """The controls that the panel has, in its order: those of the drawer last."""
        shown = [control for control in self.act_of(act_id).controls if not control.hidden]
        return sorted(shown, key=lambda control: control.drawer)

    def crossings(self, act_id: str) -> Iterator[tuple[Constraint, str, Any]]:
        """For each limit, one move from the start that crosses it, and where possible no other: (limit, control, value)."""
        act = self.act_of(act_id)
        for limit in act.constraints:
            moves = [(name, value) for name in limit.controls for value in values_of(control_of(act, name))]
            crossed = {move: self.violated(act_id, self.settings(act_id, **dict([move]))) for move in moves}
            found = [move for move in moves if limit.id in crossed[move]]
            if found:
                name, value = min(found, key=lambda move: len(crossed[move]))
                yield limit, name, value

    def designs(self, act_id: str) -> list[dict[str, Any]]:
        """Designs that open an act's reveal, fill its citations, and end at one that can be signed."""
        act = self.act_of(act_id)
        start = self.settings(act_id)
        found: list[dict[str, Any]] = []
        for quota in act.quotas:
            found += self._decades(act_id, quota.control, quota.need) if quota.kind == "decades" else [self._best(act)]
        cited = [each.count for each in (act.reflection.cites, act.decision.cites) if each]
        others = self._neighbours(act_id)
        while len(found) < max([1, *cited]) or not self.feasible(act_id, found[-1]):
            found.append(next(others))
        assert found[0] != start, "the first design is where the instrument stands: nothing would be recorded"
        return found

    def _decades(self, act_id: str, name: str, need: int) -> list[dict[str, Any]]:
        control = control_of(self.act_of(act_id), name)
        assert isinstance(control, NumberControl)
        start = self.settings(act_id)
        by_decade = {floor(log10(tick) + 1e-9): tick for tick in control.ticks if tick > 0 and tick != start[name]}
        chosen = list(by_decade.values())[:need]
        return [self.settings(act_id, **{name: tick}) for tick in chosen]

    def _best(self, act: Act) -> dict[str, Any]:
        best = challenge.search(act).best
        assert best is not None, f"the challenge of {act.id} has no solution"
        return self.settings(act.id, **best)

    def _neighbours(self, act_id: str) -> Iterator[dict[str, Any]]:
        """Designs one move from the start that can run, those of the first control first."""
        start = self.settings(act_id)
        for control in self.visible(act_id):
            for value in _nearest_first(values_of(control), start[control.id]):
                design = self.settings(act_id, **{control.id: value})
                if design != start and self.feasible(act_id, design):
                    yield design


def _nearest_first(values: list[Any], here: Any) -> list[Any]:
    """The values in the order in which a hand on the control comes by them."""
    at = values.index(here) if here in values else 0
    return [values[place] for place in sorted(range(len(values)), key=lambda place: abs(place - at))]


def confidence_text(value: float) -> str:
    """A confidence as a learner reads it."""
    return f"{plain(value, 'share')} · {dict(CONFIDENCES)[value]}"


def values_of(control: Control) -> list[Any]:
    """Every value that a learner can set."""
    return list(control.ticks) if isinstance(control, NumberControl) else [option.value for option in control.options]


def value_text(control: Control, value: Any) -> str:
    """A value as the control shows it."""
    if isinstance(control, NumberControl):
        return plain(value, control.kind)
    return next(option.text for option in control.options if option.value == value)


def control_of(act: Act, control_id: str) -> Control:
    """A control of an act."""
    found = act.control(control_id)
    assert found is not None, control_id
    return found


wall = Truth("v2_02")  # The Interconnect Wall: the lab on which the page is tested in depth

LAB = wall.lab  # its specification
