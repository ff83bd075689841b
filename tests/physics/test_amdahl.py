"""Speedup laws: known values, limits, and how they are the same law."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import amdahl

shares = st.floats(0, 0.999)
workers = st.integers(1, 100_000)
quick = settings(deadline=None)


def test_known_values() -> None:
    assert amdahl.universal_scalability(8, 0.15) == pytest.approx(3.9, abs=0.005)  # known-errors.md
    assert amdahl.amdahl_speedup(0.95, 64) == pytest.approx(15.422, abs=5e-4)
    assert amdahl.amdahl_limit(0.95) == pytest.approx(20)
    assert amdahl.gustafson_speedup(0.05, 64) == pytest.approx(60.85)
    assert amdahl.scalability_peak(1 - 0.02, 0.0005) == pytest.approx(44.27, abs=0.005)


@quick
@given(shares, workers)
def test_amdahl_by_adding_up_the_times(parallel: float, count: int) -> None:
    speedup = amdahl.amdahl_speedup(parallel, count)
    assert speedup == pytest.approx(1 / math.fsum([1, -parallel, parallel / count]))
    assert 1 - 1e-9 <= speedup <= min(count, amdahl.amdahl_limit(parallel)) * (1 + 1e-9)
    assert amdahl.universal_scalability(count, 1 - parallel) == pytest.approx(speedup)


@quick
@given(shares, workers)
def test_gustafson_is_amdahl_with_the_share_of_the_other_run(serial: float, count: int) -> None:
    scaled = amdahl.gustafson_speedup(serial, count)
    one_worker = serial + (1 - serial) * count  # time of the scaled problem on one worker
    assert scaled == pytest.approx(amdahl.amdahl_speedup((1 - serial) * count / one_worker, count), rel=1e-6)
    assert 1 - 1e-9 <= scaled <= count * (1 + 1e-9)


@quick
@given(shares, st.integers(2, 10_000))
def test_karp_flatt_finds_the_serial_share(parallel: float, count: int) -> None:
    found = amdahl.serial_share(amdahl.amdahl_speedup(parallel, count), count)
    assert found == pytest.approx(1 - parallel, abs=1e-9)


@quick
@given(st.floats(0, 0.5), st.floats(1e-6, 0.1))
def test_the_peak_is_the_best_of_all(contention: float, coherence: float) -> None:
    peak = amdahl.scalability_peak(1 - contention, coherence)
    if peak < 1:
        return
    best = amdahl.universal_scalability(peak, contention, coherence)
    for near in (peak * 0.9, peak * 1.1):
        if near >= 1:
            assert amdahl.universal_scalability(near, contention, coherence) <= best * (1 + 1e-12)


def test_limits() -> None:
    assert amdahl.amdahl_speedup(1.0, 7) == 7
    assert amdahl.amdahl_speedup(0.0, 7) == 1
    assert amdahl.universal_scalability(64, 0.0, 0.0) == 64
    assert amdahl.serial_share(4.0, 4) == 0
