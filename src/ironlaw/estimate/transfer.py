"""Moving data from here to there: how long, for how much, and whether a truck is faster.

`estimate_transfer(size="50 TB", link="ethernet-100g", route="egress-internet-aws", round_trip="70 ms", …)`.

The wire's rate is the lowest of the line after its headers, and the streams after window and loss. The price is that of
the route: between two regions of one cloud, or out to the internet, by tiers of a month. `wire_seconds` is the same
arithmetic on plain numbers or arrays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ironlaw import quantities, registry
from ironlaw.physics import InputError, Symbol
from ironlaw.physics.transfer import (
    appliance_cost,
    appliance_count,
    appliance_time,
    bandwidth_delay_product,
    break_even_bytes,
    effective_bandwidth,
    frame_efficiency,
    mathis_limit,
    mathis_limit_streams,
    tiered_cost,
    transfer_cost,
    transfer_time,
    window_limit,
    window_limit_streams,
)
from ironlaw.registry import UnknownNameError

from .amounts import amount, checked, not_both
from .names import named
from .result import Estimate, Figure, Given, datum

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ironlaw.physics import Catalogued

#: A route's prices, in the order in which a month's bytes meet them; each but the last says how many bytes it holds.
ROUTES = {
    "egress-internet-aws": ("first-10tb", "10-50tb", "50-150tb", "over-150tb"),
    "egress-internet-azure": ("first-10tb", "10-50tb", "50-150tb", "over-150tb"),
    "egress-internet-gcp": ("first-1tb", "1-10tb", "over-10tb"),
    "transfer-inter-region-aws-us": (),
}
PARAMETERS: Mapping[str, str] = {
    "size": "bytes to move, such as '50 TB'",
    "link": "registry name of the slowest link",
    "bandwidth": "line rate, such as '10 Gb/s', in place of link",
    "route": f"whose price: free, {', '.join(ROUTES)}",
    "round_trip": "round-trip time, such as '70 ms'",
    "loss": "share of packets lost, such as '0.01 %'",
    "streams": "parallel TCP streams",
    "window": "bytes in flight of one stream; default: enough",
    "efficiency": "payload share of the line; default: that of TCP over Ethernet",
    "appliance": "registry name of the appliance to compare with; '' for none",
    "appliances": "appliances on the way at once",
}
FREE = "free"  # into a cloud, or on one's own lines
SEGMENT, HEADERS = 1448.0, 90.0  # TCP with timestamps over Ethernet at MTU 1,500: 1,448 bytes of payload in 1,538


def wire_seconds(size: float, line: float, round_trip: float, streams: float, window: float, loss: float) -> float:
    """Seconds to move `size` bytes over a `line` (B/s) by TCP streams of `window` bytes at a share `loss` lost.

    Numbers or arrays, checked; `round_trip` in seconds and `loss` above 0. InputError as the equations raise it.
    """
    stream = window_limit(window, round_trip)
    lossy = mathis_limit(SEGMENT, round_trip, loss)
    efficiency = frame_efficiency(SEGMENT, HEADERS)
    rate = effective_bandwidth(effective_bandwidth(line, efficiency, streams, stream), 1.0, streams, lossy)
    return transfer_time(round_trip, size, rate)


def estimate_transfer(
    *,
    size: float | str,
    link: str = "",
    bandwidth: float | str | None = None,
    route: str = FREE,
    round_trip: float | str = 0.0,
    loss: float | str = 0.0,
    streams: int = 1,
    window: float | str | None = None,
    efficiency: float | str | None = None,
    appliance: str = "snowball-edge-hdd",
    appliances: int = 1,
) -> Estimate:
    """Moving `size` bytes over a link or line, beside the same bytes in a shipped appliance.

    size, link      bytes; registry link, or `bandwidth`    loss      share of packets lost (0: none)
    route           "free", or a route of ROUTES            window    bytes in flight of a stream; default: enough
    round_trip      s                                       efficiency  payload share of the line; default: TCP's
    streams         parallel TCP streams                    appliance   registry name, or "" for none

    Amounts are SI numbers or texts with a unit. Raises InputError, or UnknownNameError with the nearest names.
    """
    moved = amount(size, "bytes", "size", "bytes to move", open_=True)
    not_both("bandwidth", bandwidth, link=link)
    line, line_given = _line(link, bandwidth)
    trip = amount(round_trip, "seconds", "round_trip", "round trip", like="70 ms")
    lost = amount(loss, "share", "loss", "share of packets lost")
    Symbol("loss", "p", "1", "share of packets lost", low=0, high=1).check(lost)
    checked(Symbol("streams", "n", "1", "parallel streams", low=1, integer=True), streams)
    checked(Symbol("appliances", "n", "1", "appliances on the way at once", low=1, integer=True), appliances)
    share = (
        frame_efficiency(SEGMENT, HEADERS) if efficiency is None else amount(efficiency, "share", "efficiency", "share")
    )
    asked = [Given("efficiency", "Payload share of the line", share, "share", "TCP over Ethernet")]
    if efficiency is not None:
        asked = [Given("efficiency", "Payload share of the line", share, "share")]
    limits = [_figure("line", "Line after headers", effective_bandwidth, "bandwidth",
                      line=line, efficiency=share, streams=1.0, stream=line)]  # fmt: skip
    flight = None if window is None else amount(window, "bytes", "window", "bytes in flight", open_=True)
    if flight is not None and trip:
        limits.append(
            _figure("window", "Streams behind their windows", window_limit_streams, "bandwidth",
                    streams=streams, window=flight, round_trip=trip))  # fmt: skip
        asked.append(Given("window", "Bytes in flight of a stream", flight, "bytes"))
    if lost and trip:
        limits.append(
            _figure("loss", "Streams under loss", mathis_limit_streams, "bandwidth",
                    streams=streams, segment=SEGMENT, round_trip=trip, loss=lost))  # fmt: skip
    slowest = min(limits, key=lambda limit: limit.value)
    stream = min((limit.value / streams for limit in limits[1:]), default=line)
    cost, price_givens = _price(moved, route)
    payload = _figure("rate", "Payload a second", effective_bandwidth, "bandwidth", f"bound by: {slowest.label.lower()}",
                      line=line, efficiency=share, streams=float(streams), stream=stream)  # fmt: skip
    rate = payload.value
    wire = _figure("time", "Time on the wire", transfer_time, "seconds", latency=trip, size=moved, rate=rate)
    seconds = wire.value
    figures = [*limits, payload, wire, cost]
    if trip:
        figures.append(_figure("window_needed", "Bytes in flight that fill the line", bandwidth_delay_product, "bytes",
                               line=line, round_trip=trip))  # fmt: skip
    givens = [
        Given("size", "Bytes to move", moved, "bytes"),
        line_given,
        Given("round_trip", "Round trip", trip, "seconds"),
        Given("loss", "Packets lost", lost, "share"),
        Given("streams", "Streams", float(streams), "count"),
        *asked,
        *price_givens,
    ]
    notes: tuple[str, ...] = ()
    if appliance:
        shipped, shipped_givens, note = _shipped(moved, rate, seconds, appliance, appliances)
        figures += shipped
        givens += shipped_givens
        notes = (note,)
    return Estimate(
        "transfer", f"Moving {quantities.format(moved, 'bytes')}", tuple(givens), tuple(figures), notes=notes
    )


def _figure(
    name: str, label: str, function: Catalogued[Any, float], kind: str, note: str = "", **arguments: float
) -> Figure:
    """A figure whose value is its equation's."""
    return Figure(
        name,
        label,
        function(**arguments),
        kind,
        equation=function.equation.id,
        arguments=arguments,
        note=note,
    )


def _line(link: str, bandwidth: float | str | None) -> tuple[float, Given]:
    if bandwidth is not None:
        line = amount(bandwidth, "bandwidth", "bandwidth", "line rate", open_=True)
        return line, Given("bandwidth", "Line rate", line, "bit_rate")
    if not link:
        allowed = f"a rate, or link one of {', '.join(registry.ids('link'))}"
        raise InputError(f"bandwidth must be {allowed}, got neither", "bandwidth", None, allowed)
    entity = named("link", link)
    return entity["bandwidth"], datum(entity, "bandwidth")


def _price(size: float, route: str) -> tuple[Figure, list[Given]]:
    label, kind = "Price of the route", "usd"
    if route == FREE:
        return Figure("cost", label, 0.0, kind, note="a free route"), [Given("route", "Route", FREE)]
    if route not in ROUTES:
        raise UnknownNameError("route", route, (FREE, *ROUTES))
    names = [f"{route}-{tier}" for tier in ROUTES[route]] or [route]
    prices = [registry.get(name) for name in names]
    widths = [price["tier"] for price in prices[:-1]] + [math.inf]  # the last tier has no end
    tiers = [(width, price["per_gigabyte"]) for width, price in zip(widths, prices, strict=True)]
    start, givens = 0.0, [Given("route", "Route", route)]
    for price, (width, _) in zip(prices, tiers, strict=True):
        if size > start:
            givens.append(datum(price, "per_gigabyte"))
        start += width
    if len(tiers) == 1:
        return _figure("cost", label, transfer_cost, kind, size=size, price=tiers[0][1]), givens
    note = "each tier's bytes at its own price, summed up"
    return Figure("cost", label, tiered_cost(size, tiers), kind, note=note), givens


def _shipped(size: float, rate: float, seconds: float, name: str, count: int) -> tuple[list[Figure], list[Given], str]:
    entity = named("appliance", name)
    capacity, copy, shipping = entity["capacity"], entity["copy_bandwidth"], entity["shipping"]
    figures = [
        _figure("appliance_time", f"Time with {entity.name}", appliance_time, "seconds",
                size=size, capacity=capacity, appliances=count, shipping=shipping, copy_rate=copy),
        _figure("appliance_count", "Appliances filled", appliance_count, "count", size=size, capacity=capacity),
    ]  # fmt: skip
    time = figures[0].value
    givens = [datum(entity, name) for name in ("capacity", "copy_bandwidth", "shipping")]
    givens.append(Given("appliances", "Appliances on the way at once", float(count), "count"))
    if "price" in entity:
        figures.append(_figure("appliance_cost", "Price of the appliances", appliance_cost, "usd",
                               size=size, capacity=capacity, price=entity["price"]))  # fmt: skip
        givens.append(datum(entity, "price"))
    share = rate / copy / count
    if share < 1:
        even = _figure("break_even", "Size from which shipping is faster", break_even_bytes, "bytes",
                       shipping=shipping, rate=rate, share=share)  # fmt: skip
        if even.value <= count * capacity:  # beyond it another round of shipping sets in
            figures.append(even)
    faster, slower = (entity.name, "the wire") if time < seconds else ("the wire", entity.name)
    factor = quantities.format(max(time, seconds) / min(time, seconds), "number")
    return figures, givens, f"{faster[0].upper()}{faster[1:]} is {factor} times as fast as {slower}"
