"""A ledger goes from the studio to the offline site and back: one file, every event, nothing refused."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from browser.serving import Server
from ironlaw import labs
from ironlaw.bench import unlock
from ironlaw.bench.served import request
from ironlaw.ledger import SqliteStore, import_, verify_file

from .shelf import Peek, Shelf
from .visitor import Visitor, downloaded, live

LAB = "v2_02"


def test_there_and_back(context: BrowserContext, shelf: Shelf, peek: Peek, tmp_path: Path) -> None:
    """Begun in the studio, gone on with offline, brought home to the studio's file."""
    lab = labs.load(LAB)
    with Server(tmp_path / "ledger.sqlite") as studio:
        act = lab.acts[0]
        for body in [*unlock.answers(act), *unlock.finish(act)]:
            request(studio.port, f"/api/labs/{LAB}/events", body)
        with urllib.request.urlopen(f"{studio.url}/api/ledger/export", timeout=60) as answer:  # noqa: S310 - our own
            text = answer.read().decode()
    file = tmp_path / "from-studio.jsonl"
    file.write_text(text, encoding="utf-8")
    lines = text.splitlines()[1:]

    page = context.new_page()
    page.goto(shelf.url + "/")
    live(page)
    page.get_by_label("A file that was exported").set_input_files(file)
    with page.expect_event("load"):  # the portal begins anew with what came
        page.get_by_role("button", name="Import", exact=True).click()
    live(page)
    cell = page.get_by_role("listitem").filter(has_text=lab.title)
    expect(cell).to_contain_text("4 of 8 steps")
    assert peek.texts() == lines

    visitor = Visitor(page, shelf.url, peek).open()
    visitor.live()
    assert visitor.now() == ("act2", "predict")
    visitor.mark("act2", "predict", right=True)
    visitor.press("act2", "predict")
    expect(visitor.part("act2", "explore")).to_be_visible()
    visitor.saved()
    assert len({row["device"] for row in peek.rows()}) == 2

    page.goto(shelf.url + "/")
    live(page)
    back = downloaded(page.locator("#ledger"), "Export")
    assert set(lines) < set(back.splitlines()[1:])
    store = SqliteStore(tmp_path / "ledger.sqlite")
    report = import_(store, back, "local")
    store.close()
    assert report.ok, report
    assert (report.duplicate, report.added) == (len(lines), len(peek.texts()) - len(lines))
    assert verify_file(tmp_path / "ledger.sqlite").ok
