"""What a token costs: hardware rented by the second, reserved for a time or bought, and the network added to it.

X   throughput, token/s        c   price of the hardware, USD/s        K   price of what is bought, USD
U   utilisation, the share of the time in which the hardware is used   d   discount for a reservation
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_RATE = Symbol("rate", "c", "USD/s", "price of the hardware per second", low=0, low_open=True)
_THROUGHPUT = Symbol("throughput", "X", "token/s", "tokens trained per second", low=0, low_open=True)


@equation(
    id="tokens-per-dollar",
    title="Throughput per dollar",
    formula="X/c",
    result=Symbol("yield", "Y", "token/USD", "tokens trained per dollar", low=0),
    symbols=(_THROUGHPUT, _RATE),
    source="Definition",
)
def tokens_per_dollar(throughput: float, rate: float) -> float:
    """Tokens trained per dollar of hardware time."""
    return throughput / rate


@equation(
    id="cost-per-token",
    title="Cost of a trained token",
    formula="c/X",
    result=Symbol("cost", "K_token", "USD/token", "cost of a trained token", low=0),
    symbols=(_RATE, _THROUGHPUT),
    source="Definition",
    note="What a cheaper machine saves per second it can lose per token.",
)
def cost_per_token(rate: float, throughput: float) -> float:
    """Dollars per trained token."""
    return rate / throughput


@equation(
    id="cost-per-token-ratio",
    title="Cost of a token against a reference",
    formula="c/c_0*X_0/X",
    result=Symbol("ratio", "x", "1", "cost of a token as a multiple of the reference", low=0),
    symbols=(
        _RATE,
        Symbol("reference_rate", "c_0", "USD/s", "price of the reference per second", low=0, low_open=True),
        _THROUGHPUT,
        Symbol("reference_throughput", "X_0", "token/s", "throughput of the reference", low=0, low_open=True),
    ),
    source="Ratio of two costs per token",
    note="Below 1 the option is cheaper per token: its price has to fall by more than its throughput.",
)
def cost_per_token_ratio(rate: float, reference_rate: float, throughput: float, reference_throughput: float) -> float:
    """Cost per token of an option over that of the reference; prices of any kind, as long as both are the same."""
    return rate / reference_rate * reference_throughput / throughput


@equation(
    id="network-cost",
    title="Cost of network ports",
    formula="N*p*(K_port + K_switch)",
    result=Symbol("cost", "K", "USD", "cost of the ports at both ends", low=0),
    symbols=(
        Symbol("nodes", "N", "1", "nodes", low=1, integer=True),
        Symbol("ports", "p", "1", "ports of a node; those added, for an added cost", low=0, integer=True),
        Symbol("port_price", "K_port", "USD", "price of an adapter port with its cable", low=0),
        Symbol("switch_port_price", "K_switch", "USD", "price of the switch port it plugs into", low=0),
    ),
    source="Sum over ports: each needs an adapter port and a switch port",
    note="Ports of the leaf only; a fabric without oversubscription needs more switch ports above it.",
)
def network_cost(nodes: float, ports: float, port_price: float, switch_port_price: float) -> float:
    """Dollars for `ports` ports on each of `nodes` nodes."""
    return nodes * ports * (port_price + switch_port_price)


_ON_DEMAND = Symbol("rate", "c", "USD/s", "on-demand price per second", low=0, low_open=True)
_UTILISATION = Symbol("utilisation", "U", "1", "share of the time in which the hardware is used", low=0, high=1)
_DISCOUNT = Symbol("discount", "d", "1", "discount for reserving the whole time", low=0, high=1, high_open=True)
_SPAN = Symbol("span", "T", "s", "time that is looked at", low=0, low_open=True)
_BILL = Symbol("cost", "K", "USD", "cost over the whole time", low=0)


@equation(
    id="on-demand-cost",
    title="Cost on demand",
    formula="c*U*T",
    result=_BILL,
    symbols=(_ON_DEMAND, _UTILISATION, _SPAN),
    source="Definition: paid only while it is used",
)
def on_demand_cost(rate: float, utilisation: float, span: float) -> float:
    """Dollars for hardware that is given back whenever it is not used."""
    return rate * utilisation * span


@equation(
    id="reserved-cost",
    title="Cost of a reservation",
    formula="c*(1 - d)*T",
    result=_BILL,
    symbols=(_ON_DEMAND, _DISCOUNT, _SPAN),
    source="Definition: paid for the whole time, used or not",
)
def reserved_cost(rate: float, discount: float, span: float) -> float:
    """Dollars for hardware reserved for the whole time."""
    return rate * (1 - discount) * span


@equation(
    id="reserved-break-even",
    title="Utilisation at which a reservation pays",
    formula="1 - d",
    result=Symbol("utilisation", "U", "1", "utilisation above which the reservation is cheaper", low=0, high=1),
    symbols=(_DISCOUNT,),
    source="Equal cost on demand and reserved: c*U*T = c*(1 - d)*T",
    note="Below it on-demand is cheapest: on-demand is not always dominated.",
)
def reserved_break_even(discount: float) -> float:
    """The utilisation at which on-demand and reserved cost the same."""
    return 1 - discount


@equation(
    id="purchase-break-even",
    title="Utilisation at which buying pays",
    formula="K/(c*T)",
    result=Symbol("utilisation", "U", "1", "utilisation above which owning is cheaper than on-demand", low=0),
    symbols=(
        Symbol("owned_cost", "K", "USD", "all costs of owning it over the time: purchase, power, staff", low=0),
        _ON_DEMAND,
        _SPAN,
    ),
    source="Equal cost owned and on demand: K = c*U*T",
    note="Above 1, owning never wins against on-demand. Against a reservation it wins when it is below 1 - d.",
)
def purchase_break_even(owned_cost: float, rate: float, span: float) -> float:
    """The utilisation at which owning and on-demand cost the same; more than 1 says never."""
    return owned_cost / (rate * span)


@equation(
    id="owned-over-reserved",
    title="Cost of owning over that of a reservation",
    formula="K/(c*(1 - d)*T)",
    result=Symbol("ratio", "x", "1", "cost of owning as a multiple of that of a reservation", low=0),
    symbols=(
        Symbol("owned_cost", "K", "USD", "all costs of owning it over the time: purchase, power, staff", low=0),
        _ON_DEMAND,
        _DISCOUNT,
        _SPAN,
    ),
    source="Ratio of the two bills",
    note="Below 1 owning is cheaper. Both are paid for the whole time, used or not.",
)
def owned_over_reserved(owned_cost: float, rate: float, discount: float, span: float) -> float:
    """Cost of owning over that of a reservation of the same time."""
    return owned_cost / (rate * (1 - discount) * span)


@equation(
    id="cost-per-useful-second",
    title="Cost of a useful second",
    formula="c/U",
    result=Symbol("cost", "c_useful", "USD/s", "cost of a second in which the hardware is used", low=0),
    symbols=(
        Symbol("rate", "c", "USD/s", "price per second, used or not", low=0, low_open=True),
        Symbol("utilisation", "U", "1", "share of the time in which it is used", low=0, high=1, low_open=True),
    ),
    source="Definition",
)
def cost_per_useful_second(rate: float, utilisation: float) -> float:
    """Dollars a useful second of hardware that is paid for all the time."""
    return rate / utilisation


@equation(
    id="cost-per-served-token",
    title="Cost of a served token",
    formula="c/(X*U)",
    result=Symbol("cost", "K_token", "USD/token", "cost of a served token", low=0),
    symbols=(
        _RATE,
        Symbol("throughput", "X", "token/s", "tokens per second while it is busy", low=0, low_open=True),
        Symbol("utilisation", "U", "1", "share of the time in which it is busy", low=0, high=1, low_open=True),
    ),
    source="Definition: the idle time is paid for too",
)
def cost_per_served_token(rate: float, throughput: float, utilisation: float) -> float:
    """Dollars a token of a server that is paid for all the time and busy for a share of it."""
    return rate / (throughput * utilisation)


@equation(
    id="cheapest-rate",
    title="Cost of the cheapest of three ways to pay",
    formula="min(c*U, c*(1 - d), k)",
    result=Symbol("cost", "c_min", "USD/s", "cost per second of wall clock", low=0),
    symbols=(
        _ON_DEMAND,
        _UTILISATION,
        _DISCOUNT,
        Symbol("owned_rate", "k", "USD/s", "all costs of owning it, per second of wall clock", low=0),
    ),
    source="Lower envelope of on-demand, reserved and owned",
)
def cheapest_rate(rate: float, utilisation: float, discount: float, owned_rate: float) -> float:
    """Dollars a second of wall clock for the cheapest way; `cheapest_way` names it."""
    return num.minimum(num.minimum(rate * utilisation, rate * (1 - discount)), owned_rate)


def cheapest_way(rate: float, utilisation: float, discount: float, owned_rate: float) -> str:
    """Which way to pay is cheapest: "on-demand", "reserved" or "owned"; of equal ones the first of these.

    rate: on-demand price, USD/s. utilisation: 0 to 1. discount: of the reservation, 0 to below 1. owned_rate: USD/s of
    wall clock. Raises InputError naming the argument. Source: lower envelope of the three costs.
    """
    cheapest_rate(rate, utilisation, discount, owned_rate)
    ways = {"on-demand": rate * utilisation, "reserved": rate * (1 - discount), "owned": owned_rate}
    return min(ways, key=lambda way: ways[way])
