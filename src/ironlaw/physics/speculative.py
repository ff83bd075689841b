"""Speculative decoding: a small model drafts, the large one checks all drafted tokens in one step.

p   chance that a drafted token is accepted     g   tokens drafted for a step
c   time of a draft step over a step of the large model
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

# Nearer to 1 the difference 1 - p has no digits left, and no draft is that good.
_ACCEPTANCE = Symbol("acceptance", "p", "1", "chance that a drafted token is accepted", low=0, high=0.999)
_DRAFTED = Symbol("drafted", "g", "1", "tokens drafted for a step", low=0, high=10_000)
_LEVIATHAN = "Leviathan, Kalman & Matias 2023, Fast Inference from Transformers via Speculative Decoding, "


@equation(
    id="accepted-tokens",
    title="Tokens of a checked step",
    formula="(1 - p**(g + 1))/(1 - p)",
    result=Symbol("tokens", "n", "1", "tokens that a step of the large model yields, on average", low=0),
    symbols=(_ACCEPTANCE, _DRAFTED),
    source=_LEVIATHAN + "eq. 1",
    note="Acceptances are taken as independent. A step yields one token even when all drafted ones are refused.",
)
def accepted_tokens(acceptance: float, drafted: float) -> float:
    """Expected tokens of one step: the accepted run of the draft, and one of the large model's own."""
    return (1 - num.power(acceptance, drafted + 1)) / (1 - acceptance)


@equation(
    id="speculative-speedup",
    title="Speedup of speculative decoding",
    formula="(1 - p**(g + 1))/((1 - p)*(g*c + 1))",
    result=Symbol("speedup", "S", "1", "tokens a second over those without a draft", low=0),
    symbols=(
        _ACCEPTANCE,
        _DRAFTED,
        Symbol("draft_cost", "c", "1", "time of a draft step over a step of the large model", low=0),
    ),
    source=_LEVIATHAN + "theorem 3.8",
    note="Checking g + 1 tokens is taken to cost as much as one: true while the step is bound by memory.",
)
def speculative_speedup(acceptance: float, drafted: float, draft_cost: float) -> float:
    """How many times faster a token comes; below 1 where the draft does not pay."""
    return (1 - num.power(acceptance, drafted + 1)) / ((1 - acceptance) * (drafted * draft_cost + 1))
