"""`ironlaw sweep`: documented JSON, whole files or none, and one line for whoever asks wrongly."""

from __future__ import annotations

import csv
import dataclasses
import inspect
import math
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow.parquet as pq
import pytest

from ironlaw.cli.sweep import AXES
from ironlaw.estimate import sweep
from ironlaw.estimate.training_setting import RECOMPUTE, TrainingSetting, training_setting

from .calling import Called, call, options

ASKED: dict[str, object] = {"model": "llama-3-8b", "device": "h100-sxm", "count": "8:32:+8", "global_batch": 96, "seq": 4096,
                            "tokens": "1e11", "rate": "$2/h", "tp": "1:8:x2", "micro_batch": "1,4"}  # fmt: skip
AXIS_NAMES = (*sweep.WORDS, *sweep.NUMBERS)


def arguments(*more: str, **changed: object) -> list[str]:
    given = {name: value for name, value in (ASKED | changed).items() if value is not None}
    return ["sweep", "training", *options(given), *more]


def ask(*more: str, **changed: object) -> Called:
    return call(*arguments("--json", *more, **changed))


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- what is documented -----------------------------------------------------------------------------------------------


def test_the_json_has_the_documented_shape(tmp_path: Path) -> None:
    out = tmp_path / "plans.csv"
    answer = ask("--within", "run_time=1000d", f"--out={out}")
    assert (answer.code, answer.err) == (0, "")
    found = answer.json
    assert list(found) == ["question", "designs", "feasible", "objectives", "binding", "best", "pareto", "out"]
    assert found["question"] == "training"
    assert found["designs"] == 4 * 4 * 2 * 2  # none and full recomputation unless asked otherwise
    assert sum(found["binding"].values()) == found["designs"]
    assert set(found["binding"]) <= {"layout", "memory", "run_time"}
    assert found["objectives"] == ["cost", "run_time"]
    assert found["out"] == str(out)
    assert found["best"] == found["pareto"][0]
    for design in found["pareto"]:
        assert {*AXIS_NAMES, "step_time", "tokens_per_second", "mfu", "memory", "run_time", "cost", "energy"} < set(
            design
        )
        assert set(design) - {*AXIS_NAMES, *sweep.FIGURES} == {"binding", "slack", "largest_loss"}
        assert design["slack"] >= 0
        assert all(math.isfinite(value) for value in design.values() if isinstance(value, float))
        assert found["best"]["cost"] <= design["cost"]


def test_one_design_is_a_grid_too() -> None:
    found = ask(count=8, tp=1, micro_batch=1, recompute="full").json
    assert (found["designs"], found["feasible"], len(found["pareto"])) == (1, 1, 1)
    assert call(*arguments(count=8, tp=1, micro_batch=1, recompute="full")).code == 0


def test_no_feasible_design_ends_with_one() -> None:
    answer = ask(model="llama-3-405b", count=8)
    assert (answer.code, answer.err) == (1, "")
    assert answer.json["best"] is None
    assert answer.json["pareto"] == []
    shown = call(*arguments(model="llama-3-405b", count=8))
    assert shown.code == 1
    assert "No design is feasible" in shown.out


def test_the_help_says_the_defaults_and_fits_eighty_columns() -> None:
    text = call("sweep", "training", "--help").out
    assert max(map(len, text.splitlines())) <= 80
    assert set(AXES) == {name.replace("_", "-") for name in AXIS_NAMES}
    for name, default in sweep.START.items():
        assert not default or AXES[name.replace("_", "-")].endswith(f"[default: {default}]"), name
    assert AXES["recompute"].startswith(", ".join(RECOMPUTE))
    site = inspect.signature(sweep.sweep_training).parameters["site"].default
    assert f"[default: {site}]" in " ".join(text.split()).replace("- ", "-")
    assert "TEXT" not in text
    alone = call("sweep")
    assert (alone.code, alone.err) == (0, "")
    assert "training" in alone.out


def test_the_text_names_the_best_and_has_no_colours_in_a_pipe() -> None:
    shown = call(*arguments())
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b" not in shown.out
    best = ask().json["best"]
    assert best["largest_loss"] in shown.out


def test_a_price_is_not_needed_where_cost_does_not_count() -> None:
    unpriced = "a100-80gb-sxm"  # the registry has no usual price of it
    found = ask(rate=None, device=unpriced).json
    assert found["objectives"] == ["count", "run_time"]
    assert all("cost" not in design for design in found["pareto"])
    ask("--minimise=cost", rate=None, device=unpriced).refused("--rate", "where cost counts")
    for priced in (ask(rate=None), ask(rate=None, offer="gpu-h100-aws-p5")):
        assert priced.json["objectives"] == ["cost", "run_time"]
    ask(offer="gpu-h100-aws-p5").refused("'--rate'", "left out where offer is given")


def test_figures_may_be_written_as_options_are() -> None:
    plain = ask("--within", "run_time=1000d", "--minimise", "run_time", "--minimise", "cost").out
    assert ask("--within", "run-time = 1000 days", "--minimise", "run-time,cost").out == plain


def test_a_value_that_stands_twice_makes_no_second_design() -> None:
    assert ask(tp="1,2,1,2,", recompute="full,full").json["designs"] == ask(tp="1,2", recompute="full").json["designs"]


def test_an_alias_is_as_good_as_an_id() -> None:
    by_id, by_alias = (ask(device=name).json["best"] for name in ("h100-sxm", "h100"))
    assert {**by_alias, "device": "h100-sxm"} == by_id


# --- refusals ---------------------------------------------------------------------------------------------------------

HOSTILE = ["nan", "inf", "-1", "0", "1e10", "1e300", "", "  ", ",", "abc", "1.5", "1:8", "8:1:x2", "1:1e9:+1", "1:8:2.5",
           "1:1e300:x1.0000001", "1e-300:1e300:x2", "-1e308:1e308:3", "1:2:1e6", "1:nan:+1", "8,zz", "a\nb", "x" * 3000]  # fmt: skip


@pytest.mark.parametrize("option", [*AXIS_NAMES, "tokens", "rate", "offer", "site"])
def test_no_text_in_any_option_is_more_than_one_line_of_error(option: str) -> None:
    for value in HOSTILE:
        answer = ask(**({"rate": None} if option == "offer" else {}) | {option: value})
        if answer.out:
            assert answer.json["designs"] >= 1, (option, value)
            assert answer.err == ""
        else:
            answer.refused()
            if value.strip(" ,"):
                answer.refused(f"'--{option.replace('_', '-')}'")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("count", "1:8", 'a list "1,2,4", or a range'),
        ("count", "0:64:+8", "at least 1"),
        ("count", "1:1000000:+1", "at most 100,000 values"),
        ("device", "h100,h10", "unknown device 'h10'; nearest: "),
        ("model", "llama-3-8b,llama-3-80b", "llama-3-8b"),
        ("zero", "4", "0, 1, 2, 3"),
        ("tokens", "15T", "a number such as"),
        ("rate", "2.5", "an amount with its unit, like '$2.50/h'"),
        ("offer", "electricity-virginia-commercial", "by the hour"),
        ("within", "cost", "must be FIGURE=LIMIT"),
        ("within", "speed=3", "run_time, cost, energy, count, step_time"),
        ("within", "run_time=30 parsecs", "30 parsecs"),
        ("within", "run_time=3 GB", "an amount like '30 days', got '3 GB', which is no time"),
        ("within", "energy=5", "an amount with its unit, like '433 MWh'"),
        ("within", "run_time=-3d", "greater than 0"),
        ("within", "count=-3", "greater than 0"),
        ("within", "energy=1e300", "1e-30 to 1e+30"),
        ("minimise", "beauty", "step_time, tokens_per_second"),
        ("out", "plans.txt", "must end in .csv or .parquet"),
        ("out", ".", "must end in .csv or .parquet"),
        ("out", "nowhere/plans.csv", "a folder that exists"),
    ],
)
def test_wrong_words_name_the_option_the_value_and_what_is_allowed(option: str, value: str, said: str) -> None:
    alone = {"rate": None} if option == "offer" else {}
    ask(**alone | {option: value}).refused(f"'--{option}'", said, "Try 'ironlaw sweep training --help'.")


def test_two_limits_of_one_figure_are_refused() -> None:
    ask("--within=cost=1", "--within=cost=2").refused("'--within'", "cost once")


def test_a_grid_without_end_is_refused_at_once() -> None:
    started = time.monotonic()
    ask(count="1:100000:+1", global_batch="1:100000:+1").refused(
        "'--count'", "at most 1,000,000,000 designs", "count 100,000 × global_batch 100,000"
    )
    ask(device="h100,h10", count="1:100000:+1", global_batch="1:100:+1").refused("'--device'")  # no wait
    assert time.monotonic() - started < 30


def test_a_device_without_power_has_no_energy_and_no_say_about_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = training_setting

    def powerless(model: str, device: str, **words: Any) -> TrainingSetting:
        setting = real(model, device, **words)
        if setting.device.id != "a100-80gb-sxm":
            return setting
        fields = {name: value for name, value in setting.device.fields.items() if name != "power"}
        return dataclasses.replace(setting, device=dataclasses.replace(setting.device, fields=MappingProxyType(fields)))

    monkeypatch.setattr(sweep, "training_setting", powerless)
    two = {"device": "h100-sxm,a100-80gb-sxm", "count": 8, "tp": 1, "micro_batch": 1, "recompute": "full"}
    found = ask("--minimise=run_time", "--minimise=cost", f"--out={tmp_path / 'two.csv'}", **two).json
    assert found["feasible"] == 2
    h100, a100 = lines(tmp_path / "two.csv")
    assert h100["energy"]
    assert (a100["energy"], a100["feasible"]) == ("", "True")
    assert float(a100["cost"]) > 0
    alone = ask(**two | {"device": "a100-80gb-sxm"}).json
    assert "energy" not in alone["best"]
    assert call(*arguments(**two | {"device": "a100-80gb-sxm"})).code == 0
    ask("--within=energy=1GWh", **two).refused("'--device'", "where energy counts")
    ask("--minimise=energy", **two).refused("'--device'", "where energy counts")


# --- files ------------------------------------------------------------------------------------------------------------


def test_csv_and_parquet_hold_the_same_designs_all_of_them(tmp_path: Path) -> None:
    grid = {"device": "h100-sxm,a100-80gb-sxm", "count": "8:64:+8", "pp": "1,2"}
    for ending in ("csv", "parquet"):
        found = ask(f"--out={tmp_path / f'plans.{ending}'}", **grid).json
    table = pq.read_table(tmp_path / "plans.parquet")
    rows = lines(tmp_path / "plans.csv")
    assert found["designs"] == len(rows) == table.num_rows == 2 * 8 * 4 * 2 * 2 * 2
    assert list(rows[0]) == table.column_names
    for row, design in zip(rows, table.to_pylist(), strict=True):
        assert row == {name: "" if value is None else str(value) for name, value in design.items()}
    assert sum(row["feasible"] == "True" for row in rows) == found["feasible"]
    assert len({tuple(row[name] for name in AXIS_NAMES) for row in rows}) == len(rows)
    assert min(float(row["cost"]) for row in rows if row["feasible"] == "True") == found["best"]["cost"]
    for row in rows:
        assert (row["binding"] == "layout") == (not row["memory"])
        assert bool(row["step_time"]) == bool(row["largest_loss"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plans.csv", "plans.parquet"]


def test_a_sweep_that_fails_leaves_the_old_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "plans.csv"
    out.write_text("old", encoding="utf-8")
    ask(f"--out={out}", count="8,zz").refused("'--count'")
    seen: list[str] = []

    def full(*_: Any) -> None:
        seen.extend(sorted(path.name for path in tmp_path.iterdir()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sweep, "_gather", full)
    ask(f"--out={out}").refused("cannot write", "No space left on device", code=1)
    assert seen == ["plans.csv", "plans.csv.unfinished"]
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["old"]
    monkeypatch.undo()
    assert ask(f"--out={out}").code == 0
    assert out.read_text(encoding="utf-8").startswith("model,device,")


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "plans.csv").mkdir()
    ask(f"--out={tmp_path / 'plans.csv'}").refused("'--out'", "is a folder")
    (tmp_path / "other.csv.unfinished").mkdir()
    ask(f"--out={tmp_path / 'other.csv'}").refused("'--out'", "other.csv.unfinished is a folder")
    ask(f"--out={tmp_path / ('x' * 250)}.csv").refused("cannot write", code=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv.unfinished", "plans.csv"]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ask(f"--out={tmp_path / 'plans.parquet'}").refused("pip install 'ironlaw[parquet]'", ".csv", code=1)
    assert list(tmp_path.iterdir()) == []
    assert ask(f"--out={tmp_path / 'plans.csv'}").code == 0


def test_an_interrupt_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    long = arguments("--json", f"--out={tmp_path / 'plans.csv'}", count="8:8000:+8", global_batch="8:80000:+8")
    process = subprocess.Popen(
        [sys.executable, "-m", "ironlaw", *long], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [path.name for path in tmp_path.iterdir()] == ["plans.csv.unfinished"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
