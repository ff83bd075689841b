"""The portal: what it counts is what the ledger holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from ironlaw import labs
from ironlaw.ledger import Draft, SqliteStore

from .desk import LAB, Desk


def row(desk: Desk, lab: str = LAB) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in desk.session.portal()["labs"] if each["id"] == lab)
    return found


def test_an_empty_ledger_shows_the_whole_curriculum(desk: Desk) -> None:
    portal = desk.session.portal()
    assert [each["id"] for each in portal["labs"]] == [entry.id for entry in labs.curriculum()]
    assert portal["totals"] == {"labs": 34, "built": len(labs.built()), "done": 0, "events": 0}
    assert [volume["number"] for volume in portal["volumes"]] == [1, 2]
    assert portal["notices"] == []
    for each in portal["labs"]:
        assert each["progress"]["stage"] == "not_started"
        assert each["built"] == (each["id"] in labs.built())
        assert (each["minutes"] is not None) == each["built"]


def test_the_portal_counts_the_steps_of_the_walk(desk: Desk) -> None:
    of = row(desk)["progress"]["of"]
    assert of == 8, "two acts of predict, explore, reflect, decide"
    counts: list[tuple[str, int]] = []

    def note() -> None:
        progress = row(desk)["progress"]
        page = desk.session.document(LAB)
        assert progress["done"] == sum(step["state"] == "done" for step in page["journey"])
        assert progress["of"] == len(page["journey"]) == of
        assert {each["id"]: each["stage"] for each in progress["acts"]} == {a["id"]: a["stage"] for a in page["acts"]}
        assert progress["last_saved"] == page["saved"]["last"]
        assert desk.session.portal()["totals"]["events"] == page["saved"]["events"] == len(desk.events())
        counts.append((progress["stage"], progress["done"]))

    desk.send("opened")
    note()
    desk.predict("act1")
    note()
    desk.move("act1", wire="ethernet-25g")
    note()
    desk.send("revealed", "act1")
    note()
    desk.send("reflected", "act1", option="phases")
    note()
    desk.send("decided", "act1", option="nvlink", settings={})
    note()
    desk.finish("act2")
    note()
    going = "in_progress"
    assert counts == [(going, 0), (going, 1), (going, 1), (going, 2), (going, 3), (going, 4), ("done", 8)]
    assert desk.session.portal()["totals"]["done"] == 1


def test_limits_count_once_however_often_they_are_met(desk: Desk) -> None:
    desk.predict("act1")
    for _ in range(3):
        desk.move("act1", wire="ethernet-25g")
        desk.move("act1")
    desk.move("act1", parameters=175e9)
    progress = row(desk)["progress"]
    assert (progress["limits_hit"], progress["limits_left"]) == (2, 1)


def test_events_of_a_lab_that_is_not_built_are_kept_and_counted(desk: Desk) -> None:
    """A ledger from a newer version: its events are not lost, and the portal stands."""
    draft = Draft(
        learner="local", lab="v1_05", lab_version=1, engine_version="9", registry="r", kind="opened", payload={}
    )
    desk.store.write(lambda tx: tx.append([draft]))
    portal = desk.session.portal()
    assert portal["totals"]["events"] == 1
    assert row(desk, "v1_05")["progress"]["stage"] == "not_started"


def test_a_notice_about_the_file_reaches_every_page_as_text(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with SqliteStore(path) as store:
        Desk(store).finish("act1")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(bytes(content))
    with SqliteStore(path) as store:
        desk = Desk(store)
        for answer in (desk.session.portal(), desk.session.document(LAB)):
            assert answer["notices"]
            for notice in answer["notices"]:
                assert notice["html"].startswith("<p>")
                assert "<" not in notice["html"].removeprefix("<p>").removesuffix("</p>")


def test_the_portal_of_a_fresh_learner_loads_no_lab(path: Path) -> None:
    code = (
        "import sys\n"
        "from ironlaw.ledger import SqliteStore\n"
        "from ironlaw.portal import portal\n"
        f"with SqliteStore({str(path)!r}) as store:\n"
        "    portal(store, 'local')\n"
        "print([m for m in sys.modules if 'v2_02' in m])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
