"""The document: what this learner may see of a lab now, as JSON. What is locked is not in it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import figures, flow, maths
from ironlaw.labkit.evaluate import Evaluation
from ironlaw.labkit.flow import ActProgress, Progress, reached
from ironlaw.labkit.spec import (
    CONFIDENCES,
    Act,
    Band,
    BandQuestion,
    ChoiceControl,
    Control,
    Feedback,
    Lab,
    NumberControl,
    Q,
    Question,
    Reflection,
    Term,
    Try,
)
from ironlaw.labkit.text import Slots, facts_of, fill, html, plain

SCHEMA = 1
T = TypeVar("T")


def document(
    lab: Lab,
    progress: Progress,
    *,
    engine: Mapping[str, str],
    saved: Mapping[str, Any],
    notices: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The DOCUMENT of docs/reference/document.md for a learner with this progress."""
    stages = flow.stages(lab, progress)
    finished = flow.complete(lab, progress)
    return {
        "schema": SCHEMA,
        "lab": {
            "id": lab.id,
            "title": lab.title,
            "volume": lab.volume,
            "number": lab.number,
            "version": lab.version,
            "minutes": lab.minutes,
            "invariant_html": html(lab.invariant, {}),
            "domains": list(lab.domains),
        },
        "engine": dict(engine),
        "notices": list(notices),
        "contexts": [{"id": c.id, "name": c.name, "html": html(c.text, {})} for c in lab.contexts],
        "next": flow.following(lab, progress),
        "journey": flow.journey(lab, progress),
        "saved": dict(saved),
        "acts": [_act(lab, act, stages[act.id], progress.get(act.id)) for act in lab.acts],
        "synthesis": {"html": html(lab.synthesis, {})} if finished else None,
    }


def _act(lab: Lab, act: Act, stage: flow.Stage, progress: ActProgress | None) -> dict[str, Any]:
    head = {"id": act.id, "title": act.title, "minutes": act.minutes, "stage": stage}
    if stage == "locked":
        return head
    here = slots_of(act, progress)
    open_ = reached(stage, "explore")
    return head | {
        "message": {"from": act.sender, "html": html(act.message, here)},
        "briefing_html": html(act.briefing, here),
        "givens": [
            {"id": g.id, "label": g.label, "text": plain(g.value, g.kind), "source": g.source} for g in act.givens
        ],
        "prediction": _prediction(act, here, progress),
        "instrument": _instrument(lab, act, progress) if open_ and progress else None,
        "reveal": _reveal(act, here, progress) if reached(stage, "reflect") and progress else None,
        "reflection": _reflection(act, here, progress) if reached(stage, "reflect") and progress else None,
        "math": [maths.peek(item, here) for item in act.math] if reached(stage, "decide") else None,
        "decision": _decision(act, here, progress) if reached(stage, "decide") and progress else None,
    }


def current(act: Act, progress: ActProgress | None) -> Evaluation:
    """The model at the learner's last settings, or at the start."""
    return ev.evaluate(act, ev.recalled(act, progress.settings if progress else None))


def slots_of(act: Act, progress: ActProgress | None, signed: Mapping[str, Any] | None = None) -> Slots:
    """The slots for an act's prose, at the `signed` settings if given.

    A plan that cannot run has no numbers to talk about: then the learner's last one that could speaks, or the start.
    """
    start = ev.evaluate(act, act.start())
    wanted = signed if signed is not None else progress.feasible_settings if progress else None
    now = ev.evaluate(act, ev.recalled(act, wanted))
    you: dict[str, Q] = {}
    if progress and progress.prediction:
        blank = Slots(act, facts_of(act), start.values, start.values)
        you["option"] = Q(_texts(act.prediction, blank).get(progress.prediction["option"]), "text")
        you["confidence"] = Q(progress.prediction["confidence"], "share")
    values = now.values if now.feasible else start.values
    return Slots(act, facts_of(act), values, start.values, you)


def shuffled(items: Sequence[T], seed: str) -> list[T]:
    """A stable order that does not depend on how the author wrote the options."""
    order = list(items)
    random.Random(seed).shuffle(order)  # noqa: S311 - an order on a page, not a secret
    return order


def _options(question: Question, here: Slots, seed: str) -> list[dict[str, str]]:
    # Bands stay in order, for they are an axis.
    order = list(question.options) if isinstance(question, BandQuestion) else shuffled(question.options, seed)
    return [{"id": option.id, "text": fill(option.text, here)} for option in order]


def _texts(question: Question, here: Slots) -> dict[str, str]:
    return {option.id: fill(option.text, here) for option in question.options}


def _prediction(act: Act, here: Slots, progress: ActProgress | None) -> dict[str, Any]:
    question = act.prediction
    sent = progress.prediction if progress else None
    return {
        "question_html": html(question.text, here),
        "quantity": question.quantity,
        "options": _options(question, here, f"{act.id}:{act.title}:prediction"),
        "confidences": [{"value": value, "text": f"{plain(value, 'share')} · {words}"} for value, words in CONFIDENCES],
        "committed": {"option": sent["option"], "confidence": sent["confidence"], "at": sent["at"]} if sent else None,
    }


def _instrument(lab: Lab, act: Act, progress: ActProgress) -> dict[str, Any]:
    now = current(act, progress)
    return {
        "context_settings": {context.id: dict(context.settings.get(act.id, {})) for context in lab.contexts},
        "context": progress.context or act.context,
        "start": act.start(),
        "settings": dict(now.settings),
        "controls": [_control(control) for control in act.controls],
        "goals": flow.goals(act, progress),
        "result": ev.result(now),
    }


def _control(control: Control) -> dict[str, Any]:
    head = {"id": control.id, "label": control.label, "drawer": control.drawer, "help": control.help}
    if isinstance(control, ChoiceControl):
        options = [{"value": o.value, "text": o.text, "note": o.note} for o in control.options]
        return head | {"kind": "choice", "options": options}
    assert isinstance(control, NumberControl)  # noqa: S101 - for the type checker: a control is one or the other
    ticks = [{"index": i, "value": v, "text": plain(v, control.kind)} for i, v in enumerate(control.ticks)]
    return head | {"kind": "number", "min": 0, "max": len(ticks) - 1, "step": 1, "ticks": ticks}


def _feedback(feedback: Feedback | None, here: Slots) -> dict[str, Any]:
    if feedback is None:
        raise LookupError("an option that is not the key has no feedback: `ironlaw check` names it")
    return {"title": feedback.title, "html": html(feedback.text, here), "try": _try(feedback.attempt, here)}


def _try(attempt: Try | None, here: Slots) -> dict[str, Any] | None:
    return {"text": fill(attempt.text, here), "settings": dict(attempt.settings)} if attempt else None


def _chosen(question: Question, option: str) -> Band | Term | None:
    """The option that the ledger names; None when this version of the lab no longer has it."""
    return next((o for o in question.options if o.id == option), None)


def _axis(act: Act, question: Question, option: str, here: Slots) -> dict[str, Any] | None:
    texts = _texts(question, here)
    return figures.question_axis(question, facts_of(act), option, texts) if option in texts else None


def _reveal(act: Act, here: Slots, progress: ActProgress) -> dict[str, Any] | None:
    sent = progress.prediction
    if sent is None:
        return None
    told = sent["engine"]
    option = _chosen(act.prediction, sent["option"])
    right = bool(told["correct"])
    scored = (
        f"Brier score {told['brier']:.2f} (zero is perfect, two is worst), log error {told['log']:.2f}. "
        "Both reward honest confidence; neither is a grade."
    )
    return {
        "html": html(act.reveal.text, here),
        "axis": _axis(act, act.prediction, sent["option"], here),
        "score": {
            "correct": right,
            "brier": told["brier"],
            "log": told["log"],
            "html": f"<p>{scored}</p>",
            "verdict": fill(act.reveal.correct, here) if right else "",
        },
        "feedback": None if right or option is None else _feedback(option.feedback, here),
    }


def _reflection(act: Act, here: Slots, progress: ActProgress) -> dict[str, Any]:
    reflection = act.reflection
    return {
        "question_html": html(reflection.question.text, here),
        "options": _options(reflection.question, here, f"{act.id}:{act.title}:reflection"),
        "ask_text": fill(reflection.ask, here),
        "answered": _answered(act, reflection, here, progress.reflections[0]) if progress.reflections else None,
    }


def _answered(act: Act, reflection: Reflection, here: Slots, sent: Mapping[str, Any]) -> dict[str, Any]:
    option = _chosen(reflection.question, sent["option"])
    right = bool(sent["engine"]["correct"])
    told: dict[str, Any] = {"title": "", "html": "", "try": None}
    if right:
        told["html"] = html(reflection.correct, here)
    elif option is not None:
        told = _feedback(option.feedback, here)
    return {
        "option": sent["option"],
        "text": sent.get("text", ""),
        "correct": right,
        **told,
        "axis": _axis(act, reflection.question, sent["option"], here),
    }


def _decision(act: Act, here: Slots, progress: ActProgress) -> dict[str, Any]:
    sent = progress.decision
    decided = None
    if sent is not None:
        option = next((o for o in act.decision.options if o.id == sent["option"]), None)
        # The answer speaks of the design that was signed, whatever the instrument shows now.
        signed = slots_of(act, progress, sent["settings"])
        said = html(option.answer, signed) if option else ""
        decided = {"option": sent["option"], "text": sent.get("text", ""), "html": said, "at": sent["at"]}
    return {
        "question_html": html(act.decision.text, here),
        "options": [{"id": o.id, "text": fill(o.text, here)} for o in act.decision.options],
        "ask_text": fill(act.decision.ask, here),
        "decided": decided,
    }
