"""Failures of fleets, checkpoints, and Young's interval, against what clusters reported.

Counts and times between failures come from two published fleet rates (Meta's RSC-1 and RSC-2, in the registry), whose
geometric mean stands for a fleet that nobody measured; nothing is fitted to the rows here. The 80 % interval is chance
(Poisson) and the spread between those fleets.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ironlaw import quantities, registry
from ironlaw.estimate.checkpoint import DEVIATIONS, FLEETS, count_range, estimate_checkpoint, fleet_rate
from ironlaw.physics.checkpoint import checkpoint_bytes, checkpoint_write_time, daly_interval, young_interval
from ironlaw.physics.reliability import expected_failures, system_mtbf
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction

if TYPE_CHECKING:
    from ironlaw.validation.rows import Row

_GPU_SHARE_FLEET = "meta-llama-3"
_CAUSE = "the share of a cause is a fact of one fleet's parts; the engine has one rate for a whole node"
_INPUTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("gpu_related_share",), "the share of failures that GPUs cause"),
    (("detect_and_diagnose", "MegaScale"), "the time of a restart is taken from it"),
    (("catch_up", "MegaScale"), "the time of a restart is taken from it"),
    (("throughput", "Tectonic"), "the registry's storage of the Llama 3 cluster"),
    (("capacity", "Tectonic"), "the registry's storage of the Llama 3 cluster"),
)
_UNCLAIMED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("interruptions:", "share"), _CAUSE),
    (("interruptions",), "holds planned stops, which the operator chooses; the unexpected ones are predicted"),
    (("spare",), "spares follow from a target and a repair time, and the row gives neither"),
    (("more than", "less than", "within", "estimated"), "a bound, and over a period that the source does not give"),
    (("Tectonic",), "a design choice of the operator, not a consequence that physics gives"),
)
_PERIOD = re.compile(r"([\d.]+)(?:\s*-\s*([\d.]+))?\s*(hour|day|week|month|year)s?")
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "hours": 3600.0, "days": 86400.0, "day": 86400.0}
_PARAMETERS = re.compile(r"([\d.]+)\s*([BMT])\b")
_RATE = re.compile(r"([\d.]+\s*[GMT]b/s|[\d.]+\s*[GMT]B/s)")


def predict(row: Row) -> Prediction:
    """The engine's value for a row of failures.csv."""
    metric, system = row["metric"].lower(), row["system"]
    if metric.startswith("tau_opt"):
        return _interval(row)
    if "checkpoint_write_time" in metric:
        return _write_time(row)
    if metric.startswith("failure_rate") or "annualised" in metric or "correctable" in metric or "double-bit" in metric:
        raise _rate(system, metric)
    if metric in {"mttf", "mtbf", "mtbi"}:
        return _time_between(row)
    if "effective_training_time" in metric or "ettr" in metric or "goodput" in metric:
        return _goodput(row)
    return _count(row, metric)


def _rate(system: str, metric: str) -> Exception:
    if "RSC" in system:
        return Excluded("input of the engine: one of the two fleet rates that all predictions rest on")
    return NotModelled(f"{metric} is a rate of one kind of part: a datum to look up, which no equation gives")


def _nodes(row: Row) -> float:
    nodes, devices = row.number("n_nodes"), row.number("n_gpus")
    if nodes is None and devices is None:
        raise NotModelled("the row gives neither n_nodes nor n_gpus")
    return nodes if nodes is not None else math.ceil((devices or 0) / fleet_rate().devices_per_node)


def _time_between(row: Row) -> Prediction:
    """Mean time between failures of a job: the fleet's own rate where it published one, else that of the fleets."""
    if row["unit"] not in _UNITS:
        raise NotModelled(f"the unit {row['unit']!r} of a time between failures is not one that is read here")
    nodes, unit = _nodes(row), _UNITS[row["unit"]]
    own = next(
        (name for name in FLEETS if registry.get(name).name.split(",")[0].removeprefix("Meta ") in row["system"]), ""
    )
    node = registry.get(own)["node_mtbf"] if own else fleet_rate().node_mtbf
    value = system_mtbf(node, nodes) / unit
    if row["extra"] == "model":
        return Prediction.exact(value, "the source's own projection: its node rate divided by the nodes")
    factor = math.exp(DEVIATIONS * fleet_rate().between)  # jobs of one fleet differ as fleets do
    note = "of its nodes alone; jobs also fail for reasons of their own"
    return Prediction(value, value / factor, value * factor, note)


def _count(row: Row, metric: str) -> Prediction:
    """A number of failures in a period: node failures, or those of them that a GPU causes."""
    gpu = ("xid" in metric or "gpu" in metric) and "fail" in metric and ":" not in metric
    whole = metric.startswith(("unexpected_interruptions", "manual_restarts"))
    if not gpu and not whole:
        raise _unclaimed(row["system"], metric)
    period = 7.0 if "week" in row["unit"] or "week" in metric else _days(row["period"])
    rate = fleet_rate()
    expected = expected_failures(_nodes(row), period * 86400.0, rate.node_mtbf)
    if gpu:
        expected *= registry.get(_GPU_SHARE_FLEET)["gpu_share"]
    per = _days(row["period"]) / period if period == 7.0 and _PERIOD.search(row["period"]) else 1.0
    # A rate printed by the week is a mean over the whole period: chance averages out over it.
    low, high = count_range(expected * per)
    return Prediction(expected, low / per, high / per)


def _unclaimed(system: str, metric: str) -> Exception:
    """Why there is no prediction: the first entry whose words stand in metric or system."""
    for words, reason in _INPUTS:
        if all(word in f"{metric} {system}" for word in words):
            return Excluded(f"input of the engine: {reason}")
    for words, reason in _UNCLAIMED:
        if any(word in f"{metric} {system}" for word in words):
            return NotModelled(reason)
    return NotModelled("no rate of this kind of part or event is published for another fleet")


def _days(period: str) -> float:
    """Days of "54 days", "about 2 months", "55-73 days" (the middle)."""
    found = _PERIOD.search(period)
    if found is None:
        raise NotModelled(f"the row gives no length of time (period {period!r})")
    first = float(found[1])
    return (first + float(found[2] or first)) / 2 * _DAYS[found[3]]


def _goodput(row: Row) -> Prediction:
    """Time that becomes work at the best interval, with fleet rates: a plan of the same size, not the operator's."""
    model = re.search(r"[A-Z][\w.-]+(?: [\d.]+)? \d+B", row["system"])
    devices = row.number("n_gpus")
    if model is None or devices is None:
        raise NotModelled("the row names no model and devices, so no checkpoint can be sized")
    found = estimate_checkpoint(model=model[0], count=int(devices), storage="meta-tectonic-llama-3").figure("goodput")
    if found.low is None or found.high is None:
        raise NotModelled("no interval without the spread of the fleets")
    note = "at the best interval; the source prints a bound" if "than" in row["metric"] else "at the best interval"
    scale = 100.0 if row["unit"] == "%" else 1.0
    return Prediction(scale * found.value, scale * found.low, scale * found.high, note)


def _write_time(row: Row) -> Prediction:
    """Bytes of the optimizer's state over the bandwidth in the row."""
    parameters, rate = _PARAMETERS.search(row["system"]), _RATE.search(row["system"])
    if parameters is None or rate is None or row["unit"] not in _UNITS:
        raise NotModelled("the row names no parameters and bandwidth")
    size = checkpoint_bytes(float(parameters[1]) * {"M": 1e6, "B": 1e9, "T": 1e12}[parameters[2]])
    bandwidth = quantities.parse(rate[1]).value
    return Prediction.exact(checkpoint_write_time(size, 1, bandwidth, bandwidth) / _UNITS[row["unit"]])


def _interval(row: Row) -> Prediction:
    """Young's interval, or Daly's where the row names it, from the times in the row."""
    try:
        write, mtbf = (quantities.parse(row.extra[name]).value for name in ("delta", "MTBF"))
    except (KeyError, quantities.QuantityError) as error:
        raise NotModelled(f"the row gives no delta and MTBF ({error})") from None
    form = daly_interval if "daly" in row["system"].lower() else young_interval
    return Prediction.exact(form(write, mtbf) / _UNITS[row["unit"]])
