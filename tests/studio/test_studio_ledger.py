"""The ledger over HTTP: it is seen growing, carried away, and brought back; what is no export changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from ironlaw.ledger import SqliteStore, export, verify
from ironlaw.studio.app import create_app
from ironlaw.studio.ledger import IMPORT_LIMIT, IMPORT_LINES

from .client import LAB, ORIGIN, Client, intent, ledger_text, told, walk

LINES = {"Content-Type": "application/x-ndjson"}


def bring(client: Client, text: str | bytes, lab: str | None = None, **headers: str) -> httpx.Response:
    """POST a file as the panel does."""
    path = "/api/ledger/import" + (f"?lab={lab}" if lab else "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = text if isinstance(text, bytes) else text.encode()
    return client.request("POST", path, content=body, headers=LINES | named)


def look(client: Client, last: int | None = None) -> dict[str, Any]:
    """What the panel shows."""
    answer = client.get("/api/ledger" + (f"?last={last}" if last else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[SqliteStore, Client]]:
    """Another machine with an empty ledger."""
    with SqliteStore(tmp_path / "other" / "ledger.sqlite") as store:
        client = Client(create_app(store))
        yield store, client
        client.close()


# --- growing ----------------------------------------------------------------------------------------------------------


def test_an_empty_ledger(client: Client) -> None:
    told = look(client)
    assert (told["events"], told["labs"], told["devices"], told["head"], told["last"]) == (0, 0, 0, None, [])


def test_it_grows_with_every_step(client: Client, store: SqliteStore) -> None:
    """Each event is told once, with its own hash and that of the one before it, as an independent reading has them."""
    act = client.document()["acts"][0]
    assert client.post("events", intent("opened")).status_code == 201
    option = act["prediction"]["options"][0]["id"]
    assert client.post("events", intent("predicted", act["id"], option=option, confidence=0.7)).status_code == 201
    told = look(client)
    events = store.events("local")
    assert [line["what"] for line in told["last"]] == ["Opened the lab", "Locked a prediction, 70 % sure"]
    assert [line["number"] for line in told["last"]] == [1, 2]
    assert [line["hash"] for line in told["last"]] == [event.hash[:8] for event in events]
    assert [line["prev"] for line in told["last"]] == ["0" * 8, events[0].hash[:8]]
    assert [line["first"] for line in told["last"]] == [True, False]
    assert all(line["chained"] for line in told["last"])
    assert told["head"] == {
        "device": events[1].device,
        "seq": 2,
        "at": events[1].server_time,
        "hash": events[1].hash,
    }
    assert told["last"][1]["where"].endswith(f"· {act['title']}")


def test_every_kind_has_its_words(client: Client, store: SqliteStore) -> None:
    """A whole lab: no event is told as “a kind”, and none tells whether an answer was right."""
    walk(client)
    told = look(client, 50)
    assert told["events"] == len(store.events("local")) == len(told["last"])
    assert {line["kind"] for line in told["last"]} >= {
        "opened",
        "predicted",
        "moved",
        "revealed",
        "decided",
        "completed",
    }
    for line in told["last"]:
        assert "kind" not in line["what"]
        assert line["chained"]
    text = json.dumps(told)
    assert not any(word in text for word in ("correct", "brier", "right", "wrong"))


def test_as_many_as_asked_for(client: Client) -> None:
    walk(client)
    everything = look(client, 50)["last"]
    assert look(client, 3)["last"] == everything[-3:]
    assert look(client)["last"] == everything[-len(look(client)["last"]) :]
    for last in ("0", "51", "-1", "x", "1e1", "٣", "999999999999"):
        assert told(client.get(f"/api/ledger?last={last}"), 422, "out_of_range")["field"] == "last"


def test_a_changed_event_is_not_chained(client: Client, store: SqliteStore) -> None:
    """Somebody edits the file behind our back."""
    walk(client, "act1:predicted")
    with closing(sqlite3.connect(store.path)) as editor, editor:
        editor.execute("DROP TRIGGER events_are_append_only")
        editor.execute("UPDATE events SET payload = replace(payload, '0.7', '0.9') WHERE kind = 'predicted'")
    lines = look(client)["last"]
    assert [line["chained"] for line in lines] == [line["kind"] != "predicted" for line in lines]
    assert not verify(store).ok


# --- there and back ---------------------------------------------------------------------------------------------------


def test_export_then_import_elsewhere(client: Client, store: SqliteStore, other: tuple[SqliteStore, Client]) -> None:
    """A lab half done here goes on there; a second import changes nothing."""
    theirs, there = other
    walk(client, "act1:revealed")
    file = client.get("/api/ledger/export")
    assert "attachment" in file.headers["content-disposition"]
    report = bring(there, file.text).json()
    count = len(store.events("local"))
    assert (report["added"], report["duplicate"], report["refused"], report["ok"]) == (count, 0, [], True)
    assert theirs.events("local") == store.events("local")
    here, now = client.document(), there.document()
    assert (now["next"], now["journey"]) == (here["next"], here["journey"])
    before = ledger_text(theirs)
    again = bring(there, file.text).json()
    assert (again["added"], again["duplicate"], again["ok"]) == (0, count, True)
    assert ledger_text(theirs) == before


def test_both_are_events_of_the_lab_that_asked(client: Client, store: SqliteStore) -> None:
    """The file holds what was there before it was asked for; the asking is told afterwards."""
    walk(client, "act1:predicted")
    count = len(store.events("local"))
    file = client.get(f"/api/ledger/export?lab={LAB}")
    assert len(file.text.splitlines()) == count + 1  # the header
    report = bring(client, file.text, LAB).json()
    assert (report["added"], report["duplicate"]) == (0, count)
    kinds = [(event.kind, event.lab, dict(event.payload)) for event in store.events("local")[count:]]
    assert kinds == [("exported", LAB, {"events": count}), ("imported", LAB, {"events": 0})]
    words = [line["what"] for line in look(client)["last"][-2:]]
    assert words == [f"Exported the ledger, {count} events", "Imported a file, 0 events"]
    assert verify(store).ok


def test_a_reading_leaves_no_trace(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:predicted")
    before = ledger_text(store)
    client.get("/api/ledger/export")
    client.get("/api/ledger")
    assert ledger_text(store) == before


def test_another_learner_s_file(client: Client, store: SqliteStore, other: tuple[SqliteStore, Client]) -> None:
    """Nothing of it is taken, and the answer says whose it is."""
    theirs, there = other
    walk(there, "act1:predicted")
    text = export(theirs, "local").replace('"learner":"local"', '"learner":"someone else"')
    report = bring(client, text).json()
    assert (report["added"], report["ok"], report["refused_count"]) == (0, False, len(theirs.events("local")))
    assert {each["code"] for each in report["refused"]} == {"learner"}
    assert "someone else" in report["refused"][0]["reason"]
    assert store.events("local") == []


# --- what is no ledger ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"hello",
        b"[1]\n{}",
        b'{"format": "other"}\n',
        b"\xff\xfe\x00",
        b'{"format":"ironlaw-ledger","version":2}\n',
    ],
    ids=repr,
)
def test_garbage_is_refused(client: Client, store: SqliteStore, body: bytes) -> None:
    walk(client, "act1:predicted")
    before = ledger_text(store)
    assert told(bring(client, body, LAB), 422, "bad_value")["field"] == "body"
    assert ledger_text(store) == before


def test_a_file_that_was_cut_or_changed(client: Client, other: tuple[SqliteStore, Client]) -> None:
    """What fits its chain is taken, the rest is named, and the report says that the file is not whole."""
    _, there = other
    walk(client, "act1:revealed")
    lines = client.get("/api/ledger/export").text.splitlines(keepends=True)
    cut = bring(there, "".join(lines[:3])).json()
    assert (cut["added"], cut["complete"], cut["ok"]) == (2, False, False)
    assert "cut off" in cut["reason"]
    forged = "".join(lines).replace('"confidence":0.7', '"confidence":0.9')
    report = bring(there, forged).json()
    assert report["refused"][0]["code"] == "hash"
    assert not report["ok"]


def test_an_answer_names_some_of_many_refused(client: Client) -> None:
    header = {"format": "ironlaw-ledger", "version": 1, "learner": None, "events": 500}
    report = bring(client, json.dumps(header) + "\n" + "x\n" * 500).json()
    assert report["refused_count"] == 500
    assert len(report["refused"]) < 50


def test_too_large(client: Client, store: SqliteStore) -> None:
    """Too many bytes, declared or not, and too many lines."""

    async def endless() -> Any:
        for _ in range(IMPORT_LIMIT // 2**20 + 1):
            yield b" " * 2**20

    assert told(bring(client, b" " * (IMPORT_LIMIT + 1)), 413, "too_large")["field"] == "body"
    assert told(client.request("POST", "/api/ledger/import", content=endless(), headers=LINES), 413, "too_large")
    assert told(bring(client, b"\n" * (IMPORT_LINES + 1)), 413, "too_large")
    assert store.events("local") == []


# --- who may ----------------------------------------------------------------------------------------------------------


def test_only_our_own_pages_write(client: Client, store: SqliteStore) -> None:
    text = export(store, "local")
    told(bring(client, text, Origin="http://evil.example"), 403, "bad_origin")
    told(bring(client, text, Origin=ORIGIN, Sec_Fetch_Site="cross-site"), 403, "bad_origin")
    told(client.get(f"/api/ledger/export?lab={LAB}", Sec_Fetch_Site="cross-site"), 403, "bad_origin")
    assert store.events("local") == []
    assert bring(client, text, Origin=ORIGIN, Sec_Fetch_Site="same-origin").status_code == 200
    assert client.get(f"/api/ledger/export?lab={LAB}", Sec_Fetch_Site="same-origin").status_code == 200


def test_the_type_is_asked_for(client: Client) -> None:
    """A form of another site can send text/plain without asking; not this."""
    answer = client.request("POST", "/api/ledger/import", content=b"{}", headers={"Content-Type": "text/plain"})
    assert told(answer, 415, "not_json")["allowed"] == "application/x-ndjson"


def test_an_unknown_lab_stores_nothing(client: Client, store: SqliteStore) -> None:
    text = export(store, "local")
    told(bring(client, text, "v9_99"), 404, "unknown_lab")
    told(client.get("/api/ledger/export?lab=v9_99"), 404, "unknown_lab")
    assert store.events("local") == []


def test_methods(client: Client) -> None:
    for method, path in (("POST", "/api/ledger"), ("GET", "/api/ledger/import"), ("POST", "/api/ledger/export")):
        told(client.request(method, path), 405, "method_not_allowed")


def test_the_digest_of_the_header_is_of_the_lines(client: Client) -> None:
    """The file that is downloaded proves itself."""
    walk(client, "act1:predicted")
    header, _, body = client.get("/api/ledger/export").text.partition("\n")
    assert json.loads(header)["digest"] == sha256(body.encode()).hexdigest()
