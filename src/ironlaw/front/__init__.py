"""The page: one renderer of the lab document for every transport. No build step: these files are served as they are.

`FOLDER` holds the two shells (`lab.html`, `portal.html`, for Jinja with autoescape) and the files under /static/.
The shells take: title, description, boot (JSON with "<" escaped); the lab's also kicker and invariant_html.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
