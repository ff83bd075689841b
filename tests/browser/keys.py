"""Hands on the keyboard only: Tab, Space, Enter, arrows and what is typed; the focus can always be seen and is where it should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from playwright.sync_api import Page, expect

from ironlaw.labkit.spec import Control, NumberControl, NumberQuestion

from .learner import BUTTONS, ENTRIES, FEW, QUESTIONS, Learner, typed
from .truth import confidence_text, value_text

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
        """Tab forward until the focus is on it, from the end of the page on from its beginning.

        Every stop on the way must be visible, and later in the page than the last.
        """
        last = self.here()
        for _ in range(MANY):
            self.page.keyboard.press("Tab")
            now = self.here()
            if now["tag"] != "body":
                assert now["seen"], f"the focus cannot be seen on {now}"
                assert now["inWindow"], f"the focus is outside of the window on {now}"
                assert not now["covered"], f"the strip covers the focus on {now}"
                again = last["tag"] == "body" or now["label"].startswith("Skip to")
                assert now["order"] > last["order"] or again, f"the focus goes back from {last} to {now}"
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

    # --- steps of a lab -----------------------------------------------------------------------------------------------

    def set(self, learner: Learner, act: str, spec: Control, value: Any) -> None:
        """A control: a slider and a list by arrows, radio buttons too; a drawer is opened first."""
        part, instrument = f"{act}-explore", learner.part(act, "explore")
        if spec.drawer and instrument.locator("details.drawer").get_attribute("open") is None:
            self.tab_to(lambda now: now["part"] == part and now["tag"] == "summary", "the drawer")
            self.press("Enter")
        if isinstance(spec, NumberControl):
            self.tab_to(
                lambda now: now["part"] == part and (now["type"], now["label"]) == ("range", spec.label), spec.label
            )
            away = spec.ticks.index(value) - int(learner.control(act, spec.id).input_value())
            self.press("ArrowRight" if away > 0 else "ArrowLeft", abs(away))
            return
        texts = [value_text(spec, option.value) for option in spec.options]
        wanted = texts.index(value_text(spec, value))
        if len(texts) > FEW:
            self.tab_to(
                lambda now: now["part"] == part and (now["type"], now["label"]) == ("select-one", spec.label),
                spec.label,
            )
            away = wanted - int(learner.control(act, spec.id).evaluate("(list) => list.selectedIndex"))
            self.press("ArrowDown" if away > 0 else "ArrowUp", abs(away))
            return
        self.tab_to(lambda now: now["part"] == part and now["label"] in texts, spec.label)
        while self.here()["label"] != texts[wanted]:
            self.press("ArrowDown")

    def design(self, learner: Learner, act: str, at: Mapping[str, Any]) -> None:
        """Every control that stands elsewhere, in the order of the page; until the design is stored."""
        shown = learner.settings(act)
        with learner.storing(at):
            for spec in learner.truth.visible(act):
                if shown[spec.id] != value_text(spec, at[spec.id]).strip():
                    self.set(learner, act, spec, at[spec.id])
        learner.reads(act, dict(at))

    def mark(self, learner: Learner, act: str, step: str) -> None:
        """The right answer to the first or the second question."""
        part, name, truth = f"{act}-{step}", QUESTIONS[step], learner.truth
        question = truth.question_of(act, name)
        if not isinstance(question, NumberQuestion):
            self.pick(part, truth.option_text(act, name, truth.key(act, name)))
            self.pick(part, confidence_text(0.7))
            return
        for field, value in zip(ENTRIES, truth.interval(act, name, right=True), strict=True):
            self.tab_to(partial(_labelled, part, field), field)
            self.page.keyboard.type(typed(question, value))

    def answer(self, learner: Learner, act: str, step: str) -> None:
        """The reflection or the decision: an option, designs to cite, a sentence, the button."""
        part, truth = f"{act}-{step}", learner.truth
        spec = truth.act_of(act)
        if step == "reflect":
            cites, wanted = spec.reflection.cites, truth.option_text(act, "reflection", truth.key(act, "reflection"))
        else:
            cites, wanted = spec.decision.cites, truth.option_text(act, "decision", spec.decision.options[0].id)
        self.pick(part, wanted)
        for _ in range(cites.count if cites else 0):
            self.tab_to(lambda now: now["part"] == part and now["type"] == "checkbox", "a design to cite")
            self.press("Space")
        self.tab_to(lambda now: now["part"] == part and now["tag"] == "textarea", "the text")
        self.page.keyboard.type("typed by hand")
        self.tab_to_button(part, BUTTONS[step])

    def take(self, learner: Learner, act: str, step: str) -> None:
        """One step with the right answer; afterwards the focus is where the lab goes on."""
        if step in ("predict", "second"):
            self.mark(learner, act, step)
            self.tab_to_button(f"{act}-{step}", BUTTONS[step])
            after = "second" if step == "predict" and learner.truth.act_of(act).second else "explore"
            self.unlocked(learner, f"{act}-{after}-title")
        elif step == "explore":
            for design in learner.truth.designs(act):
                self.design(learner, act, design)
            self.tab_to_button(f"{act}-explore", BUTTONS["explore"])
            self.unlocked(learner, f"{act}-reveal-title")
        else:
            self.answer(learner, act, step)
            heading = "What the engine says" if step == "reflect" else "Recorded in your ledger"
            expect(learner.part(act, step).get_by_role("heading", name=heading)).to_be_focused()
        learner.saved()

    def unlocked(self, learner: Learner, heading: str) -> None:
        """After a commit the focus is at the heading that it brought, in the window."""
        expect(learner.page.locator(f"#{heading}")).to_be_focused()
        now = self.here()
        assert now["inWindow"], "the learner is not taken to what was unlocked"
        assert not now["covered"], "the strip covers what was unlocked"
        assert now["seen"], "the focus on the heading cannot be seen"


def _labelled(part: str, label: str, here: Here) -> bool:
    return bool(here["part"] == part and here["label"] == label)
