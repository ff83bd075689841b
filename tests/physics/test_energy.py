"""Energy of operations, bytes, runs and tasks against published figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.energy import (
    adder_energy,
    battery_share,
    building_energy,
    energy_balance,
    energy_per_token,
    hierarchy_energy,
    machine_power,
    multiplier_energy,
    run_energy,
    workload_energy,
)

DAY, HOUR, MWH, WH = 86_400.0, 3_600.0, 3.6e9, 3_600.0
PJ = 1e-12
quick = settings(deadline=None)


# Patterson et al. 2021, table 4: chips, mean power, days, PUE, printed MWh.
@pytest.mark.parametrize(
    ("devices", "power", "days", "pue", "printed"),
    [
        (512, 310, 20, 1.12, 85.7),
        (1024, 288, 3.1, 1.09, 24.1),
        (1024, 245, 27, 1.10, 179),
        (1024, 289, 30, 1.09, 232),
        (10_000, 330, 14.8, 1.10, 1_287),
    ],
)
def test_energy_of_published_runs(devices: int, power: float, days: float, pue: float, printed: float) -> None:
    assert run_energy(devices, power, days * DAY, pue) / MWH == pytest.approx(printed, rel=0.01)


def test_energy_of_bloom() -> None:
    """Luccioni et al. 2022: 1,082,990 hours of A100 at 400 W are 433,196 kWh."""
    assert run_energy(1, 400, 1_082_990 * HOUR, 1.0) / 3.6e6 == pytest.approx(433_196, abs=1)


def test_a_task_of_thirty_seconds_takes_a_sixth_of_a_per_cent_of_a_phone_battery() -> None:
    """Known error: 15 %. 3 W for 30 s are 90 J of 15 Wh: 0.167 %."""
    assert battery_share(3.0, 30.0, 15 * WH) == pytest.approx(0.00167, abs=5e-6)
    assert battery_share(3.0, 5 * HOUR, 15 * WH) == pytest.approx(1.0)  # what 15 % would need is 45 minutes
    assert battery_share(3.0, 45 * 60.0, 15 * WH) == pytest.approx(0.15)


def test_a_word_from_dram_costs_hundreds_of_multiplications() -> None:
    """Horowitz 2014, 45 nm: 1,300 pJ for 64 bits of DRAM against 3.7 pJ of an FP32 product: 350 times."""
    assert energy_balance(1_300 * PJ / 8, 3.7 * PJ) * 8 == pytest.approx(351, abs=1)
    # A matrix-vector product reads each 4-byte weight for two operations: nearly all its energy is the reading.
    whole = workload_energy(2e9, (3.7 + 0.9) / 2 * PJ, 4e9, 1_300 * PJ / 8)
    assert workload_energy(2e9, (3.7 + 0.9) / 2 * PJ, 0, 0) / whole < 0.01


def test_integer_circuits_follow_their_gate_counts() -> None:
    """Horowitz 2014, 45 nm: 0.2 pJ at 8 bits and 3.1 at 32 for products, 0.03 and 0.1 for sums."""
    assert multiplier_energy(0.2, 32, 8) == pytest.approx(3.1, rel=0.04)
    assert adder_energy(0.03, 32, 8) == pytest.approx(0.1, rel=0.21)
    assert multiplier_energy(0.2, 8, 8) == 0.2


@quick
@given(st.lists(st.tuples(st.floats(0, 1e12), st.floats(0, 1e-9)), max_size=5))
def test_levels_add_up(levels: list[tuple[float, float]]) -> None:
    assert hierarchy_energy(levels) == pytest.approx(sum(moved * energy for moved, energy in levels))
    columns = [(np.array([moved]), energy) for moved, energy in levels]
    assert np.asarray(hierarchy_energy(columns)).ravel().tolist() == pytest.approx([hierarchy_energy(levels)])  # type: ignore[arg-type]
    moved = sum(moved for moved, _ in levels)
    if levels:
        assert hierarchy_energy(levels) <= moved * max(energy for _, energy in levels) * (1 + 1e-9)


@pytest.mark.parametrize("bad", [(-1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0), (1.0, "x")])
def test_broken_levels_are_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"^(moved|byte_energy) must be "):
        hierarchy_energy([(1.0, 1.0), bad])


@quick
@given(st.floats(0, 1e3), st.floats(0, 1e4), st.floats(0, 1))
def test_power_lies_between_idle_and_full(idle: float, more: float, used: float) -> None:
    peak = idle + more
    assert idle * (1 - 1e-12) <= machine_power(idle, peak, used) <= peak * (1 + 1e-12)
    assert machine_power(idle, peak, 0) == idle
    assert machine_power(idle, peak, 1) == pytest.approx(peak)


@quick
@given(st.integers(1, 10_000), st.floats(1, 2e3), st.floats(1, 3), st.floats(1, 1e8))
def test_tokens_of_a_run_share_its_energy(devices: int, power: float, pue: float, throughput: float) -> None:
    each = energy_per_token(devices, power, pue, throughput)
    assert each * throughput * 60 == pytest.approx(run_energy(devices, power, 60.0, pue))


def test_a_building_adds_what_its_cooling_draws() -> None:
    """The Green Grid 2007: all that the building draws over what its machines draw; 1.58 is 58 % on top."""
    assert building_energy(100 * MWH, 1.58) == pytest.approx(100 * MWH + 58 * MWH)
    assert building_energy(7.0, 1.0) == 7
