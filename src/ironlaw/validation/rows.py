"""The rows of a measurement file, read strictly: a broken file is an error that names file, row and column."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from .outcome import Measured, NotModelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

#: Evidence that counts: the row was read, or its arithmetic was checked.
SCORED = frozenset({"read in stored copy", "recalled, arithmetic cross-checked"})


class MeasurementError(ValueError):
    """A measurement file that cannot be read; the message names file, row and column."""


@dataclass(frozen=True)
class Row:
    """One measured case. `row["TP"]` is the column's text ("" when empty), `row.number("TP")` its number or None."""

    theme: str
    columns: Mapping[str, str]

    @property
    def id(self) -> str:
        """The row's name in its file."""
        return self.columns["id"]

    @property
    def evidence(self) -> str:
        """How the row was checked."""
        return self["evidence"]

    def __getitem__(self, column: str) -> str:
        return self.columns.get(column, "")

    def number(self, column: str) -> float | None:
        """The column as a finite number, or None where it is empty or no number."""
        return number(self[column])

    def need(self, *columns: str) -> tuple[float, ...]:
        """The columns as numbers. NotModelled names those that the row leaves open."""
        values = [self.number(column) for column in columns]
        missing = [column for column, value in zip(columns, values, strict=True) if value is None]
        if missing:
            raise NotModelled(f"the row gives no {', '.join(missing)}")
        return tuple(value for value in values if value is not None)

    @cached_property
    def extra(self) -> dict[str, str]:
        """The pairs of the column `extra` ("a=1;b=2"); a part without "=" is a key with an empty text."""
        pairs = (part.partition("=") for part in self["extra"].split(";") if part.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}


def number(text: str) -> float | None:
    """A finite number from a cell, or None."""
    try:
        value = float(text.replace(",", "")) if text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def columns_measured(row: Row) -> Measured:
    """Metric, value and unit from the columns of these names. MeasurementError when the value is no number."""
    value = row.number("value")
    if value is None:
        raise MeasurementError(f"{row.theme}.csv, row {row.id}: value must be a number, got {row['value']!r}")
    return Measured(row["metric"], value, row["unit"])


def shipped() -> Traversable:
    """The folder of the measurements that the package ships."""
    return resources.files("ironlaw.validation") / "data"


def files(folder: Path | None = None) -> dict[str, Traversable]:
    """The measurement files of a folder (default: the shipped ones) by theme.

    Raises MeasurementError when the folder is missing or holds no CSV file.
    """
    place: Traversable = shipped() if folder is None else folder
    if not place.is_dir():
        raise MeasurementError(f"measurements must be a folder of CSV files, got {folder}")
    try:
        found = {file.name.removesuffix(".csv"): file for file in place.iterdir() if file.name.endswith(".csv")}
    except OSError as error:
        raise MeasurementError(f"{folder}: cannot be read ({error.strerror})") from error
    if not found:
        raise MeasurementError(f"measurements must be a folder of CSV files; {folder} holds none")
    return dict(sorted(found.items()))


def read(theme: str, file: Traversable) -> Iterator[Row]:
    """The rows of one file. Raises MeasurementError for a broken line, a missing id or one that stands twice."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MeasurementError(f"{file.name}: not a CSV file in UTF-8 ({error})") from error
    except OSError as error:
        raise MeasurementError(f"{file.name}: cannot be read ({error.strerror})") from error
    seen: set[str] = set()
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = reader.fieldnames or []
        for needed in ("id", "evidence"):
            if needed not in names:
                raise MeasurementError(
                    f"{file.name}: the first line must name the column {needed}, got {_listed(names)}"
                )
        if len(set(names)) < len(names):
            raise MeasurementError(f"{file.name}: the first line must name each column once, got {_listed(names)}")
        for line in reader:
            where = f"{file.name}, line {reader.line_num}"
            if None in line or None in line.values():
                raise MeasurementError(f"{where}: must have {len(names)} cells, as the first line does")
            columns = {name: cell.strip() for name, cell in line.items()}
            if not columns["id"] or columns["id"] in seen:
                raise MeasurementError(f"{where}: id must be given once, got {columns['id'][:60]!r}")
            seen.add(columns["id"])
            yield Row(theme, columns)
    except csv.Error as error:
        raise MeasurementError(f"{file.name}, line {reader.line_num}: not a CSV file ({error})") from error


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return f"{text[:200]}…" if len(text) > 200 else text or "nothing"
