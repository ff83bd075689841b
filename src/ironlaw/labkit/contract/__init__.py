"""The contract: what `ironlaw check` proves about every lab, ours or a third party's.

    report = check(lab)
    report.ok, report.findings, report.facts

Rules live in the modules beside this one and are discovered; `rules()` lists them with their reasons. A lab that passes
has an answer key that the engine agrees with, limits that can be met and left, a challenge that has solutions, text
without literal figures, and pages that keep their secrets.
"""

from __future__ import annotations

from ironlaw.labkit.contract.base import Fact, Miss, Rule, rule
from ironlaw.labkit.contract.base import every as rules
from ironlaw.labkit.contract.case import Case
from ironlaw.labkit.contract.load import NoLab, load
from ironlaw.labkit.contract.report import Finding, Outcome, Report, check

__all__ = [
    "Case",
    "Fact",
    "Finding",
    "Miss",
    "NoLab",
    "Outcome",
    "Report",
    "Rule",
    "check",
    "load",
    "rule",
    "rules",
]
