"""Moving data: the wire, its protocol, its price, and the truck.

S   bytes                       B   line rate, B/s        RTT   round trip, s
W   window, bytes in flight     p   packet loss           K     cost, USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZE = Symbol("size", "S", "B", "bytes to move", low=0)
_LINE = Symbol("line", "B", "B/s", "line rate of the slowest link", low=0, low_open=True)
_EFFICIENCY = Symbol("efficiency", "eta", "1", "payload over bytes on the wire", low=0, high=1, low_open=True)
_ROUND_TRIP = Symbol("round_trip", "RTT", "s", "round-trip time", low=0, low_open=True)
_PRICE = Symbol("price", "k", "USD/B", "price of a byte on this route", low=0)


@equation(
    id="frame-efficiency",
    title="Payload share of a frame",
    formula="m/(m + h)",
    result=Symbol("efficiency", "eta", "1", "payload over bytes on the wire", low=0, high=1),
    symbols=(
        Symbol("payload", "m", "B", "payload of a packet", low=0, low_open=True),
        Symbol("headers", "h", "B", "headers, preamble and gap of a packet", low=0),
    ),
    source="IEEE 802.3 framing: 14 + 4 bytes of header and checksum, 8 of preamble, 12 of gap; IPv4 20, TCP 20 and 12 of "
    "timestamps",
    note="TCP over Ethernet: 1,448 of 1,538 bytes at MTU 1,500, 8,948 of 9,038 at 9,000.",
)
def frame_efficiency(payload: float, headers: float) -> float:
    """Share of the line rate that payload gets."""
    return payload / (payload + headers)


@equation(
    id="coded-rate",
    title="Payload rate of a coded link",
    formula="n*R*d/c",
    result=Symbol("rate", "B", "B/s", "rate of one direction after coding", low=0),
    symbols=(
        Symbol("lanes", "n", "1", "lanes", low=0),
        Symbol("raw", "R", "B/s", "raw rate of a lane: symbols a second over 8", low=0),
        Symbol("data_bits", "d", "1", "bits of data in a code word", low=0, low_open=True),
        Symbol("code_bits", "c", "1", "bits of a code word", low=0, low_open=True),
    ),
    source="Line codes: 8b/10b (SATA, PCIe 1 and 2), 64b/66b (Ethernet), 128b/130b (PCIe 3 to 5)",
    note="SATA's 6 Gb/s carry 600 MB/s, not 750. Packet headers come on top.",
)
def coded_rate(lanes: float, raw: float, data_bits: float, code_bits: float) -> float:
    """Bytes per second in one direction of a link with a line code."""
    return lanes * raw * data_bits / code_bits


@equation(
    id="propagation-delay",
    title="Propagation delay",
    formula="d*n/c",
    result=Symbol("delay", "t_p", "s", "one-way delay", low=0),
    symbols=(
        Symbol("distance", "d", "m", "length of the path", low=0),
        Symbol("index", "n", "1", "refractive index: 1.468 for fibre", low=1),
        Symbol("light", "c", "m/s", "speed of light in vacuum", low=0, low_open=True, constant=299_792_458.0),
    ),
    source="SI definition of the metre; Corning SMF-28 data sheet for the index",
    note="4.9 µs a kilometre in fibre. Real routes are longer than the straight line.",
)
def propagation_delay(distance: float, index: float, light: float = 299_792_458.0) -> float:
    """Seconds that light needs over `distance` metres of a medium."""
    return distance * index / light


@equation(
    id="bandwidth-delay-product",
    title="Bandwidth-delay product",
    formula="B*RTT",
    result=Symbol("window", "W", "B", "bytes in flight that fill the path", low=0),
    symbols=(_LINE, _ROUND_TRIP),
    source="Jacobson, Braden & Borman 1992, TCP Extensions for High Performance (RFC 1323)",
    note="A smaller window leaves the path idle: 64 KiB over 70 ms is under 1 MB/s on any line.",
)
def bandwidth_delay_product(line: float, round_trip: float) -> float:
    """Bytes that must be in flight to keep the path busy."""
    return line * round_trip


@equation(
    id="window-limit",
    title="Rate of one stream behind its window",
    formula="W/RTT",
    result=Symbol("rate", "x_W", "B/s", "rate that the window allows", low=0),
    symbols=(Symbol("window", "W", "B", "bytes in flight at most", low=0), _ROUND_TRIP),
    source="Jacobson, Braden & Borman 1992 (RFC 1323)",
    note="Before loss and line rate.",
)
def window_limit(window: float, round_trip: float) -> float:
    """Bytes per second that one stream can keep up."""
    return window / round_trip


@equation(
    id="window-limit-streams",
    title="Rate of parallel streams behind their windows",
    formula="n*W/RTT",
    result=Symbol("rate", "X_W", "B/s", "rate that the windows allow", low=0),
    symbols=(
        Symbol("streams", "n", "1", "parallel streams", low=1),
        Symbol("window", "W", "B", "bytes in flight of one stream at most", low=0),
        _ROUND_TRIP,
    ),
    source="window-limit, times the streams",
    note="Before loss and line rate.",
)
def window_limit_streams(streams: float, window: float, round_trip: float) -> float:
    """Bytes per second that `streams` streams can keep up together."""
    return streams * window / round_trip


@equation(
    id="mathis-limit",
    title="Rate of one stream under loss",
    formula="m/RTT*sqrt(c/p)",
    result=Symbol("rate", "x_p", "B/s", "rate that loss allows", low=0),
    symbols=(
        Symbol("segment", "m", "B", "maximum segment size", low=0),
        _ROUND_TRIP,
        Symbol("loss", "p", "1", "share of packets lost", low=0, high=1, low_open=True),
        Symbol("constant", "c", "1", "3/2: a periodic saw tooth, every packet acknowledged", low=0, constant=1.5),
    ),
    source="Mathis, Semke, Mahdavi & Ott 1997, The macroscopic behavior of the TCP congestion avoidance algorithm, eq. 3",
    note="Loss-based congestion control (Reno) with rare, independent losses; an upper bound above about 1 % of loss, where "
    "timeouts rule. CUBIC and BBR do better on long paths.",
)
def mathis_limit(segment: float, round_trip: float, loss: float, constant: float = 1.5) -> float:
    """Bytes per second of one stream that halves its window at each loss."""
    return segment / round_trip * num.sqrt(constant / loss)


@equation(
    id="mathis-limit-streams",
    title="Rate of parallel streams under loss",
    formula="n*m/RTT*sqrt(c/p)",
    result=Symbol("rate", "X_p", "B/s", "rate that loss allows", low=0),
    symbols=(
        Symbol("streams", "n", "1", "parallel streams", low=1),
        Symbol("segment", "m", "B", "maximum segment size", low=0),
        _ROUND_TRIP,
        Symbol("loss", "p", "1", "share of packets lost", low=0, high=1, low_open=True),
        Symbol("constant", "c", "1", "3/2: a periodic saw tooth, every packet acknowledged", low=0, constant=1.5),
    ),
    source="mathis-limit, times the streams",
    note="Each stream loses its own packets; streams that fill one queue lose together and get less.",
)
def mathis_limit_streams(
    streams: float, segment: float, round_trip: float, loss: float, constant: float = 1.5
) -> float:
    """Bytes per second of `streams` streams that halve their windows at each loss."""
    return streams * segment / round_trip * num.sqrt(constant / loss)


@equation(
    id="effective-bandwidth",
    title="Rate of parallel streams on a line",
    formula="min(eta*B, n*x)",
    result=Symbol("rate", "X", "B/s", "payload a second", low=0),
    symbols=(
        _LINE,
        _EFFICIENCY,
        Symbol("streams", "n", "1", "parallel streams", low=1),
        Symbol("stream", "x", "B/s", "rate that one stream can keep up", low=0),
    ),
    source="The lower of line and streams",
    note="Streams share the line alone; on a shared line each gets less.",
)
def effective_bandwidth(line: float, efficiency: float, streams: float, stream: float) -> float:
    """Payload bytes per second of `streams` streams."""
    return num.minimum(efficiency * line, streams * stream)


@equation(
    id="transfer-time",
    title="Time of a transfer",
    formula="t_0 + S/X",
    result=Symbol("time", "T", "s", "time until the last byte is there", low=0),
    symbols=(
        Symbol("latency", "t_0", "s", "time before the first byte arrives", low=0),
        _SIZE,
        Symbol("rate", "X", "B/s", "payload a second", low=0, low_open=True),
    ),
    source="Latency and bandwidth, one after the other",
)
def transfer_time(latency: float, size: float, rate: float) -> float:
    """Seconds to move `size` bytes."""
    return latency + size / rate


@equation(
    id="transfer-cost",
    title="Price of a transfer",
    formula="S*k",
    result=Symbol("cost", "K", "USD", "price of the transfer", low=0),
    symbols=(_SIZE, _PRICE),
    source="Definition",
    note="The route decides the price: between two regions of one cloud a quarter of what the internet costs. Inbound is free.",
)
def transfer_cost(size: float, price: float) -> float:
    """Dollars for `size` bytes at one price."""
    return size * price


def tiered_cost(size: float, tiers: Sequence[tuple[float, float]]) -> float:
    """Dollars for `size` bytes (a number or an array) when the price falls by tier.

    `tiers` are (bytes of the tier, USD a byte) in order; the last one's bytes may be math.inf. A price list's tiers
    count a month's bytes. Raises InputError for a negative size, an empty list, or more bytes than the tiers hold.
    """
    _SIZE.check(size)
    if not tiers:
        raise InputError("tiers must be at least one tier, got none", "tiers", tiers, "at least one tier")
    cost, left = 0 * size, size
    for width, price in tiers:
        part = num.minimum(left, width)
        cost, left = cost + part * price, left - part
    most = num.total(width for width, _ in tiers)
    Symbol("size", "S", "B", "bytes to move", low=0, high=most if most != float("inf") else None).check(size)
    return cost


_CAPACITY = Symbol("capacity", "V", "B", "usable capacity of one appliance", low=0, low_open=True)


@equation(
    id="appliance-count",
    title="Appliances filled",
    formula="ceil(S/V)",
    result=Symbol("count", "k", "1", "appliances that are filled in all", low=0),
    symbols=(_SIZE, _CAPACITY),
    source="Counting: the last one need not be full",
)
def appliance_count(size: float, capacity: float) -> float:
    """Appliances that hold `size` bytes."""
    return num.ceil(size / capacity)


@equation(
    id="appliance-cost",
    title="Price of the appliances",
    formula="ceil(S/V)*K_a",
    result=Symbol("cost", "K", "USD", "price of all appliances", low=0),
    symbols=(_SIZE, _CAPACITY, Symbol("price", "K_a", "USD", "price of an appliance, filled once", low=0)),
    source="Counting: each is paid for, full or not",
    note="Without shipping beyond the job's fee, and without days beyond those included.",
)
def appliance_cost(size: float, capacity: float, price: float) -> float:
    """Dollars for the appliances that `size` bytes fill."""
    return num.ceil(size / capacity) * price


@equation(
    id="appliance-time",
    title="Time of a shipped appliance",
    formula="ceil(S/(n*V))*T_ship + S/(n*B)",
    result=Symbol("time", "T_a", "s", "time until all data is there", low=0),
    symbols=(
        _SIZE,
        _CAPACITY,
        Symbol("appliances", "n", "1", "appliances on the way at once", low=1, integer=True),
        Symbol("shipping", "T_ship", "s", "ordering and shipping both ways, and copying out", low=0),
        Symbol("copy_rate", "B", "B/s", "rate at which one appliance is filled", low=0, low_open=True),
    ),
    source="Gray & Chong 2003, A Conversation with Jim Gray (sneakernet): trips times shipping and loading",
    note="n appliances are filled side by side and travel together; what does not fit goes with the next round.",
)
def appliance_time(size: float, capacity: float, appliances: float, shipping: float, copy_rate: float) -> float:
    """Seconds until `size` bytes have been shipped in appliances."""
    return num.ceil(size / (appliances * capacity)) * shipping + size / (appliances * copy_rate)


@equation(
    id="break-even-bytes",
    title="Size above which shipping is faster",
    formula="T_ship*X/(1 - x)",
    result=Symbol("bytes", "S_e", "B", "size at which wire and truck take the same time", low=0),
    symbols=(
        Symbol("shipping", "T_ship", "s", "fixed time of shipping", low=0),
        Symbol("rate", "X", "B/s", "payload rate of the wire", low=0),
        Symbol("share", "x", "1", "the wire's rate over the appliance's copying rate", low=0, high=1, high_open=True),
    ),
    source="transfer-time and one appliance's time set equal",
    note="A wire as fast as the copying is never beaten: the share must stay below 1.",
)
def break_even_bytes(shipping: float, rate: float, share: float) -> float:
    """Bytes from which one shipment beats the wire."""
    return shipping * rate / (1 - share)


@equation(
    id="shipped-bandwidth",
    title="Bandwidth of a truck",
    formula="S/T_a",
    result=Symbol("rate", "X_a", "B/s", "bytes a second, averaged over the whole trip", low=0),
    symbols=(_SIZE, Symbol("time", "T_a", "s", "time until all data is there", low=0, low_open=True)),
    source="Definition",
    note="High bandwidth, and days of latency.",
)
def shipped_bandwidth(size: float, time: float) -> float:
    """Bytes per second of a shipment."""
    return size / time


@equation(
    id="gravity-ratio",
    title="Data gravity",
    formula="T/T_job",
    result=Symbol("gravity", "g", "1", "time to move the data over the time to use it", low=0),
    symbols=(
        Symbol("time", "T", "s", "time to move the data", low=0),
        Symbol("job", "T_job", "s", "time of the computation on it", low=0, low_open=True),
    ),
    source="McCrory 2010, Data Gravity in the Clouds, as a ratio",
    note="Above 1 moving takes longer than computing: take the computation to the data, unless the data is used many times.",
)
def gravity_ratio(time: float, job: float) -> float:
    """Time of moving over time of computing."""
    return time / job


@equation(
    id="break-even-premium",
    title="Premium that computing beside the data may cost",
    formula="S*k/t",
    result=Symbol("premium", "c_e", "USD/s", "dearer compute that costs as much as moving the data", low=0),
    symbols=(
        _SIZE,
        _PRICE,
        Symbol("hours", "t", "s", "time of compute that the data is used for", low=0, low_open=True),
    ),
    source="transfer-cost set equal to the dearer compute's extra cost",
    note="Below this premium compute goes to the data, above it the data goes to compute.",
)
def break_even_premium(size: float, price: float, hours: float) -> float:
    """Dollars per second by which compute beside the data may be dearer."""
    return size * price / hours
