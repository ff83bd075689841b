"""Which ledger the lab is bound to. The lab of a ledger is made once for what it reads, whatever else has happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import sha256

from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.spec import Lab
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive, archive

KEPT = 32  # ledgers in memory


@cache
def bound(lab: Callable[[Archive], Lab]) -> Callable[[Evidence], Lab]:
    """`Lab.personal` for this maker of labs. Evidence of the same content gives the same lab."""
    made: dict[str, Lab] = {}

    @lru_cache(maxsize=KEPT)
    def personal(evidence: Evidence) -> Lab:
        key = _fingerprint(evidence)
        if key not in made:
            while len(made) >= KEPT:
                made.pop(next(iter(made)))
            made[key] = lab(archive("your ledger", evidence.records, evidence.broken))
        return made[key]

    return personal


def _fingerprint(evidence: Evidence) -> str:
    told = json.dumps([list(evidence.records), evidence.broken], sort_keys=True, default=str)
    return sha256(told.encode()).hexdigest()
