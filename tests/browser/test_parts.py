"""Every part of labkit/parts, drawn by the page's own modules: legible, inside its figure, readable by pointer and keyboard."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ironlaw.labkit.parts.samples import SAMPLES

from .access import check_axe, check_width
from .conftest import PATIENCE

DRAWN = {sample.name: sample.draw() for sample in SAMPLES}
SIZES = {"wide": 1280, "narrow": 320}
SVG = "{http://www.w3.org/2000/svg}"

# Texts of a figure that lie outside its picture or on each other; 3 px of a line's height may touch.
CLASHES = """() => [...document.querySelectorAll("figure")].flatMap((figure) => {
  const svg = figure.querySelector("svg[role=img]"), frame = svg.getBoundingClientRect();
  const seen = [...svg.querySelectorAll("text")].filter((text) => text.textContent && text.getClientRects().length)
    .map((text) => ({ said: text.textContent, turned: /rotate/.test(text.getAttribute("transform")), box: text.getBoundingClientRect() }));
  const out = seen.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2)
    .map(({ said }) => `${figure.id}: “${said}” sticks out`);
  seen.forEach((a, i) => seen.slice(i + 1).forEach((b) => {
    const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (wide > 1 && high > 3 && !a.turned && !b.turned) out.push(`${figure.id}: “${a.said}” on “${b.said}”`);
  }));
  return out;
})"""


@pytest.fixture(scope="module")
def gallery(browser: Browser) -> Iterator[Page]:
    """One page with every part; tests set its size and theme. Nothing may be said on its console."""
    import instruments  # tools/instruments.py

    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    instruments.gallery(page, DRAWN)
    yield page
    context.close()
    assert said == []


def resized(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(150)  # charts take their new width in the next frames


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(gallery: Page, size: str, theme: Any) -> None:
    gallery.emulate_media(color_scheme=theme)
    resized(gallery, SIZES[size])
    check_axe(gallery, f"parts, {size}, {theme}")


@pytest.mark.parametrize("width", [1280, 640, 320, 284])  # the last is a figure of 252 px: in a lab at 320 px
def test_nothing_overflows_and_no_text_stands_on_another(gallery: Page, width: int) -> None:
    resized(gallery, width)
    check_width(gallery, f"parts, {width} px")
    assert gallery.evaluate(CLASHES) == []


@pytest.mark.parametrize("name", DRAWN)
def test_every_datum_is_read_by_the_keyboard(gallery: Page, name: str) -> None:
    """Home, then arrow by arrow: each text of each mark is said once."""
    reader = gallery.locator(f"#part-{name} .reader")
    reader.focus()
    reader.press("Home")
    heard = [reader.get_attribute("aria-valuetext") or ""]
    for _ in range(int(reader.get_attribute("aria-valuemax") or 0) - 1):
        reader.press("ArrowRight")
        heard.append(reader.get_attribute("aria-valuetext") or "")
    for mark in DRAWN[name]["marks"]:
        for part in mark.get("bars", mark.get("cells", [{"text": text} for text in mark.get("texts", ())])):
            assert any(part["text"] in one for one in heard), part["text"]


@pytest.mark.parametrize("width", [1280, 320])
def test_a_radar_and_cells_are_read_by_the_pointer(gallery: Page, width: int) -> None:
    resized(gallery, width)
    for name, selector, number, text in (
        ("radar", ".mark-radar:nth-of-type(2) circle.point", 2, DRAWN["radar"]["marks"][1]["texts"][2]),
        ("slice_plot", "g.cell", 13, DRAWN["slice_plot"]["marks"][0]["cells"][13]["text"]),
        ("journey_strip", "g.cell", 33, DRAWN["journey_strip"]["marks"][0]["cells"][33]["text"]),
    ):
        figure = gallery.locator(f"#part-{name}")
        spot = figure.locator(f"svg[role=img] {selector}").nth(number)
        spot.scroll_into_view_if_needed()
        box = spot.bounding_box()
        assert box
        gallery.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(figure.locator(".readout")).to_have_text(text)


def test_what_has_no_evidence_is_hatched_and_said(gallery: Page) -> None:
    resized(gallery, 1280)
    figure = gallery.locator("#part-transfer_radar")
    sector = figure.locator("path.sector").first
    assert (sector.get_attribute("fill") or "").startswith("url(#")
    expect(figure.locator("svg[role=img]").get_by_text("no evidence", exact=True)).to_be_visible()


def moved(value: Any) -> Any:
    """A figure after a move: other data, the same marks."""
    drawn = copy.deepcopy(value)
    for mark in drawn["marks"]:
        if "points" in mark:
            mark["points"] = [[x, y * 0.97 if isinstance(y, float) else y] for x, y in mark["points"]]
        for bar in mark.get("bars", ()):
            bar |= {end: bar[end] * 0.97 for end in ("x", "x1") if isinstance(bar.get(end), float)}
        for cell in mark.get("cells", ()):
            cell |= {"colour": "violated", "pattern": False, "sign": "Z", "emphasis": False}
    return drawn


def test_a_move_patches_and_makes_nothing_anew(gallery: Page) -> None:
    """All nodes of all parts are the same ones after new data came."""
    resized(gallery, 1280)
    for name, drawn in DRAWN.items():
        same = gallery.evaluate(
            """([name, spec, back]) => {
              const one = window.parts[name], nodes = () => [...one.node.querySelectorAll("*")];
              const before = new Set(nodes());
              one.update(spec);
              const after = nodes(), same = after.length === before.size && after.every((node) => before.has(node));
              one.update(back);
              return same;
            }""",
            [name, moved(drawn), drawn],
        )
        assert same, name


@pytest.mark.parametrize("name", ["radar", "slice_plot"])
def test_the_new_marks_are_exported(gallery: Page, name: str) -> None:
    """SVG and PNG stand alone: looks are attributes, hatchings come along."""
    figure = gallery.locator(f"#part-{name}")
    if figure.locator("details").get_attribute("open") is None:
        figure.locator("summary").click()
    for kind in ("SVG", "PNG"):
        with gallery.expect_download() as download:
            figure.get_by_role("button", name=f"Download {kind}").click()
        content = download.value.path().read_bytes()
        if kind == "PNG":
            assert content.startswith(b"\x89PNG")
            assert len(content) > 5000
            continue
        tree = ET.fromstring(content)  # noqa: S314 - the page's own picture
        texts = {"".join(node.itertext()) for node in tree.iter(f"{SVG}text")}
        assert set(DRAWN[name]["x"]["domain"]) <= texts
        assert next(iter(tree.iter(f"{SVG}pattern"))) is not None
        assert not [node for node in tree.iter() if node.get("class")]
