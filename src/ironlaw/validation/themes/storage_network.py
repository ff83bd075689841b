"""Links, latencies and data loading. Datasheet figures and prices are inputs; what follows from them is predicted.

The one measured block is FFCV's ImageNet training: its loader keeps the GPUs busy, so the pipeline's rate is the GPUs'.
That rate is carried over from NVIDIA's ResNet-50 on the same number of A100 (registry, kind benchmark) in proportion to the
arithmetic of an image, which the schedule's resolutions and the evaluation give. Nothing is fitted to FFCV's rows.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ironlaw import quantities, registry
from ironlaw.estimate.models import find_model
from ironlaw.estimate.result import spread
from ironlaw.physics.datapipeline import trained_rate
from ironlaw.physics.storage import rotational_latency
from ironlaw.physics.transfer import coded_rate, frame_efficiency, propagation_delay, transfer_time
from ironlaw.registry import UnknownNameError
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.validation.rows import Row

WIDTH = 0.2  # arithmetic carried over from one network and size to another: about this far off in 80 % of cases

# ffcv-imagenet's README: 160 pixels for three quarters of the epochs, then 192; the evaluation after each epoch looks at
# each image and its mirror image at the 256 pixels of its configurations, forward only (a third of a training pass).
_RESOLUTIONS = ((0.75, 160.0), (0.25, 192.0))
_EVALUATION_RESOLUTION, _EVALUATION_VIEWS, _FORWARD_SHARE = 256.0, 2.0, 1 / 3
_TRAIN_IMAGES, _VALIDATION_IMAGES = 1_281_167.0, 50_000.0  # ILSVRC 2012

_RAW = {"1.0": (2.5e9, 8.0, 10.0), "2.0": (5e9, 8.0, 10.0), "3.0": (8e9, 128.0, 130.0), "4.0": (16e9, 128.0, 130.0)}
_RAW |= {"5.0": (32e9, 128.0, 130.0)}  # transfers a second of a lane, and its line code (PCI-SIG)
_HEADERS = 90.0  # Ethernet, IPv4 and TCP with timestamps: 38 on the wire beside the packet, 52 in it
_IN_PACKET = 52.0
_TIMES = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}

_INPUTS = {
    "device datasheet": "a datasheet figure",
    "cloud storage": "a provider's published limit",
    "bulk transfer": "a published capacity or rate of an appliance",
    "price": "a list price",
    "compression": "a measured speed of one library on one core",
    "dataset": "a fact about a data set",
}


def predict(row: Row) -> Prediction:
    """The engine's value for a row of storage_network.csv."""
    category, metric = row["category"], row["metric"]
    if "rotational_latency" in metric:
        return _rotation(row)
    if category in _PREDICTED:
        return _PREDICTED[category](row)
    if category in _INPUTS:
        raise Excluded(f"input of the engine: {_INPUTS[category]}, not a consequence of others")
    raise NotModelled(f"the engine has no equation for the category {category!r}")


def _rotation(row: Row) -> Prediction:
    speed = re.search(r"([\d,]+)\s*rpm", f"{row['item']} {row['condition']}")
    if speed is None or row["unit"] not in _TIMES:
        raise NotModelled("the row names no turns a minute")
    return Prediction.exact(rotational_latency(float(speed[1].replace(",", ""))) / _TIMES[row["unit"]])


def _link(row: Row) -> Prediction:
    """Rate of a link after its line code, or what TCP leaves of it, in the row's unit."""
    item = row["item"]
    pcie = re.search(r"PCIe ([1-5]\.0) x(\d+)", item)
    goodput = re.search(r"(\d+)\s*GbE TCP goodput, MTU (\d+)", item)
    if pcie:
        raw, data, code = _RAW[pcie[1]]
        rate = coded_rate(float(pcie[2]), raw / 8, data, code)
    elif item.startswith("SATA"):
        raw = {"1": 1.5e9, "2": 3e9, "3": 6e9}[item.removeprefix("SATA ")[0]]
        rate = coded_rate(1.0, raw / 8, 8.0, 10.0)
    elif goodput:
        payload = float(goodput[2]) - _IN_PACKET
        rate = float(goodput[1]) * 1e9 / 8 * frame_efficiency(payload, _HEADERS)
    else:
        rate = _named_rate(row)
    return Prediction.exact(rate / quantities.to_si(1.0, row["unit"]))


def _named_rate(row: Row) -> float:
    """A line rate from its name: the registry's link, or the bits in "Ethernet 25G" and the like."""
    named = re.fullmatch(r"Ethernet (\d+)G", row["item"])
    if named:
        return float(named[1]) * 1e9 / 8
    try:
        return registry.get(row["item"].lower().replace(" ", "-"))["bandwidth"]
    except UnknownNameError:
        raise NotModelled(f"the registry has no link {row['item']!r}, and its name gives no rate") from None


def _latency(row: Row) -> Prediction:
    """A size over a link; the other entries of the list are a machine's own latencies."""
    sent = re.fullmatch(r"Send ([\d.]+ ?[KM]B) over ([\d.]+ ?[MG]b(?:/s|ps))(?: network)?", row["item"])
    if sent is None:
        raise NotModelled("a latency of one machine of about 2012: a datum, not a consequence")
    size, rate = (quantities.parse(text).value for text in sent.groups())
    return Prediction.exact(transfer_time(0.0, size, rate) / _TIMES[row["unit"]], "the wire alone")


def _propagation(row: Row) -> Prediction:
    index = re.search(r"n\s*=\s*([\d.]+)", f"{row['extra']} {row['condition']} {row['source']}")
    if index is None or row["unit"] != "us/km":
        raise NotModelled("the row names no refractive index")
    return Prediction.exact(propagation_delay(1000.0, float(index[1])) / 1e-6)


def _loading(row: Row) -> Prediction:
    """Images a second of a training run behind a loader that keeps up."""
    item = re.fullmatch(r"FFCV (.+?) on (\d+) x (A100)", row["item"])
    if item is None:
        if "required_loader_rate" in row["metric"]:
            raise Excluded("input of the engine: the GPUs' own rate, from which FFCV's is predicted")
        raise NotModelled("no training rate is known for this set-up")
    model, count = find_model(item[1]), int(item[2])
    try:
        base = registry.get(f"resnet-50-{item[3].lower()}-{count}")
    except UnknownNameError:
        raise NotModelled(f"no training rate is known for {count} {item[3]}") from None
    reference = find_model("ResNet-50")
    pixels = [(share, (side / base["resolution"]) ** 2) for share, side in _RESOLUTIONS]
    work = sum(share * ratio for share, ratio in pixels)  # of an image at the benchmark's resolution
    evaluation = _EVALUATION_VIEWS * _FORWARD_SHARE * (_EVALUATION_RESOLUTION / base["resolution"]) ** 2
    work += _VALIDATION_IMAGES / _TRAIN_IMAGES * evaluation
    gpus = base["samples_per_second"] * reference["macs"] / model["macs"] / work
    rate = trained_rate(math.nextafter(gpus, math.inf), gpus)
    return Prediction(rate, *spread(rate, WIDTH), "bound by the GPUs: the loader keeps up")


_PREDICTED: dict[str, Callable[[Row], Prediction]] = {
    "link": _link,
    "latency numbers": _latency,
    "propagation": _propagation,
    "data loading end-to-end": _loading,
}
