"""A host as poor as one may be: plain HTTP, a folder of a larger site, and no idea what WebAssembly is."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from browser.learner import take

from .shelf import Peek
from .test_offline_tabs import sound
from .visitor import Visitor

HOST = "http://class.example"  # no secure context: no service worker, no locks, no crypto.subtle, and nobody who looks it up
FOLDER = "/course/labs-of-ironlaw"
URL = HOST + FOLDER
UNKNOWN = "application/octet-stream"
KINDS = {".wasm": UNKNOWN, ".mjs": "text/javascript"}


@pytest.fixture
def hosted(browser_context: BrowserContext, site: Path) -> BrowserContext:
    """A browser for which the site lies there."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = site / path.removeprefix(f"{FOLDER}/")
        if path.endswith("/"):
            file /= "index.html"
        if not path.startswith(f"{FOLDER}/") or not file.is_file():
            return route.fulfill(status=404)
        kind = KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        return route.fulfill(body=file.read_bytes(), content_type=kind or UNKNOWN)

    browser_context.route("**/*", answer)
    return browser_context


def test_a_poor_host(hosted: BrowserContext) -> None:
    """The labs run, two tabs share the ledger without a lock, links stay in the folder, and the page says what it cannot do."""
    failed: list[str] = []
    hosted.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    hosted.on("weberror", lambda error: failed.append(str(error.error)))
    peek = Peek(hosted, URL)
    page = hosted.new_page()
    one = Visitor(page, URL, peek)
    one.address += "/"  # this host sends nobody on
    one.enter()
    assert page.evaluate("() => [isSecureContext, Boolean(navigator.locks)]") == [False, False]
    expect(page.locator(".offline-line")).to_contain_text("This page needs the network each time")
    take(one, "act1", "predict")
    two = Visitor(hosted.new_page(), URL, peek)
    two.address += "/"
    two.enter()
    gpus = one.ticks("act1", "gpus")
    for turn in range(3):  # both at once, and neither waits for the other
        one.set("act1", "gpus", gpus[-1 - turn])
        two.set("act1", "gpus", gpus[turn])
    one.saved()
    two.saved()
    two.reveal("act1")
    expect(one.part("act1", "reveal")).to_be_visible()
    sound(peek)
    page.get_by_role("link", name="All labs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ironlaw")
    assert page.url == f"{URL}/"
    cell = page.get_by_role("listitem").filter(has_text=one.truth.lab.title)
    expect(cell).to_contain_text("2 of 8 steps", timeout=60_000)
    cell.get_by_role("link").click()
    one.arrive()
    expect(one.part("act1", "reveal")).to_be_visible()  # seen last, before the engine runs
    one.live()
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    assert page.url.startswith(f"{URL}/")
    assert not failed
