"""Servers that start at once: a process that has loaded everything forks an `ironlaw serve` for each test.

A server that starts by itself spends a second of a core on what no test of the page asks about; tests/cli starts real ones. What a
fork runs is the command itself, with its own arguments, environment and output.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


class Nursery:
    """The process that forks; it ends when this one does."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def born(self, arguments: list[str], environment: dict[str, str], output: int) -> int:
        """Fork `ironlaw` with these arguments and this environment; its output goes to the file descriptor. Its process id."""
        request = json.dumps({"arguments": arguments, "environment": environment}).encode()
        socket.send_fds(self._socket, [len(request).to_bytes(4, "big") + request], [output])
        told = self._socket.recv(4)
        if len(told) < 4:
            raise RuntimeError(f"the nursery ended with {self._process.wait(10)}")
        return int.from_bytes(told, "big")


_mine: dict[int, Nursery] = {}


def nursery() -> Nursery:
    """That of this process."""
    if os.getpid() not in _mine:
        _mine[os.getpid()] = Nursery()
    return _mine[os.getpid()]


def _main(ends: socket.socket) -> None:
    from ironlaw.session import warm

    for module in ("uvicorn.protocols.http.httptools_impl", "ironlaw.studio.app"):
        import_module(module)
    warm()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave no trace: nobody waits for them here
    while True:
        head, files, _, _ = socket.recv_fds(ends, 4, 1)
        if len(head) < 4:
            return
        length = int.from_bytes(head, "big")
        request = b""
        while len(request) < length:
            request += ends.recv(length - len(request))
        child = os.fork()
        if not child:
            ends.close()
            _serve(files[0], **json.loads(request))
        os.close(files[0])
        ends.sendall(child.to_bytes(4, "big"))


def _serve(output: int, arguments: list[str], environment: dict[str, str]) -> Any:
    """Be that command; never returns."""
    from ironlaw.cli.main import ironlaw

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    code: Any = 1
    try:
        ironlaw(arguments)
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _main(socket.socket(fileno=int(sys.argv[1])))
