"""tools/chromium.py, with real files that start or do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import chromium

STARTS = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Chromium 1.2.3'\n"
ADVISES = "#!/bin/sh\necho 'Install the snap' >&2\nexit 1\n"


def program(path: Path, text: str = STARTS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which nothing is installed."""
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers"),
    }


def find(machine: dict[str, str]) -> Path | None:
    return chromium.find(machine, [Path(machine["HOME"]) / "Applications"])


def test_an_empty_machine_has_none(machine: dict[str, str]) -> None:
    assert find(machine) is None


def test_names_on_the_path_in_order(machine: dict[str, str]) -> None:
    for name in reversed(chromium.NAMES):
        made = program(Path(machine["PATH"]) / name)
        assert find(machine) == made


def test_a_name_that_does_not_start_is_passed_over(machine: dict[str, str]) -> None:
    program(Path(machine["PATH"]) / "chromium", "not a program")
    program(Path(machine["PATH"]) / "chromium-browser", ADVISES)
    assert find(machine) is None
    chrome = program(Path(machine["PATH"]) / "google-chrome")
    assert find(machine) == chrome


def test_applications_of_a_mac_come_after_the_path_and_in_order(machine: dict[str, str]) -> None:
    for application in reversed(chromium.APPLICATIONS):
        made = program(Path(machine["HOME"]) / "Applications" / application)
        assert find(machine) == made
    last = program(Path(machine["PATH"]) / chromium.NAMES[-1])
    assert find(machine) == last


def test_playwrights_own_comes_last(machine: dict[str, str]) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", chromium._ASK_PLAYWRIGHT], env=machine, capture_output=True, text=True, check=True
    )
    own = program(Path(asked.stdout.strip()))
    assert own.is_relative_to(machine["PLAYWRIGHT_BROWSERS_PATH"])
    assert find(machine) == own
    chrome = program(Path(machine["PATH"]) / "google-chrome")
    assert find(machine) == chrome


def test_a_wish_comes_first_and_is_not_passed_over_in_silence(machine: dict[str, str], tmp_path: Path) -> None:
    program(Path(machine["PATH"]) / "chromium")
    mine = program(tmp_path / "my own" / "chromium")
    assert find(machine | {"IRONLAW_CHROMIUM": str(mine)}) == mine
    with pytest.raises(chromium.ChromiumError, match="gone does not start"):
        find(machine | {"IRONLAW_CHROMIUM": str(tmp_path / "gone")})


def test_the_command_prints_the_path_alone_or_says_what_to_do(machine: dict[str, str]) -> None:
    def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, chromium.__file__], env=environment, capture_output=True, text=True, check=False
        )

    made = program(Path(machine["PATH"]) / "chromium")
    found = run(machine)
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{made}\n", "")
    refused = run(machine | {"IRONLAW_CHROMIUM": "/nowhere"})
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "/nowhere" in refused.stderr


@pytest.fixture
def bare(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes this process see the empty machine, with a Mac's folders elsewhere; the folder that is its whole PATH."""
    for name, value in machine.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IRONLAW_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "APPLICATIONS", ())
    folder = Path(machine["PATH"])
    program(folder / "true", "#!/bin/sh\n")
    program(folder / "sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    program(folder / "env", '#!/bin/sh\nshift\nexec "$@"\n')
    return folder


def release(path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(chromium, "OS_RELEASE", path)


def test_debian_installs_its_own_package(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release(tmp_path / "os-release", "NAME=x\nID=debian\n", monkeypatch)
    template = program(tmp_path / "template")
    log = tmp_path / "log"
    apt = f'#!/bin/sh\necho "$@" >>"{log}"\n[ "$1" = update ] || /bin/cp "{template}" "{bare}/chromium"\n'
    program(bare / "apt-get", apt)
    assert chromium.ensure() == bare / "chromium"
    assert log.read_text().splitlines() == ["update -qq", "install -y -qq --no-install-recommends chromium"]
    assert chromium.ensure() == bare / "chromium"
    assert len(log.read_text().splitlines()) == 2, "it installed again"


@pytest.mark.parametrize("system", ["ID=ubuntu\nID_LIKE=debian\n", "ID=fedora\n"])
def test_elsewhere_playwright_fetches_one(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    release(tmp_path / "os-release", system, monkeypatch)
    template, own = program(tmp_path / "template"), tmp_path / "own"
    python = f'#!/bin/sh\n[ "$1" = -c ] && echo "{own}" || /bin/cp "{template}" "{own}"\n'
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "python", python)))
    assert chromium.ensure() == own


def test_a_failed_install_shows_its_words_and_says_what_to_do(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    release(tmp_path / "os-release", "ID=debian\n", monkeypatch)
    program(bare / "apt-get", "#!/bin/sh\necho 'E: no such host'\nexit 100\n")
    assert chromium.main(["--install"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "E: no such host" in said.err
    assert "installing one failed" in said.err
    assert "make test IRONLAW_CHROMIUM=" in said.err
