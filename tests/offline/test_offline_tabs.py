"""Two tabs of one browser: one ledger, one chain, nothing overwritten."""

from __future__ import annotations

import json
from itertools import groupby, pairwise
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from browser.learner import expected_settings, take
from ironlaw.ledger import SqliteStore, import_, verify

from .ledgers import export_of
from .shelf import Peek, Shelf
from .visitor import Visitor

FAR = 12  # moves of each tab

# Both tabs at once, by calls: what a hand could never do.
RUSH = """async ([lab, act, settings]) => {
  const { startEngine } = await import("./static/offline-engine.js".replace("./", document.documentElement.dataset.root));
  const nothing = () => {};
  const { uuid7 } = await import(`${document.documentElement.dataset.root}static/store.js`);
  let up;
  const ready = new Promise((resolve) => (up = resolve));
  const engine = startEngine(lab, { phase: nothing, ready: up, failed: up, trouble: nothing, aside: nothing, news: nothing });
  await ready;
  const sent = settings.map((one) => ({ id: uuid7(), kind: "moved", act, payload: { settings: one } }));
  const answers = await Promise.all(sent.map((intent) => engine.call("intent", [lab, intent])));
  return answers.map(({ answer }) => answer?.saved?.id ?? null);
}"""


def test_two_tabs(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """What one tab does, the other shows without a reload; both go on; the chain has no fork and no gap."""
    one = Visitor(context.new_page(), shelf.url, peek).enter()
    two = Visitor(context.new_page(), shelf.url, peek).enter()
    take(one, "act1", "predict")
    expect(two.part("act1", "explore")).to_be_visible()
    gpus = one.ticks("act1", "gpus")
    for turn in range(3):
        for visitor, at in ((one, gpus[-1 - turn]), (two, gpus[turn])):
            visitor.page.bring_to_front()
            visitor.set("act1", "gpus", at)
            visitor.saved()
    two.page.bring_to_front()
    two.reveal("act1")
    expect(one.part("act1", "reveal")).to_be_visible()
    one.page.bring_to_front()
    take(one, "act1", "reflect")
    expect(two.part("act1", "decide")).to_be_visible()
    sound(peek)


def test_left_right_after_a_move(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """The last look is older than the last move: when the engine runs, the instrument stands where the ledger has it."""
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    take(visitor, "act1", "predict")
    at = visitor.truth.settings("act1", gpus=visitor.ticks("act1", "gpus")[0])
    visitor.page.wait_for_timeout(1500)  # the look is kept
    with visitor.storing(at):
        visitor.set("act1", "gpus", at["gpus"])
    visitor.reload()
    visitor.live()
    visitor.reads("act1", at)
    assert visitor.settings("act1") == expected_settings(visitor.truth, "act1", at)
    visitor.page.wait_for_timeout(1000)
    assert len(peek.rows("moved")) == 1


def test_two_tabs_at_once(context: BrowserContext, shelf: Shelf, peek: Peek, tmp_path: Path) -> None:
    """Two engines write as fast as they can: every acknowledged event is there, once, in one verified chain."""
    one = Visitor(context.new_page(), shelf.url, peek).enter()
    take(one, "act1", "predict")
    ticks = one.ticks("act1", "gpus")
    ends = one.ticks("act1", "overlap")
    pages = [one.page, context.new_page()]
    pages[1].goto(f"{shelf.url}/labs/v2_02/")
    rushes = [
        [one.truth.settings("act1", gpus=ticks[turn % len(ticks)], overlap=overlap) for turn in range(FAR)]
        for overlap in (ends[0], ends[-1])
    ]
    for page, rush in zip(pages, rushes, strict=True):
        page.evaluate(f"(given) => {{ globalThis.rush = ({RUSH})(given); }}", ["v2_02", "act1", rush])
    acknowledged = [found for page in pages for found in page.evaluate("() => globalThis.rush")]
    assert None not in acknowledged
    assert len(acknowledged) == 2 * FAR
    rows = sound(peek)
    moved = {row["id"] for row in rows if row["kind"] == "moved"}
    assert moved >= set(acknowledged)
    store = SqliteStore(tmp_path / "ledger.sqlite")
    assert import_(store, export_of(peek.texts()), "local").ok
    assert verify(store).ok
    store.close()


def sound(peek: Peek) -> list[dict[str, object]]:
    """The rows, in chains without a gap or a fork."""
    rows = [json.loads(text) for text in peek.texts()]
    for _, chain in groupby(rows, key=lambda row: row["device"]):
        links = list(chain)
        assert [row["seq"] for row in links] == list(range(1, len(links) + 1))
        assert all(one["hash"] == two["prev"] for one, two in pairwise(links))
    return rows


def test_keeping_without_an_engine(context: BrowserContext, shelf: Shelf) -> None:
    """The store alone, with two writers and no locks: the second gets a refusal and nothing of it is stored."""
    page: Page = context.new_page()
    page.goto(f"{shelf.url}/static/favicon.svg")
    found = page.evaluate(
        """async () => {
          const { openLedger } = await import("/static/keep-idb.js");
          const [a, b] = [await openLedger(), await openLedger()];
          const { device } = await a.fresh();
          await b.fresh();
          const row = (seq, id) => ({ device, seq, id, text: id });
          const both = await Promise.all([a.add(device, [row(1, "a1"), row(2, "a2")]), b.add(device, [row(1, "b1")])]);
          const { records } = await b.fresh();
          const after = await b.add(device, [row(3, "b3")]);
          a.close(); b.close();
          return { both, seen: records.map((one) => one.id), after };
        }"""
    )
    assert found == {"both": [True, False], "seen": ["a1", "a2"], "after": True}


def test_what_was_seen_leaves_room(context: BrowserContext, shelf: Shelf) -> None:
    """The last documents are a convenience: those of all labs together do not take the room of work that is not sent yet."""
    page: Page = context.new_page()
    page.goto(f"{shelf.url}/static/favicon.svg")
    found = page.evaluate(
        """async () => {
          const { lastSeen, see } = await import("/static/offline-site.js");
          const names = Array.from({ length: 40 }, (_, i) => `lab${i}`);
          for (const name of names) see(name, { name, text: "x".repeat(200_000) });
          see("lab38", { name: "again" });
          localStorage.setItem("work", "y".repeat(1_000_000));
          return names.filter((name) => lastSeen(name, null)).concat(lastSeen("lab38", null).name);
        }"""
    )
    assert found == [*(f"lab{number}" for number in range(34, 40)), "again"]
