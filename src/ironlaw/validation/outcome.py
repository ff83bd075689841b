"""What a theme answers for a row: a prediction, or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass


class NotModelled(Exception):
    """The engine does not claim to predict this row; the message says why."""


class Excluded(Exception):
    """The row cannot judge the engine: it is an input of it, or no measurement; the message says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, as it is compared: metric, value and unit."""

    metric: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The engine's value for a row, in the row's unit, and its 80 % interval. A closed form has low = value = high."""

    value: float
    low: float
    high: float
    note: str = ""

    def __post_init__(self) -> None:
        """Numbers, in order."""
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high)):
            raise ValueError(f"a prediction must be finite, got {self.value} ({self.low} to {self.high})")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"a prediction must lie in its interval, got {self.value} ({self.low} to {self.high})")

    @classmethod
    def exact(cls, value: float, note: str = "") -> Prediction:
        """A closed form: no interval beyond rounding."""
        return cls(value, value, value, note)
