"""The report pages: what the ledger says of this learner, of all labs or of one, and the one-page record of an architecture.

They print, and open offline when saved.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ironlaw.intents import find_lab
from ironlaw.report import declared, of_session, page, policy, record_of_session, sheet, sheet_policy
from ironlaw.session import Session
from ironlaw.studio.answers import dump, packed

HTML = "text/html; charset=utf-8"


class Reports:
    """The reports over one session. Made anew for each request, in a thread: a long ledger takes its time to be read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def all(self, request: Request) -> Response:
        """GET /report: all labs that were begun."""
        return await self._page(request, None)

    async def lab(self, request: Request) -> Response:
        """GET /labs/{lab_id}/report: one lab; other spellings of its id are redirected."""
        asked = request.path_params["lab_id"]
        lab_id = find_lab(asked).id
        if asked != lab_id:
            return RedirectResponse(f"/labs/{lab_id}/report", 308)
        return await self._page(request, lab_id)

    async def record(self, request: Request) -> Response:
        """GET /labs/{lab_id}/record: the architecture on one page to print; 404 where a lab has none."""
        asked = request.path_params["lab_id"]
        lab_id = find_lab(asked).id
        if asked != lab_id and lab_id in declared():
            return RedirectResponse(f"/labs/{lab_id}/record", 308)
        html = await asyncio.to_thread(lambda: sheet(record_of_session(self._session, lab_id), served=True))
        return _answer(request, html, sheet_policy())

    async def json(self, request: Request) -> Response:
        """GET /api/report and /api/labs/{lab_id}/report: the same as JSON."""
        asked = request.path_params.get("lab_id")
        found = await asyncio.to_thread(of_session, self._session, find_lab(asked).id if asked else None)
        return packed(request, dump(found), "application/json")

    async def _page(self, request: Request, lab_id: str | None) -> Response:
        html = await asyncio.to_thread(lambda: page(of_session(self._session, lab_id), served=True))
        return _answer(request, html, policy())


def _answer(request: Request, html: str, csp: str) -> Response:
    answer = packed(request, html.encode(), HTML)
    answer.headers["Content-Security-Policy"] = csp
    return answer
