"""The Architect's Portal, the door to all labs: by keyboard from a fresh start, every state saved and seen, nothing told too early."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from .eye import Eye
from .keys import Here, Keys
from .learner import Learner, take
from .locked import Record, fragments
from .serving import Server
from .shown import state

LAB = "v1_00"
ACT = "act1"


def test_from_a_fresh_start_with_the_keyboard_alone(page: Page, server: Server, eye: Eye) -> None:
    """Map, door, prediction, failure, two ways out, reveal, reflection, decision, track, map: Tab, arrows, Space, Enter."""
    page.goto(server.url)
    keys = Keys(page)
    learner = Learner(page, server.url, LAB)
    truth = learner.truth
    keys.tab_to(lambda now: now["label"] == f"Start: {truth.lab.title}", "the way on")
    keys.press("Enter")
    learner.arrive()
    keys.take(learner, ACT, "predict")
    sizes, devices, formats = truth.visible(ACT)
    too_large = truth.fact("act1", "parameters")
    start = truth.settings(ACT)
    with learner.storing({**start, "parameters": too_large}):
        keys.set(learner, ACT, sizes, too_large)
    eye.wait(page, lambda now: len(now.rows("violated")) == 1, "out of memory")
    for way, (spec, value) in enumerate(((devices, "m4"), (formats, "int8")), 1):
        with learner.storing({**start, "parameters": too_large, spec.id: value}):
            keys.set(learner, ACT, spec, value)
        eye.wait(page, lambda now, way=way: len(now.rows("recovered")) == way, f"way out {way}")  # type: ignore[misc]  # bound now
        if way == 1:
            keys.press("ArrowUp")  # back to the phone: out of memory once more
            eye.wait(page, lambda now: len(now.rows("violated")) == 2, "out of memory again")
    keys.tab_to_button(f"{ACT}-explore", "Compare with my prediction")
    keys.unlocked(learner, f"{ACT}-reveal-title")
    keys.take(learner, ACT, "reflect")
    keys.take(learner, ACT, "decide")
    assert learner.now() is None
    keys.tab_to(lambda now: now["label"] == "All labs stand on one page", "the map")
    keys.tab_to(lambda now: now["group"].startswith("track"), "the tracks")
    keys.press("Space")
    keys.press("ArrowDown")
    chosen = keys.here()["label"]
    keys.tab_to(lambda now: now["label"] == "Record my track", "the button")
    keys.press("Enter")
    expect(page.locator("#track").get_by_role("status")).to_contain_text(f"Recorded: {chosen}")
    assert [row.kind for row in eye.rows()].count("completed") == 1
    assert eye.rows()[-1].kind == "tracked"
    eye.check_chain()
    follow_the_map(keys)
    expect(page.get_by_role("listitem").filter(has_text=truth.lab.title)).to_contain_text("Finished")


def follow_the_map(keys: Keys) -> None:
    """Round the page once more, to the link of the synthesis."""

    def is_map(now: Here) -> bool:
        return bool(now["label"] == "All labs stand on one page")

    keys.tab_to(is_map, "the map")
    keys.press("Enter")
    expect(keys.page).to_have_title("Ironlaw")


def test_every_saved_state_is_visible(page: Page, server: Server, eye: Eye) -> None:
    """After each step the strip says so, the ledger panel shows its event, and a reload shows the same page."""
    learner = Learner(page, server.url, LAB).open()
    learner.saved()
    panel = page.get_by_role("region", name="Your ledger", exact=True)
    for _, step in learner.truth.places:
        take(learner, ACT, step)
        learner.saved()
        events = len(eye.rows())
        expect(panel).to_contain_text(f"{events} events in your ledger")
        expect(panel.locator("tbody tr").last.locator("td").first).to_have_text(str(events))
        before = state(learner) | {"ledger": panel.locator("tbody tr").all_inner_texts()}
        learner.reload()
        expect(panel).to_contain_text(f"{events} events in your ledger")
        assert state(learner) | {"ledger": panel.locator("tbody tr").all_inner_texts()} == before
    expect(panel.locator("tbody tr").last).to_contain_text("Finished the lab")


def test_nothing_about_the_answer_before_the_commit(page: Page, server: Server) -> None:
    """Neither in a response nor in the page: no bytes of the weights, no ratio, no sentence of a reveal."""
    record = Record(page.context)
    page.goto(server.url)
    learner = Learner(page, server.url, LAB).open()
    act = learner.truth.act_of(ACT)
    learner.mark(ACT, "predict", right=True)
    learner.reload()
    answers = {learner.truth.fact_text(ACT, name) for name in ("weights", "ratio", "missing", "byte_wide_weights")}
    bodies = {name: body for name, body in record.bodies.items() if "/static/" not in name}
    everything = [*record.bodies.values(), page.content()]
    assert not [piece for piece in fragments(act) for body in everything if piece in body]
    # 6.74 GB is what the message invites to believe; a style sheet may hold any digits by chance.
    assert not [(name, each) for each in answers for name, body in bodies.items() if each in body]
    document = json.loads(page.request.get(f"{server.url}/api/labs/{LAB}").text())
    assert document["acts"][0]["instrument"] is None
    assert set(document["acts"][0]["prediction"]["options"][0]) == {"id", "text"}
    seen = len(record.bodies)
    take(learner, ACT, "predict")
    take(learner, ACT, "explore")
    after = "\n".join(list(record.bodies.values())[seen:])
    assert all(each in after for each in answers), "the search does not find what is surely there"
