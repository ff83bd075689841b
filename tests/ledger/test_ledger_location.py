"""Where the ledger lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironlaw.ledger import default_path


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", "/home/learner")
    return Path("/home/learner")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "emscripten"])
def test_ironlaw_home_wins_everywhere(platform: str, home: Path) -> None:
    assert default_path({"IRONLAW_HOME": "/data"}, platform) == Path("/data/ledger.sqlite")
    assert default_path({"IRONLAW_HOME": "~/x"}, platform) == home / "x/ledger.sqlite"
    assert default_path({"IRONLAW_HOME": "here"}, platform) == Path.cwd() / "here/ledger.sqlite"


def test_the_platform_s_place_otherwise(home: Path) -> None:
    assert default_path({}, "linux") == home / ".local/share/ironlaw/ledger.sqlite"
    assert default_path({"IRONLAW_HOME": "", "XDG_DATA_HOME": "/xdg"}, "linux") == Path("/xdg/ironlaw/ledger.sqlite")
    assert default_path({"XDG_DATA_HOME": "relative"}, "linux") == home / ".local/share/ironlaw/ledger.sqlite"
    assert (
        default_path({"XDG_DATA_HOME": "/xdg"}, "darwin") == home / "Library/Application Support/ironlaw/ledger.sqlite"
    )
    assert default_path({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/ironlaw/ledger.sqlite")


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IRONLAW_HOME", str(tmp_path))
    assert default_path() == tmp_path / "ledger.sqlite"
