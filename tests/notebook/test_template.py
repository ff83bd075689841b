"""The notebook that `ironlaw notebook` writes: for every lab marimo finds nothing to complain about, and it runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import urllib.request
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.ledger import SqliteStore
from ironlaw.notebook import open_lab
from ironlaw.notebook.template import notebook
from learners.kinds import Expert
from learners.walker import Walk

from .serving import Host

IRONLAW = Path(sys.executable).with_name("ironlaw")
LAB = "v2_02"


def ironlaw(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    words = [str(IRONLAW), "notebook", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, env=os.environ | environment, check=False)


def test_marimo_check_is_clean_for_every_lab(tmp_path: Path) -> None:
    for lab_id in labs.built():
        (tmp_path / f"{lab_id}.py").write_text(notebook(lab_id), encoding="utf-8")
    command = [sys.executable, "-m", "marimo", "check", "--strict", *map(str, sorted(tmp_path.glob("*.py")))]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def run(path: Path) -> dict[str, Any]:
    """All cells of a notebook in this process; what they defined. A cell that fails raises."""
    spec = spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    _, found = module.app.run()
    return dict(found)


@pytest.mark.parametrize("lab_id", labs.built())
def test_it_runs_for_a_learner_who_has_just_come_and_for_one_who_is_done(tmp_path: Path, lab_id: str) -> None:
    ledger, path = tmp_path / "ledger.sqlite", tmp_path / f"{lab_id}.py"
    path.write_text(notebook(lab_id, ledger=ledger), encoding="utf-8")
    before = run(path)
    assert before["lab"].result is None
    assert "rows" not in before, "the cells that need an instrument wait for it"
    with SqliteStore(ledger) as store:
        Walk(store, lab_id, Expert()).run()
    after = run(path)
    assert after["lab"].progress["stage"] == "done"
    assert after["rows"] == after["lab"].sweep(after["control"])
    assert after["plan"].feasible


def test_its_text_holds_no_lab_but_the_one_that_was_asked_for() -> None:
    """One template: two notebooks differ by the lab's id and title alone."""
    one, other = (notebook(lab_id).splitlines() for lab_id in ("v2_01", "v2_02"))
    assert len(one) == len(other)
    assert sum(a != b for a, b in zip(one, other, strict=True)) == 2


@pytest.mark.parametrize(
    "learner", ["local", 'A "quoted" \\ name', "Żółć", "two\nlines", "", "@title@ @call@ @version@", "\udcff"]
)
def test_what_is_given_arrives_in_the_code(tmp_path: Path, learner: str) -> None:
    path = tmp_path / 'a "b"' / "ledger.sqlite"
    tree = ast.parse(notebook("V2-02", ledger=path, learner=learner))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "open_lab"]
    (call,) = calls
    assert [ast.literal_eval(argument) for argument in call.args] == [LAB]
    given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert given == {"ledger": str(path), "learner": learner}


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_and_never_overwrites(tmp_path: Path) -> None:
    out = tmp_path / "mine.py"
    run = ironlaw(LAB, "--out", out, "--no-open")
    assert (run.returncode, run.stderr) == (0, "")
    assert out.read_text(encoding="utf-8") == notebook(LAB)
    out.write_text("my own work", encoding="utf-8")
    run = ironlaw(LAB, "--out", out, "--no-open")
    assert run.returncode == 1
    assert "exists; --force replaces it" in run.stderr
    assert out.read_text(encoding="utf-8") == "my own work"
    assert ironlaw(LAB, "--out", out, "--no-open", "--force").returncode == 0
    assert out.read_text(encoding="utf-8") == notebook(LAB)


def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path) -> None:
    run = ironlaw("v9_99", "--no-open", "--out", tmp_path / "x.py")
    assert (run.returncode, run.stderr.count("\n")) == (1, 1)
    assert "v9_99" in run.stderr
    run = ironlaw(LAB, "--no-open", "--out", tmp_path / "none" / "x.py")
    assert run.returncode == 1
    assert "cannot be written" in run.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """Both doors, in an interpreter that has neither marimo nor anywidget; --no-open needs neither."""
    program = f"""
import sys
from importlib.abc import MetaPathFinder
class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("anywidget", "marimo"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from ironlaw.cli import notebook as cli
cli.find_spec = lambda name: None
from ironlaw.cli.main import main
sys.argv = ["ironlaw", "notebook", "{LAB}", "--out", "x.py", *sys.argv[1:]]
try:
    from ironlaw.notebook import open_lab
except ImportError as error:
    print(error)
main()
"""
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 1
    assert run.stdout == "a lab in a notebook needs anywidget: pip install 'ironlaw[notebook]'\n"
    assert "pip install 'ironlaw[notebook]'" in run.stderr
    assert not (tmp_path / "x.py").exists()
    run = subprocess.run([*command, "--no-open"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "x.py").is_file()


@pytest.mark.parametrize("name", ["mine.py", "-mine.py"])
def test_the_command_opens_it_with_marimo(tmp_path: Path, name: str) -> None:
    """A server is there and serves the file that was written; it ends with the command. A name is never an option."""
    with Host(tmp_path, ["ironlaw", "notebook", LAB, "--out", f"./{name}"]) as running:
        with urllib.request.urlopen(running.url) as answer:  # noqa: S310 - our own
            assert answer.status == 200
        assert "The lab starts with the page." in running.log
    assert (tmp_path / name).read_text(encoding="utf-8") == notebook(LAB)


def test_marimo_exports_it(tmp_path: Path) -> None:
    """As `marimo export html` runs it, for a learner in the middle of the lab: the cells say what they found."""
    ledger, path = tmp_path / "ledger.sqlite", tmp_path / f"{LAB}.py"
    with SqliteStore(ledger) as store:
        Walk(store, LAB, Expert()).run()
    path.write_text(notebook(LAB, ledger=ledger), encoding="utf-8")
    command = [sys.executable, "-m", "marimo", "export", "html", str(path), "-o", str(tmp_path / "out.html")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"HOME": str(tmp_path)})
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    lab = open_lab(LAB, ledger=ledger)
    rows = lab.sweep(next(iter(lab.controls)))
    held = sum(row["feasible"] and not row["broken"] for row in rows)
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert f"all limits hold at {held} of {len(rows)} places." in text
