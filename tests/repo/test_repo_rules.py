"""House rules that no linter knows."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .places import ROOT, SOURCE, pyproject, texts

# Written in pieces: this file must not hold what it forbids.
HOSTS = re.compile(
    "|".join(
        r"\.".join(parts)
        for parts in (
            ("py" + "pi", "org"),
            ("python" + "hosted", "org"),
            ("registry", "npm" + "js"),
            ("deb", "debian", "org"),
        )
    )
)
PLACES = re.compile(r"(?<![\w.~/-])/(?:" + "|".join(("wor" + "k", "far" + "m", "roo" + "t")) + r")/[\w.]")
# The Apache Software Foundation's own file, LICENSE-2.0.txt.
APACHE = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_no_file_holds_an_address_of_a_package_registry_or_a_path_of_a_machine() -> None:
    for path, text in texts().items():
        for number, line in enumerate(text.splitlines(), 1):
            told = f"{path}:{number}: {line.strip()[:120]}"
            assert not HOSTS.search(line), told
            assert not PLACES.search(line), told
            assert f"{ROOT}/" not in line, told


def test_the_rules_above_can_fail() -> None:
    assert HOSTS.search("index https://" + "py" + "pi.org/simple")
    assert PLACES.search("cd /roo" + "t/ironlaw")
    assert not PLACES.search("~/.local/share/ironlaw and docs/works/x and {home}/apt")


def test_modules_stay_short() -> None:
    code = {".py", ".js", ".css", ".sql", ".html"}
    lines = {path: text.count("\n") for path, text in texts().items() if path.parts[0] == "src" and path.suffix in code}
    assert lines
    assert {str(path): count for path, count in lines.items() if count > 400} == {}


def test_every_dependency_carries_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = pyproject()["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        assert re.search(rf'^  "{re.escape(requirement)}", *# \w.{{8,}}$', text, flags=re.MULTILINE), requirement


def test_every_exception_from_a_lint_rule_carries_its_reason() -> None:
    """But for PLC0415, an import inside a function: its reason is always that others should not pay for it."""
    excused = re.compile(r"# noqa: (PLC0415\b|\w+(, \w+)* +[-(–] *\S)")
    for path, text in texts().items():
        if path.suffix == ".py" and path.parts[0] == "src":
            for number, line in enumerate(text.splitlines(), 1):
                assert "# noqa" not in line or excused.search(line), f"{path}:{number}: {line.strip()}"


def test_licence_is_the_whole_text() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE
    assert pyproject()["project"]["license"] == "Apache-2.0"


@pytest.mark.parametrize("name", ["start", "test"])
def test_pins_fit_the_declared_dependencies(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    heads = [Requirement(line.rstrip("\\ ")) for line in lines if not line.startswith(" ")]
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines if line.startswith(" "))
    pins: dict[str, list[str]] = {}
    for head in heads:
        (version,) = head.specifier
        assert version.operator == "==", head
        assert not head.url
        pins.setdefault(head.name, []).append(version.version)
    project = pyproject()["project"]
    wanted = project["dependencies"] + pyproject()["build-system"]["requires"]
    wanted += project["optional-dependencies"]["test"] if name == "test" else []
    for requirement in map(Requirement, wanted):
        assert requirement.name in pins, f"run `make pins`: {requirement.name} is not in requirements/{name}.txt"
        for version_ in pins[requirement.name]:
            assert requirement.specifier.contains(version_), f"run `make pins`: {requirement} against {version_}"


def test_integration_runs_what_everybody_runs() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


def test_make_alone_prints_every_target_for_people() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    printed = subprocess.run(["make"], cwd=ROOT, env=outer, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^  make (\w+) +\S", printed, flags=re.MULTILINE))
    phony = set(text.partition(".PHONY: ")[2].partition("\n")[0].split())
    assert listed == phony - {"installed", "chromium"}
    assert {"start", "test", "setup", "lint", "check", "bench", "screenshots", "clean", "help"} <= listed
    for script in re.findall(r"tools/[\w.]+", text):
        assert (ROOT / script).is_file(), script


def test_package_data_covers_every_data_file() -> None:
    """A wheel without its TOML, SQL or page files would start and then fail."""
    patterns = pyproject()["tool"]["setuptools"]["package-data"]
    for path in SOURCE.rglob("*"):
        if path.suffix == ".py" or not path.is_file() or "__pycache__" in path.parts:
            continue
        homes = [
            ROOT / "src" / Path(*package.split("."))
            for package, globs in patterns.items()
            for glob in globs
            if path in (ROOT / "src" / Path(*package.split("."))).glob(glob)
        ]
        assert homes, f"{path.relative_to(ROOT)} is in no pattern of [tool.setuptools.package-data]"
