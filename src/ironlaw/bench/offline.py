"""Figures of the exported site in a real Chromium: its weight, when it is readable, when it is live, how fast it answers a move.

The site is served as plain files from this process. Cold: an empty browser. Warm: the same browser again, when the service worker
and the memory of the engine are there.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ironlaw import labs
from ironlaw.bench import Measure, quantile, unlock
from ironlaw.bench.browser import READABLE, STEPS, chromium, drag, readable_at, runs
from ironlaw.offline.build import export_site
from ironlaw.offline.runtime import RuntimeMissing

COLD = 3
WARM = 5
PATIENCE_MS = 60_000
LAB = "v2_02"
# The time at which an instrument shows its numbers over a running engine.
LIVE = """
  new MutationObserver((_, seen) => {
    const running = document.querySelector(".offline-line.is-ready");
    if (!running || !document.querySelector(".instrument .card .value")?.textContent) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => performance.mark("bench:live")));
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""
MARKED = "(name) => performance.getEntriesByName(name)[0]?.startTime ?? null"
WAIT = "(name) => performance.getEntriesByName(name).length > 0"
KEPT = """() => new Promise((resolve) => {
  const request = indexedDB.open("ironlaw-engine", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("memory");
  request.onsuccess = () => {
    const count = request.result.transaction("memory").objectStore("memory").count();
    count.onsuccess = () => { request.result.close(); resolve(count.result > 0); };
  };
})"""
INSTALLED = "() => navigator.serviceWorker.ready.then((registration) => registration.active.state === 'activated')"
# The engine without a page: intents one after another.
SEND = """async (calls) => {
  const worker = new Worker("/static/offline-worker.js", { type: "module" });
  await new Promise((resolve, reject) => {
    let left = calls.length;
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      if (data.failed || data.error) reject(new Error(data.failed ?? data.error));
      if ("text" in data && JSON.parse(data.text).error) reject(new Error(data.text));
      if ("text" in data && --left === 0) resolve();
    };
    calls.forEach((args, id) => worker.postMessage({ id, method: "intent", args }));
  });
  worker.terminate();
}"""


def figures(lab_ids: tuple[str, ...]) -> Iterator[Measure]:
    """Weight, start and moves of a site that is exported now. Without runtime or browser, a figure that says what is missing."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        try:
            site = export_site(Path(folder) / "site")
        except RuntimeMissing as error:
            yield _missing(str(error))
            return
        yield Measure(
            id="offline-site", what="offline: the site", unit="MB", value=site.size / 1e6,
            note=f"{site.files} files; {site.gzipped / 1e6:.1f} MB compressed",
        )  # fmt: skip
        yield Measure(
            id="offline-first", what="offline: first load, compressed", unit="MB", value=site.first / 1e6, budget=15.0,
            note="a lab's page, all scripts and the engine",
        )  # fmt: skip
        if browser is None:
            yield _missing("needs Playwright (pip install 'ironlaw[test]') and a Chromium")
            return
        with _served(site.target) as url:
            yield from _starts(browser, url)
            for lab_id in lab_ids:
                yield from _moves(browser, url, lab_id)


def _missing(why: str) -> Measure:
    return Measure(id="offline", what="offline: figures", unit="s", value=None, note=f"not measured: {why}")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Plain files over HTTP, as any host has them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The terminal is the bench's."""


def _starts(browser: Any, url: str) -> Iterator[Measure]:
    """From the navigation to the message and briefing, and to an instrument that answers."""
    readable, cold, warm = [], [], []
    address = f"{url}/labs/{LAB}/"
    for _ in range(COLD):
        context = _context(browser)
        page = context.new_page()
        page.goto(address)
        _commit(page)
        readable.append(readable_at(page) / 1e3)
        cold.append(_marked(page, "bench:live"))
        page.wait_for_function(INSTALLED)
        while not page.evaluate(KEPT):
            page.wait_for_timeout(100)
        page.wait_for_timeout(1000)  # what is written goes to the disk
        if len(cold) == COLD:
            for _ in range(WARM):
                page.close()
                page = context.new_page()
                page.goto(address)
                warm.append(_marked(page, "bench:live"))
        context.close()
    for name, what, times, budget in (
        ("readable", "message and briefing readable, cold", readable, 0.3),
        ("cold", "first live instrument, cold", cold, 5.0),
        ("warm", "first live instrument, second visit", warm, 2.0),
    ):
        yield Measure(
            id=f"offline-{name}", what=f"offline: {what}", unit="s", value=quantile(times, 0.5), budget=budget,
            note=f"median of {len(times)}; worst {max(times):.2f} s",
        )  # fmt: skip


def _context(browser: Any) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(READABLE)
    context.add_init_script(LIVE)
    return context


def _commit(page: Any) -> None:
    """The first prediction, given before the engine runs: it waits in the page's queue."""
    form = page.locator("#act1-predict")
    options = form.get_by_role("radio")
    options.first.check()
    form.locator(".segments").get_by_role("radio").first.check()
    form.get_by_role("button").click()


def _marked(page: Any, name: str) -> float:
    """Seconds from the navigation to a mark."""
    page.wait_for_function(WAIT, arg=name)
    return float(page.evaluate(MARKED, name)) / 1e3


def _moves(browser: Any, url: str, lab_id: str) -> Iterator[Measure]:
    """Slider to paint for every act of a lab, by the same hand as at the studio."""
    context = _context(browser)
    page = context.new_page()
    page.goto(f"{url}/static/favicon.svg")
    page.evaluate(SEND, [[lab_id, body] for body in unlock.walk(labs.load(lab_id))])
    page.goto(f"{url}/labs/{lab_id}/")
    page.locator(".offline-line.is-ready").wait_for()
    page.wait_for_timeout(3000)  # the engine's memory is stored
    for act in labs.load(lab_id).acts:
        sliders = page.locator(f"#{act.id} .instrument input[type=range]:visible").all()
        if not sliders:
            continue
        page.evaluate("() => performance.clearMeasures('ironlaw:move')")
        runs(page, sliders, drag, STEPS)
        page.wait_for_timeout(300)
        times = page.evaluate("() => performance.getEntriesByName('ironlaw:move').map((one) => one.duration)")
        what = f"offline: {lab_id} {act.id}: slider move to painted chart"
        yield Measure(
            id=f"offline-move-p50-{lab_id}-{act.id}", what=f"{what}, p50", unit="ms", value=quantile(times, 0.5),
            note=f"{len(times)} moves painted",
        )  # fmt: skip
        yield Measure(
            id=f"offline-move-p95-{lab_id}-{act.id}", what=f"{what}, p95", unit="ms", value=quantile(times, 0.95),
            budget=25.0, note=f"worst {max(times):.1f} ms",
        )  # fmt: skip
    context.close()
