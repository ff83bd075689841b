"""SI floats and their text: parse what a person writes, print what a person reads.

Inside the engine a quantity is a plain float in SI (bytes, bytes a second, seconds, FLOP, watts, dollars, tokens).
Only this package knows prefixes, and it knows the traps: `b` is a bit and `B` a byte, `GB` is 10^9 and `GiB` 2^30 bytes,
a MAC is not a FLOP. A dimension carries the name of the kind that prints it, so `format(q.value, q.dimension)` works.

Legend: value = the float in SI · unit = its text ("GB/s") · dimension = what may be added ("bandwidth") ·
kind = how to print it ("bit_rate" prints a bandwidth in bits a second).
"""

from .printing import KINDS, format, words  # noqa: A004 - the public verb of this package
from .units import (
    DAY,
    DIMENSIONS,
    HOUR,
    MINUTE,
    MISSING,
    YEAR,
    Bytes,
    BytesPerSecond,
    Dollars,
    Flop,
    FlopPerSecond,
    Parameters,
    Quantity,
    QuantityError,
    Ratio,
    Seconds,
    Share,
    Tokens,
    dimension_of,
    parse,
    to_si,
)

__all__ = [
    "DAY",
    "DIMENSIONS",
    "HOUR",
    "KINDS",
    "MINUTE",
    "MISSING",
    "YEAR",
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
