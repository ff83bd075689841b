"""Access: axe-core in every state and theme, small windows, target sizes, reduced motion, forced colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from .access import check_axe, check_both_themes, check_targets, check_width
from .conftest import Contexts
from .eye import Eye
from .guard import Guard
from .learner import Learner, take, walk_to
from .serving import Server
from .truth import wall as truth

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
FAILING = {"act1": ("wire", "ethernet-25g"), "act2": ("port", "ethernet-100g")}
BROKEN = {"act1": ("parameters", 175e9), "act2": ("parameters", 175e9)}  # the plan does not fit at all


def states(learner: Learner, look: Callable[[str], None]) -> None:
    """Walk the lab with wrong answers and call `look` in each state that a page can be in."""
    for act, step in truth.places:
        look(f"{act} {step}")
        if step == "explore":
            for what, (name, value) in {"failing": FAILING[act], "infeasible": BROKEN[act]}.items():
                learner.set(act, name, value)
                learner.reads(act, truth.settings(act, **{name: value}))
                look(f"{act} {what}")
                learner.set(act, name, truth.settings(act)[name])
            learner.reads(act, truth.settings(act))
        if step == "predict":
            learner.predict(act, truth.wrong(act, "prediction")[0], 0.97)
        elif step == "reflect":
            learner.reflect(act, truth.wrong(act, "reflection")[0], "a sentence of my own")
        else:
            take(learner, act, step)
    look("done")


def act_in(where: str) -> str | None:
    """The act that a state belongs to; at the end it is the whole page."""
    return None if where == "done" else where.partition(" ")[0]


def test_axe_finds_nothing_in_the_lab(learner: Learner) -> None:
    """WCAG 2.2 A and AA where something went wrong, feedback and equations unfolded; test_every_lab looks at the way of right answers."""

    def look(where: str) -> None:
        if where.partition(" ")[2] not in ("predict", "explore"):
            check_both_themes(learner.page, where, act_in(where))

    states(learner, look)


def test_small_windows(learner: Learner) -> None:
    """At 320 px, and at 640 px (200 % zoom of 1280), nothing scrolls sideways and every control can be hit."""

    def look(where: str) -> None:
        for width in (640, 320):
            learner.page.set_viewport_size({"width": width, "height": 700})
            check_width(learner.page, f"{where}, {width} px")
            check_targets(learner.page, f"{where}, {width} px")
        learner.page.set_viewport_size({"width": 1280, "height": 900})
        check_targets(learner.page, f"{where}, 1280 px")

    states(learner, look)


def test_zoomed_to_twice_the_size(learner: Learner, contexts: Contexts, server: Server) -> None:
    """A finished lab on a 1280 px screen at 200 %: half the width in CSS pixels, two device pixels each."""
    walk_to(learner, "act2", "done")
    zoomed = contexts(viewport={"width": 640, "height": 450}, device_scale_factor=2).new_page()
    page = Learner(zoomed, server.url).open().page
    check_width(page, "zoomed")
    check_targets(page, "zoomed")
    strip = page.locator(".strip").bounding_box()
    assert strip
    assert strip["height"] < 450 / 3, "the strip leaves no room to read in a zoomed window"


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_around_the_lab(page: Page, server: Server, guard: Guard, theme: Theme) -> None:
    """The portal and the page of an address that does not exist."""
    guard.expect("status of 404")
    page.emulate_media(color_scheme=theme)
    for path in ("/", "/labs/v9_99", "/labs/v1_00", "/nothing"):
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_axe(page, f"{path}, {theme}")
        for width in (320, 640, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            check_width(page, f"{path}, {width} px")
            check_targets(page, f"{path}, {width} px")


MOVING = """() => document.getAnimations().map((one) => one.effect.target?.outerHTML.slice(0, 80))
  .concat([...document.querySelectorAll("*")].filter((node) => {
    const style = getComputedStyle(node);
    const long = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
    return long(style.transitionDuration) || long(style.animationDuration) || style.scrollBehavior === "smooth";
  }).map((node) => node.outerHTML.slice(0, 80)))"""


def test_reduced_motion(learner: Learner) -> None:
    """Nothing moves by itself, and "show me" jumps at once."""
    learner.predict("act1", truth.wrong("act1", "prediction")[0], 0.5)
    learner.set("act1", *FAILING["act1"])
    learner.reveal("act1")
    assert learner.page.evaluate(MOVING) == []
    learner.part("act1", "reveal").locator(".feedback").get_by_role("button").click()
    top = "() => document.getElementById('act1-explore-title').getBoundingClientRect().top"
    height = learner.page.viewport_size
    assert height
    assert 0 <= learner.page.evaluate(top) < height["height"], "the learner is not taken to the instrument at once"


# Colours that a person can tell from their ground, for each text that says a state.
STATES = """(selectors) => selectors.flatMap((selector) => [...document.querySelectorAll(selector)]
  .filter((node) => node.checkVisibility() && node.textContent.trim()).map((node) => {
    let ground = node, colour = "rgba(0, 0, 0, 0)";
    for (; ground && /, 0\\)$/.test(colour); ground = ground.parentElement) colour = getComputedStyle(ground).backgroundColor;
    return { selector, text: node.textContent.trim(), ink: getComputedStyle(node).color, ground: colour };
  }))"""
TELLING = (
    ".chosen .tag",
    ".faults li:not([hidden]) span",
    ".card.is-violated .value",
    ".card.is-violated .note",
    ".limits .limit-value",
    ".saved span",
    ".checks li span",
    ".step.is-now .step-name",
    ".ahead li span",
    "button.primary",
)


def test_forced_colours(learner: Learner) -> None:
    """In a high-contrast mode every text that tells a state is there and stands out from its ground."""
    learner.page.emulate_media(forced_colors="active")
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    learner.set("act1", *FAILING["act1"])
    learner.reads("act1", truth.settings("act1", **dict([FAILING["act1"]])))
    learner.saved()
    found = learner.page.evaluate(STATES, list(TELLING))
    assert {one["selector"] for one in found} == set(TELLING), "a state has lost its text"
    flat = [one for one in found if one["ink"] == one["ground"]]
    assert not flat, flat
    check_axe(learner.page, "forced colours")


def test_the_live_region_tells_a_crossing(learner: Learner, eye: Eye) -> None:
    """A screen reader hears the limit, its number, and that it holds again."""
    learner.predict("act1", truth.key("act1", "prediction"), 0.7)
    live = learner.page.locator("[role=status].sr")
    at = truth.settings("act1", **dict([FAILING["act1"]]))
    learner.set("act1", *FAILING["act1"])
    broken = next(one for one in truth.result("act1", at)["constraints"] if one["violated"])
    expect(live).to_contain_text(broken["text"])
    learner.set("act1", "wire", truth.settings("act1")["wire"])
    expect(live).not_to_contain_text(broken["text"])
    expect(live).not_to_be_empty()
