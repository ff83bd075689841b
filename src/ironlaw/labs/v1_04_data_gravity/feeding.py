"""The model of act I: images go from storage through decoding and the host's link to the GPU; the slowest stage feeds.

Legend: s bytes of an image (compressed on storage, decoded on the link), r images a second of a stage, w workers, q
batches that a queue holds, t seconds of a batch at a stage. Bytes differ by stage: storage moves compressed images, the
link decoded ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from ironlaw import registry
from ironlaw.estimate.training_machine import machine
from ironlaw.physics import datapipeline, storage
from ironlaw.physics.cnn import resnet, resnet_basic
from ironlaw.physics.schedule import straggler_factor
from ironlaw.physics.training_images import image_step
from ironlaw.physics.transfer import frame_efficiency
from ironlaw.quantities import to_si
from ironlaw.simulate.feeding import Feed, feed

if TYPE_CHECKING:
    from ironlaw.labkit.spec import Settings, Value

# The scenario's givens: what the message and the machine hall's price list say. Everything else is from the registry.
DATASET = to_si(10, "TB")
IMAGE = to_si(110, "kB")  # of a photograph of ImageNet's size, compressed
EDGE, CHANNELS = 224.0, 3.0
SHARD = to_si(64, "MB")
AUGMENT = to_si(4, "ms")  # of heavy augmentation, an image
READ_SPREAD, DECODE_SPREAD = 1.0, 0.3  # standard deviation over mean of a batch's time
CORE_PRICE = 25.0  # USD a month, a core of the host
BUDGET = 300.0  # USD a month, for storage
TARGET = 0.10  # of the GPU's time that may be lost to feeding
STARVED = 0.50
GPUS_ASKED = 4.0  # times as many, by Friday
DAYS = 3.0

DISK, SATA, NVME, OBJECT, RAM = "hdd-exos-x18", "ssd-870-evo", "ssd-990-pro", "s3-standard", "epyc-9654"
STORAGES = (DISK, SATA, NVME, OBJECT, RAM)  # the last: the processor whose memory holds the images
MONTHLY = {DISK: 12.0, SATA: 45.0, NVME: 90.0, RAM: 3500.0}  # USD a terabyte and month: the machine hall's list
OBJECT_PRICE = "storage-s3-standard"
DEVICES = {  # and the link of the host that such a card is built for
    "l4": "pcie-gen4-x16",
    "v100-sxm": "pcie-gen3-x16",
    "a100-80gb-sxm": "pcie-gen4-x16",
}
MODELS = {
    "resnet-34": resnet_basic((3, 4, 6, 3)),
    "resnet-50": resnet((3, 4, 6, 3)),
    "resnet-152": resnet((3, 8, 36, 3)),
}
VALUE_BYTES = {"bytes": 1.0, "fp32": 4.0}
SEGMENT, HEADERS = 1448.0, 90.0  # TCP with timestamps over Ethernet at MTU 1,500: 1,448 bytes of payload in 1,538
STAGES = ("storage", "decode", "link", "gpu")


@dataclass(frozen=True, slots=True)
class Drive:
    """What a read waits for, how fast one read and all of them flow, and how many the device serves at once."""

    wait: float
    stream: float
    all_reads: float
    requests: float | None
    arm: bool  # one read at a time, whoever asks


@cache
def drive(kind: str) -> Drive:
    """The registry's figures of a storage tier."""
    entity = registry.get(kind)
    if kind == RAM:
        rate = entity["memory_bandwidth"]
        return Drive(0.0, rate, rate, None, arm=False)
    if kind == OBJECT:
        rate = entity["stream_bandwidth"]
        return Drive(entity["latency"], rate, float("inf"), entity["requests_per_second"], arm=False)
    rate = entity["read_bandwidth"]
    if kind == DISK:
        wait = storage.access_time(entity["latency"], storage.rotational_latency(entity["turns_per_minute"]), 0.0, rate)
        return Drive(wait, rate, rate, None, arm=True)
    return Drive(entity["latency"], rate, rate, entity["requests_per_second"], arm=False)


def read_bandwidth(kind: str, request: float, readers: float, line: float) -> float:
    """Bytes a second that `readers` get who each read `request` bytes at a time; `line` is the network's payload rate."""
    tier = drive(kind)
    once = storage.access_time.raw(tier.wait, 0.0, request, tier.stream)
    served = storage.request_rate.raw(1.0 if tier.arm else readers, once)
    if tier.requests is not None:
        served = min(served, tier.requests)
    return storage.device_throughput.raw(served, request, min(tier.all_reads, line))


@cache
def payload(line: float) -> float:
    """Bytes a second that TCP leaves of a network's line rate."""
    return line * frame_efficiency(SEGMENT, HEADERS)


@lru_cache(maxsize=4096)
def training_rate(model: str, device: str, batch: float, gpus: float) -> float:
    """Images a second that `gpus` GPUs train when they are fed: the layers' products and passes, mixed precision."""
    chip = registry.get(device)
    # One GPU's own rates: the network does not enter them.
    rates = machine(chip, "fp16", "kept", registry.get("ethernet-100g"))
    step = image_step(
        MODELS[model],
        batch,
        matmul_rate=rates.matmul_rate,
        operand_rate=rates.operand_rate,
        memory_rate=rates.memory_rate,
        value_bytes=2.0,
    )
    return gpus * batch / (step.total * straggler_factor(rates.spread, gpus))


def recorded_decode() -> float:
    """Images a second that one core decodes and resizes, as recorded on the project's machine."""
    return registry.get("probe-reference")["jpeg_decode"]


def decode_seconds(image: float, rate: float) -> float:
    """Seconds of one core for one image of `image` bytes: work goes with the compressed bytes."""
    return image / registry.get("probe-reference")["jpeg_bytes"] / rate


def monthly_price(kind: str) -> float:
    """Dollars a byte and month of a storage tier."""
    return registry.get(OBJECT_PRICE)["per_gigabyte"] if kind == OBJECT else MONTHLY[kind] / to_si(1, "TB")


def decoded_bytes(form: str) -> float:
    """Bytes of a decoded image as it crosses the host's link."""
    return datapipeline.image_bytes.raw(EDGE, EDGE, CHANNELS, VALUE_BYTES[form])


def rates(settings: Settings, machine_rate: float | None = None) -> dict[str, float]:
    """Images a second of each stage alone, with what they are made of."""
    s: Any = settings
    image, workers, gpus = s["image"], s["workers"], s["gpus"]
    cores = max(1.0, workers)  # without workers the training process decodes itself
    request = image if s["access"] == "files" else SHARD
    flow = read_bandwidth(s["storage"], request, cores, payload(s["network"]) if s["storage"] == OBJECT else MANY)
    measured = machine_rate if s["decode"] == "machine" and machine_rate else recorded_decode()
    decode = decode_seconds(image, measured)
    augment = AUGMENT if s["decode"] == "augmented" else 0.0
    worker = datapipeline.worker_rate.raw(decode, augment)
    host = registry.get(DEVICES[s["device"]])
    link = gpus * host["bandwidth"] * host["bus_efficiency"]
    decoded = decoded_bytes(s["form"])
    return {
        "storage_bandwidth": flow,
        "decode_time": decode,
        "augment_time": augment,
        "worker_rate": worker,
        "cores": cores,
        "decoded_bytes": decoded,
        "link_bandwidth": link,
        "network_payload": payload(s["network"]),
        "storage_rate": datapipeline.stage_rate_bytes.raw(flow, image),
        "decode_rate": datapipeline.stage_rate_workers.raw(cores, worker),
        "link_rate": datapipeline.stage_rate_bytes.raw(link, decoded),
        "gpu_rate": training_rate(s["model"], s["device"], s["batch"], gpus),
    }


MANY = float("inf")  # no network between


def in_turn(settings: Settings) -> bool:
    """Whether each batch is loaded, then trained: without workers nobody loads the next one meanwhile."""
    return not settings["workers"]


def simulated(settings: Settings, rate: dict[str, float]) -> Feed:
    """The line of the four stages, batch by batch, with the scenario's spread of reading and decoding."""
    s: Any = settings
    share = s["batch"] * s["gpus"]
    times = tuple(share / rate[f"{stage}_rate"] for stage in STAGES)
    depth = int(s["prefetch"])
    return feed(times, (READ_SPREAD, DECODE_SPREAD, 0.0, 0.0), None if in_turn(settings) else (depth, depth, 0))


def model(settings: Settings, machine_rate: float | None = None) -> dict[str, Value]:
    """All outputs of act I. `machine_rate`: images a second that a core of the learner's machine decodes, if measured."""
    s: Any = settings
    rate = rates(settings, machine_rate)
    loader = datapipeline.pipeline_rate.raw(
        rate["storage_rate"], rate["storage_rate"], rate["decode_rate"], rate["link_rate"]
    )
    gpu = rate["gpu_rate"]
    fed = datapipeline.serial_rate.raw(loader, gpu) if in_turn(settings) else loader
    law = datapipeline.trained_rate.raw(fed, gpu)
    run = simulated(settings, rate)
    trained = run.rate * s["batch"] * s["gpus"]
    bill = monthly_price(s["storage"]) * DATASET
    slowest = min(STAGES, key=lambda stage: rate[f"{stage}_rate"])
    return {
        **rate,
        "loader_rate": loader,
        "fed_rate": fed,
        "law_rate": law,
        "tax_law": datapipeline.data_stall.raw(fed, gpu),
        "rate": trained,
        "use": 1.0 - run.stall,
        "tax": run.stall,
        "starved": STARVED,
        "target": TARGET,
        "epoch": DATASET / s["image"] / trained,
        "needed": datapipeline.workers_needed.raw(gpu, rate["worker_rate"]),
        "storage_bill": bill,
        "budget": BUDGET,
        "feeding_bill": bill + s["workers"] * CORE_PRICE,
        "image": s["image"],
        "value_bytes": VALUE_BYTES[s["form"]],
        "slowest": NAMES[slowest],
    }


NAMES = {"storage": "storage", "decode": "decoding", "link": "the link to the GPU", "gpu": "the GPU itself"}
