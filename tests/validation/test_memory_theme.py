"""The theme of memory: every kind of row, other spellings of them, and reasons for what is left out."""

from __future__ import annotations

import pytest

from ironlaw.estimate.memory import RESERVE
from ironlaw.validation import run
from ironlaw.validation.outcome import NotModelled
from ironlaw.validation.rows import SCORED as COUNTED
from ironlaw.validation.rows import Row
from ironlaw.validation.themes.memory import predict

SCORED = [row for row in run.validate(only=["memory"]).rows if row.evidence in COUNTED]


def row(**columns: str) -> Row:
    return Row("memory", {"id": "made", "evidence": "read in stored copy", **columns})


def test_targets_of_the_open_rows() -> None:
    summary = run.validate(only=["memory"]).themes["memory"]
    assert summary.mape is not None
    assert summary.mape <= 0.03
    assert summary.coverage is not None
    assert 0.75 <= summary.coverage <= 0.85
    assert summary.scored >= 0.9 * len(SCORED)


def test_closed_forms_are_exact() -> None:
    """Within what the sources round to: the coarsest prints 0.12 GB."""
    for checked in SCORED:
        if checked.low == checked.high and checked.measured != 0.12:
            assert checked.error == pytest.approx(0, abs=0.005), checked.id


def test_peaks_are_never_below_the_count() -> None:
    """Reserved memory is at least what a plan holds; a count above it would be a mistake."""
    peaks = [checked for checked in SCORED if "peak" in checked.metric]
    assert len(peaks) >= 9
    for checked in peaks:
        assert checked.predicted is not None
        assert checked.measured is not None
        assert checked.predicted < checked.measured < checked.predicted * 1.15


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        ({"case": "ZeRO model-state memory per GPU", "params": "7.5e9", "parallelism": "ZeRO stage 2, DP=64"}, 16.6),
        ({"case": "ZeRO model-state memory per GPU", "params": "7.5e9", "parallelism": "DP=64"}, 120),
        ({"case": "file / weight size", "model": "ResNet-50", "dtype": "FP16"}, 0.0511),
        ({"case": "file / weight size", "model": "BLOOM-176B", "dtype": "full checkpoint with optimizer states"}, 2467),
        ({"case": "file / weight size", "model": "Mixtral 8x7B", "dtype": "Q4_K_M"}, 28.44),
    ],
)
def test_gigabytes(columns: dict[str, str], value: float) -> None:
    prediction = predict(row(unit="GB (1e9)", **columns))
    assert prediction.low == prediction.value == prediction.high
    assert prediction.value == pytest.approx(value, rel=0.005)


@pytest.mark.parametrize(
    ("parallelism", "units"),
    [
        ("no parallelism", 34 + 64),
        ("TP t (t=8)", 10 + 24 / 8 + 64 / 8),
        ("TP+SP (t=8)", (34 + 64) / 8),
        ("TP + selective recompute (t=8)", 13),
        ("TP+SP + selective (t=8)", 34 / 8),
        ("full recompute", 2),
    ],
)
def test_activations_of_mt_nlg(parallelism: str, units: float) -> None:
    """By name alone: hidden size and heads come from the registry."""
    given_row = row(
        case="activation bytes per transformer layer per GPU",
        model="MT-NLG 530B",
        seq_len="2048",
        batch="1",
        parallelism=parallelism,
        unit="bytes",
    )
    assert predict(given_row).value == pytest.approx(units * 2048 * 20480)


@pytest.mark.parametrize(
    ("model", "bytes_a_token"), [("Mistral 7B", 131_072), ("Falcon-180B", 163_840), ("DeepSeek-V2", 69_120)]
)
def test_caches(model: str, bytes_a_token: int) -> None:
    prediction = predict(row(case="KV cache per token", model=model, dtype="fp16/bf16", unit="bytes"))
    assert prediction.value == bytes_a_token
    halved = predict(row(case="KV cache per token", model=model, dtype="fp8", unit="bytes"))
    assert halved.value == bytes_a_token / 2


def test_a_cache_of_a_model_that_the_registry_lacks() -> None:
    columns = {"layers": "10", "hidden": "512", "heads": "8", "kv_heads": "2", "unit": "KiB", "dtype": "bf16"}
    assert predict(row(case="KV cache per token", model="own model", **columns)).value == 2 * 10 * 2 * 64 * 2 / 1024


def test_the_saving_of_selective_recomputation() -> None:
    columns = {"case": "selective recompute saving", "model": "MT-NLG 530B", "unit": "%"}
    assert predict(row(metric="activation_memory_saved", **columns)).value == pytest.approx(65, abs=0.5)
    with pytest.raises(NotModelled, match="a matter of time"):
        predict(row(metric="flops_overhead", **columns))


def test_a_peak_of_two_dimensions() -> None:
    prediction = predict(
        row(
            case="measured peak GPU memory, training",
            model="Llama 3.1 70B",
            seq_len="8192",
            batch="local 2",
            parallelism="FSDP32 TP8",
            extra="activation_checkpointing=full;compile",
            unit="GiB",
        )
    )
    assert prediction.low == prediction.value
    assert prediction.high == pytest.approx(prediction.value * (1 + RESERVE))
    assert 5 < prediction.value < 60


@pytest.mark.parametrize(
    "columns",
    [
        {"case": "something else"},
        {"case": "ZeRO model-state memory per GPU", "params": "1e9", "parallelism": "none", "unit": "GB"},
        {"case": "ZeRO model-state memory per GPU", "params": "1e9", "parallelism": "DP=4", "unit": "pages"},
        {"case": "ZeRO model-state memory per GPU", "parallelism": "DP=4", "unit": "GB"},
        {"case": "serving memory", "metric": "KV memory effectively used", "unit": "%"},
        {"case": "fine-tuning memory", "metric": "QLoRA", "unit": "GB"},
    ],
)
def test_what_is_left_out_says_why(columns: dict[str, str]) -> None:
    with pytest.raises(NotModelled) as caught:
        predict(row(**columns))
    assert str(caught.value)
