"""A real `ironlaw serve` in a process of its own, with its own ledger file; it can be stopped, killed and started again."""

from __future__ import annotations

import os
import queue
import re
import signal
import threading
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from .nursery import nursery

START_SECONDS = 60  # a cold start on a busy machine
END_SECONDS = 20
BEAT = 0.005
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/?")


def alive(process: int) -> bool:
    """Whether there is such a process. The nursery keeps no trace of the dead."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Server:
    """`ironlaw serve` on this machine. `port` is chosen by the system at the first start and kept after that."""

    def __init__(self, ledger: Path) -> None:
        self.ledger = ledger
        self.port = 0
        self._process: int | None = None  # its id
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
        environment = {**os.environ, "IRONLAW_HOME": str(self.ledger.parent)}
        arguments = ["serve", "--no-open", "--port", str(self.port), "--ledger", str(self.ledger)]
        reading, writing = os.pipe()
        self._process = nursery().born(arguments, environment, writing)
        os.close(writing)
        told: queue.Queue[int] = queue.Queue()
        threading.Thread(target=self._listen, args=(reading, told), daemon=True).start()
        try:
            self.port = told.get(timeout=START_SECONDS)
            with urllib.request.urlopen(f"{self.url}/api/labs", timeout=START_SECONDS) as answer:  # noqa: S310 - our own
                answer.read()
        except (queue.Empty, OSError) as error:
            self.kill()
            raise RuntimeError(f"ironlaw serve did not start ({error!r}):\n{self.log}") from error
        return self

    def _listen(self, output: int, told: queue.Queue[int]) -> None:
        """Read what it prints to the end, so that it never blocks on a full pipe."""
        with os.fdopen(output, encoding="utf-8") as lines:
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
        os.kill(self._running(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        os.kill(self._running(), signal.SIGCONT)

    def _running(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if not alive(process):
            return
        os.kill(process, signal.SIGCONT)  # a frozen one could not hear SIGTERM
        os.kill(process, how)
        for _ in range(int(END_SECONDS / BEAT)):
            if not alive(process):
                return
            time.sleep(BEAT)
        os.kill(process, signal.SIGKILL)
        raise RuntimeError(f"ironlaw serve did not stop:\n{self.log}")

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
