"""The lab in marimo, in a real browser: a walk with cells that follow it, two labs, a cell run again, a new kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.eye import Eye

from .conftest import Pages
from .reader import STARTS, Reader
from .serving import Host

pytestmark = pytest.mark.browser

NOTEBOOK = """
import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo

    from ironlaw.notebook import open_lab

    runs = []
    return mo, open_lab, runs


@app.cell(expand_output=True)
def _(mo, open_lab):
    lab = mo.ui.anywidget(open_lab("v2_02", ledger={ledger!r}))
    lab
    return (lab,)


@app.cell
def _(lab, runs):
    runs.append(1)
    card = lab.result["cards"][0]["text"] if lab.result else "locked"
    f"run {{len(runs)}}: {{card}}, {{lab.progress['done']}} of {{lab.progress['of']}}"
    return


@app.cell(expand_output=True)
def _(mo, open_lab):
    other = mo.ui.anywidget(open_lab("v2_01", ledger={ledger!r}))
    other
    return


@app.cell(expand_output=True)
def _(mo, open_lab):
    again = mo.ui.anywidget(open_lab("v2_02", ledger={ledger!r}))
    again
    return
"""
LAB, FOLLOWER, OTHER, AGAIN = 1, 2, 3, 4  # places of the cells


class Marimo:
    """A marimo notebook in a page."""

    def __init__(self, page: Page, host: Host, notebook: Path) -> None:
        self.page = page
        self.address = f"{host.url}/?file={notebook.name}"
        page.goto(self.address)
        self.start()

    def start(self) -> None:
        """Run every cell, as a person does: marimo runs nothing by itself."""
        self.page.get_by_test_id("run-button").last.wait_for()
        expect(self.page.locator(".marimo-cell")).to_have_count(5, timeout=STARTS)
        self.page.get_by_test_id("run-button").last.click()

    def cell(self, place: int) -> Locator:
        """A cell, code and output."""
        return self.page.locator(".marimo-cell").nth(place)

    def output(self, place: int) -> Locator:
        """What a cell shows."""
        return self.cell(place).locator(".output-area")

    def run(self, place: int) -> None:
        """Run one cell again."""
        self.cell(place).hover()
        self.cell(place).get_by_test_id("run-button").first.click()

    def restart(self) -> None:
        """A new kernel, by the menu."""
        self.page.get_by_test_id("notebook-menu-dropdown").click()
        self.page.get_by_text("Restart kernel").click()
        self.page.get_by_test_id("confirm-restart").or_(self.page.get_by_label("Confirm Restart")).click()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def notebook(pages: Pages, marimo_host: Host, ledger: Path) -> Marimo:
    path = marimo_host.home / f"{ledger.parent.name}.py"
    path.write_text(NOTEBOOK.format(ledger=str(ledger)), encoding="utf-8")
    return Marimo(pages(marimo_host), marimo_host, path)


def test_a_whole_walk_with_everything_beside_it(notebook: Marimo, ledger: Path) -> None:
    """From the first word to the synthesis; then the cell again and the kernel anew, and nothing is lost."""
    eye = Eye(ledger)
    lab = Reader(notebook.output(LAB), eye).arrive()
    other = Reader(notebook.output(OTHER), eye, "v2_01").arrive()
    twin = Reader(notebook.output(AGAIN), eye).arrive()
    follower = notebook.output(FOLLOWER)
    expect(follower).to_contain_text("locked, 0 of 8")
    lab.saved()
    for act, step in lab.truth.places:
        assert lab.now() == (act, step)
        if step == "explore":
            follows_at_rest(lab, follower, act)
        lab.take(act, step)
        done = lab.truth.places.index((act, step)) + 1
        expect(follower).to_contain_text(f"{done} of 8")
        hears_of_it(lab, twin)
    assert other.now() == other.truth.places[0]
    other.take(*other.truth.places[0])
    expect(lab.root.locator(".synthesis")).to_be_visible()
    eye.check_chain()
    before = [row.id for row in eye.rows()]
    notebook.run(LAB)
    comes_back(notebook, eye)
    notebook.restart()
    notebook.start()
    comes_back(notebook, eye)
    assert Reader(notebook.output(OTHER), eye, "v2_01").arrive().now() == other.truth.places[1]
    assert [row.id for row in eye.rows()] == before, "nothing is stored twice, nothing is lost"


def hears_of_it(lab: Reader, twin: Reader) -> None:
    """The same lab in another cell stands where this one does."""
    step = "nav [aria-current=step]"
    if lab.now():
        expect(twin.root.locator(step)).to_have_attribute("href", lab.root.locator(step).get_attribute("href") or "")
    else:
        expect(twin.root.locator(".synthesis")).to_be_visible()


def follows_at_rest(lab: Reader, follower: Locator, act: str) -> None:
    """A control is swept from end to end: the other cell runs a few times, not once a step, and ends at the engine's number."""
    before = int(re.search(r"run (\d+)", follower.inner_text())[1])  # type: ignore[index]  # it stands there
    spec = next(one for one in lab.truth.visible(act) if hasattr(one, "ticks"))
    slider = lab.control(act, spec.id)
    slider.focus()
    moves = 0
    for key, count in (("ArrowRight", len(spec.ticks)), ("ArrowLeft", len(spec.ticks)), ("ArrowRight", 1)):
        for _ in range(count):
            lab.page.keyboard.press(key)
            moves += 1
    at = {**lab.truth.settings(act), spec.id: spec.ticks[1]}
    lab.reads(act, at)
    expect(follower).to_contain_text(f": {lab.truth.result(act, at)['cards'][0]['text']},")
    runs = int(re.search(r"run (\d+)", follower.inner_text())[1]) - before  # type: ignore[index]  # it stands there
    assert 1 <= runs < moves / 2


def comes_back(notebook: Marimo, eye: Eye) -> None:
    """The lab is there again, at its end, and the cell beside it knows."""
    lab = Reader(notebook.output(LAB), eye).arrive()
    expect(lab.root.locator(".synthesis")).to_be_visible()
    lab.saved()
    expect(notebook.output(FOLLOWER)).to_contain_text("8 of 8")


def test_the_command_starts_the_lab(pages: Pages, tmp_path: Path) -> None:
    """Who asked for a lab has it when the page is there: nothing to press first."""
    with Host(tmp_path, ["ironlaw", "notebook", "v2_02"]) as running:
        token = re.search(r"access_token=\S+", running.log)
        assert token
        page = pages(running)
        page.goto(f"{running.url}/?{token[0]}")
        Reader(page.locator(".marimo-cell").nth(2), Eye(running.ledger)).arrive().saved()
