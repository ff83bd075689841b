"""v2_17 · The Constraints Never Lie: an audit of the learner's ledger, then one architecture under all limits at once.

Act I: `archive.py` folds the ledger, `sample.py` makes one up for those who have none, `audit.py` is the model, `replay.py`
runs a recorded decision again. Act II: `scenario.py` holds the givens, `terms.py` the physics by control, `architecture.py`
the model, `steps.py` margins and gradients, `sweep.py` the exact count of the whole grid, `record.py` what is
printed of a design. `act*.py` hold what is read.
"""

from __future__ import annotations

from ironlaw.labkit.spec import Context, Lab
from ironlaw.labs.v2_17_constraints_never_lie.act1 import act_1
from ironlaw.labs.v2_17_constraints_never_lie.act2 import ACT_2
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive
from ironlaw.labs.v2_17_constraints_never_lie.audit import EMPTY
from ironlaw.labs.v2_17_constraints_never_lie.personal import bound
from ironlaw.labs.v2_17_constraints_never_lie.sample import LABS


def lab(yours: Archive) -> Lab:
    """The lab on this ledger."""
    return Lab(
        id="v2_17",
        title="The Constraints Never Lie",
        version=1,
        domains=("Economics", "Reliability", "Privacy & Ethics"),
        invariant=(
            "The laws stay, the bottleneck moves. **An architecture is a choice of which limits to trade**, and every limit "
            "that is kept was paid for with room under another."
        ),
        contexts=(
            Context(
                id="yours",
                name="Your ledger",
                settings={"act1": {"source": "yours"}},
                text="What you committed, hit, left and decided, in this ledger.",
            ),
            Context(
                id="sample",
                name="Sample ledger",
                settings={"act1": {"source": "sample"}},
                text="A made-up learner's records, for those who have none yet.",
            ),
            Context(
                id="mixed",
                name="Mixed grid",
                settings={"act2": {"grid": "mixed"}},
                text="Electricity from the grid as it is.",
            ),
            Context(
                id="renewable",
                name="Renewable supply",
                settings={"act2": {"grid": "renewable"}},
                text="A site with a supply of its own, almost without carbon.",
            ),
        ),
        acts=(act_1(yours), ACT_2),
        synthesis=(
            "The audit and the design say one thing. No limit lies: each names a quantity, its bound and what moves it. And "
            "none stands alone: what was mended in one place binds in the next. Predict which, look, and write down what you "
            "gave up for what.\n\n[Your architecture record](/labs/v2_17/record) is one page to print: the design, each promise with "
            "its margin, your way through the labs and what is missing. [The report](/labs/v2_17/report) holds the whole audit."
        ),
        terms=("P99", *LABS, "v2_17"),
        personal=bound(lab),
    )


LAB = lab(EMPTY)
