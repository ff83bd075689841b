"""Cost of a token and of a port; renting, reserving and buying."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics import InputError
from ironlaw.physics.economics import (
    cheapest_rate,
    cheapest_way,
    cost_per_served_token,
    cost_per_token,
    cost_per_token_ratio,
    cost_per_useful_second,
    network_cost,
    on_demand_cost,
    owned_over_reserved,
    purchase_break_even,
    reserved_break_even,
    reserved_cost,
    tokens_per_dollar,
)

positive = st.floats(1e-6, 1e12)


@settings(deadline=None)
@given(positive, positive, positive, positive)
def test_costs_agree_with_each_other(rate: float, other_rate: float, tokens: float, other_tokens: float) -> None:
    ours, reference = cost_per_token(rate, tokens), cost_per_token(other_rate, other_tokens)
    assert ours * tokens_per_dollar(tokens, rate) == pytest.approx(1)
    assert cost_per_token_ratio(rate, other_rate, tokens, other_tokens) == pytest.approx(ours / reference)


def test_forty_per_cent_cheaper_and_half_as_fast_costs_a_fifth_more() -> None:
    assert cost_per_token_ratio(0.6, 1.0, 0.5, 1.0) == pytest.approx(1.2)
    assert cost_per_token_ratio(0.6, 1.0, 0.6, 1.0) == pytest.approx(1.0)


def test_every_port_has_two_ends() -> None:
    bill = 0.0
    for _node in range(16):
        for _port in range(7):
            bill += 1_500 + 700
    assert network_cost(16, 7, 1_500, 700) == bill
    assert network_cost(16, 0, 1_500, 700) == 0


# --- renting, reserving, buying ---------------------------------------------------------------------------------------

YEAR = 365.25 * 86_400
shares = st.floats(0, 1)


def test_on_demand_is_cheapest_below_one_less_the_discount_and_reserved_above() -> None:
    """Known error: "reserved is cheapest, on-demand is always dominated". The break-even of 35 % off is 65 %."""
    assert reserved_break_even(0.35) == pytest.approx(0.65)
    assert cheapest_way(1.0, 0.64, 0.35, 10.0) == "on-demand"
    assert cheapest_way(1.0, 0.66, 0.35, 10.0) == "reserved"
    assert on_demand_cost(2.0, 0.65, YEAR) == pytest.approx(reserved_cost(2.0, 0.35, YEAR))


@pytest.mark.parametrize("utilisation", [step / 50 for step in range(51)])
def test_owning_never_wins_where_it_costs_more_than_the_reservation(utilisation: float) -> None:
    """Known error: "on-premises wins above ~70 %": not when a second of owning costs more than one reserved."""
    assert cheapest_way(1.0, utilisation, 0.35, 0.66) != "owned"


def test_a_dear_purchase_has_its_break_even_above_one() -> None:
    assert purchase_break_even(1.2 * YEAR, 1.0, YEAR) == pytest.approx(1.2)
    assert purchase_break_even(0.3 * YEAR, 1.0, YEAR) == pytest.approx(0.3)


@settings(deadline=None)
@given(st.floats(0.01, 100), shares, st.floats(0, 0.9), st.floats(0, 100))
def test_the_cheapest_way_is_the_lower_envelope(rate: float, used: float, discount: float, owned: float) -> None:
    bills = {
        "on-demand": on_demand_cost(rate, used, 1.0),
        "reserved": reserved_cost(rate, discount, 1.0),
        "owned": owned,
    }
    best = cheapest_way(rate, used, discount, owned)
    assert bills[best] == min(bills.values()) == cheapest_rate(rate, used, discount, owned)


def test_an_idle_server_makes_a_token_dearer() -> None:
    assert cost_per_served_token(3.0, 1_000.0, 0.25) == pytest.approx(4 * cost_per_token(3.0, 1_000.0))
    assert cost_per_useful_second(3.0, 0.25) == 12.0


def test_bad_utilisation_is_refused() -> None:
    with pytest.raises(InputError, match=r"^utilisation must be at least 0 and at most 1, got 1\.5$"):
        cheapest_way(1.0, 1.5, 0.3, 1.0)


def test_owning_against_a_reservation_by_their_bills() -> None:
    """$50,000 in all over three years, against a third off $2.50 an hour, paid for every hour."""
    hours = 3 * 8_766
    bill = sum(2.50 * (1 - 1 / 3) for _ in range(hours))
    assert owned_over_reserved(50_000, 2.50 / 3_600, 1 / 3, hours * 3_600) == pytest.approx(50_000 / bill)
    same = reserved_cost(2.50 / 3_600, 1 / 3, hours * 3_600)
    assert owned_over_reserved(same, 2.50 / 3_600, 1 / 3, hours * 3_600) == pytest.approx(1)
