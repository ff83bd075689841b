"""The speed figures of the project, measured on this machine, each beside its budget. Reported, never asserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure: `value` in `unit`, its budget if it has one, and how it was taken.

    `better` says which side of the budget is good. `value` is None when the figure could not be taken; `note` says why.
    """

    id: str
    what: str
    unit: str
    value: float | None
    budget: float | None = None
    better: str = "lower"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None without one, or without a value."""
        if self.budget is None or self.value is None:
            return None
        return self.value <= self.budget if self.better == "lower" else self.value >= self.budget

    def to_json(self) -> dict[str, Any]:
        """The figure as `ironlaw bench --json` prints it."""
        return asdict(self) | {"met": self.met}


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted sample lies (nearest rank). Raises ValueError for an empty sample."""
    if not values:
        raise ValueError("no sample")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def slowest(measures: Iterable[Measure], *kinds: str) -> Iterator[Measure]:
    """All measures, then for each kind (how their ids begin) the slowest of them: the one that must meet the budget."""
    worst: dict[str, Measure] = {}
    for measure in measures:
        yield measure
        kind = next((kind for kind in kinds if measure.id.startswith(f"{kind}-")), None)
        if kind is None or measure.value is None:
            continue
        if kind not in worst or measure.value > (worst[kind].value or 0.0):
            worst[kind] = measure
    for kind in kinds:
        if found := worst.get(kind):
            yield replace(
                found, id=f"{kind}-worst", what=f"slowest of all acts: {kind.replace('-', ', ')}", note=found.what
            )
