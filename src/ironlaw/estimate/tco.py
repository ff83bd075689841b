"""What owning devices costs, part by part, and from which utilisation on it beats renting them.

estimate_tco(device="h100-sxm", count=512, years=4, offer="gpu-h100-aws-p5")["per_device_hour"] * 3600   # dollars
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import tco
from ironlaw.physics.catalogue import InputError, Symbol
from ironlaw.physics.economics import cheapest_way, owned_over_reserved, purchase_break_even, reserved_break_even
from ironlaw.physics.energy import machine_power, run_energy
from ironlaw.quantities import YEAR

from .amounts import amount, checked, not_both
from .names import named
from .result import Estimate, Figure, Given, Stack, datum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ironlaw.registry import Entity

# What is taken where nobody names another.
ELECTRICITY, SITE, BUILDING = "electricity-virginia-commercial", "industry-average", "data-centre-construction-us"
PARAMETERS: Mapping[str, str] = {
    "device": "registry name of the device",
    "count": "devices",
    "years": "years that are looked at; the machines are written off in them",
    "utilisation": "share of the time in which a device is busy",
    "price": "price of a device with its share of the host, such as '$40,000', in place of server; default: the server's, else the device's",
    "server": "registry name of a server that holds the device; default: its DGX, if the registry has it",
    "power": "largest power of a device with its share of the host; default: the server's, else the device's",
    "idle_share": "power when idle over the largest",
    "electricity": f"registry name of a price of electricity; default: {ELECTRICITY}",
    "energy_price": "price of electricity, such as '$0.08/kWh', in place of that name",
    "site": f"registry name of whose data centre, for its PUE; default: {SITE}",
    "pue": "energy of the building over that of the machines, in place of site",
    "building": f"registry name of a price of building a data centre; default: {BUILDING}",
    "building_price": "price of a watt of building, such as '$11.7/W', in place of that name",
    "building_years": "years over which the building is written off",
    "network_share": "price of network and storage over that of the machines",
    "upkeep_share": "repair and staff a year, over the price of the machines",
    "offer": "registry name of a cloud's price to compare with",
    "rate": "on-demand price of a device, such as '$2.50/h', in place of offer",
    "discount": "discount for a reservation, 0 to 1; default: that of the offer",
}

YEARS = Symbol("years", "n", "1", "years that are looked at", low=0, low_open=True)
LIFE = Symbol("building_years", "n", "1", "years over which the building is written off", low=0, low_open=True)
COUNT = Symbol("count", "N", "1", "devices", low=1, integer=True)
UPKEEP = Symbol("upkeep_share", "f", "1", "repair and staff a year over the price of the machines", low=0)
SHARE = Symbol("network_share", "f", "1", "price of the network over that of the machines", low=0)
USE = Symbol("utilisation", "u", "1", "share of the time in which a device is busy", low=0, high=1)
IDLE = Symbol("idle_share", "f", "1", "power when idle over the largest", low=0, high=1)


def estimate_tco(
    *,
    device: str,
    count: int = 8,
    years: float = 4.0,
    utilisation: float = 0.6,
    price: float | str | None = None,
    server: str = "",
    power: float | str | None = None,
    idle_share: float = 0.3,
    electricity: str = "",
    energy_price: float | str | None = None,
    site: str = "",
    pue: float | None = None,
    building: str = "",
    building_price: float | str | None = None,
    building_years: float = 15.0,
    network_share: float = 0.15,
    upkeep_share: float = 0.05,
    offer: str = "",
    rate: float | str | None = None,
    discount: float | None = None,
) -> Estimate:
    """Cost of owning devices for some years against renting them; `PARAMETERS` says what each parameter is.

    Amounts are texts with a unit ("$2.50/h", "$0.08/kWh", "$30,000"); a price or power may be a number of dollars or watts.
    Figures: total, per_device_hour, per_useful_hour, electricity_share, and with a rate the break-even utilisations.
    Raises InputError (a ValueError) for a bad number or missing price, UnknownEntity (a KeyError) for an unknown name.
    """
    machine = named("device", device)
    checked(COUNT, count)
    checked(YEARS, years)
    checked(USE, utilisation)
    checked(LIFE, building_years)
    checked(SHARE, network_share)
    checked(UPKEEP, upkeep_share)
    checked(IDLE, idle_share)
    not_both("price", price, server=server)
    not_both("energy_price", energy_price, electricity=electricity)
    not_both("pue", pue, site=site)
    not_both("building_price", building_price, building=building)
    not_both("rate", rate, offer=offer)
    each, peak, givens = _hardware(machine, server, price, power)
    ratio, more = _from("site", site or SITE, "pue", "pue", pue, "PUE")
    tariff, tariff_givens = _from(
        "price", electricity or ELECTRICITY, "per_kilowatt_hour", "energy_price", energy_price, "Electricity"
    )
    watt, watt_givens = _from("price", building or BUILDING, "per_watt", "building_price", building_price, "Building")
    givens += [*more, *tariff_givens, *watt_givens]
    givens += [
        Given("device", "Device", machine.name),
        Given("count", "Devices", float(count), "count"),
        Given("years", "Time that is looked at", years * YEAR, "seconds", "asked for, or the default"),
        Given("building_years", "Life of the building", building_years * YEAR, "seconds", "assumption or asked for"),
        Given("utilisation", "Utilisation", utilisation, "share"),
        Given("idle_share", "Idle over largest power", idle_share, "share", "assumption or asked for"),
        Given("network_share", "Network over machines", network_share, "share", "assumption or asked for"),
        Given("upkeep_share", "Upkeep and staff a year", upkeep_share, "share", "assumption or asked for"),
    ]
    span = years * YEAR
    mean = machine_power(idle_share * peak, peak, utilisation)
    bought = count * each
    parts = (
        _part("hardware", "Machines", "written-off", {"price": bought, "span": span, "life": span}),
        _part(
            "network",
            "Network and storage",
            "written-off",
            {"price": bought * network_share, "span": span, "life": span},
        ),
        _part(
            "building",
            "Building, power supply, cooling",
            "building-cost",
            {"devices": count, "peak_power": peak, "price_per_watt": watt, "span": span, "life": building_years * YEAR},
        ),
        _part(
            "electricity",
            "Electricity",
            "electricity-cost",
            {"devices": count, "power": mean, "pue": ratio, "span": span, "energy_price": tariff},
        ),
        _part(
            "upkeep", "Upkeep and staff", "upkeep-cost", {"yearly_share": upkeep_share, "price": bought, "span": span}
        ),
    )
    bill = {part.id: part.value for part in parts}
    total = tco.owned_cost(**bill)
    wall = tco.owned_device_rate(total, count, span, 1.0)
    figures = [
        Figure("total", f"Total cost, {years:g} years", total, "usd", equation="owned-cost", arguments=bill),
        Figure(
            "per_device_hour",
            "A device-hour, used or not",
            wall,
            "usd_per_hour",
            equation="owned-device-rate",
            arguments={"cost": total, "devices": count, "span": span, "utilisation": 1.0},
        ),
        Figure(
            "electricity_share",
            "Electricity in the total",
            tco.cost_share(bill["electricity"], total),
            "share",
            equation="cost-share",
            arguments={"part": bill["electricity"], "total": total},
        ),
        Figure(
            "energy",
            "Energy, PUE included",
            run_energy(count, mean, span, ratio),
            "watt_hours",
            equation="run-energy",
            arguments={"devices": count, "power": mean, "span": span, "pue": ratio},
        ),
    ]
    notes = ["Without interest, resale value and tax."]
    if utilisation > 0:
        useful = tco.owned_device_rate(total, count, span, utilisation)
        arguments = {"cost": total, "devices": count, "span": span, "utilisation": utilisation}
        label = "A useful device-hour"
        figures.append(
            Figure("per_useful_hour", label, useful, "usd_per_hour", None, None, "owned-device-rate", arguments)
        )
    rented, reduction, rent_givens = _rent(offer, rate, discount)
    givens += rent_givens
    if rented is not None:
        swing = tco.electricity_cost(count, peak - idle_share * peak, ratio, span, tariff)  # from idle to busy
        idle = total - swing * utilisation
        figures += _break_evens(total / count, idle / count, (idle + swing) / count, rented, reduction, span)
        best = cheapest_way(rented, utilisation, reduction or 0.0, wall)
        notes.append(f"At a utilisation of {100 * utilisation:g} % the cheapest way is {best}.")
    return Estimate(
        question="tco",
        title=f"Owning {count:,} × {machine.name} for {years:g} years",
        givens=tuple(givens),
        figures=tuple(figures),
        stacks=(Stack("cost", "Cost by part", parts),),
        notes=tuple(notes),
    )


def _hardware(
    machine: Entity, server: str, price: float | str | None, power: float | str | None
) -> tuple[float, float, list[Given]]:
    """Price and largest power of a device with its share of the host."""
    usual = f"dgx-{machine.id.partition('-')[0]}"
    if not server and usual in registry.ids("server"):
        server = usual
    host = named("server", server) if server else None
    givens = []
    if price is not None:
        price = amount(price, "usd", "price", "price of a device")
        givens.append(Given("price", "Price of a device", price, "usd"))
    elif host is not None and "price" in host:
        price = host["price"] / host["devices"]
        givens.append(datum(host, "price", f"{host.name}: price"))
    elif "price" in machine:
        price = machine["price"]
        givens.append(datum(machine, "price", f"{machine.name}: price"))
    else:
        raise InputError(
            f"price must be given: the registry has none for {machine.name}", "price", None, "dollars of a device"
        )
    if power is not None:
        power = amount(power, "power", "power", "largest power of a device")
        givens.append(Given("power", "Largest power of a device", power, "power"))
    elif host is not None and "power" in host:
        power = host["power"] / host["devices"]
        givens.append(datum(host, "power", f"{host.name}: power"))
    elif "power" in machine:
        power = machine["power"]
        givens.append(datum(machine, "power", f"{machine.name}: power"))
    else:
        raise InputError(
            f"power must be given: the registry has none for {machine.name}", "power", None, "watts of a device"
        )
    return price, power, givens


#: What a caller may give in place of a datum: its kind, and the smallest.
_ASKED = {"pue": ("number", 1.0), "energy_price": ("usd_per_kwh", 0.0), "building_price": ("usd_per_watt", 0.0)}


def _from(
    kind: str, name: str, field: str, asked: str, value: float | str | None, label: str
) -> tuple[float, list[Given]]:
    """A figure in SI from the registry, or what the caller gave instead."""
    if value is None:
        entity = named(kind, name)
        return entity[field], [datum(entity, field, f"{label}: {entity.name}")]
    printed, low = _ASKED[asked]
    number = amount(value, printed, asked, label, low=low)
    return number, [Given(asked, label, number, printed)]


def _rent(
    offer: str, rate: float | str | None, discount: float | None
) -> tuple[float | None, float | None, list[Given]]:
    """Price of renting a device in USD/s and the discount for reserving it, both None where nobody asked."""
    givens = []
    if discount is not None:
        reserved_break_even(discount)
        givens.append(Given("discount", "Discount for a reservation", discount, "share"))
    if rate is not None:
        asked = amount(rate, "usd_per_hour", "rate", "on-demand price of a device", open_=True)
        return asked, discount, [Given("rate", "On demand", asked, "usd_per_hour"), *givens]
    if not offer:
        return None, discount, givens
    found = named("price", offer)
    held = found.fields["devices"].si if "devices" in found.fields else 1.0
    givens.append(datum(found, "per_hour", f"On demand: {found.name}"))
    if discount is None and "reserved_per_hour" in found:
        discount = 1 - found["reserved_per_hour"] / found["per_hour"]
        givens.append(datum(found, "reserved_per_hour", f"Reserved: {found.name}"))
    return found["per_hour"] / held, discount, givens


def _break_evens(
    owned: float, idle: float, busy: float, rate: float, discount: float | None, span: float
) -> list[Figure]:
    """Break-even utilisations of one device: it costs `owned` over the time as used, `idle` to `busy` by its use."""
    figures = []
    net = rate - (busy - idle) / span  # each used second costs electricity too
    if net > 0:
        arguments = {"owned_cost": idle, "rate": net, "span": span}
        value = purchase_break_even(**arguments)
        note = (
            "owning never wins against on-demand" if value > 1 else "the rate is net of the electricity that use adds"
        )
        label = "Owning beats on-demand above"
        figures.append(Figure("break_even", label, value, "share", None, None, "purchase-break-even", arguments, note))
    if discount is not None:
        reserved = reserved_break_even(discount)
        label = "A reservation beats on-demand above"
        figures.append(
            Figure(
                "reserved_break_even",
                label,
                reserved,
                "share",
                None,
                None,
                "reserved-break-even",
                {"discount": discount},
            )
        )
        arguments = {"owned_cost": owned, "rate": rate, "discount": discount, "span": span}
        ratio = owned_over_reserved(**arguments)
        note = (
            "at this utilisation the reservation is cheaper" if ratio > 1 else "at this utilisation owning is cheaper"
        )
        label = "Owning over a reservation"
        figures.append(
            Figure("owned_over_reserved", label, ratio, "ratio", None, None, "owned-over-reserved", arguments, note)
        )
    return figures


def _part(name: str, label: str, equation: str, arguments: dict[str, float]) -> Figure:
    functions: dict[str, Callable[..., float]] = {
        "written-off": tco.written_off,
        "building-cost": tco.building_cost,
        "electricity-cost": tco.electricity_cost,
        "upkeep-cost": tco.upkeep_cost,
    }
    return Figure(name, label, functions[equation](**arguments), "usd", equation=equation, arguments=arguments)
