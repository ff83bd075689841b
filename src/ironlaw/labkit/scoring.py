"""Proper scores of a prediction with confidence. They are shown, never a grade.

Legend: p confidence in the chosen option, k number of options. The rest of the probability, 1 - p, is spread evenly
over the other k - 1 options: the learner said nothing about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log
from typing import Any

from ironlaw.labkit.spec import BandQuestion, Facts, Question, number


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
    return sum((p - (index == truth)) ** 2 for index, p in enumerate(probabilities))


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


def judged(question: Question, facts: Facts, option: str) -> dict[str, Any]:
    """The engine's key, whether `option` is it, and the value behind it."""
    key = question.key(facts)
    if isinstance(question, BandQuestion):
        fact = question.fact
    else:
        fact = next(term.fact for term in question.options if term.id == key)
    return {"key": key, "correct": option == key, "value": number(facts[fact]), "quantity": question.quantity}


def scored(question: Question, facts: Facts, option: str, confidence: float) -> dict[str, float]:
    """Brier score and log error of an answer with this confidence."""
    order = [each.id for each in question.options]
    shares = forecast(order.index(option), confidence, len(order))
    truth = order.index(question.key(facts))
    return {"brier": brier(shares, truth), "log": log_error(shares, truth)}
