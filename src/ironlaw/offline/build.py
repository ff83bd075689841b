"""`ironlaw export`: the labs as a folder of plain files, for any host that serves files.

The folder is written beside its place and moved there when it is complete. The same code and runtime give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from ironlaw import __version__, labs
from ironlaw.offline import pages, runtime
from ironlaw.offline.pack import pack

FORMAT = "ironlaw-site"
LIST = "site.json"  # marks a folder as an export, and tells the service worker what to keep
WORKER = "sw.js"
VERSION_LINE = 'const VERSION = "";'
LEVEL = 6  # of gzip, as hosts compress
FIRST = ("runtime/", "static/")  # what a first visit loads besides its page


class TargetError(RuntimeError):
    """The folder cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Site:
    """A written site. `size` in bytes; `gzipped` and `first` (of the largest lab: page, scripts, engine) as a host compresses."""

    target: Path
    version: str
    runtime: str
    labs: tuple[str, ...]
    files: int
    size: int
    gzipped: int
    first: int


def export_site(target: Path, given: Path | None = None, *, force: bool = False) -> Site:
    """Write the site to the folder `target`. `given`: where the runtime lies, see `runtime.load`.

    A folder that exists must be empty, or an earlier export and nothing else; `force` replaces whatever it holds. Raises
    TargetError, RuntimeMissing.
    """
    target = target.expanduser().resolve()
    refuse_foreign(target, force=force)
    parts = dict(_parts(runtime.load(given)))
    listed = _listed(parts)
    parts |= {LIST: _json(listed), WORKER: _worker(listed["version"])}
    _write(target, parts)
    sizes = {path: len(gzip.compress(data, LEVEL, mtime=0)) for path, data in parts.items()}
    pages_ = [size for path, size in sizes.items() if path.startswith("labs/")]
    return Site(
        target=target,
        version=listed["version"],
        runtime=runtime.VERSION,
        labs=labs.built(),
        files=len(parts),
        size=sum(map(len, parts.values())),
        gzipped=sum(sizes.values()),
        first=sum(size for path, size in sizes.items() if path.startswith(FIRST)) + max(pages_, default=0),
    )


# --- what is in it ----------------------------------------------------------------------------------------------------


def _parts(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every file but the list and the service worker, by its path in the site."""
    engine = {**files, runtime.LOCK: runtime.lock(files), "ironlaw.pack": pack()}
    digest = sha256()
    compressed = 0
    for name, data in sorted(engine.items()):
        yield f"runtime/{name}", data
        digest.update(f"{name} {sha256(data).hexdigest()}\n".encode())
        compressed += len(gzip.compress(data, LEVEL, mtime=0))
    for name, path in pages.scripts().items():
        yield f"static/{name}", path.read_bytes()
    for name, html in pages.pages(compressed / 1e6, digest.hexdigest()[:16]):
        yield name, html.encode()
    yield "notices.txt", NOTICES.encode()


NOTICES = f"""What this site is made of

Ironlaw {__version__}: Apache-2.0.
runtime/ironlaw.pack also holds markdown-it-py, mdurl and latex2mathml, each under the MIT licence.
runtime/ holds Pyodide {runtime.VERSION} (MPL-2.0) as its publisher made it, but for the list of packages in {runtime.LOCK}, which is
left empty. Its source is the release {runtime.VERSION} of the repository pyodide/pyodide. It contains CPython (PSF-2.0) and SQLite (public domain).
"""


def _listed(parts: Mapping[str, bytes]) -> dict[str, Any]:
    """The answer of site.json."""
    files = [
        {"path": path, "sha256": sha256(data).hexdigest(), "bytes": len(data)} for path, data in sorted(parts.items())
    ]
    whole = _json(files) + (pages.SITE / WORKER).read_bytes()
    size = sum(len(data) for path, data in parts.items() if path.startswith("runtime/"))
    return {
        "format": FORMAT,
        "version": sha256(whole).hexdigest()[:16],
        "engine": __version__,
        "runtime": {"version": runtime.VERSION, "bytes": size},
        "files": files,
    }


def _worker(version: str) -> bytes:
    """The service worker of this version: a browser sees a new one when anything changed."""
    text = (pages.SITE / WORKER).read_text(encoding="utf-8")
    if text.count(VERSION_LINE) != 1:
        raise ValueError(f"{WORKER} does not hold {VERSION_LINE!r} once")
    return text.replace(VERSION_LINE, f'const VERSION = "{version}";').encode()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


# --- where it goes ----------------------------------------------------------------------------------------------------


def refuse_foreign(target: Path, *, force: bool) -> None:
    """Raise TargetError for a folder that holds what no export has written; `force` allows that, but not all one has."""
    if Path.home().resolve().is_relative_to(target):
        raise TargetError(f"{target} holds your home folder; name a folder for the site alone")
    if not target.exists():
        return
    if not target.is_dir():
        raise TargetError(f"{target} is a file, and the site is a folder")
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    if force or not there:
        return
    written = _written(target)
    if written is None:
        raise TargetError(
            f"{target} is not empty, and not an earlier export; name another folder, or replace it with --force"
        )
    if more := sorted(there - written):
        told = ", ".join(more[:3]) + (f" and {len(more) - 3} more" if len(more) > 3 else "")
        raise TargetError(
            f"{target} also holds {told}; move that away, or replace the folder with --force, which removes it"
        )


def _written(target: Path) -> set[str] | None:
    """The files that an earlier export wrote here; None where there was none."""
    try:
        found = json.loads((target / LIST).read_bytes())
        return {LIST, WORKER, *(file["path"] for file in found["files"])} if found["format"] == FORMAT else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write(target: Path, parts: Mapping[str, bytes]) -> None:
    """Complete or not at all: beside its place first."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        made, old = building / "new", building / "old"
        try:
            for path, data in sorted(parts.items()):
                place = made / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            _swap(made, target, old)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            if not old.exists():
                building.rmdir()
            raise
        shutil.rmtree(building)
    except OSError as error:
        raise TargetError(f"{target} cannot be written: {error.strerror or error}") from error


def _swap(made: Path, target: Path, old: Path) -> None:
    """Move the new folder into its place; what was there stays until then."""
    if not target.exists():
        made.rename(target)
        return
    target.rename(old)
    try:
        made.rename(target)
    except OSError:
        old.rename(target)
        raise
