"""The model of mission 3: samples are filtered, labelled and sent; what they teach, and what they cost in joules.

Legend: N samples gathered, kappa share kept, i share of the information kept, eta share of wrong labels, g share of the
full transmission that is paid. The filter stands ahead of the network (local) or behind it (cloud).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Settings, Value
from ironlaw.labs.v1_04_data_gravity import mission1_model
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY
from ironlaw.physics import dataselection, scaling_laws

SAMPLES = 1e6  # that the campaign was planned with
EPOCHS = 10.0
BACKWARD = 3.0  # a training step against a forward pass
TARGET = 0.5  # of the transmission energy of sending everything
NOISE = 0.3  # share of wrong labels in the harvested million of the lock
GOLD = 1e4
SIZES = (0.5, 1.5)  # of samples against their mean, as many of each
TOKENS, TOKEN_BYTES = 2_048.0, 4.0
CLIP_RATE, CLIP_BYTES = 16_000.0, 2.0  # a second of speech
WORD = 8.0  # bytes of a DRAM access in the table of energies


@dataclass(frozen=True, slots=True)
class Audit:
    """What a track samples, learns from it, and may spend."""

    sample: str
    size: float  # bytes of a sample, mean
    macs: float  # of the model that is trained and, on the device, scores
    law: str  # learning curve
    circuit: str  # energies of the device
    local: str  # format that scores on the device
    devices: float
    hop: float  # J a byte of the first hop
    drain: float  # J that a device may spend on sending
    annotator: float  # share of right labels of one annotator
    vote: float  # USD
    budget: float  # USD for labels
    excess: float  # error that is allowed above a million clean samples
    window: float  # samples that a device compares before it sends
    room: float  # bytes for them
    place: str  # at the start of the track
    filter: float
    votes: float


@cache
def audits() -> dict[str, Audit]:
    """The four tracks. Models, radio, SRAM and energies are the registry's, campaigns and budgets the scenario's."""
    model = registry.get
    ethernet, ble = model("ethernet-400g"), model("nrf52840-ble")
    port = 25.0 / (ethernet["bandwidth"] * ethernet["bus_efficiency"])
    plug = 10.0 / mission1_model.sources()[EDGE].rate
    air = ble["transmit_power"] / mission1_model.ble_rate()
    frame = mission1_model.WIDTH * mission1_model.HEIGHT * mission1_model.PIXEL_BITS / 8
    sram = model("nrf52840")["memory_capacity"] / 2
    return {
        CLOUD: Audit(
            "document", TOKENS * TOKEN_BYTES, TOKENS * model("distilbert")["parameters"], "kaplan-data", "cmos-7nm", "int8",
            2.0, port, 4.8, 0.85, 0.5, 6e5, 0.1, 1e4, 6.4e7, "cloud", 0.1, 1.0,
        ),
        EDGE: Audit(
            "raw frame", frame, model("resnet-50")["macs"], "hestness-2017-imagenet", "cmos-7nm", "int8",
            20.0, plug, 1.2e4, 0.9, 0.05, 3e5, 0.07, 1.5e3, 1.6e10, "cloud", 0.1, 3.0,
        ),
        MOBILE: Audit(
            "crop of a scene", 1e5, model("mobilenet-v2")["macs"], "hestness-2017-translation", "cmos-7nm", "int8",
            1_000.0, air, 18.0, 0.85, 0.02, 5e4, 0.15, 800.0, 6.4e7, "cloud", 0.1, 1.0,
        ),
        TINY: Audit(
            "second of speech", CLIP_RATE * CLIP_BYTES, 1e7, "hestness-2017-speech", "cmos-45nm", "int8",
            100_000.0, air, 0.06, 0.9, 0.01, 5e4, 0.1, 5.0, sram, "local", 0.3, 3.0,
        ),
    }  # fmt: skip


def mac_energy(circuit: str, form: str) -> float:
    """Joules of one multiply-accumulate."""
    table = registry.get(circuit)
    return table[f"{form}_multiply"] + table[f"{form}_add"]


def dram_energy(circuit: str) -> float:
    """Joules of a byte from DRAM."""
    return registry.get(circuit)["dram_64bit"] / WORD


def network_energy() -> float:
    """Joules of a byte over the fixed-line internet."""
    return registry.get("fixed-line-internet")["transfer_energy"]


@lru_cache(maxsize=4096)
def selected(kept: float, score: str) -> tuple[float, float]:
    """(share of the information, share of the bytes) that a filter keeps with the share `kept` of the samples."""
    if score == "random":
        return kept, kept
    if score == "entropy":
        return float(dataselection.selected_information.raw(kept)), kept
    return dataselection.select_by_ratio(kept, SIZES)


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of mission 3. No plan is impossible here; some are deaf, some dear, some do not fit."""
    s: Any = settings
    audit = audits()[s["track"]]
    local = s["place"] == "local"
    kept = 1.0 - s["filter"]
    information, sent = selected(kept, s["score"])
    gravity = sent if local else 1.0
    quality = dataselection.vote_quality(audit.annotator, int(s["votes"]))
    # Rounding of the sum must not carry a share of wrong labels out of its range.
    noise = min(max(1.0 - quality, 0.0), 0.5)
    informative = s["samples"] * information
    worth = float(dataselection.clean_equivalent.raw(informative, noise))
    exponent = registry.get(audit.law)["data_exponent"]
    error = float(scaling_laws.kaplan_loss.raw(worth, SAMPLES, exponent))
    moved = s["samples"] * audit.size * gravity
    joules = _energies(audit, s["samples"], kept, sent, moved, scored=s["score"] != "random", local=local)
    data = joules["network"] + joules["hop"] + joules["dram"]
    everything = SAMPLES * audit.size * (network_energy() + audit.hop)
    return {
        "sample": audit.sample,
        "kept": kept,
        "information": information,
        "by_entropy": float(dataselection.selected_information.raw(kept)),
        "gravity": gravity,
        "gain": float(dataselection.selection_gain.raw(information, gravity)),
        "quality": quality,
        "noise": noise,
        "informative": informative,
        "worth": worth,
        "exponent": exponent,
        "error": error,
        "excess": max(error - 1.0, 0.0),
        "allowed": audit.excess,
        "moved": moved,
        "labels": s["samples"] * kept * s["votes"],
        "bill": s["samples"] * kept * s["votes"] * audit.vote,
        "budget": audit.budget,
        "sending": joules["network"] + joules["hop"],
        "everything": everything,
        "target": TARGET * everything,
        "share": (joules["network"] + joules["hop"]) / everything,
        "hop_energy": joules["hop"],
        "network_energy": joules["network"],
        "dram_energy": joules["dram"],
        "mac_energy": joules["mac"],
        "data_energy": data,
        "ratio": data / joules["mac"],
        "total": data + joules["mac"],
        "each": joules["hop"] / audit.devices,
        "drain": audit.drain,
        "held": max(audit.window * kept, 1.0) * audit.size if local else audit.size,
        "room": audit.room,
        "learning": worth / (data + joules["mac"]),
    }


def _energies(
    audit: Audit, samples: float, kept: float, sent: float, moved: float, *, scored: bool, local: bool
) -> dict[str, float]:
    """Joules by where they go. Training reads what is kept once an epoch; scoring reads everything once."""
    cloud_mac = mac_energy("cmos-7nm", "bf16")
    scoring = samples * audit.macs * (mac_energy(audit.circuit, audit.local) if local else cloud_mac) if scored else 0.0
    training = samples * kept * audit.macs * BACKWARD * EPOCHS * cloud_mac
    touched = samples * audit.size * (sent * EPOCHS + (1.0 if scored else 0.0))
    return {
        "network": moved * network_energy(),
        "hop": moved * audit.hop,
        "dram": touched * dram_energy(audit.circuit),
        "mac": scoring + training,
    }
