"""Ledgers as files, for the tests that carry one from place to place."""

from __future__ import annotations

import json
from hashlib import sha256

from ironlaw.ledger import canonical


def export_of(texts: list[str], learner: str | None = "local") -> str:
    """An export file of these lines."""
    body = "".join(f"{text}\n" for text in texts)
    header = {
        "format": "ironlaw-ledger",
        "version": 1,
        "learner": learner,
        "exported_at": "2026-01-01T00:00:00.000000Z",
        "events": len(texts),
        "devices": len({json.loads(text)["device"] for text in texts}),
        "digest": sha256(body.encode()).hexdigest(),
    }
    return f"{canonical(header)}\n{body}"
