"""Every design of the panel's grid, counted exactly: which limits each keeps.

A design keeps or breaks seven limits, so it has one of 2^7 patterns. No limit reads all controls: accuracy, privacy and
robustness read backbone, ε, weight and retrainings; uptime and latency read backbone, spare and zones; carbon and fleet
read all but ε and zones. So the grid is counted by joining three tables instead of running the model eight million
times. The tables come from the same terms as the model, with the same comparisons: the counts are exact, and tests hold
them against two brute forces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product

from ironlaw.labs.v2_17_constraints_never_lie import terms
from ironlaw.labs.v2_17_constraints_never_lie.backbones import FAMILY
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS, most
from ironlaw.physics import conflict

# The grid: the places of the panel's controls. Panel and sweep read the same tuples.
BACKBONES = tuple(each.id for each in FAMILY)
EPSILONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 2.0, 4.0)
WEIGHTS = tuple(step / 10 for step in range(11))
SPARES = (0.0, 0.1, 0.2, 0.35, 0.5, 1.0)
ZONES = (1.0, 2.0, 3.0, 4.0)
FLEXIBLE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
INTERVALS = (300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)
RETRAINS = (1.0, 2.0, 3.0, 4.0)

PARTS = tuple(product(BACKBONES, RETRAINS))  # a part of the live sweep: one backbone at one number of runs a year
DESIGNS = (
    len(BACKBONES) * len(EPSILONS) * len(WEIGHTS) * len(terms.STRATEGIES) * len(SPARES) * len(ZONES) * len(FLEXIBLE)
) * (len(INTERVALS) * len(RETRAINS))

Pattern = tuple[bool, ...]  # kept limits, in the order of LIMITS


def run(context: str, index: int) -> dict[str, int]:
    """One part of the live sweep: its designs by pattern, "1101011", how many they are, and how many keep all limits."""
    counted = part(context, index)
    return {**counted, "designs": sum(counted.values()), "feasible": approved(counted)}


def patterns(totals: Mapping[str, int]) -> dict[str, int]:
    """The patterns among the totals of a live sweep."""
    return {name: count for name, count in totals.items() if len(name) == len(LIMITS) and set(name) <= {"0", "1"}}


def part(context: str, index: int) -> dict[str, int]:
    """Designs of one part by their pattern."""
    backbone, retrains = PARTS[index]
    counted = _patterns(backbone, retrains, context)
    return {"".join("1" if kept else "0" for kept in pattern): many for pattern, many in counted.items()}


@cache
def count(context: str) -> Mapping[str, int]:
    """Designs of the whole grid by their pattern."""
    found: Counter[str] = Counter()
    for index in range(len(PARTS)):
        found.update(part(context, index))
    return found


def _patterns(backbone: str, retrains: float, context: str) -> Counter[Pattern]:
    allowed = most()
    serving = [_serving(backbone, spare, allowed) for spare in SPARES]
    found: Counter[Pattern] = Counter()
    for weight in WEIGHTS:
        learnt = _learning(backbone, weight, retrains, allowed)
        runs = _runs(backbone, weight, retrains, context)
        for spare, served in zip(SPARES, serving, strict=True):
            run = _running(runs, backbone, spare, context, allowed)
            for (a, e, r), many in learnt.items():
                for (p, u), some in served.items():
                    for (c, f), each in run.items():
                        found[a, p, e, r, c, u, f] += many * some * each
    return found


def _learning(backbone: str, weight: float, retrains: float, allowed: Mapping[str, float]) -> Counter[Pattern]:
    """ε by (accuracy, privacy, robustness)."""
    return Counter(
        (
            terms.error(backbone, epsilon, weight, retrains).middle <= allowed["accuracy"],
            terms.spent(epsilon, retrains) <= allowed["privacy"],
            1 - terms.robust(backbone, epsilon, weight, retrains).middle <= allowed["robustness"],
        )
        for epsilon in EPSILONS
    )


def _serving(backbone: str, spare: float, allowed: Mapping[str, float]) -> Counter[Pattern]:
    """Zones by (latency, uptime)."""
    quick = terms.served(backbone, spare).p99 <= allowed["latency"]
    return Counter((quick, terms.down(backbone, spare, zones) <= allowed["uptime"]) for zones in ZONES)


def _runs(backbone: str, weight: float, retrains: float, context: str) -> list[tuple[float, float]]:
    """Carbon of training and GPUs that train, for every strategy, interval and flexible share."""
    found = []
    for strategy, interval in product(terms.STRATEGIES, INTERVALS):
        seconds = terms.run_seconds(backbone, weight, strategy, interval)
        training = terms.training_energy(seconds, retrains)
        found += [
            (terms.training_carbon(training, flexible, context), terms.trainers(seconds, flexible))
            for flexible in FLEXIBLE
        ]
    return found


def _running(
    runs: list[tuple[float, float]], backbone: str, spare: float, context: str, allowed: Mapping[str, float]
) -> Counter[Pattern]:
    """Strategy, interval and flexible share by (carbon, fleet)."""
    served = terms.serving_carbon(terms.serving_energy(backbone, spare), context)
    servers, carbon, fleet = terms.servers(backbone, spare), allowed["carbon"], allowed["fleet"]
    return Counter((trained + served <= carbon, trainers + servers <= fleet) for trained, trainers in runs)


# --- what the counts say ----------------------------------------------------------------------------------------------


def keeping(counts: Mapping[str, int], *limits: str) -> int:
    """Designs that keep all of these limits, whatever they do to the others."""
    places = [LIMITS.index(limit) for limit in limits]
    return sum(many for pattern, many in counts.items() if all(pattern[place] == "1" for place in places))


def approved(counts: Mapping[str, int]) -> int:
    """Designs that keep every limit."""
    return counts.get("1" * len(LIMITS), 0)


def share(counts: Mapping[str, int], *limits: str) -> float:
    """Share of the designs that keep these limits."""
    whole = sum(counts.values())
    return keeping(counts, *limits) / whole if whole else 0.0


def removed(counts: Mapping[str, int], limit: str) -> float:
    """Share of the designs that this limit alone would remove."""
    return 1 - share(counts, limit)


def lift(counts: Mapping[str, int], one: str, two: str) -> float | None:
    """Designs that keep both, as a multiple of what independence would give; None where one is never kept."""
    first, second = share(counts, one), share(counts, two)
    return conflict.limit_lift(share(counts, one, two), first, second) if first and second else None


def pairs() -> Iterator[tuple[str, str]]:
    """Every pair of limits, in their order."""
    yield from combinations(LIMITS, 2)
