"""Training throughput: step time, tokens/s, FLOP/s and MFU of language models, images/s of convolutional networks.

A row names a model, a device and a plan. What it leaves open follows rules that are the same for all rows:
software by the source's framework, network by the device's generation, micro-batch and interleaving by what the
frameworks' papers say. A row whose plan is not printed at all is not modelled.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from ironlaw import registry
from ironlaw.estimate.models import model_shape
from ironlaw.estimate.training_machine import NODE, machine
from ironlaw.estimate.training_plan import WIDTH, Prepared, prepare, slowest_span
from ironlaw.estimate.training_recipes import Software, software
from ironlaw.physics.cnn import resnet
from ironlaw.physics.schedule import straggler_factor
from ironlaw.physics.training import Plan, Step
from ironlaw.physics.training_images import image_step
from ironlaw.registry import UnknownNameError
from ironlaw.validation.outcome import NotModelled, Prediction
from ironlaw.validation.rows import number

if TYPE_CHECKING:
    from ironlaw.estimate.models import ModelShape
    from ironlaw.registry import Entity
    from ironlaw.validation.rows import Row

UNPLANNED = {
    "pretrain_gpu_hours": "GPU-hours of a whole run include restarts, evaluation and plans that the source leaves open",
    "total_training_gpu_hours": "GPU-hours of a whole run include more than pre-training",
    "time_to_train": "time to a target loss depends on how many samples that takes, not on the hardware alone",
    "time_to_finish": "a whole run with growing images, blur-pooling and evaluation; storage_network predicts its loading",
    "tflops_per_gpu_max": "a best value over a run whose plan the source leaves open",
}
DEVICES = (  # what a row's device column holds, and the registry's device; the first match counts
    (r"H100 96GB HBM2e", "h100-96gb-hbm2e"),
    (r"GB300", "b300-sxm"),
    (r"GB200", "gb200"),
    (r"B300", "b300-sxm"),
    (r"B200", "b200-sxm"),
    (r"GH200", "gh200-141gb"),
    (r"H200", "h200-sxm"),
    (r"(?i)h100", "h100-sxm"),
    (r"(?i)a100.?40", "a100-40gb-sxm"),
    (r"(?i)a100", "a100-80gb-sxm"),
    (r"V100.?16", "v100-sxm-16gb"),
    (r"V100", "v100-sxm"),
    (r"MI300X", "mi300x"),
    (r"MI250", "mi250x"),
)
NVLINK_DOMAIN = 72  # GPUs that NVLink joins in a GB200 or GB300 rack


ALWAYS, NEVER = (True, True), (False, False)
RESNETS = {"ResNet-50": (3, 4, 6, 3), "ResNet-101": (3, 4, 23, 3), "ResNet-152": (3, 8, 36, 3)}
DEFAULT_VOCABULARY = 51200.0  # Megatron's, padded
HEAD = 128.0  # size of a head, where the row does not print their number


class Case(NamedTuple):
    """A row as a plan."""

    prepared: Prepared
    plan: Plan
    devices: float
    model: ModelShape


def predict(row: Row) -> Prediction:
    """The engine's value in the row's unit."""
    metric = row["metric"]
    if metric in UNPLANNED:
        raise NotModelled(UNPLANNED[metric])
    if metric == "train_images_per_s":
        value = _images(row)
    else:
        case = read_case(row)
        value = _converted(row, case, case.prepared.step(case.plan))
    return Prediction(value, value / (1 + WIDTH), value * (1 + WIDTH))


def read_case(row: Row) -> Case:
    """The row's model, machine and plan. NotModelled where the row leaves the plan open."""
    if not _one_layer(row) and (row.number("global_batch") is None or row.number("n_devices") is None):
        raise NotModelled("the row does not print the plan: batch or devices are missing")
    way, attention = _software(row)
    device = registry.get(_device(row["device"]))
    network, ports = _network(row, device.id)
    node = NVLINK_DOMAIN if re.search(r"GB[23]00", row["device"]) else NODE
    model = _model(row)
    precision = _precision(row["precision"] or "bf16")
    prepared = prepare(model, device, way, precision, network, ports=ports, node=node, attention=attention)
    return Case(prepared, _plan(row, way, model), row.number("n_devices") or 1.0, model)


def _one_layer(row: Row) -> bool:
    return row["metric"].startswith("layer_")


def _model(row: Row) -> ModelShape:
    """The registry's model, or a GPT of the row's own columns where they say something else."""
    layers, hidden, heads = row.number("layers"), row.number("hidden"), row.number("heads")
    try:
        found: ModelShape | None = model_shape(row["model"])
    except UnknownNameError:
        found = None
    if found is not None and all(
        printed in {None, known}
        for printed, known in ((layers, found.layers), (hidden, found.hidden), (heads, found.heads))
    ):
        return found
    if layers is None or hidden is None:
        raise NotModelled(
            f"the engine has no model {row['model']!r} of these sizes, and the row does not print them all"
        )
    heads = heads or hidden / HEAD
    vocabulary = number(row.extra.get("vocab", "")) or (found.vocabulary if found else DEFAULT_VOCABULARY)
    weights = layers * 12 * hidden**2
    return replace(
        model_shape("gpt-3-175b"),
        name=row["model"],
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_size=hidden / heads,
        key_size=hidden / heads,
        value_size=hidden / heads,
        feed_forward=4 * hidden,
        vocabulary=vocabulary,
        layer_weights=weights,
        active_weights=weights,
        parameters=weights + vocabulary * hidden,
    )


def _images(row: Row) -> float:
    """Images per second of a bottleneck ResNet; a GPU's batch, where it is not printed, is NVIDIA's 256."""
    depth = next((blocks for name, blocks in RESNETS.items() if name in row["model"]), None)
    if depth is None:
        raise NotModelled(f"the engine has no layers of {row['model']!r}; it has {', '.join(RESNETS)}")
    device, precision = registry.get(_device(row["device"])), _precision(row["precision"])
    devices, batch = row.number("n_devices") or 1.0, row.number("micro_batch") or 256.0
    rates = machine(device, precision, "kept", *_network(row, device.id))
    step = image_step(
        resnet(depth),
        batch,
        matmul_rate=rates.matmul_rate,
        operand_rate=rates.operand_rate,
        memory_rate=rates.memory_rate,
        value_bytes=4.0 if precision in {"fp32", "tf32"} else 2.0,
        relayout=precision == "tf32",  # channels stay first outside mixed precision
    )
    return devices * batch / (step.total * straggler_factor(rates.spread, devices))


def _software(row: Row) -> tuple[Software, str | None]:
    """The framework's way to run a layer, and its attention kernel where it is not the way's own."""
    source, name = row["source"], row["model"]
    for found, way, kernel in (
        ("MegaScale" in name, "megascale", None),
        ("llm-foundry" in source, "eager", "flash-1"),
        ("torchtitan" in source, "compiled" if "compile" in row["extra"] else "eager", None),
        ("SC21" in source, "megatron-2021", None),
        ("BLOOM" in name, "megatron-deepspeed", None),
    ):
        if found:
            chosen = software(way)
            return replace(chosen, tensor_overlap=ALWAYS) if "async" in row["extra"] else chosen, kernel
    if "nanoGPT" in name:
        return replace(software("compiled"), kernel="kept"), None  # its attention of that time
    if "Korthikanti" in source or "Megatron-LM" in name:
        split = "equence" in row["recompute"] or "Megatron-LM" in name
        return replace(software("megatron-2022"), sequence_parallel=split), None
    if "Herd" in source:
        return replace(software("megatron"), tensor_overlap=NEVER), "flash-2"
    return software("megatron"), None


def _device(text: str) -> str:
    for pattern, device in DEVICES:
        if re.search(pattern, text):
            return device
    raise NotModelled(f"the engine has no training device {text!r}")


def _network(row: Row, device: str) -> tuple[Entity, float]:
    """The network between nodes and a GPU's ports on it: a port of its generation each, where nothing else is known."""
    if "BLOOM" in row["model"]:
        return registry.get("omni-path-100"), 0.5
    if "RoCE" in row["device"]:
        return registry.get("roce-200g"), 1.0
    if device.startswith("v100"):
        return registry.get("ethernet-100g"), 0.5
    return registry.get("infiniband-hdr" if device.startswith("a100") else "infiniband-ndr"), 1.0


def _precision(text: str) -> str:
    for name in ("fp8", "float8", "fp4", "bf16", "fp16", "tf32", "fp32"):
        if name in text.lower():
            return {"float8": "fp8"}.get(name, name)
    raise NotModelled(f"the engine has no training precision {text!r}")


def _plan(row: Row, way: Software, model: ModelShape) -> Plan:
    def degree(column: str) -> float:
        return row.number(column) or 1.0

    tensor, pipeline, context = degree("TP"), degree("PP"), degree("CP")
    devices = row.number("n_devices") or 1.0
    if _one_layer(row):
        pipeline, devices = 1.0, tensor
    data = max(devices / (tensor * pipeline * context), 1.0)
    sequence = row.number("seq_len") or 2048.0
    batch = row.number("global_batch") or row.number("micro_batch") or 1.0
    repeated = row["recompute"].lower()
    kept = way.kernel == "kept"
    selective = "selective" in repeated or "Megatron-LM" in row["model"]
    return Plan(
        tensor=tensor,
        pipeline=pipeline,
        data=data,
        context=context,
        expert=number(row.extra.get("EP", "")) or 1.0,
        interleave=_interleave(row, pipeline, model.layers),
        global_batch=batch,
        micro_batch=row.number("micro_batch") or _micro_batch(pipeline, batch / data),
        sequence=sequence,
        span=slowest_span(way, model, sequence, context),
        recompute=1.0 if "full" in repeated else 0.5 if selective and not kept else 0.0,
        recompute_scores=1.0 if selective and kept else 0.0,
        gather=1.0 if "FSDP" in row["sharding"] and "like" not in row["sharding"] else 0.0,
        shard=0.0 if kept and "ZeRO" not in row["sharding"] else 1.0,
    )


def _interleave(row: Row, pipeline: float, layers: float) -> float:
    """Model chunks a stage: as printed; else the most of 3 or fewer that the stage's layers divide into."""
    printed = row.extra.get("VP", row.extra.get("interleave_m", ""))
    if "torchtitan" in row["source"]:
        return 2.0 if pipeline > 1 and "nterleaved" in row["extra"] + row["notes"] else 1.0
    if printed or pipeline == 1 or "BLOOM" in row["model"]:
        return number(printed) or 1.0
    stage = ceil(layers / pipeline)
    if "MegaScale" in row["source"] or "Herd" in row["source"]:
        return 6.0 if stage % 6 == 0 else stage
    return next(chunks for chunks in (3.0, 2.0, 1.0) if stage % chunks == 0)


def _micro_batch(pipeline: float, sequences: float) -> float:
    """One sequence in a pipeline, where more micro-batches fill it better; else as many as eight."""
    return 1.0 if pipeline > 1 else min(8.0, max(sequences, 1.0))


def _converted(row: Row, case: Case, step: Step) -> float:
    """The step in the row's metric and unit."""
    metric, plan, shape = row["metric"], case.plan, case.prepared.shape
    tokens = plan.global_batch * plan.sequence
    if metric.startswith("layer_"):
        return step.layer * 1e3
    if metric in {"iteration_time", "step_time"}:
        return step.total * (1e3 if row["unit"] == "ms" else 1.0)
    if metric.startswith("tokens_per_s"):
        return tokens / step.total / (case.devices if "gpu" in metric else 1.0)
    rate = tokens / step.total / case.devices / 1e12
    if metric == "mfu":
        peak = row.need("peak_tflops_dense")[0]
        return 100 * rate * case.prepared.model_flops_whole(plan.sequence) / peak
    if metric == "achieved_tflops_per_gpu" or "hardware" in row["unit"]:
        flops = case.prepared.model_flops_whole(plan.sequence)
        head = 6 * shape.vocabulary * shape.hidden
        return rate * ((flops - head) * 4 / 3 + head)  # the repeated forward pass counts, the logits do not run again
    if metric == "tflops_per_gpu":
        return rate * (6 * shape.parameters + 6 * shape.layers * shape.query_width * plan.sequence)
    raise NotModelled(f"the engine has no metric {metric!r}")
