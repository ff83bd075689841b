"""What the browser does to the ledger: clears it, has no room, refuses, lets it rot. The learner is told, and loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from browser.access import check_axe
from browser.guard import Guard
from browser.learner import take
from ironlaw.ledger import SqliteStore, import_, verify

from .shelf import Peek, Shelf
from .test_offline_tabs import sound
from .visitor import STARTS, Visitor, downloaded, live, trouble

WORKER = "/static/offline-worker.js"
REFUSED = """
  const no = () => { throw new DOMException("storage is switched off", "SecurityError"); };
  IDBFactory.prototype.open = no;
"""
FULL = """
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (value, ...rest) {
    if (this.name === "events" && value.seq === 2 && globalThis.refused++ < 2) throw new DOMException("no room", "QuotaExceededError");
    return add.call(this, value, ...rest);
  };
  globalThis.refused = 0;
"""
ASKS = """() => !dispatchEvent(new Event("beforeunload", { cancelable: true }))"""  # before the tab is closed
REMEMBERED = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("ironlaw-engine");
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const here = request.result.objectStoreNames.contains("memory");
    const count = here && request.result.transaction("memory").objectStore("memory").count();
    const told = (many) => { request.result.close(); resolve(many); };
    if (here) count.onsuccess = () => told(count.result); else told(0);
  };
})"""  # how many pictures of the engine's memory are kept
SPOIL = """(seq) => new Promise((resolve, reject) => {
  const request = indexedDB.open("ironlaw", 1);
  request.onsuccess = () => {
    const work = request.result.transaction("events", "readwrite");
    const events = work.objectStore("events");
    events.openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      if (cursor.value.seq === seq) cursor.update({ ...cursor.value, text: cursor.value.text.replace('"act1"', '"act2"') });
      else cursor.continue();
    };
    work.oncomplete = () => { request.result.close(); resolve(); };
    work.onabort = () => reject(work.error);
  };
})"""


def imported(text: str, folder: Path) -> int:
    """How many events of a downloaded file a new ledger takes; every one must fit."""
    folder.mkdir(exist_ok=True)
    store = SqliteStore(folder / "taken.sqlite")
    report = import_(store, text, "local")
    assert report.ok, report
    assert verify(store).ok
    store.close()
    return report.added


def test_cleared_in_the_middle(context: BrowserContext, shelf: Shelf, peek: Peek, tmp_path: Path) -> None:
    """Clear site data while a lab is open: told at once, work goes on in memory, a file and a way back."""
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    page = visitor.page
    take(visitor, "act1", "predict")
    before = peek.texts()
    peek.close()
    clear(context, page, shelf.url)
    notice = trouble(page, "cleared")
    expect(notice).to_contain_text("was cleared")
    check_axe(page, "the notice of a cleared storage", within=("offline",))
    visitor.set("act1", "gpus", visitor.ticks("act1", "gpus")[0])
    expect(page.locator(".offline-line")).to_contain_text("Not saved: ")
    expect(page.locator(".saved")).not_to_contain_text("Saved")
    text = downloaded(notice, "Download the ledger")
    assert imported(text, tmp_path / "one") > len(before)
    assert text.splitlines()[1 : len(before) + 1] == before
    notice.get_by_role("button", name="Write it back").click()
    expect(notice).to_have_count(0)
    expect(page.locator(".offline-line")).to_contain_text("Written back")
    assert peek.texts()[: len(before)] == before
    visitor.reveal("act1")
    visitor.saved()
    visitor.reload()
    visitor.live()
    assert visitor.now() == ("act1", "reflect")
    assert set(before) < set(peek.texts())


def clear(context: BrowserContext, page: Page, origin: str) -> None:
    """As a person does it in the browser's settings."""
    client = context.new_cdp_session(page)
    client.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb,local_storage"})
    client.detach()


def test_no_room(context: BrowserContext, shelf: Shelf, peek: Peek, tmp_path: Path) -> None:
    """The quota is used up: told, nothing lost, and saved as soon as there is room."""
    page = context.new_page()
    page.goto(f"{shelf.url}/static/favicon.svg")
    client = context.new_cdp_session(page)
    client.send("Storage.overrideQuotaForOrigin", {"origin": shelf.url, "quotaSize": 1})
    visitor = Visitor(page, shelf.url, peek).open()
    notice = trouble(page, "full")
    expect(notice).to_contain_text("is full")
    visitor.mark("act1", "predict", right=True)
    visitor.press("act1", "predict")
    expect(visitor.part("act1", "explore")).to_be_visible(timeout=STARTS)  # the lab goes on when the engine runs
    expect(page.locator(".offline-line")).to_contain_text("Not saved: 2 events")
    assert page.evaluate(ASKS), "a tab that alone holds events closes without a question"
    assert imported(downloaded(notice, "Download the ledger"), tmp_path / "one") == 2
    client.send("Storage.overrideQuotaForOrigin", {"origin": shelf.url})
    visitor.set("act1", "gpus", visitor.ticks("act1", "gpus")[0])
    expect(notice).to_have_count(0)
    visitor.saved()
    assert not page.evaluate(ASKS), "a tab with nothing to lose asks before it closes"
    assert [row["kind"] for row in peek.rows()][:3] == ["opened", "predicted", "moved"]


def test_room_that_ends(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """A write in the middle that the browser refuses, and the next one that it takes: nothing of the first is there before.

    Before a learner is told, the engine gives up the room that it takes to start faster.
    """
    shelf.before[WORKER] = FULL
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    before = peek.texts()
    remembered(visitor.page)
    visitor.mark("act1", "predict", right=True)
    visitor.press("act1", "predict")
    expect(trouble(visitor.page, "full")).to_be_visible()
    assert visitor.page.evaluate(REMEMBERED) == 0
    expect(visitor.part("act1", "explore")).to_be_visible()
    assert peek.texts() == before
    visitor.set("act1", "gpus", visitor.ticks("act1", "gpus")[0])
    expect(trouble(visitor.page, "full")).to_have_count(0)
    visitor.saved()
    assert [row["kind"] for row in peek.rows()][:3] == ["opened", "predicted", "moved"]


def remembered(page: Page) -> None:
    """Wait until the engine's memory is kept, some time after its start."""
    for _ in range(STARTS // 100):
        if page.evaluate(REMEMBERED):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the engine's memory was never kept")


def test_no_room_and_another_tab(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """One tab holds an event in memory, the other goes on from the same place: both are kept in the end, none is damage."""
    shelf.before[WORKER] = FULL
    one = Visitor(context.new_page(), shelf.url, peek).enter()
    shelf.before.clear()
    two = Visitor(context.new_page(), shelf.url, peek).enter()
    for visitor in (one, two):
        visitor.mark("act1", "predict", right=True)
    one.press("act1", "predict")
    expect(trouble(one.page, "full")).to_be_visible()
    two.press("act1", "predict")
    expect(two.part("act1", "explore")).to_be_visible()
    two.saved()
    (saved,) = peek.rows("predicted")
    one.set("act1", "gpus", one.ticks("act1", "gpus")[0])
    expect(trouble(one.page, "full")).to_have_count(0)
    one.saved()
    assert len({row["id"] for row in peek.rows("predicted")} | {saved["id"]}) == len(peek.rows("predicted")) == 2
    sound(peek)
    for visitor in (one, two):
        expect(trouble(visitor.page, "aside")).to_have_count(0)


def test_cleared_under_two_tabs(context: BrowserContext, shelf: Shelf, peek: Peek) -> None:
    """Each tab goes on in memory, each writes back: what either holds is there."""
    tabs = [Visitor(context.new_page(), shelf.url, peek).enter() for _ in range(2)]
    peek.close()
    clear(context, tabs[0].page, shelf.url)
    for visitor in tabs:
        visitor.page.bring_to_front()
        expect(trouble(visitor.page, "cleared")).to_be_visible()
        visitor.mark("act1", "predict", right=True)
        visitor.press("act1", "predict")
        expect(visitor.part("act1", "explore")).to_be_visible()
    for visitor in tabs:
        visitor.page.bring_to_front()
        trouble(visitor.page, "cleared").get_by_role("button", name="Write it back").click()
        expect(visitor.page.locator(".offline-line")).to_contain_text("Written back")
    assert [row["kind"] for row in peek.rows()] == ["opened", "predicted", "predicted"]
    sound(peek)
    for visitor in tabs:
        expect(trouble(visitor.page, "aside")).to_have_count(0)


def test_nothing_can_be_kept(context: BrowserContext, shelf: Shelf, peek: Peek, tmp_path: Path) -> None:
    """A private window that refuses IndexedDB: the lab works, the page says what that means."""
    shelf.before[WORKER] = REFUSED
    visitor = Visitor(context.new_page(), shelf.url, peek).open()
    notice = trouble(visitor.page, "absent")
    expect(notice).to_contain_text("This browser keeps nothing")
    expect(visitor.page.locator(".offline-line")).to_contain_text("only in the memory of this tab", timeout=STARTS)
    visitor.mark("act1", "predict", right=True)
    visitor.press("act1", "predict")
    expect(visitor.part("act1", "explore")).to_be_visible()
    expect(visitor.page.locator(".saved")).not_to_contain_text("Saved")
    assert imported(downloaded(notice, "Download the ledger"), tmp_path / "one") == 2


def test_a_damaged_line(context: BrowserContext, shelf: Shelf, peek: Peek, guard: Guard) -> None:
    """One line changed on the disk: it and what hangs on it are set aside, told, downloadable; the rest counts."""
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    for step in ("predict", "explore"):
        take(visitor, "act1", step)
    before = peek.texts()
    visitor.page.close()
    peek.page.evaluate(SPOIL, 3)
    page = context.new_page()
    page.goto(shelf.url + "/")
    live(page)
    notice = trouble(page, "aside")
    expect(notice).to_contain_text(f"{len(before) - 2} damaged lines")
    expect(page.locator("#map .notice")).to_contain_text("was damaged")
    lines = [json.loads(line) for line in downloaded(notice, "Download the damaged lines").splitlines()]
    assert [line["text"] for line in lines if line["seq"] != 3] == before[3:]
    assert {line["seq"] for line in lines} == set(range(3, len(before) + 1))
    assert peek.texts() == before[:2]
    again = Visitor(page, shelf.url, peek).open()
    live(page)
    assert again.now() == ("act1", "explore")
    take(again, "act1", "explore")
    rows = peek.rows()
    assert len({row["device"] for row in rows}) == 2  # what was lost may still be imported from a copy
    again.reload()
    live(page)
    expect(page.locator("#lab .notice")).to_contain_text("was damaged")
    assert not guard.faults
