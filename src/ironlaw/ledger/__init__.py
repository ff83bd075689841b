"""The design ledger: append-only events in a hash chain, and the state that is a fold over them.

Knows nothing of physics or labs; needs only the standard library.
"""

from __future__ import annotations

from ironlaw.ledger.errors import (
    Conflict,
    DamagedError,
    InvalidEventError,
    LedgerError,
    NewerLedgerError,
    NotALedgerError,
    TooLargeError,
    TransferError,
    UnavailableError,
    UnknownKindError,
)
from ironlaw.ledger.events import Break, Draft, Event, event_hash, utc_now, uuid7, verify_chain
from ironlaw.ledger.fold import ActState, ConstraintRecord, LabState, LedgerState, advance, design_record, fold
from ironlaw.ledger.kinds import KINDS, canonical, is_uuid7
from ironlaw.ledger.location import default_path
from ironlaw.ledger.sqlite import SqliteStore
from ironlaw.ledger.store import Notice, Store, Tx
from ironlaw.ledger.transfer import (
    Erasure,
    ImportReport,
    Refused,
    VerifyReport,
    erase,
    export,
    import_,
    verify,
    verify_file,
)

__all__ = [
    "KINDS",
    "ActState",
    "Break",
    "Conflict",
    "ConstraintRecord",
    "DamagedError",
    "Draft",
    "Erasure",
    "Event",
    "ImportReport",
    "InvalidEventError",
    "LabState",
    "LedgerError",
    "LedgerState",
    "NewerLedgerError",
    "NotALedgerError",
    "Notice",
    "Refused",
    "SqliteStore",
    "Store",
    "TooLargeError",
    "TransferError",
    "Tx",
    "UnavailableError",
    "UnknownKindError",
    "VerifyReport",
    "advance",
    "canonical",
    "default_path",
    "design_record",
    "erase",
    "event_hash",
    "export",
    "fold",
    "import_",
    "is_uuid7",
    "utc_now",
    "uuid7",
    "verify",
    "verify_chain",
    "verify_file",
]
