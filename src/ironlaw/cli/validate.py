"""`ironlaw validate`: published measurements against the engine.

`--json` prints one object; keys are only ever added to it. Errors are predicted over measured minus one, as shares.

    {"rows": [{"id": "trai-001", "theme": "training_throughput", "metric": "…", "measured": 137.0, "predicted": 140.2,
               "low": 131.0, "high": 150.0, "unit": "TFLOP/s", "error": 0.023, "status": "scored|not_modelled|excluded",
               "reason": "", "source": "…", "evidence": "read in stored copy"}],
     "themes": {"training_throughput": {"rows": 219, "scored": 190, "not_modelled": 8, "excluded": 21, "mape": 0.05,
                "median": 0.04, "worst": 0.2, "worst_id": "…", "bias": -0.01, "coverage": 0.8, "coverage_of": 190,
                "fitted": 9, "mape_blind": 0.05}}}

`low` and `high` are the 80 % interval; `coverage` is the share of the `coverage_of` scored rows with an interval that it
holds (a closed form has none: low, predicted and high are equal). `fitted` are scored rows that a constant of the engine
was fitted on, `mape_blind` is the MAPE without them. Numbers that are missing are null.
Exit code: 0, 1 when the measurements cannot be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ironlaw.cli import _json
from ironlaw.cli._table import console, table

if TYPE_CHECKING:
    from ironlaw.validation.run import Checked, Report, Summary

COLUMNS = (
    "theme",
    "rows",
    "scored",
    "MAPE",
    "median",
    "worst",
    "",
    "bias",
    "80 % interval holds",
    "not modelled",
    "excluded",
)


@click.command("validate")
@click.argument("themes", nargs=-1, metavar="[THEME]...")
@click.option(
    "--measurements",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="CSV files of the same columns as the shipped ones, instead of these.",
)
@click.option("--rows", "each_row", is_flag=True, help="Print every row too, the worst first in each theme.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; `ironlaw.cli.validate` documents it.")
def validate(themes: tuple[str, ...], measurements: Path | None, each_row: bool, as_json: bool) -> None:
    """Predict published measurements and print how far off the engine is, by THEME (default: all).

    Only rows whose source was read, or whose arithmetic was checked, are scored. A row that is not modelled says why.
    """
    from ironlaw.validation.rows import MeasurementError  # noqa: PLC0415 - other commands do not pay for the engine
    from ironlaw.validation.run import validate as run  # noqa: PLC0415

    try:
        report = run(measurements, themes)
    except MeasurementError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        _json.show(report.to_json())
        return
    if each_row:
        _print_rows(report)
    console().print(
        table(COLUMNS, [_summary(name, theme) for name, theme in report.themes.items()], right=range(1, 11))
    )
    console().print(
        "Only rows read in a stored copy or with cross-checked arithmetic are scored. --rows prints each row."
    )


def _summary(name: str, theme: Summary) -> tuple[str, ...]:
    holds = f"{_share(theme.coverage, signed=False)} of {theme.coverage_of}" if theme.coverage_of else "closed forms"
    return (
        name,
        str(theme.rows),
        str(theme.scored),
        _share(theme.mape, signed=False),
        _share(theme.median, signed=False),
        _share(theme.worst),
        theme.worst_id,
        _share(theme.bias),
        holds if theme.scored else "–",
        str(theme.not_modelled),
        str(theme.excluded),
    )


def _print_rows(report: Report) -> None:
    for name in report.themes:
        rows = sorted((row for row in report.rows if row.theme == name), key=_badness)
        shown = [
            (row.id, row.metric, _number(row.measured), _number(row.predicted), f"{_number(row.low)} – {_number(row.high)}",
             row.unit, _share(row.error), row.status, row.reason)
            for row in rows
        ]  # fmt: skip
        columns = ("row", "metric", "measured", "predicted", "80 % interval", "unit", "error", "status", "reason")
        console().print(table(columns, shown, title=name, right=(2, 3, 4, 6)))


def _badness(row: Checked) -> tuple[bool, float]:
    return row.status != "scored", -abs(row.error or 0.0)


def _share(value: float | None, *, signed: bool = True) -> str:
    if value is None:
        return "–"
    return f"{100 * value:{'+' if signed else ''}.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
