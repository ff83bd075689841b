"""The input pipeline: bytes of an image at each stage, the slowest stage, and what waiting costs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.datapipeline import (
    data_stall,
    image_bytes,
    pipeline_rate,
    serial_rate,
    stage_rate_bytes,
    stage_rate_workers,
    trained_rate,
    worker_rate,
    workers_needed,
)

quick = settings(deadline=None, max_examples=60)
rates = st.floats(1.0, 1e6)


def test_known_error_which_bytes_move_at_which_stage() -> None:
    """V1-04: ~110 kB compressed, 150,528 B decoded, 602 kB as FP32."""
    assert image_bytes(224, 224, 3, 1) == 150_528
    assert image_bytes(224, 224, 3, 4) == 602_112
    assert image_bytes(224, 224, 3, 4) / 110e3 == pytest.approx(5.5, abs=0.05)


def test_known_error_tiers_are_computed_from_their_own_defaults() -> None:
    """A disk that reads 110 kB at random feeds ~80 images/s: 3 % of an A100's 2,470; an NVMe drive is not the limit."""
    disk = 1 / (8.5e-3 + 60 / 7_200 / 2 + 110e3 / 270e6)
    assert 1 - data_stall(disk, 2_470) == pytest.approx(0.031, abs=1e-3)
    drive = stage_rate_bytes(3.5e9, 110e3)
    assert data_stall(drive, 2_470) == 0
    assert drive == pytest.approx(31_818, rel=1e-4)
    # At eight GPUs, decoding on 32 cores of 100 images/s each becomes the limit.
    decode = stage_rate_workers(32, worker_rate(1 / 100, 0.0))
    loader = pipeline_rate(drive, stage_rate_bytes(1.25e9, 110e3), decode, stage_rate_bytes(31.5e9, 150_528))
    assert loader == pytest.approx(3_200)
    assert data_stall(loader, 16_621) == pytest.approx(1 - 3_200 / 16_621)
    assert workers_needed(16_621, 100) == 167


def test_a_gigabit_image_stream_of_a_dgx() -> None:
    """Measurements stor-087: 16,621 images/s at 115 kB are 1.92 GB/s of JPEG."""
    assert stage_rate_bytes(1.92e9, 115e3) == pytest.approx(16_621, rel=5e-3)


def stream(stages: list[float], samples: int) -> float:
    """Seconds that `samples` samples take through stages in a row, each busy with one at a time: moved one by one."""
    free = [0.0] * len(stages)
    for _ in range(samples):
        clock = 0.0
        for place, rate in enumerate(stages):
            clock = max(clock, free[place]) + 1 / rate
            free[place] = clock
    return free[-1]


@settings(deadline=None, max_examples=25)
@given(st.lists(rates, min_size=4, max_size=4))
def test_pipeline_rate_is_that_of_a_moved_stream(stages: list[float]) -> None:
    rate = pipeline_rate(*stages)
    steady = 400 / (stream(stages, 600) - stream(stages, 200))
    assert rate == pytest.approx(steady, rel=1e-6)
    assert rate == min(stages)


@quick
@given(rates, rates)
def test_stall_and_training_add_up(loader: float, training: float) -> None:
    busy = 1 - data_stall(loader, training)
    assert trained_rate(loader, training) == pytest.approx(busy * training)
    assert data_stall(loader, training) <= data_stall(loader, 2 * training)
    assert data_stall(2 * loader, training) <= data_stall(loader, training)


@quick
@given(rates, rates)
def test_prefetching_gains_at_most_a_factor_of_two(loader: float, training: float) -> None:
    serial, overlapped = serial_rate(loader, training), trained_rate(loader, training)
    assert serial <= overlapped <= 2 * serial * (1 + 1e-12)
    assert serial_rate(loader, loader) == pytest.approx(loader / 2)


@quick
@given(rates, rates)
def test_workers_needed_are_enough_and_one_less_is_not(training: float, rate: float) -> None:
    workers = workers_needed(training, rate)
    assert workers == math.ceil(training / rate)
    assert stage_rate_workers(workers, rate) >= training * (1 - 1e-12)
    assert stage_rate_workers(workers - 1, rate) < training * (1 + 1e-12)


@quick
@given(st.floats(1e-4, 1.0), st.floats(0.0, 1.0))
def test_a_worker_does_its_stages_one_after_the_other(decode: float, augment: float) -> None:
    clock = 0.0
    for _ in range(100):  # moved one by one through both stages on one core
        clock += decode
        clock += augment
    assert worker_rate(decode, augment) == pytest.approx(100 / clock)
