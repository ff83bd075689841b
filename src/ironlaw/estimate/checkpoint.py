"""How often a training job should save, and what is left of its time: `estimate_checkpoint(model="llama-3-405b", …)`.

    size      bytes that training resumes from            interval  work between two checkpoints, Daly's optimum
    write     seconds that a checkpoint takes             goodput   share of the wall clock that becomes lasting work
    mtbf      of the whole job: one for every figure      lost      devices' time lost

Failure rates come from fleets that published one; fleets differ, and the interval of the goodput says by how much.
`checkpoint_plan` is the same arithmetic on plain numbers or arrays, without names and checks.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

from ironlaw import quantities, registry
from ironlaw.elementary import normal_quantile
from ironlaw.physics import InputError, Symbol
from ironlaw.physics.checkpoint import (
    asynchronous_stall,
    best_asynchronous_interval,
    checkpoint_bytes,
    checkpoint_overhead,
    checkpoint_write_time,
    daly_interval,
    goodput,
    lost_devices,
    young_interval,
)
from ironlaw.physics.reliability import failure_count_spread, system_mtbf

from .amounts import amount, checked, not_both
from .models import find_model
from .names import named
from .result import COVERAGE, Estimate, Figure, Given, datum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARAMETERS: Mapping[str, str] = {
    "model": "registry name of the model",
    "count": "devices that train it",
    "storage": "registry name of the storage that checkpoints go to",
    "bandwidth": "rate that the storage takes, such as '20 Gb/s', in place of storage",
    "node_bandwidth": "rate that one node can send at; default: a port of InfiniBand NDR for each of its devices",
    "mtbf": "time between failures of one device, such as '50,000 h', in place of fleet; default: the published fleets'",
    "fleet": "registry name of a fleet whose failure rate to take",
    "devices_per_node": "devices of a node",
    "restart": "time from a failure to work again; default: MegaScale's",
    "interval": "work between two checkpoints; default: the best",
    "state": "bytes of state a parameter: 12 for Adam, 14 with the 16-bit weights",
    "snapshot": "stall for a copy to host memory, if the write runs in the background",
}

FLEETS = ("meta-rsc-1", "meta-rsc-2")  # two published rates of whole clusters, both over 11 months
DEVIATIONS = normal_quantile(0.5 + COVERAGE / 2)  # 1.28 standard deviations to each side hold 80 %
_PORT = "infiniband-ndr"  # of a device, where nobody says how fast a node sends
_RESTART_FLEET = "bytedance-megascale"
_RESTART_REACH = COVERAGE  # a restart between nothing and twice the middle: its central 80 % reach this far either way
_LEAST = 0.01  # below this share of lasting work a plan cannot be called one that runs


class FleetRate(NamedTuple):
    """Node MTBF of a fleet that was not measured, in seconds, and the relative spread between fleets."""

    node_mtbf: float
    between: float
    devices_per_node: float


@cache
def fleet_rate() -> FleetRate:
    """The geometric mean of the published fleets, and the standard deviation of their logarithms."""
    fleets = [registry.get(name) for name in FLEETS]
    logarithms = [math.log(fleet["node_mtbf"]) for fleet in fleets]
    return FleetRate(math.exp(fmean(logarithms)), stdev(logarithms), fleets[0]["devices_per_node"])


def count_range(expected: float, between: float | None = None) -> tuple[float, float]:
    """The 80 % interval of a number of failures: chance, and the spread between fleets."""
    width = failure_count_spread(expected, fleet_rate().between if between is None else between)
    factor = math.exp(DEVIATIONS * width)
    return expected / factor, expected * factor


class Plan(NamedTuple):
    """Seconds, and the goodput as a share."""

    write: float
    interval: float
    goodput: float


def checkpoint_plan(size: float, bandwidth: float, mtbf: float, restart: float) -> Plan:
    """Write time, best interval and goodput for bytes, B/s and seconds; numbers or arrays, all of them positive."""
    write = size / bandwidth
    interval = daly_interval(write, mtbf)
    return Plan(write, interval, goodput(interval, write, restart, mtbf))


def estimate_checkpoint(
    *,
    model: str,
    count: int,
    storage: str = "",
    bandwidth: float | str | None = None,
    node_bandwidth: float | str | None = None,
    mtbf: float | str | None = None,
    fleet: str = "",
    devices_per_node: int = 8,
    restart: float | str | None = None,
    interval: float | str | None = None,
    state: float | str = 12.0,
    snapshot: float | str | None = None,
) -> Estimate:
    """Checkpoints of `model` on `count` devices: size, write time, best interval, time lost, goodput.

    model           registry name                       mtbf       of one device ("50,000 h"); else of `fleet`, else of
    storage         registry name, or `bandwidth` (B/s)            the published fleets
    node_bandwidth  what one node can send, B/s;        restart    detection to resumption, s
                    default: a port a device
    state           bytes a parameter                   interval   work between two checkpoints, s; default: the best
    snapshot        stall for a copy to host memory, s: the write then runs in the background

    Amounts are SI numbers or texts with a unit. Raises InputError or UnknownEntity. A job that fails faster than it can
    save has reasons and no figures.
    """
    checked(Symbol("count", "N", "1", "devices", low=1, integer=True), count)
    checked(Symbol("devices_per_node", "n", "1", "devices of a node", low=1, integer=True), devices_per_node)
    not_both("bandwidth", bandwidth, storage=storage)
    not_both("mtbf", mtbf, fleet=fleet)
    entity = find_model(model)
    parameters = entity["parameters"]
    givens = [datum(entity, "parameters"), Given("count", "Devices", float(count), "count")]
    givens.append(Given("devices_per_node", "Devices of a node", float(devices_per_node), "count"))
    per_parameter = amount(state, "bytes", "state", "bytes of state a parameter", open_=True)
    size = checkpoint_bytes(parameters, per_parameter)
    taken, storage_given = _bandwidth(storage, bandwidth)
    nodes = math.ceil(count / devices_per_node)
    sent, sent_given, notes = _node_bandwidth(node_bandwidth, devices_per_node)
    givens.append(sent_given)
    write = checkpoint_write_time(size, nodes, sent, taken)
    node_mtbf, between, mtbf_givens = _mtbf(mtbf, fleet, devices_per_node)
    job = system_mtbf(node_mtbf, nodes)
    pause, reach, restart_given = _restart(restart)
    givens += [
        storage_given,
        *mtbf_givens,
        restart_given,
        Given("state", "Bytes of state a parameter", per_parameter, "bytes"),
    ]
    title = f"Checkpoints of {entity.name} on {count:,} devices"
    stall = write
    if snapshot is not None:
        copied = amount(snapshot, "seconds", "snapshot", "stall for the copy", open_=True, like="10 s")
        best = best_asynchronous_interval(copied, write, job)
        givens.append(Given("snapshot", "Stall for the copy to host memory", copied, "seconds"))
    else:
        best = daly_interval(write, job)
    chosen = best
    if interval is not None:
        chosen = amount(interval, "seconds", "interval", "work between checkpoints", open_=True, like="30 min")
        givens.append(Given("interval", "Work between two checkpoints", chosen, "seconds"))
    if snapshot is not None:
        stall = asynchronous_stall(copied, write, chosen)
    late = write if snapshot is not None else 0.0  # a write in the background is lost with the failure

    def useful(mtbf: float, restart: float) -> float:
        return goodput(chosen, stall, restart + late, mtbf)

    share = useful(job, pause)
    if share < _LEAST:
        why = (
            f"a failure every {_shown(job)}, a checkpoint of {_shown(write)} every {_shown(chosen)} and restarts of "
            f"{_shown(pause)} leave "
            f"{100 * share:.2g} % of the time for work"
        )
        return Estimate("checkpoint", title, tuple(givens), reasons=(why,))
    low, high = _range(useful, share, job, pause, between, reach)
    spread = math.exp(DEVIATIONS * between)
    figures = (
        Figure(
            "size",
            "Checkpoint",
            size,
            "bytes",
            equation="checkpoint-bytes",
            arguments={"parameters": parameters, "state": per_parameter},
        ),
        Figure(
            "write",
            "Time to write it",
            write,
            "seconds",
            equation="checkpoint-write-time",
            arguments={"size": size, "writers": nodes, "node_bandwidth": sent, "storage_bandwidth": taken},
        ),
        Figure(
            "mtbf",
            "Time between failures of the job",
            job,
            "seconds",
            job / spread if between else None,
            job * spread if between else None,
            equation="system-mtbf",
            arguments={"mtbf": node_mtbf, "parts": nodes},
        ),
        Figure(
            "best_interval",
            "Best interval",
            best,
            "seconds",
            note="Daly 2006, eq. 37: Young's interval with two terms more"
            if snapshot is None
            else "Young 1974 on the stall, at least a write",
        ),
        Figure(
            "young_interval",
            "Young's interval",
            young_interval(stall, job),
            "seconds",
            equation="young-interval",
            arguments={"write": stall, "mtbf": job},
        ),
        Figure(
            "interval", "Interval used", chosen, "seconds", note="the best one" if interval is None else "asked for"
        ),
        Figure(
            "overhead",
            "Time lost, first order",
            checkpoint_overhead(chosen, stall, pause + late, job),
            "share",
            equation="checkpoint-overhead",
            arguments={"interval": chosen, "write": stall, "restart": pause + late, "mtbf": job},
        ),
        Figure(
            "goodput",
            "Time that becomes lasting work",
            share,
            "share",
            low,
            high,
            note="Daly 2006, eq. 20, solved for the share",
        ),
        Figure(
            "lost_devices",
            "Devices' worth of time lost",
            lost_devices(count, share),
            "count",
            equation="lost-devices",
            arguments={"devices": count, "goodput": share},
        ),
    )
    return Estimate("checkpoint", title, tuple(givens), figures, notes=notes)


def _shown(seconds: float) -> str:
    return quantities.format(seconds, "seconds")


def _bandwidth(storage: str, bandwidth: float | str | None) -> tuple[float, Given]:
    if bandwidth is not None:
        rate = amount(bandwidth, "bandwidth", "bandwidth", "rate that the storage takes", open_=True)
        return rate, Given("bandwidth", "Storage bandwidth", rate, "bandwidth")
    if not storage:
        known = [entity.id for entity in registry.every("storage") if "write_bandwidth" in entity]
        allowed = f"a rate, or storage one of {', '.join(known)}"
        raise InputError(f"bandwidth must be {allowed}, got neither", "bandwidth", None, allowed)
    entity = named("storage", storage)
    return entity["write_bandwidth"], datum(entity, "write_bandwidth")


def _node_bandwidth(asked: float | str | None, devices: int) -> tuple[float, Given, tuple[str, ...]]:
    """What a node can send, where that comes from, and what to say about it."""
    label = "Rate of a node"
    if asked is not None:
        rate = amount(asked, "bandwidth", "node_bandwidth", "rate", open_=True)
        return rate, Given("node_bandwidth", label, rate, "bandwidth"), ()
    port = registry.get(_PORT)
    found = port.field("bandwidth")
    rate = devices * found.si
    source = f"{devices:,} × a port of {port.name}: {found.source}, {found.date}"
    note = f"Each node is taken to have a port of {port.name} a device: node_bandwidth gives its own rate."
    return rate, Given("node_bandwidth", label, rate, "bandwidth", source, found.evidence), (note,)


def _mtbf(mtbf: float | str | None, fleet: str, devices_per_node: int) -> tuple[float, float, list[Given]]:
    """A node's MTBF in seconds, its relative spread, and where it comes from."""
    if mtbf is not None:
        device = amount(mtbf, "seconds", "mtbf", "time between failures of one device", open_=True, like="50,000 h")
        return device / devices_per_node, 0.0, [Given("mtbf", "Time between failures of one device", device, "seconds")]
    if fleet:
        entity = named("fleet", fleet)
        node = _resized(entity["node_mtbf"], entity["devices_per_node"], devices_per_node)
        return node, 0.0, [datum(entity, "node_mtbf")]
    rate = fleet_rate()
    node = _resized(rate.node_mtbf, rate.devices_per_node, devices_per_node)
    return node, rate.between, [datum(registry.get(name), "node_mtbf") for name in FLEETS]


def _resized(node_mtbf: float, devices: float, wanted: int) -> float:
    """The MTBF of a node with more or fewer devices than that which the rate is of: a device's stays the same."""
    return node_mtbf * devices / wanted


def _restart(restart: float | str | None) -> tuple[float, float, Given]:
    """Seconds of a restart, how far it may differ (relative), and where it comes from."""
    if restart is None:
        entity = registry.get(_RESTART_FLEET)
        return entity["restart"], _RESTART_REACH, datum(entity, "restart")
    seconds = amount(restart, "seconds", "restart", "detection to resumption", like="5 min")
    return seconds, 0.0, Given("restart", "Restart", seconds, "seconds")


def _range(
    useful: Callable[[float, float], float], share: float, job: float, pause: float, between: float, reach: float
) -> tuple[float | None, float | None]:
    """The 80 % interval of the goodput, or nothing where both inputs were given: independent spreads add in squares."""
    if not between and not reach:
        return None, None
    spread = math.exp(DEVIATIONS * between)
    worse = math.hypot(share - useful(job / spread, pause), share - useful(job, pause * (1 + reach)))
    better = math.hypot(useful(job * spread, pause) - share, useful(job, pause * (1 - reach)) - share)
    return max(0.0, share - worse), min(1.0, share + better)
