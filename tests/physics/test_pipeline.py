"""The bubble against simulated schedules, and the bytes of a boundary."""

from __future__ import annotations

import pytest

from ironlaw.physics.collectives import node_boundary_volume
from ironlaw.physics.pipeline import pipeline_activation_bytes, pipeline_bubble

from .simulators import pipeline_schedule


@pytest.mark.parametrize("stages", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("microbatches", [1, 2, 5, 8, 16])
def test_bubble_of_1f1b(stages: int, microbatches: int) -> None:
    total = pipeline_schedule(stages, microbatches, chunks=1)
    assert 1 - 3.0 * microbatches / total == pytest.approx(pipeline_bubble(stages, microbatches))


@pytest.mark.parametrize("stages", [2, 3, 4])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("chunks", [2, 3])
def test_bubble_of_interleaved_1f1b(stages: int, groups: int, chunks: int) -> None:
    microbatches = stages * groups  # as the schedule demands
    total = pipeline_schedule(stages, microbatches, chunks)
    assert 1 - 3.0 * microbatches / total == pytest.approx(pipeline_bubble(stages, microbatches, chunks))


def test_known_error_less_than_a_tenth_at_eight_stages_needs_more_than_63_microbatches() -> None:
    assert pipeline_bubble(8, 62) > 0.1
    assert pipeline_bubble(8, 63) == 0.1
    assert pipeline_bubble(8, 64) < 0.1


def test_one_stage_has_no_bubble_and_more_microbatches_or_chunks_shrink_it() -> None:
    assert pipeline_bubble(1, 1) == 0
    for m in range(1, 20):
        assert pipeline_bubble(4, m + 1) < pipeline_bubble(4, m)
        assert pipeline_bubble(4, m, 2) < pipeline_bubble(4, m)
        assert pipeline_bubble(5, m) > pipeline_bubble(4, m)


def test_boundary_bytes_count_activation_and_gradient() -> None:
    crossings = 0
    for _token in range(16):
        for _direction in ("activation forward", "gradient back"):
            crossings += 5_120 * 2  # one value of 2 bytes a hidden unit
    assert pipeline_activation_bytes(16, 5_120) == crossings


def test_a_stage_boundary_carries_less_than_gradients_until_a_replica_sees_many_tokens() -> None:
    # 13B: 26 GB of gradients. A boundary carries 2·t·h·2 bytes, so 1.2 million tokens a step make up for them.
    gradients = node_boundary_volume(2, 26e9)
    assert pipeline_activation_bytes(8_192, 5_120) < gradients / 100
    assert pipeline_activation_bytes(1_270_000, 5_120) > gradients
