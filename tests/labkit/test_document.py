"""The document: at each stage what the stage allows, and not a word more. Keys are hunted by changing them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw import intents, labs, quantities
from ironlaw.labkit import document as doc
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.spec import CONFIDENCES, Act, BandQuestion, Lab, NumberQuestion, Q, Question, TermQuestion, number
from ironlaw.labkit.text import SLOT, facts_of

from .samples import Walk, facts, tiny_act, tiny_lab, walks

LABS = [tiny_lab(), *map(labs.load, labs.built())]
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: str(lab.id))
HEAD = {"id", "title", "minutes", "role", "stage"}
PARTS = ("instrument", "reveal", "reflection", "math", "decision")
OPENS = {  # what a stage brings, beside what the stages before it brought
    "predict": set[str](),
    "second": set(),
    "explore": {"instrument"},
    "reflect": {"instrument", "reveal", "reflection"},
    "decide": set(PARTS),
    "done": set(PARTS),
}


def made(lab: Lab, walk: Walk) -> dict[str, Any]:
    """The document of a walk."""
    state = walk.state
    return doc.document(
        lab,
        walk.acts,
        engine={"version": "0", "registry": "r"},
        saved={"events": state.events if state else 0, "last": state.last_saved if state else None},
    )


def act_of(document: dict[str, Any], act: Act) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["acts"] if each["id"] == act.id)
    return found


def first_answers(act: Act) -> tuple[str, str, str]:
    return act.prediction.options[0].id, act.reflection.question.options[0].id, act.decision.options[0].id


def bare(markup: str) -> str:
    """The text of HTML."""
    return re.sub(r"<[^>]+>", "", markup)


def strings(value: object) -> Iterator[str]:
    """Every text below a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


# --- stages -----------------------------------------------------------------------------------------------------------


@each_lab
def test_each_stage_shows_what_it_opens_and_no_more(lab: Lab) -> None:
    for number_, act in enumerate(lab.acts):
        for stage, walk in walks(lab, act, *first_answers(act)):
            document = made(lab, walk)
            assert json.loads(json.dumps(document, allow_nan=False)) == document
            shown = act_of(document, act)
            assert shown["stage"] == stage
            assert {part for part in PARTS if shown[part] is not None} == OPENS[stage]
            assert (shown["prediction"]["committed"] is None) == (stage == "predict")
            if shown["reflection"]:
                assert (shown["reflection"]["answered"] is None) == (stage == "reflect")
            if shown["decision"]:
                assert (shown["decision"]["decided"] is None) == (stage == "decide")
            later = document["acts"][number_ + 1 :]
            if later:
                assert (later[0]["stage"] == "predict") == (stage == "done")
                assert all(set(each) == HEAD for each in later[stage == "done" :])
            last = stage == "done" and act is lab.acts[-1]
            assert (document["synthesis"] is not None) == last
            assert document["next"]["stage"] == ("predict" if stage == "done" and not last else stage)


@each_lab
def test_what_a_stage_locks_is_not_in_the_page_in_any_form(lab: Lab) -> None:
    """The first words of each locked text, up to a slot, stand nowhere in the JSON."""

    def opening(template: str) -> str:
        words = re.sub(r"[*_“”]", "", SLOT.split(template)[0])
        return words.strip()[:40]

    for act in lab.acts:
        feedbacks = [o.feedback for q in (act.prediction, act.reflection.question) for o in q.options if o.feedback]
        locked = {
            "reflect": [act.reveal.text, act.reveal.correct, act.reflection.question.text, act.reflection.ask],
            "decide": [act.reflection.correct, act.decision.text, act.decision.ask, *(m.note for m in act.math)],
            "done": [option.answer for option in act.decision.options],
        }
        everything = [text for texts in locked.values() for text in texts] + [f.text for f in feedbacks]
        key, wrong = act.prediction.key(facts_of(act)), first_answers(act)
        for stage, walk in walks(lab, act, key, *wrong[1:]):
            page = re.sub(r"[*_“”]", "", " ".join(strings(act_of(made(lab, walk), act))))
            hidden = [] if stage == "done" else list(locked["done"])
            if stage in ("predict", "second", "explore", "reflect"):
                hidden += locked["decide"] + [f.text for f in feedbacks]
            if stage in ("predict", "second", "explore"):
                hidden = everything
            for text in hidden:
                if len(opening(text)) >= 20:  # a shorter one may stand anywhere
                    assert opening(text) not in page, (stage, opening(text))


# --- the key cannot be read from what comes before it -----------------------------------------------------------------


def with_key(act: Act, question: Question, option: str) -> Act | None:
    """The act, were this option the right one; None when the question's condition rules it out."""
    told = dict(facts_of(act))
    if not isinstance(question, TermQuestion):
        band = next(o for o in question.options if o.id == option)
        low = band.low if band.low is not None else (band.high or 0.0) / 2
        told[question.fact] = replace(told[question.fact], value=low * 1.01)
    else:
        term = next(o for o in question.options if o.id == option)
        values = [number(told[o.fact]) for o in question.options]
        extreme = max(values) + 1.0 if question.pick == "largest" else min(values) - 1.0
        told[term.fact] = replace(told[term.fact], value=extreme)
    if question.key(told) != option:
        return None
    return replace(act, facts=lambda: told)


@each_lab
def test_before_the_commit_every_key_gives_the_same_page(lab: Lab) -> None:
    for act in lab.acts:
        answers = first_answers(act)
        tried = 0
        for option in act.prediction.options:
            other = with_key(act, act.prediction, option.id)
            if other is None:
                continue
            tried += 1
            changed = replace(lab, acts=tuple(other if each is act else each for each in lab.acts))
            for (stage, walk), (_, its) in zip(walks(lab, act, *answers), walks(changed, other, *answers), strict=True):
                if stage == "predict" or (stage == "explore" and act.second is None):  # a first look may tell
                    assert made(lab, walk) == made(changed, its), (act.id, stage, option.id)
        assert tried >= 2, "the oracle must be able to change, or this proves nothing"


@each_lab
def test_before_the_answer_every_key_of_the_reflection_gives_the_same_page(lab: Lab) -> None:
    for act in lab.acts:
        answers = first_answers(act)
        tried = 0
        for option in act.reflection.question.options:
            other = with_key(act, act.reflection.question, option.id)
            if other is None:
                continue
            tried += 1
            changed = replace(lab, acts=tuple(other if each is act else each for each in lab.acts))
            for (stage, walk), (_, its) in zip(walks(lab, act, *answers), walks(changed, other, *answers), strict=True):
                if stage in ("predict", "second", "explore", "reflect"):
                    assert made(lab, walk) == made(changed, its), (act.id, stage, option.id)
        assert tried >= 2


# --- every answer -----------------------------------------------------------------------------------------------------


@each_lab
def test_every_answer_gets_the_response_that_belongs_to_it(lab: Lab) -> None:
    for act in lab.acts:
        keys = act.prediction.key(facts_of(act)), act.reflection.question.key(facts_of(act))
        answers = [
            [o.id for o in each]
            for each in (act.prediction.options, act.reflection.question.options, act.decision.options)
        ]
        for said, why, signed in product(*answers):
            *_, (_, walk) = walks(lab, act, said, why, signed)
            page = act_of(made(lab, walk), act)
            reveal, answered, decided = page["reveal"], page["reflection"]["answered"], page["decision"]["decided"]
            assert page["prediction"]["committed"]["option"] == said
            right = reveal["score"]["correct"]
            if not isinstance(act.prediction, NumberQuestion):  # the interval of a number has its own tests
                assert right == (said == keys[0])
            assert (reveal["feedback"] is None) == (right or said == keys[0])
            assert bool(reveal["score"]["verdict"]) == right
            assert (answered["option"], answered["correct"]) == (why, why == keys[1])
            assert (answered["try"] is None) == (why == keys[1])
            for feedback in (reveal["feedback"], None if answered["correct"] else answered):
                if feedback is not None:
                    assert feedback["title"]
                    assert feedback["html"].startswith("<p>")
                    if feedback["try"]:
                        shown = ev.clean(act, feedback["try"]["settings"])
                        run = ev.evaluate(act, shown)
                        assert run.feasible or run.reason
            assert (decided["option"], decided["text"]) == (signed, "so be it")
            assert decided["html"]
            assert not [text for text in strings(page) if SLOT.search(text)], "a slot that nothing filled"


@each_lab
def test_options_are_all_there_in_an_order_that_is_not_the_authors_say(lab: Lab) -> None:
    for act in lab.acts:
        *_, (_, walk) = walks(lab, act, *first_answers(act))
        page = act_of(made(lab, walk), act)
        for question, shown in ((act.prediction, page["prediction"]), (act.reflection.question, page["reflection"])):
            if isinstance(question, NumberQuestion):
                assert shown["options"] == []
                continue
            written = [option.id for option in question.options]
            order = [option["id"] for option in shown["options"]]
            assert sorted(order) == sorted(written)
            assert order == written or not isinstance(question, BandQuestion), "bands are an axis"
            assert all(set(option) == {"id", "text"} for option in shown["options"])


@given(st.lists(st.integers(), unique=True, max_size=8), st.text(max_size=10))
def test_shuffling_keeps_every_item_and_its_place(items: list[int], seed: str) -> None:
    order = doc.shuffled(items, seed)
    assert sorted(order) == sorted(items)
    assert doc.shuffled(items, seed) == order


ORDERS = """
import json
from ironlaw import labs
from ironlaw.labkit.document import document, shuffled
found = {"plain": shuffled(list("abcdefgh"), "seed")}
for lab_id in labs.built():
    lab = labs.load(lab_id)
    page = document(lab, {}, engine={}, saved={})
    found[lab_id] = [option["id"] for option in page["acts"][0]["prediction"]["options"]]
    for act in lab.acts:
        for question in (act.prediction, act.reflection.question):
            found[f"{lab_id}:{act.id}:{question.quantity}"] = shuffled([o.id for o in question.options], act.id)
print(json.dumps(found))
"""


def test_the_order_is_the_same_in_every_process() -> None:
    """A string's hash differs from process to process; an order on the page must not."""
    said = {
        subprocess.run(
            [sys.executable, "-c", ORDERS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(said) == 1
    assert json.loads(said.pop())["plain"] == doc.shuffled(list("abcdefgh"), "seed")


def test_confidences_are_numbers_that_an_intent_takes() -> None:
    lab = tiny_lab()
    shown = act_of(made(lab, Walk(lab)), lab.acts[0])["prediction"]["confidences"]
    values = [each["value"] for each in shown]
    assert values == [value for value, _ in CONFIDENCES] == sorted(set(values))
    low, high = intents.CONFIDENCE
    assert all(low <= value <= high for value in values)
    for each, (value, words) in zip(shown, CONFIDENCES, strict=True):
        assert each["text"] == f"{quantities.format(value, 'share')} · {words}"
    fewest = min(len(question.options) for lab in LABS for act in lab.acts for question in [act.prediction])
    assert min(values) > 1 / max(fewest, 4), "less than chance says that another option is likelier"


# --- whose numbers ----------------------------------------------------------------------------------------------------


def test_texts_speak_of_the_last_settings() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    walk = Walk(lab).predict(act, "long").move(act, {"size": 2.0}).reveal(act)
    page = act_of(made(lab, walk), act)
    assert "You had 1 s." in bare(page["reveal"]["feedback"]["html"])
    assert page["instrument"]["settings"]["size"] == 2.0
    walk.move(act, {"size": 4.0})
    assert "You had 2 s." in bare(act_of(made(lab, walk), act)["reveal"]["feedback"]["html"])


def test_a_plan_that_cannot_run_leaves_the_word_to_the_last_that_could() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    walk = Walk(lab).predict(act, "long").move(act, {"size": 2.0}).move(act, {"size": 20.0}).reveal(act)
    page = act_of(made(lab, walk), act)
    assert page["instrument"]["result"]["feasible"] is False
    assert page["instrument"]["settings"]["size"] == 20.0
    assert "You had 1 s." in bare(page["reveal"]["feedback"]["html"])


def test_what_is_signed_stays_signed() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    walk = Walk(lab).predict(act, "long").move(act, {"size": 2.0}).reveal(act).reflect(act, "light")
    walk.decide(act, "go", {"size": 3.0})
    signed = act_of(made(lab, walk), act)["decision"]["decided"]
    assert bare(signed["html"]) == "Gone with 1.5 s."
    walk.move(act, {"size": 10.0})
    assert act_of(made(lab, walk), act)["decision"]["decided"] == signed


def test_the_verdict_repeats_the_learners_own_words() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    walk = Walk(lab).predict(act, "middling", 0.85).move(act, {"size": 2.0}).reveal(act)
    score = act_of(made(lab, walk), act)["reveal"]["score"]
    assert score["verdict"] == "Right with “A while” at 85 %."
    assert score["brier"] == pytest.approx(0.15**2 + 2 * 0.075**2)
    assert "0.03" in score["html"]


def test_a_given_is_text_in_every_place() -> None:
    lab = tiny_lab()
    page = act_of(made(lab, Walk(lab)), lab.acts[0])
    assert page["givens"] == [
        {"id": "thing", "label": "Thing", "text": "<b>box</b> *of* [x](y)", "source": "scenario"}
    ]  # a text: the page sets it as one
    assert "&lt;b&gt;box&lt;/b&gt; *of* [x](y)" in page["message"]["html"]


def test_controls_carry_what_a_slider_needs() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    instrument = act_of(made(lab, Walk(lab).predict(act, "long")), act)["instrument"]
    size, count, box, crew = instrument["controls"]
    assert (size["kind"], count["kind"], box["kind"], crew["kind"]) == ("number", "number", "choice", "choice")
    assert [tick["value"] for tick in size["ticks"]] == [1.0, 2.0, 5.0, 10.0, 20.0]
    assert [tick["index"] for tick in size["ticks"]] == list(range(size["max"] + 1))
    assert [option["value"] for option in crew["options"]] == [0, 1, 2]
    assert instrument["start"] == instrument["settings"] == act.start()
    assert instrument["context_settings"] == {"north": {}, "south": {"box": "big"}}
    assert instrument["result"] == ev.result(ev.evaluate(act, act.start()))


def test_making_a_document_changes_nothing_and_gives_the_same_again() -> None:
    lab = tiny_lab()
    for _, walk in walks(lab, lab.acts[1], "short", "light", "go"):
        before = deepcopy(walk.acts)
        assert made(lab, walk) == made(lab, walk)
        assert walk.acts == before


# --- a ledger that is older than the lab ------------------------------------------------------------------------------


def test_answers_that_the_lab_no_longer_knows_do_not_lock_the_learner_out() -> None:
    lab = tiny_lab()
    act = lab.acts[0]
    told = {"key": "gone", "correct": False, "value": 1.0, "quantity": "Time", "brier": 1.5, "log": 2.0}
    walk = Walk(lab).add("predicted", act=act.id, context="north", option="gone", confidence=0.5, engine=told)
    walk.add("moved", act=act.id, settings={"wheel": 3.0}).reveal(act)
    walk.add("reflected", act=act.id, option="gone", text="x", engine={"correct": False, "key": "heavy"})
    walk.add("decided", act=act.id, option="gone", text="y", settings={"wheel": 3.0})
    page = act_of(made(lab, walk), act)
    assert page["stage"] == "done"
    assert page["instrument"]["settings"] == act.start()
    assert page["prediction"]["committed"]["option"] == "gone"
    assert page["reveal"]["score"] | {"html": "", "verdict": ""} == {
        "correct": False,
        "brier": 1.5,
        "log": 2.0,
        "html": "",
        "verdict": "",
    }
    assert page["reflection"]["answered"]["correct"] is False
    assert "Reflected rightly" not in page["reflection"]["answered"]["html"], "it was not right"
    assert page["decision"]["decided"]["text"] == "y"


def test_a_lab_with_changed_facts_reads_no_stale_ones() -> None:
    """Facts are cached by act, not by its name: two acts of one id keep their own."""
    one, other = tiny_act("a1", facts(2.5)), tiny_act("a1", facts(30.0))
    assert facts_of(one)["secret"] == Q(2.5, "seconds")
    assert facts_of(other)["secret"] == Q(30.0, "seconds")
