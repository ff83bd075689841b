"""Ledgers for the architecture record: a capstone that was worked through, and one with all that a ledger can hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.spec import Act, NumberQuestion
from ironlaw.labs.v2_17_constraints_never_lie import LAB, architecture, steps, sweep
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS, most
from ironlaw.ledger import Draft, SqliteStore
from ledger.make import add, draft

ID = LAB.id
ACT = LAB.acts[1]
START: dict[str, Any] = dict(architecture.START)
WORDS = "Ask the board for the latency: <b>two hundred</b> is a habit & no need. "
LONG = "Donaudampfschifffahrtsgesellschaft 漢字仮名交じり文 \u0645\u0631\u062d\u0628\u0627 " * 30


def kept(settings: Mapping[str, Any]) -> bool:
    """Whether a design keeps every limit, by the quantities themselves and not by the act's constraints."""
    allowed = most()
    return all(found <= allowed[limit] for limit, found in steps.quantities(settings).items())


@cache
def approved() -> dict[str, Any]:
    """A design that keeps all limits: the first on the grid, looked for with what the scenario makes cheap."""
    for backbone in sweep.BACKBONES:
        for epsilon in sweep.EPSILONS:
            for weight in sweep.WEIGHTS:
                found = {
                    **START, "backbone": backbone, "epsilon": epsilon, "weight": weight, "spare": 0.5, "zones": 4.0,
                    "retrains": 1.0, "interval": 1_800.0, "strategy": "tensor",
                }  # fmt: skip
                if kept(found):
                    return found
    raise AssertionError("no design is approved")


def decided(settings: Mapping[str, Any], text: str = WORDS, option: str = "submit") -> Draft:
    """The event of a signature, with what the engine said of the design."""
    run = ev.evaluate(ACT, ev.clean(ACT, dict(settings)))
    result = {name: run.values[name] for name in ACT.decision.record}
    engine = {"result": result, "violated": list(run.violated)}
    return draft(
        "decided",
        lab=ID,
        lab_version=LAB.version,
        payload={"act": ACT.id, "option": option, "text": text, "settings": dict(settings), "engine": engine},
    )


def moved(settings: Mapping[str, Any]) -> Draft:
    """The event of a design."""
    return draft("moved", lab=ID, payload={"act": ACT.id, "settings": dict(settings)})


def answered(lab: str, act: Act) -> list[Draft]:
    """All predictions of an act, wrong or right as it comes, and revealed."""
    found = []
    for name, question in act.questions().items():
        given: dict[str, Any] = {"act": act.id, "option": question.options[-1].id, "confidence": 0.8}
        given |= {"question": name} if name != "prediction" else {}
        if isinstance(question, NumberQuestion):
            low, high = question.axis
            given |= {"low": low, "value": (low + high) / 2, "high": high}
        found.append(
            draft("predicted", lab=lab, payload=given | {"engine": {"correct": False, "key": question.options[0].id}})
        )
    return [*found, draft("revealed", lab=lab, payload={"act": act.id})]  # fmt: skip


def capstone(store: SqliteStore, settings: Mapping[str, Any], text: str = WORDS, option: str = "submit") -> None:
    """The capstone from its first event to its last, with this design signed."""
    add(
        store,
        draft("opened", lab=ID),
        *answered(ID, LAB.acts[0]),
        draft("decided", lab=ID, payload={"act": "act1", "option": "margin", "text": text, "engine": {}}),
        *answered(ID, ACT),
        moved(START),
        moved(settings),
        decided(settings, text, option),
        draft("completed", lab=ID),
    )


def earlier(store: SqliteStore, *names: str, left: bool = True) -> None:
    """These labs done, with long texts, each act with a decision and limits that were hit (and left)."""
    for name in names:
        built = labs.load(name) if name in labs.built() else None
        acts = (
            [(act.id, max(act.decision.options, key=lambda one: len(one.text)).id) for act in built.acts]
            if built
            else []
        )
        events = [draft("opened", lab=name)]
        for act, option in acts or [("act1", "an-option-with-a-long-name"), ("act2", "another-option-with-a-name")]:
            own = {"act": act}
            events += [draft("predicted", lab=name, extra=own), draft("revealed", lab=name, payload=own)]
            events += [draft("violated", lab=name, extra=own)]
            events += [draft("recovered", lab=name, extra=own)] if left else []
            events += [draft("decided", lab=name, extra={"act": act, "option": option, "text": LONG[:1900]})]
        add(store, *events, draft("completed", lab=name))  # fmt: skip


def maximal(store: SqliteStore) -> None:
    """All 34 labs done, long texts, a lab that nobody knows, and a measured machine."""
    earlier(store, *(entry.id for entry in labs.curriculum() if entry.id != ID), "v2_77")
    capstone(store, approved(), LONG[:1900], max(ACT.decision.options, key=lambda one: len(one.text)).id)
    add(store, draft("measured"))


def fullest(found: dict[str, Any]) -> dict[str, Any]:
    """The record of a maximal ledger with everything else that may come to it: faults, chains, versions, long names."""
    ledger, design = found["ledger"], found["design"]
    runs = [{**found["versions"][0], "engine": f"0.0.{number}", "differs": ["engine"]} for number in range(9)]
    other = [{**ledger["chains"][0], "last": f"2020-01-0{number}"} for number in range(1, 6)]
    said = "Not whole: 123,456 events in 6 chains verify and are told here; 12,345 could not be used. Nothing of those is guessed."
    return {
        **found,
        "learner": LONG,
        "missing": [f"Left out: {LONG}" for _ in range(40)],
        "design": {**design, "drift": LONG, "said": "No approved design. " + "None of the designs keeps all. " * 7},
        "decision": {**found["decision"], "text": LONG, "sentence": LONG},
        "predictions": [{**one, "act": LONG, "quantity": LONG, "engine": {"value_text": None, "text": LONG}} for one in found["predictions"]],
        "versions": runs,
        "ledger": {**ledger, "chains": [*ledger["chains"], *other], "said": said},
    }  # fmt: skip


assert set(LIMITS) == {one.id for one in ACT.constraints}
