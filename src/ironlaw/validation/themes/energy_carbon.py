"""Energy and carbon: runs from devices, hours and power; radios from current and voltage; the rest is input.

A run's energy is devices x mean power x hours x PUE, its carbon that energy times the grid's intensity. What the row
prints as its own result (`implied_kg_per_kWh`, `tCO2e` beside an energy) is never used.
"""

from __future__ import annotations

import re
from math import sqrt

from ironlaw import registry
from ironlaw.physics.carbon import operational_carbon
from ironlaw.physics.energy import adder_energy, multiplier_energy, run_energy
from ironlaw.physics.ondevice import air_energy
from ironlaw.quantities import DAY, HOUR
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction
from ironlaw.validation.rows import Row

KWH, MWH = 1e3 * HOUR, 1e6 * HOUR
NORMAL = 1.2816  # standard deviations on either side that hold 80 % of a normal distribution
GRID_WIDTH = 0.04  # the US mean moves by about three per cent from year to year, an operator's PUE by one: 80 %
PACE_WIDTH = 0.05  # a part of a run against all of it: restarts and evaluations are not spread evenly
GATE_WIDTH = 0.35  # a law of gate counts against a synthesised circuit

_RUN = re.compile(r"(?P<devices>[\d,]+)\s+\S.*?,\s*(?P<days>[\d.]+)\s*days")
_PRODUCT = re.compile(r"(?P<energy>[\d.]+)\s*MWh\s*x\s*(?P<intensity>[\d.]+)\s*kg/kWh")
_PACE = re.compile(r"(?P<steps>[\d.]+)M steps")
_HOURS = re.compile(r"(?P<hours>\d+)\s*h\b")
_CIRCUIT = re.compile(r"int(?P<bits>\d+) (?P<what>add|mult)")
_AIR = re.compile(r"(?P<current>[\d.]+)\s*mA at (?P<voltage>[\d.]+)\s*V")
_RATE = re.compile(r"(?P<rate>[\d.]+)\s*Mb/s")


def predict(row: Row) -> Prediction:
    """The engine's value for one row. Raises NotModelled or Excluded with the reason."""
    category = row["category"]
    if category == "training footprint":
        return _training(row)
    if category == "energy per op":
        return _operation(row)
    if category == "radio energy":
        return _radio(row)
    raise _other(category)


def _other(category: str) -> Exception:
    inputs = {
        "grid intensity": "carbon intensities of grids are registry data",
        "PUE": "an operator's PUE is registry data",
        "embodied": "the carbon of making a device is registry data",
    }
    if category in inputs:
        return Excluded(f"input of the engine: {inputs[category]}")
    reasons = {
        "inference energy": "a fleet's median: the row gives neither model nor hardware nor tokens",
        "power measured": "the mode caps the power at a level that the row does not print",
    }
    return NotModelled(reasons.get(category, f"the engine has no model for {category or 'this row'}"))


# --- training runs ----------------------------------------------------------------------------------------------------


def _training(row: Row) -> Prediction:
    metric, unit = row["metric"], row["unit"]
    if metric.startswith("energy per"):
        return _pace(row)
    if metric == "value":
        if unit in {"GPU-h", "gCO2e/kWh"}:
            raise Excluded("input of the engine: device-hours and the intensity of a grid are given to it")
        return _device_hours(row)
    if unit == "MWh":
        return _run(row)
    if metric.startswith("tCO2e"):
        return _carbon(row)
    raise NotModelled(f"the engine has no model for {metric}")


def _run(row: Row) -> Prediction:
    """Energy from devices, days, measured mean power and PUE; the interval is what their printed digits leave open."""
    match = _RUN.search(row["condition"])
    power, pue = row.extra.get("W_per_chip", ""), row.extra.get("PUE", "")
    if match is None or not power or not pue:
        raise NotModelled("the row does not print devices, days, mean power and PUE: nothing to multiply")
    devices, days = float(match["devices"].replace(",", "")), match["days"]
    energy = run_energy(devices, float(power), float(days) * DAY, float(pue)) / MWH
    # A printed figure lies anywhere within half a unit of its last digit: a uniform error, of the half over root 3.
    width = NORMAL * sqrt(sum(_half_digit(text) ** 2 / 3 for text in (days, power, pue)))
    return Prediction(energy, energy * (1 - width), energy * (1 + width))


def _device_hours(row: Row) -> Prediction:
    """Energy from device-hours alone, at the printed power of the device, as BLOOM counts it."""
    match = _HOURS.search(row["notes"])
    if match is None or row["unit"] != "MWh" or not row["item"].startswith("BLOOM"):
        raise NotModelled("the row prints no device-hours of its own")
    power = registry.get("a100-80gb-sxm")["power"]
    return Prediction.exact(run_energy(1, power, float(match["hours"]) * HOUR, 1.0) / MWH)


def _half_digit(text: str) -> float:
    """Half a unit of the last printed digit, relative to the figure."""
    decimals = len(text.partition(".")[2])
    return 0.5 * 10.0**-decimals / float(text)


def _carbon(row: Row) -> Prediction:
    hours, power = (_number(row.extra.get(key, "")) for key in ("gpu_hours", "W_per_gpu"))
    if hours is None or power is None:
        return _product(row)
    if not row["item"].startswith("Llama"):
        raise NotModelled("the row names neither the data centre's PUE nor its grid")
    # Meta prints no place: its own accounts take the mean of the United States (Touvron et al. 2023, section 6).
    energy = run_energy(1, power, hours * HOUR, registry.get("meta")["pue"])
    carbon = operational_carbon(energy, registry.get("us-average")["intensity"]) / 1e3
    return Prediction(carbon, carbon / (1 + GRID_WIDTH), carbon * (1 + GRID_WIDTH), "US mean grid, Meta's PUE")


def _product(row: Row) -> Prediction:
    match = _PRODUCT.search(row["source"])
    if match is None:
        raise NotModelled("the row prints neither device-hours and power nor energy and intensity")
    carbon = operational_carbon(float(match["energy"]) * MWH, float(match["intensity"]) / KWH)
    return Prediction.exact(carbon / 1e3)


def _pace(row: Row) -> Prediction:
    """Energy of a number of steps, from that of all steps of the same run: a step takes the same energy throughout."""
    part = re.search(r"per (\d+)k steps", row["metric"])
    whole = [(match, text) for key, text in row.extra.items() if (match := _PACE.fullmatch(key))]
    energy = re.match(r"[\d.]+", whole[0][1]) if whole else None
    if part is None or energy is None or row["unit"] != "kWh":
        raise NotModelled("the row gives no energy of the whole run")
    share = float(part[1]) * 1e3 / (float(whole[0][0]["steps"]) * 1e6)
    value = float(energy[0]) * share
    return Prediction(value, value / (1 + PACE_WIDTH), value * (1 + PACE_WIDTH))


# --- circuits and radios ----------------------------------------------------------------------------------------------


def _operation(row: Row) -> Prediction:
    match = _CIRCUIT.fullmatch(row["item"])
    if match is None or match["bits"] == "8":
        raise Excluded("input of the engine: the registry holds the energies of a technology")
    circuit = registry.get("cmos-7nm" if "7 nm" in row["source"] else "cmos-45nm")
    law, field = (adder_energy, "int8_add") if match["what"] == "add" else (multiplier_energy, "int8_multiply")
    value = law(circuit[field], float(match["bits"]), 8) * 1e12
    return Prediction(value, value / (1 + GATE_WIDTH), value * (1 + GATE_WIDTH), "from 8 bits by gate count")


def _radio(row: Row) -> Prediction:
    if not row["metric"].startswith("energy_per_bit"):
        raise Excluded("input of the engine: the registry holds the power of a radio")
    match = _AIR.search(row["source"])
    if match is None or row["unit"] != "nJ/bit":
        raise NotModelled("the row prints no current and voltage")
    printed = _RATE.search(row["item"])
    rate = float(printed["rate"]) * 1e6 / 8 if printed else registry.get("nrf52840-ble")["line_rate"]
    power = float(match["current"]) * 1e-3 * float(match["voltage"])
    return Prediction.exact(air_energy(power, rate) / 8 * 1e9)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
