"""Math Peek: a catalogued equation as MathML, once with symbols and once with the learner's numbers put in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ironlaw.labkit.spec import MathItem, Q
from ironlaw.labkit.text import html, show
from ironlaw.physics.catalogue import EQUATIONS
from ironlaw.physics.formula import quantity_latex


def peek(item: MathItem, slots: Mapping[str, Q]) -> dict[str, Any]:
    """One equation of the math section. Raises KeyError for an unknown equation, UnknownSlot for an unknown slot."""
    equation = EQUATIONS[item.equation]
    shown = {name: show(slots[slot]) for name, slot in item.inputs.items()}
    said = show(slots[item.result])
    rows = [(equation.result, said)] + [(s, shown[s.name]) for s in equation.symbols if s.constant is None]
    legend = [{"symbol_mathml": mathml(s.written), "meaning": s.meaning, "value": value} for s, value in rows]
    filled = equation.latex_with({name: quantity_latex(text) for name, text in shown.items()}, quantity_latex(said))
    return {
        "id": item.equation,
        "title": item.title,
        "mathml": mathml(equation.latex(), display="block"),
        "filled_mathml": mathml(filled, display="block"),
        "legend": legend,
        "source": equation.source,
        "note_html": html(item.note, slots) if item.note else "",
    }


@lru_cache(maxsize=512)
def mathml(latex: str, display: str = "inline") -> str:
    """LaTeX as a MathML element; "block" sets fractions at full size."""
    from latex2mathml.converter import convert  # noqa: PLC0415 - a slider move needs none of it

    return str(convert(latex, display=display))
