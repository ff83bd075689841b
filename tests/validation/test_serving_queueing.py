"""The theme of queues and serving: closed forms exact, load sweeps by Little's law, everything else says why not."""

from __future__ import annotations

from typing import Any

import pytest

from ironlaw.validation.outcome import Excluded, NotModelled
from ironlaw.validation.rows import Row
from ironlaw.validation.run import Report, check, validate
from ironlaw.validation.themes import serving_queueing as theme

THEME = "serving_queueing"


@pytest.fixture(scope="module")
def report() -> Report:
    return validate(only=[THEME])


def row(**columns: str) -> Row:
    return Row(THEME, {"id": "x", "evidence": "computed", **columns})


def closed(case: str, given: str, metric: str) -> Row:
    return row(category="closed form", case=case, load=given, metric=metric)


def test_every_closed_form_is_exact_to_its_printed_digits(report: Report) -> None:
    computed = [one for one in report.rows if one.evidence == "computed"]
    assert len(computed) >= 26
    for one in computed:
        assert one.predicted == pytest.approx(one.measured, rel=1.2e-3 if one.measured and one.measured < 0.1 else 2e-4)
        assert one.low == one.predicted == one.high


def test_load_sweeps_obey_littles_law(report: Report) -> None:
    scored = [one for one in report.rows if one.status == "scored"]
    assert len(scored) >= 6
    assert all(abs(one.error or 1) < 0.006 for one in scored)
    coverage = report.themes[THEME].coverage
    assert coverage is not None
    assert 0.75 <= coverage <= 0.85


def test_what_is_not_modelled_says_why(report: Report) -> None:
    for one in report.rows:
        assert one.status == "scored" or len(one.reason) > 20


@pytest.mark.parametrize(
    ("case", "given", "metric", "value"),
    [
        ("M/M/1, mean service 1", "rho=0.5", "p99", 9.2103),
        ("M/M/4", "rho=0.8", "mean wait", 0.74554),
        ("M/M/4", "rho=0.8", "mean response time", 1.74554),
        ("M/M/1", "rho=0.5", "mean wait", 1.0),
        ("M/M/1", "rho=0.5", "P(wait)", 0.5),
        ("M/D/1, service 1", "rho=0.5", "mean response time", 1.5),
        ("M/G/1 Pollaczek-Khinchine", "rho=0.9, cv=3", "mean wait", 45.0),
        ("Amdahl", "p=0.9, n=10", "speedup", 5.2632),
        ("Amdahl", "p=0.99, n=inf", "speedup", 100.0),
        ("Gustafson", "serial 10%, n=100", "scaled speedup", 90.1),
        ("GPipe bubble", "p=8, m=8", "bubble fraction", 7 / 15),
        ("interleaved 1F1B", "p=8, m=32, v=2", "bubble / ideal (p-1)/(v*m)", 7 / 64),
    ],
)
def test_other_closed_forms_of_the_same_kinds(case: str, given: str, metric: str, value: float) -> None:
    prediction = theme.predict(closed(case, given, metric))
    assert prediction.value == pytest.approx(value, rel=1e-4)


def test_percentile_of_many_servers_lies_between_those_of_its_parts() -> None:
    many = theme.predict(closed("M/M/8", "rho=0.8", "p99")).value
    assert theme.predict(closed("M/M/1", "rho=0.01", "p99")).value < many
    assert many < theme.predict(closed("M/M/1", "rho=0.8", "p99")).value


def test_a_fan_out_is_predicted_from_its_leaves() -> None:
    one = row(category="fan-out tail", case="fan-out 2,000, 0.01% of leaves >1 s", metric="P(request > 1 s)")
    assert theme.predict(one).value == pytest.approx(18.1, abs=0.05)


def test_a_load_sweep_is_predicted_from_its_latencies_alone() -> None:
    columns = {
        "category": "load sweep (closed loop)",
        "case": "200 in / 200 out",
        "load": "concurrency=10",
        "metric": "throughput",
        "value": "1",  # the row's own answer is no input
        "extra": "TTFT_ms=100;ITL_ms=10;littles_law_tok_s=1",
    }
    prediction = theme.predict(row(**columns))
    assert prediction.value == pytest.approx(10 * 200 / (0.1 + 199 * 0.01))
    assert prediction.low < prediction.value < prediction.high


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "closed form", "case": "G/G/1", "load": "rho=0.5", "metric": "mean wait"},
        {"category": "closed form", "case": "M/M/2", "load": "", "metric": "mean wait"},
        {"category": "closed form", "case": "M/M/2", "load": "rho=0.5", "metric": "variance"},
        {"category": "closed form", "case": "M/M/many", "load": "rho=0.5", "metric": "mean wait"},
        {"category": "closed form", "case": "M/D/1", "load": "rho=0.5", "metric": "p99"},
        {"category": "closed form", "case": "Gustafson", "load": "n=64", "metric": "scaled speedup"},
        {"category": "load sweep (closed loop)", "case": "5 in / 5 out", "load": "rate=3", "metric": "throughput"},
        {"category": "load sweep", "case": "5 in / 5 out", "load": "concurrency=3", "metric": "throughput"},
        {"category": "speculative decoding", "case": "draft T5-small", "model": "T5-XXL", "load": "gamma=7"},
        {"category": "MLPerf inference", "case": "8x H200", "load": "Offline", "metric": "throughput"},
        {"category": "paper headline", "case": "A vs B", "metric": "throughput gain"},
        {"category": "hedged requests", "case": "BigTable", "metric": "latency"},
        {"category": "weather", "case": "rain", "metric": "mm"},
    ],
)
def test_a_row_that_is_not_modelled_is_named(columns: dict[str, Any]) -> None:
    with pytest.raises(NotModelled):
        theme.predict(row(**columns))


def test_a_rule_is_no_measurement() -> None:
    with pytest.raises(Excluded):
        theme.predict(row(category="MLPerf inference", case="v5.0 latency constraint", metric="TTFT limit"))


def test_the_runner_lists_what_the_engine_refuses() -> None:
    columns = {"value": "1", "metric": "mean wait", "evidence": "computed", "source": "none"}
    unstable = check(row(category="closed form", case="M/M/2", load="rho=1.1", **columns))
    assert (unstable.status, unstable.predicted) == ("not_modelled", None)
    assert "unstable" in unstable.reason
    unknown = check(
        row(
            category="speculative decoding",
            case="draft X-1",
            model="T5-XXL",
            load="gamma=7",
            extra="alpha=0.7",
            **columns,
        )
    )
    assert (unknown.status, unknown.predicted) == ("not_modelled", None)
    assert "X-1" in unknown.reason
