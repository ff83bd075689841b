"""Drives on the road, counted by hand and walked trip by trip."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.sneakernet import courier_cost, drives_time, trip_count
from ironlaw.physics.transfer import break_even_bytes

TB = 1e12


def test_a_case_of_four_by_hand() -> None:
    """100 TB in 4 drives of 20 TB: 80 TB a trip, so two trips; 100 TB over 4 GB/s to write and 8 GB/s to read."""
    trips = trip_count(100 * TB, 4, 20 * TB)
    assert trips == 2
    assert drives_time(100 * TB, 4, 1e9, trips, 86_400, 2e9) == pytest.approx(25_000 + 2 * 86_400 + 12_500)
    assert courier_cost(trips, 220) == 440


def test_one_case_that_shuttles_drives_back_between_its_loads() -> None:
    """Three loads in one case: there, back, there, back, there. Five legs of a day each."""
    there_and_back = [leg for load in range(3) for leg in (("back", "there") if load else ("there",))]
    assert drives_time(30 * TB, 1, 1e9, len(there_and_back), 86_400, 1e9) == pytest.approx(30_000 + 5 * 86_400 + 30_000)


def walked(size: float, drives: int, capacity: float, write: float, trip: float, read: float) -> float:
    """Load case after case: each is written, driven and read before the next begins."""
    time, left = 0.0, size
    while left > 0:
        load = min(left, drives * capacity)
        time += load / drives / write + trip + load / drives / read
        left -= load
    return time


@settings(deadline=None, max_examples=60)
@given(st.floats(1e9, 1e16), st.integers(1, 64), st.floats(1e12, 1e14), st.floats(1e8, 1e10), st.floats(1e3, 1e6))
def test_the_formula_is_the_walk(size: float, drives: int, capacity: float, write: float, trip: float) -> None:
    trips = trip_count(size, drives, capacity)
    assert trips == math.ceil(size / (drives * capacity))
    if trips < 2_000:
        whole = walked(size, drives, capacity, write, trip, 2 * write)
        assert drives_time(size, drives, write, trips, trip, 2 * write) == pytest.approx(whole)


def test_at_the_break_even_size_wire_and_drives_take_the_same_time() -> None:
    rate, write, read, drives, trip = 1.25e9, 3e9, 7e9, 8, 2 * 86_400.0
    share = rate / (drives * write) + rate / (drives * read)
    size = break_even_bytes(trip, rate, share)
    assert drives_time(size, drives, write, 1, trip, read) == pytest.approx(size / rate)
