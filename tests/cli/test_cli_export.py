"""`ironlaw export`: a folder, its sizes, and one plain line when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironlaw import labs
from ironlaw.offline import runtime

from .calling import call


def test_the_site_and_its_sizes(tmp_path: Path) -> None:
    called = call("export", "--json", str(tmp_path / "site"))
    assert called.code == 0
    found = called.json
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert found["labs"] == list(labs.built())
    assert (found["files"], found["size"]) == (len(files), sum(path.stat().st_size for path in files))
    assert found["first"] < found["gzipped"] < found["size"]
    assert found["target"] == str(tmp_path / "site")
    again = call("export", str(tmp_path / "site"))
    assert again.code == 0
    assert f"{len(files)} files" in again.out
    assert found["version"] in again.out


def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    call("export", str(tmp_path)).refused("not empty", "--force", code=1)
    call("export", str(tmp_path), "--runtime", str(tmp_path / "missing")).refused("--runtime")
    call("export").refused("DIR")


def test_no_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "pyodide.tgz"
    wrong.write_bytes(b"no archive")
    call("export", str(tmp_path / "site"), "--runtime", str(wrong)).refused("SHA-512", code=1)
    monkeypatch.setattr(runtime, "cached", lambda: None)
    monkeypatch.setattr(runtime, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    call("export", str(tmp_path / "site")).refused("no npm", "--runtime", code=1)
    assert not (tmp_path / "site").exists()
