"""A clock that a test moves: no test waits, and none depends on how fast the machine is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds that pass when told to; with `tick`, also at each look."""

    now: float = 0.0
    tick: float = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now

    def wait(self, seconds: float) -> None:
        """Let them pass."""
        self.now += seconds
