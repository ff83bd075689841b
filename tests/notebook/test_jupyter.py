"""The lab in JupyterLab, in a real browser: a walk, a lost kernel, a new one, keys that are the lab's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.eye import Eye

from .conftest import Pages
from .reader import STARTS, Reader
from .serving import Host

pytestmark = pytest.mark.browser

CELLS = [
    "from ironlaw.notebook import open_lab\nlab = open_lab('v2_02', ledger={ledger!r})\nlab",
    "lab.progress['done'], (lab.result or {{}}).get('act'), lab.settings == (lab.result or {{}}).get('settings', {{}})",
]


class JupyterLab:
    """A notebook in JupyterLab, one cell of code after another."""

    def __init__(self, page: Page, host: Host, name: str, cells: list[str]) -> None:
        self.page = page
        self.file = host.home / name
        self.file.write_text(json.dumps(file_of(cells)), encoding="utf-8")
        page.goto(f"{host.url}/doc/tree/{name}")
        expect(self.page.locator(".jp-CodeCell")).to_have_count(len(cells), timeout=STARTS)
        self.idle()

    def idle(self) -> None:
        """Wait until the kernel is there and has nothing to do."""
        expect(self.page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=STARTS)

    def stored(self) -> bool:
        """Whether the file knows that its first cell has run."""
        return '"execution_count": 1' in self.file.read_text(encoding="utf-8")

    def cell(self, place: int) -> Locator:
        """A cell, code and output."""
        return self.page.locator(".jp-CodeCell").nth(place)

    def output(self, place: int) -> Locator:
        """What a cell shows."""
        return self.cell(place).locator(".jp-OutputArea")

    def run(self, place: int) -> None:
        """Run one cell."""
        self.cell(place).locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Control+Enter")

    def kernel(self, item: str, confirm: str | None = None) -> None:
        """An item of the menu of the kernel."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_role("menuitem", name=item).click()
        if confirm:
            self.page.get_by_role("dialog").get_by_role("button", name=confirm).click()


def file_of(cells: list[str]) -> dict[str, object]:
    """A notebook file."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    common: dict[str, object] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    made = [{**common, "id": f"cell{place}", "source": source} for place, source in enumerate(cells)]
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def notebook(pages: Pages, jupyter_host: Host, ledger: Path) -> JupyterLab:
    cells = [cell.format(ledger=str(ledger)) for cell in CELLS]
    return JupyterLab(pages(jupyter_host), jupyter_host, f"{ledger.parent.name}.ipynb", cells)


def test_a_whole_walk_over_two_kernels(notebook: JupyterLab, ledger: Path) -> None:
    """In the middle the kernel dies during a commit: the page says so, keeps it, and a new kernel has it once."""
    eye = Eye(ledger)
    notebook.run(0)
    lab = Reader(notebook.output(0), eye).arrive()
    lab.saved()
    places = lab.truth.places
    middle = places.index(("act1", "reflect"))
    for act, step in places[:middle]:
        assert lab.now() == (act, step)
        lab.take(act, step)
    tells(notebook, [middle, "act1", True])
    types_without_shortcuts(notebook, lab)
    notebook.kernel("Shut Down Kernel")
    expect(notebook.page.get_by_text("No Kernel |")).to_be_visible()
    before = eye.rows()
    part = lab.part("act1", "reflect")
    part.get_by_role(
        "radio", name=lab.truth.option_text("act1", "reflection", lab.truth.key("act1", "reflection"))
    ).check()
    lab.press("act1", "reflect")
    expect(lab.root.locator(".saved")).to_have_text(
        "Not saved, retrying", timeout=STARTS
    )  # no answer is awaited for 10 s
    expect(part.get_by_role("status")).to_contain_text("Not saved yet. It is kept in this browser")
    assert eye.rows() == before
    lab = anew(notebook, eye)
    expect(lab.part("act1", "decide")).to_be_visible()
    lab.saved()
    sent = eye.only("reflected", "act1")
    assert sent.payload["text"] == WORDS
    tells(notebook, [middle + 1, "act1", True])
    for act, step in places[middle + 1 :]:
        lab.take(act, step)
    expect(lab.root.locator(".synthesis")).to_be_visible()
    eye.check_chain()
    tells(notebook, [len(places), "act2", True])
    rows = eye.rows()
    lab = anew(notebook, eye, "Confirm Kernel Restart")  # this kernel lives: it asks first
    expect(lab.root.locator(".synthesis")).to_be_visible()
    lab.saved()
    assert eye.rows() == rows


def anew(notebook: JupyterLab, eye: Eye, confirm: str | None = None) -> Reader:
    """A new kernel, and the cell of the lab run in it."""
    notebook.kernel("Restart Kernel…", confirm)
    notebook.idle()
    notebook.run(0)
    return Reader(notebook.output(0), eye).arrive()


WORDS = "add dd b to y"  # each letter is a command of JupyterLab for the cell that is chosen


def types_without_shortcuts(notebook: JupyterLab, lab: Reader) -> None:
    """What is typed into the lab is no command of the notebook: `a` and `b` would add cells, `dd` delete this one."""
    box = lab.part("act1", "reflect").get_by_role("textbox")
    box.click()
    notebook.page.keyboard.type(WORDS)
    expect(box).to_have_value(WORDS)
    expect(notebook.page.locator(".jp-Cell")).to_have_count(len(CELLS))
    assert not notebook.stored()
    notebook.page.keyboard.press("Control+s")
    lab.eye.wait(notebook.page, lambda _: notebook.stored(), "the notebook's own shortcut at work")


def tells(notebook: JupyterLab, expected: list[object]) -> None:
    """What the second cell finds in the traits."""
    notebook.run(1)
    expect(notebook.output(1).locator(".jp-OutputArea-output")).to_have_text(str(tuple(expected)))
