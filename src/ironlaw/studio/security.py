"""Who may talk to the server: the guard around the application, and the headers on everything that leaves it.

The server answers on this machine only, yet any page open in a browser here can send requests to it. So:
- the Host must be a name that this server goes by, or a foreign name made to point here (DNS rebinding) could read the ledger;
- a write must come from our own page (Origin and Sec-Fetch-Site, which scripts cannot forge) or from no browser at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ironlaw.labkit.refusal import Refusal

log = logging.getLogger("ironlaw.studio")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),  # unless the answer has its own
)
READS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?")

Headers = Iterable[tuple[bytes, bytes]]
Failure = Callable[[Request, Exception], Response]


class Guard:
    """ASGI middleware: checks host and origin, adds the headers, and turns what nobody caught into an answer."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], failure: Failure) -> None:
        self._app = app
        self._hosts = LOOPBACK | {name.lower() for name in hosts}
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*with_security(message["headers"])]}
            await send(message)

        try:
            host = check_host(scope["headers"], self._hosts)
            if scope["method"] not in READS:
                check_origin(scope["headers"], host)
            await self._app(scope, receive, guarded)
        except ClientDisconnect:
            return  # nobody is there to read an answer
        except Exception as error:  # the last resort: the answer says nothing of it, the log says all
            if not isinstance(error, Refusal):
                log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise  # half an answer is out; the server cuts the connection, so nobody takes it for a whole one
            await self._failure(Request(scope, receive), error)(scope, receive, guarded)


def with_security(headers: Headers) -> Iterable[tuple[bytes, bytes]]:
    """The headers of an answer and those of HEADERS that it does not set itself."""
    given = {name for name, _ in headers}
    yield from headers
    for pair in HEADERS:
        if pair[0] not in given:
            yield pair


def check_host(headers: Headers, allowed: Collection[str]) -> str:
    """The Host header in lower case. Raises Refusal `bad_host` unless its name, whatever the port, is allowed.

    Any port is right: behind a tunnel or a container it is not ours, and a foreign page cannot choose the name.
    """
    found = [value for name, value in headers if name == b"host"]
    host = found[0].decode("latin-1").lower() if len(found) == 1 else ""
    match = _HOST.fullmatch(host)
    if match is None or match[1] not in allowed:
        raise Refusal(
            "bad_host",
            "This server does not go by that name. `ironlaw serve --allow-host NAME` adds one.",
            field="Host",
            value=ascii(host)[1:-1],
            allowed=", ".join(sorted(allowed)),
        )
    return host


def check_origin(headers: Headers, host: str) -> None:
    """Raise Refusal `bad_origin` for a write that another site's page sent. Programs send neither header and may write."""
    origins = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
    sites = [value for name, value in headers if name == b"sec-fetch-site"]
    if not origins and not sites:
        return
    ours = {f"http://{host}", f"https://{host}"}
    if len(origins) == 1 and origins[0] in ours and sites in ([], [b"same-origin"]):
        return
    raise Refusal(
        "bad_origin",
        "Only pages of this server may write to the ledger.",
        field="Origin",
        value=ascii(origins[0])[1:-1] if origins else None,
        allowed=f"http://{host}",
    )
