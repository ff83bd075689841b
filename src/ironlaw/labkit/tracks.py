"""The four tracks: who the learner plays in the missions of every lab. What a track means in figures, a lab's contexts say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A persona. `device` is the registry entity that its missions run on, `nemesis` what stands in its way."""

    id: str
    name: str
    role: str
    device: str
    goal: str
    nemesis: str


TRACKS = (
    Track(
        id="cloud-titan",
        name="Cloud Titan",
        role="LLM architect",
        device="h100-sxm",
        goal="A large language model served at its best on one node.",
        nemesis="Memory bandwidth, and keeping it fed.",
    ),
    Track(
        id="edge-guardian",
        name="Edge Guardian",
        role="AV systems lead",
        device="jetson-agx-orin",
        goal="A safety loop that meets its deadline every time.",
        nemesis="Jitter, and the flood from the cameras.",
    ),
    Track(
        id="mobile-nomad",
        name="Mobile Nomad",
        role="AR-glasses developer",
        device="snapdragon-8-gen-3",
        goal="Translation in every frame, all day, on a face.",
        nemesis="Heat, and the energy of the radio.",
    ),
    Track(
        id="tiny-pioneer",
        name="Tiny Pioneer",
        role="hearable lead",
        device="nrf52840",
        goal="Clear speech in the ear, on a battery the size of a pea.",
        nemesis="Memory on the chip.",
    ),
)
IDS = tuple(track.id for track in TRACKS)


def track(track_id: str) -> Track | None:
    """The track with this id, or None."""
    return next((each for each in TRACKS if each.id == track_id), None)


def options() -> list[dict[str, str]]:
    """The tracks as a page offers them."""
    return [
        {
            "id": each.id,
            "name": f"{each.name}, {each.role}",
            "html": f"<p>{each.goal} In the way: {each.nemesis[0].lower()}{each.nemesis[1:]}</p>",
        }
        for each in TRACKS
    ]
