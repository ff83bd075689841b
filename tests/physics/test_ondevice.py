"""Small devices: what fits, how long it lasts and how warm it gets, against step-by-step simulations."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.ondevice import (
    air_energy,
    battery_life,
    duty_cycle,
    duty_cycle_power,
    fit,
    inference_latency,
    peak_arena,
    radio_energy,
    steady_temperature,
    sustained_power,
    temperature_rise,
    time_to_limit,
)

KIB, MIB = 1024.0, 1024.0**2
quick = settings(deadline=None)
positive = st.floats(1e-3, 1e3)


def test_the_eight_megabytes_of_an_esp32_s3_are_flash() -> None:
    """Known error: a 1 MiB arena "fits" 8 MB. SRAM is 512 KiB; flash holds weights and no tensors."""
    sram = registry.get("esp32-s3")["memory_capacity"]
    assert sram == 512 * KIB
    answer = fit(arena=1 * MIB, weights=300 * KIB, sram=sram, flash=8 * MIB)
    assert not answer.fits
    assert answer.sram_left == -512 * KIB
    assert answer.reasons == ("the arena and runtime need 1,048,576 B of SRAM, there are 524,288 B",)
    assert fit(arena=300 * KIB, weights=7 * MIB, sram=sram, flash=8 * MIB).fits


def test_fit_has_both_edges() -> None:
    assert fit(10, 20, 12, 25, runtime=2, code=5).fits
    assert fit(10, 20, 12, 25, runtime=2, code=5).sram_left == 0
    assert len(fit(10, 20, 11, 24, runtime=2, code=5).reasons) == 2
    with pytest.raises(InputError, match=r"^sram must be at least 0 B, got -1$"):
        fit(1, 1, -1, 1)


def test_arena_of_mobilenet_v2() -> None:
    """MobileNet v2 at 224 x 224 in int8: its second block reads 112 x 112 x 96 and writes 56 x 56 x 96, 1.5 MB."""
    assert peak_arena([224 * 224 * 3, 112 * 112 * 32, 112 * 112 * 16, 112 * 112 * 96, 56 * 56 * 96]) == 112 * 112 * 120


@quick
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=9))
def test_arena_is_at_least_each_layer_and_at_most_all(tensors: list[float]) -> None:
    arena = peak_arena(tensors)
    assert max(tensors) <= arena <= sum(tensors) * (1 + 1e-12)
    assert peak_arena(tensors[::-1]) == arena


@pytest.mark.parametrize("bad", [[], [1.0], [1.0, -1.0], [1.0, math.inf]])
def test_broken_chains_are_refused(bad: list[float]) -> None:
    with pytest.raises(InputError, match=r"^tensors must "):
        peak_arena(bad)


def test_latency_counts_cycles() -> None:
    assert inference_latency(7.2e6, 2, 216e6, 1.0) == pytest.approx(7.2e6 / 432e6)
    assert inference_latency(7.2e6, 2, 216e6, 0.5) == pytest.approx(2 * inference_latency(7.2e6, 2, 216e6, 1.0))


@quick
@given(st.integers(1, 50), st.integers(1, 50), st.floats(0, 1), st.floats(0, 1))
def test_mean_power_of_a_device_that_wakes_and_sleeps(awake: int, asleep: int, active: float, sleep: float) -> None:
    joules = sum(active if tick < awake else sleep for tick in range(awake + asleep))
    duty = duty_cycle(1 / (awake + asleep), awake)
    assert duty_cycle_power(duty, active, sleep) == pytest.approx(joules / (awake + asleep))


def test_events_faster_than_they_are_handled_are_refused() -> None:
    with pytest.raises(InputError, match=r"^duty must be at least 0 and at most 1, got 2\.0$"):
        duty_cycle(4.0, 0.5)


def test_a_coin_cell_lasts_by_its_sleep() -> None:
    """675 mWh and 5 µW asleep: 15 years in theory; one second a minute at 20 mW leaves 84 days."""
    cell = 0.675 * 3_600
    year = 365.25 * 86_400
    assert battery_life(cell, 1.0, duty_cycle_power(0.0, 0.02, 5e-6)) / year == pytest.approx(15.4, abs=0.1)
    busy = duty_cycle_power(duty_cycle(1 / 60, 1.0), 0.02, 5e-6)
    assert battery_life(cell, 1.0, busy) / 86_400 == pytest.approx(83.2, abs=0.2)
    assert battery_life(cell, 0.5, busy) == pytest.approx(battery_life(cell, 1.0, busy) / 2)


def test_radio_of_huang_is_ruled_by_its_tail() -> None:
    """LTE: 438.39 nJ a bit and 1.288 W while on: a kilobyte with a tail of 11.6 s is 99.9 % tail."""
    lte = registry.get("lte")
    sent = radio_energy(1e3, lte["uplink_energy"], 0.0, 0.0)
    whole = radio_energy(1e3, lte["uplink_energy"], lte["base_power"], 11.6)
    assert lte["uplink_energy"] == pytest.approx(8 * 438.39e-9)
    assert sent / whole < 0.001
    assert radio_energy(0, 1.0, 0.0, 5.0) == 0


def test_a_bit_of_bluetooth_on_the_air() -> None:
    ble = registry.get("nrf52840-ble")
    assert air_energy(ble["transmit_power"], ble["line_rate"]) / 8 == pytest.approx(14.4e-9)
    assert air_energy(ble["receive_power"], ble["line_rate"]) / 8 == pytest.approx(13.8e-9)


@quick
@given(positive, positive, st.floats(0.1, 100), st.floats(0, 500))
def test_warming_follows_the_differential_equation(power: float, resistance: float, tau: float, span: float) -> None:
    rise, steps = 0.0, 4_000
    for _step in range(steps):  # midpoint rule for tau * rise' = P * R - rise
        half = rise + span / steps / 2 * (power * resistance - rise) / tau
        rise += span / steps * (power * resistance - half) / tau
    if span / steps < tau / 10:
        assert temperature_rise(power, resistance, span, tau) == pytest.approx(rise, rel=2e-3, abs=1e-9)
    assert temperature_rise(power, resistance, span, tau) <= power * resistance


@quick
@given(positive, positive, positive, positive)
def test_time_to_the_limit_is_when_the_limit_is_reached(
    power: float, resistance: float, rise: float, tau: float
) -> None:
    span = time_to_limit(power, resistance, rise, tau)
    if span is None:
        assert power * resistance <= rise
    else:
        assert temperature_rise(power, resistance, span, tau) == pytest.approx(rise, rel=1e-6)


def test_limits_of_heat() -> None:
    assert steady_temperature(298.0, sustained_power(358.0, 298.0, 12.0), 12.0) == pytest.approx(358.0)
    assert temperature_rise(5.0, 12.0, 0.0, 60.0) == 0
    assert temperature_rise(5.0, 12.0, 1e6, 60.0) == pytest.approx(60.0)
    assert time_to_limit(4.0, 12.0, 60.0, 60.0) is None
    assert time_to_limit(5.0, 12.0, 0.0, 60.0) == 0
    with pytest.raises(InputError, match=r"^power must be at least 0 W, got -2\.0$"):
        sustained_power(274.0, 298.0, 12.0)
    for field in ("power", "resistance", "allowed_rise", "time_constant"):
        good = {"power": 1.0, "resistance": 1.0, "allowed_rise": 1.0, "time_constant": 1.0}
        with pytest.raises(InputError, match=f"^{field} must be "):
            time_to_limit(**(good | {field: -1.0}))


def test_a_model_alone_may_fill_both_memories_to_the_last_byte() -> None:
    bare = fit(10, 20, 10, 20)
    assert bare.fits
    assert (bare.sram_left, bare.flash_left) == (0, 0)
    assert not fit(10, 20, 9, 20).fits
    assert not fit(10, 20, 10, 19).fits
