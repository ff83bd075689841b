"""Reads rows out of the raw pages of a database file, however damaged: SQLite itself refuses such a file.

Nothing read here is believed by itself: an event counts only when its hash fits. Layout: the SQLite file format document
(b-tree leaf pages, records, overflow chains) and its write-ahead log section.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ironlaw.ledger.kinds import MAX_PAYLOAD_BYTES
from ironlaw.ledger.schema import PAGE_SIZE

HEADER = 100  # bytes before the first page's own header
TABLE_LEAF = 0x0D
MAX_RECORD = MAX_PAYLOAD_BYTES + 8192
WAL_HEADER = 32
FRAME_HEADER = 24
WAL_MAGIC = {0x377F0682: "little", 0x377F0683: "big"}  # the byte order of its checksums

Value = int | float | str | bytes | None
Row = tuple[Value, ...]
Pages = Mapping[int, bytes]


# --- pages of the main file -------------------------------------------------------------------------------------------


def geometry(data: bytes) -> tuple[int, int]:
    """Page size, and the bytes of a page in use, from the header; this program's own when the header makes no sense."""
    size = int.from_bytes(data[16:18], "big")
    size = 65536 if size == 1 else size
    if size in (512 << n for n in range(8)) and data.startswith(b"SQLite format 3\0") and data[20] < 32:
        return size, size - data[20]
    return PAGE_SIZE, PAGE_SIZE


def split_pages(data: bytes, size: int) -> dict[int, bytes]:
    """Pages by number, from 1; a last page that is cut off is filled with zeros."""
    return {i // size + 1: data[i : i + size].ljust(size, b"\0") for i in range(0, len(data), size)}


# --- the write-ahead log ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wal:
    """Frames up to the last commit, oldest first, as (page number, page).

    `fault` says why SQLite would not read all of them. `doubtful`: a checksum fails in the last transaction, which is what
    a crash in the middle of a write looks like too.
    """

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    fault: str | None = None
    doubtful: bool = False


def read_wal(data: bytes) -> Wal:
    """Read a write-ahead log up to its last commit.

    SQLite stops at the first frame whose checksum fails and takes the rest for a transaction that never ended. But where a
    later transaction of the same generation (the same salts) was committed, the log was damaged: each commit is synced
    before the next one begins.
    """
    if len(data) <= WAL_HEADER:
        return Wal()
    magic, _, size, _, salt1, salt2, *sums = struct.unpack(">8I", data[:WAL_HEADER])
    order = WAL_MAGIC.get(magic, sys.byteorder)
    whole = magic in WAL_MAGIC and _checksum(data[:24], order, (0, 0)) == tuple(sums)
    size = size if whole else PAGE_SIZE
    frames: list[tuple[int, bytes]] = []
    commits: list[int] = []
    first_bad = None
    for number, at in enumerate(_frame_starts(data, size)):
        page = data[at + FRAME_HEADER : at + FRAME_HEADER + size]
        page_number, commit, *rest = struct.unpack(">6I", data[at : at + FRAME_HEADER])
        ours = rest[:2] == [salt1, salt2]
        fits = ours and _checksum(data[at : at + 8] + page, order, (sums[0], sums[1])) == tuple(rest[2:])
        sums = rest[2:]
        frames.append((page_number, page))
        if not fits and first_bad is None:
            first_bad = number
        if commit and (ours or not whole):
            commits.append(number)
    frames = frames[: commits[-1] + 1] if commits else []
    if not whole:
        return Wal(frames, "the header of the write-ahead log is damaged")
    ends = [] if first_bad is None else [number for number in commits if number >= first_bad]
    if len(ends) > 1:
        return Wal(frames, f"frame {(first_bad or 0) + 1} of the write-ahead log is damaged")
    return Wal(frames, doubtful=bool(ends))


def _frame_starts(data: bytes, size: int) -> range:
    """Where whole frames begin."""
    return range(WAL_HEADER, len(data) - FRAME_HEADER - size + 1, FRAME_HEADER + size)


def _checksum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    """The log's running checksum over 32-bit words, taken in pairs."""
    words = array("I", data)
    if order != sys.byteorder:
        words.byteswap()
    s0, s1 = start
    pairs = iter(words)
    for even, odd in zip(pairs, pairs, strict=True):
        s0 = (s0 + even + s1) & 0xFFFFFFFF
        s1 = (s1 + odd + s0) & 0xFFFFFFFF
    return s0, s1


# --- rows -------------------------------------------------------------------------------------------------------------


def rows(main: bytes, wal: Wal) -> Iterator[Row]:
    """Every row that any version of any table page holds, in file order; the same row may come more than once."""
    size, usable = geometry(main)
    versions = [(number, page[:usable]) for number, page in [*split_pages(main, size).items(), *wal.frames]]
    newest = dict(versions)
    for number, page in versions:
        yield from _leaf_rows(page, HEADER if number == 1 else 0, newest)


def _leaf_rows(page: bytes, start: int, pages: Pages) -> Iterator[Row]:
    if page[start] != TABLE_LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for index in range(count):
        at = start + 8 + 2 * index
        pointer = int.from_bytes(page[at : at + 2], "big")
        try:
            yield _record(_payload(page, pointer, pages))
        except (IndexError, struct.error, UnicodeDecodeError, ValueError):
            continue  # a cell that makes no sense: what it held is not readable


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer and where it ends."""
    value = 0
    for length in range(8):
        byte = data[at + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + length + 1
    return value << 8 | data[at + 8], at + 9


def _payload(page: bytes, at: int, pages: Pages) -> bytes:
    """The bytes of a cell's record, its overflow pages included."""
    length, at = _varint(page, at)
    _rowid, at = _varint(page, at)
    usable = len(page)
    if length > MAX_RECORD:
        raise ValueError(f"a record of {length} bytes: this program writes none above {MAX_RECORD}")
    if length <= usable - 35:
        return _exactly(page[at : at + length], length)
    least = (usable - 12) * 32 // 255 - 23
    here = least + (length - least) % (usable - 4)
    here = here if here <= usable - 35 else least
    data = page[at : at + here]
    following = int.from_bytes(page[at + here : at + here + 4], "big")
    while len(data) < length and following in pages:
        more = pages[following]
        data += more[4 : 4 + length - len(data)]
        following = int.from_bytes(more[:4], "big")
    return _exactly(data, length)


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ValueError(f"a record of {length} bytes is cut after {len(data)}")
    return data


_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _record(data: bytes) -> Row:
    """The values of a record."""
    end, at = _varint(data, 0)
    types = []
    while at < end:
        kind, at = _varint(data, at)
        types.append(kind)
    values = []
    for kind in types:
        value, at = _value(data, at, kind)
        values.append(value)
    return tuple(values)


def _value(data: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in _INTEGER_BYTES:
        end = at + _INTEGER_BYTES[kind]
        return int.from_bytes(_exactly(data[at:end], end - at), "big", signed=True), end
    if kind == 7:
        return struct.unpack(">d", data[at : at + 8])[0], at + 8
    if kind in (8, 9):
        return kind - 8, at
    if kind < 12:
        raise ValueError(f"column type {kind} is reserved")
    end = at + (kind - 12) // 2
    raw = _exactly(data[at:end], end - at)
    return (raw.decode() if kind % 2 else raw), end
