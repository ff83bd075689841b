"""Math Peek: the numbers put into an equation give the number after the equals sign, at any setting."""

from __future__ import annotations

from math import isclose
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import maths
from ironlaw.labkit.spec import Act, MathItem, Q
from ironlaw.labkit.text import Slots, UnknownSlot, facts_of, plain
from ironlaw.physics.catalogue import EQUATIONS

from .samples import facts, settings_of, tiny_act

ACTS = [tiny_act(), *(act for lab_id in labs.built() for act in labs.load(lab_id).acts)]
each_act = pytest.mark.parametrize("act", ACTS, ids=lambda act: act.title)
MATHML = "{http://www.w3.org/1998/Math/MathML}math"


@each_act
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_what_is_run(act: Act, data: st.DataObject) -> None:
    evaluation = ev.evaluate(act, data.draw(settings_of(act)))
    if not evaluation.feasible:
        return
    slots = Slots(act, facts_of(act), evaluation.values, evaluation.values)
    for item in act.math:
        equation = EQUATIONS[item.equation]
        named = {name: slots[slot].value for name, slot in item.inputs.items()}
        assert set(named) == {symbol.name for symbol in equation.symbols if symbol.constant is None}
        said = slots[item.result].value
        assert isinstance(said, float)
        for computed in (equation.function(**named), equation.evaluate(**named)):
            assert isclose(computed, said, rel_tol=1e-9, abs_tol=1e-12), item.equation


@each_act
def test_the_peek_is_well_formed_and_names_everything(act: Act) -> None:
    evaluation = ev.evaluate(act, act.start())
    slots = Slots(act, facts_of(act), evaluation.values, evaluation.values)
    for item in act.math:
        shown = maths.peek(item, slots)
        for name in ("mathml", "filled_mathml"):
            assert ElementTree.fromstring(shown[name]).tag == MATHML  # noqa: S314 - our own markup
        result, *rest = shown["legend"]
        assert result["value"] == plain(slots[item.result].value, slots[item.result].kind)
        assert [row["value"] for row in rest] == [
            plain(slots[slot].value, slots[slot].kind)
            for symbol in EQUATIONS[item.equation].symbols
            if (slot := item.inputs.get(symbol.name))
        ]
        assert all(row["meaning"] for row in shown["legend"])
        assert shown["source"] == EQUATIONS[item.equation].source != ""
        filled = "".join(ElementTree.fromstring(shown["filled_mathml"]).itertext())  # noqa: S314 - our own markup
        said = plain(slots[item.result].value, slots[item.result].kind).replace("CO2e", "")
        digits = "".join(c for c in said if c in "0123456789.")
        assert digits in filled.replace(",", ""), "the result stands at the end of the line"


def test_the_learners_numbers_stand_in_the_equation() -> None:
    item = MathItem(
        equation="throughput",
        title="T",
        inputs={"tokens": "start_load", "step": "start_time"},
        result="rate",
        note="*n*",
    )
    shown = maths.peek(item, facts())
    text = "".join(ElementTree.fromstring(shown["filled_mathml"]).itertext())  # noqa: S314 - our own markup
    for said in ("25", "2.5", "10"):
        assert said in text
    assert shown["note_html"] == "<p><em>n</em></p>"
    assert [row["value"] for row in shown["legend"]] == ["10 tokens/s", "25", "2.5 s"]


def test_an_unknown_equation_or_slot_is_an_error() -> None:
    with pytest.raises(KeyError, match="moon"):
        maths.peek(MathItem(equation="moon", title="", inputs={}, result="rate"), facts())
    item = MathItem(equation="throughput", title="", inputs={"tokens": "start_load", "step": "gone"}, result="rate")
    slots = Slots(tiny_act(), {"rate": Q(1.0, "number"), "start_load": Q(1.0, "tokens")}, {})
    with pytest.raises(UnknownSlot, match="gone"):
        maths.peek(item, slots)
