"""Bits of quantised weights against the formats' own descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.quantised import mixed_bits, quantised_bits, weight_bytes


# Bytes of a block as the C structs lay it out, and its weights.
@pytest.mark.parametrize(
    ("layout", "block_bytes", "weights"),
    [
        ((4, 16, 32), 2 + 16, 32),  # Q4_0: scale, nibbles
        ((5, 16, 32), 2 + 4 + 16, 32),  # Q5_0: scale, high bits, nibbles
        ((8, 16, 32), 2 + 32, 32),  # Q8_0
        ((2, 8, 16, 32, 256), 16 + 64 + 4, 256),  # Q2_K: scales and minima, quants, two FP16
        ((3, 6, 16, 16, 256), 32 + 64 + 12 + 2, 256),  # Q3_K
        ((4, 12, 32, 32, 256), 4 + 12 + 128, 256),  # Q4_K
        ((5, 12, 32, 32, 256), 4 + 12 + 32 + 128, 256),  # Q5_K
        ((6, 8, 16, 16, 256), 128 + 64 + 16 + 2, 256),  # Q6_K
    ],
)
def test_bits_are_the_blocks_bytes(layout: tuple[float, ...], block_bytes: int, weights: int) -> None:
    assert quantised_bits(*layout) == 8 * block_bytes / weights


def test_nf4_of_the_qlora_paper() -> None:
    """Double quantisation: 0.5 bits of scales become 0.127, a saving of 0.373 bits a parameter."""
    single, double = quantised_bits(4, 32, 64), quantised_bits(4, 8, 64, 32, 64 * 256)
    assert double == pytest.approx(4.127, abs=5e-4)
    assert single - double == pytest.approx(0.373, abs=5e-4)


@settings(deadline=None)
@given(st.floats(1, 16), st.floats(0, 64), st.floats(1, 1024), st.floats(0, 64), st.floats(1, 65536))
def test_scales_only_add(bits: float, scale: float, group: float, block_bits: float, block: float) -> None:
    whole = quantised_bits(bits, scale, group, block_bits, block)
    assert whole >= bits
    assert quantised_bits(bits, scale, 2 * group, block_bits, 2 * block) <= whole
    assert bits <= mixed_bits(3, bits, 5, whole) * (1 + 1e-12)
    assert mixed_bits(3, bits, 5, whole) <= whole * (1 + 1e-12)


def test_known_sizes() -> None:
    assert weight_bytes(70e9, 16) == 140e9  # does not fit one H100 of 80 GB
    assert weight_bytes(25_557_032, 16) == pytest.approx(51e6, rel=0.005)  # ResNet-50 in FP16
    assert weight_bytes(8_030_261_248, 16) / 2**30 == pytest.approx(14.96, abs=0.005)
    # 2:4 sparsity at INT4: half of the values, four bits each, and two bits of index: 3 bits a weight.
    assert mixed_bits(1, 4 + 2, 1, 0) == 3
