"""Storage devices, object stores and file systems: datasheet arithmetic, crossings and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.storage import (
    access_time,
    capacity_for_throughput,
    device_throughput,
    file_system_throughput,
    object_read_rate,
    object_store_throughput,
    request_rate,
    rotational_latency,
)

MB, MIB, TIB = 1e6, 2**20, 2**40
quick = settings(deadline=None, max_examples=60)
positive = st.floats(1.0, 1e12)


@pytest.mark.parametrize(("speed", "milliseconds"), [(5_400, 5.56), (7_200, 4.17), (10_000, 3.0), (15_000, 2.0)])
def test_half_a_turn(speed: float, milliseconds: float) -> None:
    assert rotational_latency(speed) == pytest.approx(milliseconds * 1e-3, abs=5e-6)
    assert rotational_latency(speed) == pytest.approx(60 / speed / 2)


def test_a_disk_reads_images_one_by_one_at_about_eighty_a_second() -> None:
    """8.5 ms seek, 4.17 ms rotation, 110 kB at 270 MB/s: 13 ms, so random reads use 3 % of the sequential rate."""
    time = access_time(8.5e-3, rotational_latency(7_200), 110e3, 270 * MB)
    assert time == pytest.approx(13.08e-3, rel=1e-3)
    images = request_rate(1, time)
    assert images == pytest.approx(76.5, rel=1e-2)
    assert device_throughput(images, 110e3, 270 * MB) / (270 * MB) == pytest.approx(0.031, abs=1e-3)


def test_ebs_volumes_cross_from_requests_to_bandwidth() -> None:
    """gp3's 3,000 requests a second of 16 KiB are 47 MiB/s, below its 125 MiB/s; at 64 KiB the bandwidth binds."""
    assert device_throughput(3_000, 16 * 1024, 125 * MIB) == pytest.approx(46.9 * MIB, rel=1e-3)
    assert device_throughput(3_000, 64 * 1024, 125 * MIB) == 125 * MIB
    assert device_throughput(256_000, 16 * 1024, 4_000 * MIB) == 4_000 * MIB  # io2: both limits meet


def test_one_connection_gets_half_the_rate_at_thirteen_megabytes() -> None:
    assert object_read_rate(0.15 * 87.5 * MB, 0.15, 87.5 * MB) == pytest.approx(87.5 * MB / 2)
    assert object_read_rate(110e3, 0.15, 87.5 * MB) < 0.01 * 87.5 * MB  # single images starve
    assert object_read_rate(1e15, 0.15, 87.5 * MB) == pytest.approx(87.5 * MB, rel=1e-6)


@quick
@given(positive, st.floats(0.0, 10.0), positive)
def test_a_connection_never_beats_its_stream(size: float, first_byte: float, stream: float) -> None:
    assert object_read_rate(size, first_byte, stream) <= stream * (1 + 1e-12)
    assert object_read_rate(size, 0.0, stream) == pytest.approx(stream)


def test_small_objects_meet_the_request_limit_of_a_prefix() -> None:
    assert object_store_throughput(10_000, 700e3, 1, 5_500, 110e3, 1e12) == 5_500 * 110e3
    assert object_store_throughput(10_000, 700e3, 100, 5_500, 110e3, 1e12) == 10_000 * 700e3
    assert object_store_throughput(10_000, 700e3, 100, 5_500, 110e3, 1e9) == 1e9


def test_capacity_is_bought_for_throughput() -> None:
    """FSx for Lustre: 2.4 TiB at 50 MB/s per TiB give 120 MB/s (AWS's own example)."""
    assert file_system_throughput(50 * MB / TIB, 2.4 * TIB, 10, 1e12) == pytest.approx(120 * MB)
    assert capacity_for_throughput(100 * TIB, 1e12, 1_000 * MB / TIB) == pytest.approx(1_000 * TIB)
    assert capacity_for_throughput(5_000 * TIB, 1e12, 1_000 * MB / TIB) == 5_000 * TIB


@quick
@given(positive, positive, st.integers(1, 1_000), positive)
def test_bought_capacity_brings_the_throughput(data: float, wanted: float, clients: int, network: float) -> None:
    per = 500 * MB / TIB
    bought = capacity_for_throughput(data, wanted, per)
    assert bought >= data
    assert file_system_throughput(per, bought, clients, network) >= min(wanted, clients * network) * (1 - 1e-12)
