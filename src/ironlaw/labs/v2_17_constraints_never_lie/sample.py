"""The sample ledger: what a learner might have left, made up by a seeded simulation and labelled as such everywhere.

It is made, not measured: a learner who is too sure at first, learns, and underestimates numbers. What an older engine said of
their decisions is made up too, from what the engine says today.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from ironlaw.elementary import log, normal_quantile, power
from ironlaw.labkit.scoring import brier, forecast
from ironlaw.labkit.spec import Value
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive, archive
from ironlaw.labs.v2_17_constraints_never_lie.domains import HOME

SEED = "a sample ledger"
NAME = "sample ledger"
LABS = tuple(lab for lab in HOME if lab != "v2_17")
NOT_DONE = frozenset({"v1_07", "v1_10", "v1_16", "v2_08", "v2_11", "v2_12"})  # so that not everything is evidence
OPTIONS = 4
DRIFTS = 0.75  # share of computed outputs that an older engine is made to say otherwise
CONFIDENCES = (0.3, 0.5, 0.7, 0.85, 0.97)
# How likely the made-up learner is right, and how often they hit a limit, where it differs from the rest.
SKILL = {"Networking": 0.45, "Memory": 0.75, "Privacy & Ethics": 0.4}
CLUMSY = {"Networking": (3, 5), "Serving": (1, 3)}


@cache
def records() -> tuple[Mapping[str, Any], ...]:
    """Records in the shape of `ledger.design_record`, in the order of the curriculum."""
    rng = random.Random(SEED)  # noqa: S311 - a made-up learner, not a secret
    return tuple(_record(rng, lab, place) for place, lab in enumerate(LABS) if lab not in NOT_DONE)


@cache
def sample() -> Archive:
    """The sample ledger, read like any other."""
    return archive(NAME, records())


def older(lab: str, name: str, value: Value, *, chosen: bool) -> Value:
    """What an older engine might have said where today's says `value`: most outputs the same, some a little off.

    A number that was chosen rather than computed is the same in every engine.
    """
    rng = random.Random(f"{SEED} {lab} {name}")  # noqa: S311 - a made-up record, not a secret
    drifts, factor = rng.random() < DRIFTS, 1 + rng.choice((-1, 1)) * rng.uniform(0.04, 0.12)
    if not isinstance(value, float) or not drifts or chosen:
        return value
    # What lies between none and all of something stays there.
    return min(1.0, value * factor) if 0 <= value <= 1 else value * factor


def _record(rng: random.Random, lab: str, place: int) -> dict[str, Any]:
    domain, learnt = HOME[lab], place / len(LABS)
    predictions = [_prediction(rng, domain, learnt, place, act) for act in ("act1", "act2")]
    predictions.append(_estimate(rng, learnt, place))
    return {
        "lab": lab,
        "context": None,
        "opened_at": _at(place, 0),
        "completed_at": _at(place, 50),
        "predictions": predictions,
        "decisions": [
            {"act": act, "option": "", "text": "", "context": None, "settings": {}, "at": _at(place, 40)}
            for act in ("act1", "act2")
        ],
        "results": {},
        "constraints": [_limit(rng, domain, number) for number in range(2)],
        "domain": domain,
    }


def _at(place: int, minute: int) -> str:
    return f"2025-{1 + place // 28:02d}-{1 + place % 28:02d}T10:{minute:02d}:00Z"


def _prediction(rng: random.Random, domain: str, learnt: float, place: int, act: str) -> dict[str, Any]:
    correct = rng.random() < SKILL.get(domain, 0.58) + 0.2 * (learnt - 0.5)
    confidence = rng.choice(CONFIDENCES[2:] if rng.random() > learnt else CONFIDENCES[:4])
    truth = 0 if correct else 1
    return {
        "act": act,
        "question": "prediction",
        "option": "",
        "confidence": confidence,
        "correct": correct,
        "brier": brier(forecast(0, confidence, OPTIONS), truth),
        "log": None,
        "at": _at(place, 5 if act == "act1" else 25),
    }


def _estimate(rng: random.Random, learnt: float, place: int) -> dict[str, Any]:
    """A number with an interval: too low more often than not, and less so with practice."""
    truth = power(10.0, rng.uniform(-3, 9))
    best = truth * power(10.0, -0.5 * (1 - learnt) + 0.35 * normal_quantile(rng.uniform(0.001, 0.999)))
    low, high = best / 3, best * 3
    correct = low <= truth <= high
    return {
        "act": "act2",
        "question": "second",
        "option": "",
        "confidence": 0.8,
        "correct": correct,
        "brier": brier(forecast(0, 0.8, OPTIONS), 0 if correct else 1),
        "log": None,
        "value": best,
        "low": low,
        "high": high,
        "truth": truth,
        "error": log(best / truth),
        "at": _at(place, 30),
    }


def _limit(rng: random.Random, domain: str, number: int) -> dict[str, Any]:
    hits = rng.randint(*CLUMSY.get(domain, (0, 2)))
    left = max(0, hits - (rng.random() < 0.25))
    return {
        "act": f"act{number + 1}",
        "constraint": f"sample{number}",
        "domain": domain,
        "hits": hits,
        "recoveries": left,
        "active": left < hits,
        "hit": hits > 0,
        "left": left > 0,
    }
