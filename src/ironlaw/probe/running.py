"""All measurements, one after the other, within one stretch of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ironlaw.probe import compute, files, network, parsing, pictures
from ironlaw.probe.figures import FIGURES, FORMATS, Result
from ironlaw.probe.timing import Clock, NotMeasured, Watch

SECONDS = 30.0  # for everything, where nothing else is said
LATE, LAST = 15.0, 52.0  # seconds beyond that, and in all, after which nothing is begun: a slow machine answers, too
Measure = Callable[[Watch], Iterator[Result]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One measurement: what it is called, the ids of its figures, its share of the time against the others', and itself."""

    name: str
    title: str
    ids: tuple[str, ...]
    weight: float
    measure: Measure


def probes(folder: Path | None = None) -> tuple[Probe, ...]:
    """All of them, in order. `folder` lies on the disk whose files are read."""
    found = [
        Probe("memory", "memory", ("memory_bandwidth", "memory_copy"), 2, compute.bandwidth),
        Probe("matrix", "matrix products", ("matrix_flops_fp32", "matrix_flops_fp64"), 3, compute.matrices),
        Probe("file", "reading a file", ("file_read_cold", "file_read_warm"), 4, files.reading(folder)),
    ]
    for name in FORMATS:
        ids = (f"parse_{name}", f"parse_{name}_records", f"format_bytes_{name}")
        title = f"decoding {FIGURES[ids[0]].label.split()[-1]}"
        found.append(Probe(name, title, ids, 2, parsing.parsing(name)))
    found += [
        Probe("jpeg", "decoding JPEG", ("jpeg_decode", "jpeg_bytes"), 2, pictures.jpeg),
        Probe("loopback", "the network stack", ("loopback_bandwidth", "loopback_latency"), 2, network.loopback),
        Probe("dispatch", "calls", ("dispatch_python", "dispatch_numpy"), 1, compute.calls),
    ]
    return tuple(found)


def measure(
    chosen: Sequence[Probe],
    seconds: float = SECONDS,
    clock: Clock = time.perf_counter,
    begins: Callable[[Probe], None] = lambda _: None,
) -> Iterator[Result]:
    """Results in the order of `chosen`; a figure that could not be taken says why. `begins` hears of each measurement.

    Each gets its share of the time that is left, so one that takes longer makes the later ones shorter.
    """
    whole, late = Watch(seconds, clock), max(0.0, min(LATE, LAST - seconds))
    for place, probe in enumerate(chosen):
        begins(probe)
        if whole.left() < -late:
            yield from _missing(probe.ids, "this machine took too long for what came before; --only measures it alone")
            continue
        watch = whole.part(probe.weight / sum(each.weight for each in chosen[place:]))
        yield from _taken(probe, watch)


def _missing(ids: Sequence[str], reason: str) -> Iterator[Result]:
    return (Result(id=name, missing=reason) for name in ids)


def _taken(probe: Probe, watch: Watch) -> Iterator[Result]:
    left = list(probe.ids)
    try:
        for result in probe.measure(watch):
            left.remove(result.id)
            yield result
        reason = "the measurement ended without it"
    except NotMeasured as error:
        reason = str(error)
    except MemoryError:
        reason = "not enough memory is free"
    except OSError as error:  # no room on the disk, no loopback, no folder
        reason = error.strerror or type(error).__name__
    yield from _missing(left, reason)
