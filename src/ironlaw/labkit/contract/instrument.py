"""The panel: it starts well, shows little at once, and every control on it does something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, axis, known, plan_runs, run, thin
from ironlaw.labkit.contract.structure import SOUND, told
from ironlaw.labkit.spec import Act, Control, Lab, Values

FIRST_VIEW = 4


@rule(
    "start-feasible",
    title="The plan at the start can run",
    why="A learner who meets an error before the first move learns that the lab is broken.",
    needs=("infeasible-silent",),
)
def start_feasible(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        values = act.model(act.start())
        if not plan_runs(act, values):
            crossed = ", ".join(c.id for c in act.constraints if c.fatal and ev.crossed(c, values))
            yield Miss(f"{act.id}.controls", f"the start crosses the fatal limit {crossed}")


@rule(
    "first-view",
    title=f"One to {FIRST_VIEW} controls in first view, the rest in the drawer",
    why="A panel of ten sliders is a form, not an instrument.",
    needs=SOUND,
)
def first_view(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        shown = [control.id for control in act.controls if not control.drawer]
        if not 1 <= len(shown) <= FIRST_VIEW:
            yield Miss(f"{act.id}.controls", f"{len(shown)} stand in first view: {', '.join(shown)}")


@rule(
    "help",
    title="Every control has a help text",
    why="A name and a unit do not say what moving it means.",
    needs=SOUND,
)
def help_texts(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for control in act.controls:
            if not control.help.strip():
                yield Miss(f"{act.id}.controls[{control.id}]", "has no help text")


@rule(
    "control-matters",
    title="Every control changes something that the model computes",
    why="A slider that moves nothing teaches that the quantity does not matter.",
    needs=SOUND,
)
def control_matters(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        computed = case.computed(act)
        bases = thin(case.feasible[act.id], 40)
        for control in act.controls:
            if not any(_moves(act, control, each.settings, known(each), computed) for each in bases):
                yield Miss(
                    f"{act.id}.controls[{control.id}]", f"changes no computed output at any of {len(bases)} settings"
                )


def _moves(act: Act, control: Control, settings: Mapping[str, Any], values: Values, names: Sequence[str]) -> bool:
    for place in thin(axis(control), 7):
        moved = run(act, {**settings, control.id: place}).values
        if moved is not None and any(moved[name] != values[name] for name in names):
            return True
    return False


@rule(
    "no-echo",
    title="No card and no limit shows what a control already says",
    why="A simulator's output must not be its own input: nobody discovers a number that they set themselves.",
    needs=SOUND,
)
def no_echo(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        echoes = case.echoes(act)
        shown = [(f"cards[{card.output}]", card.output) for card in act.cards]
        shown += [(f"constraints[{limit.id}]", limit.quantity) for limit in act.constraints]
        for where, output in shown:
            if output in echoes:
                yield Miss(f"{act.id}.{where}", f"output {output!r} only repeats the control {echoes[output]!r}")


@rule(
    "contexts",
    title="At least two contexts; switching between them changes the result, and the plan still runs",
    why="A deployment context is a change of parameters, not a re-skin.",
    needs=SOUND,
)
def contexts(case: Case) -> Iterator[Miss | Fact]:
    if len(case.lab.contexts) < 2:
        yield Miss("contexts", f"there are {len(case.lab.contexts)}; a lab has at least two")
    for act in case.lab.acts:
        computed = case.computed(act)
        seen: dict[str, str] = {}
        for context in case.lab.contexts:
            settings = in_context(case.lab, act, context.id)
            values = act.model(settings)
            if not plan_runs(act, values):
                yield Miss(f"contexts[{context.id}].{act.id}", f"the plan cannot run at {told(act, settings)}")
            result = repr([values[name] for name in computed])
            if result in seen:
                yield Miss(f"contexts[{context.id}].{act.id}", f"gives the same result as {seen[result]!r}")
            seen.setdefault(result, context.id)


def in_context(lab: Lab, act: Act, context_id: str) -> dict[str, Any]:
    """The act's start with a context switched on."""
    context = next(each for each in lab.contexts if each.id == context_id)
    return ev.clean(act, {**act.start(), **context.settings.get(act.id, {})})
