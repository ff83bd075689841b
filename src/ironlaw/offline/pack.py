"""Our code for the browser, as one archive: what the calls of `desk` import, and nothing of the web or the terminal.

Rooms of ironlaw (its top-level modules and packages) go in whole: labs and equations are found by looking into their folders. A
room is in when a room that is in imports it, wherever in the code that stands.
"""

from __future__ import annotations

import ast
import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).parents[1]
START = "desk"
WORKER = ("offline/__init__.py", "offline/local.py")
STYLES = ("front/__init__.py", "front/tokens.css")  # of the page: the report has its colours inside
# Packages of others for prose and equations, pure Python, and the distributions that they come in.
OTHERS: Mapping[str, str] = {"markdown_it": "markdown-it-py", "mdurl": "mdurl", "latex2mathml": "latex2mathml"}


def pack() -> bytes:
    """A gzipped tar of plain files, the same bytes for the same code. Raises ImportError for a package that is missing."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(files().items()):
            entry = tarfile.TarInfo(name)
            data = path.read_bytes()
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(body.getvalue(), compresslevel=9, mtime=0)


def files() -> dict[str, Path]:
    """What is packed: the files by their names in the archive."""
    found = {f"ironlaw/{name}": SOURCE / name for name in ("__init__.py", "py.typed", *WORKER, *STYLES)}
    for room in rooms() - {"front", "offline"}:
        found |= {f"ironlaw/{path.relative_to(SOURCE).as_posix()}": path for path in _plain(_place(room))}
    for name, comes_in in OTHERS.items():
        folder = _installed(name)
        found |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in _plain(folder)} | _stated(comes_in)
    return {name: path for name, path in found.items() if path.exists()}


@cache
def rooms() -> frozenset[str]:
    """The rooms that the calls of a page need."""
    found: set[str] = set()
    todo = {START, *(room for name in WORKER for room in _imports(SOURCE / name))}
    while todo:
        room = todo.pop()
        found.add(room)
        for path in _plain(_place(room)):
            todo |= set(_imports(path)) - found
    return frozenset(found)


def _imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "ironlaw" and len(parts) > 1 and _place(parts[1]).exists():
                yield parts[1]


def _place(room: str) -> Path:
    """A room's folder or file."""
    folder = SOURCE / room
    return folder if folder.is_dir() else folder.with_suffix(".py")


def _installed(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"the package {name} is not installed as plain files", name=name)
    return Path(spec.submodule_search_locations[0])


def _stated(distribution: str) -> dict[str, Path]:
    """What a distribution states of itself: latex2mathml asks for its own version; the licences must go along."""
    found = metadata.distribution(distribution)
    kept = [path for path in found.files or () if path.name == "METADATA" or path.name.upper().startswith("LICEN")]
    return {path.as_posix(): Path(str(found.locate_file(path))) for path in kept if ".dist-info/" in path.as_posix()}


def _plain(place: Path) -> list[Path]:
    """The files of a room, without what Python compiled."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
