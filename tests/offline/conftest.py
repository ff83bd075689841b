"""The exported site, made once for all tests; a static server and a browser context for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from browser.conftest import browser  # noqa: F401 - a fixture: one Chromium for all tests of a worker
from browser.guard import Guard
from ironlaw.offline.build import export_site

from .shelf import Peek, Shelf

PATIENCE = 60_000  # ms: on a busy machine Python takes its time to start

Contexts = Callable[..., BrowserContext]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for a browser here drives a Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site in a folder of its own."""
    target = tmp_path_factory.mktemp("offline") / "site"
    export_site(target)
    return target


@pytest.fixture
def shelf(site: Path) -> Iterator[Shelf]:
    """A static server of the site."""
    with Shelf(site) as running:
        yield running


@pytest.fixture
def guards() -> list[Guard]:
    """The guards of the test's contexts, the oldest first."""
    return []


@pytest.fixture
def contexts(browser: Browser, shelf: Shelf, guards: list[Guard]) -> Iterator[Contexts]:  # noqa: F811 - the fixture above
    """Makes contexts: each a browser of its own to the site. Checked by their guards at the end."""
    with ExitStack() as stack:

        def make(**options: Any) -> BrowserContext:
            known = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}
            context = browser.new_context(**(known | options))
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            guards.append(Guard(context, shelf.url))
            return context

        yield make
        for guard in guards:
            guard.check()


@pytest.fixture
def context(contexts: Contexts) -> BrowserContext:
    """One browser."""
    return contexts()


@pytest.fixture
def guard(context: BrowserContext, guards: list[Guard]) -> Guard:
    """Its guard."""
    return guards[0]


@pytest.fixture
def peek(context: BrowserContext, shelf: Shelf) -> Peek:
    """A look into its ledger."""
    return Peek(context, shelf.url)


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:  # noqa: F811 - the fixture above
    """A browser for a site of its own."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
