"""Schedules of a training step against a simulated pipeline, counting, and simulated stragglers."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.pipeline import pipeline_bubble
from ironlaw.physics.schedule import (
    launch_bound_time,
    launch_wait,
    micro_batches,
    pipeline_step_time,
    pipeline_wait,
    straggler_factor,
    straggler_wait,
)


def one_forward_one_backward(stages: int, batches: int, forward: float, backward: float) -> float:
    """Makespan of 1F1B by following every stage's work list until all is done."""
    lists = []
    for stage in range(stages):
        warm = min(stages - stage - 1, batches)
        work = [("f", i) for i in range(warm)]
        for i in range(batches - warm):
            work += [("f", warm + i), ("b", i)]
        lists.append(work + [("b", i) for i in range(batches - warm, batches)])
    done: dict[tuple[str, int, int], float] = {}
    clock, position = [0.0] * stages, [0] * stages
    while any(position[stage] < len(lists[stage]) for stage in range(stages)):
        for stage in range(stages):
            if position[stage] == len(lists[stage]):
                continue
            kind, batch = lists[stage][position[stage]]
            before = (kind, batch, stage - 1 if kind == "f" else stage + 1)
            first = before[2] in {-1, stages}
            if not first and before not in done:
                continue
            start = max(clock[stage], 0.0 if first else done[before])
            clock[stage] = start + (forward if kind == "f" else backward)
            done[kind, batch, stage] = clock[stage]
            position[stage] += 1
    return max(clock)


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(1, 24), st.floats(0.1, 3), st.floats(0.1, 3))
def test_pipeline_is_the_simulated_one(stages: int, extra: int, forward: float, backward: float) -> None:
    batches = stages + extra - 1
    both = forward + backward
    simulated = one_forward_one_backward(stages, batches, forward, backward)
    assert pipeline_step_time(batches, both, stages, 1, both) == pytest.approx(simulated)


@given(st.integers(1, 64), st.integers(1, 512), st.integers(1, 8))
def test_bubble_is_the_catalogued_share(stages: int, batches: int, chunks: int) -> None:
    whole = pipeline_step_time(batches, 1.0, stages, chunks, 1.0)
    assert 1 - batches / whole == pytest.approx(pipeline_bubble(stages, batches, chunks))


def test_eight_stages_need_more_than_63_micro_batches_for_a_tenth() -> None:
    def idle(batches: int) -> float:
        return 1 - batches / pipeline_step_time(batches, 1.0, 8, 1, 1.0)

    assert idle(63) == pytest.approx(0.1)
    assert idle(64) < 0.1 < idle(62)


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(1, 40))
def test_micro_batches_by_dealing_out(batch: int, replicas: int, size: int) -> None:
    fullest = max(len(range(first, batch, replicas)) for first in range(min(replicas, batch)))
    assert micro_batches(batch, replicas, size) == ceil(fullest / size)


def test_a_remainder_is_a_micro_batch() -> None:
    assert micro_batches(48, 1, 11) == 5
    assert micro_batches(44, 1, 11) == 4


@pytest.mark.parametrize(("workers", "above"), [(8, 1.5), (64, 1.25), (1024, 1.2), (16384, 1.15)])
def test_stragglers_against_drawn_gpus(workers: int, above: float) -> None:
    drawn = 1 + 0.01 * np.random.default_rng(7).standard_normal((200, workers)).max(axis=1).mean()
    factor = straggler_factor(0.01, workers)
    assert drawn <= factor <= 1 + above * (drawn - 1)


def test_one_gpu_waits_for_nobody() -> None:
    assert straggler_factor(0.05, 1) == 1
    assert straggler_factor(0, 10_000) == 1


def test_short_kernels_wait_for_the_host() -> None:
    assert launch_bound_time(1e-3, 10, 8e-6) == 1e-3
    assert launch_bound_time(1e-5, 10, 8e-6) == pytest.approx(8e-5)


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(1, 24), st.floats(0.1, 3), st.floats(0.1, 3))
def test_a_stage_waits_while_it_does_not_work(stages: int, extra: int, forward: float, backward: float) -> None:
    batches = stages + extra - 1
    simulated = one_forward_one_backward(stages, batches, forward, backward)
    both = forward + backward
    waited = pipeline_wait(batches, both, stages, 1, both)
    assert waited == pytest.approx(simulated - batches * both, abs=1e-9)
    # A longer stage: what the mean one does not work of the step's time.
    slowest = 1.25 * both
    step = pipeline_step_time(batches, slowest, stages, 2, both)
    assert pipeline_wait(batches, slowest, stages, 2, both) == pytest.approx(step - batches * both)


@pytest.mark.parametrize("workers", [1, 2, 64, 10_000])
def test_waits_are_what_is_beyond_the_mean_gpus_time(workers: int) -> None:
    assert straggler_wait(7.0, 0.01, workers) == pytest.approx(7 * straggler_factor(0.01, workers) - 7)
    drawn = 7 * 0.01 * np.random.default_rng(3).standard_normal((400, min(workers, 1000))).max(axis=1).mean()
    assert straggler_wait(7.0, 0.01, workers) >= drawn - 0.01


@pytest.mark.parametrize("launch", [0.0, 8e-6, 1e-4, 3e-3])
def test_a_gpu_waits_for_a_host_that_launches_one_kernel_after_the_other(launch: float) -> None:
    kernels, lasting = 20, 1e-3 / 20
    host = gpu = 0.0
    for _ in range(500 * kernels):  # a kernel starts when it is launched and the one before is through
        host += launch
        gpu = max(gpu, host) + lasting
    idle = gpu - 500 * kernels * lasting
    assert launch_wait(500, 1e-3, kernels, launch) == pytest.approx(
        idle, rel=1e-3, abs=4e-3
    )  # but for the first launch
