"""What of a ledger can be believed: its events as far as each chain verifies, and a word on what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ironlaw.ledger import (
    DamagedError,
    Event,
    InvalidEventError,
    LedgerError,
    SqliteStore,
    Store,
    UnknownKindError,
    VerifyReport,
    verify,
)
from ironlaw.ledger.audit import read_records
from ironlaw.ledger.events import Record, Tip, find_break
from ironlaw.ledger.kinds import payload_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The events of one device: how many verify, and the hash of the last of them."""

    device: str
    events: int
    head: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One learner's ledger, read. `events` verify and can be read; `left_out` stand behind a break, or say nothing.

    `faults` say in words what is wrong with the file, a chain or an event; `notices` what happened to the file before.
    """

    learner: str
    events: tuple[Event, ...] = ()
    chains: tuple[Chain, ...] = ()
    left_out: int = 0
    faults: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every event that is stored verified and could be read."""
        return not self.left_out and not self.faults


def read(store: Store, learner: str) -> Reading:
    """The evidence of a learner in a store. Raises UnavailableError when the file cannot be read at all."""
    notices = tuple(notice.text for notice in store.notices())
    if isinstance(store, SqliteStore):
        records = store.read(lambda connection: [r for r in read_records(connection) if r.learner == learner])
        faults = _file_faults(verify(store))
    else:
        records, faults = [event.record() for event in store.events(learner)], ()
    return of_records(learner, records, faults=faults, notices=notices)


def of_events(learner: str, events: Iterable[Event]) -> Reading:
    """The evidence of events that are at hand."""
    return of_records(learner, [event.record() for event in events])


def of_records(
    learner: str, records: Sequence[Record], *, faults: Sequence[str] = (), notices: Sequence[str] = ()
) -> Reading:
    """The evidence of rows: each device's chain up to its first break, and of that what can be read."""
    tips: dict[str, Tip] = {}
    broken: set[str] = set()
    events: list[Event] = []
    found = list(faults)
    left_out = 0
    for record in sorted(records, key=lambda r: (r.device, r.seq)):
        if record.device not in broken and (gap := find_break(tips.get(record.device), record)):
            broken.add(record.device)
            found.append(gap.reason)
        if record.device in broken:
            left_out += 1
            continue
        tips[record.device] = Tip.of(record)
        try:
            event = Event.of(record)
            payload_text(event.kind, event.payload)
        except UnknownKindError:
            found.append(f"event {record.seq} is of the kind {record.kind!r:.40}, which this version does not know")
            left_out += 1
        except (DamagedError, InvalidEventError) as error:
            found.append(f"event {record.seq} cannot be read: {error.message}")
            left_out += 1
        else:
            events.append(event)
    chains = tuple(
        Chain(device=device, events=tip.seq, head=tip.hash, last=tip.server_time) for device, tip in tips.items()
    )
    return Reading(
        learner=learner,
        events=tuple(sorted(events, key=lambda e: e.order)),
        chains=chains,
        left_out=left_out,
        faults=tuple(dict.fromkeys(found)),
        notices=tuple(notices),
    )


def _file_faults(found: VerifyReport) -> tuple[str, ...]:
    """What is wrong with the file itself; breaks of chains are found where the rows are read."""
    return (found.fault,) if found.fault else ()


def unreadable(learner: str, error: LedgerError) -> Reading:
    """What can be said where the file could not be opened."""
    return Reading(learner=learner, faults=(error.message,))
