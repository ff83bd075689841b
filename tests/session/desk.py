"""A learner at a ledger: sends intents as a page does, and looks at the rows from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ironlaw import labs
from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import Event, SqliteStore, export, uuid7, verify_chain
from ironlaw.session import Session

LAB = "v2_02"
ACT_1, ACT_2 = labs.load(LAB).acts


class Desk:
    """One session. `send` sends an intent under a fresh id, `last` is the id of the latest."""

    def __init__(self, store: SqliteStore, learner: str = "local") -> None:
        self.store = store
        self.learner = learner
        self.session = Session(store, learner)
        self.last = ""

    def send(self, kind: str, act: str | None = None, /, **payload: Any) -> dict[str, Any]:
        """Send an intent; Refusal comes through."""
        self.last = uuid7()
        return self.again(self.last, kind, act, **payload)

    def again(self, event_id: str, kind: str, act: str | None = None, /, **payload: Any) -> dict[str, Any]:
        """Send an intent under an id of one's own."""
        body = {"id": event_id, "kind": kind, "payload": payload, "client_time": "2026-01-31T10:32:00Z"}
        return self.session.intent(LAB, body | ({"act": act} if act else {}))

    def refused(self, kind: str, act: str | None = None, /, **payload: Any) -> Refusal:
        """The refusal of an intent, which leaves the ledger as it was."""
        before = self.rows()
        try:
            self.send(kind, act, **payload)
        except Refusal as refusal:
            assert self.rows() == before
            return refusal
        raise AssertionError(f"{kind} {payload} was not refused")

    def rows(self) -> str:
        """The ledger as an export has it, without the header (which holds the time)."""
        return export(self.store).partition("\n")[2]

    def events(self) -> list[Event]:
        """This learner's events, their chain verified."""
        events = self.store.events(self.learner)
        assert verify_chain(events) is None
        return events

    def kinds(self) -> list[str]:
        """Kinds of this learner's events, in order."""
        return [event.kind for event in self.events()]

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """Payloads of one kind."""
        return [event.payload for event in self.events() if event.kind == kind]

    def act(self, act_id: str) -> dict[str, Any]:
        """An act's part of the document."""
        found: dict[str, Any] = next(a for a in self.session.document(LAB)["acts"] if a["id"] == act_id)
        return found

    def predict(self, act: str = "act1", option: str = "", confidence: float = 0.7, **more: Any) -> dict[str, Any]:
        """Commit a prediction; the right one if none is named."""
        chosen = option or {"act1": "middle", "act2": "ports"}[act]
        return self.send("predicted", act, option=chosen, confidence=confidence, **more)

    def move(self, act: str = "act1", **settings: Any) -> dict[str, Any]:
        """Move the instrument; what is not named stands at the start."""
        return self.send("moved", act, settings=settings)

    def finish(self, act: str, prediction: str = "", reflection: str = "", decision: str = "", **settings: Any) -> None:
        """An act from its prediction to its decision."""
        self.predict(act, prediction)
        usual: dict[str, dict[str, Any]] = {"act1": {"wire": "ethernet-100g"}, "act2": {"ports": 4}}
        moved = settings or usual[act]
        self.move(act, **moved)
        self.send("revealed", act)
        self.send("reflected", act, option=reflection or {"act1": "phases", "act2": "pipeline"}[act], text="because")
        chosen = decision or {"act1": "nvlink", "act2": "ports"}[act]
        self.send("decided", act, option=chosen, text="so be it", settings=moved)
