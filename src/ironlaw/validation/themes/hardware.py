"""Datasheets: what the engine takes, not what it predicts."""

from __future__ import annotations

from ironlaw.validation.outcome import Excluded, Measured, Prediction
from ironlaw.validation.rows import Row

_WHY = "a datasheet: an input of the engine, with nothing to predict"


def measured(_row: Row) -> Measured:
    """Raises Excluded: a datasheet has many figures and no measurement."""
    raise Excluded(_WHY)


def predict(_row: Row) -> Prediction:
    """Raises Excluded."""
    raise Excluded(_WHY)
