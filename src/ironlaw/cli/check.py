"""`ironlaw check`: prove the contract of every lab, and print what fails.

`--json` prints one object; keys are only ever added to it:

    {"schema": 1, "ok": false, "labs": [{
        "lab": "v2_02", "ok": false,
        "rules": [{"id": "knife-edge", "group": "questions", "title": "…", "why": "…",
                   "status": "pass|fail|skipped", "findings": 1, "because": ["oracle"]}],
        "findings": [{"rule": "knife-edge", "where": "act1.prediction", "message": "…"}],
        "facts": {"act1.prediction": {"key": "middle", "value": "3.03×", "margin": 0.32, "position": 2},
                  "act2.challenge": {"designs": 4032, "solutions": 331, "share": 0.082, "best": {…}, "best_cost": 102400.0},
                  "act1.constraints[oom]": {"moves": 1, "nearest": {…}, "ways_out": ["gpu", …], "failing": 1495}}}]}

`because` names the rules that a skipped one waits for; `facts` is what the proof found, by place in the lab, and has only
what the rules that ran could find. Exit code: 0 when every rule holds, 1 when one does not, 2 for a lab that is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ironlaw.cli import _json

if TYPE_CHECKING:
    from ironlaw.labkit.contract import Report
    from ironlaw.labkit.spec import Lab

SCHEMA = 1
MARKS = {"pass": "pass", "fail": "FAIL", "skipped": "-"}


@click.command("check")
@click.argument("lab", required=False, metavar="[LAB]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; `ironlaw.cli.check` documents it.")
def check(lab: str | None, as_json: bool) -> None:
    """Prove that LAB keeps the contract: an id such as v2_02, or a path/to/lab.py that holds LAB. Without LAB: all."""
    # The engine comes late: other commands should not pay for it.
    from ironlaw.labkit import contract  # noqa: PLC0415

    reports = [contract.check(each) for each in _labs(lab)]
    ok = all(report.ok for report in reports)
    if as_json:
        document = {"schema": SCHEMA, "ok": ok, "labs": [report.as_json() for report in reports]}
        _json.show(document)
    else:
        for report in reports:
            click.echo("\n".join(_lines(report)))
    if not ok:
        sys.exit(1)


def _labs(name: str | None) -> list[Lab]:
    """The labs that are meant. A BadParameter (exit code 2) says what there is instead."""
    from ironlaw import labs  # noqa: PLC0415 - late, as above
    from ironlaw.labkit.contract import NoLab, load  # noqa: PLC0415

    if name is None:
        return [labs.load(each) for each in labs.built()]
    try:
        return [labs.load(labs.normal_id(name))]
    except (labs.UnknownLab, labs.NotBuilt) as error:
        unknown = str(error)
    if not (name.endswith(".py") or Path(name).is_dir()):
        raise click.BadParameter(unknown, param_hint="LAB")
    try:
        return [load(name)]
    except NoLab as error:
        raise click.BadParameter(str(error), param_hint="LAB") from None


def _lines(report: Report) -> Iterator[str]:
    """The report as a plain table: group, rule, verdict, promise; then each finding with the rule's reason."""
    verdict = "keeps the contract" if report.ok else f"breaks the contract: {len(report.findings)} findings"
    held = sum(each.status == "pass" for each in report.outcomes)
    yield f"{report.lab} {verdict} ({held} of {len(report.outcomes)} rules hold)"
    wide = max(len(each.rule.id) for each in report.outcomes)
    group = ""
    for each in report.outcomes:
        if each.rule.group != group:
            group = each.rule.group
            yield f"\n  {group}"
        waits = f" (waits for {', '.join(each.because)})" if each.because else ""
        yield f"    {MARKS[each.status]:<4}  {each.rule.id:<{wide}}  {each.rule.title}{waits}"
    whys = {each.rule.id: each.rule.why for each in report.outcomes}
    shown = ""
    for finding in report.findings:
        if finding.rule != shown:
            shown = finding.rule
            yield f"\n  {shown}: {whys[shown]}"
        yield f"    {finding.where}: {finding.message}"
    yield ""
