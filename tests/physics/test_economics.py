"""Cost of a token and of a port."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.economics import cost_per_token, cost_per_token_ratio, network_cost, tokens_per_dollar

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
