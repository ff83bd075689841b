"""Collectives as libraries run them: two kinds of link, chunks in a pipeline, a launch, and switches that reduce.

    g     GPUs of the group in a node    N      nodes                     n = g·N
    M     bytes of the whole buffer      B_in   bytes/s of a GPU's link   B_out   bytes/s of a node's ports together
    T_0   launch of the collective       alpha  hop in the node           alpha_p hop between nodes (port to port)
    c     bytes that a GPU keeps in flight                                k       passes of a message too short to fill

Bandwidths are achieved rates, one direction: nominal rate × bus efficiency. `collectives` has the textbook α–β forms;
these add what a measured curve shows: the launch, the network shared by the node's GPUs, and the ramp of the bandwidth.
Only `switch-all-reduce-time` and `network-reduction-time` pass the link's rate, because a switch does the reduction.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

GPUS = Symbol("gpus", "g", "1", "GPUs of the group in one node", low=1, integer=True)
NODES = Symbol("nodes", "N", "1", "nodes of the group", low=1, integer=True)
SIZE = Symbol("size", "M", "B", "bytes of the whole buffer", low=0)
LINK = Symbol("link_bandwidth", "B_in", "B/s", "achieved rate of a GPU's link, one direction", low=0, low_open=True)
PORTS = Symbol(
    "node_bandwidth", "B_out", "B/s", "achieved rate of a node's ports together, one direction", low=0, low_open=True
)
LAUNCH = Symbol("launch", "T_0", "s", "fixed time of a call", low=0)
HOP = Symbol("hop", "alpha", "s", "hop between GPUs of a node", low=0)
PORT_HOP = Symbol("port_hop", "alpha_p", "s", "hop between nodes", low=0)
IN_FLIGHT = Symbol("in_flight", "c", "B", "bytes that a GPU keeps in flight", low=0, low_open=True)
PASSES = Symbol("passes", "k", "1", "passes of a message that is too short to fill the pipeline", low=0, constant=2.0)
SWITCH_SHARE = Symbol(
    "switch_share", "e", "1", "share of the link's rate that in-network reduction reaches", low=0, high=1, low_open=True
)
SWITCH_LATENCY = Symbol("switch_latency", "T_s", "s", "latency of the reduction in the switch", low=0)

_NCCL = "NVIDIA NCCL, src/graph/tuning.cc (ncclTopoTuneModel): "


def _time(meaning: str) -> Symbol:
    return Symbol("time", "T", "s", meaning, low=0)


@equation(
    id="pipeline-fill-share",
    title="Time to fill a pipeline of chunks",
    formula="k*w/(w + k*M)",
    result=Symbol("fill", "phi", "1", "time added by filling, as a multiple of the time on the wire", low=0),
    symbols=(
        SIZE,
        Symbol("pipe", "w", "B", "bytes that fill the whole chain of hops", low=0, low_open=True),
        PASSES,
    ),
    source="Makespan of a flow line: the last chunk arrives one chain after the first (w/M for M much above w); libraries "
    "cut a short message into fewer, smaller chunks, so it costs k more passes at most",
    note="This is the ramp of the bus bandwidth over size: half of what is lost to filling is gone at M = w/k.",
)
def pipeline_fill_share(size: float, pipe: float, passes: float = 2.0) -> float:
    """What filling adds to the wire time of `size` bytes, when `pipe` bytes fill the chain of hops."""
    return passes * pipe / (pipe + passes * size)


@equation(
    id="flat-ring-all-reduce-time",
    title="Ring all-reduce over nodes",
    formula="T_0*min(1, g*N-1) + (2*(g*N-1) - min(1, N-1)*min(2*N, 2*(g*N-1)))*alpha"
    " + min(1, N-1)*min(2*N, 2*(g*N-1))*alpha_p"
    " + 2*(g*N-1)/(g*N)*M*max(min(1, g-1)/B_in, min(1, N-1)/B_out)",
    result=_time("time of the all-reduce"),
    symbols=(SIZE, GPUS, NODES, LAUNCH, HOP, PORT_HOP, LINK, PORTS),
    source=_NCCL + "2(n-1) steps, of which 2N cross nodes; Patarasuk & Yuan 2009 for the bytes",
    note="The rings of all channels leave a node through its ports together: the slower of link and ports sets the rate.",
)
def flat_ring_all_reduce_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
) -> float:
    """Seconds of one ring through all GPUs of all nodes; a group of one is free."""
    ranks = gpus * nodes
    steps = 2 * (ranks - 1)
    across = num.minimum(1, nodes - 1)
    crossing = across * num.minimum(2 * nodes, steps)
    slowest = num.maximum(num.minimum(1, gpus - 1) / link_bandwidth, across / node_bandwidth)
    return (
        launch * num.minimum(1, ranks - 1)
        + (steps - crossing) * hop
        + crossing * port_hop
        + steps / ranks * size * slowest
    )


@equation(
    id="flat-ring-pass-time",
    title="Ring all-gather or reduce-scatter over nodes",
    formula="T_0*min(1, g*N-1) + (g-1)*N*alpha + (N-1)*alpha_p"
    " + (g*N-1)/(g*N)*M*max(min(1, g-1)/B_in, min(1, N-1)/B_out)",
    result=_time("time of the all-gather, or of the reduce-scatter"),
    symbols=(SIZE, GPUS, NODES, LAUNCH, HOP, PORT_HOP, LINK, PORTS),
    source=_NCCL + "n-1 steps, of which N-1 cross nodes; Patarasuk & Yuan 2009 for the bytes",
    note="M is the whole buffer: after an all-gather, before a reduce-scatter.",
)
def flat_ring_pass_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
) -> float:
    """Seconds of one pass around a ring through all GPUs of all nodes."""
    ranks = gpus * nodes
    slowest = num.maximum(num.minimum(1, gpus - 1) / link_bandwidth, num.minimum(1, nodes - 1) / node_bandwidth)
    return (
        launch * num.minimum(1, ranks - 1)
        + (gpus - 1) * nodes * hop
        + (nodes - 1) * port_hop
        + (ranks - 1) / ranks * size * slowest
    )


@equation(
    id="tree-over-nodes-time",
    title="Double-binary-tree all-reduce over nodes",
    formula="T_0*min(1, g*N-1) + 2*(g-1)*alpha + 2*ceil(log2(N))*alpha_p"
    " + M*max(2*min(1, g-1)/B_in, min(2, N-1)/B_out)"
    "*(1 + k*c*max(1, 2*(g-1) + 2*ceil(log2(N)))/(c*max(1, 2*(g-1) + 2*ceil(log2(N))) + k*M))",
    result=_time("time of the all-reduce"),
    symbols=(SIZE, GPUS, NODES, LAUNCH, HOP, PORT_HOP, LINK, PORTS, IN_FLIGHT, PASSES),
    source=_NCCL + "a chain in the node, two trees over the nodes; Sanders, Speck & Träff 2009 for the bytes",
    note="Between two nodes each byte crosses once in each direction, so two nodes beat a ring over the same ports "
    "almost twofold. From three nodes on, an inner node sends 2·M.",
)
def tree_over_nodes_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
    in_flight: float,
    passes: float = 2.0,
) -> float:
    """Seconds of an all-reduce up and down a chain in each node and two complementary trees over the nodes."""
    levels = num.ceil(num.log2(nodes))
    depth = 2 * (gpus - 1) + 2 * levels
    wire = size * num.maximum(2 * num.minimum(1, gpus - 1) / link_bandwidth, num.minimum(2, nodes - 1) / node_bandwidth)
    pipe = in_flight * num.maximum(1, depth)
    fill = passes * pipe / (pipe + passes * size)
    return launch * num.minimum(1, gpus * nodes - 1) + 2 * (gpus - 1) * hop + 2 * levels * port_hop + wire * (1 + fill)


@equation(
    id="switch-all-reduce-time",
    title="All-reduce in the switch (multimem, NVLink SHARP)",
    formula="T_s + 2*ceil(log2(N))*alpha_p + M*max((g+1)/g/(e*B_in), min(2, N-1)/B_out)"
    "*(1 + k*c*(g + 2*ceil(log2(N)))/(c*(g + 2*ceil(log2(N))) + k*M))",
    result=_time("time of the all-reduce"),
    symbols=(
        SIZE,
        Symbol("gpus", "g", "1", "GPUs of the group in one node, all on the switch", low=2, integer=True),
        NODES,
        SWITCH_LATENCY,
        PORT_HOP,
        LINK,
        PORTS,
        SWITCH_SHARE,
        IN_FLIGHT,
        PASSES,
    ),
    source="Klenk et al. 2020, An In-Network Architecture for Accelerating Shared-Memory Multiprocessor Collectives (a "
    "GPU sends M to be reduced and M/g of result); " + _NCCL + "NVLS and NVLSTree, nvlsEfficiency",
    note="Each GPU sends M·(g+1)/g, where a ring sends 2·M·(g-1)/g: the bus bandwidth, which counts a ring's bytes, "
    "then stands above the link's rate. Between nodes, trees.",
)
def switch_all_reduce_time(
    size: float,
    gpus: float,
    nodes: float,
    switch_latency: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
    switch_share: float,
    in_flight: float,
    passes: float = 2.0,
) -> float:
    """Seconds of an all-reduce whose additions the node's switch does, with trees between nodes."""
    levels = num.ceil(num.log2(nodes))
    wire = size * num.maximum(
        (gpus + 1) / gpus / (switch_share * link_bandwidth), num.minimum(2, nodes - 1) / node_bandwidth
    )
    pipe = in_flight * (gpus + 2 * levels)
    fill = passes * pipe / (pipe + passes * size)
    return switch_latency + 2 * levels * port_hop + wire * (1 + fill)


@equation(
    id="network-reduction-time",
    title="All-reduce with reduction in the network (SHARP)",
    formula="T_0*min(1, g*N-1) + 2*(g-1)*alpha + 2*s*min(1, N-1)*alpha_p + M*max(2*(g-1)/g/B_in, min(1, N-1)/B_out)",
    result=_time("time of the all-reduce"),
    symbols=(
        SIZE,
        GPUS,
        NODES,
        LAUNCH,
        HOP,
        PORT_HOP,
        LINK,
        PORTS,
        Symbol("levels", "s", "1", "levels of switches that reduce", low=1, integer=True),
    ),
    source="Graham et al. 2016, Scalable Hierarchical Aggregation Protocol (SHARP): data go up the switches once and "
    "the result comes down once; reduce-scatter and all-gather in the node",
    note="A node sends M once, whatever the number of nodes, where a ring sends 2·M·(N-1)/N. The phases overlap.",
)
def network_reduction_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
    levels: float,
) -> float:
    """Seconds of an all-reduce whose additions between nodes the network's switches do."""
    across = num.minimum(1, nodes - 1)
    wire = size * num.maximum(2 * (gpus - 1) / gpus / link_bandwidth, across / node_bandwidth)
    return launch * num.minimum(1, gpus * nodes - 1) + 2 * (gpus - 1) * hop + 2 * levels * across * port_hop + wire


@equation(
    id="all-to-all-time",
    title="All-to-all over nodes",
    formula="T_0*min(1, g*N-1) + min(1, g-1)*alpha + min(1, N-1)*alpha_p + M*max((g-1)/(g*N)/B_in, (N-1)/N*g/B_out)",
    result=_time("time of the all-to-all"),
    symbols=(SIZE, GPUS, NODES, LAUNCH, HOP, PORT_HOP, LINK, PORTS),
    source="Byte count: each of the g·N GPUs sends M/(g·N) to every other, g·M·(N-1)/N leave each node; all pairs at "
    "the same time, as grouped sends do",
    note="M is what one GPU holds. Nothing is reduced on the way, so the ports of a node carry g times what one GPU "
    "sends abroad: expert parallelism over nodes lives on this term.",
)
def all_to_all_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
) -> float:
    """Seconds until every GPU has sent an equal part of its `size` bytes to every other."""
    wire = size * num.maximum((gpus - 1) / (gpus * nodes) / link_bandwidth, (nodes - 1) / nodes * gpus / node_bandwidth)
    return (
        launch * num.minimum(1, gpus * nodes - 1)
        + num.minimum(1, gpus - 1) * hop
        + num.minimum(1, nodes - 1) * port_hop
        + wire
    )


@equation(
    id="broadcast-time",
    title="Broadcast or reduce along a chain",
    formula="T_0*min(1, g*N-1) + (g-1)*N*alpha + (N-1)*alpha_p"
    " + M*max(min(1, g-1)/B_in, min(1, N-1)/B_out)*(1 + k*c*max(1, g*N-1)/(c*max(1, g*N-1) + k*M))",
    result=_time("time of the broadcast, or of the reduction to one GPU"),
    symbols=(SIZE, GPUS, NODES, LAUNCH, HOP, PORT_HOP, LINK, PORTS, IN_FLIGHT, PASSES),
    source=_NCCL + "ring broadcast; chain pipelined in chunks",
    note="Each byte passes each link once: the bus bandwidth of a broadcast is its algorithm bandwidth.",
)
def broadcast_time(
    size: float,
    gpus: float,
    nodes: float,
    launch: float,
    hop: float,
    port_hop: float,
    link_bandwidth: float,
    node_bandwidth: float,
    in_flight: float,
    passes: float = 2.0,
) -> float:
    """Seconds until all GPUs hold the `size` bytes of one."""
    wire = size * num.maximum(num.minimum(1, gpus - 1) / link_bandwidth, num.minimum(1, nodes - 1) / node_bandwidth)
    pipe = in_flight * num.maximum(1, gpus * nodes - 1)
    fill = passes * pipe / (pipe + passes * size)
    return (
        launch * num.minimum(1, gpus * nodes - 1)
        + (gpus - 1) * nodes * hop
        + (nodes - 1) * port_hop
        + wire * (1 + fill)
    )


@equation(
    id="ring-tree-crossover",
    title="Size at which a ring overtakes a tree",
    formula="n*alpha*B*max(n - 1 - ceil(log2(n)), 0)",
    result=Symbol("size", "M", "B", "buffer above which the ring is faster", low=0),
    symbols=(
        Symbol("ranks", "n", "1", "GPUs", low=2, integer=True),
        Symbol("latency", "alpha", "s", "latency of a step", low=0),
        Symbol("bandwidth", "B", "B/s", "rate of a GPU's link, one direction", low=0, low_open=True),
    ),
    source="ring-all-reduce-time = tree-all-reduce-time, solved for M: 2·M/(n·B) = 2·(n-1-⌈log2 n⌉)·α",
    note="One α and one B for both: with n = 8, each doubling of either doubles the crossover. Zero up to three GPUs: "
    "the ring has no more steps there and sends less.",
)
def ring_tree_crossover(ranks: float, latency: float, bandwidth: float) -> float:
    """Bytes at which the α–β times of ring and double binary tree are equal."""
    return ranks * latency * bandwidth * num.maximum(ranks - 1 - num.ceil(num.log2(ranks)), 0)
