"""Is it a lab: every name exists once, every reference leads somewhere, the model runs and gives what it declares.

All other rules build on these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import isfinite
from typing import Any

from ironlaw import quantities
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, axis, known, plan_runs, run, thin
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, ChoiceControl, Control, Lab, NumberControl, Question, TermQuestion, Value
from ironlaw.labkit.text import facts_of

LAB_ID = re.compile(r"v[12]_[0-9]{2}")
SOUND = ("start-feasible",)  # what a rule needs that reads the model's numbers; all rules of this module come before it


@rule(
    "ids",
    title="Every id is unique, and the lab's names its volume",
    why="Ledger rows, slots and the page find things by id: two with one id overwrite each other.",
)
def ids(case: Case) -> Iterator[Miss | Fact]:
    lab = case.lab
    if not LAB_ID.fullmatch(lab.id):
        yield Miss("lab", f"the id is {lab.id!r}; allowed: v1_00 to v2_99, volume first")
    if not lab.acts:
        yield Miss("lab", "there is no act")
    yield from _twice("contexts", (each.id for each in lab.contexts))
    yield from _twice("acts", (each.id for each in lab.acts))
    for act in lab.acts:
        for name in ("givens", "controls", "outputs", "constraints", "figures", "quotas"):
            yield from _twice(f"{act.id}.{name}", (each.id for each in getattr(act, name)))
        yield from _twice(f"{act.id}.cards", (card.output for card in act.cards))
        yield from _twice(f"{act.id}.math", (item.equation for item in act.math))
        for name, question in asked(act):
            yield from _twice(f"{act.id}.{name}", (option.id for option in question.options))
        yield from _twice(f"{act.id}.decision", (option.id for option in act.decision.options))


def _twice(where: str, names: Iterable[str]) -> Iterator[Miss]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Miss(where, f"{name!r} stands {count} times")


@rule(
    "references",
    title="Every name that is referred to exists, and compared quantities are of one kind",
    why="A card of a missing output or a limit in another unit shows nothing, or nonsense.",
    needs=("ids",),
)
def references(case: Case) -> Iterator[Miss | Fact]:
    contexts = {context.id for context in case.lab.contexts}
    for act in case.lab.acts:
        if act.context not in contexts:
            yield Miss(f"{act.id}.context", _unknown(act.context, contexts))
        yield from _kinds(act)
        yield from _shown(act)
        yield from _asked(act)
    yield from _contexts(case.lab)


def _unknown(name: str, allowed: Iterable[str]) -> str:
    return f"{name!r} does not exist; there is {', '.join(sorted(allowed)) or 'nothing'}"


def _kinds(act: Act) -> Iterator[Miss]:
    allowed = quantities.KINDS | {"text"}
    named = [(f"givens[{g.id}]", g.kind) for g in act.givens] + [(f"outputs[{o.id}]", o.kind) for o in act.outputs]
    named += [(f"controls[{c.id}]", c.kind) for c in act.controls if isinstance(c, NumberControl)]
    named += [(f"facts[{name}]", fact.kind) for name, fact in facts_of(act).items()]
    for where, kind in named:
        if kind not in allowed:
            yield Miss(f"{act.id}.{where}", f"kind {_unknown(kind, allowed)}")


def _shown(act: Act) -> Iterator[Miss]:
    outputs = {output.id: output.kind for output in act.outputs}
    controls = {control.id for control in act.controls}
    constraints = {constraint.id for constraint in act.constraints}
    wanted: list[tuple[str, str, Iterable[str]]] = []
    pairs: list[tuple[str, str, str]] = []
    for card in act.cards:
        wanted.append((f"cards[{card.output}]", card.output, outputs))
        if card.constraint is not None:
            wanted.append((f"cards[{card.output}]", card.constraint, constraints))
    for limit in act.constraints:
        where = f"constraints[{limit.id}]"
        wanted += [(where, limit.quantity, outputs), (where, limit.limit, outputs)]
        wanted += [(where, name, controls) for name in limit.controls]
        pairs.append((where, limit.quantity, limit.limit))
    if goal := act.challenge:
        for index, condition in enumerate(goal.checks):
            where = f"challenge.checks[{index}]"
            wanted += [(where, condition.output, outputs), (where, condition.limit, outputs)]
            pairs.append((where, condition.output, condition.limit))
        wanted += [("challenge.free", name, controls) for name in goal.free]
        wanted += [("challenge.pinned", name, controls) for name in goal.pinned]
        wanted += [("challenge.cost", goal.cost, outputs)] if goal.cost else []
    wanted += [("decision.record", name, outputs) for name in act.decision.record]
    for place, cites in (("reflection", act.reflection.cites), ("decision", act.decision.cites)):
        wanted += [(f"{place}.cites", name, outputs) for name in (cites.outputs if cites else ())]
    wanted += [(f"quotas[{quota.id}]", quota.control, controls) for quota in act.quotas if quota.kind == "decades"]
    drawings = {drawing.id for drawing in act.figures}
    wanted += [("second.figures", name, drawings) for name in (act.second.figures if act.second else ())]
    for where, name, allowed in wanted:
        if name not in allowed:
            yield Miss(f"{act.id}.{where}", _unknown(name, allowed))
    for where, one, two in pairs:
        if outputs.get(one) != outputs.get(two):
            yield Miss(f"{act.id}.{where}", f"compares {one} ({outputs.get(one)}) with {two} ({outputs.get(two)})")


def _asked(act: Act) -> Iterator[Miss]:
    facts = facts_of(act)
    for name, question in asked(act):
        for fact in facts_asked(question):
            if fact not in facts:
                yield Miss(f"{act.id}.{name}", f"fact {_unknown(fact, facts)}")
            elif isinstance(facts[fact].value, str | None):
                yield Miss(f"{act.id}.{name}", f"fact {fact!r} is {facts[fact].value!r}, not a number")


def asked(act: Act) -> list[tuple[str, Question]]:
    """Every question of an act that has a key, by its place."""
    return [*act.questions().items(), ("reflection", act.reflection.question)]


def facts_asked(question: Question) -> list[str]:
    """The facts that decide a question."""
    if not isinstance(question, TermQuestion):
        return [question.fact]
    return [term.fact for term in question.options] + [term.needs for term in question.options if term.needs]


def _contexts(lab: Lab) -> Iterator[Miss]:
    acts = {act.id: act for act in lab.acts}
    for context in lab.contexts:
        for act_id, settings in context.settings.items():
            where = f"contexts[{context.id}]"
            if act_id not in acts:
                yield Miss(where, f"act {_unknown(act_id, acts)}")
            else:
                yield from unset(f"{where}.{act_id}", acts[act_id], settings)


def unset(where: str, act: Act, settings: Mapping[str, Any]) -> Iterator[Miss]:
    """What the instrument would refuse of these settings."""
    try:
        ev.clean(act, settings)
    except Refusal as refusal:
        yield Miss(where, refusal.message)


@rule(
    "controls",
    title="Every control stands on its ticks or options, which ascend and read differently",
    why="A start between two ticks cannot be shown on the slider, and two ticks with one text cannot be told apart.",
    needs=("references",),
)
def controls(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for control in act.controls:
            for message in _control(control):
                yield Miss(f"{act.id}.controls[{control.id}]", message)


def _control(control: Control) -> Iterator[str]:
    places = axis(control)
    if len(places) < 2:
        yield f"has {len(places)} place to stand; a control has at least two"
        return
    if isinstance(control, ChoiceControl):
        if len({(type(place), place) for place in places}) < len(places):
            yield "has one value twice"
        if any(isinstance(place, float) for place in places):
            yield "has a number with a point as an option: a page sends it without, and it would be refused"
        texts = [option.text for option in control.options]
    else:
        if not all(isfinite(tick) for tick in places):
            yield "has a tick that is not a finite number"
            return
        if any(later <= earlier for earlier, later in pairwise(places)):
            yield "has ticks that do not ascend"
        if control.integer and any(tick != int(tick) for tick in places):
            yield "takes whole numbers, but has a tick that is none"
        texts = [quantities.format(tick, control.kind) for tick in places]
    if len(set(texts)) < len(texts):
        yield f"has two places with one text: {', '.join(sorted(t for t in set(texts) if texts.count(t) > 1))}"
    if not any(type(control.start) is type(place) and control.start == place for place in places):
        yield f"starts at {control.start!r}, which is none of its places"


@rule(
    "model-runs",
    title="The model runs at every setting that the panel allows, and gives the same answer twice",
    why="A slider that stops the model leaves the learner with a dead page; a moving answer cannot be argued with.",
    needs=("controls",),
)
def model_runs(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        sample = case.samples[act.id]
        yield Fact(act.id, "sample", len(sample))
        broken = [each for each in sample if each.error]
        if broken:
            share = f"{len(broken)} of {len(sample)} settings"
            yield Miss(
                f"{act.id}.model", f"raises at {share}, first {broken[0].error} at {told(act, broken[0].settings)}"
            )
            continue
        for each in reversed(thin(sample, 100)):
            if repr(run(act, each.settings).values) != repr(each.values):  # NaN is the business of another rule
                yield Miss(f"{act.id}.model", f"gives another answer the second time at {told(act, each.settings)}")
                break


def told(act: Act, settings: Mapping[str, Any]) -> str:
    """Settings by what differs from the start."""
    start = act.start()
    changed = [f"{name} = {value!r}" for name, value in settings.items() if value != start[name]]
    return ", ".join(changed) or "the start"


@rule(
    "outputs",
    title="The model gives exactly the declared outputs, numbers where numbers are declared",
    why="A card, a slot or the ledger names an output: one that is missing or of another type breaks the page.",
    needs=("model-runs",),
)
def outputs(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        declared = {output.id: output.kind for output in act.outputs}
        for each in case.samples[act.id]:
            if misses := list(_outputs(act, declared, known(each))):
                at = told(act, each.settings)
                yield from (Miss(miss.where, f"{miss.message} at {at}") for miss in misses)
                break


def _outputs(act: Act, declared: Mapping[str, str], values: Mapping[str, Value]) -> Iterator[Miss]:
    for name in declared.keys() - values.keys():
        yield Miss(f"{act.id}.outputs[{name}]", "is declared, but the model does not give it")
    for name in values.keys() - declared.keys():
        yield Miss(f"{act.id}.model", f"gives {name!r}, which is not declared")
    for name in declared.keys() & values.keys():
        value, text = values[name], declared[name] == "text"
        right = isinstance(value, str) if text else isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not right:
            yield Miss(f"{act.id}.outputs[{name}]", f"is declared as {declared[name]}, got {value!r}")


@rule(
    "finite",
    title="No NaN and no infinity, anywhere on the sample, in the facts or in the givens",
    why="A number that is none poisons every text, figure and ledger row that is made from it.",
    needs=("outputs",),
)
def finite(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        named = [(f"facts[{name}]", fact.value) for name, fact in facts_of(act).items()]
        named += [(f"givens[{given.id}]", given.value) for given in act.givens]
        for where, value in named:
            if _broken(value):
                yield Miss(f"{act.id}.{where}", f"is {value}")
        seen: set[str] = set()
        for each in case.samples[act.id]:
            for name, value in known(each).items():
                if name not in seen and _broken(value):
                    seen.add(name)
                    yield Miss(f"{act.id}.outputs[{name}]", f"is {value} at {told(act, each.settings)}")


def _broken(value: Value) -> bool:
    return isinstance(value, int | float) and not isfinite(value)


@rule(
    "infeasible-silent",
    title="A plan that cannot run has no outputs but those that always exist; one that runs has all",
    why="A throughput beside “out of memory” is a number about nothing.",
    needs=("finite",),
)
def infeasible_silent(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        runs = case.samples[act.id]
        feasible = sum(plan_runs(act, known(each)) for each in runs)
        yield Fact(act.id, "feasible", feasible)
        seen: set[str] = set()
        for each in runs:
            values = known(each)
            can_run = plan_runs(act, values)
            for output in act.outputs:
                wanted = can_run or output.always
                if output.id in seen or (values[output.id] is not None) == wanted:
                    continue
                seen.add(output.id)
                state = "has no value for a plan that runs" if can_run else "has no value, though it is marked always"
                if not wanted:
                    state = f"is {values[output.id]!r} for a plan that cannot run"
                yield Miss(f"{act.id}.outputs[{output.id}]", f"{state} at {told(act, each.settings)}")
