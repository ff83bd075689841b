"""Simulated pipeline schedules: no device does two things at once, inputs come first, the bubble is the closed form."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.pipeline import pipeline_bubble
from ironlaw.simulate.pipeline import Step, pipeline_step

quick = settings(deadline=None, max_examples=50)
stage_counts, batches, chunk_counts = st.integers(1, 8), st.integers(1, 24), st.integers(1, 4)
seconds = st.floats(0.01, 10)


def is_a_schedule(step: Step, stages: int, chunks: int, transfer: float) -> None:
    by_stage = defaultdict(list)
    end = {}
    for slot in step.slots:
        by_stage[slot.stage].append((slot.start, slot.end))
        end[slot.backward, slot.chunk * stages + slot.stage, slot.microbatch] = slot.end
    for spans in by_stage.values():
        spans.sort()
        assert all(last <= first + 1e-9 for (_, last), (first, _) in pairwise(spans))
    for slot in step.slots:
        position = slot.chunk * stages + slot.stage
        before = position + 1 if slot.backward else position - 1
        if 0 <= before < stages * chunks:
            assert slot.start >= end[slot.backward, before, slot.microbatch] + transfer - 1e-9
        if slot.backward:
            assert slot.start >= end[False, position, slot.microbatch] - 1e-9


@quick
@given(stage_counts, batches, chunk_counts, seconds, seconds)
def test_bubble_is_the_closed_form(stages: int, rounds: int, chunks: int, forward: float, backward: float) -> None:
    count = rounds * stages  # interleaving takes whole rounds
    step = pipeline_step(stages, count, forward=forward, backward=backward, interleaving=chunks)
    bubble = pipeline_bubble(stages, count, chunks)
    assert step.bubble == pytest.approx(bubble, abs=1e-9)
    assert step.time == pytest.approx(count * (forward + backward) * (1 + (stages - 1) / (chunks * count)))
    is_a_schedule(step, stages, chunks, 0.0)


@quick
@given(stage_counts, batches, st.sampled_from(["1f1b", "gpipe"]))
def test_gpipe_has_the_same_bubble_and_holds_everything(stages: int, count: int, schedule: str) -> None:
    step = pipeline_step(stages, count, schedule=schedule)
    if count >= stages or schedule == "gpipe":
        assert step.bubble == pytest.approx(pipeline_bubble(stages, count), abs=1e-9)
    held = tuple(count if schedule == "gpipe" else min(stages - stage, count) for stage in range(stages))
    assert step.held == held


@quick
@given(stage_counts, batches, chunk_counts, st.floats(0, 1))
def test_transfers_only_add(stages: int, rounds: int, chunks: int, transfer: float) -> None:
    free = pipeline_step(stages, rounds * stages, interleaving=chunks)
    slow = pipeline_step(stages, rounds * stages, interleaving=chunks, transfer=transfer)
    assert slow.time >= free.time - 1e-9
    assert slow.busy == free.busy
    is_a_schedule(slow, stages, chunks, transfer if stages > 1 else 0.0)
    if chunks == 1 and stages > 1:  # once down and once up the whole pipeline at least
        assert slow.time >= free.time + 2 * (stages - 1) * transfer - 1e-9


@quick
@given(st.lists(seconds, min_size=1, max_size=8), batches)
def test_the_slowest_stage_bounds_the_step(times: list[float], count: int) -> None:
    step = pipeline_step(len(times), count, forward=times, backward=[2 * time for time in times])
    assert step.time >= 3 * max(times) * count - 1e-9
    assert step.time <= 3 * sum(times) * count + 1e-9
    assert 0 <= step.bubble < 1


def test_known_error_a_small_bubble_needs_many_microbatches() -> None:
    # Less than 10 % at p = 8 needs more than 63 micro-batches, counted over the whole step.
    assert pipeline_step(8, 63).bubble == pytest.approx(0.1)
    assert pipeline_step(8, 64).bubble < 0.1 < pipeline_step(8, 62).bubble


def test_interleaving_divides_the_bubble_and_holds_more() -> None:
    plain, cut = pipeline_step(8, 32), pipeline_step(8, 32, interleaving=4)
    assert (cut.time / 96 - 1) == pytest.approx((plain.time / 96 - 1) / 4)
    assert cut.held[0] / 4 > plain.held[0]


def test_a_step_that_takes_no_time_has_no_bubble() -> None:
    assert pipeline_step(4, 4, forward=0.0, backward=0.0).bubble == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stages": 0}, "stages"),
        ({"microbatches": 1.5}, "microbatches"),
        ({"interleaving": 0}, "interleaving"),
        ({"transfer": -1.0}, "transfer"),
        ({"forward": float("nan")}, "forward"),
        ({"backward": [1.0, -1.0]}, "backward"),
        ({"forward": [1.0]}, "forward"),
        ({"schedule": "zero-bubble"}, "schedule"),
        ({"schedule": "gpipe", "interleaving": 2}, "interleaving"),
        ({"interleaving": 2, "microbatches": 3}, "microbatches"),
    ],
)
def test_bad_input_is_refused_by_name(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        pipeline_step(**({"stages": 2, "microbatches": 4} | change))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.allowed in str(caught.value)


@quick
@given(stage_counts, batches, chunk_counts, st.sampled_from(["1f1b", "gpipe"]))
def test_each_stage_does_each_pass_of_each_chunk_and_micro_batch_once(
    stages: int, rounds: int, chunks: int, schedule: str
) -> None:
    chunks, count = (chunks, rounds * stages) if schedule == "1f1b" else (1, rounds)
    step = pipeline_step(stages, count, interleaving=chunks, schedule=schedule)
    done = sorted((slot.stage, slot.backward, slot.chunk, slot.microbatch) for slot in step.slots)
    wanted = [
        (stage, backward, chunk, batch)
        for stage in range(stages)
        for backward in (False, True)
        for chunk in range(chunks)
        for batch in range(count)
    ]
    assert done == wanted


@pytest.mark.parametrize(("stages", "chunks"), [(2, 2), (4, 2), (8, 2), (8, 4), (3, 5)])
def test_interleaving_holds_what_korthikanti_counts(stages: int, chunks: int) -> None:
    """Korthikanti et al. 2022, section 4.2.3: the first stage keeps L·(1 + (p − 1)/(p·v)) layers' activations."""
    step = pipeline_step(stages, 4 * stages, interleaving=chunks)
    in_chunks = stages * chunks * (1 + (stages - 1) / (stages * chunks))  # a chunk is L/(p·v) layers
    assert step.held[0] == pytest.approx(in_chunks)
    assert [before - after for before, after in pairwise(step.held)] == [2] * (stages - 1)  # there and back to the next
