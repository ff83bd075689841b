"""An amount as a caller writes it: a number in SI, or a text with its unit ("50 TB", "10 Gb/s", "50,000 h")."""

from __future__ import annotations

from ironlaw import quantities
from ironlaw.physics import InputError, Symbol

_UNITS = {"bytes": "B", "bandwidth": "B/s", "seconds": "s", "number": "1", "share": "1", "usd_per_gigabyte": "USD/B"}
_UNITS |= {"power": "W", "energy": "J", "carbon": "kg", "usd": "USD", "usd_per_hour": "USD/s", "usd_per_kwh": "USD/J"}
_UNITS |= {"usd_per_watt": "USD/W"}
_LIKE = {"bytes": "50 TB", "bandwidth": "10 Gb/s", "seconds": "70 ms", "number": "8", "share": "0.1 %"}
_LIKE |= {"power": "400 W", "energy": "433 MWh", "carbon": "164 kgCO2e", "usd": "$30,000", "usd_per_hour": "$2.50/h"}
_LIKE |= {"usd_per_kwh": "$0.08/kWh", "usd_per_watt": "$11.7/W"}


def amount(
    value: float | str, dimension: str, field: str, meaning: str, *, low: float = 0.0, open_: bool = False
) -> float:
    """`value` in SI, checked. InputError names the field for a text without sense, another dimension or a value too low."""
    if isinstance(value, str):
        like = f"an amount like '{_LIKE.get(dimension, '1')}'"
        try:
            read = quantities.parse(value)
        except quantities.QuantityError as error:
            raise InputError(f"{field} must be {like}, got {value[:60]!r}: {error}", field, value, like) from None
        if read.dimension != dimension and {read.dimension, dimension} != {"number", "share"}:
            raise InputError(f"{field} must be {like}, got {value[:60]!r}, a {read.dimension}", field, value, like)
        value = read.value
    Symbol(field, field, _UNITS[dimension], meaning, low=low, low_open=open_).check(value)
    return float(value)
