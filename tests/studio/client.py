"""A synchronous client of the application in this process, and a learner who goes through a lab with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
from starlette.applications import Starlette

from ironlaw import labs
from ironlaw.bench import unlock
from ironlaw.labkit.contract.walk import answer_of
from ironlaw.labkit.spec import NumberQuestion, Question
from ironlaw.ledger import SqliteStore, export, uuid7

ORIGIN = "http://127.0.0.1:8137"
LAB = "v2_02"
JSON = {"Content-Type": "application/json"}
T = TypeVar("T")


class Aside:
    """Runs coroutines in a loop of its own thread: in this one a browser's test may have left a loop that runs."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(1)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, work).result()

    def close(self) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


class Client:
    """Requests as a program on this machine sends them."""

    def __init__(self, app: Starlette) -> None:
        self.aside = Aside()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)

    def close(self) -> None:
        self.aside.run(self._http.aclose())
        self.aside.close()

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self.aside.run(self._http.request(method, path, **given))

    def together(self, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
        """Several (method, path, JSON) at once."""

        async def all_() -> list[httpx.Response]:
            sent = (self._http.request(method, path, json=value) for method, path, value in requests)
            return list(await asyncio.gather(*sent))

        return self.aside.run(all_())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, value: Any, lab: str = LAB) -> httpx.Response:
        return self.request("POST", f"/api/labs/{lab}/{path}", content=json.dumps(value), headers=JSON)

    def raw(self, path: str, body: bytes) -> httpx.Response:
        return self.request("POST", f"/api/labs/{LAB}/{path}", content=body, headers=JSON)

    def document(self, lab_id: str = LAB) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/labs/{lab_id}").json()
        return found


def intent(kind: str, act: str | None = None, **payload: Any) -> dict[str, Any]:
    """An intent with a new id."""
    found: dict[str, Any] = {"id": uuid7(), "kind": kind, "payload": payload}
    return found | ({"act": act} if act else {})


def steps(client: Client, lab_id: str = LAB, *, option: int = 0) -> Iterator[dict[str, Any]]:
    """The intents of a whole lab in their order; what is cited is read from the document that came before.

    The caller posts each before it asks for the next. `option` is the place of the answer that is chosen.
    """
    yield intent("opened")
    for act in labs.load(lab_id).acts:
        for name, question in act.questions().items():
            kind = "predicted" if name == "prediction" else name
            yield intent(kind, act.id, **commit(question, question.options[option % len(question.options)].id))
        for design in unlock.designs(act):
            yield intent("moved", act.id, settings=design)
        yield intent("revealed", act.id)
        here = _act(client, act.id, lab_id)["reflection"]
        why = here["options"][option % len(here["options"])]["id"]
        yield intent("reflected", act.id, option=why, text="Why not.", **_cited(here))
        here = _act(client, act.id, lab_id)["decision"]
        decision = here["options"][option % len(here["options"])]["id"]
        yield intent("decided", act.id, option=decision, text="So be it.", settings={}, **_cited(here))


def commit(question: Question, option: str) -> dict[str, Any]:
    """The payload of a prediction: an option, or a number in the stretch of this option with an interval in it."""
    if not isinstance(question, NumberQuestion):
        return {"option": option, "confidence": 0.7}
    answer = answer_of(question, option)
    best = answer["value"]
    if question.scale == "log":
        reach = min(question.widest**0.49, (answer["high"] / answer["low"]) ** 0.49)
        return {"value": best, "low": best / reach, "high": best * reach}
    reach = min(question.widest, answer["high"] - answer["low"]) * 0.49
    return {"value": best, "low": best - reach, "high": best + reach}


def _cited(part: dict[str, Any]) -> dict[str, Any]:
    asked = part["cites"]
    return {"cites": [design["id"] for design in asked["designs"][: asked["count"]]]} if asked else {}


def other_settings(instrument: dict[str, Any]) -> dict[str, Any]:
    """The start settings with one control moved."""
    control = instrument["controls"][0]
    values = [item["value"] for item in control.get("ticks") or control["options"]]
    start = instrument["start"]
    found: dict[str, Any] = start | {control["id"]: next(value for value in values if value != start[control["id"]])}
    return found


def _act(client: Client, act: str, lab_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in client.document(lab_id)["acts"] if one["id"] == act)
    return found


def walk(client: Client, until: str | None = None, *, option: int = 0) -> list[dict[str, Any]]:
    """Go through the lab, up to and including the intent `act1:predicted` or such; the intents that were accepted."""
    done = []
    for step in steps(client, option=option):
        answer = client.post("events", step)
        assert answer.status_code == 201, answer.text
        done.append(step)
        if until == f"{step.get('act')}:{step['kind']}":
            break
    return done


def ledger_text(store: SqliteStore) -> str:
    """All that the ledger holds; what an export says besides, the time at which it was made, is left out."""
    header, _, body = export(store).partition("\n")
    kept = {name: value for name, value in json.loads(header).items() if name != "exported_at"}
    return json.dumps(kept) + "\n" + body


def told(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of an answer, checked to be of the one stable shape."""
    assert answer.headers["content-type"] == "application/json"
    body = json.loads(answer.content)
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert list(error) == ["code", "message", "field", "value", "allowed"]
    assert (answer.status_code, error["code"]) == (status, code), error
    assert isinstance(error["message"], str)
    assert len(error["message"]) > 10
    assert error["field"] is None or isinstance(error["field"], str)
    assert error["allowed"] is None or isinstance(error["allowed"], str)
    assert not isinstance(error["value"], dict | list)
    return error
