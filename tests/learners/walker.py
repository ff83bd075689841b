"""A learner who goes through any lab by its document alone: what is next, what is asked, what may be moved and cited.

Who answers what is left to the kinds of learners in `kinds.py`.
"""

from __future__ import annotations

import random
from math import floor, log10
from typing import Any, Protocol

from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import Store, uuid7
from ironlaw.session import Session

STEPS = 400  # of a walk: a lab that takes more has no end
TRIES = 80  # designs before a reveal must have opened
Document = dict[str, Any]
Settings = dict[str, Any]


class Mind(Protocol):
    """What tells one learner from another."""

    def predict(self, walk: Walk, which: str) -> dict[str, Any]:
        """The payload of a commit: an option with a confidence, or a number with its interval."""

    def explore(self, walk: Walk) -> None:
        """What is done at the instrument before the reveal is asked for; quotas are met after it."""

    def reflect(self, walk: Walk) -> str:
        """The option that answers the question on the why."""

    def decide(self, walk: Walk) -> str:
        """The option that is signed."""

    def track(self, walk: Walk) -> str | None:
        """The track that is chosen, if any."""


class Walk:
    """One learner in one lab. `act` is the act's part of the newest document."""

    def __init__(self, store: Store, lab_id: str, mind: Mind, *, learner: str = "local", seed: int = 0) -> None:
        self.session = Session(store, learner)
        self.lab_id = lab_id
        self.mind = mind
        self.dice = random.Random(f"{lab_id}:{learner}:{seed}")  # noqa: S311 - chance for a test, not for a secret
        self.document = self.session.document(lab_id)
        self.refused: list[Refusal] = []

    @property
    def act(self) -> Document:
        """The act that is next."""
        found: Document = next(one for one in self.document["acts"] if one["id"] == self.document["next"]["act"])
        return found

    def run(self) -> Walk:
        """Do what is next until nothing is. Raises AssertionError when the lab has no end."""
        self.send("opened")
        if self.document["track"] and (chosen := self.mind.track(self)):
            self.send("tracked", track=chosen)
        for _ in range(STEPS):
            stage = self.document["next"]["stage"]
            if stage == "done":
                return self
            before = self.document["next"]
            self.step(stage)
            assert self.document["next"] != before, f"{self.lab_id}: stuck at {before}"
        raise AssertionError(f"{self.lab_id} has no end: {self.document['next']}")

    def step(self, stage: str) -> None:
        """One step of the journey."""
        act = self.act
        if stage in ("predict", "second"):
            which = "prediction" if stage == "predict" else "second"
            kind = "predicted" if stage == "predict" else "second"
            self.send(kind, act["id"], **self.mind.predict(self, which))
        elif stage == "explore":
            self.mind.explore(self)
            self.open()
        elif stage == "reflect":
            option = self.mind.reflect(self)
            self.send("reflected", act["id"], option=option, text="Because.", **_cited(act["reflection"]))
        else:
            option = self.mind.decide(self)
            settings = self.signable()
            self.send(
                "decided", act["id"], option=option, text="So be it.", settings=settings, **_cited(act["decision"])
            )

    def send(self, kind: str, act: str | None = None, /, **payload: Any) -> Document:
        """An intent; the document follows the answer."""
        body: dict[str, Any] = {"id": uuid7(), "kind": kind, "payload": payload}
        answer = self.session.intent(self.lab_id, body | ({"act": act} if act else {}))
        if "document" in answer:
            self.document = answer["document"]
        elif kind == "moved" and "context" not in payload:  # as the page does: it takes what came with the answer
            self.instrument.update(settings=payload["settings"], quotas=answer["quotas"])
            self.document["next"] = answer["next"]
        else:
            self.document = self.session.document(self.lab_id)
        return answer

    # --- the instrument -----------------------------------------------------------------------------------------------

    @property
    def instrument(self) -> Document:
        """The instrument of the act that is next."""
        found: Document = self.act["instrument"]
        return found

    def move(self, changes: Settings, context: str | None = None) -> bool:
        """Move the instrument; whether anything was stored."""
        settings = {**self.instrument["settings"], **changes}
        named = {"context": context} if context else {}
        return bool(self.send("moved", self.act["id"], settings=settings, **named)["saved"]["events"])

    def anywhere(self) -> Settings:
        """One control of the panel, somewhere else."""
        control = self.dice.choice(self.instrument["controls"])
        here = self.instrument["settings"][control["id"]]
        return {control["id"]: self.dice.choice([place for place in places(control) if place != here] or [here])}

    def open(self) -> None:
        """Ask for the reveal; what is said to be missing first is done first."""
        for attempt in range(TRIES):
            try:
                self.send("revealed", self.act["id"])
            except Refusal as error:
                self.refused.append(error)
            else:
                return
            assert self.refused[-1].code == "wrong_stage", self.refused[-1]
            if attempt:  # the page says what is missing, in the words of the refusal
                assert self.document["next"]["html"] == self.refused[-1].message
            self._missing()
        raise AssertionError(f"{self.lab_id} {self.act['id']}: the reveal never opens: {self.refused[-1]}")

    def _missing(self) -> None:
        """One more design towards the first quota that is open, or any design at all."""
        quota = next((one for one in self.instrument["quotas"] if not one["open"]), None)
        if quota and quota["kind"] == "decades":
            self._decades(quota)
        elif not self.move(self.anywhere()):
            self.move(self.anywhere())

    def _decades(self, quota: Document) -> None:
        """A design in each power of ten of every control, until the count is reached: the text names the control."""
        start = dict(self.instrument["settings"])
        for control in self.instrument["controls"]:
            decades: dict[int, Any] = {}
            for place in places(control) if control["kind"] == "number" else []:
                if place > 0:
                    decades.setdefault(floor(log10(place) + 1e-9), place)
            for place in decades.values() if len(decades) > 1 else []:
                self.move({**start, control["id"]: place})
                if next(one["open"] for one in self.instrument["quotas"] if one["id"] == quota["id"]):
                    return

    def signable(self) -> Settings:
        """Settings that can run: those on the instrument, or the start."""
        instrument = self.instrument
        now: Settings = dict(instrument["settings"])
        if instrument["result"]["feasible"]:
            return now
        start: Settings = dict(instrument["start"])
        return start


def places(control: Document) -> list[Any]:
    """Where a control can stand."""
    return [one["value"] for one in (control["ticks"] if control["kind"] == "number" else control["options"])]


def _cited(question: Document) -> dict[str, Any]:
    """The newest designs that may be cited, as many as are asked for."""
    cites = question.get("cites")
    return {"cites": [one["id"] for one in cites["designs"][-cites["count"] :]]} if cites and cites["count"] else {}
