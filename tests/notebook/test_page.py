"""The widget's page in a real browser without a notebook round it: a model whose messages go straight to a LabWidget.

What depends on the host (its kernel, its cells) is in test_marimo and test_jupyter; here is what the page owes any host.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from browser.eye import Eye
from browser.guard import Guard
from ironlaw.ledger import SqliteStore
from ironlaw.notebook import open_lab
from ironlaw.notebook.linking import link
from ironlaw.notebook.pagetext import module
from learners.kinds import Expert
from learners.walker import Walk

from .reader import Reader
from .wire import Wire

pytestmark = pytest.mark.browser

ORIGIN = "http://127.0.0.1:9"  # nothing listens there: each request is answered by the test
HOST = """
globalThis.widgets = {};
globalThis.mute = new Set(); // names of widgets whose intents do not come through, while all else does
globalThis.keys = [];
addEventListener("keydown", ({ key }) => keys.push(key));
// As VS Code does with what is pressed in its outputs: it scrolls to what a link names, and opens what else it finds.
globalThis.pressed = [];
addEventListener("click", (event) => {
  const to = event.composedPath().find((node) => node instanceof HTMLAnchorElement)?.getAttribute("href");
  if (to) pressed.push(to.startsWith("#") ? document.getElementById(to.slice(1)).getBoundingClientRect().top : to);
});
globalThis.show = async (name, traits, width) => {
  const { default: widget } = await import("/widget.js");
  const heard = [];
  const el = document.body.appendChild(document.createElement("div"));
  Object.assign(el, { id: name }).style.width = `${width}px`;
  const tell = (message) => heard.forEach((hear) => hear(message));
  const model = {
    turns: 0,
    dead: false,
    get: (key) => traits[key],
    set: (key, value) => (traits[key] = value),
    save_changes: () => model.turns++,
    on: (_, hear) => heard.push(hear),
    off: (_, hear) => heard.splice(heard.indexOf(hear), 1),
    send(content) {
      if (model.dead || (mute.has(name) && content.method === "intent")) throw new Error("no comm");
      if (!model.silent) say(name, content).then((answers) => answers.forEach(tell));
    },
  };
  widgets[name] = { model, el, tell, heard, close: await widget.render({ model, el }) };
};
"""

Pages = Callable[..., "Notebook"]


class Notebook:
    """A page that shows widgets; each has a wire of its own to Python."""

    def __init__(self, page: Page, ledger: Path) -> None:
        self.page = page
        self.ledger = ledger
        self.wires: dict[str, Wire] = {}
        page.route(f"{ORIGIN}/**", _serve)
        page.expose_function("say", lambda name, content: self.wires[name].say(content))
        page.goto(f"{ORIGIN}/")

    def show(self, name: str = "one", lab: str = "v2_02", width: int = 1100) -> Reader:
        """A lab in an element of this width."""
        widget = open_lab(lab, ledger=self.ledger)
        self.wires[name] = Wire(widget)
        traits = {"_lab": widget._lab, "_room": widget._room, "_turn": 0}
        self.page.evaluate("([name, traits, width]) => show(name, traits, width)", [name, traits, width])
        return Reader(self.page.locator(f"#{name}"), Eye(self.ledger), lab).arrive()

    def close(self, name: str = "one") -> None:
        """What a notebook does when the cell is run again."""
        self.page.evaluate("(name) => widgets[name].close()", name)

    def dies(self, name: str = "one") -> None:
        """The kernel is gone."""
        self.page.evaluate("(name) => (widgets[name].model.dead = true)", name)


def _serve(route: Route) -> None:
    if route.request.url == f"{ORIGIN}/widget.js":
        route.fulfill(body=module(), content_type="text/javascript")
    else:
        body = f"<!doctype html><html lang=en><title>A notebook</title><main></main><script>{HOST}</script>"
        route.fulfill(body=body, content_type="text/html")


@pytest.fixture
def notebook(browser: Browser, tmp_path: Path) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", locale="en-GB")
    guard = Guard(context, ORIGIN)
    yield Notebook(context.new_page(), tmp_path / "ledger.sqlite")
    guard.check()
    context.close()


def finished(ledger: Path, lab: str) -> None:
    with SqliteStore(ledger) as store:
        Walk(store, lab, Expert()).run()


def test_a_linked_text_does_what_its_modules_do(notebook: Notebook) -> None:
    """A diamond with renaming: the module at its foot is run once, and before those that need it."""
    texts = {
        "foot.js": "const own = [];\nexport const note = (word) => own.push(word);\nnote('foot');\nexport const all = () => own;\n",
        "left.js": 'import { note as say } from "./foot.js";\nsay("left");\nexport function left() {\n  return "l";\n}\n',
        "right.js": 'import { note } from "./foot.js";\nconst own = "right";\nnote(own);\nexport class Right {}\n',
    }
    entry = (
        'import { left } from "./left.js";\nimport { Right } from "./right.js";\nimport { all } from "./foot.js";\n'
        "export default [...all(), left(), Right.name].join();\n"
    )
    run = (
        """async (text) => (await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))).default"""
    )
    assert notebook.page.evaluate(run, link(entry, texts)) == "foot,left,right,l,Right"


# --- a guest in somebody's page ---------------------------------------------------------------------------------------


def test_links_stay_inside(notebook: Notebook) -> None:
    lab = notebook.show()
    assert lab.follow() == ("act1", "predict")
    assert notebook.page.url == f"{ORIGIN}/"
    focus = "() => document.activeElement.shadowRoot?.activeElement?.id"
    assert notebook.page.evaluate(focus) == "act1-predict-title"
    assert notebook.page.evaluate("() => pressed") == []


def test_vs_code_is_shown_the_way(notebook: Notebook) -> None:
    """It scrolls outside the page of its outputs: only a link of that page, to an element of it, tells it where to."""
    lab = notebook.show()
    notebook.page.evaluate("() => (document.body.dataset.vscodeThemeKind = 'vscode-dark')")
    lab.take("act1", "predict")
    top = "(node) => [node.getBoundingClientRect().top, globalThis.pressed]"
    link = lab.root.get_by_role("link", name=re.compile("^Next"))
    link.scroll_into_view_if_needed()
    notebook.page.evaluate("() => (pressed.length = 0)")
    link.dispatch_event("click")
    place, pressed = lab.part("act1", "explore").evaluate(top)
    assert pressed == [pytest.approx(place, abs=1)]
    assert notebook.page.url == f"{ORIGIN}/"
    assert lab.root.evaluate("(el) => el.children.length") == 1  # nothing of it stays


def test_pages_of_the_studio_are_opened_or_named(notebook: Notebook) -> None:
    finished(notebook.ledger, "v2_17")
    lab = notebook.show(lab="v2_17")
    for kind in ("report", "record"):
        with notebook.page.context.expect_page() as opened:
            lab.root.locator(f"a[href='/labs/v2_17/{kind}']").click()
        expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
        assert opened.value.url.startswith("blob:")
        opened.value.close()
    finished(notebook.ledger, "v1_00")
    door = notebook.show("two", "v1_00")
    door.root.locator("a[href='/']").click()
    expect(door.root.get_by_text("This is a page of the studio")).to_be_visible()
    assert notebook.page.url == f"{ORIGIN}/"


def test_keys_of_the_lab_are_not_the_notebooks(notebook: Notebook) -> None:
    lab = notebook.show()
    lab.take("act1", "predict")
    notebook.page.evaluate("() => (keys.length = 0)")
    lab.control("act1", "parameters").focus()
    for key in ("ArrowRight", "d", "a", "Escape"):
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("Control+s")
    notebook.page.keyboard.press("Control+Enter")  # it would run the cell again, or put in a new one
    assert notebook.page.evaluate("() => keys") == ["Control", "s", "Control"]


THEMES = {
    "jupyter": ("document.body.dataset.jpThemeLight", "'true'", "'false'"),
    "code": ("document.body.dataset.vscodeThemeKind", "'vscode-light'", "'vscode-dark'"),
    "code-contrast": (
        "document.body.dataset.vscodeThemeKind",
        "'vscode-high-contrast-light'",
        "'vscode-high-contrast'",
    ),
    "marimo": ("document.body.className", "'light light-theme'", "'dark dark-theme'"),
    "top": ("document.documentElement.dataset.theme", "'light'", "'dark'"),
}


@pytest.mark.parametrize("system", ["light", "dark"])
def test_dark_and_light_are_the_notebooks(notebook: Notebook, system: Any) -> None:
    """Against the system's wish where the notebook says something, and at once when it changes."""
    page = notebook.page
    page.emulate_media(color_scheme=system)
    sheet = notebook.show().root.locator(".sheet")
    ground = {"light": "rgb(246, 247, 248)", "dark": "rgb(15, 20, 24)"}
    expect(sheet).to_have_css("background-color", ground[system])
    for place, light, dark in THEMES.values():
        for scheme, value in (("light", light), ("dark", dark), ("light", light)):
            page.evaluate(f"() => {{ {place} = {value} }}")
            expect(sheet).to_have_css("background-color", ground[scheme])
            expect(sheet).to_have_css("color-scheme", scheme)
        page.evaluate(
            "() => { for (const name of ['jpThemeLight', 'vscodeThemeKind']) delete document.body.dataset[name] }"
        )
        page.evaluate("() => { document.body.className = ''; delete document.documentElement.dataset.theme }")
        expect(sheet).to_have_css("background-color", ground[system])


def test_the_notebooks_styles_do_not_come_in(notebook: Notebook) -> None:
    lab = notebook.show()
    look = "(node) => JSON.stringify([...getComputedStyle(node)].map((name) => [name, getComputedStyle(node)[name]]))"
    before = lab.root.locator(".prose").first.evaluate(look)
    style = "body, p, div { font: italic 40px/3 serif; color: red; text-align: right; white-space: pre; letter-spacing: 9px }"
    notebook.page.add_style_tag(content=style)
    after = lab.root.locator(".prose").first.evaluate(look)
    assert after == before


def test_no_white_ground_behind_it(notebook: Notebook) -> None:
    """VS Code's Jupyter extension has a rule for the element around every widget."""
    notebook.page.add_style_tag(content=".cell-output-ipywidget-background { background: white !important }")
    notebook.page.evaluate("() => (document.body.className = 'cell-output-ipywidget-background')")
    notebook.show()
    expect(notebook.page.locator("body")).to_have_css("background-color", "rgba(0, 0, 0, 0)")


# What sticks out of the cell, but for what scrolls inside a box of its own.
TOO_WIDE = """(frame) => {
  const { left, right } = frame.getBoundingClientRect();
  const sticks = (box) => box.width && (box.right > right + 1 || box.left < left - 1);
  const inner = [...frame.querySelectorAll("*")].filter((node) => !node.closest(".scroller, .sr, svg, option"));
  return inner.filter((node) => sticks(node.getBoundingClientRect())).map((node) => node.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("width", [1100, 700, 480, 320])
def test_the_page_fits_its_cell_and_not_the_window(notebook: Notebook, width: int) -> None:
    finished(notebook.ledger, "v2_02")
    lab = notebook.show(width=width)
    expect(lab.root.locator(".synthesis")).to_be_visible()
    lab.root.locator("details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    assert lab.root.locator(".frame").evaluate(TOO_WIDE) == []
    columns = "(el) => getComputedStyle(el).display"
    assert lab.part("act1", "explore").locator(".instrument").evaluate(columns) == ("grid" if width > 860 else "block")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(notebook: Notebook, scheme: Any) -> None:
    """The instrument, two labs on one page, and a chart's host: ids and names hold in each shadow root by itself."""
    notebook.page.emulate_media(color_scheme=scheme)
    lab = notebook.show()
    lab.take("act1", "predict")
    notebook.show("two", "v2_01", width=700)
    notebook.show("again", width=700)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(notebook.page, options=rules)
    assert found.violations_count == 0, found.generate_report()


# --- messages that do not come ----------------------------------------------------------------------------------------


def test_a_kernel_that_is_gone_is_told_and_the_next_one_has_it_once(notebook: Notebook) -> None:
    lab = notebook.show()
    lab.saved()
    notebook.dies()
    lab.mark("act1", "predict", right=True)
    lab.press("act1", "predict")
    expect(lab.root.locator(".saved")).to_have_text("Not saved, retrying")
    assert not lab.eye.rows("predicted")
    notebook.close()
    expect(notebook.page.locator("#one .sheet")).to_have_count(0)
    later = notebook.show("two")
    expect(later.part("act1", "explore")).to_be_visible()
    later.saved()
    later.eye.only("predicted", "act1")
    assert notebook.page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes('intent'))") == []


def test_an_answer_that_was_lost_is_asked_for_again(notebook: Notebook) -> None:
    """The intent arrives, its answer does not: after a while it is sent again, and stored once."""
    lab = notebook.show()
    lab.saved()
    page = notebook.page
    page.clock.install()
    page.evaluate(
        "() => { const { model } = widgets.one; const send = model.send; model.send = (m) => (m.method === 'intent' ? (say('one', m), 0) : send(m)); model.back = () => (model.send = send) }"
    )
    lab.mark("act1", "predict", right=False)
    lab.press("act1", "predict")
    lab.eye.wait(page, lambda now: len(now.rows("predicted")) == 1, "the prediction")
    page.clock.fast_forward(11_000)
    expect(lab.root.locator(".saved")).to_have_text("Not saved, retrying")
    page.evaluate("() => widgets.one.model.back()")
    page.clock.fast_forward(3_000)
    expect(lab.part("act1", "explore")).to_be_visible()
    lab.eye.only("predicted", "act1")


def test_a_closed_page_says_nothing_any_more(notebook: Notebook) -> None:
    """It keeps the last move for the next page, and neither listens nor sends."""
    lab = notebook.show()
    lab.take("act1", "predict")
    lab.saved()
    notebook.dies()
    lab.set("act1", "overlap", lab.truth.visible("act1")[3].ticks[0])  # type: ignore[union-attr]  # a number
    notebook.close()
    page = notebook.page
    assert page.evaluate("() => widgets.one.heard.length") == 0
    page.evaluate(
        "() => { widgets.one.model.dead = false; globalThis.late = 0; widgets.one.model.send = () => late++ }"
    )
    page.evaluate("() => { dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange')) }")
    later = notebook.show("two")
    later.eye.wait(page, lambda now: len(now.rows("moved")) == 1, "the last move of the page before")
    assert page.evaluate("() => late") == 0


def test_a_page_that_was_never_shown_ends(notebook: Notebook) -> None:
    """A cell that ran again before its output stood in the page: nothing waits, listens or is drawn."""
    later = """async (traits) => {
      const { default: widget } = await import("/widget.js");
      const el = document.createElement("div");
      let heard = 0;
      const model = { get: (key) => traits[key], on: () => heard++, off: () => heard--, send: () => 0 };
      const end = await widget.render({ model, el });
      const frame = globalThis.requestAnimationFrame;
      end();
      let frames = 0;
      globalThis.requestAnimationFrame = (work) => (frames++, frame(work));
      for (let i = 0; i < 10; i++) await new Promise(frame);
      globalThis.requestAnimationFrame = frame;
      return [heard, frames, el.childElementCount];
    }"""
    every: list[dict[str, Any]] = [{"_lab": "v2_02", "_room": "x", "_turn": 0}, {"_figure": {}}]
    for traits in every:
        assert notebook.page.evaluate(later, traits) == [0, 0, 0]


def test_a_browser_that_opens_no_window_is_told(notebook: Notebook) -> None:
    """As VS Code, or a browser that blocks what comes after a slow answer."""
    finished(notebook.ledger, "v2_17")
    lab = notebook.show(lab="v2_17")
    notebook.page.evaluate("() => { globalThis.open = () => null }")
    for _ in range(2):
        lab.root.locator("a[href='/labs/v2_17/report']").click()
        expect(lab.root.get_by_text("No window could be opened from here.")).to_have_count(1)
    with notebook.page.expect_download() as waiting:
        lab.root.get_by_role("link", name="Save it as a file").click()
    assert waiting.value.suggested_filename == "ironlaw-report.html"
    assert lab.truth.lab.title in Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "/labs/v2_17/report" not in notebook.page.evaluate("() => pressed")


def test_two_pages_with_one_store_do_not_wait_for_each_other(notebook: Notebook) -> None:
    """The other page may have sent one's intent: then it says so, and no button stays pressed."""
    one, two = notebook.show("one"), notebook.show("two", "v2_01")
    one.saved()
    two.saved()
    notebook.dies("one")
    one.mark("act1", "predict", right=True)
    one.press("act1", "predict")
    expect(one.root.locator(".saved")).to_have_text("Not saved, retrying")
    two.take("act1", "predict")  # the queue is one: this page sends what waits before its own
    one.eye.wait(notebook.page, lambda now: len(now.rows("predicted")) == 2, "both predictions")
    one.saved()  # though its kernel is still gone
    notebook.page.evaluate("() => (widgets.one.model.dead = false)")
    notebook.page.evaluate("() => widgets.one.tell({ changed: 'elsewhere' })")
    expect(one.part("act1", "explore")).to_be_visible()


def test_a_page_says_that_another_one_has_saved_its_work(notebook: Notebook) -> None:
    """Also of its first record: its strip said nothing until then."""
    one = notebook.show("one")
    one.saved()
    notebook.page.evaluate("() => mute.add('two')")
    two = notebook.show("two", "v2_01")
    expect(two.root.locator(".saved")).to_have_text("Not saved, retrying")
    one.take("act1", "predict")
    two.saved()
    assert {row.lab for row in two.eye.rows("opened")} == {"v2_02", "v2_01"}


def test_a_page_says_that_another_one_has_saved_what_was_left(notebook: Notebook) -> None:
    """Work that waits in the browser from an earlier page, and another page that is faster to send it."""
    one = notebook.show("one")
    one.saved()
    notebook.page.evaluate("() => mute.add('two')")
    two = notebook.show("two", "v2_01")
    expect(two.root.locator(".saved")).to_have_text("Not saved, retrying")
    notebook.close("two")
    name = "`${widgets.one.model.get('_room')}ironlaw:queue`"
    notebook.page.evaluate(
        f"() => void navigator.locks.request({name}, () => new Promise((free) => (globalThis.free = free)))"
    )
    notebook.page.wait_for_function("() => globalThis.free")
    notebook.page.evaluate("() => dispatchEvent(new Event('online'))")  # the first in the row for the lock
    three = notebook.show("three", "v2_01")
    expect(three.root.locator(".saved")).to_have_text("")
    notebook.page.evaluate("() => free()")
    three.saved()


def test_a_page_that_tries_for_another_one_hears_that_it_was_done(notebook: Notebook) -> None:
    """It says "retrying" of what it did not make itself, until the other page sends it."""
    one = notebook.show("one")
    one.saved()
    notebook.page.evaluate("() => mute.add('one').add('two')")
    two = notebook.show("two", "v2_01")
    expect(two.root.locator(".saved")).to_have_text("Not saved, retrying")
    notebook.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(one.root.locator(".saved")).to_have_text("Not saved, retrying")
    notebook.page.evaluate("() => mute.delete('two')")
    two.saved()
    one.saved()
