"""An SI float as a person reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import SupportsFloat

from .units import (
    DAY,
    HOUR,
    LARGE,
    LARGEST,
    MINUTE,
    MISSING,
    SMALL,
    SUPERSCRIPT,
    THOUSANDS,
    YEAR,
    QuantityError,
    finite,
    shown,
)

_Ladder = tuple[tuple[float, str], ...]  # (SI value of one, text after the number), ascending


def _ladder(name: str, prefixes: str, one: float = 1.0) -> _Ladder:
    """Rungs for "k M G": every prefix of the string, and the bare unit for "-"."""
    scales = LARGE | SMALL
    return tuple((scales[p.strip("-")] * one, f" {p.strip('-')}{name}") for p in prefixes.split())


def _short(tail: str = "") -> _Ladder:
    """Rungs for short counts: plain to a million ("40,000"), then M, B, T."""
    return tuple((scale, short + tail) for short, scale in THOUSANDS.items() if short != "K")


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
    "parameters": tuple((scale, short) for short, scale in THOUSANDS.items()),
    "tokens": _short(),
    "tokens_per_second": _short(" tokens/s"),
    "tokens_per_usd": _short(" tokens/$"),
}


def _number(value: float, digits: int) -> tuple[float, str]:
    """A value rounded to significant digits, and its text: grouped, without trailing zeros or an E."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    rounded, power = float(f"{mantissa}e{exponent}"), int(exponent)
    if rounded and not -7 <= power < 15:
        text = f"{_trim(mantissa)} × 10{str(power).translate(SUPERSCRIPT)}"
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
    most = (1 + 5 / 10**digits) * (1 + 1e-9)
    for scale, higher in ladder[1:]:
        start = 2 * scale if higher in _FROM_TWO else scale
        if value * most < start:  # no rounding lifts it there: most texts end here
            break
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
        raise QuantityError(f"unknown kind {shown(kind)}; allowed: {', '.join(sorted(KINDS))}")
    if not 1 <= digits <= 15:
        raise QuantityError(f"digits is {digits}; allowed: 1 to 15")
    if value is None:
        return MISSING
    number = finite(value, kind)
    if abs(number) > LARGEST:
        raise QuantityError(f"{kind} is {number:g}; allowed: at most {LARGEST:g} either way")
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
    number = finite(n, "count")
    if number < 0 or number != int(number):
        raise QuantityError(f"count is {n}; allowed: a whole number from 0")
    if number >= 100:
        return format(number, "count")
    tens, ones = divmod(int(number), 10)
    if tens < 2:
        return _ONES[int(number)]
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
