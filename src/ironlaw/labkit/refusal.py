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
