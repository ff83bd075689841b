"""Predicts every row of every theme and sums up how far off the engine is.

    rows      Checked: one row with its measurement, prediction, error and status
    themes    Summary: rows, scored, MAPE, median, worst, bias, coverage of the 80 % interval
    status    scored | not_modelled | excluded; a reason stands beside the last two

Only rows whose evidence is one of `rows.SCORED` are scored. The others are excluded, with a prediction where there is one.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from ironlaw.physics import InputError
from ironlaw.registry import UnknownNameError

from . import themes
from .fitted import fitted_rows
from .outcome import Excluded, Measured, NotModelled, Prediction
from .rows import SCORED, MeasurementError, Row, columns_measured, files, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCORED_STATUS, NOT_MODELLED, EXCLUDED = "scored", "not_modelled", "excluded"
ROUNDING = 0.005  # a printed measurement is rounded: an exact prediction this close (relative) holds
LARGEST_ERROR = 1e100  # beyond it a mean of errors would leave the floats: the row is in another unit, or broken
FAILS = "the engine fails on these cells"
FITTED = "a constant of the engine was fitted on this row"


@dataclass(frozen=True, slots=True)
class Checked:
    """One row: `error` is predicted over measured minus one; None where a number is missing."""

    id: str
    theme: str
    metric: str
    measured: float | None
    predicted: float | None
    low: float | None
    high: float | None
    unit: str
    error: float | None
    status: str
    reason: str
    source: str
    evidence: str

    @property
    def covered(self) -> bool:
        """Whether the interval holds the measurement; a closed form may differ by rounding."""
        if self.measured is None or self.low is None or self.high is None:
            return False
        slack = ROUNDING * abs(self.measured) if self.low == self.high else 0.0
        return self.low - slack <= self.measured <= self.high + slack


@dataclass(frozen=True, slots=True)
class Summary:
    """One theme. Errors are shares of the measurement; None where nothing was scored."""

    rows: int
    scored: int
    not_modelled: int
    excluded: int
    mape: float | None
    median: float | None
    worst: float | None
    worst_id: str
    bias: float | None
    coverage: float | None
    coverage_of: int  # scored rows with an interval: closed forms have none
    fitted: int  # scored rows that a constant of the engine was fitted on
    mape_blind: float | None  # without those


@dataclass(frozen=True, slots=True)
class Report:
    """All rows and the summary of each theme."""

    rows: tuple[Checked, ...]
    themes: dict[str, Summary]

    def to_json(self) -> dict[str, Any]:
        """What `ironlaw validate --json` prints."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "themes": {name: asdict(summary) for name, summary in self.themes.items()},
        }


def validate(folder: Path | None = None, only: Sequence[str] = ()) -> Report:
    """Predict the rows of all CSV files in `folder` (default: the shipped ones), or of the themes in `only`.

    Raises MeasurementError for a folder, file or theme that cannot be read. A file whose theme the engine does not know
    is no error: its rows are listed as not modelled.
    """
    found = files(folder)
    unknown = sorted(set(only) - set(found))
    if unknown:
        raise MeasurementError(f"theme must be one of {', '.join(found)}, got {', '.join(unknown)}")
    chosen = {theme: file for theme, file in found.items() if not only or theme in only}
    rows = tuple(check(row) for theme, file in chosen.items() for row in read(theme, file))
    return Report(rows, {theme: summary([row for row in rows if row.theme == theme]) for theme in chosen})


@cache
def known_themes() -> tuple[str, ...]:
    """The themes that have a module."""
    return tuple(module.name for module in iter_modules(themes.__path__) if not module.name.startswith("_"))


def check(row: Row) -> Checked:
    """One row against the engine."""
    measured, prediction = None, None
    try:
        theme = _theme(row.theme)
        measured = getattr(theme, "measured", columns_measured)(row)
        prediction = theme.predict(row)
    except NotModelled as why:
        status, reason = NOT_MODELLED, str(why)
    except (Excluded, MeasurementError) as why:
        status, reason = EXCLUDED, str(why)
    except (InputError, UnknownNameError) as refusal:  # the engine's own words: outside its range, or a name it lacks
        status, reason = NOT_MODELLED, str(refusal)
    except (ArithmeticError, LookupError, ValueError) as failure:
        # Anyone's rows may hold anything, and one bad row does not cost the others their score. No shipped row gets here.
        status, reason = NOT_MODELLED, f"{FAILS}: {type(failure).__name__}, {failure}"
    else:
        status, reason = _verdict(row, measured, prediction)
    return _checked(row, measured, prediction, status, reason)


def _verdict(row: Row, measured: Measured, prediction: Prediction) -> tuple[str, str]:
    """Status and reason of a row that the engine predicts."""
    if row.evidence not in SCORED:
        return EXCLUDED, f"evidence is {row.evidence!r}: shown, not scored"
    if measured.value == 0:
        return EXCLUDED, "the measurement is printed as 0, so it has no relative error"
    if _error(measured, prediction) is None:
        return EXCLUDED, f"the prediction {prediction.value:g} is too far from {measured.value:g} to be compared"
    return SCORED_STATUS, FITTED if row.id in fitted_rows() else ""


def _theme(name: str) -> Any:
    if name not in known_themes():
        raise NotModelled(f"the engine has no theme {name!r}; it has {', '.join(known_themes())}")
    return import_module(f"{themes.__name__}.{name}")


def _checked(row: Row, measured: Measured | None, prediction: Prediction | None, status: str, reason: str) -> Checked:
    return Checked(
        id=row.id,
        theme=row.theme,
        metric=measured.metric if measured else row["metric"],
        measured=measured.value if measured else None,
        predicted=prediction.value if prediction else None,
        low=prediction.low if prediction else None,
        high=prediction.high if prediction else None,
        unit=measured.unit if measured else row["unit"],
        error=_error(measured, prediction),
        status=status,
        reason=reason or (prediction.note if prediction else ""),
        source=row["source"],
        evidence=row.evidence,
    )


def _error(measured: Measured | None, prediction: Prediction | None) -> float | None:
    if prediction is None or measured is None or not measured.value:
        return None
    error = prediction.value / measured.value - 1
    return error if math.isfinite(error) and abs(error) <= LARGEST_ERROR else None


def summary(rows: Sequence[Checked]) -> Summary:
    """Error and coverage over the scored rows."""
    scored = {row.id: row.error for row in rows if row.status == SCORED_STATUS and row.error is not None}
    open_rows = [row for row in rows if row.status == SCORED_STATUS and row.low != row.high]
    sizes = [abs(error) for error in scored.values()]
    blind = [abs(error) for name, error in scored.items() if name not in fitted_rows()]
    worst = max(scored, key=lambda name: abs(scored[name]), default="")
    return Summary(
        rows=len(rows),
        scored=len(scored),
        not_modelled=sum(row.status == NOT_MODELLED for row in rows),
        excluded=sum(row.status == EXCLUDED for row in rows),
        mape=fmean(sizes) if sizes else None,
        median=median(sizes) if sizes else None,
        worst=scored.get(worst),
        worst_id=worst,
        bias=fmean(scored.values()) if sizes else None,
        coverage=fmean(row.covered for row in open_rows) if open_rows else None,
        coverage_of=len(open_rows),
        fitted=len(scored) - len(blind),
        mape_blind=fmean(blind) if blind else None,
    )
