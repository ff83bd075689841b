"""What a lab may know of its learner: the design records of the ledger, and their machine as it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Read from the ledger by the session, never by a lab.

    `records` are `ledger.design_record` of every lab that was opened, as plain JSON. `machine` is the payload of the newest
    `measured` event of `ironlaw probe`. `broken` says what of the ledger's file could not be read, if anything.
    """

    records: tuple[Mapping[str, Any], ...] = ()
    machine: Mapping[str, Any] | None = None
    broken: str | None = None


NOTHING = Evidence()
