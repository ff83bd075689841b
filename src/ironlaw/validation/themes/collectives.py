"""Collectives: time, or bus bandwidth where no time is printed, from links and ports alone.

links     by the device's name, with the row's own rate (a GPU's, one direction)
network   by the system's name, with the row's own rate (a GPU's share of the node's ports)
large     a size that is not printed: the bandwidth at which the curve ends
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.estimate.network import fabric
from ironlaw.estimate.result import spread
from ironlaw.physics.collective_choice import (
    ALGORITHMS,
    RING,
    TREE,
    Fabric,
    all_gather_time,
    all_reduce_time,
    fastest_all_to_all_time,
    fastest_broadcast_time,
    reduce_scatter_time,
)
from ironlaw.physics.collectives import bus_bandwidth
from ironlaw.validation.outcome import Excluded, Measured, NotModelled, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.validation.rows import Row

LARGE = 2.0**34  # "large": 16 GiB, the longest message of the tables, where the curve is flat
LONG = 16e6  # above it bandwidth decides, below it latency
#: Ratio of prediction to measurement, less one, that about four of five rows keep: a long message over the links of one
#: node; a long one over a network, which others use too; a short one, where software counts.
WIDTH_NODE, WIDTH_NETWORK, WIDTH_SHORT = 0.03, 0.08, 0.17

#: Rows that are data of the registry: the efficiency or latency of a link was read from them.
INPUTS = {
    "coll-020": "bus efficiency of efa-v1",
    "coll-103": "bus efficiency of nvlink4",
    "coll-107": "bus efficiency of nvlink3",
    "coll-111": "bus efficiency of infiniband-ndr",
    "coll-136": "latency of roce-200g",
}
_LINKS = (
    (r"\b(GB?[23]00|B[123]00)\b", "nvlink5"),
    (r"\b(GH200|H[128]00|H20|p5\w*)\b", "nvlink4"),
    (r"\b(A[18]00|p4de?)\b", "nvlink3"),
    (r"\b(V100|p3\w*)\b", "nvlink2"),
    (r"\bMI3\d\d[AX]\b", "infinity-fabric-mi300x"),
    (r"\b(A10G?|L4|L40S?|A40|T4|RTX|PCIe)\b", "pcie-gen4-x16"),
)
_NETWORKS = (
    (r"\bp(3dn|4de?)\b", "efa-v1"),
    (r"\bp5e?\b", "efa-v2"),
    (r"\bp5en\b", "efa-v3"),
    (r"\bp6\b", "efa-v4"),
    (r"EFA", "efa-v1"),
    (r"DGX Spark|GB10", "roce-200g"),
    (r"RoCE|Ethernet", "ethernet-400g"),
)
_NO_SWITCH = re.compile(r"(NVLS|SHARP)\w* ?(disabled|off|= ?0)|(no|without) (NVLS|SHARP|NVLink SHARP)\b", re.IGNORECASE)
_RACK = re.compile(r"\bNVL(36|72|144)\b")
_OWN_LINK = re.compile(r"unidirectional theoretical")
_HOST = re.compile(r"(\d+)-(\d+) us PyTorch host overhead")
_OPERATIONS: tuple[tuple[str, Callable[..., float], float], ...] = (
    ("all_reduce", all_reduce_time, 2.0),
    ("ring collective", all_reduce_time, 2.0),
    ("all_gather", all_gather_time, 1.0),
    ("reduce_scatter", reduce_scatter_time, 1.0),
    ("alltoall", fastest_all_to_all_time, 1.0),
    ("all_to_all", fastest_all_to_all_time, 1.0),
    ("broadcast", fastest_broadcast_time, 0.0),
    ("reduce", fastest_broadcast_time, 0.0),
)


def measured(row: Row) -> Measured:
    """Time in µs; else bus bandwidth in GB/s; a link's rate in GB/s. A printed range ("46-48") counts as its middle."""
    if _OWN_LINK.search(row["op"]):
        return Measured("link bandwidth, one direction", _number(row, "busbw_GBps"), "GB/s")
    if row["time_us"]:
        return Measured("time", _number(row, "time_us"), "us")
    if row["busbw_GBps"]:
        return Measured("bus bandwidth", _number(row, "busbw_GBps"), "GB/s")
    raise Excluded("a definition: nothing was measured (the bus bandwidth's factors are tested as identities)")


def predict(row: Row) -> Prediction:
    """The engine's time, bus bandwidth or link rate."""
    if _OWN_LINK.search(row["op"]):
        return _link_rate(row)
    if row.id in INPUTS:
        raise Excluded(f"input of the engine: {INPUTS[row.id]}")
    per_node, nodes = row.need("gpus_per_node", "n_nodes")
    size = _size(row)
    if _RACK.search(row["system"]):  # NVLink joins the trays of a rack: one node to a collective
        per_node, nodes = per_node * nodes, 1.0
    gpus, ranks = int(per_node), int(per_node * nodes)
    time, factor = _operation(row)
    algorithms = {"algorithms": _algorithms(row)} if time is all_reduce_time else {}
    seconds = time(size, gpus, int(nodes), _fabric(row, gpus, int(nodes)), **algorithms) + _host(row)
    width = WIDTH_SHORT if size < LONG else WIDTH_NODE if nodes == 1 else WIDTH_NETWORK
    value = seconds * 1e6 if row["time_us"] else _bus(factor, ranks, size, seconds) / 1e9
    return Prediction(value, *spread(value, width))


def _bus(factor: float, ranks: int, size: float, seconds: float) -> float:
    """Bus bandwidth: an all-reduce counts 2(n-1)/n, one pass (n-1)/n, a broadcast 1."""
    whole = bus_bandwidth(ranks, size, seconds)
    return whole * factor / 2 if factor else size / seconds


def _fabric(row: Row, gpus: int, nodes: int) -> Fabric:
    link_rate, port_rate = row.number("intra_link_GBps_per_dir"), row.number("inter_link_Gbps_per_gpu")
    link = link_name(row["system"])
    if link is None:
        if gpus > 1 and link_rate is None:
            raise NotModelled(f"the row gives neither a known GPU nor the rate of its link: {row['system']}")
        link = "nvlink4" if link_rate is not None and link_rate > 64 else "pcie-gen4-x16"
    if nodes > 1 and port_rate is None:
        raise NotModelled("the row does not print the network's rate")
    return fabric(
        link,
        network_name(row["system"], port_rate) if nodes > 1 else None,
        gpus=gpus,
        link_rate=link_rate * 1e9 if link_rate is not None else None,
        ports=gpus,
        port_rate=port_rate * 1e9 / 8 if port_rate is not None else None,
        switch=not _NO_SWITCH.search(f"{row['system']}, {row['algo']}"),
    )


def link_name(system: str) -> str | None:
    """The link inside a node of the GPU that the system's name holds; None where it holds none that is known."""
    return _named(system, _LINKS)


def network_name(system: str, gigabits: float | None) -> str:
    """The network by the system's name; InfiniBand, by the rate of a GPU's port, where the name says nothing."""
    known = _named(system, _NETWORKS)
    if known is not None:
        return known
    return "infiniband-xdr" if gigabits is not None and gigabits > 400 else "infiniband-ndr"


def _named(system: str, table: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for pattern, name in table if re.search(pattern, system, re.IGNORECASE)), None)


def _algorithms(row: Row) -> tuple[str, ...]:
    words = row["algo"]
    if words.startswith("Ring") and ("NVLS" not in words or _NO_SWITCH.search(words)):
        return (RING,)
    return (TREE,) if words.startswith("Tree") else ALGORITHMS


def _operation(row: Row) -> tuple[Callable[..., float], float]:
    for word, time, factor in _OPERATIONS:
        if word in row["op"]:
            return time, factor
    raise NotModelled(f"no model of the operation {row['op']}")


def _size(row: Row) -> float:
    """Bytes of the buffer; where the row only says "large", enough of them."""
    size = row.number("size_bytes")
    if size is not None:
        return size
    if row["size_bytes"].startswith("large"):
        return LARGE
    raise NotModelled(f"the row's size is no number of bytes: {row['size_bytes']!r}")


def _host(row: Row) -> float:
    """Seconds of the host where each call is timed alone and the source says how long that takes."""
    said = _HOST.search(row["notes"])
    return (float(said[1]) + float(said[2])) / 2 * 1e-6 if said else 0.0


def _link_rate(row: Row) -> Prediction:
    """A closed form: lanes × rate of a lane × coding, one direction."""
    words = _spoken(row["system"])
    for link in registry.every("link"):
        if "lanes" not in link:
            continue
        rate = link["lanes"] * link["lane_rate"]
        if "coding" in link:
            rate *= link["coding"]
        if _spoken(link.name) in words:
            return Prediction.exact(rate / 1e9)
        if "pair_bandwidth" in link and "xgmi" in words:
            pairs = link["bandwidth"] / link["pair_bandwidth"]
            return Prediction.exact(rate / (pairs if "pair" in words else 1) / 1e9)
    raise NotModelled(f"the registry has no lanes of {row['system']}")


def _spoken(name: str) -> str:
    """ "PCIe Gen4 x16" and "PCIe 4 x16" are the same link."""
    return re.sub(r"gen| |:", "", name.lower())


def _number(row: Row, column: str) -> float:
    first, dash, last = row[column].partition("-")
    if dash and first and last:
        return (float(first) + float(last)) / 2
    value = row.number(column)
    if value is None:
        raise Excluded(f"{column} is no number: {row[column]!r}")
    return value
