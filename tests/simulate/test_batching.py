"""Continuous batching: what is conserved, what memory allows, closed forms at saturation, and a plain second version."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.simulate.batching import BatchingRun, Request, poisson_requests, simulate_batching
from ironlaw.simulate.queue import batch_means

quick = settings(deadline=None, max_examples=60)


def cost(prompt: int, decoding: int, kv_tokens: int) -> float:
    """A fixed part, then time by prompt token, by request and by KV token."""
    return 0.01 + 1e-4 * prompt + 1e-3 * decoding + 1e-6 * kv_tokens


def one_second(prompt: int, decoding: int, kv_tokens: int) -> float:
    """Every iteration takes a second."""
    return 1.0


workloads = st.lists(
    st.builds(Request, st.floats(0, 2), st.integers(1, 60), st.integers(1, 40)), min_size=1, max_size=15
)


@quick
@given(workloads, st.integers(1, 6), st.integers(7, 40), st.integers(1, 16), st.booleans())
def test_nothing_is_lost_and_nothing_held_twice(
    requests: list[Request], slots: int, blocks: int, block_tokens: int, continuous: bool
) -> None:
    blocks = max(blocks, -(-max(one.prompt + one.output for one in requests) // block_tokens))
    run = simulate_batching(
        requests, cost, slots=slots, blocks=blocks, block_tokens=block_tokens, continuous=continuous
    )
    made = sum(one.output for one in requests)
    # Each pass gives one token to everyone in it: those that decode and those whose prompt it computes.
    entries = sum(1 + one.preemptions for one in run.served)
    assert sum(step.decoding for step in run.iterations) + entries == made
    assert sum(step.finished for step in run.iterations) == len(requests)
    assert sum(step.prompt_tokens for step in run.iterations) >= sum(one.prompt for one in requests)
    for step, after in pairwise(run.iterations):
        assert after.start >= step.start + step.seconds - 1e-12  # one pass at a time
    for step in run.iterations:
        assert 0 < step.tokens <= step.blocks * block_tokens
        assert step.blocks <= blocks
        assert step.decoding <= slots
    for given_request, one in zip(requests, run.served, strict=True):
        assert one.output == given_request.output
        assert given_request.arrival < one.first <= one.end
    check_timeline(run)
    assert 0 < run.occupancy <= 1 + 1e-9
    assert 0 <= run.waste < 1


def check_timeline(run: BatchingRun) -> None:
    """No slot holds two requests at a time, no request is in two slots, each finishes once."""
    for key in ("slot", "request"):
        for name in {getattr(stay, key) for stay in run.timeline}:
            stays = sorted((s for s in run.timeline if getattr(s, key) == name), key=lambda s: (s.start, s.end))
            assert all(a.end <= b.start + 1e-12 for a, b in pairwise(stays))
    finished = [stay.request for stay in run.timeline if stay.finished]
    assert sorted(finished) == list(range(len(run.served)))
    assert all(0 <= stay.slot < run.slots for stay in run.timeline)
    assert len(run.timeline) - len(finished) == sum(one.preemptions for one in run.served)


def test_alone_a_request_takes_its_iterations() -> None:
    run = simulate_batching([Request(3.0, 10, 5)], cost, slots=4, blocks=10)
    one = run.served[0]
    assert one.time_to_first == pytest.approx(0.01 + 1e-4 * 10)
    steps = [0.01 + 1e-3 + 1e-6 * tokens for tokens in (11, 12, 13, 14)]
    assert one.end - one.first == pytest.approx(sum(steps))
    assert one.between == pytest.approx(sum(steps) / 4)
    assert run.span == pytest.approx(one.time_to_first + sum(steps))
    assert [step.tokens for step in run.iterations] == [10, 11, 12, 13, 14]


def test_saturated_with_equal_requests_it_makes_one_token_a_slot_and_iteration() -> None:
    requests = [Request(0.0, 16, 20)] * 60
    for continuous in (True, False):
        run = simulate_batching(requests, one_second, slots=6, blocks=100, continuous=continuous)
        assert run.throughput == pytest.approx(6)
        assert run.occupancy == pytest.approx(1)
        assert len(run.iterations) == 60 * 20 / 6


def test_a_batch_at_a_time_waits_for_the_longest() -> None:
    source = Random(8)  # noqa: S311  (a workload, no secret)
    outputs = [source.choice((10, 90)) for _ in range(400)]
    requests = [Request(0.0, 8, output) for output in outputs]
    whole = simulate_batching(requests, one_second, slots=8, blocks=1000, continuous=False)
    # In order, each batch of 8 takes its longest answer.
    seconds = sum(max(outputs[at : at + 8]) for at in range(0, 400, 8))
    assert whole.span == pytest.approx(seconds)
    assert whole.occupancy == pytest.approx(sum(outputs) / (8 * seconds))
    # With two slots the longer is 90 with probability 3/4: 70 iterations for answers of 50 on average.
    pairs = [float(max(pair)) for pair in zip(outputs[::2], outputs[1::2], strict=True)]
    assert simulate_batching(requests, one_second, slots=2, blocks=1000, continuous=False).span == sum(pairs)
    assert batch_means(pairs, 0.99).holds(70)
    live = simulate_batching(requests, one_second, slots=8, blocks=1000)
    assert live.span == pytest.approx(sum(outputs) / 8, rel=0.05)  # every slot at work but for the last answers
    assert live.throughput / whole.throughput == pytest.approx(seconds / (sum(outputs) / 8), rel=0.05)


def test_whole_batches_take_room_for_the_longest_answer_and_pages_only_what_they_fill() -> None:
    requests = [Request(0.0, 16, 241)] * 12  # 256 tokens at the end: 16 blocks
    whole = simulate_batching(requests, one_second, slots=12, blocks=64, continuous=False)
    assert max(step.decoding for step in whole.iterations) == 4
    live = simulate_batching(requests, one_second, slots=12, blocks=64)
    assert max(step.decoding for step in live.iterations) == 12  # all in at first: a block each
    assert live.waste < 0.06 < whole.waste
    assert sum(one.preemptions for one in live.served) > 0  # and then the youngest have to go
    assert all(one.preemptions == 0 for one in whole.served)


def test_the_oldest_is_never_preempted() -> None:
    run = simulate_batching([Request(0.0, 16, 100)] * 8, one_second, slots=8, blocks=12)
    assert run.served[0].preemptions == 0
    assert run.served[0].end == 100


def test_smaller_blocks_waste_less() -> None:
    source = Random(2)  # noqa: S311  (a workload, no secret)
    requests = poisson_requests(5.0, 100, lambda s: s.randint(1, 100), lambda s: s.randint(1, 50), source)
    wastes = [
        simulate_batching(requests, cost, slots=16, blocks=4096 // size, block_tokens=size).waste
        for size in (1, 16, 64, 256)
    ]
    assert wastes[0] == pytest.approx(0, abs=1e-12)
    assert wastes == sorted(wastes)
    run = simulate_batching(requests, cost, slots=16, blocks=4096, block_tokens=1)
    assert run.throughput <= 16 / cost(0, 16, 0)


def test_one_slot_is_a_queue_with_one_server() -> None:
    # Geometric answers of mean 20 at a token a second: nearly exponential service, M/G/1 with k² = 1 - 1/20.
    from ironlaw.physics.queueing import mg1_wait

    def output(source: Random) -> int:
        count = 1
        while source.random() > 1 / 20:
            count += 1
        return count

    requests = poisson_requests(0.03, 20_000, lambda _: 1, output, Random(6))  # noqa: S311  (a workload, no secret)
    run = simulate_batching(requests, one_second, slots=1, blocks=1000, block_tokens=16)
    waits = [one.time_to_first - 1 for one in run.served][500:]
    assert batch_means(waits, 0.99).holds(mg1_wait(20.0, 0.6, (1 - 1 / 20) ** 0.5))


def test_a_seed_is_a_workload() -> None:
    def made(seed: int) -> list[Request]:
        return poisson_requests(2.0, 20, lambda s: s.randint(1, 9), lambda s: s.randint(1, 9), Random(seed))  # noqa: S311

    assert made(1) == made(1)
    assert made(1) != made(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"slots": 0}, "slots must be a whole number"),
        ({"blocks": 1}, "blocks must be at least 2, the blocks of the longest request"),
        ({"block_tokens": 1.5}, "block_tokens must be a whole number"),
        ({"requests": []}, "requests must be at least one"),
        ({"cost": lambda *_: 0.0}, "seconds must be greater than 0"),
        ({"cost": lambda *_: float("nan")}, "seconds must be finite"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"requests": [Request(0.0, 16, 10)], "cost": cost, "slots": 2, "blocks": 4}
    with pytest.raises(InputError, match=message):
        simulate_batching(**(good | arguments))


@pytest.mark.parametrize("bad", [(-1.0, 1, 1), (0.0, 0, 1), (0.0, 1, 0), (0.0, 1.5, 1), (float("inf"), 1, 1)])
def test_requests_make_sense(bad: tuple[Any, Any, Any]) -> None:
    with pytest.raises(InputError):
        Request(*bad)


def test_between_tokens_is_the_mean_gap_of_any_answer() -> None:
    run = simulate_batching([Request(0.0, 4, output) for output in (1, 2, 3)], one_second, slots=3, blocks=10)
    assert [one.between for one in run.served] == [0, 1, 1]
    alone = simulate_batching([Request(0.0, 10, 2)], cost, slots=1, blocks=10).served[0]
    assert alone.between == pytest.approx(0.01 + 1e-3 + 1e-6 * 11)
