"""A shared cluster: GPUs that gangs strand, how long a gang waits for its nodes, and what backfilling can and cannot do.

G   GPUs of a node       g   GPUs of a gang (a job that starts all at once)    A   GPU-seconds of all jobs together
N   GPUs of the cluster  f   share of GPUs that are free                       T   run time, s
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation
from .tail import harmonic

if TYPE_CHECKING:
    from collections.abc import Iterable

_NODE = Symbol("node", "G", "1", "GPUs of a node", low=1, integer=True)
_GANG = Symbol("gang", "g", "1", "GPUs that a job needs at once", low=1, integer=True)
_CLUSTER = Symbol("gpus", "N", "1", "GPUs of the cluster", low=1, integer=True)
_WORK = Symbol("work", "A", "s", "GPU-seconds of all jobs: run time times GPUs", low=0)
_LONGEST = Symbol("longest", "T_max", "s", "run time of the longest job", low=0)
_SHARE = Symbol("share", "S_idle", "1", "share of the GPUs that stay idle", low=0, high=1)
_RIGID = "Turek, Wolf and Yu 1992, Approximate Algorithms for Scheduling Parallelizable Tasks, SPAA"


@equation(
    id="gangs-per-node",
    title="Gangs that fit on a node",
    formula="floor(G/g)",
    result=Symbol("gangs", "n_gang", "1", "gangs that one node can hold", low=0),
    symbols=(_NODE, _GANG),
    source="Counting",
    note="0 for a gang that is larger than a node: see gang-idle-share.",
)
def gangs_per_node(node: float, gang: float) -> float:
    """Gangs of `gang` GPUs that one node of `node` GPUs holds."""
    return num.floor(node / gang)


@equation(
    id="stranded-share",
    title="GPUs stranded beside small gangs",
    formula="(G - g*floor(G/g))/G",
    result=_SHARE,
    symbols=(_NODE, _GANG),
    source="Counting",
    note="Every job the same gang, none split over nodes, nothing smaller to fill the gaps. 3 GPUs on nodes of 8 strand "
    "a quarter. A gang above the node's size fits nowhere: the share is 1.",
)
def stranded_share(node: float, gang: float) -> float:
    """Share of a node that no gang of this size can use."""
    return (node - gang * num.floor(node / gang)) / node


@equation(
    id="gang-idle-share",
    title="GPUs idle beside a gang on whole nodes",
    formula="(G*ceil(g/G) - g)/(G*ceil(g/G))",
    result=_SHARE,
    symbols=(_NODE, _GANG),
    source="Counting",
    note="A job that holds whole nodes, as large jobs do for their network. 12 GPUs on nodes of 8 hold 16.",
)
def gang_idle_share(node: float, gang: float) -> float:
    """Share of the GPUs held that a job on whole nodes does not use."""
    held = node * num.ceil(gang / node)
    return (held - gang) / held


@equation(
    id="free-nodes",
    title="Whole nodes free when jobs are scattered",
    formula="N/G*f**G",
    result=Symbol("nodes", "n_free", "1", "mean number of nodes with all GPUs free", low=0),
    symbols=(_CLUSTER, Symbol("free", "f", "1", "share of GPUs that are free", low=0, high=1), _NODE),
    source="Binomial distribution: GPUs are free independently of each other",
    note="The worst case of placement without packing: a cluster with a fifth of its GPUs free has no free node of 8. "
    "whole_node_chance() gives the chance of a gang.",
)
def free_nodes(gpus: float, free: float, node: float) -> float:
    """Mean number of wholly free nodes when the free GPUs lie anywhere."""
    return gpus / node * num.power(free, node)


@equation(
    id="fifo-busy-floor",
    title="GPUs busy while a gang waits first in line",
    formula="(N - g + 1)/N",
    result=Symbol("busy", "u_min", "1", "least share of GPUs in use", low=0, high=1),
    symbols=(_CLUSTER, _GANG),
    source="Counting: while it waits, fewer than g GPUs are free",
    note="Without backfill a gang of half the cluster can leave half idle; what FIFO may waste grows with the largest "
    "job. No fragmentation: any free GPUs will do.",
)
def fifo_busy_floor(gpus: float, gang: float) -> float:
    """Least share of the cluster in use while the first in line waits for `gang` GPUs."""
    return (gpus - gang + 1) / gpus


@equation(
    id="makespan-floor",
    title="Floor of the makespan",
    formula="max(A/N, T_max)",
    result=Symbol("makespan", "T_span", "s", "time from the first start to the last end", low=0),
    symbols=(_WORK, _CLUSTER, _LONGEST),
    source=_RIGID + " (area and length bounds)",
    note="No scheduler ends earlier, whatever it knows. Jobs are neither split nor resized.",
)
def makespan_floor(work: float, gpus: float, longest: float) -> float:
    """Seconds below which no schedule of these jobs ends."""
    return num.maximum(work / gpus, longest)


@equation(
    id="backfill-makespan-ceiling",
    title="Ceiling of the makespan with greedy backfill",
    formula="2*A/(N + 1) + T_max",
    result=Symbol("makespan", "T_span", "s", "time from the first start to the last end", low=0),
    symbols=(_WORK, _CLUSTER, _LONGEST),
    source="Garey and Graham 1975, Bounds for Multiprocessor Scheduling with Resource Constraints, SIAM J. Comput. 4(2): "
    "at two instants T_max apart more than N GPUs are in use together",
    note="All jobs there at the start, and any that fits may start at once (no reservation). FIFO without backfill has no "
    "such bound.",
)
def backfill_makespan_ceiling(work: float, gpus: float, longest: float) -> float:
    """Seconds within which greedy backfill ends, in whatever order the jobs stand."""
    return 2 * work / (gpus + 1) + longest


@equation(
    id="bounded-slowdown",
    title="Bounded slowdown",
    formula="max(1, (W_q + T)/max(T, tau))",
    result=Symbol("slowdown", "s_b", "1", "time from submission to end over the run time", low=1),
    symbols=(
        Symbol("wait", "W_q", "s", "time in the queue", low=0),
        Symbol("runtime", "T", "s", "run time", low=0),
        Symbol("threshold", "tau", "s", "jobs shorter than this count as this long", low=0, low_open=True),
    ),
    source="Feitelson and Rudolph 1998, Metrics and Benchmarking for Parallel Job Scheduling, JSSPP (threshold 10 s)",
    note="Waiting an hour hurts a ten-minute job more than a week's training.",
)
def bounded_slowdown(wait: float, runtime: float, threshold: float = 10.0) -> float:
    """How many times longer than its own run time a job took."""
    return num.maximum(1.0, (wait + runtime) / num.maximum(runtime, threshold))


def whole_node_chance(nodes: int, needed: int, free: float, node: int) -> float:
    """Chance that at least `needed` of `nodes` nodes are wholly free, a share `free` of all GPUs being free anywhere.

    Upper tail of the binomial distribution with probability free^node for each node. InputError for counts that are not
    whole, or a share outside 0 to 1.
    """
    Symbol("nodes", "n", "1", "nodes of the cluster", low=1, high=1e6, integer=True).check(nodes)
    Symbol("needed", "k", "1", "nodes that the gang needs", low=0, integer=True).check(needed)
    Symbol("free", "f", "1", "share of GPUs that are free", low=0, high=1).check(free)
    _NODE.check(node)
    chance = num.power(free, node)
    if needed <= 0:
        return 1.0
    if needed > nodes or chance == 0:
        return 0.0
    if chance == 1:
        return 1.0

    def exactly(count: int) -> float:
        return num.exp(num.ln_choose(nodes, count) + count * num.ln(chance) + (nodes - count) * num.log1p(-chance))

    above = math.fsum(exactly(count) for count in range(int(needed), int(nodes) + 1))
    return min(1.0, above)


def drain_time(gpus: int, needed: int, runtime: float) -> float:
    """Mean seconds until `needed` of `gpus` busy GPUs are free, when nothing new starts on them.

    Each runs a job of its own with an exponential rest of mean `runtime` (s): runtime · (H_n − H_{n−k}), the k-th
    order statistic (Ross, Introduction to Probability Models, section 5.2). Half the cluster takes 0.69 run times, all
    of it ln n: why large gangs starve or idle a cluster. InputError for more GPUs needed than there are.
    """
    _CLUSTER.check(gpus)
    Symbol("needed", "k", "1", "GPUs that must be free", low=0, high=float(gpus) + 0.5, integer=True).check(needed)
    Symbol("runtime", "T", "s", "mean run time", low=0).check(runtime)
    return runtime * (harmonic(int(gpus)) - harmonic(int(gpus - needed)))


def easy_reservation(now: float, free: int, running: Iterable[tuple[float, int]], needed: int) -> tuple[float, int]:
    """(shadow time, spare GPUs) of the first job in line under EASY backfilling.

    `free` GPUs are idle `now`, `running` lists (expected end in s, GPUs) and the job needs `needed`. The shadow time is
    when it can start at the latest; spare GPUs are those it will leave free then. Source: Lifka 1995; Mu'alem and
    Feitelson 2001, section 2.2. InputError for a job larger than the cluster.
    """
    available, when = free, now
    for end, gpus in sorted(running):
        if available >= needed:
            break
        available, when = available + gpus, max(now, end)
    if available < needed:
        allowed = f"at most {available}"
        raise InputError(f"needed must be {allowed}, the GPUs of the cluster, got {needed}", "needed", needed, allowed)
    return when, available - needed


def may_backfill(now: float, runtime: float, gpus: int, free: int, shadow: float, spare: int) -> bool:
    """Whether a later job of `gpus` GPUs and `runtime` s may start now without delaying the first in line (EASY).

    It must fit into the `free` GPUs, and either end by the `shadow` time or keep to the `spare` GPUs.
    """
    return gpus <= free and (now + runtime <= shadow or gpus <= spare)
