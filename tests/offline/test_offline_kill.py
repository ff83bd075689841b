"""The tab dies in the middle of a write, at many moments: what was acknowledged is there, and the chain is sound."""

from __future__ import annotations

import random

from browser.guard import Guard
from browser.learner import take
from playwright.sync_api import BrowserContext, Page

from .shelf import Peek, Shelf
from .test_offline_tabs import sound
from .visitor import Visitor

ROUNDS = 24  # of the store alone
DEATHS = 6  # of a lab's page
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
    context.expose_function("acknowledged", lambda one: told.append(one))
    dice = random.Random("kill")  # noqa: S311 - moments, not secrets
    kept = 0
    for turn in range(ROUNDS):
        page = context.new_page()
        page.goto(f"{shelf.url}/static/favicon.svg")
        page.evaluate(f"(start) => {{ ({WRITE})(start); }}", kept + 1)
        page.wait_for_timeout(FIRST + dice.random() * 40)
        if turn % 2:
            page.close()
        else:
            kill(page)
        rows = peek.rows()
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert set(told) <= {row["id"] for row in rows}
        assert len(rows) >= kept
        kept = len(rows)
    assert len(told) > ROUNDS, "the store was never in the middle of something"


def kill(page: Page) -> None:
    """End the process of a page at once."""
    died: list[bool] = []
    page.on("crash", lambda _: died.append(True))
    client = page.context.new_cdp_session(page)
    try:
        client.send("Page.crash")
    except Exception:  # noqa: BLE001 - the connection breaks off: that is what was asked for
        died.append(True)
    page.close()
    assert died


def test_killed_in_a_lab(context: BrowserContext, shelf: Shelf, peek: Peek, guard: Guard) -> None:
    """A learner's page dies while moves are on their way, and is opened again."""
    told: list[str] = []
    context.expose_function("acknowledged", lambda one: told.append(one))
    context.add_init_script(TELL)
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    take(visitor, "act1", "predict")
    ticks = visitor.truth.act_of("act1").control("overlap").ticks
    dice = random.Random("die")  # noqa: S311 - moments, not secrets
    for turn in range(DEATHS):
        visitor.set("act1", "overlap", ticks[turn % len(ticks)])
        visitor.page.wait_for_timeout(380 + dice.random() * 120)  # the move is sent when the hand has rested for 400 ms
        kill(visitor.page)
        rows = sound(peek)
        assert set(told) <= {row["id"] for row in rows}
        visitor = Visitor(context.new_page(), shelf.url, peek).open()
        visitor.live()
    visitor.reveal("act1")
    visitor.saved()
    rows = sound(peek)
    assert rows[-1]["kind"] == "revealed"
    guard.expect("ERR_|crash")
