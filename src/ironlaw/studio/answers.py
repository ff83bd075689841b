"""What goes out: compact JSON, compressed where it is read once, and errors with their HTTP status."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ironlaw.desk import STATUS, error_fields, refusal_of
from ironlaw.labkit.refusal import Refusal

RETRY_AFTER = "2"  # seconds; a full disk or a locked file rarely clears faster
UNREAD = frozenset({"bad_host", "bad_origin", "not_json", "too_large"})  # refused before the body was read to its end

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_GZIP = re.compile(r"(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_WORTH = 1400  # bytes: less fits one packet as it is


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


def http_refusal(error: Exception, folder: str = "") -> Refusal:
    """`desk.refusal_of`, and what the router itself refuses."""
    return _http(error) if isinstance(error, HTTPException) else refusal_of(error, folder)


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
    return Json({"error": error_fields(refusal)}, STATUS[refusal.code], error_headers(refusal))
