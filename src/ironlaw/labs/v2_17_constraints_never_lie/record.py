"""What the printable record says of the architecture: each promise by the outputs that hold its value, limit and margin."""

from __future__ import annotations

from typing import NamedTuple

ACT = "act2"  # the act whose design is the architecture


class Promise(NamedTuple):
    """One promise. `limit` is the id of its constraint; `value`, `bound` and `margin` are ids of outputs."""

    limit: str
    name: str
    value: str
    sense: str  # "at least" or "at most", of the bound
    bound: str
    margin: str


# Accuracy, robustness, carbon and uptime are promised as a least; the engine judges what is missing of them.
PROMISES = (
    Promise("accuracy", "Accuracy", "accuracy", "at least", "accuracy_least", "margin_accuracy"),
    Promise("latency", "Latency (P99)", "p99", "at most", "latency_most", "margin_latency"),
    Promise("privacy", "Privacy (ε a year)", "spent", "at most", "privacy_most", "margin_privacy"),
    Promise("robustness", "Accuracy under attack", "robust", "at least", "robust_least", "margin_robustness"),
    Promise("carbon", "Carbon cut", "cut", "at least", "cut_least", "margin_carbon"),
    Promise("uptime", "Uptime", "uptime", "at least", "uptime_least", "margin_uptime"),
    Promise("fleet", "Fleet (GPUs)", "fleet", "at most", "fleet_most", "margin_fleet"),
)
