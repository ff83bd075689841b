"""kill -9, in real processes: no acknowledged event is lost, and a half-done recovery is carried on with."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ironlaw.ledger import SqliteStore, verify, verify_chain

from .make import SRC, add, chance, draft

ROUNDS = 100  # of two processes each: 200 kills
APPENDS = 30  # then a child waits for its end: the file stays small, so opening it stays quick

WRITER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from ironlaw.ledger import Draft, SqliteStore
path, out, count, grouped = sys.argv[2], os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND), int(sys.argv[4]), sys.argv[5] == "grouped"

def draft(n):
    payload = {"act": "act1", "settings": {"n": n, "text": "x" * (n * 300)}}
    return Draft(learner="local", lab="v2_02", lab_version=1, engine_version="1", registry="r", kind="moved", payload=payload)

def acknowledge(events):
    os.write(out, "".join(event.id + "\\n" for event in events).encode())

store = SqliteStore(path)
if grouped:
    for n in range(count):
        future = store.submit(lambda tx, n=n: tx.append([draft(n % 20), draft(0)]))
        future.add_done_callback(lambda f: acknowledge(f.result()))
else:
    for n in range(count):
        acknowledge(store.write(lambda tx: tx.append([draft(n)])))
time.sleep(60)
"""

OPENER = """
import sys
sys.path.insert(0, sys.argv[1])
from ironlaw.ledger import SqliteStore
print("ready", flush=True)
SqliteStore(sys.argv[2])
print("open", flush=True)
sys.stdin.read()
"""

PYTHON = [sys.executable, "-I", "-S", "-c"]  # without site: a child starts in a third of the time


def kill(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL


def one_round(path: Path, acks: list[Path], rng: random.Random) -> None:
    """Two processes append to one file; both die at a random moment."""
    modes = ["grouped", "single"] if rng.random() < 0.5 else ["single", "single"]
    children = []
    for ack, mode in zip(acks, modes, strict=True):
        ack.touch()
        children.append(subprocess.Popen([*PYTHON, WRITER, str(SRC), str(path), str(ack), str(APPENDS), mode]))
    if rng.random() < 0.2:  # also while they start, open and share the file
        time.sleep(rng.uniform(0.02, 0.15))
    else:
        deadline = time.monotonic() + 30
        while not any(ack.stat().st_size for ack in acks) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.02))
    rng.shuffle(children)
    for child in children:
        kill(child)


def acknowledged(acks: list[Path]) -> set[str]:
    """Whole lines only: the last one may be cut by the kill."""
    return {line for ack in acks for line in ack.read_text().split("\n")[:-1]}


def test_no_acknowledged_event_is_lost_by_200_kills(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    rng = chance(0)
    all_acks: list[Path] = []
    for number in range(ROUNDS):
        acks = [tmp_path / f"{number}.{side}" for side in "ab"]
        all_acks += acks
        one_round(path, acks, rng)
        if number % 20 == 19:
            with SqliteStore(path) as store:
                stored = {event.id for event in store.events("local")}
                assert acknowledged(all_acks) <= stored
                assert verify(store).ok
                assert store.notices() == []
                assert len({event.device for event in store.events("local")}) == 1
    assert len(acknowledged(all_acks)) > ROUNDS
    assert len([ack for ack in all_acks if ack.stat().st_size]) > ROUNDS / 2


@pytest.mark.parametrize("log_too", [False, True])
def test_a_recovery_may_be_killed_at_any_moment(tmp_path: Path, log_too: bool) -> None:
    original = tmp_path / "original" / "ledger.sqlite"
    with SqliteStore(original) as store:
        for _ in range(300):
            add(store, draft("reflected", extra={"text": "y" * 500}))
        events = store.events("local")
        log = original.with_name("ledger.sqlite-wal").read_bytes()
        if log_too:
            main = original.read_bytes()
    if not log_too:
        log, main = b"", original.read_bytes()
    damaged = bytearray(log or main)
    damaged[len(damaged) // 2] ^= 1
    rng = chance(1)
    for number in range(8):
        path = tmp_path / str(number) / "ledger.sqlite"
        path.parent.mkdir()
        path.write_bytes(main if log_too else damaged)
        if log_too:
            path.with_name("ledger.sqlite-wal").write_bytes(damaged)
        for _ in range(rng.randrange(1, 4)):
            child = subprocess.Popen(
                [*PYTHON, OPENER, str(SRC), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(rng.uniform(0, 0.08))
            kill(child)
            child.communicate()
        with SqliteStore(path) as store:
            kept = store.events("local")
            assert verify_chain(kept) is None
            assert kept == events[: len(kept)]
            assert len(kept) >= (len(events) - 1 if log_too else 0)
            (notice,) = store.notices()
            assert notice.aside is not None
            aside = path.with_name(notice.aside)
            assert aside.read_bytes() == (main if log_too else bytes(damaged))
            assert aside.with_name(aside.name + "-wal").read_bytes() == (bytes(damaged) if log_too else b"")
            assert add(store, draft())[0].device != events[0].device
