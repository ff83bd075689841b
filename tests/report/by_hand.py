"""A second reader of the ledger: lines of an export and plain arithmetic, nothing of the code under test."""

from __future__ import annotations

import json
from math import log
from typing import Any

from ironlaw.ledger import SqliteStore, export


def lines(store: SqliteStore, learner: str = "local") -> list[dict[str, Any]]:
    """All events as an export has them, in the order in which they happened."""
    found = [json.loads(line) for line in export(store, learner).splitlines()[1:]]
    return sorted(found, key=lambda line: (line["server_time"], line["device"], line["seq"]))


def first(rows: list[dict[str, Any]], lab: str, act: str, kind: str, **given: Any) -> dict[str, Any] | None:
    """The payload of the first event of a kind in an act."""
    for row in rows:
        payload = row["payload"]
        if (row["lab"], row["kind"], payload.get("act")) == (lab, kind, act) and given.items() <= payload.items():
            return dict(payload)
    return None


def counted(rows: list[dict[str, Any]], lab: str, act: str, kind: str, **given: Any) -> int:
    """How many events of a kind an act has."""
    return sum(
        (row["lab"], row["kind"], row["payload"].get("act")) == (lab, kind, act)
        and given.items() <= row["payload"].items()
        for row in rows
    )


def scores(correct: bool, confidence: float, options: int) -> tuple[float, float]:
    """Brier score and log error of one answer: what is not said is spread evenly over the others."""
    rest = (1 - confidence) / (options - 1)
    if correct:
        return (1 - confidence) ** 2 + (options - 1) * rest**2, -log(confidence)
    return confidence**2 + (1 - rest) ** 2 + (options - 2) * rest**2, -log(rest)
