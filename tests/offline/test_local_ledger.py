"""The worker's side in CPython: the same answers as a desk over a file, and records that come, go, and are damaged."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.desk import Desk
from ironlaw.ledger import Event, SqliteStore, export, import_, uuid7, verify, verify_chain
from ironlaw.ledger.events import record_hash
from ironlaw.offline.local import Local
from learners.kinds import Expert
from learners.walker import Walk

from .talk import Browser, Tab, Talk, masked

ENDING = (("labs",), ("ledger",), ("report",), ("record", "v2_17"), ("exportLedger", None))


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    with Tab(browser) as found:
        found.load()
        yield found


def body(kind: str, act: str | None = None, /, **payload: Any) -> dict[str, Any]:
    return {"id": uuid7(), "kind": kind, "payload": payload} | ({"act": act} if act else {})


def begin(tab: Tab, lab: str = "v2_02") -> None:
    """The first steps of a lab: a chain of a few events."""
    tab.call("intent", lab, body("opened"))
    option = tab.call("document", lab)["acts"][0]["prediction"]["options"][0]["id"]
    tab.call("intent", lab, body("predicted", "act1", option=option, confidence=0.7))
    for step in range(3):
        instrument = tab.call("document", lab)["acts"][0]["instrument"]
        control = instrument["controls"][0]
        places = [one["value"] for one in control.get("ticks") or control["options"]]
        settings = instrument["settings"] | {control["id"]: places[step]}
        tab.call("intent", lab, body("moved", "act1", settings=settings))


def events(tab: Tab) -> list[Event]:
    return [Event.from_json(one["text"]) for one in json.loads(tab.local.stored())]


# --- the same answers -------------------------------------------------------------------------------------------------


def walked(tab: Tab, store: SqliteStore) -> None:
    """An expert goes through every built lab, in one ledger: the capstone reads what the others left."""
    for lab_id in labs.built():
        walk = Walk(store, lab_id, Expert())
        walk.session = Talk(tab, walk.session)
        walk.run()
        assert walk.document["next"]["stage"] == "done"
        act = labs.load(lab_id).acts[0]
        tab.call("evaluate", lab_id, {"act": act.id, "settings": act.start()})
        tab.told("evaluate", lab_id, {"act": act.id, "settings": {"nonsense": 1}})
        for swept in (one for one in labs.load(lab_id).acts if one.sweep):
            tab.call("sweep", lab_id, {"act": swept.id, "part": 0})
        tab.call("report", lab_id)
    for method, *arguments in ENDING:
        tab.call(method, *arguments)


def test_every_lab_answers_as_a_desk_over_a_file(tab: Tab, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "spec.sqlite") as spec:
        walked(tab, spec)
    with SqliteStore(tmp_path / "file.sqlite") as store:
        desk = Desk(store)
        mine, its = [], []
        for (method, arguments), answer in zip(tab.calls, tab.answers, strict=True):
            its.append(answer.rpartition(',"records":')[0] + "}")
            mine.append(json.dumps(desk.call(method, json.loads(arguments)), ensure_ascii=False, separators=(",", ":")))
        for number, (one, other) in enumerate(
            zip(masked("\n".join(mine)).split("\n"), masked("\n".join(its)).split("\n"), strict=True)
        ):
            assert one == other, f"call {number}: {tab.calls[number]}"
        stored = export(store).partition("\n")[2]
    kept = "".join(f"{text}\n" for text in tab.browser.texts.values())
    assert masked(stored) == masked(kept)
    assert verify_chain(events(tab)) is None
    assert stored.count("\n") > 100


def test_what_the_browser_kept_is_the_ledger_again(tab: Tab, tmp_path: Path) -> None:
    begin(tab)
    texts = list(tab.browser.texts.values())
    random.Random(5).shuffle(texts)  # noqa: S311 - chance for a test
    with Tab(tab.browser) as later:
        told = json.loads(later.local.load(json.dumps(texts), "[]"))
        assert told == {"device": tab.browser.device, "events": len(texts), "aside": [], "notices": []}
        assert json.loads(later.local.load(json.dumps(texts), "[]")) == told
        assert later.call("document", "v2_02") == tab.call("document", "v2_02")
        assert later.local.stored() == tab.local.stored()
        later.call("intent", "v2_02", body("revealed", "act1"))
        assert {event.device for event in events(later)} == {tab.browser.device}
        with SqliteStore(tmp_path / "studio.sqlite") as studio:
            report = import_(studio, later.call("exportLedger", None)["text"], "local")
            assert report.ok
            assert verify(studio).ok


def test_a_ledger_comes_from_the_studio(tab: Tab, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "studio.sqlite") as studio:
        walk = Walk(studio, "v2_02", Expert())
        walk.run()
        text = export(studio)
    begin(tab, "v1_00")
    before = len(tab.browser.texts)
    assert tab.call("importLedger", None, text)["ok"]
    assert len(tab.browser.texts) == before + text.count("\n") - 1
    assert tab.call("document", "v2_02")["next"]["stage"] == "done"


# --- records that the browser could not keep --------------------------------------------------------------------------


def test_what_could_not_be_kept_never_happened(tab: Tab) -> None:
    begin(tab)
    before = tab.local.stored(), tab.call("document", "v2_02"), tab.call("labs")
    tab.keeps = False
    told = tab.told("intent", "v2_02", body("revealed", "act1"))
    assert told["records"]
    assert tab.local.stored() != before[0]
    tab.local.forget()
    assert (tab.local.stored(), tab.call("document", "v2_02"), tab.call("labs")) == before


def test_an_intent_is_run_again_after_another_tab_was_first(browser: Browser) -> None:
    """Both tabs commit from the same head: the second loads what the first wrote, and goes on from there."""
    with Tab(browser) as one, Tab(browser) as two:
        one.load()
        begin(one)
        two.load()
        two.keeps = False
        again = body("revealed", "act1")
        lost = two.told("intent", "v2_02", again)["records"]
        instrument = one.call("document", "v2_02")["acts"][0]["instrument"]
        one.call("intent", "v2_02", body("moved", "act1", settings=instrument["start"]))
        assert {(record["device"], record["seq"]) for record in lost} & set(browser.texts)
        two.local.forget()
        assert two.load()["aside"] == []
        two.keeps = True
        two.call("intent", "v2_02", again)
        assert one.load()["aside"] == []
        assert one.local.stored() == two.local.stored()
        assert one.call("document", "v2_02") == two.call("document", "v2_02")
        assert verify_chain(events(one)) is None


def test_many_turns_of_two_tabs_stay_one_chain(browser: Browser) -> None:
    dice = random.Random(11)  # noqa: S311 - chance for a test
    with Tab(browser) as one, Tab(browser) as two:
        one.load()
        begin(one)
        two.load()
        for _ in range(40):
            tab = dice.choice((one, two))
            tab.load()
            control = (instrument := tab.call("document", "v2_02")["acts"][0]["instrument"])["controls"][0]
            value = dice.choice([place["value"] for place in control.get("ticks") or control["options"]])
            tab.keeps = dice.random() < 0.7
            tab.told("intent", "v2_02", body("moved", "act1", settings=instrument["settings"] | {control["id"]: value}))
            if not tab.keeps:
                tab.local.forget()
        assert one.load()["aside"] == two.load()["aside"] == []
        assert one.local.stored() == two.local.stored()
        assert len(events(one)) == len(browser.texts)
        assert verify_chain(events(one)) is None
        assert one.call("document", "v2_02") == two.call("document", "v2_02")
        assert one.call("labs") == two.call("labs")


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace('"confidence":0.7', '"confidence":0.8'), "hash"),
        (lambda text: text.replace('"confidence":0.7', '"confidence":0.70'), None),  # another spelling, the same value
        (lambda text: text[:-20], "line"),
        (lambda _: "", "line"),
        (lambda text: json.dumps({**json.loads(text), "seq": 1}), "hash"),
        (lambda _: "[]", "line"),
        (lambda _: "\x00" * 40, "line"),
    ],
    ids=["changed", "spelled", "cut", "empty", "renumbered", "another thing", "zeros"],
)
def test_a_damaged_record_is_set_aside_and_the_chain_before_it_kept(tab: Tab, spoil: Any, code: str | None) -> None:
    begin(tab)
    texts = list(tab.browser.texts.values())
    place = next(number for number, text in enumerate(texts) if '"confidence"' in text)
    texts[place] = spoil(texts[place])
    with Tab(tab.browser) as later:
        told = json.loads(later.local.load(json.dumps(texts), "[]"))
        if code is None:
            assert told["aside"] == []
            return
        assert [one["index"] for one in told["aside"]] == list(range(place, len(texts)))
        assert [one["code"] for one in told["aside"]] == [code] + ["after"] * (len(texts) - place - 1)
        assert told["events"] == place
        assert told["device"] != tab.browser.device
        (notice,) = told["notices"]
        assert "was damaged" in notice["text"]
        assert f"Set aside: {len(texts) - place} of {len(texts)} events." in notice["text"]
        assert any("was damaged" in one["html"] for one in later.call("document", "v2_02")["notices"])
        # The chain goes on under a new device, so the lost end can come back from elsewhere.
        later.call("intent", "v2_02", body("tracked", track="cloud-titan"))
        assert {event.device for event in events(later)} == {tab.browser.device, told["device"]}
        assert verify_chain(events(later)) is None
        assert later.call("importLedger", None, tab.call("exportLedger", None)["text"])["ok"]
        assert verify_chain(events(later)) is None
        assert len(events(later)) == len(texts) + 1


def test_a_missing_record_breaks_only_its_own_chain(tab: Tab, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "studio.sqlite") as studio:
        Walk(studio, "v1_00", Expert()).run()
        foreign = [event.to_json() for event in studio.events("local")]
    begin(tab)
    texts = list(tab.browser.texts.values())
    given = [*texts[:2], *foreign, *texts[3:]]
    with Tab(tab.browser) as later:
        told = json.loads(later.local.load(json.dumps(given), "[]"))
        assert {one["code"] for one in told["aside"]} == {"after"}
        assert [given[one["index"]] for one in told["aside"]] == texts[3:]
        assert told["events"] == 2 + len(foreign)


def test_earlier_damage_is_told_again_once(browser: Browser) -> None:
    notice = {"level": "warning", "text": "It was damaged <once>.", "at": "2026-01-01T00:00:00.000000Z"}
    with Tab(browser) as tab:
        for _ in range(2):
            assert json.loads(tab.local.load("[]", json.dumps([notice])))["notices"] == []
        told = tab.call("labs")["notices"]
        assert told == [{"level": "warning", "html": "<p>It was damaged &lt;once&gt;.</p>"}]


# --- calls that go wrong ----------------------------------------------------------------------------------------------


def test_an_event_of_a_newer_kind_keeps_its_place(tab: Tab) -> None:
    """A browser may hold what a newer version of the site wrote, and then run an older one."""
    begin(tab)
    event = events(tab)[-1]
    newer = event.record()._replace(id=uuid7(), seq=event.seq + 1, kind="dreamt", prev=event.hash)
    text = Event.of(newer._replace(hash=record_hash(newer))).to_json()
    told = json.loads(tab.local.load(json.dumps([text]), "[]"))
    assert told["aside"] == []
    tab.call("intent", "v2_02", body("revealed", "act1"))
    with Tab(tab.browser) as later:
        assert (
            json.loads(later.local.load(json.dumps([one["text"] for one in json.loads(tab.local.stored())])))["aside"]
            == []
        )
        assert later.local.stored() == tab.local.stored()
        assert later.call("report")["html"]


@pytest.mark.parametrize(
    ("method", "arguments", "code", "status"),
    [
        ("document", '["v9_99"]', "unknown_lab", 404),
        ("nothing", "[]", "method_not_allowed", 405),
        ("document", "[", "bad_json", 400),
        ("document", "[" * 100_000, "bad_json", 400),
        ("intent", '["v2_02", {"id": "\\ud800", "kind": "opened", "payload": {}}]', "bad_json", 400),
        ("evaluate", '["v2_02", {"act": "act1", "settings": {}}]', "locked", 409),
        ("intent", '["v2_02", NaN]', "bad_request", 400),
        ("importLedger", '[null, "no ledger"]', "bad_value", 422),
    ],
)
def test_errors_are_answers(tab: Tab, method: str, arguments: str, code: str, status: int) -> None:
    told = json.loads(tab.local.call(method, arguments))
    assert (told["error"]["code"], told["status"], told["records"]) == (code, status, [])
    assert list(told["error"]) == ["code", "message", "field", "value", "allowed"]


def test_each_browser_has_a_memory_of_its_own() -> None:
    one, two = Local(uuid7()), Local(uuid7())
    one.call("intent", json.dumps(["v2_02", body("opened")]))
    assert json.loads(two.stored()) == []
    one.close()
    two.close()
