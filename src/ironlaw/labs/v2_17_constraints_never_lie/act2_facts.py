"""The facts of act II: the scenario, the sweep and the published shapes. All computed, none typed."""

from __future__ import annotations

from functools import cache
from math import prod

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import architecture, sweep, terms
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie.backbones import FAMILY
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS

# Edges of the question on the share; the texts of its options are filled from them.
EDGES = (0.001, 0.01, 0.1)
MOST, SECOND = "uptime", "robustness"
PAIRS = (("accuracy", "robustness"), ("accuracy", "privacy"), ("robustness", "fleet"), ("carbon", "fleet"))


@cache
def facts() -> Facts:
    """The scenario's numbers, and what the sweep of both supplies says."""
    told = _scenario() | _places() | _swept() | _shapes()
    for name, value in architecture.model(architecture.START).items():
        if name in {"accuracy", "spent", "uptime", "robust", "met", "of", "missing"}:
            told[f"draft_{name}"] = Q(value, {"spent": "number", "met": "count", "of": "count"}.get(name, "share"))
    return told


def _scenario() -> dict[str, Q]:
    told = {
        "hospitals": Q(sc.HOSPITALS, "count"),
        "images": Q(sc.IMAGES_A_DAY, "count"),
        "budget": Q(sc.BUDGET, "count"),
        "least_accuracy": Q(sc.ACCURACY, "share"),
        "most_latency": Q(sc.LATENCY, "seconds"),
        "most_epsilon": Q(sc.EPSILON, "number"),
        "least_robust": Q(sc.ROBUST, "share"),
        "least_cut": Q(sc.CUT, "share"),
        "least_uptime": Q(sc.UPTIME, "share"),
        "limits": Q(float(len(LIMITS) - 1), "count"),
        "today": Q(terms.today(), "carbon"),
        "allowance": Q(terms.allowance(), "carbon"),
        "one_percent": Q(0.01, "share"),
        "restart": Q(registry.get("bytedance-megascale")["restart"], "seconds"),
        "mtbf": Q(terms.fleet_mtbf(), "seconds"),
        "mixed_intensity": Q(sc.intensity("mixed"), "carbon_intensity"),
        "renewable_intensity": Q(sc.intensity("renewable"), "carbon_intensity"),
        "edge_low": Q(EDGES[0], "share"),
        "edge_middle": Q(EDGES[1], "share"),
        "edge_high": Q(EDGES[2], "share"),
    }
    return told | {f"parameters_{each.id}": Q(each.parameters, "parameters") for each in FAMILY}


def _places() -> dict[str, Q]:
    """The places of the grid as read, so that a share of it can be reasoned before the panel opens."""
    numbers = {
        "epsilon": (sweep.EPSILONS, "number"),
        "retrains": (sweep.RETRAINS, "count"),
        "weight": (sweep.WEIGHTS, "share"),
        "spare": (sweep.SPARES, "share"),
        "zones": (sweep.ZONES, "count"),
        "flexible": (sweep.FLEXIBLE, "share"),
        "interval": (sweep.INTERVALS, "seconds"),
    }
    told = {name: ", ".join(plain(place, kind) for place in places) for name, (places, kind) in numbers.items()}
    told["backbone"] = ", ".join(f"{each.letter} ({plain(each.parameters, 'parameters')})" for each in FAMILY)
    told["strategy"] = "data; tensor and data; tensor, pipeline and data"
    return {f"places_{name}": Q(said, "text") for name, said in told.items()}


def _swept() -> dict[str, Q]:
    counts, mixed = sweep.count("renewable"), sweep.count("mixed")
    told = {
        "designs": Q(float(sweep.DESIGNS), "count"),
        "approved": Q(float(sweep.approved(counts)), "count"),
        "approved_share": Q(sweep.approved(counts) / sweep.DESIGNS, "share"),
        "mixed_approved": Q(float(sweep.approved(mixed)), "count"),
        "mixed_removed_carbon": Q(sweep.removed(mixed, "carbon"), "share"),
        "independent": Q(prod(sweep.share(counts, limit) for limit in LIMITS), "share"),
    }
    for limit in LIMITS:
        told[f"removed_{limit}"] = Q(sweep.removed(counts, limit), "share")
        told[f"kept_{limit}"] = Q(sweep.share(counts, limit), "share")
    told["independent_ratio"] = Q(told["independent"].value / told["approved_share"].value, "ratio")  # type: ignore[operator]  # both are floats
    for one, two in PAIRS:
        told[f"lift_{one}_{two}"] = Q(sweep.lift(counts, one, two), "number")
        told[f"both_{one}_{two}"] = Q(sweep.share(counts, one, two), "share")
        told[f"chance_{one}_{two}"] = Q(sweep.share(counts, one) * sweep.share(counts, two), "share")
    return told


def _shapes() -> dict[str, Q]:
    low, middle, high = sc.privacy_slopes()
    hardened = registry.get(sc.HARDENED)
    return {
        "slope_low": Q(low, "number"),
        "slope": Q(middle, "number"),
        "slope_high": Q(high, "number"),
        "attack_error": Q(sc.attack_factors()[1], "ratio"),
        "attack_kept": Q(sc.kept_shares()[1], "share"),
        "hardened_accuracy": Q(hardened["accuracy"], "share"),
        "hardened_robust": Q(hardened["robust_accuracy"], "share"),
        "plain_accuracy": Q(registry.get(sc.PLAIN)["accuracy"], "share"),
        "pilot_accuracy": Q(1 - sc.PILOT_ERROR, "share"),
    }
