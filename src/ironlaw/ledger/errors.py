"""What can go wrong in a ledger. Every error has a stable `code`; field, value and allowed say what to mend."""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all ledger errors. Whoever gets one may rely on this: the ledger is as it was before."""

    code = "ledger_error"

    def __init__(
        self, message: str, *, field: str | None = None, value: object = None, allowed: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.value = value
        self.allowed = allowed


class InvalidEventError(LedgerError):
    """A field of an event is missing, of the wrong type or out of its range."""

    code = "bad_event"


class UnknownKindError(InvalidEventError):
    """The event's kind is none of `KINDS`."""

    code = "unknown_kind"


class TooLargeError(InvalidEventError):
    """A payload is larger or nested deeper than the ledger keeps."""

    code = "too_large"


class Conflict(LedgerError):
    """An event with this id is stored already, with other content. The stored one stands."""

    code = "conflict"


class UnavailableError(LedgerError):
    """The ledger cannot be read or written now: disk full, read-only, locked, closed, moved away. Retrying is safe."""

    code = "ledger_unavailable"


class NewerLedgerError(LedgerError):
    """The file was written by a newer version of this program."""

    code = "newer_ledger"


class NotALedgerError(LedgerError):
    """The file is something else; it is not touched."""

    code = "not_a_ledger"


class DamagedError(LedgerError):
    """The file is damaged and cannot be mended at this moment (another process has it open)."""

    code = "damaged"


class TransferError(LedgerError):
    """A text offered for import is not an export of a ledger."""

    code = "bad_transfer"
