"""Model sizes and arithmetic against published tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.transformer import (
    attention_flops,
    dense_parameters,
    gpt_hidden,
    gpt_layers,
    recompute_flops,
    training_flops,
)

# Brown et al. 2020, tables 2.1 and D.1: layers, hidden size, parameters. The 13B row's 5140 is a misprint for 5120,
# as its 12,850 M parameters and its 40 heads of 128 show.
GPT3 = [
    (12, 768, 125e6),
    (24, 1024, 356e6),
    (24, 1536, 760e6),
    (24, 2048, 1_320e6),
    (32, 2560, 2_650e6),
    (32, 4096, 6_660e6),
    (40, 5120, 12_850e6),
    (96, 12288, 174_600e6),
]


@pytest.mark.parametrize(("layers", "hidden", "parameters"), GPT3)
def test_parameters_of_the_gpt3_family(layers: int, hidden: int, parameters: float) -> None:
    assert dense_parameters(layers, hidden, 50_257, 2_048) == pytest.approx(parameters, rel=0.004)


@pytest.mark.parametrize(("layers", "hidden", "parameters"), GPT3[5:])
def test_shape_rule_from_six_billion_up(layers: int, hidden: int, parameters: float) -> None:
    ours = gpt_layers(parameters)
    assert ours == pytest.approx(layers, rel=0.02)
    assert gpt_hidden(ours) == pytest.approx(hidden, rel=0.02)


@settings(deadline=None)
@given(st.floats(1e6, 1e14), st.floats(1, 1000))
def test_shape_rule_gives_the_parameters_back(parameters: float, aspect: float) -> None:
    layers = gpt_layers(parameters, aspect)
    hidden = gpt_hidden(layers, aspect)
    assert dense_parameters(layers, hidden, 0) - 13 * layers * hidden == pytest.approx(parameters, rel=1e-9)


def test_gpt3_took_3_14e23_flop() -> None:
    assert training_flops(174.6e9, 300e9) == pytest.approx(3.14e23, rel=0.002)  # Brown et al. 2020, table D.1


def test_full_recomputation_adds_a_third() -> None:
    assert recompute_flops(1e9, 1e6) / training_flops(1e9, 1e6) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("hidden", "share"), [(12_288, 0.027), (20_480, 0.016)])
def test_attention_has_the_share_that_korthikanti_prints(hidden: int, share: float) -> None:
    # Section 5 prints 2.7 % for GPT-3 and 1.6 % for MT-NLG at 2,048 tokens: s/(6·h) of the matrix products.
    layers, sequence = 100, 2_048
    matrices = training_flops(12 * layers * hidden**2, 1.0)
    scores = attention_flops(layers, hidden, sequence, 1.0)
    assert scores / (matrices + scores) == pytest.approx(share, abs=0.0005)
    assert scores / matrices == pytest.approx(sequence / (6 * hidden))
