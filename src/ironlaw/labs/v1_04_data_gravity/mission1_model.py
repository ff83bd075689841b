"""The model of mission 1: a data set leaves its devices, then crosses the country on a fibre or on drives.

Legend: S bytes of the data set, m devices that gathered it, s = S/m bytes a device, X payload rate of the fibre,
k times that the road is driven with a case of n drives: the case is one, and comes back empty before it goes again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY
from ironlaw.physics import ondevice, sneakernet, transfer

KM = 1e3
HOUR, DAY = 3600.0, 86_400.0
FIBRE_INDEX = 1.468  # of the propagation equation's own source
ROUTE = 1.4  # cable over straight line
PAYLOAD, HEADERS = 1_448.0, 90.0  # TCP over Ethernet at an MTU of 1,500 bytes
WINDOW = 6 * 2.0**20  # the largest receive buffer of one stream

# The courier's quotation and the hosts at both ends: the scenario's.
HANDLING = 12 * HOUR
SPEED = 60 * KM / HOUR
FEE, FEE_PER_KM = 100.0, 0.03

# Ports of the node and of the depot, and the battery of the glasses: the scenario's.
PORT_POWER, PLUG, PLUG_POWER = 25.0, 1.25e9, 10.0
GLASSES_BATTERY, GLASSES_SHARE = 0.6 * HOUR, 0.05

# One packet of Bluetooth LE: 244 of 251 payload bytes are ours, and packet, gap, answer and gap take 2.5 ms at 1 Mb/s.
BLE_PAYLOAD, BLE_EXCHANGE = 244.0, 2.5e-3

# Eight raw 4K cameras, as they leave the sensors.
CAMERAS, WIDTH, HEIGHT, PIXEL_BITS, FRAMES = 8.0, 3840.0, 2160.0, 12.0, 30.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a track's data set comes from: devices, the first hop out of each, and what a device can bear."""

    name: str
    size: float  # at the start of the track
    devices: float
    distance: float  # km
    link: float
    hop: str  # what the first hop is called
    rate: float  # of the first hop of one device, B/s
    power: float  # of the port or radio while it sends, W
    store: float  # bytes that a device can hold for this
    window: float  # s in which devices hand over
    allowance: float  # J that a device may spend on it
    deadline: float  # s until the data must be there


def camera_rate() -> float:
    """Bytes a second that the cameras of one vehicle put out."""
    return CAMERAS * WIDTH * HEIGHT * PIXEL_BITS * FRAMES / 8


def ble_rate() -> float:
    """Payload bytes a second over Bluetooth LE."""
    return BLE_PAYLOAD / BLE_EXCHANGE


@cache
def sources() -> dict[str, Source]:
    """The four tracks. Radio, ports and SRAM are the registry's, the fleets are the scenario's."""
    ethernet, ble = registry.get("ethernet-400g"), registry.get("nrf52840-ble")
    return {
        CLOUD: Source(
            "the node's log of prompts and answers", 2e13, 2.0, 4_000.0, 12.5e9, ethernet.name,
            ethernet["bandwidth"] * ethernet["bus_efficiency"], PORT_POWER, 30.72e12, HOUR, 1e5, 2_400.0,
        ),
        EDGE: Source(
            "the vehicles' raw camera logs", 2e14, 20.0, 1_000.0, 1.25e9, "the plug at the depot",
            PLUG * transfer.frame_efficiency(PAYLOAD, HEADERS), PLUG_POWER, 1.6e13, 3 * HOUR, 2.5e5, 7 * DAY,
        ),
        MOBILE: Source(
            "scenes that the glasses recorded", 5e12, 10_000.0, 4_000.0, 1.25e9, "Bluetooth LE",
            ble_rate(), ble["transmit_power"], 3.2e10, 8 * HOUR, GLASSES_SHARE * GLASSES_BATTERY, DAY,
        ),
        TINY: Source(
            "clips of speech in noise", 1e11, 1_000_000.0, 4_000.0, 1.25e9, "Bluetooth LE",
            ble_rate(), ble["transmit_power"], registry.get("nrf52840")["memory_capacity"] / 2, 60.0, 0.06, HOUR,
        ),
    }  # fmt: skip


def wire_rate(line: float, distance: float, streams: float) -> float:
    """Payload bytes a second of the fibre: its line, or the windows of its streams over that distance."""
    windows = transfer.window_limit.raw(WINDOW, round_trip(distance))
    share = transfer.frame_efficiency.raw(PAYLOAD, HEADERS)
    return float(transfer.effective_bandwidth.raw(line, share, streams, windows))


def delay(distance: float) -> float:
    """Seconds that light needs one way along the cable."""
    return float(transfer.propagation_delay.raw(ROUTE * distance * KM, FIBRE_INDEX))


def round_trip(distance: float) -> float:
    """Seconds there and back."""
    return 2 * delay(distance)


def road(distance: float) -> float:
    """Seconds of one trip, door to door: handling at both ends and the way."""
    return HANDLING + distance * KM / SPEED


def fee(distance: float) -> float:
    """Dollars of one trip."""
    return FEE + FEE_PER_KM * distance


def wire_clock(line: float, distance: float, streams: float) -> Callable[[float], float]:
    """Seconds over the fibre as a function of the bytes."""
    wait, rate = delay(distance), wire_rate(line, distance, streams)
    return lambda size: float(transfer.transfer_time.raw(wait, size, rate))


def legs(size: float, case: float) -> float:
    """How often the road is driven until the last full case is there: there, and back for each case but the last."""
    return 2.0 * ceil(size / case) - 1.0


def drive_clock(distance: float, drives: float, drive: str) -> Callable[[float], float]:
    """Seconds by drives as a function of the bytes: writing, the trips, reading."""
    disk, trip = registry.get(drive), road(distance)
    write, read, case = disk["write_bandwidth"], disk["read_bandwidth"], drives * disk["capacity"]
    return lambda size: float(sneakernet.drives_time.raw(size, drives, write, legs(size, case), trip, read))


def wire_time(size: float, line: float, distance: float, streams: float) -> float:
    """Seconds over the fibre."""
    return wire_clock(line, distance, streams)(size)


def drive_time(size: float, distance: float, drives: float, drive: str) -> float:
    """Seconds by drives."""
    return drive_clock(distance, drives, drive)(size)


def overtakes(values: Mapping[str, Any]) -> float | None:
    """The size at which one case of drives takes as long as the fibre; None where it is full before that."""
    v = values
    share = v["rate"] / (v["drives"] * v["write_rate"]) + v["rate"] / (v["drives"] * v["read_rate"])
    if share >= 1:
        return None
    size = float(transfer.break_even_bytes.raw(v["trip"] - v["delay"], v["rate"], share))
    return size if size <= v["drives"] * v["drive_capacity"] else None


@cache
def tiers(route: str) -> tuple[tuple[float, float], ...]:
    """What a byte over the fibre costs: (bytes of the tier, dollars a byte), cheapest region pair or the open internet."""
    if route == "region":
        return ((float("inf"), registry.get("transfer-inter-region-aws-us")["per_gigabyte"]),)
    names = ("first-10tb", "10-50tb", "50-150tb", "over-150tb")
    found = [registry.get(f"egress-internet-aws-{name}") for name in names]
    return tuple((price["tier"] if "tier" in price else float("inf"), price["per_gigabyte"]) for price in found)


def wire_cost(size: float, route: str) -> float:
    """Dollars over the fibre."""
    return float(transfer.tiered_cost(size, tiers(route)))


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of mission 1. No plan is impossible here; some are late, and some flatten a battery."""
    s: Any = settings
    source = sources()[s["track"]]
    disk = registry.get(s["drive"])
    size, distance = s["size"], s["distance"]
    rate = wire_rate(s["link"], distance, s["streams"])
    wire = wire_time(size, s["link"], distance, s["streams"])
    case = s["drives"] * disk["capacity"]
    trips = float(ceil(size / case))
    driven = legs(size, case)
    shipped = drive_time(size, distance, s["drives"], s["drive"])
    each = size / s["devices"]
    gather = each / source.rate
    courier = sneakernet.courier_cost.raw(trips, fee(distance))
    paid = wire_cost(size, s["route"])
    return {
        "size": size,
        "distance": distance,
        "devices": s["devices"],
        "drives": s["drives"],
        "source": source.name,
        "hop": source.hop,
        "line": s["link"],
        "streams": s["streams"],
        "delay": delay(distance),
        "rate": rate,
        "stream_rate": float(transfer.window_limit.raw(WINDOW, round_trip(distance))),
        "wire_time": wire,
        "trips": trips,
        "legs": driven,
        "trip": road(distance),
        "write_rate": disk["write_bandwidth"],
        "read_rate": disk["read_bandwidth"],
        "drive_capacity": disk["capacity"],
        "write_time": size / (s["drives"] * disk["write_bandwidth"]),
        "road_time": driven * road(distance),
        "read_time": size / (s["drives"] * disk["read_bandwidth"]),
        "drive_time": shipped,
        "arrival": min(wire, shipped),
        "deadline": source.deadline,
        "gravity": float(transfer.gravity_ratio.raw(min(wire, shipped), source.deadline)),
        "faster": "the fibre" if wire <= shipped else "the drives",
        "wire_cost": paid,
        "drive_cost": float(courier),
        "cheaper": "fibre" if paid <= courier else "drives",
        "each": each,
        "store": source.store,
        "hop_rate": source.rate,
        "gather": gather,
        "window": source.window,
        "hop_power": source.power,
        "hop_energy": float(ondevice.radio_energy.raw(0.0, 0.0, source.power, gather)),
        "allowance": source.allowance,
        "fleet_rate": s["devices"] * source.rate,
        "shipped_rate": size / shipped,
    }
