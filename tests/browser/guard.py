"""Watches a browser context: nothing may leave the machine, no script may fail, no policy may be broken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOCAL = {"data", "blob", "about"}
# Chromium reports a policy violation as a console error as well; this names the directive.
REPORT_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI || "inline"} in ${event.sourceFile}`));
"""


@dataclass
class Guard:
    """What a context did that it should not have done. `expect` names console errors that a test provokes."""

    context: BrowserContext
    origin: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin: before the context's first page is opened."""
        self.context.add_init_script(REPORT_POLICY)
        self.context.on("request", self._request)
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)

    def expect(self, pattern: str) -> None:
        """Console errors that match are part of this test: a server that answers 503 makes Chromium complain."""
        self.expected.append(pattern)

    def check(self) -> None:
        """Fail with everything that was seen."""
        unexpected = [fault for fault in self.faults if not any(re.search(one, fault) for one in self.expected)]
        assert not unexpected, "the page misbehaved:\n" + "\n".join(unexpected)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in LOCAL and not request.url.startswith(self.origin + "/"):
            self.faults.append(f"request to another host: {request.method} {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.faults.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"page error: {error.error}")
