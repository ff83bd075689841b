"""The honest lab, broken on purpose: for each rule at least one lab that it alone catches.

`edit(record, "acts.0.controls.1", help="")` is `dataclasses.replace` deep inside a lab. Act I is `acts.0`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.document import shuffled
from ironlaw.labkit.spec import Lab, Q

from .minilab import LAB
from .minilab.act1 import START_1, bars, copy, copy_facts
from .minilab.act2 import START_2, curve, spread, spread_facts


def edit(record: Any, path: str, **changes: Any) -> Any:
    """The record with these fields changed at the end of a path of field names and indices."""
    if not path:
        return replace(record, **changes)
    head, _, rest = path.partition(".")
    if isinstance(record, tuple):
        index = int(head)
        return (*record[:index], edit(record[index], rest, **changes), *record[index + 1 :])
    return replace(record, **{head: edit(getattr(record, head), rest, **changes)})


@dataclass(frozen=True)
class Broken:
    """A broken lab, the rule that must catch it alone, and words that its finding must say."""

    rule: str
    name: str
    make: Callable[[], Lab]
    says: str


CASES: list[Broken] = []


def broken(rule: str, says: str) -> Callable[[Callable[[], Lab]], Callable[[], Lab]]:
    def enter(make: Callable[[], Lab]) -> Callable[[], Lab]:
        CASES.append(Broken(rule, make.__name__, make, says))
        return make

    return enter


def at(rule: str, says: str, path: str, **changes: Any) -> None:
    """A lab that is broken by one change of fields."""
    name = f"{path}: {', '.join(changes)} {sum(each.rule == rule for each in CASES)}"
    CASES.append(Broken(rule, name, lambda: edit(LAB, path, **changes), says))


def model_1(**over: Any) -> Callable[[Any], dict[str, Any]]:
    """The model of act I with some outputs computed otherwise: values, or functions of the settings."""
    return lambda s: copy(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def model_2(**over: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda s: spread(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def facts_1(**over: Q) -> Callable[[], dict[str, Q]]:
    return lambda: copy_facts() | over


def facts_2(**over: Q) -> Callable[[], dict[str, Q]]:
    return lambda: spread_facts() | over


def output(name: str, **changes: Any) -> dict[str, Any]:
    """The outputs of act I with one changed."""
    return {"outputs": tuple(replace(o, **changes) if o.id == name else o for o in LAB.acts[0].outputs)}


# --- structure --------------------------------------------------------------------------------------------------------

at("ids", "'v3_01'", "", id="v3_01")
at("ids", "'size' stands 2 times", "acts.0.controls.2", id="size")
at("ids", "'act1' stands 2 times", "acts.1", id="act1")
at("ids", "'some' stands 2 times", "acts.0.prediction.options.0", id="some")

at("references", "'shed' does not exist", "acts.0", context="shed")
at("references", "'missing' does not exist", "acts.0.cards.0", output="missing")
at("references", "'missing' does not exist", "acts.0.cards.0", constraint="missing")
at("references", "'missing' does not exist", "acts.0.constraints.0", controls=("workers", "missing"))
at("references", "compares total (seconds) with room (bytes)", "acts.0.constraints.1", limit="room")
at("references", "'missing' does not exist", "acts.0.prediction", fact="missing")
at("references", "'missing' does not exist", "acts.1.challenge", cost="missing")
at("references", "'missing' does not exist", "acts.0.decision", record=("missing",))
at("references", "'furlongs' does not exist", "acts.0", **output("setup", kind="furlongs"))
at("references", "no control called 'speed'", "contexts.1", settings={"act1": {"speed": 1.0}, "act2": {"trunk": "thick"}})

at("controls", "starts at 3000000000.0", "acts.0.controls.0", start=3e9)
at("controls", "do not ascend", "acts.0.controls.0", ticks=(1e9, 2e10, 1e10))
at("controls", "whole numbers", "acts.0.controls.2", ticks=(1.0, 1.5, 2.0, 4.0, 8.0))
at("controls", "two places with one text", "acts.0.controls.0", ticks=(1e9, 1.0001e9, 1e10, 2e10))
at("controls", "at least two", "acts.0.controls.0", ticks=(1e10,))


@broken("model-runs", "ZeroDivisionError")
def divides_by_nothing() -> Lab:
    return edit(LAB, "acts.0", model=model_1(setup=lambda s: 1 / (8 - s["workers"])))


@broken("model-runs", "another answer the second time")
def drifts() -> Lab:
    calls = itertools.count()
    return edit(LAB, "acts.1", model=model_2(cost=lambda s: 100.0 + next(calls)))


at("outputs", "is declared, but", "acts.0", outputs=(*LAB.acts[0].outputs, spec.Output(id="ghost", label="Ghost", kind="bytes")))
at("outputs", "gives 'spare'", "acts.0", model=model_1(spare=1.0))
at("outputs", "is declared as share", "acts.1", model=model_2(target="most of it"))

at("finite", "outputs[cost]: is nan", "acts.1", model=model_2(cost=lambda s: math.nan if s["machines"] == 16 else 1.0))
at("finite", "facts[flash]: is inf", "acts.0", facts=facts_1(flash=Q(math.inf, "bandwidth")))

at("infeasible-silent", "for a plan that cannot run", "acts.0", model=model_1(setup=0.3))
at(
    "infeasible-silent",
    "no value for a plan that runs",
    "acts.1",
    model=model_2(prepare=lambda s: None if s["machines"] == 1 else 0.05),
)
at("infeasible-silent", "marked always", "acts.0", **output("setup", always=True))

# --- instrument -------------------------------------------------------------------------------------------------------

at("start-feasible", "fatal limit space", "acts.0.controls.3", start=4e9 * 2, ticks=(1e9, 4e9, 8e9))
at("help", "controls[link]: has no help", "acts.0.controls.1", help=" ")
at("no-echo", "repeats the control 'machines'", "acts.1.cards.0", output="machines")
at("contexts", "same result as 'home'", "contexts.1", settings={"act1": {"link": "disk"}})
at("contexts", "cannot run", "contexts.1", settings={"act1": {"workers": 8.0}, "act2": {"trunk": "thick"}})
at("contexts", "at least two", "", contexts=LAB.contexts[:1])


@broken("first-view", "0 stand in first view")
def empty_panel() -> Lab:
    return edit(LAB, "acts.0", controls=tuple(replace(each, drawer=True) for each in LAB.acts[0].controls))


def with_controls(lab: Lab, *controls: spec.Control) -> Lab:
    """Act I with more controls; its "show me" settings set them too."""
    lab = edit(lab, "acts.0", controls=(*LAB.acts[0].controls, *controls))
    for place in ("prediction", "reflection.question"):
        for index, option in enumerate(LAB.acts[0].prediction.options if place == "prediction" else (0, 1, 2)):
            path = f"acts.0.{place}.options.{index}.feedback"
            record = LAB.acts[0].prediction if place == "prediction" else LAB.acts[0].reflection.question
            answer = record.options[index].feedback
            if answer is None or answer.attempt is None:
                continue
            settings = {**answer.attempt.settings, **{control.id: control.start for control in controls}}
            lab = edit(lab, f"{path}.attempt", settings=settings)
            del option
            break
    return lab
