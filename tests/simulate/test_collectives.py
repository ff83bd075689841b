"""Simulated rings and trees: bytes are conserved, ports carry one chunk at a time, closed forms agree."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.collectives import ring_all_reduce_time, ring_all_reduce_volume, tree_all_reduce_time
from ironlaw.simulate.collectives import Run, double_tree, ring_all_reduce, tree_all_reduce

quick = settings(deadline=None, max_examples=40)
RATE, ALPHA = 1e11, 5e-6


def ports_are_used_by_one_chunk_at_a_time(run: Run) -> None:
    by_port = defaultdict(list)
    for send in run.sends:
        by_port[send.sender].append((send.start, send.end))
    for spans in by_port.values():
        spans.sort()
        assert all(end <= start + 1e-15 for (_, end), (start, _) in pairwise(spans))


@quick
@given(st.integers(1, 24), st.floats(1, 1e12), st.floats(1e6, 1e12), st.floats(0, 1e-2))
def test_ring_agrees_with_the_closed_form(ranks: int, size: float, rate: float, latency: float) -> None:
    run = ring_all_reduce(size, ranks, rate, latency)
    assert run.time == pytest.approx(ring_all_reduce_time(ranks, size, rate, latency), rel=1e-9)
    for sent in run.sent:
        assert sent == pytest.approx(ring_all_reduce_volume(ranks, size))
    ports_are_used_by_one_chunk_at_a_time(run)


@quick
@given(st.integers(2, 12), st.integers(1, 8))
def test_chunks_hide_latency_and_nothing_else(ranks: int, chunks: int) -> None:
    cut = ring_all_reduce(1e9, ranks, RATE, ALPHA, chunks=chunks)
    whole = ring_all_reduce(1e9, ranks, RATE, ALPHA)
    wire = ring_all_reduce_time(ranks, 1e9, RATE, 0)
    assert wire < cut.time <= whole.time * (1 + 1e-12)
    assert sum(cut.sent) == pytest.approx(sum(whole.sent))


@quick
@given(st.lists(st.floats(1e9, 1e12), min_size=2, max_size=10))
def test_the_slowest_port_sets_the_pace(rates: list[float]) -> None:
    run = ring_all_reduce(1e9, len(rates), rates, 0.0)
    assert run.time == pytest.approx(ring_all_reduce_time(len(rates), 1e9, min(rates), 0), rel=1e-9)


@given(st.integers(1, 300))
def test_double_tree_spans_and_shares_the_work(ranks: int) -> None:
    inner = []
    for parents in double_tree(ranks):
        assert len(parents) == ranks - 1

        def root(rank: int, parents: dict[int, int] = parents) -> int:
            while rank in parents:
                rank = parents[rank]
            return rank

        assert len({root(rank) for rank in range(ranks)}) == 1  # one tree, no circle
        assert max([list(parents.values()).count(rank) for rank in range(min(ranks, 20))], default=0) <= 2
        inner.append(set(parents.values()))
    if ranks % 2 == 0:
        assert not inner[0] & inner[1] or ranks == 2  # who has children in one tree has none in the other
    else:
        assert len(inner[0] & inner[1]) <= 1


@pytest.mark.parametrize("ranks", [4, 6, 8, 16, 24, 32])
def test_tree_comes_close_to_the_closed_form(ranks: int) -> None:
    run = tree_all_reduce(1e9, ranks, RATE, 1e-7, chunks=200)
    assert run.time == pytest.approx(tree_all_reduce_time(ranks, 1e9, RATE, 1e-7), rel=0.02)
    assert max(run.sent) == pytest.approx(2e9)
    ports_are_used_by_one_chunk_at_a_time(run)


@pytest.mark.parametrize("ranks", [5, 9, 13, 33])
def test_an_odd_number_of_ranks_gets_in_its_own_way(ranks: int) -> None:
    ratio = tree_all_reduce(1e9, ranks, RATE, 0, chunks=200).time / tree_all_reduce_time(ranks, 1e9, RATE, 0)
    assert 1 < ratio < 1.12


def test_two_and_three_ranks_send_less() -> None:
    assert tree_all_reduce(1e9, 2, RATE, 0, chunks=10).time == pytest.approx(1e9 / RATE)
    assert tree_all_reduce(1e9, 3, RATE, 0, chunks=200).time == pytest.approx(1.5e9 / RATE, rel=0.01)


@pytest.mark.parametrize("ranks", [2, 4, 8, 16, 64])
def test_a_small_message_takes_two_latencies_a_level(ranks: int) -> None:
    run = tree_all_reduce(1e-9, ranks, RATE, ALPHA)
    levels = ranks.bit_length() - 1
    # The tree over 2^k ranks with root 0 has k levels: root, its one child, and k-1 below.
    assert run.time == pytest.approx(2 * levels * ALPHA)


def test_more_chunks_fill_the_tree_better() -> None:
    times = [tree_all_reduce(1e9, 16, RATE, 0, chunks=chunks).time for chunks in (1, 4, 16, 64)]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("run", [ring_all_reduce, tree_all_reduce])
def test_jitter_is_seeded_and_only_adds(run: type[object]) -> None:
    def time(**more: float) -> float:
        return float(run(1e6, 8, RATE, ALPHA, chunks=2, **more).time)  # type: ignore[call-arg, attr-defined]

    assert time(jitter=0.5, seed=3) == time(jitter=0.5, seed=3)
    assert time(jitter=0.5, seed=3) != time(jitter=0.5, seed=4)
    assert time(jitter=0.5, seed=3) > time(jitter=0.0, seed=3) == time()


@pytest.mark.parametrize("run", [ring_all_reduce, tree_all_reduce])
def test_one_rank_is_free(run: type[object]) -> None:
    assert run(1e9, 1, RATE, ALPHA).time == 0  # type: ignore[call-arg, attr-defined]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": -1.0}, "size"),
        ({"ranks": 0}, "ranks"),
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"bandwidth": [1e9, float("nan")]}, "bandwidth"),
        ({"bandwidth": [1e9]}, "bandwidth"),
        ({"latency": float("inf")}, "latency"),
        ({"chunks": 0}, "chunks"),
        ({"jitter": -0.1}, "jitter"),
    ],
)
def test_bad_input_is_refused_by_name(change: dict[str, object], field: str) -> None:
    arguments: dict[str, object] = {"size": 1e6, "ranks": 2, "bandwidth": 1e9, "latency": 0.0} | change
    for run in (ring_all_reduce, tree_all_reduce):
        with pytest.raises(InputError) as caught:
            run(**arguments)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_a_buffer_goes_in_one_piece_unless_it_is_cut() -> None:
    for run in (ring_all_reduce, tree_all_reduce):
        assert run(1e9, 8, RATE, ALPHA).time == run(1e9, 8, RATE, ALPHA, chunks=1).time
    # In one piece each of a ring's 14 steps waits for its hop; the second of two pieces is sent meanwhile.
    assert ring_all_reduce(1e9, 8, RATE, ALPHA).time == pytest.approx(14 * (1e9 / 8 / RATE + ALPHA))
    assert ring_all_reduce(1e9, 8, RATE, ALPHA, chunks=2).time == pytest.approx(14 * 1e9 / 8 / RATE + ALPHA)
    assert tree_all_reduce(1e9, 8, RATE, 0).time > tree_all_reduce(1e9, 8, RATE, 0, chunks=2).time
