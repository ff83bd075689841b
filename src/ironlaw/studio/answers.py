"""What goes out: compact JSON, compressed where it is read once, and the one table from error codes to HTTP statuses."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import Conflict, DamagedError, InvalidEventError, TooLargeError, UnavailableError

# docs/reference/document.md shows the same table; a test compares the two.
STATUS: Mapping[str, int] = {
    "bad_json": 400,
    "bad_request": 400,
    "bad_origin": 403,
    "bad_host": 403,
    "unknown_lab": 404,
    "not_built": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "locked": 409,
    "wrong_stage": 409,
    "already_committed": 409,
    "conflict": 409,
    "too_large": 413,
    "not_json": 415,
    "unknown_act": 422,
    "unknown_setting": 422,
    "bad_value": 422,
    "out_of_range": 422,
    "unknown_option": 422,
    "missing": 422,
    "infeasible": 422,
    "internal": 500,
    "ledger_unavailable": 503,
}
RETRY_AFTER = "2"  # seconds; a full disk or a locked file rarely clears faster
UNREAD = frozenset({"bad_host", "bad_origin", "not_json", "too_large"})  # refused before the body was read to its end

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_GZIP = re.compile(r"(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_WORTH = 1400  # bytes: less fits one packet as it is
_SAFE_INTEGER = 2**53


def dump(value: Any) -> bytes:
    """Compact JSON in UTF-8. Raises ValueError for NaN and infinity: they are not JSON, and never an answer."""
    return _encode(value).encode()


def embed(value: Any) -> str:
    """JSON that can stand inside a <script> element: no "<" that could end it."""
    return _encode(value).replace("<", "\\u003c")


class Json(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return dump(content)


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip."""
    return _GZIP.search(request.headers.get("accept-encoding", "")) is not None


def packed(request: Request, body: bytes, media_type: str, *, status: int = 200) -> Response:
    """An answer that is large and read once: compressed when the client takes it."""
    headers = {"Vary": "Accept-Encoding"}
    if len(body) > _WORTH and accepts_gzip(request):
        body = gzip.compress(body, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, media_type)


# --- errors -----------------------------------------------------------------------------------------------------------


def refusal_of(error: Exception, folder: str = "") -> Refusal:
    """The refusal that an error amounts to; `internal` for what nobody foresaw.

    `folder` is cut from messages: a client has no business with the paths of the server.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Conflict):
        return Refusal("conflict", error.message, field=error.field, value=error.value, allowed=error.allowed)
    if isinstance(error, UnavailableError | DamagedError):
        return Refusal("ledger_unavailable", error.message.replace(folder, "") if folder else error.message)
    if isinstance(error, InvalidEventError):
        code = "too_large" if isinstance(error, TooLargeError) else "bad_value"
        return Refusal(code, error.message, field=error.field, value=error.value, allowed=error.allowed)
    if isinstance(error, HTTPException):
        return _http(error)
    return Refusal(
        "internal", "The server failed at this request. Nothing of it was stored; the server's log says why."
    )


def _http(error: HTTPException) -> Refusal:
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return Refusal("method_not_allowed", f"This address takes {allowed} only.", field="method", allowed=allowed)
    if error.status_code == 404:
        return Refusal("not_found", "There is nothing at this address.", field="path")
    return Refusal("bad_request", str(error.detail))


def error_headers(refusal: Refusal) -> dict[str, str]:
    """The headers that belong to a refusal."""
    headers = {}
    if refusal.code == "ledger_unavailable":
        headers["Retry-After"] = RETRY_AFTER
    if refusal.code == "method_not_allowed" and refusal.allowed:
        headers["Allow"] = refusal.allowed
    if refusal.code in UNREAD:
        headers["Connection"] = "close"  # or the rest of the body would be read, and thrown away, without end
    return headers


def error_json(refusal: Refusal) -> Json:
    """The stable shape of every error under /api."""
    fields = {
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "value": _sayable(refusal.value),
        "allowed": refusal.allowed,
    }
    return Json({"error": fields}, STATUS[refusal.code], error_headers(refusal))


def _sayable(value: object) -> str | int | float | bool | None:
    """A refused value as JSON can carry it, and not longer than it needs to be."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < _SAFE_INTEGER:
        return value
    return str(value)[:80]
