"""Wires, windows, loss, prices and trucks: line arithmetic, a saw-tooth simulation, tiers by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.transfer import (
    appliance_time,
    bandwidth_delay_product,
    break_even_bytes,
    break_even_premium,
    coded_rate,
    effective_bandwidth,
    frame_efficiency,
    gravity_ratio,
    mathis_limit,
    mathis_limit_streams,
    propagation_delay,
    shipped_bandwidth,
    tiered_cost,
    transfer_cost,
    transfer_time,
    window_limit,
    window_limit_streams,
)

GB, TB, HOUR, DAY = 1e9, 1e12, 3600.0, 86_400.0
quick = settings(deadline=None, max_examples=60)


def test_line_codes_and_frames() -> None:
    assert coded_rate(1, 6e9 / 8, 8, 10) == pytest.approx(600e6)  # SATA: not 750
    assert coded_rate(16, 8e9 / 8, 128, 130) == pytest.approx(15.75 * GB, rel=1e-3)
    assert coded_rate(16, 32e9 / 8, 128, 130) == pytest.approx(63.0 * GB, rel=1e-3)
    assert 10 * frame_efficiency(1_448, 90) == pytest.approx(9.41, abs=0.006)  # iperf on 10 GbE
    assert 10 * frame_efficiency(8_948, 90) == pytest.approx(9.90, abs=0.006)
    assert frame_efficiency(1_448, 0) == 1


def test_light_in_fibre_takes_five_microseconds_a_kilometre() -> None:
    assert propagation_delay(1_000, 1.468) == pytest.approx(4.9e-6, rel=2e-3)
    assert propagation_delay(1_000, 1.0) == pytest.approx(1_000 / 299_792_458)


def test_window_fills_the_path_exactly_at_its_product() -> None:
    line, trip = 1.25 * GB, 0.07
    assert bandwidth_delay_product(line, trip) == pytest.approx(87.5e6)
    assert window_limit(bandwidth_delay_product(line, trip), trip) == pytest.approx(line)
    assert window_limit(65_536, trip) == pytest.approx(0.936e6, rel=1e-3)


def sawtooth(window: int) -> tuple[float, float]:
    """Loss and mean window (in segments) of a sender that loses one segment at `window` and halves it, step by step."""
    sent, size, rounds = 0, window // 2, 0
    while size < window:
        sent, rounds, size = sent + size, rounds + 1, size + 1
    return 1 / sent, sent / rounds


@pytest.mark.parametrize("window", [100, 1_000, 10_000])
def test_mathis_is_the_rate_of_a_saw_tooth(window: int) -> None:
    loss, mean = sawtooth(window)
    assert mathis_limit(1_448, 0.1, loss) == pytest.approx(mean * 1_448 / 0.1, rel=0.02)


@quick
@given(st.floats(1e3, 1e11), st.floats(0.01, 1.0), st.integers(1, 1_000), st.floats(1.0, 1e11))
def test_the_wire_is_a_roof(line: float, efficiency: float, streams: int, stream: float) -> None:
    rate = effective_bandwidth(line, efficiency, streams, stream)
    assert rate <= line
    assert rate <= streams * stream
    assert effective_bandwidth(line, efficiency, streams + 1, stream) >= rate
    assert transfer_time(0.0, 1e9, rate) >= 1e9 / line
    assert transfer_time(3.0, 0.0, rate) == 3


def test_known_error_two_prices_by_name_for_50_tb() -> None:
    """V1-04 II: 50 TB between two regions of one US cloud at $0.02/GB, and to the internet at $0.05 to 0.09/GB."""
    assert transfer_cost(50 * TB, 0.02 / GB) == pytest.approx(1_000)
    tiers = [(10 * TB, 0.09 / GB), (40 * TB, 0.085 / GB), (100 * TB, 0.07 / GB), (math.inf, 0.05 / GB)]
    assert tiered_cost(50 * TB, tiers) == pytest.approx(10e3 * 0.09 + 40e3 * 0.085)
    assert tiered_cost(200 * TB, tiers) == pytest.approx(900 + 3_400 + 7_000 + 2_500)
    assert list(tiered_cost(np.array([0.0, 50 * TB]), tiers)) == pytest.approx([0, 4_300])  # type: ignore[arg-type, call-overload]


@quick
@given(st.floats(0, 1e15), st.floats(0, 1e15))
def test_tiers_that_fall_never_raise_the_mean_price(small: float, more: float) -> None:
    tiers = [(10 * TB, 0.09 / GB), (40 * TB, 0.085 / GB), (math.inf, 0.05 / GB)]
    whole = tiered_cost(small + more, tiers)
    assert whole <= tiered_cost(small, tiers) + tiered_cost(more, tiers) + 1e-6
    assert whole >= transfer_cost(small + more, 0.05 / GB) * (1 - 1e-12)
    assert tiered_cost(small, [(math.inf, 0.07 / GB)]) == pytest.approx(transfer_cost(small, 0.07 / GB))


def test_bad_tiers_are_refused() -> None:
    with pytest.raises(InputError, match=r"^tiers must be "):
        tiered_cost(1.0, [])
    with pytest.raises(InputError, match=r"^size must be at least 0 B"):
        tiered_cost(-1.0, [(math.inf, 1.0)])
    with pytest.raises(InputError, match=r"^size must be at least 0 B and at most 10 B"):
        tiered_cost(11.0, [(10.0, 1.0)])


def test_a_truck_of_100_petabytes() -> None:
    """Snowmobile: filling 100 PB at 1 Tb/s takes 9.3 days."""
    filled = appliance_time(1e17, 1e17, 1, 0.0, 1e12 / 8)
    assert filled == pytest.approx(9.26 * DAY, rel=1e-3)
    road = appliance_time(1e17, 1e17, 1, 14 * DAY, 1e12 / 8)
    assert road == pytest.approx(filled + 14 * DAY)
    assert shipped_bandwidth(1e17, road) == pytest.approx(49.8 * GB, rel=1e-2)


def test_what_does_not_fit_makes_another_round() -> None:
    one = appliance_time(80 * TB, 80 * TB, 1, 7 * DAY, 1.25 * GB)
    assert appliance_time(81 * TB, 80 * TB, 1, 7 * DAY, 1.25 * GB) > one + 7 * DAY
    assert appliance_time(160 * TB, 80 * TB, 2, 7 * DAY, 1.25 * GB) == pytest.approx(one)


@quick
@given(st.floats(HOUR, 100 * DAY), st.floats(1e3, 1e9), st.floats(0.001, 0.99))
def test_break_even_is_where_wire_and_truck_meet(shipping: float, rate: float, share: float) -> None:
    even = break_even_bytes(shipping, rate, share)
    assert transfer_time(0.0, even, rate) == pytest.approx(shipping + even / (rate / share))
    assert transfer_time(0.0, 2 * even, rate) > shipping + 2 * even / (rate / share)


def test_a_wire_as_fast_as_the_copying_is_never_beaten() -> None:
    with pytest.raises(InputError, match=r"^share must be at least 0 and less than 1"):
        break_even_bytes(DAY, 1.0, 1.0)


def test_gravity() -> None:
    """50 TB over 10 Gb/s take 11 h; a job of 2 h on them is better taken there, unless compute is dearer by the price."""
    move = transfer_time(0.0, 50 * TB, 1.25 * GB)
    assert move == pytest.approx(11.1 * HOUR, rel=2e-3)
    assert gravity_ratio(move, 2 * HOUR) > 5
    assert break_even_premium(50 * TB, 0.02 / GB, 2 * HOUR) * HOUR == pytest.approx(500)


@quick
@given(st.floats(1e3, 1e11), st.floats(0.01, 1.0), st.integers(1, 1_000), st.floats(1.0, 1e11))
def test_streams_fill_the_wire_or_what_framing_leaves_of_it(
    line: float, efficiency: float, streams: int, stream: float
) -> None:
    """Streams started one by one, each at its own pace, until the payload's share of the line is taken."""
    left, rate = line * efficiency, 0.0
    for _ in range(streams):
        taken = min(stream, left)
        left, rate = left - taken, rate + taken
    assert effective_bandwidth(line, efficiency, streams, stream) == pytest.approx(rate)


def test_gravity_is_hours_of_moving_for_an_hour_of_work() -> None:
    assert gravity_ratio(6 * HOUR, 2 * HOUR) == 3
    assert gravity_ratio(2 * HOUR, 6 * HOUR) == pytest.approx(1 / 3)


@pytest.mark.parametrize("streams", [1, 3, 16])
def test_parallel_streams_saw_and_wait_side_by_side(streams: int) -> None:
    loss, mean = sawtooth(1_000)
    together = sum(mean * 1_448 / 0.1 for _ in range(streams))
    assert mathis_limit_streams(streams, 1_448, 0.1, loss) == pytest.approx(together, rel=0.02)
    assert window_limit_streams(streams, 64e3, 0.1) == pytest.approx(sum(64e3 / 0.1 for _ in range(streams)))
