"""The four tracks as contexts of the missions: what each sets on the panels."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit.spec import Context
from ironlaw.labs.v1_04_data_gravity import mission1_model, mission2_model, mission3_model
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY


def _gravity(track: str) -> dict[str, Any]:
    source = mission1_model.sources()[track]
    return {
        "track": track,
        "size": source.size,
        "distance": source.distance,
        "link": source.link,
        "devices": source.devices,
    }


def _feeding(track: str) -> dict[str, Any]:
    feed = mission2_model.feeds()[track]
    return {
        "track": track,
        "format": feed.format,
        "workers": feed.workers,
        "depth": feed.depth,
        "bits": feed.bits,
    }


def _waste(track: str) -> dict[str, Any]:
    audit = mission3_model.audits()[track]
    return {"track": track, "filter": audit.filter, "votes": audit.votes, "place": audit.place}


def _track(track: str, name: str, text: str) -> Context:
    return Context(
        id=track,
        name=name,
        track=True,
        text=text,
        settings={"mission1": _gravity(track), "mission2": _feeding(track), "mission3": _waste(track)},
    )


TRACK_CONTEXTS = (
    _track(
        CLOUD,
        "Cloud Titan",
        "A large language model on one node of H100 GPUs. Disks and network cannot keep up with its memory.",
    ),
    _track(EDGE, "Edge Guardian", "A safety loop on Orin, fed by raw 4K cameras that flood whatever carries them."),
    _track(
        MOBILE,
        "Mobile Nomad",
        "Glasses that translate in every frame. Each byte over Bluetooth comes out of a small battery.",
    ),
    _track(TINY, "Tiny Pioneer", "Speech isolation in the ear. The chip's SRAM holds the model, and the audio too."),
)
