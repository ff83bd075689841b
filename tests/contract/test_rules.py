"""Every rule of the contract passes an honest lab and catches, alone, a lab that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw.labkit import document
from ironlaw.labkit.contract import check, rules

from . import breaking, broken_model, broken_page
from .breaking import Broken
from .minilab import LAB

BROKEN = (broken_model, broken_page)  # importing them fills the list
CASES = breaking.CASES
BY_LABKIT = {"locked"}  # no lab can break these, only labkit: see below


def test_the_honest_lab_keeps_every_rule() -> None:
    report = check(LAB)
    assert report.findings == ()
    assert {outcome.status for outcome in report.outcomes} == {"pass"}


def test_every_rule_has_a_lab_that_breaks_it() -> None:
    assert {each.rule for each in CASES} | BY_LABKIT == set(rules())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_the_rule_alone_catches_the_broken_lab(case: Broken) -> None:
    report = check(case.make())
    said = [f"{finding.where}: {finding.message}" for finding in report.findings]
    assert {finding.rule for finding in report.findings} == {case.rule}, said
    assert any(case.says in each for each in said), said
    assert not report.ok


def test_a_locked_act_that_says_more_than_its_title_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = document._act

    def leaky(*args: Any) -> dict[str, Any]:
        page = honest(*args)
        return page | {"briefing_html": "<p>Soon.</p>"} if page["stage"] == "locked" else page

    monkeypatch.setattr(document, "_act", leaky)
    report = check(LAB)
    assert {(finding.rule, finding.message) for finding in report.findings} == {
        ("locked", "is locked and carries briefing_html")
    }


def test_a_reveal_before_the_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "reached", lambda *_: True)
    found = {finding.rule for finding in check(LAB).findings}
    assert "locked" in found
    assert "secrets" in found


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_promises_and_why(rule: Any) -> None:
    assert rule.title.strip()
    assert rule.why.endswith((".", "?"))
    assert rule.id == rule.id.lower()
