"""The portal: the map of all labs, what is built, and how far the learner has come."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from ironlaw import labs

from .guard import Guard
from .learner import Learner, take, walk_to
from .serving import Server
from .truth import wall as truth


def test_the_map(page: Page, server: Server) -> None:
    """Every lab of the curriculum in its volume; only built ones are links, the others say that they are not."""
    page.goto(server.url)
    for number, title in labs.volumes().items():
        volume = page.get_by_role("region", name=title)
        expected = [entry for entry in labs.curriculum() if entry.volume == number]
        expect(volume.get_by_role("listitem")).to_have_count(len(expected))
        for entry in expected:
            cell = volume.get_by_role("listitem").filter(has=page.get_by_role("heading", name=entry.title, exact=True))
            expect(cell.get_by_role("link")).to_have_count(int(entry.built))
            expect(cell).to_contain_text("Not started" if entry.built else "Not built yet")


def test_a_lab_that_is_not_built_says_so(page: Page, server: Server, guard: Guard) -> None:
    """Its address answers with a page that names it and leads on."""
    guard.expect("status of 404")
    entry = next(entry for entry in labs.curriculum() if not entry.built)
    page.goto(f"{server.url}/labs/{entry.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"“{entry.title}” is not built yet")
    page.get_by_role("main").get_by_role("link", name=truth.lab.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(truth.lab.title)


def test_progress(learner: Learner, server: Server) -> None:
    """After each step the portal is one step further, and its link leads to where the learner was."""
    steps = len(truth.acts) * 4
    for done, step in enumerate(("predict", "explore", "reflect"), 1):
        take(learner, "act1", step)
        learner.page.goto(server.url)
        cell = learner.page.get_by_role("listitem").filter(has_text=truth.lab.title)
        expect(cell).to_contain_text(f"{done} of {steps} steps")
        cell.get_by_role("link").click()
        learner.arrive()
        assert learner.now() != ("act1", step)
    walk_to(learner, "act2", "predict")
    assert learner.now() == ("act2", "predict")
