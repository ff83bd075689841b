"""The text of the widgets' one module: the page of ironlaw.front, its styles, and widget.js."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ironlaw import front
from ironlaw.notebook.linking import link
from ironlaw.notebook.styling import SHEETS, sheet


@cache
def module() -> str:
    """An ES module with the `render` of the anywidget protocol. It imports nothing."""
    styles = sheet((front.FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS)
    texts = {path.name: path.read_text(encoding="utf-8") for path in front.FOLDER.glob("*.js")}
    texts["style.js"] = f"export const STYLE = {json.dumps(styles)};"
    return link(Path(__file__).with_name("widget.js").read_text(encoding="utf-8"), texts)
