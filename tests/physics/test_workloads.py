"""Transformers and experts: counts against published totals and lists of matrices, attention against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.attention import (
    attention_score_flops,
    attention_weights,
    causal_context,
    context_imbalance,
    kv_bytes,
    kv_cache_bytes,
    latent_attention_weights,
    latent_kv_bytes,
    latent_query_weights,
)
from ironlaw.physics.moe import (
    expert_all_to_all_bytes,
    expert_block_weights,
    expert_stack_weights,
    experts_touched,
)
from ironlaw.physics.transformer import (
    dense_parameters,
    feed_forward_weights,
    layer_stack_weights,
    matmul_flops,
    training_flops,
    transformer_parameters,
)

quick = settings(deadline=None)
sizes = st.integers(1, 300)


# Totals that the publishers' own checkpoints hold: layers, hidden, heads, kv_heads, head size, feed-forward, matrices,
# vocabulary, embeddings, vectors, positions, vectors of the last norm.
PUBLISHED = {
    "Llama-2-7B": ((32, 4096, 32, 32, 128, 11008, 3), 32000, 2, 2, 0, 1, 6_738_415_616),
    "Llama-2-70B": ((80, 8192, 64, 8, 128, 28672, 3), 32000, 2, 2, 0, 1, 68_976_648_192),
    "Llama-3-8B": ((32, 4096, 32, 8, 128, 14336, 3), 128256, 2, 2, 0, 1, 8_030_261_248),
    "Llama-3.2-1B": ((16, 2048, 32, 8, 64, 8192, 3), 128256, 1, 2, 0, 1, 1_235_814_400),
    "Mistral-7B": ((32, 4096, 32, 8, 128, 14336, 3), 32000, 2, 2, 0, 1, 7_241_732_096),
    "Gemma-7B": ((28, 3072, 16, 16, 256, 24576, 3), 256000, 1, 2, 0, 1, 8_537_680_896),
    "GPT-2": ((12, 768, 12, 12, 64, 3072, 2), 50257, 1, 13, 1024, 2, 124_439_808),
    "GPT-2 XL": ((48, 1600, 25, 25, 64, 6400, 2), 50257, 1, 13, 1024, 2, 1_557_611_200),
    "Pythia-1B": ((16, 2048, 8, 8, 256, 8192, 2), 50304, 2, 13, 0, 2, 1_011_781_632),
    "MPT-70B (benchmark)": ((80, 8192, 64, 64, 128, 32768, 2), 50368, 1, 13, 2048, 2, 64_862_437_376),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_exact(name: str) -> None:
    shape, vocabulary, embeddings, vectors, positions, final, total = PUBLISHED[name]
    stack = layer_stack_weights(*shape)
    layers, hidden = shape[:2]
    assert transformer_parameters(stack, layers, hidden, vocabulary, embeddings, vectors, positions, final) == total


@quick
@given(sizes, sizes, sizes, sizes)
def test_the_gpt_count_is_a_special_case(layers: int, hidden: int, vocabulary: int, positions: int) -> None:
    stack = layer_stack_weights(layers, hidden, 1, 1, hidden, 4 * hidden, 2)
    ours = transformer_parameters(stack, layers, hidden, vocabulary, 1, 13, positions, 0)
    assert ours == dense_parameters(layers, hidden, vocabulary, positions)


@quick
@given(sizes, sizes, sizes, sizes, sizes, sizes, st.sampled_from([2, 3]))
def test_the_stack_is_its_blocks(
    layers: int, hidden: int, heads: int, kv_heads: int, head_size: int, feed_forward: int, matrices: int
) -> None:
    blocks = attention_weights(hidden, heads, kv_heads, head_size)
    blocks += feed_forward_weights(hidden, feed_forward, matrices)
    shape = (hidden, heads, kv_heads, head_size, feed_forward, matrices)
    assert layer_stack_weights(layers, *shape) == layers * blocks
    wanted = expert_stack_weights(layers, blocks, layers, 0, 0)
    assert wanted == layers * blocks


def test_forward_flops_count_each_product_twice() -> None:
    """By hand: the products of one token in a small model, as (rows, columns)."""
    products = [(8, 12), (8, 4), (8, 4), (12, 8), (8, 20), (8, 20), (20, 8)]  # q, k, v, output, gate, up, down
    macs = 3 * sum(a * b for a, b in products) + 8 * 50  # three layers and the logits
    stack = layer_stack_weights(3, 8, 3, 1, 4, 20, 3)
    assert matmul_flops(stack, 50, 8) == 2 * macs
    assert matmul_flops(stack, 50, 8, 6.0) == training_flops(stack + 400, 1)


@pytest.mark.parametrize("window", [1, 2, 7, 40, 41, 1000])
@pytest.mark.parametrize("sequence", [1, 2, 40, 333])
def test_causal_context_by_counting(sequence: int, window: int) -> None:
    counted = sum(min(i, window) for i in range(1, sequence + 1)) / sequence
    assert causal_context(sequence, window) == pytest.approx(counted)


def test_score_flops_by_counting() -> None:
    """Every multiply-add of a causal attention of 6 positions, 3 heads of 4, 2 layers."""
    macs = 0
    for _layer in range(2):
        for _head in range(3):
            for query in range(6):
                for _key in range(query + 1):
                    macs += 4  # one dot product
                    macs += 4  # one weighted value
    a_token = attention_score_flops(2, 3, 4, 4, causal_context(6, 6))
    assert 6 * a_token == pytest.approx(2 * macs)
    # Without the causal saving it is PaLM's 12·L·h·s a token, forward and backward.
    assert attention_score_flops(2, 3, 4, 4, 6, 6.0) == 12 * 2 * 12 * 6


def test_latent_attention_is_deepseek_v3s() -> None:
    matrices = [(7168, 1536), (1536, 128 * 192), (7168, 512 + 64), (512, 128 * (128 + 128)), (128 * 128, 7168)]
    query = latent_query_weights(7168, 128, 1536, 128, 64)
    block = latent_attention_weights(7168, 128, query, 512, 128, 64, 128)
    assert block == sum(a * b for a, b in matrices)
    dense = feed_forward_weights(7168, 18432, 3)
    stored, active = (expert_block_weights(7168, 2048, 3, 256, counted, 1) for counted in (256, 8))
    for experts, printed in ((stored, 671e9), (active, 37e9)):
        total = transformer_parameters(expert_stack_weights(61, block, 3, dense, experts), 61, 7168, 129280, 2)
        assert total == pytest.approx(printed, rel=0.016)
    assert latent_kv_bytes(61, 512, 64, 2) == 70_272  # DeepSeek-AI 2025, table 1


@pytest.mark.parametrize(
    ("layers", "kv_heads", "bytes_a_token"), [(40, 40, 819_200), (80, 8, 327_680), (126, 8, 516_096), (32, 8, 131_072)]
)
def test_cache_of_published_models(layers: int, kv_heads: int, bytes_a_token: int) -> None:
    assert kv_bytes(layers, kv_heads, 128, 2) == bytes_a_token


def test_llama_2_70b_at_128k_regression() -> None:
    """42.9 GB with 8 key-value heads, 344 GB with 64: 11 requests fit beside the weights on eight 80 GB."""
    grouped, full = (kv_cache_bytes(kv_bytes(80, heads, 128, 2), 131_072, 131_072) for heads in (8, 64))
    assert grouped == pytest.approx(42.9e9, rel=2e-3)
    assert full == pytest.approx(344e9, rel=2e-3)
    assert math.floor((640e9 - 140e9) / grouped) == 11


def test_a_window_caps_what_its_layers_keep() -> None:
    assert kv_cache_bytes(10, 1_000, 4_096, 0.5) == 10_000
    assert kv_cache_bytes(10, 100_000, 4_096, 0.0) == 40_960
    assert kv_cache_bytes(10, 100_000, 4_096, 0.5) == 5 * 100_000 + 5 * 4_096


@quick
@given(st.integers(1, 64), st.integers(1, 64), st.integers(64, 128))
def test_grouping_saves_memory_in_proportion(layers: int, kv_heads: int, heads: int) -> None:
    assert kv_bytes(layers, kv_heads, 128, 2) / kv_bytes(layers, heads, 128, 2) == pytest.approx(kv_heads / heads)


def test_experts_touched_by_drawing() -> None:
    """Seeded draws of 3 of 16 experts by 10 tokens; the closed form is exact for independent tokens."""
    draw, seen = np.random.default_rng(7), []
    for _ in range(4_000):
        touched = {expert for _token in range(10) for expert in draw.choice(16, 3, replace=False)}
        seen.append(len(touched) / 16)
    spread = float(np.std(seen)) / math.sqrt(len(seen))
    assert experts_touched(1 - 3 / 16, 10) == pytest.approx(float(np.mean(seen)), abs=4 * spread)


@quick
@given(st.floats(0, 1), st.floats(1, 1e4))
def test_experts_touched_is_a_share_and_grows(unused: float, tokens: float) -> None:
    share = experts_touched(unused, tokens)
    assert 1 - unused <= share * (1 + 1e-9) + 1e-12
    assert share <= experts_touched(unused, tokens + 1) + 1e-12
    assert experts_touched(unused, 1) == pytest.approx(1 - unused)


def test_all_to_all_by_counting() -> None:
    """Eight GPUs, an even routing: of the 4 copies of a token's 10 values an eighth stays."""
    assert expert_all_to_all_bytes(100, 4, 10, 2, 8) == pytest.approx(100 * 4 * 10 * 2 * 7 / 8)
    assert expert_all_to_all_bytes(100, 4, 10, 2, 1) == 0


def test_all_experts_active_is_a_dense_block() -> None:
    dense = feed_forward_weights(64, 8 * 100, 3)
    assert expert_block_weights(64, 100, 3, 8, 8) - 64 * 8 == dense


@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
def test_the_last_rank_of_an_uneven_causal_mask_waits_for_nobody(ranks: int) -> None:
    """Count the visible pairs of a mask that is cut into whole stretches, rank by rank."""
    stretch = 64
    length = ranks * stretch
    pairs = [sum(range(rank * stretch + 1, (rank + 1) * stretch + 1)) for rank in range(ranks)]
    assert sum(pairs) == length * (length + 1) // 2
    assert max(pairs) == pairs[-1]
    assert context_imbalance(ranks) == pytest.approx(pairs[-1] * ranks / sum(pairs), rel=1 / stretch)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(1, 40))
def test_a_cache_holds_what_its_layers_can_look_back_on(sequence: int, window: int, layers: int) -> None:
    """Positions kept, layer by layer; a model of which nothing more is said has no window anywhere."""
    assert kv_cache_bytes(3.0 * layers, sequence, window) == sum(3 * sequence for _ in range(layers))
    rolling = layers // 2  # layers with a window
    kept = sum(min(sequence, window) if layer < rolling else sequence for layer in range(layers))
    assert kv_cache_bytes(3.0 * layers, sequence, window, 1 - rolling / layers) == pytest.approx(3 * kept)


def test_a_model_of_rotary_positions_and_rms_norms_needs_no_more_words() -> None:
    """Llama-3-8B as its checkpoint lists it: two norms a layer and one at the end, embedding and output apart."""
    layer = 4096 * (2 * 4096 + 2 * 1024) + 3 * 4096 * 14_336
    listed = 32 * (layer + 4096 + 4096) + 4096 + 2 * 128_256 * 4096
    assert transformer_parameters(32 * layer, 32, 4096, 128_256, 2) == listed == 8_030_261_248
