"""Drives on the road: copying on, the trip, copying off; and the wire that they race.

S   bytes        V   capacity of one drive, B        n   drives that travel and are copied side by side
w   writing of one drive, B/s        r   reading of one drive, B/s        T   time of the road once, s
k   trips that carry data                    q   times that the road is driven, empty ways back included
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_SIZE = Symbol("size", "S", "B", "bytes to carry", low=0)
_CAPACITY = Symbol("capacity", "V", "B", "capacity of one drive", low=0, low_open=True)
_DRIVES = Symbol("drives", "n", "1", "drives that travel and are copied side by side", low=1)


@equation(
    id="trip-count",
    title="Trips with a case of drives",
    formula="ceil(S/(n*V))",
    result=Symbol("trips", "k", "1", "trips", low=0),
    symbols=(_SIZE, _DRIVES, _CAPACITY),
    source="Counting: the last case need not be full",
)
def trip_count(size: float, drives: float, capacity: float) -> float:
    """Trips that carry `size` bytes."""
    return num.ceil(size / (drives * capacity))


@equation(
    id="drives-time",
    title="Time by drive: write, drive, read",
    formula="S/(n*w) + q*T + S/(n*r)",
    result=Symbol("time", "T_d", "s", "time until the last byte is read at the far end", low=0),
    symbols=(
        _SIZE,
        _DRIVES,
        Symbol("write", "w", "B/s", "sequential writing of one drive", low=0, low_open=True),
        Symbol(
            "legs",
            "q",
            "1",
            "times that the road is driven until the last drive is there, empty ways back included",
            low=0,
        ),
        Symbol("trip", "T", "s", "the road once, door to door", low=0),
        Symbol("read", "r", "B/s", "sequential reading of one drive", low=0, low_open=True),
    ),
    source="Gray & Chong 2003, A Conversation with Jim Gray (sneakernet); copying at both ends counted",
    note="Copying is not overlapped with the road. The hosts are taken to feed all drives at their own rate. With k trips, q is k "
    "where each trip has drives of its own, and 2k - 1 where one case of drives comes back for the next load.",
)
def drives_time(size: float, drives: float, write: float, legs: float, trip: float, read: float) -> float:
    """Seconds until `size` bytes lie at the far end, the road driven `legs` times."""
    return size / (drives * write) + legs * trip + size / (drives * read)


@equation(
    id="courier-cost",
    title="Price of the trips",
    formula="k*K_t",
    result=Symbol("cost", "K", "USD", "price of all trips", low=0),
    symbols=(
        Symbol("trips", "k", "1", "trips", low=0),
        Symbol("fee", "K_t", "USD", "price of one trip", low=0),
    ),
    source="Definition; the drives are owned and come back",
)
def courier_cost(trips: float, fee: float) -> float:
    """Dollars for the courier."""
    return trips * fee
