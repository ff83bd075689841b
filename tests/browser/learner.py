"""What a learner does at the page: read, answer, move a control, ask, decide. Everything goes through what the page offers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from ironlaw.bench import unlock
from ironlaw.bench.served import request
from ironlaw.labkit.spec import ChoiceControl, NumberControl, NumberQuestion

from .truth import Truth, confidence_text, control_of, value_text

BUTTONS = {
    "predict": "Lock my prediction",
    "second": "Lock my prediction",
    "explore": "Compare with my prediction",
    "reflect": "Record my answer",
    "decide": "Record my decision",
}
QUESTIONS = {"predict": "prediction", "second": "second", "reflect": "reflection"}  # what a step asks
ENTRIES = ("Low", "Best guess", "High")  # the fields of a number
FIRST_PART = {"reflect": "reveal", "decide": "math"}  # what such a step begins with on the page
STORED = 30_000  # ms: over a bad line a design takes a retry to be stored
FEW = 3  # choices up to here are radio buttons
THUMB = 7  # px from the end of a slider's track to the middle of its thumb at that end

CARDS = """(section) => Object.fromEntries([...section.querySelectorAll(".card")].filter((card) => !card.hidden).map((card) => [
  card.querySelector("dt").textContent.trim(),
  { text: card.querySelector(".value").textContent, note: card.querySelector(".note").textContent,
    said: card.querySelector(".sr").textContent, violated: card.classList.contains("is-violated") }]))"""
SHOWN = """(section, named) => {
  const boxes = new Map([...section.querySelectorAll(".control")].map((box) => [box.querySelector(".control-head label, .label").textContent, box]));
  return Object.fromEntries(named.map(([id, label]) => {
    const box = boxes.get(label);
    const slider = box.querySelector("input[type=range]");
    const chosen = box.querySelector("select.wide option:checked") ?? box.querySelector("input:checked")?.closest("label");
    return [id, slider ? slider.getAttribute("aria-valuetext") : chosen.textContent.trim()];
  }));
}"""
FOCUS = """() => {
  const at = document.activeElement;
  return { tag: at.tagName.toLowerCase(), id: at.id, text: at.textContent.trim().slice(0, 80) };
}"""


class Learner:
    """One learner at one page of the lab."""

    def __init__(self, page: Page, url: str, lab: str = "v2_02") -> None:
        self.page = page
        self.truth = Truth(lab)
        self.address = f"{url}/labs/{lab}"

    # --- finding the way ----------------------------------------------------------------------------------------------

    def open(self) -> Learner:
        """Go to the lab."""
        self.page.goto(self.address)
        return self.arrive()

    def reload(self) -> Learner:
        """The page anew, as after a crash of the browser."""
        self.page.reload()
        return self.arrive()

    def arrive(self) -> Learner:
        """Wait until the lab is there to be read."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.truth.lab.title)
        # The server sends the first act's words ahead of the script; an act with an id is the live one.
        expect(self.page.locator("#lab .act[id]").first).to_be_visible()
        return self

    def part(self, act: str, step: str) -> Locator:
        """A part of an act: message, briefing, givens, predict, explore, reveal, reflect, math or decide."""
        return self.page.locator(f"#{act}-{step}")

    def now(self) -> tuple[str, str] | None:
        """The act and the step that the journey marks as current; None when all is done."""
        step = self.page.locator("nav [aria-current=step]")
        if step.count() == 0:
            return None
        return place_of(step.get_attribute("href") or "")

    def follow(self) -> tuple[str, str]:
        """Go where the page says that it goes on, and answer where that is. The page must offer that place."""
        link = self.page.get_by_role("link", name=re.compile("^Next"))
        target = (link.get_attribute("href") or "").removeprefix("#")
        link.click()
        expect(self.page.locator(f"#{target}")).to_be_in_viewport()
        return place_of(target)

    def saved(self) -> None:
        """Wait until the page says that all is saved."""
        expect(self.page.locator(".saved")).to_have_text(re.compile(r"^Saved .*\d\d:\d\d$"))

    def focus(self) -> dict[str, str]:
        """What has the focus."""
        found: dict[str, str] = self.page.evaluate(FOCUS)
        return found

    # --- answering ----------------------------------------------------------------------------------------------------

    def choose_prediction(self, act: str, option: str, confidence: float) -> None:
        """Mark an answer and a confidence, and do not commit yet."""
        self.choose(act, "predict", option, confidence)

    def choose(self, act: str, step: str, option: str, confidence: float) -> None:
        """The same for the first or the second question."""
        part = self.part(act, step)
        text = self.truth.option_text(act, QUESTIONS[step], option)
        part.get_by_role("radio", name=text, exact=True).check()
        part.get_by_role("radio", name=confidence_text(confidence), exact=True).check()

    def mark(self, act: str, step: str, *, right: bool, confidence: float = 0.7) -> None:
        """Answer the first or the second question, whatever its kind, and do not commit yet."""
        name = QUESTIONS[step]
        question = self.truth.question_of(act, name)
        if not isinstance(question, NumberQuestion):
            option = self.truth.key(act, name) if right else self.truth.wrong(act, name)[-1]
            self.choose(act, step, option, confidence)
            return
        for field, value in zip(ENTRIES, self.truth.interval(act, name, right=right), strict=True):
            entry = self.part(act, step).get_by_role("spinbutton", name=field, exact=True)
            entry.fill(typed(question, value))

    def press(self, act: str, step: str) -> None:
        """The button of a step."""
        self.part(act, step).get_by_role("button", name=BUTTONS[step]).click()

    def predict(self, act: str, option: str, confidence: float) -> None:
        """Commit a prediction; the instrument comes."""
        self.choose_prediction(act, option, confidence)
        self.press(act, "predict")
        expect(self.part(act, "explore")).to_be_visible()

    def predict_without_answer(self, act: str, option: str, confidence: float) -> None:
        """Commit a prediction to a server that may not answer."""
        self.choose_prediction(act, option, confidence)
        self.press(act, "predict")

    def reveal(self, act: str) -> None:
        """Ask for the comparison; reveal and reflection come."""
        self.press(act, "explore")
        expect(self.part(act, "reveal")).to_be_visible()

    def reflect(self, act: str, option: str, words: str = "") -> None:
        """Answer the question on the why; feedback, equations and decision come."""
        self.answer(act, "reflect", "reflection", option, words)
        expect(self.part(act, "decide")).to_be_visible()

    def decide(self, act: str, option: str, words: str = "") -> None:
        """Sign the design on the instrument."""
        self.answer(act, "decide", "decision", option, words)
        expect(self.part(act, "decide").get_by_role("heading", name="Recorded in your ledger")).to_be_visible()

    def answer(self, act: str, step: str, part: str, option: str, words: str = "") -> None:
        """Mark an option, write a sentence, press the button."""
        here = self.part(act, step)
        here.get_by_role("radio", name=self.truth.option_text(act, part, option), exact=True).check()
        spec = self.truth.act_of(act)
        cites = spec.reflection.cites if step == "reflect" else spec.decision.cites
        for place in range(cites.count if cites else 0):
            here.get_by_role("checkbox").nth(place).check()
        if words:
            here.get_by_role("textbox").fill(words)
        self.press(act, step)

    # --- the instrument -----------------------------------------------------------------------------------------------

    def control(self, act: str, control_id: str) -> Locator:
        """The native input of a control: its slider, its list, or its group of radio buttons. A drawer is opened."""
        spec = control_of(self.truth.act_of(act), control_id)
        instrument = self.part(act, "explore")
        drawer = instrument.locator("details.drawer")
        if spec.drawer and drawer.get_attribute("open") is None:
            drawer.locator("summary").click()
        if isinstance(spec, NumberControl):
            return instrument.get_by_role("slider", name=spec.label, exact=True)
        role: Any = "radiogroup" if len(spec.options) <= FEW else "combobox"
        return instrument.get_by_role(role, name=spec.label, exact=True)

    def box(self, act: str, control_id: str) -> Locator:
        """The box around a control, where its failures stand."""
        return self.control(act, control_id).locator(
            "xpath=ancestor::div[contains(concat(' ', @class, ' '), ' control ')]"
        )

    def set(self, act: str, control_id: str, value: Any) -> None:
        """Move a control: a slider by its arrow keys, a list and radio buttons by choosing."""
        spec = control_of(self.truth.act_of(act), control_id)
        place = self.control(act, control_id)
        if isinstance(spec, NumberControl):
            place.focus()
            away = spec.ticks.index(value) - int(place.input_value())
            for _ in range(abs(away)):
                self.page.keyboard.press("ArrowRight" if away > 0 else "ArrowLeft")
            expect(place).to_have_attribute("aria-valuetext", value_text(spec, value))
        elif len(spec.options) > FEW:
            place.select_option(label=value_text(spec, value))
        else:
            place.get_by_role("radio", name=value_text(spec, value)).check()

    def design(self, act: str, at: Mapping[str, Any]) -> None:
        """Set every control that stands elsewhere, and wait until the readings are the engine's and the design is stored."""
        shown = self.settings(act)
        with self.storing(at):
            for spec in self.truth.visible(act):
                if shown[spec.id] != value_text(spec, at[spec.id]).strip():
                    self.set(act, spec.id, at[spec.id])
        self.reads(act, dict(at))

    def storing(self, at: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """What is done inside has the server store a move to these settings."""
        return self.page.expect_response(lambda answer: _stores(answer, at), timeout=STORED)

    def drag(self, act: str, control_id: str, value: float) -> None:
        """Drag a slider's thumb with the mouse."""
        spec = control_of(self.truth.act_of(act), control_id)
        assert isinstance(spec, NumberControl)
        place = self.control(act, control_id)
        place.scroll_into_view_if_needed()
        area = place.bounding_box()
        assert area is not None
        last = len(spec.ticks) - 1

        def where(index: int) -> float:
            return area["x"] + THUMB + (area["width"] - 2 * THUMB) * index / last

        middle = area["y"] + area["height"] / 2
        self.page.mouse.move(where(int(place.input_value())), middle)
        self.page.mouse.down()
        self.page.mouse.move(where(spec.ticks.index(value)), middle, steps=4)
        self.page.mouse.up()
        expect(place).to_have_attribute("aria-valuetext", value_text(spec, value))

    def settings(self, act: str) -> dict[str, str]:
        """The text that each control shows now, those in the drawer too."""
        shown: dict[str, str] = self.part(act, "explore").evaluate(
            SHOWN, [[spec.id, spec.label] for spec in self.truth.visible(act)]
        )
        return shown

    def cards(self, act: str) -> dict[str, dict[str, Any]]:
        """The cards of an instrument by their label: { text, note, said, violated }."""
        found: dict[str, dict[str, Any]] = self.part(act, "explore").evaluate(CARDS)
        return found

    def reads(self, act: str, at: dict[str, Any]) -> None:
        """Wait until the instrument shows what the engine computes at these settings."""
        told = self.truth.result(act, at)["cards"]
        shown = self.cards(act)
        if all(shown.get(card["label"], {}).get("text") == card["text"] for card in told):
            return
        for card in told:
            self.card(act, card["label"]).and_(self.page.locator(":visible")).wait_for()
            expect(self.card(act, card["label"]).locator(".value")).to_have_text(card["text"])

    def card(self, act: str, label: str) -> Locator:
        """One card."""
        name = self.page.locator("dt").get_by_text(label, exact=True)
        return self.part(act, "explore").locator(".card").filter(has=name)


def place_of(target: str) -> tuple[str, str]:
    """The act and the step that a link of the strip leads to."""
    act, _, part = target.removeprefix("#").partition("-")
    return act, next((step for step, first in FIRST_PART.items() if first == part), part)


def _stores(answer: Response, at: Mapping[str, Any]) -> bool:
    """Whether the server has stored this design."""
    if not answer.ok or not answer.url.endswith("/events"):
        return False
    sent = json.loads(answer.request.post_data or "{}")
    return bool(sent["kind"] == "moved" and sent["payload"]["settings"] == dict(at))


def typed(question: NumberQuestion, value: float) -> str:
    """A number as a learner types it, in the question's unit."""
    return f"{value / question.per:.6g}"


def expected_settings(truth: Truth, act: str, at: Mapping[str, Any]) -> dict[str, str]:
    """The texts that `Learner.settings` answers at these settings."""
    shown = {}
    for spec in truth.visible(act):
        text = value_text(spec, at[spec.id])
        shown[spec.id] = text.strip() if isinstance(spec, ChoiceControl) else text
    return shown


def walk_to(learner: Learner, act: str, step: str) -> None:
    """Bring the lab to a step with right answers and few moves: whole acts by their intents alone, the rest through the page."""
    truth = learner.truth
    target = len(truth.places) if step == "done" else truth.places.index((act, step))
    sent = False
    for done in truth.acts:
        steps = [place for place in truth.places if place[0] == done]
        if truth.places.index(steps[-1]) < target and (sent or learner.now() == steps[0]):
            send(learner, done)
            sent = True
    if sent:
        learner.reload()
    for place in truth.places[:target]:
        if learner.now() == place:
            take(learner, *place)


def send(learner: Learner, act: str) -> None:
    """A whole act with right answers, straight to the server."""
    truth = learner.truth
    spec, port = truth.act_of(act), int(learner.address.split("/")[2].partition(":")[2])
    for body in (*unlock.answers(spec), *unlock.finish(spec)):
        part = {"predicted": "prediction", "second": "second", "reflected": "reflection"}.get(body["kind"])
        if part and "option" in body["payload"]:
            body["payload"]["option"] = truth.key(act, part)
        request(port, f"/api/labs/{truth.lab.id}/events", body)


def take(learner: Learner, act: str, step: str, *, right: bool = True) -> None:
    """One step, with the right answer or a wrong one."""
    truth = learner.truth
    if step in ("predict", "second"):
        learner.mark(act, step, right=right)
        learner.press(act, step)
        after = "second" if step == "predict" and truth.act_of(act).second else "explore"
        expect(learner.part(act, after)).to_be_visible()
    elif step == "explore":
        for design in truth.designs(act):
            learner.design(act, design)
        learner.reveal(act)
    elif step == "reflect":
        learner.reflect(act, truth.key(act, "reflection") if right else truth.wrong(act, "reflection")[0])
    else:
        learner.decide(act, truth.act_of(act).decision.options[0].id)
    learner.saved()
    where = f"#{act}-{FIRST_PART.get(step, step)}"
    expect(learner.page.locator(f"nav [aria-current=step][href='{where}']")).to_have_count(0)
