"""v2_02: the engine against the sheet's arithmetic, and the bounds that no setting may break."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import labs, registry
from ironlaw.labkit import evaluate as ev
from labkit.samples import settings_of, values_of

from . import by_hand

LAB = labs.load("v2_02")
ACT_1, ACT_2 = LAB.acts
CLIFF, BOUNDARY = settings_of(ACT_1), settings_of(ACT_2)
WIRES = values_of(ACT_1.control("wire"))
PORTS = values_of(ACT_2.control("port"))
quick = settings(max_examples=120, deadline=None)


def cliff(**change: Any) -> dict[str, Any]:
    return ACT_1.model({**by_hand.CLIFF, **change})


def boundary(**change: Any) -> dict[str, Any]:
    return ACT_2.model({**by_hand.BOUNDARY, **change})


# --- the same numbers, computed twice ---------------------------------------------------------------------------------


def assert_agrees(engine: Mapping[str, Any], hand: Mapping[str, float]) -> None:
    for name, value in hand.items():
        assert engine[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_the_start_is_the_sheets_scenario() -> None:
    assert ACT_1.start() == by_hand.CLIFF
    assert ACT_2.start() == by_hand.BOUNDARY


@given(CLIFF)
@quick
def test_act_one_is_the_sheets_arithmetic(chosen: dict[str, Any]) -> None:
    engine, hand = ACT_1.model(chosen), by_hand.cliff(chosen)
    assert_agrees(engine, hand)
    assert (engine["step"] is None) == ("step" not in hand)


@given(BOUNDARY)
@quick
def test_act_two_is_the_sheets_arithmetic(chosen: dict[str, Any]) -> None:
    engine, hand = ACT_2.model(chosen), by_hand.boundary(chosen)
    assert_agrees(engine, hand)
    assert (engine["step"] is None) == ("step" not in hand)


# --- volumes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gpus", [2, 4, 8])
def test_an_exchange_sends_almost_twice_the_gradients(gpus: int) -> None:
    values = cliff(gpus=float(gpus), parameters=3e9)
    assert values["volume"] == pytest.approx(2 * (gpus - 1) / gpus * 2 * 3e9)
    assert values["volume_ratio"] == pytest.approx(2 * (gpus - 1) / gpus)
    assert cliff(gpus=float(gpus), parameters=3e9, zero=3)["volume"] == pytest.approx(1.5 * values["volume"])


@pytest.mark.parametrize("nodes", [1, 2, 4, 16, 64])
def test_bytes_across_a_node_boundary(nodes: int) -> None:
    values = boundary(nodes=float(nodes))
    assert values["crossing"] == pytest.approx(2 * (nodes - 1) / nodes * 26e9)
    assert values["bytes_per_token"] == pytest.approx(2 * (nodes - 1) * 26e9 / (nodes * 8 * 8192))
    assert boundary(nodes=float(nodes), gpus=4.0, parameters=7e9)["crossing"] == pytest.approx(
        2 * (nodes - 1) / nodes * 14e9
    ), "it does not depend on how many GPUs share the work"


def test_ports_are_shared_by_the_gpus_of_a_node() -> None:
    one, eight = boundary(), boundary(ports=8.0)
    assert one["inter"] == pytest.approx(48.75e9 / (50e9 * 0.94))
    assert one["inter"] == pytest.approx(8 * eight["inter"])
    assert one["latency"] == pytest.approx(eight["latency"])
    assert one["port_share"] == 50e9 / 8
    assert eight["port_share"] == 50e9


# --- memory -----------------------------------------------------------------------------------------------------------


def test_seventy_billion_parameters_fit_no_way_on_the_node() -> None:
    for zero in (0, 1, 2, 3):
        for tokens in values_of(ACT_1.control("tokens")):
            values = cliff(parameters=70e9, zero=zero, tokens=tokens)
            assert values["state"] == 1_120e9
            assert values["node_capacity"] == 640e9
            assert values["memory"] > values["capacity"]
            assert values["step"] is None


@pytest.mark.parametrize("context", LAB.contexts, ids=lambda context: str(context.id))
@pytest.mark.parametrize("act", LAB.acts, ids=lambda act: str(act.id))
def test_the_start_runs_in_both_contexts(context: Any, act: Any) -> None:
    chosen = ev.clean(act, {**act.start(), **context.settings[act.id]})
    evaluation = ev.evaluate(act, chosen)
    assert evaluation.feasible
    start = ev.evaluate(act, act.start())
    assert start.feasible
    assert start.violated == ()


@given(CLIFF)
@quick
def test_memory_holds_at_least_the_weights_and_shrinks_by_sharding(chosen: dict[str, Any]) -> None:
    stages: list[Any] = [ACT_1.model({**chosen, "zero": zero})["memory"] for zero in (0, 1, 2, 3)]
    assert stages == sorted(stages, reverse=True)
    assert stages[2] > 2 * chosen["parameters"]
    assert stages[3] > 16 * chosen["parameters"] / chosen["gpus"]
    assert stages[0] > 16 * chosen["parameters"]
    more: list[Any] = [
        ACT_1.model({**chosen, "parameters": p})["memory"] for p in values_of(ACT_1.control("parameters"))
    ]
    assert more == sorted(more)


# --- act I: bounds ----------------------------------------------------------------------------------------------------


@given(CLIFF)
@quick
def test_a_step_is_the_sum_of_what_it_waits_for(chosen: dict[str, Any]) -> None:
    v: dict[str, Any] = ACT_1.model(chosen)
    if v["step"] is None:
        return
    assert v["step"] == pytest.approx(v["compute"] + v["exposed"] + v["contention"])
    assert v["communication"] == pytest.approx(v["hidden"] + v["exposed"])
    assert 0 <= v["hidden"] <= v["communication"] * (1 + 1e-12)
    assert v["exposed"] >= 0
    assert v["step"] >= max(v["compute"], v["communication"] * (1 - 1e-12))
    assert 0 < v["efficiency"] <= 1
    assert v["efficiency"] * (1 + v["overhead"]) == pytest.approx(1)
    assert v["speed"] <= v["bandwidth"]
    assert v["volume"] / v["communication"] <= v["bandwidth"], "no faster than one direction of the wire"
    assert v["tokens_per_dollar"] * v["cost"] == pytest.approx(1)


@given(CLIFF)
@quick
def test_every_wire_slower_than_nvlink_slows_the_step(chosen: dict[str, Any]) -> None:
    def reached(wire: str) -> float:
        return registry.get(wire)["bandwidth"] * registry.get(wire)["bus_efficiency"]

    rates = {wire: reached(wire) for wire in WIRES}
    values: dict[str, Any] = {wire: ACT_1.model({**chosen, "wire": wire}) for wire in WIRES}
    if values["nvlink4"]["step"] is None:
        return
    assert values["nvlink4"]["slowdown"] == 1
    assert values["nvlink4"]["cost_ratio"] == 1
    for wire in WIRES:
        assert rates[wire] <= rates["nvlink4"]
        assert values[wire]["slowdown"] >= 1
        assert values[wire]["cost_ratio"] == pytest.approx(
            values[wire]["slowdown"] * (1 if wire == "nvlink4" else 0.6)
        ), "a discount helps as far as the step is not longer"
    exchange = [values[wire]["communication"] for wire in sorted(WIRES, key=rates.__getitem__)]
    volume = values["nvlink4"]["volume"]
    for faster, slower in pairwise(reversed(exchange)):
        assert slower > faster or abs(slower - faster) < 1e-3 * volume / 1e9, "latency apart, the rate decides"


@given(CLIFF)
@quick
def test_overlap_never_makes_a_step_longer_and_never_hides_all(chosen: dict[str, Any]) -> None:
    steps = [ACT_1.model({**chosen, "overlap": f})["step"] for f in (0.0, 0.25, 0.5, 0.75, 1.0)]
    if steps[0] is None:
        return
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in pairwise(steps))  # type: ignore[operator]
    full: dict[str, Any] = ACT_1.model({**chosen, "overlap": 1.0})
    assert full["hidden"] <= full["compute"]
    if chosen["zero"] in (1, 2):
        assert full["exposed"] >= full["communication"] / 2 * (1 - 1e-12), "the gather of new weights comes after"


@given(CLIFF)
@quick
def test_more_tokens_for_the_same_exchange_raise_the_efficiency(chosen: dict[str, Any]) -> None:
    runs = [ACT_1.model({**chosen, "tokens": tokens}) for tokens in (1024.0, 4096.0, 16384.0, 65536.0)]
    fits: list[Any] = [run for run in runs if run["step"] is not None]
    for fewer, more in pairwise(fits):
        assert more["efficiency"] >= fewer["efficiency"] * (1 - 1e-12)
        assert more["volume"] == fewer["volume"]


# --- act II: bounds ---------------------------------------------------------------------------------------------------


@given(BOUNDARY)
@quick
def test_speedup_stays_under_the_nodes_and_efficiency_under_one(chosen: dict[str, Any]) -> None:
    v: dict[str, Any] = ACT_2.model(chosen)
    if v["step"] is None:
        return
    assert v["ideal"] <= chosen["nodes"]
    assert 0 < v["speedup"] <= v["ideal"] * (1 + 1e-12)
    assert 0 < v["efficiency"] <= 1 + 1e-12
    assert v["speedup"] == pytest.approx(v["efficiency"] * v["ideal"])
    if chosen["nodes"] == v["base_nodes"]:
        assert v["efficiency"] == pytest.approx(1)
    lost = ("exposed_inter", "exposed_intra", "exposed_latency", "exposed_bisection", "contention", "framework")
    assert v["step"] == pytest.approx(v["compute"] + sum(v[name] for name in lost)), "the bars add up to the step"
    assert all(v[name] >= 0 for name in lost)
    assert v["exposed"] == pytest.approx(sum(v[name] for name in lost[:4]))
    assert v["tokens_per_second"] <= chosen["nodes"] * chosen["gpus"] * 8192 / v["compute"] * chosen["accumulation"]


@pytest.mark.parametrize("ports", [1.0, 8.0])
@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_one_node_scales_perfectly_and_nothing_crosses(ports: float, overlap: float) -> None:
    v = boundary(nodes=1.0, ports=ports, overlap=overlap)
    assert v["efficiency"] == v["speedup"] == v["ideal"] == 1
    assert v["inter"] == v["crossing"] == v["bytes_per_token"] == 0


@given(BOUNDARY)
@quick
def test_more_ports_never_slow_the_step_and_never_cost_less(chosen: dict[str, Any]) -> None:
    runs: list[Any] = [ACT_2.model({**chosen, "ports": float(ports)}) for ports in range(1, 9)]
    costs = [run["added_cost"] for run in runs]
    assert costs == sorted(costs)
    assert all(cost >= 0 for cost in costs)
    if runs[0]["step"] is not None:
        steps = [run["step"] for run in runs]
        assert all(later <= earlier * (1 + 1e-12) for earlier, later in pairwise(steps))
        assert len({run["bytes_per_token"] for run in runs}) == 1


@given(BOUNDARY)
@quick
def test_more_nodes_never_shorten_the_step_nor_cost_less(chosen: dict[str, Any]) -> None:
    runs: list[Any] = [ACT_2.model({**chosen, "nodes": float(nodes)}) for nodes in (1, 2, 4, 8, 16, 32, 64)]
    costs = [run["added_cost"] for run in runs]
    assert costs == sorted(costs)
    fits = [run["step"] for run in runs if run["step"] is not None]
    assert all(later >= earlier * (1 - 1e-12) for earlier, later in pairwise(fits))


@given(BOUNDARY)
@quick
def test_accumulation_raises_efficiency_and_the_batch(chosen: dict[str, Any]) -> None:
    runs: list[Any] = [ACT_2.model({**chosen, "accumulation": k}) for k in (1.0, 2.0, 4.0, 8.0)]
    assert [run["batch"] / runs[0]["batch"] for run in runs] == [1, 2, 4, 8]
    if runs[0]["step"] is not None:
        shares = [run["efficiency"] for run in runs]
        assert all(later >= earlier * (1 - 1e-12) for earlier, later in pairwise(shares))


@given(BOUNDARY)
@quick
def test_nothing_is_faster_than_the_link_it_crosses(chosen: dict[str, Any]) -> None:
    v: dict[str, Any] = ACT_2.model(chosen)
    if v["step"] is None or v["inter"] == 0:
        return
    port, host = registry.get(chosen["port"])["bandwidth"], registry.get("pcie-gen5-x16")["bandwidth"]
    rate = v["crossing"] / v["inter"]
    assert rate <= chosen["ports"] * port
    assert rate <= chosen["gpus"] * host
    assert v["port_share"] <= host
    assert v["cliff_gpu"] >= registry.get("nvlink4")["bandwidth"] / host, "the cliff never vanishes"
    inside = 2 * (chosen["gpus"] - 1) / chosen["gpus"] * v["gradient"] / v["intra"]
    assert inside <= registry.get("nvlink4")["bandwidth"]


@pytest.mark.parametrize("port", PORTS)
def test_the_cost_is_the_quotation(port: str) -> None:
    price = by_hand.PORTS_USD[port]
    for nodes in (1, 16, 64):
        for ports in (1, 2, 8):
            kept = 1 if port == "infiniband-ndr" else 0
            assert boundary(nodes=float(nodes), ports=float(ports), port=port)["added_cost"] == (
                nodes * (ports - kept) * price
            )


# --- known errors -----------------------------------------------------------------------------------------------------


def test_the_cliff_is_nine_times_with_one_port_and_an_eighth_more_with_eight() -> None:
    """Not 900 against "400": 450 GB/s a direction against 400 Gb/s, which is 50 GB/s."""
    assert boundary(ports=1.0)["cliff_node"] == 9
    assert boundary(ports=8.0)["cliff_node"] == 1.125
    assert boundary(ports=1.0)["cliff_gpu"] == 72
    assert boundary(ports=8.0)["cliff_gpu"] == 9


def test_sixteen_nodes_exchange_gigabytes_by_the_dozen() -> None:
    """The replaced material's table had 8.75 GB and 0.35 s beside a text with other numbers."""
    v = boundary()
    assert v["crossing"] == pytest.approx(48.75e9)
    assert v["inter"] == pytest.approx(1.037, rel=1e-3)


def test_links_are_the_plain_direction() -> None:
    assert registry.get("nvlink4")["bandwidth"] == 450e9
    assert registry.get("infiniband-ndr")["bandwidth"] == 50e9
    assert registry.get("ethernet-100g")["bandwidth"] == 12.5e9
    assert registry.get("pcie-gen4-x16")["bandwidth"] == pytest.approx(32e9, rel=0.03)
    assert registry.get("h100-sxm")["peak_bf16"] == pytest.approx(989e12, rel=1e-3), "dense"


@given(st.sampled_from(WIRES))
def test_a_ring_sends_one_way_so_no_wire_counts_both(wire: str) -> None:
    v = cliff(wire=wire)
    link = registry.get(wire)
    assert v["bandwidth"] == link["bandwidth"] == link["bandwidth_bidirectional"] / 2
