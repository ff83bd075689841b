"""What `ironlaw probe` stored of the learner's machine: the newest measurement, figure by figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironlaw import quantities
from ironlaw.probe.figures import FIGURES
from ironlaw.report import told


def machine(measured: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The newest of the `measured` entries with the time of it and how many came before; None when there is none."""
    if not measured:
        return None
    newest = measured[-1]
    results = told.part(newest.get("results"))
    order = [name for name in FIGURES if name in results]
    rows = [_row(name, results[name]) for name in (*order, *(name for name in results if name not in FIGURES))]
    return {"at": told.text(newest.get("at")), "before": len(measured) - 1, "figures": rows}


def _row(id_: str, stored: object) -> dict[str, Any]:
    """One figure: `text` is the value as it is read, `unit` the unit that goes with it; `value` is in SI."""
    value, figure = told.number(stored), FIGURES.get(id_)
    if value is None or figure is None:
        text, unit = (f"{value:.4g}" if value is not None else "—"), figure.unit if figure else None
    elif figure.kind == "number":
        text, unit = quantities.format(value, "number"), figure.unit
    else:
        text, _, unit = told.printed(value, figure.kind).partition(" ")
    return {"id": id_[:64], "label": figure.label if figure else None, "value": value, "text": text, "unit": unit}
