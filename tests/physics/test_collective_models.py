"""The models of a library's collectives against counted hops, counted bytes and simulated chunks."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import collective_models as m
from ironlaw.physics import collectives as c
from ironlaw.simulate.collectives import double_tree, ring_all_reduce

from .inputs import from_zero

quick = settings(deadline=None, max_examples=60)
groups = st.tuples(st.integers(1, 16), st.integers(1, 64))
sizes = st.floats(1, 1e12)
rates = st.floats(1e9, 1e12)
hops = from_zero(1e-3)
ALL_REDUCES = ("ring", "tree", "switch", "network")


def flat(
    function: Any, size: float, group: tuple[int, int], rate: float = 4e11, ports: float = 1e11, **more: float
) -> float:
    """One of the models with the same signature, latencies off unless given."""
    given = {"launch": 0.0, "hop": 0.0, "port_hop": 0.0} | more
    return float(function(size, *group, link_bandwidth=rate, node_bandwidth=ports, **given))


def all_reduce(kind: str, size: float, group: tuple[int, int], rate: float, ports: float) -> float:
    if kind == "ring":
        return flat(m.flat_ring_all_reduce_time, size, group, rate, ports)
    if kind == "tree":
        return flat(m.tree_over_nodes_time, size, group, rate, ports, in_flight=1e-3)
    if kind == "network":
        return flat(m.network_reduction_time, size, group, rate, ports, levels=2)
    return m.switch_all_reduce_time(size, max(group[0], 2), group[1], 0.0, 0.0, rate, ports, 1.0, 1e-3)


# --- ring -------------------------------------------------------------------------------------------------------------


@quick
@given(groups)
def test_ring_counts_the_hops_that_leave_a_node(group: tuple[int, int]) -> None:
    gpus, nodes = group
    ranks, steps = gpus * nodes, 2 * (gpus * nodes - 1)
    # A block starts anywhere and takes `steps` hops; hop i leaves the node when rank i is its last GPU.
    most = max(sum((start + i) % gpus == gpus - 1 for i in range(steps)) for start in range(ranks)) if nodes > 1 else 0
    counted = flat(m.flat_ring_all_reduce_time, 0.0, group, port_hop=1.0)
    inside = flat(m.flat_ring_all_reduce_time, 0.0, group, hop=1.0)
    assert inside + counted == steps
    assert counted - most == (1 if gpus == 2 and nodes > 1 else 0)  # with two GPUs a node, one hop too many is counted


@quick
@given(st.tuples(st.integers(1, 6), st.integers(1, 5)), sizes, rates, rates)
def test_ring_takes_as_long_as_simulated_chunks(group: tuple[int, int], size: float, rate: float, ports: float) -> None:
    gpus, nodes = group
    leaving = [ports if nodes > 1 and rank % gpus == gpus - 1 else rate for rank in range(gpus * nodes)]
    simulated = ring_all_reduce(size, gpus * nodes, leaving, 0.0).time
    assert flat(m.flat_ring_all_reduce_time, size, group, rate, ports) == pytest.approx(simulated, rel=1e-9)


@quick
@given(st.integers(1, 64), sizes, rates, hops)
def test_in_one_node_the_ring_is_the_textbook_ring(gpus: int, size: float, rate: float, hop: float) -> None:
    ring = flat(m.flat_ring_all_reduce_time, size, (gpus, 1), rate, hop=hop)
    assert ring == pytest.approx(c.ring_all_reduce_time(gpus, size, rate, hop))
    one_pass = flat(m.flat_ring_pass_time, size, (gpus, 1), rate, hop=hop)
    assert one_pass == pytest.approx(c.all_gather_time(gpus, size, rate, hop))


@quick
@given(groups, sizes, rates, rates)
def test_two_passes_carry_what_an_all_reduce_carries(
    group: tuple[int, int], size: float, rate: float, ports: float
) -> None:
    both = 2 * flat(m.flat_ring_pass_time, size, group, rate, ports)
    assert both == pytest.approx(flat(m.flat_ring_all_reduce_time, size, group, rate, ports))


# --- tree -------------------------------------------------------------------------------------------------------------


@given(st.integers(2, 200))
def test_tree_counts_the_bytes_and_levels_of_two_trees_over_nodes(nodes: int) -> None:
    sent = [0.0] * nodes
    for parents in double_tree(nodes):
        for child, parent in parents.items():  # half of the buffer up, half down
            sent[child] += 0.5
            sent[parent] += 0.5
    wire = flat(m.tree_over_nodes_time, 1.0, (1, nodes), ports=1.0, in_flight=1e-9)
    assert wire >= max(sent) * (1 - 1e-6)
    if nodes != 3:  # three nodes: one of them is inner in both trees only by half
        assert wire == pytest.approx(max(sent), rel=1e-6)
    levels = flat(m.tree_over_nodes_time, 0.0, (1, nodes), port_hop=0.5, in_flight=1.0)
    first = double_tree(nodes)[0]

    def depth(rank: int) -> int:
        return 1 + depth(first[rank]) if rank in first else 0

    assert levels == math.ceil(math.log2(nodes))
    assert max(map(depth, range(nodes))) in (levels, levels + 1)  # not a power of two: the built tree may be one deeper


def test_two_nodes_beat_a_ring_over_the_same_ports() -> None:
    # Why a pair of nodes reaches 1.57 times the wire in bus bandwidth: M crosses once each way, a ring's 15/8·M does.
    tree = flat(m.tree_over_nodes_time, 1e9, (8, 2), ports=5e10, in_flight=1e-3)
    ring = flat(m.flat_ring_all_reduce_time, 1e9, (8, 2), ports=5e10)
    assert ring / tree == pytest.approx(15 / 8)


# --- filling ----------------------------------------------------------------------------------------------------------


@quick
@given(st.floats(1e3, 1e12), st.floats(1e3, 1e9))
def test_filling_has_its_two_ends(size: float, pipe: float) -> None:
    share = m.pipeline_fill_share(size, pipe)
    assert 0 < share <= 2
    assert share <= pipe / size * (1 + 1e-12)  # never more than the whole chain once
    if size > 1e6 * pipe:
        assert share == pytest.approx(pipe / size, rel=1e-5)
    if size < 1e-6 * pipe:
        assert share == pytest.approx(2, rel=1e-5)
    assert m.pipeline_fill_share(pipe / 2, pipe) == pytest.approx(1)  # half of the most at w/k


def test_filling_of_a_long_message_is_that_of_a_simulated_chain() -> None:
    # A chain of 15 hops, chunks of 1 MB, a message of 1 GB: the last chunk arrives 14 chunks after it left the first.
    hops, chunk, chunks, rate = 15, 1e6, 1000, 1e11
    free = [0.0] * hops
    for _ in range(chunks):
        done = 0.0
        for hop in range(hops):
            free[hop] = done = max(free[hop], done) + chunk / rate
    ours = flat(m.broadcast_time, chunk * chunks, (hops + 1, 1), rate, in_flight=chunk)
    assert ours == pytest.approx(free[-1], rel=2e-3)


# --- switches that reduce ---------------------------------------------------------------------------------------------


@given(st.integers(2, 64))
def test_switch_counts_what_a_gpu_sends(gpus: int) -> None:
    # Each GPU owns a shard: it reads the sum of all (everyone's part passes their links) and writes it to everyone.
    out = [0.0] * gpus
    for owner in range(gpus):
        for source in range(gpus):
            out[source] += 1 / gpus  # the switch reads the shard from every GPU …
        out[owner] += 1 / gpus  # … and the owner writes the sum once; the switch copies it
    wire = m.switch_all_reduce_time(1.0, gpus, 1, 0.0, 0.0, 1.0, 1.0, 1.0, 1e-9)
    assert wire == pytest.approx(max(out), rel=1e-6)
    assert c.bus_bandwidth(gpus, 1.0, wire) <= 2 * (gpus - 1) / (gpus + 1) * (1 + 1e-9)


def test_only_a_switch_passes_the_links_rate() -> None:
    rate = 4.5e11
    wire = m.switch_all_reduce_time(1e12, 8, 1, 0.0, 0.0, rate, 1.0, 1.0, 1e-3)
    assert c.bus_bandwidth(8, 1e12, wire) / rate == pytest.approx(14 / 9)


@quick
@given(groups, sizes, rates, rates)
def test_network_reduction_halves_the_bytes_at_the_boundary_at_most(
    group: tuple[int, int], size: float, rate: float, ports: float
) -> None:
    reduced = all_reduce("network", size, group, rate, ports)
    bound = c.hierarchical_all_reduce_time(group[1], group[0], size, rate, 0.0, 1, ports, 0.0)
    assert reduced <= bound * (1 + 1e-9)  # phases overlap, and each node sends M instead of 2·M·(N-1)/N
    if group[1] > 1:
        assert reduced >= size / ports * (1 - 1e-9)


# --- others -----------------------------------------------------------------------------------------------------------


@given(groups)
def test_all_to_all_carries_the_traffic_matrix(group: tuple[int, int]) -> None:
    gpus, nodes = group
    ranks = gpus * nodes
    inside = sum(other // gpus == 0 for other in range(1, ranks)) / ranks  # of rank 0, per byte that it holds
    leaving = sum(1 for rank in range(gpus) for other in range(gpus, ranks)) / ranks  # of node 0
    assert flat(m.all_to_all_time, 1.0, group, rate=1.0, ports=1e9) == pytest.approx(max(inside, leaving / 1e9))
    assert flat(m.all_to_all_time, 1.0, group, rate=1e9, ports=1.0) == pytest.approx(max(inside / 1e9, leaving))


@pytest.mark.parametrize("kind", ALL_REDUCES)
@quick
@given(group=groups, size=sizes, rate=rates, ports=rates, factor=st.floats(1, 100))
def test_monotone(kind: str, group: tuple[int, int], size: float, rate: float, ports: float, factor: float) -> None:
    base = all_reduce(kind, size, group, rate, ports)
    assert all_reduce(kind, size * factor, group, rate, ports) >= base * (1 - 1e-9)
    assert all_reduce(kind, size, group, rate * factor, ports) <= base * (1 + 1e-9)
    assert all_reduce(kind, size, group, rate, ports * factor) <= base * (1 + 1e-9)
    assert all_reduce(kind, size, (group[0], group[1] + 1), rate, ports) >= base * (1 - 1e-9)


@pytest.mark.parametrize("kind", ["ring", "tree"])
@quick
@given(group=groups, size=sizes, rate=rates, ports=rates)
def test_never_above_the_rate_of_links_and_ports(
    kind: str, group: tuple[int, int], size: float, rate: float, ports: float
) -> None:
    gpus, nodes = group
    time = all_reduce(kind, size, group, rate, ports)
    if gpus > 1:
        assert time * (1 + 1e-9) >= c.ring_all_reduce_volume(gpus, size) / rate
    if nodes > 1:
        assert time * (1 + 1e-9) >= c.node_boundary_volume(nodes, size) / ports


@given(sizes, st.floats(1e-6, 1e-3))
def test_one_gpu_needs_nothing(size: float, launch: float) -> None:
    latencies = {"launch": launch, "hop": launch, "port_hop": launch}
    for function, more in (
        (m.flat_ring_all_reduce_time, {}),
        (m.flat_ring_pass_time, {}),
        (m.tree_over_nodes_time, {"in_flight": 1e6}),
        (m.network_reduction_time, {"levels": 1}),
        (m.all_to_all_time, {}),
        (m.broadcast_time, {"in_flight": 1e6}),
    ):
        assert flat(function, size, (1, 1), **latencies, **more) == 0


# --- known errors -----------------------------------------------------------------------------------------------------


@quick
@given(st.integers(2, 4096), st.floats(1e-7, 1e-4), rates)
def test_known_error_ring_and_tree_cross_at_one_size(ranks: int, alpha: float, rate: float) -> None:
    # Three documents gave 150 KB, 20.6 MB and 64 MB. With one α and one B there is one size, and both models say so.
    size = m.ring_tree_crossover(ranks, alpha, rate)
    if size == 0:
        assert ranks <= 3
        return
    ring = c.ring_all_reduce_time(ranks, size, rate, alpha)
    assert ring == pytest.approx(c.tree_all_reduce_time(ranks, size, rate, alpha))
    assert c.ring_all_reduce_time(ranks, size * 2, rate, alpha) < c.tree_all_reduce_time(ranks, size * 2, rate, alpha)
    assert c.ring_all_reduce_time(ranks, size / 2, rate, alpha) > c.tree_all_reduce_time(ranks, size / 2, rate, alpha)


def test_known_error_efficiency_over_ethernet() -> None:
    # 28 % efficiency needs communication of 2.57 times the compute. That is what 900 GB/s gives, which is NVLink with
    # both directions added up; over a port of 400 Gb/s, 50 GB/s, the same bytes take 18 times as long: 2.1 %.
    compute = 1.0
    size = (1 / 0.28 - 1) * compute * 900e9
    ethernet = flat(m.flat_ring_pass_time, size * 2, (1, 2), ports=400e9 / 8)
    assert compute / (compute + ethernet) == pytest.approx(0.021, abs=5e-4)


def test_known_error_nvlink_against_infiniband_depends_on_the_ports() -> None:
    # "900 against 400 GB/s, 2.25×": 900 is both directions and 400 is gigabit. With one port a node the gap is 9×
    # for a GPU that has it to itself, with eight ports 1.1×: (450/1) ÷ (8 × 50).
    assert 450e9 / (400e9 / 8) == 9
    assert 450e9 / (8 * 400e9 / 8) == 1.125
    inside = flat(m.flat_ring_all_reduce_time, 1e9, (8, 1), rate=450e9)
    for ports, least in ((1, 9.0), (8, 1.125)):
        across = flat(m.flat_ring_all_reduce_time, 1e9, (8, 2), rate=450e9, ports=ports * 50e9)
        assert across / inside == pytest.approx(least * (15 / 16) / (7 / 8))


# --- latencies --------------------------------------------------------------------------------------------------------

EVERY_MODEL: tuple[tuple[Any, dict[str, float]], ...] = (
    (m.flat_ring_all_reduce_time, {}),
    (m.flat_ring_pass_time, {}),
    (m.tree_over_nodes_time, {"in_flight": 1e6}),
    (m.network_reduction_time, {"levels": 2}),
    (m.all_to_all_time, {}),
    (m.broadcast_time, {"in_flight": 1e6}),
)


@pytest.mark.parametrize("group", [(2, 1), (1, 2), (3, 1), (1, 3), (8, 1), (1, 16), (8, 4)])
def test_a_call_is_launched_once_whatever_the_group(group: tuple[int, int]) -> None:
    for function, more in EVERY_MODEL:
        assert flat(function, 0.0, group, launch=1.0, **more) == 1


@quick
@given(groups)
def test_hops_are_those_of_the_walk(group: tuple[int, int]) -> None:
    """The last piece's way, GPU by GPU: which hops stay in a node, which leave it."""
    gpus, nodes = group
    leaving = [rank % gpus == gpus - 1 for rank in range(gpus * nodes - 1)]  # along the chain of all GPUs
    along = (leaving.count(False), leaving.count(True))
    climb, height = gpus - 1, 0  # up a chain in the node, then up a tree of nodes
    while 2**height < nodes:
        height += 1
    walks = {
        m.flat_ring_pass_time: along,
        m.broadcast_time: along,
        m.tree_over_nodes_time: (2 * climb, 2 * height),  # up and down again
        m.network_reduction_time: (2 * climb, 2 * 2 if nodes > 1 else 0),  # two levels of switches, up and down
        m.all_to_all_time: (int(gpus > 1), int(nodes > 1)),  # all pairs at once: a hop of each kind
    }
    for function, more in EVERY_MODEL:
        if function in walks:
            inside, across = walks[function]
            assert flat(function, 0.0, group, hop=1.0, **more) == inside
            assert flat(function, 0.0, group, port_hop=1.0, **more) == across
    latency = m.switch_all_reduce_time(0.0, max(gpus, 2), nodes, 100.0, 1.0, 1.0, 1.0, 1.0, 1e6)
    assert latency == 100 + 2 * height


def chunk_by_chunk(hops: int, chunks: int, seconds: float) -> float:
    """When the last chunk leaves a chain of `hops` links that each take `seconds` a chunk: moved one by one."""
    free = [0.0] * hops
    for _ in range(chunks):
        done = 0.0
        for hop in range(hops):
            free[hop] = done = max(free[hop], done) + seconds
    return free[-1]


@pytest.mark.parametrize(("group", "hops"), [((8, 1), 14), ((1, 16), 8), ((4, 8), 12), ((1, 5), 6)])
def test_a_tree_fills_as_a_chain_up_and_down(group: tuple[int, int], hops: int) -> None:
    """Every link carries the message twice, up and down, so a chunk takes it two turns."""
    chunk, chunks, rate = 1e6, 4_000, 1e11
    moved = chunk_by_chunk(hops, chunks, 2 * chunk / rate)
    ours = flat(m.tree_over_nodes_time, chunk * chunks, group, rate, rate, in_flight=chunk)
    assert (ours - moved) / (2 * chunk / rate) == pytest.approx(1, abs=0.05)  # the filling counts the first chunk too


@pytest.mark.parametrize(("group", "hops"), [((2, 1), 1), ((1, 2), 1), ((8, 1), 7), ((1, 16), 15), ((4, 8), 31)])
def test_a_broadcast_fills_the_chain_of_all_gpus(group: tuple[int, int], hops: int) -> None:
    chunk, chunks, rate = 1e6, 40_000, 1e11
    moved = chunk_by_chunk(hops, chunks, chunk / rate)
    ours = flat(m.broadcast_time, chunk * chunks, group, rate, rate, in_flight=chunk)
    assert (ours - moved) / (chunk / rate) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("nodes", [1, 2, 16])
def test_a_switch_fills_too(nodes: int) -> None:
    """What is in flight at once is on the wire twice more for a short message, and once for a long one."""
    rate, levels, in_flight = 1e11, math.ceil(math.log2(nodes)), 1e6
    wire = max(9 / 8, min(2, nodes - 1)) / rate  # s a byte

    def filled(size: float) -> float:
        return m.switch_all_reduce_time(size, 8, nodes, 0.0, 0.0, rate, rate, 1.0, in_flight) / (size * wire) - 1

    assert filled(1.0) == pytest.approx(2, rel=1e-5)
    assert filled(1e12) == pytest.approx(in_flight * (8 + 2 * levels) / 1e12, rel=1e-3)
