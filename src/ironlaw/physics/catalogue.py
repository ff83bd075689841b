"""The list of all equations, and the one place where their arguments are checked.

`@equation(...)` puts a function into `EQUATIONS` together with what a reader needs to judge it: its formula, a legend
with units, where it comes from and where it holds. The decorated function checks each argument once, at this boundary,
and its result, so that arguments which do not belong together (more hidden than there is) are an error and no number;
`function.raw` is the bare function, for sweeps over inputs that were checked before.

    symbols     one Symbol a parameter, in the order of the signature
    constant    a Symbol whose value belongs to the method (the 6 of 6·P·D); it is shown as its number
"""

from __future__ import annotations

import functools
import math
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from . import num
from .formula import Formula, number_latex, symbol_latex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FunctionType

P = ParamSpec("P")
R = TypeVar("R")

LARGEST = sys.float_info.max
ROUNDING = 1 + 1e-9  # a result may pass its upper bound by this much, from rounding


class InputError(ValueError):
    """An argument that an equation cannot take; `field`, `value` and `allowed` say which, what and why."""

    def __init__(self, message: str, field: str, value: object, allowed: str) -> None:
        """Keep the parts beside the message, for callers that answer in a structured way."""
        super().__init__(message)
        self.field, self.value, self.allowed = field, value, allowed


@dataclass(frozen=True, slots=True)
class Symbol:
    """One quantity of an equation: parameter name, symbol in the formula, SI unit, meaning and validity range.

    `unit` is "1" for plain numbers, else made of s, B, FLOP, token, USD. `low_open` and `high_open` exclude the bound.
    `latex` overrides how the symbol is written.
    """

    name: str
    symbol: str
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    integer: bool = False
    latex: str | None = None
    constant: float | None = None

    @property
    def allowed(self) -> str:
        """The validity range in words: "greater than 0 B/s", "a whole number of at least 1"."""
        bounds = []
        if self.low is not None:
            bounds.append(f"{'greater than' if self.low_open else 'at least'} {self._amount(self.low)}")
        if self.high is not None:
            bounds.append(f"{'less than' if self.high_open else 'at most'} {self._amount(self.high)}")
        span = " and ".join(bounds)
        if self.integer:
            return f"a whole number of {span}" if span else "a whole number"
        return span or "finite"

    @property
    def written(self) -> str:
        """The symbol in LaTeX; a constant is written as its number."""
        if self.constant is not None:
            return number_latex(self.constant)
        return self.latex or symbol_latex(self.symbol)

    def check(self, value: Any) -> None:
        """Raise InputError unless `value` (number, array or quantity) is numeric, finite and within the range."""
        if num.is_array(value):
            self._check_array(value)
        elif hasattr(value, "m_as"):  # a quantity with a unit: only tests feed those
            self.check(value.m_as("" if self.unit == "1" else self.unit))
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(value, f"{_short(value)} ({type(value).__name__})", "a number, ")
        elif not self._holds(value):
            raise self._refusal(value, _short(value))

    def _holds(self, value: float) -> bool:
        if not abs(value) <= LARGEST:  # NaN compares false
            return False
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below and not (self.integer and value % 1)

    def _check_array(self, array: Any) -> None:
        if array.dtype.kind not in "iuf":
            raise self._refusal(array, f"an array of {array.dtype}", "numeric, ")
        holds = abs(array) <= LARGEST  # NaN compares false
        if self.low is not None:
            holds &= (array > self.low) if self.low_open else (array >= self.low)
        if self.high is not None:
            holds &= (array < self.high) if self.high_open else (array <= self.high)
        if self.integer:
            holds &= num.ceil(array) == array
        if not holds.all():
            first = int(holds.argmin())
            value = array.flat[first].item()
            raise self._refusal(value, f"{_short(value)} at index {first}")

    def _amount(self, value: float) -> str:
        return f"{value:g}" if self.unit == "1" else f"{value:g} {self.unit}"

    def _refusal(self, value: object, got: str, kind: str = "") -> InputError:
        if not kind and self.allowed != "finite" and not abs(cast("float", value)) <= LARGEST:
            kind = "finite and "
        return InputError(f"{self.name} must be {kind}{self.allowed}, got {got}", self.name, value, self.allowed)


@dataclass(frozen=True, slots=True)
class Equation:
    """A catalogued equation: what is shown (formula, legend, source, note) and what is run (function)."""

    id: str
    title: str
    formula: Formula
    result: Symbol
    symbols: tuple[Symbol, ...]
    source: str
    note: str
    function: Callable[..., Any]

    def symbol(self, name: str) -> Symbol:
        """The symbol of parameter `name`; KeyError names the parameters there are."""
        for symbol in self.symbols:
            if symbol.name == name:
                return symbol
        raise KeyError(f"{self.id} has no parameter {name!r}; it has {', '.join(s.name for s in self.symbols)}")

    def evaluate(self, **arguments: Any) -> Any:
        """The formula's value (not the function's) for arguments by parameter name; constants may be left out."""
        values = {s.symbol: s.constant for s in self.symbols if s.constant is not None}
        return self.formula.evaluate(values | {self.symbol(name).symbol: value for name, value in arguments.items()})

    def latex(self) -> str:
        """`T = …` in symbols."""
        return f"{self.result.written} = {self.formula.latex(self._written())}"

    def latex_with(self, values: Mapping[str, str], result: str | None = None) -> str:
        """`T = …` with values in place of symbols, keyed by parameter name, and `= result` at the end when given.

        Values are LaTeX; `formula.quantity_latex("26 GB")` makes one. A parameter without a value stays a symbol.
        """
        filled = {self.symbol(name).symbol: value for name, value in values.items()}
        right = self.formula.latex_with(filled, self._written())
        return f"{self.result.written} = {right}" + (f" = {result}" if result is not None else "")

    def _written(self) -> dict[str, str]:
        return {symbol.symbol: symbol.written for symbol in self.symbols}


EQUATIONS: dict[str, Equation] = {}


class Catalogued(Protocol[P, R]):
    """A function that checks its arguments; `raw` does not, `equation` is its entry in the catalogue."""

    raw: Callable[P, R]
    equation: Equation

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Check, then compute. Raises InputError (a ValueError) naming field, value and allowed range.

        The field is the result's name where arguments, each fine by itself, give what cannot be.
        """


def equation(
    *,
    id: str,  # noqa: A002  (the catalogue's own word)
    title: str,
    formula: str,
    result: Symbol,
    symbols: tuple[Symbol, ...],
    source: str,
    note: str = "",
) -> Callable[[Callable[P, R]], Catalogued[P, R]]:
    """Put the decorated function into the catalogue and check its arguments on every call."""

    def register(function: Callable[P, R]) -> Catalogued[P, R]:
        entry = Equation(id, title, Formula(formula), result, symbols, source, note, function)
        _check_entry(entry)
        checked = _checking(function, symbols, result)
        vars(checked).update(raw=function, equation=entry)
        EQUATIONS[id] = entry
        return cast("Catalogued[P, R]", checked)

    return register


def _check_entry(entry: Equation) -> None:
    """An equation that does not fit its function fails at import, not on the page."""
    function = cast("FunctionType", entry.function)
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    if entry.id in EQUATIONS:
        raise ValueError(f"equation {entry.id!r} is catalogued twice")
    if parameters != tuple(symbol.name for symbol in entry.symbols):
        raise ValueError(f"equation {entry.id!r}: symbols must name the parameters {', '.join(parameters)}, in order")
    if sorted(entry.formula.names) != sorted(symbol.symbol for symbol in entry.symbols):
        raise ValueError(f"equation {entry.id!r}: formula and symbols do not use the same letters")
    defaults = function.__defaults__ or ()
    for symbol, default in zip(reversed(entry.symbols), reversed(defaults), strict=False):
        if symbol.constant is not None and symbol.constant != default:
            raise ValueError(
                f"equation {entry.id!r}: constant {symbol.name} is {symbol.constant}, its default {default}"
            )
    if any(symbol.constant is not None for symbol in entry.symbols[: len(entry.symbols) - len(defaults)]):
        raise ValueError(f"equation {entry.id!r}: a constant needs a default")


def _checking(function: Callable[P, R], symbols: tuple[Symbol, ...], outcome: Symbol) -> Callable[P, R]:
    # A slider move calls many equations, so a plain number in range costs two comparisons; all else takes the slow road
    # through Symbol.check, which accepts arrays and quantities and words the refusals.
    limits = tuple((_lowest(symbol), _highest(symbol), symbol.integer, symbol) for symbol in symbols)
    by_name = {symbol.name: limit for symbol, limit in zip(symbols, limits, strict=True)}
    plain = num.PLAIN
    guard = replace(outcome, integer=False, high=None if outcome.high is None else outcome.high * ROUNDING)
    lowest, highest = _lowest(guard), _highest(guard)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for value, (low, high, whole, symbol) in zip(args, limits, strict=False):
            if type(value) not in plain or not low <= value <= high or (whole and value % 1):
                symbol.check(value)
        for name, value in kwargs.items():
            if name in by_name:  # an unknown name is the function's TypeError
                low, high, whole, symbol = by_name[name]
                if type(value) not in plain or not low <= value <= high or (whole and value % 1):
                    symbol.check(value)
        try:
            result: Any = function(*args, **kwargs)
        except (OverflowError, ZeroDivisionError) as error:
            raise _too_extreme(function, args, kwargs) from error
        if type(result) not in plain or not lowest <= result <= highest:
            if not num.finite(result):
                raise _too_extreme(function, args, kwargs)
            guard.check(result)
        return result

    return cast("Callable[P, R]", checked)


def _lowest(symbol: Symbol) -> float:
    if symbol.low is None:
        return -LARGEST
    return math.nextafter(symbol.low, math.inf) if symbol.low_open else symbol.low


def _highest(symbol: Symbol) -> float:
    if symbol.high is None:
        return LARGEST
    return math.nextafter(symbol.high, -math.inf) if symbol.high_open else symbol.high


def _too_extreme(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> ValueError:
    given = [_short(value) for value in args] + [f"{name}={_short(value)}" for name, value in kwargs.items()]
    return ValueError(f"{function.__name__}({', '.join(given)}) has no finite value: the arguments are too extreme")


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"a whole number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
