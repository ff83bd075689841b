"""A real `ironlaw serve` in a process of its own, and raw bytes to and from it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

SECONDS = 60  # for anything to happen on a busy machine
IRONLAW = [sys.executable, "-m", "ironlaw"]


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    told: str

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own: status, headers, body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            sent = None if body is None else json.dumps(body)
            given = {"Content-Type": "application/json"} if sent else {}
            connection.request(method, path, sent, given | dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def talk(self, sent: bytes, *, end: bool = True) -> bytes:
        """Send raw bytes, then read until the server closes; `end` closes our side of the connection after sending."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as wire:
            received = b""
            try:
                wire.sendall(sent)
                if end:
                    wire.shutdown(socket.SHUT_WR)
                while part := wire.recv(65536):
                    received += part
            except (ConnectionResetError, BrokenPipeError):
                pass  # what came before the reset counts
            return received


@contextmanager
def serving(ledger: Path, *more: str) -> Iterator[Served]:
    """The server on a free port; killed at the end if the test has not stopped it."""
    command = [*IRONLAW, "serve", "--port", "0", "--no-open", "--ledger", str(ledger), *more]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout
        told = "".join(process.stdout.readline() for _ in range(3))
        address = re.search(r"http://\S+:(\d+)/", told)
        if address is None:
            process.kill()
            raise AssertionError(f"ironlaw serve did not start: {told}{process.communicate()[1]}")
        yield Served(process, int(address[1]), told)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One `ironlaw` command, to its end."""
    return subprocess.run(
        [*IRONLAW, *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=os.environ | environment,
        check=False,
    )
