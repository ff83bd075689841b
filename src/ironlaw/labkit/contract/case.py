"""A lab under test, with what several rules need of it, computed once: sample, results, documents.

The sample of an act is dense but bounded: every single and (thinned, where there are many) every pairwise combination of
ticks and options, the corners of the panel, the settings that the lab itself names, and seeded random points on and
between ticks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import ceil, floor
from typing import Any, TypeVar

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.walk import Step, walks
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, Control, Lab, NumberControl, Settings, Try, Values

T = TypeVar("T")

PAIRS = 2_500  # settings that differ from the start in two controls, at most
CORNERS = 256  # settings with every control at an end, at most
RANDOM = 1_500  # seeded random settings, at least
POINTS = 3_200  # distinct settings of an act, where its controls allow as many
DRAWN = 160  # of these, those that are drawn and told in full


@dataclass(frozen=True, slots=True)
class Run:
    """The model at one point. `values` is None when the model raised `error`."""

    settings: dict[str, Any]
    values: Values | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the page gets at one point; `result` is None when making it raised `error`."""

    run: Run
    result: dict[str, Any] | None
    error: str | None


class Case:
    """A lab and its evidence. Everything here is deterministic: the same lab gives the same findings."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    @cached_property
    def samples(self) -> dict[str, tuple[Run, ...]]:
        """The model at every point of each act's sample, by act id."""
        return {act.id: tuple(run(act, point) for point in points(self.lab, act)) for act in self.lab.acts}

    @cached_property
    def feasible(self) -> dict[str, list[Run]]:
        """The runs whose plan can run. For rules that need a sound model."""
        return {act.id: [r for r in self.samples[act.id] if plan_runs(act, known(r))] for act in self.lab.acts}

    @cached_property
    def infeasible(self) -> dict[str, list[Run]]:
        """The runs whose plan cannot run."""
        return {act.id: [r for r in self.samples[act.id] if not plan_runs(act, known(r))] for act in self.lab.acts}

    @cached_property
    def drawn(self) -> dict[str, tuple[Drawn, ...]]:
        """The RESULT at a part of the sample: the start, then feasible and infeasible points."""
        found = {}
        for act in self.lab.acts:
            chosen = thin(self.feasible[act.id], DRAWN * 3 // 4) + thin(self.infeasible[act.id], DRAWN // 4)
            found[act.id] = tuple(draw(act, each) for each in chosen)
        return found

    @cached_property
    def steps(self) -> list[Step]:
        """Every document on the way from the first visit to the last decision, for every option. May raise."""
        return list(walks(self.lab, self.spots))

    @cached_property
    def spots(self) -> dict[str, list[dict[str, Any]]]:
        """Settings at which documents are read: some that run and one that does not."""
        return {
            act.id: [r.settings for r in thin(self.feasible[act.id][1:], 3) + self.infeasible[act.id][:1]]
            for act in self.lab.acts
        }

    def echoes(self, act: Act) -> dict[str, str]:
        """Outputs that only repeat a control, with that control's id."""
        runs = [(r.settings, known(r)) for r in self.samples[act.id]]
        found = {}
        for output in act.outputs:
            for control in act.controls:
                if all(values[output.id] in (None, settings[control.id]) for settings, values in runs):
                    found[output.id] = control.id
        return found

    def computed(self, act: Act) -> list[str]:
        """Outputs that the model computes: all but the echoes."""
        echoes = self.echoes(act)
        return [output.id for output in act.outputs if output.id not in echoes]


def known(one: Run) -> Values:
    """The values of a run that did not raise."""
    if one.values is None:
        raise LookupError(f"the model raised {one.error}")
    return one.values


def plan_runs(act: Act, values: Values) -> bool:
    """Whether no fatal limit is crossed."""
    return not any(c.fatal and ev.crossed(c, values) for c in act.constraints)


def run(act: Act, settings: dict[str, Any]) -> Run:
    """The model at one point; what it raises is kept as a text."""
    return Run(settings, *attempt(lambda: act.model(dict(settings))))


def draw(act: Act, one: Run) -> Drawn:
    """The RESULT at one point, likewise."""
    return Drawn(one, *attempt(lambda: ev.result(ev.evaluate(act, one.settings))))


def attempt(work: Callable[[], T]) -> tuple[T | None, str | None]:
    """What `work` returns, or what it raised: a lab under test may fail in any way, and the report says how."""
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 - the error is the finding
        return None, f"{type(error).__name__}: {error}"


def axis(control: Control) -> list[Any]:
    """The places where a control can stand: its ticks or the values of its options."""
    return list(control.ticks) if isinstance(control, NumberControl) else [option.value for option in control.options]


def thin(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of the items, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    if most < 2:
        return list(items[:most])
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]


def tries(act: Act) -> Iterator[tuple[str, Try]]:
    """Every "show me" of an act, with its place."""
    for name, question in (*act.questions().items(), ("reflection", act.reflection.question)):
        for option in question.options:
            if option.feedback and option.feedback.attempt:
                yield f"{act.id}.{name}[{option.id}]", option.feedback.attempt


# --- the sample -------------------------------------------------------------------------------------------------------


def points(lab: Lab, act: Act) -> list[dict[str, Any]]:
    """The settings of an act's sample, the start first, each once."""
    start = act.start()
    found = {tuple(start.values()): start}
    for settings in _grid(lab, act):
        found.setdefault(tuple(settings.values()), settings)
    rng = random.Random(f"ironlaw:{lab.id}:{act.id}")  # noqa: S311 - a sample, not a secret
    wanted = max(POINTS, len(found) + RANDOM)
    for _ in range(2 * wanted):  # a panel of a few switches has fewer settings than that
        if len(found) >= wanted:
            break
        settings = {control.id: _anywhere(control, rng) for control in act.controls}
        found.setdefault(tuple(settings.values()), settings)
    return list(found.values())


def _grid(lab: Lab, act: Act) -> Iterator[dict[str, Any]]:
    start = act.start()
    named: list[Settings] = [context.settings.get(act.id, {}) for context in lab.contexts]
    named += [each.settings for _, each in tries(act)] + [act.challenge.pinned if act.challenge else {}]
    for settings in named:
        try:
            yield ev.clean(act, {**start, **settings})
        except Refusal:
            continue  # the rules on contexts, tries and challenges report it
    axes = {control.id: axis(control) for control in act.controls}
    for name, values in axes.items():
        yield from ({**start, name: value} for value in values)
    most = _width([len(values) for values in axes.values()])
    for (one, ones), (two, twos) in combinations(axes.items(), 2):
        for first, second in product(thin(ones, most), thin(twos, most)):
            yield {**start, one: first, two: second}
    ends = [(values[0], values[-1]) for values in axes.values()]
    for index, corner in enumerate(product(*ends)):
        if index == CORNERS:
            break
        yield dict(zip(axes, corner, strict=True))


def _width(lengths: list[int]) -> int:
    """How many places of each control the pairs may use."""
    width = max(lengths, default=2)
    while width > 2 and sum(min(a, width) * min(b, width) for a, b in combinations(lengths, 2)) > PAIRS:
        width -= 1
    return width


def _anywhere(control: Control, rng: random.Random) -> Any:
    """A place of the control; every other time one between two ticks."""
    places = axis(control)
    if not isinstance(control, NumberControl) or rng.random() < 0.5:
        return rng.choice(places)
    index = rng.randrange(len(places) - 1)
    low, high = places[index], places[index + 1]
    return float(rng.randint(ceil(low), floor(high))) if control.integer else rng.uniform(low, high)
