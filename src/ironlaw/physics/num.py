"""The few functions that differ between a float, a NumPy array and a pint quantity.

Equations use plain arithmetic, which all three understand, and these functions for the rest. A float goes to `math` or
a plain comparison, or to `elementary` (the same bits on every machine), an array to NumPy, a quantity (tests feed those) to plain comparisons. NumPy is imported only once
an array is here, so an import of the physics stays fast and works in a browser without NumPy.

Annotations say `float`: an array of floats may stand wherever a float may, and the result then is an array.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from ironlaw import elementary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

PLAIN = frozenset({int, float})  # exact types: a bool is an int, and is not a number here


def is_array(value: object) -> bool:
    """True for a NumPy array or NumPy scalar; does not import NumPy."""
    kind = type(value)
    return kind not in PLAIN and kind.__module__.partition(".")[0] == "numpy"


def maximum(a: float, b: float) -> float:
    """The larger of two, elementwise for arrays."""
    if type(a) in PLAIN and type(b) in PLAIN:  # most calls: a slider move makes hundreds
        return a if a >= b else b
    if is_array(a) or is_array(b):
        return cast("float", _numpy().maximum(a, b))
    return a if a >= b else b


def minimum(a: float, b: float) -> float:
    """The smaller of two, elementwise for arrays."""
    if type(a) in PLAIN and type(b) in PLAIN:  # most calls: a slider move makes hundreds
        return a if a <= b else b
    if is_array(a) or is_array(b):
        return cast("float", _numpy().minimum(a, b))
    return a if a <= b else b


def where(condition: bool, a: float, b: float) -> float:
    """`a` where the condition holds, else `b`, elementwise for arrays."""
    if is_array(condition):
        return cast("float", _numpy().where(condition, a, b))
    return a if condition else b


def log2(x: float) -> float:
    """Logarithm to base 2 of a plain number."""
    return cast("float", _numpy().log2(x)) if is_array(x) else elementary.log2(float(x))


def ln(x: float) -> float:
    """Natural logarithm of a plain number."""
    return cast("float", _numpy().log(x)) if is_array(x) else elementary.log(float(x))


def exp(x: float) -> float:
    """e to the power of a plain number."""
    return cast("float", _numpy().exp(x)) if is_array(x) else elementary.exp(float(x))


def expm1(x: float) -> float:
    """e to the power of a plain number, minus 1, without loss near 0."""
    return cast("float", _numpy().expm1(x)) if is_array(x) else elementary.expm1(float(x))


def log1p(x: float) -> float:
    """Natural logarithm of 1 plus a plain number, without loss near 0."""
    return cast("float", _numpy().log1p(x)) if is_array(x) else elementary.log1p(float(x))


def normal_cdf(x: float) -> float:
    """Share of the standard normal distribution below `x`."""
    if is_array(x):  # NumPy has no error function: element by element
        values = [elementary.normal_cdf(value) for value in x.ravel().tolist()]  # type: ignore[attr-defined]
        return cast("float", _numpy().asarray(values).reshape(x.shape))  # type: ignore[attr-defined]
    return elementary.normal_cdf(float(x))


def normal_quantile(share: float) -> float:
    """The point below which `share` (between 0 and 1, both excluded) of the standard normal distribution lies."""
    if is_array(share):  # element by element, like normal_cdf
        values = [elementary.normal_quantile(value) for value in share.ravel().tolist()]  # type: ignore[attr-defined]
        return cast("float", _numpy().asarray(values).reshape(share.shape))  # type: ignore[attr-defined]
    return elementary.normal_quantile(float(share))


def floor(x: float) -> float:
    """The largest whole number that is not above `x`, as a float."""
    return cast("float", _numpy().floor(x)) if is_array(x) else float(math.floor(float(x)))


def ceil(x: float) -> float:
    """The smallest whole number that is not below `x`, as a float."""
    return cast("float", _numpy().ceil(x)) if is_array(x) else float(math.ceil(float(x)))


def sqrt(x: float) -> float:
    """Square root; a quantity keeps its unit's root."""
    if is_array(x):
        return cast("float", _numpy().sqrt(x))
    return math.sqrt(x) if type(x) in PLAIN else x**0.5


def power(base: float, exponent: float) -> float:
    """`base ** exponent`, for a base that is not negative."""
    if type(base) in PLAIN and type(exponent) in PLAIN:
        return elementary.power(base, exponent)
    return cast("float", base**exponent)


def ln_choose(of: float, some: float) -> float:
    """Natural logarithm of the number of ways to choose `some` of `of` things; whole numbers, `some` at most `of`."""
    return (
        elementary.log_factorial(int(of))
        - elementary.log_factorial(int(some))
        - elementary.log_factorial(int(of - some))
    )


def total(values: Iterable[float]) -> float:
    """The sum from left to right. `sum` of floats rounds in another way from Python 3.12 on; a result must not depend on that."""
    found = 0.0
    for value in values:
        found = found + value
    return found


def whole_numbers(count: int) -> Any:
    """The array 0.0, 1.0, … of `count` numbers."""
    return _numpy().arange(float(count))


def finite(x: Any) -> bool:
    """True when a number, every element of an array, or the magnitude of a quantity is neither NaN nor infinite."""
    if is_array(x):
        return bool(_numpy().isfinite(x).all())
    if isinstance(x, int):
        return True
    return math.isfinite(getattr(x, "magnitude", x))


def _numpy() -> ModuleType:
    import numpy as np  # noqa: PLC0415  (lazy on purpose: see the module's text)

    return np
