"""The one error that a learner's input can cause: what was refused, and what would be accepted."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is not carried out; the ledger stays as it was.

    `code` is stable (docs/reference/document.md lists them); `field`, `value` and `allowed` name what to mend.
    """

    def __init__(
        self, code: str, message: str, *, field: str | None = None, value: object = None, allowed: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.value = value
        self.allowed = allowed


def shown(value: object) -> str:
    """A value that was sent, short and safe to repeat in an answer."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, int | float):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        text = value[:60].encode("ascii" if not _encodes(value[:60]) else "utf-8", "backslashreplace").decode()
        return text if len(value) <= 60 else text[:57] + "…"
    return {"list": "a list", "dict": "an object"}.get(type(value).__name__, f"a {type(value).__name__}")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
