"""The facts of act II: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v2_01_scale_illusion import paths
from ironlaw.labs.v2_01_scale_illusion.act2_panel import OUTPUTS, START
from ironlaw.physics import economics, tco

# Where the readings of a predicted break-even meet.
EDGES = (0.45, 0.58, 0.70, 0.85)
KINDS = {output.id: output.kind for output in OUTPUTS}
LIST_PRICE = "gpu-h100-aws-p5"  # what a large cloud asks for the same GPU, to compare


@cache
def facts() -> Facts:
    """The scenario's numbers: three bills at the CFO's use, and where they cross."""
    start, full = paths.model(START), paths.model({**START, "use": 1.0})
    offer = registry.get(LIST_PRICE)
    listed = offer["per_hour"] / offer["devices"]
    dear = paths.model({**START, "rate": listed, "use": paths.FLOOR})
    told = {name: Q(start[name], KINDS[name]) for name in KINDS}
    told |= {
        "rate": Q(paths.RATE, "usd_per_hour"),
        "price": Q(paths.PRICE, "usd"),
        "paths": Q(float(len(paths.PATHS)), "count"),
        "idle": Q(1 - paths.USE, "share"),
        "idle_reserved": Q((1 - paths.USE) * _number(start["cost_reserved"]), "usd"),
        "idle_room": Q(paths.DISCOUNT, "share"),
        "full_use": Q(1.0, "share"),
        "full_reserved": Q(full["useful_reserved"], "usd_per_hour"),
        "full_on_demand": Q(full["cost_on_demand"], "usd"),
        "full_owned": Q(full["cost_owned"], "usd"),
        "offer": Q(offer.name, "text"),
        "list_rate": Q(listed, "usd_per_hour"),
        "list_owned": Q(dear["owned_over_rent"], "ratio"),
    }
    return told | {f"edge{i}": Q(edge, "share") for i, edge in enumerate(EDGES, 1)} | _claims()


def _number(value: object) -> float:
    if not isinstance(value, float):
        raise TypeError(f"not a number: {value!r}")
    return value


def _claims() -> dict[str, Q]:
    """How far each explanation of a reserved hour's cost misses the engine, at worst, over uses from a fifth to one."""
    peak = paths.largest_power()
    energy = tco.electricity_cost(1, paths.IDLE_SHARE * peak, START["pue"], 1.0, START["tariff"])  # of an idle second
    flat = paths.RATE * (1 - paths.DISCOUNT)
    worst = dict.fromkeys(("bill", "power", "volume", "market"), 0.0)
    for use in (0.2, 0.4, 0.6, 0.8, 1.0):
        engine = _number(paths.model({**START, "use": use})["useful_reserved"])
        said = {
            "bill": economics.cost_per_useful_second(flat, use),  # all hours paid, shared by those in use
            "power": flat + energy * (1 - use) / use,  # the idle hours cost their electricity
            "volume": paths.RATE * (1 - paths.DISCOUNT * use),  # who uses less gets less of the discount
            "market": flat,  # the reserved price stands, whatever happens on the market
        }
        for name, rate in said.items():
            worst[name] = max(worst[name], round(abs(rate - engine) / engine, 12))  # rounding errors are no misses
    return {f"miss_{name}": Q(miss, "share") for name, miss in worst.items()}
