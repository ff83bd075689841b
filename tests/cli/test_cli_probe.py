"""`ironlaw probe`: what it prints, when it stores, and that a run broken off leaves nothing behind."""

from __future__ import annotations

import io
import itertools
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ironlaw import probe as probing
from ironlaw.ledger import SqliteStore, fold
from ironlaw.probe import FIGURES, NotMeasured, Probe, Result, Watch

from .calling import Called, call
from .serving import IRONLAW, SECONDS, run

VALUES = {"memory_bandwidth": 4.1e10, "parse_csv": 5.6e7, "parse_csv_records": 51_000.0, "format_bytes_csv": 1098.2}
LACKS = "protobuf is not installed; pip install 'ironlaw[probe]'"


class Terminal(io.StringIO):
    """What is typed at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measurements that are there at once, one of them without its library."""

    def have(*ids: str) -> Any:
        def measure(_: Watch) -> Iterator[Result]:
            for name in ids:
                yield Result(id=name, value=VALUES[name], method=f"How {name} was taken", samples=7, spread=0.05)

        return measure

    def lack(_: Watch) -> Iterator[Result]:
        raise NotMeasured(LACKS)
        yield

    made = (
        Probe("csv", "decoding CSV", tuple(list(VALUES)[1:]), 2, have(*reversed(list(VALUES)[1:]))),
        Probe("memory", "memory", ("memory_bandwidth",), 1, have("memory_bandwidth")),
        Probe("protobuf", "decoding Protobuf", ("parse_protobuf",), 1, lack),
    )
    monkeypatch.setattr(probing, "probes", lambda _=None: made)


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(text))


def ask(ledger: Path, *more: str) -> Called:
    return call("probe", "--ledger", str(ledger), *more)


def stored(ledger: Path, learner: str = "local") -> list[Any]:
    if not ledger.exists():
        return []
    with SqliteStore(ledger) as store:
        return list(store.events(learner))


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_yes_stores_what_was_measured(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "y\n")
    answer = ask(ledger)
    assert (answer.code, answer.err) == (0, "")
    assert f"Store these figures in the ledger at {ledger}?" in answer.out
    (event,) = stored(ledger)
    assert (event.kind, event.lab, event.lab_version, event.learner) == ("measured", "probe", 1, "local")
    assert event.payload["results"] == VALUES  # what could not be measured is left out
    assert event.payload["machine"] == probing.machine()
    (found,) = fold([event]).measured
    assert found["results"] == VALUES


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("typed", ["n\n", "\n", "maybe\nn\n"])
def test_no_and_nothing_store_nothing(ledger: Path, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, typed)
    answer = ask(ledger)
    assert answer.code == 0
    assert "Stored" not in answer.out
    assert not ledger.exists()


@pytest.mark.usefixtures("quick")
def test_the_options_answer_the_question(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "")  # nothing to read: a question would end the command
    answer = ask(ledger, "--no-store")
    assert (answer.code, "Store" in answer.out, ledger.exists()) == (0, False, False)
    answer = ask(ledger, "--store", "--learner", "ada")
    assert (answer.code, "?" in answer.out) == (0, False)
    assert f"Stored in {ledger}" in answer.out
    assert len(stored(ledger, "ada")) == 1
    assert stored(ledger) == []


@pytest.mark.usefixtures("quick")
def test_where_nobody_can_be_asked_nothing_is_stored(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    answer = ask(ledger)
    assert (answer.code, ledger.exists()) == (0, False)
    assert "Not stored: --store" in answer.out


@pytest.mark.usefixtures("quick")
def test_what_is_stored_is_seen_by_the_ledger_commands(ledger: Path) -> None:
    assert ask(ledger, "--store").code == ask(ledger, "--store").code == 0
    shown = call("ledger", "show", "--json", "--ledger", str(ledger)).json
    assert shown["events"] == 2
    assert "local: 2 events" in call("ledger", "show", "--ledger", str(ledger)).out
    file = ledger.with_name("mine.jsonl")
    assert call("ledger", "export", str(file), "--ledger", str(ledger)).code == 0
    assert file.read_text(encoding="utf-8").count('"kind":"measured"') == 2
    assert call("ledger", "verify", "--ledger", str(ledger)).code == 0
    kinds = [event.kind for event in stored(ledger)]
    assert kinds == ["measured", "measured"]
    assert call("labs", "--ledger", str(ledger)).code == 0


@pytest.mark.usefixtures("quick")
def test_wrong_words_are_refused_before_anything_is_measured(ledger: Path, tmp_path: Path) -> None:
    ask(ledger, "--store", "--learner", " ").refused("learner", code=1)
    ask(ledger, "--store", "--only", "csv").refused("--store", "--only")
    ask(ledger, "--only", "gpu").refused("--only", "memory")
    ask(ledger, "--seconds", "0").refused("--seconds", "50")
    ask(ledger, "--seconds", "nan").refused("--seconds")
    ask(ledger, "--seconds", "3600").refused("--seconds")
    ask(ledger, "--folder", str(tmp_path / "none")).refused("--folder", "does not exist")
    assert not ledger.exists()


@pytest.mark.usefixtures("quick")
def test_a_database_of_another_program_is_named_and_left_alone(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("CREATE TABLE letters (text)")
        connection.commit()
    before = ledger.read_bytes()
    ask(ledger, "--store", "--json").refused(ledger.name, code=1)
    assert ledger.read_bytes() == before


# --- what is printed --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_the_json_has_the_documented_shape(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "")
    answer = ask(ledger, "--json")
    assert (answer.code, answer.err, ledger.exists()) == (0, "", False)
    told = answer.json
    assert list(told) == ["version", "seconds", "busy", "machine", "results", "stored"]
    assert told["stored"] is None
    names = [one["id"] for one in told["results"]]
    assert names == [name for name in FIGURES if name in {*VALUES, "parse_protobuf"}]  # always in the same order
    for one in told["results"]:
        keys = ["id", "label", "unit", "kind", "value", "method", "samples", "spread", "missing", "text"]
        assert list(one) == keys
        assert one["value"] == VALUES.get(one["id"])
        assert bool(one["missing"]) == (one["value"] is None)
    assert told["results"][-1]["missing"] == LACKS
    again = ask(ledger, "--json").json
    assert {**again, "seconds": 0} == {**told, "seconds": 0}
    kept = ask(ledger, "--json", "--store").json["stored"]
    assert [event.id for event in stored(ledger)] == [kept]


@pytest.mark.usefixtures("quick")
def test_the_text_says_figures_and_what_is_missing(ledger: Path) -> None:
    shown = ask(ledger, "--no-store").out
    assert "\x1b" not in shown
    for text in ("41 GB/s", "56 MB/s", "51,000 records/s", "1.1 kB", probing.machine()["cpu"]):
        assert text in shown
    assert f"Not measured: parse_protobuf: {LACKS}." in shown
    assert "How memory_bandwidth was taken" not in shown
    assert "How memory_bandwidth was taken" in ask(ledger, "--no-store", "--explain").out


@pytest.mark.usefixtures("quick")
def test_one_measurement_alone_is_shown_and_never_stored(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "y\n")
    answer = ask(ledger, "--only", "memory")
    assert (answer.code, ledger.exists()) == (0, False)
    assert "41 GB/s" in answer.out
    assert "CSV" not in answer.out


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("worked", "busy"), [(14.0, True), (16.0, False)])
def test_a_busy_machine_is_told_before_the_question(
    worked: float, busy: bool, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock on which everything takes thirty seconds, and a processor that worked for so many of them."""
    for name, last in (("monotonic", 30.0), ("process_time", worked)):
        looks = itertools.chain([0.0], itertools.repeat(last))
        monkeypatch.setattr(f"ironlaw.cli.probe.time.{name}", lambda looks=looks: next(looks))
    assert ("these figures are too low" in ask(ledger, "--no-store").out) is busy
    monkeypatch.undo()


# --- the real one -----------------------------------------------------------------------------------------------------


def test_the_real_command_measures_everything(tmp_path: Path) -> None:
    done = run("probe", "--json", "--seconds", "1", "--folder", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)["results"]
    assert [one["id"] for one in found] == list(FIGURES)
    for one in found:
        late = "took too long" in one["missing"]  # a machine that is busy with other tests
        assert one["value"] is None or (one["value"] > 0 and math.isfinite(one["value"]))
        assert one["value"] is not None or late or one["id"] == "file_read_cold", one
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, ledger = tmp_path / "disk", tmp_path / "ledger.sqlite"
    folder.mkdir()
    command = [*IRONLAW, "probe", "--only", "file", "--seconds", "50", "--folder", str(folder), "--ledger", str(ledger)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + SECONDS
        while not list(folder.rglob("file")):
            assert time.monotonic() < end, "it wrote no file"
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert out == ""
    assert list(folder.iterdir()) == []
    assert not ledger.exists()


@pytest.mark.usefixtures("quick")
def test_ctrl_c_at_the_question_stores_nothing(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "")

    def interrupt(_: str = "") -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupt)
    answer = ask(ledger)
    assert answer.code == 130
    assert not ledger.exists()
