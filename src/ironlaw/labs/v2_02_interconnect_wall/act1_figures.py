"""The pictures of act I: the bandwidth staircase and the step's timeline."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit import figures as fig
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_02_interconnect_wall import cliff


def staircase(settings: Settings, _values: Values) -> Figure:
    """Memory and every wire, one direction each, on a log axis; the dot is what large transfers reach."""
    device = registry.get(settings["gpu"])
    rows: list[tuple[str, float, float | None, float | None, bool]] = [
        (f"{device.name} memory", device["memory_bandwidth"], None, None, False)
    ]
    for wire in cliff.WIRES:
        link = registry.get(wire)
        rows.append(
            (
                link.name,
                link["bandwidth"],
                link["bandwidth_bidirectional"],
                link["bus_efficiency"],
                wire == settings["wire"],
            )
        )
    bars = [
        fig.bar(name, rate, plain(rate, "bandwidth"), colour="data" if chosen else "muted", emphasis=chosen)
        for name, rate, _, _, chosen in rows
    ]
    reached = [(rate * share, name, share) for name, rate, _, share, _ in rows if share is not None]
    names = [row[0] for row in rows]
    chosen = registry.get(settings["wire"])
    drawn = fig.figure(
        "staircase",
        "The bandwidth staircase, one direction",
        f"{chosen.name} carries {plain(chosen['bandwidth'], 'bandwidth')} a direction, "
        f"{plain(chosen['bandwidth_bidirectional'], 'bandwidth')} counting both; "
        f"the GPU's memory {plain(device['memory_bandwidth'], 'bandwidth')}.",
        x=fig.log("Bytes a second, one direction", 1e9, 1e13, "bandwidth"),
        y=fig.categories("", names),
        marks=[
            fig.bars("rate", "one direction", bars, orient="h"),
            fig.dots(
                "reached",
                "reached by large transfers",
                [(rate, name) for rate, name, _ in reached],  # type: ignore[misc]  # y is the band, x the number
                [
                    f"{name}: {plain(rate, 'bandwidth')} reached, {plain(share, 'share')}"
                    for rate, name, share in reached
                ],
                colour="accent",
            ),
        ],
        table=(
            ("Path", "One direction", "Both directions", "Reached"),
            [
                (name, plain(rate, "bandwidth"), plain(both, "bandwidth"), plain(share, "share"))
                for name, rate, both, share, _ in rows
            ],
        ),
        height=40 + 30 * len(rows),
    )
    return fig.with_legend(
        drawn,
        fig.key("your wire", "data"),
        fig.key("the others", "muted"),
        fig.key("dot: reached by large transfers", "accent"),
    )


def timeline(settings: Settings, values: Values) -> Figure:
    """Compute and wire of this design, and of the same design in the NVLink node, on one time axis."""
    designs = [
        ("This design", cliff.timed_at(settings, settings["wire"])),
        ("NVLink node", cliff.timed_at(settings, "nvlink4")),
    ]
    items: list[tuple[str, float, float, fig.Colour, str, bool]] = []
    table = []
    for name, run in designs:
        busy, end = run["compute"], run["compute"] + run["contention"]
        gpu, wire = f"{name}: GPU", f"{name}: wire"
        items += [
            (gpu, 0.0, busy, "data", f"compute {plain(busy, 'seconds')}", False),
            (gpu, busy, end, "muted", f"slowed by communication {plain(run['contention'], 'seconds')}", True),
            (wire, end - run["hidden"], end, "met", f"hidden {plain(run['hidden'], 'seconds')}", True),
            (wire, end, end + run["exposed"], "caution", f"exposed {plain(run['exposed'], 'seconds')}", False),
        ]
        table.append(
            (name, *(plain(run[part], "seconds") for part in ("compute", "contention", "hidden", "exposed", "step")))
        )
    rows = [f"{name}: {lane}" for name, _ in designs for lane in ("GPU", "wire")]
    run = designs[0][1]
    longest = max(run["step"] for _, run in designs)
    drawn = fig.figure(
        "timeline",
        "One training step",
        f"A step of {plain(values['step'], 'seconds')}: {plain(run['compute'], 'seconds')} of compute, "
        f"{plain(run['hidden'], 'seconds')} of communication hidden and {plain(run['exposed'], 'seconds')} exposed.",
        x=fig.linear("Time", 0.0, longest, "seconds"),
        y=fig.categories("", rows),
        marks=[fig.spans("step", items)],
        table=(("Design", "Compute", "Slowed", "Hidden", "Exposed", "Step"), table),
        height=190,
    )
    return fig.with_legend(
        drawn,
        fig.key("compute", "data"),
        fig.key("hidden communication", "met", pattern=True),
        fig.key("exposed communication", "caution"),
        fig.key("compute slowed by communication", "muted", pattern=True),
    )
