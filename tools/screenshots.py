"""Takes the pictures in docs/images anew: a real server with a scratch ledger, a real Chromium, one walk through the lab.

    python tools/screenshots.py            all pictures
    python tools/screenshots.py failing    those whose name contains "failing"

The walk is that of tests/browser, so a picture shows what the tests have seen. Windows have fixed sizes and nothing moves;
only the time of the last save differs between two runs, and it is set to a fixed text before each picture.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from browser.conftest import FLAGS  # noqa: E402 - found by the line above
from browser.learner import Learner, walk_to  # noqa: E402
from browser.serving import Server  # noqa: E402
from browser.truth import Truth  # noqa: E402
from chromium import find  # noqa: E402

IMAGES = ROOT / "docs" / "images"
LARGEST = 400_000  # bytes of one picture
WIDE = (1280, 900)
NARROW = (320, 720)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
# The instruments of the other labs: name of the picture, lab, act.
OTHERS = (
    ("lab-door", "v1_00", "act1"),
    ("lab-gravity", "v1_04", "act1"),
    ("lab-scale", "v2_01", "act1"),
    ("lab-capstone", "v2_17", "act2"),
)
FAILING = ("wire", "ethernet-25g")

STILL = """() => {
  document.activeElement?.blur();
  const said = document.querySelector(".saved span");
  if (said?.textContent) said.textContent = "Saved 10:32";
  for (const line of document.querySelectorAll(".locked-line")) {
    const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replace(/\\d\\d:\\d\\d/, "10:32");
  }
}"""
# Brings a part of the page under the strip, or the top of the page when there is none.
SCROLL = """([target, extra]) => {
  const node = target && document.querySelector(target);
  const strip = document.querySelector(".strip");
  const under = strip && getComputedStyle(strip).position === "sticky" ? strip.offsetHeight : 0;
  scrollTo(0, node ? node.getBoundingClientRect().top + scrollY - under - extra : 0);
}"""


def main(wanted: list[str]) -> int:
    """Take them; 1 when a picture is too large."""
    chromium = find()
    if chromium is None:
        print("No Chromium: python tools/chromium.py --install", file=sys.stderr)
        return 1
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS + as_root)
        os.environ["HOME"] = scratch  # the portal names the ledger's place as it would to a person
        ledger = Path(scratch) / ".local" / "share" / "ironlaw" / "ledger.sqlite"
        with Server(ledger) as server:
            taken = list(walk(browser, server, wanted))
        browser.close()
    for path in taken:
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")
    return int(any(path.stat().st_size > LARGEST for path in taken))


def walk(browser: Browser, server: Server, wanted: list[str]) -> Iterator[Path]:
    """One walk; at each station the pictures of it."""
    page = window(browser, WIDE)
    learner = Learner(page, server.url).open()
    truth = Truth("v2_02")

    def shoot(name: str, target: str, *, sizes: tuple[str, ...] = THEMES, extra: int = -2) -> Iterator[Path]:
        for size in sizes:
            if not wanted or any(one in f"{name}-{size}" for one in wanted):
                yield picture(page, IMAGES / f"{name}-{size}.png", target, size, extra)

    everywhere = (*THEMES, "narrow")
    learner.choose_prediction("act1", truth.wrong("act1", "prediction")[1], 0.85)
    yield from shoot("lab-predict", "#act1-predict", sizes=everywhere)
    learner.predict("act1", truth.wrong("act1", "prediction")[1], 0.85)
    learner.reads("act1", truth.settings("act1"))
    learner.saved()
    yield from shoot("lab-explore", "#act1-explore")
    learner.set("act1", *FAILING)
    learner.reads("act1", truth.settings("act1", **dict([FAILING])))
    learner.saved()
    yield from shoot("lab-failing", "#act1-explore")
    yield from shoot("lab-failing", "#act1-explore .shown", sizes=("narrow",))
    learner.set("act1", FAILING[0], truth.settings("act1")[FAILING[0]])
    learner.reveal("act1")
    learner.saved()
    yield from shoot("lab-reveal", "#act1-reveal", sizes=everywhere)
    page.goto(server.url)
    yield from shoot("portal", "")
    learner.open()
    walk_to(learner, "act2", "done")
    yield from shoot("lab-done", "#act2-decide")
    for name, lab_id, act in OTHERS:
        # A ledger of its own: the capstone reads what the others left.
        with Server(server.ledger.with_name(f"{lab_id}.sqlite")) as own:
            other = Learner(page, own.url, lab_id).open()
            walk_to(other, act, "explore")
            yield from shoot(name, f"#{act}-explore")


def window(browser: Browser, size: tuple[int, int]) -> Page:
    """A page of a fixed size in which nothing moves."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", locale="en-GB", color_scheme="light"
    )
    return context.new_page()


def picture(page: Page, path: Path, target: str, size: str, extra: int) -> Path:
    """The window with `target` on top."""
    width, height = NARROW if size == "narrow" else WIDE
    page.emulate_media(color_scheme="dark" if size == "dark" else "light")
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(STILL)
    page.wait_for_timeout(150)  # charts take a new width in the next frames
    page.evaluate(SCROLL, [target, extra])
    page.wait_for_timeout(50)
    page.screenshot(path=path)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
