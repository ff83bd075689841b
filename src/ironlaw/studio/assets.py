"""The files under /static/: those of `ironlaw.front`, read and compressed once, so that code and page always fit."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ironlaw import front
from ironlaw.studio.answers import accepts_gzip

TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
PACKED = frozenset({".png", ".woff2"})  # compressed already


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. `gzipped` is None where compressing gains nothing."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str


@cache
def assets(folder: Path = front.FOLDER) -> Mapping[str, Asset]:
    """Every servable file of the folder by name: a name that is not in here cannot be asked for, whatever its spelling."""
    return {path.name: _asset(path) for path in sorted(folder.iterdir()) if path.suffix in TYPES}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    small = None if path.suffix in PACKED else gzip.compress(body, compresslevel=9, mtime=0)
    etag = f'W/"{sha256(body).hexdigest()[:20]}"'  # weak: it stands for the file, compressed or not
    return Asset(body, small if small and len(small) < len(body) else None, TYPES[path.suffix], etag)


async def static(request: Request) -> Response:
    """A file, or 304 when the browser's copy is the same. It asks each time, so an upgrade is seen at once."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    headers = {"ETag": asset.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.gzipped and accepts_gzip(request):
        return Response(asset.gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
