"""A lab with all that a report can tell: numbers with intervals, second commits, quotas, cites, missions and tracks.

It stands on the small lab of the labkit's tests, under the id of a lab of the curriculum, so that a session finds it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ironlaw.labkit.spec import Act, Band, Cites, Context, Lab, NumberQuestion, Quota, Second
from ironlaw.ledger import SqliteStore, uuid7
from ironlaw.session import Session
from labkit.samples import PREDICTION, facts, refuted, tiny_act, tiny_lab

ID = "v1_03"
TRUTH = 2.5  # seconds: `secret` of the small lab's facts
NUMBER = NumberQuestion(
    fact="secret",
    quantity="Time in seconds",
    unit="s",
    axis=(0.1, 100.0),
    widest=100.0,
    text="How many seconds?",
    options=(
        Band(id="short", low=None, high=2.0, text="Shortly", feedback=refuted("short")),
        Band(id="middling", low=2.0, high=4.0, text="A while"),
        Band(id="long", low=4.0, high=None, text="Long", feedback=refuted("long")),
    ),
)
DIFFERENCE = replace(NUMBER, scale="linear", widest=50.0, text="How many seconds, on a straight axis?")


def rich_act(act_id: str, role: Any = "act", question: Any = NUMBER) -> Act:
    """An act that asks for a number, then for a band, wants designs, and has them cited."""
    act = tiny_act(act_id, facts(TRUTH))
    return replace(
        act,
        title=f"The {act_id} & <more>",
        role=role,
        prediction=question,
        second=Second(question=PREDICTION, look="A first look at {start_size}.", figures=("bar",), correct="Right."),
        quotas=(
            Quota(id="sizes", kind="decades", control="size", need=2, text="Designs in two powers of ten of the size."),
            Quota(id="budget", kind="budget", need=3, text="Meet the challenge within three designs."),
        ),
        reflection=replace(act.reflection, cites=Cites(count=2, outputs=("time", "load"), text="Pick two designs.")),
        decision=replace(act.decision, cites=Cites(count=1, outputs=("time",), text="Pick the design.")),
    )


def rich_lab(version: int = 1) -> Lab:
    """Two acts, one of them a mission with a track."""
    lab = tiny_lab(1)
    return replace(
        lab,
        id=ID,
        version=version,
        title="Rich boxes",
        contexts=(
            *lab.contexts,
            Context(id="cloud-titan", name="Cloud Titan", track=True, settings={"m1": {"box": "big"}}, text="Big."),
        ),
        acts=(rich_act("a1"), rich_act("m1", "mission", DIFFERENCE)),
    )


class Rich:
    """A learner at the rich lab. `designs` are the ids of the designs of the act at hand."""

    def __init__(self, store: SqliteStore, learner: str = "local") -> None:
        self.session = Session(store, learner)
        self.designs: list[str] = []

    def send(self, kind: str, act: str | None = None, /, **payload: Any) -> dict[str, Any]:
        """An intent with a new id."""
        id_ = uuid7()
        if kind == "moved":
            self.designs.append(id_)
        body: dict[str, Any] = {"id": id_, "kind": kind, "payload": payload}
        return self.session.intent(ID, body | ({"act": act} if act else {}))

    def explore(self, act: str, low: float = 1.0, best: float = 3.0, high: float = 9.0, option: str = "long") -> None:
        """Both predictions and enough designs: three in two powers of ten, one of which is full."""
        self.designs = []
        self.send("predicted", act, value=best, low=low, high=high)
        self.send("second", act, option=option, confidence=0.7)
        for size, box in ((1.0, "small"), (20.0, "small"), (10.0, "big")):
            self.send("moved", act, settings={"size": size, "box": box})

    def finish(self, act: str, words: str = "because", **given: Any) -> None:
        """An act from its first prediction to its decision."""
        self.explore(act, **given)
        self.send("revealed", act)
        self.send("reflected", act, option="heavy", text=words, cites=[self.designs[0], self.designs[2]])
        self.send(
            "decided", act, option="go", text=words, settings={"size": 10.0, "box": "big"}, cites=[self.designs[2]]
        )
