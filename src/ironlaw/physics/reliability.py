"""How often something breaks among many parts, and what redundancy makes of it.

M   mean time between failures of one part, s     A   availability: share of time that something is up
n   parts, replicas                               R   mean time to repair, s
a   annualised failure rate: failures a part-year k   parts that must be up
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence

JULIAN_YEAR = 31_557_600.0

_PARTS = Symbol("parts", "n", "1", "parts that can each fail", low=0)
_MTBF = Symbol("mtbf", "M", "s", "mean time between failures of one part", low=0, low_open=True)
_PERIOD = Symbol("period", "t", "s", "time looked at", low=0)
_UP = Symbol("availability", "A", "1", "share of time that one part is up", low=0, high=1)
_YEAR = Symbol("year", "Y", "s", "a Julian year, 365.25 days", low=0, low_open=True, constant=JULIAN_YEAR)
_REPLICAS = Symbol("replicas", "n", "1", "replicas", low=1, integer=True)
_NEEDED = Symbol("needed", "k", "1", "replicas that must be up", low=0, integer=True)
_PROBABILITY = Symbol("probability", "P", "1", "probability", low=0, high=1)
_BARLOW = "Barlow & Proschan 1975, Statistical Theory of Reliability and Life Testing, "


@equation(
    id="failure-rate",
    title="Failures of a fleet from the annualised failure rate",
    formula="n*a/Y",
    result=Symbol("rate", "lam", "1/s", "failures a second of the whole fleet", low=0),
    symbols=(
        _PARTS,
        Symbol("annual", "a", "1", "annualised failure rate: failures a part and year", low=0),
        _YEAR,
    ),
    source="Definition of the annualised failure rate: failures over part-years (Backblaze Drive Stats counts drive-days)",
    note="A rate, not a probability: parts are replaced at once, so more than one failure a part and year is possible.",
)
def failure_rate(parts: float, annual: float, year: float = JULIAN_YEAR) -> float:
    """Failures per second of `parts` parts."""
    return parts * annual / year


@equation(
    id="system-mtbf",
    title="Time between failures of many parts",
    formula="M/n",
    result=Symbol("system", "M_n", "s", "mean time between failures of the whole", low=0),
    symbols=(_MTBF, Symbol("parts", "n", "1", "parts, each of which stops the whole", low=0, low_open=True)),
    source=_BARLOW + "chapter 3: rates of a series system of exponential parts add up",
    note="Independent failures at a constant rate. A fleet with a few bad nodes, or one with failures that strike many "
    "at once, fails differently at small scale.",
)
def system_mtbf(mtbf: float, parts: float) -> float:
    """Mean seconds between failures of a whole that stops with any of its `parts` parts."""
    return mtbf / parts


@equation(
    id="expected-failures",
    title="Expected failures",
    formula="n*t/M",
    result=Symbol("failures", "N", "1", "expected failures", low=0),
    symbols=(_PARTS, _PERIOD, _MTBF),
    source="Mean of a Poisson process",
    note="Failed parts are replaced or repaired at once.",
)
def expected_failures(parts: float, period: float, mtbf: float) -> float:
    """Failures to expect among `parts` parts in `period` seconds."""
    return parts * period / mtbf


@equation(
    id="failure-count-spread",
    title="Spread of a predicted number of failures",
    formula="sqrt(1/N + s**2)",
    result=Symbol("spread", "w", "1", "relative standard deviation of the count", low=0),
    symbols=(
        Symbol("failures", "N", "1", "expected failures", low=0, low_open=True),
        Symbol("between", "s", "1", "relative spread of the rate between fleets", low=0),
    ),
    source="Law of total variance for a Poisson count whose rate varies from fleet to fleet (Gelman et al. 2013, Bayesian "
    "Data Analysis, section 2.6)",
    note="With few failures chance dominates; with many the fleet does.",
)
def failure_count_spread(failures: float, between: float) -> float:
    """Standard deviation over mean of a count of failures in a fleet that was not measured before."""
    return num.sqrt(1 / failures + between * between)


@equation(
    id="survival",
    title="Probability of no failure",
    formula="exp(-(n*t/M))",
    result=Symbol("probability", "P", "1", "probability that nothing fails", low=0, high=1),
    symbols=(_PARTS, _PERIOD, _MTBF),
    source=_BARLOW + "chapter 3: exponential lifetimes",
    note="Independent parts at a constant rate.",
)
def survival(parts: float, period: float, mtbf: float) -> float:
    """Probability that none of `parts` parts fails in `period` seconds."""
    return num.exp(-(parts * period / mtbf))


@equation(
    id="availability",
    title="Availability",
    formula="M/(M + R)",
    result=Symbol("availability", "A", "1", "share of time that the part is up", low=0, high=1),
    symbols=(_MTBF, Symbol("repair", "R", "s", "mean time to repair", low=0)),
    source=_BARLOW + "chapter 7: an alternating renewal process in the long run",
    note="M is the mean time from a repair to the next failure.",
)
def availability(mtbf: float, repair: float) -> float:
    """Share of time that a part is up when repairs take `repair` seconds."""
    return mtbf / (mtbf + repair)


@equation(
    id="series-availability",
    title="Availability when all parts are needed",
    formula="A**n",
    result=Symbol("system", "A_n", "1", "share of time that all are up", low=0, high=1),
    symbols=(_UP, _REPLICAS),
    source=_BARLOW + "chapter 1: series structure",
    note="Independent parts.",
)
def series_availability(availability: float, replicas: float) -> float:
    """Share of time that all of `replicas` parts are up."""
    return num.power(availability, replicas)


@equation(
    id="parallel-availability",
    title="Availability when one replica is enough",
    formula="1 - (1 - A)**n",
    result=Symbol("system", "A_n", "1", "share of time that at least one is up", low=0, high=1),
    symbols=(_UP, _REPLICAS),
    source=_BARLOW + "chapter 1: parallel structure",
    note="Independent replicas, failover at once. Replicas that share a zone are not independent: k_of_n_zones().",
)
def parallel_availability(availability: float, replicas: float) -> float:
    """Share of time that at least one of `replicas` replicas is up."""
    return 1 - num.power(1 - availability, replicas)


@equation(
    id="downtime",
    title="Downtime of a year",
    formula="(1 - A)*Y",
    result=Symbol("downtime", "D", "s", "time down in a year", low=0),
    symbols=(_UP, _YEAR),
    source="Definition",
)
def downtime(availability: float, year: float = JULIAN_YEAR) -> float:
    """Seconds of a year that something is down."""
    return (1 - availability) * year


@equation(
    id="operations-load",
    title="Load of running many systems",
    formula="a*N + N*log2(N) + N**2/2",
    result=Symbol("load", "L", "1", "load, in units of work of one coordination", low=0),
    symbols=(
        Symbol("systems", "N", "1", "systems in operation", low=1),
        Symbol("own", "a", "1", "work that each system brings by itself", low=0, constant=20.0),
    ),
    source="A sum of three laws: own work, a sorted hierarchy of dependencies, and Brooks 1975 (The Mythical Man-Month), "
    "chapter 2: N·(N-1)/2 pairs, here N²/2",
    note="A model of growth, not of any one team: what counts is which term dominates. With a = 20 the pairs pass the own "
    "work above N = 40.",
)
def operations_load(systems: float, own: float = 20.0) -> float:
    """Load of `systems` systems: linear, linearithmic and pairwise parts."""
    return own * systems + systems * num.log2(systems) + systems * systems / 2


def k_of_n_availability(needed: int, replicas: int, availability: float) -> float:
    """Share of time that at least `needed` of `replicas` independent replicas are up (1, from 0 to 1).

    `availability` is that of one replica: a number or an array. The binomial tail, Barlow & Proschan 1975, chapter 1
    (k-out-of-n structure). Raises InputError for counts that are no whole numbers or `needed` > `replicas`.
    """
    _check_counts(needed, replicas)
    _UP.check(availability)
    return _tail(needed, _binomial(replicas, availability))


def k_of_n_zones(needed: int, zone_sizes: Sequence[int], replica: float, zone: float) -> float:
    """Share of time that at least `needed` replicas are up when whole zones fail too (1, from 0 to 1).

    `zone_sizes` are the replicas in each zone. A zone is up with probability `zone`, and takes all its replicas with it
    when down; in a zone that is up each replica is up with probability `replica`. Zones and replicas are independent
    otherwise. Exact: the distributions of the zones are folded (Barlow & Proschan 1975, chapter 1, modules). Numbers or
    arrays for the probabilities. Raises InputError for sizes below one or `needed` above their sum.
    """
    if not zone_sizes:
        raise InputError(
            "zone_sizes must be at least one size, got none", "zone_sizes", zone_sizes, "at least one size"
        )
    for size in zone_sizes:
        Symbol("zone_sizes", "m", "1", "replicas of a zone", low=1, integer=True).check(size)
    _check_counts(needed, sum(zone_sizes))
    Symbol("replica", "A", "1", "availability of a replica", low=0, high=1).check(replica)
    Symbol("zone", "Z", "1", "availability of a zone", low=0, high=1).check(zone)
    total: list[float] = [1.0]
    for size in zone_sizes:
        inside = [zone * share for share in _binomial(int(size), replica)]
        inside[0] = inside[0] + (1 - zone)
        folded: list[float] = [0.0] * (len(total) + int(size))
        for up, share in enumerate(total):
            for more, part in enumerate(inside):
                folded[up + more] = folded[up + more] + share * part
        total = folded
    return _tail(needed, total)


def replicas_needed(needed: int, availability: float, target: float, most: int = 10_000) -> int:
    """The fewest independent replicas of which `needed` are up for a share `target` of the time.

    Plain numbers. Raises InputError when `most` replicas are not enough: a target of 1 cannot be reached with parts
    that fail.
    """
    _NEEDED.check(needed)
    Symbol("availability", "A", "1", "share of time that a replica is up", low=0, high=1, low_open=True).check(
        availability
    )
    Symbol("target", "A_t", "1", "availability that is asked for", low=0, high=1).check(target)
    least, enough = max(1, int(needed)), most + 1
    while least < enough:  # the tail grows with the replicas, so halving finds the first
        middle = (least + enough) // 2
        reached = middle <= most and k_of_n_availability(needed, middle, availability) >= target
        least, enough = (least, middle) if reached or middle > most else (middle + 1, enough)
    if least > most:
        raise InputError(
            f"target must be within reach of {most} replicas, got {target:g}", "target", target, f"reached by {most}"
        )
    return least


def _check_counts(needed: object, replicas: int) -> None:
    _REPLICAS.check(replicas)
    _NEEDED.check(needed)
    if num.is_array(needed) or num.is_array(replicas) or needed > replicas:  # type: ignore[operator]
        raise InputError(
            f"needed must be a whole number of at most the {replicas} replicas, got {needed}",
            "needed",
            needed,
            f"a whole number from 0 to {replicas}",
        )


def _binomial(trials: int, share: float) -> list[float]:
    """Probabilities of 0 … `trials` successes; by logarithms, so that thousands of trials neither over- nor underflow."""
    trials = int(trials)
    tiny = 1e-300  # stands for 0, whose logarithm is infinite: its powers vanish all the same
    log_up, log_down = num.ln(num.maximum(share, tiny)), num.ln(num.maximum(1 - share, tiny))
    return [num.exp(num.ln_choose(trials, up) + up * log_up + (trials - up) * log_down) for up in range(trials + 1)]


def _tail(needed: int, shares: list[float]) -> float:
    """P(X ≥ needed), from the smaller side; rounding never leaves 0 … 1."""
    needed = int(needed)
    if needed > len(shares) // 2:
        return num.minimum(num.total(shares[needed:]), 1.0)
    return num.maximum(1 - num.total(shares[:needed]), 0.0)
