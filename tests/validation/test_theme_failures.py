"""What the theme of failures claims, and what it says about the rest."""

from __future__ import annotations

import pytest

from ironlaw.validation.outcome import Excluded, NotModelled
from ironlaw.validation.rows import Row
from ironlaw.validation.run import Checked, validate
from ironlaw.validation.themes.failures import predict


def row(**columns: str) -> Row:
    return Row("failures", {"id": "x", "evidence": "read in stored copy", **columns})


@pytest.fixture(scope="module")
def rows() -> dict[str, Checked]:
    return {checked.id: checked for checked in validate(only=["failures"]).rows}


def test_the_claimed_rows_are_near_and_inside(rows: dict[str, Checked]) -> None:
    for name, most in (("fail-003", 0.05), ("fail-004", 0.05), ("fail-041", 0.015), ("fail-049", 0.1)):
        assert rows[name].status == "scored"
        error = rows[name].error
        assert error is not None
        assert abs(error) < most, name
    assert rows["fail-003"].covered
    assert rows["fail-049"].covered


def test_young_rows_are_exact(rows: dict[str, Checked]) -> None:
    for name in ("fail-059", "fail-060"):
        checked = rows[name]
        assert checked.predicted == pytest.approx(checked.measured, abs=0.05)
        assert checked.low == checked.high


def test_inputs_are_excluded_and_every_other_row_has_a_reason(rows: dict[str, Checked]) -> None:
    for name in ("fail-007", "fail-026", "fail-037", "fail-038", "fail-044"):
        assert rows[name].status == "excluded"
        assert rows[name].reason.startswith("input of the engine")
    assert all(checked.reason for checked in rows.values() if checked.status != "scored")


def test_rates_scale_with_nodes_and_time() -> None:
    def count(nodes: int, period: str) -> float:
        return predict(row(metric="unexpected_interruptions", system="any", n_nodes=str(nodes), period=period)).value

    assert count(2_000, "10 days") == pytest.approx(2 * count(1_000, "10 days"))
    assert count(100, "30 weeks") == pytest.approx(3 * count(100, "10 weeks"))
    assert count(100, "55-73 days") == pytest.approx(count(100, "64 days"))
    week = predict(row(metric="GPU failures", system="any", n_gpus="384", period="about 3.5 months", unit="per week"))
    assert week.low < week.value < week.high
    assert week.value < count(48, "1 weeks")  # those of GPUs are some of all


def test_time_between_failures_falls_as_one_over_n() -> None:
    def hours(nodes: int, system: str = "any") -> float:
        return predict(row(metric="MTTF", system=system, n_nodes=str(nodes), unit="h")).value

    assert hours(100) == pytest.approx(10 * hours(1_000))
    assert hours(100, "Meta RSC-2") > hours(100) > hours(100, "Meta RSC-1")


@pytest.mark.parametrize(
    "columns",
    [
        {"metric": "MTTF", "system": "any", "unit": "h"},
        {"metric": "MTTF", "system": "any", "unit": "fortnights", "n_nodes": "3"},
        {"metric": "unexpected_interruptions", "system": "any", "n_nodes": "3", "period": ""},
        {"metric": "checkpoint_write_time", "system": "some model", "unit": "min"},
        {"metric": "tau_opt", "system": "closed form", "unit": "s", "extra": "delta=60s"},
        {"metric": "effective_training_time", "system": "nameless", "n_gpus": "8"},
        {"metric": "solar flares", "system": "any"},
    ],
)
def test_rows_that_leave_something_open_are_not_modelled(columns: dict[str, str]) -> None:
    with pytest.raises(NotModelled):
        predict(row(**columns))


def test_other_writings_of_claimed_rows() -> None:
    daly = predict(row(metric="tau_opt", system="closed form: Daly interval", unit="s", extra="delta=60s;MTBF=1800s"))
    young = predict(
        row(metric="tau_opt", system="closed form: Young interval", unit="min", extra="delta=1 min;MTBF=30 min")
    )
    assert daly.value < 464.76
    assert young.value == pytest.approx(464.76 / 60, rel=1e-4)
    write = predict(row(metric="checkpoint_write_time", system="GPT-2 100B checkpoint over 40 Gb/s", unit="s"))
    assert write.value == pytest.approx(100e9 * 12 / 5e9)
    with pytest.raises(Excluded):
        predict(row(metric="failure_rate", system="Meta RSC-2"))
