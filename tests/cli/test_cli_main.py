"""The command itself: what it finds, what it costs to start, how it fails."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from ironlaw import __version__, cli
from ironlaw.cli.main import ironlaw
from ironlaw.ledger import SqliteStore

from .serving import run

HEAVY = {"numpy", "starlette", "uvicorn", "jinja2", "rich", "markdown_it", "latex2mathml"}


def _loaded(code: str) -> set[str]:
    """The modules that are loaded after this code ran in a new process."""
    code += "\nimport sys\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()} | set(done.stderr.split())


def test_starting_loads_nothing_heavy() -> None:
    loaded = _loaded("import ironlaw.cli.main")
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith(("ironlaw.physics", "ironlaw.labs", "ironlaw.ledger"))}


def test_listing_the_labs_loads_no_web_server_and_no_arrays(tmp_path: Path) -> None:
    call = "from ironlaw.cli.main import ironlaw"
    loaded = _loaded(f"{call}\nironlaw(['labs', '--ledger', {str(tmp_path / 'none.sqlite')!r}], standalone_mode=False)")
    assert not loaded & (HEAVY - {"markdown_it", "latex2mathml"})


def test_every_module_of_the_package_is_a_command() -> None:
    modules = {path.stem for path in Path(cli.__path__[0]).glob("*.py")}
    expected = {name for name in modules if name != "main" and not name.startswith("_")}
    listed = CliRunner().invoke(ironlaw, ["--help"]).output
    assert {"serve", "labs", "registry", "ledger"} <= expected
    for name in expected:
        assert f"\n  {name} " in listed
        assert CliRunner().invoke(ironlaw, [name, "--help"]).exit_code == 0


def test_version_and_help() -> None:
    assert run("--version").stdout == f"ironlaw {__version__}\n"
    for arguments in ([], ["--help"], ["-h"]):
        done = run(*arguments)
        assert done.returncode == 0
        assert "serve" in done.stdout
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 2, "No such command 'nothing'"),
        (["main"], 2, "No such command 'main'"),
        (["_ledger"], 2, "No such command '_ledger'"),
        (["--loud"], 2, "--loud"),
        (["serve", "--port", "many"], 2, "many"),
        (["serve", "--port", "70000"], 2, "70000"),
        (["serve", "extra"], 2, "extra"),
        (["labs", "--ledger", "."], 2, "is a directory"),
        (["registry", "show", "h1000"], 2, "h100"),
    ],
)
def test_errors_are_one_plain_line(arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith("ironlaw: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("registry", "show", "dgx-h100", "--json"),
        ("registry", "list", "server", "--json"),
        ("labs", "--json", "--ledger", "größe.sqlite"),
        ("ledger", "show", "--json", "--path", "größe.sqlite"),
        ("ledger", "verify", "--json", "--path", "größe.sqlite"),
        ("check", "v2_02", "--json"),
    ],
)
def test_json_loses_no_letter_on_a_terminal_that_lacks_it(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    SqliteStore(Path("größe.sqlite")).close()
    poor, rich = run(*arguments, PYTHONIOENCODING="ascii"), run(*arguments, PYTHONIOENCODING="utf-8")
    assert (poor.returncode, poor.stderr) == (0, "")
    assert poor.stdout.isascii()
    assert not rich.stdout.isascii()
    assert json.loads(poor.stdout) == json.loads(rich.stdout)


@pytest.mark.parametrize("command", ["labs", "serve"])
def test_a_database_of_another_program_is_named_and_left_alone(tmp_path: Path, command: str) -> None:
    file = tmp_path / "letters.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE letters (text)")
        connection.execute("INSERT INTO letters VALUES ('Dear ledger')")
        connection.commit()
    before = file.read_bytes()
    done = run(command, "--ledger", str(file), *(["--port", "0", "--no-open"] if command == "serve" else []))
    assert done.returncode == 1
    assert done.stderr.startswith("ironlaw: ")
    assert done.stderr.count("\n") == 1
    assert "letters.sqlite" in done.stderr
    assert file.read_bytes() == before
