"""The panel: it starts well, shows little at once, and every control on it does something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Any

from ironlaw.elementary import log10
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import tracks
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, axis, known, plan_runs, run, thin
from ironlaw.labkit.contract.structure import SOUND, told
from ironlaw.labkit.spec import Act, Control, Lab, NumberControl, Values

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
        shown = [control.id for control in act.controls if not control.drawer and not control.hidden]
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
        known_here = case.lab.contexts_of(act)
        if len(known_here) < 2:
            yield Miss(f"{act.id}.context", f"{len(known_here)} contexts know this act; at least two do")
        for context in known_here:
            settings = in_context(case.lab, act, context.id)
            values = act.model(settings)
            if not plan_runs(act, values):
                yield Miss(f"contexts[{context.id}].{act.id}", f"the plan cannot run at {told(act, settings)}")
            result = repr([values[name] for name in computed])
            if result in seen:
                yield Miss(f"contexts[{context.id}].{act.id}", f"gives the same result as {seen[result]!r}")
            seen.setdefault(result, context.id)


@rule(
    "tracks",
    title="A track is a parameter set: in most acts that know tracks, switching changes which limit binds",
    why="Four personas over one and the same problem are a costume; another limit in the way is another lesson.",
    needs=("contexts",),
)
def tracks_bind(case: Case) -> Iterator[Miss | Fact]:
    known_acts = [act for act in case.lab.acts if any(context.track for context in case.lab.contexts_of(act))]
    changing = 0
    for act in known_acts:
        binding: dict[str, str | None] = {}
        for context in case.lab.contexts_of(act):
            if not context.track:
                yield Miss(f"contexts[{context.id}].{act.id}", "is no track in an act of tracks")
                continue
            if context.id not in tracks.IDS:
                yield Miss(f"contexts[{context.id}]", f"is no track; there is {', '.join(tracks.IDS)}")
            binding[context.id] = binds(act, act.model(in_context(case.lab, act, context.id)))
        yield Fact(act.id, "binding", binding)
        changing += len(set(binding.values())) > 1
    if 3 * changing < 2 * len(known_acts):
        yield Miss("contexts", f"the track changes the binding limit in {changing} of {len(known_acts)} acts")


def binds(act: Act, values: Values) -> str | None:
    """The limit that is nearest to being crossed, or furthest over: the largest share of its limit."""
    shares = {}
    for limit in act.constraints:
        value, most = values[limit.quantity], values[limit.limit]
        if isinstance(value, int | float) and isinstance(most, int | float) and most > 0:
            shares[limit.id] = value / most
    return max(shares, key=lambda name: shares[name]) if shares else None


@rule(
    "quotas",
    title="A quota can be met: a decade quota has the decades on its slider, a budget has a challenge",
    why="A gate that nothing opens is a wall.",
    needs=SOUND,
)
def quotas_open(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for quota in act.quotas:
            where = f"{act.id}.quotas[{quota.id}]"
            control = act.control(quota.control)
            if quota.need < 1:
                yield Miss(where, f"asks for {quota.need}")
            if quota.kind == "budget" and act.challenge is None:
                yield Miss(where, "is a budget without a challenge")
            if quota.kind == "decades":
                ticks = control.ticks if isinstance(control, NumberControl) else ()
                decades = {floor(log10(tick) + 1e-9) for tick in ticks if tick > 0}
                if len(decades) < quota.need:
                    yield Miss(where, f"asks for {quota.need} decades; the slider has {len(decades)}")
        for place, cites in (("reflection", act.reflection.cites), ("decision", act.decision.cites)):
            if cites and (cites.count < 1 or not cites.outputs):
                yield Miss(f"{act.id}.{place}.cites", "asks for no design, or tells nothing of it")


@rule(
    "sweep",
    title="The parts of a sweep add up to its designs, and the sum can be drawn",
    why="A progress bar that ends at another number than it promised, or at nothing, is no proof.",
    needs=("tracks",),
)
def sweeps(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        if act.sweep is None:
            continue
        for context in case.lab.contexts_of(act):
            totals: Counter[str] = Counter()
            for part in range(act.sweep.parts):
                totals.update(act.sweep.run(context.id, part))
            where = f"{act.id}.sweep.{context.id}"
            if totals["designs"] != act.sweep.designs:
                yield Miss(where, f"counts {totals['designs']:,} designs, not {act.sweep.designs:,}")
            if not act.sweep.figures(context.id, totals):
                yield Miss(where, "draws nothing")
            yield Fact(where, "feasible", totals["feasible"])


def in_context(lab: Lab, act: Act, context_id: str) -> dict[str, Any]:
    """The act's start with a context switched on."""
    context = next(each for each in lab.contexts if each.id == context_id)
    return ev.clean(act, {**act.start(), **context.settings.get(act.id, {})})
