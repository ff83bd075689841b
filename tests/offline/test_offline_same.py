"""The same answers in the browser as under CPython: a walk of every lab, letter by letter.

Ids that the engine makes, times and what hangs on them (hashes) differ by their nature and are left out. The browser's C library is
another one: ironlaw.elementary and a rule in tests/repo see to it that no figure asks it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ironlaw import labs
from ironlaw.bench import unlock
from ironlaw.ledger import uuid7
from ironlaw.offline.local import Local

from .shelf import Shelf
from .visitor import live

DESIGNS = 10  # settings of each act that are evaluated
Call = tuple[str, list[Any]]

# The worker as it is, without a page: the texts that it answers.
ASK = """async (calls) => {
  const worker = globalThis.asked ??= new Worker("/static/offline-worker.js", { type: "module" });
  const answers = [];
  await new Promise((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      if (data.failed || data.error) reject(new Error(data.failed ?? data.error));
      if ("text" in data && answers.push(data.text) === calls.length) resolve();
    };
    calls.forEach(([method, args], id) => worker.postMessage({ id, method, args }));
  });
  return answers;
}"""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d+Z)?")
HASH = re.compile(r'\\?"(hash|prev)\\?":\\?"[0-9a-f]{8,64}\\?"')
DIGEST = re.compile(r'\\"digest\\":\\"[0-9a-f]{64}\\"')


def walk(lab_id: str) -> Iterator[Call]:
    """The calls of a whole lab, with documents and moves between them."""
    lab = labs.load(lab_id)
    yield "document", [lab_id]
    yield "intent", [lab_id, {"id": uuid7(), "kind": "opened", "payload": {}}]
    for body in unlock.walk(lab, through=True):
        yield "intent", [lab_id, body]
        yield "document", [lab_id]
    for act in lab.acts:
        for settings in unlock.course(act, DESIGNS):
            yield "evaluate", [lab_id, {"act": act.id, "settings": settings}]
        if act.sweep:
            yield "sweep", [lab_id, {"act": act.id, "part": 0}]
    yield "intent", [lab_id, {"id": uuid7(), "kind": "moved", "act": "no_such_act", "payload": {}}]
    yield "labs", []
    yield "ledger", []


def masked(text: str, known: set[str]) -> str:
    """An answer without what must differ."""
    text = UUID.sub(lambda found: found[0] if found[0] in known else "id", text)
    return DIGEST.sub("digest", HASH.sub("hash", TIME.sub("time", text)))


@pytest.fixture
def local() -> Iterator[Local]:
    """The worker's Python here."""
    made = Local(uuid7())
    yield made
    made.close()


def test_the_same_answers(context: BrowserContext, shelf: Shelf, local: Local) -> None:
    """Every lab, one after another in one ledger."""
    page = context.new_page()
    page.goto(f"{shelf.url}/static/favicon.svg")
    for lab_id in labs.built():
        calls = list(walk(lab_id))
        known = set(UUID.findall(json.dumps(calls)))
        there: list[str] = page.evaluate(ASK, calls)
        for (method, args), theirs in zip(calls, there, strict=True):
            ours = local.call(method, json.dumps(args))
            local.kept()
            where = f"{lab_id} {method} {args[1:]}"
            same(masked(ours, known), masked(theirs, known), where)
    papers(page, shelf)


def papers(page: Page, shelf: Shelf) -> None:
    """The last lab names its report and its record from the root of a studio: here they lie in the site."""
    page.goto(f"{shelf.url}/labs/v2_17/")
    live(page)
    page.locator(".synthesis").get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/labs/v2_17/(record|report)/$"))
    live(page)
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


def same(ours: str, theirs: str, where: str) -> None:
    """The same letters; else where the first difference is."""
    if ours != theirs:
        at = next(
            (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
        )
        around = slice(max(0, at - 80), at + 80)
        pytest.fail(f"{where}:\n{ours[around]}\n{theirs[around]}")
