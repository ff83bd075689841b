"""What comes in: a JSON body, read strictly. Whatever two readers could understand differently is refused."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from math import isinf
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from ironlaw.labkit.refusal import Refusal

LIMIT = 64 * 1024  # bytes of a body; the largest intent has a few thousand
DEPTH = 16  # levels, as the ledger keeps
DRAIN = 1024 * 1024  # bytes of a refused body that are still taken off the wire, so that the client reads the answer
DRAIN_SECONDS = 1.0
_TYPES = frozenset({"application/json", "application/json;charset=utf-8"})


async def read_json(request: Request) -> Any:
    """The value in the body. Raises Refusal `not_json`, `too_large` or `bad_json`."""
    given = request.headers.get("content-type", "")
    if given not in _TYPES and given.lower().replace(" ", "").replace('"', "") not in _TYPES:
        raise Refusal(
            "not_json",
            "The body must be JSON, and Content-Type must say so.",
            field="Content-Type",
            value=given[:80],
            allowed="application/json",
        )
    return parse(await read_body(request, LIMIT))


async def read_body(request: Request, limit: int, what: str = "body") -> bytes:
    """The whole body, at most `limit` bytes of it however it is sent. Raises Refusal `too_large`, which says what it is.

    Of a refused body a little is taken off the wire, so that the client reads the answer.
    """
    too_large = Refusal("too_large", f"The {what} is too large.", field="body", allowed=f"at most {limit} bytes")
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or len(declared) > 12 or int(declared) > limit:
        if "expect" not in request.headers:
            await _drain(request)
        raise too_large
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        body, more = await _next(request)
        size += len(body)
        if size > limit:
            if more:
                await _drain(request)
            raise too_large
        parts.append(body)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _next(request: Request) -> tuple[bytes, bool]:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


async def _drain(request: Request) -> None:
    """Take a refused body off the wire for a moment: closing with bytes unread would reset the answer away."""
    size, more = 0, True
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and size < DRAIN:
                body, more = await _next(request)
                size += len(body)


# --- strict JSON ------------------------------------------------------------------------------------------------------


class _NotJsonError(ValueError):
    """What the decoder lets through and this module does not."""


def parse(body: bytes) -> Any:
    """The value of a strict JSON text in UTF-8. Raises Refusal `bad_json`.

    Refused besides broken syntax: NaN and Infinity, numbers beyond the range of a double, a key that stands twice in one
    object, lone surrogates, more than DEPTH levels.
    """
    try:
        text = body.decode()
        value = _decoder.decode(text)
        _check_depth(value, 1)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # an escape can spell a lone surrogate; UTF-8 cannot
    except (RecursionError, _TooDeepError):
        raise Refusal("bad_json", "The body is nested too deep.", field="body", allowed=f"{DEPTH} levels") from None
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Refusal("bad_json", f"The body is not Unicode text in UTF-8: {error.reason}.", field="body") from None
    except json.JSONDecodeError as error:
        raise Refusal(
            "bad_json", f"The body is not JSON: {error.msg} at character {error.pos + 1}.", field="body"
        ) from None
    except ValueError as error:
        told = str(error) if isinstance(error, _NotJsonError) else "it holds a number with too many digits"
        raise Refusal("bad_json", f"The body is not JSON: {told}.", field="body") from None
    return value


class _TooDeepError(ValueError):
    """More than DEPTH levels."""


def _check_depth(value: Any, depth: int) -> None:
    """Stops at DEPTH, so its own recursion has an end."""
    if isinstance(value, dict | list):
        if depth > DEPTH:
            raise _TooDeepError
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, dict | list):
                _check_depth(item, depth + 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _NotJsonError(f"the name {name[:40]!a} stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise _NotJsonError(f"{name} is not a JSON number")


def _float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise _NotJsonError(f"the number {text[:40]} is beyond the range of a double")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
