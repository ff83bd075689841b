"""The HTML of the site: the studio's shells with relative addresses, the fresh documents inlined, and the page of the report.

What a page says is there before the engine runs: the portal's list, each lab's first document, as a fresh ledger has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader

from ironlaw import front, labs
from ironlaw.ledger import SqliteStore
from ironlaw.report import declared, policy, sheet_policy
from ironlaw.session import Session
from ironlaw.studio.answers import embed
from ironlaw.studio.pages import DESCRIPTION, TITLE, shell

SITE = Path(__file__).parent / "site"  # the scripts and styles that only this site has
# `wasm-unsafe-eval` allows WebAssembly and no eval; worker and frame are the site's own. A meta element cannot say more.
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src {styles}; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-src 'self'"
)
KEPT = "Kept in this browser, on this device only."
PAPER = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Ironlaw</title>
<meta name="description" content="{description}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{root}static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{root}static/tokens.css">
<link rel="stylesheet" href="{root}static/page.css">
<script type="module" src="{root}static/offline-report.js"></script>
</head>
<body>
<a class="skip" href="#report">Skip to the page</a>
<header class="bar-top"><a class="brand" href="{root}"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M1 14h4.5V9.5h4.5V5h5"/></svg>Ironlaw</a><a class="crumb" href="{root}">All labs</a>{back}</header>
<main>
<div class="title">
<p class="kicker">{kicker}</p>
<h1>{title}</h1>
</div>
<div id="report"></div>
<noscript><p>What stands here is made by the engine in this page, so it needs JavaScript.</p></noscript>
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A page to print: the call that makes it, what it is called, and the policy that allows its styles."""

    call: str
    title: str
    description: str
    policy: Callable[[], str]


REPORT = Paper("report", "Report", "What your ledger holds, to read, print or hand in.", policy)
RECORD = Paper("record", "Architecture record", "Your design on one page, to read, print or hand in.", sheet_policy)
_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "\./([\w-]+\.js)";|^import "\./([\w-]+\.js)";', re.MULTILINE)


def scripts() -> dict[str, Path]:
    """All files under static/ by name. What only this site has goes before the studio's of the same name: there is none."""
    kinds = {".js", ".css", ".svg", ".png", ".woff2"}
    found = [path for folder in (front.FOLDER, SITE) for path in sorted(folder.iterdir()) if path.suffix in kinds]
    return {path.name: path for path in found if path.name != "sw.js"}


def pages(megabytes: float, engine: str) -> Iterator[tuple[str, str]]:
    """Every page as (path in the site, HTML). `megabytes`: of the runtime, compressed; `engine`: the hash of its files."""
    told = {"megabytes": f"{megabytes:.1f}", "engine": engine}
    shells = Environment(loader=FileSystemLoader(front.FOLDER), autoescape=True, auto_reload=False)
    with (
        TemporaryDirectory(prefix="ironlaw-") as folder,
        SqliteStore(Path(folder) / "fresh.sqlite", threaded=False) as store,
    ):
        session = Session(store)
        portal = session.portal() | {"ledger": {"text": KEPT}}
        documents = {lab_id: session.document(lab_id) for lab_id in labs.built()}
    root = "./"
    html = shells.get_template("portal.html").render(
        title=TITLE, description=DESCRIPTION, boot=embed(portal), root=root, entry="offline-portal"
    )
    yield "index.html", _finished(html, "offline-portal", told | {"root": root})
    yield "report/index.html", _paper(REPORT, "../", told)
    for lab_id, document in documents.items():
        root = "../../"
        html = shells.get_template("lab.html").render(
            **shell(document), document=document, boot=embed(document), root=root, entry="offline-lab"
        )
        yield f"labs/{lab_id}/index.html", _finished(html, "offline-lab", told | {"root": root, "lab": lab_id})
        yield f"labs/{lab_id}/report/index.html", _paper(REPORT, "../../../", told, document["lab"])
        if lab_id in declared():
            yield f"labs/{lab_id}/record/index.html", _paper(RECORD, "../../../", told, document["lab"])


def _paper(page: Paper, root: str, told: dict[str, str], lab: dict[str, Any] | None = None) -> str:
    """The page around a report or a record, which the engine makes when it runs."""
    kicker, back = "All labs", ""
    if lab:
        told = told | {"lab": lab["id"]}
        kicker = escape(str(lab["title"]))
        back = f'<a class="crumb" href="../">Back to the lab</a><a class="crumb" href="{root}report/">Report of all labs</a>'
    html = PAPER.format(root=root, kicker=kicker, back=back, title=page.title, description=page.description)
    digests = re.findall(r"'sha256-[^']+'", page.policy())
    if not digests:
        raise ValueError(f"the policy of the {page.call} names no digest of its style")
    return _finished(html, "offline-report", told | {"root": root, "call": page.call}, " ".join(["'self'", *digests]))


def _finished(html: str, entry: str, told: dict[str, str], styles: str = "'self'") -> str:
    """A shell with its policy, its data for the scripts, the site's styles, and a hint for each module that the entry needs."""
    root = told["root"]
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in sorted(told.items()))
    html = _once(html, '<html lang="en">', f'<html lang="en"{data}>')
    meta = '<meta charset="utf-8">'
    html = _once(
        html, meta, f'{meta}\n<meta http-equiv="Content-Security-Policy" content="{CSP.format(styles=styles)}">'
    )
    start = f'<script type="module" src="{root}static/{entry}.js"></script>'
    hints = [f'<link rel="stylesheet" href="{root}static/offline.css">']
    for name in _modules(f"{entry}.js"):
        hint = f'<link rel="modulepreload" href="{root}static/{name}">'
        hints += [hint] if hint not in html else []
    html = _once(html, start, "\n".join([*hints, start]))
    return html.replace('report">Report</a>', 'report/">Report</a>')


def _modules(entry: str) -> list[str]:
    """The modules that an entry imports, and those that they import."""
    known, found, todo = scripts(), set[str](), [entry]
    while todo:
        text = known[todo.pop()].read_text(encoding="utf-8")
        new = {first or second for first, second in _IMPORT.findall(text)} - found
        found |= new
        todo += new
    return sorted(found)


def _once(html: str, old: str, new: str) -> str:
    if html.count(old) != 1:
        raise ValueError(
            f"a shell of the page holds {old!r} {html.count(old)} times: the site's pages are made from one"
        )
    return html.replace(old, new)
