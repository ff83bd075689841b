"""Carbon against published accounts, and the best time against a search through all of them."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.carbon import (
    best_slots,
    best_window,
    embodied_carbon,
    location_ratio,
    operational_carbon,
    rebound_energy,
    replacement_payback,
    software_carbon_intensity,
    total_carbon,
)

KWH, HOUR, YEAR = 3.6e6, 3_600.0, 365.25 * 86_400
quick = settings(deadline=None)
days = st.lists(st.integers(0, 900), min_size=1, max_size=12)


def test_bloom_in_its_parts() -> None:
    """Luccioni et al. 2022: 24.7 t of energy and 11.2 t of making, with 150 kg a GPU and 2,500 kg a server of eight."""
    energy = 433_196 * KWH
    assert operational_carbon(energy, 0.057 / KWH) == pytest.approx(24_690, abs=10)
    making = embodied_carbon(1, 150 + 2_500 / 8, 1_082_990 * HOUR, 6 * YEAR, 0.85)
    assert making == pytest.approx(11_200, abs=50)


def test_gpt_3_emitted_552_tonnes() -> None:
    assert operational_carbon(1_287e3 * KWH, 0.429 / KWH) == pytest.approx(552_100, rel=1e-3)


def test_the_same_run_in_virginia_and_quebec() -> None:
    assert location_ratio(1.1, 20.0, 1.1, 367.8) == pytest.approx(20 / 367.8)
    assert location_ratio(1.58, 400.0, 1.0, 400.0) == 1.58


def test_replacing_pays_back_late_on_a_clean_grid() -> None:
    """164 kg of an H100 against 100 W saved: eight months on a dirty grid, nine years on a clean one."""
    dirty = replacement_payback(164.0, 100.0, 1.1, 0.4 / KWH)
    clean = replacement_payback(164.0, 100.0, 1.1, 0.02 / KWH)
    assert operational_carbon(100.0 * 1.1 * dirty, 0.4 / KWH) == pytest.approx(164.0)
    assert clean == pytest.approx(20 * dirty)
    assert dirty < 0.5 * YEAR < 8 * YEAR < clean


def test_a_request_answers_for_both_parts() -> None:
    assert software_carbon_intensity(2 * KWH, 0.4 / KWH, 0.2, 1_000.0) == pytest.approx(1e-3)


@quick
@given(st.floats(1, 1e6), st.floats(1, 1e3), st.floats(0, 5))
def test_rebound_keeps_part_of_the_gain_below_elasticity_one_and_backfires_above(
    energy: float, gain: float, elasticity: float
) -> None:
    after = rebound_energy(energy, gain, elasticity)
    uses = gain**elasticity  # demand with constant elasticity: each use became `gain` times cheaper
    assert after == pytest.approx(energy * uses / gain)
    assert rebound_energy(energy, gain, 0.0) == pytest.approx(energy / gain)
    assert rebound_energy(energy, gain, 1.0) == energy
    if elasticity < 1:
        assert after <= energy * (1 + 1e-12)
    else:
        assert after >= energy * (1 - 1e-12)


@quick
@given(days, st.data())
def test_the_best_window_is_that_of_a_search(series: list[int], data: st.DataObject) -> None:
    hours = data.draw(st.integers(1, len(series)))
    start, mean = best_window(series, hours)
    means = [sum(series[at : at + hours]) / hours for at in range(len(series) - hours + 1)]
    assert mean == min(means)
    assert start == means.index(min(means))
    ring = series + series
    _, around = best_window(series, hours, around=True)
    assert around == min(sum(ring[at : at + hours]) / hours for at in range(len(series)))


@quick
@given(days, st.data())
def test_the_best_slots_are_those_of_a_search(series: list[int], data: st.DataObject) -> None:
    hours = data.draw(st.integers(1, len(series)))
    slots, mean = best_slots(series, hours)
    assert mean == min(sum(chosen) for chosen in combinations(series, hours)) / hours
    assert len(set(slots)) == hours
    assert list(slots) == sorted(slots)
    assert sum(series[slot] for slot in slots) / hours == mean
    assert mean <= best_window(series, hours, around=True)[1] <= best_window(series, hours)[1]


@pytest.mark.parametrize(
    ("series", "hours", "field"),
    [
        ([], 1, "intensities"),
        ([1.0, -1.0], 1, "intensities"),
        ([float("nan")], 1, "intensities"),
        ([1.0], 0, "hours"),
        ([1.0], 2, "hours"),
        ([1.0, 2.0], 1.0, "hours"),
        ([1.0, 2.0], True, "hours"),
    ],
)
def test_broken_series_are_refused(series: list[float], hours: int, field: str) -> None:
    for search in (best_window, best_slots):
        with pytest.raises(InputError, match=f"^{field} must ") as caught:
            search(series, hours)
        assert caught.value.field == field


def test_the_making_of_many_devices_is_shared_by_their_hours() -> None:
    """BLOOM's 1,082,990 GPU-hours: 384 GPUs at once answer for as much as one GPU hour after hour."""
    hours = 1_082_990 * HOUR
    together = embodied_carbon(384, 462.5, hours / 384, 6 * YEAR, 0.85)
    assert together == pytest.approx(embodied_carbon(1, 462.5, hours, 6 * YEAR, 0.85))
    # Over its whole used life each device answers for its making, once.
    assert embodied_carbon(384, 462.5, 6 * YEAR * 0.85, 6 * YEAR, 0.85) == pytest.approx(384 * 462.5)


def test_bloom_as_a_whole() -> None:
    """Luccioni et al. 2022: 24.7 t of energy and 11.2 t of making are 35.9 t (50.5 t with idle power)."""
    assert total_carbon(24_690, 11_200) == pytest.approx(35_900, abs=50)
    assert total_carbon(24_690) == 24_690
