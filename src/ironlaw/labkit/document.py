"""The document: what this learner may see of a lab now, as JSON. What is locked is not in it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ironlaw.elementary import exp
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import flow, maths, quotas, tracks
from ironlaw.labkit.axis import interval_of, question_axis
from ironlaw.labkit.designs import cited, trails
from ironlaw.labkit.flow import ActProgress, Progress, reached
from ironlaw.labkit.scoring import COVERAGE, judged, scored
from ironlaw.labkit.spec import (
    CONFIDENCES,
    Act,
    Band,
    ChoiceControl,
    Context,
    Control,
    Facts,
    Feedback,
    Lab,
    NumberControl,
    NumberQuestion,
    Q,
    Question,
    Reflection,
    Term,
    TermQuestion,
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
    track: str | None = None,
) -> dict[str, Any]:
    """The DOCUMENT of docs/reference/document.md for a learner with this progress, who plays this track."""
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
        "contexts": [{"id": c.id, "name": c.name, "track": c.track, "html": html(c.text, {})} for c in lab.contexts],
        "track": {"chosen": track, "options": tracks.options()} if has_tracks(lab) else None,
        "ledger_panel": lab.ledger_panel,
        "next": flow.following(lab, progress),
        "journey": flow.journey(lab, progress),
        "saved": dict(saved),
        "acts": [_act(lab, act, stages[act.id], progress.get(act.id), track) for act in lab.acts],
        "synthesis": {"html": html(lab.synthesis, {})} if finished else None,
    }


def has_tracks(lab: Lab) -> bool:
    """Whether the page asks for a track."""
    return lab.asks_track or any(context.track for context in lab.contexts)


def _act(lab: Lab, act: Act, stage: flow.Stage, progress: ActProgress | None, track: str | None) -> dict[str, Any]:
    head = {"id": act.id, "title": act.title, "minutes": act.minutes, "role": act.role, "stage": stage}
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
        "prediction": _prediction(act, "prediction", here, progress),
        "second": _second(act, here, progress) if act.second and reached(stage, "second") else None,
        "instrument": _instrument(lab, act, progress, track) if open_ and progress else None,
        "reveal": _reveal(act, here, progress) if reached(stage, "reflect") and progress else None,
        "reflection": _reflection(act, here, progress) if reached(stage, "reflect") and progress else None,
        "math": [maths.peek(item, here) for item in act.math] if reached(stage, "decide") else None,
        "decision": _decision(act, here, progress) if reached(stage, "decide") and progress else None,
    }


def place(lab: Lab, act: Act, progress: ActProgress | None, track: str | None) -> tuple[str, dict[str, Any]]:
    """The context and the settings that an act stands at: the last ones, or those with which this learner begins."""
    known = {context.id: context for context in lab.contexts_of(act)}
    begun = track if track in known and known[track].track else act.context
    context = (progress.context if progress else None) or begun
    if progress and progress.settings is not None:
        return context, ev.recalled(act, progress.settings)
    return context, ev.recalled(act, {**act.start(), **_presets(act, known.get(context))})


def _presets(act: Act, context: Context | None) -> Mapping[str, Any]:
    """A track differs from the start from the first move on; other contexts begin at the act's own start."""
    return context.settings[act.id] if context and context.track else {}


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
        you["option"] = Q(_said(act.prediction, progress.prediction, blank), "text")
        you["confidence"] = Q(progress.prediction["confidence"], "share")
        if act.second and progress.second:
            you["second"] = Q(_said(act.second.question, progress.second, blank), "text")
    values = now.values if now.feasible else start.values
    return Slots(act, facts_of(act), values, start.values, you)


def shuffled(items: Sequence[T], seed: str) -> list[T]:
    """A stable order that does not depend on how the author wrote the options."""
    order = list(items)
    random.Random(seed).shuffle(order)  # noqa: S311 - an order on a page, not a secret
    return order


def _options(question: Question, here: Slots, seed: str) -> list[dict[str, str]]:
    # Bands stay in order, for they are an axis.
    order = shuffled(question.options, seed) if isinstance(question, TermQuestion) else list(question.options)
    return [{"id": option.id, "text": fill(option.text, here)} for option in order]


def _texts(question: Question, here: Slots) -> dict[str, str]:
    return {option.id: fill(option.text, here) for option in question.options}


def _said(question: Question, sent: Mapping[str, Any], here: Slots) -> str | None:
    """The answer as a learner gave it."""
    if isinstance(question, NumberQuestion) and interval_of(question, sent):
        kind = facts_of(here.act)[question.fact].kind
        return f"{plain(sent['value'], kind)}, {plain(sent['low'], kind)} to {plain(sent['high'], kind)}"
    return _texts(question, here).get(sent["option"])


def _prediction(act: Act, name: str, here: Slots, progress: ActProgress | None) -> dict[str, Any]:
    question = act.questions()[name]
    sent = (progress.prediction if name == "prediction" else progress.second) if progress else None
    page: dict[str, Any] = {"question_html": html(question.text, here), "quantity": question.quantity}
    if isinstance(question, NumberQuestion):
        low, high = question.axis
        kind = facts_of(act)[question.fact].kind
        page |= {
            "entry": {
                "unit": question.unit,
                "per": question.per,
                "scale": question.scale,
                "low": low,
                "high": high,
                "widest": question.widest,
                "coverage": plain(COVERAGE, "share"),
                "text": f"{plain(low, kind)} to {plain(high, kind)}",
            },
            "options": [],
            "confidences": [],
        }
    else:
        confidences = [{"value": value, "text": f"{plain(value, 'share')} · {words}"} for value, words in CONFIDENCES]
        page |= {
            "entry": None,
            "options": _options(question, here, f"{act.id}:{act.title}:{name}"),
            "confidences": confidences,
        }
    committed = None
    if sent:
        kept = ("option", "confidence", "at", "value", "low", "high")
        committed = {key: sent[key] for key in kept if key in sent} | {"text": _said(question, sent, here)}
    return page | {"committed": committed}


def _second(act: Act, here: Slots, progress: ActProgress | None) -> dict[str, Any]:
    """The second question, after a first look: the act's figures at the start."""
    second = act.second
    assert second is not None  # noqa: S101 - for the type checker: the caller looked
    start = ev.evaluate(act, act.start())
    drawn = [spec.draw(start.settings, start.values) for spec in act.figures if spec.id in second.figures]
    look = html(second.look, here) if second.look else ""
    return {"look_html": look, "figures": drawn} | _prediction(act, "second", here, progress)


def _instrument(lab: Lab, act: Act, progress: ActProgress, track: str | None) -> dict[str, Any]:
    context, settings = place(lab, act, progress, track)
    presets = {known.id: dict(known.settings.get(act.id, {})) for known in lab.contexts_of(act)}
    own = next((known for known in lab.contexts_of(act) if known.id == context), None)
    return {
        "context_settings": presets,
        "context": context,
        "context_label": act.context_label,
        "start": {**act.start(), **_presets(act, own)},
        "settings": dict(settings),
        "controls": [_control(control) for control in act.controls if not control.hidden],
        "goals": flow.goals(act, progress),
        "quotas": quotas.counted(act, progress),
        "trails": trails(act, progress),
        "sweep": _sweep(act),
        "result": ev.result(ev.evaluate(act, settings)),
    }


def _sweep(act: Act) -> dict[str, Any] | None:
    if act.sweep is None:
        return None
    sweep, blank = act.sweep, Slots(act, facts_of(act), {})
    return {"title": sweep.title, "html": html(sweep.text, blank), "parts": sweep.parts, "designs": sweep.designs}


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


def _axis(act: Act, question: Question, sent: Mapping[str, Any], here: Slots) -> dict[str, Any] | None:
    texts, option = _texts(question, here), sent["option"]
    if option not in texts:
        return None
    interval = interval_of(question, sent)
    return question_axis(question, facts_of(act), option, texts, interval)


def _reveal(act: Act, here: Slots, progress: ActProgress) -> dict[str, Any] | None:
    if progress.prediction is None:
        return None
    page = _compared(act, act.prediction, progress.prediction, act.reveal.correct, here)
    page["html"] = html(act.reveal.text, here)
    page["second"] = None
    if act.second and progress.second:
        page["second"] = _compared(act, act.second.question, progress.second, act.second.correct, here)
    return page


def _compared(act: Act, question: Question, sent: Mapping[str, Any], correct: str, here: Slots) -> dict[str, Any]:
    """One answer beside the engine's: axis, scores, and the words for the thought behind a wrong one."""
    told = _judged(question, facts_of(act), sent)
    option = _chosen(question, sent["option"])
    right = bool(told.get("correct"))
    # A best guess in the right band with an interval that misses has no misconception to meet, only its interval.
    missed = not right and option is not None and sent["option"] != question.key(facts_of(act))
    return {
        "axis": _axis(act, question, sent, here),
        "score": {
            "correct": right,
            "brier": told.get("brier"),
            "log": told.get("log"),
            "html": f"<p>{_scores(question, told)}</p>",
            "verdict": fill(correct, here) if right else "",
        },
        "feedback": _feedback(option.feedback, here) if missed and option else None,
    }


def _judged(question: Question, facts: Facts, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the engine said at the commit. An event from elsewhere may lack it: then what it says now, if the answer exists."""
    told: Mapping[str, Any] = sent.get("engine") or {}
    wanted = {"correct", "brier", "log"} | ({"error", "interval"} if isinstance(question, NumberQuestion) else set())
    if wanted <= told.keys():
        return told
    whole = not isinstance(question, NumberQuestion) or interval_of(question, sent) is not None
    if _chosen(question, sent["option"]) is None or not whole:
        return {}
    return judged(question, facts, sent) | scored(question, facts, sent)


def _scores(question: Question, told: Mapping[str, Any]) -> str:
    if not told:
        return "This answer was given to another version of the lab: it is kept, and not scored."
    if not isinstance(question, NumberQuestion):
        return (
            f"Brier score {told['brier']:.2f} (zero is perfect, two is worst), log error {told['log']:.2f}. "
            "Both reward honest confidence; neither is a grade."
        )
    far = abs(told["error"])
    off = (
        f"a factor of {plain(exp(far), 'number')}"
        if question.scale == "log"
        else plain(far, told.get("kind", "number"))
    )
    return (
        f"Your best guess was too {'low' if told['error'] < 0 else 'high'} by {off}. Interval score {told['interval']:.2f}: "
        "the width of your interval, and a fine if it misses. Less is better; it is no grade."
    )


def _reflection(act: Act, here: Slots, progress: ActProgress) -> dict[str, Any]:
    reflection = act.reflection
    cites = cited(act, progress, reflection.cites)
    return {
        "question_html": html(reflection.question.text, here),
        "options": _options(reflection.question, here, f"{act.id}:{act.title}:reflection"),
        "ask_text": fill(reflection.ask, here),
        "cites": cites and cites | {"text": fill(cites["text"], here)},
        "answered": _answered(act, reflection, here, progress.reflections[0]) if progress.reflections else None,
    }


def _answered(act: Act, reflection: Reflection, here: Slots, sent: Mapping[str, Any]) -> dict[str, Any]:
    option = _chosen(reflection.question, sent["option"])
    right = bool(
        (sent.get("engine") or {"correct": sent["option"] == reflection.question.key(facts_of(act))})["correct"]
    )
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
        "cites": list(sent.get("cites", ())),
        "axis": _axis(act, reflection.question, sent, here),
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
        decided["cites"] = list(sent.get("cites", ()))
    cites = cited(act, progress, act.decision.cites)
    return {
        "question_html": html(act.decision.text, here),
        "options": [{"id": o.id, "text": fill(o.text, here)} for o in act.decision.options],
        "ask_text": fill(act.decision.ask, here),
        "cites": cites and cites | {"text": fill(cites["text"], here)},
        "decided": decided,
    }
