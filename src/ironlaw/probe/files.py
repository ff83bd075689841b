"""Reading a file in order: from the disk where the system can be made to forget it, and from its cache.

*Cold* means that the operating system holds none of the file in memory. The drive's own cache, and under a virtual machine
that of its host, are out of reach and may still hold it. *Warm* is the copy from the system's cache into a buffer.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from statistics import median

from ironlaw.probe.figures import Result
from ironlaw.probe.timing import MIDDLE, NotMeasured, Watch, rate

BLOCK = 2**20  # bytes read at a time
PIECE = 8 * 2**20  # bytes written at a time
MOST, LEAST = 256 * 2**20, 16 * 2**20  # bytes of the file
SPARE = 4  # times the file's size that must be free
_LOOKS = 32  # places of the file at which to look for it in the cache
_STILL = 0.05  # share of them that may be found there
_LIKE_WARM = (
    2.0  # times the seconds of a warm read: a cold one that takes less is doubted where the system does not tell
)
_F_NOCACHE = 48  # fcntl of macOS: reads go past the cache
_LASTING = Path("/var/tmp")  # noqa: S108 - Linux keeps it on a disk; only a folder of random name is made there
_MOUNT = re.compile(r"^\S+ (\S+) (?:tmpfs|ramfs|devtmpfs) ", flags=re.MULTILINE)
_READ = "Reads a file of {size} MiB in order, 1 MiB at a time, {how}"
_COLD = (
    "after the system dropped it from its cache (a drive's own cache, or a virtual machine's host, may still hold it)"
)
_WARM = "again while the system has it in its cache"


def reading(folder: Path | None = None) -> Callable[[Watch], Iterator[Result]]:
    """The measurement on the disk that holds `folder`; without one, on that of temporary files."""

    def measure(watch: Watch) -> Iterator[Result]:
        with tempfile.TemporaryDirectory(prefix="ironlaw-probe-", dir=folder or _disk()) as made:
            path = Path(made) / "file"
            _write(path, watch.part(0.4))
            yield from _read(path, watch)

    return measure


def _disk() -> Path:
    """A folder for temporary files that lies on a disk: some systems keep the usual one in memory."""
    in_memory = {Path(place) for place in _MOUNT.findall(_mounts())}
    for folder in (Path(tempfile.gettempdir()), _LASTING):
        if folder.is_dir() and not in_memory & {folder.resolve(), *folder.resolve().parents} - {Path("/")}:
            return folder
    raise NotMeasured("the folder of temporary files lies in memory; --folder names one on a disk")


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux


def _write(path: Path, watch: Watch) -> None:
    """Random bytes, which no file system makes smaller, until the file is large enough or the time is up; all on the disk."""
    room = shutil.disk_usage(path.parent).free // SPARE
    if room < LEAST:
        raise NotMeasured(f"less than {SPARE * LEAST >> 20} MiB of the disk are free")
    size = 0
    with path.open("wb", buffering=0) as file:
        _past_the_cache(file.fileno())
        while size < min(MOST, room) - PIECE + 1 and (size < LEAST or watch.left() > 0):
            file.write(os.urandom(PIECE))
            os.fsync(file.fileno())
            size += PIECE


def _read(path: Path, watch: Watch) -> Iterator[Result]:
    """Cold goes first: what is in the cache of macOS once is read from there."""
    size = path.stat().st_size
    cold: list[float] = []
    lacking = ""
    sure = False
    try:
        cold, sure = _cold(path, watch.part(0.7))
    except NotMeasured as error:
        lacking = str(error)
    with path.open("rb", buffering=0) as file:
        warm = watch.runs(_reader(file))
    yield rate("file_read_warm", size, warm, _READ.format(size=size >> 20, how=_WARM), MIDDLE)
    if cold and not sure and median(cold) < _LIKE_WARM * median(warm):
        lacking = "it was read so fast that the system may have kept it in its cache, and it does not tell"
    if lacking:
        raise NotMeasured(lacking)
    yield rate("file_read_cold", size, cold, _READ.format(size=size >> 20, how=_COLD), MIDDLE)


def _reader(file: FileIO) -> Callable[[], None]:
    buffer = bytearray(BLOCK)

    def read() -> None:
        file.seek(0)
        while file.readinto(buffer):
            pass

    return read


def _cold(path: Path, watch: Watch) -> tuple[list[float], bool]:
    """Seconds of each read outside the cache, and whether the system says that it was outside."""
    size, told = path.stat().st_size, True
    with path.open("rb", buffering=0) as file:
        descriptor = file.fileno()

        def forget() -> None:
            nonlocal told
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            held = _held(descriptor, size)
            if held is None:
                told = False
            elif held > _STILL:
                raise NotMeasured("the system keeps the file in its cache though it was asked to drop it")
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # looking may have read a little ahead

        if hasattr(os, "posix_fadvise"):
            return watch.runs(_reader(file), prepare=forget), told
        if _past_the_cache(descriptor):
            return watch.runs(_reader(file), prepare=lambda: None), False
    raise NotMeasured("this system has no way to drop a file from its cache")


def _past_the_cache(descriptor: int) -> bool:
    """Make what is read and written here go past the cache of macOS. False where there is no such way."""
    if sys.platform != "darwin":
        return False
    import fcntl  # noqa: PLC0415 - Windows has none

    fcntl.fcntl(descriptor, _F_NOCACHE, 1)
    return True


def _held(descriptor: int, size: int) -> float | None:
    """Share of the file that is in the cache; None where the system does not tell."""
    if not hasattr(os, "RWF_NOWAIT"):
        return None
    held, byte = 0, [bytearray(1)]
    for look in range(_LOOKS):
        try:
            # Answers only from memory. The looks come from the end, so that none is taken for reading ahead.
            held += os.preadv(descriptor, byte, size - 1 - look * (size // _LOOKS), os.RWF_NOWAIT)
        except BlockingIOError:
            continue
        except OSError:  # a file system that cannot say
            return None
    return held / _LOOKS
