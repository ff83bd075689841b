"""Where the ledger lies when nobody says otherwise."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "ledger.sqlite"


def default_path(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """`$IRONLAW_HOME/ledger.sqlite`, else the platform's place for a person's data.

    macOS: ~/Library/Application Support/ironlaw; Windows: %LOCALAPPDATA%\\ironlaw; elsewhere $XDG_DATA_HOME/ironlaw or
    ~/.local/share/ironlaw (XDG base directories; a relative $XDG_DATA_HOME is ignored, as they ask).
    """
    env = os.environ if environment is None else environment
    if home := env.get("IRONLAW_HOME"):
        return Path(home).expanduser().absolute() / NAME
    if platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif platform == "win32" and env.get("LOCALAPPDATA"):
        base = Path(env["LOCALAPPDATA"])
    else:
        xdg = Path(env.get("XDG_DATA_HOME") or "")
        base = xdg if xdg.is_absolute() else Path.home() / ".local" / "share"
    return base / "ironlaw" / NAME
