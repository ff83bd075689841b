"""Simulated learners in every built lab, at a real ledger: each finishes, and their ledgers tell them apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.ledger import SqliteStore, export, verify
from ironlaw.report import of_session, page
from ironlaw.session import Session

from .kinds import Expert, Follower, Guesser, Mistaken
from .walker import Walk

KINDS = {"guesser": Guesser, "mistaken": Mistaken, "expert": Expert, "follower": Follower}
SEEDS = {"guesser": 3, "mistaken": 1, "expert": 1, "follower": 1}
LABS = labs.built()


@dataclass(frozen=True)
class Left:
    """What a learner left behind: the lines of an export, and the report."""

    rows: list[dict[str, Any]]
    report: dict[str, Any]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Payloads of a kind."""
        return [row["payload"] for row in self.rows if row["kind"] == kind]

    def met(self, kind: str) -> set[tuple[str, str]]:
        """Limits that were crossed or left."""
        return {(one["act"], one["constraint"]) for one in self.of(kind)}


Crowd = dict[tuple[str, str], list[Left]]  # by lab and kind


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Every learner in every lab, each at an own ledger, walked when first asked for."""
    place = tmp_path_factory.mktemp("learners")

    class Lazy(Crowd):
        def __missing__(self, key: tuple[str, str]) -> list[Left]:
            self[key] = [walked(place, *key, seed) for seed in range(SEEDS[key[1]])]
            return self[key]

    return Lazy()


def walked(place: Path, lab_id: str, kind: str, seed: int) -> Left:
    """A learner who has finished the lab."""
    with SqliteStore(place / f"{lab_id}-{kind}-{seed}.sqlite") as store:
        Walk(store, lab_id, KINDS[kind](), learner=kind, seed=seed).run()
        assert verify(store).ok
        rows = [json.loads(line) for line in export(store).splitlines()[1:]]
        return Left(rows, of_session(Session(store, kind), lab_id))


def accuracy(left: list[Left]) -> float:
    return fmean(one["engine"]["correct"] for each in left for one in each.of("predicted"))


def brier(left: list[Left]) -> float:
    return fmean(one["engine"]["brier"] for each in left for one in each.of("predicted"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lab_id", LABS)
def test_everybody_finishes(crowd: Crowd, lab_id: str, kind: str) -> None:
    """Doing only what the document offers, and the ledger says so."""
    lab = labs.load(lab_id)
    for left in crowd[lab_id, kind]:
        assert len(left.of("completed")) == 1
        assert {one["act"] for one in left.of("decided")} == {act.id for act in lab.acts}
        (told,) = left.report["labs"]
        assert (told["stage"], told["done"]) == ("done", told["of"])
        assert told["missing"] == []
        assert "No evidence" not in json.dumps([one["predictions"] for one in told["acts"]])
        commits = sum(len(act.questions()) for act in lab.acts)
        assert left.report["totals"]["predictions"] == left.report["calibration"]["commits"] == commits
        assert left.report["totals"]["right"] == sum(one["engine"]["correct"] for one in left.of("predicted"))
        assert left.report["calibration"]["brier"] == pytest.approx(brier([left]))
        assert page(left.report).startswith("<!doctype html>")


@pytest.mark.parametrize("lab_id", LABS)
def test_the_expert_is_right_and_has_met_every_limit(crowd: Crowd, lab_id: str) -> None:
    (left,) = crowd[lab_id, "expert"]
    assert accuracy([left]) == 1.0
    assert all(one["engine"]["correct"] for one in left.of("reflected"))
    everything = {(act.id, limit.id) for act in labs.load(lab_id).acts for limit in act.constraints}
    assert left.met("violated") == everything
    assert left.met("recovered") == everything
    for act in labs.load(lab_id).acts:
        if act.challenge:
            mine = [one for one in left.of("moved") if one["act"] == act.id]
            assert any(one["engine"]["met"] for one in mine), act.id


@pytest.mark.parametrize("lab_id", LABS)
def test_the_mistaken_one_is_wrong_and_is_answered(crowd: Crowd, lab_id: str) -> None:
    """Never right, always sure; each wrong option has words for the thought behind it."""
    (left,) = crowd[lab_id, "mistaken"]
    assert accuracy([left]) == 0.0
    assert not any(one["engine"]["correct"] for one in left.of("reflected"))
    for one in left.of("predicted"):
        act = labs.load(lab_id).act(one["act"])
        assert act
        option = next(
            each for each in act.questions()[one.get("question", "prediction")].options if each.id == one["option"]
        )
        assert option.feedback


@pytest.mark.parametrize("lab_id", LABS)
def test_their_ledgers_tell_them_apart(crowd: Crowd, lab_id: str) -> None:
    expert, mistaken, follower = (crowd[lab_id, kind] for kind in ("expert", "mistaken", "follower"))
    assert brier(expert) < brier(mistaken)
    assert len(expert[0].met("violated")) >= len(mistaken[0].met("violated"))
    assert len(expert[0].met("recovered")) >= len(follower[0].met("recovered"))
    assert accuracy(expert) > accuracy(mistaken)


def test_over_all_labs_a_guesser_stands_between(crowd: Crowd) -> None:
    found = {kind: [left for lab_id in LABS for left in crowd[lab_id, kind]] for kind in KINDS}
    assert accuracy(found["mistaken"]) < accuracy(found["guesser"]) < accuracy(found["expert"])
    assert brier(found["expert"]) < brier(found["guesser"]) < brier(found["mistaken"])
    limits = {kind: fmean(len(left.met("recovered")) for left in found[kind]) for kind in KINDS}
    assert limits["expert"] > max(limits[kind] for kind in KINDS if kind != "expert")


def test_one_learner_through_all_labs_at_one_ledger(tmp_path: Path) -> None:
    """The capstones read what came before; the report of all is the sum of its labs."""
    with SqliteStore(tmp_path / "career.sqlite") as store:
        for lab_id in LABS:
            Walk(store, lab_id, Follower()).run()
        session = Session(store)
        whole, parts = of_session(session), [of_session(session, lab_id) for lab_id in LABS]
    assert [lab["id"] for lab in whole["labs"]] == list(LABS)
    assert {lab["stage"] for lab in whole["labs"]} == {"done"}
    assert whole["labs_without_evidence"] == []
    for name, total in whole["totals"].items():
        assert total == sum(part["totals"][name] for part in parts), name
    assert whole["calibration"]["commits"] == sum(part["calibration"]["commits"] for part in parts)
    assert page(whole).count('class="chapter"') == len(LABS)


def test_the_same_seed_walks_the_same_way(tmp_path: Path) -> None:
    payloads = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        left = walked(tmp_path / str(number), LABS[0], "guesser", 7)
        payloads.append(
            [(row["kind"], row["payload"].get("option"), row["payload"].get("settings")) for row in left.rows]
        )
    assert payloads[0] == payloads[1]
