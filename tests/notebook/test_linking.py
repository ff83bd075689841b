"""The page as one module: every front module passes through the linker, and what it cannot link it refuses."""

from __future__ import annotations

import re

import pytest

from ironlaw import front
from ironlaw.notebook.linking import LinkError, link
from ironlaw.notebook.pagetext import module
from ironlaw.notebook.styling import SHEETS, sheet

ENTRIES = ("lab.js", "portal.js")  # they read the studio's shell, and nothing else of the page is theirs
MODULES = {path.name: path.read_text(encoding="utf-8") for path in front.FOLDER.glob("*.js")}


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(ENTRIES)))
def test_every_module_of_the_page_can_be_linked(name: str) -> None:
    names = re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", MODULES[name], re.MULTILINE)
    assert names
    text = link(f'import {{ {", ".join(names)} }} from "./{name}";\nexport default [{", ".join(names)}];', MODULES)
    assert not re.search(r"^import\b|import\(|import\.meta", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == [f"export default [{', '.join(names)}];"]


def test_the_text_is_one_module_and_fetches_nothing() -> None:
    text = module()
    assert re.findall(r"^(?:export|import)\b.*", text, re.MULTILINE) == ["export default {"]
    assert not re.search(r"\bfrom \"\./|url\((?!#)", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import all from "./a.js";', "all from"),
        ('import "./a.js";', 'import "./a.js"'),
        ("export let x = 1;", "export let"),
        ("export { x };", "export { x }"),
        ("export default 1;", "export default"),
        ('const later = import("./a.js");', "import("),
        ("const here = import.meta.url;", "import.meta"),
        ('import { b } from "./none.js";', "none.js: no such module"),
        ('import { x } from "./entry.js";\nexport const y = 1;', "imports itself"),
    ],
)
def test_what_cannot_be_linked_is_refused(text: str, said: str) -> None:
    with pytest.raises(LinkError, match=re.escape(said)):
        link('import { x } from "./entry.js";\nexport default x;', {"entry.js": text})


def test_the_styles_speak_of_the_widget_alone() -> None:
    texts = [(front.FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS]
    assert {path.stem for path in front.FOLDER.glob("*.css")} - {"portal"} == set(SHEETS)
    css = re.sub(r"/\*.*?\*/", "", sheet(texts), flags=re.DOTALL)
    assert "prefers-color-scheme" not in css, "the notebook says whether it is dark"
    assert not re.search(r"@media[^{]*width", css), "the window's width is not the cell's"
    assert not re.search(r"\dv[wh]\b", css)
    for selector in re.findall(r"([^{}]+)\{", css):
        assert not re.search(r"(?<![\w.#-])(?:html|body|main)\b|(?<![\w-]):root\b", selector), selector
    written = "\n".join(texts)
    for kind in ("max-width:", "--data:", ".strip"):
        assert css.count(kind) >= written.count(kind)
    dark = re.search(r"\.sheet\.is-dark \{([^}]*)\}", css)
    assert dark
    assert "--page: #0f1418" in dark[1]
