"""An amount as a caller writes it: a number in SI, or a text with its unit ("50 TB", "10 Gb/s", "50,000 h").

Prices by the hour, kilowatt-hour or watt and energies always take their unit: nobody thinks of them in SI, and 2.5 would be
2.5 dollars a second, a factor of 3,600 from what was meant.
"""

from __future__ import annotations

from typing import NamedTuple

from ironlaw import quantities
from ironlaw.physics import InputError, Symbol

# Nothing that is built is outside, and what is made of several such numbers still is a number and has a text.
LEAST, MOST = 1e-30, 1e30


class _Kind(NamedTuple):
    """Unit in SI, an amount as one writes it, what it is, and whether a number alone will not do."""

    unit: str
    like: str
    called: str
    unit_needed: bool = False


_KINDS = {
    "bytes": _Kind("B", "50 TB", "size of data"),
    "bandwidth": _Kind("B/s", "10 Gb/s", "rate of data"),
    "seconds": _Kind("s", "30 days", "time"),
    "number": _Kind("1", "8", "plain number"),
    "share": _Kind("1", "0.1 %", "share"),
    "power": _Kind("W", "400 W", "power"),
    "energy": _Kind("J", "433 MWh", "energy", unit_needed=True),
    "carbon": _Kind("kg", "164 kgCO2e", "mass of carbon dioxide"),
    "usd": _Kind("USD", "$30,000", "sum of money"),
    "usd_per_hour": _Kind("USD/s", "$2.50/h", "price by the hour", unit_needed=True),
    "usd_per_kwh": _Kind("USD/J", "$0.08/kWh", "price of energy", unit_needed=True),
    "usd_per_watt": _Kind("USD/W", "$11.7/W", "price by the watt", unit_needed=True),
    "usd_per_gigabyte": _Kind("USD/B", "$0.09/GB", "price of data"),
}


def amount(
    value: float | str,
    dimension: str,
    field: str,
    meaning: str,
    *,
    low: float = 0.0,
    open_: bool = False,
    like: str = "",
) -> float:
    """`value` in SI, checked; `like` is an example of this field's amounts where the dimension's own is far off.

    InputError names the field for a text without sense, another dimension, a missing unit, and a value too low or extreme.
    """
    kind = _KINDS[dimension]
    like = f"'{like or kind.like}'"
    number = _read(value, dimension, field, kind, like) if isinstance(value, str) else value
    checked(Symbol(field, field, kind.unit, meaning, low=low, low_open=open_), number)
    if kind.unit_needed and not isinstance(value, str):
        raise _without_unit(value, field, like)
    return float(number)


def checked(symbol: Symbol, value: float) -> None:
    """InputError unless `value` is in the symbol's range, and of a size that a sum of such numbers can be made of."""
    symbol.check(value)
    if value and not LEAST <= abs(value) <= MOST:
        unit = "" if symbol.unit == "1" else f" {symbol.unit}"
        allowed = f"{'' if symbol.low_open else '0, or '}{LEAST:g} to {MOST:g}{unit}"
        raise InputError(f"{symbol.name} must be {allowed}, got {float(value):g}", symbol.name, value, allowed)


def not_both(field: str, value: object, **others: object) -> None:
    """InputError where `field` was given and one of the `others`, in whose place it stands, was given too."""
    if value in (None, ""):
        return
    for name, other in others.items():
        if other not in (None, ""):
            allowed = f"{field} or {name}, not both"
            raise InputError(f"{field} must be left out where {name} is given", field, value, allowed)


def _read(value: str, dimension: str, field: str, kind: _Kind, like: str) -> float:
    try:
        read = quantities.parse(value)
    except quantities.QuantityError as error:
        message = f"{field} must be an amount like {like}, got {value[:60]!r}: {error}"
        raise InputError(message, field, value, f"an amount like {like}") from None
    if read.dimension == dimension or {read.dimension, dimension} == {"number", "share"}:
        return read.value
    if read.dimension == "number":
        raise _without_unit(value[:60], field, like)
    message = f"{field} must be an amount like {like}, got {value[:60]!r}, which is no {kind.called}"
    raise InputError(message, field, value, f"an amount like {like}")


def _without_unit(value: float | str, field: str, like: str) -> InputError:
    allowed = f"an amount with its unit, like {like}"
    return InputError(f"{field} must be {allowed}, got {value!r}", field, value, allowed)
