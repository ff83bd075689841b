"""Hidden, exposed and contended time against a simulation that follows both activities in time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ironlaw.physics.overlap import contention_time, exposed_time, hidden_time
from ironlaw.physics.step import step_time

from .inputs import from_zero
from .simulators import overlapped_step

seconds = from_zero(100)
shares = from_zero(1)
held = from_zero(0.9)
quick = settings(deadline=None)


@quick
@given(seconds, shares, seconds, held)
def test_hidden_and_exposed_are_the_communication(
    communication: float, overlap: float, window: float, share: float
) -> None:
    hidden = hidden_time(communication, overlap, window, share)
    exposed = exposed_time(communication, hidden)
    assert hidden + exposed == pytest.approx(communication)
    assert 0 <= hidden <= communication
    assert exposed >= 0
    assert contention_time(hidden, share) <= hidden


@quick
@given(seconds, shares, seconds, seconds, held)
def test_step_matches_the_simulation(
    communication: float, overlap: float, window: float, before: float, share: float
) -> None:
    compute = before + window
    hidden = hidden_time(communication, overlap, window, share)
    ours = step_time(compute, exposed_time(communication, hidden), contention_time(hidden, share))
    assert ours == pytest.approx(overlapped_step(compute, window, communication, overlap, share), abs=1e-9)
    assert ours >= max(compute, communication * (1 - 1e-12)) * (1 - 1e-12)  # never faster than either alone


@quick
@given(seconds, shares, shares, seconds, held)
def test_more_overlap_never_hurts(
    communication: float, overlap: float, more: float, window: float, share: float
) -> None:
    def step(f: float) -> float:
        hidden = hidden_time(communication, f, window, share)
        return step_time(window, exposed_time(communication, hidden), contention_time(hidden, share))

    assert step(max(overlap, more)) <= step(min(overlap, more)) + 1e-9


def test_limits() -> None:
    assert hidden_time(5.0, 0.0, 10.0) == 0  # nothing may overlap
    assert hidden_time(5.0, 1.0, 0.0) == 0  # nothing to overlap with
    assert hidden_time(5.0, 1.0, 3.0) == 3.0
    assert hidden_time(5.0, 1.0, 10.0) == 5.0
    assert hidden_time(5.0, 1.0, 3.0, 0.5) == 5.0  # compute at half speed leaves twice the window
    with pytest.raises(ValueError, match=r"^share must be at least 0 and less than 1, got 1$"):
        contention_time(1.0, 1)
