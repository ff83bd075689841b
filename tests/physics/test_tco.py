"""Cost of ownership against a ledger kept year by year, and the share of electricity in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.tco import (
    annuity,
    building_cost,
    cost_share,
    electricity_cost,
    owned_cost,
    owned_device_rate,
    upkeep_cost,
    written_off,
)

YEAR = 365.25 * 86_400
KWH = 3.6e6
quick = settings(deadline=None)


def test_electricity_is_about_eight_per_cent_of_what_a_gpu_costs_and_not_thirty() -> None:
    """Known error. Eight H100: $325,000 and 10.2 kW at $0.0895/kWh in a building of $11.7/W; PUE 1.3; four years."""
    span = 4 * YEAR
    machines = written_off(325_000, span, span)
    parts = {
        "hardware": machines,
        "network": written_off(0.15 * 325_000, span, span),
        "building": building_cost(1, 10_200, 11.7, span, 15 * YEAR),
        "electricity": electricity_cost(1, 10_200, 1.3, span, 0.0895 / KWH),
        "upkeep": upkeep_cost(0.05, 325_000, span),
    }
    assert cost_share(parts["electricity"], owned_cost(**parts)) == pytest.approx(0.08, abs=0.005)
    # Even at the dearest end of everything electric it stays far below a third.
    dear = electricity_cost(1, 10_200, 1.58, span, 0.13 / KWH)
    assert cost_share(dear, owned_cost(**(parts | {"electricity": dear}))) < 0.15


@quick
@given(st.floats(1, 1e9), st.floats(0.001, 1), st.integers(1, 60))
def test_annuity_pays_the_loan_back(price: float, interest: float, years: int) -> None:
    payment, owed = annuity(price, interest, years), price
    for _year in range(years):
        owed = owed * (1 + interest) - payment
    assert owed == pytest.approx(0, abs=1e-9 * price * (1 + interest) ** years)
    assert payment >= price / years  # interest only adds


def test_annuity_without_interest_is_the_straight_line() -> None:
    assert annuity(1_000.0, 1e-3, 4) == pytest.approx(written_off(1_000.0, YEAR, 4 * YEAR), rel=4e-3)


@quick
@given(st.integers(1, 8), st.floats(1, 1e6), st.floats(0, 1e5), st.floats(1, 3))
def test_parts_add_up_year_by_year(years: int, price: float, power: float, pue: float) -> None:
    yearly = [
        owned_cost(
            written_off(price, YEAR, years * YEAR),
            0.0,
            building_cost(1, power, 10.0, YEAR, 15 * YEAR),
            electricity_cost(1, power, pue, YEAR, 1e-8),
            upkeep_cost(0.05, price, YEAR),
        )
        for _year in range(years)
    ]
    span = years * YEAR
    whole = owned_cost(
        price,
        0.0,
        building_cost(1, power, 10.0, span, 15 * YEAR),
        electricity_cost(1, power, pue, span, 1e-8),
        upkeep_cost(0.05, price, span),
    )
    assert sum(yearly) == pytest.approx(whole)


def test_a_kilowatt_year_at_ten_cents() -> None:
    assert electricity_cost(1, 1_000, 1.0, YEAR, 0.1 / KWH) == pytest.approx(876.6)


def test_idle_devices_make_the_used_hours_dearer() -> None:
    assert owned_device_rate(8 * YEAR, 8, YEAR, 1.0) == 1.0
    assert owned_device_rate(8 * YEAR, 8, YEAR, 0.25) == 4.0


def test_upkeep_is_paid_once_a_year() -> None:
    paid = sum(0.05 * 30_000 for _year in range(4))
    assert upkeep_cost(0.05, 30_000, 4 * YEAR) == pytest.approx(paid)
    assert upkeep_cost(0.05, 30_000, 365.25 * 24 * 3_600) == pytest.approx(1_500)
