"""The instrument: every control moves charts, cards, table and sentence to what the engine computes; failures stand where they belong."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET  # what is read here was made by our own page
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from ironlaw.labkit.challenge import search
from ironlaw.labkit.spec import NumberControl

from .eye import Eye
from .learner import Learner, expected_settings, walk_to
from .serving import Server
from .truth import value_text, values_of
from .truth import wall as truth

SVG = "{http://www.w3.org/2000/svg}"
# The geometry of every chart of an instrument, without what a pointer leaves behind.
DRAWN = """(section) => [...section.querySelectorAll("figure svg[role=img]")].map((svg) => svg.outerHTML).join("\\n")"""
ALL_ACTS = pytest.mark.parametrize("act", truth.acts)


@pytest.fixture
def ready(learner: Learner, act: str) -> Learner:
    """A learner at an act's fresh instrument."""
    walk_to(learner, act, "explore")
    learner.reads(act, truth.settings(act))
    return learner


def figures_agree(learner: Learner, act: str, at: dict[str, Any]) -> None:
    """Sentence, accessible name and table of every chart are the engine's."""
    for figure in truth.result(act, at)["figures"]:
        drawn = learner.part(act, "explore").locator(f"#figure-{figure['id']}")
        if figure.get("empty"):
            expect(drawn).to_contain_text(figure["empty"])
            continue
        expect(drawn.locator("figcaption")).to_have_text(figure["description"])
        expect(drawn.locator("svg[role=img] desc")).to_have_text(figure["description"])
        details = drawn.locator("details")
        if details.get_attribute("open") is None:
            details.locator("summary").click()
        expect(drawn.locator("tbody tr:not([hidden])")).to_have_count(len(figure["table"]["rows"]))
        shown = drawn.locator("table tr:not([hidden])").evaluate_all(
            "(rows) => rows.map((row) => [...row.children].filter((cell) => !cell.hidden).map((cell) => cell.textContent))"
        )
        assert shown == [figure["table"]["columns"], *figure["table"]["rows"]]


@ALL_ACTS
def test_every_control_moves_the_readings(ready: Learner, act: str) -> None:
    """One control after the other, away from the start and back: charts, cards, tables and sentences follow."""
    part = ready.part(act, "explore")
    start = truth.settings(act)
    for control in truth.act_of(act).controls:
        value = next(
            other
            for other in reversed(values_of(control))
            if other != start[control.id] and not truth.result(act, start | {control.id: other})["reason"]
        )
        drawn, cards = part.evaluate(DRAWN), ready.cards(act)
        ready.set(act, control.id, value)
        ready.reads(act, start | {control.id: value})
        figures_agree(ready, act, start | {control.id: value})
        if truth.result(act, start | {control.id: value})["figures"] != truth.result(act, start)["figures"]:
            assert part.evaluate(DRAWN) != drawn, f"{control.label} does not move a chart"
        else:
            assert ready.cards(act) != cards, f"{control.label} moves nothing"
        assert ready.settings(act) == expected_settings(truth, act, start | {control.id: value})
        ready.set(act, control.id, start[control.id])
        ready.reads(act, start)
    assert "NaN" not in part.evaluate(DRAWN)
    assert "Infinity" not in part.evaluate(DRAWN)


@ALL_ACTS
def test_sliders_by_mouse(ready: Learner, act: str) -> None:
    """Dragging a thumb, and the list beside it, set the same value."""
    for control in truth.act_of(act).controls:
        if not isinstance(control, NumberControl):
            continue
        fits = [v for v in control.ticks if not truth.result(act, truth.settings(act, **{control.id: v}))["reason"]]
        for value in (fits[0], fits[-1]):
            ready.drag(act, control.id, value)
            ready.reads(act, truth.settings(act, **{control.id: value}))
            shown = ready.box(act, control.id).get_by_role("combobox").locator("option:checked")
            expect(shown).to_have_text(value_text(control, value))
        ready.box(act, control.id).get_by_role("combobox").select_option(
            label=value_text(control, truth.settings(act)[control.id])
        )
        ready.reads(act, truth.settings(act))
        expect(ready.control(act, control.id)).to_have_attribute(
            "aria-valuetext", value_text(control, truth.settings(act)[control.id])
        )


@ALL_ACTS
def test_a_failure_stands_beside_its_cause(ready: Learner, act: str) -> None:
    """Name, number and limit at each control that could help, on the card and in the list of limits; gone when it holds."""
    for limit, name, value in truth.crossings(act):
        at = truth.settings(act, **{name: value})
        ready.set(act, name, value)
        ready.reads(act, at)
        told = next(one for one in truth.result(act, at)["constraints"] if one["id"] == limit.id)
        for control in limit.controls:
            box = ready.box(act, control)
            for words in (told["name"], told["value"], told["limit"]):
                expect(box).to_contain_text(words)
        near(ready.control(act, name), ready.box(act, name).get_by_text(told["name"]))
        row = ready.part(act, "explore").locator(".limits li").filter(has_text=told["name"])
        expect(row).to_contain_text(told["value"])
        expect(row).to_contain_text(told["limit"])
        expect(ready.part(act, "explore").get_by_text(told["text"]).first).to_be_visible()
        assert any(card["violated"] for card in ready.cards(act).values())
        ready.set(act, name, truth.settings(act)[name])
        ready.reads(act, truth.settings(act))
        expect(ready.part(act, "explore").locator(".faults li:not([hidden])")).to_have_count(0)
        assert not any(card["violated"] for card in ready.cards(act).values())


def near(control: Locator, fault: Locator) -> None:
    """The words stand under their control, not somewhere else on the page."""
    here, there = control.bounding_box(), fault.bounding_box()
    assert here
    assert there
    assert 0 <= there["y"] - here["y"] < 160
    assert abs(there["x"] - here["x"]) < 120


@pytest.mark.parametrize("act", ["act1"])
def test_a_plan_that_does_not_fit_has_no_numbers(ready: Learner, act: str) -> None:
    """Infeasible: the reason, dashes, charts that say why they are empty, and a way back."""
    at = truth.settings(act, parameters=175e9)
    told = truth.result(act, at)
    ready.set(act, "parameters", 175e9)
    ready.reads(act, at)
    expect(ready.part(act, "explore").get_by_text(told["reason"]).first).to_be_visible()
    shown = ready.cards(act)
    assert {card["text"] for label, card in shown.items() if label != "Memory a GPU"} == {"—"}
    assert shown["Memory a GPU"]["violated"]
    figures_agree(ready, act, at)
    expect(ready.part(act, "explore").locator("#figure-timeline .empty")).to_be_visible()
    ready.part(act, "explore").get_by_role("button", name="Back to the start values").click()
    ready.reads(act, truth.settings(act))
    figures_agree(ready, act, truth.settings(act))
    expect(ready.part(act, "explore").locator("#figure-timeline .empty")).to_be_hidden()


@pytest.mark.parametrize("act", ["act2"])
def test_the_challenge_can_be_met(ready: Learner, act: str) -> None:
    """The cheapest design that the search finds meets it on the page; the start does not, and does not tell the best cost."""
    found = search(truth.act_of(act))
    assert found.best is not None
    task = ready.part(act, "explore").locator(".challenge")
    spec = truth.act_of(act).challenge
    assert spec
    expect(task.get_by_role("heading")).to_have_text(spec.title)
    expect(task).not_to_contain_text("best")
    for control, value in found.best.items():
        if value != truth.settings(act)[control]:
            ready.set(act, control, value)
    ready.reads(act, found.best)
    expect(task).to_contain_text("met")
    expect(task.get_by_text("(open)")).to_have_count(0)
    expect(task).to_contain_text(truth.result(act, found.best)["challenge"]["cost"]["text"])


def last_move_is_of(context: str, eye: Eye) -> bool:
    """Whether the newest move was made in this deployment."""
    return [row.payload["context"] for row in eye.rows("moved")[-1:]] == [context]


@pytest.mark.parametrize("act", ["act1"])
def test_deployments_set_what_differs(ready: Learner, act: str, eye: Eye) -> None:
    """The toggle sets the parameters of a deployment and says which one it is."""
    for context in (truth.lab.contexts[1], truth.lab.contexts[0]):
        ready.part(act, "explore").get_by_role("radio", name=context.name).check()
        at = truth.settings(act, **context.settings[act])
        ready.reads(act, at)
        assert ready.settings(act) == expected_settings(truth, act, at)
        eye.wait(ready.page, partial(last_move_is_of, context.id), f"the move to {context.id}")
    toggle = ready.part(act, "explore").get_by_role("group", name="Deployment")
    expect(toggle).not_to_contain_text("Changed by you")
    ready.set(act, "wire", "infiniband-hdr")
    expect(toggle).to_contain_text("Changed by you: Wire between the GPUs")
    toggle.get_by_role("radio", name=truth.lab.contexts[1].name).check()
    ready.reads(act, truth.settings(act, **truth.lab.contexts[1].settings[act]))
    expect(toggle).not_to_contain_text("Changed by you")


@pytest.mark.parametrize("act", ["act1"])
def test_charts_are_read_by_pointer(ready: Learner, act: str) -> None:
    """Hovering a bar says its value in the line under the chart."""
    drawn = ready.part(act, "explore").locator("#figure-staircase")
    reader = drawn.get_by_role("slider")
    reader.scroll_into_view_if_needed()
    texts = [bar["text"] for bar in truth.result(act, truth.settings(act))["figures"][0]["marks"][0]["bars"]]
    bar = drawn.locator("svg[role=img] rect.bar").nth(1).bounding_box()
    assert bar
    ready.page.mouse.move(bar["x"] + bar["width"] - 2, bar["y"] + bar["height"] / 2)
    expect(drawn.locator(".readout")).to_contain_text(texts[1])


@pytest.mark.parametrize("act", ["act1"])
def test_downloads(ready: Learner, act: str, tmp_path: Path) -> None:
    """SVG and PNG of a chart are whole files that stand alone."""
    drawn = ready.part(act, "explore").locator("#figure-staircase")
    drawn.locator("summary").click()
    figure = truth.result(act, truth.settings(act))["figures"][0]
    for kind, check in (("SVG", check_svg), ("PNG", check_png)):
        with ready.page.expect_download() as waiting:
            drawn.get_by_role("button", name=f"Download {kind}").click()
        assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")
        target = tmp_path / f"figure.{kind.lower()}"
        waiting.value.save_as(target)
        check(target.read_bytes(), figure)


def check_svg(content: bytes, figure: dict[str, Any]) -> None:
    """Well-formed, titled, with all its bars and texts, and nothing fetched from elsewhere."""
    root = ET.fromstring(content)  # noqa: S314 - our own page made it
    assert root.tag == f"{SVG}svg"
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert figure["title"] in texts
    for bar in figure["marks"][0]["bars"]:
        assert bar["text"] in texts
    outside = [
        value for element in root.iter() for value in element.attrib.values() if re.search(r"https?:|var\(", value)
    ]
    assert not outside
    assert not [element for element in root.iter() if "class" in element.attrib], "it still needs a style sheet"


def check_png(content: bytes, _: dict[str, Any]) -> None:
    """Every chunk's checksum fits, the pixels unpack, and the picture is not one colour."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed, size = 8, b"", (0, 0)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0]
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert min(size) > 200
    assert len(set(zlib.decompress(packed))) > 20


FIELD = """async (spec) => {
  const { control } = await import("/static/controls.js");
  const moves = (window.moves = []);
  const made = control(spec, () => moves.push(made.value()));
  document.querySelector("main").replaceChildren(made.node);
  made.set(4);
}"""


@pytest.fixture
def field(page: Page, server: Server) -> Page:
    """A page with one plain number control from 1 to 64 GPUs in whole steps: this lab has none of that kind."""
    page.goto(server.url)
    page.evaluate(FIELD, {"id": "n", "kind": "number", "label": "GPUs", "unit": "GPUs", "min": 1, "max": 64, "step": 1})
    return page


def test_number_field_and_slider_agree(field: Page) -> None:
    """Whichever is moved, the other follows."""
    number, slider = field.get_by_role("spinbutton"), field.get_by_role("slider")
    expect(number).to_have_value("4")
    expect(slider).to_have_value("4")
    number.fill("17")
    expect(slider).to_have_value("17")
    expect(slider).to_have_attribute("aria-valuetext", "17 GPUs")
    slider.press("ArrowRight")
    expect(number).to_have_value("18")
    assert field.evaluate("moves") == [17, 18]


@pytest.mark.parametrize("typed", ["65", "0", "-3", "2.5", "1e9", ""])
def test_typing_out_of_range_is_refused(field: Page, typed: str) -> None:
    """The page says what is allowed, keeps the last value, and sends nothing."""
    number = field.get_by_role("spinbutton")
    number.fill(typed)
    number.press("Enter")
    number.press("Tab")
    expect(field.get_by_role("status")).to_contain_text("1 to 64 GPUs")
    expect(number).to_have_value("4")
    expect(field.get_by_role("slider")).to_have_value("4")
    assert field.evaluate("moves") == []


@pytest.mark.parametrize("act", ["act1"])
def test_the_reveal_wants_a_move(ready: Learner, act: str, eye: Eye) -> None:
    """Asked too early the page says what is missing, and nothing is stored; after one move it comes."""
    ready.press(act, "explore")
    expect(ready.part(act, "explore").get_by_text("Move a control first")).to_be_visible()
    expect(ready.part(act, "reveal")).to_have_count(0)
    assert eye.rows("revealed") == []
    ready.set(act, "overlap", 0.55)
    ready.reveal(act)
    eye.only("revealed", act)
    assert eye.only("moved", act).payload["settings"] == truth.settings(act, overlap=0.55)
