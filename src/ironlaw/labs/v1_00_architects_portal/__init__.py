"""v1_00 · The Architect's Portal: the way that every lab goes, felt once on a question that needs no physics.

`fitting.py` is the model: a model's weights against a device's memory. `act1.py` holds what a learner reads and answers.
"""

from __future__ import annotations

from ironlaw.labkit.spec import Context, Lab
from ironlaw.labs.v1_00_architects_portal.act1 import ACT_1

LAB = Lab(
    id="v1_00",
    title="The Architect's Portal",
    version=1,
    domains=("Memory",),
    invariant=(
        "Predict, act, fail, recover, record. **A model runs only where its parameters, times the bytes of each, fit the "
        "memory of the device.**"
    ),
    contexts=(
        Context(
            id="pocket",
            name="A device in the pocket",
            settings={"act1": {"device": "a17-pro"}},
            text="A phone, which shares its memory among all that runs on it.",
        ),
        Context(
            id="server",
            name="A server in the cloud",
            settings={"act1": {"device": "h100-sxm"}},
            text="One card of a server that many people ask over the network.",
        ),
    ),
    acts=(ACT_1,),
    ledger_panel=True,
    asks_track=True,
    synthesis=(
        "You have gone the whole way once: you committed, moved, met a limit, left it, and signed. Every lab asks for that, "
        "with more physics in it. One product decided here, parameters times bytes; it comes back as training state, as a "
        "cache, as traffic on a wire.\n\n"
        "**The map.** [All labs stand on one page](/), in two volumes. *One system* follows a model from its data to the "
        "device that runs it. *The fleet* begins where one machine ends. The labs build on each other, so the order of "
        "the map is a good one, but no door is locked. At the end of each volume a capstone reads your own record.\n\n"
        "**The ledger.** It keeps what you predicted and how sure you were, the designs you tried, the limits you hit and "
        "left, your answers and your signatures. It keeps them for you: as memory between labs, and as evidence for the "
        "capstones. It is a file on the machine that runs this page, and no one else is sent a copy. Each event holds the "
        "hash of the one before, so a changed line shows. Below you see it grow. Export it once, import it once: the "
        "import finds that all is there already, and adds nothing. That is how you move to another machine without loss.\n\n"
        "**Your track.** Choose whose limits you want to meet first. A track sets the parameters of the missions that have "
        "one, and never the physics. You can change it at any time, and the change is recorded like everything else."
    ),
)
