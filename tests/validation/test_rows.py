"""Measurement files: what is read, and what is refused by name."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ironlaw.validation.outcome import NotModelled
from ironlaw.validation.rows import MeasurementError, Row, columns_measured, files, number, read

HEAD = "id,metric,value,unit,extra,evidence\n"


def write(folder: Path, text: str, name: str = "memory.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def rows(folder: Path) -> list[Row]:
    return [row for theme, file in files(folder).items() for row in read(theme, file)]


def test_the_shipped_files_are_read_whole() -> None:
    for theme, file in files().items():
        with file.open("rb") as stream:
            lines = stream.read().decode().splitlines()
        expected = [columns["id"] for columns in csv.DictReader(lines)]
        assert [row.id for row in read(theme, file)] == expected
        assert len(expected) > 30


def test_a_row_gives_texts_numbers_and_pairs(tmp_path: Path) -> None:
    (row,) = rows(write(tmp_path, HEAD + 'a-1,time,"1,250",ms,kv=8; vocab=128256;eager,read in stored copy\n'))
    assert row.theme == "memory"
    assert row["metric"] == "time"
    assert row["no such column"] == ""
    assert row.extra == {"kv": "8", "vocab": "128256", "eager": ""}
    assert columns_measured(row).value == 1250.0
    assert row.need("value") == (1250.0,)
    with pytest.raises(NotModelled, match=r"gives no metric, unit$"):
        row.need("metric", "value", "unit")


@pytest.mark.parametrize("text", ["", "n/a", "nan", "inf", "1e999", "80-90"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("metric,value\nx,1\n", "must name the column id"),
        (HEAD + "a,b\n", "line 2: must have 6 cells"),
        (HEAD + "a,t,1,s,,e,too much\n", "line 2: must have 6 cells"),
        (HEAD + "a,t,1,s,,e\na,t,2,s,,e\n", "line 3: id must be given once, got 'a'"),
        (HEAD + ",t,1,s,,e\n", "line 2: id must be given once, got ''"),
        (HEAD + 'a,"t,1,s,,e\n', "not a CSV file"),
        ("", "must name the column id"),
    ],
)
def test_a_broken_file_is_refused_by_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(MeasurementError, match=told):
        rows(write(tmp_path, text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_bytes(b"id,evidence\n\xff\xfe,x\n")
    with pytest.raises(MeasurementError, match="not a CSV file in UTF-8"):
        rows(tmp_path)


def test_a_folder_without_measurements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="holds none"):
        files(tmp_path)
    with pytest.raises(MeasurementError, match="must be a folder"):
        files(tmp_path / "nowhere")
    with pytest.raises(MeasurementError, match="must be a folder"):
        files(write(tmp_path, HEAD) / "memory.csv")


def test_a_value_that_is_no_number_is_told_with_its_row(tmp_path: Path) -> None:
    (row,) = rows(write(tmp_path, HEAD + "a-1,time,soon,ms,,read in stored copy\n"))
    with pytest.raises(MeasurementError, match=r"^memory\.csv, row a-1: value must be a number, got 'soon'$"):
        columns_measured(row)
