"""A static server as any host has it, and a look into the ledger that the browser keeps."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import BrowserContext, Page

# What a careful host sends with everything, the worker too, where no <meta> reaches: nothing from elsewhere, no eval.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
PATIENCE = 10_000  # ms to wait for a row
BEAT = 40

Row = dict[str, Any]


class Shelf:
    """Plain files over HTTP. It can be stopped and started again at the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.asked: list[str] = []
        self.missing: set[str] = set()  # paths that are answered with 404
        self.before: dict[str, str] = {}  # scripts by the path of the module that they are put before
        self.pretty = False  # whether …/index.html is sent on to …/, as some hosts do
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Shelf:
        """Serve, until `stop`."""
        self._server = _Server(("127.0.0.1", self.port), partial(_Handler, self))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Nobody answers any more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def __enter__(self) -> Shelf:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no news."""


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, shelf: Shelf, *args: Any) -> None:
        self._shelf = shelf
        super().__init__(*args, directory=str(shelf.folder))

    def send_head(self) -> Any:
        self._shelf.asked.append(self.path)
        if self.path == "/favicon.ico":  # a browser asks for it beside a page that is no HTML
            self.send_response(204)
            self.end_headers()
            return None
        path = self.path.partition("?")[0]
        if self._shelf.pretty and path.endswith("/index.html"):
            self.send_response(308)
            self.send_header("Location", path.removesuffix("index.html"))
            self.end_headers()
            return None
        if path in self._shelf.missing:
            self.send_error(404)
            return None
        if path in self._shelf.before:
            body = self._shelf.before[path].encode() + (self._shelf.folder / path[1:]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return io.BytesIO(body)
        return super().send_head()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")  # what is changed or missing shows at once
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


# --- the ledger in the browser ----------------------------------------------------------------------------------------

ROWS = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("ironlaw", 1);
  request.onupgradeneeded = () => request.transaction.abort();
  request.onerror = () => resolve([]);
  request.onsuccess = () => {
    const all = request.result.transaction("events").objectStore("events").getAll();
    all.onerror = () => reject(all.error);
    all.onsuccess = () => { request.result.close(); resolve(all.result.map((row) => row.text)); };
  };
})"""


class Peek:
    """The rows of the ledger as a page of the same origin reads them, without any engine."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._context = context
        self._address = f"{url}/static/favicon.svg"
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The page that looks."""
        if self._page is None:
            self._page = self._context.new_page()
            self._page.goto(self._address)
        return self._page

    def close(self) -> None:
        """Look no more until the next time: an open database is one that cannot be taken away."""
        if self._page:
            self._page.close()
        self._page = None

    def texts(self) -> list[str]:
        """The lines as they are kept, chain after chain."""
        found: list[str] = self.page.evaluate(ROWS)
        return found

    def rows(self, kind: str | None = None) -> list[Row]:
        """The events, or those of a kind."""
        rows = [json.loads(text) for text in self.texts()]
        return [row for row in rows if kind in (None, row.get("kind"))]

    def wait(self, page: Page, condition: Callable[[list[Row]], bool], what: str) -> list[Row]:
        """Until the condition holds for the rows; `page` keeps running meanwhile."""
        for _ in range(PATIENCE // BEAT):
            rows = self.rows()
            if condition(rows):
                return rows
            page.wait_for_timeout(BEAT)
        raise AssertionError(f"the browser never kept {what}; it has {[row['kind'] for row in self.rows()]}")
