"""tools/setup.sh on machines that are folders: a PATH with nothing but what a test puts there."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from .places import ROOT

UTILITIES = ("dirname", "cat", "cksum", "rm", "mkdir", "env")

# Answers what setup.sh asks a Python, writes down what it is told to install, and makes environments of itself.
PYTHON = """#!/bin/sh
case "$*" in
*"version_info < "*) exit {old} ;;
*ensurepip*) [ -z "{lacks_venv}" ] || [ -e "{home}/venv-package" ] ;;
*print*) echo {version} ;;
--version) echo "Python {version}.0" ;;
"-m pip --version") ;;
"-m venv --clear .venv") mkdir -p .venv/bin && cat "$0" >.venv/bin/python && /bin/chmod +x .venv/bin/python ;;
"-m pip install"*) [ ! -e "{home}/offline" ] && echo "$*" >>"{home}/installed" || {{ echo "ERROR: no network" >&2; exit 1; }} ;;
*) exit 9 ;;
esac
"""


@dataclass
class Machine:
    """A checkout and a PATH under one folder."""

    home: Path
    root: bool = True

    def __post_init__(self) -> None:
        for folder in ("bin", "iron law/tools", "iron law/requirements"):
            (self.home / folder).mkdir(parents=True)
        for name in UTILITIES:
            (self.home / "bin" / name).symlink_to(str(shutil.which(name)))
        self.program("id", "#!/bin/sh\necho 0\n" if self.root else "#!/bin/sh\necho 1000\n")
        shutil.copy(ROOT / "tools" / "setup.sh", self.checkout / "tools")
        (self.checkout / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
        (self.checkout / "requirements" / "start.txt").write_text("click\n", encoding="utf-8")

    @property
    def checkout(self) -> Path:
        return self.home / "iron law"

    def program(self, name: str, text: str) -> Path:
        path = self.home / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def python(self, name: str, version: str = "3.12", *, old: bool = False, lacks_venv: bool = False) -> Path:
        lacks = "yes" if lacks_venv else ""
        return self.program(name, PYTHON.format(old=int(old), lacks_venv=lacks, version=version, home=self.home))

    def setup(self, what: str, *, checkout: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.home / "bin")} | more
        script = (checkout or self.checkout) / "tools" / "setup.sh"
        command = ["/bin/sh", str(script), what]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def installed(self) -> list[str]:
        """What pip was told since the last call."""
        log = self.home / "installed"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line.removeprefix("-m pip install --quiet ") for line in lines]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def found(machine: Machine, **more: str) -> str:
    run = machine.setup("python", checkout=None, **more)
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip()).name


def test_the_newest_python_is_taken(machine: Machine) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        machine.python(name)
        assert found(machine) == name


def test_shims_that_fail_and_old_ones_are_passed_over(machine: Machine) -> None:
    machine.program("python3.13", "#!/bin/sh\necho 'python3.13: not installed' >&2\nexit 127\n")
    machine.python("python3", "3.9", old=True)
    machine.python("python3.11", "3.11")
    assert found(machine) == "python3.11"


def test_one_that_makes_environments_goes_first(machine: Machine) -> None:
    machine.python("python3.13", "3.13", lacks_venv=True)
    assert found(machine) == "python3.13"
    machine.python("python3", "3.11")
    assert found(machine) == "python3"


def test_a_named_python_is_taken_or_refused(machine: Machine) -> None:
    machine.python("python3")
    mine = machine.python("mine", "3.14")
    assert found(machine, PYTHON=str(mine)) == "mine"
    machine.python("mine", "3.10", old=True)
    run = machine.setup("python", PYTHON=str(mine))
    assert run.returncode == 1
    assert f"PYTHON={mine} is not a Python of 3.11 or newer" in run.stderr


def test_no_python_says_how_to_get_one(machine: Machine) -> None:
    run = machine.setup("start")
    assert run.returncode == 1
    assert "3.11 or newer" in run.stderr
    assert "apt-get install python3 python3-venv" in run.stderr
    assert not (machine.checkout / ".venv").exists()


def test_debian_without_ensurepip_as_root(machine: Machine) -> None:
    machine.python("python3", "3.11", lacks_venv=True)
    machine.program("apt-get", f'#!/bin/sh\necho "$@" >>"{machine.home}/apt"\n: >"{machine.home}/venv-package"\n')
    assert machine.setup("start").returncode == 0
    assert (machine.home / "apt").read_text().splitlines() == [
        "update -qq",
        "install -y -qq --no-install-recommends python3.11-venv",
    ]


def test_debian_without_ensurepip_and_without_rights(tmp_path: Path) -> None:
    machine = Machine(tmp_path, root=False)
    machine.python("python3", "3.11", lacks_venv=True)
    machine.program("apt-get", "#!/bin/sh\nexit 9\n")
    run = machine.setup("start")
    assert run.returncode == 1
    assert "sudo apt-get install python3.11-venv" in run.stderr
    assert not (machine.checkout / ".venv").exists()


PACKAGE = "--no-deps --no-build-isolation -e ."


def test_installs_once_and_then_only_after_a_change(machine: Machine) -> None:
    machine.python("python3")
    assert machine.setup("start").returncode == 0
    assert machine.installed() == ["--require-hashes -r requirements/start.txt", PACKAGE]
    quiet = machine.setup("start")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert machine.installed() == []

    (machine.checkout / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    machine.setup("start")
    assert len(machine.installed()) == 2
    (machine.checkout / "requirements" / "start.txt").write_text("rich\n", encoding="utf-8")
    machine.setup("start")
    assert len(machine.installed()) == 2


def test_what_tests_need_contains_what_start_needs(machine: Machine) -> None:
    machine.python("python3")
    machine.setup("start")
    machine.installed()
    assert machine.setup("test").returncode == 0
    assert machine.installed() == ["--require-hashes -r requirements/test.txt", PACKAGE]
    machine.setup("start")
    assert machine.installed() == []


def test_a_moved_checkout_is_installed_again(machine: Machine) -> None:
    machine.python("python3")
    machine.setup("start")
    machine.installed()
    moved = machine.checkout.rename(machine.home / "elsewhere")
    assert machine.setup("start", checkout=moved).returncode == 0
    assert len(machine.installed()) == 2


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.python("python3")
    machine.setup("start")
    machine.installed()
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    run = machine.setup("start")
    assert run.returncode == 0
    assert "Making .venv" in run.stderr
    assert len(machine.installed()) == 2


def test_a_failed_install_is_tried_again(machine: Machine) -> None:
    machine.python("python3")
    (machine.home / "offline").touch()
    run = machine.setup("start")
    assert run.returncode == 1
    assert "ERROR: no network" in run.stderr
    (machine.home / "offline").unlink()
    assert machine.setup("start").returncode == 0
    assert len(machine.installed()) == 2
