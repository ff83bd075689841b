"""The choice among algorithms and protocols: it is a minimum, it keeps the bounds, and it crosses where it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.collective_choice import (
    ALGORITHMS,
    Fabric,
    Protocol,
    all_gather_time,
    all_reduce_time,
    candidates,
    fastest_all_to_all_time,
    fastest_broadcast_time,
    reduce_scatter_time,
)
from ironlaw.physics.collectives import bus_bandwidth

LOW = Protocol(6e-6, 6e-7, 2.7e-6, 6e-6, 6e-7, 5e-6, 0.5, 0.25)
SIMPLE = Protocol(8e-6, 3.4e-6, 14e-6, 8e-6, 4e-6, 14e-6)
PLAIN = Fabric(3.6e11, 3.6e11, 2e6, (LOW, SIMPLE))
SWITCHED = PLAIN._replace(switch_share=0.85, switch_latency=25e-6, switch_port_hop=14e-6)
EVERY = (all_reduce_time, all_gather_time, reduce_scatter_time, fastest_all_to_all_time, fastest_broadcast_time)

quick = settings(deadline=None, max_examples=60)
sizes = st.floats(1, 1e11)
groups = st.tuples(st.integers(1, 16), st.integers(1, 64))


def names(size: float, gpus: int, nodes: int, fabric: Fabric) -> str:
    return min(candidates(size, gpus, nodes, fabric), key=lambda found: found[1])[0]


@quick
@given(sizes, groups)
def test_it_is_the_fastest_of_what_is_there(size: float, group: tuple[int, int]) -> None:
    for fabric in (PLAIN, SWITCHED):
        best = all_reduce_time(size, *group, fabric)
        single = [all_reduce_time(size, *group, fabric._replace(protocols=(p,))) for p in fabric.protocols]
        assert best == min(single)
        for algorithm in ("ring", "tree"):
            assert best <= all_reduce_time(size, *group, fabric, (algorithm,))
    assert all_reduce_time(size, *group, SWITCHED) <= all_reduce_time(size, *group, PLAIN)


def test_short_messages_take_low_latency_and_long_ones_the_full_wire() -> None:
    low, simple = (PLAIN._replace(protocols=(p,)) for p in (LOW, SIMPLE))
    for time in EVERY:
        assert time(1024, 8, 4, PLAIN) == time(1024, 8, 4, low) < time(1024, 8, 4, simple)
        assert time(1e9, 8, 4, PLAIN) == time(1e9, 8, 4, simple) < time(1e9, 8, 4, low)


def test_many_ranks_take_a_tree_and_a_long_message_in_a_node_the_switch() -> None:
    assert names(1024, 8, 16, PLAIN) == "tree"
    assert names(1e9, 8, 1, PLAIN) == "ring"
    assert names(1e9, 8, 1, SWITCHED) == "switch"
    assert names(1e9, 8, 2, SWITCHED) == "switch"
    assert names(1e9, 2, 1, SWITCHED) == "ring"  # two GPUs: a ring sends M each, the switch 1.5·M


@quick
@given(sizes, groups)
def test_bus_bandwidth_stays_below_the_slowest_link_without_a_switch(size: float, group: tuple[int, int]) -> None:
    gpus, nodes = group
    if gpus * nodes == 1:
        assert all_reduce_time(size, 1, 1, PLAIN) == 0
        return
    time = all_reduce_time(size, gpus, nodes, PLAIN)
    if nodes == 1:
        assert bus_bandwidth(gpus, size, time) <= PLAIN.link_bandwidth * (1 + 1e-9)
    assert bus_bandwidth(nodes, size, time) <= PLAIN.node_bandwidth * (1 + 1e-9)


@quick
@given(sizes, groups, st.floats(1, 50))
def test_monotone(size: float, group: tuple[int, int], factor: float) -> None:
    for time in EVERY:
        for fabric in (PLAIN, SWITCHED):
            base = time(size, *group, fabric)
            assert base >= 0
            assert time(size * factor, *group, fabric) >= base * (1 - 1e-9)
            faster = fabric._replace(
                link_bandwidth=fabric.link_bandwidth * factor, node_bandwidth=fabric.node_bandwidth * factor
            )
            assert time(size, *group, faster) <= base * (1 + 1e-9)


@given(sizes)
def test_one_gpu_is_free(size: float) -> None:
    for time in EVERY:
        assert time(size, 1, 1, SWITCHED) == 0


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(sizes, groups, st.sampled_from([0.0, 0.74, 0.85])), min_size=1, max_size=6))
def test_arrays_give_the_scalars(rows: list[tuple[float, tuple[int, int], float]]) -> None:
    columns: list[Any] = [np.array(x, dtype=float) for x in zip(*[(s, g, n, e) for s, (g, n), e in rows], strict=True)]
    size, gpus, nodes, share = columns
    for time in EVERY:
        many: Any = time(size, gpus, nodes, SWITCHED._replace(switch_share=share))
        one = [time(s, g, n, SWITCHED._replace(switch_share=e)) for s, (g, n), e in rows]
        assert np.asarray(many) == pytest.approx(one, rel=1e-12)


def test_nothing_to_send_still_costs_a_call() -> None:
    assert all_reduce_time(0.0, 8, 1, SWITCHED) == pytest.approx(LOW.launch + 14 * LOW.ring_hop)


def test_choice_can_be_limited() -> None:
    assert all_reduce_time(1e9, 8, 1, SWITCHED, ("ring",)) > all_reduce_time(1e9, 8, 1, SWITCHED, ALGORITHMS)
    with pytest.raises(
        InputError, match=r"^algorithms must hold one of ring, tree, or switch .*, got \('butterfly',\)$"
    ):
        all_reduce_time(1e9, 8, 1, PLAIN, ("butterfly",))
    with pytest.raises(InputError, match="algorithms must hold"):
        all_reduce_time(1e9, 8, 1, PLAIN, ("switch",))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"link_bandwidth": 0.0}, "link_bandwidth"),
        ({"node_bandwidth": -1.0}, "node_bandwidth"),
        ({"in_flight": float("nan")}, "in_flight"),
        ({"switch_share": 1.5}, "switch_share"),
        ({"switch_latency": -1.0}, "switch_latency"),
        ({"switch_port_hop": float("inf")}, "port_hop"),
        ({"protocols": ()}, "protocols"),
        ({"protocols": (SIMPLE._replace(launch=-1.0),)}, "launch"),
        ({"protocols": (SIMPLE._replace(tree_hop=-1.0),)}, "hop"),
        ({"protocols": (SIMPLE._replace(share=0.0),)}, "share"),
        ({"link_bandwidth": np.array([1e11, 0.0])}, "link_bandwidth"),
    ],
)
def test_a_bad_fabric_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    for time in EVERY:
        with pytest.raises(InputError) as caught:
            time(1e6, 8, 1, PLAIN._replace(**change))
        assert caught.value.field == field
        assert caught.value.allowed in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((-1.0, 8, 1), "size"), ((1.0, 0, 1), "gpus"), ((1.0, 1.5, 1), "gpus"), ((1.0, 8, float("nan")), "nodes")],
)
def test_a_bad_group_is_refused_by_name(arguments: tuple[float, float, float], field: str) -> None:
    for time in EVERY:
        with pytest.raises(InputError, match=f"^{field} must be "):
            time(*arguments, PLAIN)


def test_raw_skips_the_checks() -> None:
    assert all_reduce_time.raw(1e6, 8, 1, PLAIN) == all_reduce_time(1e6, 8, 1, PLAIN)


QUICK_SWITCH = SWITCHED._replace(switch_latency=1e-7, switch_port_hop=1e-7)  # the fastest way wherever there is one


@pytest.mark.parametrize("size", [0.0, 1.0, 1e9])
def test_in_arrays_a_switch_that_is_none_and_a_group_of_one_stay_out(size: float) -> None:
    """An array cannot leave a way out, as a number does: a sentinel must keep it from being the fastest."""
    rows = [(g, n, e) for g in (1, 2, 8) for n in (1, 2, 16) for e in (0.0, 0.85)]
    columns: list[Any] = [np.array(column, dtype=float) for column in zip(*rows, strict=True)]
    gpus, nodes, share = columns
    many: Any = all_reduce_time(size, gpus, nodes, QUICK_SWITCH._replace(switch_share=share))
    for (g, n, e), time in zip(rows, many.tolist(), strict=True):
        one = all_reduce_time(size, g, n, QUICK_SWITCH if e and g > 1 else PLAIN)
        assert time == pytest.approx(one, rel=1e-12)
    assert all_reduce_time(size, 8, 16, QUICK_SWITCH) < all_reduce_time(size, 8, 16, PLAIN)


def test_in_arrays_too_a_choice_of_nothing_is_refused() -> None:
    none: Any = np.array([0.0, 0.0])
    nowhere = QUICK_SWITCH._replace(switch_share=none)
    with pytest.raises(InputError, match="algorithms must hold"):
        all_reduce_time(1e9, 8, 1, nowhere, ("switch",))
    single: Any = np.array([1.0, 1.0])
    with pytest.raises(InputError, match="algorithms must hold"):
        all_reduce_time(1e9, single, 4, QUICK_SWITCH, ("switch",))


def test_a_protocol_fills_the_wire_unless_told_otherwise() -> None:
    """A long message's bus bandwidth is the link's in a node, and the ports' between nodes."""
    fabric = PLAIN._replace(protocols=(SIMPLE,))
    inside = all_reduce_time(1e15, 8, 1, fabric, ("ring",))
    assert bus_bandwidth(8, 1e15, inside) == pytest.approx(PLAIN.link_bandwidth, rel=1e-4)
    between = all_reduce_time(1e15, 1, 8, fabric, ("ring",))
    assert bus_bandwidth(8, 1e15, between) == pytest.approx(PLAIN.node_bandwidth, rel=1e-4)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_protocol_that_sends_flags_too_has_the_rest_of_the_wire(share: float) -> None:
    """Bytes of a long message over the rate that its share of the wire leaves: in a node, and between nodes."""
    protocol = SIMPLE._replace(share=share, port_share=share / 2)
    fabric = PLAIN._replace(protocols=(protocol,))
    size = 1e15
    for gpus, nodes, rate in ((8, 1, share * PLAIN.link_bandwidth), (1, 8, share / 2 * PLAIN.node_bandwidth)):
        sent = {
            all_gather_time: 7 / 8 * size,
            reduce_scatter_time: 7 / 8 * size,
            fastest_all_to_all_time: 7 / 8 * size,
            fastest_broadcast_time: size,
        }
        for time, volume in sent.items():
            assert time(size, gpus, nodes, fabric) == pytest.approx(volume / rate, rel=1e-4)
        ring = all_reduce_time(size, gpus, nodes, fabric, ("ring",))
        assert ring == pytest.approx(2 * 7 / 8 * size / rate, rel=1e-4)
        tree = all_reduce_time(size, gpus, nodes, fabric, ("tree",))
        assert tree == pytest.approx(2 * size / rate, rel=1e-4)


def test_a_fabric_of_which_nothing_more_is_said_has_no_switch_and_no_delay() -> None:
    bare = Fabric(3.6e11, 3.6e11, 2e6, (SIMPLE,))
    assert {name for name, _ in candidates(1e6, 8, 4, bare)} == {"ring", "tree"}
    assert all_reduce_time(0.0, 8, 4, Fabric(3.6e11, 3.6e11, 2e6, (SIMPLE,), 0.85), ("switch",)) == 0
