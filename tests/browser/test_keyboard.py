"""The whole lab without a pointer: Tab, Space, Enter and arrows; the focus can always be seen and is where it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from ironlaw.labkit.spec import NumberControl

from . import truth
from .eye import Eye
from .learner import BUTTONS, Learner

MANY = 400  # tab stops: more than the page ever has

# Where the focus is, and whether it can be seen: an outline on the element, or on the box that stands for it.
HERE = """() => {
  const at = document.activeElement;
  const boxes = [at, at.closest("label"), at.closest(".cell")].filter(Boolean);
  const ring = boxes.some((node) => {
    const style = getComputedStyle(node);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const box = at.getBoundingClientRect();
  const strip = document.querySelector(".strip")?.getBoundingClientRect();
  const stuck = strip && !at.closest(".strip, header, .skip") && box.height < innerHeight / 2 && box.bottom <= strip.bottom && box.bottom > 0;
  const all = [...document.querySelectorAll("*")];
  return {
    tag: at.tagName.toLowerCase(), type: at.type ?? "", id: at.id, order: all.indexOf(at),
    label: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent.trim(),
    part: at.closest(".part")?.id ?? "", group: at.name ?? "",
    seen: at === document.body || (ring && at.matches(":focus-visible") && at.checkVisibility()),
    covered: Boolean(stuck), inWindow: box.bottom > 0 && box.top < innerHeight,
  };
}"""

Here = dict[str, Any]


class Keys:
    """Hands on the keyboard only."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops: list[Here] = []

    def press(self, key: str, times: int = 1) -> None:
        """A key, some times."""
        for _ in range(times):
            self.page.keyboard.press(key)

    def here(self) -> Here:
        """Where the focus is."""
        found: Here = self.page.evaluate(HERE)
        return found

    def tab_to(self, what: Callable[[Here], bool], name: str) -> Here:
        """Tab forward until the focus is on it. Every stop on the way must be visible, and later in the page than the last."""
        last = self.here()
        for _ in range(MANY):
            self.page.keyboard.press("Tab")
            now = self.here()
            if now["tag"] != "body":
                assert now["seen"], f"the focus cannot be seen on {now}"
                assert now["inWindow"], f"the focus is outside of the window on {now}"
                assert not now["covered"], f"the strip covers the focus on {now}"
                assert now["order"] > last["order"] or last["tag"] == "body", (
                    f"the focus goes back from {last} to {now}"
                )
                self.stops.append(now)
            if what(now):
                return now
            last = now
        raise AssertionError(f"Tab never reached {name}; last stops {self.stops[-8:]}")

    def tab_to_button(self, part: str, text: str) -> None:
        """To a button of a part, and press it with Enter."""
        self.tab_to(lambda now: now["part"] == part and now["tag"] == "button" and now["label"].startswith(text), text)
        self.press("Enter")

    def pick(self, part: str, wanted: str) -> None:
        """To the next radio group of a part that has the wanted answer, and there with the arrows."""
        self.tab_to(lambda now: now["part"] == part and now["type"] == "radio", f"the radio group of {wanted}")
        self.press("Space")
        for _ in range(12):
            if self.here()["label"] == wanted:
                self.press("Space")
                return
            self.press("ArrowDown")
        raise AssertionError(f"the arrows never reached {wanted!r}")


def test_the_whole_lab_by_keyboard(learner: Learner, eye: Eye) -> None:
    """From the address bar to the synthesis."""
    keys = Keys(learner.page)
    first = keys.tab_to(lambda _: True, "the first stop")
    assert first["label"] == "Skip to the lab", "the first stop skips the head of the page"
    for act in truth.ACTS:
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
        truth.key(act, "prediction") for act in truth.ACTS
    ]


def commit(learner: Learner, keys: Keys, act: str) -> None:
    """Predict; pressed too early the button says what is missing, and takes the learner there."""
    part = f"{act}-predict"
    keys.tab_to_button(part, BUTTONS["predict"])
    expect(learner.part(act, "predict").get_by_role("status")).to_have_text("Choose an answer. Say how sure you are.")
    assert keys.here()["type"] == "radio", "the focus is not at what is missing"
    keys.press("Shift+Tab")
    keys.pick(part, truth.option_text(act, "prediction", truth.key(act, "prediction")))
    keys.pick(part, truth.confidence_text(0.7))
    keys.tab_to_button(part, BUTTONS["predict"])
    unlocked(learner, f"{act}-explore-title")


def unlocked(learner: Learner, heading: str) -> None:
    """After a commit the focus is at the heading that it brought, in the window."""
    expect(learner.page.locator(f"#{heading}")).to_be_focused()
    now = learner.page.evaluate(HERE)
    assert now["inWindow"], "the learner is not taken to what was unlocked"
    assert not now["covered"], "the strip covers what was unlocked"
    assert now["seen"], "the focus on the heading cannot be seen"


def move(learner: Learner, keys: Keys, act: str) -> None:
    """A slider to both its ends and beside its start, a list in the drawer, a chart read by arrows; then the reveal comes."""
    part = f"{act}-explore"
    spec = next(one for one in truth.act_of(act).controls if isinstance(one, NumberControl) and not one.drawer)
    keys.tab_to(lambda now: now["part"] == part and now["type"] == "range" and now["label"] == spec.label, spec.label)
    start, low, high = truth.settings(act)[spec.id], spec.ticks[0], spec.ticks[-1]
    slider = learner.control(act, spec.id)
    for key, value in (("Home", low), ("End", high)):
        keys.press(key)
        expect(slider).to_have_attribute("aria-valuetext", truth.value_text(spec, value))
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
    unlocked(learner, f"{act}-reveal-title")


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
    keys.tab_to(lambda now: now["label"] == truth.LAB.title, truth.LAB.title)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(truth.LAB.title)
