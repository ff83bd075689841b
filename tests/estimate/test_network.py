"""Links of the registry joined to a fabric: rates, shares, hops, and what a switch or a mesh does to them."""

from __future__ import annotations

import pytest

from ironlaw import registry
from ironlaw.estimate.network import PROTOCOLS, fabric, link_of
from ironlaw.physics.collective_choice import all_reduce_time
from ironlaw.physics.collective_models import flat_ring_all_reduce_time
from ironlaw.physics.collectives import bus_bandwidth

LINKS = [link.id for link in registry.every("link")]
NETWORKS = [link.id for link in registry.every("link") if "lanes" not in link]


@pytest.mark.parametrize("link", LINKS)
def test_rates_are_what_a_link_achieves(link: str) -> None:
    wire = registry.get(link)
    made = fabric(link, "infiniband-ndr", ports=8)
    ndr = registry.get("infiniband-ndr")
    assert made.link_bandwidth == pytest.approx(wire["bandwidth"] * wire["bus_efficiency"])
    assert made.node_bandwidth == pytest.approx(8 * ndr["bandwidth"] * ndr["bus_efficiency"])
    assert (made.switch_share > 0) == ("switch_share" in wire)
    assert all_reduce_time(1e6, 8, 2, made) > 0


@pytest.mark.parametrize("network", NETWORKS)
def test_eight_groups_that_share_the_ports_take_eight_times_as_long(network: str) -> None:
    alone, shared = (fabric("nvlink4", network, ports=ports) for ports in (8, 1))
    assert all_reduce_time(1e12, 1, 4, shared) / all_reduce_time(1e12, 1, 4, alone) == pytest.approx(8, rel=1e-3)


def test_a_mesh_gives_two_gpus_one_link() -> None:
    pair, all_of_them = (fabric("infinity-fabric-mi300x", gpus=gpus) for gpus in (2, 8))
    assert all_of_them.link_bandwidth == pytest.approx(7 * pair.link_bandwidth)
    assert fabric("infinity-fabric-mi300x", gpus=1).link_bandwidth == pair.link_bandwidth
    assert fabric("nvlink4", gpus=2).link_bandwidth == fabric("nvlink4", gpus=8).link_bandwidth  # a switch does not


def test_low_latency_copies_need_an_ordered_network() -> None:
    assert len(fabric("nvlink3", "efa-v1").protocols) == len(PROTOCOLS) - 1
    assert len(fabric("nvlink3", "infiniband-hdr").protocols) == len(PROTOCOLS)
    assert len(fabric("nvlink3", protocols=("nccl-simple",)).protocols) == 1


def test_a_slow_fabric_brings_its_own_hops() -> None:
    infiniband, efa = (fabric("nvlink4", name).protocols[0] for name in ("infiniband-ndr", "efa-v2"))
    assert efa.ring_port_hop == registry.get("efa-v2")["latency"] > infiniband.ring_port_hop
    assert efa.tree_port_hop == registry.get("efa-v2")["hop"] > infiniband.tree_port_hop
    assert efa.ring_hop == infiniband.ring_hop


def test_pcie_hops_are_longer() -> None:
    nvlink, pcie = fabric("nvlink4").protocols[-1], fabric("pcie-gen5-x16").protocols[-1]
    assert pcie.ring_hop > nvlink.ring_hop


def test_given_rates_replace_the_registrys() -> None:
    made = fabric("nvlink4", "infiniband-ndr", link_rate=200e9, port_rate=12.5e9, switch=False)
    assert made.link_bandwidth == pytest.approx(200e9 * registry.get("nvlink4")["bus_efficiency"])
    assert made.node_bandwidth == pytest.approx(12.5e9 * registry.get("infiniband-ndr")["bus_efficiency"])
    assert made.switch_share == 0


def test_a_ring_reaches_the_efficiency_that_was_measured() -> None:
    made = fabric("nvlink4", switch=False)
    time = flat_ring_all_reduce_time(2.0**34, 8, 1, 0.0, 0.0, 0.0, made.link_bandwidth, 1.0)
    assert bus_bandwidth(8, 2.0**34, time) == pytest.approx(367.61e9, rel=1e-3)


@pytest.mark.parametrize(
    ("device", "link"),
    [
        ("v100-sxm", "nvlink2"),
        ("a100-80gb-sxm", "nvlink3"),
        ("h100-sxm", "nvlink4"),
        ("h200-sxm", "nvlink4"),
        ("b200-sxm", "nvlink5"),
        ("mi300x", "infinity-fabric-mi300x"),
        ("rtx-4090", "pcie-gen4-x16"),
        ("h100-pcie", "pcie-gen5-x16"),
    ],
)
def test_a_device_finds_its_link(device: str, link: str) -> None:
    found = link_of(registry.get(device))
    assert found is not None
    assert found.id == link


@pytest.mark.parametrize("device", ["esp32", "tpu-v4", "gaudi-2", "mi250x"])
def test_a_device_without_a_known_link_has_none(device: str) -> None:
    assert link_of(registry.get(device)) is None


def test_an_unknown_link_names_its_neighbours() -> None:
    with pytest.raises(registry.UnknownEntity, match="nearest: nvlink"):
        fabric("nvlink6")
