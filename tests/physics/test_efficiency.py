"""Efficiency of matrix products over size: worked examples, limits, and agreement of the two ways to write the curve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.physics.efficiency import (
    matmul_efficiency,
    matmul_half_size,
    matmul_time,
    tile_share,
    training_attention_time,
    training_products_time,
    wave_share,
)

sizes = st.floats(1, 1e6)


def test_nvidias_examples_of_waves() -> None:
    """One tile more than the A100 has multiprocessors takes a second wave."""
    assert wave_share(108, 108) == 1
    assert wave_share(109, 108) == pytest.approx(109 / 216)
    assert wave_share(1080, 108) == 1


def test_a_tile_over_the_edge_counts_whole() -> None:
    assert tile_share(256, 256) == 1
    assert tile_share(257, 256) == pytest.approx(257 / 384)
    assert tile_share(128, 257) == pytest.approx(257 / 512)


@given(st.integers(1, 5000), st.integers(1, 200))
def test_waves_by_counting(tiles: int, multiprocessors: int) -> None:
    waves = len(range(0, tiles, multiprocessors))
    assert wave_share(tiles, multiprocessors) == pytest.approx(tiles / (waves * multiprocessors))


@given(sizes, sizes, sizes)
def test_time_and_efficiency_say_the_same(rows: float, columns: float, depth: float) -> None:
    rate, operand_rate = 2.7e14, 9e11
    half = matmul_half_size(rate, operand_rate)
    slowed = 2 * rows * columns * depth / rate / matmul_efficiency(rows, columns, depth, half)
    assert matmul_time(rows, columns, depth, rate, operand_rate) == pytest.approx(slowed)


@given(sizes, sizes, sizes)
def test_the_three_products_of_a_layer_take_equally_long(tokens: float, into: float, out: float) -> None:
    forward = matmul_time(tokens, out, into, 1e14, 1e12)
    assert matmul_time(tokens, into, out, 1e14, 1e12) == pytest.approx(forward)  # input gradients
    assert matmul_time(into, out, tokens, 1e14, 1e12) == pytest.approx(forward)  # weight gradients


def test_limits() -> None:
    half = matmul_half_size(2.7e14, 9e11)
    assert matmul_efficiency(half, 1e30, 1e30, half) == pytest.approx(0.5)
    assert matmul_efficiency(1e30, 1e30, 1e30, half) == pytest.approx(1)
    assert matmul_efficiency(4096, 4096, 4096, 0) == 1
    assert matmul_time(1e3, 1e3, 1e3, 1e14, 1e30) == pytest.approx(2e9 / 1e14)


@given(sizes, sizes, sizes)
def test_larger_is_more_efficient(rows: float, columns: float, depth: float) -> None:
    small = matmul_efficiency(rows, columns, depth, 300)
    assert small <= matmul_efficiency(2 * rows, columns, depth, 300) <= 1
    assert small <= matmul_efficiency(rows, columns, 2 * depth, 300)


def test_products_of_a_step_are_its_products_one_by_one() -> None:
    """Layers' products in 8 bit and the logits' in 16: FLOP over rate, and operands over theirs, product by product."""
    layers = [(4_096, 6_144, 4_096), (4_096, 4_096, 4_096), (4_096, 28_672, 4_096), (4_096, 4_096, 14_336)] * 32 * 3
    logits = [(4_096, 128_256, 4_096)] * 3
    operands = seconds = 0.0
    for products, rate, width in ((layers, 1.2e15, 1), (logits, 6e14, 2)):
        for m, n, k in products:
            moved = width * (m * n + m * k + k * n)
            seconds += 2 * m * n * k / rate + moved / 9e11
            operands += moved
    flops, head = (sum(2 * m * n * k for m, n, k in products) for products in (layers, logits))
    assert training_products_time(flops, 1.2e15, head, 6e14, operands, 9e11) == pytest.approx(seconds)


def test_attention_of_a_step_makes_the_scores_again() -> None:
    """Flash attention: two products a pair of positions forward, five backward; kept scores cost their bytes."""
    pair, pairs = 2 * 128, 32 * 2_048**2 / 2  # FLOP of a product, pairs that a causal mask leaves
    time = training_attention_time(2 * pair * pairs, 6e14, 5 * pair * pairs, 5e14, 0.0, 9e11)
    assert time == pytest.approx(2 * pair * pairs / 6e14 + 5 * pair * pairs / 5e14)
    kept = training_attention_time(2 * pair * pairs, 6e14, 4 * pair * pairs, 5e14, 2 * 4 * pairs, 9e11)
    assert kept - time == pytest.approx(8 * pairs / 9e11 - pair * pairs / 5e14)
