"""Python for the browser: got by name, checked, kept; or a clear word on what to do."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ironlaw.offline import runtime
from ironlaw.offline.runtime import FILES, RuntimeMissing, load


@pytest.fixture(scope="module")
def packed() -> Path:
    """The package's file, as the cache has it."""
    return runtime.cached() or runtime.fetch()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache and no npm."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(runtime, "find_spec", lambda _name: None)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    (tmp_path / "bin").mkdir()
    return tmp_path


def npm(folder: Path, script: str) -> None:
    """An npm of our own on the PATH."""
    program = folder / "bin" / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_file_and_folder_give_the_same(packed: Path, tmp_path: Path) -> None:
    files = load(packed)
    assert files.keys() == FILES.keys()
    assert files["pyodide.asm.wasm"][:4] == b"\0asm"
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert load(tmp_path) == files
    lock = runtime.lock(files)
    assert len(lock) < 1000
    assert b'"packages":{}' in lock
    assert b"abi_version" in lock


def test_another_file_is_refused(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    wrong = tmp_path / "pyodide.tgz"
    for content in (bytes(data), bytes(data[:1000]), b""):
        wrong.write_bytes(content)
        with pytest.raises(RuntimeMissing, match="SHA-512 differs"):
            load(wrong)


def test_a_folder_that_lacks_or_changes_a_file_is_refused(packed: Path, tmp_path: Path) -> None:
    for name, data in load(packed).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "pyodide.mjs").write_bytes(b"other")
    with pytest.raises(RuntimeMissing, match=r"pyodide\.mjs .*SHA-256 differs"):
        load(tmp_path)
    (tmp_path / "pyodide.mjs").unlink()
    with pytest.raises(RuntimeMissing, match=r"pyodide\.mjs"):
        load(tmp_path)


def test_without_npm_it_says_what_to_do(empty: Path) -> None:
    with pytest.raises(RuntimeMissing, match=r"no npm.*ironlaw\[offline\].*--runtime"):
        load()


@pytest.mark.skipif(os.name == "nt", reason="the npm of this test is a shell script")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'npm error network is down' >&2; exit 1", "network is down"),
        ("exit 1", "npm said nothing"),
        ("echo other > pyodide-314.0.7.tgz", "SHA-512 differs"),
        ("true", "npm said nothing"),
    ],
)
def test_an_npm_that_fails_is_told(empty: Path, script: str, said: str) -> None:
    npm(empty, script)
    with pytest.raises(RuntimeMissing, match=said):
        load()
    assert not runtime.cache().exists()


@pytest.mark.skipif(os.name == "nt", reason="the npm of this test is a shell script")
def test_it_is_asked_for_by_name_and_kept(empty: Path, packed: Path) -> None:
    npm(
        empty,
        f'echo "$@" >> "{empty}/asked"; while read -r line; do :; done < /dev/null; exec 3< "{packed}"; /bin/cat <&3 > got.tgz',
    )
    assert load().keys() == FILES.keys()
    assert (empty / "asked").read_text().split()[:2] == ["pack", f"{runtime.PACKAGE}@{runtime.VERSION}"]
    assert runtime.cached() == runtime.cache()
    npm(empty, "exit 1")
    assert load().keys() == FILES.keys()
    runtime.cache().write_bytes(b"cut off")  # a damaged one counts for nothing
    with pytest.raises(RuntimeMissing):
        load()


def test_the_cache_is_where_each_system_keeps_such_things(tmp_path: Path) -> None:
    name = f"{runtime.PACKAGE}-{runtime.VERSION}.tgz"
    assert runtime.cache({"XDG_CACHE_HOME": str(tmp_path)}, "linux") == tmp_path / "ironlaw" / name
    assert runtime.cache({"XDG_CACHE_HOME": "relative"}, "linux") == Path.home() / ".cache" / "ironlaw" / name
    assert runtime.cache({}, "darwin") == Path.home() / "Library" / "Caches" / "ironlaw" / name
    assert runtime.cache({"LOCALAPPDATA": str(tmp_path)}, "win32") == tmp_path / "ironlaw" / name
