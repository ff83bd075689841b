"""How fast each format of `ironlaw.probe.records` is decoded, from memory and on one core."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ironlaw.probe.figures import Result
from ironlaw.probe.records import CODECS, made
from ironlaw.probe.timing import NotMeasured, Watch, counted, rate

RECORDS = 2_000  # of a file
_READ = "Decodes {records:,} training samples from memory into NumPy arrays with one core: {told}"


def parsing(name: str) -> Callable[[Watch], Iterator[Result]]:
    """The measurement of one format: bytes and records a second, and bytes of a record."""

    def measure(watch: Watch) -> Iterator[Result]:
        codec, records = CODECS[name], RECORDS
        samples = made(records)
        data = codec.write(samples)
        if codec.read(data).checksum() != samples.checksum():
            raise NotMeasured("what was read is not what was written")
        told = _READ.format(records=records, told=codec.told)
        yield counted(
            f"format_bytes_{name}", len(data) / records, f"Bytes of a file of {records:,} records over their number"
        )
        times = watch.runs(lambda: codec.read(data))
        yield rate(f"parse_{name}", len(data), times, told)
        yield rate(f"parse_{name}_records", records, times, told)

    return measure
