"""What all parts share: how a number is said, how an axis is fitted, how a legend is gathered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, isfinite
from typing import Literal

from ironlaw.elementary import log10, power, ten_to
from ironlaw.labkit import figures as fig
from ironlaw.labkit.text import plain
from ironlaw.quantities import DAY, HOUR, MINUTE, YEAR

Scale = Literal["linear", "log"]
NO_EVIDENCE = "no evidence"
NONE_IN_RANGE = "none in range"
CLOCK_FROM = 100.0  # seconds: above it a log axis of time is marked in what a clock and a calendar know
CLOCK = (
    *(ten_to(place) for place in range(-9, 2)), 2 * MINUTE, 15 * MINUTE, 2 * HOUR, DAY, 10 * DAY, 100 * DAY, 3 * YEAR, 30 * YEAR,
    300 * YEAR, 3000 * YEAR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How the numbers of one axis are said: the label of the axis, the kind that prints them, and a unit after them.

    `unit` is for what no kind prints, such as " images/s"; `scale` and `domain` fix the axis, and a domain that does not
    hold all values grows. Without a domain the axis fits its values.
    """

    label: str
    kind: str
    unit: str = ""
    scale: Scale = "linear"
    domain: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None

    def say(self, value: float | None) -> str:
        """One value with its unit; None is a dash."""
        return plain(value, self.kind) + (self.unit if value is not None else "")

    def axis(self, values: Iterable[float]) -> fig.Axis:
        """The axis that holds the domain and every value."""
        held = [value for value in values if isfinite(value)]
        if self.scale == "log":
            return self._log([value for value in held if value > 0])
        low, high = self.domain or (min([0.0, *held]), max([0.0, *held]))
        return fig.linear(self.label, min([low, *held]), max([high, *held]), self.kind)

    def _log(self, values: Sequence[float]) -> fig.Axis:
        least, most = (min(values), max(values)) if values else (1.0, 10.0)
        below, above = _decades(least, most) if self.kind != "seconds" or most <= CLOCK_FROM else _clocks(least, most)
        low, high = self.domain or (below, above)
        low = low if low <= least else below
        high = high if most <= high else above
        if not low < high:
            low, high = low / 10, high * 10
        marked = self.ticks or (CLOCK if self.kind == "seconds" and high > CLOCK_FROM else None)
        ticks = None if marked is None else [tick for tick in marked if low <= tick <= high]
        return fig.log(self.label, low, high, self.kind, ticks or None)


def _decades(least: float, most: float) -> tuple[float, float]:
    """The powers of ten round two positive values."""
    return ten_to(floor(log10(least) + 1e-12)), ten_to(ceil(log10(most) - 1e-12))


def _clocks(least: float, most: float) -> tuple[float, float]:
    """The marks of a clock round two times in seconds."""
    below, above = _decades(least, most)
    return max([below, *(mark for mark in CLOCK if mark <= least)]), min([above, *(m for m in CLOCK if m >= most)])


def joined(words: Sequence[str]) -> str:
    """A list in a sentence: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(*parts: str) -> str:
    """Clauses as one sentence: semicolons between them, a capital at its start, a full stop at its end."""
    said = "; ".join(part for part in parts if part)
    return f"{said[:1].upper()}{said[1:]}."


def keys(*entries: tuple[str, fig.Colour, bool]) -> list[dict[str, object]]:
    """Legend entries (label, colour, hatched), each label once."""
    seen: dict[str, dict[str, object]] = {}
    for label, colour, pattern in entries:
        seen.setdefault(label, fig.key(label, colour, pattern=pattern))
    return list(seen.values())


@lru_cache(maxsize=64)  # a move asks for the same points again
def sampled(low: float, high: float, count: int, scale: Scale) -> tuple[float, ...]:
    """`count` points from `low` to `high`, evenly on the scale; both ends are exact."""
    if scale == "log":
        ratio = high / low
        inner = (low * power(ratio, index / (count - 1)) for index in range(1, count - 1))
    else:
        inner = (low + (high - low) * index / (count - 1) for index in range(1, count - 1))
    return (low, *inner, high)
