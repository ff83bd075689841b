"""v2_01 · The Scale Illusion: many machines are not one machine many times, and an hourly rate is not a cost.

`fleet.py` is the model of act I (one run on more and more GPUs), `paths.py` that of act II (three ways to pay), `runs.py`
the published runs beside act I; `act1.py` and `act2.py` hold what a learner reads, sees and answers.
"""

from __future__ import annotations

from ironlaw.labkit.spec import Context, Lab
from ironlaw.labs.v2_01_scale_illusion import fleet, paths
from ironlaw.labs.v2_01_scale_illusion.act1 import ACT_1
from ironlaw.labs.v2_01_scale_illusion.act2 import ACT_2

LAB = Lab(
    id="v2_01",
    title="The Scale Illusion",
    version=1,
    domains=("Scale", "Economics"),
    invariant=(
        "The speedup of many machines is less than their number, and the gap is designed, not given. **What machines cost is "
        "not their hourly rate times the hours.**"
    ),
    contexts=(
        Context(
            id="node",
            name="A single node",
            settings={
                "act1": {"gpus": fleet.NODE, "model": "gpt-3-13b"},
                "act2": {"gpus": fleet.NODE},
            },
            text="One server: the largest model of the family that it can train, and its bill.",
        ),
        Context(
            id="fleet",
            name="The fleet",
            settings={
                "act1": {"gpus": fleet.PILOT, "model": fleet.MODEL},
                "act2": {"gpus": paths.GPUS},
            },
            text="Many servers and one model, with a network between them.",
        ),
    ),
    acts=(ACT_1, ACT_2),
    synthesis=(
        "Two divisions that look harmless, and both are wrong. Time on one machine over the number of machines forgets what "
        "they send each other; an hourly rate times the hours forgets the hours that stand idle. In both cases the number that "
        "decides is a design: bytes that leave a GPU, and hours that are put to use. Your cluster, its losses and your contract "
        "are in the ledger; the capstone will ask for them."
    ),
    terms=("2:4",),
)
