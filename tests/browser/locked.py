"""What is locked, and everything that a browser received: the one must not be in the other before its time."""

from __future__ import annotations

import html
import re

from playwright.sync_api import BrowserContext, Route

from ironlaw.labkit.spec import Act
from ironlaw.labkit.text import SLOT, prose_of

LEAST = 18  # characters of a fragment that occurs nowhere by chance
MARKUP = re.compile(r"<[^>]+>")


def fragments(act: Act) -> set[str]:
    """Every stretch of the act's locked texts that no slot interrupts: reveal, feedback, reflection, equations, decision."""
    feedback = tuple(option.feedback for option in act.prediction.options if option.feedback)
    locked = (act.reveal, feedback, act.reflection, act.math, act.decision)
    texts = [text for record in locked for _, text in prose_of(record)]
    pieces = {piece.strip() for text in texts for piece in re.split(r"\*\*|\n|[“”]", SLOT.sub("\n", text))}
    named = {
        output.label for output in act.outputs
    }  # an equation may be headed by the name of what the briefing explains
    return {piece for piece in pieces if len(piece) >= LEAST} - named


def readable(body: str) -> str:
    """A response as a person could read it: JSON and HTML escapes undone, tags removed."""
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), body)
    return html.unescape(MARKUP.sub("", plain.replace('\\"', '"').replace("\\n", " ")))


class Record:
    """Every response that a context receives, whole: each request is passed on to the server and its answer kept."""

    def __init__(self, context: BrowserContext) -> None:
        self.bodies: dict[str, str] = {}
        context.route("**/*", self._pass)

    def _pass(self, route: Route) -> None:
        answer = route.fetch()
        name = f"{len(self.bodies)} {route.request.method} {route.request.url}"
        self.bodies[name] = readable(answer.body().decode())
        route.fulfill(response=answer)
