"""Figures in a real Chromium: slider move to painted chart, first readable paint cold, page weight.

A move is timed from the page's input event to after the frame that shows its answer. A browser draws 60 frames a second: while a
thumb is dragged, input comes with the frames; a key falls anywhere between two of them, so that even a page that does nothing
needs up to a frame and its paint. That floor is measured with the same hand, on a page of one slider and one line of text.

Needs Playwright for Python (the `test` extra) and a Chromium; without them the figures say so and have no value.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
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
STEPS = 200  # moves of an act by dragging, at least
KEYS = 120  # and by arrow keys
RUN = 30  # steps of one slider in one go, at most
JUMPS = 60
KEY_REST_MS = 45  # a held arrow key repeats at about 30 a second
JUMP_REST_MS = 120
HAND_MS = 100  # between taking a control and moving it
Hand = Callable[[Any, Any, int, int], None]
THUMB = 14  # px, of a slider: its middle stands at the value
COLD = 7
# The first frame that shows the act's message and briefing, which stand in the page before any script has run: all of it is there
# when what follows it is there.
READABLE = """
  new MutationObserver((_, seen) => {
    if (!document.querySelector(".part-message .prose") || !document.querySelector(".part-briefing .prose")) return;
    if (!document.getElementById("boot")) return;
    seen.disconnect();
    requestAnimationFrame(() => performance.mark("bench:readable"));
  }).observe(document, { subtree: true, childList: true });
"""
READABLE_AT = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0], mark = performance.getEntriesByName("bench:readable")[0];
  return paint && mark ? Math.max(paint.startTime, mark.startTime) : null;
}"""
FLOOR = """
  const slider = document.querySelector("input"), words = document.querySelector("output"), port = new MessageChannel();
  const stamps = [];
  port.port1.onmessage = () => performance.measure("ironlaw:move", { start: stamps.shift(), end: performance.now() });
  slider.addEventListener("input", (event) => {
    words.textContent = slider.value;
    requestAnimationFrame(() => (stamps.push(event.timeStamp), port.port2.postMessage(0)));
  });
"""
FLOOR_PAGE = (
    '<div class="instrument"><input type="range" min="0" max="40" style="width: 400px"><output>20</output></div>'
)


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


def readable_at(page: Any) -> float:
    """Milliseconds from the navigation to the frame in which the first act's message and briefing can be read."""
    return float(page.wait_for_function(READABLE_AT).json_value())


def _cold(browser: Any, url: str, lab_id: str) -> Iterator[Measure]:
    """A new context each time: nothing is cached."""
    painted, readable, weight = [], [], 0
    for _ in range(COLD):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.add_init_script(READABLE)
        page.goto(url, wait_until="networkidle")
        readable.append(readable_at(page))
        painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
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

    Each slider of the first view runs up and down, and another one goes one step at each end, so that settings are new most of
    the time: first dragged, then by arrow keys. A jump is a click anywhere on the track of any slider.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    sliders = page.locator(f"#{act_id} .instrument input[type=range]:visible").all()
    what = f"{lab_id} {act_id}"
    if not sliders:
        yield Measure(
            id=f"move-{lab_id}-{act_id}", what=f"{what}: slider move to painted chart", unit="ms", value=None,
            note="no slider in the first view",
        )  # fmt: skip
        return
    runs(page, sliders, drag, STEPS)
    yield from _painted(page, "move", f"{lab_id}-{act_id}", f"{what}: slider move to painted chart")
    runs(page, sliders, _press, KEYS)
    yield from _painted(page, "key", f"{lab_id}-{act_id}", f"{what}: arrow key to painted chart")
    dice = random.Random(act_id)  # noqa: S311 - a fixed course, not a secret
    for _ in range(JUMPS):
        slider = dice.choice(sliders)
        _jump(page, slider, dice.randint(0, _last(slider)))
        page.wait_for_timeout(JUMP_REST_MS)
    yield from _painted(page, "jump", f"{lab_id}-{act_id}", f"{what}: jump to painted chart")
    context.close()


def floor() -> Iterator[Measure]:
    """The same hand on a page of one slider and one line of text."""
    with chromium() as browser:
        if browser is None:
            return
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_content(FLOOR_PAGE)
        page.evaluate(FLOOR)
        sliders = page.locator("input").all()
        for kind, hand, words in (("move", drag, "slider move"), ("key", _press, "arrow key")):
            runs(page, sliders, hand, KEYS)
            yield from _painted(page, kind, "floor", f"floor: {words} to painted text")


def runs(page: Any, sliders: list[Any], hand: Hand, steps: int) -> None:
    """Run after run, of one slider after another, until there are so many steps."""
    done = 0
    up = dict.fromkeys(range(len(sliders)), True)  # which way each slider goes next
    for turn in count():
        at = turn // 2 % len(sliders)
        if done >= steps and turn % 2 == 0 and at == 0:
            return  # each slider has gone up and down as often as the others
        run = min(_last(sliders[at]), RUN)
        if len(sliders) > 1:
            beside = (at + 1 + turn // (2 * len(sliders)) % (len(sliders) - 1)) % len(sliders)
            hand(page, sliders[beside], 1 if turn // (2 * len(sliders)) % 2 == 0 else -1, 1)
        hand(page, sliders[at], 1 if up[at] else -1, run)
        up[at] = not up[at]
        done += run


def _press(page: Any, slider: Any, way: int, times: int) -> None:
    """Arrow keys, up (1) or down (-1)."""
    slider.focus()
    page.wait_for_timeout(HAND_MS)
    for _ in range(times):
        page.keyboard.press("ArrowRight" if way > 0 else "ArrowLeft")
        page.wait_for_timeout(KEY_REST_MS)


def drag(page: Any, slider: Any, way: int, times: int) -> None:
    """The thumb taken and dragged step by step."""
    slider.scroll_into_view_if_needed()
    at = round((float(slider.input_value()) - _edge(slider, "min")) / _edge(slider, "step", 1.0))
    x, y = _place(slider, at)
    page.mouse.move(x, y)
    page.wait_for_timeout(HAND_MS)
    page.mouse.down()
    for step in range(1, times + 1):
        x, y = _place(slider, min(max(at + way * step, 0), _last(slider)))
        page.mouse.move(x, y)
        page.wait_for_timeout(KEY_REST_MS)
    page.mouse.up()


def _edge(slider: Any, name: str, default: float = 0.0) -> float:
    return float(slider.get_attribute(name) or default)


def _last(slider: Any) -> int:
    """How many steps the slider has."""
    return round((_edge(slider, "max", 100.0) - _edge(slider, "min")) / _edge(slider, "step", 1.0))


def _place(slider: Any, step: int) -> tuple[float, float]:
    """Where the middle of the thumb stands after so many steps."""
    box = slider.bounding_box()
    x = box["x"] + THUMB / 2 + (box["width"] - THUMB) * step / max(_last(slider), 1)
    return x, box["y"] + box["height"] / 2


def _jump(page: Any, slider: Any, step: int) -> None:
    """A click on the slider's track, after the pointer has come there as fast as a hand does."""
    slider.scroll_into_view_if_needed()
    page.mouse.move(*_place(slider, step), steps=3)
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
        budget=12.0 if kind == "move" and name != "floor" else None,
        note=f"{len(times)} moves painted",
    )
    yield Measure(
        id=f"{kind}-p95-{name}",
        what=f"{what}, p95",
        unit="ms",
        value=quantile(times, 0.95),
        budget=16.7 if kind == "move" and name != "floor" else None,
        note=f"worst {max(times):.1f} ms",
    )
