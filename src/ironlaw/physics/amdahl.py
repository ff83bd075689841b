"""Speedup laws: what the serial part, contention and coherence leave of N workers.

n   workers           p   share of the work that runs in parallel      σ   contention: share that is serialised
S   speedup           s   serial share of the scaled run's time        κ   coherence: cost of each pair of workers
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_WORKERS = Symbol("workers", "n", "1", "workers", low=1)
_SPEEDUP = Symbol("speedup", "S", "1", "work per second, as a multiple of one worker's", low=0)
_PARALLEL = Symbol("parallel", "p", "1", "share of one worker's time that can be spread over all", low=0, high=1)
_CONTENTION = Symbol("contention", "sigma", "1", "share of the work that is serialised", low=0, high=1)
_GUNTHER = "Gunther 2007, Guerrilla Capacity Planning, "


@equation(
    id="amdahl-speedup",
    title="Amdahl's law",
    formula="1/(1 - p + p/n)",
    result=_SPEEDUP,
    symbols=(_PARALLEL, _WORKERS),
    source="Amdahl 1967, Validity of the Single Processor Approach to Achieving Large Scale Computing Capabilities",
    note="The problem stays the same as workers are added.",
)
def amdahl_speedup(parallel: float, workers: float) -> float:
    """Speedup of a fixed problem on `workers` workers."""
    return 1 / (1 - parallel + parallel / workers)


@equation(
    id="amdahl-limit",
    title="Amdahl's limit",
    formula="1/(1 - p)",
    result=_SPEEDUP,
    symbols=(
        Symbol(
            "parallel",
            "p",
            "1",
            "share of one worker's time that can be spread over all",
            low=0,
            high=1,
            high_open=True,
        ),
    ),
    source="Amdahl 1967, as the workers grow without limit",
)
def amdahl_limit(parallel: float) -> float:
    """Speedup that no number of workers passes."""
    return 1 / (1 - parallel)


@equation(
    id="gustafson-speedup",
    title="Gustafson's law",
    formula="n - s*(n - 1)",
    result=_SPEEDUP,
    symbols=(Symbol("serial", "s", "1", "serial share of the time on all workers", low=0, high=1), _WORKERS),
    source="Gustafson 1988, Reevaluating Amdahl's Law, Communications of the ACM 31(5)",
    note="The problem grows with the workers, the time stays: weak scaling. The serial share is of the scaled run.",
)
def gustafson_speedup(serial: float, workers: float) -> float:
    """Scaled speedup on `workers` workers."""
    return workers - serial * (workers - 1)


@equation(
    id="universal-scalability",
    title="Universal scalability law",
    formula="n/(1 + sigma*(n - 1) + kappa*n*(n - 1))",
    result=_SPEEDUP,
    symbols=(
        _WORKERS,
        _CONTENTION,
        Symbol("coherence", "kappa", "1", "cost of keeping a pair of workers in agreement", low=0),
    ),
    source=_GUNTHER + "eq. 4.31",
    note="Without coherence it is Amdahl's law with p = 1 − σ: 8 workers at σ = 0.15 are worth 3.9. With it, more "
    "workers can be slower.",
)
def universal_scalability(workers: float, contention: float, coherence: float = 0.0) -> float:
    """Capacity of `workers` workers, as a multiple of one."""
    return workers / (1 + contention * (workers - 1) + coherence * workers * (workers - 1))


@equation(
    id="scalability-peak",
    title="Workers beyond which more are slower",
    formula="sqrt(p/kappa)",
    result=Symbol("workers", "n_peak", "1", "number of workers with the highest capacity", low=0),
    symbols=(
        Symbol("parallel", "p", "1", "share of the work that is not serialised, 1 − σ", low=0, high=1),
        Symbol("coherence", "kappa", "1", "cost of keeping a pair of workers in agreement", low=0, low_open=True),
    ),
    source=_GUNTHER + "eq. 4.33",
)
def scalability_peak(parallel: float, coherence: float) -> float:
    """Where the universal scalability law has its maximum."""
    return num.sqrt(parallel / coherence)


@equation(
    id="serial-share",
    title="Serial share from a measured speedup (Karp–Flatt)",
    formula="(1/S - 1/n)/(1 - 1/n)",
    result=Symbol("serial", "e", "1", "serial share that Amdahl's law needs for this speedup"),
    symbols=(
        Symbol("speedup", "S", "1", "measured speedup", low=0, low_open=True),
        Symbol("workers", "n", "1", "workers", low=2),
    ),
    source="Karp and Flatt 1990, Measuring Parallel Processor Performance, Communications of the ACM 33(5)",
    note="A share that grows with the workers is overhead, not serial work. Below 0 the speedup is above linear.",
)
def serial_share(speedup: float, workers: float) -> float:
    """Serial share of a fixed problem that explains a measured speedup."""
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
