"""Run the rules over a lab and say what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ironlaw.labkit.contract.base import Fact, Miss, Rule, every
from ironlaw.labkit.contract.case import Case
from ironlaw.labkit.spec import Lab

Status = Literal["pass", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, by which rule, where in the lab."""

    rule: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a rule. A skipped one names in `because` the rules that must hold before it can be judged."""

    rule: Rule
    status: Status
    findings: int = 0
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The proof of one lab: findings, and the facts that the proof rests on (oracles, ways out, best designs)."""

    lab: str
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON; `ironlaw check --json` documents it."""
        return {
            "lab": self.lab,
            "ok": self.ok,
            "rules": [
                {
                    "id": each.rule.id,
                    "group": each.rule.group,
                    "title": each.rule.title,
                    "why": each.rule.why,
                    "status": each.status,
                    "findings": each.findings,
                    "because": list(each.because),
                }
                for each in self.outcomes
            ],
            "findings": [{"rule": f.rule, "where": f.where, "message": f.message} for f in self.findings],
            "facts": self.facts,
        }


def check(lab: Lab) -> Report:
    """Prove the contract for a lab. A rule that itself stops on the lab counts as broken and says on what."""
    rules, case = every(), Case(lab)
    outcomes: dict[str, Outcome] = {}
    findings: dict[str, list[Finding]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for each in rules.values():
        _judge(each, rules, case, outcomes, findings, facts)
    ordered = [finding for id_ in rules for finding in findings.get(id_, [])]
    return Report(str(lab.id), tuple(ordered), facts, tuple(outcomes[id_] for id_ in rules))


def _judge(
    this: Rule,
    rules: Mapping[str, Rule],
    case: Case,
    outcomes: dict[str, Outcome],
    findings: dict[str, list[Finding]],
    facts: dict[str, dict[str, Any]],
) -> Outcome:
    """The outcome of a rule, after those that it needs."""
    if this.id in outcomes:
        return outcomes[this.id]
    needed = [_judge(rules[need], rules, case, outcomes, findings, facts) for need in this.needs]
    if broken := tuple(each.rule.id for each in needed if each.status != "pass"):
        outcomes[this.id] = Outcome(this, "skipped", because=broken)
        return outcomes[this.id]
    found = findings.setdefault(this.id, [])
    for each in _notes(this, case):
        if isinstance(each, Fact):
            facts.setdefault(each.where, {})[each.name] = each.value
        else:
            found.append(Finding(this.id, each.where, each.message))
    outcomes[this.id] = Outcome(this, "fail" if found else "pass", len(found))
    return outcomes[this.id]


def _notes(this: Rule, case: Case) -> list[Miss | Fact]:
    notes: list[Miss | Fact] = []
    try:
        notes.extend(this.body(case))
    except Exception as error:  # noqa: BLE001 - a lab under test may break anything; the report says what and how
        notes.append(Miss(case.lab.id, f"the check stopped on {type(error).__name__}: {error}"))
    return notes
