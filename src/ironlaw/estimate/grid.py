"""A grid of designs: axes given as ranges, walked in blocks that fit a processor's cache.

"8"            one value
"1,2,4,8"      a list, of numbers or of words ("none,full")
"8:64:+8"      from 8 to 64 in steps of 8
"1:64:x2"      from 1 to 64, doubling
"0.1:0.9:5"    five values, evenly spread
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

from ironlaw.physics import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BLOCK = 16_384  # designs: a dozen columns of doubles stay in the second-level cache
MOST_VALUES = 100_000  # on one axis
LARGEST = 1e30  # of a number in a range
_RANGE = re.compile(r"(?P<low>[^:,]+):(?P<high>[^:,]+):(?P<how>[+x]?)(?P<by>[^:,]+)")

Value = float | str
T = TypeVar("T")


def axis(name: str, text: str) -> tuple[Value, ...]:
    """The values of one axis, from its text; whole numbers stay whole.

    Raises InputError for a text that is no range, one without end and one with more than 100,000 values.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        values = _once(_value(part.strip()) for part in text.split(",") if part.strip())
        if not values or ":" in text:
            raise _refused(name, text)
        return values
    low, high, by = (_number(name, text, match[part]) for part in ("low", "high", "by"))
    return _once(_whole(value) for value in _walk(name, text, low, high, match["how"], by))


def names(name: str, text: str) -> tuple[str, ...]:
    """The values of an axis of words, each as it is written. Raises InputError for a list without any."""
    values = _once(part.strip() for part in text.split(",") if part.strip())
    if not values:
        raise InputError(f'{name} must be a name, or a list of names "a,b", got {text!r}', name, text, "names")
    return values


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))  # a value that stands twice makes no second design


def _walk(name: str, text: str, low: float, high: float, how: str, by: float) -> list[float]:
    if how == "x":
        if low <= 0 or by <= 1 or high < low:
            raise _refused(name, text)
        count = math.floor((math.log(high) - math.log(low)) / math.log(by) + 1e-9) + 1
        return [low * by**step for step in range(_bounded(name, text, count))]
    if how == "+":
        if by <= 0 or high < low:
            raise _refused(name, text)
        count = math.floor((high - low) / by + 1e-9) + 1
        return [low + by * step for step in range(_bounded(name, text, count))]
    if by < 2 or by % 1:
        raise _refused(name, text)
    count = _bounded(name, text, by)
    return [low + (high - low) * step / (count - 1) for step in range(count)]


def _bounded(name: str, text: str, count: float) -> int:
    if count > MOST_VALUES:
        raise InputError(
            f"{name} must have at most {MOST_VALUES:,} values, got {count:,.0f} from {text!r}",
            name, text, f"at most {MOST_VALUES:,} values",
        )  # fmt: skip
    return int(count)


def _number(name: str, text: str, part: str) -> float:
    try:
        value = float(part.strip())
    except ValueError:
        raise _refused(name, text) from None
    if not (value == 0 or 1 / LARGEST <= abs(value) <= LARGEST):  # NaN compares false
        raise _refused(name, text)
    return value


def _value(part: str) -> Value:
    try:
        value = float(part)
    except ValueError:
        return part
    return _whole(value) if math.isfinite(value) else part


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _refused(name: str, text: str) -> InputError:
    allowed = 'a value, a list "1,2,4", or a range "8:64:+8", "1:64:x2", "0.1:0.9:5" from low to high'
    return InputError(f"{name} must be {allowed}, got {text!r}", name, text, allowed)


@dataclass(frozen=True, slots=True)
class Grid:
    """All combinations of the axes: numbers become columns of arrays, words split the grid into parts."""

    axes: Mapping[str, tuple[Value, ...]]

    @property
    def size(self) -> int:
        """Number of designs."""
        return math.prod(len(values) for values in self.axes.values())

    def blocks(self, length: int = BLOCK) -> Iterator[dict[str, Any]]:
        """The designs in blocks of at most `length`: for each axis its one value, or an array.

        The arrays of a block stand at right angles (shapes (3, 1), (1, 4)), so a term that depends on one axis is computed
        once for its values, not once for each design. NumPy broadcasts the rest.
        """
        import numpy as np  # noqa: PLC0415 - only a sweep has arrays

        words = {name: values for name, values in self.axes.items() if any(isinstance(v, str) for v in values)}
        many = {n: np.array(v) for n, v in self.axes.items() if n not in words and len(v) > 1}
        fixed = {name: values[0] for name, values in self.axes.items() if name not in words and len(values) == 1}
        for choice in product(*words.values()):
            chosen = fixed | dict(zip(words, choice, strict=True))
            for sides in product(*_slices([len(values) for values in many.values()], length)):
                pieces = [values[side] for values, side in zip(many.values(), sides, strict=True)]
                columns = dict(zip(many, np.ix_(*pieces), strict=True)) if many else {}
                yield {name: (chosen | columns)[name] for name in self.axes}


def _slices(sizes: list[int], length: int) -> list[list[slice]]:
    """How each axis is cut: the last ones whole as long as they fit into `length`, one into pieces, those before to single values."""
    room, cut = length, []
    for size in reversed(sizes):
        piece = min(size, max(1, room))
        cut.append([slice(start, start + piece) for start in range(0, size, piece)])
        room //= piece
    return cut[::-1]


def pareto(*objectives: Any) -> Any:
    """Places of the designs that no other beats in all objectives (all minimised; arrays of one length), in no order.

    Of equal designs the first stays. Each round keeps the lexicographic minimum, which nothing beats, and drops what it beats.
    """
    import numpy as np  # noqa: PLC0415 - only a sweep has arrays

    left = np.lexsort(objectives[::-1])
    kept = []
    while left.size:
        best = left[0]
        kept.append(best)
        left = left[1:]
        survives = np.zeros(left.size, dtype=bool)
        for objective in objectives:
            survives |= objective[left] < objective[best]
        left = left[survives]
    return np.array(kept, dtype=int)
