"""The searches that the proofs rest on, against brute force; and the sample that they are made over."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import spec
from ironlaw.labkit.contract import Case, moves
from ironlaw.labkit.contract.case import axis, points, thin
from ironlaw.labkit.contract.text import stands_in

from .breaking import edit
from .minilab import LAB

TICKS = (0.0, 1.0, 2.0)
NAMES = ("a", "b", "c", "d")
STATES = list(itertools.product(TICKS, repeat=len(NAMES)))
LIMIT = spec.Constraint(
    id="q", name="Q", quantity="q", limit="limit", controls=NAMES, text="Q {now.q}", ok_text="Q {now.q}"
)


def act_of(table: Mapping[tuple[float, ...], bool]) -> spec.Act:
    """An act whose one limit is crossed where the table says so."""
    controls = [
        spec.NumberControl(id=name, label=name, kind="number", ticks=TICKS, start=0.0, help="?") for name in NAMES
    ]

    def model(s: Any) -> dict[str, Any]:
        return {"q": float(table[tuple(s[name] for name in NAMES)]), "limit": 0.5}

    act: spec.Act = edit(LAB.acts[0], "", controls=tuple(controls), model=model, constraints=(LIMIT,))
    return act


def distance(one: tuple[float, ...], two: tuple[float, ...]) -> int:
    return sum(a != b for a, b in zip(one, two, strict=True))


tables = st.lists(st.sampled_from([True, False, False, False]), min_size=len(STATES), max_size=len(STATES)).map(
    lambda flags: dict(zip(STATES, flags, strict=True)) | {STATES[0]: False}
)
rare = st.sets(st.sampled_from(STATES[1:]), max_size=4).map(lambda bad: {state: state in bad for state in STATES})


@settings(max_examples=60, deadline=None)
@given(tables | rare)
def test_nearest_finds_all_failures_at_the_least_number_of_moves(table: dict[tuple[float, ...], bool]) -> None:
    failing = [state for state in STATES if table[state]]
    away = min((distance(STATES[0], state) for state in failing), default=9)
    count, found = moves.nearest(act_of(table), LIMIT)
    if away > moves.REACH:
        assert (count, found) == (0, [])
        return
    wanted = {state for state in failing if distance(STATES[0], state) == away}
    assert count == away
    assert {tuple(change.get(name, 0.0) for name in NAMES) for change in found} == wanted


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(STATES))
def test_ways_are_the_controls_that_lead_out_alone(
    table: dict[tuple[float, ...], bool], here: tuple[float, ...]
) -> None:
    table = table | {here: True}
    wanted = {
        NAMES[index]
        for state in STATES
        if not table[state] and distance(here, state) == 1
        for index in range(4)
        if state[index] != here[index]
    }
    base = dict(zip(NAMES, here, strict=True))
    found = moves.ways(act_of(table), LIMIT, base)
    assert set(found) == wanted
    assert all(moves.holds(act_of(table), LIMIT, {**base, **change}) for change in found.values())


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(STATES), min_size=0, max_size=3), st.sampled_from(STATES))
def test_a_way_out_is_found_exactly_where_there_is_one(good: set[tuple[float, ...]], here: tuple[float, ...]) -> None:
    table = {state: state not in good or state == here for state in STATES}
    near = any(1 <= distance(here, state) <= moves.REACH for state in good - {here})
    base = dict(zip(NAMES, here, strict=True))
    change = moves.way_out(act_of(table), LIMIT, base, [])
    assert (change is not None) == near
    if change is not None:
        assert moves.holds(act_of(table), LIMIT, {**base, **change})


def test_a_limit_is_not_left_by_a_plan_that_cannot_run() -> None:
    act = LAB.acts[0]
    late = act.constraints[1]
    base = {**act.start(), "link": "disk"}
    assert moves.fails(act, late, base)
    no_space = {**base, "workers": 8.0}  # no time is computed there, so the limit is not crossed, but nothing is won
    assert not moves.fails(act, late, no_space)
    assert not moves.holds(act, late, no_space)
    assert set(moves.ways(act, late, base)) == {"link", "size"}


@pytest.mark.parametrize("act", LAB.acts, ids=lambda act: act.id)
def test_the_sample_is_dense_valid_and_the_same_every_time(act: spec.Act) -> None:
    found = points(LAB, act)
    assert found[0] == act.start()
    assert len(found) >= 3000
    assert len({tuple(each.values()) for each in found}) == len(found)
    assert all(ev.clean(act, each) == each for each in found)
    assert found == points(LAB, act)
    for control in act.controls:
        places = {each[control.id] for each in found}
        assert places >= set(axis(control))
        if isinstance(control, spec.NumberControl) and not control.integer:
            assert len(places) > 100  # between the ticks too
    for one, two in itertools.combinations(act.controls, 2):
        pairs = {(each[one.id], each[two.id]) for each in found}
        assert pairs >= set(itertools.product(axis(one), axis(two)))


def test_the_sample_of_a_large_panel_is_bounded() -> None:
    ticks = tuple(float(n) for n in range(200))
    controls = tuple(
        spec.NumberControl(id=f"c{n}", label="C", kind="count", ticks=ticks, start=0.0, help="?") for n in range(8)
    )
    act = edit(LAB.acts[1], "", controls=controls, challenge=None)
    assert 3000 <= len(points(LAB, act)) <= 10_000


def test_the_sample_of_a_tiny_panel_ends() -> None:
    switch = spec.ChoiceControl(
        id="s",
        label="S",
        options=(spec.Choice(value=0, text="off"), spec.Choice(value=1, text="on")),
        start=0,
        help="?",
    )
    act = edit(LAB.acts[1], "", controls=(switch,), challenge=None)
    assert points(LAB, act) == [{"s": 0}, {"s": 1}]


def test_feasible_and_infeasible_part_the_sample() -> None:
    case = Case(LAB)
    for act in LAB.acts:
        assert len(case.feasible[act.id]) + len(case.infeasible[act.id]) == len(case.samples[act.id])
    assert all(each.settings["workers"] * each.settings["buffer"] > 8e9 for each in case.infeasible["act1"])


@given(st.lists(st.integers(), max_size=50), st.integers(2, 20))
def test_thin_keeps_both_ends_and_the_order(items: list[int], most: int) -> None:
    indexed = list(enumerate(items))
    found = thin(indexed, most)
    assert len(found) == min(len(items), most)
    assert found == sorted(set(found))
    if items:
        assert (found[0], found[-1]) == (indexed[0], indexed[-1])


@pytest.mark.parametrize(
    ("figure", "text", "wanted"),
    [
        ("8 GB", "of 8 GB a GPU", True),
        ("8 GB", "of 48 GB", False),
        ("8 GB", "of 8 GB/s", True),  # a slash ends a word: what follows is the unit's business
        ("4", "4.5 s", False),
        ("4", "takes 4.", True),
        ("4 s", "4 seconds", False),
        ("1", "$1,800", False),
        ("3×", "−3×", False),
        ("3×", "13× and 3×", True),
    ],
)
def test_a_figure_stands_in_a_text_only_as_a_whole(figure: str, text: str, wanted: bool) -> None:
    assert stands_in(figure, text) is wanted
