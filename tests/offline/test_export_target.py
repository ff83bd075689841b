"""Where the site goes: complete or not at all, and never over what somebody else put there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ironlaw.offline import build, runtime
from ironlaw.offline.build import TargetError, export_site

Tree = dict[str, bytes]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A site of a few files, which a test may change."""
    parts = {"index.html": b"<p>one", "labs/v2_02/index.html": b"<p>two", "static/page.js": b"3"}

    def told(_files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        yield from parts.items()

    monkeypatch.setattr(build, "_parts", told)
    monkeypatch.setattr(runtime, "load", lambda _given: {})
    return parts


def tree(folder: Path) -> Tree:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("before", ["nothing", "empty", "parents are missing"])
def test_a_new_folder(tmp_path: Path, small: Tree, before: str) -> None:
    target = tmp_path / ("deep/er/site" if before == "parents are missing" else "site")
    if before == "empty":
        target.mkdir()
    site = export_site(target)
    assert tree(target) == small | {name: tree(target)[name] for name in (build.LIST, build.WORKER)}
    assert (site.files, site.target) == (5, target)
    assert site.size == sum(map(len, tree(target).values()))
    assert [path.name for path in target.parent.iterdir()] == ["site"]


def test_an_earlier_export_is_replaced_whole(tmp_path: Path, small: Tree) -> None:
    first = export_site(tmp_path / "site")
    del small["static/page.js"]
    small["index.html"] = b"<p>new"
    second = export_site(tmp_path / "site")
    assert "static/page.js" not in tree(tmp_path / "site")
    assert tree(tmp_path / "site")["index.html"] == b"<p>new"
    assert first.version != second.version
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("name", ["thesis.tex", ".git/HEAD", "labs/notes.txt", build.LIST])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "site" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"mine")
    with pytest.raises(TargetError, match="--force"):
        export_site(tmp_path / "site")
    assert tree(tmp_path / "site") == {name: b"mine"}
    export_site(tmp_path / "site", force=True)
    assert "index.html" in tree(tmp_path / "site")
    assert tree(tmp_path / "site").get(name) != b"mine"


def test_what_was_added_to_an_export_is_named_and_kept(tmp_path: Path) -> None:
    export_site(tmp_path / "site")
    before = tree(tmp_path / "site")
    for name in ("CNAME", "a.txt", "b.txt", "labs/c.txt"):
        (tmp_path / "site" / name).write_text("mine")
    with pytest.raises(TargetError, match=r"CNAME, a\.txt, b\.txt and 1 more"):
        export_site(tmp_path / "site")
    assert before.items() < tree(tmp_path / "site").items()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(TargetError, match="is a file"):
        export_site(tmp_path / "site", force=True)
    with pytest.raises(TargetError, match="cannot be written"):
        export_site(tmp_path / "site" / "below")
    assert (tmp_path / "site").read_text() == "a file"


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    export_site(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "index.html" in tree(tmp_path / "real")


@pytest.mark.parametrize("failing", ["write_bytes", "rename"])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, small: Tree, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_site(tmp_path / "site")
    before = tree(tmp_path / "site")
    small["index.html"] = b"<p>new"
    plain = getattr(Path, failing)

    def broken(self: Path, *given: object) -> object:
        if self.name in ("page.js", "new"):
            raise OSError(28, os.strerror(28), str(self))
        return plain(self, *given)

    monkeypatch.setattr(Path, failing, broken)
    with pytest.raises(TargetError, match="No space left"):
        export_site(tmp_path / "site")
    monkeypatch.undo()
    assert tree(tmp_path / "site") == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_files_can_be_read_by_a_server(tmp_path: Path) -> None:
    export_site(tmp_path / "site")
    mask = os.umask(0)
    os.umask(mask)
    for path in [tmp_path / "site", *(tmp_path / "site").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~mask
