"""What the theme of storage and networks claims, and what it says about the rest."""

from __future__ import annotations

import pytest

from ironlaw.validation.outcome import Excluded, NotModelled
from ironlaw.validation.rows import Row
from ironlaw.validation.run import Checked, validate
from ironlaw.validation.themes.storage_network import predict


def row(**columns: str) -> Row:
    return Row("storage_network", {"id": "x", "evidence": "read in stored copy", **columns})


@pytest.fixture(scope="module")
def rows() -> dict[str, Checked]:
    return {checked.id: checked for checked in validate(only=["storage_network"]).rows}


def test_closed_forms_hold_to_rounding(rows: dict[str, Checked]) -> None:
    """Line codes, frames, half a turn, light in glass: whatever their evidence, the arithmetic must give what is printed."""
    for number in ("008", "009", "010", "011", "012", "013", "014", "015", "016", "019", "093"):
        checked = rows[f"stor-{number}"]
        assert checked.low == checked.high
        assert checked.covered, checked


def test_training_behind_a_loader_is_within_a_quarter(rows: dict[str, Checked]) -> None:
    scored = [checked for checked in rows.values() if checked.status == "scored"]
    assert len(scored) >= 8
    assert all(checked.error is not None and abs(checked.error) < 0.25 for checked in scored)
    assert 0.75 <= sum(checked.covered for checked in scored) / len(scored) <= 0.95


def test_inputs_are_excluded_and_every_other_row_has_a_reason(rows: dict[str, Checked]) -> None:
    assert all(checked.reason for checked in rows.values() if checked.status != "scored")
    for name in ("stor-001", "stor-020", "stor-035", "stor-040", "stor-087", "stor-089"):
        assert rows[name].status == "excluded"
        assert rows[name].reason.startswith("input of the engine")


def test_other_speeds_of_the_same_links() -> None:
    def link(item: str, unit: str = "GB/s") -> float:
        return predict(row(category="link", item=item, unit=unit)).value

    assert link("Ethernet 25G") == pytest.approx(3.125)
    assert link("PCIe 4.0 x8") == pytest.approx(15.75, rel=1e-3)
    assert link("PCIe 2.0 x16") == pytest.approx(8.0)
    assert link("SATA 2.0", "MB/s") == pytest.approx(300)
    assert link("25GbE TCP goodput, MTU 9000", "Gb/s") == pytest.approx(24.75, abs=0.01)
    disk = predict(row(category="device datasheet", item="15,000 rpm HDD", metric="avg_rotational_latency", unit="ms"))
    assert disk.value == pytest.approx(2.0)
    sent = predict(row(category="latency numbers", item="Send 2 KB over 1 Gb/s network", unit="ns"))
    assert sent.value == pytest.approx(16_000)


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "link", "item": "carrier pigeon", "unit": "GB/s"},
        {"category": "latency numbers", "item": "Main memory reference", "unit": "ns"},
        {"category": "propagation", "item": "light", "unit": "us/km"},
        {"category": "something new", "item": "?"},
        {"category": "data loading end-to-end", "item": "FFCV ResNet-50 on 4 x A100"},
        {"category": "data loading end-to-end", "item": "WebDataset on a laptop"},
        {"category": "device datasheet", "item": "HDD", "metric": "avg_rotational_latency", "unit": "ms"},
    ],
)
def test_rows_that_leave_something_open_are_not_modelled(columns: dict[str, str]) -> None:
    with pytest.raises(NotModelled):
        predict(row(**columns))


def test_the_gpus_own_rate_is_no_prediction() -> None:
    with pytest.raises(Excluded):
        predict(row(category="data loading end-to-end", item="DALI + ResNet-50 AMP", metric="required_loader_rate"))
