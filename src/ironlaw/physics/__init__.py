"""Pure equations, one idea a module. Importing the package registers them all in `EQUATIONS`.

Functions of SI floats or NumPy arrays: no input or output, no registry, no global state, no clock. A new module is
added to the import below; tests find its equations by themselves.
"""

from . import collectives, economics, fabric, memory, overlap, pipeline, roofline, step, transformer
from .catalogue import EQUATIONS, Catalogued, Equation, InputError, Symbol, equation
from .formula import Formula, number_latex, quantity_latex, symbol_latex

__all__ = [
    "EQUATIONS",
    "Catalogued",
    "Equation",
    "Formula",
    "InputError",
    "Symbol",
    "collectives",
    "economics",
    "equation",
    "fabric",
    "memory",
    "number_latex",
    "overlap",
    "pipeline",
    "quantity_latex",
    "roofline",
    "step",
    "symbol_latex",
    "transformer",
]
