"""The page's ES modules as one text: a widget is one module, and nothing of it may be fetched.

No bundler: the modules of ironlaw.front have only named imports and exports at the start of a line, so each becomes a
function that hands out its exports, called in the order in which they need each other. What has another form is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{ ([^{}]+) \} from "\./([\w.-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) ?\*? ?([A-Za-z_$][\w$]*))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport(?:\.meta|\s*\().*", re.MULTILINE)


class LinkError(ValueError):
    """A module that cannot be put into one text with the others."""


def link(entry: str, modules: Mapping[str, str]) -> str:
    """`entry` (the text of an ES module) with every module that it needs, as one ES module with the exports of `entry`.

    `modules` are texts by file name. Raises LinkError that names the module: an unknown one, a circle, another form of
    import or export.
    """
    made: list[str] = []
    body = _IMPORT.sub(_taken, entry)
    _visit("the entry", entry, modules, made, ())
    if odd := _OTHER.search(_EXPORT.sub("", body).replace("export default", "", 1)):
        raise LinkError(f"the entry: {odd[0]!r} is no named import at the start of a line")
    return "\n".join([*made, body])


def _visit(name: str, text: str, modules: Mapping[str, str], made: list[str], above: tuple[str, ...]) -> None:
    """Append what `text` needs and is not there yet, the innermost first."""
    for _, needed in _IMPORT.findall(text):
        if needed in above:
            raise LinkError(f"{needed}: imports itself by way of {', '.join(above)}")
        if needed not in modules:
            raise LinkError(f"{needed}: no such module, asked for by {name}")
        if any(part.startswith(f"const {_name(needed)} =") for part in made):
            continue
        _visit(needed, modules[needed], modules, made, (*above, needed))
        made.append(_wrapped(needed, modules[needed]))


def _wrapped(name: str, text: str) -> str:
    """A module as a constant: a function's scope keeps its names apart from those of the others."""
    exports = _EXPORT.findall(text)
    body = _EXPORT.sub("", _IMPORT.sub(_taken, text))
    if odd := _OTHER.search(body):
        raise LinkError(f"{name}: {odd[0]!r} is neither a named import nor a named export at the start of a line")
    return f"const {_name(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _taken(found: re.Match[str]) -> str:
    """`import { a, b as c } from "./x.js";` as `const { a, b: c } = x_js;`."""
    return f"const {{ {found[1].replace(' as ', ': ')} }} = {_name(found[2])};"


def _name(file: str) -> str:
    """A module's constant. No name of the page has two dollars."""
    return "$$" + re.sub(r"\W", "_", file)
