"""Uplink loads against counted flows."""

from __future__ import annotations

from itertools import permutations

import pytest

from ironlaw.physics.fabric import ring_uplink_load, scattered_ring_uplink_load, uplink_slowdown


def uplink_flows(order: tuple[int, ...], leaf_nodes: int) -> list[int]:
    """Flows that leave each leaf when each node sends to the next one in the ring."""
    leaves = max(order) // leaf_nodes + 1
    flows = [0] * leaves
    for place, node in enumerate(order):
        if node // leaf_nodes != order[(place + 1) % len(order)] // leaf_nodes:
            flows[node // leaf_nodes] += 1
    return flows


@pytest.mark.parametrize(("nodes", "leaf_nodes"), [(8, 4), (16, 4), (16, 8), (6, 2), (4, 1)])
@pytest.mark.parametrize("oversubscription", [1, 2, 4, 8])
def test_placed_ring_leaves_each_leaf_once(nodes: int, leaf_nodes: int, oversubscription: int) -> None:
    carries = leaf_nodes / oversubscription  # in units of a node's bandwidth
    for flows in uplink_flows(tuple(range(nodes)), leaf_nodes):
        assert flows / carries == ring_uplink_load(leaf_nodes, oversubscription)


@pytest.mark.parametrize(("nodes", "leaf_nodes"), [(4, 2), (6, 2), (6, 3), (6, 1), (3, 3)])
def test_scattered_ring_over_all_orders(nodes: int, leaf_nodes: int) -> None:
    orders = list(permutations(range(nodes)))
    mean = sum(uplink_flows(order, leaf_nodes)[0] for order in orders) / len(orders)
    assert mean / (leaf_nodes / 2) == pytest.approx(scattered_ring_uplink_load(nodes, leaf_nodes, 2))


def test_slowdown_only_above_a_full_uplink() -> None:
    assert uplink_slowdown(ring_uplink_load(8, 4)) == 1  # half full: oversubscription alone slows nobody
    assert uplink_slowdown(ring_uplink_load(8, 8)) == 1
    assert uplink_slowdown(ring_uplink_load(2, 4)) == 2
    assert uplink_slowdown(scattered_ring_uplink_load(16, 8, 4)) == pytest.approx(4 * 8 / 15)
    assert scattered_ring_uplink_load(8, 8, 4) == 0
    assert scattered_ring_uplink_load(4, 8, 4) == 0
