"""The picture: every device's memory on a logarithmic axis, and the weights as a line across them."""

from __future__ import annotations

from ironlaw.labkit import figures as fig
from ironlaw.labkit.spec import Figure, Q, Settings, Values, number
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_00_architects_portal import fitting

TITLE = "Who could hold these weights"
AXIS = (1e5, 1e12)  # bytes: from less than the smallest model takes to more than the largest device has


def homes(settings: Settings, values: Values) -> Figure:
    """A bar for each device as long as its memory; those that the weights reach beyond are hatched."""
    weights = number(Q(values["weights"], "bytes"))
    told = plain(weights, "bytes")
    held = {device: fitting.capacity(device) for device in fitting.DEVICES}
    bars = [
        fig.bar(
            fitting.DEVICES[device],
            room,
            f"{plain(room, 'bytes')}, {'fits' if weights <= room else 'too small'}",
            colour="met" if weights <= room else "violated",
            pattern=weights > room,
            emphasis=device == settings["device"],
        )
        for device, room in held.items()
    ]
    fitting_ones = sum(weights <= room for room in held.values())
    drawn = fig.figure(
        "homes",
        TITLE,
        f"The weights take {told}; {fitting_ones} of {len(held)} devices have that much memory. "
        f"The {values['device']} has {plain(values['capacity'], 'bytes')}.",
        x=fig.log("Memory, ten times more at each mark", *AXIS, "bytes"),
        y=fig.categories("", list(fitting.DEVICES.values())),
        marks=[
            fig.bars("memory", "memory of the device", bars, orient="h"),
            fig.rule("weights", "x", weights, f"weights {told}", colour="data"),
        ],
        table=(
            ("Device", "Memory", "Weights", "Fits"),
            [
                (fitting.DEVICES[device], plain(room, "bytes"), told, "yes" if weights <= room else "no")
                for device, room in held.items()
            ],
        ),
        height=40 + 34 * len(held),
    )
    return fig.with_legend(
        drawn,
        fig.key("memory that holds the weights", "met"),
        fig.key("memory that is too small", "violated", pattern=True),
        fig.key("the weights", "data"),
    )
