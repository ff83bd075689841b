"""Collectives in the α–β model: a message costs a latency, and its bytes cost time at the link's rate.

    n   GPUs in the ring       N   nodes                g   GPUs of a node       p   network ports of a node
    M   bytes reduced          B   bytes per second, one direction               V   bytes that one GPU or node sends
    α   latency of a step, s   k   buckets: each is a collective of its own and pays the latencies again

M is always the whole buffer, as each GPU holds it before a reduction or after a gather. Bandwidths are what a link
achieves in one direction: a caller multiplies the nominal rate by a measured efficiency first. In-network reduction
(SHARP) moves fewer bytes: `collective_models` has it.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_RANKS = Symbol("ranks", "n", "1", "GPUs in the ring", low=1, integer=True)
_NODES = Symbol("nodes", "N", "1", "nodes", low=1, integer=True)
_GPUS = Symbol("gpus", "g", "1", "GPUs of a node", low=1, integer=True)
_PORTS = Symbol("ports", "p", "1", "network ports of a node", low=1, integer=True)
_SIZE = Symbol("size", "M", "B", "bytes of the whole buffer", low=0)
_BANDWIDTH = Symbol("bandwidth", "B", "B/s", "rate of a GPU's link, one direction", low=0, low_open=True)
_LATENCY = Symbol("latency", "alpha", "s", "latency of a step", low=0)
_BUCKETS = Symbol("buckets", "k", "1", "buckets, each a collective of its own", low=0, integer=True)
_LINK_BANDWIDTH = Symbol(
    "link_bandwidth", "B_in", "B/s", "rate of a GPU's link in the node, one direction", low=0, low_open=True
)
_LINK_LATENCY = Symbol("link_latency", "alpha_in", "s", "latency of a step in the node", low=0)
_PORT_BANDWIDTH = Symbol("port_bandwidth", "B_port", "B/s", "rate of one port, one direction", low=0, low_open=True)
_PORT_LATENCY = Symbol("port_latency", "alpha_port", "s", "latency of a step between nodes", low=0)
_TIME = Symbol("time", "T", "s", "time of the collective", low=0, low_open=True)

_RING = "Patarasuk & Yuan 2009, Bandwidth Optimal All-reduce Algorithms for Clusters of Workstations"
_NCCL_TESTS = "NVIDIA nccl-tests, doc/PERFORMANCE.md, section Bandwidth"
_RAILS = "Reduce-scatter in the node, a ring over the nodes for each shard, all-gather in the node: "


def _volume(meaning: str) -> Symbol:
    return Symbol("volume", "V", "B", meaning, low=0)


def _duration(meaning: str) -> Symbol:
    return Symbol("time", "T", "s", meaning, low=0)


@equation(
    id="bucket-count",
    title="Buckets of a buffer",
    formula="ceil(M/m)",
    result=Symbol("buckets", "k", "1", "collectives that the buffer is cut into", low=0, integer=True),
    symbols=(_SIZE, Symbol("bucket", "m", "B", "bytes of a bucket", low=0, low_open=True)),
    source="Li et al. 2020, PyTorch Distributed: Experiences on Accelerating Data Parallel Training, section 3.2.2",
    note="Small buckets start earlier under the backward pass and pay more latencies.",
)
def bucket_count(size: float, bucket: float) -> float:
    """How many buckets of `bucket` bytes hold `size` bytes."""
    return num.ceil(size / bucket)


@equation(
    id="ring-all-reduce-volume",
    title="Bytes of a ring all-reduce",
    formula="2*(n-1)/n*M",
    result=_volume("bytes that each GPU sends, and receives"),
    symbols=(_RANKS, _SIZE),
    source=_RING,
    note="A reduce-scatter and an all-gather of (n-1)/n each; no all-reduce between end points sends less.",
)
def ring_all_reduce_volume(ranks: float, size: float) -> float:
    """Bytes each of `ranks` GPUs sends to all-reduce `size` bytes: twice the buffer at most, not once."""
    return 2 * (ranks - 1) / ranks * size


@equation(
    id="ring-all-reduce-time",
    title="Ring all-reduce",
    formula="2*(n-1)/n*M/B + 2*(n-1)*alpha*k",
    result=_duration("time of the all-reduce"),
    symbols=(_RANKS, _SIZE, _BANDWIDTH, _LATENCY, _BUCKETS),
    source=_RING,
    note="The slowest link of the ring sets B. Each bucket takes 2·(n-1) steps.",
)
def ring_all_reduce_time(ranks: float, size: float, bandwidth: float, latency: float, buckets: float = 1) -> float:
    """Seconds of a ring all-reduce of `size` bytes in `buckets` buckets."""
    return 2 * (ranks - 1) / ranks * size / bandwidth + 2 * (ranks - 1) * latency * buckets


@equation(
    id="ring-pass-volume",
    title="Bytes of a reduce-scatter or an all-gather",
    formula="(n-1)/n*M",
    result=_volume("bytes that each GPU sends, and receives"),
    symbols=(_RANKS, _SIZE),
    source=_RING,
    note="One pass around the ring: all but its own share goes through each GPU.",
)
def ring_pass_volume(ranks: float, size: float) -> float:
    """Bytes each GPU sends to reduce-scatter a buffer of `size` bytes, or to gather one."""
    return (ranks - 1) / ranks * size


@equation(
    id="reduce-scatter-time",
    title="Ring reduce-scatter",
    formula="(n-1)/n*M/B + (n-1)*alpha*k",
    result=_duration("time of the reduce-scatter"),
    symbols=(_RANKS, _SIZE, _BANDWIDTH, _LATENCY, _BUCKETS),
    source=_RING,
    note="M is the buffer before it is scattered.",
)
def reduce_scatter_time(ranks: float, size: float, bandwidth: float, latency: float, buckets: float = 1) -> float:
    """Seconds until each GPU holds its reduced share of `size` bytes."""
    return (ranks - 1) / ranks * size / bandwidth + (ranks - 1) * latency * buckets


@equation(
    id="all-gather-time",
    title="Ring all-gather",
    formula="(n-1)/n*M/B + (n-1)*alpha*k",
    result=_duration("time of the all-gather"),
    symbols=(_RANKS, _SIZE, _BANDWIDTH, _LATENCY, _BUCKETS),
    source=_RING,
    note="M is the buffer after it is gathered.",
)
def all_gather_time(ranks: float, size: float, bandwidth: float, latency: float, buckets: float = 1) -> float:
    """Seconds until each GPU holds all `size` bytes, of which it had one share."""
    return (ranks - 1) / ranks * size / bandwidth + (ranks - 1) * latency * buckets


@equation(
    id="zero3-volume",
    title="Bytes of a step with sharded weights (ZeRO-3)",
    formula="3*(n-1)/n*M",
    result=_volume("bytes that each GPU sends, and receives"),
    symbols=(_RANKS, _SIZE),
    source="Rajbhandari et al. 2020, ZeRO, section 7.2.2",
    note="All-gather of the weights forward and again backward, reduce-scatter of the gradients: 1.5 times the "
    "all-reduce that ZeRO-1 and ZeRO-2 still match.",
)
def zero3_volume(ranks: float, size: float) -> float:
    """Bytes each GPU sends in a ZeRO-3 step over `size` bytes of weights (gradients of the same size)."""
    return 3 * (ranks - 1) / ranks * size


@equation(
    id="tree-all-reduce-time",
    title="Double-binary-tree all-reduce",
    formula="2*M/B*min(1, n-1) + 2*ceil(log2(n))*alpha*k",
    result=_duration("time of the all-reduce"),
    symbols=(_RANKS, _SIZE, _BANDWIDTH, _LATENCY, _BUCKETS),
    source="Sanders, Speck & Träff 2009, Two-tree algorithms for full bandwidth broadcast, reduction and scan; the "
    "cost as NCCL's tuning model counts it (bandwidth halved, 2·log2 n hops)",
    note="Two trees of half the buffer each; a GPU that is inner node in one is leaf in the other, and so sends up to "
    "2·M. Holds for buffers long enough to fill the pipeline of chunks. A single GPU needs nothing.",
)
def tree_all_reduce_time(ranks: float, size: float, bandwidth: float, latency: float, buckets: float = 1) -> float:
    """Seconds of an all-reduce up and down two complementary binary trees."""
    return 2 * size / bandwidth * num.minimum(1, ranks - 1) + 2 * num.ceil(num.log2(ranks)) * latency * buckets


@equation(
    id="algorithm-bandwidth",
    title="Algorithm bandwidth",
    formula="M/T",
    result=Symbol("bandwidth", "B_alg", "B/s", "bytes of the buffer per second", low=0),
    symbols=(_SIZE, _TIME),
    source=_NCCL_TESTS,
    note="What the application sees. It falls with n on the same links.",
)
def algorithm_bandwidth(size: float, time: float) -> float:
    """Buffer bytes per second of a collective that took `time` seconds."""
    return size / time


@equation(
    id="bus-bandwidth",
    title="Bus bandwidth of an all-reduce",
    formula="2*(n-1)/n*M/T",
    result=Symbol("bandwidth", "B_bus", "B/s", "bytes that each GPU sent per second", low=0),
    symbols=(_RANKS, _SIZE, _TIME),
    source=_NCCL_TESTS,
    note="Comparable with a link's rate in one direction. Above that rate, the network did part of the reduction or "
    "the algorithm was no ring.",
)
def bus_bandwidth(ranks: float, size: float, time: float) -> float:
    """Link bytes per second of an all-reduce that took `time` seconds."""
    return 2 * (ranks - 1) / ranks * size / time


@equation(
    id="node-boundary-volume",
    title="Bytes across a node's boundary",
    formula="2*(N-1)/N*M",
    result=_volume("bytes that each node sends, and receives, through all its ports"),
    symbols=(_NODES, _SIZE),
    source=_RAILS + "the ring bound (Patarasuk & Yuan 2009) with a node in the place of a GPU",
    note="For gradients that every GPU holds in full. It is close to 2·M only for many nodes.",
)
def node_boundary_volume(nodes: float, size: float) -> float:
    """Bytes each node sends in a hierarchical all-reduce, over all shards together."""
    return 2 * (nodes - 1) / nodes * size


@equation(
    id="node-boundary-time",
    title="All-reduce between nodes over shared ports",
    formula="2*(N-1)/N*M/(p*B_port) + 2*(N-1)*alpha_port*k",
    result=_duration("time of the phase between nodes"),
    symbols=(_NODES, _SIZE, _PORTS, _PORT_BANDWIDTH, _PORT_LATENCY, _BUCKETS),
    source=_RAILS + "α–β cost of the ring over nodes",
    note="The GPUs of a node share its ports evenly, and the shards' rings run at the same time.",
)
def node_boundary_time(
    nodes: float, size: float, ports: float, port_bandwidth: float, port_latency: float, buckets: float = 1
) -> float:
    """Seconds of the inter-node phase of a hierarchical all-reduce of `size` bytes."""
    return 2 * (nodes - 1) / nodes * size / (ports * port_bandwidth) + 2 * (nodes - 1) * port_latency * buckets


@equation(
    id="hierarchical-all-reduce-time",
    title="Hierarchical all-reduce",
    formula="2*(g-1)/g*M/B_in + 2*(g-1)*alpha_in*k + 2*(N-1)/N*M/(p*B_port) + 2*(N-1)*alpha_port*k",
    result=_duration("time of the all-reduce, phases one after another"),
    symbols=(
        _NODES,
        _GPUS,
        _SIZE,
        _LINK_BANDWIDTH,
        _LINK_LATENCY,
        _PORTS,
        _PORT_BANDWIDTH,
        _PORT_LATENCY,
        _BUCKETS,
    ),
    source=_RAILS
    + "α–β costs added up; the scheme of Mikami et al. 2018, Massively Distributed SGD (2D-torus all-reduce)",
    note="One phase after another: an upper bound. Libraries overlap the phases chunk by chunk "
    "(pipelined-phases-time).",
)
def hierarchical_all_reduce_time(
    nodes: float,
    gpus: float,
    size: float,
    link_bandwidth: float,
    link_latency: float,
    ports: float,
    port_bandwidth: float,
    port_latency: float,
    buckets: float = 1,
) -> float:
    """Seconds of an all-reduce over `nodes` nodes of `gpus` GPUs; with one node, the ring inside it."""
    inside = 2 * (gpus - 1) / gpus * size / link_bandwidth + 2 * (gpus - 1) * link_latency * buckets
    between = 2 * (nodes - 1) / nodes * size / (ports * port_bandwidth) + 2 * (nodes - 1) * port_latency * buckets
    return inside + between


@equation(
    id="pipelined-phases-time",
    title="Two phases, overlapped chunk by chunk",
    formula="max(T_in, T_out) + min(T_in, T_out)/q",
    result=_duration("time of both phases together"),
    symbols=(
        Symbol("inside", "T_in", "s", "time of the phases in the node", low=0),
        Symbol("between", "T_out", "s", "time of the phase between nodes", low=0),
        Symbol("chunks", "q", "1", "chunks that follow each other through the phases", low=1, integer=True),
    ),
    source="Makespan of a two-stage flow line: the slower stage is always busy, the other fills and drains it",
    note="Node links and network ports work on different chunks. One chunk gives the sum, many the slower phase alone.",
)
def pipelined_phases_time(inside: float, between: float, chunks: float) -> float:
    """Seconds when `chunks` equal chunks pass through node links and network ports in a pipeline."""
    return num.maximum(inside, between) + num.minimum(inside, between) / chunks
