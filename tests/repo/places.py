"""Where the repository's files are, and which of them are ours."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ironlaw"


def ignored() -> set[str]:
    """Names that .gitignore leaves out."""
    return {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()}


def files() -> list[Path]:
    """Every file of ours: all but .git and what .gitignore leaves out. Works without git, in an unpacked archive."""
    skip = ignored()
    found: list[Path] = []
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name == ".git" or any(path.match(name) for name in skip):
                continue
            (folders if path.is_dir() else found).append(path)
    return sorted(found)


def texts() -> dict[Path, str]:
    """Those of them that are text, by path from the root."""
    pictures = {".png", ".woff2"}
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in files() if path.suffix not in pictures}


def pyproject() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
