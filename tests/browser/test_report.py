"""The report in a real browser: readable in both themes and on a small screen, printed on A4, and reached from the lab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ironlaw import labs
from ironlaw.ledger import SqliteStore
from ironlaw.report import of_session, record_of_session, sheet
from ironlaw.report import page as html_of
from ironlaw.session import Session
from report import recorded
from session.desk import Desk

from .access import check_axe, check_targets, check_width
from .serving import Server

LAB = labs.load("v2_02")

WORDS = "<script>document.title = 'broken in'</script> Pay for the wire."
PAPER = "rgb(255, 255, 255)"


@pytest.fixture
def worked(server: Server) -> Server:
    """A server over a ledger with one finished act, a wrong prediction, and a second act under way."""
    with SqliteStore(server.ledger) as store:
        desk = Desk(store)
        desk.send("opened")
        desk.predict("act1", "over", 0.97)
        desk.move("act1", wire="ethernet-100g")
        desk.move("act1", wire="nvlink4")
        desk.send("revealed", "act1")
        desk.send("reflected", "act1", option="passes", text=WORDS)
        desk.send("decided", "act1", option="nvlink", text=WORDS, settings={"wire": "nvlink4"})
        desk.predict("act2", "latency", 0.5)
        desk.move("act2", ports=8)
        desk.send("revealed", "act2")
    return server


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, worked: Server, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for path in ("/report", f"/labs/{LAB.id}/report", "/labs/v2-02/report"):
        page.goto(worked.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_axe(page, f"{path}, {theme}")


def test_small_windows(page: Page, worked: Server) -> None:
    for path in ("/report", f"/labs/{LAB.id}/report"):
        page.goto(worked.url + path)
        for width in (320, 640, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            check_width(page, f"{path}, {width} px")
            check_targets(page, f"{path}, {width} px")


def test_it_says_what_the_learner_did(page: Page, worked: Server) -> None:
    page.goto(f"{worked.url}/labs/{LAB.id}/report")
    expect(page).to_have_title(f"{LAB.title} · Ironlaw report")
    expect(page.locator("blockquote")).to_have_text([WORDS, WORDS])
    expect(page.get_by_text("Verified:").first).to_be_visible()
    rows = page.get_by_role("region", name="Predictions against reality").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(re.compile("More than.*97 %.*not right"))
    expect(page.get_by_role("img").first).to_have_accessible_name(re.compile("You predicted .* the engine computes"))


def test_print(page: Page, worked: Server) -> None:
    """Black on white from either theme, each lab on its own page, and no way on that paper cannot follow."""
    page.goto(f"{worked.url}/report")
    page.emulate_media(media="print", color_scheme="dark")
    colours = "() => ['backgroundColor', 'color'].map((name) => getComputedStyle(document.documentElement)[name])"
    assert page.evaluate(colours) == [PAPER, "rgb(0, 0, 0)"]
    expect(page.locator(".bar-top")).to_be_hidden()
    expect(page.locator(".chapter").first).to_have_css("break-before", "page")
    expect(page.locator(".scroller").first).to_have_css("overflow-x", "visible")
    wide = "() => [...document.querySelectorAll('table')].filter((one) => one.scrollWidth > one.parentElement.clientWidth + 1).length"
    page.set_viewport_size({"width": 665, "height": 900})  # A4 less its margins, in CSS pixels
    assert page.evaluate(wide) == 0
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF-")
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", pdf)
    assert len(pages) >= 2
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf  # A4, in points


def test_a_saved_file_opens_without_a_server(browser: Browser, worked: Server, tmp_path: Path) -> None:
    with SqliteStore(worked.ledger) as store:
        html = html_of(of_session(Session(store)))
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text))
        page.goto((tmp_path / "report.html").as_uri())
        expect(page.get_by_role("heading", level=1)).to_have_text("Design report")
        expect(page.get_by_role("link")).to_have_count(1)  # "skip to the report"
        assert page.evaluate("() => getComputedStyle(document.querySelector('.chapter')).borderTopStyle") == "solid"
        assert faults == []


def test_the_way_from_a_lab_and_back(page: Page, worked: Server) -> None:
    lab = f"{worked.url}/labs/{LAB.id}"
    page.goto(lab)
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page).to_have_url(f"{lab}/report")
    expect(page.get_by_text("No evidence of a decision.")).to_be_visible()
    page.get_by_role("link", name="Report of all labs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Design report")
    page.goto(f"{lab}/report")
    page.get_by_role("link", name="Back to the lab").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LAB.title)
    page.goto(worked.url)
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page).to_have_url(f"{worked.url}/report")


# --- the architecture record ------------------------------------------------------------------------------------------

PAPERS = {"A4": (210, 297), "Letter": (215.9, 279.4)}  # millimetres
MARGIN = 13  # millimetres at each side: `@page` in record.css
PAGES = re.compile(rb"/Type\s*/Page\b(?!s)")
# Pixels by which a box of the sheet is taller than what is shown of it, and how far the last line stands below the sheet.
CUT = """() => {
  const sheet = document.querySelector('.sheet');
  const over = (box) => box.scrollHeight - box.clientHeight;
  const end = document.querySelector('.foot').getBoundingClientRect().bottom - sheet.getBoundingClientRect().bottom;
  return Math.max(over(sheet), over(document.querySelector('.rests')), end, sheet.scrollWidth - sheet.clientWidth);
}"""


def filled(store: SqliteStore, kind: str) -> None:
    """A ledger of this kind."""
    if kind == "finished":
        recorded.earlier(store, "v1_00", "v1_04", "v2_01", "v2_02")
        recorded.capstone(store, recorded.approved())
    elif kind == "unapproved":
        recorded.capstone(store, recorded.START)
    elif kind in ("maximal", "fullest"):
        recorded.maximal(store)


@pytest.mark.parametrize("kind", ["empty", "unapproved", "finished", "maximal", "fullest"])
def test_the_record_is_one_page(browser: Browser, tmp_path: Path, kind: str) -> None:
    """On either paper, and nothing of it is hidden to make it fit."""
    with SqliteStore(tmp_path / "record.sqlite") as store:
        filled(store, kind)
        found = record_of_session(Session(store), recorded.ID)
    html = tmp_path / "record.html"
    html.write_text(sheet(recorded.fullest(found) if kind == "fullest" else found), encoding="utf-8")
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto(html.as_uri())
        for paper, (width, height) in PAPERS.items():
            pdf = page.pdf(format=paper)
            assert len(PAGES.findall(pdf)) == 1, (kind, paper)
            box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
            assert box
            points = [side / 25.4 * 72 for side in (width, height)]
            assert [float(side) for side in box.groups()] == pytest.approx(points, abs=1)
        page.emulate_media(media="print")
        for paper, (width, height) in PAPERS.items():
            inside = {"width": int((width - 2 * MARGIN) / 25.4 * 96), "height": int(height / 25.4 * 96)}
            page.set_viewport_size({"width": inside["width"], "height": inside["height"]})
            assert page.evaluate(CUT) <= 1, (kind, paper)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_record_on_a_screen(page: Page, server: Server, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    address = f"{server.url}/labs/{recorded.ID}/record"
    page.goto(address)
    expect(page.get_by_text("No approved design")).to_be_visible()
    check_axe(page, f"empty, {theme}")
    with SqliteStore(server.ledger) as store:
        filled(store, "finished")
    page.goto(address)
    expect(page.get_by_text("Approved and signed")).to_be_visible()
    expect(page.get_by_role("img")).to_have_accessible_name(re.compile("5 of 34 labs done"))
    check_axe(page, f"finished, {theme}")
    for width in (320, 640, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        check_width(page, f"record, {width} px")
        check_targets(page, f"record, {width} px")
    page.get_by_role("link", name="Report of the lab").click()
    expect(page).to_have_url(f"{server.url}/labs/{recorded.ID}/report")
