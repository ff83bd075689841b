"""v2_17: the count of the whole grid, held against two brute forces, and what is built on it."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from ironlaw.labkit import challenge
from ironlaw.labkit import evaluate as ev
from ironlaw.labs.v2_17_constraints_never_lie import LAB, architecture, steps, sweep
from ironlaw.labs.v2_17_constraints_never_lie.act2_facts import PAIRS
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS

from . import v2_17_oracle as oracle

ACT = LAB.acts[1]
CONTEXTS = {"mixed": 386.0, "renewable": 40.0}


@cache
def brute(context: str) -> Counter[str]:
    """Every design of the grid by broadcasting, a backbone at a time; axes: ε w strategy spare zones flexible τ R."""
    eps, w, _, _, _, flexible, tau, runs = np.ix_(
        sweep.EPSILONS, sweep.WEIGHTS, range(3), range(6), range(4), sweep.FLEXIBLE, sweep.INTERVALS, sweep.RETRAINS
    )
    spent = np.array([[oracle.spent(e, r) for r in sweep.RETRAINS] for e in sweep.EPSILONS])
    counted: Counter[str] = Counter()
    for name in sweep.BACKBONES:
        run = np.concatenate([oracle.seconds(name, w, each, tau) for each in ("data", "tensor", "three")], axis=2)
        carbon, fleet = [], []
        for spare in sweep.SPARES:
            carbon.append(oracle.emitted(name, run, runs, flexible, spare, CONTEXTS[context]))
            fleet.append(run / (14 * 86_400) * (1 + flexible) + 10 * oracle.pool(name, spare)[1])
        kept = (
            oracle.wrong(name, eps, w, runs) <= 0.05,
            np.array([oracle.p99(name, spare) <= 0.2 for spare in sweep.SPARES]).reshape(1, 1, 1, -1, 1, 1, 1, 1),
            (spent <= 1).reshape(len(sweep.EPSILONS), 1, 1, 1, 1, 1, 1, -1),
            oracle.right_under_attack(name, eps, w, runs) >= 0.5,
            np.concatenate(carbon, axis=3) <= oracle.allowance(),
            np.array(
                [[oracle.down(name, spare, int(zones)) <= 0.001 for zones in sweep.ZONES] for spare in sweep.SPARES]
            ).reshape(1, 1, 1, len(sweep.SPARES), -1, 1, 1, 1),
            np.concatenate(fleet, axis=3) <= 10_000,
        )
        code: Any = sum(np.asarray(each, dtype=np.uint8) << place for place, each in enumerate(kept))
        for number, many in enumerate(np.bincount(code.ravel(), minlength=128)):
            if many:
                counted["".join(str(number >> place & 1) for place in range(7))] += int(many)
    return counted


@pytest.mark.parametrize("context", CONTEXTS)
def test_the_count_is_that_of_a_brute_force_over_every_design(context: str) -> None:
    counts = sweep.count(context)
    assert sum(counts.values()) == sweep.DESIGNS == sum(brute(context).values()) >= 10**6
    assert {name: many for name, many in counts.items() if many} == dict(brute(context))


def test_the_grid_is_the_panel() -> None:
    places = 1
    for control in ACT.controls:
        if control.id != "grid":
            axis = tuple(control.ticks) if hasattr(control, "ticks") else tuple(o.value for o in control.options)
            assert axis == steps.AXES[control.id]
            places *= len(axis)
    assert places == sweep.DESIGNS


def test_random_designs_through_the_acts_own_model_keep_what_the_oracle_says() -> None:
    rng = random.Random(17)  # noqa: S311 - a sample, not a secret
    limits = {limit.id: limit for limit in ACT.constraints}
    for _ in range(400):
        context = rng.choice(list(CONTEXTS))
        s: Any = {name: rng.choice(axis) for name, axis in steps.AXES.items()} | {"grid": context}
        values = ACT.model(s)
        pattern = tuple(not ev.crossed(limits[name], values) for name in LIMITS)
        assert pattern == _by_oracle(s)
        assert brute(context)["".join("1" if kept else "0" for kept in pattern)] > 0
        assert all(pattern) == (values["verdict"] == "approved") == (steps.binding(s) is None)


def _by_oracle(s: Any) -> tuple[bool, ...]:
    learnt = (s["backbone"], s["epsilon"], s["weight"], s["retrains"])
    run = oracle.seconds(s["backbone"], s["weight"], s["strategy"], s["interval"])
    emitted = oracle.emitted(s["backbone"], run, s["retrains"], s["flexible"], s["spare"], CONTEXTS[s["grid"]])
    fleet = run / (14 * 86_400) * (1 + s["flexible"]) + 10 * oracle.pool(s["backbone"], s["spare"])[1]
    return (
        oracle.wrong(*learnt) <= 0.05,
        oracle.p99(s["backbone"], s["spare"]) <= 0.2,
        oracle.spent(s["epsilon"], s["retrains"]) <= 1,
        oracle.right_under_attack(*learnt) >= 0.5,
        emitted <= oracle.allowance(),
        oracle.down(s["backbone"], s["spare"], int(s["zones"])) <= 0.001,
        fleet <= 10_000,
    )


def test_few_designs_are_approved_and_none_on_the_mixed_grid() -> None:
    share = sweep.approved(sweep.count("renewable")) / sweep.DESIGNS
    assert 0.001 <= share <= 0.05
    assert sweep.approved(sweep.count("mixed")) == 0


def test_the_live_parts_add_up_and_are_drawn() -> None:
    assert ACT.sweep is not None
    totals: Counter[str] = Counter()
    for index in range(ACT.sweep.parts):
        totals.update(ACT.sweep.run("renewable", index))
    assert totals["designs"] == sweep.DESIGNS
    assert totals["feasible"] == sweep.approved(sweep.count("renewable"))
    assert sweep.patterns(totals) == dict(sweep.count("renewable"))
    removed, lifts = ACT.sweep.figures("renewable", totals)
    assert len(removed["table"]["rows"]) == 7
    assert len(lifts["table"]["rows"]) == 21


def test_keys_follow_from_the_brute_force() -> None:
    counts = brute("renewable")
    removed = {limit: sweep.removed(counts, limit) for limit in LIMITS}
    assert ACT.prediction.key(ACT.facts()) == max(removed, key=lambda limit: removed[limit]) == "uptime"
    lifts = {pair: sweep.lift(counts, *pair) for pair in sweep.pairs()}
    assert min(lifts, key=lambda pair: lifts[pair] or 9.0) == PAIRS[0] == ("accuracy", "robustness")
    assert ACT.reflection.question.key(ACT.facts()) == "robustness"
    assert ACT.second is not None
    assert ACT.second.question.key(ACT.facts()) == "some"


def test_following_the_gradients_leads_from_the_start_to_approval() -> None:
    settings = ACT.start()
    values = ACT.model(settings)
    assert 2 <= values["of"] - values["met"] <= 4  # type: ignore[operator]  # both are numbers
    for _ in range(40):
        if values["verdict"] == "approved":
            break
        ahead = architecture.ahead(settings)
        assert ahead.next is not None
        said = architecture.SAID[ahead.next.control][ahead.next.direction > 0]
        assert values["next"] == said  # it is what the card shows
        lacked = values["missing"]
        settings = {**settings, ahead.next.control: ahead.next.value}
        values = ACT.model(settings)
        assert values["missing"] == pytest.approx(lacked - ahead.closes)  # type: ignore[operator]  # a number
    assert values["verdict"] == "approved"
    assert ACT.challenge is not None
    assert challenge.met(ACT.challenge, settings, values)


def test_every_card_can_be_red_and_green() -> None:
    for context in CONTEXTS:
        counts = brute(context)
        for limit in LIMITS:
            assert 0 < sweep.removed(counts, limit) < 1
