"""A browser for the session, a server and a context for each test, and a guard on every context."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from .eye import Eye
from .guard import Guard
from .learner import Learner
from .serving import Server

sys.path.append(str(Path(__file__).parents[2] / "tools"))

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing outside has an address
]
PATIENCE = 15_000  # ms: two test workers share two cores

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Other folders import the fixture below, and a process can have one Playwright of this kind only.
_running: list[Browser] = []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker."""
    if _running:
        yield _running[0]
        return
    import chromium  # tools/chromium.py

    found = chromium.find()
    assert found, "no Chromium: `python tools/chromium.py --install` gets one"
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS + as_root)
        _running.append(running)
        yield running
        _running.clear()
        running.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A fresh server with an empty ledger."""
    with Server(tmp_path / "ledger.sqlite") as running:
        yield running


@pytest.fixture
def eye(server: Server) -> Eye:
    """A second connection to its ledger."""
    return Eye(server.ledger)


Contexts = Callable[..., BrowserContext]


@pytest.fixture
def guards() -> list[Guard]:
    """The guards of the test's contexts, the oldest first."""
    return []


@pytest.fixture
def contexts(browser: Browser, server: Server, guards: list[Guard]) -> Iterator[Contexts]:
    """Makes contexts: each a browser of its own to the server. Checked by their guards at the end."""
    with ExitStack() as stack:

        def make(**options: Any) -> BrowserContext:
            known = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}
            context = browser.new_context(**(known | options))
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            guards.append(Guard(context, server.url))
            return context

        yield make
        for guard in guards:
            places: list[BrowserContext | Page] = [guard.context, *guard.context.pages]
            for place in places:
                place.unroute_all(
                    behavior="ignoreErrors"
                )  # a request on its way through a test's hands ends with the page
            guard.check()


@pytest.fixture
def page(contexts: Contexts) -> Page:
    """A page in a context of its own."""
    return contexts().new_page()


@pytest.fixture
def guard(page: Page, guards: list[Guard]) -> Guard:
    """The guard of `page`."""
    return guards[0]


@pytest.fixture
def learner(page: Page, server: Server) -> Learner:
    """A learner who has opened the lab, and whose opening is in the ledger: what a test counts or stops comes after it."""
    learner = Learner(page, server.url).open()
    learner.saved()
    return learner
