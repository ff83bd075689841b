"""The one door: an intent and a ledger in, events and a document out. Every transport calls it and adds no rule.

Nothing is kept between calls but the store: any process with the same ledger gives the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ironlaw import __version__, labs, registry
from ironlaw.intents import Intent, find_act, find_context, find_lab, read_intent, read_object
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import flow, quotas
from ironlaw.labkit.challenge import met, search
from ironlaw.labkit.designs import trails
from ironlaw.labkit.document import document, has_tracks, place
from ironlaw.labkit.evidence import NOTHING, Evidence
from ironlaw.labkit.refusal import Refusal, shown
from ironlaw.labkit.scoring import judged, scored
from ironlaw.labkit.spec import Act, Lab, Value
from ironlaw.labkit.text import facts_of
from ironlaw.ledger import (
    Conflict,
    Draft,
    Event,
    InvalidEventError,
    LabState,
    Store,
    TooLargeError,
    Tx,
    advance,
    design_record,
    fold,
)
from ironlaw.portal import notices, portal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an intent. `kinds` are the events stored for it; none for a replay or a move to where one stood."""

    intent: Intent
    saved: Event | None
    duplicate: bool
    kinds: tuple[str, ...]
    state: LabState | None  # of the lab after it, so that the answer need not read the ledger again


class Session:
    """One learner at one ledger."""

    def __init__(self, store: Store, learner: str = "local") -> None:
        self.store = store
        self.learner = learner
        self._gathered: dict[str, tuple[object, Evidence]] = {}

    def portal(self) -> dict[str, Any]:
        """All labs with this learner's progress: the answer of GET /api/labs."""
        return portal(self.store, self.learner)

    def document(self, lab_id: str) -> dict[str, Any]:
        """The lab as this learner may see it now. Raises Refusal `unknown_lab` or `not_built`."""
        return self.stand(lab_id)[0]

    def stand(self, lab_id: str) -> tuple[dict[str, Any], LabState | None]:
        """The document, and what the ledger holds of the lab: None before anything. One read of the ledger for both."""
        lab = self.lab(lab_id)
        state = fold(self.store.events(self.learner, lab.id)).labs.get(lab.id)
        return self._document(lab, state), state

    def lab(self, lab_id: str) -> Lab:
        """The lab, bound to what this learner's ledger holds where it reads that. Raises Refusal as `find_lab`."""
        lab = find_lab(lab_id)
        return lab.personal(self._evidence(lab)) if lab.personal else lab

    def _evidence(self, lab: Lab) -> Evidence:
        """What the other labs left in the ledger, and the machine that was measured.

        Kept while nothing comes from elsewhere: neither a slider move of such a lab nor its recording folds the others anew.
        """
        broken = " ".join(notice.text for notice in self.store.notices()) or None
        head = (*self.store.head(self.learner, without=lab.id), broken)
        found, evidence = self._gathered.get(lab.id, (None, NOTHING))
        if found != head:
            state = fold(self.store.events(self.learner))
            records = tuple(design_record(other) for other in state.labs.values() if other.id != lab.id)
            machine = state.measured[-1] if state.measured else None
            evidence = Evidence(records=records, machine=machine, broken=broken)
            self._gathered[lab.id] = (head, evidence)
        return evidence

    def evaluate(self, lab_id: str, body: object) -> dict[str, Any]:
        """The RESULT at {act, settings}. Raises Refusal: `locked` before the act's predictions are stored, and all of clean."""
        lab = self.lab(lab_id)
        act, fields = self._act(lab, body, {"act", "settings", "context"})
        settings = ev.clean(act, fields.get("settings", {}))
        self._refuse_locked(lab, act)
        return ev.result(ev.evaluate(act, settings))

    def sweep(self, lab_id: str, body: object) -> dict[str, Any]:
        """One part of an act's sweep at {act, context, part}: its counts. With {totals} for {part}: their figures."""
        lab = self.lab(lab_id)
        act, fields = self._act(lab, body, {"act", "context", "part", "totals"})
        if act.sweep is None:
            raise Refusal("bad_request", f"{act.title} has no sweep", field="act", value=act.id)
        self._refuse_locked(lab, act)
        context = str(fields.get("context") or act.context)
        if "totals" in fields:
            totals = _counts(fields["totals"])
            return {"figures": list(act.sweep.figures(context, totals))}
        part, allowed = fields.get("part"), f"0 to {act.sweep.parts - 1}"
        if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < act.sweep.parts:
            raise Refusal("out_of_range", f"part must be {allowed}", field="part", value=shown(part), allowed=allowed)
        return {"part": part, "parts": act.sweep.parts, "counts": dict(act.sweep.run(context, part))}

    def _act(self, lab: Lab, body: object, names: set[str]) -> tuple[Act, Mapping[str, Any]]:
        fields = read_object(body, "the request", names)
        act = find_act(lab, fields.get("act"))
        if fields.get("context") is not None:
            find_context(lab, fields["context"])
        return act, fields

    def _refuse_locked(self, lab: Lab, act: Act) -> None:
        last = "second" if act.second else "prediction"
        if not self.store.committed(self.learner, lab.id, act.id, last):
            raise Refusal(
                "locked", "The instrument unlocks when your prediction is locked in.", field="act", value=act.id
            )

    def intent(self, lab_id: str, body: object) -> dict[str, Any]:
        """Store an intent and answer with what the page needs next: `work`, the store, `answer`."""
        return self.answer(self.store.write(self.work(lab_id, body)))

    def work(self, lab_id: str, body: object) -> Callable[[Tx], Outcome]:
        """The transaction that carries out an intent, for `Store.write` or `Store.submit`.

        Raises Refusal for a malformed intent; the transaction raises it for one that comes at the wrong time, and then
        stores nothing.
        """
        intent = read_intent(self.lab(lab_id), body)

        def transact(tx: Tx) -> Outcome:
            stored = tx.find(intent.id)
            whole = fold(tx.events(self.learner, intent.lab.id))
            state = whole.labs.get(intent.lab.id)
            if stored is not None:
                return _replayed(intent, stored, self.learner, state)
            drafts = self._drafts(intent, state)
            try:
                events = tx.append(drafts)
            except Conflict as error:
                raise _conflict(intent) from error
            except InvalidEventError as error:  # a time or a text that the ledger cannot keep unchanged
                code = "too_large" if isinstance(error, TooLargeError) else "bad_value"
                raise Refusal(
                    code, error.message, field=error.field, value=shown(error.value), allowed=error.allowed
                ) from error
            after = advance(whole, events).labs.get(intent.lab.id)
            kinds = tuple(event.kind for event in events)
            return Outcome(intent, events[0] if events else None, duplicate=False, kinds=kinds, state=after)

        return transact

    def answer(self, outcome: Outcome) -> dict[str, Any]:
        """The answer of POST /api/labs/{id}/events."""
        intent, event = outcome.intent, outcome.saved
        saved = {
            "id": intent.id,
            "seq": event.seq if event else None,
            "server_time": event.server_time if event else None,
            "duplicate": outcome.duplicate,
            "events": list(outcome.kinds),
        }
        if intent.kind == "moved" and intent.act:
            progress = outcome.state.acts if outcome.state else {}
            mine = progress.get(intent.act.id)
            told: dict[str, Any] = {"goals": flow.goals(intent.act, mine), "quotas": quotas.counted(intent.act, mine)}
            told["trails"] = trails(intent.act, mine)
            if not flow.reached(flow.stages(intent.lab, progress)[intent.act.id], "reflect"):
                return {"saved": saved, **told, "next": flow.following(intent.lab, progress)}
            # From the reveal on, texts and equations name the learner's settings: they must follow the move.
            return {"saved": saved, **told, "document": self._document(intent.lab, outcome.state)}
        return {"saved": saved, "document": self._document(intent.lab, outcome.state)}

    def _document(self, lab: Lab, state: LabState | None) -> dict[str, Any]:
        return document(
            lab,
            state.acts if state else {},
            engine={"version": __version__, "registry": registry.digest()},
            saved={"events": state.events if state else 0, "last": state.last_saved if state else None},
            notices=notices(self.store),
            track=self._track(lab),
        )

    def _track(self, lab: Lab) -> str | None:
        """The track that this learner plays; asked for only where a lab knows tracks."""
        newest = self.store.newest(self.learner, "tracked") if has_tracks(lab) else None
        return str(newest.payload["track"]) if newest else None

    def _drafts(self, intent: Intent, state: LabState | None) -> list[Draft]:
        progress = state.acts if state else {}
        if intent.kind == "opened":
            return [] if state and state.opened_at else [self._draft(intent, intent.kind, {})]
        if intent.act is None:
            return [self._draft(intent, intent.kind, intent.payload)]
        flow.admit(intent.lab, intent.act, intent.kind, progress)
        mine = progress.get(intent.act.id)
        if intent.kind == "moved":
            return self._moved(intent, intent.act, mine)
        _refuse_foreign(intent, intent.act, mine)
        payload = self._placed(intent, intent.act, mine) | _told(intent.act, intent)
        kind = "predicted" if intent.kind == "second" else intent.kind
        drafts = [self._draft(intent, kind, payload)]
        if intent.kind == "decided" and intent.act is intent.lab.acts[-1] and not (state and state.completed_at):
            drafts.append(self._draft(None, "completed", {}, like=drafts[0]))
        return drafts

    def _moved(self, intent: Intent, act: Act, progress: flow.ActProgress | None) -> list[Draft]:
        """The move, and the limits that it crossed or left: the engine says which, not the page."""
        payload = self._placed(intent, act, progress)
        settings = payload["settings"]
        if (payload["context"], settings) == place(intent.lab, act, progress, self._track(intent.lab)):
            return []
        now = ev.evaluate(act, settings)
        told = {"feasible": now.feasible}
        if act.challenge:
            told["met"] = met(act.challenge, settings, now.values)
        drafts = [self._draft(intent, "moved", payload | {"engine": told})]
        for constraint in act.constraints:
            record = progress.hits.get(constraint.id) if progress else None
            was, is_ = bool(record and record.active), constraint.id in now.violated
            # A plan that cannot run says nothing about the limits it has no number for: they stay as they were.
            if was == is_ or now.values[constraint.quantity] is None:
                continue
            found: dict[str, Value | str] = {"act": act.id, "constraint": constraint.id}
            if is_:
                found |= {"value": now.values[constraint.quantity], "limit": now.values[constraint.limit]}
            kind = "violated" if is_ else "recovered"
            drafts.append(self._draft(None, kind, found | {"settings": settings}, like=drafts[0]))
        return drafts

    def _placed(self, intent: Intent, act: Act, progress: flow.ActProgress | None) -> dict[str, Any]:
        """The client's part with its context. One that is not named stays as it was, or is the learner's track."""
        if intent.kind not in ("predicted", "second", "moved", "decided") or "context" in intent.payload:
            return intent.payload
        context, _ = place(intent.lab, act, progress, self._track(intent.lab))
        return intent.payload | {"context": context}

    def _draft(
        self, intent: Intent | None, kind: str, payload: Mapping[str, Any], *, like: Draft | None = None
    ) -> Draft:
        """An event for the intent; one that the engine adds beside it (`like`) gets an id of its own."""
        if intent is not None:
            given: dict[str, Any] = {"id": intent.id, "lab": intent.lab.id, "lab_version": intent.lab.version}
            given["client_time"] = intent.client_time
        elif like is not None:
            given = {"lab": like.lab, "lab_version": like.lab_version, "client_time": like.client_time}
        else:
            raise ValueError("an event belongs to an intent or stands beside one")
        return Draft(
            learner=self.learner,
            engine_version=__version__,
            registry=registry.digest(),
            kind=kind,
            payload=payload,
            **given,
        )


def warm(ended: Callable[[], bool] = lambda: False) -> None:
    """Work out the facts of every act and the best of every challenge that has a cost, until all are known or it has `ended`.

    The first learner to ask would wait for them in the middle of a move otherwise.
    """
    for lab_id in labs.built():
        for act in labs.load(lab_id).acts:
            if ended():
                return
            facts_of(act)
            if act.challenge and act.challenge.cost:
                search(act)


def _refuse_foreign(intent: Intent, act: Act, progress: flow.ActProgress | None) -> None:
    """A citation picks from the learner's own designs of this act, as many as are asked for and exist."""
    cites = {"reflected": act.reflection.cites, "decided": act.decision.cites}.get(intent.kind)
    if cites is None:
        return
    own = {design["id"]: str(sorted(design["settings"].items())) for design in progress.designs} if progress else {}
    picked = intent.payload.get("cites", [])
    wanted = min(cites.count, len(set(own.values())))
    if any(one not in own for one in picked) or len(picked) < wanted:
        raise Refusal(
            "bad_value", f"Pick {wanted} of your own designs of this act.", field="payload.cites", value=len(picked)
        )


def _counts(totals: object) -> dict[str, int]:
    """The sums that a page has counted: names and whole numbers. They are drawn, never stored."""
    fields = read_object(totals, "totals", set(totals) if isinstance(totals, Mapping) else set(), field="totals")
    for name, count in fields.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 2**53:
            raise Refusal("bad_value", "totals must be counts", field=f"totals.{shown(name)}", value=shown(count))
    if not {"designs", "feasible"} <= set(fields):
        raise Refusal("missing", "totals must hold designs and feasible", field="totals")
    return dict(fields)


def _told(act: Act, intent: Intent) -> dict[str, Any]:
    """What the engine adds to an answer: the key and the scores, or the result of the design that is signed."""
    facts = facts_of(act)
    if intent.kind in ("predicted", "second"):
        question = act.questions()[intent.payload.get("question", "prediction")]
        return {"engine": judged(question, facts, intent.payload) | scored(question, facts, intent.payload)}
    if intent.kind == "reflected":
        return {"engine": judged(act.reflection.question, facts, intent.payload)}
    if intent.kind == "decided":
        signed = ev.evaluate(act, intent.payload["settings"])
        if not signed.feasible:
            raise Refusal("infeasible", f"This design cannot be signed. {signed.reason}", field="payload.settings")
        result = {name: signed.values[name] for name in act.decision.record}
        return {"engine": {"result": result, "violated": list(signed.violated)}}
    return {}


def _replayed(intent: Intent, stored: Event, learner: str, state: LabState | None) -> Outcome:
    """A retry gets the answer that the first try had; the same id with other content is refused."""
    # A context that the page left out was filled in when the event was stored.
    added = {"engine"} if "context" in intent.payload else {"engine", "context"}
    client = {name: value for name, value in stored.payload.items() if name not in added}
    kind = "predicted" if intent.kind == "second" else intent.kind
    same = (stored.kind, stored.lab, stored.learner, client) == (kind, intent.lab.id, learner, intent.payload)
    if not same:
        raise _conflict(intent)
    return Outcome(intent, stored, duplicate=True, kinds=(), state=state)


def _conflict(intent: Intent) -> Refusal:
    return Refusal(
        "conflict",
        "An event with this id and other content is already in the ledger; it stands.",
        field="id",
        value=intent.id,
    )
