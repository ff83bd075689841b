"""The theme claims what follows from arithmetic or a published law, and says why it leaves the rest."""

from __future__ import annotations

import pytest

from ironlaw.validation import run
from ironlaw.validation.outcome import Excluded, NotModelled
from ironlaw.validation.rows import Row
from ironlaw.validation.themes.ml_tradeoffs import predict


def row(**columns: str) -> Row:
    return Row("ml_tradeoffs", {"id": "made", "evidence": "read in stored copy", **columns})


COUNTS = "TN=1139;FP=349;FN=461;TP=505"


@pytest.mark.parametrize(
    ("metric", "percent"),
    [("FPR", 23.45), ("FNR", 47.72), ("PPV", 59.13), ("base rate", 39.36), ("TPR", 52.28), ("TNR", 76.55)],
)
def test_error_rates_are_exact(metric: str, percent: float) -> None:
    prediction = predict(row(category="fairness", metric=metric, extra=COUNTS))
    assert prediction.value == pytest.approx(percent, abs=0.006)
    assert prediction.low == prediction.value == prediction.high


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "fairness", "metric": "FPR", "extra": "TN=1;FP=2"},
        {"category": "fairness", "metric": "FPR", "extra": "TN=1.5;FP=2;FN=1;TP=1"},
        {"category": "fairness", "metric": "FPR", "extra": "TN=1;FP=0;FN=1;TP=0"},
        {"category": "fairness", "metric": "Brier score", "extra": COUNTS},
        {"category": "scaling law", "metric": "optimal tokens", "extra": ""},
        {"category": "federated learning", "technique": "FedAvg", "metric": "communication rounds"},
        {"category": "quantisation", "metric": "top-1", "condition": "8 bits/weight"},
        {"category": "quantisation", "metric": "perplexity", "model": "Llama-3-70B", "condition": "3.99 bits/weight"},
        {"category": "quantisation", "metric": "perplexity", "model": "Llama-3-70B", "condition": ""},
        {"category": "quantisation", "metric": "perplexity", "model": "Llama-3-70B", "condition": "4.5 bits/weight"},
        {"category": "quantisation", "metric": "perplexity", "model": "Unheard-1B", "condition": "4.5 bits/weight"},
        {"category": "differential privacy", "metric": "accuracy"},
        {"category": "something new", "metric": "accuracy"},
        {},
    ],
)
def test_what_is_not_modelled_says_why(columns: dict[str, str]) -> None:
    with pytest.raises(NotModelled) as caught:
        predict(row(**columns))
    assert len(str(caught.value)) > 15


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "scaling law", "metric": "beta"},
        {"category": "federated learning", "technique": "FedSGD", "metric": "communication rounds"},
    ],
)
def test_inputs_and_baselines_judge_nothing(columns: dict[str, str]) -> None:
    with pytest.raises(Excluded):
        predict(row(**columns))


def test_perplexity_falls_to_the_baseline_with_the_bits() -> None:
    def perplexity(bits: str) -> float:
        return predict(
            row(
                category="quantisation",
                metric="perplexity",
                model="Llama-3-70B",
                baseline="2.8308",
                condition=f"1 GiB = {bits} bits/weight",
            )
        ).value

    values = [perplexity(bits) for bits in ("4.0", "4.5", "5.5", "8.5", "16")]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(2.8308)


def test_shipped_rows_are_predicted_within_what_the_page_claims() -> None:
    found = run.validate(only=["ml_tradeoffs"])
    summary = found.themes["ml_tradeoffs"]
    assert summary.scored >= 14
    assert summary.mape is not None
    assert summary.mape < 0.02
    for checked in found.rows:
        assert checked.status == "scored" or checked.reason
        if checked.status == "scored" and checked.low == checked.high:
            assert checked.covered, checked.id  # closed forms are exact
    optima = [checked for checked in found.rows if checked.metric == "optimal tokens"]
    assert optima
    assert all(abs(checked.error or 0) < 0.25 for checked in optima)
