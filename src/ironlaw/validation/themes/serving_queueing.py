"""Load sweeps, closed forms of queues and scaling, tails at scale, and speculative decoding.

A load sweep checks Little's law: the throughput of a closed loop from the latencies measured beside it. Nothing is
fitted. MLPerf results, gains of one system over another and hedged requests are named as not modelled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ironlaw.estimate.models import find_model
from ironlaw.estimate.result import spread
from ironlaw.physics.amdahl import amdahl_limit, amdahl_speedup, gustafson_speedup
from ironlaw.physics.batching import request_latency
from ironlaw.physics.erlang import mean_wait, response_percentile, waiting_probability
from ironlaw.physics.pipeline import pipeline_bubble
from ironlaw.physics.queueing import closed_loop_rate, md1_wait, mg1_wait, mm1_response, mm1_response_percentile
from ironlaw.physics.speculative import speculative_speedup
from ironlaw.physics.tail import fan_out_tail
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction
from ironlaw.validation.rows import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.validation.rows import Row

# The 80 % intervals. A load test starts and ends with fewer requests in flight than its concurrency, and its latencies
# are printed to four digits. A draft step costs more than its share of the weights, and acceptances are not independent.
WIDTH_OF_A_LOAD_TEST = 0.004
WIDTH_OF_A_DRAFT = 0.3

_NUMBER = r"([\d.]+(?:[eE][-+]?\d+)?)"
_LENGTHS = re.compile(r"(\d+)\s*in\s*/\s*(\d+)\s*out")
_LATE_LEAVES = re.compile(rf"fan-?out\s*([\d,]+).*?{_NUMBER}\s*%\s*of (?:the )?leaves", re.IGNORECASE)
_SERVERS = re.compile(r"M/M/(\d+)")
_DRAFT = re.compile(r"draft\s+([\w.-]+)")
_UNCLAIMED = {
    "hedged requests": "the latency of the reads is not given, only the percentiles before and after the hedge; "
    "ironlaw.physics.tail.hedged_percentile takes a distribution",
    "paper headline": "a gain over another system at its own load and latency goal, of which the row gives none",
    "fan-out tail": "percentiles of one service's measured latencies; they follow from no other figure of the row",
    "MLPerf inference": "throughput of a tuned stack within the benchmark's lengths and latency limits, which the row "
    "does not give; the ratio of the two scenarios is the answer itself",
}


def predict(row: Row) -> Prediction:
    """The engine's value for a row of serving_queueing.csv."""
    category, metric = row["category"], row["metric"]
    if category == "closed form":
        return Prediction.exact(_closed_form(row))
    if category.startswith("load sweep"):
        return _load_sweep(row)
    if category == "speculative decoding":
        return _speculative(row)
    if "limit" in metric:
        raise Excluded("a rule of the benchmark, not a measurement")
    if category == "fan-out tail" and (late := _LATE_LEAVES.search(row["case"])):
        share = 100 * fan_out_tail(float(late[2]) / 100, int(late[1].replace(",", "")))
        return Prediction.exact(share)
    raise NotModelled(_UNCLAIMED.get(category, f"no equation here is about {category!r}"))


def _load_sweep(row: Row) -> Prediction:
    """Little's law on a closed loop: tokens a second from the two latencies that the tool reports beside it."""
    concurrency, lengths = _condition(row["load"], "concurrency"), _LENGTHS.search(row["case"])
    first, between = (number(row.extra.get(name, "")) for name in ("TTFT_ms", "ITL_ms"))
    if concurrency is None or not lengths or row["metric"] != "throughput":
        raise NotModelled("the row gives no concurrency, or no lengths as in '500 in / 2000 out'")
    if first is None or between is None:
        raise NotModelled("the row gives no TTFT_ms and ITL_ms to apply Little's law to")
    output = float(lengths[2])
    rate = output * closed_loop_rate(concurrency, request_latency(first / 1e3, output, between / 1e3))
    return Prediction(rate, *spread(rate, WIDTH_OF_A_LOAD_TEST), "Little's law on the measured TTFT and ITL")


def _speculative(row: Row) -> Prediction:
    """Leviathan's formula with the draft's cost from the bytes of its weights: at batch 1 both models wait for memory."""
    acceptance, drafted = number(row.extra.get("alpha", "")), _condition(row["load"], "gamma")
    draft = _DRAFT.search(row["case"])
    if acceptance is None or drafted is None or not draft:
        raise NotModelled("the row gives no acceptance rate or no number of drafted tokens")
    cost = find_model(draft[1])["parameters"] / find_model(row["model"])["parameters"]
    speedup = speculative_speedup(acceptance, drafted, cost)
    return Prediction(speedup, *spread(speedup, WIDTH_OF_A_DRAFT), f"a draft step costs {cost:.3f} of a step")


def _condition(text: str, name: str) -> float | None:
    """The number of "name=2" in a list of conditions."""
    found = re.search(rf"(?:^|[\s,;]){re.escape(name)}\s*[= ]\s*{_NUMBER}", text)
    return float(found[1]) if found else None


def _given(row: Row) -> str:
    return f"{row['load']}, {row['condition']}"


def _need(row: Row, *names: str) -> list[float]:
    values = [_condition(_given(row), name) for name in names]
    if None in values:
        raise NotModelled(f"the row gives no {' and '.join(names)}")
    return [value for value in values if value is not None]


def _closed_form(row: Row) -> float:
    for name, value in _CLOSED_FORMS.items():
        if row["case"].startswith(name):
            return value(row)
    raise NotModelled(f"the engine has no closed form for {row['case']!r}")


def _mmc(row: Row) -> float:
    """M/M/1 and M/M/c, in service times."""
    found, metric = _SERVERS.match(row["case"]), row["metric"].lower()
    if not found:
        raise NotModelled(f"the engine has no closed form for {row['case']!r}")
    servers, (load,) = int(found[1]), _need(row, "rho")
    rate = load * servers
    if metric == "p(wait)":
        return waiting_probability(rate, 1.0, servers)
    if percentile := re.match(r"p(\d\d(?:\.\d+)?)", metric):
        tail = 1 - float(percentile[1]) / 100
        return (
            mm1_response_percentile(1.0, load, tail) if servers == 1 else response_percentile(rate, 1.0, servers, tail)
        )
    if metric == "mean response time":
        return mm1_response(1.0, load) if servers == 1 else 1 + mean_wait(rate, 1.0, servers)
    if metric == "mean wait":
        return mean_wait(rate, 1.0, servers)
    raise NotModelled(f"the engine has no closed form for {metric!r} of M/M/c")


def _one_server(row: Row, wait: float) -> float:
    """A wait in service times, or the response time if the row asks for it."""
    if row["metric"] not in {"mean wait", "mean response time"}:
        raise NotModelled(f"{row['metric']!r} has no closed form for general service times")
    return wait + (row["metric"] == "mean response time")


def _md1(row: Row) -> float:
    return _one_server(row, md1_wait(1.0, *_need(row, "rho")))


def _mg1(row: Row) -> float:
    return _one_server(row, mg1_wait(1.0, *_need(row, "rho", "cv")))


def _amdahl(row: Row) -> float:
    (parallel,) = _need(row, "p")
    if re.search(r"n\s*=\s*inf", _given(row)):
        return amdahl_limit(parallel)
    return amdahl_speedup(parallel, *_need(row, "n"))


def _gustafson(row: Row) -> float:
    serial = re.search(rf"serial\s*{_NUMBER}\s*%", _given(row))
    if not serial:
        raise NotModelled("the row gives no serial share")
    return gustafson_speedup(float(serial[1]) / 100, *_need(row, "n"))


def _bubble(row: Row) -> float:
    """Idle over all, or over the busy time where the metric says "ideal"."""
    stages, micro_batches = _need(row, "p", "m")
    bubble = pipeline_bubble(stages, micro_batches, _condition(_given(row), "v") or 1)
    return bubble / (1 - bubble) if "ideal" in row["metric"] else bubble


_CLOSED_FORMS: dict[str, Callable[[Row], float]] = {
    "M/M/": _mmc,
    "M/D/1": _md1,
    "M/G/1": _mg1,
    "Amdahl": _amdahl,
    "Gustafson": _gustafson,
    "GPipe": _bubble,
    "1F1B": _bubble,
    "interleaved 1F1B": _bubble,
}
