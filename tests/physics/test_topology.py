"""Topologies against graphs that are really built: ways by search, bisections by maximum flow and counted links."""

from __future__ import annotations

import itertools
import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from ironlaw.physics import topology as t
from ironlaw.physics.collective_models import all_to_all_time
from ironlaw.physics.collectives import ring_all_reduce_time, ring_all_reduce_volume

Node = tuple[int, ...]
sides = st.integers(1, 6)
quick = settings(deadline=None, max_examples=40)


def torus(*side: int) -> dict[Node, list[Node]]:
    """Neighbours of each point; a side of 2 has one neighbour, reached over two links."""
    points = list(itertools.product(*map(range, side)))
    near: dict[Node, list[Node]] = {point: [] for point in points}
    for point in points:
        for axis, length in enumerate(side):
            if length > 1:
                for step in (1, -1):
                    near[point].append((*point[:axis], (point[axis] + step) % length, *point[axis + 1 :]))
    return near


def distances(near: dict[Node, list[Node]], start: Node) -> dict[Node, int]:
    found = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for other in near[here]:
            if other not in found:
                found[other] = found[here] + 1
                queue.append(other)
    return found


@quick
@given(sides, sides, sides)
def test_ways_in_a_torus_are_those_of_a_search(x: int, y: int, z: int) -> None:
    ways = distances(torus(x, y, z), (0, 0, 0))
    assert len(ways) == t.torus_points(x, y, z)
    assert max(ways.values()) == t.torus_diameter(x, y, z)
    assert sum(ways.values()) / len(ways) == pytest.approx(t.torus_mean_hops(x, y, z))


@pytest.mark.parametrize("side", [(4, 1, 1), (6, 1, 1), (4, 3, 1), (4, 4, 1), (6, 4, 2), (4, 4, 4), (3, 8, 3)])
def test_torus_bisection_is_the_number_of_links_across_the_middle(side: tuple[int, int, int]) -> None:
    long = side.index(max(side))
    near = torus(*side)
    across = sum(point[long] < side[long] / 2 <= other[long] for point, others in near.items() for other in others)
    assert t.torus_bisection(*side, 25e9) == across * 25e9


def fat_tree_flow(ports: int) -> tuple[int, int, int]:
    """End points, switches and the maximum flow between two halves (whole pods) of a fat tree with unit links."""
    half = ports // 2
    names: dict[tuple[object, ...], int] = {}

    def number(*name: object) -> int:
        return names.setdefault(name, len(names))

    links: list[tuple[int, int]] = []
    for pod in range(ports):
        for leaf in range(half):
            links += [(number("host", pod, leaf, i), number("leaf", pod, leaf)) for i in range(half)]
            links += [(number("leaf", pod, leaf), number("mid", pod, i)) for i in range(half)]
        for mid in range(half):
            links += [(number("mid", pod, mid), number("core", mid, i)) for i in range(half)]
    hosts = [name for name in names if name[0] == "host"]
    switches = len(names) - len(hosts)
    source, sink = number("source"), number("sink")
    capacity = np.zeros((len(names), len(names)), dtype=np.int32)
    for a, b in links:
        capacity[a, b] = capacity[b, a] = 1
    for name in hosts:
        first = int(str(name[1])) < half
        capacity[(source, names[name]) if first else (names[name], sink)] = 1
    return len(hosts), switches, int(maximum_flow(csr_array(capacity), source, sink).flow_value)


@pytest.mark.parametrize("ports", [2, 4, 6])
def test_fat_tree_is_one_that_was_built(ports: int) -> None:
    hosts, switches, flow = fat_tree_flow(ports)
    assert t.fat_tree_points(ports) == hosts
    assert t.fat_tree_switches(ports) == switches
    assert t.fat_tree_bisection(hosts, 1.0) == flow


def test_leaf_spine_limits() -> None:
    assert t.leaf_spine_points(64, 1) == 64**2 / 2
    assert t.leaf_spine_points(64, 3) == 64 * 48
    assert t.fat_tree_bisection(1024, 50e9, 3) == t.fat_tree_bisection(1024, 50e9) / 3


@given(st.integers(2, 128), st.floats(1, 16))
def test_oversubscription_reaches_more_and_carries_less(ports: int, ratio: float) -> None:
    assert t.leaf_spine_points(ports, ratio) >= t.leaf_spine_points(ports, 1)
    assert t.fat_tree_bisection(64, 1e9, ratio) <= t.fat_tree_bisection(64, 1e9)


@quick
@given(st.integers(1, 200), st.floats(1, 1e12), st.floats(1e9, 1e12))
def test_all_to_all_sends_these_bytes_through_the_middle(points: int, size: float, bisection: float) -> None:
    half = points // 2
    across = sum(size / points for _ in range(half) for _ in range(half, points))
    assert t.bisection_all_to_all_time(size, points, bisection) == pytest.approx(across / bisection)


@given(st.integers(2, 100), st.floats(1e6, 1e12))
def test_full_bisection_is_no_bottleneck_and_a_thin_one_is(nodes: int, size: float) -> None:
    rate = 50e9
    ends = all_to_all_time(size, 1, nodes, 0.0, 0.0, 0.0, 1e12, rate)
    full = t.bisection_all_to_all_time(size, nodes, t.fat_tree_bisection(nodes, rate))
    assert full <= ends * (1 + 1e-9) * (nodes / (nodes - 1))  # an odd number of nodes has an uneven cut
    thin = t.bisection_all_to_all_time(size, nodes, t.fat_tree_bisection(nodes, rate, 8))
    assert thin == pytest.approx(8 * full)
    assert thin > ends


@quick
@given(st.floats(1, 1e12), st.integers(3, 64), st.floats(1e9, 1e12))
def test_a_torus_of_one_dimension_is_two_rings(size: float, side: int, rate: float) -> None:
    torus_time = t.torus_all_reduce_time(size, side, 1, 1, rate, 0.0)
    assert torus_time == pytest.approx(ring_all_reduce_time(side, size / 2, rate, 0.0))


@quick
@given(st.floats(1, 1e12), sides, sides, sides, st.floats(1e9, 1e12))
def test_torus_all_reduce_uses_no_more_than_its_links(size: float, x: int, y: int, z: int, rate: float) -> None:
    links = len(torus(x, y, z)[0, 0, 0])  # two a dimension
    time = t.torus_all_reduce_time(size, x, y, z, rate, 0.0)
    assert time * max(links, 1) * rate == pytest.approx(ring_all_reduce_volume(x * y * z, size))


@given(st.integers(1, 16), st.integers(2, 128), st.floats(1, 8))
def test_rails_reach_g_times_as_many_nodes(gpus: int, ports: int, ratio: float) -> None:
    down = math.floor(ports * ratio / (1 + ratio))
    assert t.rail_group_gpus(gpus, ports, ratio) == gpus * down
    same_rail = sum(a == b for a in range(gpus) for b in range(gpus)) / gpus**2
    assert t.cross_rail_share(gpus) == pytest.approx(1 - same_rail)


@given(st.integers(2, 200), st.integers(1, 16))
def test_a_leaf_gives_as_many_ports_to_end_points_as_its_ratio_allows(ports: int, ratio: int) -> None:
    """Tried one by one: `down` ports need at least down/ratio ports up."""
    down = max(down for down in range(ports + 1) if down <= ratio * (ports - down))
    assert t.leaf_spine_points(ports, ratio) == ports * down


@given(sides, sides, sides)
def test_a_torus_all_reduce_walks_each_dimension_to_its_end_and_back(x: int, y: int, z: int) -> None:
    hops = sum(1 for _way in ("reduce", "gather") for side in (x, y, z) for _hop in range(1, side))
    assert t.torus_all_reduce_time(0.0, x, y, z, 1e9, 1.0) == hops
