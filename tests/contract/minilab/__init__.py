"""A small honest lab: copying files over a link, then over many machines. It keeps every rule of the contract.

Act I has a fatal limit (no space for the buffers), act II a challenge: what only one of them has the other rules must do
without. A package with modules of its own, as a third party would write it.
"""

from __future__ import annotations

from ironlaw.labkit import spec

from .act1 import ACT_1
from .act2 import ACT_2
from .mission import MISSION

LAB = spec.Lab(
    id="v1_99",
    title="The Copy",
    version=1,
    domains=("Storage",),
    invariant="The slowest part sets the rate.",
    contexts=(
        spec.Context(id="home", name="At home", settings={}, text="One machine, flash."),
        spec.Context(
            id="site",
            name="On site",
            settings={"act1": {"link": "disk"}, "act2": {"trunk": "thick"}},
            text="A disk, and a trunk.",
        ),
    ),
    acts=(ACT_1, ACT_2),
    synthesis="Look for the slowest part first.",
)

# What only few labs have, in a lab of its own: most rules are broken without it, and faster.
RARE = spec.Lab(
    id="v1_98",
    title="The Shipment",
    version=1,
    domains=("Storage",),
    invariant="Size over rate.",
    contexts=(
        spec.Context(
            id="cloud-titan",
            name="Cloud",
            track=True,
            settings={"mission1": {"track": "cloud-titan"}},
            text="Much room.",
        ),
        spec.Context(
            id="tiny-pioneer",
            name="Tiny",
            track=True,
            settings={"mission1": {"track": "tiny-pioneer"}},
            text="Little room.",
        ),
    ),
    acts=(MISSION,),
    synthesis="Size over rate.",
)
