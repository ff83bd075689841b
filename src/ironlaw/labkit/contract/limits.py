"""Failure states and challenges: they can be met, left, and won, but not by standing still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ironlaw.labkit import challenge as challenges
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract import moves
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, axis, known, plan_runs, thin
from ironlaw.labkit.contract.instrument import in_context
from ironlaw.labkit.contract.structure import SOUND, told, unset
from ironlaw.labkit.spec import Act, Challenge, Constraint
from ironlaw.labkit.text import slot_names

GRID = 20_000  # designs: the page searches the same grid while a learner waits for an answer
SHARE = 0.30


@rule(
    "limit-off-at-start",
    title="No limit is crossed at the start, nor where the act's own context begins, but those that are tasks",
    why="A failure is something that the learner causes; a limit that is red at the start says so, and is.",
    needs=SOUND,
)
def off_at_start(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for name, settings in (("start", act.start()), (act.context, in_context(case.lab, act, act.context))):
            values = act.model(settings)
            for limit in act.constraints:
                where = f"{act.id}.constraints[{limit.id}]"
                if ev.crossed(limit, values) and not limit.at_start:
                    yield Miss(where, f"is crossed at the start ({name})")
                if limit.at_start and limit.fatal:
                    yield Miss(where, "is fatal and crossed at the start: then nothing could be shown there")


@rule(
    "limit-reachable",
    title=f"Every limit can be crossed in at most {moves.REACH} moves from the start",
    why="A failure state that nobody can reach teaches nothing.",
    needs=("limit-off-at-start",),
)
def reachable(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for limit in act.constraints:
            where = f"{act.id}.constraints[{limit.id}]"
            count, found = moves.nearest(act, limit)
            if not found:
                yield Miss(where, f"no {moves.REACH} moves from the start cross it")
                continue
            yield Fact(where, "moves", count)
            yield Fact(where, "nearest", found[0])


@rule(
    "limit-recoverable",
    title="At a nearest failure at least two controls each lead out alone",
    why="One way out is a trap door; the lesson is that there are several, at different prices.",
    needs=("limit-reachable",),
)
def recoverable(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for limit in act.constraints:
            where = f"{act.id}.constraints[{limit.id}]"
            best: dict[str, Any] = {}
            _, found = moves.nearest(act, limit)
            for change in found:
                ways = moves.ways(act, limit, {**act.start(), **change})
                best = max(best, ways, key=len)
                if len(best) >= 2:
                    break
            if len(best) < 2:
                told_ways = f"only {next(iter(best))!r} leads" if best else "no control leads"
                yield Miss(where, f"{told_ways} out of it at any of {len(found)} nearest failures")
            yield Fact(where, "ways_out", sorted(best))


@rule(
    "limit-way-out",
    title=f"From every failure in the sample at most {moves.REACH} moves lead out",
    why="A learner who has strayed far must find back without resetting the panel.",
    needs=SOUND,
)
def way_out(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for limit in act.constraints:
            known_ways: list[moves.Change] = []
            failing = [each.settings for each in case.samples[act.id] if ev.crossed(limit, known(each))]
            where = f"{act.id}.constraints[{limit.id}]"
            yield Fact(where, "failing", len(failing))
            for settings in failing:
                if moves.way_out(act, limit, settings, known_ways) is None:
                    yield Miss(where, f"no {moves.REACH} moves lead out of it from {told(act, settings)}")
                    break


@rule(
    "limit-text",
    title="The text of a limit names its cause, its number and its limit",
    why="“Failed” is no feedback: what failed, how far, and against what?",
    needs=SOUND,
)
def limit_text(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        for limit in act.constraints:
            where = f"{act.id}.constraints[{limit.id}].text"
            slots = slot_names(limit.text)
            for what, name in (("number", limit.quantity), ("limit", limit.limit)):
                if f"now.{name}" not in slots:
                    yield Miss(where, f"does not give the {what}: there is no {{now.{name}}}")
            if not _words(limit.name) & _words(limit.text):
                yield Miss(where, f"does not say what failed: no word of its name, {limit.name!r}")


# Words that every text holds name nothing.
SMALL = frozenset(
    {"the", "and", "for", "not", "than", "out", "too", "with", "above", "below", "over", "under", "more", "less"}
)


def _words(text: str) -> set[str]:
    """The telling words of a text by their beginning: "Bandwidths" and "bandwidth" are one."""
    said = re.findall(r"[^\W\d_]{3,}", re.sub(r"\{[^}]*\}", " ", text).lower())
    return {word[:6] for word in said if word not in SMALL}


@rule(
    "limit-controls",
    title="Every control that a limit points to moves its quantity or its limit",
    why="The page shows the failing number beside the controls that cause it.",
    needs=SOUND,
)
def limit_controls(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        bases = [each.settings for each in thin(case.samples[act.id], 60)]
        for limit in act.constraints:
            where = f"{act.id}.constraints[{limit.id}].controls"
            if not limit.controls:
                yield Miss(where, "names no control")
            for name in limit.controls:
                if not any(_shifts(act, limit, name, base) for base in bases):
                    yield Miss(where, f"{name!r} moves neither {limit.quantity} nor {limit.limit}")


def _shifts(act: Act, limit: Constraint, name: str, base: dict[str, Any]) -> bool:
    control = act.control(name)
    if control is None:
        raise LookupError(name)
    seen = set()
    for place in (base[name], *thin(axis(control), 5)):
        values = act.model({**base, name: place})
        if values[limit.quantity] is not None and values[limit.limit] is not None:
            seen.add((values[limit.quantity], values[limit.limit]))
    return len(seen) > 1


# --- challenges -------------------------------------------------------------------------------------------------------


def _goals(case: Case) -> Iterator[tuple[Act, Challenge]]:
    for act in case.lab.acts:
        if act.challenge is not None:
            yield act, act.challenge


@rule(
    "challenge-grid",
    title="A challenge pins and frees different controls, at places where they can stand",
    why="What the search proves must be what a learner can set, and the page searches the same grid.",
    needs=SOUND,
)
def challenge_grid(case: Case) -> Iterator[Miss | Fact]:
    for act, goal in _goals(case):
        where = f"{act.id}.challenge"
        if both := set(goal.free) & set(goal.pinned):
            yield Miss(where, f"{', '.join(sorted(both))} is both pinned and free")
        if not goal.free or not goal.checks:
            yield Miss(where, "has no free control or no check")
        yield from unset(where, act, {**act.start(), **goal.pinned})
        for name, value in goal.pinned.items():
            control = act.control(name)
            if control is not None and value not in axis(control):
                yield Miss(where, f"{name} is pinned at {value!r}, where the control cannot stand")
        size = 1
        for name in goal.free:
            control = act.control(name)
            size *= len(axis(control)) if control else 1
        if size > GRID:
            yield Miss(where, f"has {size:,} designs; the page searches at most {GRID:,}")


@rule(
    "challenge-solvable",
    title="A challenge has solutions, and the best one runs",
    why="An exercise without an answer is a lie. The search is exhaustive.",
    needs=("challenge-grid",),
)
def challenge_solvable(case: Case) -> Iterator[Miss | Fact]:
    for act, goal in _goals(case):
        where, found = f"{act.id}.challenge", challenges.search(act)
        yield Fact(where, "designs", found.designs)
        yield Fact(where, "solutions", found.feasible)
        yield Fact(where, "share", found.share)
        yield Fact(where, "best", found.best)
        yield Fact(where, "best_cost", found.best_cost)
        if found.best is None:
            yield Miss(where, f"none of {found.designs} designs meets it{_nearest_miss(act, goal)}")
        elif not plan_runs(act, act.model(found.best)):
            yield Miss(where, f"its best design cannot run: {told(act, found.best)}")


def _nearest_miss(act: Act, goal: Challenge) -> str:
    """How near the grid comes to each check on its own."""
    said = []
    for index, condition in enumerate(goal.checks):
        count = sum(challenges.holds(condition, act.model(design)) for design in challenges.designs(act, goal))
        said.append(f"check {index} on {condition.output} is met by {count}")
    return "; " + ", ".join(said)


@rule(
    "challenge-share",
    title=f"At most {SHARE:.0%} of the grid meets a challenge",
    why="A goal that nearly every setting reaches is reached by chance.",
    needs=("challenge-solvable",),
)
def challenge_share(case: Case) -> Iterator[Miss | Fact]:
    for act, _ in _goals(case):
        found = challenges.search(act)
        if found.share > SHARE:
            yield Miss(f"{act.id}.challenge", f"{found.feasible} of {found.designs} designs meet it: {found.share:.1%}")


@rule(
    "challenge-start",
    title="The start does not meet the challenge, and its free controls are not the cheapest answer",
    why="A goal that is won by standing still is none.",
    needs=("challenge-solvable",),
)
def challenge_start(case: Case) -> Iterator[Miss | Fact]:
    for act, goal in _goals(case):
        start, best = act.start(), challenges.search(act).best
        where = f"{act.id}.challenge"
        if challenges.met(goal, start, act.model(start)):
            yield Miss(where, "the start meets it")
        elif best is not None and all(best[name] == start[name] for name in goal.free):
            yield Miss(where, "the cheapest design leaves every free control at its start")
