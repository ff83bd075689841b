"""What a run emits: the energy that it draws, from a grid, and its share of making the hardware.

estimate_carbon(device="a100-80gb-sxm", count=384, hours=2820, region="france-jean-zay")["total"]   # kg CO2e
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ironlaw import quantities, registry
from ironlaw.physics.carbon import embodied_carbon, operational_carbon, total_carbon
from ironlaw.physics.catalogue import InputError, Symbol
from ironlaw.physics.energy import building_energy, run_energy
from ironlaw.quantities import HOUR, YEAR

from .amounts import amount, checked, not_both
from .names import named
from .result import Estimate, Figure, Given, Stack, datum, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ironlaw.registry import Entity

SITE = "industry-average"  # where nobody names another
PARAMETERS: Mapping[str, str] = {
    "device": "registry name of the device",
    "count": "devices",
    "hours": "hours of the run",
    "energy": "energy that the machines drew, such as '433 MWh', in place of device, hours and power; leaves their making out",
    "region": "registry name of the grid",
    "site": f"registry name of whose data centre, for its PUE; default: {SITE}",
    "pue": "energy of the building over that of the machines, in place of site",
    "power": "measured mean power of a device with its share of the host; default: the printed maximum",
    "embodied": "carbon of making a device, such as '164 kgCO2e'; default: the registry's, if it has one",
    "server": "registry name of a server whose making is known; its devices share it",
    "life": "years that a device is kept",
    "utilisation": "share of those years in which it works",
}

#: Mean power of a chip with its host over the printed maximum of the chip: 0.54 to 1.10 in Patterson et al. 2021,
#: table 4 (TPU v3 245 to 310 of 450 W, V100 330 of 300 W).
POWER_LOW, POWER_HIGH = 0.54, 1.10
#: A grid's mean moves by about three per cent from year to year, a building's PUE by one: 80 % of cases.
GRID_WIDTH = 0.04
#: Published figures for making one A100 differ by this factor: 150 kg (Luccioni et al. 2022), 318 kg (Chien et al. 2023).
MAKING_WIDTH = 1.1

COUNT = Symbol("count", "N", "1", "devices", low=1, integer=True)
HOURS = Symbol("hours", "T", "1", "hours of the run", low=0)
LIFE = Symbol("life", "L", "1", "years that a device is kept", low=0, low_open=True)
USE = Symbol("utilisation", "u", "1", "share of those years in which it works", low=0, high=1, low_open=True)
PUE = Symbol("pue", "PUE", "1", "energy of the building over that of the machines", low=1)


def estimate_carbon(
    *,
    device: str = "",
    count: int = 1,
    hours: float | None = None,
    energy: float | str | None = None,
    region: str = "us-average",
    site: str = "",
    pue: float | None = None,
    power: float | str | None = None,
    embodied: float | str | None = None,
    server: str = "",
    life: float = 5.0,
    utilisation: float = 0.85,
) -> Estimate:
    """Carbon of a run on `count` devices for `hours`, or of `energy`; `PARAMETERS` says what each parameter is.

    Amounts are texts with a unit ("433 MWh", "310 W", "164 kgCO2e"); a power or carbon may be a number of watts or kilograms.
    Figures: energy, operational, embodied, total (kg CO2e) with 80 % intervals.
    Raises InputError (a ValueError) for a bad number, UnknownEntity (a KeyError) for an unknown name.
    """
    checked(COUNT, count)
    checked(LIFE, life)
    checked(USE, utilisation)
    not_both("energy", energy, device=device, hours=hours, power=power, embodied=embodied, server=server)
    not_both("pue", pue, site=site)
    joules = None if energy is None else amount(energy, "energy", "energy", "energy of the machines")
    watts = None if power is None else amount(power, "power", "power", "mean power of a device")
    made = None if embodied is None else amount(embodied, "carbon", "embodied", "carbon of making a device")
    grid = named("grid", region)
    field = "intensity" if "intensity" in grid else "intensity_adjusted"
    givens = [datum(grid, field, f"{grid.name}: carbon intensity")]
    notes = [] if field == "intensity" else [f"{grid.name}: {grid.field(field).note}."]
    if pue is None:
        place = named("site", site or SITE)
        pue = place["pue"]
        givens.append(datum(place, "pue", f"PUE, {place.name}"))
    else:
        checked(PUE, pue)
        givens.append(Given("pue", "PUE", pue, "number"))
    machine = named("device", device) if device else None
    drawn, extra, more = _energy(machine, count, hours, joules, watts, pue)
    making, source = _making(machine, server, made)
    givens += extra + source
    operational = operational_carbon(drawn.value, grid[field])
    parts = [_operational(drawn, grid[field], operational)]
    if making is None or hours is None:
        notes.append(
            "Making the hardware is not counted: " + ("no figure for it." if hours is not None else "no hours.")
        )
    else:
        arguments = {
            "devices": count,
            "making": making,
            "span": hours * HOUR,
            "life": life * YEAR,
            "utilisation": utilisation,
        }
        value = embodied_carbon(**arguments)
        low, high = spread(value, MAKING_WIDTH)
        givens += [Given("life", "Time that a device is kept", life * YEAR, "seconds", "asked for, or the default")]
        givens += [
            Given("utilisation", "Share of it in which it works", utilisation, "share", "asked for, or the default")
        ]
        label = "Making of the hardware"
        parts.append(Figure("embodied", label, value, "carbon", low, high, "embodied-carbon", arguments))
    total = _sum(parts)
    return Estimate(
        question="carbon",
        title=f"Carbon of {_what(machine, count, hours, joules)}, {grid.name}",
        givens=tuple(givens),
        figures=(drawn, *parts, total),
        stacks=(Stack("carbon", "Carbon by part", tuple(parts)),),
        notes=(*notes, *more),
    )


def _energy(
    machine: Entity | None, count: int, hours: float | None, energy: float | None, power: float | None, pue: float
) -> tuple[Figure, list[Given], list[str]]:
    """The energy that the building draws; what it was made from; what to say about it."""
    if energy is not None:
        arguments: dict[str, float] = {"machines": energy, "pue": pue}
        value = building_energy(**arguments)
        given = [Given("energy", "Energy of the machines", energy, "watt_hours")]
        return (
            Figure("energy", "Energy, PUE included", value, "watt_hours", value, value, "building-energy", arguments),
            given,
            [],
        )
    if machine is None or hours is None:
        field = "device" if machine is None else "hours"
        raise InputError(f"{field} must be given, or energy", field, None, "device and hours, or energy")
    checked(HOURS, hours)
    given = [Given("device", "Device", machine.name), Given("count", "Devices", float(count), "count")]
    given.append(Given("hours", "Time", hours * HOUR, "seconds"))
    low_share, high_share, notes = 1.0, 1.0, []
    if power is None:
        if "power" not in machine:
            raise InputError(
                f"power must be given: the registry has none for {machine.name}", "power", None, "watts of a device"
            )
        mean = machine["power"]
        given.append(datum(machine, "power", f"{machine.name}: largest power"))
        low_share, high_share = POWER_LOW, POWER_HIGH
        notes.append(
            "The printed maximum stands for the mean power; measured runs drew 54 to 110 % of it, host included."
        )
    else:
        mean = power
        given.append(Given("power", "Mean power of a device", power, "power"))
    arguments = {"devices": count, "power": mean, "span": hours * HOUR, "pue": pue}
    value = run_energy(**arguments)
    label = "Energy, PUE included"
    figure = Figure(
        "energy", label, value, "watt_hours", value * low_share, value * high_share, "run-energy", arguments
    )
    return figure, given, notes


def _making(machine: Entity | None, server: str, embodied: float | None) -> tuple[float | None, list[Given]]:
    """Carbon of making one device with its share of a server, and where that is from."""
    making, givens = embodied, []
    if making is None and machine is not None and "embodied_carbon" in machine:
        making = machine["embodied_carbon"]
        givens.append(datum(machine, "embodied_carbon", f"{machine.name}: carbon of its making"))
    elif making is not None:
        givens.append(Given("embodied", "Carbon of making a device", making, "carbon"))
    if server:
        host = named("server", server)
        if "embodied_carbon" not in host:
            allowed = ", ".join(each.id for each in registry.every("server") if "embodied_carbon" in each)
            raise InputError(
                f"server must be one whose making is known: {allowed}, got {server!r}", "server", server, allowed
            )
        making = (making or 0.0) + host["embodied_carbon"] / host["devices"]
        givens.append(datum(host, "embodied_carbon", f"{host.name}: carbon of its making, without devices"))
    return making, givens


def _operational(drawn: Figure, intensity: float, value: float) -> Figure:
    arguments = {"energy": drawn.value, "intensity": intensity}
    low = (drawn.value if drawn.low is None else drawn.low) * intensity / (1 + GRID_WIDTH)
    high = (drawn.value if drawn.high is None else drawn.high) * intensity * (1 + GRID_WIDTH)
    return Figure("operational", "Energy used", value, "carbon", low, high, "operational-carbon", arguments)


def _sum(parts: list[Figure]) -> Figure:
    """The total; independent parts, so their deviations add up in squares."""
    arguments = {"embodied": 0.0} | {part.id: part.value for part in parts}
    value = total_carbon(**arguments)
    below = sqrt(sum((part.value - (part.low or 0.0)) ** 2 for part in parts))
    above = sqrt(sum(((part.high or part.value) - part.value) ** 2 for part in parts))
    return Figure("total", "Carbon", value, "carbon", value - below, value + above, "total-carbon", arguments)


def _what(machine: Entity | None, count: int, hours: float | None, energy: float | None) -> str:
    if energy is not None or machine is None:
        return quantities.format(energy or 0.0, "watt_hours")
    return f"{count:,} × {machine.name} for {hours:,g} h"
