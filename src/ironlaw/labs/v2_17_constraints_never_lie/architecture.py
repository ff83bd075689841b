"""The model of act II: one architecture, all its limits at once. Every number comes from `terms.py`.

The controls are those of `steps.AXES` and the supply, `grid`. No plan is impossible here: a limit that is crossed is a
refusal of the board, not of physics, so every output always has a value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ironlaw.labkit.spec import Settings, Value
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie import steps, terms
from ironlaw.labs.v2_17_constraints_never_lie.backbones import by_id
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS, most
from ironlaw.physics import gaussian_privacy

START: dict[str, Any] = {
    "backbone": "base",
    "epsilon": 0.6,
    "weight": 0.7,
    "spare": 0.5,
    "zones": 2.0,
    "strategy": "data",
    "flexible": 0.0,
    "interval": 14_400.0,
    "retrains": 4.0,
    "grid": "renewable",
}
# How a control and its direction are called in a sentence.
SAID = {
    "backbone": ("a smaller backbone", "a larger backbone"),
    "epsilon": ("a smaller ε a run", "a larger ε a run"),
    "weight": ("fewer attacked tiles", "more attacked tiles"),
    "spare": ("less spare capacity", "more spare capacity"),
    "zones": ("one zone less", "one zone more"),
    "strategy": ("a simpler split of the training", "a finer split of the training"),
    "flexible": ("fewer flexible jobs", "more flexible jobs"),
    "interval": ("more frequent checkpoints", "less frequent checkpoints"),
    "retrains": ("one training a year less", "one training a year more"),
}
NOWHERE = "no single step: two controls have to move together"
ARRIVED = "none: every limit is kept"


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act II."""
    return dict(_model(tuple(settings[name] for name in START)))


def ahead(settings: Settings) -> steps.Ahead:
    """What each single step from here changes; pictures and model share it."""
    return _ahead(tuple(settings[name] for name in START))


@lru_cache(maxsize=512)
def _ahead(key: tuple[Any, ...]) -> steps.Ahead:
    s = dict(zip(START, key, strict=True))
    return steps.ahead(s, steps.margins(s))


@lru_cache(maxsize=512)
def _model(key: tuple[Any, ...]) -> dict[str, Value]:
    s: Any = dict(zip(START, key, strict=True))
    margins = steps.margins(s)
    return _learnt(s) | _served(s) | _run(s) | _limits() | _judged(s, margins)


def _learnt(s: Any) -> dict[str, Value]:
    settings = (s["backbone"], s["epsilon"], s["weight"], s["retrains"])
    wrong, robust = terms.error(*settings), terms.robust(*settings)
    noise = gaussian_privacy.noise_for(s["epsilon"], sc.DELTA)
    return {
        "accuracy": 1 - wrong.middle,
        "accuracy_low": 1 - wrong.high,
        "accuracy_high": 1 - wrong.low,
        "error": wrong.middle,
        "size_factor": terms.size_factor(s["backbone"]),
        "privacy_factor": terms.privacy_factor(s["epsilon"]),
        "attack_factor": terms.attack_factor(s["weight"]),
        "staleness": terms.staleness(s["retrains"]),
        "robust": robust.middle,
        "robust_low": robust.low,
        "robust_high": robust.high,
        "broken": 1 - robust.middle,
        "spent": terms.spent(s["epsilon"], s["retrains"]),
        "noise": noise,
        "noise_together": gaussian_privacy.gaussian_composition(noise, s["retrains"]),
        "epsilon_set": s["epsilon"],
        "weight_set": s["weight"],
        "retrains_set": s["retrains"],
        "parameters": by_id(s["backbone"]).parameters,
    }


def _served(s: Any) -> dict[str, Value]:
    served, down = terms.served(s["backbone"], s["spare"]), terms.down(s["backbone"], s["spare"], s["zones"])
    pool, needed = terms.replicas(s["backbone"], s["spare"]), terms.needed(s["backbone"])
    return {
        "p99": served.p99,
        "service": served.service,
        "slow": served.slow,
        "wait": served.wait,
        "mean_wait": served.mean_wait,
        "waiting": served.waiting,
        "utilisation": served.utilisation,
        "needed": float(needed),
        "pool": float(pool),
        "left": float(pool - max(terms.zone_sizes(pool, min(int(s["zones"]), pool)))),
        "zones_set": s["zones"],
        "spare_set": s["spare"],
        "uptime": 1 - down,
        "down": down,
        "downtime": down * sc.YEAR,
    }


def _run(s: Any) -> dict[str, Value]:
    seconds = terms.run_seconds(s["backbone"], s["weight"], s["strategy"], s["interval"])
    training, serving = terms.training_energy(seconds, s["retrains"]), terms.serving_energy(s["backbone"], s["spare"])
    emitted = terms.emitted(training, serving, s["flexible"], s["grid"])
    trainers, servers = terms.trainers(seconds, s["flexible"]), terms.servers(s["backbone"], s["spare"])
    return {
        "carbon": emitted,
        "cut": 1 - emitted / terms.today(),
        "training_energy": training,
        "serving_energy": serving,
        "training_carbon": terms.training_carbon(training, s["flexible"], s["grid"]),
        "serving_carbon": terms.serving_carbon(serving, s["grid"]),
        "intensity": sc.intensity(s["grid"]),
        "flexible_set": s["flexible"],
        "fleet": trainers + servers,
        "trainers": trainers,
        "servers": servers,
        "efficiency": terms.step(s["backbone"], s["weight"], s["strategy"]).efficiency,
        "kept_time": terms.kept_time(s["backbone"], s["interval"]),
        "interval_set": s["interval"],
        "write": terms.write_time(s["backbone"]),
        "run_time": seconds / sc.BUDGET,
    }


def _limits() -> dict[str, Value]:
    told: dict[str, Value] = {
        "accuracy_least": sc.ACCURACY,
        "robust_least": sc.ROBUST,
        "uptime_least": sc.UPTIME,
        "cut_least": sc.CUT,
    }
    allowed = most()
    return told | {f"{limit}_most": allowed[limit] for limit in LIMITS}


def _judged(s: Any, margins: dict[str, float]) -> dict[str, Value]:
    crossed = [limit for limit in LIMITS if margins[limit] < 0]
    forward = ahead(s)
    said = SAID[forward.next.control][forward.next.direction > 0] if forward.next else ""
    told: dict[str, Value] = {
        "met": float(len(LIMITS) - len(crossed)),
        "of": float(len(LIMITS)),
        "missing": steps.missing(margins),
        "verdict": "not approved" if crossed else "approved",
        "next": said or (NOWHERE if crossed else ARRIVED),
        "closes": forward.closes,
    }
    return told | {f"margin_{limit}": margins[limit] for limit in LIMITS}
