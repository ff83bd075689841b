"""The ASGI application: routes, the guard around them, and the one place where an error becomes an answer."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import LedgerError, SqliteStore
from ironlaw.session import Session, warm
from ironlaw.studio.answers import error_json, http_refusal
from ironlaw.studio.api import Api
from ironlaw.studio.assets import assets, static
from ironlaw.studio.ledger import LedgerApi
from ironlaw.studio.pages import Pages, error_page
from ironlaw.studio.reports import Reports
from ironlaw.studio.security import Guard


def create_app(store: SqliteStore | Path | str, learner: str = "local", hosts: Collection[str] = ()) -> Starlette:
    """The studio for one learner over a ledger.

    `store` is an open ledger, or the path of one: that is opened now (raises LedgerError) and closed when the application
    shuts down. `hosts` are names beside localhost, 127.0.0.1 and [::1] that the server goes by.
    """
    ledger = store if isinstance(store, SqliteStore) else SqliteStore(store)
    session = Session(ledger, learner)
    folder = f"{ledger.path.parent}{os.sep}"

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        ended = threading.Event()
        warming = asyncio.create_task(asyncio.to_thread(warm, ended.is_set))
        yield
        ended.set()
        await warming
        if ledger is not store:
            ledger.close()

    async def caught(request: Request, error: Exception) -> Response:
        return failure(request, error)

    def failure(request: Request, error: Exception) -> Response:
        refusal = http_refusal(error, folder)
        return error_json(refusal) if _for_programs(request.scope["path"]) else error_page(request, refusal)

    assets()  # read now, so that the page stays the one that fits this code
    return Starlette(
        routes=[
            *_routes(Api(session, ledger), Pages(session, "" if hosts else _where(ledger.path))),
            *_ledger_routes(LedgerApi(session, ledger)),
            *_report_routes(Reports(session)),
        ],
        middleware=[Middleware(Guard, hosts=hosts, failure=failure)],
        exception_handlers={Refusal: caught, LedgerError: caught, HTTPException: caught},
        lifespan=lifespan,
    )


def _routes(api: Api, pages: Pages) -> list[Route]:
    """The most asked first: the router looks from the top."""
    return [
        Route("/api/labs/{lab_id}/evaluate", api.evaluate, methods=["POST"]),
        Route("/api/labs/{lab_id}/sweep", api.sweep, methods=["POST"]),
        Route("/api/labs/{lab_id}/events", api.events, methods=["POST"]),
        Route("/static/{name}", static),
        Route("/api/labs", api.labs),
        Route("/api/labs/{lab_id}", api.document),
        Route("/", pages.portal),
        Route("/labs", pages.labs),
        Route("/labs/{lab_id}", pages.lab),
        Route("/healthz", api.healthz),
    ]


def _ledger_routes(api: LedgerApi) -> list[Route]:
    return [
        Route("/api/ledger", api.chronicle),
        Route("/api/ledger/export", api.export),
        Route("/api/ledger/import", api.import_, methods=["POST"]),
    ]


def _report_routes(reports: Reports) -> list[Route]:
    return [
        Route("/report", reports.all),
        Route("/labs/{lab_id}/report", reports.lab),
        Route("/labs/{lab_id}/record", reports.record),
        Route("/api/report", reports.json),
        Route("/api/labs/{lab_id}/report", reports.json),
    ]


def _for_programs(path: str) -> bool:
    """What programs ask for gets its errors in JSON, everything else as a page."""
    return path.startswith("/api/") or path in ("/api", "/healthz")


def _where(path: Path) -> str:
    home = Path.home()
    told = Path("~") / path.relative_to(home) if path.is_relative_to(home) else path
    return f"Your ledger is the file {told} on this machine."
