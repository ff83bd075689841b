"""The report: what a learner hands in. `report` makes it as plain JSON from a ledger, `page` draws it as one file of HTML.

`record` and `sheet` do the same for the one-page record of an architecture, in a lab that has one.

It says what the ledger holds and where the ledger holds nothing; it scores nothing anew and gives no grade.
"""

from __future__ import annotations

from typing import Any

from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import LedgerError
from ironlaw.report.build import SCHEMA, LabOf, report, stored_lab
from ironlaw.report.page import page, policy
from ironlaw.report.reading import Reading, of_events, of_records, read, unreadable
from ironlaw.report.record import declared, record
from ironlaw.report.sheet import policy as sheet_policy
from ironlaw.report.sheet import sheet
from ironlaw.session import Session

__all__ = [
    "SCHEMA",
    "LabOf",
    "Reading",
    "declared",
    "of_events",
    "of_records",
    "of_session",
    "page",
    "policy",
    "read",
    "record",
    "record_of_session",
    "report",
    "sheet",
    "sheet_policy",
    "stored_lab",
    "unreadable",
]


def of_session(session: Session, only: str | None = None) -> dict[str, Any]:
    """The report of a session's learner; a lab that reads the ledger is told as that learner has it."""
    return report(read(session.store, session.learner), only=only, lab_of=_labs_of(session))


def record_of_session(session: Session, lab_id: str) -> dict[str, Any]:
    """The architecture record of a session's learner. Raises Refusal `not_found` for a lab that has none."""
    return record(read(session.store, session.learner), lab_id, lab_of=_labs_of(session))


def _labs_of(session: Session) -> LabOf:
    def lab_of(lab_id: str) -> Lab | None:
        try:
            return session.lab(lab_id)
        except Refusal:
            return None
        except LedgerError:  # the rest of the ledger cannot be read: the lab is told as for nobody
            return stored_lab(lab_id)

    return lab_of
