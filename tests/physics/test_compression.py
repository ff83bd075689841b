"""Quantisation noise against a quantiser, sparse formats against real arrays, payback against a count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

from ironlaw.physics.compression import (
    bitmap_bits_per_weight,
    compression_payback,
    compression_speedup,
    csr_bytes,
    distillation_flops,
    grouped_bits_per_weight,
    quantisation_noise,
    quantisation_sqnr,
    quantisation_step,
    sparse_bits_per_weight,
    sparse_break_even_density,
)
from ironlaw.physics.transformer import training_flops

quick = settings(deadline=None)


@pytest.mark.parametrize("bits", [6, 8, 10])
@pytest.mark.parametrize("signal", ["uniform", "sine"])
def test_sqnr_of_a_real_quantiser(bits: int, signal: str) -> None:
    random = np.random.default_rng(7)
    values = random.uniform(-1, 1, 400_000) if signal == "uniform" else np.sin(random.uniform(0, 2 * np.pi, 400_000))
    step = quantisation_step(1.0, bits)
    rounded = (np.floor(values / step) + 0.5) * step
    error = float(np.mean((values - rounded) ** 2))
    assert error == pytest.approx(
        quantisation_noise(step), rel=0.03 if signal == "uniform" else 0.08
    )  # a sine dwells at its edges
    crest = 1 / float(np.sqrt(np.mean(values**2)))
    assert quantisation_sqnr(bits, crest) == pytest.approx(
        10 * np.log10(np.mean(values**2) / error), abs=0.15 if signal == "uniform" else 0.35
    )


def test_six_decibels_a_bit() -> None:
    assert quantisation_sqnr(9, 2) - quantisation_sqnr(8, 2) == pytest.approx(6.0206, abs=1e-4)
    assert quantisation_sqnr(16, 2**0.5) == pytest.approx(98.09, abs=0.01)  # the textbook's 6.02·16 + 1.76
    assert quantisation_sqnr(8, 3**0.5) == pytest.approx(8 * 6.0206, abs=1e-3)


def test_two_of_four_at_int4_is_three_bits_and_no_half() -> None:
    assert sparse_bits_per_weight(0.5, 4, 2) == 3
    assert sparse_bits_per_weight(0.5, 16, 2) / 16 == pytest.approx(0.5625)
    assert sparse_bits_per_weight(0.5, 8, 2) / 8 == pytest.approx(0.625)


def test_bits_of_published_formats() -> None:
    assert grouped_bits_per_weight(4, 64, 32) == 4.5  # QLoRA, without double quantisation
    assert grouped_bits_per_weight(4, 64, 8 + 32 / 256) == pytest.approx(4.127, abs=1e-3)  # and with it
    assert grouped_bits_per_weight(4, 32, 16) == 4.5  # GGUF Q4_0
    assert grouped_bits_per_weight(8, 32, 16) == 8.5  # GGUF Q8_0
    assert grouped_bits_per_weight(4, 128, 20) == pytest.approx(4.156, abs=1e-3)  # AWQ, GPTQ: INT4-g128


@quick
@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.0, 1.0))
def test_csr_takes_what_a_real_matrix_takes(rows: int, columns: int, density: float) -> None:
    matrix = random_array((rows, columns), density=density, format="csr", dtype=np.float32, rng=3)
    taken = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    item = matrix.indices.itemsize
    assert csr_bytes(matrix.nnz, rows, 4, item, matrix.indptr.itemsize) == taken


@quick
@given(st.floats(1, 32), st.floats(0, 32))
def test_break_even_is_where_both_take_the_same(bits: float, index: float) -> None:
    density = sparse_break_even_density(bits, index)
    assert sparse_bits_per_weight(density, bits, index) == pytest.approx(bits)
    assert sparse_bits_per_weight(density * 0.9, bits, index) < bits
    # A bitmap beats indices from the density of one bit over the index's bits up.
    if index >= 1:
        assert bitmap_bits_per_weight(1 / index, bits) == pytest.approx(sparse_bits_per_weight(1 / index, bits, index))


@quick
@given(st.floats(0, 0.99), st.floats(0.1, 10))
def test_speedup_is_bounded_by_what_was_not_compressed(share: float, gain: float) -> None:
    speedup = compression_speedup(share, gain)
    assert min(1, gain) * (1 - 1e-12) <= speedup <= min(1 / (1 - share), max(1, gain)) * (1 + 1e-12)
    assert compression_speedup(share, 1.0) == pytest.approx(1)  # no hardware support: zeros are multiplied too


def test_distillation_costs_a_teacher_pass() -> None:
    student, teacher, tokens = 66e6, 110e6, 3e9
    cost = distillation_flops(student, teacher, tokens)
    assert cost == training_flops(student, tokens) + training_flops(teacher, tokens) / 3
    served = compression_payback(cost, teacher - student)
    assert 2 * served * teacher == pytest.approx(cost + 2 * served * student)


@pytest.mark.parametrize(("share", "gain"), [(0.5, 2.0), (0.9, 4.0), (0.25, 1.5), (1.0, 3.0)])
def test_only_what_was_compressed_gets_faster(share: float, gain: float) -> None:
    before = 1_000.0
    after = before * (1 - share) + before * share / gain  # what stays, and what runs faster
    assert compression_speedup(share, gain) == pytest.approx(before / after)
