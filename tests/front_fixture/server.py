"""A small stand-in for the studio: the real shells, page files and labkit documents, a ledger in memory, faults on demand.

For looking at the page (`python tests/front_fixture/server.py`) and for the page's own tests, which need a server that can be
told to stay silent, to fail, or to store an intent and lose the answer.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jinja2

from ironlaw import front, labs
from ironlaw.labkit import document, evaluate, flow
from ironlaw.labkit.refusal import Refusal
from ironlaw.labkit.spec import Act, Lab

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
NOW = "2026-01-05T10:32:00Z"


@dataclass
class Limit:
    hits: int = 0
    recoveries: int = 0
    active: bool = False


@dataclass
class Memory:
    """What labkit's flow asks of a ledger, for one act."""

    prediction: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    moves: int = 0
    revealed: bool = False
    reflections: list[dict[str, Any]] = field(default_factory=list)
    decision: dict[str, Any] | None = None
    hits: dict[str, Limit] = field(default_factory=dict)


class Bench:
    """One learner, one lab, and the faults of the moment: `down` (503), `delay` seconds, `lose` (store, then cut off)."""

    def __init__(self, lab_id: str = "v2_02") -> None:
        self.lab: Lab = labs.load(lab_id)
        self.templates = jinja2.Environment(loader=jinja2.FileSystemLoader(front.FOLDER), autoescape=True)
        self.faults: dict[str, Any] = {}
        self.reset()

    def reset(self) -> None:
        self.acts: dict[str, Memory] = {}
        self.intents: list[dict[str, Any]] = []
        self.notices: list[dict[str, str]] = []
        self.context: str | None = None

    def document(self) -> dict[str, Any]:
        saved = {"events": len(self.intents), "last": NOW if self.intents else None}
        context = self.context or self.lab.contexts[0].id
        engine = {"version": "fixture", "registry": "fixture"}
        return document.document(self.lab, self.acts, context=context, engine=engine, saved=saved, notices=self.notices)

    def evaluate(self, body: dict[str, Any]) -> dict[str, Any]:
        act = self._act(body["act"])
        return evaluate.result(evaluate.evaluate(act, evaluate.clean(act, body.get("settings", {}))))

    def _act(self, act_id: str) -> Act:
        act = self.lab.act(act_id)
        if act is None:
            raise Refusal("unknown_act", f"no act {act_id}", field="act")
        return act

    def intent(self, sent: dict[str, Any]) -> dict[str, Any]:
        known = next((one for one in self.intents if one["id"] == sent["id"]), None)
        if known is None and sent["kind"] != "opened":
            self._store(self._act(sent["act"]), sent["kind"], sent["payload"])
        if known is None:
            self.intents.append(sent)
        saved = {"id": sent["id"], "seq": len(self.intents), "server_time": NOW, "duplicate": known is not None, "events": [sent["kind"]]}
        if sent["kind"] == "moved":
            return {"saved": saved, "goals": flow.goals(self._act(sent["act"]), self.acts[sent["act"]])}
        return {"saved": saved, "document": self.document()}

    def _store(self, act: Act, kind: str, payload: dict[str, Any]) -> None:
        flow.admit(self.lab, act, kind, self.acts)
        memory = self.acts.setdefault(act.id, Memory())
        self.context = payload.get("context", self.context)
        stamped = {**payload, "at": NOW}
        if kind == "predicted":
            right = payload["option"] == act.prediction.key(act.facts())
            memory.prediction = {**stamped, "engine": {"correct": right, "brier": 0.24, "log": 0.36}}
        elif kind == "moved":
            memory.moves += 1
            memory.settings = payload["settings"]
            self._limits(act, memory)
        elif kind == "revealed":
            memory.revealed = True
        elif kind == "reflected":
            right = payload["option"] == act.reflection.question.key(act.facts())
            memory.reflections.append({**stamped, "engine": {"correct": right}})
        else:
            memory.decision = stamped

    def _limits(self, act: Act, memory: Memory) -> None:
        now = evaluate.evaluate(act, evaluate.clean(act, memory.settings)).violated
        for limit in act.constraints:
            record = memory.hits.setdefault(limit.id, Limit())
            broken = limit.id in now
            record.hits += broken and not record.active
            record.recoveries += record.active and not broken
            record.active = broken

    def shell(self, name: str) -> str:
        if name == "portal.html":
            title, about = "Ironlaw", "A flight simulator for people who build machine-learning systems. Predict, act, fail, recover, record."
            return self.templates.get_template(name).render(title=title, description=about, boot=_embed(self.map()))
        boot = self.document()
        lab = boot["lab"]
        kicker = f"Volume {'I' * lab['volume']} · Lab {lab['number']} · {', '.join(lab['domains'])} · {lab['minutes']} minutes"
        return self.templates.get_template(name).render(
            title=lab["title"], description=lab["title"], kicker=kicker, invariant_html=lab["invariant_html"], boot=_embed(boot)
        )

    def map(self) -> dict[str, Any]:
        done = sum(step["state"] == "done" for step in flow.journey(self.lab, self.acts))
        progress = {"stage": "in_progress" if done else "not_started", "done": done, "of": 8, "acts": [], "limits_hit": 0, "limits_left": 0, "last_saved": None}
        cells = [
            {"id": e.id, "volume": e.volume, "number": e.number, "title": e.title, "invariant": e.invariant, "built": e.built, "minutes": 34, "progress": progress}
            for e in labs.curriculum()
        ]
        volumes = [{"number": number, "title": title} for number, title in labs.volumes().items()]
        totals = {"labs": len(cells), "built": sum(e.built for e in labs.curriculum()), "done": 0, "events": len(self.intents)}
        return {"schema": 1, "labs": cells, "volumes": volumes, "totals": totals, "notices": self.notices}


def _embed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    bench: Bench

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            file = front.FOLDER / path.removeprefix("/static/")
            return self._send(200, file.read_bytes(), TYPES[file.suffix]) if file.is_file() else self._send(404, b"", "text/plain")
        if path.startswith("/api/") and self._faulty():
            return None
        if path == "/api/labs":
            return self._json(200, self.bench.map())
        if path.startswith("/api/"):
            return self._json(200, self.bench.document())
        return self._send(200, self.bench.shell("portal.html" if path == "/" else "lab.html").encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if self.path.endswith("/evaluate"):
            return None if self._faulty() else self._answer(self.bench.evaluate, body)
        faults = self.bench.faults
        if faults.get("lose"):
            faults["lose"] -= 1
            self.bench.intent(body)
            self.close_connection = True
            return None
        return None if self._faulty() else self._answer(self.bench.intent, body)

    def _answer(self, work: Any, body: dict[str, Any]) -> None:
        try:
            self._json(200, work(body))
        except Refusal as error:
            told = {key: getattr(error, key, None) for key in ("code", "field", "value", "allowed")}
            self._json(409 if error.code in {"locked", "wrong_stage", "already_committed"} else 422, {"error": {**told, "message": str(error)}})

    def _faulty(self) -> bool:
        time.sleep(self.bench.faults.get("delay", 0))
        if self.bench.faults.get("down"):
            self._json(503, {"error": {"code": "ledger_unavailable", "message": "The ledger is not available."}})
        return bool(self.bench.faults.get("down"))

    def _json(self, status: int, value: object) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": CSP, "Cache-Control": "no-store"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def serve(bench: Bench, port: int = 0) -> ThreadingHTTPServer:
    """A server bound to this machine; the caller runs `serve_forever` in a thread and shuts it down."""
    handler = type("BenchHandler", (Handler,), {"bench": bench})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    running = serve(Bench(), int(sys.argv[1]) if len(sys.argv) > 1 else 8137)
    sys.stdout.write(f"http://127.0.0.1:{running.server_port}/\n")
    running.serve_forever()
