"""Memory: ZeRO states, activations, caches and file sizes are closed forms; peaks of training are measured.

The engine counts what a plan must hold. PyTorch's peaks are of memory *reserved* by its caching allocator, which is
more: the interval runs from the count to RESERVE above it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.estimate.gguf import gguf_bits, gguf_bytes
from ironlaw.estimate.memory import RESERVE, plan_memory
from ironlaw.estimate.models import find_model, model_shape
from ironlaw.physics.activations import activation_layer_bytes_parallel
from ironlaw.physics.attention import kv_bytes
from ironlaw.physics.memory import activation_layer_bytes, training_state_bytes, zero_shards
from ironlaw.physics.quantised import weight_bytes
from ironlaw.validation.outcome import NotModelled, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.validation.rows import Row

_UNITS = {"bytes": 1.0, "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 2**10, "MiB": 2**20}
_UNITS |= {"GiB": 2**30, "TiB": 2**40}


def predict(row: Row) -> Prediction:
    """The engine's value for one row."""
    for words, predictor in _CASES.items():
        if words in row["case"]:
            return predictor(row)
    raise NotModelled(f"no equation for {row['case']!r}")


def _unit(row: Row) -> float:
    """Bytes of the row's unit; a remark in brackets says how the source printed it."""
    name = row["unit"].split(" ")[0]
    if name not in _UNITS:
        raise NotModelled(f"unit {row['unit']!r} is none of bytes")
    return _UNITS[name]


def _number_after(pattern: str, text: str, default: int | None = None) -> int:
    found = re.search(pattern, text)
    if found:
        return int(found[1])
    if default is None:
        raise NotModelled(f"{text!r} does not say {pattern}")
    return default


def _state(row: Row) -> Prediction:
    (parameters,) = row.need("params")
    ranks = _number_after(r"DP ?= ?(\d+)", row["parallelism"])
    stage = _number_after(r"stage ?(\d)", row["parallelism"], 0)
    state = training_state_bytes(parameters, *zero_shards(stage, ranks))
    return Prediction.exact(state / _unit(row))


def _activations(row: Row) -> Prediction:
    sequence, batch = row.need("seq_len", "batch")
    hidden, heads = _size(row, "hidden"), _size(row, "heads")
    text = row["parallelism"].lower()
    tensor = _number_after(r"t ?= ?(\d+)", text, 1)
    if "full" in text:  # the layer's input, which tensor parallelism alone leaves whole
        shards = tensor if "sp" in text else 1
        return Prediction.exact(2 * sequence * batch * hidden / shards / _unit(row))
    shards = tensor if "sp" in text else 1
    scores = 0.0 if "selective" in text else 5.0
    value = activation_layer_bytes_parallel(sequence, batch, hidden, heads, tensor, shards, scores)
    return Prediction.exact(value / _unit(row))


def _size(row: Row, column: str) -> float:
    given = row.number(column)
    return getattr(model_shape(row["model"]), column) if given is None else given


def _saving(row: Row) -> Prediction:
    if row["metric"] != "activation_memory_saved":
        raise NotModelled(f"{row['metric']!r} is a matter of time, not of memory")
    shape = model_shape(row["model"])
    sequence = row.number("seq_len") or shape.context
    whole = activation_layer_bytes(sequence, 1, shape.hidden, shape.heads)
    kept = activation_layer_bytes_parallel(sequence, 1, shape.hidden, shape.heads, 1, 1, 0.0)
    return Prediction.exact(100 * (1 - kept / whole))


def _peak(row: Row) -> Prediction:
    (sequence,) = row.need("seq_len")
    text = row["parallelism"]
    stages, local = _number_after(r"PP ?(\d+)", text, 1), _number_after(r"(\d+)", row["batch"])
    # TorchTitan cuts the local batch into as many micro-batches as there are stages unless told otherwise.
    micro_batches = min(stages, local)
    checkpointing = row.extra.get("activation_checkpointing", "selective")
    parts = plan_memory(
        row["model"],
        recipe="fsdp",
        sequence=sequence,
        micro_batch=local / micro_batches,
        micro_batches=micro_batches,
        data=_number_after(r"FSDP ?(\d+)", text, 1),
        tensor=_number_after(r"TP ?(\d+)", text, 1),
        context=_number_after(r"CP ?(\d+)", text, 1),
        stages=stages,
        chunks=2 if "interleaved" in text.lower() else 1,
        zero=3,
        recompute={"selective": "alternate"}.get(checkpointing, checkpointing),
        compiled="eager" not in row.extra,
    )
    value = parts.total / _unit(row)
    return Prediction(value, value, value * (1 + RESERVE))


def _cache(row: Row) -> Prediction:
    value_bytes = 1.0 if "8" in row["dtype"].replace("16", "") else 2.0
    try:
        value = model_shape(row["model"]).kv_bytes(value_bytes)
    except KeyError:  # a model that the registry lacks: the row's own columns must do
        layers, kv_heads, hidden, heads = row.need("layers", "kv_heads", "hidden", "heads")
        value = kv_bytes(layers, kv_heads, hidden / heads, value_bytes)
    return Prediction.exact(value / _unit(row))


def _serving(row: Row) -> Prediction:
    found = re.search(r"weights share of A100-(\d+)GB", row["metric"])
    if not found:
        raise NotModelled("the share of a cache that holds tokens depends on the lengths of the requests served")
    (parameters,) = row.need("params")
    return Prediction.exact(100 * weight_bytes(parameters, 16) / (float(found[1]) * 1e9))


def _fine_tuning(row: Row) -> Prediction:
    if "double quantization" in row["metric"]:
        bits = [8 * registry.get(name)["bytes_per_value"] for name in ("nf4", "nf4-double")]
        return Prediction.exact(bits[0] - bits[1])
    if "16-bit" in row["metric"]:  # weights and gradients in 16 bit, Adam's two moments in 32
        (parameters,) = row.need("params")
        return Prediction.exact(training_state_bytes(parameters, 1, 1, 1, 2.0, 2.0, 8.0) / _unit(row))
    raise NotModelled("adapters and paged optimizer states are not modelled")


def _file(row: Row) -> Prediction:
    stored = row["dtype"].split(" ")[0]
    parameters = row.number("params") or find_model(row["model"])["parameters"]
    if "checkpoint" in row["dtype"] or "optimizer" in row["dtype"]:  # 16-bit weights and Adam's 12 bytes
        return Prediction.exact(weight_bytes(parameters, 8 * 14) / _unit(row))
    if stored.upper() in {"F16", "FP16", "BF16", "16-BIT"}:
        return Prediction.exact(weight_bytes(parameters, 16) / _unit(row))
    return Prediction.exact(gguf_bytes(row["model"], stored) / _unit(row))


def _bits(row: Row) -> Prediction:
    mix = row["dtype"]
    # This README was written before 2024, when Q2_K was another mix.
    if mix == "Q2_K" and "examples/quantize" in row["source"] + row["where"] and "Llama-2" in row["model"]:
        mix = "Q2_K (2023)"
    return Prediction.exact(gguf_bits(row["model"], mix))


_CASES: dict[str, Callable[[Row], Prediction]] = {
    "ZeRO": _state,
    "activation bytes": _activations,
    "selective recompute": _saving,
    "peak GPU memory": _peak,
    "KV cache": _cache,
    "serving memory": _serving,
    "fine-tuning": _fine_tuning,
    "weight size": _file,
    "bits per weight": _bits,
}
