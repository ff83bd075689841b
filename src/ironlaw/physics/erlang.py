"""Queues with many servers: the chance to wait, the wait, the tail, and how many servers a target needs.

λ   arrivals per second      a   offered load λ·S, erlang    B   share turned away when nobody may wait (Erlang B)
S   mean service time, s     c   servers                     C   share that has to wait (Erlang C)
ρ   utilisation a/c          q   share that is slower        k   coefficient of variation of the service time

Arrays go where `arrival` or `load` stands; the number of servers is one whole number. Erlang B comes from its recursion,
B(c) = a·B(c−1)/(c + a·B(c−1)): each step adds positive numbers only, so nothing cancels or overflows at ten thousand
servers, where factorials and powers do.
"""

from __future__ import annotations

from typing import Any

from . import num
from .catalogue import InputError, Symbol, equation
from .queueing import ARRIVAL, SERVERS, SERVICE, TAIL, UTILISATION, VARIATION, WAIT

LOAD = Symbol("load", "a", "1", "offered load: arrivals in one service time", low=0)
MOST_SERVERS = 10_000_000  # a search for servers stops here: the recursion walks through all of them
_PROBABILITY = Symbol("waiting", "C", "1", "share of requests that have to wait", low=0, high=1)
_SERVERS = Symbol("servers", "c", "1", "servers", low=1, high=MOST_SERVERS, integer=True)
_ERLANG = "Erlang 1917, Solution of some Problems in the Theory of Probabilities"
_TIME = Symbol("time", "t", "s", "response time", low=0)
_LIMIT = Symbol("limit", "T_max", "s", "longest mean wait that is allowed", low=0, low_open=True)
_ANY_TAIL = Symbol("tail", "q", "1", "share of requests that are slower", low=0, high=1, low_open=True, high_open=True)


@equation(
    id="erlang-c",
    title="Chance to wait (Erlang C)",
    formula="B/(1 - rho + rho*B)",
    result=_PROBABILITY,
    symbols=(
        UTILISATION,
        Symbol("blocking", "B", "1", "Erlang B of the same load and servers", low=0, high=1),
    ),
    source=_ERLANG + "; Cooper 1981, Introduction to Queueing Theory, section 3.7",
    note="Poisson arrivals, exponential service, requests wait in one line. erlang_b() gives B.",
)
def erlang_c(utilisation: float, blocking: float) -> float:
    """Share of requests that find all servers busy and wait."""
    return blocking / (1 - utilisation + utilisation * blocking)


@equation(
    id="mmc-wait",
    title="Waiting time of M/M/c",
    formula="C*S/(c*(1 - rho))",
    result=WAIT,
    symbols=(_PROBABILITY, SERVICE, SERVERS, UTILISATION),
    source=_ERLANG + "; Cooper 1981, Introduction to Queueing Theory, section 3.7",
    note="The mean over all requests, those that do not wait included.",
)
def mmc_wait(waiting: float, service: float, servers: float, utilisation: float) -> float:
    """Mean seconds in the queue of M/M/c."""
    return waiting * service / (servers * (1 - utilisation))


@equation(
    id="mgc-wait",
    title="Waiting time of G/G/c (Allen–Cunneen)",
    formula="W_MMc*(k_a**2 + k**2)/2",
    result=WAIT,
    symbols=(
        Symbol("exponential", "W_MMc", "s", "mean wait of M/M/c at the same load", low=0),
        VARIATION,
        Symbol("arrivals", "k_a", "1", "standard deviation of the time between arrivals over its mean", low=0),
    ),
    source="Allen 1990, Probability, Statistics and Queueing Theory, section 5.4.1; with Poisson arrivals (k_a = 1) it is "
    "Lee and Longton 1959, Queueing Processes Associated with Airline Passenger Check-in, eq. 14",
    note="An approximation. Exact for M/M/c and M/G/1, and in heavy traffic. With constant service it is low: by "
    "less than 3 % at a utilisation of 0.9 with up to 8 servers, by 30 % at 0.5 with 16 servers, when hardly anyone "
    "waits (tests compare it with the exact M/D/c; mdc-wait is closer).",
)
def mgc_wait(exponential: float, variation: float, arrivals: float = 1.0) -> float:
    """Mean seconds in the queue, from those of M/M/c and the two coefficients of variation."""
    return exponential * (arrivals * arrivals + variation * variation) / 2


@equation(
    id="mdc-wait",
    title="Waiting time of M/D/c (Cosmetatos)",
    formula="W_MMc/2*(1 + (1 - rho)*(c - 1)*(sqrt(4 + 5*c) - 2)/(16*rho*c))",
    result=WAIT,
    symbols=(
        Symbol("exponential", "W_MMc", "s", "mean wait of M/M/c at the same load", low=0),
        SERVERS,
        Symbol("utilisation", "rho", "1", "share of the servers' time that is used", 0.2, 1, high_open=True),
    ),
    source="Cosmetatos 1975, Approximate Explicit Formulae for the Average Queueing Time in the Processes (M/D/r) and "
    "(D/M/r), INFOR 13(3)",
    note="An approximation: constant service times, such as batches of one shape. Exact for one server; within 3 % of "
    "the exact M/D/c from a utilisation of 0.5 and up to 32 servers, which tests confirm.",
)
def mdc_wait(exponential: float, servers: float, utilisation: float) -> float:
    """Mean seconds in the queue of M/D/c, from those of M/M/c at the same load."""
    lift = (1 - utilisation) * (servers - 1) * (num.sqrt(4 + 5 * servers) - 2) / (16 * utilisation * servers)
    return exponential / 2 * (1 + lift)


@equation(
    id="wait-percentile",
    title="Percentile of the waiting time",
    formula="W_q/C*max(0, ln(C/q))",
    result=Symbol("percentile", "W_p", "s", "time in the queue that the share q exceeds", low=0),
    symbols=(
        WAIT,
        Symbol("waiting", "C", "1", "share of requests that have to wait", low=0, high=1, low_open=True),
        TAIL,
    ),
    source="Cooper 1981, Introduction to Queueing Theory, section 3.7: who waits, waits exponentially",
    note="Exact for M/M/c. For other service times it takes the wait of those who wait as exponential, which holds in "
    "heavy traffic (Kingman 1962).",
)
def wait_percentile(wait: float, waiting: float, tail: float) -> float:
    """Seconds in the queue that a share `tail` of all requests exceeds; 0 when fewer than that wait at all."""
    return wait / waiting * num.maximum(0.0, num.ln(waiting / tail))


@equation(
    id="square-root-staffing",
    title="Servers by the square-root rule",
    formula="a + beta*sqrt(a)",
    result=Symbol("servers", "c", "1", "servers, to be rounded up", low=0),
    symbols=(LOAD, Symbol("slack", "beta", "1", "quality of service: 0 lean, 1 good, 2 hardly anyone waits", low=0)),
    source="Halfin and Whitt 1981, Heavy-Traffic Limits for Queues with Many Exponential Servers, Operations Research 29(3)",
    note="The spare servers grow with the root of the load: large fleets run at higher utilisation for the same wait.",
)
def square_root_staffing(load: float, slack: float) -> float:
    """Servers for an offered load, with a safety margin of `slack` standard deviations."""
    return load + slack * num.sqrt(load)


def erlang_b(load: float, servers: int) -> float:
    """Share of requests turned away when `load` erlang (plain number or array) meets `servers` servers and no queue.

    The recursion of Erlang 1917 (Cooper 1981, eq. 3.3). InputError for a negative load or a count that is not whole.
    """
    LOAD.check(load)
    _SERVERS.check(servers)
    blocking: Any = load * 0.0 + 1.0
    for server in range(1, int(servers) + 1):
        blocking = load * blocking / (server + load * blocking)
    return float(blocking) if not num.is_array(blocking) else blocking


def stable(arrival: float, service: float, servers: int = 1) -> float:
    """Utilisation of a queue that has a steady state.

    `arrival` in 1/s (number or array), `service` in s. Raises InputError with the reason where work arrives as fast as
    the servers can do it, or faster: such a queue has no mean.
    """
    ARRIVAL.check(arrival)
    SERVICE.check(service)
    _SERVERS.check(servers)
    used = arrival * service / servers
    worst = float(max(used.ravel().tolist(), default=0.0)) if num.is_array(used) else used  # type: ignore[attr-defined]
    if worst >= 1:
        limit = f"less than servers/service = {servers / service:g} 1/s"
        raise InputError(
            f"arrival must be {limit}: at a utilisation of {worst:g} the queue is unstable and grows without limit",
            "arrival",
            arrival,
            limit,
        )
    return used


def waiting_probability(arrival: float, service: float, servers: int) -> float:
    """Erlang C: share of requests that have to wait in M/M/c. `arrival` in 1/s may be an array, `service` is in s.

    Raises InputError for an unstable queue.
    """
    used = stable(arrival, service, servers)
    return erlang_c.raw(used, erlang_b(used * servers, servers))


def mean_wait(
    arrival: float, service: float, servers: int, variation: float = 1.0, arrival_variation: float = 1.0
) -> float:
    """Mean seconds in the queue: M/M/c as it stands, else the approximation of `mgc-wait`.

    `arrival` in 1/s may be an array. InputError for an unstable queue.
    """
    VARIATION.check(variation)
    used = stable(arrival, service, servers)
    exponential = mmc_wait.raw(waiting_probability(arrival, service, servers), service, servers, used)
    return mgc_wait(exponential, variation, arrival_variation)


def response_tail(time: float, arrival: float, service: float, servers: int) -> float:
    """Share of M/M/c's requests whose response time passes `time` seconds (`time` and `arrival` may be arrays).

    Service is exponential at rate 1/S, and with probability C a wait at rate c/S − λ comes before it (Cooper 1981,
    section 3.7; Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, section 14.5).
    """
    _TIME.check(time)
    waiting = waiting_probability(arrival, service, servers)
    return _tail(time, waiting, 1 / service, servers / service - arrival)


def _tail(time: float, waiting: float, serve: float, leave: float) -> float:
    # P(X + Y > t) for rates a <= b is e^(-a t) (1 + a t g((b - a) t)) with g(x) = (1 - e^-x)/x, which is 1 at x = 0:
    # so the formula holds where both rates are equal, and no power grows.
    slow, fast = num.minimum(serve, leave), num.maximum(serve, leave)
    gap = (fast - slow) * time
    apart = num.maximum(gap, 1e-5)
    mean = num.where(gap > 1e-5, -num.expm1(-apart) / apart, 1 - gap / 2 + gap * gap / 6)
    both = num.exp(-slow * time) * (1 + slow * time * mean)
    return (1 - waiting) * num.exp(-serve * time) + waiting * both


def response_percentile(arrival: float, service: float, servers: int, tail: float) -> float:
    """Seconds that a share `tail` (0.01 for p99) of M/M/c's requests exceeds; `arrival` may be an array.

    Bisection on `response_tail` to the last digits of a float. InputError for an unstable queue.
    """
    _ANY_TAIL.check(tail)
    waiting = waiting_probability(arrival, service, servers)
    serve, leave = 1 / service, servers / service - arrival
    # Longer than both parts at half the tail each is longer than their sum at the tail.
    high = num.ln(2 / tail) / serve + num.ln(2 / tail) / leave
    low = 0.0 * high
    for _ in range(80):
        middle = (low + high) / 2
        late = _tail(middle, waiting, serve, leave) > tail
        low, high = num.where(late, middle, low), num.where(late, high, middle)
        if not num.is_array(middle) and not low < (low + high) / 2 < high:
            break
    return (low + high) / 2


def servers_for_wait(arrival: float, service: float, limit: float) -> int:
    """Fewest servers that keep M/M/c's mean wait at `limit` seconds or below, for one arrival rate.

    One pass of the recursion. InputError where it would take more than ten million.
    """
    for symbol, value in ((ARRIVAL, arrival), (SERVICE, service), (_LIMIT, limit)):
        symbol.check(value)
    load, blocking = arrival * service, 1.0
    if not load < MOST_SERVERS:
        raise InputError(f"arrival must be less than {MOST_SERVERS}/service", "arrival", arrival, "a smaller load")
    for servers in range(1, MOST_SERVERS + 1):
        blocking = load * blocking / (servers + load * blocking)
        used = load / servers
        if used < 1 and mmc_wait.raw(erlang_c.raw(used, blocking), service, servers, used) <= limit:
            return servers
    raise InputError(f"limit must be met by {MOST_SERVERS} servers, got {limit:g} s", "limit", limit, "a longer limit")
