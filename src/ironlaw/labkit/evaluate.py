"""Settings in, result out: check what came, run the act's model, say which limits are crossed, draw.

This is the path of a slider move. It reads nothing and stores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from ironlaw import quantities
from ironlaw.labkit import challenge as challenges
from ironlaw.labkit import figures
from ironlaw.labkit.refusal import Refusal, shown
from ironlaw.labkit.spec import Act, Card, Constraint, Control, NumberControl, Output, Settings, Values
from ironlaw.labkit.text import Slots, facts_of, fill, plain


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run of an act's model. `values` has every output; None where the plan is infeasible."""

    act: Act
    settings: Settings
    values: Values
    violated: tuple[str, ...]
    reason: str | None

    @property
    def feasible(self) -> bool:
        """Whether the plan can run at all."""
        return self.reason is None


def clean(act: Act, raw: object) -> dict[str, Any]:
    """The settings of every control. Missing ones take their start value.

    Raises Refusal `bad_request`, `unknown_setting`, `bad_value` or `out_of_range`, naming the field.
    """
    if not isinstance(raw, Mapping):
        raise Refusal("bad_request", "settings must be an object of control ids and values", field="settings")
    known = {control.id: control for control in act.controls}
    for name in raw:
        if name not in known:
            allowed = ", ".join(known)
            raise Refusal(
                "unknown_setting",
                f"{act.title} has no control called {shown(name)}",
                field=f"settings.{shown(name)}",
                value=shown(name),
                allowed=allowed,
            )
    return {id_: _value(control, raw[id_]) if id_ in raw else control.start for id_, control in known.items()}


def _value(control: Control, value: Any) -> Any:
    name = f"settings.{control.id}"
    if isinstance(control, NumberControl):
        return _number(control, value, name)
    for option in control.options:
        if type(option.value) is type(value) and option.value == value:
            return value
    allowed = ", ".join(str(option.value) for option in control.options)
    raise Refusal(
        "bad_value",
        f"{control.label}: {shown(value)} is not one of {allowed}",
        field=name,
        value=shown(value),
        allowed=allowed,
    )


def _number(control: NumberControl, value: Any, name: str) -> float:
    low, high = control.ticks[0], control.ticks[-1]
    allowed = f"{quantities.format(low, control.kind)} to {quantities.format(high, control.kind)}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(
            "bad_value",
            f"{control.label} must be a number, got {shown(value)}",
            field=name,
            value=shown(value),
            allowed=allowed,
        )
    # Integers of any size arrive as JSON; compare before converting, so that 10**400 is out of range, not an overflow.
    if (isinstance(value, float) and not isfinite(value)) or not low <= value <= high:
        raise Refusal(
            "out_of_range",
            f"{control.label} must be {allowed}, got {shown(value)}",
            field=name,
            value=shown(value),
            allowed=allowed,
        )
    if control.integer and value != int(value):
        raise Refusal(
            "bad_value",
            f"{control.label} must be a whole number, got {shown(value)}",
            field=name,
            value=shown(value),
            allowed=allowed,
        )
    return float(value)


def recalled(act: Act, stored: object) -> dict[str, Any]:
    """Settings from the ledger. An older version of the lab may have stored what this one no longer takes: then the start."""
    try:
        return clean(act, stored if stored is not None else {})
    except Refusal:
        return act.start()


def evaluate(act: Act, settings: Settings) -> Evaluation:
    """Run the model at settings that `clean` returned."""
    values = act.model(settings)
    violated = tuple(c.id for c in act.constraints if crossed(c, values))
    fatal = next((c for c in act.constraints if c.fatal and c.id in violated), None)
    reason = fill(fatal.text, Slots(act, facts_of(act), values)) if fatal else None
    return Evaluation(act, settings, values, violated, reason)


def crossed(constraint: Constraint, values: Values) -> bool:
    """Whether the limit is exceeded. An output that does not exist (infeasible plan) crosses nothing."""
    value, limit = values[constraint.quantity], values[constraint.limit]
    if value is None or limit is None:
        return False
    return float(value) > float(limit)


def result(evaluation: Evaluation) -> dict[str, Any]:
    """The RESULT of docs/reference/document.md."""
    act, values = evaluation.act, evaluation.values
    slots = Slots(act, facts_of(act), values)
    return {
        "act": act.id,
        "settings": dict(evaluation.settings),
        "feasible": evaluation.feasible,
        "reason": evaluation.reason,
        "cards": [_card(evaluation, card, slots) for card in act.cards],
        "constraints": [_constraint(evaluation, constraint, slots) for constraint in act.constraints],
        "figures": [
            figures.empty(spec.id, spec.title, evaluation.reason or "")
            if evaluation.reason and not spec.always
            else spec.draw(evaluation.settings, values)
            for spec in act.figures
        ],
        "challenge": challenges.document(act, evaluation.settings, values) if act.challenge else None,
        "live": _live(evaluation, slots),
    }


@lru_cache(maxsize=128)
def _outputs(act: Act) -> dict[str, Output]:
    return {output.id: output for output in act.outputs}


@lru_cache(maxsize=128)
def _coloured(act: Act) -> dict[str, str]:
    """The output whose card a constraint colours, by the constraint's id."""
    return {card.constraint: card.output for card in reversed(act.cards) if card.constraint}


def _card(evaluation: Evaluation, card: Card, slots: Slots) -> dict[str, Any]:
    output = _outputs(evaluation.act)[card.output]
    value = evaluation.values[output.id]
    state = "none"
    if card.constraint and value is not None:
        state = "violated" if card.constraint in evaluation.violated else "ok"
    note = fill(card.note, slots) if card.note and value is not None else ""
    return {
        "id": output.id,
        "label": card.label or output.label,
        "text": plain(value, output.kind),
        "value": value,
        "state": state,
        "note": note,
        "help": card.help,
    }


def _constraint(evaluation: Evaluation, constraint: Constraint, slots: Slots) -> dict[str, Any]:
    act, values = evaluation.act, evaluation.values
    kind = _outputs(act)[constraint.quantity].kind
    value, limit = values[constraint.quantity], values[constraint.limit]
    known = isinstance(value, int | float) and isinstance(limit, int | float)
    violated = constraint.id in evaluation.violated
    return {
        "id": constraint.id,
        "name": constraint.name,
        "violated": violated,
        "value": plain(value, kind),
        "limit": plain(limit, kind),
        "share": value / limit if known and limit else None,  # type: ignore[operator]
        "text": fill(constraint.text if violated else constraint.ok_text, slots) if known else "",
        "controls": list(constraint.controls),
        "card": _coloured(act).get(constraint.id),
    }


def _live(evaluation: Evaluation, slots: Slots) -> str:
    broken = [c for c in evaluation.act.constraints if c.id in evaluation.violated]
    return " ".join(fill(c.text, slots) for c in broken) if broken else "All limits hold."
