"""The ledger over HTTP: watch it grow, carry it away, bring it back. The rules of the union are `ledger.transfer`'s."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from ironlaw.chronicle import LAST, MOST, chronicle, export_file, import_file
from ironlaw.intents import find_lab
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import SqliteStore
from ironlaw.session import Session
from ironlaw.studio.answers import Json, packed
from ironlaw.studio.reading import read_body

IMPORT_LIMIT = 16 * 1024 * 1024  # bytes of a file; a learner's whole curriculum has about a third of that
IMPORT_LINES = 50_000  # lines of a file; a larger one goes through `ironlaw ledger import`
LINES = "application/x-ndjson"
_TYPES = frozenset({LINES, f"{LINES};charset=utf-8"})


class LedgerApi:
    """The endpoints under /api/ledger over one learner's events."""

    def __init__(self, session: Session, store: SqliteStore) -> None:
        self._learner = session.learner
        self._store = store

    async def chronicle(self, request: Request) -> Response:
        """GET /api/ledger?last=N: counts, the head of the chain and the last events in words."""
        last = _last(request.query_params.get("last"))
        told = await asyncio.to_thread(chronicle, self._store, self._learner, last)
        return Json(told | {"limits": {"bytes": IMPORT_LIMIT, "lines": IMPORT_LINES}})

    async def export(self, request: Request) -> Response:
        """GET /api/ledger/export: all of this learner's events as one file that `ironlaw ledger import` reads.

        With ?lab=ID the export is itself an event of that lab: then it must come from our own page, as any write.
        """
        lab = _asking(request)
        if lab:
            _check_ours(request)
        name, text = await asyncio.to_thread(export_file, self._store, self._learner, lab)
        answer = packed(request, text.encode(), f"{LINES}; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    async def import_(self, request: Request) -> Response:
        """POST /api/ledger/import: add the events of an exported file, and answer what it brought."""
        lab = _asking(request)
        _check_type(request)
        text = _text(await read_body(request, IMPORT_LIMIT, "file"))
        return Json(await asyncio.to_thread(import_file, self._store, self._learner, text, lab))


def _last(text: str | None) -> int:
    if text is None:
        return LAST
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= MOST):
        raise Refusal(
            "out_of_range", "last is how many events to tell.", field="last", value=text[:40], allowed=f"1 to {MOST}"
        )
    return int(text)


def _asking(request: Request) -> Lab | None:
    """The lab whose page asks, if one does. Raises Refusal `unknown_lab` or `not_built`."""
    lab = request.query_params.get("lab")
    return find_lab(lab) if lab else None


def _check_ours(request: Request) -> None:
    """A link of another site must not write. Browsers say where a request comes from; programs do not, and may."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refusal("bad_origin", "Only pages of this server may write to the ledger.", field="Sec-Fetch-Site")


def _check_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    if given.lower().replace(" ", "") not in _TYPES:
        raise Refusal(
            "not_json",
            "The body must be JSON Lines, and Content-Type must say so.",
            field="Content-Type",
            value=given[:80],
            allowed=LINES,
        )


def _text(body: bytes) -> str:
    """The file as text. Raises Refusal for what is not UTF-8, and for more lines than an import takes."""
    if body.count(b"\n") > IMPORT_LINES:
        raise Refusal(
            "too_large",
            "The file has too many lines; `ironlaw ledger import` takes any number.",
            field="body",
            allowed=f"at most {IMPORT_LINES} lines",
        )
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Refusal("bad_value", f"The file is not text in UTF-8: {error.reason}.", field="body") from None
