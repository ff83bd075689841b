"""Columns of a sweep into a file, block by block: CSV, or Parquet where pyarrow is installed. NaN is an empty cell."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

Write = Callable[[dict[str, Any]], None]


@contextmanager
def writer(path: Path) -> Iterator[Write]:
    """A function that appends a block of columns to `path`; the ending decides the format.

    The file is made beside its place and moved there at the end, so a sweep that is broken off leaves no half of one.
    Raises click.ClickException for another ending, a folder that is not there, a file that cannot be written, and Parquet
    without pyarrow.
    """
    formats = {".csv": _csv, ".parquet": _parquet}
    if path.suffix.lower() not in formats:
        raise click.BadParameter(f"must end in {' or '.join(formats)}, got {str(path)!r}", param_hint="'--out'")
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        if not path.parent.is_dir():
            raise click.BadParameter(f"must lie in a folder that exists, got {path}", param_hint="'--out'")
        for place in (path, unfinished):
            if place.is_dir():
                raise click.BadParameter(f"must be a file, and {place} is a folder", param_hint="'--out'")
        try:
            with formats[path.suffix.lower()](unfinished) as write:
                yield write
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        started = False

        def write(columns: dict[str, Any]) -> None:
            nonlocal started
            if not started:
                lines.writerow(columns)
                started = True
            lines.writerows(zip(*(_cells(column) for column in columns.values()), strict=True))

        yield write


def _cells(column: Any) -> list[Any]:
    return ["" if value != value else value for value in column.tolist()]  # noqa: PLR0124 - NaN differs from itself


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra: only who writes Parquet has it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise click.ClickException("Parquet needs pyarrow: pip install 'ironlaw[parquet]', or write .csv") from None
    made: list[Any] = []

    def write(columns: dict[str, Any]) -> None:
        table = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})  # NaN is null
        if not made:
            made.append(pq.ParquetWriter(path, table.schema))
        made[0].write_table(table.cast(made[0].schema))

    try:
        yield write
    finally:
        for file in made:
            file.close()
