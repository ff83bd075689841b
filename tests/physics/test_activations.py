"""Activations under parallelism against Korthikanti's table, lists of tensors, and schedules played through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.activations import (
    activation_layer_bytes_parallel,
    activation_token_bytes,
    activation_token_bytes_alternate,
    activation_token_bytes_fused,
    activation_token_bytes_light,
    held_layers,
    held_layers_interleaved,
    loss_bytes,
)
from ironlaw.physics.memory import activation_layer_bytes, activation_layer_bytes_selective

quick = settings(deadline=None)


# Korthikanti et al. 2022, table 2, GPT-3 175B at one sequence of 2,048 and t = 8, written out term by term.
@pytest.mark.parametrize(
    ("shards", "scores", "units"),
    [
        (1, 5.0, 10 + 24 / 8 + 5 * 96 * 2048 / (12288 * 8)),
        (8, 5.0, (34 + 5 * 96 * 2048 / 12288) / 8),
        (1, 0.0, 10 + 24 / 8),
        (8, 0.0, 34 / 8),
    ],
)
def test_table_2(shards: int, scores: float, units: float) -> None:
    layer = activation_layer_bytes_parallel(2048, 1, 12288, 96, 8, shards, scores)
    assert layer == pytest.approx(units * 2048 * 12288)


@quick
@given(st.integers(1, 8192), st.integers(1, 8), st.integers(64, 20480), st.integers(1, 128))
def test_one_gpu_is_equation_1(sequence: int, batch: int, hidden: int, heads: int) -> None:
    alone = activation_layer_bytes_parallel(sequence, batch, hidden, heads, 1, 1)
    assert alone == pytest.approx(activation_layer_bytes(sequence, batch, hidden, heads))
    fused = activation_layer_bytes_parallel(sequence, batch, hidden, heads, 1, 1, 0.0)
    assert fused == pytest.approx(activation_layer_bytes_selective(sequence, batch, hidden))


def test_any_shape_by_listing_tensors() -> None:
    """A Llama-3-8B layer in 16 bit: what autograd keeps, tensor by tensor."""
    hidden, keys, wide = 4096, 1024, 14336
    kept = [hidden, hidden, hidden, keys, keys, hidden, hidden, hidden, wide, wide, wide, wide]
    assert activation_token_bytes(hidden, 32, 8, 128, wide, 3, 1, 1) == 2 * sum(kept)
    # One kernel for activation and gate does not keep what it makes in between.
    assert activation_token_bytes_fused(hidden, 32, 8, 128, wide, 3, 1, 1) == 2 * sum(kept[:-1])
    # Results of norms and of the gate made again: one input a norm, q, k, v, the attention's result, gate and up.
    light = [hidden, hidden, hidden, keys, keys, hidden, wide, wide]
    assert activation_token_bytes_light(hidden, 32, 8, 128, wide, 3, 1, 1) == 2 * sum(light)
    # Every second product: queries, values, gate; besides the input and the attention's result.
    alternate = [hidden, hidden, hidden, keys, wide]
    assert activation_token_bytes_alternate(hidden, 32, 8, 128, wide, 1, 1, 1) == 2 * sum(alternate)


@quick
@given(st.integers(64, 20480), st.integers(1, 128))
def test_a_gpt_shape_has_32_of_korthikantis_34(head_size: int, heads: int) -> None:
    """The other two are dropout masks."""
    hidden = head_size * heads
    for counted in (activation_token_bytes, activation_token_bytes_fused):  # without a gate the same
        assert counted(hidden, heads, heads, head_size, 4 * hidden, 2, 1, 1) == 32 * hidden


@quick
@given(st.integers(1, 64), st.booleans())
def test_parallelism_only_saves(tensor: int, sequence_parallel: bool) -> None:
    shards = tensor if sequence_parallel else 1
    shape = (4096, 32, 8, 128, 14336, 3)
    one, many = activation_token_bytes(*shape, 1, 1), activation_token_bytes(*shape, tensor, shards)
    assert one / tensor <= many * (1 + 1e-12)
    assert many <= one
    if sequence_parallel:
        assert many == pytest.approx(one / tensor)


def most_held(order: list[int]) -> int:
    """The largest number of forward passes (+1) that wait for their backward pass (-1)."""
    held = most = 0
    for step in order:
        held += step
        most = max(most, held)
    assert held == 0
    return most


def one_forward_one_backward(warm_up: int, total: int) -> list[int]:
    """A stage's order: forward passes to fill the pipeline, then one of each, then the rest of the backward passes."""
    warm_up = min(warm_up, total)
    return [1] * warm_up + [1, -1] * (total - warm_up) + [-1] * warm_up


@pytest.mark.parametrize("micro_batches", [1, 3, 4, 9])
@pytest.mark.parametrize("stage", range(4))
def test_1f1b_played_through(stage: int, micro_batches: int) -> None:
    behind = 3 - stage
    most = most_held(one_forward_one_backward(behind, micro_batches))
    assert held_layers(32, 4, micro_batches, behind) == 8 * most


@pytest.mark.parametrize("chunks", [2, 3])
@pytest.mark.parametrize("micro_batches", [4, 8, 16])
@pytest.mark.parametrize("stage", range(4))
def test_interleaving_played_through(stage: int, micro_batches: int, chunks: int) -> None:
    behind = 3 - stage
    most = most_held(one_forward_one_backward(2 * behind + (chunks - 1) * 4, micro_batches * chunks))
    assert held_layers_interleaved(24, 4, micro_batches, behind, chunks) == pytest.approx(24 / (4 * chunks) * most)


@quick
@given(st.integers(1, 64), st.integers(2, 12))
def test_first_stage_holds_the_papers_factor(stages: int, chunks: int) -> None:
    """L layers with 1F1B, L·(1 + (p - 1)/(p·v)) interleaved, given micro-batches enough."""
    assert held_layers(96, stages, 10_000, stages - 1) == pytest.approx(96)
    factor = 1 + (stages - 1) / (stages * chunks)
    assert held_layers_interleaved(96, stages, 10_000, stages - 1, chunks) == pytest.approx(96 * factor)


def test_logits_of_a_large_vocabulary() -> None:
    """Two sequences of 8,192 over 128,256 entries: 29 GB, as much as the activations of an 8B model."""
    assert loss_bytes(16384, 128256) == 14 * 16384 * 128256
    assert loss_bytes(16384, 128256, 8) == loss_bytes(16384, 128256) / 8
