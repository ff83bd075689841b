"""v2_02 · The Interconnect Wall: bandwidth falls in cliffs as data leaves the chip.

`cliff.py` is the model of act I (which wire joins eight GPUs), `boundary.py` that of act II (ports of a node);
`act1.py` and `act2.py` hold what a learner reads, sees and answers.
"""

from __future__ import annotations

from ironlaw.labkit.spec import Context, Lab
from ironlaw.labs.v2_02_interconnect_wall.act1 import ACT_1
from ironlaw.labs.v2_02_interconnect_wall.act2 import ACT_2

LAB = Lab(
    id="v2_02",
    title="The Interconnect Wall",
    version=1,
    domains=("Networking",),
    invariant=(
        "Bandwidth falls in cliffs as data leaves the chip: memory, then the link between GPUs, then the bus, then the "
        "network port. **Where the model is cut decides whether distributed training is feasible.**"
    ),
    contexts=(
        Context(
            id="node",
            name="One NVLink node",
            settings={"act1": {"wire": "nvlink4"}, "act2": {"nodes": 1.0}},
            text="The GPUs of one server, joined by a link made for them.",
        ),
        Context(
            id="cluster",
            name="A cluster of nodes",
            settings={"act1": {"wire": "ethernet-100g"}, "act2": {"nodes": 16.0}},
            text="GPUs in many servers; what they exchange leaves through network ports.",
        ),
    ),
    acts=(ACT_1, ACT_2),
    synthesis=(
        "Two acts, one law. A wire is judged by the bytes that must cross it while the GPU has other work to do, not by "
        "its label. Inside a node the exchange is short beside the backward pass; through the node's ports it can be longer "
        "than that. So look for the cut that the fewest bytes cross, then buy the wire that carries what is left. "
        "Your decisions are in the ledger; the capstone will ask whether the limits you met here are limits you still "
        "break."
    ),
    terms=("ZeRO-0", "ZeRO-1", "ZeRO-2", "ZeRO-3"),
)
