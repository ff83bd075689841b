"""How often to save, and what saving, failing and restarting leave of the machine's time.

S   bytes of a checkpoint        tau   work between two checkpoints, s     R   restart: detect, replace, load, s
C   time to write one, s         M     mean time between failures of the job, s
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_WRITE = Symbol("write", "C", "s", "time that training stands still for a checkpoint", low=0)
_MTBF = Symbol("mtbf", "M", "s", "mean time between failures of the whole job", low=0, low_open=True)
_INTERVAL = Symbol("interval", "tau", "s", "work between two checkpoints", low=0, low_open=True)
_RESTART = Symbol("restart", "R", "s", "restart: detection, replacement, loading", low=0)
_SIZE = Symbol("size", "S", "B", "bytes of a checkpoint", low=0)
_DALY = "Daly 2006, A higher order estimate of the optimum checkpoint interval for restart dumps, "


@equation(
    id="checkpoint-bytes",
    title="Bytes of a checkpoint",
    formula="P*b",
    result=_SIZE,
    symbols=(
        Symbol("parameters", "P", "1", "trainable parameters", low=0),
        Symbol("state", "b", "B", "Adam in 32 bit: master weight, mean, variance", low=0, constant=12.0),
    ),
    source="Rajbhandari et al. 2020, ZeRO, section 3.1 (K = 12); Wang et al. 2023, Gemini, section 1 counts the same",
    note="16-bit weights follow from the 32-bit ones; a framework that stores them too writes 14 bytes a parameter "
    "(BLOOM-176B: 2.3 TiB). Gradients are not saved.",
)
def checkpoint_bytes(parameters: float, state: float = 12.0) -> float:
    """Bytes that training resumes from."""
    return parameters * state


@equation(
    id="checkpoint-write-time",
    title="Time to write a checkpoint",
    formula="S/min(n*B_n, B_s)",
    result=_WRITE,
    symbols=(
        _SIZE,
        Symbol("writers", "n", "1", "nodes that write at once", low=1, integer=True),
        Symbol("node_bandwidth", "B_n", "B/s", "rate that one node can send at", low=0, low_open=True),
        Symbol("storage_bandwidth", "B_s", "B/s", "rate that the storage takes from all", low=0, low_open=True),
    ),
    source="The slower of senders and storage; each node writes its own share",
    note="Shares are equal. One rank that writes for all is n = 1.",
)
def checkpoint_write_time(size: float, writers: float, node_bandwidth: float, storage_bandwidth: float) -> float:
    """Seconds to write `size` bytes from `writers` nodes at once."""
    return size / num.minimum(writers * node_bandwidth, storage_bandwidth)


@equation(
    id="young-interval",
    title="Young's optimum interval",
    formula="sqrt(2*C*M)",
    result=Symbol("interval", "tau", "s", "work between two checkpoints", low=0),
    symbols=(_WRITE, _MTBF),
    source="Young 1974, A first order approximation to the optimum checkpoint interval",
    note="First order: holds while C is far below M. One MTBF, that of the whole job, for every figure of a plan.",
)
def young_interval(write: float, mtbf: float) -> float:
    """Seconds of work between checkpoints that lose the least, to first order."""
    return num.sqrt(2 * write * mtbf)


def daly_interval(write: float, mtbf: float) -> float:
    """Seconds of work between checkpoints that lose the least, to higher order; numbers or arrays, result in seconds.

    Daly 2006, eq. 37: √(2CM)·(1 + ⅓·√(C/2M) + ⅑·C/2M) − C for C < 2M, else M. `write` > 0 and `mtbf` > 0 in seconds;
    InputError otherwise. Within 0.2 % of the numerical optimum's wall time up to C = M.
    """
    Symbol("write", "C", "s", "time to write", low=0, low_open=True).check(write)
    _MTBF.check(mtbf)
    ratio = write / (2 * mtbf)
    series = num.sqrt(2 * write * mtbf) * (1 + num.sqrt(ratio) / 3 + ratio / 9) - write
    return num.where(ratio < 1, series, mtbf + 0 * write)


@equation(
    id="checkpoint-overhead",
    title="Time lost to checkpoints and failures, first order",
    formula="C/tau + (tau/2 + R)/M",
    result=Symbol("overhead", "w", "1", "time lost, as a share of the time of failure-free work", low=0),
    symbols=(_INTERVAL, _WRITE, _RESTART, _MTBF),
    source="Young 1974; " + _DALY + "section 2",
    note="A failure loses half an interval on average. Holds while tau + C + R is far below M; goodput() is exact.",
)
def checkpoint_overhead(interval: float, write: float, restart: float, mtbf: float) -> float:
    """Seconds lost per second of work: writing, rework and restart."""
    return write / interval + (interval / 2 + restart) / mtbf


@equation(
    id="least-overhead",
    title="Least overhead, first order",
    formula="sqrt(2*C/M)",
    result=Symbol("overhead", "w", "1", "time lost at Young's interval, without restarts", low=0),
    symbols=(_WRITE, _MTBF),
    source="checkpoint-overhead at Young's interval",
    note="Grows with the root of the scale: M falls as 1/n.",
)
def least_overhead(write: float, mtbf: float) -> float:
    """Share of time lost when checkpoints come at Young's interval and restarts are free."""
    return num.sqrt(2 * write / mtbf)


@equation(
    id="effective-training-time",
    title="Effective training time ratio",
    formula="max(0, 1 - (R + tau/2)/M)/(1 + C/tau)",
    result=Symbol("ratio", "E", "1", "productive time over the time of the run", low=0, high=1),
    symbols=(_INTERVAL, _WRITE, _RESTART, _MTBF),
    source="Kokolis et al. 2025, Revisiting Reliability in Large-Scale Machine Learning Research Clusters, section III "
    "(expected ETTR, no queue time)",
    note="First order in failures: 0 for a job that fails more often than it can restart; goodput() holds there too.",
)
def effective_training_time(interval: float, write: float, restart: float, mtbf: float) -> float:
    """Share of a run's time that trains, by the clusters' own estimator."""
    return num.maximum(0.0, 1 - (restart + interval / 2) / mtbf) / (1 + write / interval)


def goodput(interval: float, write: float, restart: float, mtbf: float) -> float:
    """Share of the wall clock that becomes lasting work, from 0 to 1; numbers or arrays, seconds throughout.

    Exact for failures at a constant rate, which may also strike while a checkpoint is written or a restart runs:
    (τ/M)·e^(−R/M) / (e^((τ+C)/M) − 1) (Daly 2006, eq. 20, solved for the share). Raises InputError for an interval or
    MTBF that is not positive, or negative times.
    """
    for symbol, value in ((_INTERVAL, interval), (_WRITE, write), (_RESTART, restart), (_MTBF, mtbf)):
        symbol.check(value)
    cycle = (interval + write) / mtbf
    return interval / mtbf * num.exp(-(restart / mtbf) - cycle) / -num.expm1(-cycle)  # e^x − 1 = −e^x·(e^−x − 1)


@equation(
    id="asynchronous-checkpoint-stall",
    title="Stall of an asynchronous checkpoint",
    formula="C_s + max(0, C - tau)",
    result=Symbol("stall", "C_a", "s", "time that training stands still for one checkpoint", low=0),
    symbols=(
        Symbol("snapshot", "C_s", "s", "copy of the state to host memory", low=0),
        _WRITE,
        _INTERVAL,
    ),
    source="Mohan et al. 2021, CheckFreq: Frequent, Fine-Grained DNN Checkpointing, section 4: snapshot, then persist "
    "in the background",
    note="The write is hidden unless it is longer than the interval: then the next snapshot waits for it.",
)
def asynchronous_stall(snapshot: float, write: float, interval: float) -> float:
    """Seconds of stall a checkpoint when the state is copied to host memory and written while training goes on."""
    return snapshot + num.maximum(0 * write, write - interval)


@equation(
    id="asynchronous-checkpoint-overhead",
    title="Time lost with asynchronous checkpoints, first order",
    formula="C_a/tau + (tau/2 + C + R)/M",
    result=Symbol("overhead", "w", "1", "time lost, as a share of the time of failure-free work", low=0),
    symbols=(
        _INTERVAL,
        Symbol("stall", "C_a", "s", "stall of one checkpoint", low=0),
        _WRITE,
        _RESTART,
        _MTBF,
    ),
    source="checkpoint-overhead, with the checkpoint in flight lost too: it is safe only once it is written",
    note="A failure costs half an interval and the write that was under way. Holds while all times are far below M.",
)
def asynchronous_overhead(interval: float, stall: float, write: float, restart: float, mtbf: float) -> float:
    """Seconds lost per second of work when checkpoints are written in the background."""
    return stall / interval + (interval / 2 + write + restart) / mtbf


def best_asynchronous_interval(snapshot: float, write: float, mtbf: float) -> float:
    """Seconds of work between asynchronous checkpoints that lose the least, to first order; numbers or arrays.

    Young's interval for the snapshot's stall, but never shorter than a write takes: one write at a time. Raises
    InputError for a snapshot or write that is not positive.
    """
    for name, value in (("snapshot", snapshot), ("write", write)):
        Symbol(name, "C", "s", name, low=0, low_open=True).check(value)
    return num.maximum(young_interval(snapshot, mtbf), write)


@equation(
    id="lost-devices",
    title="Devices' worth of time lost",
    formula="N*(1 - g)",
    result=Symbol("lost", "N_lost", "1", "devices whose whole time is lost", low=0),
    symbols=(
        Symbol("devices", "N", "1", "devices of the job", low=1, integer=True),
        Symbol("goodput", "g", "1", "share of the time that becomes lasting work", low=0, high=1),
    ),
    source="Definition",
    note="Checkpoints, work that is done again, and restarts together.",
)
def lost_devices(devices: float, goodput: float) -> float:
    """How many devices' time a job spends on saving and on failures."""
    return devices * (1 - goodput)
