"""Every lab that is built keeps every rule. There are no exemptions."""

from __future__ import annotations

import json

import pytest

from ironlaw import labs
from ironlaw.labkit.contract import check


@pytest.mark.parametrize("lab_id", labs.built())
def test_the_lab_keeps_the_contract(lab_id: str) -> None:
    report = check(labs.load(lab_id))
    assert [f"{f.rule} · {f.where}: {f.message}" for f in report.findings] == []
    assert {outcome.status for outcome in report.outcomes} == {"pass"}
    json.dumps(report.as_json(), allow_nan=False)
