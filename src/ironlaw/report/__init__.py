"""The report: what a learner hands in. `report` makes it as plain JSON from a ledger, `page` draws it as one file of HTML.

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
from ironlaw.session import Session

__all__ = [
    "SCHEMA",
    "LabOf",
    "Reading",
    "of_events",
    "of_records",
    "of_session",
    "page",
    "policy",
    "read",
    "report",
    "stored_lab",
    "unreadable",
]


def of_session(session: Session, only: str | None = None) -> dict[str, Any]:
    """The report of a session's learner; a lab that reads the ledger is told as that learner has it."""

    def lab_of(lab_id: str) -> Lab | None:
        try:
            return session.lab(lab_id)
        except Refusal:
            return None
        except LedgerError:  # the rest of the ledger cannot be read: the lab is told as for nobody
            return stored_lab(lab_id)

    return report(read(session.store, session.learner), only=only, lab_of=lab_of)
