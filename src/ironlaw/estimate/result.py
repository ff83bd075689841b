"""What a sizing question is answered with: figures, what they are made of, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ironlaw import quantities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ironlaw.registry import Entity

COVERAGE = 0.8  # share of measured cases that an interval is meant to hold


@dataclass(frozen=True, slots=True)
class Given:
    """An input: what the caller asked for, or a datum that the answer rests on, with its source.

    `value` is in SI (or a word), `kind` a kind of `quantities.format` ("" for words).
    """

    id: str
    label: str
    value: float | str
    kind: str = ""
    source: str = "asked for"
    evidence: str = ""

    @property
    def text(self) -> str:
        """The value as a person reads it."""
        return self.value if isinstance(self.value, str) else quantities.format(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the answer, in SI, with the 80 % interval where it rests on a calibrated model.

    `equation` is the id of the catalogued equation that gave it and `arguments` its values by parameter name.
    """

    id: str
    label: str
    value: float
    kind: str
    low: float | None = None
    high: float | None = None
    equation: str = ""
    arguments: Mapping[str, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """An interval holds its value, or it is a mistake of the engine."""
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{self.id}: an interval needs both ends")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"{self.id}: {self.value} lies outside its interval {self.low} to {self.high}")

    @property
    def text(self) -> str:
        """The value as a person reads it: "17.2 s"."""
        return quantities.format(self.value, self.kind)

    @property
    def interval(self) -> str:
        """ "16.1 s to 18.4 s", or nothing."""
        if self.low is None or self.high is None:
            return ""
        return f"{quantities.format(self.low, self.kind)} to {quantities.format(self.high, self.kind)}"


@dataclass(frozen=True, slots=True)
class Stack:
    """A total and the parts that add up to it: the time of a step, the memory of a GPU, a bill."""

    id: str
    label: str
    parts: tuple[Figure, ...]

    def __post_init__(self) -> None:
        """Parts of one stack are of one kind."""
        if len({part.kind for part in self.parts}) > 1:
            raise ValueError(f"{self.id}: parts of different kinds do not add up")

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return sum(part.value for part in self.parts)

    @property
    def kind(self) -> str:
        """The kind that all parts share."""
        return self.parts[0].kind


@dataclass(frozen=True, slots=True)
class Estimate:
    """The answer to one question. With `reasons` the plan cannot run: it has no figures then, only what showed it."""

    question: str
    title: str
    givens: tuple[Given, ...]
    figures: tuple[Figure, ...] = ()
    stacks: tuple[Stack, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A plan that cannot run has no figures."""
        if self.reasons and self.figures:
            raise ValueError(f"{self.title}: figures for a plan that cannot run ({self.reasons[0]})")

    @property
    def feasible(self) -> bool:
        """Whether the plan can run."""
        return not self.reasons

    def figure(self, name: str) -> Figure:
        """The figure of this id. KeyError names the figures there are, or why there are none."""
        for figure in self.figures:
            if figure.id == name:
                return figure
        if self.reasons:
            raise KeyError(f"no {name!r}: the plan cannot run, {self.reasons[0]}")
        raise KeyError(f"no figure {name!r}; there are {', '.join(figure.id for figure in self.figures)}")

    def __getitem__(self, name: str) -> float:
        """A figure's value in SI."""
        return self.figure(name).value

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON: what `ironlaw estimate --json` prints."""
        return {
            "question": self.question,
            "title": self.title,
            "feasible": self.feasible,
            "reasons": list(self.reasons),
            "givens": [
                {
                    "id": given.id,
                    "label": given.label,
                    "value": given.value,
                    "text": given.text,
                    "source": given.source,
                    "evidence": given.evidence,
                }
                for given in self.givens
            ],
            "figures": {figure.id: _figure(figure) for figure in self.figures},
            "stacks": {
                stack.id: {
                    "label": stack.label,
                    "total": stack.total,
                    "parts": {part.id: _figure(part) for part in stack.parts},
                }
                for stack in self.stacks
            },
            "notes": list(self.notes),
        }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "label": figure.label,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "text": figure.text,
        "equation": figure.equation or None,
        "arguments": dict(figure.arguments) if figure.arguments else None,
        "note": figure.note,
    }


def datum(entity: Entity, field: str, label: str = "") -> Given:
    """The registry's field as an input, with its source and evidence."""
    found = entity.field(field)
    words = label or f"{entity.name}: {field.replace('_', ' ')}"
    return Given(f"{entity.id}.{field}", words, found.si, found.kind, f"{found.source}, {found.date}", found.evidence)


def spread(value: float, width: float) -> tuple[float, float]:
    """The 80 % interval of a value whose ratio to reality spreads by `width`: value / (1 + width) to value · (1 + width)."""
    return value / (1 + width), value * (1 + width)
