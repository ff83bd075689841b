"""What a page may send, read and checked for shape before the ledger is asked: labs, acts, options, numbers, texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ironlaw import labs
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import tracks
from ironlaw.labkit.refusal import Refusal, shown
from ironlaw.labkit.scoring import COVERAGE
from ironlaw.labkit.spec import Act, Cites, Lab, NumberQuestion
from ironlaw.ledger import is_uuid7

KINDS = ("opened", "predicted", "second", "moved", "reset", "revealed", "reflected", "decided", "tracked")
WITHOUT_ACT = ("opened", "tracked")
CITED = 12  # designs in one citation
TEXT_LIMIT = 2000  # characters of a learner's sentence
CONFIDENCE = (0.01, 0.99)  # nobody is certain, and the log error of a certain miss has no end


@dataclass(frozen=True, slots=True)
class Intent:
    """What a page wants stored, checked for shape: every field is of its type, and the answers exist in the lab."""

    lab: Lab
    act: Act | None
    id: str
    kind: str
    client_time: str | None
    payload: dict[str, Any]


def find_lab(lab_id: str) -> Lab:
    """The lab. Raises Refusal `unknown_lab` or `not_built`."""
    try:
        return labs.load(labs.normal_id(lab_id))
    except labs.UnknownLab as error:
        raise Refusal(
            "unknown_lab", str(error), field="lab", value=lab_id[:40], allowed=", ".join(labs.built())
        ) from None
    except labs.NotBuilt as error:
        raise Refusal("not_built", str(error), field="lab", value=lab_id, allowed=", ".join(labs.built())) from None


def read_intent(lab: Lab, body: object) -> Intent:
    """The intent in a request. Raises Refusal that names the field."""
    fields = read_object(body, "the event", {"id", "kind", "act", "client_time", "payload"})
    kind = fields.get("kind")
    if kind not in KINDS:
        raise Refusal(
            "bad_value",
            f"kind must be one of {', '.join(KINDS)}",
            field="kind",
            value=shown(kind),
            allowed=", ".join(KINDS),
        )
    if not is_uuid7(fields.get("id")):
        raise Refusal(
            "bad_value",
            "id must be a version-7 UUID",
            field="id",
            value=shown(fields.get("id")),
            allowed="a version-7 UUID",
        )
    time = fields.get("client_time")
    if time is not None and not isinstance(time, str):
        raise Refusal("bad_value", "client_time must be a time in ISO 8601", field="client_time", value=shown(time))
    payload = read_object(fields.get("payload", {}), "payload", PAYLOADS[kind], field="payload")
    act = None if kind in WITHOUT_ACT else find_act(lab, fields.get("act"))
    checked = {"act": act.id} | _payload(lab, act, kind, payload) if act else {}
    if kind == "tracked":
        checked = {"track": _track(payload)}
    return Intent(lab, act, fields["id"], kind, time, checked)


PAYLOADS: dict[str, set[str]] = {
    "opened": set(),
    "predicted": {"option", "confidence", "value", "low", "high", "context"},
    "second": {"option", "confidence", "value", "low", "high", "context"},
    "moved": {"settings", "context"},
    "reset": set(),
    "revealed": set(),
    "reflected": {"option", "text", "cites"},
    "decided": {"option", "text", "cites", "settings", "context"},
    "tracked": {"track"},
}


def _payload(lab: Lab, act: Act, kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The client's part of the stored payload."""
    found: dict[str, Any] = {}
    if payload.get("context") is not None:  # else it stays the one there was: see Session
        found["context"] = find_context(lab, payload["context"])
    if kind in ("moved", "decided"):
        if "settings" not in payload:
            raise Refusal("missing", "payload.settings is missing", field="payload.settings")
        found["settings"] = ev.clean(act, payload["settings"])
    if kind in ("predicted", "second"):
        found |= _answer(act, kind, payload)
    if kind == "reflected":
        found |= {"option": _option(act.reflection.question.options, payload), "text": _text(payload)}
        found |= _cites(act.reflection.cites, payload)
    if kind == "decided":
        found |= {"option": _option(act.decision.options, payload), "text": _text(payload)}
        found |= _cites(act.decision.cites, payload)
    return found


def _answer(act: Act, kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """An option with a confidence, or a number with its interval."""
    name = "prediction" if kind == "predicted" else kind
    question = act.questions().get(name)
    if question is None:
        raise Refusal("bad_value", f"{act.title} has no second question", field="kind", value=kind, allowed="predicted")
    asked = {"question": name} if name != "prediction" else {}
    if isinstance(question, NumberQuestion):
        numbers = _interval(question, payload)
        return asked | numbers | {"option": question.reading(numbers["value"]), "confidence": COVERAGE}
    for field in ("value", "low", "high"):
        if field in payload:
            raise Refusal("bad_request", f"this question takes an option, no {field}", field=f"payload.{field}")
    return asked | {"option": _option(question.options, payload), "confidence": _confidence(payload)}


def _interval(question: NumberQuestion, payload: Mapping[str, Any]) -> dict[str, float]:
    """Low, best and high: finite, on the axis, in order, and no wider than says something."""
    first, last = question.axis
    allowed = f"{first / question.per:g} to {last / question.per:g} {question.unit}".strip()
    found: dict[str, float] = {}
    for field in ("low", "value", "high"):
        place = f"payload.{field}"
        if field not in payload:
            raise Refusal("missing", f"{place} is missing", field=place, allowed=allowed)
        given = payload[field]
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise Refusal("bad_value", f"{field} must be a number", field=place, value=shown(given), allowed=allowed)
        if not first <= given <= last:  # NaN fails it too
            raise Refusal(
                "out_of_range", f"{field} must be {allowed}", field=place, value=shown(given), allowed=allowed
            )
        found[field] = float(given)
    low, best, high = found["low"], found["value"], found["high"]
    if not low <= best <= high or low == high:
        raise Refusal(
            "bad_value", "low, best and high must ascend, low below high", field="payload.value", value=shown(best)
        )
    wide = high / low if question.scale == "log" else high - low
    if wide > question.widest * (1 + 1e-9):
        most = (
            f"a factor of {question.widest:g}"
            if question.scale == "log"
            else f"{question.widest / question.per:g} {question.unit}"
        )
        raise Refusal(
            "bad_value",
            f"An interval wider than {most} says nothing: narrow it.",
            field="payload.high",
            value=shown(high),
        )
    return found


def _cites(cites: Cites | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The ids of designs that are cited; whether they are the learner's, the ledger says (`Session`)."""
    given = payload.get("cites")
    if given is None:
        return {}
    if cites is None:
        raise Refusal("bad_request", "nothing is cited here", field="payload.cites")
    if not isinstance(given, list) or not all(is_uuid7(one) for one in given) or len(set(given)) < len(given):
        raise Refusal("bad_value", "cites must be a list of ids of your designs, each once", field="payload.cites")
    if len(given) > CITED:
        raise Refusal("bad_value", f"cites names at most {CITED} designs", field="payload.cites", value=len(given))
    return {"cites": given}


def _track(payload: Mapping[str, Any]) -> str:
    allowed = ", ".join(tracks.IDS)
    chosen = payload.get("track")
    if not isinstance(chosen, str) or chosen not in tracks.IDS:
        raise Refusal(
            "bad_value", f"track must be one of {allowed}", field="payload.track", value=shown(chosen), allowed=allowed
        )
    return chosen


def _option(options: tuple[Any, ...], payload: Mapping[str, Any]) -> str:
    allowed = ", ".join(sorted(option.id for option in options))
    if "option" not in payload:
        raise Refusal("missing", "payload.option is missing", field="payload.option", allowed=allowed)
    chosen = payload["option"]
    if not isinstance(chosen, str) or chosen not in {option.id for option in options}:
        raise Refusal(
            "unknown_option",
            f"option must be one of {allowed}",
            field="payload.option",
            value=shown(chosen),
            allowed=allowed,
        )
    return chosen


def _confidence(payload: Mapping[str, Any]) -> float:
    low, high = CONFIDENCE
    allowed = f"{low} to {high}"
    if "confidence" not in payload:
        raise Refusal("missing", "payload.confidence is missing", field="payload.confidence", allowed=allowed)
    value = payload["confidence"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(
            "bad_value",
            f"confidence must be a number, {allowed}",
            field="payload.confidence",
            value=shown(value),
            allowed=allowed,
        )
    if not low <= value <= high:
        raise Refusal(
            "out_of_range",
            f"confidence must be {allowed}",
            field="payload.confidence",
            value=shown(value),
            allowed=allowed,
        )
    return float(value)


def _text(payload: Mapping[str, Any]) -> str:
    text = payload.get("text")
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > TEXT_LIMIT:
        allowed = f"a text of at most {TEXT_LIMIT} characters"
        raise Refusal("bad_value", f"text must be {allowed}", field="payload.text", value=shown(text), allowed=allowed)
    return text


def find_context(lab: Lab, context: object) -> str:
    allowed = ", ".join(c.id for c in lab.contexts)
    if not isinstance(context, str) or context not in {c.id for c in lab.contexts}:
        raise Refusal(
            "bad_value", f"context must be one of {allowed}", field="context", value=shown(context), allowed=allowed
        )
    return context


def find_act(lab: Lab, act_id: object) -> Act:
    allowed = ", ".join(act.id for act in lab.acts)
    wanted = f"act{act_id}" if isinstance(act_id, int) and not isinstance(act_id, bool) else act_id
    act = lab.act(wanted) if isinstance(wanted, str) else None
    if act is None:
        raise Refusal("unknown_act", f"act must be one of {allowed}", field="act", value=shown(act_id), allowed=allowed)
    return act


def read_object(body: object, what: str, names: set[str], *, field: str | None = None) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise Refusal("bad_request", f"{what} must be a JSON object", field=field, value=shown(body))
    for name in body:
        if name not in names:
            allowed = ", ".join(sorted(names)) or "no field"
            place = f"{field}.{name}" if field else str(name)
            raise Refusal("bad_request", f"{what} has no field {shown(name)}", field=place, allowed=allowed)
    return body
