"""Checkpoint intervals and goodput against numerical optimisation, quadrature-free algebra and published cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ironlaw.physics import InputError
from ironlaw.physics.checkpoint import (
    asynchronous_overhead,
    asynchronous_stall,
    best_asynchronous_interval,
    checkpoint_bytes,
    checkpoint_overhead,
    checkpoint_write_time,
    daly_interval,
    effective_training_time,
    goodput,
    least_overhead,
    young_interval,
)

quick = settings(deadline=None, max_examples=60)
seconds = st.floats(1.0, 1e5)


@pytest.mark.parametrize(
    ("write", "mtbf", "interval", "waste"), [(60, 1_800, 464.8, 0.258), (60, 11_124, 1_155.4, 0.104)]
)
def test_young_of_the_measurement_rows(write: float, mtbf: float, interval: float, waste: float) -> None:
    assert young_interval(write, mtbf) == pytest.approx(interval, abs=0.05)
    assert least_overhead(write, mtbf) == pytest.approx(waste, abs=5e-4)


def test_mt_nlg_takes_42_minutes_over_20_gigabits() -> None:
    """Wang et al. 2023, Gemini: 530B parameters at 12 bytes over 20 Gb/s."""
    assert checkpoint_write_time(checkpoint_bytes(530e9), 1, 2.5e9, 2.5e9) == pytest.approx(42 * 60, rel=0.02)


def test_bloom_checkpoint_with_its_16_bit_weights() -> None:
    """BigScience: the full checkpoint of 176B parameters is 2.3 TB (of 1,024), the bf16 weights alone 329 GB."""
    assert checkpoint_bytes(176.2e9, 14.0) / 2**40 == pytest.approx(2.3, rel=0.03)
    assert checkpoint_bytes(176.2e9, 2.0) / 2**30 == pytest.approx(329, rel=0.01)


@quick
@given(st.floats(0.001, 1e3), st.floats(10.0, 1e6))
def test_young_is_the_minimum_of_the_first_order_overhead(write: float, mtbf: float) -> None:
    best = young_interval(write, mtbf)
    least = checkpoint_overhead(best, write, 0.0, mtbf)
    assert least == pytest.approx(least_overhead(write, mtbf))
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert checkpoint_overhead(best * factor, write, 0.0, mtbf) >= least


@pytest.mark.parametrize("ratio", [1e-5, 1e-3, 0.01, 0.05, 0.2, 0.5, 1.0])
def test_daly_against_the_numerical_optimum(ratio: float) -> None:
    mtbf, write = 3_600.0, 3_600.0 * ratio
    found = minimize_scalar(
        lambda log: -goodput(math.exp(log), write, 0.0, mtbf), bounds=(math.log(1e-3), math.log(1e6)), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    best = -found.fun
    assert goodput(daly_interval(write, mtbf), write, 0.0, mtbf) == pytest.approx(best, rel=2e-3)
    assert goodput(daly_interval(write, mtbf), write, 0.0, mtbf) >= goodput(
        young_interval(write, mtbf), write, 0.0, mtbf
    )
    if ratio <= 0.05:
        assert daly_interval(write, mtbf) == pytest.approx(math.exp(found.x), rel=0.01)


def test_daly_by_hand() -> None:
    """C = 50, M = 100: √10,000 = 100, times 1 + 0.5/3 + 0.25/9, less 50."""
    assert daly_interval(50.0, 100.0) == pytest.approx(100 * (1 + 1 / 6 + 1 / 36) - 50, rel=1e-12)


def test_daly_switches_where_its_series_ends() -> None:
    assert daly_interval(3.0, 1.0) == 1.0
    assert daly_interval(1e9, 7.0) == 7.0
    assert daly_interval(1e-6, 1e6) == pytest.approx(young_interval(1e-6, 1e6), rel=1e-5)
    assert list(daly_interval(np.array([0.1, 3.0]), np.array([1.0, 1.0]))) == [daly_interval(0.1, 1.0), 1.0]  # type: ignore[arg-type, call-overload]


@quick
@given(seconds, seconds, st.floats(0.0, 1e4), st.floats(100.0, 1e7))
def test_goodput_solves_the_renewal_equation(interval: float, write: float, restart: float, mtbf: float) -> None:
    """E = (1 − q)(τ + C) + q(E[loss] + E[restart] + E) with q the chance of a failure: solved here step by step."""
    length = interval + write
    if (length + restart) / mtbf > 50:
        return
    fail, hold = -math.expm1(-length / mtbf), math.exp(-length / mtbf)  # hold is no 1 - fail: that is 0 from 37 MTBF on
    lost = mtbf - length * hold / fail  # mean time to a failure that comes within the segment
    restarting = mtbf * math.expm1(restart / mtbf)  # a restart that may fail itself
    expected = (hold * length + fail * (lost + restarting)) / hold
    assert goodput(interval, write, restart, mtbf) == pytest.approx(interval / expected, rel=1e-6)


@quick
@given(seconds, seconds, seconds, seconds)
def test_goodput_bounds_and_directions(interval: float, write: float, restart: float, mtbf: float) -> None:
    share = goodput(interval, write, restart, mtbf)
    assert 0 <= share <= interval / (interval + write)  # never better than without failures
    assert share <= goodput(interval, write, restart, 2 * mtbf) * (1 + 1e-12)
    assert share >= goodput(interval, write, 2 * restart, mtbf)
    assert share >= goodput(interval, 2 * write, restart, mtbf)


def test_goodput_limits() -> None:
    assert goodput(3_600.0, 60.0, 300.0, 1e15) == pytest.approx(60 / 61)
    assert goodput(100.0, 0.0, 0.0, 1e12) == pytest.approx(1)
    assert goodput(1e6, 60.0, 0.0, 100.0) == 0  # no checkpoint is ever reached
    rare = goodput(600.0, 6.0, 60.0, 1e7)
    assert rare == pytest.approx(1 / (1 + checkpoint_overhead(600.0, 6.0, 60.0, 1e7)), rel=1e-6)
    assert rare == pytest.approx(effective_training_time(600.0, 6.0, 60.0, 1e7), rel=1e-6)
    intervals = np.array([60.0, 600.0, 6e3])
    assert list(goodput(intervals, 6.0, 60.0, 1e4)) == [goodput(x, 6.0, 60.0, 1e4) for x in intervals.tolist()]  # type: ignore[arg-type, call-overload]


def test_effective_training_time_of_a_job_that_cannot_hold() -> None:
    assert effective_training_time(100.0, 1.0, 300.0, 200.0) == 0


def test_asynchronous_checkpoints() -> None:
    assert asynchronous_stall(2.0, 30.0, 150.0) == 2  # the write hides behind work
    assert asynchronous_stall(2.0, 200.0, 150.0) == 52  # and shows where it is longer
    assert best_asynchronous_interval(2.0, 30.0, 10_000.0) == young_interval(2.0, 10_000.0)
    assert best_asynchronous_interval(2.0, 900.0, 10_000.0) == 900
    write, mtbf = 30.0, 10_000.0
    interval = best_asynchronous_interval(2.0, write, mtbf)
    synchronous = checkpoint_overhead(young_interval(write, mtbf), write, 0.0, mtbf)
    assert asynchronous_overhead(interval, 2.0, write, 0.0, mtbf) < synchronous
    assert asynchronous_overhead(100.0, write, 0.0, 60.0, mtbf) == checkpoint_overhead(100.0, write, 60.0, mtbf)


@quick
@given(st.floats(1e6, 1e13), st.integers(1, 1_000), st.floats(1e6, 1e12), st.floats(1e6, 1e12))
def test_writing_never_beats_storage_or_senders(size: float, nodes: int, node: float, storage: float) -> None:
    write = checkpoint_write_time(size, nodes, node, storage)
    assert write == pytest.approx(max(size / storage, size / (nodes * node)))


def test_bad_times_are_refused() -> None:
    with pytest.raises(InputError, match=r"^write must be greater than 0 s"):
        daly_interval(0.0, 1.0)
    with pytest.raises(InputError, match=r"^mtbf must be "):
        daly_interval(1.0, math.nan)
    with pytest.raises(InputError, match=r"^interval must be greater than 0 s"):
        goodput(0.0, 1.0, 1.0, 1.0)
    with pytest.raises(InputError, match=r"^restart must be at least 0 s"):
        goodput(1.0, 1.0, -1.0, 1.0)
    with pytest.raises(InputError, match=r"^snapshot must be "):
        best_asynchronous_interval(0.0, 1.0, 1.0)
