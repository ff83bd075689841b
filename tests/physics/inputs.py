"""Random arguments for any catalogued equation, drawn from its own validity ranges, and units for them."""

from __future__ import annotations

from typing import Any

import pint
from hypothesis import strategies as st

from ironlaw.physics import EQUATIONS, Equation, Symbol

LARGE = 1e9  # the largest number drawn where an equation sets no bound
SMALL = 1e-6  # the smallest positive one

every_equation = sorted(EQUATIONS.values(), key=lambda entry: entry.id)


def checked(entry: Equation) -> Any:
    """The checking function of an equation, as callers import it from its module."""
    return getattr(__import__(entry.function.__module__, fromlist=["_"]), entry.function.__name__)


def values(symbol: Symbol) -> st.SearchStrategy[float]:
    """Numbers within the symbol's validity range, its closed bounds included."""
    low = 0.0 if symbol.low is None else symbol.low
    high = LARGE if symbol.high is None else symbol.high
    if symbol.integer:
        return st.integers(int(low), int(min(high, 1_000_000)))
    inside = st.floats(max(low, SMALL) if low >= 0 else low, high, exclude_max=symbol.high_open)
    return inside if symbol.low_open else st.one_of(st.just(low), inside)


def from_zero(high: float) -> st.SearchStrategy[float]:
    """Zero or a number up to `high`; not so small that a float loses its digits."""
    return st.one_of(st.just(0.0), st.floats(SMALL, high))


def any_arguments(entry: Equation) -> st.SearchStrategy[dict[str, float]]:
    """One valid value for each parameter; together they may give a result that cannot be."""
    return st.fixed_dictionaries({symbol.name: values(symbol) for symbol in entry.symbols})


def arguments(entry: Equation) -> st.SearchStrategy[dict[str, float]]:
    """One valid value for each parameter, that together give a result within its range."""
    return any_arguments(entry).filter(lambda chosen: possible(entry, chosen))


def possible(entry: Equation, chosen: dict[str, float]) -> bool:
    """True when the formula's value lies within the range of the equation's result."""
    value = entry.evaluate(**chosen)
    low, high = entry.result.low, entry.result.high
    return (low is None or value >= low) and (high is None or value <= high)


BASE_UNITS = (
    "s = [time]",
    "B = [information]",
    "FLOP = [arithmetic]",
    "op = [operation]",
    "token = [text]",
    "sample = [sample]",
    "request = [request]",
    "USD = [money]",
    "J = [energy]",
    "W = J/s",
    "kg = [mass]",
    "m = [length]",
    "K = [temperature]",
)


def _registry() -> pint.UnitRegistry[Any]:
    # Built from nothing: in pint's own list a byte is a plain number, and FLOP, token and USD do not exist.
    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    for line in BASE_UNITS:
        registry.define(line)
    return registry


UNITS = _registry()


def quantity(value: float, symbol: Symbol) -> Any:
    """`value` in the symbol's unit."""
    return UNITS.Quantity(value, "" if symbol.unit == "1" else symbol.unit)


def dimension(value: Any) -> Any:
    """Dimension of a quantity; a plain number has none."""
    return getattr(value, "dimensionality", UNITS.Unit("").dimensionality)


def unit_dimension(unit: str) -> Any:
    """Dimension of a catalogue unit."""
    return UNITS.Unit("" if unit == "1" else unit).dimensionality
