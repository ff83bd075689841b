"""The HTML pages: the two shells of `ironlaw.front` with their JSON inlined, and readable errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ironlaw import front, labs
from ironlaw.desk import STATUS
from ironlaw.labkit.refusal import Refusal
from ironlaw.session import Session
from ironlaw.studio.answers import embed, error_headers, packed

TITLE = "Ironlaw"
DESCRIPTION = "A flight simulator for people who build machine-learning systems. Predict, meet the physics, fail, recover, decide."
HTML = "text/html; charset=utf-8"
ROMAN = {1: "I", 2: "II"}
HEADINGS: Mapping[str, str] = {
    "unknown_lab": "There is no such lab",
    "not_built": "This lab is not built yet",
    "not_found": "There is nothing here",
    "method_not_allowed": "This address does not take that",
    "bad_host": "This server does not go by that name",
    "bad_origin": "Not from there",
    "ledger_unavailable": "The ledger is not available",
    "internal": "The server failed at this page",
    "refused": "The server refused this",
}
ERROR = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ heading }} · Ironlaw</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/tokens.css">
<link rel="stylesheet" href="/static/page.css">
</head>
<body>
<header class="bar-top"><a class="brand" href="/">Ironlaw</a><a class="crumb" href="/">All labs</a></header>
<main>
<div class="title">
<p class="kicker">Error {{ status }}</p>
<h1>{{ heading }}</h1>
<p>{{ message }}</p>
{%- if built %}
<p>Built so far:</p>
<ul>
{%- for lab in built %}
<li><a href="/labs/{{ lab.id }}">{{ lab.title }}</a></li>
{%- endfor %}
</ul>
{%- endif %}
<p><a href="/">All labs</a></p>
</div>
</main>
</body>
</html>
"""

_templates = Environment(loader=FileSystemLoader(front.FOLDER), autoescape=True, auto_reload=False)
_error = _templates.from_string(ERROR)


class Pages:
    """The pages over one session. `where` says where the ledger lies, for the portal; empty where that is nobody's business."""

    def __init__(self, session: Session, where: str = "") -> None:
        self._session = session
        self._where = where

    async def portal(self, request: Request) -> Response:
        """GET /: the map of labs."""
        boot = self._session.portal() | {"ledger": {"text": self._where}}
        html = _templates.get_template("portal.html").render(
            title=TITLE, description=DESCRIPTION, boot=embed(boot), root="/"
        )
        return packed(request, html.encode(), HTML)

    async def lab(self, request: Request) -> Response:
        """GET /labs/{lab_id}: one lab; other spellings of its id are redirected."""
        asked = request.path_params["lab_id"]
        document = self._session.document(asked)
        lab_id = document["lab"]["id"]
        if request.scope["path"] != f"/labs/{lab_id}":
            return RedirectResponse(f"/labs/{lab_id}", 308)
        html = _templates.get_template("lab.html").render(
            **shell(document), document=document, boot=embed(document), root="/"
        )
        return packed(request, html.encode(), HTML)

    async def labs(self, _request: Request) -> Response:
        """GET /labs: the portal has the list."""
        return RedirectResponse("/", 308)


def shell(document: Mapping[str, Any]) -> dict[str, str]:
    """What the shell of a lab says besides the document."""
    lab = document["lab"]
    entry = next(entry for entry in labs.curriculum() if entry.id == lab["id"])
    where = f"Volume {ROMAN[lab['volume']]} · Lab {lab['number']}"
    return {
        "title": lab["title"],
        "description": entry.invariant,
        "kicker": " · ".join([where, *lab["domains"], f"{lab['minutes']} minutes"]),
        "invariant_html": lab["invariant_html"],
    }


def error_page(request: Request, refusal: Refusal) -> Response:
    """A refusal as a page that a person can read."""
    status = STATUS[refusal.code]
    lost = refusal.code in ("unknown_lab", "not_built")
    missing = _missing(request)
    html = _error.render(
        status=status,
        heading=f"“{missing.title}” is not built yet" if missing else HEADINGS.get(refusal.code, HEADINGS["refused"]),
        message=f"It will show: {missing.invariant}." if missing else refusal.message,
        built=[entry for entry in labs.curriculum() if entry.built] if lost else [],
    )
    answer = packed(request, html.encode(), HTML, status=status)
    answer.headers.update(error_headers(refusal))
    return answer


def _missing(request: Request) -> labs.Entry | None:
    """The lab that was asked for, when it is in the curriculum and not built yet."""
    asked = labs.normal_id(request.scope.get("path_params", {}).get("lab_id", ""))
    return next((entry for entry in labs.curriculum() if entry.id == asked and not entry.built), None)
