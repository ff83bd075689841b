"""Makes drafts, chains, payloads and chance for the tests."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ironlaw.ledger import Draft, Event, SqliteStore, uuid7

SRC = Path(__file__).resolve().parents[2] / "src"

PAYLOADS: dict[str, dict[str, Any]] = {
    "opened": {},
    "predicted": {"act": "act1", "context": "node", "option": "b3", "confidence": 0.7, "engine": {"correct": False}},
    "moved": {"act": "act1", "context": "node", "settings": {"parameters": 1.3e10, "link": "nvlink4"}},
    "violated": {"act": "act1", "constraint": "oom", "value": 9e10, "limit": 8e10, "settings": {"parameters": 7e10}},
    "recovered": {"act": "act1", "constraint": "oom", "settings": {"parameters": 1.3e10}},
    "revealed": {"act": "act1"},
    "reflected": {"act": "act1", "option": "a", "text": "reduce-scatter, then all-gather", "engine": {"correct": True}},
    "decided": {"act": "act1", "option": "buy", "text": "the wire pays", "engine": {"result": {"step": 1.56}}},
    "completed": {},
}

# Kinds beside the walk through a lab.
BESIDE: dict[str, dict[str, Any]] = {
    "reset": {"act": "act1"},
    "tracked": {"track": "cloud-titan"},
    "exported": {},
    "imported": {},
    "measured": {"results": {"memory_bandwidth": 1e10}, "machine": {"cpu": "a processor"}},
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)


def chance(seed: int) -> random.Random:
    """The same dice in every run."""
    return random.Random(seed)  # noqa: S311 - chance for a test, not for a secret


def draft(kind: str = "moved", learner: str = "local", lab: str = "v2_02", **changes: Any) -> Draft:
    """A draft of this kind; `changes` go into the draft, `extra` into its payload."""
    payload = (PAYLOADS | BESIDE)[kind] | changes.pop("extra", {})
    fields = {"lab_version": 1, "engine_version": "0.1.0", "registry": "ab" * 32, "payload": payload} | changes
    return Draft(learner=learner, lab=lab, kind=kind, **fields)


def add(store: SqliteStore, *drafts: Draft) -> list[Event]:
    """Append drafts in one transaction."""
    return store.write(lambda tx: tx.append(drafts))


def plain_hash(event: Event) -> str:
    """The hash as the reference page describes it, made without the code under test."""
    names = set(Event.__dataclass_fields__) - {"hash"}
    fields = {name: getattr(event, name) for name in names}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode("utf-8")).hexdigest()


def chain(drafts: Iterable[Draft], *, device: str | None = None, minute: int = 0, step: int = 1) -> list[Event]:
    """A chain of one device made by hand; the events are `step` seconds apart."""
    device = device or uuid7()
    events: list[Event] = []
    for seq, d in enumerate(drafts, start=1):
        seconds = minute * 60 + seq * step
        time = f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000000Z"
        fields = {name: getattr(d, name) for name in Draft.__dataclass_fields__}
        bare = Event(
            **fields, device=device, seq=seq, server_time=time, prev=events[-1].hash if events else "0" * 64, hash=""
        )
        events.append(changed(bare, hash=plain_hash(bare)))
    return events


def changed(event: Event, **changes: Any) -> Event:
    """The event with other fields, its hash as it was unless given."""
    return Event(**{name: getattr(event, name) for name in Event.__dataclass_fields__} | changes)


class Clock:
    """A server clock that the test sets; each look advances it by `step` microseconds."""

    def __init__(self, start: int = 0, step: int = 1000) -> None:
        self.now = start
        self.step = step

    def __call__(self) -> str:
        self.now += self.step
        seconds, micro = divmod(self.now, 1_000_000)
        return f"2026-02-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micro:06}Z"
