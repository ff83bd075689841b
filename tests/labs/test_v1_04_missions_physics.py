"""The missions of v1_04 once more: plain arithmetic from the sheet and the registry, nothing from the engine."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, exp, log
from typing import Any

import pytest

from ironlaw import registry
from ironlaw.labkit.contract.instrument import in_context
from ironlaw.labkit.spec import Act, Lab
from ironlaw.labs.v1_04_data_gravity.missions import ACTS, TRACKS, missions

M1, M2, M3 = ACTS
TRACK_IDS = [context.id for context in TRACKS]
PAYLOAD = 1448 / 1538  # of TCP over Ethernet


def begun(act: Act, track: str, **changed: Any) -> dict[str, Any]:
    """A mission's outputs where a track begins, with changes."""
    lab = Lab(id="v1_04", title="", version=1, domains=(), invariant="", synthesis="", contexts=TRACKS, acts=ACTS)
    return dict(act.model({**in_context(lab, act, track), **changed}))


# --- mission 1 --------------------------------------------------------------------------------------------------------


def test_a_hundred_gigabits_carry_twelve_and_a_half_gigabytes() -> None:
    """20 TB over 4,000 km by hand: the line, its headers, the way of the light along a cable 1.4 times as long."""
    v = begun(M1, "cloud-titan")
    light = 1.4 * 4e6 * 1.468 / 299_792_458
    assert v["rate"] == pytest.approx(100e9 / 8 * PAYLOAD)
    assert v["wire_time"] == pytest.approx(light + 20e12 / (12.5e9 * PAYLOAD))
    assert v["wire_cost"] == pytest.approx(20_000 * 0.02)
    assert v["drive_cost"] == pytest.approx(100 + 0.03 * 4_000)


@pytest.mark.parametrize("size", [1e10, 4e14, 6e14, 1e16])
def test_drives_are_written_driven_and_read(size: float) -> None:
    v = begun(M1, "cloud-titan", size=size, drives=8.0)
    trips = ceil(size / (8 * 61.44e12))
    assert v["trips"] == trips
    # The case is one: before it goes again it comes back.
    road = (2 * trips - 1) * (12 * 3600 + 4_000 / 60 * 3600)
    assert v["road_time"] == pytest.approx(road)
    assert v["drive_time"] == pytest.approx(size / (8 * 3.3e9) + road + size / (8 * 7e9))
    assert v["drive_cost"] == pytest.approx(trips * 220)


def test_few_streams_are_held_back_by_their_window() -> None:
    v = begun(M1, "cloud-titan", streams=2.0)
    trip = 2 * 1.4 * 4e6 * 1.468 / 299_792_458
    assert v["rate"] == pytest.approx(2 * 6 * 2**20 / trip)
    near = begun(M1, "cloud-titan", streams=2.0, distance=100.0)
    assert near["rate"] > 10 * v["rate"]


def test_internet_egress_goes_by_tiers() -> None:
    v = begun(M1, "cloud-titan", route="internet")
    assert v["wire_cost"] == pytest.approx(10_000 * 0.09 + 10_000 * 0.085)


def test_the_first_hop_of_each_track() -> None:
    mobile = begun(M1, "mobile-nomad")
    each, rate = 5e12 / 10_000, 244 / 2.5e-3
    assert mobile["gather"] == pytest.approx(each / rate)
    assert mobile["hop_energy"] == pytest.approx(14.4e-3 * each / rate)
    assert mobile["allowance"] == pytest.approx(0.05 * 0.6 * 3600)
    tiny = begun(M1, "tiny-pioneer")
    assert tiny["store"] == 256 * 1024 / 2
    assert tiny["each"] == 1e11 / 1e6
    edge = begun(M1, "edge-guardian")
    assert edge["gather"] == pytest.approx(1e13 / (10e9 / 8 * PAYLOAD))


# --- mission 2 --------------------------------------------------------------------------------------------------------


def test_what_the_node_asks_for() -> None:
    """Half the peak of eight H100 over two FLOP a parameter and token, 512 tokens and 3,800 records a request."""
    peak, parameters = registry.get("h100-sxm")["peak_bf16"], registry.get("llama-3-70b")["parameters"]
    assert begun(M2, "cloud-titan")["demand"] == pytest.approx(8 * peak * 0.5 / (2 * parameters) / 512 * 3_800)


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "protobuf"])
@pytest.mark.parametrize("workers", [1.0, 5.0, 32.0])
def test_the_slowest_stage_feeds(form: str, workers: float) -> None:
    v = begun(M2, "cloud-titan", format=form, workers=workers)
    probe = registry.get("probe-reference")
    sent = probe[f"format_bytes_{form}"] + 512 * 2
    stages = 560e6 / sent, workers * probe[f"parse_{form}_records"], 1.25e9 / sent
    assert v["feed"] == pytest.approx(min(stages))
    assert v["idle"] == pytest.approx(max(0.0, 1 - min(stages) / v["demand"]))
    assert v["mfu"] == pytest.approx(0.5 * (1 - v["idle"]))
    assert v["imbalance"] == pytest.approx(abs(min(stages) / v["demand"] - 1))
    assert v["buffers"] == pytest.approx(workers * 16 * (sent + 536))


def test_workers_beyond_the_cores_bring_nothing_but_buffers() -> None:
    one, many = (begun(M2, "tiny-pioneer", workers=workers) for workers in (1.0, 8.0))
    assert one["feed"] == many["feed"]
    assert many["buffers"] == pytest.approx(8 * one["buffers"])


def test_eight_cameras_on_the_bus() -> None:
    """8 × 3840 × 2160 × 30 values a second: 12 bits each are 23.9 Gb/s, 16 bits 31.9, and the bus has 40."""
    pixels = 8 * 3840 * 2160 * 30
    for bits in (12, 16):
        v = begun(M2, "edge-guardian", bits=bits)
        assert v["bus_load"] == pytest.approx(pixels * bits / 8 + v["demand"] * v["record"])
    assert v["bus"] == 5e9


def test_bluetooth_pays_for_every_byte() -> None:
    v = begun(M2, "mobile-nomad")
    rate = 60 * (registry.get("probe-reference")["format_bytes_csv"] + 256)
    assert v["feed_power"] == pytest.approx(13.8e-3 * rate / (244 / 2.5e-3))
    assert begun(M2, "mobile-nomad", format="protobuf")["feed_power"] < 0.6 * v["feed_power"]


def test_a_machine_of_ones_own_moves_the_second_core_alone() -> None:
    mine = missions({"parse_json_records": 10_000.0, "memory_bandwidth": 1e10})[1]
    assert begun(mine, "cloud-titan") == begun(M2, "cloud-titan")
    assert begun(mine, "cloud-titan", rates="other")["parse_rate"] == pytest.approx(2 * 10_000)
    assert begun(M2, "cloud-titan", rates="other")["parse_rate"] == pytest.approx(
        begun(M2, "cloud-titan")["parse_rate"] / 2
    )
    # What was not measured is the recorded one; without any format the mission is as it was.
    recorded = registry.get("probe-reference")["parse_csv_records"]
    assert begun(mine, "cloud-titan", rates="other", format="csv")["worker_rate"] == recorded
    assert missions({"memory_bandwidth": 1e10}) == ACTS == missions(None)
    assert missions({"parse_json_records": 10_000.0})[1] is mine


# --- mission 3 --------------------------------------------------------------------------------------------------------


def test_a_local_filter_of_half_by_hand() -> None:
    """A million documents, half dropped by entropy on the device, three votes of 85 %."""
    v = begun(M3, "cloud-titan", filter=0.5, votes=3.0, place="local")
    right = 0.85**3 + 3 * 0.85**2 * 0.15
    information = 0.5 * (1 - log(0.5))
    worth = 1e6 * information * (2 * right - 1) ** 2
    assert v["worth"] == pytest.approx(worth)
    assert v["excess"] == pytest.approx((1e6 / worth) ** 0.095 - 1)
    assert v["network_energy"] == pytest.approx(0.5 * 1e6 * 2_048 * 4 * 216e-6)
    assert v["gain"] == pytest.approx(information / 0.5)
    assert v["bill"] == pytest.approx(0.5 * 1e6 * 3 * 0.5)
    macs = 2_048 * registry.get("distilbert")["parameters"]
    scoring, training = 1e6 * macs * (0.07 + 0.007) * 1e-12, 0.5e6 * macs * 3 * 10 * (0.21 + 0.11) * 1e-12
    assert v["mac_energy"] == pytest.approx(scoring + training)
    dram = 1e6 * 2_048 * 4 * (0.5 * 10 + 1) * 1300e-12 / 8
    assert v["dram_energy"] == pytest.approx(dram)
    assert v["ratio"] == pytest.approx((v["network_energy"] + v["hop_energy"] + dram) / (scoring + training))


def test_choosing_by_entropy_over_gravity_sends_fewer_bytes_for_as_many_samples() -> None:
    v = begun(M3, "edge-guardian", filter=0.5, place="local", score="ratio")
    # At the threshold t the kept halves add up: (exp(-t/2) + exp(-3t/2)) / 2 = 1/2; Newton's method, by hand.
    t = 0.7
    for _ in range(50):
        t += ((exp(-t / 2) + exp(-1.5 * t)) / 2 - 0.5) / ((exp(-t / 2) / 2 + 1.5 * exp(-1.5 * t)) / 2)
    assert v["gravity"] == pytest.approx((0.5 * exp(-t / 2) + 1.5 * exp(-1.5 * t)) / 2)
    assert v["information"] == pytest.approx((exp(-t / 2) * (1 + t / 2) + exp(-1.5 * t) * (1 + 1.5 * t)) / 2)


@pytest.mark.parametrize("track", TRACK_IDS)
def test_what_must_rise_and_fall(track: str) -> None:
    steps = [begun(M3, track, place="local", filter=percent / 100) for percent in range(0, 91, 10)]
    for one, other in pairwise(steps):
        assert other["sending"] < one["sending"]
        assert other["excess"] > one["excess"]
        assert other["gain"] > one["gain"]
    for votes in (1.0, 3.0, 5.0, 7.0):
        assert begun(M3, track, votes=votes + 2)["quality"] > begun(M3, track, votes=votes)["quality"]
    sizes = [begun(M1, track, size=10.0**power) for power in range(10, 17)]
    assert all(other["arrival"] > one["arrival"] for one, other in pairwise(sizes))
