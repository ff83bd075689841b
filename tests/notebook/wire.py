"""The other end of a widget's wire: what a page would send and hear, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ironlaw.notebook import LabWidget


class Wire:
    """Stands in for the widget's comm. `heard` is all that came, as text that went through JSON."""

    kernel = "wire"

    def __init__(self, widget: LabWidget) -> None:
        self.comm_id = "wire"
        self.heard: list[str] = []
        self._deliver: Callable[[Any], None] = lambda _: None
        self._count = 0
        widget.comm = self
        widget.send_state()

    def send(self, data: Any = None, **_: object) -> None:
        """What the widget says: a state or a message of its own."""
        self.heard.append(json.dumps(data, allow_nan=False, ensure_ascii=False))

    def on_msg(self, callback: Callable[[Any], None]) -> None:
        """The comm protocol: who takes what the page sends."""
        self._deliver = callback

    def close(self, *_: object, **__: object) -> None:
        """The comm protocol; nothing is held here."""

    def say(self, content: Any) -> list[dict[str, Any]]:
        """A message to the widget; what it said of itself, without states."""
        before = len(self.heard)
        message = {"content": {"data": {"method": "custom", "content": json.loads(json.dumps(content))}}, "buffers": []}
        self._deliver(message)
        return self.messages(before)

    def messages(self, since: int = 0) -> list[dict[str, Any]]:
        """What came since then as messages: no states."""
        told = [json.loads(one) for one in self.heard[since:]]
        return [one["content"] for one in told if one["method"] == "custom"]

    def call(self, method: str, *args: Any) -> dict[str, Any]:
        """A call as the page makes it: exactly one message answers it."""
        self._count += 1
        told = self.say({"id": f"wire-{self._count}", "method": method, "args": list(args)})
        (found,) = [one for one in told if one.get("id") == f"wire-{self._count}"]
        return found
