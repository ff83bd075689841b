"""The start: readable before the engine, patient while it comes, clear when it does not; and a new version of the site."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from browser.access import check_axe, check_both_themes, check_targets, check_width
from browser.guard import Guard
from browser.learner import Learner
from ironlaw.ledger import SqliteStore, import_

from .conftest import Contexts
from .shelf import Peek, Shelf
from .visitor import Visitor, downloaded, live, trouble

WASM = "**/runtime/pyodide.asm.wasm"
CONTROLLED = "() => navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"
CACHES = "() => caches.keys()"
REMEMBERED = """() => new Promise((resolve) => {
  const request = indexedDB.open("ironlaw-engine", 1);
  request.onsuccess = () => {
    const keys = request.result.transaction("memory").objectStore("memory").getAllKeys();
    keys.onsuccess = () => { request.result.close(); resolve(keys.result); };
  };
})"""


def test_readable_before_the_engine(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """With the engine held back the page is whole, takes an answer and a move, and says only that it is starting."""
    held: list[Route] = []
    context.route(WASM, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    page = context.new_page()
    visitor = Visitor(page, shelf.url, peek)
    visitor.open()
    expect(page.locator(".offline-line")).to_contain_text("The engine is starting")
    expect(page.locator(".offline-line")).to_contain_text("MB, once")
    expect(visitor.part("act1", "predict").get_by_role("button")).to_be_enabled()
    check_axe(page, "a lab while the engine starts")
    visitor.mark("act1", "predict", right=True)
    visitor.press("act1", "predict")
    page.wait_for_timeout(1500)  # longer than the page waits for a server before it says something
    assert "No answer" not in page.inner_text("body")
    assert "retrying" not in page.inner_text("body")
    while held:
        held.pop().continue_()
    expect(visitor.part("act1", "explore")).to_be_visible(timeout=60_000)
    visitor.live()
    visitor.saved()
    assert [row["kind"] for row in peek.rows()] == ["opened", "predicted"]
    page.wait_for_timeout(1200)  # the document is kept for the next visit when the hand rests
    page.reload()
    expect(visitor.part("act1", "explore")).to_be_visible()
    visitor.set("act1", "gpus", visitor.ticks("act1", "gpus")[0])
    page.wait_for_timeout(1500)
    assert "No answer" not in page.inner_text("body")
    while held:
        held.pop().continue_()
    visitor.live()
    visitor.reads("act1", visitor.truth.settings("act1", gpus=visitor.ticks("act1", "gpus")[0]))


def test_no_engine(contexts: Contexts, shelf: Shelf, guards: list[Guard], tmp_path: Path) -> None:
    """A file of the runtime is missing: told, the text stays, the ledger can be taken away without any Python."""
    context = contexts(service_workers="block")
    guards[0].expect("404|wasm|WebAssembly|Aborted|Service Worker registration blocked")
    peek = Peek(context, shelf.url)
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    visitor.mark("act1", "predict", right=True)
    visitor.press("act1", "predict")
    expect(visitor.part("act1", "explore")).to_be_visible()
    visitor.saved()
    shelf.missing.add("/runtime/pyodide.asm.wasm")
    visitor.reload()
    notice = trouble(visitor.page, "failed")
    expect(notice).to_contain_text("pyodide.asm.wasm could not be loaded (404)", timeout=60_000)
    expect(visitor.part("act1", "explore")).to_be_visible()  # as it was seen last
    check_both_themes(visitor.page, "a lab whose engine failed", within=("offline",))
    text = downloaded(notice, "Download the ledger")
    store = SqliteStore(tmp_path / "ledger.sqlite")
    report = import_(store, text, "local")
    store.close()
    assert report.ok
    assert report.added == len(peek.texts()) == 2
    shelf.missing.clear()
    notice.get_by_role("button", name="Reload").click()
    live(visitor.page)


def test_an_old_browser(contexts: Contexts, shelf: Shelf) -> None:
    """Without WebAssembly nothing is tried, and the text is there."""
    context = contexts()
    context.add_init_script("delete globalThis.WebAssembly;")
    page = context.new_page()
    Learner(page, shelf.url).open()
    expect(trouble(page, "failed")).to_contain_text("too old")


def test_access(contexts: Contexts, shelf: Shelf) -> None:
    """Portal, lab and report with their line and a notice: axe in both themes, narrow, and every target large enough."""
    context = contexts()
    shelf.before["/static/offline-worker.js"] = (
        "Object.defineProperty(globalThis, 'indexedDB', { value: undefined });\n"
    )
    page = context.new_page()
    for path in ("/", "/labs/v2_02/", "/labs/v2_02/report/"):
        page.goto(shelf.url + path)
        expect(trouble(page, "absent")).to_be_visible(timeout=60_000)
        expect(page.locator(".offline-line")).to_contain_text(
            re.compile("Nothing can be saved|memory of this tab"), timeout=60_000
        )
        check_both_themes(page, path)
        check_targets(page, path)
        page.set_viewport_size({"width": 320, "height": 640})
        check_width(page, f"{path} at 320 px")
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def renewed(site: Path, tmp_path: Path) -> Iterator[Shelf]:
    """A site that can be changed."""
    folder = tmp_path / "site"
    shutil.copytree(site, folder)
    with Shelf(folder) as running:
        yield running


def test_a_new_version(browser_context: BrowserContext, renewed: Shelf) -> None:
    """The old one goes on until the learner asks for the new one; then only that is kept."""
    page = browser_context.new_page()
    page.goto(f"{renewed.url}/labs/v2_02/")
    live(page)
    page.evaluate(CONTROLLED)
    page.reload()
    live(page)
    assert page.evaluate(CONTROLLED)
    (before,) = page.evaluate(CACHES)
    pack = sha256((renewed.folder / "runtime" / "ironlaw.pack").read_bytes()).hexdigest()
    for _ in range(100):  # the engine's memory is kept some time after the start
        if found := page.evaluate(REMEMBERED):
            break
        page.wait_for_timeout(200)
    assert found == [f"{page.locator('html').get_attribute('data-engine')} {pack}"]
    halves = publish(renewed.folder)
    next(halves)  # the service worker is there, the rest of the new version is not yet
    page.reload()
    live(page)
    page.wait_for_timeout(500)
    expect(trouble(page, "update")).to_have_count(0)
    next(halves, None)
    renewed.asked.clear()
    page.reload()
    live(page)
    notice = trouble(page, "update")
    expect(notice).to_contain_text("A new version")
    downloads = {path for path in renewed.asked if path.startswith("/runtime/")}
    assert not downloads, "what has not changed is not loaded again"
    other = browser_context.new_page()
    other.goto(f"{renewed.url}/report/")
    live(other)
    for one in (page, other):  # the second one asks for what the first has got already
        one.bring_to_front()
        with one.expect_event("load"):
            trouble(one, "update").get_by_role("button", name="Reload").click()
        live(one)
    (after,) = page.evaluate(CACHES)
    assert before != after
    assert "changed" in page.evaluate("() => fetch('../../static/offline.css').then((answer) => answer.text())")


def publish(folder: Path) -> Iterator[None]:
    """A new version: one style differs. It comes in two halves, the service worker first."""
    style = folder / "static" / "offline.css"
    listed = folder / "site.json"
    told = json.loads(listed.read_text(encoding="utf-8"))
    old, told["version"] = told["version"], "f" * 16
    worker = folder / "sw.js"
    worker.write_text(worker.read_text(encoding="utf-8").replace(old, told["version"]), encoding="utf-8")
    yield
    style.write_text(style.read_text(encoding="utf-8") + "/* changed */\n", encoding="utf-8")
    for file in told["files"]:
        if file["path"] == "static/offline.css":
            file["sha256"] = sha256(style.read_bytes()).hexdigest()
    listed.write_text(json.dumps(told), encoding="utf-8")
