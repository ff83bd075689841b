"""The theme of training: what the issue promises, block by block, and rows that are refused with a reason."""

from __future__ import annotations

from functools import cache
from statistics import fmean

import pytest

from ironlaw.validation.outcome import NotModelled, Prediction
from ironlaw.validation.rows import SCORED, Row
from ironlaw.validation.run import Checked, validate
from ironlaw.validation.themes.training_throughput import _device, predict

THEME = "training_throughput"


@cache
def checked() -> tuple[Checked, ...]:
    return validate(only=[THEME]).rows


def errors(source: str) -> list[float]:
    """Errors of the rows of one source that have a prediction, scored or not."""
    return [row.error for row in checked() if source in row.source and row.error is not None]


@pytest.mark.parametrize(
    ("source", "limit", "least"),
    [("SC21", 0.05, 6), ("Korthikanti", 0.05, 9), ("MegaScale", 0.05, 10), ("llm-foundry", 0.08, 120)],
)
def test_blocks_meet_their_targets(source: str, limit: float, least: int) -> None:
    found = errors(source)
    assert len(found) >= least
    assert fmean(map(abs, found)) <= limit


def test_llama_405b_on_8k_and_16k_gpus() -> None:
    found = errors("Herd")
    assert len(found) >= 2
    assert max(map(abs, found)) <= 0.10


def test_the_whole_theme() -> None:
    summary = validate(only=[THEME]).themes[THEME]
    assert summary.mape is not None
    assert summary.mape <= 0.07
    assert summary.coverage is not None
    assert 0.75 <= summary.coverage <= 0.85
    able = sum(row.evidence in SCORED for row in checked())
    assert summary.scored >= 0.9 * able


def test_what_is_not_modelled_says_why() -> None:
    assert all(row.reason for row in checked() if row.status != "scored")


def row(**columns: str) -> Row:
    plan = {
        "id": "x",
        "model": "GPT3-175B",
        "device": "H100-80GB-SXM",
        "n_devices": "512",
        "precision": "bf16",
        "TP": "8",
        "PP": "8",
        "seq_len": "2048",
        "global_batch": "512",
        "metric": "tokens_per_s",
        "unit": "tokens/s",
        "value": "1",
    }
    return Row(THEME, plan | columns)


def test_a_row_of_another_size_is_predicted() -> None:
    small, large = predict(row()), predict(row(n_devices="1024"))
    assert isinstance(small, Prediction)
    assert small.low < small.value < small.high
    assert small.value < large.value < 2 * small.value


@pytest.mark.parametrize(
    "columns",
    [
        {"metric": "pretrain_gpu_hours"},
        {"metric": "time_to_train"},
        {"global_batch": ""},
        {"device": "Cerebras CS-3"},
        {"precision": "int3"},
        {"model": "GPT-9"},
        {"metric": "loss"},
        {"metric": "train_images_per_s", "model": "AlexNet"},
    ],
)
def test_refusals(columns: dict[str, str]) -> None:
    with pytest.raises(NotModelled, match=r"\w{4}"):
        predict(row(**columns))


def test_fp8_is_faster_and_v100s_slower() -> None:
    base = predict(row()).value
    assert base < predict(row(precision="fp8")).value < 2 * base
    assert predict(row(device="V100-32GB-SXM2", precision="fp16")).value < base / 4


@pytest.mark.parametrize(("text", "device"), [("GH200 SXM 141GB", "gh200-141gb"), ("H200-141GB-SXM", "h200-sxm")])
def test_a_gh200_is_not_taken_for_the_h200_in_its_name(text: str, device: str) -> None:
    assert _device(text) == device
