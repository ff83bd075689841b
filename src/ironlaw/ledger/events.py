"""Events: what a caller wants to append (`Draft`), what is stored (`Event`), and the chain that binds them.

A *device* is one learner's place in one ledger file. Its events are numbered by `seq` from 1 without gaps, and each holds
the hash of the one before, so a chain can be exported, verified and erased on its own.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring as _plain_quoted
from typing import Any, NamedTuple

from ironlaw.ledger.errors import DamagedError, InvalidEventError
from ironlaw.ledger.kinds import canonical, check_fields, payload_text

GENESIS = "0" * 64  # `prev` of a device's first event
Clock = Callable[[], str]


def utc_now() -> str:
    """The time in UTC to the microsecond, in a text of fixed width: text order is time order."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Uuid7Maker:
    """Version-7 UUIDs (RFC 9562, method 2): 48 bits of milliseconds, then 74 bits that only grow within one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ms = 0
        self._tail = 0

    def __call__(self) -> str:
        now = time.time_ns() // 1_000_000
        noise = int.from_bytes(os.urandom(9), "big")
        with self._lock:
            if now > self._ms:
                self._ms, self._tail = now, noise  # 72 bits: the top two stay free to grow into
            else:  # the same millisecond, or a clock that went back
                self._tail += 1 + (noise >> 32)
                if self._tail >> 74:
                    self._ms, self._tail = self._ms + 1, noise
            ms, tail = self._ms, self._tail
        bits = ms << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


uuid7 = _Uuid7Maker()


class Record(NamedTuple):
    """An event as a row: `payload` is its canonical JSON. Columns stand in the order of the table."""

    id: str
    learner: str
    device: str
    seq: int
    lab: str
    lab_version: int
    engine_version: str
    registry: str
    kind: str
    payload: str
    client_time: str | None
    server_time: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that a caller wants stored. `registry` is the digest of all data that the engine read.

    `payload["engine"]` is what the server added; the rest is what the client sent, and makes a replay recognisable.
    """

    id: str = field(default_factory=uuid7)
    learner: str
    lab: str
    lab_version: int
    engine_version: str
    registry: str
    kind: str
    payload: Mapping[str, Any]
    client_time: str | None = None

    def checked(self) -> str:
        """The payload's canonical JSON. Raises InvalidEventError or a subclass that names the wrong field."""
        check_fields({name: getattr(self, name) for name in _DRAFT_FIELDS})
        return payload_text(self.kind, self.payload)


_DRAFT_FIELDS = ("id", "learner", "lab", "lab_version", "engine_version", "registry", "client_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A stored event. `prev` is the hash of the device's event before it, `hash` covers all other fields."""

    id: str
    learner: str
    device: str
    seq: int
    lab: str
    lab_version: int
    engine_version: str
    registry: str
    kind: str
    payload: Mapping[str, Any]
    client_time: str | None
    server_time: str
    prev: str
    hash: str

    @property
    def order(self) -> tuple[str, str, int]:
        """Where the event stands among those of all devices."""
        return (self.server_time, self.device, self.seq)

    def record(self) -> Record:
        """The event as a row."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in Record._fields}
        return Record(**{**fields, "payload": canonical(self.payload)})

    @classmethod
    def of(cls, record: Record) -> Event:
        """The event of a row. Raises DamagedError when its payload is not JSON."""
        try:
            payload = json.loads(record.payload)
        except (ValueError, RecursionError) as error:
            message = f"the payload of event {record.id} is not JSON: the ledger is damaged, start again to recover it"
            raise DamagedError(message, field="payload") from error
        return cls(**{**record._asdict(), "payload": payload})

    def to_json(self) -> str:
        """Canonical JSON of all fields: one line of an export."""
        return canonical({name: getattr(self, name) for name in Record._fields})

    @classmethod
    def from_json(cls, text: str) -> Event:
        """The event of one line of an export. Raises InvalidEventError for anything but a whole, well-formed event."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidEventError(f"not a line of JSON: {text[:60]!r}") from error
        if not isinstance(found, dict) or set(found) != set(Record._fields):
            allowed = "an object with exactly " + ", ".join(Record._fields)
            raise InvalidEventError(f"not an event: {text[:60]!r}", allowed=allowed)
        check_fields({name: value for name, value in found.items() if name not in ("kind", "payload")})
        payload_text(found["kind"], found["payload"])
        return cls(**found)


# --- the hash and the chain -------------------------------------------------------------------------------------------


def event_hash(event: Event) -> str:
    """SHA-256, in hex, of the canonical JSON of all fields but `hash` (`prev` included)."""
    return record_hash(event.record())


def record_hash(r: Record) -> str:
    """`event_hash` of a row: its payload is taken letter by letter, so another spelling of the same value shows."""
    q = _quoted
    text = (
        f'{{"client_time":{q(r.client_time)},"device":{q(r.device)},"engine_version":{q(r.engine_version)},"id":{q(r.id)},'
        f'"kind":{q(r.kind)},"lab":{q(r.lab)},"lab_version":{r.lab_version},"learner":{q(r.learner)},"payload":{r.payload},'
        f'"prev":{q(r.prev)},"registry":{q(r.registry)},"seq":{r.seq},"server_time":{q(r.server_time)}}}'
    )
    return sha256(text.encode()).hexdigest()


def _quoted(text: str | None) -> str:
    return "null" if text is None else _plain_quoted(text)


class Tip(NamedTuple):
    """The last good event of a device: what the next one must follow."""

    seq: int
    hash: str
    learner: str
    server_time: str

    @classmethod
    def of(cls, record: Record) -> Tip:
        """The tip after this row."""
        return cls(record.seq, record.hash, record.learner, record.server_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where a chain breaks, and why. Codes: hash, seq, prev, learner, time."""

    device: str
    seq: int
    id: str
    code: str
    reason: str


def find_break(tip: Tip | None, record: Record) -> Break | None:
    """Why `record` cannot follow `tip` (None: be the device's first event), or None when it can."""
    due = tip.seq + 1 if tip else 1
    reasons = (
        ("seq", record.seq != due, f"number {record.seq} stands where {due} is due"),
        ("prev", record.prev != (tip.hash if tip else GENESIS), "it does not hold the hash of the event before it"),
        (
            "learner",
            tip is not None and record.learner != tip.learner,
            "it belongs to another learner than the event before it",
        ),
        (
            "time",
            tip is not None and record.server_time < tip.server_time,
            "its time is before that of the event before it",
        ),
        ("hash", record_hash(record) != record.hash, "its content does not fit its hash: it was changed"),
    )
    for code, wrong, reason in reasons:
        if wrong:
            said = f"event {record.seq} of device {record.device}: {reason}"
            return Break(device=record.device, seq=record.seq, id=record.id, code=code, reason=said)
    return None


def verify_records(records: Iterable[Record]) -> tuple[dict[str, Tip], dict[str, Break]]:
    """Walk the chains of all devices, each in the given order: the tip that each reaches, and where it breaks."""
    tips: dict[str, Tip] = {}
    breaks: dict[str, Break] = {}
    for record in records:
        if record.device in breaks:
            continue
        found = find_break(tips.get(record.device), record)
        if found:
            breaks[record.device] = found
        else:
            tips[record.device] = Tip.of(record)
    return tips, breaks


def verify_chain(events: Iterable[Event]) -> Break | None:
    """The first break in the chains of these events, or None. Events of one device stand in the order of their seq."""
    _, breaks = verify_records(event.record() for event in events)
    return next(iter(breaks.values()), None)
