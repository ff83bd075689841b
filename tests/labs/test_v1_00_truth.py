"""v1_00: the keys from scratch, the failure and its ways out, and what the sheet says must be shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.document import document
from ironlaw.labkit.spec import BandQuestion
from ironlaw.labkit.text import facts_of
from labkit.samples import Walk

LAB = labs.load("v1_00")
ACT = LAB.acts[0]
PARAMETERS, PHONE = 6_738_415_616, 8e9  # the model's card, the phone's data sheet
BITS = {"delivered": 16.0, "full": 32.0, "byte": 8.0, "short": 4 + 20 / 128}


def at(**change: Any) -> ev.Evaluation:
    return ev.evaluate(ACT, ev.clean(ACT, {**ACT.start(), **change}))


def test_the_key_of_the_prediction() -> None:
    """Two bytes a parameter against eight gigabytes; each other band holds what its misconception computes."""
    question = ACT.prediction
    assert isinstance(question, BandQuestion)
    held = {band.id: band for band in question.options}
    assert question.key(facts_of(ACT)) == "over"
    assert held["over"].holds(PARAMETERS * 2 / PHONE)
    assert held["fits"].holds(PARAMETERS * 1 / PHONE), "as many bytes as parameters"
    assert held["full"].holds(PARAMETERS * 4 / PHONE), "full length"
    assert held["bits"].holds(PARAMETERS * 16 / PHONE), "bits taken for bytes"


def test_the_briefing_holds_all_that_the_prediction_needs() -> None:
    """No physics prerequisite: the bits of a weight, the bits of a byte, and both numbers stand there."""
    page = document(LAB, {}, engine={}, saved={})["acts"][0]
    words = page["briefing_html"] + page["message"]["html"]
    for needed in ("sixteen", "eight bits", "6.74B", "8 GB"):
        assert needed in words


def test_the_key_of_the_reflection() -> None:
    """Read as bytes, the parameters are right in one format only."""
    read = PARAMETERS * 1.0
    misses = {name: abs(read - PARAMETERS * bits / 8) / (PARAMETERS * bits / 8) for name, bits in BITS.items()}
    question = ACT.reflection.question
    assert question.key(facts_of(ACT)) == "byte" == min(misses, key=misses.__getitem__)
    for option in question.options:
        assert facts_of(ACT)[option.fact].value == pytest.approx(misses[option.id])


def test_one_failure_and_two_ways_out() -> None:
    """From the start one move runs out of memory; then each of three single moves leaves it again."""
    assert at().feasible
    failed = at(parameters=float(PARAMETERS))
    assert (failed.feasible, failed.violated) == (False, ("oom",))
    assert at(parameters=float(PARAMETERS), device="m4").feasible, "a larger device"
    assert at(parameters=float(PARAMETERS), format="int8").feasible, "fewer bits a weight"
    assert at().feasible, "a smaller model"


def test_both_contexts_are_parameter_sets() -> None:
    pocket, server = LAB.contexts
    assert at(**pocket.settings["act1"]).values["capacity"] == PHONE
    assert at(**server.settings["act1"]).values["capacity"] == 80e9
    assert not at(**pocket.settings["act1"], parameters=float(PARAMETERS)).feasible
    assert at(**server.settings["act1"], parameters=float(PARAMETERS)).feasible


def test_the_picture_says_who_could_hold_the_weights() -> None:
    """Bars, rule, sentence and table agree with arithmetic at every stop of the slider, also where nothing runs."""
    for size in ACT.controls[0].ticks:  # type: ignore[union-attr]  # a number control
        told = ev.result(at(parameters=size))["figures"][0]
        bars, rule = told["marks"]
        assert rule["at"] == pytest.approx(2 * size)
        fits = [bar["x"] >= 2 * size for bar in bars["bars"]]
        assert ["fits" in bar["text"] for bar in bars["bars"]] == fits
        assert [not bar["pattern"] for bar in bars["bars"]] == fits
        assert [row[-1] == "yes" for row in told["table"]["rows"]] == fits
        assert f"{sum(fits)} of {len(fits)} devices" in told["description"]


# --- must show --------------------------------------------------------------------------------------------------------


def test_the_page_offers_the_ledger_and_the_tracks_from_the_first_moment() -> None:
    page = document(LAB, {}, engine={}, saved={})
    assert page["ledger_panel"] is True
    assert page["track"]["chosen"] is None
    assert len(page["track"]["options"]) == 4


def test_ten_minutes_in_one_act() -> None:
    assert (len(LAB.acts), LAB.minutes) == (1, 10)


def test_nothing_of_the_answer_is_there_before_the_commit() -> None:
    """Neither the ratio nor the weights' bytes, nor a word of the reveal."""
    text = json.dumps(document(LAB, {}, engine={}, saved={}), ensure_ascii=False)
    for secret in ("13.5", "1.68", "5.48 GB", "find no place", "dominant", "correct"):
        assert secret not in text


def test_every_stage_is_a_saved_state() -> None:
    """Walked through, each stage shows what the one before stored; the end names the map, the ledger and the track."""
    walk = Walk(LAB)
    seen = [document(LAB, walk.acts, engine={}, saved={})["next"]["stage"]]
    walk.predict(ACT, "fits")
    seen.append(document(LAB, walk.acts, engine={}, saved={})["next"]["stage"])
    walk.move(ACT, {"parameters": float(PARAMETERS), "format": "int8"}).reveal(ACT)
    page = document(LAB, walk.acts, engine={}, saved={})
    seen.append(page["next"]["stage"])
    feedback = page["acts"][0]["reveal"]["feedback"]
    assert "6.74B parameters at 8 bits: 6.74 GB" in re.sub(r"<[^>]+>", "", feedback["html"]), (
        "the learner's own numbers"
    )
    walk.reflect(ACT, "byte")
    seen.append(document(LAB, walk.acts, engine={}, saved={})["next"]["stage"])
    walk.decide(ACT, "bits", {"parameters": float(PARAMETERS), "format": "int8"})
    page = document(LAB, walk.acts, engine={}, saved={})
    assert [*seen, page["next"]["stage"]] == ["predict", "explore", "reflect", "decide", "done"]
    end = page["synthesis"]["html"]
    assert 'href="/"' in end
    for word in ("map", "ledger", "track", "Export", "changed line shows"):
        assert word in end
