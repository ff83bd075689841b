"""What the tests of damaged files share: sample ledgers as bytes, and the one check that all of them make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ironlaw.ledger import (
    Event,
    SqliteStore,
    export,
    import_,
    verify,
    verify_chain,
)

from .make import Clock, add, draft

LEARNERS = ("local", "second")


@dataclass
class Sample:
    """A ledger as bytes: the database, its log, and the events in it by learner."""

    main: bytes
    wal: bytes
    events: dict[str, list[Event]]
    exported: str

    def lay(self, path: Path, *, main: bytes | None = None, wal: bytes | None = None) -> None:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(self.main if main is None else main)
        log = self.wal if wal is None else wal
        if log:
            path.with_name(path.name + "-wal").write_bytes(log)


def fill(store: SqliteStore, count: int) -> None:
    for n in range(count):
        text = "é" * (3000 if n % 9 == 4 else 20)  # some rows spill over several pages
        add(store, draft("reflected", learner=LEARNERS[n % 5 == 0], extra={"text": text, "n": n}))


def sample(path: Path, *, closed: bool) -> Sample:
    """`closed`: all in the database. Otherwise half of it is still in the log, as after a crash."""
    with SqliteStore(path, clock=Clock()) as store:
        fill(store, 40)
    store = SqliteStore(path, clock=Clock(start=10**9))
    if not closed:
        fill(store, 40)
    wal = path.with_name(path.name + "-wal")
    found = Sample(
        path.read_bytes(),
        wal.read_bytes() if wal.exists() else b"",
        {learner: store.events(learner) for learner in LEARNERS},
        export(store),
    )
    store.close()
    return found


def asides(path: Path) -> dict[str, bytes]:
    """What was set aside, by what it is: "" (the database) or "-wal"."""
    found = [entry for entry in path.parent.iterdir() if ".damaged-" in entry.name and not entry.name.endswith("-shm")]
    assert len({entry.name.removesuffix("-wal") for entry in found}) <= 1
    return {"-wal" if entry.name.endswith("-wal") else "": entry.read_bytes() for entry in found}


def check(path: Path, original: Sample, main: bytes | None, wal: bytes) -> tuple[bool, int]:
    """Open a file that was tampered with; whether it was mended, and how many events are there."""
    with SqliteStore(path) as store:
        kept = {learner: store.events(learner) for learner in LEARNERS}
        for learner in LEARNERS:
            assert kept[learner] == original.events[learner][: len(kept[learner])]
            assert verify_chain(kept[learner]) is None
        aside = asides(path)
        notices = store.notices()
        if aside:
            assert aside.get("") == main
            assert aside.get("-wal", b"") == wal
            (notice,) = notices
            assert notice.level == "warning"
            assert notice.aside is not None
            assert notice.aside in notice.text
            assert f"{sum(map(len, kept.values()))} events were recovered" in notice.text
            assert notice.aside.startswith("ledger.sqlite.damaged-2")
        else:
            assert notices == []
        devices = {events[0].device for events in kept.values() if events}
        (new,) = add(store, draft())
        assert (new.device not in devices) == bool(aside) or not kept["local"]
        assert verify(store).ok
        report = import_(store, original.exported)
        assert report.ok or not aside
        if aside:
            assert [e for e in store.events("local") if e.device != new.device] == original.events["local"]
        left = sorted(
            entry.name for entry in path.parent.iterdir() if "mended" in entry.name or "building" in entry.name
        )
        assert left == []
    return bool(aside), sum(map(len, kept.values()))


def total(s: Sample) -> int:
    return sum(map(len, s.events.values()))
