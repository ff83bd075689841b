"""Queues with one server, and the two laws that hold for every queue: utilisation and Little's.

λ   arrivals per second      ρ   utilisation          W   mean time waiting, s       k   coefficient of variation of
S   mean service time, s     c   servers              T   mean response time, s          the service time (std / mean)
L   requests present         N   clients, closed      q   share of requests that are slower than a percentile

M/M/1, M/D/1 and M/G/1: arrivals at random (Poisson), service times exponential, constant or of any distribution, one
server, first come first served, no limit to the queue. More servers: `erlang`.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

ARRIVAL = Symbol("arrival", "lam", "1/s", "requests that arrive per second", low=0)
SERVICE = Symbol("service", "S", "s", "mean service time", low=0, low_open=True)
SERVERS = Symbol("servers", "c", "1", "servers", low=1, integer=True)
UTILISATION = Symbol(
    "utilisation",
    "rho",
    "1",
    "share of the servers' time that is used; at 1 the queue grows without limit",
    low=0,
    high=1,
    high_open=True,
)
VARIATION = Symbol("variation", "k", "1", "standard deviation of the service time over its mean", low=0)
TAIL = Symbol("tail", "q", "1", "share of requests that are slower: 0.01 for p99", low=0, high=1, low_open=True)
WAIT = Symbol("wait", "W_q", "s", "mean time between arrival and start of service", low=0)
RESPONSE = Symbol("response", "T_resp", "s", "mean time between arrival and end of service", low=0)
_RATE = Symbol("rate", "X", "1/s", "requests that are completed per second", low=0)
_CLIENTS = Symbol("clients", "N", "1", "clients, each with one request in flight at most", low=0)
_THINK = Symbol("think", "Z", "s", "time a client waits before its next request", low=0)
_KLEINROCK = "Kleinrock 1975, Queueing Systems, volume 1, "


@equation(
    id="utilisation",
    title="Utilisation",
    formula="lam*S/c",
    result=Symbol("utilisation", "rho", "1", "work that arrives over what the servers can do", low=0),
    symbols=(ARRIVAL, SERVICE, SERVERS),
    source=_KLEINROCK + "section 2.1",
    note="At 1 or above there is no steady state: the queue grows as long as the load lasts, and every equation that "
    "takes a utilisation refuses it.",
)
def utilisation(arrival: float, service: float, servers: float = 1) -> float:
    """Offered load per server: a share of busy time as long as it is below 1."""
    return arrival * service / servers


@equation(
    id="littles-law",
    title="Little's law",
    formula="lam*T_resp",
    result=Symbol("present", "L", "1", "mean number of requests present", low=0),
    symbols=(ARRIVAL, RESPONSE),
    source="Little 1961, A Proof for the Queuing Formula: L = λW, Operations Research 9(3)",
    note="Holds for every stable system and every scheduling order, over the same requests: with the waiting time it "
    "gives the mean length of the queue.",
)
def littles_law(arrival: float, response: float) -> float:
    """Mean number present, from the rate of arrivals and the mean time each stays."""
    return arrival * response


@equation(
    id="closed-loop-rate",
    title="Rate of a closed loop",
    formula="N/(T_resp + Z)",
    result=_RATE,
    symbols=(
        _CLIENTS,
        Symbol("response", "T_resp", "s", "mean response time", low=0, low_open=True),
        _THINK,
    ),
    source="Lazowska et al. 1984, Quantitative System Performance, section 3.3 (response time law): Little's law on the "
    "whole loop",
    note="A load generator with fixed concurrency is such a loop with Z = 0. Start and end of a short test, when fewer "
    "than N are in flight, make the measured rate a little lower.",
)
def closed_loop_rate(clients: float, response: float, think: float = 0.0) -> float:
    """Requests per second of `clients` clients that each wait for the answer before they ask again."""
    return clients / (response + think)


@equation(
    id="closed-loop-ceiling",
    title="Ceiling of a closed loop",
    formula="min(N/(S + Z), c/S)",
    result=_RATE,
    symbols=(_CLIENTS, SERVICE, _THINK, SERVERS),
    source="Lazowska et al. 1984, Quantitative System Performance, section 5.2 (asymptotic bounds)",
    note="Beyond the knee, N = c·(S + Z)/S, more clients only wait longer.",
)
def closed_loop_ceiling(clients: float, service: float, think: float = 0.0, servers: float = 1) -> float:
    """Requests per second that no order of service can pass: nobody waits, or every server is busy."""
    return num.minimum(clients / (service + think), servers / service)


@equation(
    id="mm1-response",
    title="Response time of M/M/1",
    formula="S/(1 - rho)",
    result=RESPONSE,
    symbols=(SERVICE, UTILISATION),
    source=_KLEINROCK + "eq. 3.26",
    note="Poisson arrivals, exponential service, one server, first come first served.",
)
def mm1_response(service: float, utilisation: float) -> float:
    """Mean seconds between arrival and end of service."""
    return service / (1 - utilisation)


@equation(
    id="mm1-response-percentile",
    title="Percentile of M/M/1's response time",
    formula="S*ln(1/q)/(1 - rho)",
    result=Symbol("percentile", "T_q", "s", "response time that the share q exceeds", low=0),
    symbols=(SERVICE, UTILISATION, TAIL),
    source=_KLEINROCK + "section 3.2 with section 5.12: the response time is exponential",
    note="q = 0.01 gives p99: 4.6 times the mean, at every utilisation.",
)
def mm1_response_percentile(service: float, utilisation: float, tail: float) -> float:
    """Seconds that a share `tail` of the requests exceeds."""
    return service * num.ln(1 / tail) / (1 - utilisation)


@equation(
    id="mm1-present",
    title="Requests present in M/M/1",
    formula="rho/(1 - rho)",
    result=Symbol("present", "L", "1", "mean number of requests present, waiting or in service", low=0),
    symbols=(UTILISATION,),
    source=_KLEINROCK + "eq. 3.24",
)
def mm1_present(utilisation: float) -> float:
    """Mean number of requests waiting or in service."""
    return utilisation / (1 - utilisation)


@equation(
    id="md1-wait",
    title="Waiting time of M/D/1",
    formula="rho*S/(2*(1 - rho))",
    result=WAIT,
    symbols=(SERVICE, UTILISATION),
    source=_KLEINROCK + "eq. 5.64 (Pollaczek–Khinchine) with constant service",
    note="Half the wait of M/M/1: the other half is the variation of the service time.",
)
def md1_wait(service: float, utilisation: float) -> float:
    """Mean seconds in the queue when every request takes the same time."""
    return utilisation * service / (2 * (1 - utilisation))


@equation(
    id="mg1-wait",
    title="Waiting time of M/G/1 (Pollaczek–Khinchine)",
    formula="rho*S*(1 + k**2)/(2*(1 - rho))",
    result=WAIT,
    symbols=(SERVICE, UTILISATION, VARIATION),
    source="Pollaczek 1930 and Khintchine 1932; " + _KLEINROCK + "eq. 5.64",
    note="Exact for any distribution of service times: k = 0 constant, 1 exponential, above 1 heavy-tailed.",
)
def mg1_wait(service: float, utilisation: float, variation: float) -> float:
    """Mean seconds in the queue for any distribution of service times with this mean and variation."""
    return utilisation * service * (1 + variation * variation) / (2 * (1 - utilisation))


@equation(
    id="utilisation-for-wait",
    title="Utilisation that a wait allows",
    formula="w/(w + (1 + k**2)/2)",
    result=Symbol("utilisation", "rho", "1", "share of time that the server is busy", low=0, high=1),
    symbols=(
        Symbol("ratio", "w", "1", "mean wait over mean service time", low=0),
        VARIATION,
    ),
    source="The Pollaczek–Khinchine formula (mg1-wait) solved for the utilisation",
    note="One server. Twice the variation at the same wait costs utilisation: the price of latency is idle hardware.",
)
def utilisation_for_wait(ratio: float, variation: float) -> float:
    """Utilisation at which the mean wait is `ratio` mean service times."""
    return ratio / (ratio + (1 + variation * variation) / 2)
