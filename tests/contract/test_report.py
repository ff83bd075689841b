"""The report, the loader of a third party's lab, the command; and that honest labs are not accused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ironlaw.cli.check import check as command
from ironlaw.labkit.contract import Fact, Finding, Miss, NoLab, base, check, load, rule, rules
from ironlaw.labkit.spec import Lab, Q

from .breaking import edit, facts_1
from .minilab import LAB

HERE = Path(__file__).parent


# --- the report -------------------------------------------------------------------------------------------------------


def test_facts_are_what_the_engine_computes() -> None:
    facts = check(LAB).facts
    # 10 GB at 1 GB/s or 0.2 GB/s, two workers of 0.1 s, and 1e8/2e9 s for the buffers.
    assert facts["act1.prediction"]["key"] == "right"
    assert facts["act1.prediction"]["value"] == "4.9×"
    assert facts["act1.prediction"]["margin"] == pytest.approx((50.25 / 10.25 - 4) / (50.25 / 10.25))
    assert facts["act1.constraints[space]"]["moves"] == 1
    assert facts["act1.constraints[space]"]["ways_out"] == ["buffer", "workers"]
    assert facts["act2.constraints[swamped]"]["moves"] == 2
    goal = facts["act2.challenge"]
    assert (goal["designs"], goal["solutions"], goal["best_cost"]) == (12, 3, 1800.0)
    assert goal["best"] == {"machines": 8.0, "trunk": "thin", "size": 2e9, "overlap": 1.0}
    assert facts["act1"]["sample"] >= 3000


def test_two_runs_say_the_same() -> None:
    broken = edit(LAB, "acts.0.reveal", text="It takes {now.missing}.")
    assert check(broken) == check(broken)
    assert check(broken).findings[0] == Finding(
        "slots",
        "acts[act1].reveal.text",
        "{now.missing} cannot be filled (UnknownSlot: 'now.missing') at the start",
    )


def test_a_skipped_rule_names_what_it_waits_for() -> None:
    outcomes = {each.rule.id: each for each in check(edit(LAB, "", id="x")).outcomes}
    assert outcomes["ids"].status == "fail"
    assert outcomes["references"].because == ("ids",)
    assert all(each.because for each in outcomes.values() if each.status == "skipped")


def test_as_json_is_json() -> None:
    document = check(LAB).as_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [each["id"] for each in document["rules"]] == list(rules())


def test_a_rule_of_ones_own_joins_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_RULES", dict(base._RULES))

    @rule("short", title="A lab takes at most an hour", why="Attention ends.", needs=("ids",))
    def short(case: Any) -> Any:
        yield Fact("lab", "minutes", case.lab.minutes)
        if case.lab.minutes > 8:
            yield Miss("lab", f"takes {case.lab.minutes} minutes")

    report = check(LAB)
    assert report.findings == (Finding("short", "lab", "takes 10 minutes"),)
    assert report.facts["lab"] == {"minutes": 10}
    with pytest.raises(ValueError, match="two rules are called 'short'"):
        rule("short", title="Again", why="No.")(short)


# --- no false alarms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: edit(LAB, "acts.0", briefing="An H100 SXM stores BF16 values, once or twice, in one or two places."),
        lambda: edit(edit(LAB, "acts.0", briefing="The states are sharded (ZeRO-2)."), "", terms=("ZeRO-2",)),
        lambda: edit(LAB, "acts.0", briefing="Sentences may end (like this.)\n\n**Or so!**"),
        lambda: edit(LAB, "acts.0", message="{given.size:bytes} at {start.rate}, {now.setup} of setup."),
        lambda: edit(LAB, "acts.0", challenge=None, facts=facts_1(unused=Q(None, "seconds"))),
    ],
    ids=["registry names", "own terms", "ends of sentences", "slots", "an unused fact"],
)
def test_an_honest_lab_is_not_accused(make: Callable[[], Lab]) -> None:
    assert check(make()).findings == ()


# --- labs of others ---------------------------------------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    """A lab module beside nothing, as a third party would have it."""
    path = folder / "their_lab.py"
    path.write_text(f"from dataclasses import replace\nfrom {__package__}.minilab import LAB as HONEST\n{text}\n")
    return path


def test_a_lab_is_loaded_from_a_file_and_from_a_package(tmp_path: Path) -> None:
    assert load(HERE / "minilab").title == "The Copy"
    assert load(write(tmp_path, "LAB = replace(HONEST, title='Theirs')")).title == "Theirs"


@pytest.mark.parametrize(
    ("text", "says"), [("LAB = 7", "LAB is int"), ("", "LAB is NoneType")], ids=["another thing", "nothing"]
)
def test_a_file_without_a_lab_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(NoLab, match=says):
        load(write(tmp_path, text))


def test_a_path_without_a_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoLab, match="no such file"):
        load(tmp_path / "nothing.py")
    with pytest.raises(NoLab, match=r"has no __init__\.py"):
        load(tmp_path)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_every_rule_and_leaves_with_nought() -> None:
    told = CliRunner().invoke(command, [str(HERE / "minilab")])
    assert told.exit_code == 0
    assert told.output.startswith("v1_99 keeps the contract")
    for each in rules().values():
        assert f"pass  {each.id} " in told.output
        assert each.title in told.output


def test_the_command_prints_findings_and_leaves_with_one(tmp_path: Path) -> None:
    path = write(tmp_path, "LAB = replace(HONEST, invariant='It takes 5 s.')")
    told = CliRunner().invoke(command, [str(path)])
    assert told.exit_code == 1
    assert "FAIL  literals" in told.output
    assert "invariant: holds the figure '5' outside a slot" in told.output
    as_json = CliRunner().invoke(command, [str(path), "--json"])
    assert as_json.exit_code == 1
    document = json.loads(as_json.output)
    assert (document["schema"], document["ok"], len(document["labs"])) == (1, False, 1)
    (lab,) = document["labs"]
    assert set(lab) == {"lab", "ok", "rules", "findings", "facts"}
    assert lab["findings"] == [
        {"rule": "literals", "where": "invariant", "message": "holds the figure '5' outside a slot"}
    ]
    assert set(lab["rules"][0]) == {"id", "group", "title", "why", "status", "findings", "because"}


@pytest.mark.parametrize("name", ["v9_99", "v1_05", "nowhere.py", "", "../etc"])
def test_an_unknown_lab_leaves_with_two(name: str) -> None:
    told = CliRunner().invoke(command, [name])
    assert told.exit_code == 2
    assert "Invalid value for LAB" in told.output


def test_the_installed_command_does_the_same() -> None:
    run = [sys.executable, "-m", "ironlaw.cli.main", "check"]
    told = subprocess.run([*run, str(HERE / "minilab")], capture_output=True, text=True, check=False, timeout=120)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("v1_99 keeps the contract")
    lost = subprocess.run([*run, "v9_99"], capture_output=True, text=True, check=False, timeout=120)
    assert lost.returncode == 2
    assert "there is no lab 'v9_99'" in lost.stderr
