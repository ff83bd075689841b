"""How often the learner was right at each confidence. A curve needs many commits; below that, counts and what they allow.

Legend: n commits, k right ones, p the share that is right in the long run, z the normal quantile of the interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean
from typing import Any

from ironlaw.elementary import normal_quantile
from ironlaw.report import told

CURVE_FROM = 30  # commits: with fewer, each point of a curve would be chance
COVER = 0.95  # of the interval around a share of right answers
MANY = 8  # distinct confidences; beyond it they are gathered in tenths


def wilson(right: int, commits: int, cover: float = COVER) -> tuple[float, float]:
    """The long-run shares that `right` of `commits` does not speak against (Wilson 1927). 0…1 without any commit."""
    if commits == 0:
        return 0.0, 1.0
    z = normal_quantile(0.5 + cover / 2)
    p = right / commits
    middle = (p + z * z / (2 * commits)) / (1 + z * z / commits)
    half = z * sqrt(p * (1 - p) / commits + z * z / (4 * commits * commits)) / (1 + z * z / commits)
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration(predictions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the scored commits say. A commit counts once it is revealed and holds both a confidence and a verdict."""
    every = [one for one in predictions if one["at"]]
    scored = [one for one in every if one["revealed"] and one["correct"] is not None and one["confidence"] is not None]
    right = sum(one["correct"] for one in scored)
    numbers = [one for one in scored if one["answer"] and one["answer"]["low"] is not None]
    return {
        "commits": len(scored),
        "unscored": len(every) - len(scored),
        "right": right,
        "mean_confidence": fmean(one["confidence"] for one in scored) if scored else None,
        "brier": _mean(scored, "brier"),
        "log": _mean(scored, "log"),
        "levels": _levels(scored),
        "intervals": {"commits": len(numbers), "held": sum(one["correct"] for one in numbers)},
        "curve_from": CURVE_FROM,
        "curve": _curve(scored) if len(scored) >= CURVE_FROM else None,
        "said": said(scored),
    }


def _mean(scored: Sequence[Mapping[str, Any]], name: str) -> float | None:
    values = [one[name] for one in scored if one[name] is not None]
    return fmean(values) if values else None


def _levels(scored: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Commits and hits by confidence, the lowest first."""
    exact = sorted({one["confidence"] for one in scored})
    tenths = len(exact) > MANY
    groups: dict[float, list[Mapping[str, Any]]] = {}
    for one in scored:
        place = min(int(one["confidence"] * 10), 9) / 10 if tenths else one["confidence"]
        groups.setdefault(place, []).append(one)
    return [_level(place, groups[place], tenths=tenths) for place in sorted(groups)]


def _level(place: float, group: Sequence[Mapping[str, Any]], *, tenths: bool) -> dict[str, Any]:
    right = sum(one["correct"] for one in group)
    low, high = wilson(right, len(group))
    text = f"{told.percent(place)} to {told.percent(place + 0.1)}" if tenths else told.percent(place)
    return {
        "confidence": fmean(one["confidence"] for one in group),
        "text": text,
        "commits": len(group),
        "right": right,
        "low": low,
        "high": high,
    }


def _curve(scored: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Points of the reliability curve: stated confidence, share right, interval."""
    return [
        {
            "said": level["confidence"],
            "right": level["right"] / level["commits"],
            "commits": level["commits"],
            "low": level["low"],
            "high": level["high"],
        }
        for level in _levels(scored)
    ]


def said(scored: Sequence[Mapping[str, Any]]) -> str:
    """How much, or how little, the commits say."""
    if not scored:
        return "No evidence: no prediction has been compared with the engine yet."
    commits, right = len(scored), sum(one["correct"] for one in scored)
    low, high = wilson(right, commits)
    mean = told.percent(fmean(one["confidence"] for one in scored))
    held = f"Right: {right} of {told.count(commits, 'commit')}, at a mean confidence of {mean}."
    fits = f"That fits any long-run share of right answers from {told.percent(low)} to {told.percent(high)}"
    if commits >= CURVE_FROM:
        return f"{held} {fits} (95 % Wilson interval)."
    few = f"{fits} (95 % Wilson interval), so it says little about calibration yet."
    return f"{held} {few} A reliability curve is drawn from {CURVE_FROM} commits on."
