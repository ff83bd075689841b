"""`make instruments`: the page of docs/reference/instruments.md and its pictures, from the code and one sample a part.

    python tools/instruments.py            the page and all pictures
    python tools/instruments.py radar      those pictures whose part's name contains "radar"

The pictures are drawn by the page's own modules in a real Chromium, without a server: `gallery` hands the files over.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chromium import find
from ironlaw import front
from ironlaw.labkit import parts
from ironlaw.labkit.parts.samples import SAMPLES, Sample
from ironlaw.labkit.spec import Figure

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "instruments.md"
IMAGES = ROOT / "docs" / "images" / "parts"
WIDTH = 720  # px of a picture
ORIGIN = "http://parts.test"
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
SHELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/instrument.css"><link rel="stylesheet" href="/figure.css">
<style>html { background: var(--panel) } .figure { margin-bottom: 28px }</style>
</head><body><main><h1>Parts</h1><h2>All of them</h2><h3>One each</h3><div id="parts"></div></main>
<script type="module">
import { figure } from "/figure.js";
window.parts = {};
window.put = (name, spec) => {
  const one = figure(spec, `part-${name}`);
  window.parts[name] = one;
  document.getElementById("parts").append(one.node);
};
window.ready = true;
</script></body></html>"""


# --- the page ---------------------------------------------------------------------------------------------------------


def text() -> str:
    """The page as it should be: a test holds the file against it."""
    lines = [
        "# Instruments as parts",
        "",
        f"*Made by `make instruments` from the code: {len(SAMPLES)} parts. A lab calls a part with its numbers and gets a",
        "complete figure: picture, sentence, legend, table, and a text for every mark. The samples' numbers are made up.*",
        "",
        *_lines(inspect.getdoc(parts) or ""),
        "",
        "```python",
        "from ironlaw.labkit import parts",
        "from ironlaw.labkit.parts import Reading",
        "```",
        "",
    ]
    for sample in SAMPLES:
        lines += _part(sample)
    lines += ["## The small records", "", "| record | fields | what it is |", "|---|---|---|"]
    lines += _records()
    return "\n".join(lines).rstrip() + "\n"


def _lines(doc: str) -> list[str]:
    return doc.replace("*", r"\*").splitlines()


def _part(sample: Sample) -> Iterator[str]:
    drawn = sample.draw()
    yield from (f"## {sample.name}", "", f"![{drawn['description']}](../images/parts/{sample.name}.png)", "")
    yield from (*_lines(inspect.getdoc(sample.part) or ""), "")
    yield from ("| input | kind | left out |", "|---|---|---|")
    for name, given in inspect.signature(sample.part).parameters.items():
        absent = "needed" if given.default is inspect.Parameter.empty else f"`{_short(given.default)}`"
        yield f"| `{name}` | `{_cell(str(given.annotation))}` | {absent} |"
    yield from ("", "```python", *_example(sample), "```")
    table = drawn["table"]
    yield from ("", f"It prints: “{drawn['description']}” Its table:", "")
    yield _row(table["columns"])
    yield "|" + "---|" * len(table["columns"])
    rows = table["rows"]
    yield from (_row(row) for row in rows[:SHOWN])
    if len(rows) > SHOWN:
        yield from ("", f"… and {len(rows) - SHOWN} more rows.")
    yield ""


def _example(sample: Sample) -> list[str]:
    """The body of the sample's function, as it would stand in a notebook."""
    body = inspect.getsource(sample.draw).partition("\n")[2]
    code = re.sub(r"^return ", "figure = ", textwrap.dedent(body), flags=re.MULTILINE).rstrip()
    # On the page a helper function stands at the top level: two blank lines around it, as the formatter has it.
    code = re.sub(r"\n+(?=def )", "\n\n\n", code)
    code = re.sub(r"(\n    [^\n]*)\n\n(?=\S)", r"\1\n\n\n", code)
    return [*code.splitlines(), 'print(figure["description"])']


SHOWN = 10  # rows of a table on the page


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(said: str) -> str:
    return said.replace("|", r"\|")


def _short(value: Any) -> str:
    if isinstance(value, parts.Reading):
        return f"Reading({value.label!r}, {value.kind!r})"
    return _cell(repr(value))


def _records() -> Iterator[str]:
    for name in parts.__all__:
        record = getattr(parts, name)
        if dataclasses.is_dataclass(record):
            fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(record))
            doc = " ".join(_lines(inspect.getdoc(record) or ""))
            yield f"| `{name}` | {fields} | {_cell(doc)} |"


# --- the pictures -----------------------------------------------------------------------------------------------------


def gallery(page: Any, figures: dict[str, Figure]) -> None:
    """Draw the figures on a page of their own; `window.parts[name].update(figure)` patches one."""

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(ORIGIN).partition("?")[0].lstrip("/")
        if not name:
            route.fulfill(body=SHELL, content_type="text/html")
        elif re.fullmatch(r"[\w.-]+", name) and (front.FOLDER / name).is_file():
            route.fulfill(path=front.FOLDER / name, content_type=KINDS[Path(name).suffix])
        else:
            route.fulfill(status=404)

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    page.wait_for_function("window.ready")
    for name, drawn in figures.items():
        page.evaluate("([name, spec]) => window.put(name, spec)", [name, json.loads(json.dumps(drawn))])
    page.wait_for_timeout(150)  # charts take their width in the next frames


def main(wanted: list[str]) -> int:
    """Write the page and take the pictures."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the text needs no browser

    PAGE.write_text(text(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
    chromium = find()
    if chromium is None:
        print("No Chromium: python tools/chromium.py --install", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=as_root)
        page = browser.new_page(
            viewport={"width": WIDTH + 48, "height": 900}, reduced_motion="reduce", color_scheme="light"
        )
        gallery(page, {sample.name: sample.draw() for sample in SAMPLES})
        for sample in SAMPLES:
            if not wanted or any(one in sample.name for one in wanted):
                path = IMAGES / f"{sample.name}.png"
                page.locator(f"#part-{sample.name}").screenshot(path=path, style=".fig-data { display: none }")
                print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
