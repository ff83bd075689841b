"""The four formats hold the same records: read back exactly, and read by a reader of the test's own."""

from __future__ import annotations

import io
import json
import struct
import sys
from itertools import islice

import numpy as np
import pyarrow.parquet as pq
import pytest

from ironlaw.probe import FORMATS, NotMeasured
from ironlaw.probe.records import CODECS, FEATURES, LETTERS, TOKENS, VOCABULARY, Samples, made

RECORDS = made(40)


def rows(samples: Samples) -> list[tuple[int, int, str, list[float], list[int]]]:
    return list(
        zip(
            samples.number.tolist(),
            samples.label.tolist(),
            samples.source,
            samples.features.tolist(),
            samples.tokens.tolist(),
            strict=True,
        )
    )


def test_records_are_what_the_documents_say() -> None:
    assert len(RECORDS) == 40
    assert RECORDS.features.shape == (40, FEATURES) == (40, 64)
    assert RECORDS.tokens.shape == (40, TOKENS) == (40, 64)
    types = [column.dtype.str for column in (RECORDS.number, RECORDS.label, RECORDS.features, RECORDS.tokens)]
    assert types == ["<i8", "<i4", "<f4", "<i4"]
    assert {len(source) for source in RECORDS.source} == {LETTERS}
    assert all(source.isascii() and source.islower() for source in RECORDS.source)
    assert 0 <= RECORDS.tokens.min() <= RECORDS.tokens.max() < VOCABULARY
    assert abs(RECORDS.features.mean()) < 0.1
    assert 0.9 < RECORDS.features.std() < 1.1
    assert made(40).checksum() == RECORDS.checksum() != made(41).checksum()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_read_is_what_was_written_to_the_last_bit(name: str) -> None:
    codec = CODECS[name]
    read = codec.read(codec.write(RECORDS))
    assert len(read) == len(RECORDS)
    assert rows(read) == rows(RECORDS)
    assert read.checksum() == RECORDS.checksum()


def test_the_checksum_sees_one_changed_value_of_each_column() -> None:
    for column in ("number", "label", "features", "tokens"):
        other = made(40)
        getattr(other, column).flat[7] += 1
        assert other.checksum() != RECORDS.checksum(), column
    other = made(40)
    other.source[3] = other.source[3].upper()
    assert other.checksum() != RECORDS.checksum()


# --- read by hand -----------------------------------------------------------------------------------------------------


def test_csv_by_hand() -> None:
    head, *lines = CODECS["csv"].write(RECORDS).decode().splitlines()
    assert head.split(",")[:4] == ["number", "label", "source", "feature_0"]
    assert head.split(",")[-1] == "token_63"
    for line, (number, label, source, features, tokens) in zip(lines, rows(RECORDS), strict=True):
        cells = line.split(",")
        assert cells[:3] == [str(number), str(label), source]
        assert [np.float32(cell) for cell in cells[3:67]] == [np.float32(value) for value in features]
        assert [int(cell) for cell in cells[67:]] == tokens


def test_json_by_hand() -> None:
    lines = CODECS["json"].write(RECORDS).splitlines()
    for line, (number, label, source, features, tokens) in zip(lines, rows(RECORDS), strict=True):
        assert b" " not in line
        found = json.loads(line)
        assert list(found) == ["number", "label", "source", "features", "tokens"]
        assert (found["number"], found["label"], found["source"], found["tokens"]) == (number, label, source, tokens)
        assert np.array_equal(np.array(found["features"], np.float32), np.array(features, np.float32))


def test_parquet_by_pyarrow_alone() -> None:
    data = CODECS["parquet"].write(RECORDS)
    table = pq.read_table(io.BytesIO(data))
    found = [tuple(record.values()) for record in table.to_pylist()]
    assert found == rows(RECORDS)
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
    assert column.compression == "SNAPPY"


def fields(message: bytes) -> dict[int, int | bytes]:
    """A message of the wire format, taken apart: varints and bytes."""
    found: dict[int, int | bytes] = {}
    stream = iter(message)
    for key in stream:
        value = varint(stream)
        found[key >> 3] = value if key & 7 == 0 else bytes(islice(stream, value))
    return found


def varint(stream: object) -> int:
    value = shift = 0
    for byte in stream:  # type: ignore[attr-defined]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value


def test_protobuf_by_hand() -> None:
    data, at = CODECS["protobuf"].write(RECORDS), 0
    for number, label, source, features, tokens in rows(RECORDS):
        (size,) = struct.unpack_from("<I", data, at)
        found = fields(data[at + 4 : at + 4 + size])
        at += 4 + size
        assert found.get(1, 0) == number
        assert found.get(2, 0) == label
        assert found[3] == source.encode()
        assert isinstance(found[4], bytes)
        assert list(struct.unpack(f"<{FEATURES}f", found[4])) == features
        assert isinstance(found[5], bytes)
        packed = iter(found[5])
        assert [varint(packed) for _ in tokens] == tokens
        assert next(packed, None) is None
    assert at == len(data)


def test_sizes_are_in_the_order_that_the_encodings_explain() -> None:
    """A packed float takes 4 bytes and a token at most 3; a text needs a sign, a point, the digits and a comma."""
    sizes = {name: len(CODECS[name].write(RECORDS)) / len(RECORDS) for name in FORMATS}
    packed = 4 * FEATURES + 3 * TOKENS
    assert 4 * FEATURES + 2 * TOKENS < sizes["protobuf"] < packed + 60
    assert sizes["protobuf"] < sizes["csv"] < sizes["json"]


@pytest.mark.parametrize(
    ("name", "module", "package"), [("parquet", "pyarrow", "pyarrow"), ("protobuf", "google.protobuf", "protobuf")]
)
def test_a_missing_library_is_named(name: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ironlaw.probe import records

    records._message.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotMeasured, match=f"^{package} is not installed; pip install 'ironlaw\\[probe\\]'$"):
        CODECS[name].write(RECORDS)
