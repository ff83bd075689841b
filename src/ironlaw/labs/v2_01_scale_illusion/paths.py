"""The model of act II: the same GPUs on demand, reserved, or bought, over the share of the time in which they are used.

Legend: N GPUs, U use, T span, p on-demand price of a GPU, d discount of the reservation, K what is bought.

On demand is paid while it is used, a reservation always, a purchase before it is used at all. Only the electricity of
bought machines follows their use, and the building's overhead (PUE) follows the electricity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ironlaw import registry
from ironlaw.physics import economics, energy, ownership, tco
from ironlaw.quantities import YEAR, format, to_si  # noqa: A004 - the public verb of that package

if TYPE_CHECKING:
    from ironlaw.labkit.spec import Settings, Value

# The scenario's givens: what the CFO's message says.
GPUS = 1000.0
USE = 0.60
YEARS = 3.0
RATE = to_si(2.10, "USD/h")  # on demand, a GPU
DISCOUNT = 0.35  # of the reservation
PRICE = 40_000.0  # of a GPU
BUDGET = 50e6
STRETCH = 2.0  # by which the challenge lets both prices together move
FLOOR = 0.70  # use at which the challenge wants the purchase to win
# And what the team assumes for owning.
HOST_SHARE = 0.15  # hosts and network, over the price of the GPUs
IDLE_SHARE = 0.30  # power when idle over the largest
UPKEEP = 0.05  # staff and repair a year, over the purchase
RESIDUAL = 0.20  # of the purchase, at its resale
INTEREST = 0.08  # cost of capital a year

SERVER, TARIFF, SITE = "dgx-h100", "electricity-virginia-commercial", "industry-average"
PATHS = {"on-demand": "on demand", "reserved": "reserved", "owned": "bought"}
NEVER = "none in range"


def largest_power() -> float:
    """Largest power of a GPU with its share of the host, W."""
    server = registry.get(SERVER)
    return server["power"] / server["devices"]


def bills(s: Any, use: float) -> dict[str, float]:
    """The three bills over the whole time at this use, and the parts of owning."""
    gpus, span = s["gpus"], s["years"] * YEAR
    bought = gpus * s["price"] * (1 + s["host_share"])
    capital = ownership.capital_with_residual(bought, s["residual"] * bought, s["interest"], s["years"])
    peak = largest_power()
    power = energy.machine_power(s["idle_share"] * peak, peak, use)
    electricity = tco.electricity_cost(gpus, power, s["pue"], span, s["tariff"])
    upkeep = tco.upkeep_cost(s["upkeep"], bought, span)
    machines = capital / (1 + s["host_share"])
    return {
        "on-demand": economics.on_demand_cost(gpus * s["rate"], use, span),
        "reserved": economics.reserved_cost(gpus * s["rate"], s["discount"], span),
        "owned": tco.owned_cost(machines, capital - machines, 0.0, electricity, upkeep),
        "purchase": bought,
        "capital": capital,
        "machines": machines,
        "hosts": capital - machines,
        "electricity": electricity,
        "upkeep": upkeep,
        "power": power,
    }


def model(settings: Settings) -> dict[str, Value]:
    """All outputs of act II. Every plan can run: a plan over the budget is a failure, not an impossibility."""
    s: Any = settings
    use, span, fleet = s["use"], s["years"] * YEAR, s["gpus"] * s["rate"]
    bill = bills(s, use)
    # The purchase is linear in use: what stands idle still draws power, what runs draws more.
    peak = largest_power()
    swing = tco.electricity_cost(s["gpus"], peak * (1 - s["idle_share"]), s["pue"], span, s["tariff"])
    idle = bill["owned"] - swing * use
    net = fleet - swing / span  # a rented second saves the electricity of an owned one
    use_owned = economics.purchase_break_even(idle, net, span)
    use_flat = ownership.flat_bill_crossing(bill["reserved"], idle, swing)
    cost, hours = bill[s["path"]], s["gpus"] * span * use
    rent = min(bill["on-demand"], bill["reserved"])
    cheapest = economics.cheapest_way(fleet, use, s["discount"], bill["owned"] / span)
    return {
        "cost_on_demand": bill["on-demand"],
        "cost_reserved": bill["reserved"],
        "cost_owned": bill["owned"],
        "purchase": bill["purchase"],
        "resale": s["residual"] * bill["purchase"],
        "capital": bill["capital"],
        "machines": bill["machines"],
        "hosts": bill["hosts"],
        "electricity": bill["electricity"],
        "upkeep": bill["upkeep"],
        "power": bill["power"],
        "idle_bill": idle,
        "swing": swing,
        "fleet_rate": fleet,
        "net_rate": net,
        "span": span,
        "discount": s["discount"],
        "interest": s["interest"],
        "pue": s["pue"],
        "tariff": s["tariff"],
        "reserved_rate": s["rate"] * (1 - s["discount"]),
        "path": PATHS[s["path"]],
        "cost": cost,
        "budget": BUDGET,
        "cheapest": PATHS[cheapest],
        "cheapest_cost": bill[cheapest],
        "premium": cost / bill[cheapest],
        "useful_on_demand": s["rate"],
        "useful_reserved": bill["reserved"] / hours,
        "useful_owned": bill["owned"] / hours,
        "useful": cost / hours,
        "break_even": economics.reserved_break_even(s["discount"]),
        "use_owned": use_owned,
        "use_flat": use_flat,
        "cross_owned": crossing(use_owned),
        "cross_flat": crossing(use_flat),
        "owned_over_rent": bill["owned"] / rent,
        "electricity_share": bill["electricity"] / bill["owned"],
        "even": 1.0,
        "stretch": max(s["rate"] / RATE, RATE / s["rate"]) * max(s["price"] / PRICE, PRICE / s["price"]),
        "stretch_most": STRETCH,
        "use": use,
        "use_floor": FLOOR,
        "gpus": s["gpus"],
        "years": s["years"],
    }


def crossing(use: float) -> str:
    """The use at which two bills cross, or that they do not."""
    return format(use, "share") if 0 <= use <= 1 else NEVER
