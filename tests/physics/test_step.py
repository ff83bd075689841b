"""Step time and its ratios: published utilisations, and what no step can do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.collectives import hierarchical_all_reduce_time
from ironlaw.physics.overlap import contention_time, exposed_time, hidden_time
from ironlaw.physics.step import (
    communication_overhead,
    compute_time,
    device_flop_rate,
    device_training_rate,
    mfu,
    scaling_efficiency,
    speedup,
    step_time,
    throughput,
    training_step_sum,
)
from ironlaw.physics.transformer import attention_flops, training_flops

from .inputs import from_zero

quick = settings(deadline=None)
YEAR = 365.25 * 86_400


def test_palm_540b_utilisation() -> None:
    # Chowdhery et al. 2022, section 4.1: 238.3 k tokens/s on 6,144 TPU v4 of 275 TFLOP/s is 46.2 % MFU, 45.7 % without
    # attention. 118 layers, 48 heads of 256, sequence of 2,048.
    peak, rate = 6_144 * 275e12, 238.3e3
    matrices = training_flops(540e9, rate)
    scores = attention_flops(118, 48 * 256, 2_048, rate)
    assert mfu(matrices, 1.0, peak) == pytest.approx(0.457, abs=0.0005)
    assert mfu(matrices + scores, 1.0, peak) == pytest.approx(0.462, abs=0.0005)


def test_known_error_one_h100_needs_141_years_not_71() -> None:
    assert compute_time(2.2e24, 989e12, 0.5) / YEAR == pytest.approx(141, abs=0.5)
    assert compute_time(2.2e24, 1_979e12, 0.5) / YEAR == pytest.approx(70.5, abs=0.5)  # the sparse peak's half


def test_overhead() -> None:
    assert communication_overhead(2.0, 1.0) == 1.0
    assert communication_overhead(1.0, 1.0) == 0.0


@quick
@given(st.floats(1, 1e25), st.floats(1e6, 1e18), st.floats(1e-3, 1), *[from_zero(1e6)] * 3)
def test_mfu_is_at_most_the_busy_share(
    flops: float, peak: float, efficiency: float, exposed: float, contention: float, overhead: float
) -> None:
    compute = compute_time(flops, peak, efficiency)
    step = step_time(compute, exposed, contention, overhead)
    busy = compute / step
    assert mfu(flops, step, peak) <= busy * (1 + 1e-12) <= 1 + 2e-12
    assert mfu(flops, step, peak) <= efficiency * (1 + 1e-12)
    assert communication_overhead(step, compute) == pytest.approx(1 / busy - 1, rel=1e-6, abs=1e-9)


@quick
@given(
    nodes=st.integers(1, 512),
    gpus=st.integers(1, 8),
    ports=st.integers(1, 8),
    size=from_zero(1e12),
    compute=st.floats(1e-3, 1e3),
    overlap=from_zero(1),
    share=from_zero(0.9),
    overhead=from_zero(10),
)
def test_scaling_efficiency_never_exceeds_one(
    nodes: int, gpus: int, ports: int, size: float, compute: float, overlap: float, share: float, overhead: float
) -> None:
    def rate(count: int) -> float:
        time = hierarchical_all_reduce_time(count, gpus, size, 450e9, 1e-6, ports, 50e9, 1e-5)
        hidden = hidden_time(time, overlap, 2 / 3 * compute, share)
        step = step_time(compute, exposed_time(time, hidden), contention_time(hidden, share), overhead)
        return throughput(8_192.0 * gpus * count, step)

    gained = speedup(rate(nodes), rate(1))
    assert scaling_efficiency(gained, nodes) <= 1 + 1e-9
    assert scaling_efficiency(gained, nodes) > 0
    if nodes == 1:
        assert gained == 1


def test_every_part_of_a_step_counts_once() -> None:
    """Parts of 1, 2, 4, 8 … s: a sum in which each missing or doubled part would show."""
    assert step_time(1.0, 2.0, 4.0, 8.0) == 2**4 - 1
    assert training_step_sum(*(2.0**part for part in range(12))) == 2**12 - 1
    assert step_time(1.0) == 1
    assert training_step_sum(1.0, 2.0, 4.0) == 7


def test_rates_of_a_device_make_the_machine() -> None:
    """Palm 540B again: 238.3 k tokens/s on 6,144 chips are 38.8 each, and 127 TFLOP/s of 275 (46.2 % with scores)."""
    each = device_training_rate(238.3e3, 1.0, 6_144)
    assert each * 6_144 == pytest.approx(throughput(238.3e3, 1.0))
    assert each == pytest.approx(38.8, abs=0.05)
    flops = training_flops(540e9, 238.3e3) + attention_flops(118, 48 * 256, 2_048, 238.3e3)
    assert device_flop_rate(flops, 1.0, 6_144) / 275e12 == pytest.approx(0.462, abs=0.0005)
    assert device_flop_rate(2 * flops, 2.0, 6_144) == pytest.approx(device_flop_rate(flops, 1.0, 6_144))
