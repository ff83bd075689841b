"""The pictures of act I: the bandwidth staircase and the step's timeline."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_02_interconnect_wall import cliff

RATES = parts.Reading("Bytes a second, one direction", "bandwidth", scale="log", domain=(1e9, 1e13))


def staircase(settings: Settings, _values: Values) -> Figure:
    """Memory and every wire, one direction each, on a log axis; the dot is what large transfers reach."""
    device, chosen = registry.get(settings["gpu"]), registry.get(settings["wire"])
    links = [(wire, registry.get(wire)) for wire in cliff.WIRES]
    return parts.staircase(
        "staircase",
        "The bandwidth staircase, one direction",
        [
            parts.Rung(f"{device.name} memory", device["memory_bandwidth"]),
            *(
                parts.Rung(
                    link.name,
                    link["bandwidth"],
                    link["bandwidth_bidirectional"],
                    link["bus_efficiency"],
                    chosen=wire == settings["wire"],
                )
                for wire, link in links
            ),
        ],
        reading=RATES,
        chosen="your wire",
        says=f"{chosen.name} carries {plain(chosen['bandwidth'], 'bandwidth')} a direction, "
        f"{plain(chosen['bandwidth_bidirectional'], 'bandwidth')} counting both; "
        f"the GPU's memory {plain(device['memory_bandwidth'], 'bandwidth')}.",
    )


def timeline(settings: Settings, _values: Values) -> Figure:
    """Compute and wire of this design, and of the same design in the NVLink node, on one time axis."""
    return parts.step_timeline(
        "timeline",
        "One training step",
        [
            _step("This design", cliff.timed_at(settings, settings["wire"])),
            _step("NVLink node", cliff.timed_at(settings, "nvlink4")),
        ],
    )


def _step(name: str, run: dict[str, float]) -> parts.Step:
    return parts.Step(name, run["compute"], run["hidden"], run["exposed"], run["contention"])
