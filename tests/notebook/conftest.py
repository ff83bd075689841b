"""A browser for the session, notebook servers for a module, and a context for each test with its guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.conftest import browser  # noqa: F401 - a fixture: one Chromium for all tests of a worker
from browser.guard import Guard

from .serving import Host, jupyter, marimo

PATIENCE = 30_000  # ms: a kernel starts while other tests run


Pages = Callable[..., Page]


@pytest.fixture(scope="module")
def marimo_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """`marimo edit` over a folder of its own."""
    with marimo(tmp_path_factory.mktemp("marimo")) as running:
        yield running


@pytest.fixture(scope="module")
def jupyter_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """JupyterLab over a folder of its own."""
    with jupyter(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:  # noqa: F811 - the fixture above
    """Makes pages of a host, each in a context of its own. What a notebook complains of itself is its own affair.

    Held at the end: nothing went to another host, and no line of the lab's own script failed.
    """
    guards: list[Guard] = []
    with ExitStack() as stack:

        def make(host: Host, **options: Any) -> Page:
            known = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}
            context: BrowserContext = browser.new_context(**(known | options))
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            guard = Guard(context, host.url)
            guard.expect(r"^console ")
            guard.expect(rf"^request to another host: \w+ (ws|http)://(localhost|127\.0\.0\.1):{host.port}/")
            guards.append(guard)
            return context.new_page()

        yield make
        for guard in guards:
            guard.check()
