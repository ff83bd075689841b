"""A server under load: evaluate requests a second and their latency at 1, 32 and 256 clients that never rest."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from ironlaw import labs
from ironlaw.bench import Measure, quantile
from ironlaw.ledger import uuid7

SECONDS = 4.0
CLIENTS = (1, 32, 256)
START_SECONDS = 20.0


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """A real `ironlaw serve` on a free port with a scratch ledger; yields the port."""
    command = [
        sys.executable,
        "-m",
        "ironlaw",
        "serve",
        "--port",
        "0",
        "--no-open",
        "--ledger",
        str(folder / "ledger.sqlite"),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield _port(process)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _port(process: subprocess.Popen[str]) -> int:
    seen = []
    end = time.monotonic() + START_SECONDS
    while process.stdout and time.monotonic() < end:
        line = process.stdout.readline()
        seen.append(line)
        if match := re.search(r"http://[^:/\s]+:(\d+)", line):
            return int(match[1])
        if not line:
            break
    raise RuntimeError(f"the server did not say its address: {''.join(seen)!r}")


def request(port: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST JSON and read the JSON answer. Raises RuntimeError for a refusal."""
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"POST {path}: {answer.status} {text[:300]!r}")
    found: dict[str, Any] = json.loads(text)
    return found


def unlock(port: int, lab_id: str) -> None:
    """Walk the lab up to its last act's instrument, so that every act can be evaluated."""
    lab = labs.load(lab_id)

    def send(kind: str, act: str, payload: dict[str, Any]) -> None:
        request(port, f"/api/labs/{lab_id}/events", {"id": uuid7(), "kind": kind, "act": act, "payload": payload})

    for act in lab.acts:
        send("predicted", act.id, {"option": act.prediction.options[0].id, "confidence": 0.5})
        if act is lab.acts[-1]:
            return
        control = next(c for c in act.controls if hasattr(c, "ticks"))
        other = next(tick for tick in control.ticks if tick != control.start)
        send("moved", act.id, {"settings": {control.id: other}})
        send("revealed", act.id, {})
        send("reflected", act.id, {"option": act.reflection.question.options[0].id})
        send("decided", act.id, {"option": act.decision.options[0].id, "settings": {}})


def load(port: int, lab_id: str) -> Iterator[Measure]:
    """Throughput and latency of evaluate for each number of clients. The load runs in this process: another core."""
    act = labs.load(lab_id).acts[0]
    control = next(c for c in act.controls if hasattr(c, "ticks"))
    messages = [_message(port, lab_id, {"act": act.id, "settings": {control.id: tick}}) for tick in control.ticks]
    for clients in CLIENTS:
        times, seconds = asyncio.run(_storm(port, messages, clients))
        rate = len(times) / seconds
        single = clients == 1
        yield Measure(
            id=f"serve-rate-{clients}", what=f"{lab_id}: evaluate requests, {clients} clients", unit="/s", value=rate,
            budget=None if single else 1000.0, better="higher", note=f"{len(times):,} requests in {seconds:.1f} s, one server process",
        )  # fmt: skip
        yield Measure(
            id=f"serve-p95-{clients}", what=f"{lab_id}: evaluate latency p95, {clients} clients", unit="ms",
            value=quantile(times, 0.95) * 1e3, budget=3.0 if single else None,
            note=f"p50 {quantile(times, 0.5) * 1e3:.2f} ms; with more clients than cores this is mostly waiting in line",
        )  # fmt: skip


def _message(port: int, lab_id: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"POST /api/labs/{lab_id}/evaluate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def _storm(port: int, messages: list[bytes], clients: int) -> tuple[list[float], float]:
    times: list[float] = []
    start = time.perf_counter()
    end = start + SECONDS
    await asyncio.gather(*(_client(port, messages, index, end, times) for index in range(clients)))
    return times, time.perf_counter() - start


async def _client(port: int, messages: list[bytes], index: int, end: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < end:
            start = time.perf_counter()
            writer.write(messages[index % len(messages)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"evaluate answered {head[:60]!r}")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if length is None:
                raise RuntimeError("evaluate answered without a length")
            await reader.readexactly(int(length[1]))
            times.append(time.perf_counter() - start)
            index += 1
    finally:
        writer.close()
