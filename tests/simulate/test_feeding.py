"""The input pipeline against its closed forms, against a clock that ticks event by event, and in its bounds."""

from __future__ import annotations

import heapq

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.datapipeline import serial_rate, trained_rate
from ironlaw.simulate.feeding import Feed, _factors, feed

quick = settings(max_examples=25, deadline=None)
seconds = st.floats(0.01, 10.0)
spreads = st.floats(0.0, 1.5)
depths = st.integers(0, 6)


@quick
@given(st.lists(seconds, min_size=2, max_size=5), depths)
def test_constant_times_run_at_the_rate_of_the_slowest_stage(times: list[float], queue: int) -> None:
    run = feed(tuple(times), (0.0,) * len(times), (queue,) * (len(times) - 1))
    assert run.rate == pytest.approx(trained_rate(min(1 / time for time in times[:-1]), 1 / times[-1]))
    assert run.busy[-1] == pytest.approx(times[-1] / max(times))
    assert run.stall == pytest.approx(1 - times[-1] / max(times), abs=1e-9)


@quick
@given(seconds, seconds, seconds)
def test_without_prefetching_loading_and_training_take_turns(read: float, decode: float, train: float) -> None:
    run = feed((read, decode, train), (0.0, 0.0, 0.0), None)
    assert run.rate == pytest.approx(serial_rate(1 / max(read, decode), 1 / train))


def by_events(drawn: list[list[float]], queues: tuple[int, ...]) -> list[float]:
    """When each batch leaves the last stage: machines, queues and a heap of what ends next."""
    stages, count = len(drawn), len(drawn[0])
    waiting: list[list[int]] = [list(range(count)), *([] for _ in queues)]
    working: list[int | None] = [None] * stages
    finished = [False] * stages  # done, but the next queue is full
    left: list[float] = []
    ends: list[tuple[float, int]] = []
    now = 0.0
    while len(left) < count:
        moved = True
        while moved:
            moved = False
            for j in reversed(range(stages)):
                batch = working[j]
                if batch is not None and finished[j]:
                    if j == stages - 1:
                        left.append(now)
                    elif len(waiting[j + 1]) < queues[j] or (working[j + 1] is None and not waiting[j + 1]):
                        waiting[j + 1].append(batch)
                    else:
                        continue
                    working[j], finished[j], moved = None, False, True
                if working[j] is None and waiting[j]:
                    working[j] = begun = waiting[j].pop(0)
                    heapq.heappush(ends, (now + drawn[j][begun], j))
                    moved = True
        if ends:
            now, done = heapq.heappop(ends)
            finished[done] = True
    return left


@quick
@given(st.tuples(seconds, seconds, seconds), st.tuples(spreads, spreads, spreads), st.tuples(depths, depths))
def test_it_is_what_a_clock_sees(
    times: tuple[float, ...], variations: tuple[float, ...], queues: tuple[int, ...]
) -> None:
    run = feed(times, variations, queues, batches=20, warm_up=4)
    drawn = [
        [time * factor for factor in _factors(1, stage, variation, 20, 4)]
        for stage, (time, variation) in enumerate(zip(times, variations, strict=True))
    ]
    left = by_events(drawn, queues)
    assert run.rate == pytest.approx(20 / (left[-1] - left[3]))


@quick
@given(st.tuples(seconds, seconds, seconds), st.tuples(spreads, spreads, spreads), depths)
def test_late_batches_only_cost_and_queues_only_help(
    times: tuple[float, ...], variations: tuple[float, ...], queue: int
) -> None:
    shallow = feed(times, variations, (queue, queue), warm_up=64)
    deep = feed(times, variations, (queue + 2, queue + 2), warm_up=64)
    assert shallow.rate <= 1 / times[-1] * (1 + 1e-9)
    assert all(0 <= busy <= 1 for busy in shallow.busy)
    assert shallow.busy[-1] == pytest.approx(shallow.rate * times[-1])
    # The measured window begins later or earlier with the queue, so a little is left to chance.
    assert deep.rate >= shallow.rate * 0.9
    in_turn = feed(times, variations, None, warm_up=64)
    assert shallow.rate >= in_turn.rate * 0.9


def test_where_the_means_just_do_a_queue_is_worth_a_tenth() -> None:
    stalls = [feed((0.98, 0.5, 1.0), (1.0, 0.3, 0.0), (depth, depth)).stall for depth in (1, 4, 16)]
    assert stalls[0] > stalls[1] > stalls[2]
    assert stalls[0] > 0.05


def test_the_drawn_batches_are_those_of_the_run() -> None:
    run: Feed = feed((1.0, 2.0), (0.0, 0.0), (1,), shown=3)
    for starts, ends in zip(run.starts, run.ends, strict=True):
        assert len(starts) == len(ends) == 3
    assert [end - start for start, end in zip(run.starts[1], run.ends[1], strict=True)] == pytest.approx([2.0] * 3)
    assert run.starts[1][0] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("times", "variations", "queues"),
    [
        ((1.0,), (0.0,), ()),
        ((1.0, 0.0), (0.0, 0.0), (1,)),
        ((1.0, 1.0), (0.0, -0.1), (1,)),
        ((1.0, 1.0), (0.0, 0.0), ()),
    ],
)
def test_nonsense_is_refused(times: tuple[float, ...], variations: tuple[float, ...], queues: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        feed(times, variations, queues)
