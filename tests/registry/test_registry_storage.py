"""Storage, appliances, fleets and prices by tier: facts that must hold inside the data."""

from __future__ import annotations

import pytest

from ironlaw import registry
from ironlaw.registry import Entity

STORAGES, APPLIANCES, FLEETS = registry.every("storage"), registry.every("appliance"), registry.every("fleet")
DAY = 86_400.0


@pytest.mark.parametrize("storage", STORAGES, ids=lambda storage: storage.id)
def test_storage_is_of_a_real_size(storage: Entity) -> None:
    bounds = {
        "read_bandwidth": (1e8, 1e13),
        "write_bandwidth": (1e8, 1e13),
        "throughput_per_tebibyte": (1e7, 2e9),
        "latency": (1e-5, 1.0),
        "requests_per_second": (50, 1e7),
        "turns_per_minute": (5_400, 15_000),
    }
    for name, (low, high) in bounds.items():
        if name in storage:
            assert low <= storage[name] <= high, name
    if "read_bandwidth" in storage and "write_bandwidth" in storage:
        assert storage["write_bandwidth"] <= storage["read_bandwidth"]


def test_a_drive_is_not_faster_than_its_four_lanes() -> None:
    for drive, generation in (("ssd-970-evo-plus", 3), ("ssd-980-pro", 4), ("ssd-t700", 5), ("ssd-9100-pro", 5)):
        lanes = registry.get(f"pcie-gen{generation}-x16")["bandwidth"] / 4
        assert 0.75 * lanes < registry.get(drive)["read_bandwidth"] < lanes


@pytest.mark.parametrize("appliance", APPLIANCES, ids=lambda appliance: appliance.id)
def test_an_appliance_is_filled_in_hours_to_weeks(appliance: Entity) -> None:
    assert 0.1 * DAY < appliance["capacity"] / appliance["copy_bandwidth"] < 15 * DAY
    assert DAY < appliance["shipping"] < 30 * DAY


def test_fleets_are_the_published_rates() -> None:
    def rate(fleet: str) -> float:
        return 1_000 * DAY / registry.get(fleet)["node_mtbf"]

    assert rate("meta-rsc-1") == pytest.approx(6.50, abs=0.005)
    assert rate("meta-rsc-2") == pytest.approx(2.34, abs=0.005)
    assert rate("meta-llama-3") == pytest.approx(1_000 * 419 / (2_048 * 54), rel=1e-4)
    assert len(FLEETS) >= 4


def test_tiers_join_without_gap_and_their_prices_fall() -> None:
    for cloud, tiers, ends in (
        ("aws", ("first-10tb", "10-50tb", "50-150tb", "over-150tb"), 150e12),
        ("azure", ("first-10tb", "10-50tb", "50-150tb", "over-150tb"), 150e12),
        ("gcp", ("first-1tb", "1-10tb", "over-10tb"), 10e12),
    ):
        prices = [registry.get(f"egress-internet-{cloud}-{tier}") for tier in tiers]
        assert sum(price["tier"] for price in prices[:-1]) == ends
        assert "tier" not in prices[-1]
        each = [price["per_gigabyte"] for price in prices]
        assert each == sorted(each, reverse=True)


def test_benchmarks_scale_below_the_number_of_devices() -> None:
    one, eight = (registry.get(f"resnet-50-a100-{count}") for count in (1, 8))
    assert one["samples_per_second"] < eight["samples_per_second"] < 8 * one["samples_per_second"]
    assert eight["devices"] == 8
