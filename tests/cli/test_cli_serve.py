"""`ironlaw serve`: a real process, its address, its end, and what it says when it cannot start."""

from __future__ import annotations

import json
import signal
import socket
import stat
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from ironlaw.cli.serve import desktop, listen, url
from ironlaw.ledger import SqliteStore, uuid7, verify

from .serving import SECONDS, run, serving

EVENTS = "/api/labs/v2_02/events"


def test_it_says_where_it_is_and_where_the_ledger_lies(ledger: Path) -> None:
    with serving(ledger) as server:
        assert f"http://127.0.0.1:{server.port}/" in server.told
        assert str(ledger) in server.told
        assert server.request("GET", "/healthz")[0] == 200
        assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_and_quietly(ledger: Path, how: signal.Signals) -> None:
    with serving(ledger) as server:
        assert server.request("GET", "/")[0] == 200
        server.process.send_signal(how)
        out, err = server.process.communicate(timeout=SECONDS)
        assert server.process.returncode == 0
        assert err == ""
        assert "Traceback" not in out


def test_what_was_acknowledged_before_the_end_is_in_the_ledger(ledger: Path) -> None:
    acknowledged: list[str] = []
    with serving(ledger) as server:
        predicted = {"id": uuid7(), "kind": "predicted", "act": "act1"}
        sent = predicted | {"payload": {"option": "middle", "confidence": 0.7}}
        assert server.request("POST", EVENTS, sent)[0] == 201

        def write(place: int) -> None:
            for turn in range(200):
                event = uuid7()
                settings = {"parameters": 1e9 + 1e7 * (place * 200 + turn)}
                moved = {"id": event, "kind": "moved", "act": "act1", "payload": {"settings": settings}}
                try:
                    status, _, _ = server.request("POST", EVENTS, moved)
                except OSError:
                    return  # the server is gone: nothing was acknowledged
                if status != 201:
                    return
                acknowledged.append(event)

        writers = [threading.Thread(target=write, args=(place,)) for place in range(4)]
        for writer in writers:
            writer.start()
        while len(acknowledged) < 30 and any(writer.is_alive() for writer in writers):
            writers[0].join(0.01)
        server.process.terminate()
        for writer in writers:
            writer.join(SECONDS)
        assert server.process.wait(SECONDS) == 0
    with SqliteStore(ledger) as store:
        assert verify(store).ok
        assert len(acknowledged) >= 30
        assert set(acknowledged) <= {event.id for event in store.events("local", "v2_02")}


def test_two_browsers_at_one_server_commit_once(ledger: Path) -> None:
    statuses: list[int] = []
    with serving(ledger) as server:
        start = threading.Barrier(6)

        def commit(option: str) -> None:
            payload = {"option": option, "confidence": 0.7}
            event = {"id": uuid7(), "kind": "predicted", "act": "act1", "payload": payload}
            start.wait()
            statuses.append(server.request("POST", EVENTS, event)[0])

        rivals = [threading.Thread(target=commit, args=(option,)) for option in ["middle", "several", "over"] * 2]
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join(SECONDS)
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    with SqliteStore(ledger) as store:
        assert [event.kind for event in store.events("local")] == ["predicted"]


def test_two_servers_share_a_ledger(ledger: Path) -> None:
    with serving(ledger) as one, serving(ledger) as two:
        opened = {"id": uuid7(), "kind": "opened", "payload": {}}
        assert one.request("POST", EVENTS, opened)[0] == 201
        status, _, body = two.request("POST", EVENTS, opened)
        assert (status, json.loads(body)["saved"]["duplicate"]) == (200, True)


# --- when it cannot start ---------------------------------------------------------------------------------------------


def test_a_port_that_is_taken(ledger: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--ledger", str(ledger), "--no-open")
    assert done.returncode == 1
    assert done.stderr.startswith(f"ironlaw: Port {port} is taken")
    assert "--port" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not ledger.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])  # TEST-NET-1, and a name that cannot exist
def test_a_host_that_is_not_this_machine(ledger: Path, host: str) -> None:
    done = run("serve", "--port", "0", "--host", host, "--ledger", str(ledger), "--no-open")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert host in done.stderr


def test_a_ledger_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("serve", "--port", "0", "--ledger", str(tmp_path / "file" / "ledger.sqlite"), "--no-open")
    assert done.returncode == 1
    assert done.stderr.startswith("ironlaw: ")
    assert done.stderr.count("\n") == 1


# --- beyond this machine ----------------------------------------------------------------------------------------------


def test_listening_to_the_world_is_warned_about_and_names_stay_closed(ledger: Path) -> None:
    with serving(ledger, "--host", "0.0.0.0", "--allow-host", "lab.example") as server:  # noqa: S104 - what is tested
        assert "http://127.0.0.1:" in server.told
        for host, status in (("lab.example", 200), ("other.example", 403), ("127.0.0.1", 200)):
            assert server.request("GET", "/api/labs", headers={"Host": host})[0] == status
        server.process.terminate()
        _, err = server.process.communicate(timeout=SECONDS)
        assert "Warning" in err
        assert "no password" in err


def test_this_machine_alone_is_no_warning(ledger: Path) -> None:
    with serving(ledger) as server:
        server.process.terminate()
        assert server.process.communicate(timeout=SECONDS)[1] == ""


def test_an_address_of_its_own_is_a_name_of_the_server(ledger: Path) -> None:
    with serving(ledger, "--host", "127.0.0.2") as server:
        assert f"http://127.0.0.2:{server.port}/" in server.told
        with urlopen(f"http://127.0.0.2:{server.port}/healthz", timeout=SECONDS) as answer:
            assert answer.status == 200


# --- the browser ------------------------------------------------------------------------------------------------------


def test_the_page_is_opened_in_the_browser(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, opened = ledger.with_name("browser"), ledger.with_name("opened")
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n', encoding="utf-8")
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    with serving(ledger, "--open") as server:
        end = time.monotonic() + SECONDS
        while not opened.exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert opened.read_text(encoding="utf-8").strip() == f"http://127.0.0.1:{server.port}/"


# --- small parts ------------------------------------------------------------------------------------------------------


def test_the_socket_names_its_protocol() -> None:
    """asyncio sets TCP_NODELAY on no other; answers would wait for the other side's delayed acknowledgement."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:81/"),
        ("::1", "http://[::1]:81/"),
        ("0.0.0.0", "http://127.0.0.1:81/"),  # noqa: S104 - what is tested
        ("lab.example", "http://lab.example:81/"),
    ],
)
def test_the_address(host: str, expected: str) -> None:
    assert url(host, 81) == expected


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "1"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "1"}, False),
        ("win32", {}, True),
    ],
)
def test_where_a_browser_is_opened(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], expected: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert desktop() is expected
