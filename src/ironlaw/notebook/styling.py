"""The page's style sheets for a shadow root: what speaks of the document speaks of the widget instead.

In a notebook the page is a cell of somebody else's document. Its root is `.sheet`, its width that of the cell (`.frame` is
the container that the queries ask), and dark or light is what the notebook is, told by a class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

SHEETS: Final = ("tokens", "page", "instrument", "figure", "ledger")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root (\{[^}]*\})\s*\}")
_ROOT = re.compile(r"(?<![\w-]):root(?![\w-])")
_ELEMENTS = re.compile(r"(?<![\w.#-])(?:html|body|main)(?=\s*[,{])")

# `all: initial` stops what would be inherited from the notebook (its font, its line height). It stands on .frame, for a rule of
# the notebook about every div would win over one about :host. Sizes in rem are the notebook's.
_HOST: Final = """
:host { display: block; }
.frame { all: initial; display: block; container-type: inline-size; }
.sheet { color-scheme: light; font-size: 1rem; padding-bottom: 40px; }
.sheet.is-dark { color-scheme: dark; }
.sheet [id] { scroll-margin-top: calc(var(--strip) + 12px); }
.title { padding: 20px 0; }
.sheet.is-chart { background: var(--panel); padding-top: 14px; padding-bottom: 14px; }
.waiting { padding: 20px 0; color: var(--soft); }
"""


def sheet(texts: Iterable[str]) -> str:
    """The style sheets (their texts, in order) as one for a shadow root that holds `.frame > .sheet`."""
    css = "\n".join(texts)
    css = _DARK.sub(r".sheet.is-dark \1", css)
    css = _ELEMENTS.sub(".sheet", _ROOT.sub(".sheet", css))
    css = re.sub(r"@media (?=\((?:max|min)-width:)", "@container ", css)
    return re.sub(r"(?<=\d)vw\b", "cqi", css) + _HOST
