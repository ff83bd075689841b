"""Answers to sizing questions: registry data put into physics, one module a question.

    from ironlaw.estimate import estimate_training
    plan = estimate_training(model="llama-3-70b", device="h100-sxm", count=512, tp=8, pp=4, global_batch=1024, seq=8192)
    plan["step_time"], plan.figure("step_time").interval

Each function answers an `Estimate`: figures with their 80 % intervals, the parts of which they are made, and where each
number comes from. A plan that cannot run has reasons and no figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .result import Estimate, Figure, Given, Stack

if TYPE_CHECKING:
    from .carbon import estimate_carbon
    from .checkpoint import estimate_checkpoint
    from .serving import estimate_serving
    from .tco import estimate_tco
    from .training import estimate_training
    from .transfer import estimate_transfer

QUESTIONS = ("training", "serving", "checkpoint", "transfer", "tco", "carbon")

__all__ = [
    "QUESTIONS",
    "Estimate",
    "Figure",
    "Given",
    "Stack",
    "estimate_carbon",
    "estimate_checkpoint",
    "estimate_serving",
    "estimate_tco",
    "estimate_training",
    "estimate_transfer",
]


def __getattr__(name: str) -> Any:
    question = name.removeprefix("estimate_")
    if question == name or question not in QUESTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  (one question, one import)

    return getattr(import_module(f"{__name__}.{question}"), name)
