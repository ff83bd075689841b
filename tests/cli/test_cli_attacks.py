"""Hostile bytes on a real socket: each gets a refusal, nothing is stored, and the server goes on."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from ironlaw.ledger import uuid7

from .serving import SECONDS, Served

EVENTS = b"/api/labs/v2_02/events"


def opened() -> bytes:
    return json.dumps({"id": uuid7(), "kind": "opened", "payload": {}}).encode()


def post(body: bytes, *headers: bytes, host: bytes | None = b"localhost", length: bytes | None = None) -> bytes:
    """A POST of an intent, byte for byte."""
    lines = [b"POST " + EVENTS + b" HTTP/1.1", b"Content-Type: application/json", *headers]
    if host is not None:
        lines.append(b"Host: " + host)
    if not any(header.lower().startswith(b"transfer-encoding") for header in headers):
        lines.append(b"Content-Length: " + (length or str(len(body)).encode()))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found[1])


def code(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"])


def events(served: Served) -> bytes:
    """The ledger's rows, as the server exports them."""
    _, _, body = served.request("GET", "/api/ledger/export")
    return body.partition(b"\n")[2]


@pytest.fixture(autouse=True)
def unharmed(served: Served) -> Iterator[None]:
    """After each attack the ledger is as it was, and the server answers."""
    before = events(served)
    yield
    assert events(served) == before
    assert served.request("GET", "/healthz")[0] == 200
    assert served.process.poll() is None


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [b"evil.example", b"localhost.evil.example", b"user@localhost", b"", b"localhost\x80", b"[::1", b"127.0.0.2"],
)
def test_a_foreign_name(served: Served, host: bytes) -> None:
    answer = served.talk(post(opened(), host=host))
    assert (status(answer), code(answer)) == (403, "bad_host")


def test_no_name_and_two_names(served: Served) -> None:
    assert status(served.talk(post(opened(), host=None))) in (400, 403)
    assert status(served.talk(post(opened(), b"Host: evil.example"))) in (400, 403)
    assert status(served.talk(b"GET /api/labs HTTP/1.0\r\n\r\n")) in (400, 403)


def test_a_foreign_name_in_the_request_line(served: Served) -> None:
    line = b"GET http://evil.example/api/labs HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    assert status(served.talk(line)) in (400, 403)


# --- origin and type --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        b"Origin: http://evil.example",
        b"Origin: null",
        b"Sec-Fetch-Site: cross-site",
        b"Sec-Fetch-Site: same-origin",
        b"Origin: http://localhost:1",
    ],
)
def test_a_foreign_page(served: Served, header: bytes) -> None:
    answer = served.talk(post(opened(), header))
    assert (status(answer), code(answer)) == (403, "bad_origin")


def test_a_form_cannot_write(served: Served) -> None:
    """What a page elsewhere may send without asking: a form, or text."""
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data"):
        sent = post(opened()).replace(b"application/json", kind)
        answer = served.talk(sent)
        assert (status(answer), code(answer)) == (415, "not_json")


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [65_537, 200_000, 3_000_000])
def test_a_body_that_is_too_large(served: Served, size: int) -> None:
    answer = served.talk(post(b" " * size), end=False)
    if size < 1_000_000 or answer:  # a client that goes on and on may see the connection cut instead
        assert (status(answer), code(answer)) == (413, "too_large")


def chunks(size: int, count: int = 1) -> bytes:
    return (b"%x\r\n" % size + b" " * size + b"\r\n") * count


def test_chunks_are_counted(served: Served) -> None:
    sent = post(chunks(1000, 200) + b"0\r\n\r\n", b"Transfer-Encoding: chunked")
    answer = served.talk(sent, end=False)
    assert (status(answer), code(answer)) == (413, "too_large")


def test_chunks_without_an_end(served: Served) -> None:
    """A stream that never stops is cut: the server does not read on for ever."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as wire:
        wire.sendall(post(b"", b"Transfer-Encoding: chunked"))
        endless = chunks(1_000_000, 500)
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, as the system words it
            wire.sendall(endless)


def test_a_length_that_promises_too_much_is_answered_without_it(served: Served) -> None:
    for length in (b"65537", b"10000000000"):
        answer = served.talk(post(b"", length=length), end=False)
        assert (status(answer), code(answer)) == (413, "too_large")
    expecting = served.talk(post(b"", b"Expect: 100-continue", length=b"99999999"), end=False)
    assert (status(expecting), code(expecting)) == (413, "too_large")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"0x10", b"+5", b"5, 5", b"9" * 40, b"\xd9\xa3"])
def test_a_length_that_is_none(served: Served, length: bytes) -> None:
    assert status(served.talk(post(opened(), length=length))) in (400, 413)


def test_a_length_that_promises_too_little(served: Served) -> None:
    """The rest of the body is the next request, and none that anyone could have meant."""
    answer = served.talk(post(opened(), length=b"2"))
    assert status(answer) in (400, 422)
    assert b" 201 " not in answer


def test_two_ways_to_say_the_length(served: Served) -> None:
    """Request smuggling: a length and chunks at once are never both believed."""
    inner = post(opened())
    sent = post(b"0\r\n\r\n" + inner, b"Transfer-Encoding: chunked", b"Content-Length: 5")
    assert b" 201 " not in served.talk(sent)


def test_a_client_that_leaves_in_the_middle(served: Served) -> None:
    body = opened()
    for cut in (1, 30, 90, len(post(body)) - 1):
        with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as wire:
            wire.sendall(post(body)[:cut])


def test_many_clients_that_say_nothing(served: Served) -> None:
    """Silent connections cost the others nothing."""
    silent = [socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) for _ in range(100)]
    try:
        for wire in silent:
            wire.sendall(b"POST /api")
        assert served.request("GET", "/api/labs")[0] == 200
    finally:
        for wire in silent:
            wire.close()


# --- paths, methods, noise --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        b"/static/../session.py",
        b"/static/..%2f..%2fsession.py",
        b"/static/%2e%2e/__init__.py",
        b"/static/..\\session.py",
        b"/static//etc/passwd",
        b"//etc/passwd",
        b"/../../../../etc/passwd",
        b"/static/%00",
        b"/%ff%fe",
        b"/labs/..%2f..%2fetc",
        b"/api/labs/%2e%2e",
    ],
)
def test_paths_that_lead_elsewhere(served: Served, path: bytes) -> None:
    answer = served.talk(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status(answer) in (307, 400, 404)
    assert b"root:" not in answer
    assert b"import" not in answer


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT", b"PATCH", b"PROPFIND", b"NONSENSE", b"get"])
def test_methods(served: Served, method: bytes) -> None:
    answer = served.talk(method + b" /api/labs HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status(answer) in (400, 403, 405)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the start of TLS
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\nY: b\r\x00\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda noise: repr(noise[:24]),
)
def test_noise(served: Served, noise: bytes) -> None:
    answer = served.talk(noise)
    assert b"Traceback" not in answer
    assert not answer or status(answer) in (200, 400, 403, 404, 405)


def test_an_upgrade_is_not_taken(served: Served) -> None:
    asked = b"GET /api/labs HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert b" 101 " not in served.talk(asked)


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    ask = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = (ask % b"/healthz").replace(b"Host", b"Connection: close\r\nHost")
    answer = served.talk(ask % b"/healthz" + ask % b"/api/nothing" + last, end=False)
    assert re.findall(rb"HTTP/1\.1 (\d{3})", answer) == [b"200", b"404", b"200"]


def test_attacks_at_once_do_not_disturb_a_learner(served: Served) -> None:
    def attack() -> None:
        for _ in range(5):
            served.talk(post(b" " * 100_000, host=b"evil.example"), end=False)

    attackers = [threading.Thread(target=attack) for _ in range(4)]
    for attacker in attackers:
        attacker.start()
    for _ in range(20):
        assert served.request("GET", "/api/labs/v2_02")[0] == 200
    for attacker in attackers:
        attacker.join(SECONDS)
