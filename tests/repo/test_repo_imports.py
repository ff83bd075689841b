"""The import contracts of pyproject.toml catch what they forbid, and what must load fast or in a browser loads little."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from .places import ROOT, SOURCE, pyproject

CONTRACTS = {contract["name"]: contract for contract in pyproject()["tool"]["importlinter"]["contracts"]}

# One line that breaks each contract, and the file it goes into.
VIOLATIONS = {
    "Imports go one way": ("physics/__init__.py", "from ironlaw import registry"),
    "The ledger knows no physics and no lab": ("ledger/__init__.py", "from ironlaw.labkit import spec"),
    "Simulations take numbers, as equations do": ("simulate/queue.py", "from ironlaw import registry"),
    "The page is data": ("front/__init__.py", "from ironlaw import quantities"),
    "NumPy only where an array comes in": ("labkit/flow.py", "import numpy"),
    "Markdown and MathML only in labkit": ("session.py", "import markdown_it"),
    "The web only in studio and cli": ("session.py", "from starlette.requests import Request"),
    "What runs in the browser needs no server": ("offline/local.py", "from ironlaw.studio import pages"),
    "The terminal only in cli": ("registry/__init__.py", "import click"),
    "Parquet only where a sweep is written or a format is measured": ("estimate/sweep.py", "import pyarrow"),
    "Protobuf and pictures only where they are measured": ("probe/parsing.py", "import PIL"),
    "Notebook packages only in the notebook": ("studio/app.py", "import anywidget"),
    "What tests the product is not in it": ("physics/num.py", "import pint"),
}


def test_each_contract_catches_its_violation(tmp_path: Path) -> None:
    assert CONTRACTS.keys() == VIOLATIONS.keys()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    copy = shutil.copytree(SOURCE, tmp_path / "src" / "ironlaw", ignore=shutil.ignore_patterns("__pycache__", "data"))
    for file, line in VIOLATIONS.values():
        with (copy / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [lint, "--no-logo", "--no-cache"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = set(re.findall(r"^(.+?) BROKEN", run.stdout, flags=re.MULTILINE))
    assert broken == set(VIOLATIONS), run.stdout + run.stderr


def imported() -> dict[str, set[str]]:
    """Top-level package of every import in the source, wherever it stands, and the files that have it."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            else:
                continue
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(str(path.relative_to(SOURCE)))
    return found


def test_each_package_of_others_is_declared_and_has_its_room() -> None:
    project = pyproject()["project"]
    declared = {
        re.split(r"[^\w-]", line)[0].lower()
        for line in project["dependencies"] + project["optional-dependencies"]["test"]
    }
    rooms = {name for contract in CONTRACTS.values() for name in contract.get("forbidden_modules", ())}
    distributions = packages_distributions()
    for name, users in imported().items():
        if name in sys.stdlib_module_names or name == "ironlaw":
            continue
        where = f"import of {name} in {', '.join(sorted(users))}"
        assert declared & {each.lower() for each in distributions[name]}, f"{where}: not declared in pyproject.toml"
        assert name in rooms, f"{where}: no import contract says where it may stand"


HEAVY = ("numpy", "starlette", "uvicorn", "click", "rich", "jinja2", "playwright", "asyncio", "anywidget", "marimo")
PROGRAM = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
if "ironlaw.session" in sys.argv:
    from ironlaw import labs
    [labs.load(each) for each in labs.built()]
print(*sorted(set(sys.argv[1].split(",")) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "modules",
    [
        ["ironlaw"],
        ["ironlaw.physics", "ironlaw.registry"],
        ["ironlaw", "ironlaw.session", "ironlaw.labkit", "ironlaw.labs"],
    ],
    ids=" ".join,
)
def test_importing_loads_nothing_heavy(modules: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(HEAVY), *modules], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


def test_the_command_line_loads_no_lab_before_a_command_is_named() -> None:
    program = "import sys, ironlaw.cli.main; print(*sorted(m for m in sys.modules if m.startswith('ironlaw')))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["ironlaw", "ironlaw.cli", "ironlaw.cli.main"]


def test_the_lab_runs_where_packages_of_others_are_missing() -> None:
    """As in a browser: no compiled wheel and no web server, only the pure-Python packages of labkit."""
    program = """
import sys
for name in ("numpy", "starlette", "uvicorn", "httptools", "click", "rich", "jinja2", "markupsafe"):
    sys.modules[name] = None  # an import of it raises
from ironlaw import labs
from ironlaw.labkit import evaluate
for lab_id in labs.built():
    for act in labs.load(lab_id).acts:
        result = evaluate.result(evaluate.evaluate(act, act.start()))
        assert result["feasible"] and result["figures"]
print("done")
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout == "done\n", run.stderr
