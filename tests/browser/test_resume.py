"""Coming back: after a reload, in another browser, in a second tab. The ledger holds the state, the page shows it."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import Page, expect

from .conftest import Contexts
from .eye import Eye
from .guard import Guard
from .learner import Learner, expected_settings, take
from .serving import Server
from .shown import state
from .truth import confidence_text
from .truth import wall as truth


def has_one_move(act: str, eye: Eye) -> bool:
    """Whether one move of this act is stored."""
    return len(eye.rows("moved", act)) == 1


def test_each_stage_survives_a_reload_and_another_browser(
    learner: Learner, contexts: Contexts, server: Server, eye: Eye
) -> None:
    """In all stages of both acts: the same stage, the same settings, the same answers."""
    other = Learner(contexts().new_page(), server.url)
    moved = {"act1": ("parameters", 20e9), "act2": ("ports", 3.0)}  # the first leaves the instrument infeasible
    for act, step in truth.places:
        assert learner.now() == (act, step)
        if step == "explore":
            name, value = moved[act]
            learner.set(act, name, value)
            learner.reads(act, truth.settings(act, **{name: value}))
            eye.wait(learner.page, partial(has_one_move, act), "the move")
            learner.saved()
        before = state(learner)
        assert state(learner.reload()) == before
        assert state(other.open()) == before
        if (act, step) == ("act1", "explore"):
            learner.set(act, *("parameters", 13e9))
            learner.reads(act, truth.settings(act))
        take(learner, act, step)
    before = state(learner)
    assert before["now"] is None
    assert state(learner.reload()) == before
    assert state(other.open()) == before
    eye.check_chain()


def test_settings_are_kept_between_deployments(learner: Learner, eye: Eye) -> None:
    """The deployment toggle is part of what comes back."""
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    context = truth.lab.contexts[1]
    learner.part("act1", "explore").get_by_role("radio", name=context.name).check()
    at = truth.settings("act1", **context.settings["act1"])
    learner.reads("act1", at)
    eye.wait(learner.page, lambda now: len(now.rows("moved")) == 1, "the move")
    assert eye.only("moved", "act1").payload["context"] == context.id
    learner.saved()
    learner.reload()
    assert learner.settings("act1") == expected_settings(truth, "act1", at)
    expect(learner.part("act1", "explore").get_by_role("radio", name=context.name)).to_be_checked()


def test_a_move_that_was_not_sent(learner: Learner, guard: Guard, eye: Eye) -> None:
    """The page is left in the middle of a move: the next one stands where the hand was, and the ledger gets it once."""
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    learner.saved()
    guard.expect("ERR_FAILED")
    learner.page.route("**/events", lambda route: route.abort())
    learner.set("act1", "parameters", 20e9)
    learner.reload()
    at = truth.settings("act1", parameters=20e9)
    assert learner.settings("act1") == expected_settings(truth, "act1", at)
    learner.reads("act1", at)
    assert not eye.rows("moved")
    learner.page.unroute("**/events")
    eye.wait(learner.page, partial(has_one_move, "act1"), "the move")
    learner.saved()
    assert [row.payload["settings"] for row in eye.rows("moved")] == [at]


def test_a_draft_survives_a_reload_and_is_no_event(learner: Learner, eye: Eye) -> None:
    """What was marked and typed but not committed is there again; the ledger has nothing of it."""
    option = truth.option_text("act1", "prediction", truth.wrong("act1", "prediction")[0])
    learner.choose_prediction("act1", truth.wrong("act1", "prediction")[0], 0.5)
    learner.reload()
    part = learner.part("act1", "predict")
    expect(part.get_by_role("radio", name=option, exact=True)).to_be_checked()
    expect(part.get_by_role("radio", name=confidence_text(0.5), exact=True)).to_be_checked()
    assert {row.kind for row in eye.rows()} <= {"opened"}
    for act, step in truth.places[:2]:
        take(learner, act, step)
    learner.part("act1", "reflect").get_by_role("textbox").fill("a thought")
    learner.reload()
    expect(learner.part("act1", "reflect").get_by_role("textbox")).to_have_value("a thought")


def second_commit(late: Learner, first: Learner, guard: Guard, eye: Eye) -> None:
    """Both have the question open; `first` commits, then `late`. `late` is told, and sees what stands."""
    guard.expect("status of 409")
    right, wrong = truth.key("act1", "prediction"), truth.wrong("act1", "prediction")[0]
    late.choose_prediction("act1", wrong, 0.97)
    first.predict("act1", right, 0.7)
    first.saved()
    late.press("act1", "predict")
    expect(late.page.locator(".notice").filter(has_text="already in the ledger")).to_be_visible()
    expect(late.part("act1", "predict").locator(".chosen")).to_contain_text(
        truth.option_text("act1", "prediction", right)
    )
    expect(late.part("act1", "explore")).to_be_visible()
    row = eye.only("predicted", "act1")
    assert (row.payload["option"], row.payload["confidence"]) == (right, 0.7)
    late.reload()
    expect(late.part("act1", "predict").locator(".chosen")).to_contain_text(
        truth.option_text("act1", "prediction", right)
    )
    expect(late.page.locator(".notice")).to_have_count(0)
    eye.check_chain()


def test_a_second_tab_that_is_late(learner: Learner, server: Server, guard: Guard, eye: Eye) -> None:
    """Two tabs of one browser share their queue; the first prediction stands all the same."""
    second_commit(Learner(learner.page.context.new_page(), server.url).open(), learner, guard, eye)


def test_a_second_browser_that_is_late(
    learner: Learner, contexts: Contexts, server: Server, guards: list[Guard], eye: Eye
) -> None:
    """The same from another browser."""
    second_commit(Learner(contexts().new_page(), server.url).open(), learner, guards[1], eye)


def test_a_move_to_where_the_ledger_stands(learner: Learner, contexts: Contexts, server: Server, eye: Eye) -> None:
    """Two browsers at one design: the later move stores nothing, and the page still says when the design was saved."""
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    other = Learner(contexts().new_page(), server.url).open()
    at = truth.settings("act1", parameters=20e9)
    for one in (other, learner):
        with one.storing(at):
            one.set("act1", "parameters", 20e9)
    learner.reads("act1", at)
    learner.saved()
    assert len(eye.rows("moved")) == 1


def test_the_strip_tells_when_it_was_saved(learner: Learner, page: Page) -> None:
    """The time of the last save stands there from the start, not only after the next one."""
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    learner.saved()
    learner.reload()
    expect(page.locator(".saved")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
