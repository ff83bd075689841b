"""Which rows the engine's fitted constants come from: a calibration says so in its source, "fitted" in its note."""

from __future__ import annotations

import re
from functools import cache

from ironlaw import registry
from ironlaw.registry import Entity, Field

_ROW = re.compile(r"\b[a-z]{2}[a-z_]{2}-\d+\b")


def is_fitted(field: Field) -> bool:
    """Whether this figure was fitted, rather than printed or counted."""
    return field.note.startswith("fitted:")


def rows_of(calibration: Entity) -> tuple[str, ...]:
    """The rows that its fitted figures come from."""
    found = (row for field in calibration.fields.values() if is_fitted(field) for row in _ROW.findall(field.where))
    return tuple(dict.fromkeys(found))


@cache
def fitted_rows() -> frozenset[str]:
    """The rows of all fitted constants."""
    return frozenset(row for calibration in registry.every("calibration") for row in rows_of(calibration))
