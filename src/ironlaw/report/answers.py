"""What a learner answered, beside what the engine said at the time, and says today where that differs.

Numbers are those of the ledger; nothing is scored anew. What an answer's act has not revealed yet is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from ironlaw.elementary import exp
from ironlaw.labkit.axis import interval_of, question_axis
from ironlaw.labkit.document import slots_of
from ironlaw.labkit.spec import Act, NumberQuestion, Question, TermQuestion, number
from ironlaw.labkit.text import Slots, facts_of
from ironlaw.ledger import ActState
from ironlaw.report import told
from ironlaw.report.told import Told

SAME = 1e-6  # relative difference up to which today's value is that of the time


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of this version of the lab, and the slots that fill its texts."""

    act: Act
    question: Question
    here: Slots

    def text(self) -> str:
        """The question as the learner read it."""
        return told.words(self.question.text, self.here)

    def option(self, option: str | None) -> str | None:
        """The option's text; None when this version has no such option."""
        found = next((one for one in self.question.options if one.id == option), None)
        return told.words(found.text, self.here) if found else None

    @property
    def kind(self) -> str:
        """How the quantity behind the options is printed."""
        facts, question = facts_of(self.act), self.question
        return facts[question.options[0].fact if isinstance(question, TermQuestion) else question.fact].kind

    def truth(self) -> tuple[str, float]:
        """The key and the value behind it, as the engine has them today."""
        facts, question = facts_of(self.act), self.question
        key = question.key(facts)
        if isinstance(question, TermQuestion):
            return key, number(facts[next(term.fact for term in question.options if term.id == key)])
        return key, number(facts[question.fact])


EMPTY: dict[str, Any] = {
    "at": None, "question": None, "quantity": None, "answer": None, "confidence": None, "confidence_text": None, "revealed": False,
    "engine": None, "correct": None, "brier": None, "log": None, "interval": None, "error": None, "error_scale": None,
    "error_text": None,
    "today": None, "figure": None,
}  # fmt: skip


def prediction(which: str, entry: Mapping[str, Any] | None, asked: Asked | None, *, revealed: bool) -> dict[str, Any]:
    """One commit: the answer with its confidence, and once it is revealed the engine's word on it."""
    if entry is None:
        return {"which": which, **EMPTY, "missing": ["No evidence: nothing was predicted here."]}
    engine = told.part(entry.get("engine"))
    confidence = told.share(entry.get("confidence"))
    missing = [] if confidence is not None else ["The ledger holds no confidence for it."]
    found = {"which": which, **EMPTY} | {
        "at": told.text(entry.get("at")),
        "question": asked.text() if asked else None,
        "quantity": asked.question.quantity if asked else told.text(engine.get("quantity")) if revealed else None,
        "answer": _answer(entry, asked, missing),
        "confidence": confidence,
        "confidence_text": told.percent(confidence) if confidence is not None else None,
        "revealed": revealed,
    }
    if not revealed:
        return found | {"missing": [*missing, "Not compared with the engine yet: it has no verdict."]}
    found |= {name: told.number(engine.get(name)) for name in ("brier", "log", "interval", "error")}
    found |= {"correct": told.flag(engine.get("correct")), "engine": _engine(engine, asked)}
    found["error_scale"] = _scale(engine, asked) if found["error"] is not None else None
    found["error_text"] = error_text(found["error"], found["error_scale"], _kind(engine, asked))
    found["today"] = _today(engine, asked)
    found["figure"] = _figure(entry, asked) if asked and not found["today"] else None
    if found["correct"] is None:
        missing.append("The ledger holds no verdict of the engine.")
    return found | {"missing": missing}


def reflection(entry: Mapping[str, Any], asked: Asked | None) -> dict[str, Any]:
    """One answer to the question on the why, with the sentence beside it."""
    engine = told.part(entry.get("engine"))
    missing: list[str] = []
    found = {
        "at": told.text(entry.get("at")),
        "question": asked.text() if asked else None,
        "answer": _answer(entry, asked, missing),
        "sentence": told.text(entry.get("text")),
        "correct": told.flag(engine.get("correct")),
        "engine": _engine(engine, asked),
    }
    if found["correct"] is None:
        missing.append("The ledger holds no verdict of the engine.")
    return found | {"missing": missing}


def _answer(entry: Mapping[str, Any], asked: Asked | None, missing: list[str]) -> dict[str, Any]:
    """The option in words, and a number with its interval; an option that is gone keeps its id."""
    option = told.name(entry.get("option"))
    text = asked.option(option) if asked else None
    if text is None:
        missing.append(f"This version of the lab has no option {option!r:.70}: it is shown as it was stored.")
    best, low, high = (told.number(entry.get(name)) for name in ("value", "low", "high"))
    said = None
    if best is not None:
        kind = _kind(told.part(entry.get("engine")), asked)
        said = told.printed(best, kind)
        if low is not None and high is not None:
            said += f", {told.printed(low, kind)} to {told.printed(high, kind)}"
    return {"option": option, "text": text, "value": best, "low": low, "high": high, "number_text": said}


def _kind(engine: Told, asked: Asked | None) -> str | None:
    return asked.kind if asked else told.text(engine.get("kind"))


def _engine(engine: Told, asked: Asked | None) -> dict[str, Any] | None:
    """What the engine said when the answer came; None when the ledger holds none of it."""
    key, value = told.name(engine.get("key")), told.number(engine.get("value"))
    if key is None and value is None:
        return None
    return {
        "option": key,
        "text": (asked.option(key) if asked else None) or key,
        "value": value,
        "value_text": told.printed(value, _kind(engine, asked)) if value is not None else None,
    }


def _today(engine: Told, asked: Asked | None) -> dict[str, Any] | None:
    """What the engine says now, where that is another key or another value than the ledger's."""
    key, value = told.name(engine.get("key")), told.number(engine.get("value"))
    if asked is None or key is None or value is None:
        return None
    now_key, now = asked.truth()
    if now_key == key and isclose(now, value, rel_tol=SAME, abs_tol=1e-300):
        return None
    return {
        "option": now_key,
        "text": asked.option(now_key),
        "value": now,
        "value_text": told.printed(now, asked.kind),
    }


def _scale(engine: Told, asked: Asked | None) -> str:
    """Whether the error of a number is a factor ("log") or a difference ("linear")."""
    question = asked.question if asked else None
    found = engine.get("scale") or (question.scale if isinstance(question, NumberQuestion) else "log")
    return "linear" if found == "linear" else "log"


def error_text(error: float | None, scale: str | None, kind: str | None) -> str | None:
    """The signed error of a number in words: a factor on a log axis, a difference on a linear one."""
    if error is None:
        return None
    side = "too high" if error > 0 else "too low"
    if scale == "linear":
        if not error:
            return "exact"
        points = f"{100 * abs(error):.3g} percentage points"  # a difference of shares is no share
        return f"{points if kind == 'share' else told.printed(abs(error), kind)} {side}"
    factor = exp(min(abs(error), 700.0))
    return f"{told.printed(factor, 'ratio')} {side}" if factor >= 1.005 else "within half a per cent"


def _figure(entry: Mapping[str, Any], asked: Asked) -> dict[str, Any] | None:
    """The answer and the engine's value on one axis, as the reveal draws it."""
    option = told.name(entry.get("option"))
    texts = {one.id: told.words(one.text, asked.here) for one in asked.question.options}
    if option not in texts:
        return None
    return question_axis(asked.question, facts_of(asked.act), option, texts, interval_of(asked.question, entry))


def asked_of(act: Act | None, question: Question | None, here: Slots | None) -> Asked | None:
    """The question with its slots; None where this version of the lab has none."""
    return Asked(act, question, here) if act and question and here else None


def slots(act: Act, state: ActState) -> Slots:
    """The slots for an act's prose, as the page fills them; without the answer where that is not as this version asks."""
    try:
        return slots_of(act, state)
    except (KeyError, TypeError, ValueError):  # an imported answer, or one of another version, may lack what is printed
        return slots_of(act, replace(state, prediction=None, second=None))
