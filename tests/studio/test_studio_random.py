"""Anything at all is thrown at the API: never a 500, always the one shape of error, and a refusal changes nothing."""

from __future__ import annotations

import copy
import json
import math
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ironlaw.desk import STATUS
from ironlaw.ledger import SqliteStore, uuid7, verify
from ironlaw.studio.app import create_app

from .client import LAB, Client, intent, ledger_text, other_settings, told

KINDS = ["opened", "predicted", "moved", "revealed", "reflected", "decided", "completed", "violated"]
ACTS = st.sampled_from(["act1", "act2", "act3", "", "ACT1"]) | st.integers(-1, 3) | st.none()
NUMBERS = st.one_of(
    st.floats(),  # NaN and infinity among them: json.dumps writes the literals
    st.integers(),
    st.sampled_from([10**30, -(10**400), 2**64, 0, -0.0, 1e308, 5e-324, True, False]),
)
SCALARS = (
    NUMBERS
    | st.text(max_size=20)
    | st.none()
    | st.sampled_from(["\x00", "\u202e", "\U0001f4a5", "'; DROP TABLE events"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CONTROLS = ["parameters", "gpus", "wire", "zero", "overlap", "tokens", "nodes", "batch", "", "__class__", "x" * 90]
SETTINGS = st.dictionaries(st.sampled_from(CONTROLS) | st.text(max_size=5), SCALARS, max_size=4) | VALUES
FIELDS = ["id", "kind", "act", "client_time", "payload", "extra"]
PAYLOAD = ["option", "confidence", "context", "settings", "text", "engine"]


def strict(answer: httpx.Response) -> Any:
    """The JSON of an answer, which holds no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in an answer")

    return json.loads(answer.content, parse_constant=refuse)


class Thrower(RuleBasedStateMachine):
    """A learner's ledger under a stream of right, wrong, repeated and reordered requests."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = SqliteStore(Path(self.folder.name) / "ledger.sqlite")
        self.client = Client(create_app(self.store))
        self.accepted: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.before = ledger_text(self.store)

    def teardown(self) -> None:
        assert verify(self.store).ok
        self.client.close()
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def commit(self) -> None:
        self.post(intent("predicted", "act1", option="middle", confidence=0.7))

    # --- right requests, in any order ---

    @rule(option=st.integers(0, 4), confidence=st.floats(0.01, 0.99))
    def next_step(self, option: int, confidence: float) -> None:
        """The step that the document asks for."""
        document = self.client.document()
        following = document["next"]
        act = next(one for one in document["acts"] if one["id"] == following["act"])
        answer = self.post(step(act, following["stage"], option, confidence))
        assert answer.status_code < 300 or answer.json()["error"]["code"] == "infeasible"

    @rule(act=st.sampled_from(["act1", "act2"]), kind=st.sampled_from(KINDS), option=st.integers(0, 4))
    def any_step(self, act: str, kind: str, option: int) -> None:
        """A step in its turn or out of it."""
        payload: dict[str, object] = {"settings": {}} if kind in ("moved", "decided") else {}
        self.post(intent(kind, act, option=["hardly", "middle", "phases", "format", "x"][option], **payload))

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """What was accepted comes again: a duplicate."""
        again = data.draw(st.sampled_from(self.accepted))
        answer = self.client.post("events", again)
        assert answer.status_code == 200
        assert strict(answer)["saved"]["duplicate"] is True
        assert ledger_text(self.store) == self.before

    @precondition(lambda self: self.refused)
    @rule(data=st.data())
    def try_again(self, data: st.DataObject) -> None:
        """What was refused comes again, later."""
        self.post(data.draw(st.sampled_from(self.refused)))

    # --- wrong requests ---

    @precondition(lambda self: self.accepted)
    @rule(
        data=st.data(), field=st.sampled_from(FIELDS), name=st.sampled_from(PAYLOAD), value=VALUES, fresh=st.booleans()
    )
    def bent(self, data: st.DataObject, field: str, name: str, value: Any, fresh: bool) -> None:
        """An accepted event with one thing in it changed, under its own id or a new one."""
        body = copy.deepcopy(data.draw(st.sampled_from(self.accepted)))
        if fresh:
            body["id"] = uuid7()
        if field == "payload":
            body["payload"][name] = value
        else:
            body[field] = value
        self.post(body)

    @rule(kind=st.sampled_from(KINDS) | VALUES, act=ACTS, payload=st.dictionaries(st.sampled_from(PAYLOAD), VALUES))
    def made_up(self, kind: Any, act: Any, payload: dict[str, Any]) -> None:
        self.post({"id": uuid7(), "kind": kind, "act": act, "payload": payload})

    @rule(value=VALUES, path=st.sampled_from(["events", "evaluate"]))
    def nonsense(self, value: Any, path: str) -> None:
        self.unchanged(self.client.post(path, value))

    @rule(body=st.binary(max_size=100), path=st.sampled_from(["events", "evaluate"]))
    def noise(self, body: bytes, path: str) -> None:
        self.unchanged(self.client.raw(path, body))

    @rule(act=ACTS, chosen=SETTINGS, context=st.sampled_from(["node", "cluster", None, 3]))
    def evaluate(self, act: Any, chosen: Any, context: Any) -> None:
        answer = self.client.post("evaluate", {"act": act, "settings": chosen, "context": context})
        self.unchanged(answer)
        if answer.status_code == 200:
            self.finite(strict(answer))

    @rule(lab=st.sampled_from(["v1_00", "v2-02", "V2_02", "v2_03", "nothing"]) | st.text(min_size=1, max_size=12))
    def other_labs(self, lab: str) -> None:
        answer = self.client.get(f"/api/labs/{quote(lab, safe='')}")
        assert answer.status_code in (200, 307, 404)  # 307: a dot leads up one level
        if answer.status_code == 404:
            told(answer, 404, answer.json()["error"]["code"])

    # --- what must hold ---

    def post(self, body: dict[str, Any]) -> httpx.Response:
        """Send an intent. Only an accepted one may change the ledger, and only by adding to it."""
        answer = self.client.post("events", body)
        if answer.status_code == 201:
            saved = strict(answer)["saved"]
            assert saved["id"] == body["id"]
            after = ledger_text(self.store)
            assert after != self.before
            assert after.partition("\n")[2].startswith(self.before.partition("\n")[2])
            self.before = after
            self.accepted.append(body)
        else:
            self.unchanged(answer)
            if answer.status_code != 200:
                self.refused.append(body)
        return answer

    def unchanged(self, answer: httpx.Response) -> None:
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            code = strict(answer)["error"]["code"]
            told(answer, STATUS[code], code)
        assert ledger_text(self.store) == self.before

    def finite(self, value: Any) -> None:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
            self.finite(item)
        assert not isinstance(value, float) or math.isfinite(value)

    @invariant()
    def documents_can_be_made(self) -> None:
        assert self.client.get(f"/api/labs/{LAB}").status_code == 200
        assert self.client.get("/api/labs").status_code == 200


def step(act: dict[str, Any], stage: str, option: int, confidence: float) -> dict[str, Any]:
    """The intent that moves an act on."""

    def chosen(part: str) -> str:
        options = act[part]["options"]
        return str(options[option % len(options)]["id"])

    if stage == "predict":
        return intent("predicted", act["id"], option=chosen("prediction"), confidence=confidence)
    if stage == "explore":
        if any(goal["done"] for goal in act["instrument"]["goals"]):
            return intent("revealed", act["id"])
        return intent("moved", act["id"], settings=other_settings(act["instrument"]))
    if stage == "reflect":
        return intent("reflected", act["id"], option=chosen("reflection"))
    if stage == "decide":
        return intent("decided", act["id"], option=chosen("decision"), settings={})
    return intent("moved", act["id"], settings={})


TestThrower = Thrower.TestCase
TestThrower.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
