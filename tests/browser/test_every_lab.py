"""Every built lab, twice through: once by keyboard alone with right answers, once over a bad line with wrong ones.

On the way each state is looked at: axe in both themes at each kind of step, nothing locked in any response, the same page after a reload.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from ironlaw import labs
from ironlaw.labkit.spec import Act

from .access import check_both_themes, check_targets, check_width
from .conftest import Contexts
from .eye import Eye
from .guard import Guard
from .keys import Keys
from .learner import QUESTIONS, Learner, take
from .locked import Record, fragments
from .serving import Server
from .shown import state
from .test_network import COMPLAINTS, EVENTS, lose_the_answer, never_arrives, refuse

EVERY = pytest.mark.parametrize("lab", labs.built())
FEW = 4  # fragments that must be found again, or the search finds nothing at all


@EVERY
def test_by_keyboard_alone(page: Page, server: Server, eye: Eye, lab: str) -> None:
    """From the address to the synthesis; before each commit nothing of its answer was sent; axe finds nothing on the way."""
    record = Record(page.context)
    learner = Learner(page, server.url, lab).open()
    keys, truth = Keys(page), learner.truth
    first = keys.tab_to(lambda _: True, "the first stop")
    assert first["label"] == "Skip to the lab", "the first stop skips the head of the page"
    seen, looked = 0, set()
    for act, step in truth.places:
        assert learner.now() == (act, step)
        if (what := form(truth.act_of(act), step)) not in looked:
            looked.add(what)
            check_both_themes(page, f"{act} {step}", act, parts(act, step))
        if step in ("predict", "second"):
            later = [truth.act_of(one) for one in truth.acts[truth.acts.index(act) :]]
            assert {one.id: found for one in later if (found := leaks(record, one, seen))} == {}
            seen = len(record.bodies)
        keys.take(learner, act, step)
        if step == "decide":
            assert len(leaks(record, truth.act_of(act), seen)) >= FEW, "the search does not find what is surely there"
            seen = len(record.bodies)
    finished(learner, eye)
    check_both_themes(page, "the whole page")
    for act in truth.acts:
        assert all(row.payload["engine"]["correct"] for row in eye.rows("predicted", act))


@EVERY
def test_it_is_readable_before_any_script_has_run(contexts: Contexts, server: Server, lab: str) -> None:
    """What the first act says first is what the page says later, and the bench takes its time from there."""
    plain = contexts(java_script_enabled=False).new_page()
    plain.goto(f"{server.url}/labs/{lab}")
    learner = Learner(contexts().new_page(), server.url, lab).open()
    first = learner.truth.acts[0]
    for part in ("message", "briefing"):
        early, late = plain.locator(f".part-{part} .prose"), learner.part(first, part).locator(".prose")
        assert len(early.inner_text()) > 100
        assert early.inner_text() == late.inner_text()


def form(act: Act, step: str) -> tuple[str, str]:
    """What a step looks like. Axe sees each form once on the way, and all that stays on the page at its end."""
    asked = act.questions().get(QUESTIONS[step]) if step in ("predict", "second") else None
    return step, type(asked).__name__


def parts(act: str, step: str) -> list[str]:
    """What of an act is new when it arrives at a step."""
    new = {"reflect": ("reveal", "reflect"), "decide": ("math", "decide")}.get(step, (step,))
    return [act] if step == "predict" else [f"{act}-{part}" for part in new]


def leaks(record: Record, act: Act, since: int) -> set[str]:
    """What of the act's secrets the responses hold that came since."""
    text = "\n".join(list(record.bodies.values())[since:])
    return {piece for piece in fragments(act) if piece in text}


@EVERY
def test_over_a_bad_line(page: Page, server: Server, eye: Eye, guard: Guard, lab: str) -> None:
    """Wrong answers; each intent fails once, each state comes back after a reload, nothing is lost or doubled."""
    for words in COMPLAINTS:
        guard.expect(words)
    sent: dict[str, int] = {}
    page.route(EVENTS, bad_line(sent))
    learner = Learner(page, server.url, lab).open()
    learner.saved()
    for act, step in learner.truth.places:
        assert learner.now() == (act, step)
        before = state(learner)
        assert state(learner.reload()) == before
        if step == "explore" and learner.truth.act_of(act).sweep:
            sweep(learner, act)
        take(learner, act, step, right=False)
    finished(learner, eye)
    assert {row.id for row in eye.rows()} >= set(sent), "an intent that the page sent is not in the ledger"
    assert not any(row.payload["engine"]["correct"] for row in eye.rows("predicted"))
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        check_width(page, f"{lab}, {width} px")
        check_targets(page, f"{lab}, {width} px")
    before = state(learner)
    assert state(learner.reload()) == before


def bad_line(seen: dict[str, int]) -> Callable[[Route], None]:
    """Every intent fails once before it succeeds, each time in another way."""
    ways: list[Callable[[Route], None]] = [never_arrives, refuse, lose_the_answer]

    def bad(route: Route) -> None:
        sent = json.loads(route.request.post_data or "{}")["id"]
        seen[sent] = seen.get(sent, 0) + 1
        if seen[sent] == 1:
            ways[len(seen) % len(ways)](route)
        else:
            route.continue_()

    return bad


def sweep(learner: Learner, act: str) -> None:
    """Count the whole design space: all designs that were promised, and drawings of the sum."""
    here = learner.part(act, "explore").locator(".sweep")
    button = here.get_by_role("button", name="Search all")
    button.click()
    expect(button).to_be_enabled(timeout=60_000)
    spec = learner.truth.act_of(act).sweep
    assert spec
    expect(here.get_by_role("status")).to_contain_text(f"{spec.designs:,} designs searched")
    expect(here.locator("figure").first).to_be_visible()


def finished(learner: Learner, eye: Eye) -> None:
    """All is done, and the ledger has each step of each act once."""
    assert learner.now() is None
    expect(learner.page.locator(".synthesis")).to_be_visible()
    learner.saved()
    rows = eye.rows()
    assert [row.kind for row in rows].count("opened") == 1
    assert [row.kind for row in rows].count("completed") == 1
    for act in learner.truth.acts:
        questions = [row.payload.get("question", "prediction") for row in eye.rows("predicted", act)]
        assert questions == list(learner.truth.act_of(act).questions())
        for kind in ("revealed", "reflected", "decided"):
            eye.only(kind, act)
        assert eye.rows("moved", act)[-1].payload["settings"] == learner.truth.designs(act)[-1]
    eye.check_chain()
