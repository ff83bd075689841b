"""The model of act II: move the data to the GPUs, or rent GPUs where the data is.

Legend: S bytes of the set, X payload a second of the link (line rate times the share that is reached), k price of a byte
on the route, n runs on the same set. The run takes a fixed number of steps, so its time does not grow with the set.
"""

from __future__ import annotations

from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

from ironlaw import registry
from ironlaw.estimate.transfer import ROUTES
from ironlaw.physics import transfer
from ironlaw.quantities import format as text_of
from ironlaw.quantities import to_si

if TYPE_CHECKING:
    from ironlaw.labkit.spec import Settings, Value

# The scenario's givens: what the message and the last copy's log say. Prices come from the registry.
SIZE = to_si(50, "TB")
LINE = to_si(100, "Gb/s")
REACHED = 0.5  # of the line rate, by the last bulk copy over this link
RUN = to_si(6, "h")
BUDGET = to_si(6, "h")
REUSE = 20.0  # runs a month on the same set, in the reflection
SQUEEZE = 2.0  # by which compression is said to shrink the set, in the reflection

INTER, INTERNET, FREE = "transfer-inter-region-aws-us", "egress-internet-aws-first-10tb", "free"
INTERNET_TIERS = tuple(f"egress-internet-aws-{name}" for name in ROUTES["egress-internet-aws"])
MACHINE = "gpu-a100-40gb-aws-p4d"  # eight A100, rented where the data is
KEEP = "storage-s3-standard"  # the copy beside the GPUs, a month


@cache
def tiers(route: str) -> tuple[tuple[float, float], ...]:
    """(bytes, USD a byte) of a route, in the order in which a month's bytes meet them; the last holds any number."""
    if route == FREE:
        return ((inf, 0.0),)
    if route == INTER:
        return ((inf, registry.get(INTER)["per_gigabyte"]),)
    listed = [registry.get(name) for name in INTERNET_TIERS]
    widths = (*(each["tier"] for each in listed[:-1]), inf)
    return tuple(zip(widths, (each["per_gigabyte"] for each in listed), strict=True))


def egress(size: float, route: str) -> float:
    """Dollars for `size` bytes in one month on this route."""
    cost, left = 0.0, size
    for width, price in tiers(route):
        part = min(left, width)
        cost += part * price
        left -= part
    return cost


def size_for(cost: float, route: str) -> float:
    """Bytes that `cost` dollars move on this route; infinite where no byte costs anything."""
    size, left = 0.0, cost
    for width, price in tiers(route):
        if not price or left <= width * price:
            return size + left / price if price else inf
        size += width
        left -= width * price
    return size


@cache
def rent() -> float:
    """Dollars a second of the rented machine, all its GPUs."""
    return registry.get(MACHINE)["per_hour"]


@cache
def replica(size: float) -> float:
    """Dollars a month for a copy of the set."""
    return transfer.transfer_cost(size, registry.get(KEEP)["per_gigabyte"])


def payload(line: float, share: float) -> float:
    """Bytes a second that arrive."""
    return line * share


def move_seconds(size: float, rate: float) -> float:
    """Seconds until the last byte has arrived."""
    return transfer.transfer_time.raw(0.0, size, rate)


def in_place(runs: float) -> float:
    """Dollars for `runs` runs on GPUs rented beside the data."""
    return rent() * RUN * runs


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act II."""
    s: Any = settings
    size, route, runs = s["size"], s["route"], s["runs"]
    rate = payload(s["line"], s["share"])
    time = move_seconds(size, rate)
    cost, beside = egress(size, route), in_place(runs)
    fits = size_for(beside, route)
    return {
        "size": size,
        "payload": rate,
        "transfer": time,
        "allowed": s["budget"],
        "run": RUN,
        "gravity": transfer.gravity_ratio.raw(time, RUN),
        "egress": cost,
        "price": cost / size,
        "inter": egress(size, INTER),
        "internet": egress(size, INTERNET),
        "in_place": beside,
        "cost_ratio": cost / beside,
        "premium": transfer.break_even_premium.raw(size, cost / size, RUN * runs),
        "compute_time": RUN * runs,
        "rent": rent(),
        "keep": replica(size),
        "time_size": s["budget"] * rate,
        "money_size": "no size" if fits == inf else text_of(fits, "bytes"),
        "runs": runs,
    }
