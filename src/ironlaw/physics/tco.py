"""What owning hardware costs over its life: purchase written off, building, electricity, people.

N   devices        P   power of one, W        phi   PUE, building over IT power        p_e   price of energy, USD/J
K   cost, USD      T   time looked at, s      T_l   life over which a purchase is written off, s
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

DEVICES = Symbol("devices", "N", "1", "devices", low=1, integer=True)
POWER = Symbol("power", "P", "W", "mean power of a device with its share of the host", low=0)
PUE = Symbol("pue", "phi", "1", "power usage effectiveness: power of the building over that of the machines", low=1)
_SPAN = Symbol("span", "T", "s", "time that is looked at", low=0)
_LIFE = Symbol("life", "T_l", "s", "time over which it is written off", low=0, low_open=True)
_SOURCE = "Barroso, Hoelzle, Ranganathan 2018, The Datacenter as a Computer, 3rd edition, chapter 6"


@equation(
    id="written-off",
    title="Purchase, written off in a straight line",
    formula="K_0*T/T_l",
    result=Symbol("cost", "K", "USD", "share of the purchase that falls into the time", low=0),
    symbols=(Symbol("price", "K_0", "USD", "purchase price", low=0), _SPAN, _LIFE),
    source=_SOURCE,
    note="Without interest and resale value. For a time up to the life.",
)
def written_off(price: float, span: float, life: float) -> float:
    """Dollars of a purchase that fall into `span`."""
    return price * span / life


@equation(
    id="annuity",
    title="Yearly payment for a purchase on credit",
    formula="K_0*r/(1 - (1 + r)**(-n))",
    result=Symbol("payment", "K", "USD", "payment a year", low=0),
    symbols=(
        Symbol("price", "K_0", "USD", "purchase price", low=0),
        Symbol("interest", "r", "1", "interest a year", low=1e-3, high=1),
        Symbol("years", "n", "1", "yearly payments", low=1),
    ),
    source="Capital recovery factor of an annuity; " + _SOURCE,
    note="For interest of 0 the payment is K_0/n: written-off.",
)
def annuity(price: float, interest: float, years: float) -> float:
    """Dollars a year that pay back `price` with interest in `years` equal payments, each at the end of a year."""
    return price * interest / (1 - num.power(1 + interest, -years))


@equation(
    id="electricity-cost",
    title="Cost of electricity",
    formula="N*P*phi*T*p_e",
    result=Symbol("cost", "K", "USD", "electricity bill of machines and building", low=0),
    symbols=(DEVICES, POWER, PUE, _SPAN, Symbol("energy_price", "p_e", "USD/J", "price of electric energy", low=0)),
    source=_SOURCE,
    note="Cooling and power conversion are in the PUE.",
)
def electricity_cost(devices: float, power: float, pue: float, span: float, energy_price: float) -> float:
    """Dollars for the energy of `devices` over `span`, cooling included."""
    return devices * power * pue * span * energy_price


@equation(
    id="building-cost",
    title="Building, power supply and cooling, written off",
    formula="N*P_max*k_W*T/T_l",
    result=Symbol("cost", "K", "USD", "share of the building that falls into the time", low=0),
    symbols=(
        DEVICES,
        Symbol("peak_power", "P_max", "W", "largest power of a device with its share of the host", low=0),
        Symbol("price_per_watt", "k_W", "USD/W", "price of a watt of building, for machines", low=0),
        _SPAN,
        _LIFE,
    ),
    source=_SOURCE,
    note="A building is sized, and paid for, by the largest power of what it holds.",
)
def building_cost(devices: float, peak_power: float, price_per_watt: float, span: float, life: float) -> float:
    """Dollars of the building, its power supply and its cooling plant that fall into `span`."""
    return devices * peak_power * price_per_watt * span / life


@equation(
    id="upkeep-cost",
    title="Upkeep and staff",
    formula="f*K_0*T/T_y",
    result=Symbol("cost", "K", "USD", "upkeep and staff over the time", low=0),
    symbols=(
        Symbol("yearly_share", "f", "1", "share of the purchase price spent each year", low=0),
        Symbol("price", "K_0", "USD", "purchase price", low=0),
        _SPAN,
        Symbol("year", "T_y", "s", "a year", low=0, low_open=True, constant=31_557_600.0),
    ),
    source=_SOURCE,
)
def upkeep_cost(yearly_share: float, price: float, span: float, year: float = 31_557_600.0) -> float:
    """Dollars for repair, support and the people who run it."""
    return yearly_share * price * span / year


@equation(
    id="owned-cost",
    title="Total cost of ownership",
    formula="K_hw + K_net + K_bld + K_el + K_up",
    result=Symbol("cost", "K", "USD", "all costs over the time", low=0),
    symbols=(
        Symbol("hardware", "K_hw", "USD", "machines, the share of the time", low=0),
        Symbol("network", "K_net", "USD", "network and storage, the share of the time", low=0),
        Symbol("building", "K_bld", "USD", "building or hosting", low=0),
        Symbol("electricity", "K_el", "USD", "electricity", low=0),
        Symbol("upkeep", "K_up", "USD", "upkeep and staff", low=0),
    ),
    source=_SOURCE,
)
def owned_cost(hardware: float, network: float, building: float, electricity: float, upkeep: float) -> float:
    """Dollars over the time that is looked at."""
    return hardware + network + building + electricity + upkeep


@equation(
    id="cost-share",
    title="Share of a part in the total cost",
    formula="K_i/K",
    result=Symbol("share", "x", "1", "share of the part", low=0, high=1),
    symbols=(
        Symbol("part", "K_i", "USD", "cost of the part", low=0),
        Symbol("total", "K", "USD", "total cost, the part included", low=0, low_open=True),
    ),
    source="Definition",
)
def cost_share(part: float, total: float) -> float:
    """Share of one part, such as electricity, in the total."""
    return part / total


@equation(
    id="owned-device-rate",
    title="Cost of a device-hour that is owned",
    formula="K/(N*T*U)",
    result=Symbol("rate", "c", "USD/s", "cost of a useful second of a device", low=0),
    symbols=(
        Symbol("cost", "K", "USD", "all costs over the time", low=0),
        DEVICES,
        Symbol("span", "T", "s", "time that is looked at", low=0, low_open=True),
        Symbol("utilisation", "U", "1", "share of the time in which a device is used", low=0, high=1, low_open=True),
    ),
    source="Definition",
    note="Per second, like all prices here; per hour it is 3,600 times as much.",
)
def owned_device_rate(cost: float, devices: float, span: float, utilisation: float) -> float:
    """Dollars a useful device-second."""
    return cost / (devices * span * utilisation)
