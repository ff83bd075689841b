"""The theme on its rows: what is predicted, what is not and why, and that no row's own answer is used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ironlaw.validation.outcome import Excluded, NotModelled, Prediction
from ironlaw.validation.rows import SCORED, Row, files, read
from ironlaw.validation.themes.energy_carbon import predict

THEME = "energy_carbon"
ROWS = {row.id: row for row in read(THEME, files()[THEME])}


def answer(row: Row) -> Prediction | str:
    """The prediction, or the kind and reason of there being none."""
    try:
        return predict(row)
    except (NotModelled, Excluded) as reason:
        return f"{type(reason).__name__}: {reason}"


def made(**columns: str) -> Row:
    return Row(THEME, {"id": "made", **columns})


def test_every_row_is_predicted_or_says_why_not() -> None:
    for row in ROWS.values():
        found = answer(row)
        if isinstance(found, str):
            assert len(found) > 20, row.id
        else:
            assert found.value > 0


def test_scored_runs_are_within_three_per_cent() -> None:
    errors = {
        row.id: abs(found.value / float(row["value"]) - 1)
        for row in ROWS.values()
        if row.evidence in SCORED and isinstance(found := answer(row), Prediction)
    }
    assert len(errors) >= 6
    assert max(errors.values()) < 0.03


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_the_rows_own_answer_is_not_looked_at(row: Row) -> None:
    def without(text: str) -> str:
        own = ("tCO2e", "implied", "kgCO2", "gCO2")
        return ";".join(part for part in text.split(";") if not part.strip().startswith(own))

    blind = replace(row, columns={**row.columns, "value": "", "extra": without(row["extra"])})
    assert answer(blind) == answer(row)


# Rows of the same papers that the file does not hold.
@pytest.mark.parametrize(
    ("columns", "printed"),
    [
        (
            {
                "metric": "energy",
                "unit": "MWh",
                "condition": "10,000 V100, 14.8 days",
                "extra": "tCO2e=552.1;PUE=1.10;W_per_chip=330",
            },
            1_287,
        ),
        (
            {"metric": "energy", "unit": "MWh", "condition": "1024 TPUv3, 30 days", "extra": "PUE=1.09;W_per_chip=289"},
            232,
        ),
        (
            {
                "metric": "tCO2e location-based",
                "unit": "t",
                "item": "Llama 3.1 70B",
                "extra": "gpu_hours=7e+06;W_per_gpu=700",
            },
            2_040,
        ),
    ],
)
def test_other_runs_of_the_papers(columns: dict[str, str], printed: float) -> None:
    found = predict(made(category="training footprint", **columns))
    assert found.value == pytest.approx(printed, rel=0.01)
    assert found.low < printed < found.high


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"category": "grid intensity"}, "Excluded: input"),
        ({"category": "PUE"}, "Excluded: input"),
        ({"category": "embodied"}, "Excluded: input"),
        ({"category": "water"}, "NotModelled: the engine has no model for water"),
        ({"category": "training footprint", "metric": "energy", "unit": "MWh"}, "NotModelled: the row does not print"),
        ({"category": "training footprint", "metric": "joy", "unit": "1"}, "NotModelled: the engine has no model"),
        ({"category": "training footprint", "metric": "tCO2e", "unit": "t"}, "NotModelled: the row prints neither"),
        (
            {"category": "training footprint", "metric": "tCO2e", "extra": "gpu_hours=1;W_per_gpu=1", "item": "X"},
            "NotModelled: the row names neither",
        ),
        (
            {"category": "training footprint", "metric": "energy per 100k steps", "unit": "kWh"},
            "NotModelled: the row gives no",
        ),
        (
            {"category": "training footprint", "metric": "value", "unit": "MWh", "item": "BLOOM"},
            "NotModelled: the row prints no",
        ),
        (
            {"category": "radio energy", "metric": "energy_per_bit_on_air", "unit": "nJ/bit"},
            "NotModelled: the row prints",
        ),
        ({"category": "radio energy", "metric": "current"}, "Excluded: input"),
    ],
)
def test_rows_that_cannot_be_predicted(columns: dict[str, str], message: str) -> None:
    found = answer(made(**columns))
    assert isinstance(found, str)
    assert found.startswith(message)


def test_a_faster_radio_sends_a_bit_for_less() -> None:
    columns = {
        "category": "radio energy",
        "metric": "energy_per_bit_on_air",
        "unit": "nJ/bit",
        "source": "(5 mA at 3 V)",
    }
    one, two = (predict(made(**columns, item=f"BLE {rate} Mb/s")).value for rate in (1, 2))
    assert one == pytest.approx(15)
    assert two == pytest.approx(7.5)
