"""The report pages: what the ledger says of this learner, of all labs or of one. They print, and open offline when saved."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ironlaw.intents import find_lab
from ironlaw.report import of_session, page, policy
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

    async def json(self, request: Request) -> Response:
        """GET /api/report and /api/labs/{lab_id}/report: the same as JSON."""
        asked = request.path_params.get("lab_id")
        found = await asyncio.to_thread(of_session, self._session, find_lab(asked).id if asked else None)
        return packed(request, dump(found), "application/json")

    async def _page(self, request: Request, lab_id: str | None) -> Response:
        html = await asyncio.to_thread(lambda: page(of_session(self._session, lab_id), served=True))
        answer = packed(request, html.encode(), HTML)
        answer.headers["Content-Security-Policy"] = policy()
        return answer
