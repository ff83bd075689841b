"""Figures that need no server: start-up times, one evaluation in the process, durable appends to the ledger."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ironlaw import labs
from ironlaw.bench import Measure, quantile
from ironlaw.bench.unlock import course
from ironlaw.labkit.challenge import search
from ironlaw.labkit.evaluate import evaluate, result
from ironlaw.labkit.spec import Act
from ironlaw.ledger import Draft, Event, SqliteStore, Tx

RUNS = 15
APPENDS = 2000
EVALUATIONS = 500


def start_up() -> Iterator[Measure]:
    """What a shell waits for: `import ironlaw` beyond the bare interpreter, and whole commands."""
    bare = _median_ms([sys.executable, "-c", "pass"])
    imported = _median_ms([sys.executable, "-c", "import ironlaw"])
    yield Measure(
        id="import", what="import ironlaw", unit="ms", value=max(0.0, imported - bare), budget=50.0,
        note=f"median of {RUNS} processes, beyond {bare:.0f} ms of bare Python",
    )  # fmt: skip
    for name, command in (("labs", ["labs"]), ("version", ["--version"])):
        value = _median_ms([sys.executable, "-m", "ironlaw", *command])
        yield Measure(
            id=f"cli-{name}", what=f"ironlaw {' '.join(command)}", unit="ms", value=value,
            budget=150.0 if name == "labs" else None, note=f"median of {RUNS} processes",
        )  # fmt: skip


def _median_ms(command: Sequence[str]) -> float:
    """Wall milliseconds of a whole process, median; a command that fails raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as home:
        times = []
        for _ in range(RUNS + 1):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=_environment(home))  # noqa: S603 - our own command
            times.append((time.perf_counter() - start) * 1e3)
    return quantile(times[1:], 0.5)


def _environment(home: str) -> dict[str, str]:
    import os  # noqa: PLC0415 - only here

    return {**os.environ, "IRONLAW_HOME": home}


def evaluations(lab_ids: Iterable[str]) -> Iterator[Measure]:
    """One slider move in the process, model to RESULT, settings changing all the time."""
    for lab_id in lab_ids:
        for act in labs.load(lab_id).acts:
            yield from _evaluations(f"{lab_id}-{act.id}", f"{lab_id} {act.id}", act)


def _evaluations(name: str, what: str, act: Act) -> Iterator[Measure]:
    settings = course(act, EVALUATIONS)
    result(evaluate(act, settings[0]))  # facts and tables are made once
    times = []
    for each in settings:
        start = time.perf_counter()
        result(evaluate(act, each))
        times.append((time.perf_counter() - start) * 1e3)
    yield Measure(
        id=f"evaluate-p50-{name}", what=f"{what}: one evaluation, no HTTP, p50", unit="ms", value=quantile(times, 0.5),
        note=f"{EVALUATIONS} settings",
    )  # fmt: skip
    yield Measure(
        id=f"evaluate-p95-{name}", what=f"{what}: one evaluation, no HTTP, p95", unit="ms",
        value=quantile(times, 0.95), budget=3.0, note=f"p99 {quantile(times, 0.99):.2f} ms",
    )  # fmt: skip
    if act.challenge:
        start = time.perf_counter()
        found = search.__wrapped__(act)
        yield Measure(
            id=f"search-{name}", what=f"{what}: exhaustive search of the challenge", unit="ms",
            value=(time.perf_counter() - start) * 1e3, note=f"{found.designs:,} designs",
        )  # fmt: skip


def appends() -> Iterator[Measure]:
    """Durable appends: one writer waiting for each commit, then 32 in flight that share commits."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "ledger.sqlite")
        try:
            times = []
            for index in range(APPENDS):
                start = time.perf_counter()
                store.write(_append(index))
                times.append((time.perf_counter() - start) * 1e3)
            yield Measure(
                id="append-p99", what="one durable append", unit="ms", value=quantile(times, 0.99), budget=10.0,
                note=f"p99 of {APPENDS} (p50 {quantile(times, 0.5):.2f} ms), WAL with synchronous=FULL",
            )  # fmt: skip
            yield Measure(
                id="appends", what="durable appends, one writer", unit="/s", value=APPENDS / (sum(times) / 1e3),
                budget=1000.0, better="higher",
            )  # fmt: skip
            yield Measure(
                id="appends-32", what="durable appends, 32 in flight", unit="/s", value=_in_flight(store, 32),
                budget=1000.0, better="higher", note="group commit",
            )  # fmt: skip
        finally:
            store.close()


def _in_flight(store: SqliteStore, width: int) -> float:
    start = time.perf_counter()
    waiting = []
    for index in range(APPENDS):
        waiting.append(store.submit(_append(index)))
        if len(waiting) >= width:
            waiting.pop(0).result()
    for future in waiting:
        future.result()
    return APPENDS / (time.perf_counter() - start)


def _append(index: int) -> Callable[[Tx], list[Event]]:
    return lambda tx: tx.append([_draft(index)])


def _draft(index: int) -> Draft:
    settings = {"parameters": 13e9, "tokens": 8192.0, "wire": "nvlink4", "overlap": (index % 20) / 20}
    payload = {"act": "act1", "context": "node", "settings": settings}
    return Draft(
        learner="bench", lab="v2_02", lab_version=1, engine_version="0", registry="bench", kind="moved", payload=payload
    )
