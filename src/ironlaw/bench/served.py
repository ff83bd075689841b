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
from ironlaw.bench import unlock as walks
from ironlaw.labkit.spec import Act

SECONDS = 3.0  # of a storm
SECONDS_OF_ACT = 1.5
CLIENTS = (32, 256)
DIFFERENT = 400  # settings in turn
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
    path = f"/api/labs/{lab_id}/events"
    walks.unlock(labs.load(lab_id), lambda body: request(port, path, body))


def requests(port: int, lab_id: str) -> Iterator[Measure]:
    """One client that never rests, at every act of a lab: from the request to the whole answer."""
    for act in labs.load(lab_id).acts:
        times, _ = asyncio.run(_storm(port, _messages(port, lab_id, act), 1, SECONDS_OF_ACT))
        what = f"{lab_id} {act.id}: evaluate over HTTP"
        name = f"{lab_id}-{act.id}"
        yield Measure(
            id=f"http-p50-{name}", what=f"{what}, p50", unit="ms", value=quantile(times, 0.5) * 1e3,
            note=f"{len(times):,} requests, one client",
        )  # fmt: skip
        yield Measure(
            id=f"http-p95-{name}", what=f"{what}, p95", unit="ms", value=quantile(times, 0.95) * 1e3, budget=3.0,
            note=f"p99 {quantile(times, 0.99) * 1e3:.2f} ms",
        )  # fmt: skip


def load(port: int, lab_id: str) -> Iterator[Measure]:
    """Throughput and latency of the first act's evaluate for each number of clients.

    The load runs in this process: another core.
    """
    messages = _messages(port, lab_id, labs.load(lab_id).acts[0])
    for clients in CLIENTS:
        times, seconds = asyncio.run(_storm(port, messages, clients, SECONDS))
        yield Measure(
            id=f"serve-rate-{lab_id}-{clients}", what=f"{lab_id}: evaluate requests, {clients} clients", unit="/s",
            value=len(times) / seconds, budget=1000.0, better="higher",
            note=f"{len(times):,} requests in {seconds:.1f} s, one server process",
        )  # fmt: skip
        yield Measure(
            id=f"serve-p95-{lab_id}-{clients}", what=f"{lab_id}: evaluate latency p95, {clients} clients", unit="ms",
            value=quantile(times, 0.95) * 1e3,
            note=f"p50 {quantile(times, 0.5) * 1e3:.2f} ms; with more clients than cores this is mostly waiting in line",
        )  # fmt: skip


def _messages(port: int, lab_id: str, act: Act) -> list[bytes]:
    return [_message(port, lab_id, {"act": act.id, "settings": settings}) for settings in walks.course(act, DIFFERENT)]


def _message(port: int, lab_id: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"POST /api/labs/{lab_id}/evaluate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def _storm(port: int, messages: list[bytes], clients: int, seconds: float) -> tuple[list[float], float]:
    times: list[float] = []
    start = time.perf_counter()
    end = start + seconds
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
