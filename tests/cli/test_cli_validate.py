"""`ironlaw validate` with rows, files and folders that nobody meant it to see."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from ironlaw.validation import run as runner
from ironlaw.validation.rows import Row, files, read, shipped

from .calling import call

HEAD = "id,metric,value,unit,extra,source,evidence\n"
READ = "read in stored copy"
ROW = {
    "id",
    "theme",
    "metric",
    "measured",
    "predicted",
    "low",
    "high",
    "unit",
    "error",
    "status",
    "reason",
    "source",
    "evidence",
}
SUMMARY = {"rows", "scored", "not_modelled", "excluded", "mape", "median", "worst", "worst_id", "bias", "coverage", "coverage_of"}  # fmt: skip
SUMMARY |= {"fitted", "mape_blind"}


def rows_of(theme: str) -> list[dict[str, str]]:
    return [dict(row.columns) for row in read(theme, files()[theme])]


def write(folder: Path, theme: str, rows: list[dict[str, str]]) -> Path:
    out = io.StringIO()
    lines = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    (folder / f"{theme}.csv").write_text(out.getvalue(), encoding="utf-8")
    return folder


def document(folder: Path | None = None, *themes: str) -> Any:
    answer = call("validate", "--json", *([f"--measurements={folder}"] if folder else []), *themes)
    assert (answer.code, answer.err) == (0, "")
    return answer.json


# --- what is documented -----------------------------------------------------------------------------------------------


def test_the_json_has_the_documented_shape() -> None:
    found = document(None, "memory", "failures")
    assert set(found) == {"rows", "themes"}
    assert set(found["themes"]) == {"memory", "failures"}
    for row in found["rows"]:
        assert set(row) == ROW
        assert row["status"] in {"scored", "not_modelled", "excluded"}
        if row["status"] == "scored":
            assert row["error"] == pytest.approx(row["predicted"] / row["measured"] - 1)
            assert row["low"] <= row["predicted"] <= row["high"]
    for theme, summary in found["themes"].items():
        assert set(summary) == SUMMARY
        mine = [row for row in found["rows"] if row["theme"] == theme]
        errors = [abs(row["error"]) for row in mine if row["status"] == "scored"]
        assert summary["rows"] == len(mine) == summary["scored"] + summary["not_modelled"] + summary["excluded"]
        assert summary["scored"] == len(errors)
        assert summary["mape"] == pytest.approx(math.fsum(errors) / len(errors))
        assert abs(summary["worst"]) == pytest.approx(max(errors))
        assert summary["coverage_of"] <= summary["scored"]


def test_the_table_says_what_the_json_says() -> None:
    shown = call("validate", "memory", "--rows")
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b" not in shown.out
    found = document(None, "memory")
    assert f"{100 * found['themes']['memory']['mape']:.1f} %" in shown.out
    assert all(row["id"] in shown.out for row in found["rows"])


def test_the_help_fits_eighty_columns() -> None:
    text = call("validate", "--help").out
    assert max(map(len, text.splitlines())) <= 80
    assert all(option in text for option in ("--measurements DIR", "--rows", "--json", "THEME"))


# --- other rows -------------------------------------------------------------------------------------------------------


def test_a_copy_of_the_shipped_files_gives_the_shipped_answer(tmp_path: Path) -> None:
    for theme in ("memory", "failures"):
        (tmp_path / f"{theme}.csv").write_bytes((shipped() / f"{theme}.csv").read_bytes())
    assert document(tmp_path) == document(None, "failures", "memory")


def test_a_new_row_with_another_model_is_scored(tmp_path: Path) -> None:
    row = next(
        r
        for r in rows_of("training_throughput")
        if r["model"] and runner.check(Row("training_throughput", r)).status == "scored"
    )
    (first,) = document(write(tmp_path, "training_throughput", [row]))["rows"]
    other = row | {"id": "new-1", "value": repr(float(row["value"]) * 2)}
    (second,) = document(write(tmp_path, "training_throughput", [other]))["rows"]
    assert second["status"] == "scored"
    assert second["predicted"] == first["predicted"]  # the answer of a row is no input
    assert 1 + second["error"] == pytest.approx((1 + first["error"]) / 2)


def test_a_theme_that_the_engine_lacks_is_listed_and_not_scored(tmp_path: Path) -> None:
    (tmp_path / "weather.csv").write_text(HEAD + f"w,t,1,s,,x,{READ}\n", encoding="utf-8")
    (tmp_path / "os.csv").write_text(HEAD + f"w,t,1,s,,x,{READ}\n", encoding="utf-8")
    found = document(tmp_path)
    assert {row["theme"]: row["status"] for row in found["rows"]} == {"weather": "not_modelled", "os": "not_modelled"}
    assert found["themes"]["weather"]["mape"] is None
    assert call("validate", f"--measurements={tmp_path}", "--rows").code == 0


def test_a_file_of_a_head_alone_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_text(HEAD, encoding="utf-8")
    found = document(tmp_path)
    assert found["rows"] == []
    assert found["themes"]["memory"]["rows"] == 0
    assert call("validate", f"--measurements={tmp_path}").code == 0


HOSTILE = ("", "0", "-1", "1e300", "1e-300", "nan", "abc", "0.5", "1e15", "FP8", "x=1;y")


def test_no_cell_of_any_row_stops_the_others(tmp_path: Path) -> None:
    """One row of each theme, each cell in turn replaced by what does not belong there."""
    expected = 0
    for theme in files():
        some = rows_of(theme)[::17]
        rows: list[dict[str, str]] = []
        for base in some[:4]:
            for column in base:
                if column not in {"id", "evidence"}:
                    value = HOSTILE[len(rows) % len(HOSTILE)]
                    rows.append(base | {"id": f"{theme}-{len(rows)}", column: value})
        write(tmp_path, theme, rows)
        expected += len(rows)
    found = document(tmp_path)
    assert len(found["rows"]) == expected
    assert all(row["reason"] for row in found["rows"] if row["status"] != "scored")


# --- broken files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["bom", "crlf", "quoted", "blank lines"])
def test_how_a_spreadsheet_saves_a_file_makes_no_difference(tmp_path: Path, change: str) -> None:
    text = (shipped() / "memory.csv").read_text(encoding="utf-8")
    if change == "quoted":
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text, newline="")))
        text = out.getvalue()
    if change == "blank lines":
        text = text + "\n\n"
    data = text.encode("utf-8-sig" if change == "bom" else "utf-8")
    (tmp_path / "memory.csv").write_bytes(data.replace(b"\n", b"\r\n") if change == "crlf" else data)
    assert document(tmp_path) == document(None, "memory")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "must name the column id, got nothing"),
        (b"metric;value;unit\nx;1;s\n", "must name the column id"),
        (b"id,metric,value,unit\na,t,1,s\n", "must name the column evidence"),
        (b"id,id,evidence\na,a,x\n", "must name each column once"),
        (HEAD.encode() + b"a,t,1\n", "line 2: must have 7 cells"),
        (HEAD.encode() + b"a,t,1,s,,x,e\na,t,1,s,,x,e\n", "line 3: id must be given once, got 'a'"),
        (HEAD.encode() + b"a,t,1,s,,x,e\n a ,t,1,s,,x,e\n", "line 3: id must be given once, got 'a'"),
        (HEAD.encode() + b" ,t,1,s,,x,e\n", "id must be given once, got ''"),
        (HEAD.encode() + b'a,"t,1,s,,x,e\n', "not a CSV file"),
        (b'"id,evidence\n', "not a CSV file"),
        (b"\xff\xfei\x00d\x00", "not a CSV file in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a CSV file in UTF-8"),
        (b"PK\x03\x04" + b"\x00" * 50, "must name the column id"),
        (HEAD.encode() + b"a," + b"x" * 200_000 + b",1,s,,x,e\n", "not a CSV file"),
        (b"id," * 5000 + b"evidence\n", "must name each column once"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_broken_file_is_named_with_what_it_lacks(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "memory.csv").write_bytes(data)
    call("validate", f"--measurements={tmp_path}").refused("memory.csv", said, code=1)


def test_folders_that_are_none(tmp_path: Path) -> None:
    call("validate", f"--measurements={tmp_path / 'nowhere'}").refused("must be a folder", "nowhere", code=1)
    call("validate", f"--measurements={tmp_path}").refused("holds none", code=1)
    (tmp_path / "memory.csv").mkdir()
    call("validate", f"--measurements={tmp_path}").refused("memory.csv: cannot be read", code=1)
    call("validate", f"--measurements={tmp_path / 'memory.csv'}").refused("holds none", code=1)


def test_a_theme_that_is_not_there_comes_with_those_that_are() -> None:
    call("validate", "memroy").refused("theme must be one of", "memory", "got memroy", code=1)
    call("validate", "../memory").refused("got ../memory", code=1)
    call("validate", "--them").refused("--them")
    assert len(json.loads(call("validate", "failures", "failures", "--json").out)["themes"]) == 1
