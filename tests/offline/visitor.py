"""A learner at the offline site: the same as at the studio's, who waits for an engine instead of a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from browser.learner import Learner
from browser.truth import control_of
from ironlaw.labkit.spec import NumberControl

from .shelf import Peek

STARTS = 60_000  # ms, on a busy machine
LIVE = "The engine runs in this page."


class Visitor(Learner):
    """One learner at one page. `peek` looks into what the browser keeps."""

    def __init__(self, page: Page, url: str, peek: Peek, lab: str = "v2_02") -> None:
        super().__init__(page, url, lab)
        self.peek = peek

    def open(self) -> Visitor:
        """Go to the lab; the engine may still be starting."""
        super().open()
        return self

    def live(self) -> Visitor:
        """Wait until the engine runs."""
        live(self.page)
        return self

    def enter(self) -> Visitor:
        """Open the lab and wait until what that stores is kept."""
        self.open()
        self.live()
        self.saved()
        return self

    def ticks(self, act: str, control: str) -> tuple[float, ...]:
        """Where a slider can stand."""
        spec = control_of(self.truth.act_of(act), control)
        assert isinstance(spec, NumberControl)
        return tuple(spec.ticks)

    def storing(self, at: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """What is done inside has the browser keep a move to these settings."""
        return self._kept(dict(at))

    @contextmanager
    def _kept(self, at: dict[str, Any]) -> Iterator[None]:
        before = len(self.peek.rows("moved"))
        yield

        def there(rows: list[dict[str, Any]]) -> bool:
            moved = [row for row in rows if row["kind"] == "moved"]
            return any(row["payload"]["settings"] == at for row in moved[before:])

        self.peek.wait(self.page, there, f"a move to {at}")


def trouble(page: Page, code: str) -> Locator:
    """The notice of a trouble with what the browser keeps."""
    return page.locator(f".offline-notices [data-code={code}]")


def downloaded(where: Locator, button: str) -> str:
    """What a button gives as a file."""
    with where.page.expect_download() as waiting:
        where.get_by_role("button", name=button, exact=True).click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def live(page: Page) -> None:
    """Wait until the engine of a page runs."""
    expect(page.locator(".offline-line")).to_contain_text(LIVE, timeout=STARTS)
