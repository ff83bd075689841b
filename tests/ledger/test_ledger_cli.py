"""`ironlaw ledger` as a person runs it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ironlaw.cli.ledger import ledger
from ironlaw.ledger import SqliteStore

from .make import PAYLOADS, add, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "ledger.sqlite"
    with SqliteStore(made) as store:
        add(store, *(draft(kind) for kind in PAYLOADS), draft("opened", lab="v1_04"), draft("opened", learner="other"))
    return made


def run(*words: object, **options: Any) -> Result:
    result = CliRunner().invoke(ledger, [str(word) for word in words], **options)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_show(path: Path) -> None:
    result = run("show", "--path", path)
    assert result.exit_code == 0
    for word in (str(path), "local: 10 events", "v2_02", "v1_04", "predicted b3", "oom hit 1, left 1", "decided buy"):
        assert word in result.stdout
    assert "v1_04" not in run("show", "v2_02", "--path", path).stdout


def test_show_json(path: Path) -> None:
    told = json.loads(run("show", "--json", "--path", path).stdout)
    assert set(told) == {"path", "learner", "events", "last_saved", "labs", "tracks", "measured", "notices"}
    lab = told["labs"]["v2_02"]
    assert lab["acts"]["act1"]["prediction"]["option"] == "b3"
    assert lab["acts"]["act1"]["hits"] == {"oom": {"hits": 1, "recoveries": 1, "active": False}}
    assert lab["record"]["constraints"][0]["left"]
    assert set(json.loads(run("show", "v1_04", "--json", "--path", path).stdout)["labs"]) == {"v1_04"}


def test_show_of_an_unknown_lab_names_the_known_ones(path: Path) -> None:
    result = run("show", "v9_99", "--path", path)
    assert result.exit_code == 1
    assert "v1_04, v2_02" in result.stderr


@pytest.mark.parametrize("command", [["show"], ["export"], ["verify"], ["erase", "--yes"]])
def test_a_missing_ledger_is_said_and_not_made(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--path", tmp_path / "none.sqlite")
    assert result.exit_code == 1
    assert "there is no ledger at" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_default_path_comes_from_the_environment(path: Path) -> None:
    result = run("show", env={"IRONLAW_HOME": str(path.parent)})
    assert result.exit_code == 0
    assert str(path) in result.stdout


def test_export_and_import_go_round(path: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "mine.jsonl", tmp_path / "other" / "ledger.sqlite"
    assert "10 events written" in run("export", file, "--path", path).stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    result = run("import", file, "--path", other)
    assert (result.exit_code, result.stdout) == (0, "10 events added, 0 were here already, 0 refused\n")
    assert json.loads(run("import", file, "--path", other, "--json").stdout) == {
        "added": 0,
        "duplicate": 10,
        "refused": [],
        "complete": True,
        "reason": None,
    }
    with SqliteStore(path) as a, SqliteStore(other) as b:
        assert a.events("local") == b.events("local")


def test_export_to_standard_output_and_import_from_standard_input(path: Path, tmp_path: Path) -> None:
    text = run("export", "--path", path, "--everyone").stdout
    assert text.count("\n") == 12
    result = run("import", "-", "--everyone", "--path", tmp_path / "b.sqlite", input=text)
    assert (result.exit_code, result.stdout.split(",")[0]) == (0, "11 events added")


def test_an_export_is_utf_8_whatever_the_terminal_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with SqliteStore(path) as store:
        add(store, draft("opened", learner="Jörg ×"))
    command = [sys.executable, "-m", "ironlaw", "ledger", "export", "--everyone", "--path", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert "Jörg ×" in done.stdout.decode("utf-8")


def test_export_does_not_replace_a_file_unasked(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("older")
    result = run("export", file, "--path", path)
    assert result.exit_code == 1
    assert file.read_text() == "older"
    assert run("export", file, "--force", "--path", path).exit_code == 0
    assert file.read_text().count("\n") == 11


def test_an_import_that_is_not_complete_fails_and_says_why(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_text(run("export", "--path", path, "--everyone").stdout[:-300])
    result = run("import", file, "--path", tmp_path / "b.sqlite")
    assert result.exit_code == 1
    assert "cut off" in result.stdout
    assert "line " in result.stdout
    report = json.loads(run("import", file, "--path", tmp_path / "b.sqlite", "--json").stdout)
    assert not report["complete"]
    assert {"line", "code", "reason", "id", "device", "seq"} == set(report["refused"][0])


def test_an_import_of_something_else_fails(path: Path, tmp_path: Path) -> None:
    for data in (b"hello\n", b"\xff\xfe\x00"):
        file = tmp_path / "other"
        file.write_bytes(data)
        result = run("import", file, "--path", path)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")


def test_verify(path: Path) -> None:
    result = run("verify", "--path", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: 11 events of 2 devices verify\n")
    told = json.loads(run("verify", "--json", "--path", path).stdout)
    assert told == {
        "path": str(path),
        "ok": True,
        "events": 11,
        "devices": 2,
        "learners": 2,
        "fault": None,
        "breaks": [],
    }


def test_verify_reports_damage_and_mends_nothing(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    at = damaged.index(b"the wire pays")
    damaged[at] ^= 1
    path.write_bytes(damaged)
    result = run("verify", "--path", path)
    assert result.exit_code == 1
    assert "its content does not fit its hash" in result.stderr
    told = json.loads(run("verify", "--json", "--path", path).stdout)
    assert not told["ok"]
    assert told["breaks"][0]["code"] == "hash"
    path.write_bytes(damaged[:20_000])
    assert json.loads(run("verify", "--json", "--path", path).stdout)["fault"]
    assert path.read_bytes() == damaged[:20_000]
    assert [entry for entry in path.parent.iterdir() if ".damaged-" in entry.name] == []


def test_other_commands_mend_and_say_so(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])
    result = run("show", "--path", path)
    assert result.exit_code == 0
    assert "was set aside as ledger.sqlite.damaged-" in result.stderr


def test_erase_asks_for_yes(path: Path) -> None:
    result = run("erase", "--path", path)
    assert result.exit_code == 1
    assert "10 events" in result.stderr
    result = run("erase", "--yes", "--path", path)
    assert (result.exit_code, result.stdout) == (0, "10 events of 'local' in 2 labs erased\n")
    assert "0 events" in run("show", "--path", path).stdout
    assert "1 events" in run("show", "--path", path, "--learner", "other").stdout


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    for command in (["show"], ["verify"], ["erase", "--yes"], ["export"]):
        result = run(*command, "--path", file)
        assert result.exit_code == 1
        assert "not a ledger" in result.stderr
        assert file.read_text() == "mine"
