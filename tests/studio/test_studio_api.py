"""Every answer of docs/reference/document.md: each status and code, and that a refusal leaves the ledger as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ironlaw.desk import STATUS
from ironlaw.ledger import SqliteStore, export, import_, uuid7
from ironlaw.session import Session
from ironlaw.studio.app import create_app

from .client import LAB, Client, intent, ledger_text, steps, told, walk

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "document.md"


def test_the_documented_table_of_errors_is_the_one_that_is_used() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.+) \|$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)} == STATUS


# --- a lab from end to end --------------------------------------------------------------------------------------------


def test_a_learner_goes_through_the_whole_lab(client: Client, store: SqliteStore) -> None:
    done = walk(client)
    stored = store.events("local", LAB)
    assert {step["id"] for step in done} <= {event.id for event in stored}
    assert all(step["state"] == "done" for step in client.document()["journey"])
    assert client.document()["synthesis"]
    assert (
        next(lab for lab in client.get("/api/labs").json()["labs"] if lab["id"] == LAB)["progress"]["stage"] == "done"
    )


def test_each_intent_is_answered_with_what_the_page_needs_next(client: Client) -> None:
    for step in steps(client):
        answer = client.post("events", step)
        assert answer.status_code == 201
        body = answer.json()
        saved = body["saved"]
        assert saved["id"] == step["id"]
        assert saved["events"][0] == step["kind"]
        assert saved["duplicate"] is False
        assert saved["seq"] > 0
        assert saved["server_time"].endswith("Z")
        assert "goals" in body if step["kind"] == "moved" else "document" in body
        if "document" in body:
            assert body["document"] == client.document()


def test_the_answers_are_those_of_the_session(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:moved")
    session = Session(store)
    assert client.get("/api/labs").json() == session.portal()
    assert client.document() == session.document(LAB)
    asked = {"act": "act1", "settings": {}}
    assert client.post("evaluate", asked).json() == session.evaluate(LAB, asked)


def test_other_spellings_of_an_id_are_understood(client: Client) -> None:
    assert client.get("/api/labs/v2-02").json() == client.document()


def test_evaluate_is_locked_before_the_commit_and_open_after(client: Client) -> None:
    asked = {"act": "act1", "context": "node", "settings": {}}
    told(client.post("evaluate", asked), 409, "locked")
    walk(client, "act1:predicted")
    answer = client.post("evaluate", asked)
    assert answer.status_code == 200
    assert answer.json()["settings"] == next(
        act["instrument"]["start"] for act in client.document()["acts"] if act["id"] == "act1"
    )
    told(client.post("evaluate", asked | {"act": "act2"}), 409, "locked")


def test_evaluate_stores_nothing(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:predicted")
    before = ledger_text(store)
    assert client.post("evaluate", {"act": "act1", "settings": {}}).status_code == 200
    assert ledger_text(store) == before


def test_two_servers_over_one_ledger_give_the_same_answers(client: Client, store: SqliteStore) -> None:
    other = Client(create_app(store.path))
    try:
        walk(client, "act1:moved")
        assert other.document() == client.document()
        assert other.post("events", intent("revealed", "act1")).status_code == 201
        assert other.document() == client.document()
        assert client.document()["acts"][0]["reveal"]
    finally:
        other.close()


# --- replays and second tries -----------------------------------------------------------------------------------------


def test_a_replay_of_every_accepted_event_is_a_duplicate_and_changes_nothing(
    client: Client, store: SqliteStore
) -> None:
    done = walk(client)
    before = ledger_text(store)
    for step in [*done, *reversed(done)]:
        answer = client.post("events", step)
        assert answer.status_code == 200
        assert answer.json()["saved"]["duplicate"] is True
        assert answer.json()["saved"]["events"] == []
    assert ledger_text(store) == before


def test_a_replay_with_other_content_is_a_conflict(client: Client, store: SqliteStore) -> None:
    done = walk(client, "act1:predicted")
    before = ledger_text(store)
    changed = done[-1] | {"payload": done[-1]["payload"] | {"confidence": 0.9}}
    error = told(client.post("events", changed), 409, "conflict")
    assert (error["field"], error["value"]) == ("id", changed["id"])
    assert ledger_text(store) == before


def test_a_second_commit_is_refused_and_the_first_stands(client: Client, store: SqliteStore) -> None:
    done = walk(client, "act1:predicted")
    before = ledger_text(store)
    told(client.post("events", done[-1] | {"id": uuid7()}), 409, "already_committed")
    assert ledger_text(store) == before


def test_a_move_to_where_the_controls_stand_stores_nothing(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:moved")
    before = ledger_text(store)
    last = next(event for event in store.events("local", LAB) if event.kind == "moved")
    answer = client.post("events", intent("moved", "act1", settings=dict(last.payload["settings"])))
    assert answer.status_code == 200
    assert answer.json()["saved"]["seq"] is None
    assert ledger_text(store) == before


def test_of_browsers_that_commit_at_once_exactly_one_wins(client: Client, store: SqliteStore) -> None:
    options = client.document()["acts"][0]["prediction"]["options"]
    rivals = [intent("predicted", "act1", option=options[i % 4]["id"], confidence=0.5) for i in range(12)]
    answers = client.together(*(("POST", f"/api/labs/{LAB}/events", rival) for rival in rivals))
    won = [rival for rival, answer in zip(rivals, answers, strict=True) if answer.status_code == 201]
    assert len(won) == 1
    for answer in answers:
        if answer.status_code != 201:
            told(answer, 409, "already_committed")
    stored = [event for event in store.events("local", LAB) if event.kind == "predicted"]
    assert [event.id for event in stored] == [won[0]["id"]]


def test_the_same_intent_sent_many_times_at_once_is_stored_once(client: Client, store: SqliteStore) -> None:
    once = intent("opened")
    answers = client.together(*(("POST", f"/api/labs/{LAB}/events", once) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(store.events("local", LAB)) == 1


# --- refusals ---------------------------------------------------------------------------------------------------------


def _event(**changed: Any) -> dict[str, Any]:
    return intent("predicted", "act1", option="middle", confidence=0.7) | changed


def _predicted(**payload: Any) -> dict[str, Any]:
    return intent("predicted", "act1", **payload)


WRONG: list[tuple[str, Any, int, str, str | None]] = [
    ("events", [], 400, "bad_request", None),
    ("events", "text", 400, "bad_request", None),
    ("events", None, 400, "bad_request", None),
    ("events", _event(surprise=1), 400, "bad_request", "surprise"),
    ("events", _event(payload=[1]), 400, "bad_request", "payload"),
    ("events", {}, 422, "bad_value", "kind"),
    ("events", _event(kind="erased"), 422, "bad_value", "kind"),
    ("events", _event(kind=["opened"]), 422, "bad_value", "kind"),
    ("events", _event(kind="violated"), 422, "bad_value", "kind"),
    ("events", _event(id=None), 422, "bad_value", "id"),
    ("events", _event(id="6ba7b810-9dad-11d1-80b4-00c04fd430c8"), 422, "bad_value", "id"),
    ("events", _event(client_time=7), 422, "bad_value", "client_time"),
    ("events", _event(client_time="yesterday"), 422, "bad_value", "client_time"),
    ("events", _event(act="act9"), 422, "unknown_act", "act"),
    ("events", _event(act=None), 422, "unknown_act", "act"),
    ("events", _predicted(confidence=0.7), 422, "missing", "payload.option"),
    ("events", _predicted(option="middle"), 422, "missing", "payload.confidence"),
    ("events", _predicted(option="nonsense", confidence=0.7), 422, "unknown_option", "payload.option"),
    ("events", _predicted(option={"id": 1}, confidence=0.7), 422, "unknown_option", "payload.option"),
    ("events", _predicted(option="middle", confidence="sure"), 422, "bad_value", "payload.confidence"),
    ("events", _predicted(option="middle", confidence=True), 422, "bad_value", "payload.confidence"),
    ("events", _predicted(option="middle", confidence=1), 422, "out_of_range", "payload.confidence"),
    ("events", _predicted(option="middle", confidence=10**400), 422, "out_of_range", "payload.confidence"),
    ("events", _predicted(option="middle", confidence=0.7, context="moon"), 422, "bad_value", "context"),
    ("events", intent("moved", "act1"), 422, "missing", "payload.settings"),
    ("events", intent("moved", "act1", settings=3), 400, "bad_request", "settings"),
    ("events", intent("reflected", "act1", option="phases", text=4), 422, "bad_value", "payload.text"),
    ("events", intent("reflected", "act1", option="phases", text="x" * 2001), 422, "bad_value", "payload.text"),
    ("events", intent("moved", "act1", settings={}), 409, "locked", "act"),
    ("events", intent("revealed", "act1"), 409, "wrong_stage", "kind"),
    ("events", intent("reflected", "act1", option="phases"), 409, "wrong_stage", "kind"),
    ("events", intent("revealed", "act2"), 409, "locked", "act"),
    ("evaluate", [], 400, "bad_request", None),
    ("evaluate", {"act": "act1", "sets": {}}, 400, "bad_request", "sets"),
    ("evaluate", {"act": "act1", "settings": []}, 400, "bad_request", "settings"),
    ("evaluate", {"act": "act7"}, 422, "unknown_act", "act"),
    ("evaluate", {"act": "act1", "context": 3}, 422, "bad_value", "context"),
    ("evaluate", {"act": "act1", "settings": {"colour": 1}}, 422, "unknown_setting", "settings.colour"),
    ("evaluate", {"act": "act1", "settings": {"parameters": "many"}}, 422, "bad_value", "settings.parameters"),
    ("evaluate", {"act": "act1", "settings": {"parameters": None}}, 422, "bad_value", "settings.parameters"),
    ("evaluate", {"act": "act1", "settings": {"parameters": -1}}, 422, "out_of_range", "settings.parameters"),
    ("evaluate", {"act": "act1", "settings": {"parameters": 10**500}}, 422, "out_of_range", "settings.parameters"),
    ("evaluate", {"act": "act1", "settings": {"wire": "string"}}, 422, "bad_value", "settings.wire"),
]


@pytest.mark.parametrize(("path", "body", "status", "code", "field"), WRONG)
def test_wrong_requests_are_named(
    client: Client, store: SqliteStore, path: str, body: Any, status: int, code: str, field: str | None
) -> None:
    before = ledger_text(store)
    assert told(client.post(path, body), status, code)["field"] == field
    assert ledger_text(store) == before


def test_an_infeasible_design_cannot_be_signed(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:reflected")
    instrument = client.document()["acts"][0]["instrument"]
    ticks = {control["id"]: control["ticks"] for control in instrument["controls"] if control.get("ticks")}
    largest = {"parameters": ticks["parameters"][-1]["value"], "gpus": ticks["gpus"][0]["value"]}
    assert client.post("evaluate", {"act": "act1", "settings": largest}).json()["feasible"] is False
    option = client.document()["acts"][0]["decision"]["options"][0]["id"]
    before = ledger_text(store)
    told(client.post("events", intent("decided", "act1", option=option, settings=largest)), 422, "infeasible")
    assert ledger_text(store) == before


@pytest.mark.parametrize("method_and_path", [("GET", ""), ("POST", "/evaluate"), ("POST", "/events")])
def test_labs_that_are_not_there(client: Client, method_and_path: tuple[str, str]) -> None:
    method, path = method_and_path
    body: dict[str, Any] = {"json": {}} if method == "POST" else {}
    told(client.request(method, f"/api/labs/v9_99{path}", **body), 404, "unknown_lab")
    told(client.request(method, f"/api/labs/v1_03{path}", **body), 404, "not_built")
    told(client.request(method, f"/api/labs/{'x' * 3000}{path}", **body), 404, "unknown_lab")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/labs/v2_02/erase", "/api/ledger/nothing"])
def test_addresses_that_are_not_there(client: Client, path: str) -> None:
    told(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/labs", "GET, HEAD"),
        ("DELETE", f"/api/labs/{LAB}", "GET, HEAD"),
        ("GET", f"/api/labs/{LAB}/events", "POST"),
        ("PUT", f"/api/labs/{LAB}/evaluate", "POST"),
        ("OPTIONS", f"/api/labs/{LAB}/events", "POST"),
        ("DELETE", "/api/ledger/export", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
def test_methods_that_are_not_taken(client: Client, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert told(answer, 405, "method_not_allowed")["allowed"] == allowed
    assert answer.headers["allow"] == allowed


# --- when things break ------------------------------------------------------------------------------------------------


def test_a_ledger_that_is_gone_is_a_503_that_can_be_tried_again(client: Client, store: SqliteStore) -> None:
    store.path.rename(store.path.with_name("elsewhere.sqlite"))
    answer = client.post("events", intent("opened"))
    error = told(answer, 503, "ledger_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert str(store.path.parent) not in answer.text
    assert "ledger.sqlite" in error["message"]
    store.path.with_name("elsewhere.sqlite").rename(store.path)
    assert client.post("events", intent("opened")).status_code == 201


@pytest.mark.parametrize(
    "path", ["/api/labs", f"/api/labs/{LAB}", "/api/ledger/export", "/healthz", "/", f"/labs/{LAB}"]
)
def test_a_closed_ledger_is_a_503_everywhere(client: Client, store: SqliteStore, path: str) -> None:
    store.close()
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert str(store.path.parent) not in answer.text


@pytest.mark.parametrize("path", [f"/api/labs/{LAB}", f"/labs/{LAB}"])
def test_a_fault_of_the_program_is_logged_and_not_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the inner secret /somewhere/private.py")

    monkeypatch.setattr(Session, "document", fail)
    answer = client.get(path)
    assert answer.status_code == 500
    for word in ("secret", "private.py", "Traceback", "RuntimeError"):
        assert word not in answer.text
        assert word in caplog.text
    if path.startswith("/api"):
        told(answer, 500, "internal")


def test_a_number_that_is_not_json_is_never_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "evaluate", lambda *_: {"step": float("nan")})
    told(client.post("evaluate", {"act": "act1"}), 500, "internal")


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_the_export_is_a_file_that_another_ledger_takes_in(client: Client, tmp_path: Path) -> None:
    done = walk(client)
    answer = client.get("/api/ledger/export")
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="[\w.-]+\.jsonl"', answer.headers["content-disposition"])
    with SqliteStore(tmp_path / "other.sqlite") as other:
        report = import_(other, answer.text)
        assert report.ok
        assert {step["id"] for step in done} <= {event.id for event in other.events("local")}


def test_the_export_holds_this_learner_only(store: SqliteStore) -> None:
    one, two = Client(create_app(store, learner="ada")), Client(create_app(store, learner="bob"))
    try:
        one.post("events", intent("opened"))
        two.post("events", intent("opened"))
        assert json.loads(one.get("/api/ledger/export").text.splitlines()[0])["learner"] == "ada"
        assert "bob" not in one.get("/api/ledger/export").text
        assert export(store).count("bob") > 0
    finally:
        one.close()
        two.close()


def test_healthz(client: Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
