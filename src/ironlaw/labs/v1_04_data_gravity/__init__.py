"""v1_04 · The Data Gravity Trap: bytes take time and money to move, to the GPU and between regions.

`feeding.py` is the model of act I (what feeds a GPU), `gravity.py` that of act II (move the data or the compute);
`act1*.py` and `act2*.py` hold what a learner reads, sees and answers. `mission*.py` are the three missions of the deep
audit, `missions_contexts.py` the tracks that set them.
"""

from __future__ import annotations

from functools import cache

from ironlaw.labkit.spec import Act, Context, Evidence, Lab
from ironlaw.labs.v1_04_data_gravity import feeding, gravity
from ironlaw.labs.v1_04_data_gravity.act1 import act_1
from ironlaw.labs.v1_04_data_gravity.act2 import ACT_2
from ironlaw.labs.v1_04_data_gravity.missions import missions
from ironlaw.labs.v1_04_data_gravity.missions_contexts import TRACK_CONTEXTS
from ironlaw.quantities import to_si

CONTEXTS = (
    Context(
        id="cloud",
        name="Cloud, several regions",
        settings={"act1": {}, "act2": {"line": gravity.LINE, "route": gravity.INTER}},
        text="Data centres of one provider, joined by fast links; every byte that leaves a region is billed.",
    ),
    Context(
        id="edge",
        name="Edge, one site",
        settings={
            "act1": {
                "storage": feeding.OBJECT,
                "access": "shards",
                "workers": 8.0,
                "network": to_si(1, "Gb/s"),
            },
            "act2": {"line": to_si(1, "Gb/s"), "route": gravity.FREE},
        },
        text="A GPU server on a factory floor; images come from a store on the site, over a slow network that nobody meters.",
    ),
)


@cache
def _lab(acts: tuple[Act, ...]) -> Lab:
    """The lab of these acts: they differ by what the learner's machine was measured to do, and are made once for it."""
    return Lab(
        id="v1_04",
        title="The Data Gravity Trap",
        version=1,
        domains=("Data",),
        invariant=(
            "Bytes take time and money to move: **the time is the bytes over the bandwidth, and the slowest stage on the way "
            "sets it.** Moving a bit costs far more energy than computing on it, so ask which bytes cross which wire."
        ),
        contexts=(*CONTEXTS, *TRACK_CONTEXTS),
        acts=acts,
        synthesis=(
            "A GPU trains no faster than it is fed, and the stage that feeds it slowest is rarely the one that was bought "
            "last. Between regions the same question is asked once more, with a bill: a link may be fast enough and still "
            "be too dear. So count the bytes at each stage, find the slowest, and set the price of a move against how often "
            "the moved bytes are used."
        ),
        terms=("4K",),
        personal=personal,
    )


def personal(evidence: Evidence) -> Lab:
    """The lab for this learner: what `ironlaw probe` measured on their machine, the recorded figures for the rest."""
    results = {name: float(value) for name, value in (evidence.machine or {}).get("results", {}).items() if value}
    return _lab((act_1(results.get("jpeg_decode")), ACT_2, *missions(results or None)))


LAB = _lab((act_1(None), ACT_2, *missions(None)))
