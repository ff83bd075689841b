"""Export, import as a set union, verify, erase."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironlaw.ledger import (
    Event,
    SqliteStore,
    TransferError,
    UnavailableError,
    erase,
    export,
    fold,
    import_,
    verify,
    verify_file,
)

from .make import PAYLOADS, Clock, add, chain, chance, changed, draft, plain_hash


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Any]:
    """Makes stores by name, each with its own clock."""
    with ExitStack() as stack:

        def make(name: str, start: int = 0) -> SqliteStore:
            store = SqliteStore(tmp_path / name / "ledger.sqlite", clock=Clock(start))
            return stack.enter_context(store)

        yield make


def text_of(events: list[Event], **header: Any) -> str:
    """An export written by hand, as the reference page describes it."""
    body = "".join(event.to_json() + "\n" for event in events)
    head = {"format": "ironlaw-ledger", "version": 1, "learner": None, "events": len(events)}
    return json.dumps(head | {"digest": sha256(body.encode()).hexdigest()} | header) + "\n" + body


# --- export -----------------------------------------------------------------------------------------------------------


def test_an_export_is_json_lines_with_a_header(stores: Any) -> None:
    store = stores("a")
    events = add(store, *(draft(kind) for kind in PAYLOADS))
    others = add(store, draft(learner="b", extra={"settings": {"text": "\u2028\n é"}}))
    text = export(store, "local")
    head, *lines = text.removesuffix("\n").split("\n")
    header = json.loads(head)
    assert (header["format"], header["version"], header["learner"]) == ("ironlaw-ledger", 1, "local")
    assert (header["events"], header["devices"]) == (len(events), 1)
    assert header["digest"] == sha256(text.partition("\n")[2].encode()).hexdigest()
    assert [Event.from_json(line) for line in lines] == events
    assert json.loads(export(store).split("\n")[0])["events"] == len(events) + len(others)


def test_an_empty_ledger_goes_round(stores: Any) -> None:
    text = export(stores("a"))
    report = import_(stores("b"), text)
    assert (report.added, report.duplicate, report.refused, report.ok) == (0, 0, (), True)


# --- union ------------------------------------------------------------------------------------------------------------


def test_round_trip_and_twice_is_once(stores: Any) -> None:
    a, b = stores("a"), stores("b")
    for learner in ("local", "b", "local"):
        add(a, *(draft(kind, learner=learner) for kind in PAYLOADS))
    report = import_(b, export(a))
    assert (report.added, report.duplicate, report.ok) == (27, 0, True)
    assert b.events("local") == a.events("local")
    report = import_(b, export(a))
    assert (report.added, report.duplicate, report.ok) == (0, 27, True)
    assert import_(a, export(b)).duplicate == 27
    assert verify(b).ok
    assert (verify(b).devices, verify(b).learners) == (2, 2)


def test_an_import_does_not_become_this_file_s_own_chain(stores: Any) -> None:
    a, b = stores("a"), stores("b", start=10**9)
    theirs = add(a, draft(), draft())
    import_(b, export(a))
    (ours,) = add(b, draft())
    assert ours.device != theirs[0].device
    assert ours.seq == 1
    later = add(a, draft())
    assert import_(b, export(a)).added == 1
    assert import_(a, export(b)).added == 1
    assert a.events("local") == b.events("local") == sorted([*theirs, ours, *later], key=lambda e: e.order)


kinds = st.sampled_from(sorted(PAYLOADS))
sessions = st.lists(st.tuples(st.integers(0, 1), st.lists(kinds, min_size=1, max_size=4)), max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sessions, st.integers())
def test_two_devices_merge_to_the_same_state_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, walked: list[Any], seed: int
) -> None:
    where = tmp_path_factory.mktemp("merge")
    with ExitStack() as stack:

        def store(name: str, start: int = 0) -> SqliteStore:
            return stack.enter_context(SqliteStore(where / name / "ledger.sqlite", clock=Clock(start)))

        devices = [store("a"), store("b", start=500)]
        exports = []
        for device, drafts in walked:
            add(devices[device], *map(draft, drafts))
            exports.append(export(devices[device]))
        events = [event for device in devices for event in device.events("local")]
        merged = []
        for name in "xy":
            chance(seed).shuffle(exports)
            target = store(name)
            for text in [*exports, *map(export, devices)]:
                assert import_(target, text).ok
            merged.append(target)
        assert merged[0].events("local") == merged[1].events("local") == sorted(events, key=lambda e: e.order)
        assert asdict(fold(merged[0].events("local"))) == asdict(fold(events))


def test_an_event_that_reached_two_devices_is_kept_in_both_chains(stores: Any) -> None:
    """A retry after a lost answer went to another device: neither chain may get a gap."""
    a, b = stores("a"), stores("b")
    retried = draft("predicted")
    add(a, retried, draft())
    add(b, draft("opened"), retried, draft())
    assert import_(a, export(b)).ok
    assert verify(a).ok
    assert fold(a.events("local")).events == 4
    assert len(add(a, retried)) == 1
    assert fold(a.events("local")).events == 4


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_fork_is_refused_and_named(stores: Any) -> None:
    common = chain([draft(), draft()])
    one, other = chain_after(common, draft("opened"), draft()), chain_after(common, draft("completed"), draft())
    store = stores("a")
    assert import_(store, text_of(one)).added == 4
    report = import_(store, text_of(other))
    assert (report.added, report.duplicate) == (0, 2)
    assert [(r.code, r.seq, r.id, r.line) for r in report.refused] == [
        ("fork", 3, other[2].id, 4),
        ("after", 4, other[3].id, 5),
    ]
    assert one[2].id in report.refused[0].reason
    assert not report.ok
    assert store.events("local") == one


def chain_after(events: list[Event], *drafts: Any) -> list[Event]:
    device = events[0].device
    longer = list(events)
    for d in drafts:
        (bare,) = chain([d], device=device, minute=10 + len(longer))
        bare = changed(bare, seq=len(longer) + 1, prev=longer[-1].hash)
        longer.append(changed(bare, hash=plain_hash(bare)))
    return longer


def test_a_file_that_is_cut_off_is_imported_as_far_as_the_chain_reaches(stores: Any) -> None:
    source = stores("a")
    events = add(source, *(draft(kind) for kind in PAYLOADS))
    text = export(source)
    for number, cut in enumerate(range(text.index("\n") + 1, len(text), 211)):
        store = stores(f"cut{number}")
        report = import_(store, text[:cut])
        whole = text[:cut].count("\n") - 1
        assert report.added in (whole, whole + 1)
        assert store.events("local") == events[: report.added]
        assert not report.ok
        assert not report.complete
        assert report.reason is not None
        assert import_(store, text).added == len(events) - report.added


@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_changed_line_and_what_follows_it_is_refused(stores: Any, place: int) -> None:
    events = chain(draft(kind) for kind in PAYLOADS)
    events[place] = changed(events[place], lab="v1_04")
    report = import_(stores("a"), text_of(events))
    assert report.added == place
    assert [r.code for r in report.refused] == ["hash"] + ["after"] * (8 - place)
    assert report.refused[0].id == events[place].id


def test_gaps_repeats_and_order(stores: Any) -> None:
    events = chain(draft() for _ in range(6))
    report = import_(stores("gap"), text_of(events[:2] + events[3:]))
    assert (report.added, [r.code for r in report.refused]) == (2, ["gap", "after", "after"])
    report = import_(stores("tail"), text_of(events[3:]))
    assert (report.added, [r.code for r in report.refused]) == (0, ["gap", "after", "after"])
    report = import_(stores("order"), text_of(events[::-1]))
    assert (report.added, report.ok) == (6, True)
    report = import_(stores("repeat"), text_of(events + events))
    assert (report.added, report.duplicate, report.ok) == (6, 6, True)


def test_a_gap_is_filled_by_a_later_import(stores: Any) -> None:
    events = chain(draft() for _ in range(6))
    store = stores("a")
    for part, added in ((events[:2], 2), (events[4:], 0), (events[1:5], 3), (events[4:], 1)):
        assert import_(store, text_of(part)).added == added
    assert store.events("local") == events


def test_an_id_that_stands_twice_in_a_chain_is_refused(stores: Any) -> None:
    same = draft()
    events = chain([same, draft(), same])
    report = import_(stores("a"), text_of(events))
    assert (report.added, [r.code for r in report.refused]) == (2, ["id"])


def test_lines_that_are_no_events(stores: Any) -> None:
    events = chain(draft() for _ in range(3))
    text = text_of(events)
    store = stores("a")
    for junk in ("nonsense", "{}", "[" * 5000, '{"id": "x"}', events[0].to_json().replace('"seq":1', '"seq":"1"')):
        report = import_(store, text + junk + "\n")
        assert [(r.code, r.line) for r in report.refused] == [("line", 5)]
        assert not report.complete
    assert store.events("local") == events


def test_other_learners_are_refused_when_one_is_named(stores: Any) -> None:
    store = stores("a")
    add(store, draft(), draft(learner="b"), draft(learner="b"))
    report = import_(stores("b"), export(store), "local")
    assert (report.added, [r.code for r in report.refused]) == (1, ["learner", "learner"])
    assert "'b'" in report.refused[0].reason


def test_a_chain_of_two_learners_is_refused(stores: Any) -> None:
    events = chain([draft(), draft(learner="b")])
    report = import_(stores("a"), text_of(events))
    assert (report.added, [r.code for r in report.refused]) == (1, ["learner"])


@pytest.mark.parametrize(
    "text", ["", "\n", "hello", "{}", "[]", "null", '{"format": "other", "version": 1}', "\0\0", "[" * 99_999, "\ud800"]
)
def test_a_text_that_is_no_export_is_an_error(stores: Any, text: str) -> None:
    store = stores("a")
    add(store, draft())
    with pytest.raises(TransferError, match="not an exported ledger") as caught:
        import_(store, text)
    assert caught.value.code == "bad_transfer"
    assert len(store.events("local")) == 1


@pytest.mark.parametrize("version", [2, 0, None, "1"])
def test_another_version_is_an_error(stores: Any, version: Any) -> None:
    with pytest.raises(TransferError, match="version"):
        import_(stores("a"), text_of([], version=version))


def test_line_ends_of_another_system_do_no_harm(stores: Any) -> None:
    events = chain(draft() for _ in range(3))
    report = import_(stores("a"), "\ufeff" + text_of(events).replace("\n", "\r\n"))
    assert (report.added, report.ok) == (3, True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_changed_character_is_never_imported_unnoticed(stores: Any, data: st.DataObject) -> None:
    events = chain(draft(kind) for kind in PAYLOADS)
    text = text_of(events)
    at = data.draw(st.integers(text.index("\n"), len(text) - 1))
    letter = data.draw(st.sampled_from('0aZ "{}[],:\n\\é\ud800').filter(lambda c: c != text[at]))
    store = stores("a")
    try:
        report = import_(store, text[:at] + letter + text[at + 1 :])
    except TransferError:
        assert at == text.index("\n")
        return
    assert not report.ok
    assert verify(store).ok
    devices = {e.device for e in events}
    kept = [e for e in store.events("local") if e.device in devices]
    assert kept == events[: len(kept)]


# --- verify and erase -------------------------------------------------------------------------------------------------


def test_verify_counts(stores: Any, tmp_path: Path) -> None:
    store = stores("a")
    add(store, draft(), draft(learner="b"))
    report = verify(store)
    assert asdict(report) == {"events": 2, "devices": 2, "learners": 2, "fault": None, "breaks": ()}
    assert verify_file(store.path) == report
    with pytest.raises(UnavailableError, match="there is no ledger"):
        verify_file(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite.lock").exists()


def test_erase_leaves_no_trace_and_spares_the_others(stores: Any) -> None:
    store = stores("a")
    mark = "my secret reasoning"
    for n in range(60):
        add(
            store,
            draft("reflected", learner="gone", extra={"text": mark * 40}),
            draft("reflected", lab="v1_04", learner=f"l{n % 3}"),
        )
    kept = {learner: store.events(learner) for learner in ("l0", "l1", "l2")}
    ids = [e.id for e in store.events("gone")]
    backup = export(store, "gone")
    report = erase(store, "gone")
    assert (report.events, report.labs, report.devices, report.copies, report.log_emptied) == (60, 1, 1, (), True)
    assert store.events("gone") == []
    assert store.learners() == ["l0", "l1", "l2"]
    for entry in store.path.parent.iterdir():
        data = entry.read_bytes()
        assert mark.encode() not in data
        assert b"gone" not in data
        assert not any(i.encode() in data for i in ids)
    assert {learner: store.events(learner) for learner in kept} == kept
    assert verify(store).ok
    (new,) = add(store, draft(learner="gone"))
    assert new.seq == 1
    assert import_(store, backup).added == 60
    assert verify(store).ok


def test_erase_of_an_unknown_learner_erases_nothing(stores: Any) -> None:
    store = stores("a")
    kept = add(store, draft())
    assert erase(store, "nobody").events == 0
    assert store.events("local") == kept


def test_erase_names_damaged_copies_and_removes_them_when_asked(stores: Any) -> None:
    store = stores("a")
    add(store, draft())
    copy = store.path.with_name(store.path.name + ".damaged-20260101T000000Z")
    copy.write_bytes(b"events")
    report = erase(store, "local")
    assert (report.copies, report.copies_removed) == ((copy.name,), False)
    assert copy.exists()
    report = erase(store, "local", copies=True)
    assert (report.copies, report.copies_removed) == ((copy.name,), True)
    assert not copy.exists()


def test_erase_while_another_reads_says_that_the_log_keeps_traces(stores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ironlaw.ledger import schema

    store = stores("a")
    add(store, draft())
    reader = schema.connect(store.path, readonly=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    monkeypatch.setattr(schema, "_CONNECTION", schema._CONNECTION.replace(str(schema.BUSY_TIMEOUT_MS), "50"))
    report = erase(store, "local")
    assert (report.events, report.log_emptied) == (1, False)
    reader.execute("COMMIT")
    reader.close()
    assert erase(store, "local").log_emptied
