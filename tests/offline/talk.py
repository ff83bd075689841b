"""The page's side of `ironlaw.offline.local.Local`, in CPython: calls as JSON, and what the browser would keep of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Lab
from ironlaw.ledger import uuid7
from ironlaw.offline.local import Local
from ironlaw.session import Session

Call = tuple[str, str]  # method, JSON of the arguments

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?)?")
_HASH = re.compile(
    r'\b[0-9a-f]{64}\b|(?<="hash":")[0-9a-f]{8}(?=")|(?<="prev":")[0-9a-f]{8}(?=")|(?<=<code>)[0-9a-f]{12,}'
)


class Browser:
    """Keeps the lines of the records as IndexedDB does, keyed by device and seq; tabs share it."""

    def __init__(self) -> None:
        self.device = uuid7()
        self.texts: dict[tuple[str, int], str] = {}

    def lines(self) -> str:
        """What a tab loads."""
        return json.dumps(list(self.texts.values()))


class Tab:
    """One Local and the calls that went through it. `keeps` is False where the browser cannot store."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.local = Local(browser.device)
        self.calls: list[Call] = []
        self.answers: list[str] = []
        self.keeps = True

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.local.close()

    def load(self) -> dict[str, Any]:
        """Read what the browser holds; the device follows the answer, as in the browser."""
        found: dict[str, Any] = json.loads(self.local.load(self.browser.lines(), "[]"))
        self.browser.device = found["device"]
        return found

    def call(self, method: str, *arguments: Any) -> Any:
        """The answer, after its records were kept; Refusal for an error."""
        found = self.told(method, *arguments)
        if "error" in found:
            raise Refusal(**found["error"])
        return found["answer"]

    def told(self, method: str, *arguments: Any) -> dict[str, Any]:
        """The whole answer as the worker gets it."""
        text = json.dumps(arguments)
        said = self.local.call(method, text)
        self.calls.append((method, text))
        self.answers.append(said)
        found: dict[str, Any] = json.loads(said)
        if self.keeps:
            for record in found["records"]:
                self.browser.texts[record["device"], record["seq"]] = record["text"]
            self.local.kept()
        return found


class Talk(Session):
    """A tab in the place of a session, for the learners of tests/learners. Looks at the lab's spec stay on this side."""

    def __init__(self, tab: Tab, spec: Session) -> None:
        super().__init__(spec.store, spec.learner)
        self._tab = tab

    def lab(self, lab_id: str) -> Lab:
        """The spec, which no page sees: the kinds of learners need it."""
        return super().lab(lab_id)

    def document(self, lab_id: str) -> dict[str, Any]:
        """Through the tab."""
        found: dict[str, Any] = self._tab.call("document", lab_id)
        return found

    def intent(self, lab_id: str, body: object) -> dict[str, Any]:
        """Through the tab."""
        found: dict[str, Any] = self._tab.call("intent", lab_id, body)
        return found


def masked(text: str, known: Mapping[str, str] | None = None) -> str:
    """The text without what differs from run to run: ids by their first place, times and hashes as such."""
    ids: dict[str, str] = dict(known or {})
    text = _ID.sub(lambda match: ids.setdefault(match[0], f"id-{len(ids)}"), text)
    return _HASH.sub("hash", _TIME.sub("time", text))
