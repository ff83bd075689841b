"""The flow against a model that is one number: how many steps of the lab are behind the learner."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ironlaw import labs
from ironlaw.labkit import flow
from ironlaw.labkit.refusal import Refusal

from .samples import Walk, refusal_of, tiny_lab, walks

STEPS = ("predicted", "revealed", "reflected", "decided")  # the four intents that move an act on
NAMES = ("predict", "explore", "reflect", "decide")


class Flow(RuleBasedStateMachine):
    """`behind` counts the steps done; `moves` the moves of each act. That is all a lab's flow is."""

    @initialize(acts=st.integers(1, 4))
    def begin(self, acts: int) -> None:
        self.lab = tiny_lab(acts)
        self.walk = Walk(self.lab)
        self.behind = 0
        self.moves = [0] * acts

    def expected(self, number: int, kind: str) -> str | None:
        """The code of the refusal, or None: from the position alone."""
        here, step = divmod(self.behind, len(STEPS))
        if number > here:
            return "locked"
        done = step if number == here else len(STEPS)
        if kind == "moved":
            return None if done else "locked"
        wanted = STEPS.index(kind)
        if done != wanted:
            return "already_committed" if done > wanted else "wrong_stage"
        return "wrong_stage" if kind == "revealed" and not self.moves[number] else None

    @rule(number=st.integers(0, 3), kind=st.sampled_from((*STEPS, "moved", "moved")))
    def send(self, number: int, kind: str) -> None:
        act = self.lab.acts[number % len(self.lab.acts)]
        number %= len(self.lab.acts)
        before = self.walk.state
        refusal = refusal_of(lambda: flow.admit(self.lab, act, kind, self.walk.acts))
        code = refusal.code if refusal else None
        assert refusal is None or (refusal.message and refusal.field in {"act", "kind"})
        assert self.walk.state == before, "asking must not change anything"
        assert code == self.expected(number, kind)
        if code is None:
            self.take(number, kind)

    @rule()
    def go_on(self) -> None:
        """The one step that is due, so that long walks are reached."""
        if self.behind == len(self.moves) * len(STEPS):
            return
        number, step = divmod(self.behind, len(STEPS))
        self.send(number, "moved" if step == 1 and not self.moves[number] else STEPS[step])

    def take(self, number: int, kind: str) -> None:
        act = self.lab.acts[number]
        if kind == "moved":
            self.moves[number] += 1
            self.walk.move(act, {})
            return
        self.behind += 1
        {
            "predicted": lambda: self.walk.predict(act, "short"),
            "revealed": lambda: self.walk.reveal(act),
            "reflected": lambda: self.walk.reflect(act, "light"),
            "decided": lambda: self.walk.decide(act, "go"),
        }[kind]()

    @invariant()
    def the_acts_follow_one_another(self) -> None:
        stages = flow.stages(self.lab, self.walk.acts)
        assert list(stages) == [act.id for act in self.lab.acts]
        here, step = divmod(self.behind, len(STEPS))
        expected = ["done"] * here + [NAMES[step]] + ["locked"] * len(stages)
        assert list(stages.values()) == expected[: len(stages)]

    @invariant()
    def the_journey_is_done_now_locked(self) -> None:
        steps = flow.journey(self.lab, self.walk.acts)
        total = len(self.lab.acts) * len(STEPS)
        states = ["done"] * self.behind + ["now"] * (self.behind < total)
        states += ["locked"] * (total - len(states))
        assert [step["state"] for step in steps] == states
        assert [(step["act"], step["stage"]) for step in steps] == [
            (act.id, name) for act in self.lab.acts for name in NAMES
        ]

    @invariant()
    def next_is_the_step_that_is_now(self) -> None:
        steps = flow.journey(self.lab, self.walk.acts)
        now = [(step["act"], step["stage"]) for step in steps if step["state"] == "now"]
        due = flow.following(self.lab, self.walk.acts)
        assert due["html"]
        assert flow.complete(self.lab, self.walk.acts) == (not now)
        assert (due["act"], due["stage"]) == (now[0] if now else (self.lab.acts[-1].id, "done"))

    @invariant()
    def reached_is_an_order(self) -> None:
        for stage in flow.stages(self.lab, self.walk.acts).values():
            arrived = [name for name in (*NAMES, "done") if flow.reached(stage, name)]  # type: ignore[arg-type]
            assert arrived == [*NAMES, "done"][: len(arrived)]
            assert (stage == "locked") == (not arrived)


Flow.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestFlow = Flow.TestCase


@pytest.mark.parametrize("lab_id", labs.built())
def test_every_built_lab_walks_through_its_stages(lab_id: str) -> None:
    lab = labs.load(lab_id)
    for act in lab.acts:
        last = (act.prediction.options[-1].id, act.reflection.question.options[-1].id, act.decision.options[-1].id)
        for stage, walk in walks(lab, act, *last):
            assert flow.stages(lab, walk.acts)[act.id] == stage
    assert flow.complete(lab, walk.acts)


def goals_of(walk: Walk) -> dict[str, bool]:
    act = walk.lab.acts[0]
    return {goal["id"]: goal["done"] for goal in flow.goals(act, walk.acts.get(act.id))}


def test_goals_tell_what_the_ledger_has_seen_and_forget_nothing() -> None:
    walk = Walk(tiny_lab())
    act = walk.lab.acts[0]
    none = {"moved": False, "hit:full": False, "left:full": False, "hit:slow": False, "left:slow": False}
    assert goals_of(walk) == none
    walk.predict(act, "short").move(act, {"size": 10.0})
    assert goals_of(walk) == none | {"moved": True}
    walk.add("violated", act=act.id, constraint="slow", value=5.0, limit=4.0, settings={})
    assert goals_of(walk) == none | {"moved": True, "hit:slow": True}
    walk.add("recovered", act=act.id, constraint="slow", settings={})
    walk.add("violated", act=act.id, constraint="slow", value=5.0, limit=4.0, settings={})
    assert goals_of(walk) == none | {"moved": True, "hit:slow": True, "left:slow": True}


def test_a_refusal_names_what_to_do() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    cases: list[tuple[str, Walk, str, dict[str, Any]]] = [
        ("predicted", Walk(lab).predict(act, "short"), "already_committed", {"field": "kind", "value": "predicted"}),
        ("reflected", Walk(lab).predict(act, "short"), "wrong_stage", {"field": "kind", "allowed": "explore"}),
        ("moved", Walk(lab), "locked", {"field": "act", "value": "a1"}),
    ]
    for kind, walk, code, fields in cases:
        with pytest.raises(Refusal) as caught:
            flow.admit(lab, act, kind, walk.acts)
        assert caught.value.code == code
        assert {name: getattr(caught.value, name) for name in fields} == fields
