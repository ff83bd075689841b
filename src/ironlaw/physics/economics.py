"""What a token costs: hardware at a price per second, and the network that is added to it.

X   throughput, token/s        c   price of the hardware, USD/s        K   price of what is bought, USD
"""

from __future__ import annotations

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
