"""A forward step against counted tiles, the roofline and its limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.inference import (
    cache_read_time,
    fixed_time,
    forward_step_time,
    layer_message_bytes,
    product_time,
    prompt_attention_time,
    stream_bytes,
    stream_time,
    tile_rows,
    tile_waves,
    weight_read_time,
)

from .inputs import from_zero

quick = settings(deadline=None)


@quick
@given(st.integers(1, 5000), st.integers(1, 200))
def test_waves_are_those_of_a_simulated_gpu(tiles: int, multiprocessors: int) -> None:
    left, rounds = tiles, 0
    while left > 0:  # each multiprocessor takes one tile, until none is left
        left -= multiprocessors
        rounds += 1
    waves = tile_waves(tiles, multiprocessors)
    assert waves == (rounds if tiles >= multiprocessors else tiles / multiprocessors)
    assert waves * multiprocessors >= tiles * (1 - 1e-12)  # nobody computes more than all of them


@quick
@given(st.integers(1, 5000))
def test_rows_fill_whole_tiles_and_small_products_have_small_tiles(tokens: int) -> None:
    rows = tile_rows(tokens)
    assert rows == (tokens if tokens <= 128 else math.ceil(tokens / 128) * 128)
    assert tokens <= rows < tokens + 128


@quick
@given(st.floats(1, 1e5), st.floats(1e3, 1e12), st.floats(0.5, 16), st.floats(0.05, 1), st.floats(0.05, 1))
def test_a_product_is_never_above_the_roofline(
    tokens: float, weights: float, bits: float, efficiency: float, share: float
) -> None:
    peak, bandwidth, stored = 989.4e12, 3.35e12, weights * bits / 8
    reading = weight_read_time(stored, bandwidth, share, weights, 3.0, 33.5e12)
    time = product_time(tokens, weights, 1.0, peak, efficiency, reading)
    assert time >= 2 * tokens * weights / peak * (1 - 1e-12)
    assert time >= stored / bandwidth * (1 - 1e-12)
    ideal = product_time(tokens, weights, 1.0, peak, 1.0, weight_read_time(stored, bandwidth, 1.0, weights, 0.0, 1.0))
    intensity = 2 * tokens * weights / stored
    assert 2 * tokens * weights / ideal == pytest.approx(min(peak, bandwidth * intensity))


def test_one_token_is_bound_by_memory_and_a_thousand_by_arithmetic() -> None:
    def time(tokens: float) -> float:
        reading = weight_read_time(16e9, 3.35e12, 0.9, 8e9, 0.0, 33.5e12)
        return product_time(tokens, 8e9, 1.0, 989.4e12, 0.8, reading)

    assert time(1) == time(100) == pytest.approx(16e9 / (3.35e12 * 0.9))
    assert time(1024) == pytest.approx(2 * 1024 * 8e9 / (989.4e12 * 0.8))


def test_limits_of_the_parts() -> None:
    assert fixed_time(32, 12, 7000, 1.75e9) == pytest.approx(1.536e-3)
    assert fixed_time(32, 12, 7000, 0.875e9) == pytest.approx(2 * 1.536e-3)  # half the clock
    assert cache_read_time(8, 0.0, 1e5, 1e6, 1e15, 0.5, 3e12, 0.9) == 0  # an empty cache costs nothing
    one = cache_read_time(1, 1000, 131072.0, 0.0, 1e15, 0.5, 3.35e12, 0.9)
    assert cache_read_time(8, 1000, 131072.0, 0.0, 1e15, 0.5, 3.35e12, 0.9) == pytest.approx(8 * one)  # nothing shared
    assert one == pytest.approx(1000 * 131072 / (3.35e12 * 0.9))
    assert prompt_attention_time(2048, 1024.5, 4.0 * 32 * 4096, 989e12, 0.75) == pytest.approx(
        2048 * 1024.5 * 4 * 32 * 4096 / (989e12 * 0.75)
    )
    assert stream_time(3.35e12, 3.35e12, 1.0) == pytest.approx(1.0)
    assert layer_message_bytes(375, 16384) == 375 * 16384 * 2


@quick
@given(st.floats(1e6, 1e12), st.floats(0.25, 4), st.floats(0, 20), st.floats(1e11, 1e14))
def test_unpacking_hides_in_part_behind_memory(weights: float, size: float, operations: float, rate: float) -> None:
    memory, vectors = weights * size / (1e12 * 0.9), operations * weights / rate
    time = weight_read_time(weights * size, 1e12, 0.9, weights, operations, rate)
    assert max(memory, vectors) * (1 - 1e-12) <= time <= (memory + vectors) * (1 + 1e-12)
    assert time == pytest.approx(math.hypot(memory, vectors))
    assert weight_read_time(weights * size, 1e12, 0.9, weights, 0.0, rate) == pytest.approx(memory)


def test_small_kernels_shard_all_but_the_norms() -> None:
    alone, shared = stream_bytes(100, 80, 8192, 8192, 28672, 1), stream_bytes(100, 80, 8192, 8192, 28672, 8)
    assert 100 * 80 * 28 * 8192 < shared < alone
    assert alone - 100 * 80 * 28 * 8192 == pytest.approx(8 * (shared - 100 * 80 * 28 * 8192))


parts = from_zero(10)


@quick
@given(parts, parts, parts, parts, parts, parts)
def test_a_step_is_its_parts(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    assert forward_step_time(a, b, c, d, e, f) == pytest.approx(math.fsum((a, b, c, d, e, f)))


def test_small_kernels_move_their_own_widths() -> None:
    """Wider queries cost 18 bytes a value, a wider feed-forward 14, shared by the GPUs; hidden values 28 on each."""
    base = stream_bytes(100, 80, 4096, 2048, 14336, 4)
    assert stream_bytes(100, 80, 4096, 2048 + 512, 14336, 4) - base == pytest.approx(100 * 80 * 18 * 512 / 4)
    assert stream_bytes(100, 80, 4096, 2048, 14336 + 256, 4) - base == pytest.approx(100 * 80 * 14 * 256 / 4)
    assert stream_bytes(100, 80, 4096 + 128, 2048, 14336, 4) - base == pytest.approx(100 * 80 * 28 * 128)


def test_a_part_that_is_not_named_takes_no_time() -> None:
    assert forward_step_time(3.0) == 3.0
