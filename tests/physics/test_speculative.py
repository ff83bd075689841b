"""Speculative decoding against a simulated draft, and its limits."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.speculative import accepted_tokens, speculative_speedup

quick = settings(deadline=None)


@pytest.mark.parametrize(("acceptance", "drafted"), [(0.3, 4), (0.8, 5), (0.95, 8)])
def test_accepted_tokens_are_those_of_a_simulated_draft(acceptance: float, drafted: int) -> None:
    draw, steps = random.Random(7), 40_000  # noqa: S311  (no secret)
    total = 0
    for _ in range(steps):
        run = 0
        while run < drafted and draw.random() < acceptance:
            run += 1
        total += run + 1  # and the token of the large model itself
    assert accepted_tokens(acceptance, drafted) == pytest.approx(total / steps, rel=0.02)


@quick
@given(st.floats(0, 0.99), st.integers(0, 50), st.floats(0, 1))
def test_a_step_yields_between_one_token_and_all(acceptance: float, drafted: int, cost: float) -> None:
    tokens = accepted_tokens(acceptance, drafted)
    assert 1 - 1e-12 <= tokens <= drafted + 1 + 1e-9
    assert speculative_speedup(acceptance, drafted, cost) == pytest.approx(tokens / (drafted * cost + 1))


def test_limits() -> None:
    assert accepted_tokens(0.0, 8) == 1  # all refused
    assert speculative_speedup(0.7, 0, 0.5) == pytest.approx(1)  # nothing drafted
    assert speculative_speedup(0.0, 5, 0.1) < 1  # a useless draft costs
    assert speculative_speedup(0.8, 5, 0.0) == pytest.approx(accepted_tokens(0.8, 5))  # a free one
