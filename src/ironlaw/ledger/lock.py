"""A lock beside the ledger file: shared while a store has it open, exclusive while the file is made, moved or mended.

Nobody may move a file aside that another process is writing to: what that process acknowledges would be lost. The
system lets go of the lock when a process dies, also by kill -9.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from ironlaw.ledger.errors import UnavailableError

try:
    import fcntl
except ImportError:  # Windows refuses by itself to rename a file that is open; a browser has one process
    fcntl = None  # type: ignore[assignment]

WAIT_SECONDS = 60.0


class FileLock:
    """`NAME.lock`, held by its file descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def acquire(self) -> bool:
        """Take the lock; True when nobody else has the ledger open (exclusive), False when somebody has (shared).

        Waits while another process makes or mends the file. Raises UnavailableError when that takes too long.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            if self._try(exclusive=True):
                return True
            if self._try(exclusive=False):
                return False
            if time.monotonic() > deadline:
                raise UnavailableError(f"another process has held {self._path} for over {WAIT_SECONDS:.0f} s")
            time.sleep(0.005)

    def share(self) -> None:
        """Go from exclusive to shared, so that other processes may open the ledger too."""
        if fcntl:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go. A second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _try(self, *, exclusive: bool) -> bool:
        if not fcntl:
            return True
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self._file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            return True
        return False
