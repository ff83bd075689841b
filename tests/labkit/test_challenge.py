"""The challenge: what counts as met, and a search that finds what brute force over the grid finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.labkit import challenge as ch
from ironlaw.labkit.spec import Act, Challenge, Check, ChoiceControl, Value

from .samples import RATE, ROOM, model, settings_of, tiny_act

SIZES, COUNTS = (1.0, 2.0, 5.0, 10.0, 20.0), (1.0, 5.0, 10.0)


def goal(act: Act) -> Challenge:
    assert act.challenge
    return act.challenge


def text_of(act: Act, box: str) -> str:
    """A box as its control names it."""
    control = act.control("box")
    assert isinstance(control, ChoiceControl)
    return next(option.text for option in control.options if option.value == box)


def by_hand(size: float, count: float, box: str) -> bool:
    """At least four seconds of work, that fits, in the big box."""
    return box == "big" and size * count <= ROOM[box] and size * count / RATE >= 4.0


@given(settings_of(tiny_act()))
def test_a_design_meets_the_challenge_when_the_numbers_do(settings: dict[str, Any]) -> None:
    act = tiny_act()
    met = ch.met(goal(act), settings, model(settings))
    assert met == by_hand(settings["size"], settings["count"], settings["box"])
    told = ch.document(act, settings, model(settings))
    assert told["met"] == met
    assert met == all(check["met"] for check in told["checks"])
    assert (told["cost"]["best"] is not None) == met, "the best cost is told to those who have met it"


def test_the_search_is_exhaustive() -> None:
    act = tiny_act()
    grid = list(ch.designs(act, goal(act)))
    assert len(grid) == len(SIZES) * len(COUNTS)
    assert {(s["size"], s["count"]) for s in grid} == set(product(SIZES, COUNTS))
    assert all(s["box"] == "big" and s["crew"] == 1 for s in grid)
    feasible = [
        (2 * size + count, size, count) for size, count in product(SIZES, COUNTS) if by_hand(size, count, "big")
    ]
    found = ch.search(act)
    assert (found.designs, found.feasible) == (15, len(feasible))
    assert found.share == pytest.approx(len(feasible) / 15)
    best, size, count = min(feasible)
    assert found.best_cost == best
    assert found.best is not None
    assert (found.best["size"], found.best["count"]) == (size, count)


@given(st.floats(0.0, 20.0))
def test_at_least_and_at_most_hold_at_the_limit(value: float) -> None:
    above = Check(output="value", sense="at least", limit="limit", text="")
    below = replace(above, sense="at most")
    for limit in (value, 10.0):
        values: dict[str, Value] = {"value": value, "limit": limit}
        assert ch.holds(above, values) == (value >= limit)
        assert ch.holds(below, values) == (value <= limit)
    missing: list[dict[str, Value]] = [{"value": None, "limit": 1.0}, {"value": 1.0, "limit": None}]
    for values in missing:
        assert not ch.holds(above, values)
        assert not ch.holds(below, values)


def test_a_challenge_that_nothing_meets_has_no_best() -> None:
    act = tiny_act()
    impossible = replace(goal(act), checks=(Check(output="time", sense="at least", limit="room", text=""),))
    found = ch.search(replace(act, challenge=impossible))
    assert (found.feasible, found.share, found.best, found.best_cost) == (0, 0.0, None, None)


def test_a_free_control_that_does_not_exist_is_named() -> None:
    act = tiny_act()
    with pytest.raises(ValueError, match="wheel"):
        list(ch.designs(act, replace(goal(act), free=("wheel",))))
    bare = replace(act, challenge=None)
    for ask in (ch.search, lambda a: ch.document(a, a.start(), model(a.start()))):
        with pytest.raises(ValueError, match="no challenge"):
            ask(bare)


def test_what_is_pinned_is_a_check_of_its_own() -> None:
    act = tiny_act()
    settings = act.start() | {"size": 10.0}
    told = ch.document(act, settings, model(settings))
    assert [check["met"] for check in told["checks"]] == [False, True]
    assert told["checks"][0]["text"] == f"Box: {text_of(act, 'big')}, yours {text_of(act, 'small')}"
    assert told["cost"]["text"] == "$25"
