"""One training sample in four formats: written and read by the libraries that people use.

A record is `number` (64-bit), `label` (32-bit), `source` (a text of 12 letters), 64 `features` (32-bit floats, normally
distributed, every digit kept) and 64 `tokens` (32-bit, below 50,000). Reading ends in the same arrays for every format, so
the same work is timed: from bytes in memory to what a training step takes.

CSV, JSON and Protobuf are read a record at a time, as a loader does that maps a function over samples; Parquet is stored in
columns and read in columns. One core: no library is let to use threads.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ironlaw.probe.timing import installed

FEATURES, TOKENS = 64, 64  # values of a record
VOCABULARY = 50_000
LETTERS = 12
_PREFIX = 4  # bytes of a message's length, little-endian, before it


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Records as arrays: what every format is made of, and read into."""

    number: Any
    label: Any
    source: list[str]
    features: Any
    tokens: Any

    def __len__(self) -> int:
        return len(self.source)

    def checksum(self) -> str:
        """The same for the same records, whatever format they came through."""
        total = hashlib.sha256("\n".join(self.source).encode())
        for column in (self.number, self.label, self.features, self.tokens):
            total.update(f"{column.dtype.str}{column.shape}".encode() + column.tobytes())
        return total.hexdigest()


def made(count: int) -> Samples:
    """So many records, the same on every machine."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    random = np.random.default_rng(20261122)
    letters = random.integers(ord("a"), ord("z") + 1, (count, LETTERS)).astype(np.uint8)
    return Samples(
        number=random.integers(0, 2**53, count),
        label=random.integers(0, 1000, count).astype(np.int32),
        source=[row.tobytes().decode() for row in letters],
        features=random.standard_normal((count, FEATURES), dtype=np.float32),
        tokens=random.integers(0, VOCABULARY, (count, TOKENS)).astype(np.int32),
    )


class _Rows:
    """Records that come one by one, collected into arrays."""

    def __init__(self) -> None:
        self.number: list[int] = []
        self.label: list[int] = []
        self.source: list[str] = []
        self.features: list[float] = []
        self.tokens: list[int] = []

    def samples(self) -> Samples:
        import numpy as np  # noqa: PLC0415 - imported where it is needed

        return Samples(
            number=np.array(self.number, np.int64),
            label=np.array(self.label, np.int32),
            source=self.source,
            features=np.array(self.features, np.float32).reshape(-1, FEATURES),
            tokens=np.array(self.tokens, np.int32).reshape(-1, TOKENS),
        )


def _texts(samples: Samples) -> Iterator[tuple[str, str, str, list[str], list[str]]]:
    """Each record in words; a float has the fewest digits that tell it from its neighbours."""
    for number, label, source, features, tokens in zip(
        samples.number.tolist(),
        samples.label.tolist(),
        samples.source,
        samples.features,
        samples.tokens.tolist(),
        strict=True,
    ):
        yield str(number), str(label), source, [str(value) for value in features], [str(value) for value in tokens]


# --- CSV and JSON: the standard library -------------------------------------------------------------------------------


def to_csv(samples: Samples) -> bytes:
    """A column for every value, and a line of their names."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    names = [f"feature_{i}" for i in range(FEATURES)] + [f"token_{i}" for i in range(TOKENS)]
    lines.writerow(["number", "label", "source", *names])
    for number, label, source, features, tokens in _texts(samples):
        lines.writerow([number, label, source, *features, *tokens])
    return out.getvalue().encode()


def from_csv(data: bytes) -> Samples:
    """Read by `csv`, `int` and `float`."""
    rows = _Rows()
    lines = csv.reader(io.StringIO(data.decode(), newline=""))
    next(lines)
    for row in lines:
        rows.number.append(int(row[0]))
        rows.label.append(int(row[1]))
        rows.source.append(row[2])
        rows.features.extend(map(float, row[3 : 3 + FEATURES]))
        rows.tokens.extend(map(int, row[3 + FEATURES :]))
    return rows.samples()


def to_json(samples: Samples) -> bytes:
    """An object a line, without blanks."""
    lines = [
        f'{{"number":{number},"label":{label},"source":"{source}","features":[{",".join(features)}],"tokens":[{",".join(tokens)}]}}\n'
        for number, label, source, features, tokens in _texts(samples)
    ]
    return "".join(lines).encode()


def from_json(data: bytes) -> Samples:
    """Read by `json`, line by line."""
    rows = _Rows()
    for line in data.splitlines():
        record = json.loads(line)
        rows.number.append(record["number"])
        rows.label.append(record["label"])
        rows.source.append(record["source"])
        rows.features.extend(record["features"])
        rows.tokens.extend(record["tokens"])
    return rows.samples()


# --- Parquet: pyarrow -------------------------------------------------------------------------------------------------


def to_parquet(samples: Samples) -> bytes:
    """Columns, with Snappy, pyarrow's default. Without dictionaries: in a large file these values outgrow them."""
    with installed("pyarrow"):
        import pyarrow as pa  # noqa: PLC0415 - an extra: only who measures has it
        import pyarrow.parquet as pq  # noqa: PLC0415

    def lists(values: Any, width: int) -> Any:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), width)

    table = pa.table(
        {
            "number": samples.number,
            "label": samples.label,
            "source": samples.source,
            "features": lists(samples.features, FEATURES),
            "tokens": lists(samples.tokens, TOKENS),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="snappy", use_dictionary=False)
    return out.getvalue()


def from_parquet(data: bytes) -> Samples:
    """Read by pyarrow, column by column, without threads."""
    with installed("pyarrow"):
        import pyarrow as pa  # noqa: PLC0415 - as above
        import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(pa.BufferReader(data), use_threads=False).combine_chunks()

    def lists(name: str, width: int) -> Any:
        return table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, width)

    return Samples(
        number=table["number"].to_numpy(),
        label=table["label"].to_numpy(),
        source=table["source"].to_pylist(),
        features=lists("features", FEATURES),
        tokens=lists("tokens", TOKENS),
    )


# --- Protobuf ---------------------------------------------------------------------------------------------------------


@cache
def _message() -> Any:
    """The class of a message. Described here, so that nobody needs a compiler of .proto files."""
    with installed("protobuf"):
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: PLC0415 - an extra, as above

    file = descriptor_pb2.FileDescriptorProto(name="ironlaw_probe.proto", package="ironlaw.probe", syntax="proto3")
    message = file.message_type.add(name="Sample")
    kind = descriptor_pb2.FieldDescriptorProto
    for index, (name, type_, repeated) in enumerate(
        (
            ("number", kind.TYPE_INT64, False),
            ("label", kind.TYPE_INT32, False),
            ("source", kind.TYPE_STRING, False),
            ("features", kind.TYPE_FLOAT, True),
            ("tokens", kind.TYPE_INT32, True),
        )
    ):
        label = kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL
        message.field.add(name=name, number=index + 1, type=type_, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("ironlaw.probe.Sample"))


def to_protobuf(samples: Samples) -> bytes:
    """Messages one after the other, each after its length; lists are packed."""
    message, parts = _message(), []
    for number, label, source, features, tokens in zip(
        samples.number.tolist(),
        samples.label.tolist(),
        samples.source,
        samples.features.tolist(),
        samples.tokens.tolist(),
        strict=True,
    ):
        encoded = message(
            number=number, label=label, source=source, features=features, tokens=tokens
        ).SerializeToString()
        parts += [len(encoded).to_bytes(_PREFIX, "little"), encoded]
    return b"".join(parts)


def from_protobuf(data: bytes) -> Samples:
    """Read by protobuf, message by message."""
    parse, rows, at = _message().FromString, _Rows(), 0
    while at < len(data):
        start = at + _PREFIX
        at = start + int.from_bytes(data[at:start], "little")
        record = parse(data[start:at])
        rows.number.append(record.number)
        rows.label.append(record.label)
        rows.source.append(record.source)
        rows.features.extend(record.features[:])  # a slice is a list, which is quicker to walk
        rows.tokens.extend(record.tokens[:])
    return rows.samples()


@dataclass(frozen=True, slots=True)
class Codec:
    """How a format is written and read, and by what."""

    write: Callable[[Samples], bytes]
    read: Callable[[bytes], Samples]
    told: str


CODECS = {
    "csv": Codec(to_csv, from_csv, "CSV, a record at a time with Python's csv, int and float"),
    "json": Codec(to_json, from_json, "JSON Lines, a record at a time with Python's json"),
    "parquet": Codec(to_parquet, from_parquet, "Parquet with Snappy, in columns with pyarrow"),
    "protobuf": Codec(to_protobuf, from_protobuf, "length-prefixed Protobuf, a record at a time with protobuf"),
}
