"""Pure equations, one idea a module: functions of SI floats or NumPy arrays, without input or output, registry or clock.

A new module is a new file; tests find its equations by themselves. `EQUATIONS`, the list of them all, imports every
module, so a caller who wants one idea (`from ironlaw.physics import step`) pays for that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalogue import Catalogued, Equation, InputError, Symbol, equation
from .formula import Formula, number_latex, quantity_latex, symbol_latex

if TYPE_CHECKING:
    EQUATIONS: dict[str, Equation]

__all__ = [
    "EQUATIONS",
    "Catalogued",
    "Equation",
    "Formula",
    "InputError",
    "Symbol",
    "equation",
    "number_latex",
    "quantity_latex",
    "symbol_latex",
]


def __getattr__(name: str) -> Any:
    if name != "EQUATIONS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  (only for the whole list)
    from pkgutil import iter_modules  # noqa: PLC0415

    from . import catalogue  # noqa: PLC0415

    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return catalogue.EQUATIONS
