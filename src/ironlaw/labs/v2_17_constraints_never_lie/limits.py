"""The limits of act II and whether a design keeps them: the one place where a number meets its limit.

Order matters: a pattern of kept limits is written as a row of ones and zeros in this order, in sweep, figures and tests.
"""

from __future__ import annotations

from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie import terms

LIMITS = ("accuracy", "latency", "privacy", "robustness", "carbon", "uptime", "fleet")


def most() -> dict[str, float]:
    """The largest value of each limit's quantity that is allowed."""
    return {
        "accuracy": 1 - sc.ACCURACY,
        "latency": sc.LATENCY,
        "privacy": sc.EPSILON,
        "robustness": 1 - sc.ROBUST,
        "carbon": terms.allowance(),
        "uptime": 1 - sc.UPTIME,
        "fleet": sc.BUDGET,
    }
