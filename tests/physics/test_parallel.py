"""Bytes between GPUs against the papers' own counts."""

from __future__ import annotations

import pytest

from ironlaw.physics.collectives import ring_all_reduce_time, ring_all_reduce_volume
from ironlaw.physics.parallel import (
    context_parallel_volume,
    exposed_transfer_time,
    replica_volume,
    tensor_parallel_volume,
)


def test_a_layer_all_reduces_twice_forward_and_twice_backward() -> None:
    once = ring_all_reduce_volume(8, 4 * 2048 * 6144 * 2)
    assert tensor_parallel_volume(4, 8, 4 * 2048, 6144) == pytest.approx(4 * once)


@pytest.mark.parametrize(("gathers", "times"), [(1, 2), (2, 3)])
def test_zero_sends_two_or_three_times_the_weights(gathers: int, times: int) -> None:
    """Rajbhandari et al. 2020, section 7: ZeRO 1 and 2 send 2Ψ, ZeRO 3 sends 3Ψ (values of 16 bits, many ranks)."""
    assert replica_volume(1e9, gathers, 2, 2, 1_000_000) == pytest.approx(times * 2e9, rel=1e-5)


def test_an_all_reduce_is_the_rings() -> None:
    assert replica_volume(1e9, 1, 2, 2, 16) == pytest.approx(ring_all_reduce_volume(16, 2e9))


def test_alone_nobody_sends() -> None:
    assert tensor_parallel_volume(4, 1, 4096, 4096) == 0
    assert context_parallel_volume(1, 4096, 1024) == 0
    assert replica_volume(1e9, 2, 2, 4, 1) == 0


def test_every_key_visits_every_gpu() -> None:
    """Eight GPUs with 1,024 tokens each: 7,168 foreign tokens of keys and values reach a GPU."""
    assert context_parallel_volume(8, 1024, 1024) == 2 * 7168 * 1024 * 2


def test_what_a_step_waits_for_is_the_ring_less_what_hides() -> None:
    size, rate, latency = 1e9, 2e11, 3e-6
    ring = ring_all_reduce_time(8, size, rate, latency)
    sent, hops = ring_all_reduce_volume(8, size), 2 * 7
    assert exposed_transfer_time(sent, rate, hops, latency, 0.0) == pytest.approx(ring)
    assert exposed_transfer_time(sent, rate, hops, latency, 0.75 * ring) == pytest.approx(ring / 4)
    assert exposed_transfer_time(sent, rate, hops, latency, ring) == pytest.approx(0, abs=1e-15)
