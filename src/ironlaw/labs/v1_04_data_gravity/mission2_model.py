"""The model of mission 2: records come from a disk, are parsed, cross a link, and feed an accelerator.

Legend: r_use records a second that the model consumes, r_p those that one worker parses on one core, w workers, s bytes
that a record has on disk or on the link: its encoded fields and the sensor values that go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.labs.v1_04_data_gravity import mission1_model
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY
from ironlaw.physics import datapipeline, feedflow

FORMATS = {"csv": "CSV", "json": "JSON", "parquet": "Parquet", "protobuf": "Protobuf"}
DISKS = {"hdd-exos-x18": "Hard disk", "ssd-870-evo": "SATA SSD", "ssd-980-pro": "NVMe SSD"}
REFERENCE = "probe-reference"
SLOWER = 0.5  # what the other core does, where no machine of the learner's was measured
MOST_IDLE = 0.5
TOLERANCE = 0.05
DECODED = 536.0  # bytes of a record in arrays: 64 float32, 64 int32, one int64, one int32 and a text of 12 letters

CLOUD_MFU = 0.5  # of reading prompts, when nothing is late
# Cloud: how many inferences a second the node could do, and what each asks of the document store.
REQUEST_TOKENS = 512.0
CANDIDATES = 3_800.0
LOOPS, LOOP_RECORDS = 100.0, 200.0  # Edge: safety loops a second, detections and map records each
GLASSES_FRAMES = 60.0
EAR_FRAMES = 200.0  # two microphones, 10 ms a frame

Rates = Mapping[str, tuple[float, float]]  # format -> (bytes of a record, records a second of one core)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a track's device consumes, and what the way to it can bear."""

    consumer: str
    demand: float  # records a second when each inference asks for the planned number
    full: float  # model FLOPs utilisation when it is never kept waiting
    cores: float
    core: float  # speed of a core against the measured one
    values: float  # sensor values that go with a record
    stored: bool  # whether they come from the disk, as the record does, or straight from the sensors
    link: str
    link_rate: float
    link_power: float  # W when the link is full
    awake: float  # W of a worker that waits
    busy: float  # W more when it parses
    power: float  # W that feeding may take
    room: float  # bytes for buffers
    format: str  # at the start of the track
    workers: float
    depth: float
    bits: int  # an integer: it is a choice, and a page has but one kind of number


def inferences() -> float:
    """Prompts a second that the node can read: the share of its peak over two FLOP a parameter and token."""
    gpu, model, node = registry.get("h100-sxm"), registry.get("llama-3-70b"), registry.get("dgx-h100")
    tokens = node["devices"] * gpu["peak_bf16"] * CLOUD_MFU / (2 * model["parameters"])
    return tokens / REQUEST_TOKENS


@cache
def feeds() -> dict[str, Feed]:
    """The four tracks. Cameras, radio, SRAM and the node's peak are the registry's, the rest is the scenario's."""
    ble = registry.get("nrf52840-ble")
    loop_records = LOOPS * LOOP_RECORDS
    pixels = mission1_model.camera_rate() * 8 / mission1_model.PIXEL_BITS
    sram = registry.get("nrf52840")["memory_capacity"] / 2
    return {
        CLOUD: Feed(
            "Llama-3-70B on one node", inferences() * CANDIDATES, CLOUD_MFU, 32.0, 1.0, 512.0, True,
            "link to the document store", 1.25e9, 10.0, 4.0, 8.0, 150.0, 1.6e7, "json", 2.0, 16.0, 16,
        ),
        EDGE: Feed(
            "the safety loop on Orin", loop_records, 0.35, 12.0, 0.5, pixels / loop_records, False,
            "camera bus", 5e9, 8.0, 0.5, 1.5, 20.0, 2.56e8, "json", 4.0, 16.0, 12,
        ),
        MOBILE: Feed(
            "translation on the glasses", GLASSES_FRAMES, 0.2, 8.0, 0.5, 256.0, False,
            "Bluetooth LE", mission1_model.ble_rate(), ble["receive_power"], 0.0, 0.0, 0.0135, 4e6, "csv", 2.0, 16.0, 8,
        ),
        TINY: Feed(
            "speech isolation in the ear", EAR_FRAMES, 0.6, 1.0, 0.01, 160.0, False,
            "flash on the board", 1e6, 6e-4, 2e-5, 1e-4, 7e-4, sram, "csv", 3.0, 16.0, 16,
        ),
    }  # fmt: skip


@cache
def recorded() -> dict[str, tuple[float, float]]:
    """Bytes and parsing of each format as measured on the project's machine with the usual libraries."""
    probe = registry.get(REFERENCE)
    return {name: (probe[f"format_bytes_{name}"], probe[f"parse_{name}_records"]) for name in FORMATS}


def slower() -> dict[str, tuple[float, float]]:
    """The same files on a core of half the speed: what "the other core" is until the learner's machine is measured."""
    return {name: (size, SLOWER * rate) for name, (size, rate) in recorded().items()}


def measured(results: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """The learner's machine, figure by figure; what it could not measure is the recorded one."""
    return {
        name: (results.get(f"format_bytes_{name}", size), results.get(f"parse_{name}_records", rate))
        for name, (size, rate) in recorded().items()
    }


def model(settings: Settings, other: Rates) -> dict[str, Value]:
    """All outputs of mission 2; `other` are the rates behind the second choice of core."""
    s: Any = settings
    feed = feeds()[s["track"]]
    size, per_core = (recorded() if s["rates"] == "recorded" else other)[s["format"]]
    worker = per_core * feed.core
    running = min(s["workers"], feed.cores)
    payload = feed.values * s["bits"] / 8
    crossing = size + payload
    demand = feed.demand * s["asked"]
    disk_rate = datapipeline.stage_rate_bytes.raw(
        registry.get(s["disk"])["read_bandwidth"], crossing if feed.stored else size
    )
    parse_rate = datapipeline.stage_rate_workers.raw(running, worker)
    link_rate = datapipeline.stage_rate_bytes.raw(feed.link_rate, crossing)
    arriving = min(disk_rate, parse_rate, link_rate)
    flow = min(arriving, demand)
    idle = datapipeline.data_stall.raw(arriving, demand)
    busy = flow / worker
    return {
        "consumer": feed.consumer,
        "link": feed.link,
        "record": size,
        "payload": payload,
        "crossing": crossing,
        "worker_rate": worker,
        "running": running,
        "cores": feed.cores,
        "demand": demand,
        "plan": feed.demand,
        "disk_rate": float(disk_rate),
        "parse_rate": float(parse_rate),
        "link_rate": float(link_rate),
        "feed": float(arriving),
        "flow": float(flow),
        "slowest": _slowest(float(disk_rate), float(parse_rate), float(link_rate), demand),
        "idle": float(idle),
        "most_idle": MOST_IDLE,
        "used": 1.0 - float(idle),
        "full": feed.full,
        "mfu": float(feedflow.fed_utilisation.raw(feed.full, arriving, demand)),
        "imbalance": float(feedflow.flow_imbalance.raw(arriving, demand)),
        "tolerance": TOLERANCE,
        "buffers": s["workers"] * s["depth"] * (crossing + DECODED),
        "room": feed.room,
        "bus_load": demand * crossing,
        "bus": feed.link_rate,
        "feed_power": s["workers"] * feed.awake + busy * feed.busy + feed.link_power * flow * crossing / feed.link_rate,
        "allowance": feed.power,
    }


def _slowest(disk: float, parse: float, link: float, demand: float) -> str:
    stages = {"the disk": disk, "the parsers": parse, "the link": link, "the model itself": demand}
    return min(stages, key=lambda name: stages[name])
