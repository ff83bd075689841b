"""What an event may hold: kinds, the fields of their payloads, sizes and forms. Everything stored passes here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from ironlaw.ledger.errors import InvalidEventError, TooLargeError, UnknownKindError

MAX_PAYLOAD_BYTES = 65_536  # of canonical JSON in UTF-8
MAX_DEPTH = 16
MAX_INTEGER = 10**308  # beyond it a browser reads Infinity

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CLIENT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
SERVER_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)  # fixed width: text order is time order
DIGEST = re.compile(r"[0-9a-f]{64}")
LAB = re.compile(r"[a-z][a-z0-9_]{0,63}")
WORD = re.compile(r"[^\x00-\x1f\x7f]{1,128}")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes beyond the needed, no NaN (ValueError)."""
    return _encode(value)


def is_uuid7(text: object) -> bool:
    """Whether `text` is a version-7 UUID in lower case with hyphens (RFC 9562)."""
    return isinstance(text, str) and UUID7.fullmatch(text) is not None


# --- payloads ---------------------------------------------------------------------------------------------------------

Test = tuple[Callable[[Any], bool], str]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


NAME: Test = (lambda v: isinstance(v, str) and 1 <= len(v) <= 64, "a text of 1 to 64 characters")
ANSWER: Test = (
    lambda v: _number(v) or (isinstance(v, str) and 1 <= len(v) <= 64),
    "a number, or a text of 1 to 64 characters",
)
SHARE: Test = (lambda v: _number(v) and 0 <= v <= 1, "a number from 0 to 1")
OBJECT: Test = (lambda v: isinstance(v, dict), "an object")
FINITE: Test = (_number, "a number")
IDS: Test = (lambda v: isinstance(v, list) and all(is_uuid7(one) for one in v), "a list of ids of events")

# The fields that each kind must have; others are kept as they come.
KINDS: dict[str, dict[str, Test]] = {
    "opened": {},
    "predicted": {"act": NAME, "option": ANSWER, "confidence": SHARE},
    "moved": {"act": NAME, "settings": OBJECT},
    "violated": {"act": NAME, "constraint": NAME},
    "recovered": {"act": NAME, "constraint": NAME},
    "revealed": {"act": NAME},
    "reflected": {"act": NAME, "option": ANSWER},
    "decided": {"act": NAME},
    "completed": {},
    "reset": {"act": NAME},  # a budget of designs begins anew
    "tracked": {"track": NAME},  # the choice of a track, for all labs
    "exported": {},
    "imported": {},
    "measured": {"results": OBJECT, "machine": OBJECT},  # `ironlaw probe`
}
# Fields that any kind may have, and what they must be then.
COMMON: dict[str, Test] = {
    "context": NAME,
    "settings": OBJECT,
    "engine": OBJECT,
    "question": NAME,  # which of an act's predictions; the first when absent
    "value": FINITE,
    "low": FINITE,
    "high": FINITE,
    "cites": IDS,
}


def payload_text(kind: object, payload: object) -> str:
    """Check a payload and give its canonical JSON.

    Raises UnknownKindError, InvalidEventError (field missing or wrong, not JSON), TooLargeError.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise UnknownKindError(f"unknown kind of event: {kind!r}", field="kind", value=kind, allowed=", ".join(KINDS))
    if not isinstance(payload, Mapping):
        raise InvalidEventError("payload must be an object", field="payload", value=payload, allowed="an object")
    _check_json(payload, "payload", 0)
    for name, (test, allowed) in (COMMON | KINDS[kind]).items():
        required = name in KINDS[kind]
        if (required or payload.get(name) is not None) and not test(payload.get(name)):
            value = payload.get(name)
            message = f"{kind}: {name} must be {allowed}, got {value!r:.80}"
            raise InvalidEventError(message, field=f"payload.{name}", value=value, allowed=allowed)
    text = canonical(payload)
    size = len(text.encode())
    if size > MAX_PAYLOAD_BYTES:
        allowed = f"at most {MAX_PAYLOAD_BYTES} bytes of JSON"
        raise TooLargeError(
            f"payload has {size} bytes, allowed are {allowed}", field="payload", value=size, allowed=allowed
        )
    return text


def _check_json(value: object, field: str, depth: int) -> None:
    """Refuse what JSON cannot carry unchanged: NaN, lone surrogates, keys that are not texts, foreign types."""
    if depth > MAX_DEPTH:
        allowed = f"at most {MAX_DEPTH} levels"
        raise TooLargeError(f"payload is nested too deep: {allowed}", field="payload", value=depth, allowed=allowed)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise _not_json(f"{field}.{key!r:.40}", key, "names that are texts")
            _check_text(key, field)
            _check_json(item, f"{field}.{key[:64]}", depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_json(item, f"{field}[{index}]", depth + 1)
    elif isinstance(value, str):
        _check_text(value, field)
    elif isinstance(value, float):
        if not isfinite(value):
            raise _not_json(field, value, "a finite number")
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _not_json(field, f"an integer of {value.bit_length()} bits", "an integer within 1e308")
    elif value is not None:
        raise _not_json(field, value, "text, number, true, false, null, list or object")


def _check_text(text: str, field: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _not_json(field, ascii(text)[:80], "Unicode text without lone surrogates") from error


def _not_json(field: str, value: object, allowed: str) -> InvalidEventError:
    return InvalidEventError(f"{field} is {value!r:.80}; allowed: {allowed}", field=field, value=value, allowed=allowed)


# --- the other fields -------------------------------------------------------------------------------------------------


def check_fields(fields: Mapping[str, Any]) -> None:
    """Check the fields of an event other than payload, those that are there. Raises InvalidEventError naming the first."""
    for name, value in fields.items():
        fits, allowed = FIELDS[name]
        if not fits(value):
            raise InvalidEventError(
                f"{name} must be {allowed}, got {value!r:.80}", field=name, value=value, allowed=allowed
            )


def _matches(pattern: re.Pattern[str], allowed: str) -> Test:
    return (lambda v: isinstance(v, str) and pattern.fullmatch(v) is not None, allowed)


def _word(value: object) -> bool:
    return isinstance(value, str) and WORD.fullmatch(value) is not None and value.strip() == value and _encodes(value)


def _encodes(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_time(value: object, pattern: re.Pattern[str]) -> bool:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:  # the 31st of February
        return False
    return True


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**53


_WORD: Test = (_word, "a text of 1 to 128 printable characters without blanks at its ends")
_UUID: Test = (is_uuid7, "a version-7 UUID in lower case")
_COUNT: Test = (_count, "a whole number from 1")
_DIGEST: Test = _matches(DIGEST, "64 hexadecimal digits")

FIELDS: dict[str, Test] = {
    "id": _UUID,
    "learner": _WORD,
    "device": _UUID,
    "seq": _COUNT,
    "lab": _matches(LAB, "a lab id such as v2_02: a lower-case letter, then letters, digits and underscores"),
    "lab_version": _COUNT,
    "engine_version": _WORD,
    "registry": _WORD,
    "client_time": (
        lambda v: v is None or _is_time(v, CLIENT_TIME),
        "null or an ISO 8601 UTC time such as 2026-01-31T10:32:00Z",
    ),
    "server_time": (lambda v: _is_time(v, SERVER_TIME), "an ISO 8601 UTC time with microseconds"),
    "prev": _DIGEST,
    "hash": _DIGEST,
}
