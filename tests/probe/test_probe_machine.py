"""What a result belongs to is told, and nobody is named."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ironlaw.probe import machine

module = sys.modules["ironlaw.probe.machine"]


def test_the_machine_is_plain_json_with_versions() -> None:
    told = machine()
    assert json.loads(json.dumps(told)) == told
    assert set(told) == {"cpu", "architecture", "cores", "memory", "system", "python", "libraries", "blas"}
    assert told["cores"] >= 1
    assert told["python"].endswith(platform.python_version())
    assert told["libraries"] == {name: version(name) for name in ("numpy", "pyarrow", "protobuf", "pillow")}


def test_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME", "HOME", "HOSTNAME"):
        monkeypatch.setenv(name, "ada-lovelace")
    monkeypatch.setattr(platform, "node", lambda: "adas-machine")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0-ada-kernel")
    told = json.dumps(machine())
    assert "ada" not in told.lower().replace("nada", "")
    assert platform.system() in told
    assert " 6.1.0" in told


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor : 0\nmodel name\t: AMD EPYC 7B13   64-Core\n", "AMD EPYC 7B13 64-Core"),
        ("processor : 0\nBogoMIPS : 108\n\nModel\t\t: Raspberry Pi 5 Model B\n", "Raspberry Pi 5 Model B"),
        ("nothing of use\n", platform.machine()),
    ],
)
def test_the_processor_is_read_from_linux(
    text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "_CPUINFO", file)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert module.cpu() == name


def test_a_system_that_tells_nothing_is_still_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CPUINFO", tmp_path / "none")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.delattr("os.sysconf", raising=False)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    told = machine()
    assert told["cpu"] == platform.machine()
    assert told["memory"] is None
    assert told["cores"] >= 1


def test_a_package_that_is_not_there_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGES", ("numpy", "no-such-package"))
    assert set(machine()["libraries"]) == {"numpy"}
