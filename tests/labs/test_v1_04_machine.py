"""v1_04 for a learner whose machine was measured: act I and mission 2 offer it, and no plausible machine breaks the lab."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw import registry
from ironlaw.labkit.contract import check
from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.spec import Act, ChoiceControl, Lab
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import LAB
from ironlaw.labs.v1_04_data_gravity.missions import READ

PROBE = registry.get("probe-reference")


def machine(speed: float, *leave_out: str) -> Evidence:
    """What `ironlaw probe` would store on a machine of this speed, against the recorded one; sizes are the formats'."""
    results = {name: PROBE[name] * (speed if name.startswith("parse") else 1.0) for name in READ}
    results["jpeg_decode"] = PROBE["jpeg_decode"] * speed
    return Evidence(machine={"results": {name: value for name, value in results.items() if name not in leave_out}})


def personal(evidence: Evidence) -> Lab:
    assert LAB.personal
    return LAB.personal(evidence)


def act_of(lab: Lab, act: str) -> Act:
    found = lab.act(act)
    assert found
    return found


def choice(lab: Lab, act: str, control: str, value: str) -> str:
    found = act_of(lab, act).control(control)
    assert isinstance(found, ChoiceControl)
    return next(option.text for option in found.options if option.value == value)


def outputs(lab: Lab, act: str, **change: Any) -> dict[str, Any]:
    chosen = act_of(lab, act)
    return dict(chosen.model({**chosen.start(), **change}))


def test_who_never_measured_gets_the_lab_as_it_is() -> None:
    assert personal(Evidence()) is LAB
    assert "not measured" in choice(LAB, "act1", "decode", "machine")
    assert "slower" in choice(LAB, "mission2", "rates", "other")


@pytest.mark.parametrize("speed", [0.1, 0.5, 3.0, 10.0])
def test_a_measured_machine_is_offered_and_does_what_it_measured(speed: float) -> None:
    lab = personal(machine(speed))
    assert plain(PROBE["jpeg_decode"] * speed, "count") in choice(lab, "act1", "decode", "machine")
    told = choice(lab, "mission2", "rates", "other")
    assert told.startswith("Your machine")
    assert plain(PROBE["parse_json_records"] * speed, "number") in told
    assert any("ironlaw probe" in given.source and given.id == "machine" for given in act_of(lab, "act1").givens)
    decoded = outputs(lab, "act1", decode="machine", workers=4.0)["decode_rate"]
    assert decoded == pytest.approx(4 * speed * PROBE["jpeg_decode"] * PROBE["jpeg_bytes"] / 110e3)
    parsed = outputs(lab, "mission2", rates="other", workers=3.0)["parse_rate"]
    assert parsed == pytest.approx(3 * speed * PROBE["parse_json_records"])
    # The keys and the story stay those of the recorded machine.
    assert outputs(lab, "act1") == outputs(LAB, "act1")
    assert outputs(lab, "mission2") == outputs(LAB, "mission2")


def test_what_a_machine_could_not_measure_is_the_recorded_figure() -> None:
    """A learner without pyarrow or protobuf has no rates of these formats, and one without Pillow none of JPEG."""
    lab = personal(machine(2.0, "parse_parquet_records", "format_bytes_parquet", "jpeg_decode"))
    parquet = outputs(lab, "mission2", rates="other", format="parquet", workers=1.0)["parse_rate"]
    assert parquet == PROBE["parse_parquet_records"]
    assert outputs(lab, "mission2", rates="other", workers=1.0)["parse_rate"] == 2 * PROBE["parse_json_records"]
    assert "not measured" in choice(lab, "act1", "decode", "machine")


@pytest.mark.parametrize("speed", [0.1, 10.0])
def test_the_contract_holds_on_a_machine_ten_times_slower_or_faster(speed: float) -> None:
    """Only the two acts that read the machine: the others are the same objects, and checked without it."""
    lab = personal(machine(speed))
    for act in ("act2", "mission1", "mission3"):
        assert lab.act(act) is LAB.act(act)
    report = check(lab)
    assert not report.findings


def test_the_lab_of_a_machine_is_made_once() -> None:
    assert personal(machine(0.7)) is personal(machine(0.7))
