"""The JSON API of docs/reference/document.md. Each endpoint reads, asks the session, answers; no rule lives here."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from ironlaw import __version__
from ironlaw.ledger import SqliteStore
from ironlaw.session import Session
from ironlaw.studio.answers import Json, dump, packed
from ironlaw.studio.reading import read_json

JSON = "application/json"


class Api:
    """The endpoints over one session. They keep nothing between requests: the ledger holds the state."""

    def __init__(self, session: Session, store: SqliteStore) -> None:
        self._session = session
        self._store = store

    async def evaluate(self, request: Request) -> Response:
        """POST /api/labs/{lab_id}/evaluate: one slider move. No thread: handing over would cost as much as the work."""
        body = await read_json(request)
        return Json(self._session.evaluate(request.path_params["lab_id"], body))

    async def sweep(self, request: Request) -> Response:
        """POST /api/labs/{lab_id}/sweep: one part of a design space; a thread, for a part takes as long as many moves."""
        body = await read_json(request)
        return Json(await asyncio.to_thread(self._session.sweep, request.path_params["lab_id"], body))

    async def events(self, request: Request) -> Response:
        """POST /api/labs/{lab_id}/events: store an intent. It is on the disk when the answer goes out.

        The ledger's writer commits what waits together, and the loop serves others meanwhile. The answer is made in a
        thread: after a reveal it holds the whole document, and a slider move that waited for that would miss its frame.
        """
        body = await read_json(request)
        work = self._session.work(request.path_params["lab_id"], body)
        outcome = await asyncio.wrap_future(self._store.submit(work))
        answer = await asyncio.to_thread(lambda: dump(self._session.answer(outcome)))
        return Response(answer, 201 if outcome.kinds else 200, media_type=JSON)

    async def labs(self, request: Request) -> Response:
        """GET /api/labs: all labs with this learner's progress."""
        return packed(request, dump(self._session.portal()), JSON)

    async def document(self, request: Request) -> Response:
        """GET /api/labs/{lab_id}: the lab as this learner may see it now."""
        return packed(request, dump(self._session.document(request.path_params["lab_id"])), JSON)

    async def healthz(self, _request: Request) -> Response:
        """GET /healthz: the server runs and can read its ledger."""
        self._store.notices()
        return Json({"status": "ok", "version": __version__})
