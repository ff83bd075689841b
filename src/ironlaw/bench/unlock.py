"""A walk through any lab by its specification alone: the intents that open its instruments, and settings to ask for there.

The answers are the first that are allowed, not the right ones. The walk knows no rule of its own: what it sends goes through
the session, which refuses what is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, islice, product
from math import floor, log10, sqrt
from typing import Any

from ironlaw.labkit.evaluate import evaluate
from ironlaw.labkit.spec import Act, Control, Lab, NumberControl, NumberQuestion, Question, Quota
from ironlaw.ledger import uuid7

Send = Callable[[dict[str, Any]], object]  # takes the body of POST /api/labs/{id}/events

CONFIDENCE = 0.5
NARROW = 1.05  # an interval of a guess on a logarithmic axis reaches so far either way
CLOSE = 0.05  # and on a linear one by this share of the axis


def unlock(lab: Lab, send: Send) -> None:
    """Send what opens every act's instrument, the last one's too; nothing is done there."""
    for body in walk(lab):
        send(body)


def walk(lab: Lab, *, through: bool = False) -> Iterator[dict[str, Any]]:
    """The bodies of the intents in order, up to the last act's instrument, or `through` to the last signature."""
    for act in lab.acts:
        yield from answers(act)
        if act is lab.acts[-1] and not through:
            return
        yield from finish(act)


def answers(act: Act) -> Iterator[dict[str, Any]]:
    """The commits before the instrument of an act."""
    for name, question in act.questions().items():
        yield _body("predicted" if name == "prediction" else name, act, **guess(question))


def finish(act: Act) -> Iterator[dict[str, Any]]:
    """From the instrument of an act to its signature: recorded designs, reveal, reflection, decision."""
    moved = [_body("moved", act, settings=design) for design in designs(act)]
    ids = [body["id"] for body in moved]
    yield from moved
    yield _body("revealed", act)
    yield _body("reflected", act, option=act.reflection.question.options[0].id, **_cited(act.reflection.cites, ids))
    signed = _sound(act)
    yield _body("decided", act, option=act.decision.options[0].id, settings=signed, **_cited(act.decision.cites, ids))


def guess(question: Question) -> dict[str, Any]:
    """An answer that the question allows."""
    if not isinstance(question, NumberQuestion):
        return {"option": question.options[0].id, "confidence": CONFIDENCE}
    first, last = question.axis
    if question.scale == "log":
        far = min(NARROW, sqrt(question.widest) * 0.99, sqrt(last / first))
        best = sqrt(first * last)
        return {"low": best / far, "value": best, "high": best * far}
    reach = min(question.widest * 0.49, (last - first) * CLOSE)
    best = (first + last) / 2
    return {"low": best - reach, "value": best, "high": best + reach}


def designs(act: Act) -> list[dict[str, Any]]:
    """Different designs, one after another, that open the act's reveal and suffice for its citations."""
    cites = [each.count for each in (act.reflection.cites, act.decision.cites) if each]
    found = list(islice(_different(act), max([1, *cites])))
    for quota in act.quotas:
        found += _decades(act, quota) if quota.kind == "decades" else list(islice(_different(act), quota.need))
    return found


def _different(act: Act) -> Iterator[dict[str, Any]]:
    """Designs beside the start: one control moved, then two."""
    start = act.start()
    shown = [control for control in act.controls if not control.hidden]
    single = ({control.id: value} for control in shown for value in values_of(control))
    pairs = (
        {one.id: a, two.id: b}
        for n, one in enumerate(shown)
        for two in shown[n + 1 :]
        for a, b in product(values_of(one), values_of(two))
        if a != one.start and b != two.start
    )
    return (design for change in chain(single, pairs) if (design := start | change) != start)


def _decades(act: Act, quota: Quota) -> list[dict[str, Any]]:
    """One design in each power of ten of the quota's control."""
    control = act.control(quota.control)
    if not isinstance(control, NumberControl):
        raise TypeError(f"quota {quota.id} of {act.id} counts decades of {quota.control!r}, which is no number")
    ticks = {floor(log10(tick) + 1e-9): tick for tick in control.ticks if tick > 0}
    return [act.start() | {control.id: tick} for tick in islice(ticks.values(), quota.need)]


def _sound(act: Act) -> dict[str, Any]:
    """A design that can run: the start, or the first near it that does."""
    return next(design for design in chain([act.start()], _different(act)) if evaluate(act, design).feasible)


def _cited(cites: Any, ids: list[str]) -> dict[str, Any]:
    return {"cites": ids[: cites.count]} if cites else {}


def _body(kind: str, act: Act, **payload: Any) -> dict[str, Any]:
    return {"id": uuid7(), "kind": kind, "act": act.id, "payload": payload}


# --- settings to ask for ----------------------------------------------------------------------------------------------


def values_of(control: Control) -> list[Any]:
    """Every value that a learner can set."""
    return list(control.ticks) if isinstance(control, NumberControl) else [option.value for option in control.options]


def course(act: Act, count: int) -> list[dict[str, Any]]:
    """`count` settings in a fixed order: half are steps of one control after another, half jumps of all of them."""
    shown = [control for control in act.controls if not control.hidden]
    single = [act.start() | {control.id: value} for control in shown for value in values_of(control)]
    dice = random.Random(act.id)  # noqa: S311 - a fixed course, not a secret
    found = []
    for index in range(count):
        jump = {control.id: dice.choice(values_of(control)) for control in shown}
        found.append(act.start() | jump if index % 2 else single[index // 2 % len(single)])
    return found
