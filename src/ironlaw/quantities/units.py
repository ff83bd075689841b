"""Units, and a text with its unit as an SI float."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NewType, SupportsFloat

Seconds = NewType("Seconds", float)
Bytes = NewType("Bytes", float)
BytesPerSecond = NewType("BytesPerSecond", float)
Flop = NewType("Flop", float)
FlopPerSecond = NewType("FlopPerSecond", float)
Parameters = NewType("Parameters", float)
Tokens = NewType("Tokens", float)
Dollars = NewType("Dollars", float)
Share = NewType("Share", float)
Ratio = NewType("Ratio", float)

MISSING = "—"
LARGEST = 1e200  # rounding and changing the unit above it could pass the largest float
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
YEAR = 365.25 * DAY  # the Julian year of SI tables


class QuantityError(ValueError):
    """A text, unit, value or kind that has no meaning here; the message names it and what would be allowed."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in SI and its dimension ("bandwidth")."""

    value: float
    dimension: str


# --- units ------------------------------------------------------------------------------------------------------------

SMALL = {"p": 1e-12, "n": 1e-9, "µ": 1e-6, "u": 1e-6, "μ": 1e-6, "m": 1e-3}  # micro sign, u and Greek mu
LARGE = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}
_DATA = LARGE | {"K": 1e3} | _BINARY
THOUSANDS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}  # short counts: 13B parameters, 1.9M tokens

_TIMES = {
    "s": 1.0,
    "min": MINUTE,
    "h": HOUR,
    "hour": HOUR,
    "hours": HOUR,
    "d": DAY,
    "day": DAY,
    "days": DAY,
    "week": 7 * DAY,
    "weeks": 7 * DAY,
    "year": YEAR,
    "years": YEAR,
    "million years": 1e6 * YEAR,
    "billion years": 1e9 * YEAR,
}


def _units() -> dict[str, tuple[str, float]]:
    """Every known unit: text -> (dimension, SI value of one)."""
    table: dict[str, tuple[str, float]] = {"": ("number", 1.0), "1": ("number", 1.0), "%": ("share", 0.01)}

    def add(dimension: str, names: str, prefixes: dict[str, float], one: float = 1.0) -> None:
        for name in names.split("|"):
            table.update({prefix + name: (dimension, scale * one) for prefix, scale in prefixes.items()})

    add("ratio", "×|x", {"": 1.0})
    add("bytes", "B|byte|bytes", _DATA)
    add("bytes", "b|bit|bits", _DATA, 1 / 8)
    add("bandwidth", "B/s|Bps", _DATA)
    add("bandwidth", "b/s|bit/s|bps", _DATA, 1 / 8)
    add("bytes_per_token", "B/token", _DATA)
    add("flop", "FLOP", LARGE)
    add("flop_rate", "FLOP/s|OP/s", LARGE)
    add("mac", "MAC", LARGE)
    add("arithmetic_intensity", "FLOP/B|FLOP/byte", {"": 1.0})
    add("frequency", "Hz", LARGE)
    add("power", "W", LARGE | SMALL)
    add("energy", "J", LARGE | SMALL)
    add("energy", "Wh", LARGE | {"m": 1e-3}, HOUR)
    add("energy_per_byte", "J/B", LARGE | SMALL)
    add("energy_per_byte", "J/bit", LARGE | SMALL, 8.0)
    add("energy_per_token", "J/token", LARGE | SMALL)
    table.update({f"{prefix}gCO2e": ("carbon", one) for prefix, one in (("", 1e-3), ("k", 1.0), ("m", 1e-6))})
    table.update({f"{prefix}tCO2e": ("carbon", one) for prefix, one in (("", 1e3), ("k", 1e6), ("M", 1e9))})
    for prefix, one in (("", 1e-3), ("k", 1.0)):
        table.update({f"{prefix}gCO2e/{k}Wh": ("carbon_intensity", one / (LARGE[k] * HOUR)) for k in ("k", "M")})
    add("seconds", "s", SMALL)
    table.update({name: ("seconds", scale) for name, scale in _TIMES.items()})
    for short, scale in THOUSANDS.items():
        gap = f"{short} " if short else ""
        add("parameters", "parameters|params", {gap: scale})
        add("tokens", "tokens|token", {gap: scale})
        add("tokens_per_second", "tokens/s", {gap: scale})
        add("tokens_per_usd", "tokens/$|tokens/USD", {gap: scale})
        for dollar in (f"${short}", f"USD {short}".strip()):
            add("usd", dollar, {"": scale})
            add("usd_per_hour", f"{dollar}/h|{dollar}/hour", {"": scale / HOUR})
            add("usd_per_kwh", f"{dollar}/kWh", {"": scale / (1e3 * HOUR)})
            add("usd_per_kwh", f"{dollar}/MWh", {"": scale / (1e6 * HOUR)})
            add("usd_per_watt", f"{dollar}/W", {"": scale})
            add("usd_per_watt", f"{dollar}/MW", {"": scale * 1e-6})
            add("usd_per_million_tokens", f"{dollar}/token", {"": scale})
            add("usd_per_million_tokens", f"{dollar}/M tokens", {"": scale * 1e-6})
            table.update({f"{dollar}/{p}B": ("usd_per_gigabyte", scale / size) for p, size in _DATA.items()})
    return table


_UNITS = _units()
DIMENSIONS = frozenset(dimension for dimension, _ in _UNITS.values())


def shown(text: object) -> str:
    """The repr of an input, cut: an error never echoes a megabyte."""
    shown = repr(text)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _unit(unit: str) -> tuple[str, float]:
    known = _UNITS.get(unit)
    if known is not None:
        return known
    # Case is compared last: "gb/s" is near both GB/s and Gb/s, and only the writer knows which.
    folded = [name for name in _UNITS if name.lower() == unit.lower()]
    near = list(dict.fromkeys(folded + get_close_matches(unit[:40], _UNITS, n=4, cutoff=0.5)))[:4]
    hint = f"nearest known units: {', '.join(near)}" if near else "no known unit is near"
    raise QuantityError(f"unknown unit {shown(unit)}; {hint}")


def dimension_of(unit: str) -> str:
    """Dimension of a unit: "GB/s" and "Gb/s" are both "bandwidth". QuantityError for an unknown unit."""
    return _unit(unit)[0]


def to_si(value: SupportsFloat, unit: str) -> float:
    """A value in `unit` as SI float. QuantityError for an unknown unit, NaN or infinity."""
    return finite(finite(value, "value") * _unit(unit)[1], f"{value} {unit} in SI")


def finite(value: object, name: str) -> float:
    """The value as float; texts, arrays, NaN and infinity are refused under the name that the caller gives."""
    number = math.nan
    # A runtime protocol check is slow, and a slider move prints a hundred numbers: plain ones go first.
    if type(value) is float or type(value) is int or isinstance(value, SupportsFloat):
        try:
            number = float(value)
        except (TypeError, OverflowError):  # an array, or an int beyond the largest float
            number = math.nan
    if not math.isfinite(number):
        raise QuantityError(f"{name[:60]} is {shown(value)}; allowed: a finite number")
    return number


# --- text to number ---------------------------------------------------------------------------------------------------

SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_QUANTITY = re.compile(
    r"(?P<sign>[+\-−]?)(?P<dollar>\$?)"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?:[eE](?P<exp>[+-]?[0-9]{1,4})|\s?×\s?10(?P<power>[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))?"
    r"\s{0,2}(?P<unit>[^\s0-9.,].*)?"
)


def parse(text: str) -> Quantity:
    """Read "400 Gb/s", "1,024", "62 %", "$2.50/h" or "−3 s": the SI value with its dimension.

    Comma is the thousands separator and point the decimal one, in every locale.
    QuantityError names the text, the unit and the nearest known units.
    """
    if not isinstance(text, str):
        raise QuantityError(f"{shown(text)} is not a text; allowed: a number and a unit, like '400 Gb/s'")
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= 200 else None
    if match is None:
        raise QuantityError(f"cannot read {shown(text)}; allowed: a number and a unit, like '400 Gb/s' or '$2/h'")
    exponent = match["exp"] or (match["power"] or "0").translate(_PLAIN)
    number = float(f"{match['number'].replace(',', '')}e{exponent}")
    unit = match["dollar"] + (match["unit"] or "")
    try:
        dimension, scale = _unit(unit)
    except QuantityError as error:
        raise QuantityError(f"cannot read {shown(text)}: {error}") from None
    sign = -1.0 if match["sign"] in {"-", "−"} else 1.0
    return Quantity(finite(sign * number * scale, f"the value of {shown(text)}"), dimension)
