"""v2_17, act I: what the audit says where a ledger is made up, thin, one-sided or damaged."""

from __future__ import annotations

import copy
import json
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.spec import Lab
from ironlaw.labkit.text import facts_of
from ironlaw.labs.v2_17_constraints_never_lie import LAB
from ironlaw.labs.v2_17_constraints_never_lie.act1 import CORRECT
from ironlaw.labs.v2_17_constraints_never_lie.sample import records


def bound(found: Any, broken: str | None = None) -> Lab:
    """The lab on a ledger of these records."""
    assert LAB.personal is not None
    return LAB.personal(Evidence(records=tuple(found), broken=broken))


def pictures(bound_to: Lab, /, **change: Any) -> dict[str, dict[str, Any]]:
    act = bound_to.acts[0]
    result = ev.result(ev.evaluate(act, ev.clean(act, {**act.start(), **change})))
    json.dumps(result, allow_nan=False)
    return {drawing["id"]: drawing for drawing in result["figures"]}


def test_the_sample_replays_a_record_that_is_said_to_be_made_up() -> None:
    drawn = pictures(LAB)["replay"]
    assert "made up" in drawn["description"]
    rows = drawn["table"]["rows"]
    assert all(then != "not recorded" for _, then, _ in rows)
    assert {then == now for _, then, now in rows} == {True, False}  # some outputs drifted, some did not
    chosen = {"Nodes", "Ports a node", "Parameters"}
    assert chosen <= {label for label, then, now in rows if then == now}  # what was chosen drifts in no engine


def test_a_decision_recorded_without_outputs_shows_a_sentence_and_a_table_but_no_chart() -> None:
    bare = copy.deepcopy([record for record in records() if record["lab"] == "v2_02"])
    drawn = pictures(bound(bare))["replay"]
    assert "without its outputs" in drawn["empty"]
    assert not drawn["marks"]
    assert {then for _, then, _ in drawn["table"]["rows"]} == {"not recorded"}


def test_your_own_audit_begins_with_your_last_decision() -> None:
    late = [record for record in records() if record["lab"] in {"v2_01", "v2_02"}]
    assert bound(late).acts[0].start()["lab"] == "v2_02"
    assert bound(late[:1]).acts[0].start()["lab"] == "v2_01"
    assert LAB.acts[0].start()["lab"] == "v2_02"


def test_the_reflection_confirms_the_reading_that_this_ledger_bears_out() -> None:
    """One domain alone: the domain hit most accounts for all hits, and the text must not praise another reading."""
    names = {"weak": "top", "moves": "moves", "stuck": "stuck", "sure": "sure"}
    one = [record for record in records() if record["lab"] == "v2_02"]
    never = [
        {**record, "constraints": [{**row, "recoveries": 0} for row in record["constraints"]]} for record in records()
    ]
    sure = [
        {**record, "predictions": [{**row, "correct": False, "confidence": 0.97} for row in record["predictions"]]}
        for record in records()
    ]
    keys = set()
    for found in (one, never, sure, records()):
        act = bound(found).acts[0]
        key = act.reflection.question.key(facts_of(act))
        keys.add(key)
        assert act.reflection.correct == CORRECT[names[key]]
    assert keys == set(names)


def test_a_ledger_of_few_commits_is_told_in_whole_sentences() -> None:
    record = {
        "lab": "v2_02",
        "predictions": [{"act": "act1", "correct": True, "confidence": 0.7, "at": ""}],
        "constraints": [{"act": "act1", "constraint": "oom", "hits": 1, "recoveries": 0}],
    }
    facts = facts_of(bound([record]).acts[0])
    assert facts["thirds"].value == "There are too few commits to compare the first third with the last"
    assert facts["leaning"].value == "No number was predicted"


def test_a_report_of_damage_is_told_without_the_databases_own_words() -> None:
    report = (
        "The ledger file was damaged: SQLite's check reports: Page 18: error code 11. It was set aside as "
        "ledger.damaged-1. 27 events were recovered. 20 more could be read."
    )
    said = str(facts_of(bound(records(), report).acts[0])["state"].value)
    assert "27 events were recovered." in said
    assert "SQLite" not in said
    assert "set aside" not in said
