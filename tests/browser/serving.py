"""A real `ironlaw serve` in a process of its own, with its own ledger file; it can be stopped, killed and started again."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import TracebackType

START_SECONDS = 60  # a cold start on a busy machine
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/?")


class Server:
    """`ironlaw serve` on this machine. `port` is chosen by the system at the first start and kept after that."""

    def __init__(self, ledger: Path) -> None:
        self.ledger = ledger
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self._log: list[str] = []

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the process has printed so far."""
        return "".join(self._log)

    def start(self) -> Server:
        """Start it and wait until it answers. Raises RuntimeError with its output when it does not."""
        program = Path(sys.executable).with_name("ironlaw")
        environment = {**os.environ, "IRONLAW_HOME": str(self.ledger.parent), "PYTHONUNBUFFERED": "1"}
        command = [str(program), "serve", "--no-open", "--port", str(self.port), "--ledger", str(self.ledger)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        told: queue.Queue[int] = queue.Queue()
        threading.Thread(target=self._listen, args=(self._process, told), daemon=True).start()
        try:
            self.port = told.get(timeout=START_SECONDS)
            with urllib.request.urlopen(f"{self.url}/api/labs", timeout=START_SECONDS) as answer:  # noqa: S310 - our own
                answer.read()
        except (queue.Empty, OSError) as error:
            self.kill()
            raise RuntimeError(f"ironlaw serve did not start ({error!r}):\n{self.log}") from error
        return self

    def _listen(self, process: subprocess.Popen[str], told: queue.Queue[int]) -> None:
        """Read what it prints to the end, so that it never blocks on a full pipe."""
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._log.append(line)
                if match := ADDRESS.search(line):
                    told.put(int(match[1]))
        told.put(0)  # it ended; nobody answers at port 0

    def kill(self) -> None:
        """SIGKILL: it gets no chance to finish anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as a person's Ctrl-C would."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop the process where it stands: connections are accepted by the system and nobody answers."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGCONT)  # a frozen one could not hear SIGTERM
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
