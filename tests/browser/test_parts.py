"""Every part of labkit/parts, drawn by the page's own modules: legible, inside its figure, readable by pointer and keyboard."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.parts.samples import SAMPLES

from .access import check_axe, check_width
from .conftest import PATIENCE

DRAWN = {sample.name: sample.draw() for sample in SAMPLES}
RATE = Reading("Images a second", "count", " images/s", scale="log")
LONG = "Share of the time that is lost to waiting for data"


def tight() -> dict[str, Any]:
    """Parts with little room: lines where values stand, a setting beside a rule, a limit where the curves end, long names."""
    stages = [("Storage", 16_732.0), ("Decoding on the processor", 521.0), ("Decode", 1_900.0), ("GPU", 2_385.0)]
    scores = [
        parts.Score("Uptime", 0.998, 0.9999, Reading("Uptime", "share"), "least", "one spare more: 12 % more of it"),
        parts.Score("Carbon", 900.0, 478.0, Reading("Carbon", "number", " t"), gradient="a cleaner grid: 40 t less"),
    ]

    def used(rate: float) -> float:
        return 0.95 * min(1.0, rate / 100)

    records = Reading("Records", "number", " k/s", domain=(1.0, 200.0))
    hours, dollars = Reading("Hours of use in its whole life", "number", " h", domain=(0.0, 1e3)), Reading(LONG, "usd")
    curves = [parts.Curve("buy", lambda x: 1e4 + 10 * x), parts.Curve("rent", lambda x: 30 * x, "caution", dash=True)]
    spokes = ("Uptime", "Carbon", "Latency")
    middle = fig.dots("here", "the design that you recorded last", [(500.0, 50.0)], ["recorded last: 50 at 500 h"])
    plain = fig.figure(
        "m",
        "Middle",
        "One.",
        x=hours.axis([]),
        y=Reading("Use", "number").axis([100.0]),
        marks=[middle],
        table=((), ()),
    )
    return {
        "tight-middle": plain,
        "tight-stages": parts.stage_bars(
            "s", "Stages", [parts.Stage(*one) for one in stages], reading=RATE, demand=3e3
        ),
        "tight-gauge": parts.gauge("g", "Gauge", 0.782, 0.6, reading=Reading(LONG, "share", domain=(0.0, 1.0))),
        "tight-full": parts.gauge("f", "Full", 0.99, 0.6, reading=Reading(LONG, "share", domain=(0.0, 1.0))),
        "tight-scores": parts.scorecard("c", "Scores", scores),
        "tight-right": parts.mfu_curve("r", "Right of it", used, 104.0, x=records, equilibrium=100.0),
        "tight-left": parts.mfu_curve("l", "Left of it", used, 97.0, x=records, equilibrium=100.0),
        "tight-even": parts.break_even("e", "Even", curves, x=hours, y=dollars, here=950.0, limit=2.4e4),
        "tight-radar": parts.radar(
            "d", "Radar", spokes, [parts.Series("now", (0.5, 0.7, 0.9))], reading=Reading(LONG, "share")
        ),
    }


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


# Texts through which a line shows (a limit, a drop, the zero of an axis), and texts on which a dot lies.
CROSSED = """() => [...document.querySelectorAll("figure")].flatMap((figure) => {
  const svg = figure.querySelector("svg[role=img]"), frame = svg.getBoundingClientRect();
  const lines = [...svg.querySelectorAll("path.rule, path.drop, .grid:not(.polar) path.baseline")].flatMap((path) =>
    [...(path.getAttribute("d") ?? "").matchAll(/M([-\\d.]+) ([-\\d.]+)([VH])([-\\d.]+)/g)].map(([, x, y, way, end]) => ({ path,
      left: +x, top: way === "V" ? Math.min(y, end) : +y, right: way === "H" ? +end : +x, bottom: way === "V" ? Math.max(y, end) : +y })));
  const dots = [...svg.querySelectorAll("g:not(.mark-radar) > circle.point")].filter((dot) => dot.getClientRects().length).map((dot) => dot.getBoundingClientRect());
  const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent && text.getClientRects().length);
  return texts.flatMap((text) => {
    const box = text.getBoundingClientRect(), plate = text.previousElementSibling?.matches("rect.plate") && text.previousElementSibling;
    const under = plate ? plate.getBoundingClientRect() : { left: 1, right: 0 };
    const [left, right, top, bottom] = [box.left - frame.left, box.right - frame.left, box.top - frame.top + 2, box.bottom - frame.top - 3];
    const covered = (path) => under.left <= box.left + 1 && under.right >= box.right - 1 && path.compareDocumentPosition(text) === 4;
    const out = [];
    for (const line of lines) if (line.left < right && line.right > left && line.top < bottom && line.bottom > top && !covered(line.path)) out.push("a line");
    for (const dot of dots) if (dot.left < box.right - 1 && dot.right > box.left + 1 && dot.top < box.bottom - 3 && dot.bottom > box.top + 2) out.push("a dot");
    return out.map((what) => `${figure.id}: ${what} through “${text.textContent}”`);
  });
})"""


@pytest.fixture(scope="module")
def gallery(browser: Browser) -> Iterator[Page]:
    """One page with every part; tests set its size and theme. Nothing may be said on its console."""
    yield from drawn_by(browser, DRAWN)


@pytest.fixture(scope="module")
def crowded(browser: Browser) -> Iterator[Page]:
    """The same with parts that have little room."""
    yield from drawn_by(browser, DRAWN | tight())


def drawn_by(browser: Browser, figures: dict[str, Any]) -> Iterator[Page]:
    """A page with these figures."""
    import instruments  # tools/instruments.py

    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    instruments.gallery(page, figures)
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


@pytest.mark.parametrize("width", [1280, 640, 320, 284])
def test_with_little_room_texts_are_whole_and_no_line_runs_through_them(crowded: Page, width: int) -> None:
    resized(crowded, width)
    assert crowded.evaluate(CLASHES) == []
    assert crowded.evaluate(CROSSED) == []


@pytest.mark.parametrize("name", ["tight-gauge", "tight-even", "tight-radar"])
def test_a_long_name_of_an_axis_is_broken_not_cut(crowded: Page, name: str) -> None:
    resized(crowded, 284)
    lines = crowded.locator(f"#part-{name} svg[role=img] text.axis-name").all_text_contents()
    assert LONG in " ".join(lines)
    assert len(lines) > 1


def test_runs_of_others_are_rings_of_a_quiet_colour(gallery: Page) -> None:
    resized(gallery, 1280)
    figure = gallery.locator("#part-scaling_curve")
    published = next(mark for mark in DRAWN["scaling_curve"]["marks"] if mark["id"] == "published")
    assert figure.locator("circle.point.hollow.c-muted").count() == len(published["points"])
    entry = figure.locator(".legend li", has_text=published["label"])
    expect(entry.locator("path.swatch-ring.c-muted")).to_have_count(1)


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
