"""The runner: every row has a status and a reason, and the summary says what the rows say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ironlaw.physics import InputError
from ironlaw.validation import run
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction
from ironlaw.validation.rows import MeasurementError, Row

HEAD = "id,metric,value,unit,extra,source,evidence\n"
READ = "read in stored copy"


@pytest.fixture
def theme(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Row], Prediction]], None]:
    """Puts a theme `made` into the engine that predicts as the test says."""

    def install(predict: Callable[[Row], Prediction]) -> None:
        module = ModuleType("ironlaw.validation.themes.made")
        vars(module)["predict"] = predict
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(run, "known_themes", lambda: ("made",))

    return install


def report(folder: Path, *lines: str) -> run.Report:
    (folder / "made.csv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return run.validate(folder)


def test_errors_and_coverage_are_those_of_the_rows(tmp_path: Path, theme: Any) -> None:
    theme(lambda row: Prediction(110, 99, 121) if row.id != "exact" else Prediction.exact(100.2))
    found = report(
        tmp_path,
        f"in,t,100,s,,x,{READ}",
        f"out,t,200,s,,x,{READ}",
        f"exact,t,100,s,,x,{READ}",
        "weak,t,100,s,,x,recalled only",
    )
    assert [row.status for row in found.rows] == ["scored", "scored", "scored", "excluded"]
    assert [row.covered for row in found.rows] == [True, False, True, True]  # the exact one within rounding
    weak = found.rows[3]
    assert weak.predicted == 110
    assert "recalled only" in weak.reason
    summary = found.themes["made"]
    assert (summary.rows, summary.scored, summary.excluded, summary.not_modelled) == (4, 3, 1, 0)
    assert summary.mape == pytest.approx((0.1 + 0.45 + 0.002) / 3)
    assert summary.median == pytest.approx(0.1)
    assert summary.worst == pytest.approx(-0.45)
    assert summary.worst_id == "out"
    assert summary.bias == pytest.approx((0.1 - 0.45 + 0.002) / 3)
    assert (summary.coverage, summary.coverage_of) == (0.5, 2)


def test_a_row_without_a_prediction_says_why(tmp_path: Path, theme: Any) -> None:
    def predict(row: Row) -> Prediction:
        match row.id:
            case "unmodelled":
                raise NotModelled("no model for GPU-hours with restarts")
            case "input":
                raise Excluded("input of the engine")
            case "refused":
                raise InputError("layers must be at least 1, got 0", "layers", 0, "at least 1")
        return Prediction.exact(1)

    theme(predict)
    found = report(
        tmp_path,
        f"unmodelled,t,1,s,,x,{READ}",
        f"input,t,1,s,,x,{READ}",
        f"refused,t,1,s,,x,{READ}",
        f"no number,t,soon,s,,x,{READ}",
        f"zero,t,0,s,,x,{READ}",
    )
    told = {row.id: (row.status, row.reason) for row in found.rows}
    assert told["unmodelled"] == ("not_modelled", "no model for GPU-hours with restarts")
    assert told["input"] == ("excluded", "input of the engine")
    assert told["refused"] == ("not_modelled", "layers must be at least 1, got 0")
    assert told["no number"][0] == "excluded"
    assert told["zero"] == ("excluded", "the measurement is printed as 0, so it has no relative error")
    assert found.themes["made"].mape is None
    json.dumps(found.to_json(), allow_nan=False)


def test_a_file_that_no_theme_knows_is_listed_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "weather.csv").write_text(HEAD + f"w,t,1,s,,x,{READ}\n", encoding="utf-8")
    (row,) = run.validate(tmp_path).rows
    assert (row.status, row.theme) == ("not_modelled", "weather")
    assert "no theme 'weather'" in row.reason
    with pytest.raises(MeasurementError, match=r"^theme must be one of weather, got wether$"):
        run.validate(tmp_path, ["wether"])


def test_a_row_that_the_engine_fails_on_says_so_and_costs_the_others_nothing(tmp_path: Path, theme: Any) -> None:
    theme(lambda row: Prediction.exact(1 / float(row["extra"])))
    found = report(tmp_path, f"a,t,1,s,0,x,{READ}", f"b,t,1,s,soon,x,{READ}", f"c,t,1,s,1,x,{READ}")
    assert [row.status for row in found.rows] == ["not_modelled", "not_modelled", "scored"]
    assert found.rows[0].reason.startswith(f"{run.FAILS}: ZeroDivisionError, ")
    theme(lambda _: Prediction(1, 2, 3))
    (row,) = report(tmp_path, f"a,t,1,s,,x,{READ}").rows
    assert "must lie in its interval" in row.reason


def test_a_measurement_that_no_error_can_be_made_of_is_not_scored(tmp_path: Path, theme: Any) -> None:
    theme(lambda _: Prediction.exact(1e9))
    found = report(tmp_path, f"tiny,t,1e-300,s,,x,{READ}", f"plain,t,1e9,s,,x,{READ}")
    assert [row.status for row in found.rows] == ["excluded", "scored"]
    assert found.themes["made"].mape == 0
    json.dumps(found.to_json(), allow_nan=False)


@pytest.fixture(scope="module")
def shipped() -> run.Report:
    return run.validate()


def test_every_shipped_row_has_a_status_and_a_reason(shipped: run.Report) -> None:
    from ironlaw.validation.rows import SCORED, files, read

    expected = [(row.theme, row.id) for theme, file in files().items() for row in read(theme, file)]
    assert [(row.theme, row.id) for row in shipped.rows] == expected
    for row in shipped.rows:
        assert row.status in {"scored", "not_modelled", "excluded"}
        if row.status == "scored":
            assert row.evidence in SCORED
            assert row.error is not None
        else:
            assert len(row.reason) > 10, row
            assert not row.reason.startswith(run.FAILS), row


def test_the_answer_as_json_is_what_is_documented(shipped: run.Report) -> None:
    document = json.loads(json.dumps(shipped.to_json(), allow_nan=False))
    assert set(document) == {"rows", "themes"}
    keys = {"id", "theme", "metric", "measured", "predicted", "low", "high", "unit", "error", "status", "reason"}
    assert all(set(row) == keys | {"source", "evidence"} for row in document["rows"])
    assert {row["theme"] for row in document["rows"]} == set(document["themes"])


def test_an_error_is_predicted_over_measured(shipped: run.Report) -> None:
    for row in shipped.rows:
        if row.error is not None and row.measured and row.predicted is not None:
            assert row.predicted == pytest.approx(row.measured * (1 + row.error))


def test_rows_of_fitted_constants_are_few_and_named(shipped: run.Report) -> None:
    from ironlaw import registry
    from ironlaw.validation.fitted import fitted_rows, is_fitted, rows_of

    fitted = [
        (entity, field)
        for entity in registry.every("calibration")
        for field in entity.fields.values()
        if is_fitted(field)
    ]
    assert 0 < len(fitted) <= 12  # a dozen constants for the whole engine
    assert all(rows_of(entity) for entity, _ in fitted)
    assert fitted_rows() <= {row.id for row in shipped.rows if row.status == "scored"}
    assert len(fitted_rows()) < 30
    told = {row.id for row in shipped.rows if "fitted on this row" in row.reason}
    assert told == fitted_rows()
    for summary in shipped.themes.values():
        if summary.fitted:
            assert summary.mape_blind is not None


def test_the_engine_keeps_its_promise_on_the_open_rows(shipped: run.Report) -> None:
    """What the docs say of the engine: the mean error by theme, and how often the interval holds."""
    for theme, most in (
        ("training_throughput", 0.07),
        ("decode_latency", 0.08),
        ("collectives", 0.12),
        ("memory", 0.03),
    ):
        summary = shipped.themes[theme]
        scorable = summary.scored + summary.not_modelled
        assert summary.mape is not None
        assert summary.mape <= most, theme
        assert summary.scored >= 0.8 * scorable, theme
        assert summary.coverage is not None
        assert 0.75 <= summary.coverage <= 0.85, theme
