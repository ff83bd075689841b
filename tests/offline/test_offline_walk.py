"""A whole lab with the network cut after the load, and the next visit without any server."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from browser.guard import Guard
from browser.learner import take
from ironlaw.ledger import SqliteStore, import_, verify

from .ledgers import export_of
from .shelf import Peek, Shelf
from .visitor import Visitor, live

LAB = "v2_02"
INSTALLED = "() => navigator.serviceWorker.ready.then((registration) => registration.active.state)"


def test_a_lab_without_a_network(
    context: BrowserContext, shelf: Shelf, peek: Peek, guard: Guard, tmp_path: Path
) -> None:
    """All steps by what the page offers; then the same browser again, with nobody to ask. The host has pretty addresses."""
    shelf.pretty = True
    visitor = Visitor(context.new_page(), shelf.url, peek).enter()
    assert visitor.page.evaluate(INSTALLED) in ("activating", "activated")
    expect(visitor.page.locator(".offline-line")).to_contain_text("This page works without a network.")
    peek.rows()  # its page is loaded while there is a server
    context.set_offline(True)
    shelf.stop()
    for place in visitor.truth.places:
        assert visitor.now() == place
        take(visitor, *place)
    expect(visitor.page.locator(".synthesis")).to_be_visible()
    texts = peek.texts()
    store = SqliteStore(tmp_path / "ledger.sqlite")
    report = import_(store, export_of(texts), "local")
    assert report.added == len(texts)
    assert not report.refused
    assert verify(store).ok
    store.close()
    assert [row["kind"] for row in peek.rows()][-1] == "completed"
    visitor.page.close()

    again = Visitor(context.new_page(), shelf.url, peek)
    again.open()
    expect(again.page.locator(".synthesis")).to_be_visible()  # from the last look, before any engine runs
    assert again.now() is None
    again.live()
    again.set("act2", "ports", 4.0)
    again.reads("act2", {**again.truth.settings("act2"), **last_settings(peek), "ports": 4.0})
    again.page.goto(shelf.url + "/")
    live(again.page)
    cell = again.page.get_by_role("listitem").filter(has_text=again.truth.lab.title)
    expect(cell).to_contain_text("Finished")
    again.page.goto(f"{shelf.url}/labs/{LAB}/report")
    live(again.page)
    expect(again.page.frame_locator("iframe").get_by_role("heading", level=1)).to_contain_text(again.truth.lab.title)
    guard.expect("ERR_INTERNET_DISCONNECTED")


def last_settings(peek: Peek) -> dict[str, object]:
    """Where the last design stood."""
    moved = [row for row in peek.rows("moved") if row["payload"]["act"] == "act2"]
    found: dict[str, object] = moved[-1]["payload"]["settings"]
    return found
