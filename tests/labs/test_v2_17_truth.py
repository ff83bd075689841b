"""v2_17: what the sheet says must show. The audit from every kind of ledger, the questions, the traps of known errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.spec import Lab, TermQuestion
from ironlaw.labkit.text import facts_of
from ironlaw.labs.v2_17_constraints_never_lie import LAB, archive, audit, scenario, steps, sweep
from ironlaw.labs.v2_17_constraints_never_lie.act1_facts import state
from ironlaw.labs.v2_17_constraints_never_lie.act2_questions import APPROVED
from ironlaw.labs.v2_17_constraints_never_lie.domains import DOMAINS, HABITS, HOME, slug
from ironlaw.labs.v2_17_constraints_never_lie.replay import replay
from ironlaw.labs.v2_17_constraints_never_lie.sample import LABS, records, sample
from ironlaw.ledger import SqliteStore, export, import_, uuid7
from ironlaw.session import Session


def bound(found: Any, broken: str | None = None) -> Lab:
    """The lab on a ledger of these records."""
    assert LAB.personal is not None
    return LAB.personal(Evidence(records=tuple(found), broken=broken))


def pictures(bound_to: Lab, /, **change: Any) -> dict[str, dict[str, Any]]:
    act = bound_to.acts[0]
    result = ev.result(ev.evaluate(act, ev.clean(act, {**act.start(), **change})))
    json.dumps(result, allow_nan=False)
    return {drawing["id"]: drawing for drawing in result["figures"]}


# --- act I: every kind of ledger --------------------------------------------------------------------------------------


def test_without_a_ledger_the_sample_is_used_by_default_and_named_in_every_picture() -> None:
    act = LAB.acts[0]
    assert act.context == "sample" == act.start()["source"]
    assert all("sample ledger" in drawing["title"].lower() for drawing in pictures(LAB).values())
    said = str(facts_of(act)["state"].value)
    assert "no prediction yet" in said
    first = [entry.title for entry in labs.curriculum() if entry.built and entry.id != "v2_17"][:3]
    assert all(title in said for title in first)


def test_an_empty_ledger_says_no_evidence_and_no_number() -> None:
    values = audit.model({**LAB.acts[0].start(), "source": "yours"})
    for name in ("right_share", "confidence", "brier", "lean", "top"):
        assert values[name] == "no evidence"
    drawn = pictures(LAB, source="yours")
    assert "empty" in drawn["calibration"]
    assert "empty" in drawn["replay"]
    for mark in drawn["domains"]["marks"]:
        assert {value for _, value in mark["points"]} == {None}
    assert all("your ledger" in drawing["title"].lower() for drawing in drawn.values())


def test_a_partial_ledger_is_asked_of_and_blank_domains_stay_blank() -> None:
    some = [record for record in records() if record["lab"] in {"v2_02", "v2_03"}]
    lab = bound(some)
    act = lab.acts[0]
    assert act.context == "yours" == act.start()["source"]
    said = str(facts_of(act)["state"].value)
    assert "No evidence yet for Memory" in said
    assert "A reliability curve needs 30 commits" in said
    drawn = pictures(lab)
    values = dict(drawn["domains"]["marks"][0]["points"])
    assert values["Networking"] is not None
    assert values["Edge"] is None
    assert "empty" in drawn["calibration"]
    assert facts_of(act)["commits_all"].value == 6


def test_a_full_ledger_is_folded_as_by_hand() -> None:
    lab = bound(records())
    facts, found = facts_of(lab.acts[0]), records()
    commits = [piece for record in found for piece in record["predictions"]]
    assert facts["commits_all"].value == len(commits)
    assert facts["overall"].value == pytest.approx(sum(piece["correct"] for piece in commits) / len(commits))
    assert facts["mean_confidence"].value == pytest.approx(sum(piece["confidence"] for piece in commits) / len(commits))
    hits = dict.fromkeys(DOMAINS, 0)
    for record in found:
        for piece in record["constraints"]:
            hits[HOME[record["lab"]]] += piece["hits"]
    for domain in DOMAINS:
        assert facts[f"hits_{slug(domain)}"].value == hits[domain]
    most = max(hits, key=lambda domain: hits[domain])
    assert lab.acts[0].prediction.key(facts) == slug(most)
    assert facts["share_top"].value == pytest.approx(hits[most] / sum(hits.values()))
    assert facts["habit"].value == HABITS[most]
    journey = pictures(lab)["journey"]
    states = {cell["text"].rpartition(": ")[2] for mark in journey["marks"] for cell in mark["cells"]}
    assert len(journey["marks"][0]["cells"]) == 34
    assert states == {"not done", "done", "done, a limit hit and left"}


def test_the_two_ledgers_are_never_mixed() -> None:
    some = [record for record in records() if record["lab"] == "v2_02"]
    act = bound(some).acts[0]
    yours, made_up = (act.model({**act.start(), "source": source}) for source in ("yours", "sample"))
    assert yours["commits"] == 3
    assert made_up["commits"] == len(sample().commits)
    assert made_up == audit.model({**act.start(), "source": "sample"})


def test_limits_count_from_events_not_from_the_last_state() -> None:
    left = {"act": "act1", "constraint": "oom", "hits": 4, "recoveries": 4, "active": False, "hit": True, "left": True}
    record = {"lab": "v2_02", "completed_at": None, "predictions": [], "decisions": [], "constraints": [left]}
    found = archive.archive("your ledger", [record])
    assert sum(pair[0] for pair in archive.hits_by_domain(found).values()) == 4
    assert archive.most_violated(found) == "Networking"


@pytest.mark.parametrize(
    "damage",
    [
        {"predictions": "nothing"},
        {"predictions": [None, 7, {}, {"correct": True}, {"correct": True, "confidence": float("nan")}]},
        {"constraints": [{"hits": "many"}, {"hits": -1, "recoveries": 0}, []]},
        {"decisions": [{}, 3], "results": [1]},
        {"lab": "v9_99"},
        {"lab": None},
    ],
)
def test_a_damaged_record_is_passed_over_and_told(damage: dict[str, Any]) -> None:
    whole = [record for record in records() if record["lab"] in {"v2_02", "v2_03", "v2_05"}]
    hurt = copy.deepcopy(list(whole))
    hurt[0] = {**hurt[0], **damage}
    lab = bound(hurt, "The ledger was recovered up to its last whole event.")
    said = str(facts_of(lab.acts[0])["state"].value)
    assert "could not be read" in said
    drawn = pictures(lab)
    assert drawn["domains"]["marks"]
    kept = [piece for record in whole[1:] for piece in record["predictions"]]
    assert len(kept) <= facts_of(lab.acts[0])["commits_all"].value <= len(kept) + 3  # type: ignore[operator]  # a count


def test_records_that_are_no_records_leave_the_act_whole() -> None:
    own = {"lab": "v2_17", "predictions": [{"correct": True, "confidence": 1}]}
    junks: tuple[list[Any], ...] = ([], [{}], ["text", 3, None], [own])
    for junk in junks:
        lab = bound(junk)
        assert lab.acts[0].context == "sample"
        assert pictures(lab)["domains"]["marks"]
        assert state(archive.archive("your ledger", junk))


def test_the_same_evidence_gives_the_same_lab_and_act_ii_is_shared() -> None:
    one, two = bound(records()), bound(copy.deepcopy(records()))
    assert one is two
    assert one.acts[1] is LAB.acts[1]
    assert [act.id for act in one.acts] == [act.id for act in LAB.acts]
    assert one.contexts == LAB.contexts


def test_thirds_and_volumes_cut_the_commits() -> None:
    found = sample()
    whole = archive.sliced(found, "all", "all")
    first, last = archive.sliced(found, "first", "all"), archive.sliced(found, "last", "all")
    assert len(first) == len(last) == len(whole) // 3
    assert max(each.at for each in first) <= min(each.at for each in last)
    volumes = [archive.sliced(found, "all", volume) for volume in ("v1", "v2")]
    assert sum(map(len, volumes)) == len(whole)
    assert "v2_17" not in {each.lab for each in whole}


def test_numbers_are_folded_as_signed_powers_of_ten() -> None:
    def estimate(value: float, truth: float) -> dict[str, Any]:
        return {
            "act": "act1",
            "option": "",
            "confidence": 0.8,
            "correct": False,
            "value": value,
            "truth": truth,
            "at": "",
        }

    record = {"lab": "v2_02", "predictions": [estimate(1.0, 10.0), estimate(1.0, 1000.0), estimate(-1.0, 2.0)]}
    found = archive.archive("your ledger", [record])
    assert archive.tally(found.commits).decades == pytest.approx(-2.0)
    assert audit.lean(-2.0) == "100× too low"


def test_every_lab_has_a_domain_of_the_curriculum() -> None:
    assert set(HOME) == {entry.id for entry in labs.curriculum()}
    assert set(HOME.values()) == set(DOMAINS) == set(HABITS)
    assert (*LABS, "v2_17") == tuple(HOME)


# --- through the ledger -----------------------------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        yield Session(store)


def send(session: Session, lab: str, kind: str, act: str, **payload: Any) -> None:
    session.intent(
        lab, {"id": uuid7(), "kind": kind, "act": act, "payload": payload, "client_time": "2026-01-31T10:32:00Z"}
    )


def walk(session: Session, wire: str = "ethernet-100g") -> dict[str, Any]:
    """The first act of v2_02, with a limit hit and left on the way; the settings that were signed."""
    signed: dict[str, Any] = {"wire": wire}
    send(session, "v2_02", "predicted", "act1", option="middle", confidence=0.7)
    send(session, "v2_02", "moved", "act1", settings={"wire": wire, "parameters": 7e10})
    send(session, "v2_02", "moved", "act1", settings=signed)
    send(session, "v2_02", "revealed", "act1")
    send(session, "v2_02", "reflected", "act1", option="phases", text="")
    send(session, "v2_02", "decided", "act1", option="nvlink", text="", settings=signed)
    return signed


def test_a_real_ledger_is_audited_and_its_decision_replayed(session: Session) -> None:
    assert session.lab("v2_17").acts[0].context == "sample"
    walk(session)
    lab = session.lab("v2_17")
    facts = facts_of(lab.acts[0])
    assert lab.acts[0].context == "yours"
    assert facts["commits_all"].value == 1
    assert facts["hits_networking"].value >= 1  # type: ignore[operator]  # a count
    drawn = pictures(lab, lab="v2_02")["replay"]
    assert drawn["title"].startswith("Then and now, v2_02")
    assert drawn["table"]["rows"]
    for _, then, now in drawn["table"]["rows"]:
        assert then == now  # the engine is the one that it was recorded with
    # Its own events do not count as evidence, and make no new lab.
    send(session, "v2_17", "predicted", "act1", option="networking", confidence=0.5)
    assert session.lab("v2_17") is lab


def test_a_changed_record_shows_its_drift(session: Session) -> None:
    walk(session)
    found = session.lab("v2_17").acts[0].model.keywords["yours"]  # type: ignore[attr-defined]  # a partial
    signed = found.decisions[0]
    name = next(iter(name for name, value in signed.result.items() if isinstance(value, float) and value))
    old = archive.Signed(
        signed.lab, signed.act, signed.option, signed.at, signed.settings, {name: 2 * signed.result[name]}
    )
    drifted = archive.archive("your ledger", ())
    drifted = archive.Archive("your ledger", (), (), (old,), frozenset(), drifted.passed_over, None)
    assert [row.change for row in replay(drifted, "v2_02").rows if row.change is not None] == [pytest.approx(-0.5)]


def test_an_imported_ledger_reads_like_its_origin(session: Session, tmp_path: Path) -> None:
    walk(session)
    origin = facts_of(session.lab("v2_17").acts[0])
    with SqliteStore(tmp_path / "other.sqlite") as other:
        assert isinstance(session.store, SqliteStore)
        assert import_(other, export(session.store)).ok
        assert facts_of(Session(other).lab("v2_17").acts[0]) == origin


# --- act II -----------------------------------------------------------------------------------------------------------


def model(change: dict[str, Any]) -> Any:
    act = LAB.acts[1]
    return act.model({**act.start(), **change})


def test_approval_exists_where_the_old_material_had_none() -> None:
    """Known error: “all green is achievable”, with a best accuracy of 94.1 % and a best uptime of 97.1 % on its grid."""
    assert sweep.approved(sweep.count("renewable")) > 0
    best = max(model({"spare": 1.0, "zones": zones})["uptime"] for zones in (2.0, 3.0, 4.0))
    assert best > 0.999


def test_the_tail_is_no_multiple_of_the_mean_and_an_image_is_no_decoded_text() -> None:
    """Known error: 50 decoded tokens an image, P99 = 3 × mean."""
    designs = [{"backbone": name, "spare": spare} for name in sweep.BACKBONES for spare in (0.0, 0.1, 1.0)]
    ratios = {round(values["p99"] / values["service"], 3) for values in map(model, designs)}
    assert len(ratios) > 5


def test_conflict_is_measured_and_not_called_impossible() -> None:
    """Known error: “fundamentally incompatible”, with penalties that nobody published."""
    act = LAB.acts[1]
    assert "incompatible" not in json.dumps([act.reveal.text, act.reflection.correct, act.briefing]).lower()
    assert 0 < facts_of(act)["lift_accuracy_robustness"].value < 1  # type: ignore[operator]  # a number
    counts = sweep.count("renewable")
    assert sweep.keeping(counts, "accuracy", "robustness", "privacy") > 0


def test_what_the_buttons_promise_is_what_they_show() -> None:
    assert model(APPROVED)["verdict"] == "approved"
    almost = model({**APPROVED, "spare": 0.5})
    assert (almost["verdict"], almost["met"]) == ("not approved", 6)
    assert almost["down"] > almost["uptime_most"]
    assert model({"epsilon": 0.1, "retrains": 1.0})["spent"] == pytest.approx(0.1)


def test_a_thin_ledger_is_thin_from_the_start_and_says_so() -> None:
    few = bound([record for record in records() if record["lab"] == "v2_02"]).acts[0]
    assert few.constraints[0].at_start
    assert ev.crossed(few.constraints[0], few.model(few.start()))
    assert not LAB.acts[0].constraints[0].at_start
    assert not bound(records()).acts[0].constraints[0].at_start


def test_recalled_rows_are_marked() -> None:
    sources = {given.id: given.source for given in LAB.acts[1].givens}
    assert "recalled" in sources["scratch"]
    assert "recalled" in sources["family"]
    assert "scenario" in sources["slope"]


def test_the_cards_missing_is_the_sum_of_the_red_bars() -> None:
    act = LAB.acts[1]
    for change in ({}, {"zones": 1.0, "spare": 0.0}, {"epsilon": 4.0, "weight": 0.0}, APPROVED):
        settings = ev.clean(act, {**act.start(), **change})
        result = ev.result(ev.evaluate(act, settings))
        bars = next(drawing for drawing in result["figures"] if drawing["id"] == "scorecards")["marks"][0]["bars"]
        assert len(bars) == len(act.constraints)
        values = act.model(settings)
        assert sum(max(0.0, -bar["x"]) for bar in bars) == pytest.approx(values["missing"])
        assert all(-1 <= values[f"margin_{limit.id}"] <= 1 for limit in act.constraints)  # type: ignore[operator]  # numbers


def test_the_page_names_every_place_of_the_grid_before_it_asks() -> None:
    act = LAB.acts[1]
    facts = facts_of(act)
    for control in act.controls:
        if control.id == "grid":
            continue
        assert f"{{places_{control.id}}}" in act.briefing
        said = str(facts[f"places_{control.id}"].value)
        places = steps.AXES[control.id]
        assert len(said.split(";" if control.id == "strategy" else ",")) == len(places)
    # With them uptime can be counted on paper: a zone is up less than the limit asks, so a pool has to outlive one.
    assert scenario.ZONE_UP < scenario.UPTIME
    outlive = sum((1 + spare) * (zones - 1) / zones >= 1 - 1e-9 for spare in sweep.SPARES for zones in sweep.ZONES)
    assert 1 - outlive / 24 == pytest.approx(sweep.removed(sweep.count("renewable"), "uptime"), abs=0.05)


def test_what_is_assumed_between_published_ends_is_called_an_assumption() -> None:
    sources = {given.id: given.source for given in LAB.acts[1].givens}
    for name in ("error_shape", "kept_shape"):
        assert "assumed, not published" in sources[name]
    assert {"idle", "clean_hours", "delta", "tensor", "stages"} <= set(sources)


def test_the_record_holds_controls_margins_verdict_and_predictions() -> None:
    act = LAB.acts[1]
    recorded = set(act.decision.record)
    assert {"verdict", *(f"margin_{limit.id}" for limit in act.constraints)} <= recorded
    assert act.second is not None
    assert isinstance(act.prediction, TermQuestion)
    signed = ev.clean(act, {"backbone": "huge"})
    assert set(signed) == {control.id for control in act.controls}
