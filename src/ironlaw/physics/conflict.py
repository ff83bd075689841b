"""How several limits on one design stand to each other, counted over a grid of designs.

p_a, p_b   shares of the designs that keep limit a, limit b        p_ab   share that keep both
"""

from __future__ import annotations

from .catalogue import Symbol, equation


@equation(
    id="limit-lift",
    title="Lift of two limits",
    formula="p_ab/(p_a*p_b)",
    result=Symbol("lift", "L", "1", "designs that keep both, as a multiple of what independence would give", low=0),
    symbols=(
        Symbol("both", "p_ab", "1", "share of the designs that keep both", low=0, high=1),
        Symbol("first", "p_a", "1", "share that keep the first", low=0, high=1, low_open=True),
        Symbol("second", "p_b", "1", "share that keep the second", low=0, high=1, low_open=True),
    ),
    source="Brin, Motwani, Ullman and Tsur 1997, Dynamic Itemset Counting, section 4 (there called interest)",
    note="1: keeping one says nothing about the other. Below 1 they conflict, at 0 no design keeps both. It is a figure of "
    "the grid: other ticks, other shares.",
)
def limit_lift(both: float, first: float, second: float) -> float:
    """Joint share over the product of the shares."""
    return both / (first * second)


@equation(
    id="error-product",
    title="Error of a model from several causes",
    formula="e_0*s*p*a*f",
    result=Symbol("error", "e", "1", "share of answers that are wrong", low=0),
    symbols=(
        Symbol("base", "e_0", "1", "error of the reference model", low=0),
        Symbol("size", "s", "1", "factor of another size", low=0),
        Symbol("privacy", "p", "1", "factor of training with noise", low=0),
        Symbol("robustness", "a", "1", "factor of training on attacks", low=0),
        Symbol("staleness", "f", "1", "factor of the time since the training", low=0),
    ),
    source="A log-linear model (McCullagh and Nelder 1989, Generalized Linear Models, section 2.1)",
    note="An assumption: that causes multiply the error and do not know of each other. Published results measure one "
    "cause at a time.",
)
def error_product(base: float, size: float, privacy: float, robustness: float, staleness: float) -> float:
    """Error rate of a model from that of a reference and one factor a cause."""
    return base * size * privacy * robustness * staleness


@equation(
    id="flexible-carbon",
    title="Carbon of jobs that may wait",
    formula="E*I*(1 - f*r)",
    result=Symbol("carbon", "C", "kg", "carbon dioxide equivalent", low=0),
    symbols=(
        Symbol("energy", "E", "J", "energy that the building draws for the jobs", low=0),
        Symbol("intensity", "I", "kg/J", "mean carbon intensity of the supply", low=0),
        Symbol("flexible", "f", "1", "share of the energy that waits for the cleanest hours", low=0, high=1),
        Symbol("reduction", "r", "1", "how much cleaner those hours are than the mean", low=0, high=1),
    ),
    source="Wiesner et al. 2021, Let's Wait Awhile, Middleware: savings as a share of the jobs' carbon; the product is the "
    "definition",
    note="The same work in fewer hours needs more machines at once: that is what it costs.",
)
def flexible_carbon(energy: float, intensity: float, flexible: float, reduction: float) -> float:
    """Kilograms for `energy` of which a share is used when the supply is cleaner by `reduction`."""
    return energy * intensity * (1 - flexible * reduction)
