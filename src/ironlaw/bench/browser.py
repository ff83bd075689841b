"""Figures in a real Chromium: slider move to painted chart, first readable paint cold, page weight.

Needs Playwright for Python (the `test` extra) and a Chromium; without them the figures say so and have no value.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from ironlaw import labs
from ironlaw.bench import Measure, quantile

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STEPS = 200  # moves of an act, at least
RUN = 30  # steps of one slider in one go, at most
JUMPS = 60
KEY_REST_MS = 45  # a held arrow key repeats at about 30 a second
JUMP_REST_MS = 120
HAND_MS = 100  # between taking a control and moving it
THUMB = 14  # px, of a slider: its middle stands at the value
COLD = 7
# The time at which the act's message, the first thing a learner reads, stands on the page.
READABLE = """
  new MutationObserver((_, seen) => {
    const text = document.querySelector("main")?.innerText ?? "";
    if (text.length < 1500) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => performance.mark("bench:readable")));
  }).observe(document, { subtree: true, childList: true, characterData: true });
"""


def executable() -> str | None:
    """The Chromium to use: $IRONLAW_CHROMIUM, or the first on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("IRONLAW_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium, or None where Playwright or a Chromium is missing."""
    path = executable()
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an optional extra
    except ImportError:
        path = None
    if path is None:
        yield None
        return
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *root])
        yield browser
        browser.close()


def moves(port: int, lab_id: str) -> Iterator[Measure]:
    """Slider to paint for every act of a lab whose instruments are unlocked on this server."""
    with chromium() as browser:
        for act in labs.load(lab_id).acts if browser else ():
            yield from _moves(browser, f"http://127.0.0.1:{port}/labs/{lab_id}", lab_id, act.id)


def cold(port: int, lab_id: str) -> Iterator[Measure]:
    """Paint and weight of a lab that was not begun, with an empty cache; without a browser, a figure that says so."""
    with chromium() as browser:
        if browser is None:
            note = "not measured: needs Playwright (pip install 'ironlaw[test]') and a Chromium"
            yield Measure(
                id=f"browser-{lab_id}", what=f"{lab_id}: figures in a browser", unit="ms", value=None, note=note
            )
            return
        yield from _cold(browser, f"http://127.0.0.1:{port}/labs/{lab_id}", lab_id)


def _cold(browser: Any, url: str, lab_id: str) -> Iterator[Measure]:
    """A new context each time: nothing is cached."""
    painted, readable, weight = [], [], 0
    for _ in range(COLD):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.add_init_script(READABLE)
        page.goto(url, wait_until="networkidle")
        page.wait_for_function("performance.getEntriesByName('bench:readable').length > 0")
        painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        readable.append(page.evaluate("performance.getEntriesByName('bench:readable')[0].startTime"))
        weight = page.evaluate(
            "performance.getEntries().filter(e => 'encodedBodySize' in e).reduce((sum, e) => sum + e.encodedBodySize, 0)"
        )
        context.close()
    yield Measure(
        id=f"paint-{lab_id}", what=f"{lab_id}: first contentful paint, cold", unit="ms", value=quantile(painted, 0.5),
        note=f"median of {COLD}; worst {max(painted):.0f} ms",
    )  # fmt: skip
    yield Measure(
        id=f"readable-{lab_id}", what=f"{lab_id}: message and briefing readable, cold", unit="ms",
        value=quantile(readable, 0.5), budget=300.0, note=f"median of {COLD}; worst {max(readable):.0f} ms",
    )  # fmt: skip
    yield Measure(
        id=f"weight-{lab_id}", what=f"{lab_id}: page bytes, compressed", unit="kB", value=weight / 1e3, budget=100.0,
        note="document, modules and styles, before the first chart",
    )  # fmt: skip


def _moves(browser: Any, url: str, lab_id: str, act_id: str) -> Iterator[Measure]:
    """Real input events, each measured to after the frame that shows its answer.

    Each slider of the first view runs up and down by arrow keys, and another one goes one step at each end, so that
    settings are new most of the time. A jump is a click anywhere on the track of any slider.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    sliders = page.locator(f"#{act_id} .instrument input[type=range]:visible").all()
    if not sliders:
        what = f"{lab_id} {act_id}: slider move to painted chart"
        yield Measure(
            id=f"move-{lab_id}-{act_id}", what=what, unit="ms", value=None, note="no slider in the first view"
        )
        return
    _runs(page, sliders)
    yield from _painted(page, "move", f"{lab_id}-{act_id}", f"{lab_id} {act_id}: slider move to painted chart")
    dice = random.Random(act_id)  # noqa: S311 - a fixed course, not a secret
    for _ in range(JUMPS):
        slider = dice.choice(sliders)
        _jump(page, slider, dice.randint(0, _last(slider)))
        page.wait_for_timeout(JUMP_REST_MS)
    yield from _painted(page, "jump", f"{lab_id}-{act_id}", f"{lab_id} {act_id}: jump to painted chart")
    context.close()


def _runs(page: Any, sliders: list[Any]) -> None:
    """Run after run, of one slider after another, until there are STEPS moves."""
    done = 0
    up = dict.fromkeys(range(len(sliders)), True)  # which way each slider goes next
    for turn in count():
        at = turn // 2 % len(sliders)
        if done >= STEPS and turn % 2 == 0 and at == 0:
            return  # each slider has gone up and down as often as the others
        steps = min(_last(sliders[at]), RUN)
        if len(sliders) > 1:
            beside = (at + 1 + turn // (2 * len(sliders)) % (len(sliders) - 1)) % len(sliders)
            _press(page, sliders[beside], "ArrowRight" if turn // (2 * len(sliders)) % 2 == 0 else "ArrowLeft", 1)
        _press(page, sliders[at], "ArrowRight" if up[at] else "ArrowLeft", steps)
        up[at] = not up[at]
        done += steps


def _last(slider: Any) -> int:
    return int(slider.get_attribute("max") or 0)


def _press(page: Any, slider: Any, key: str, times: int) -> None:
    slider.focus()
    page.wait_for_timeout(HAND_MS)
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(KEY_REST_MS)


def _jump(page: Any, slider: Any, place: int) -> None:
    """A click on the slider's track, after the pointer has come there as fast as a hand does."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x = box["x"] + THUMB / 2 + (box["width"] - THUMB) * place / max(_last(slider), 1)
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=3)
    page.wait_for_timeout(HAND_MS)
    page.mouse.down()
    page.mouse.up()


def _painted(page: Any, kind: str, name: str, what: str) -> Iterator[Measure]:
    """p50 and p95 of the moves since the last call."""
    page.wait_for_timeout(300)
    times = page.evaluate("performance.getEntriesByName('ironlaw:move').map(e => e.duration)")
    page.evaluate("performance.clearMeasures('ironlaw:move')")
    if not times:
        raise RuntimeError(f"{what}: the page left no measure of its moves")
    yield Measure(
        id=f"{kind}-p50-{name}",
        what=f"{what}, p50",
        unit="ms",
        value=quantile(times, 0.5),
        budget=12.0 if kind == "move" else None,
        note=f"{len(times)} moves painted",
    )
    yield Measure(
        id=f"{kind}-p95-{name}",
        what=f"{what}, p95",
        unit="ms",
        value=quantile(times, 0.95),
        budget=16.7 if kind == "move" else None,
        note=f"worst {max(times):.1f} ms",
    )
