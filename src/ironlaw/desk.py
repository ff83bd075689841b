"""A session as calls by name, for a transport without HTTP: the kernel behind a notebook, the worker inside a browser.

The names, arguments and answers are those of the transport object in front/transport.js, so the page is the same. What goes wrong
is part of an answer, in the shape of docs/reference/document.md: a caller across a wire cannot catch an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from ironlaw.chronicle import chronicle, export_file, import_file
from ironlaw.intents import find_lab
from ironlaw.labkit.refusal import Refusal, shown
from ironlaw.ledger import (
    Conflict,
    DamagedError,
    InvalidEventError,
    SqliteStore,
    TooLargeError,
    TransferError,
    UnavailableError,
)
from ironlaw.report import of_session, page, record_of_session, sheet
from ironlaw.session import Session

log = logging.getLogger("ironlaw.desk")

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
_SAFE_INTEGER = 2**53


class Desk:
    """One learner's calls over one ledger."""

    def __init__(self, store: SqliteStore, learner: str = "local") -> None:
        self.session = Session(store, learner)
        self._store = store
        self._methods: Mapping[str, Callable[..., Any]] = {
            "labs": self.session.portal,
            "document": self.session.document,
            "evaluate": self.session.evaluate,
            "sweep": self.session.sweep,
            "intent": self.session.intent,
            "ledger": self._ledger,
            "exportLedger": self._export,
            "importLedger": self._import,
            "report": self._report,
            "record": self._record,
        }

    def call(self, method: str, arguments: Sequence[Any]) -> dict[str, Any]:
        """{"answer": …}, or {"error": {code, message, field, value, allowed}, "status"} as the studio would answer."""
        try:
            return {"answer": self._work(method)(*arguments)}
        except Exception as error:  # the last resort, as the studio's guard: the answer says nothing of it, the log all
            refusal = refusal_of(error)
            if refusal.code == "internal":
                log.exception("%s failed", method)
            return {"error": error_fields(refusal), "status": STATUS[refusal.code]}

    def _work(self, method: str) -> Callable[..., Any]:
        if method not in self._methods:
            allowed = ", ".join(self._methods)
            raise Refusal("method_not_allowed", "There is no such call.", field="method", allowed=allowed)
        return self._methods[method]

    def _ledger(self) -> dict[str, Any]:
        return chronicle(self._store, self.session.learner)

    def _export(self, lab: str | None = None) -> dict[str, str]:
        name, text = export_file(self._store, self.session.learner, find_lab(lab) if lab else None)
        return {"name": name, "text": text}

    def _import(self, lab: str | None, text: str) -> dict[str, Any]:
        return import_file(self._store, self.session.learner, text, find_lab(lab) if lab else None)

    def _report(self, lab: str | None = None) -> dict[str, str]:
        """A whole page of HTML without script, that prints and opens by itself."""
        return {"html": page(of_session(self.session, find_lab(lab).id if lab else None))}

    def _record(self, lab: str) -> dict[str, str]:
        """The architecture record of a lab that has one: a page of the same kind."""
        return {"html": sheet(record_of_session(self.session, find_lab(lab).id))}


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
    if isinstance(error, TransferError):
        message = f"{error.message[0].upper()}{error.message[1:]}."
        return Refusal("bad_value", message, field="body", value=shown(error.value), allowed=error.allowed)
    return Refusal(
        "internal", "The server failed at this request. Nothing of it was stored; the server's log says why."
    )


def error_fields(refusal: Refusal) -> dict[str, Any]:
    """The stable shape of every error in an answer."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "value": _sayable(refusal.value),
        "allowed": refusal.allowed,
    }


def _sayable(value: object) -> str | int | float | bool | None:
    """A refused value as JSON can carry it, and not longer than it needs to be."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < _SAFE_INTEGER:
        return value
    return str(value)[:80]
