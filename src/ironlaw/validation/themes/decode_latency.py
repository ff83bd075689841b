"""Tokens a second and latencies: language models on GPUs and edge boards, a vision model on a GPU."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.estimate.names import named
from ironlaw.estimate.result import spread
from ironlaw.estimate.serving_model import ServingModel
from ironlaw.estimate.serving_setup import serving_model
from ironlaw.estimate.vision import mobilenet_v1_latency, resnet_latency
from ironlaw.physics import InputError
from ironlaw.physics.batching import mean_context, output_rate
from ironlaw.registry import UnknownEntity, UnknownNameError
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction

if TYPE_CHECKING:
    from ironlaw.validation.rows import Row

MILLI, MEGA = 1e3, 1e6  # the table is in ms, clocks in MHz
DECODED = 128.0  # tokens where a row does not say how many: the default of llama-bench
# What the source calls a format, where the registry's names do not say it.
_FORMATS = {"int8 weight-only": "int8", "F16": "fp16", "FP4": "nvfp4"}
# The Jetson containers run MLC's FasterTransformer format (packages/llm/mlc/benchmark.sh), which MLC has not for these
# models (python/mlc_llm/model/gemma2/gemma2_quantization.py: groups or nothing).
_GROUPED = ("Gemma 2",)
_RUNTIMES = (("gpt-fast", "compiled"), ("TensorRT", "tensorrt-llm"), ("llama.cpp", "llama-cpp"), ("MLC", "mlc"))

# Requests of a run, by prompt and output: the benchmark's own table (same page as the rows, recalled).
_SENT = {
    (128, 128): 30_000,
    **dict.fromkeys(((128, 2048), (2048, 128), (500, 2000), (1000, 1000)), 3_000),
    **dict.fromkeys(((128, 4096), (2048, 2048), (5000, 500), (1000, 2000)), 1_500),
    (20_000, 2_000): 1_000,
}


def predict(row: Row) -> Prediction:
    """The rate or the latency of one row. Raises NotModelled and Excluded with the reason."""
    metric = row["metric"]
    if metric == "max_achievable_matmul_tflops":
        raise Excluded("input of the engine: the registry's achieved_matmul of the device")
    if metric == "fitted_effective_bandwidth":
        raise Excluded("a fit of the source over seven models, no measurement of one")
    if row["family"] == "speculative_decode":
        raise NotModelled("the row gives no acceptance rate of the drafted tokens")
    if metric == "decode_tokens_per_s":
        return _around(_decode(row))
    if metric == "output_tokens_per_s_total":
        return _around(_serve(row))
    if metric == "latency_avg":
        return _around(_image(row))
    if metric == "inference_latency":
        return _around(_small_core(row))
    raise NotModelled(f"the engine has no model of {metric} of {row['family']}")


def _around(value: float) -> Prediction:
    low, high = spread(value, registry.get("decode-spread")["share"])
    return Prediction(value, low, high)


def _decode(row: Row) -> float:
    plan = _plan(row)
    batch = row.number("batch") or 1.0
    prompt = 0.0 if plan.runtime.id == "llama-cpp" else row.number("prompt_len") or 0.0  # llama-bench starts empty
    context = mean_context(prompt, row.number("gen_len") or DECODED)
    return output_rate(batch, plan.decode_time(batch, context))


def _serve(row: Row) -> float:
    plan = _plan(row)
    prompt, output = row.need("prompt_len", "gen_len")
    batch = plan.largest_batch(prompt + output)
    if not batch:
        raise NotModelled(f"{plan.shape.name} does not fit {row['n_devices']} {plan.device.name}")
    if sent := _SENT.get((round(prompt), round(output))):  # all are sent at once and run in rounds of about one size
        batch = sent / math.ceil(sent / batch)
    return output_rate(batch, plan.mixed_step(batch, prompt, output).total)


def _plan(row: Row) -> ServingModel:
    runtime = next((name for mark, name in _RUNTIMES if mark in row["runtime"]), None)
    if runtime is None:
        raise NotModelled(f"the engine has no kernel count of {row['runtime'] or 'an unnamed runtime'}")
    written = row["quant"].partition(" (")[0]
    if (written, runtime) == ("INT4", "mlc"):
        written = "q4f16" if row["model"].startswith(_GROUPED) else "q4f16-ft"
    written = _FORMATS.get(written, written)
    ways = int(row.number("n_devices") or 1) if row["parallelism"].startswith("TP") else 1
    try:
        plan = serving_model(
            row["model"],
            device(row["device"]),
            ways=ways,
            precision=written,
            runtime=runtime,
        )
        if "head_bytes_per_value" in named("format", written) and runtime == "llama-cpp" and plan.shape.hidden % 256:
            return serving_model(  # K-quants pack 256 values: the output falls back to Q8_0
                row["model"],
                device(row["device"]),
                ways=ways,
                precision=written,
                runtime=runtime,
                head_precision="q8-0",
            )
    except (UnknownNameError, InputError) as error:
        raise NotModelled(str(error)) from None
    return plan


def _image(row: Row) -> float:
    network = re.match(r"ResNet-?(50|101|152)", row["model"])
    if network is None or "eager" not in row["runtime"]:
        raise NotModelled(f"the engine has no layers of {row['model']} run by {row['runtime']}")
    mixed = "amp" in row["quant"]
    batch = int(row.number("batch") or 1)
    precision = "fp16" if mixed else row["quant"]
    try:
        seconds = resnet_latency(
            f"resnet-{network[1]}", device(row["device"]), batch=batch, precision=precision, mixed=mixed
        )
    except (UnknownNameError, InputError) as error:
        raise NotModelled(str(error)) from None
    return seconds * MILLI


def _small_core(row: Row) -> float:
    if "reference" in row["runtime"]:
        raise NotModelled("reference kernels: written to be read, not tuned, so no rate of the core says how fast")
    network = re.search(r"MobileNetV1 ([\d.]+)", row["model"])
    image = re.match(r"(\d+)x", row.extra.get("input", "")) or re.search(r"(\d+)x\d+x\d", row["model"])
    if network is None or image is None:
        raise NotModelled(f"the engine has no layers of {row['model']}")
    clock = re.search(r"@(\d+) ?MHz", row["device"])
    cores = re.search(r"(\d+)x Cortex", row["device"])
    try:
        chip = device(row["device"])
        if not {"macs_per_cycle", "instructions_per_mac"} & set(named("device", chip).fields):
            raise NotModelled(f"the registry has no multiply-accumulates a cycle of {chip}, such as of a closed NPU")
        seconds = mobilenet_v1_latency(
            chip,
            width=float(network[1]),
            image=int(image[1]),
            clock=float(clock[1]) * MEGA if clock else None,
            cores=int(cores[1]) if cores else 1,
        )
    except (UnknownNameError, InputError) as error:
        raise NotModelled(str(error)) from None
    return seconds * MILLI


def device(text: str) -> str:
    """The registry's id of a device as a table writes it: with remarks, memory sizes or the number of GPU cores."""
    for written in _writings(text):
        try:
            return named("device", written).id
        except UnknownEntity:
            continue
    return named("device", text).id


def _writings(text: str) -> list[str]:
    bare = re.sub(r"\(.*?\)", " ", text)
    bare = re.sub(r",.*$|@.*$", " ", bare).strip()
    writings = [text, bare, re.sub(r"\s+\d+\s?GB\b", "", bare), f"{re.sub(r' SXM$', '', bare)}"]
    if apple := re.search(r"(M\d(?: Pro| Max| Ultra)?) ?\(?(\d+)-core", text):
        writings.insert(0, f"Apple {apple[1]} ({apple[2]}-core GPU)")
    return writings
