"""Where two curves cross: every sign change between samples, narrowed by bisection to the last bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ironlaw.labkit.parts._common import Scale, sampled

Function = Callable[[float], float]
STEPS = 60  # halvings: more than a float has bits between two samples


def crossings(
    one: Function, other: Function, low: float, high: float, *, scale: Scale = "linear", samples: int = 49
) -> tuple[float, ...]:
    """Every x in [low, high] where the curves meet, as far as `samples` tell them apart. Curves that coincide have none."""
    return crossings_of(one, other, sampled(low, high, samples, scale))


def crossings_of(one: Function, other: Function, xs: Sequence[float]) -> tuple[float, ...]:
    """The same over given samples."""
    gaps = [one(x) - other(x) for x in xs]
    found: list[float] = []
    for index in range(len(xs) - 1):
        a, b = gaps[index], gaps[index + 1]
        if a * b < 0:
            found.append(_bisect(one, other, xs[index], xs[index + 1], a))
        elif b == 0 and _crosses(gaps, index + 1):
            found.append(xs[index + 1])
        elif index == 0 and a == 0 and b != 0:
            found.append(xs[0])
    return tuple(found)


def _crosses(gaps: Sequence[float], at: int) -> bool:
    """Whether a gap of exactly nothing at a sample is a point, not the start of a shared stretch."""
    after = gaps[at + 1] if at + 1 < len(gaps) else 1.0
    return gaps[at - 1] != 0 and after != 0


def _bisect(one: Function, other: Function, low: float, high: float, gap: float) -> float:
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        here = one(middle) - other(middle)
        if here == 0:
            return middle
        if (here < 0) == (gap < 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2
