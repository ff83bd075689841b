"""Owning with resale and interest: against cash flows year by year, and bills drawn up at the crossing."""

from __future__ import annotations

import pytest

from ironlaw.physics.catalogue import InputError
from ironlaw.physics.ownership import capital_with_residual, flat_bill_crossing
from ironlaw.physics.tco import annuity


@pytest.mark.parametrize(
    ("price", "residual", "interest", "years"), [(46e6, 9.2e6, 0.08, 3), (1.0, 0.0, 0.2, 1), (5e4, 5e4, 0.05, 5)]
)
def test_the_payments_pay_back_the_loan(price: float, residual: float, interest: float, years: int) -> None:
    payment = capital_with_residual(price, residual, interest, years) / years
    owed = price
    for _ in range(years):
        owed = owed * (1 + interest) - payment
    assert owed == pytest.approx(residual)  # the sale pays the rest


def test_without_resale_it_is_the_annuity_and_without_interest_the_loss_of_value() -> None:
    assert capital_with_residual(1e6, 0.0, 0.07, 4) == pytest.approx(4 * annuity(1e6, 0.07, 4))
    assert capital_with_residual(1e6, 2e5, 1e-3, 4) == pytest.approx(8e5, rel=5e-3)


def test_what_keeps_its_price_costs_its_interest() -> None:
    assert capital_with_residual(100.0, 100.0, 0.1, 5) == pytest.approx(50.0)


def test_at_the_crossing_both_bills_are_the_same() -> None:
    use = flat_bill_crossing(10.0, 7.0, 4.0)
    assert 7.0 + 4.0 * use == pytest.approx(10.0)
    assert flat_bill_crossing(5.0, 7.0, 4.0) < 0  # the flat bill is below the other at any use


def test_a_bill_that_does_not_grow_is_refused() -> None:
    with pytest.raises(InputError, match="swing"):
        flat_bill_crossing(10.0, 7.0, 0.0)
