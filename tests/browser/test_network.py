"""Bad networks: a dead, slow or lying server loses nothing, doubles nothing, and the page says what is going on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .conftest import Contexts
from .eye import Eye
from .guard import Guard
from .learner import Learner
from .serving import Server
from .truth import wall as truth

EVENTS = "**/api/labs/*/events"
EVALUATE = "**/api/labs/*/evaluate"
RIGHT = truth.key("act1", "prediction")
COMPLAINTS = ("Failed to load resource", "net::ERR_")  # Chromium's own words about requests that failed
UNAVAILABLE = {
    "error": {
        "code": "ledger_unavailable",
        "message": "The ledger is not available.",
        "field": None,
        "value": None,
        "allowed": None,
    }
}


@pytest.fixture(autouse=True)
def complaints(guard: Guard) -> None:
    """Requests that fail are the point here."""
    for words in COMPLAINTS:
        guard.expect(words)


def says(learner: Learner, words: str) -> None:
    """What the strip says of the saving."""
    expect(learner.page.locator(".saved")).to_have_text(re.compile(words))


def refuse(route: Route) -> None:
    """A server that is there and cannot write."""
    route.fulfill(status=503, content_type="application/json", body=json.dumps(UNAVAILABLE))


def never_arrives(route: Route) -> None:
    """Nobody is there."""
    route.abort("connectionrefused")


def lose_the_answer(route: Route) -> None:
    """The server stores it, and the line breaks before its answer."""
    route.fetch()
    route.abort("connectionreset")


def stored_once(eye: Eye) -> None:
    """The prediction is in the ledger once, as it was given."""
    row = eye.only("predicted", "act1")
    assert (row.payload["option"], row.payload["confidence"]) == (RIGHT, 0.7)
    eye.check_chain()


def settle(learner: Learner, eye: Eye) -> None:
    """The page recovers by itself: it says so, and goes on."""
    expect(learner.part("act1", "explore")).to_be_visible()
    learner.saved()
    stored_once(eye)


def test_a_server_that_died_before_the_commit(learner: Learner, server: Server, eye: Eye) -> None:
    """SIGKILL, commit, wait, the server comes back: the prediction is there once."""
    learner.choose_prediction("act1", RIGHT, 0.7)
    server.kill()
    learner.press("act1", "predict")
    says(learner, "^Not saved, retrying$")
    expect(learner.page.locator("[role=status].sr")).to_have_text("Not saved, retrying.")
    expect(learner.part("act1", "explore")).to_have_count(0)
    server.start()
    settle(learner, eye)


def test_a_server_that_dies_with_the_commit_in_its_hands(learner: Learner, server: Server, eye: Eye) -> None:
    """The request is under way when the process is killed."""
    learner.choose_prediction("act1", RIGHT, 0.7)
    server.freeze()
    with learner.page.expect_request(EVENTS):
        learner.press("act1", "predict")
    says(learner, "^Saving")
    server.kill()
    says(learner, "^Not saved, retrying$")
    server.start()
    settle(learner, eye)


def test_a_slow_server(learner: Learner, server: Server, eye: Eye) -> None:
    """Two seconds of silence: "saving", a closed form, then all is well, with one request."""
    learner.choose_prediction("act1", RIGHT, 0.7)
    sent: list[str] = []
    learner.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/events") else None)
    server.freeze()
    learner.press("act1", "predict")
    says(learner, "^Saving")
    expect(learner.part("act1", "predict").get_by_role("button")).to_be_disabled()
    learner.page.wait_for_timeout(2000)
    expect(learner.part("act1", "explore")).to_have_count(0)
    server.thaw()
    settle(learner, eye)
    assert len(sent) == 1


def test_a_server_that_cannot_write(learner: Learner, eye: Eye) -> None:
    """503 for a while: nothing is taken for saved."""
    learner.page.route(EVENTS, refuse)
    learner.predict_without_answer("act1", RIGHT, 0.7)
    says(learner, "^Not saved, retrying$")
    learner.page.wait_for_timeout(1500)
    assert eye.rows("predicted") == []
    learner.page.unroute(EVENTS)
    settle(learner, eye)


def test_an_answer_that_is_lost_after_the_store(learner: Learner, eye: Eye) -> None:
    """The server stored it and the answer never arrived: the retry is known as the same intent."""
    answers: list[Any] = []

    def lose(route: Route) -> None:
        answers.append(route.fetch().json())
        if len(answers) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(json=answers[-1])

    learner.page.route(EVENTS, lose)
    learner.predict_without_answer("act1", RIGHT, 0.7)
    settle(learner, eye)
    first, second = answers[:2]
    assert first["saved"]["id"] == second["saved"]["id"]
    assert (first["saved"]["duplicate"], second["saved"]["duplicate"]) == (False, True)


def test_a_cut_off_answer(learner: Learner, eye: Eye) -> None:
    """Half of the JSON is no answer."""
    cut: list[int] = []

    def half(route: Route) -> None:
        answer = route.fetch()
        cut.append(1)
        whole = answer.text()
        route.fulfill(
            status=answer.status, content_type="application/json", body=whole if len(cut) > 1 else whole[:200]
        )

    learner.page.route(EVENTS, half)
    learner.predict_without_answer("act1", RIGHT, 0.7)
    settle(learner, eye)
    assert len(cut) == 2


@pytest.mark.parametrize("how", ["reload", "close"])
def test_unsent_work_survives(learner: Learner, server: Server, eye: Eye, how: str) -> None:
    """Reloaded, or closed and opened again, with the commit still unsent: it is shown as on its way, and then sent."""
    context = learner.page.context
    context.route(EVENTS, refuse)
    learner.predict_without_answer("act1", RIGHT, 0.7)
    says(learner, "^Not saved, retrying$")
    if how == "reload":
        again = learner.reload()
    else:
        learner.page.close()
        again = Learner(context.new_page(), server.url).open()
    part = again.part("act1", "predict")
    expect(part.get_by_role("radio", name=truth.option_text("act1", "prediction", RIGHT), exact=True)).to_be_checked()
    expect(part.get_by_role("radio").first).to_be_disabled()
    expect(part.get_by_role("status")).to_contain_text("kept in this browser", ignore_case=True)
    says(again, "^Not saved, retrying$")
    assert eye.rows("predicted") == []
    context.unroute(EVENTS)
    settle(again, eye)


def test_a_closed_browser_whose_server_was_killed(learner: Learner, server: Server, eye: Eye) -> None:
    """Commit into a dead server, close the tab, start the server, come back: it is sent."""
    learner.choose_prediction("act1", RIGHT, 0.7)
    server.kill()
    learner.press("act1", "predict")
    says(learner, "^Not saved, retrying$")
    context = learner.page.context
    learner.page.close()
    server.start()
    settle(Learner(context.new_page(), server.url).open(), eye)


def test_an_engine_that_is_silent(learner: Learner) -> None:
    """The last readings stay, the page says that they are the last, and catches up with the newest settings."""
    learner.predict("act1", RIGHT, 0.7)
    learner.reads("act1", truth.settings("act1"))
    before = learner.cards("act1")
    learner.page.route(EVALUATE, refuse)
    for value in (0.6, 0.8, 1.0):
        learner.set("act1", "overlap", value)
    silent = learner.part("act1", "explore").get_by_text("No answer from the engine")
    expect(silent).to_be_visible()
    assert learner.cards("act1") == before
    expect(learner.control("act1", "overlap")).to_have_attribute("aria-valuetext", "100 %")
    learner.page.unroute(EVALUATE)
    learner.reads("act1", truth.settings("act1", overlap=1.0))
    expect(silent).to_be_hidden()


def test_moves_are_not_lost_to_a_dead_server(learner: Learner, server: Server, eye: Eye) -> None:
    """Moves made while the server is away arrive when it is back, with the limits that they crossed."""
    learner.predict("act1", RIGHT, 0.7)
    learner.saved()
    server.kill()
    learner.set("act1", "parameters", 20e9)
    says(learner, "^Not saved, retrying$")
    server.start()
    learner.reads("act1", truth.settings("act1", parameters=20e9))
    eye.wait(learner.page, lambda now: len(now.rows("violated")) == 1, "the limit crossed while the server was away")
    assert eye.rows("moved")[-1].payload["settings"] == truth.settings("act1", parameters=20e9)
    learner.saved()
    eye.check_chain()


FULL = """for (const name of ["setItem"]) Storage.prototype[name] = () => { throw new DOMException("full", "QuotaExceededError"); };"""
FORBIDDEN = (
    """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });"""
)


@pytest.mark.parametrize("fault", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_a_browser_that_keeps_nothing(contexts: Contexts, server: Server, eye: Eye, fault: str) -> None:
    """The page says that it must stay open, and works."""
    context = contexts()
    context.add_init_script(fault)
    learner = Learner(context.new_page(), server.url).open()
    expect(learner.page.locator(".notice")).to_contain_text("This browser keeps nothing for this page")
    learner.predict("act1", RIGHT, 0.7)
    learner.saved()
    stored_once(eye)
    learner.reload()
    expect(learner.part("act1", "explore")).to_be_visible()
