"""SI floats and their text: parse what a person writes, print what a person reads.

Inside the engine a quantity is a plain float in SI (bytes, bytes a second, seconds, FLOP, watts, dollars, tokens).
Only this module knows prefixes, and it knows the traps: `b` is a bit and `B` a byte, `GB` is 10^9 and `GiB` 2^30 bytes,
a MAC is not a FLOP. A dimension carries the name of the kind that prints it, so `format(q.value, q.dimension)` works.

Legend: value = the float in SI · unit = its text ("GB/s") · dimension = what may be added ("bandwidth") ·
kind = how to print it ("bit_rate" prints a bandwidth in bits a second).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NewType, SupportsFloat

__all__ = [
    "DIMENSIONS",
    "KINDS",
    "Bytes",
    "BytesPerSecond",
    "Dollars",
    "Flop",
    "FlopPerSecond",
    "Parameters",
    "Quantity",
    "QuantityError",
    "Ratio",
    "Seconds",
    "Share",
    "Tokens",
    "dimension_of",
    "format",
    "parse",
    "to_si",
    "words",
]

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
_LARGEST = 1e200  # rounding and changing the unit above it could pass the largest float
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

_SMALL = {"p": 1e-12, "n": 1e-9, "µ": 1e-6, "u": 1e-6, "μ": 1e-6, "m": 1e-3}  # micro sign, u and Greek mu
_LARGE = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}
_DATA = _LARGE | {"K": 1e3} | _BINARY
_THOUSANDS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}  # short counts: 13B parameters, 1.9M tokens

_TIMES = {
    "s": 1.0,
    "min": MINUTE,
    "h": HOUR,
    "hour": HOUR,
    "hours": HOUR,
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
    add("flop", "FLOP", _LARGE)
    add("flop_rate", "FLOP/s|OP/s", _LARGE)
    add("mac", "MAC", _LARGE)
    add("arithmetic_intensity", "FLOP/B|FLOP/byte", {"": 1.0})
    add("frequency", "Hz", _LARGE)
    add("power", "W", _LARGE | _SMALL)
    add("energy", "J", _LARGE | _SMALL)
    add("energy", "Wh", _LARGE | {"m": 1e-3}, HOUR)
    add("energy_per_byte", "J/B", _LARGE | _SMALL)
    add("energy_per_byte", "J/bit", _LARGE | _SMALL, 8.0)
    add("energy_per_token", "J/token", _LARGE | _SMALL)
    table.update({f"{prefix}gCO2e": ("carbon", one) for prefix, one in (("", 1e-3), ("k", 1.0), ("m", 1e-6))})
    table.update({f"{prefix}tCO2e": ("carbon", one) for prefix, one in (("", 1e3), ("k", 1e6), ("M", 1e9))})
    for prefix, one in (("", 1e-3), ("k", 1.0)):
        table.update({f"{prefix}gCO2e/{k}Wh": ("carbon_intensity", one / (_LARGE[k] * HOUR)) for k in ("k", "M")})
    add("seconds", "s", _SMALL)
    table.update({name: ("seconds", scale) for name, scale in _TIMES.items()})
    for short, scale in _THOUSANDS.items():
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


def _shown(text: object) -> str:
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
    raise QuantityError(f"unknown unit {_shown(unit)}; {hint}")


def dimension_of(unit: str) -> str:
    """Dimension of a unit: "GB/s" and "Gb/s" are both "bandwidth". QuantityError for an unknown unit."""
    return _unit(unit)[0]


def to_si(value: SupportsFloat, unit: str) -> float:
    """A value in `unit` as SI float. QuantityError for an unknown unit, NaN or infinity."""
    return _finite(_finite(value, "value") * _unit(unit)[1], f"{value} {unit} in SI")


def _finite(value: object, name: str) -> float:
    """The value as float; texts, arrays, NaN and infinity are refused under the name that the caller gives."""
    number = math.nan
    # A runtime protocol check is slow, and a slider move prints a hundred numbers: plain ones go first.
    if type(value) is float or type(value) is int or isinstance(value, SupportsFloat):
        try:
            number = float(value)
        except (TypeError, OverflowError):  # an array, or an int beyond the largest float
            number = math.nan
    if not math.isfinite(number):
        raise QuantityError(f"{name[:60]} is {_shown(value)}; allowed: a finite number")
    return number


# --- text to number ---------------------------------------------------------------------------------------------------

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
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
        raise QuantityError(f"{_shown(text)} is not a text; allowed: a number and a unit, like '400 Gb/s'")
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= 200 else None
    if match is None:
        raise QuantityError(f"cannot read {_shown(text)}; allowed: a number and a unit, like '400 Gb/s' or '$2/h'")
    exponent = match["exp"] or (match["power"] or "0").translate(_PLAIN)
    number = float(f"{match['number'].replace(',', '')}e{exponent}")
    unit = match["dollar"] + (match["unit"] or "")
    try:
        dimension, scale = _unit(unit)
    except QuantityError as error:
        raise QuantityError(f"cannot read {_shown(text)}: {error}") from None
    sign = -1.0 if match["sign"] in {"-", "−"} else 1.0
    return Quantity(_finite(sign * number * scale, f"the value of {_shown(text)}"), dimension)


# --- number to text ---------------------------------------------------------------------------------------------------

_Ladder = tuple[tuple[float, str], ...]  # (SI value of one, text after the number), ascending


def _ladder(name: str, prefixes: str, one: float = 1.0) -> _Ladder:
    """Rungs for "k M G": every prefix of the string, and the bare unit for "-"."""
    scales = _LARGE | _SMALL
    return tuple((scales[p.strip("-")] * one, f" {p.strip('-')}{name}") for p in prefixes.split())


def _short(tail: str = "") -> _Ladder:
    """Rungs for short counts: plain to a million ("40,000"), then M, B, T."""
    return tuple((scale, short + tail) for short, scale in _THOUSANDS.items() if short != "K")


# A wall clock changes unit only at two of the next one: "90 s", then "2 min"; "36 h", then "2 days".
_FROM_TWO = frozenset({" min", " h", " days", " years"})
_UP = "- k M G T P E Z Y"
_LADDERS: dict[str, _Ladder] = {
    "bytes": _ladder("B", _UP),
    "bandwidth": _ladder("B/s", _UP),
    "bit_rate": _ladder("b/s", _UP, 1 / 8),
    "bytes_per_token": _ladder("B/token", _UP),
    "flop": _ladder("FLOP", _UP),
    "flop_rate": _ladder("FLOP/s", _UP),
    "op_rate": _ladder("OP/s", _UP),  # integer operations: the same dimension as flop_rate
    "mac": _ladder("MAC", _UP),
    "frequency": _ladder("Hz", _UP),
    "power": _ladder("W", "p n µ m - k M G T"),
    "energy": _ladder("J", "p n µ m - k M G T P E"),
    "watt_hours": _ladder("Wh", "m - k M G T P", HOUR),  # the same dimension as energy: bills and batteries
    "energy_per_byte": _ladder("J/B", "p n µ m - k M G T"),
    "energy_per_token": _ladder("J/token", "p n µ m - k M G T"),
    "carbon": (
        (1e-6, " mgCO2e"),
        (1e-3, " gCO2e"),
        (1.0, " kgCO2e"),
        (1e3, " tCO2e"),
        (1e6, " ktCO2e"),
        (1e9, " MtCO2e"),
    ),
    "seconds": (
        *_ladder("s", "p n µ m -"),
        (MINUTE, " min"),
        (HOUR, " h"),
        (DAY, " days"),
        (YEAR, " years"),
        (1e6 * YEAR, " million years"),
        (1e9 * YEAR, " billion years"),
    ),
    "ratio": ((1.0, "×"),),
    "number": ((1.0, ""),),
    "arithmetic_intensity": ((1.0, " FLOP/B"),),
    "parameters": tuple((scale, short) for short, scale in _THOUSANDS.items()),
    "tokens": _short(),
    "tokens_per_second": _short(" tokens/s"),
    "tokens_per_usd": _short(" tokens/$"),
}


def _number(value: float, digits: int) -> tuple[float, str]:
    """A value rounded to significant digits, and its text: grouped, without trailing zeros or an E."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    rounded, power = float(f"{mantissa}e{exponent}"), int(exponent)
    if rounded and not -7 <= power < 15:
        text = f"{_trim(mantissa)} × 10{str(power).translate(_SUPERSCRIPT)}"
    else:
        text = _trim(f"{rounded:,.{max(0, digits - 1 - power)}f}")
    return rounded, text


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _climb(value: float, ladder: _Ladder, digits: int) -> str:
    """Text on the highest rung that the rounded value reaches: 999.9 GB is "1 TB"."""
    if not value:
        return "0" + next(tail for scale, tail in ladder if scale in {1.0, 1 / 8, HOUR})
    unit, tail = ladder[0]
    for scale, higher in ladder[1:]:
        start = 2 * scale if higher in _FROM_TWO else scale
        if value < start and _number(value / unit, digits)[0] * unit < start:
            break
        unit, tail = scale, higher
    return _number(value / unit, digits)[1] + tail


def _share(value: float, digits: int) -> str:
    """Percent. A share below one never rounds to 100 %: 99.96 % of uptime is not all of it."""
    more = digits
    while value < 1 and more < 15 and _number(100 * value, more)[0] >= 100:
        more += 1
    return f"{_number(100 * value, more)[1]} %"


def _count(value: float, digits: int) -> str:
    """Whole things are exact ("1,024"); a mean below a hundred keeps its digits ("4.8")."""
    whole = value == int(value) or value >= 100
    return f"{round(value):,}" if whole and value < 1e15 else _number(value, digits)[1]


def _tokens(value: float, digits: int) -> str:
    """Exact below a million ("8,192"), then short ("4.19M")."""
    return _count(value, digits) if value < 999_999.5 else _climb(value, _LADDERS["tokens"], digits)


_DOLLARS = _short()


def _dollars(value: float, digits: int, tail: str = "") -> str:
    """Dollars; cents get both places ("$2.50"), millions are short ("$1.12M")."""
    text = _climb(value, _DOLLARS, digits)
    point = text.find(".")
    return f"${text}{'0' if point >= 0 and point == len(text) - 2 else ''}{tail}"


def _kinds() -> dict[str, Callable[[float, int], str]]:
    kinds: dict[str, Callable[[float, int], str]] = {
        kind: (lambda value, digits, ladder=ladder: _climb(value, ladder, digits))  # type: ignore[misc]
        for kind, ladder in _LADDERS.items()
    }
    kinds |= {
        "share": _share,
        "count": _count,
        "tokens": _tokens,
        # Memories are compared in one unit: "1,120 GB" beside "640 GB", not beside "1.12 TB".
        "gigabytes": lambda value, digits: f"{_number(value / 1e9, max(digits, 4))[1]} GB",
        "usd": _dollars,
        "usd_per_hour": lambda value, digits: _dollars(value * HOUR, digits, "/h"),
        "usd_per_million_tokens": lambda value, digits: _dollars(value * 1e6, digits, "/M tokens"),
        "usd_per_gigabyte": lambda value, digits: _dollars(value * 1e9, digits, "/GB"),
        "usd_per_kwh": lambda value, digits: _dollars(value * 1e3 * HOUR, digits, "/kWh"),
        "usd_per_watt": lambda value, digits: _dollars(value, digits, "/W"),
        "carbon_intensity": lambda value, digits: f"{_number(value * 1e6 * HOUR, digits)[1]} gCO2e/kWh",
    }
    return kinds


_PRINTERS = _kinds()
KINDS = frozenset(_PRINTERS)


def format(value: SupportsFloat | None, kind: str, digits: int = 3) -> str:  # noqa: A001 - the public verb of this module
    """An SI value as a person reads it, e.g. `format(5e10, "bandwidth")` is "50 GB/s"; None is "—".

    `digits` (1 to 15) are significant digits; counts and tokens below a million stay exact.
    QuantityError for an unknown kind, for NaN and for infinity: they are never printed.
    """
    printer = _PRINTERS.get(kind)
    if printer is None:
        raise QuantityError(f"unknown kind {_shown(kind)}; allowed: {', '.join(sorted(KINDS))}")
    if not 1 <= digits <= 15:
        raise QuantityError(f"digits is {digits}; allowed: 1 to 15")
    if value is None:
        return MISSING
    number = _finite(value, kind)
    if abs(number) > _LARGEST:
        raise QuantityError(f"{kind} is {number:g}; allowed: at most {_LARGEST:g} either way")
    sign = "−" if number < 0 else ""
    return sign + printer(abs(number), digits)


# fmt: off
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on


def words(n: SupportsFloat) -> str:
    """A count in prose: "eight", "sixty-four"; figures from a hundred on ("1,024").

    QuantityError for a negative or broken number.
    """
    number = _finite(n, "count")
    if number < 0 or number != int(number):
        raise QuantityError(f"count is {n}; allowed: a whole number from 0")
    if number >= 100:
        return format(number, "count")
    tens, ones = divmod(int(number), 10)
    if tens < 2:
        return _ONES[int(number)]
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
