"""What only some labs have, over a real file: numbers, second commits, quotas, resets, citations, tracks, sweeps, evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import pytest

from contract.minilab import RARE
from contract.minilab.mission import KEPT, MACHINES, ROOM, SIZES, START_3
from ironlaw import labs
from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import Draft, SqliteStore, fold, uuid7
from ironlaw.report import of_session
from ironlaw.session import Session

ACT = "mission1"


class Walker:
    """Sends intents to the lab of one mission."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.session = Session(store)

    def send(self, kind: str, act: str | None = ACT, **payload: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"id": uuid7(), "kind": kind, "payload": payload}
        return self.session.intent(RARE.id, body | ({"act": act} if act else {}))

    def refused(self, kind: str, **payload: Any) -> Refusal:
        before = len(self.store.events("local"))
        with pytest.raises(Refusal) as caught:
            self.send(kind, **payload)
        assert len(self.store.events("local")) == before
        return caught.value

    def act(self) -> dict[str, Any]:
        found: dict[str, Any] = self.session.document(RARE.id)["acts"][0]
        return found

    def commit(self) -> None:
        self.send("predicted", value=40.0, low=25.0, high=90.0)
        self.send("second", option="l", confidence=0.7)

    def quota(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(q for q in self.act()["instrument"]["quotas"] if q["id"] == name)
        return found

    def move(self, **settings: Any) -> dict[str, Any]:
        return self.send("moved", settings={**START_3, **settings})


@pytest.fixture
def walker(path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    loaded = labs.load
    monkeypatch.setattr(labs, "load", lambda lab_id: RARE if lab_id == RARE.id else loaded(lab_id))
    with SqliteStore(path) as store:
        yield Walker(store)


# --- numbers and second commits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"value": 40.0, "low": 25.0}, "payload.high"),
        ({"value": "40", "low": 25.0, "high": 90.0}, "payload.value"),
        ({"value": True, "low": 25.0, "high": 90.0}, "payload.value"),
        ({"value": 40.0, "low": 0.5, "high": 90.0}, "payload.low"),
        ({"value": 40.0, "low": 25.0, "high": 1e5}, "payload.high"),
        ({"value": 20.0, "low": 25.0, "high": 90.0}, "payload.value"),
        ({"value": 40.0, "low": 40.0, "high": 40.0}, "payload.value"),
        ({"value": 40.0, "low": 2.0, "high": 90.0}, "payload.high"),  # wider than a factor of 40
        ({"option": "right", "confidence": 0.7}, "payload.low"),
    ],
)
def test_a_number_that_says_nothing_is_refused(walker: Walker, numbers: dict[str, Any], field: str) -> None:
    assert walker.refused("predicted", **numbers).field == field


def test_a_number_is_judged_by_its_interval_and_scored_as_one_would_by_hand(walker: Walker) -> None:
    walker.send("predicted", value=40.0, low=25.0, high=90.0)
    (stored,) = (event.payload for event in walker.store.events("local") if event.kind == "predicted")
    told = stored["engine"]
    assert (stored["option"], stored["confidence"]) == ("right", 0.8)
    assert told["correct"] is True
    assert told["value"] == 50.0  # half of 10 GB over 100 MB/s
    assert told["error"] == pytest.approx(log(40 / 50))
    assert told["brier"] == pytest.approx(0.2**2 + 0.2**2)
    assert told["interval"] == pytest.approx(log(90 / 25))


def test_an_interval_that_misses_is_wrong_and_fined_by_its_distance(walker: Walker) -> None:
    walker.send("predicted", value=10.0, low=5.0, high=25.0)
    told = walker.store.events("local")[-1].payload["engine"]
    assert told["correct"] is False
    assert told["brier"] == pytest.approx(0.8**2 + 0.8**2)
    assert told["interval"] == pytest.approx(log(25 / 5) + 2 / 0.2 * log(50 / 25))


def test_the_instrument_waits_for_the_second_commit(walker: Walker) -> None:
    assert walker.refused("second", option="l", confidence=0.7).code == "wrong_stage"
    walker.send("predicted", value=40.0, low=25.0, high=90.0)
    page = walker.act()
    assert (page["stage"], page["instrument"]) == ("second", None)
    assert page["second"]["figures"][0]["id"] == "times"
    assert walker.refused("moved", settings=START_3).code == "locked"
    with pytest.raises(Refusal) as caught:
        walker.session.evaluate(RARE.id, {"act": ACT, "settings": {}})
    assert caught.value.code == "locked"
    walker.send("second", option="l", confidence=0.7)
    assert walker.act()["stage"] == "explore"
    assert walker.refused("second", option="s", confidence=0.7).code == "already_committed"
    assert walker.session.evaluate(RARE.id, {"act": ACT, "settings": {}})["feasible"]


# --- quotas and citations ---------------------------------------------------------------------------------------------


def test_the_reveal_waits_for_the_quotas(walker: Walker) -> None:
    walker.commit()
    for count, size in enumerate((1e6, 1e7, 5e7, 1e8), 1):
        walker.move(size=size)
        assert walker.quota("sizes")["count"] == min(count, 4) - (count > 2)  # 5e7 is of the decade of 1e7
    assert "of 4 so far" in walker.refused("revealed").message
    walker.move(size=1e10)
    assert walker.quota("sizes")["done"]
    walker.send("revealed")
    assert walker.act()["stage"] == "reflect"


def test_a_budget_ends_when_it_is_met_or_spent_and_a_reset_begins_it_anew(walker: Walker) -> None:
    walker.commit()
    for size in (1e6, 1e7, 1e8, 1e9):
        walker.move(size=size)
    spent = walker.quota("tries")
    assert (spent["count"], spent["done"], spent["spent"], spent["open"]) == (3, False, True, True)
    walker.send("reset")
    assert walker.quota("tries") | {"text": ""} == spent | {
        "text": "", "count": 0, "spent": False, "open": False, "resets": 1
    }  # fmt: skip
    walker.move(size=1e10, kept=0.5)  # 50 s, between 30 and 60
    met = walker.quota("tries")
    assert (met["count"], met["done"]) == (1, True)
    walker.move(size=1e6)
    assert walker.quota("tries")["done"], "what was met stays met"


def test_a_citation_picks_from_ones_own_designs(walker: Walker) -> None:
    walker.commit()
    for size in (1e6, 1e7, 1e8, 1e9, 1e10):
        walker.move(size=size, kept=0.5)
    walker.send("revealed")
    offered = walker.act()["reflection"]["cites"]
    assert [row["text"].partition(":")[0] for row in offered["designs"]] == [f"Design {n}" for n in range(1, 6)]
    ids = [row["id"] for row in offered["designs"]]
    assert walker.refused("reflected", option="small").field == "payload.cites"
    assert walker.refused("reflected", option="small", cites=ids[:1]).field == "payload.cites"
    assert walker.refused("reflected", option="small", cites=[ids[0], uuid7()]).field == "payload.cites"
    assert walker.refused("reflected", option="small", cites=[ids[0], ids[0]]).field == "payload.cites"
    walker.send("reflected", option="small", cites=ids[:2])
    assert walker.store.events("local")[-1].payload["cites"] == ids[:2]
    assert walker.act()["reflection"]["answered"]["cites"] == ids[:2]


# --- tracks -----------------------------------------------------------------------------------------------------------


def test_the_track_of_another_lab_is_where_the_mission_begins(walker: Walker) -> None:
    walker.send("tracked", None, track="tiny-pioneer")
    walker.commit()
    page = walker.act()["instrument"]
    assert page["context"] == "tiny-pioneer"
    assert page["settings"]["track"] == "tiny-pioneer"
    assert [control["id"] for control in page["controls"]] == ["size", "kept", "machines"]
    assert next(limit for limit in page["result"]["constraints"] if limit["id"] == "full")["limit"] == "2 GB"


def test_every_choice_of_a_track_is_kept_and_a_move_alone_is_none(walker: Walker) -> None:
    walker.commit()
    walker.send("tracked", None, track="tiny-pioneer")
    walker.send("moved", settings={**START_3, "track": "tiny-pioneer", "size": 1e8}, context="tiny-pioneer")
    walker.send("moved", settings={**START_3, "size": 1e7}, context="cloud-titan")  # a "show me" of another track
    walker.send("tracked", None, track="edge-guardian")
    state = fold(walker.store.events("local"))
    assert [entry["track"] for entry in state.tracks] == ["tiny-pioneer", "edge-guardian"]
    assert walker.session.document(RARE.id)["track"]["chosen"] == "edge-guardian"


def test_the_recorded_designs_stand_in_the_figure_that_keeps_a_mark_for_them(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = replace(RARE.acts[0].figures[0], trail=lambda s, v: (s["size"], float(v["time"] or 0), "here"))
    lab = replace(RARE, acts=(replace(RARE.acts[0], figures=(drawing,)),))
    monkeypatch.setattr(labs, "load", lambda _: lab)
    walker.commit()
    walker.move(size=1e8)
    answer = walker.move(size=1e9, kept=0.5)
    assert answer["trails"]["times"] == {
        "points": [[1e8, 1.0], [1e9, 5.0]],
        "texts": ["Design 1: here", "Design 2: here"],
    }
    assert walker.act()["instrument"]["trails"] == answer["trails"]


@pytest.mark.parametrize("track", ["nobody", None, 4])
def test_a_track_that_nobody_knows_is_refused(walker: Walker, track: Any) -> None:
    before = len(walker.store.events("local"))
    with pytest.raises(Refusal) as caught:
        walker.send("tracked", None, track=track)
    assert caught.value.field == "payload.track"
    assert len(walker.store.events("local")) == before


# --- sweeps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("track", sorted(ROOM))
def test_a_sweep_adds_up_to_what_a_loop_counts(walker: Walker, track: str) -> None:
    walker.commit()
    totals: Counter[str] = Counter()
    for part in range(len(SIZES)):
        body = {"act": ACT, "context": track, "part": part}
        totals.update(walker.session.sweep(RARE.id, body)["counts"])
    parts = [size * kept / machines for size in SIZES for kept in KEPT for machines in MACHINES]
    assert totals["designs"] == len(parts)
    assert totals["feasible"] == sum(part / 1e8 <= 100 and part <= ROOM[track] for part in parts)
    drawn = walker.session.sweep(RARE.id, {"act": ACT, "context": track, "totals": dict(totals)})["figures"]
    assert str(totals["feasible"]) in drawn[0]["description"]


@pytest.mark.parametrize(
    "body",
    [
        {"part": 6},
        {"part": -1},
        {"part": True},
        {"part": "0"},
        {},
        {"totals": {"designs": 1}},
        {"totals": {"designs": 1.5, "feasible": 0}},
        {"totals": {"designs": -1, "feasible": 0}},
        {"totals": [1]},
        {"part": 0, "context": "nowhere"},
    ],
)
def test_a_sweep_takes_a_part_or_its_sums(walker: Walker, body: dict[str, Any]) -> None:
    walker.commit()
    with pytest.raises(Refusal):
        walker.session.sweep(RARE.id, {"act": ACT, **body})


def test_a_sweep_is_locked_before_the_commit(walker: Walker) -> None:
    with pytest.raises(Refusal) as caught:
        walker.session.sweep(RARE.id, {"act": ACT, "part": 0})
    assert caught.value.code == "locked"


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_a_personal_lab_sees_the_other_labs_and_the_machine(walker: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Evidence] = []

    def bound(evidence: Evidence) -> Lab:
        seen.append(evidence)
        return RARE

    monkeypatch.setattr(labs, "load", lambda _: replace(RARE, personal=bound))
    walker.session.document(RARE.id)
    assert seen[-1] == Evidence() or (seen[-1].records, seen[-1].machine, seen[-1].broken) == ((), None, None)
    told: dict[str, Any] = {"learner": "local", "lab_version": 1, "engine_version": "0", "registry": "0"}
    other = Draft(lab="v2_02", kind="predicted", payload={"act": "act1", "option": "a", "confidence": 0.7}, **told)
    mine = Draft(lab=RARE.id, kind="opened", payload={}, **told)
    machine = {"results": {"memory_bandwidth": 1e10}, "machine": {"cpu": "a processor"}}
    probe = Draft(lab="probe", kind="measured", payload=machine, **told)
    walker.store.write(lambda tx: tx.append([other, mine, probe]))
    walker.session.document(RARE.id)
    assert [record["lab"] for record in seen[-1].records] == ["v2_02"]
    assert seen[-1].machine is not None
    assert seen[-1].machine["results"] == {"memory_bandwidth": 1e10}
    walker.session.document(RARE.id)
    assert seen[-1] is seen[-2], "nothing came, nothing is folded anew"


# --- events from elsewhere --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "scored"),
    [
        ({"option": "right", "confidence": 0.8}, False),
        ({"option": "gone", "confidence": 0.8}, False),
        ({"option": "right", "confidence": 0.8, "value": 40.0, "low": 25.0, "high": 90.0}, True),
        ({"option": "right", "confidence": 0.8, "value": 40.0, "engine": {}}, False),
        ({"option": "right", "confidence": 0.8, "value": 1e308, "low": -1e308, "high": 1e308}, False),
        ({"option": "right", "confidence": 0.8, "value": 40.0, "low": 90.0, "high": 25.0}, False),
    ],
)
def test_an_imported_answer_without_the_engines_word_is_shown_and_scored_if_it_can_be(
    walker: Walker, payload: dict[str, Any], scored: bool
) -> None:
    told: dict[str, Any] = {
        "learner": "local",
        "lab": RARE.id,
        "lab_version": 1,
        "engine_version": "0",
        "registry": "0",
    }
    second = {"act": ACT, "question": "second", "option": "l", "confidence": 0.7}
    drafts = [
        Draft(kind="predicted", payload={"act": ACT, **payload}, **told),
        Draft(kind="predicted", payload=second, **told),
        Draft(kind="moved", payload={"act": ACT, "settings": START_3}, **told),
        Draft(kind="revealed", payload={"act": ACT}, **told),
        Draft(kind="reflected", payload={"act": ACT, "option": "small"}, **told),
    ]
    walker.store.write(lambda tx: tx.append(drafts))
    page = walker.act()
    assert (page["reveal"]["score"]["brier"] is not None) == scored
    assert page["reveal"]["second"]["score"]["correct"] is True
    assert page["reflection"]["answered"]["correct"] is True
    report = of_session(walker.session, RARE.id)  # and the page that prints it reads the same events
    told_of = report["labs"][0]["acts"][0]["predictions"][0]
    assert (told_of["figure"] is None) == (payload["option"] == "gone")
