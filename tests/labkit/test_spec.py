"""The records of a lab: keys, conditions, and what is read off an id."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.labkit.spec import Band, Q, TermQuestion, number

from .samples import REFLECTION, facts, tiny_lab

EDGES = st.floats(0.1, 100.0)


@given(EDGES, EDGES, st.floats(0.0, 200.0))
def test_bands_that_meet_hold_each_value_once(one: float, other: float, value: float) -> None:
    low, high = sorted((one, other))
    ends = [(None, low), (low, high), (high, None)]
    bands = [Band(id=str(i), low=a, high=b, text="") for i, (a, b) in enumerate(ends)]
    assert sum(band.holds(value) for band in bands) == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3, unique=True), st.sampled_from(["largest", "smallest"]))
def test_the_key_is_the_extreme_of_those_that_meet_the_condition(values: list[float], pick: str) -> None:
    names = ("light", "heavy", "rate")
    told = {**facts(), **{name: Q(value, "bytes") for name, value in zip(names, values, strict=True)}}
    question = replace(REFLECTION.question, pick=pick)  # type: ignore[arg-type]
    best = max if pick == "largest" else min
    option_of = {"light": "light", "heavy": "heavy", "rate": "air"}
    assert question.key(told) == option_of[best(names, key=lambda name: float(told[name].value or 0.0))]
    barred = replace(
        question, options=tuple(replace(o, needs="work") if o.id == "heavy" else o for o in question.options)
    )
    for work in (0.0, 0.99, 1.0):
        allowed = [name for name in names if name != "heavy" or work >= 1.0]
        key = barred.key({**told, "work": Q(work, "share")})
        assert key == option_of[best(allowed, key=lambda name: float(told[name].value or 0.0))]
    assert isinstance(question, TermQuestion)


def test_what_is_read_off_a_lab() -> None:
    lab = tiny_lab(3)
    assert (lab.volume, lab.number, lab.minutes) == (1, 99, 9)
    assert lab.act("a2") is lab.acts[1]
    assert lab.act("a9") is None
    act = lab.acts[0]
    assert act.control("size") is act.controls[0]
    assert act.control("wheel") is None
    assert act.start() == {"size": 5.0, "count": 5.0, "box": "small", "crew": 1}


@pytest.mark.parametrize("value", [None, "much"])
def test_only_numbers_are_numbers(value: str | None) -> None:
    with pytest.raises(TypeError, match="not a number"):
        number(Q(value, "text"))
    assert number(Q(3, "count")) == 3.0
