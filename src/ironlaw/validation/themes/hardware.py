"""Datasheets: what the engine takes, not what it predicts."""

from __future__ import annotations

from ironlaw.validation.outcome import Excluded, Measured, Prediction
from ironlaw.validation.rows import Row


def measured(row: Row) -> Measured:
    """Raises Excluded: a datasheet has many figures and no measurement."""
    raise _input(row)


def predict(row: Row) -> Prediction:
    """Raises Excluded."""
    raise _input(row)


def _input(row: Row) -> Excluded:
    return Excluded(
        f"input of the engine: the registry holds datasheet figures such as those of {row['device'] or row.id}"
    )
