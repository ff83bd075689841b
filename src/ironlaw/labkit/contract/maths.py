"""Math Peek: the equation shown is the one that was run, with the numbers that the page shows elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from ironlaw.labkit import maths
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, attempt, known, thin
from ironlaw.labkit.contract.structure import told
from ironlaw.labkit.spec import Act, MathItem, Values
from ironlaw.labkit.text import Slots, UnknownSlot, facts_of
from ironlaw.physics.catalogue import EQUATIONS

STATES = 60
EXACT = 1e-9


def _items(case: Case) -> Iterator[tuple[str, Act, MathItem]]:
    for act in case.lab.acts:
        for item in act.math:
            yield f"{act.id}.math[{item.equation}]", act, item


@rule(
    "math-inputs",
    title="Every equation is catalogued, its inputs are all given, and it can be set in MathML",
    why="A symbol without its number, or a formula that does not show, ends the argument where it should begin.",
    needs=("slots",),
)
def math_inputs(case: Case) -> Iterator[Miss | Fact]:
    for where, act, item in _items(case):
        equation = EQUATIONS.get(item.equation)
        if equation is None:
            yield Miss(where, f"there is no equation {item.equation!r} in the catalogue")
            continue
        wanted = {symbol.name for symbol in equation.symbols if symbol.constant is None}
        for name in sorted(wanted - item.inputs.keys()):
            yield Miss(where, f"parameter {name!r} has no slot")
        for name in sorted(item.inputs.keys() - wanted):
            yield Miss(where, f"{name!r} is no parameter of the equation; it has {', '.join(sorted(wanted))}")
        start = act.model(act.start())
        here = Slots(act, facts_of(act), start, start)
        missing = [slot for slot in (*item.inputs.values(), item.result) if not _exists(slot, here)]
        for slot in missing:
            yield Miss(where, f"slot {slot!r} does not exist")
        if wanted == item.inputs.keys() and not missing:
            shown, error = attempt(lambda item=item, here=here: maths.peek(item, here))  # type: ignore[misc]
            if shown is None:
                yield Miss(where, f"cannot be shown: {error}")


def _exists(slot: str, here: Slots) -> bool:
    try:
        return here[slot].value is not None
    except UnknownSlot:
        return False


@rule(
    "math-agrees",
    title="The equation, run with the numbers shown, gives the result shown",
    why="Text, card and Math Peek are one computation; here it is done again by hand.",
    needs=("math-inputs",),
)
def math_agrees(case: Case) -> Iterator[Miss | Fact]:
    for where, act, item in _items(case):
        start = act.model(act.start())
        for each in thin(case.feasible[act.id], STATES):
            if message := _disagrees(act, item, start, known(each)):
                yield Miss(where, f"{message} at {told(act, each.settings)}")
                break


def _disagrees(act: Act, item: MathItem, start: Values, now: Values) -> str | None:
    here = Slots(act, facts_of(act), now, start)
    inputs = {name: here[slot].value for name, slot in item.inputs.items()}
    computed, error = attempt(lambda: EQUATIONS[item.equation].function(**inputs))
    said = here[item.result].value
    if computed is None:
        return f"the equation stops on {error}"
    if isinstance(said, int | float) and isclose(float(computed), said, rel_tol=EXACT, abs_tol=1e-300):
        return None
    return f"the equation gives {computed!r}, {item.result} is {said!r}"
