"""The tab dies in the middle of a write, at many moments: what was acknowledged is there, and the chain is sound."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import BrowserContext, CDPSession, Error, Page

from browser.learner import take

from .shelf import Peek, Shelf
from .test_offline_tabs import sound
from .visitor import Visitor

ROUNDS = 10  # of the store alone
DEATHS = 2  # of a lab's page
FIRST = 60  # ms before the first write may be under way

# One record a transaction, as fast as the browser takes them; each is told once it is acknowledged.
WRITE = """async (start) => {
  const { openLedger } = await import("/static/keep-idb.js");
  const ledger = await openLedger();
  const { device } = await ledger.fresh();
  for (let seq = start; ; seq++) {
    const id = `e${seq}`;
    if (!(await ledger.add(device, [{ device, seq, id, text: JSON.stringify({ id, seq }) }]))) throw new Error("taken");
    acknowledged(id);
  }
}"""
# The queue of intents forgets one when it is saved, and not before.
TELL = """
  const plain = Storage.prototype.removeItem;
  Storage.prototype.removeItem = function (key) {
    if (key.startsWith("ironlaw:intent:")) acknowledged(key.slice("ironlaw:intent:".length));
    plain.call(this, key);
  };
"""


def test_killed_while_it_keeps(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """The store alone, killed again and again: each acknowledged record is there, and no half of one."""
    told: list[str] = []
    peek.rows()  # its page has a process of its own before any is killed
    context.expose_function("acknowledged", lambda one: told.append(one))  # noqa: PLW0108 - Playwright marks what it is given
    dice = random.Random("kill")  # noqa: S311 - moments, not secrets
    kept = 0
    for turn in range(ROUNDS):
        with doomed(context) as (page, kill):
            page.goto(f"{shelf.url}/static/favicon.svg")
            page.evaluate(f"(start) => {{ ({WRITE})(start); }}", kept + 1)
            page.wait_for_timeout(FIRST + dice.random() * 40)
            if turn % 2:
                kill()
        rows = peek.rows()
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert set(told) <= {row["id"] for row in rows}
        assert len(rows) >= kept
        kept = len(rows)
    assert len(told) > ROUNDS, "the store was never in the middle of something"


def renderers(client: CDPSession) -> set[int]:
    """The processes that run pages."""
    found = client.send("SystemInfo.getProcessInfo")["processInfo"]
    return {each["id"] for each in found if each["type"] == "renderer"}


def opened(context: BrowserContext) -> Page:
    """A new page. The browser holds a process ready for the next one, and that may have been killed with the last page."""
    for _ in range(5):
        with suppress(Error):
            page = context.new_page()
            page.goto("about:blank")
            return page
    raise AssertionError("the browser opens no page any more")


@contextmanager
def doomed(context: BrowserContext) -> Iterator[tuple[Page, Callable[[], None]]]:
    """A page with a process of its own, and what ends that at once, workers and all, as when memory runs out."""
    assert context.browser is not None
    client = context.browser.new_browser_cdp_session()
    before = renderers(client)
    page = opened(context)

    def kill() -> None:
        mine = renderers(client) - before
        assert mine, "the page shares its process with another one"
        for each in mine:
            os.kill(each, signal.SIGKILL)

    yield page, kill
    page.close()
    client.detach()


def test_killed_in_a_lab(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """A learner's page dies while moves are on their way, and is opened again."""
    told: list[str] = []
    peek.rows()  # its page has a process of its own before any is killed
    context.expose_function("acknowledged", lambda one: told.append(one))  # noqa: PLW0108 - Playwright marks what it is given
    context.add_init_script(TELL)
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    take(visitor, "act1", "predict")
    visitor.page.close()
    ticks = visitor.ticks("act1", "overlap")
    dice = random.Random("die")  # noqa: S311 - moments, not secrets
    for turn in range(DEATHS):
        with doomed(context) as (page, kill):
            visitor = Visitor(page, shelf.url, peek).open()
            visitor.live()
            visitor.set("act1", "overlap", ticks[turn % len(ticks)])
            page.wait_for_timeout(380 + dice.random() * 120)  # a move is sent when the hand has rested for 400 ms
            kill()
        rows = sound(peek)
        assert set(told) <= {row["id"] for row in rows}
    visitor = Visitor(opened(context), shelf.url, peek).enter()
    visitor.set("act1", "gpus", visitor.ticks("act1", "gpus")[0])
    visitor.reveal("act1")
    visitor.saved()
    rows = sound(peek)
    assert rows[-1]["kind"] == "revealed"
