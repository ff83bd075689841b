"""A damaged ledger: the learner is told on every page, keeps what could be saved, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .access import check_axe
from .conftest import Contexts
from .eye import Eye
from .learner import Learner, take
from .serving import Server
from .truth import wall as truth


def header(file: bytearray) -> None:
    """The first bytes are gone, as after a bad sector."""
    file[:64] = b"\xff" * 64


def tail(file: bytearray) -> None:
    """The file ends in the middle."""
    del file[len(file) // 2 :]


def everything(file: bytearray) -> None:
    """Nothing can be read."""
    file[:] = b"\xa5" * len(file)


@pytest.mark.parametrize(
    ("damage", "kept"), [(header, True), (tail, None), (everything, False)], ids=["header", "tail", "all"]
)
def test_a_damaged_ledger(
    learner: Learner,
    server: Server,
    contexts: Contexts,
    eye: Eye,
    tmp_path: Path,
    damage: Callable[[bytearray], None],
    kept: bool | None,
) -> None:
    """Told on the portal and in the lab; what was recovered counts; the lab can be finished."""
    take(learner, "act1", "predict")
    take(learner, "act1", "explore")
    before = eye.rows()
    learner.page.close()
    server.stop()
    ruin(server.ledger, damage)
    server.start()
    page = contexts().new_page()
    page.goto(server.url)
    notice = page.locator(".notice")
    expect(notice).to_contain_text("The ledger file was damaged")
    check_axe(page, "the portal with a notice")
    again = Learner(page, server.url).open()
    expect(page.locator(".notice")).to_contain_text("It was set aside as")
    aside = [path for path in tmp_path.iterdir() if ".damaged-" in path.name]
    assert aside, "the damaged file is not there any more"
    again.saved()
    after = [row for row in eye.rows() if row in before]
    assert after == before[: len(after)], "what was recovered is not a beginning of what was written"
    if kept is not None:
        assert bool(after) is kept
    now = again.now()
    assert now
    take(again, *now)
    again.saved()
    check_axe(page, "the lab with a notice")
    again.reload()
    expect(page.locator(".notice")).to_contain_text("It was set aside as")
    assert {row.id for row in after} <= {row.id for row in eye.rows()}


def ruin(ledger: Path, damage: Callable[[bytearray], None]) -> None:
    """Damage the file while nobody has it open."""
    for companion in ("-wal", "-shm"):
        assert not ledger.with_name(ledger.name + companion).exists(), "the server left its log behind"
    content = bytearray(ledger.read_bytes())
    damage(content)
    ledger.write_bytes(bytes(content))


def test_the_notice_has_its_own_words(contexts: Contexts, server: Server) -> None:
    """A sound ledger brings no notice."""
    page = contexts().new_page()
    page.goto(server.url)
    expect(page.locator(".notice")).to_have_count(0)
    learner = Learner(page, server.url).open()
    expect(learner.page.locator(".notice")).to_have_count(0)
    assert truth.lab.title in page.title()
