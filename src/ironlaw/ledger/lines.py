"""Events that another storage keeps as single lines (a browser's): in and out of a store, with the chain as the judge.

The rule is that of `recover`: what an unbroken chain from a device's first event reaches is kept, whatever stands beside it;
the rest is named, so that the other storage can set it aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ironlaw.ledger.errors import InvalidEventError, UnknownKindError
from ironlaw.ledger.events import GENESIS, Event, Record, Tip, find_break, record_hash
from ironlaw.ledger.sqlite import SqliteStore, SqliteTx


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A line that no chain reaches: its place in what was given, and why. Codes: line, hash, fork, after."""

    index: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What became of the lines: events that are new to the store, events that it had, and lines that fit nowhere."""

    added: tuple[Record, ...]
    known: int
    aside: tuple[Aside, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    index: int
    record: Record


def gather(store: SqliteStore, texts: Sequence[str]) -> Gathered:
    """Add the events of these lines (`Event.to_json`), of any devices and in any order. What is there already stays as it is.

    One transaction. A line that fits nowhere is an answer, not an exception.
    """
    devices: dict[str, list[_Line]] = {}
    torn: list[Aside] = []
    for index, text in enumerate(texts):
        try:
            record = _record(text)
        except InvalidEventError as error:
            torn.append(Aside(index=index, code="line", reason=error.message))
        else:
            devices.setdefault(record.device, []).append(_Line(index, record))

    def work(tx: SqliteTx) -> Gathered:
        added: list[Record] = []
        known, aside = 0, list(torn)
        for device, lines in sorted(devices.items()):
            tip = tx.tip(device)
            chain = list(_chain(tip, lines, {line.record.id for line in lines if tx.holds(line.record.id, device)}))
            tx.insert(line.record for line in chain)
            added += [line.record for line in chain]
            reached = {line.index for line in chain}
            for line in lines:
                if line.index in reached:
                    continue
                if tx.at(device, line.record.seq) == line.record:
                    known += 1
                else:
                    aside.append(_aside(line, tx.tip(device)))
        aside.sort(key=lambda one: one.index)
        return Gathered(added=tuple(added), known=known, aside=tuple(aside))

    return store.write(work)


def _record(text: str) -> Record:
    """The row of a line; an event of a kind that only a newer program knows keeps its place in the chain."""
    try:
        return Event.from_json(text).record()
    except UnknownKindError:
        found = json.loads(text)
        if not isinstance(found["kind"], str) or not isinstance(found["payload"], dict):
            raise
        try:
            json.dumps(found, ensure_ascii=False).encode()
            return Event(**found).record()
        except ValueError as error:  # NaN and infinity are not JSON, a lone surrogate is no text
            raise InvalidEventError(f"not an event: {text[:60]!r}") from error


def _chain(tip: Tip | None, lines: Iterable[_Line], held: set[str]) -> Iterator[_Line]:
    """The lines that continue the chain from `tip` on, as far as each follows the one before. `held` are ids of the chain."""
    followers: dict[str, list[_Line]] = {}
    for line in lines:
        followers.setdefault(line.record.prev, []).append(line)
    used = set(held)
    while found := next(
        (
            line
            for line in followers.get(tip.hash if tip else GENESIS, ())
            if line.record.id not in used and not find_break(tip, line.record)
        ),
        None,
    ):
        yield found
        used.add(found.record.id)
        tip = Tip.of(found.record)


def _aside(line: _Line, tip: Tip | None) -> Aside:
    record = line.record
    event = f"event {record.seq} of device {record.device}"
    if record_hash(record) != record.hash:
        return Aside(
            index=line.index, code="hash", reason=f"{event}: its content does not fit its hash: it was changed"
        )
    if tip and record.seq <= tip.seq:
        return Aside(index=line.index, code="fork", reason=f"{event}: another event holds its place")
    reached = f"the chain of its device ends at event {tip.seq}" if tip else "its device's first event is not there"
    return Aside(index=line.index, code="after", reason=f"{event}: {reached}")
