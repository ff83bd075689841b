"""Proper scores of a prediction with confidence. They are shown, never a grade.

Legend: p confidence in the chosen option, k number of options. The rest of the probability, 1 - p, is spread evenly
over the other k - 1 options: the learner said nothing about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, isfinite
from typing import Any

from ironlaw.elementary import log, power
from ironlaw.labkit.spec import Facts, NumberQuestion, Question, TermQuestion, number


def forecast(chosen: int, confidence: float, options: int) -> list[float]:
    """The probability of each option. Raises ValueError for a confidence outside 0…1 or an unknown option."""
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    if options < 2 or not 0 <= chosen < options:
        raise ValueError(f"chosen must be one of {options} options, got {chosen}")
    rest = (1.0 - confidence) / (options - 1)
    return [confidence if index == chosen else rest for index in range(options)]


def brier(probabilities: Sequence[float], truth: int) -> float:
    """Brier score: sum of squared errors over the options; 0 is perfect, 2 is worst (Brier 1950, eq. 2).

    Raises ValueError when `truth` is not the index of an option.
    """
    _check_truth(probabilities, truth)
    return fsum(power(p - (index == truth), 2) for index, p in enumerate(probabilities))


def log_error(probabilities: Sequence[float], truth: int) -> float:
    """Negative log of the probability that the truth was given, in nats (Good 1952). Infinite for a certain miss.

    Raises ValueError when `truth` is not the index of an option.
    """
    _check_truth(probabilities, truth)
    p = probabilities[truth]
    return -log(p) if p > 0.0 else float("inf")


def _check_truth(probabilities: Sequence[float], truth: int) -> None:
    if not 0 <= truth < len(probabilities):
        raise ValueError(f"truth must be one of {len(probabilities)} options, got {truth}")


def interval_score(low: float, high: float, truth: float, coverage: float = 0.8) -> float:
    """Interval score of a central interval (Gneiting & Raftery 2007, eq. 43): width plus a fine for a miss.

    Lower is better. Raises ValueError when a number is not finite, the ends are crossed or coverage is outside 0…1.
    """
    for name, value in (("low", low), ("high", high), ("truth", truth)):
        if not isfinite(value):
            raise ValueError(f"{name} must be finite, got {value}")
    if high < low:
        raise ValueError(f"high must be at least low = {low}, got {high}")
    if not 0.0 < coverage < 1.0:
        raise ValueError(f"coverage must be between 0 and 1, got {coverage}")
    miss = max(low - truth, truth - high, 0.0)
    return (high - low) + 2.0 / (1.0 - coverage) * miss


COVERAGE = 0.8  # how often a learner's interval is to hold the truth: asked of them, and their confidence in it


def judged(question: Question, facts: Facts, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's key, whether the answer is right, and the value behind it.

    A number is right when its interval holds the engine's value; `error` is its signed log error, ln(best / value), on a log
    axis and best - value on a linear one.
    """
    key = question.key(facts)
    if isinstance(question, TermQuestion):
        fact = next(term.fact for term in question.options if term.id == key)
    else:
        fact = question.fact
    value = number(facts[fact])
    told = {"key": key, "correct": answer["option"] == key, "value": value, "quantity": question.quantity}
    if isinstance(question, NumberQuestion):
        best = answer["value"]
        told |= {"correct": answer["low"] <= value <= answer["high"], "kind": facts[fact].kind, "scale": question.scale}
        told["error"] = log(best / value) if question.scale == "log" else best - value
    return told


def scored(question: Question, facts: Facts, answer: Mapping[str, Any]) -> dict[str, float]:
    """Brier score and log error of an answer with its confidence; of a number also the interval score.

    The interval of a number is a forecast of one event: that it holds the truth, with a probability of COVERAGE. Its
    interval score is taken of logarithms on a log axis (Gneiting & Raftery 2007, eq. 43), so that it counts factors.
    """
    if isinstance(question, NumberQuestion):
        value, ends = number(facts[question.fact]), (answer["low"], answer["high"])
        hit = ends[0] <= value <= ends[1]
        shares, truth = [COVERAGE, 1.0 - COVERAGE], 0 if hit else 1
        over = [log(each) for each in (*ends, value)] if question.scale == "log" else [*ends, value]
        return {
            "brier": brier(shares, truth),
            "log": log_error(shares, truth),
            "interval": interval_score(over[0], over[1], over[2], COVERAGE),
        }
    order = [each.id for each in question.options]
    shares = forecast(order.index(answer["option"]), answer["confidence"], len(order))
    truth = order.index(question.key(facts))
    return {"brier": brier(shares, truth), "log": log_error(shares, truth)}
