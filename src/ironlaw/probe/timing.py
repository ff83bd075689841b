"""Repeated runs against a clock, and the sample that counts.

What else runs on the machine only ever adds time. So the fastest run is nearest to what a processor or a memory can do;
for a disk and a network, where the runs themselves differ, the median is what one meets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median, quantiles

from ironlaw.probe.figures import Result

Clock = Callable[[], float]
LEAST, MOST = 3, 1000  # runs of one measurement
PATIENCE = 1.0  # seconds beyond its time that a measurement may take for its least number of runs


class NotMeasured(Exception):
    """This machine, or what is installed on it, cannot give the figure; the message says why."""


@contextmanager
def installed(package: str) -> Iterator[None]:
    """Imports in this block are of an optional package. NotMeasured where it is missing."""
    try:
        yield
    except ImportError as error:
        raise NotMeasured(f"{package} is not installed; pip install 'ironlaw[probe]'") from error


class Watch:
    """The time that one measurement may take. A clock of its own makes it testable."""

    def __init__(self, seconds: float, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds left; negative when more was taken than there was."""
        return self._end - self.clock()

    def part(self, share: float) -> Watch:
        """A watch for this share of what is left."""
        return Watch(max(0.0, self.left()) * share, self.clock)

    def time(self, work: Callable[[], object]) -> float:
        """Seconds of one run."""
        start = self.clock()
        work()
        return self.clock() - start

    def runs(self, work: Callable[[], object], prepare: Callable[[], object] | None = None) -> list[float]:
        """Seconds of each run of `work`, until the time is up; `prepare` goes before each and is not counted.

        At least three runs, unless they take more than a second beyond that. What comes first warms up caches and is not
        counted.
        """
        if prepare is None:
            work()
        times: list[float] = []
        while len(times) < MOST and (len(times) < LEAST or self.left() > 0):
            if prepare is not None:
                prepare()
            times.append(self.time(work))
            if self.left() < -PATIENCE:
                break
        return times


def spread(times: Sequence[float]) -> float | None:
    """How far apart the middle half of the runs lies, as a share of their median; None for fewer than three."""
    if len(times) < LEAST:
        return None
    low, middle, high = quantiles(times, n=4, method="inclusive")
    return (high - low) / middle if middle > 0 else None


FASTEST, MIDDLE = "the fastest run", "the median run"
_PICK: Mapping[str, Callable[[Sequence[float]], float]] = {FASTEST: min, MIDDLE: median}


def rate(name: str, amount: float, times: Sequence[float], method: str, of: str = FASTEST) -> Result:
    """`amount` a second in one of these runs."""
    return _result(name, amount / _seconds(times, of), times, f"{method}; {of}")


def duration(name: str, times: Sequence[float], method: str, of: str = FASTEST) -> Result:
    """Seconds of one of these runs."""
    return _result(name, _seconds(times, of), times, f"{method}; {of}")


def counted(name: str, value: float, method: str) -> Result:
    """A size: nothing was timed."""
    return Result(id=name, value=value, method=method, samples=1)


def _seconds(times: Sequence[float], of: str) -> float:
    seconds = _PICK[of](times)
    if seconds <= 0:
        raise NotMeasured("it was faster than the clock of this system can tell")
    return seconds


def _result(name: str, value: float, times: Sequence[float], method: str) -> Result:
    return Result(id=name, value=value, method=method, samples=len(times), spread=spread(times))
