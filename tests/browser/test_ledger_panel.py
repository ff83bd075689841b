"""The ledger panel: it grows while the learner acts, gives a file away, takes one back, and says what it brought."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from ironlaw.ledger import SqliteStore, export, verify_file

from .access import check_axe, check_targets, check_width
from .conftest import Contexts
from .eye import Eye
from .guard import Guard
from .learner import Learner, take
from .serving import Server

LAB = "v1_00"


@pytest.fixture
def door(page: Page, server: Server) -> Learner:
    """A learner who has opened the lab that shows the panel."""
    learner = Learner(page, server.url, LAB).open()
    learner.saved()
    return learner


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Server]:
    """Another machine."""
    with Server(tmp_path / "elsewhere" / "ledger.sqlite") as running:
        yield running


def panel(page: Page) -> Locator:
    """The panel."""
    return page.get_by_role("region", name="Your ledger", exact=True)


def lines(page: Page) -> list[list[str]]:
    """The rows of the table, as texts."""
    found: list[list[str]] = (
        panel(page)
        .locator("tbody tr")
        .evaluate_all("(rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))")
    )
    return found


def grown(page: Page, eye: Eye) -> list[list[str]]:
    """The rows, once the panel shows as many events as the ledger holds."""
    events = len(eye.rows())
    said = f"{events} event in" if events == 1 else f"{events} events in"
    expect(panel(page)).to_contain_text(said)
    return lines(page)


def taken(page: Page) -> Download:
    """Press Export, and have the file."""
    with page.expect_download() as download:
        panel(page).get_by_role("button", name="Export", exact=True).click()
    return download.value


def brought(page: Page, file: Path) -> Locator:
    """Choose a file and press Import; the report."""
    panel(page).get_by_label("A file that was exported").set_input_files(file)
    panel(page).get_by_role("button", name="Import", exact=True).click()
    report = panel(page).locator(".ledger-report")
    expect(report).to_contain_text(file.name)
    return report


def test_it_grows_while_the_learner_acts(door: Learner, eye: Eye) -> None:
    """Each event is a row with its own hash; each row names the hash of the row before it."""
    page = door.page
    assert [row[1] for row in grown(page, eye)] == ["Opened the lab"]
    take(door, "act1", "predict")
    assert grown(page, eye)[-1][1] == "Locked a prediction, 70 % sure"
    door.set("act1", "parameters", door.truth.act_of("act1").control("parameters").ticks[-1])  # type: ignore[union-attr]  # a number
    eye.wait(page, lambda now: len(now.rows("violated")) == 1, "the limit crossed")
    rows = grown(page, eye)
    assert [row[1] for row in rows[-2:]] == ["Tried a design that cannot run", "Hit the limit “Out of memory”"]
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    hashes = [row[4] for row in rows]
    assert all(re.fullmatch("[0-9a-f]{8}", one) for one in hashes)
    assert [row[5] for row in rows] == ["nothing: the first", *hashes[:-1]]
    assert panel(page).locator("tbody tr.is-new").count() >= 1


def test_export_is_a_file_that_the_command_line_imports(door: Learner, eye: Eye, tmp_path: Path) -> None:
    """`ironlaw ledger import` takes it all; the export itself becomes an event of the lab."""
    take(door, "act1", "predict")
    count = len(eye.rows())
    download = taken(door.page)
    assert re.fullmatch(r"ironlaw-ledger-\d{4}-\d\d-\d\d\.jsonl", download.suggested_filename)
    file = tmp_path / "carried.jsonl"
    download.save_as(file)
    program, other = Path(sys.executable).with_name("ironlaw"), tmp_path / "other.sqlite"
    run = subprocess.run(
        [program, "ledger", "import", "--json", "--path", other, file], capture_output=True, text=True, check=True
    )
    report = json.loads(run.stdout)
    assert (report["added"], report["refused"], report["complete"]) == (count, [], True)
    assert verify_file(other).ok
    expect(panel(door.page).locator(".ledger-report")).to_contain_text(f"Exported: {count} events")
    assert grown(door.page, eye)[-1][1] == f"Exported the ledger, {count} events"
    (row,) = eye.rows("exported")
    assert (row.lab, row.payload) == (LAB, {"events": count})


def test_imported_where_it_came_from_it_brings_nothing(door: Learner, eye: Eye, tmp_path: Path) -> None:
    """Once exported and once imported: all is there already, and nothing is doubled."""
    take(door, "act1", "predict")
    count = len(eye.rows())
    file = tmp_path / "mine.jsonl"
    taken(door.page).save_as(file)
    expect(brought(door.page, file)).to_contain_text(f"0 new, {count} already there, 0 refused.")
    rows = grown(door.page, eye)
    assert [row[1] for row in rows[-2:]] == [f"Exported the ledger, {count} events", "Imported a file, 0 events"]
    assert len(eye.rows()) == count + 2
    eye.check_chain()


def test_a_lab_goes_on_elsewhere(
    door: Learner, contexts: Contexts, elsewhere: Server, guards: list[Guard], tmp_path: Path
) -> None:
    """Imported on another machine the page shows the lab where it was left."""
    take(door, "act1", "predict")
    take(door, "act1", "explore")
    file = tmp_path / "moved.jsonl"
    taken(door.page).save_as(file)
    there = contexts().new_page()
    guards[-1].origin = elsewhere.url
    other = Learner(there, elsewhere.url, LAB).open()
    assert other.now() == ("act1", "predict")
    expect(brought(there, file)).to_contain_text(" new, 0 already there, 0 refused.")
    expect(other.part("act1", "reflect")).to_be_visible()
    assert other.now() == ("act1", "reflect")
    assert other.settings("act1") == door.settings("act1")
    there.close()  # before its server goes


def test_what_is_refused_is_named(door: Learner, eye: Eye, guard: Guard, tmp_path: Path) -> None:
    """No file, no ledger, a cut one, another learner's: each says why, and the ledger stays as it is."""
    guard.expect("status of 422")
    page = door.page
    panel(page).get_by_role("button", name="Import", exact=True).click()
    report = panel(page).locator(".ledger-report")
    expect(report).to_contain_text("Choose a file first")
    garbage = tmp_path / "garbage.jsonl"
    garbage.write_text("hello", encoding="utf-8")
    panel(page).get_by_label("A file that was exported").set_input_files(garbage)
    panel(page).get_by_role("button", name="Import", exact=True).click()
    expect(report).to_contain_text("This is not an exported ledger")
    before = len(eye.rows())
    with SqliteStore(eye.path) as store:
        text = export(store, "local")
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text(text.replace('"learner":"local"', '"learner":"somebody"'), encoding="utf-8")
    expect(brought(page, foreign)).to_contain_text(f"0 new, 0 already there, {before} refused.")
    expect(report).to_contain_text("it belongs to the learner 'somebody', not to 'local'")
    expect(report).to_contain_text("The file is not whole")
    assert [row.kind for row in eye.rows()][before:] == ["imported"]


def test_by_keyboard_alone(door: Learner, eye: Eye, tmp_path: Path) -> None:
    """Tab to Export and press it; the file chooser opens with a key; Import is the stop after it."""
    page = door.page
    file = tmp_path / "keys.jsonl"
    page.on("filechooser", lambda chooser: chooser.set_files(file))  # from now on: later would be too late for the key
    panel(page).get_by_role("button", name="Export", exact=True).focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(file)
    expect(panel(page).get_by_role("button", name="Export", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel(page).get_by_label("A file that was exported")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_label("A file that was exported")).to_have_value(re.compile(r"keys\.jsonl$"))
    page.keyboard.press("Tab")
    expect(panel(page).get_by_role("button", name="Import", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).locator(".ledger-report")).to_contain_text("already there")
    eye.wait(page, lambda now: len(now.rows("imported")) == 1, "the import")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_used_by_all(door: Learner, eye: Eye, tmp_path: Path, theme: str) -> None:
    """Axe finds nothing, before and after an import; 320 px are enough; on the portal as in the lab."""
    page = door.page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    file = tmp_path / "mine.jsonl"
    taken(page).save_as(file)
    file.write_text(file.read_text(encoding="utf-8").replace("opened", "ripped"), encoding="utf-8")
    brought(page, file)
    for place in (None, door.address.removesuffix(f"/labs/{LAB}")):
        if place:
            page.goto(place)
            grown(page, eye)
        check_axe(page, f"the panel, {theme}", within=["ledger"])
        page.set_viewport_size({"width": 320, "height": 700})
        check_width(page, "the panel, 320 px")
        check_targets(page, "the panel, 320 px")
        page.set_viewport_size({"width": 1280, "height": 900})


def test_the_portal_shows_the_same(door: Learner, server: Server, eye: Eye, tmp_path: Path) -> None:
    """The same rows; what is carried from there is an event of no lab."""
    take(door, "act1", "predict")
    rows = grown(door.page, eye)
    door.page.goto(server.url)
    assert grown(door.page, eye) == rows
    count = len(eye.rows())
    file = tmp_path / "portal.jsonl"
    taken(door.page).save_as(file)
    brought(door.page, file)
    assert len(eye.rows()) == count


def test_a_track_is_chosen_on_the_portal(page: Page, server: Server, eye: Eye) -> None:
    """It is recorded, comes back, and stands in the lab as well; another choice is another event."""
    page.goto(server.url)
    choice = page.get_by_role("region", name="Your track")
    choice.get_by_role("button", name="Record my track").click()
    expect(choice.get_by_role("status")).to_have_text("Choose a track first.")
    for name, id_ in (("Edge Guardian", "edge-guardian"), ("Tiny Pioneer", "tiny-pioneer")):
        choice.get_by_role("radio", name=name).check()
        choice.get_by_role("button", name="Record my track").click()
        expect(choice.get_by_role("status")).to_contain_text(f"Recorded: {name}")
        assert eye.rows("tracked")[-1].payload["track"] == id_
    assert len(eye.rows("tracked")) == 2
    page.reload()
    expect(choice.get_by_role("radio", name="Tiny Pioneer")).to_be_checked()
    page.goto(f"{server.url}/labs/{LAB}")
    expect(page.get_by_role("radio", name="Tiny Pioneer")).to_be_checked()
