"""Owning with a resale value and interest, and where two bills over use cross.

K_0   purchase price, USD      S   resale value, USD      r   interest a year      n   years      U   use, 0 to 1
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_PARK = "Park 2007, Contemporary Engineering Economics, chapter 6: capital recovery with return"


@equation(
    id="capital-with-residual",
    title="Cost of capital in a purchase that is sold again",
    formula="n*((K_0 - S)*r/(1 - (1 + r)**(-n)) + S*r)",
    result=Symbol("cost", "K", "USD", "payments over all years, interest included", low=0),
    symbols=(
        Symbol("price", "K_0", "USD", "purchase price", low=0),
        Symbol("residual", "S", "USD", "what it is sold for after the years, at most its price", low=0),
        Symbol("interest", "r", "1", "interest a year", low=1e-3, high=1),
        Symbol("years", "n", "1", "yearly payments", low=1),
    ),
    source=_PARK,
    note="An annuity on what is used up, and interest on what is not. As the interest goes to 0 it becomes K_0 - S.",
)
def capital_with_residual(price: float, residual: float, interest: float, years: float) -> float:
    """Dollars that `years` equal payments add up to, each at the end of a year."""
    recovery = interest / (1 - num.power(1 + interest, -years))
    return years * ((price - residual) * recovery + residual * interest)


@equation(
    id="flat-bill-crossing",
    title="Use at which a growing bill meets a flat one",
    formula="(K_f - K_0)/K_u",
    result=Symbol("use", "U", "1", "use at which both cost the same; below 0 or above 1 they never meet"),
    symbols=(
        Symbol("flat", "K_f", "USD", "bill that does not depend on use, such as a reservation", low=0),
        Symbol("idle", "K_0", "USD", "the other bill at no use, such as owning machines that stand idle", low=0),
        Symbol("swing", "K_u", "USD", "what full use adds to it", low=0, low_open=True),
    ),
    source="Equal bills: K_f = K_0 + K_u*U",
)
def flat_bill_crossing(flat: float, idle: float, swing: float) -> float:
    """The use at which a bill linear in use meets a flat one."""
    return (flat - idle) / swing
