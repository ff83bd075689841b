"""Appending, replaying, reading: one process and several, on a real file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ironlaw.ledger import (
    Conflict,
    Event,
    SqliteStore,
    Store,
    Tx,
    UnavailableError,
    UnknownKindError,
    fold,
    uuid7,
    verify,
    verify_chain,
)
from ironlaw.ledger.sqlite import BATCH

from .make import Clock, add, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as opened:
        yield opened


def test_it_keeps_the_interface(store: SqliteStore) -> None:
    as_store: Store = store
    assert as_store.notices() == []
    assert as_store.events("local") == []

    def work(tx: Tx) -> list[Event]:
        return tx.append([draft()])

    assert as_store.write(work) == as_store.events("local")


# --- what an append stores --------------------------------------------------------------------------------------------


def test_an_append_assigns_the_chain(store: SqliteStore) -> None:
    drafts = [draft("opened"), draft("predicted"), draft("moved", client_time="2026-01-01T10:32:00.5Z")]
    events = add(store, *drafts)
    assert [e.id for e in events] == [d.id for d in drafts]
    assert [e.seq for e in events] == [1, 2, 3]
    assert len({e.device for e in events}) == 1
    assert verify_chain(events) is None
    assert [dict(e.payload) for e in events] == [dict(d.payload) for d in drafts]
    assert store.events("local") == events
    assert store.events("local", "v2_02") == events
    assert store.events("local", "v1_04") == store.events("nobody") == []


def test_text_of_all_the_world_comes_back_as_it_was(store: SqliteStore) -> None:
    (event,) = add(
        store, draft("reflected", learner="Ωmega é 学", extra={"text": 'a "quote"\n\0 \u2028 🦉 \\ é e\u0301'})
    )
    (again,) = store.events("Ωmega é 学")
    assert again == event
    assert verify(store).ok


def test_each_learner_of_a_file_has_a_chain_of_their_own(store: SqliteStore) -> None:
    for learner in ("a", "b", "a", "b", "a"):
        add(store, draft(learner=learner))
    a, b = store.events("a"), store.events("b")
    assert [e.seq for e in a] == [1, 2, 3]
    assert [e.seq for e in b] == [1, 2]
    assert a[0].device != b[0].device
    assert verify_chain(a) is verify_chain(b) is None
    assert store.learners() == ["a", "b"]


def test_the_device_is_made_once_and_stays(path: Path) -> None:
    devices: set[str] = set()
    for _ in range(3):
        with SqliteStore(path) as store:
            devices.update(e.device for e in add(store, draft()))
    assert len(devices) == 1
    with SqliteStore(path) as store:
        assert [e.seq for e in store.events("local")] == [1, 2, 3]
        assert store.notices() == []


def test_a_clock_that_is_set_back_does_not_reorder_a_chain(path: Path) -> None:
    clock = Clock(start=10_000_000)
    with SqliteStore(path, clock=clock) as store:
        first = add(store, draft("moved", extra={"settings": {"n": 1}}))
        clock.now = 0
        second = add(store, draft("moved", extra={"settings": {"n": 2}}))
        assert store.events("local") == first + second
        assert fold(store.events("local")).labs["v2_02"].acts["act1"].settings == {"n": 2}
        assert verify(store).ok


def test_committed_sees_predictions_and_nothing_else(store: SqliteStore) -> None:
    add(store, draft("opened"), draft("moved"), draft("decided"))
    assert not store.committed("local", "v2_02", "act1")
    add(store, draft("predicted"))
    assert store.committed("local", "v2_02", "act1")
    for question in (("local", "v2_02", "act2"), ("local", "v1_02", "act1"), ("other", "v2_02", "act1")):
        assert not store.committed(*question)


def test_a_second_question_is_committed_by_itself(store: SqliteStore) -> None:
    add(store, draft("predicted"))
    assert not store.committed("local", "v2_02", "act1", "second")
    add(store, draft("predicted", extra={"question": "second"}))
    assert store.committed("local", "v2_02", "act1", "second")


def test_the_newest_of_a_kind_and_the_head_follow_the_events(store: SqliteStore) -> None:
    assert store.newest("local", "tracked") is None
    assert store.head("local") == (0, None)
    first, other = add(store, draft("tracked"), draft("tracked", learner="other", extra={"track": "tiny-pioneer"}))
    last = add(store, draft("tracked", lab="v1_00", extra={"track": "edge-guardian"}))[0]
    assert store.newest("local", "tracked") == last
    assert store.newest("other", "tracked") == other
    assert store.head("local") == (2, last.server_time)
    assert store.head("local", without="v1_00") == (1, first.server_time)
    assert first.server_time <= last.server_time


def test_committed_is_answered_from_an_index_alone(store: SqliteStore) -> None:
    from ironlaw.ledger.sqlite import _COMMITTED

    plan = store.read(lambda c: c.execute("EXPLAIN QUERY PLAN " + _COMMITTED, ("a", "b", "c", "d")).fetchall())
    assert [row[3].split(" (")[0] for row in plan] == ["SEARCH events USING INDEX predictions"]


# --- replays and conflicts --------------------------------------------------------------------------------------------


def test_a_replay_gives_the_stored_event_and_stores_nothing(store: SqliteStore) -> None:
    sent = draft("predicted")
    (stored,) = add(store, sent)
    again = draft(
        "predicted", id=sent.id, engine_version="9", client_time="2026-05-05T00:00:00Z", extra={"engine": {"other": 1}}
    )
    assert add(store, again, again) == [stored, stored]
    assert store.events("local") == [stored]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"learner": "other"}, "learner"),
        ({"lab": "v1_04"}, "lab"),
        ({"kind": "moved", "extra": {"settings": {}}}, "kind"),
        ({"extra": {"option": "b1"}}, "payload"),
        ({"extra": {"more": None}}, "payload"),
    ],
)
def test_the_same_id_with_other_content_is_a_conflict(store: SqliteStore, change: dict[str, Any], field: str) -> None:
    sent = draft("predicted")
    before = add(store, sent)
    with pytest.raises(Conflict) as caught:
        add(store, draft("moved"), draft(**({"kind": "predicted", "id": sent.id} | change)))
    assert caught.value.field == field
    assert caught.value.code == "conflict"
    assert store.events("local") == before


def test_find_sees_committed_and_own_events(store: SqliteStore) -> None:
    (first,) = add(store, draft())

    def work(tx: Tx) -> None:
        (second,) = tx.append([draft()])
        assert tx.find(first.id) == first
        assert tx.find(second.id) == second
        assert tx.find(uuid7()) is None
        assert tx.events("local") == [first, second]

    store.write(work)


@contextmanager
def blocked(store: SqliteStore) -> Iterator[None]:
    """Hold the writer thread in a commit of its own; what is submitted meanwhile waits for the next one."""
    started, gate = threading.Event(), threading.Event()

    def work(_tx: Tx) -> bool:
        started.set()
        return gate.wait(30)

    future = store.submit(work)
    assert started.wait(30)
    yield
    gate.set()
    assert future.result()


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_a_work_that_raises_stores_nothing(store: SqliteStore) -> None:
    before = add(store, draft())

    def work(tx: Tx) -> None:
        tx.append([draft(), draft()])
        raise LookupError("not today")

    with pytest.raises(LookupError, match="not today"):
        store.write(work)
    assert store.events("local") == before
    assert [e.seq for e in add(store, draft())] == [2]


def test_an_append_is_all_or_nothing_even_when_the_work_goes_on(store: SqliteStore) -> None:
    def work(tx: Tx) -> list[Event]:
        with pytest.raises(UnknownKindError):
            tx.append([draft(), draft(kind="moved", payload={"act": "act1", "settings": {}}), _unknown()])
        return tx.append([draft("opened")])

    kept = store.write(work)
    assert store.events("local") == kept
    assert [e.seq for e in kept] == [1]


def _unknown() -> Any:
    from ironlaw.ledger import Draft

    return Draft(
        learner="local", lab="v2_02", lab_version=1, engine_version="1", registry="r", kind="edited", payload={}
    )


def test_works_of_one_commit_do_not_touch_each_other(store: SqliteStore) -> None:
    """Block the writer, queue good and bad works behind it, and let them share a commit."""

    def bad(tx: Tx) -> None:
        tx.append([draft("opened")])
        raise KeyError("mine")

    with blocked(store):
        futures = [store.submit(bad if i % 3 == 1 else lambda tx: tx.append([draft()])) for i in range(2 * BATCH)]
    for i, future in enumerate(futures):
        if i % 3 == 1:
            with pytest.raises(KeyError, match="mine"):
                future.result()
        else:
            assert future.result()
    kept = store.events("local")
    assert [e.kind for e in kept] == ["moved"] * len(kept)
    assert len(kept) == sum(i % 3 != 1 for i in range(2 * BATCH))
    assert verify(store).ok


def test_works_that_wait_share_commits(path: Path) -> None:
    with SqliteStore(path) as store:
        commits: list[str] = []
        with blocked(store):
            store._connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
            futures = [store.submit(lambda tx: tx.append([draft()])) for _ in range(2 * BATCH)]
        for future in futures:
            assert len(future.result()) == 1
        store._connection.set_trace_callback(None)
    assert len(commits) == 3


def test_what_is_acknowledged_is_seen_by_another_connection(store: SqliteStore, path: Path) -> None:
    other = sqlite3.connect(path)
    for expected in range(1, 6):
        add(store, draft())
        assert other.execute("SELECT count(*) FROM events").fetchone() == (expected,)
    other.close()


def test_a_cancelled_work_is_not_run(store: SqliteStore) -> None:
    with blocked(store):
        assert store.submit(lambda tx: tx.append([draft()])).cancel()
    add(store, draft())
    assert len(store.events("local")) == 1


def test_a_commit_that_fails_fails_all_of_its_works(store: SqliteStore) -> None:
    with blocked(store):
        good = store.submit(lambda tx: tx.append([draft()]))
        store.submit(lambda tx: tx._connection.execute("ROLLBACK"))
    with pytest.raises(UnavailableError):
        good.result()
    assert store.events("local") == []
    add(store, draft())
    assert verify(store).ok


def test_rows_cannot_be_changed_by_a_slip(store: SqliteStore, path: Path) -> None:
    add(store, draft())
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute("UPDATE events SET lab = 'v1_00'")
    other.close()
