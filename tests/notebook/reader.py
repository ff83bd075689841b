"""A learner at a lab in a notebook: the same hands as at the studio, another way to know that something is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, expect

from browser.eye import Eye
from browser.learner import FIRST_PART, Learner, place_of

STARTS = 60_000  # ms: a kernel starts, and other tests run beside it


class Reader(Learner):
    """One learner at one lab. `root` is the output of its cell: a page may hold several labs."""

    def __init__(self, root: Locator, eye: Eye, lab: str = "v2_02") -> None:
        super().__init__(root.page, "", lab)
        self.root = root
        self.eye = eye

    def arrive(self) -> Reader:
        """Wait until the lab is there to be read."""
        expect(self.root.get_by_role("heading", level=1)).to_have_text(self.truth.lab.title, timeout=STARTS)
        expect(self.root.locator(".act[id]").first).to_be_visible()
        return self

    def part(self, act: str, step: str) -> Locator:
        """A part of an act, of this lab."""
        return self.root.locator(f"#{act}-{step}")

    def now(self) -> tuple[str, str] | None:
        """The act and the step that the journey marks as current; None when all is done."""
        step = self.root.locator("nav [aria-current=step]")
        return place_of(step.get_attribute("href") or "") if step.count() else None

    def saved(self) -> None:
        """Wait until the lab says that all is saved."""
        expect(self.root.locator(".saved")).to_have_text(re.compile(r"^Saved .*\d\d:\d\d$"))

    @contextmanager
    def storing(self, at: Mapping[str, Any]) -> Iterator[None]:
        """What is done inside stores a move to these settings."""
        yield
        what = f"a move to {dict(at)}"
        self.eye.wait(
            self.page, lambda now: any(row.payload["settings"] == dict(at) for row in now.rows("moved")), what
        )

    def take(self, act: str, step: str) -> None:
        """One step with the right answer; the journey of this lab has gone on."""
        truth = self.truth
        if step in ("predict", "second"):
            self.mark(act, step, right=True)
            self.press(act, step)
        elif step == "explore":
            for design in truth.designs(act):
                self.design(act, design)
            self.reveal(act)
        elif step == "reflect":
            self.reflect(act, truth.key(act, "reflection"))
        else:
            self.decide(act, truth.act_of(act).decision.options[0].id)
        self.saved()
        where = f"#{act}-{FIRST_PART.get(step, step)}"
        expect(self.root.locator(f"nav [aria-current=step][href='{where}']")).to_have_count(0)
