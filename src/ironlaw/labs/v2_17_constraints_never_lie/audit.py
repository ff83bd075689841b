"""The model of act I: a slice of a ledger, counted. It reads the archive that it is bound to, and nothing else.

What the ledger does not say is said to be missing: texts read "no evidence" where a number would have to be invented.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from ironlaw import labs
from ironlaw.elementary import power
from ironlaw.labkit.spec import Settings, Value
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import archive as ar
from ironlaw.labs.v2_17_constraints_never_lie.archive import OWN, Archive
from ironlaw.labs.v2_17_constraints_never_lie.replay import replay
from ironlaw.labs.v2_17_constraints_never_lie.sample import LABS, sample
from ironlaw.physics import proportion

NO_EVIDENCE = "no evidence"
COVERAGE_Z = 1.2815515655446004  # standard normal quantile for 80 %, both sides
CURVE = 30  # commits from which a reliability curve is drawn
EMPTY = ar.archive("your ledger", ())


def chosen(yours: Archive, source: str) -> Archive:
    """The ledger that a panel looks at. The two are never mixed."""
    return yours if source == "yours" else sample()


def model(settings: Settings, yours: Archive = EMPTY) -> dict[str, Value]:
    """All outputs of act I at these settings."""
    s: Any = settings
    found = chosen(yours, s["source"])
    counted = ar.tally(ar.sliced(found, s["part"], s["volume"]))
    hits = ar.hits_by_domain(found, s["volume"])
    top = ar.most_violated(found, s["volume"])
    crossed, left = (sum(pair[place] for pair in hits.values()) for place in (0, 1))
    return {
        "ledger": found.name,
        "labs_done": float(len(found.done)),
        "labs": float(len(LABS) + 1),
        "commits": float(counted.count),
        "right": float(counted.right),
        "right_share": shown(counted.share, "share"),
        "confidence": shown(counted.confidence, "share"),
        "brier": shown(counted.brier, "number"),
        "lean": lean(counted.decades),
        "hits": float(crossed),
        "left": float(left),
        "top": top or NO_EVIDENCE,
        "top_hits": float(hits[top][0]) if top else 0.0,
        "counted": max(1.0, float(counted.count)),
        "spread": proportion.share_half_width(max(1.0, float(counted.count)), COVERAGE_Z),
        "precision": s["precision"],
        "commits_needed": float(ceil(power(COVERAGE_Z / (2 * s["precision"]), 2))),
        "decisions": float(len(found.decisions)),
        "replayed": replay(found, s["lab"]).title,
        "passed_over": float(found.passed_over),
    }


def shown(value: float | None, kind: str) -> str:
    """A number as read, or that there is no evidence."""
    return NO_EVIDENCE if value is None else plain(value, kind)


def lean(decades: float | None) -> str:
    """Which way numbers miss: as a factor, for a power of ten is hard to feel."""
    if decades is None:
        return NO_EVIDENCE
    side = "too low" if decades < 0 else "too high"
    return f"{plain(power(10.0, abs(decades)), 'ratio')} {side}"


def first_labs(found: Archive, count: int = 3) -> str:
    """The next labs to do, in the curriculum's order, of those that are built."""
    open_ = [entry for entry in labs.curriculum() if entry.built and entry.id not in found.done and entry.id != OWN]
    named = [f"{entry.title} ({entry.id})" for entry in open_[:count]]
    return ", ".join(named) or "none that is built"
