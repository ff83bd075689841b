"""What counts as JSON here, and how much of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import SqliteStore
from ironlaw.studio.reading import DEPTH, LIMIT, parse

from .client import JSON, LAB, Client, intent, ledger_text, told

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=PLAIN, ascii_only=st.booleans())
def test_json_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(body=st.binary(max_size=200))
def test_what_is_no_json_is_refused(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        with pytest.raises(Refusal, match="body") as refused:
            parse(body)
        assert refused.value.code == "bad_json"


BAD = [
    b"",
    b" ",
    b"{",
    b"{}{}",
    b"{'a': 1}",
    b"[1,]",
    b"\xef\xbb\xbf{}",  # a byte order mark
    b'"\xff"',
    b'"\xed\xa0\x80"',  # a lone surrogate in UTF-8's clothes
    b'{"text": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'["\\udc00\\ud800"]',
    b'{"a": NaN}',
    b"[Infinity]",
    b"-Infinity",
    b"[1e999]",
    b"-1e400",
    b'{"a": 1, "a": 2}',
    b'{"a": {"b": 1, "c": 2, "b": 1}}',
    b'{"a": 1, "\\u0061": 2}',  # the same name in another spelling
    b"1" * 5000,
    b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
    b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
    b"[" * 30_000,
    b"[" * 30_000 + b"]" * 30_000,
    b'"a\nb"',
    json.dumps({"a": 1}).encode("utf-16"),
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:24]))
def test_what_is_not_strict_json_is_refused(client: Client, store: SqliteStore, body: bytes) -> None:
    for path in ("evaluate", "events"):
        assert told(client.raw(path, body), 400, "bad_json")["field"] == "body"
    assert store.events("local") == []


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_the_deepest_json_that_is_taken() -> None:
    value: Any = 1
    for _ in range(DEPTH):
        value = [value]
    assert parse(json.dumps(value).encode()) == value


def test_many_names_are_read_in_a_moment() -> None:
    body = "{" + ",".join(f'"{i}":1' for i in range(7000)) + ',"0":1}'
    with pytest.raises(Refusal, match="'0' stands twice"):
        parse(body.encode())


# --- type and size ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json, text/plain",
        "application/json; charset=utf-16",
    ],
)
def test_a_post_must_say_that_it_is_json(client: Client, store: SqliteStore, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    body = json.dumps(intent("opened")).encode()
    for path in ("evaluate", "events"):
        answer = client.request("POST", f"/api/labs/{LAB}/{path}", content=body, headers=headers)
        assert told(answer, 415, "not_json")["allowed"] == "application/json"
    assert store.events("local") == []


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_ways_to_say_json(client: Client, kind: str) -> None:
    body = json.dumps(intent("opened")).encode()
    answer = client.request("POST", f"/api/labs/{LAB}/events", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 201


def _padded(size: int) -> bytes:
    body = json.dumps(intent("opened")).encode()
    return body + b" " * (size - len(body))


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(client: Client, store: SqliteStore) -> None:
    assert client.raw("events", _padded(LIMIT)).status_code == 201
    before = ledger_text(store)
    answer = client.raw("events", _padded(LIMIT + 1))
    assert str(LIMIT) in told(answer, 413, "too_large")["allowed"]
    assert answer.headers["connection"] == "close"
    assert ledger_text(store) == before


@pytest.mark.parametrize("declared", [None, "10", "0"])
def test_a_streamed_body_is_counted_whatever_its_length_says(
    client: Client, store: SqliteStore, declared: str | None
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    headers = JSON if declared is None else JSON | {"Content-Length": declared}
    answer = client.request("POST", f"/api/labs/{LAB}/events", content=pieces(), headers=headers)
    told(answer, 413, "too_large")
    assert store.events("local") == []


@pytest.mark.parametrize("declared", ["65537", "9" * 300, "-1", "1e3", "٣"])
def test_a_length_that_cannot_be_right_is_refused_before_the_body(client: Client, declared: str) -> None:
    headers = [(b"Content-Type", b"application/json"), (b"Content-Length", declared.encode())]
    told(client.request("POST", f"/api/labs/{LAB}/events", content=b"{}", headers=headers), 413, "too_large")


def test_a_body_that_comes_in_pieces_is_put_together(client: Client) -> None:
    body = json.dumps(intent("opened")).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for place in range(0, len(body), 7):
            await asyncio.sleep(0)
            yield body[place : place + 7]

    assert client.request("POST", f"/api/labs/{LAB}/events", content=pieces(), headers=JSON).status_code == 201
