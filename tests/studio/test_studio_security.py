"""Who is let in, and what every answer carries."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ironlaw.ledger import SqliteStore
from ironlaw.session import Session
from ironlaw.studio.app import create_app
from ironlaw.studio.security import CSP, Guard

from .client import JSON, LAB, ORIGIN, Aside, Client, intent, told

EVENTS = f"/api/labs/{LAB}/events"
HOST = "127.0.0.1:8137"


# --- the headers of every answer --------------------------------------------------------------------------------------

ANSWERS = [
    ("GET", "/", {}, 200),
    ("GET", f"/labs/{LAB}", {}, 200),
    ("HEAD", f"/labs/{LAB}", {}, 200),
    ("GET", "/labs/v2-02", {}, 308),
    ("GET", "/labs/v1_03", {}, 404),
    ("GET", "/nothing", {}, 404),
    ("POST", "/", {}, 405),
    ("GET", "/static/page.js", {}, 200),
    ("GET", "/static/nothing.js", {}, 404),
    ("GET", "/api/labs", {}, 200),
    ("GET", f"/api/labs/{LAB}", {}, 200),
    ("GET", "/api/ledger/export", {}, 200),
    ("GET", "/healthz", {}, 200),
    ("GET", "/api/nothing", {}, 404),
    ("POST", "/api/labs", {}, 405),
    ("POST", EVENTS, {}, 415),
    ("POST", EVENTS, JSON, 400),
    ("POST", EVENTS, {"Origin": "http://evil.example"}, 403),
    ("GET", "/", {"Host": "evil.example"}, 403),
    ("GET", "/api/labs", {"Host": "evil.example"}, 403),
]


def secure(answer: httpx.Response) -> None:
    """The headers are there, once each, and nothing lets another site in."""
    headers = answer.headers
    expected = {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    for name, value in expected.items():
        assert headers.get_list(name) == [value]
    assert len(headers.get_list("cache-control")) == 1
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize(("method", "path", "headers", "status"), ANSWERS)
def test_every_kind_of_answer_carries_the_headers(
    client: Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    secure(answer)
    fresh = path == "/static/page.js"
    assert answer.headers["cache-control"] == ("no-cache" if fresh else "no-store")


def test_answers_to_events_and_failures_carry_them_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secure(client.post("events", intent("opened")))
    etag = client.get("/static/page.js").headers["etag"]
    answer = client.get("/static/page.js", if_none_match=etag)
    assert answer.status_code == 304
    secure(answer)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Session, "portal", fail)
    for path in ("/", "/api/labs"):
        answer = client.get(path)
        assert answer.status_code == 500
        secure(answer)


def test_the_policy_lets_nothing_in_but_our_own_files() -> None:
    rules = dict(rule.split(" ", 1) for rule in CSP.split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("img-src") == "'self' data:"
    assert set(rules.values()) <= {"'self'", "'none'"}
    assert {"base-uri", "form-action", "frame-ancestors"} <= rules.keys()  # those that default-src does not cover


# --- host -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", HOST, "localhost", "localhost:1", "LOCALHOST:8137", "[::1]", "[::1]:8137", "127.0.0.1:65535"],
)
def test_names_of_this_machine(client: Client, host: str) -> None:
    assert client.get("/api/labs", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8137",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#localhost",
        "localhost@evil.example",
        "localhost,evil.example",
        "localhost:8137:8137",
        "localhost:",
        "localhost:port",
        "localhost.",
        "127.1",
        "2130706433",
        "0.0.0.0",  # noqa: S104 - a name to refuse
        "::1",
        "[::1",
        "[::]",
        "",
        " localhost",
        "xn--localhost",
        "local\thost",
        "ä.example",
        "x" * 10_000,
    ],
)
def test_other_names_are_refused(client: Client, store: SqliteStore, host: str) -> None:
    for method, path in (("GET", "/api/labs"), ("GET", f"/api/labs/{LAB}"), ("POST", EVENTS)):
        body = json.dumps(intent("opened")).encode() if method == "POST" else None
        headers = [(b"Host", host.encode()), (b"Content-Type", b"application/json")]
        error = told(client.request(method, path, content=body, headers=headers), 403, "bad_host")
        assert "localhost" in error["allowed"]
    page = client.request("GET", "/", headers=[(b"Host", host.encode())])
    assert page.status_code == 403
    assert "Ironlaw" in page.text
    assert 'id="boot"' not in page.text
    assert store.events("local") == []


def test_two_hosts_or_none_are_refused(client: Client) -> None:
    twice = [(b"Host", HOST.encode()), (b"Host", HOST.encode())]
    told(client.request("GET", "/api/labs", headers=twice), 403, "bad_host")


@pytest.fixture
def named(store: SqliteStore) -> Iterator[Client]:
    made = Client(create_app(store, hosts=["Lab.example", "[fd00::7]"]))
    yield made
    made.close()


@pytest.mark.parametrize("host", ["lab.example", "LAB.example:80", "[fd00::7]:8137", "localhost:8137"])
def test_a_server_goes_by_the_names_it_was_given(named: Client, host: str) -> None:
    assert named.get("/api/labs", Host=host).status_code == 200


@pytest.mark.parametrize("host", ["notlab.example", "lab.example.org", "sub.lab.example", "lab.example."])
def test_and_by_no_other(named: Client, host: str) -> None:
    told(named.get("/api/labs", Host=host), 403, "bad_host")


def test_where_the_ledger_lies_is_told_on_this_machine_only(client: Client, named: Client, store: SqliteStore) -> None:
    assert store.path.name in client.get("/").text
    assert store.path.name not in named.get("/").text


# --- origin -----------------------------------------------------------------------------------------------------------

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:8138"},  # another program's page on this machine
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://localhost:8137"},  # ours, by another name than the one that was asked for
    {"Origin": "ftp://127.0.0.1:8137"},
    {"Origin": f"{ORIGIN}/"},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": f"{ORIGIN} http://evil.example"},
    {"Sec-Fetch-Site": "same-origin"},  # a browser always names the origin of a write
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "none"},
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_write_from_elsewhere_is_refused(client: Client, store: SqliteStore, headers: dict[str, str]) -> None:
    body = json.dumps(intent("opened")).encode()
    for path in ("events", "evaluate"):
        answer = client.request("POST", f"/api/labs/{LAB}/{path}", content=body, headers=JSON | headers)
        told(answer, 403, "bad_origin")
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        told(client.request(method, "/api/nothing", headers=headers), 403, "bad_origin")
    assert store.events("local") == []


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ORIGIN}, {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_a_write_from_our_page_or_from_a_program_is_taken(client: Client, headers: dict[str, str]) -> None:
    body = json.dumps(intent("opened")).encode()
    assert client.request("POST", EVENTS, content=body, headers=JSON | headers).status_code == 201


def test_two_origins_are_refused(client: Client) -> None:
    headers = [(b"Origin", ORIGIN.encode()), (b"Origin", b"http://evil.example")]
    told(client.request("POST", EVENTS, headers=headers), 403, "bad_origin")


def test_a_preflight_gets_no_leave(client: Client) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.request("OPTIONS", EVENTS, headers=asked)
    assert answer.status_code == 405
    secure(answer)


def test_a_link_from_elsewhere_may_lead_to_a_page(client: Client) -> None:
    assert client.request("GET", "/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_name_of_the_server_serves_as_origin_under_either_scheme(named: Client) -> None:
    for scheme in ("http", "https"):  # https: a proxy in front
        headers = JSON | {"Host": "lab.example", "Origin": f"{scheme}://lab.example"}
        body = json.dumps(intent("opened")).encode()
        assert named.request("POST", EVENTS, content=body, headers=headers).status_code in (200, 201)


# --- the guard itself -------------------------------------------------------------------------------------------------


def test_an_answer_that_breaks_off_is_not_made_to_look_whole(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("in the middle")

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    def failure(request: Request, error: Exception) -> Response:
        raise AssertionError("a second answer")

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
    aside = Aside()
    with pytest.raises(RuntimeError, match="in the middle"):
        aside.run(Guard(half, hosts=(), failure=failure)(scope, nothing, keep))
    aside.close()
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert "in the middle" in caplog.text
