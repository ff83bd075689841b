"""The whole lab without a pointer: Tab, Space, Enter and arrows; the focus can always be seen and is where it should be."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from ironlaw.labkit.spec import NumberControl

from .eye import Eye
from .keys import Keys
from .learner import BUTTONS, Learner
from .truth import confidence_text, value_text
from .truth import wall as truth


def test_the_whole_lab_by_keyboard(learner: Learner, eye: Eye) -> None:
    """From the address bar to the synthesis."""
    keys = Keys(learner.page)
    first = keys.tab_to(lambda _: True, "the first stop")
    assert first["label"] == "Skip to the lab", "the first stop skips the head of the page"
    for act in truth.acts:
        commit(learner, keys, act)
        move(learner, keys, act)
        answer(learner, keys, act, "reflect", truth.option_text(act, "reflection", truth.key(act, "reflection")))
        answer(
            learner, keys, act, "decide", truth.option_text(act, "decision", truth.act_of(act).decision.options[0].id)
        )
    expect(learner.page.locator(".synthesis")).to_be_visible()
    learner.saved()
    assert eye.rows()[-1].kind == "completed"
    assert [row.payload["option"] for row in eye.rows("predicted")] == [
        truth.key(act, "prediction") for act in truth.acts
    ]


def commit(learner: Learner, keys: Keys, act: str) -> None:
    """Predict; pressed too early the button says what is missing, and takes the learner there."""
    part = f"{act}-predict"
    keys.tab_to_button(part, BUTTONS["predict"])
    expect(learner.part(act, "predict").get_by_role("status")).to_have_text("Choose an answer. Say how sure you are.")
    assert keys.here()["type"] == "radio", "the focus is not at what is missing"
    keys.press("Shift+Tab")
    keys.pick(part, truth.option_text(act, "prediction", truth.key(act, "prediction")))
    keys.pick(part, confidence_text(0.7))
    keys.tab_to_button(part, BUTTONS["predict"])
    keys.unlocked(learner, f"{act}-explore-title")


def move(learner: Learner, keys: Keys, act: str) -> None:
    """A slider to both its ends and beside its start, a list in the drawer, a chart read by arrows; then the reveal comes."""
    part = f"{act}-explore"
    spec = next(one for one in truth.act_of(act).controls if isinstance(one, NumberControl) and not one.drawer)
    keys.tab_to(lambda now: now["part"] == part and now["type"] == "range" and now["label"] == spec.label, spec.label)
    start, low, high = truth.settings(act)[spec.id], spec.ticks[0], spec.ticks[-1]
    slider = learner.control(act, spec.id)
    for key, value in (("Home", low), ("End", high)):
        keys.press(key)
        expect(slider).to_have_attribute("aria-valuetext", value_text(spec, value))
    below = spec.ticks[spec.ticks.index(start) - 1]
    keys.press("ArrowLeft", spec.ticks.index(high) - spec.ticks.index(below))
    there = truth.settings(act, **{spec.id: below})
    learner.reads(act, there)
    keys.tab_to(
        lambda now: now["part"] == part and now["tag"] == "summary" and now["label"] == "More settings", "the drawer"
    )
    keys.press("Enter")
    listed = keys.tab_to(lambda now: now["part"] == part and now["type"] == "select-one", "a list in the drawer")
    keys.press("ArrowUp")
    assert keys.here()["id"] == listed["id"]
    keys.press("ArrowDown")
    learner.reads(act, there)
    read_chart(keys, part, act)
    keys.tab_to_button(part, BUTTONS["explore"])
    keys.unlocked(learner, f"{act}-reveal-title")


def read_chart(keys: Keys, part: str, act: str) -> None:
    """A chart is read point by point with the arrows."""
    titles = [figure["title"] for figure in truth.result(act, truth.settings(act))["figures"]]
    reader = keys.tab_to(lambda now: now["part"] == part and now["label"].startswith("Read the values of"), "a chart")
    assert any(title in reader["label"] for title in titles)
    text = "() => document.activeElement.getAttribute('aria-valuetext')"
    keys.press("Home")
    first = keys.page.evaluate(text)
    keys.press("ArrowRight")
    second = keys.page.evaluate(text)
    assert first
    assert second
    assert first != second, "the arrows do not move along the chart"


def answer(learner: Learner, keys: Keys, act: str, step: str, wanted: str) -> None:
    """Pick, write a sentence, record; the focus goes to the engine's answer."""
    part = f"{act}-{step}"
    keys.pick(part, wanted)
    keys.tab_to(lambda now: now["part"] == part and now["tag"] == "textarea", "the text")
    learner.page.keyboard.type("typed by hand")
    keys.tab_to_button(part, BUTTONS[step])
    heading = "What the engine says" if step == "reflect" else "Recorded in your ledger"
    expect(learner.part(act, step).get_by_role("heading", name=heading)).to_be_focused()


def test_the_portal_by_keyboard(page: Page, learner: Learner) -> None:
    """The built lab is a stop, can be seen, and opens with Enter."""
    page.goto(learner.address.removesuffix("/labs/v2_02") + "/")
    keys = Keys(page)
    keys.tab_to(lambda now: now["label"] == truth.lab.title, truth.lab.title)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(truth.lab.title)
