"""Events that another storage keeps as lines: what a chain reaches comes in, the rest is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironlaw.ledger import Event, SqliteStore, verify
from ironlaw.ledger.lines import Aside, gather

from .make import add, chain, chance, changed, draft, plain_hash


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "ledger.sqlite", threaded=False)


def texts(events: list[Event]) -> list[str]:
    return [event.to_json() for event in events]


def rows(store: SqliteStore) -> set[str]:
    return {event.to_json() for event in store.events("local")}


def forged(event: Event, **changes: object) -> Event:
    """Another event with a hash that fits."""
    bare = changed(event, **changes)
    return changed(bare, hash=plain_hash(bare))


def test_chains_come_in_whatever_the_order(store: SqliteStore) -> None:
    one, two = chain(draft() for _ in range(6)), chain(draft() for _ in range(5))
    lines = texts(one + two)
    chance(3).shuffle(lines)
    found = gather(store, lines)
    assert (len(found.added), found.known, found.aside) == (11, 0, ())
    assert rows(store) == set(lines)
    again = gather(store, lines)
    assert (again.added, again.known, again.aside) == ((), 11, ())
    assert verify(store).ok


def test_a_chain_goes_on_where_the_store_has_it(store: SqliteStore) -> None:
    events = chain(draft() for _ in range(6))
    gather(store, texts(events[:4]))
    found = gather(store, texts(events[2:]))
    assert [record.seq for record in found.added] == [5, 6]
    assert found.known == 2


@pytest.mark.parametrize("place", range(5))
def test_what_stands_behind_a_gap_is_named(store: SqliteStore, place: int) -> None:
    events = chain(draft() for _ in range(5))
    lines = texts(events[:place] + events[place + 1 :])
    found = gather(store, lines)
    assert rows(store) == set(lines[:place])
    assert [(one.index, one.code) for one in found.aside] == [(n, "after") for n in range(place, 4)]


def test_a_stray_line_does_not_cut_the_chain(store: SqliteStore) -> None:
    """A changed number may make a line claim another event's place: the genuine one stays."""
    events = chain(draft() for _ in range(6))
    stray = changed(events[5], seq=2)
    found = gather(store, [stray.to_json(), *texts(events[:5])])
    assert rows(store) == set(texts(events[:5]))
    assert [(one.index, one.code) for one in found.aside] == [(0, "hash")]


def test_two_genuine_events_of_one_place_are_a_fork(store: SqliteStore) -> None:
    events = chain(draft() for _ in range(4))
    other = forged(events[2], id=chain([draft()])[0].id)
    found = gather(store, texts([*events, other]))
    assert rows(store) == set(texts(events))
    assert [(one.index, one.code) for one in found.aside] == [(4, "fork")]
    assert [one.code for one in gather(store, [other.to_json()]).aside] == ["fork"]


@pytest.mark.parametrize("seq", [2, 3])
def test_an_id_stands_once_in_a_chain(store: SqliteStore, seq: int) -> None:
    events = chain(draft() for _ in range(seq - 1))
    last = events[-1]
    twice = forged(last, seq=seq, prev=last.hash, id=events[0].id)
    for lines in (texts([*events, twice]), [twice.to_json()]):
        assert len(gather(store, lines).aside) == 1
        assert rows(store) == set(texts(events))


def test_any_changed_letter_is_found(store: SqliteStore) -> None:
    events = chain(draft() for _ in range(3))
    line = events[1].to_json()
    dice = chance(7)
    for _ in range(60):
        at = dice.randrange(len(line))
        spoiled = line[:at] + dice.choice([c for c in 'x0"{},' if c != line[at]]) + line[at + 1 :]
        found = gather(store, [events[0].to_json(), spoiled, events[2].to_json()])
        assert {record.seq for record in found.added} <= {1}
        assert rows(store) == {events[0].to_json()}
        assert [one.index for one in found.aside] == [1, 2], spoiled


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "[" * 100_000, '{"kind": NaN}', "\ud800"],
    ids=["empty", "list", "object", "null", "deep", "nan", "surrogate"],
)
def test_what_is_no_event_is_named(store: SqliteStore, text: str) -> None:
    found = gather(store, [text])
    assert [(one.index, one.code) for one in found.aside] == [(0, "line")]
    assert isinstance(found.aside[0], Aside)


@pytest.mark.parametrize("payload", ["[]", "3", '{"x":NaN}'])
def test_a_newer_kind_needs_a_payload_that_can_be_stored(store: SqliteStore, payload: str) -> None:
    (event,) = chain([draft("completed")])
    line = event.to_json().replace('"completed"', '"dreamt"').replace('"payload":{}', f'"payload":{payload}')
    assert [one.code for one in gather(store, [line]).aside] == ["line"]


# --- for a storage that may fail after the store's commit -------------------------------------------------------------


def test_a_kind_that_is_no_text_is_named(store: SqliteStore) -> None:
    event = chain([draft()])[0]
    line = event.to_json().replace(f'"kind":"{event.kind}"', '"kind":"\\ud800"')
    assert "ud800" in line
    assert [one.code for one in gather(store, [line]).aside] == ["line"]


def test_events_taken_back_leave_no_trace_in_what_a_writer_knows(store: SqliteStore) -> None:
    """As many events as before, but others: the count alone would not show it."""
    known = add(store, draft())
    read = store.write(lambda tx: tx.events("local", "v2_02"))
    assert read == known
    gone = add(store, draft())
    store.write(lambda tx: tx.events("local", "v2_02"))
    store.write(lambda tx: tx.take_back(event.record() for event in gone))
    earlier = chain([draft()])
    gather(store, texts(earlier))
    assert store.write(lambda tx: tx.events("local", "v2_02")) == sorted(known + earlier, key=lambda event: event.order)


def test_a_store_writes_under_the_device_that_it_is_given(store: SqliteStore) -> None:
    devices = [chain([draft()])[0].device for _ in range(2)]
    for device in devices:
        store.write(lambda tx, device=device: tx.write_as("local", device))  # type: ignore[misc]
        assert [event.device for event in add(store, draft(), draft())] == [device] * 2
    assert verify(store).ok


def test_a_notice_is_told(store: SqliteStore) -> None:
    store.write(lambda tx: tx.notify("warning", "It was damaged.", "2026-01-01T00:00:00.000000Z"))
    (notice,) = store.notices()
    assert (notice.level, notice.text, notice.aside) == ("warning", "It was damaged.", None)
