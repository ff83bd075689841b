"""What a storage device, an object store and a parallel file system deliver.

S   bytes of one request      t   time of one request, s      q   requests in flight
B   sequential rate, B/s      I   requests a second           V   capacity, B
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_SIZE = Symbol("size", "S", "B", "bytes of one request", low=0)
_RATE = Symbol("bandwidth", "B", "B/s", "rate once data flows", low=0, low_open=True)
_REQUEST_RATE = Symbol("requests", "I", "1/s", "requests a second", low=0)
_HENNESSY = "Hennessy & Patterson 2019, Computer Architecture: A Quantitative Approach, 6th edition, appendix D.2"


@equation(
    id="rotational-latency",
    title="Mean rotational latency",
    formula="t_half/v",
    result=Symbol("rotation", "t_rot", "s", "mean wait for the sector to come round", low=0),
    symbols=(
        Symbol("speed", "v", "1", "turns a minute", low=0, low_open=True),
        Symbol("half_turn", "t_half", "s", "half a turn at one turn a minute", low=0, constant=30.0),
    ),
    source=_HENNESSY + ": half a turn on average",
    note="4.17 ms at 7,200 turns a minute. A solid-state drive has none.",
)
def rotational_latency(speed: float, half_turn: float = 30.0) -> float:
    """Seconds until a random sector has come round."""
    return half_turn / speed


@equation(
    id="access-time",
    title="Time of a random read",
    formula="t_seek + t_rot + S/B",
    result=Symbol("access", "t", "s", "time of one request", low=0),
    symbols=(
        Symbol("seek", "t_seek", "s", "mean seek, or the flash array's own latency", low=0),
        Symbol("rotation", "t_rot", "s", "mean rotational latency; 0 without a disk", low=0),
        _SIZE,
        _RATE,
    ),
    source=_HENNESSY,
    note="One request at a time, at random places. Sequential reads pay seek and rotation once.",
)
def access_time(seek: float, rotation: float, size: float, bandwidth: float) -> float:
    """Seconds of one random read of `size` bytes."""
    return seek + rotation + size / bandwidth


@equation(
    id="request-rate",
    title="Requests a second",
    formula="q/t",
    result=_REQUEST_RATE,
    symbols=(
        Symbol("in_flight", "q", "1", "requests in flight that the device serves at once", low=0),
        Symbol("access", "t", "s", "time of one request", low=0, low_open=True),
    ),
    source="Little 1961, A proof for the queuing formula L = λW",
    note="A disk has one arm: q is 1 but for reordering. A flash device keeps tens to hundreds in flight, up to its "
    "rated requests a second.",
)
def request_rate(in_flight: float, access: float) -> float:
    """Requests a second at `in_flight` requests in flight."""
    return in_flight / access


@equation(
    id="device-throughput",
    title="Throughput of a device",
    formula="min(I*S, B)",
    result=Symbol("throughput", "X", "B/s", "bytes a second", low=0),
    symbols=(_REQUEST_RATE, _SIZE, _RATE),
    source="The lower of two roofs: requests and bytes",
    note="Small requests meet the request limit, large ones the bandwidth; they cross at S = B/I.",
)
def device_throughput(requests: float, size: float, bandwidth: float) -> float:
    """Bytes per second at requests of `size` bytes."""
    return num.minimum(requests * size, bandwidth)


@equation(
    id="object-read-rate",
    title="Rate of one connection to an object store",
    formula="S/(t_0 + S/b)",
    result=Symbol("rate", "x", "B/s", "bytes a second of one connection", low=0),
    symbols=(
        Symbol("size", "S", "B", "bytes of one object or range", low=0, low_open=True),
        Symbol("first_byte", "t_0", "s", "time to the first byte", low=0),
        Symbol("stream", "b", "B/s", "rate of one connection once data flows", low=0, low_open=True),
    ),
    source="Latency and bandwidth of one request, one after the other",
    note="Half of b is reached at S = b·t₀: 13 MB at 150 ms and 87.5 MB/s. Small objects are packed for this reason.",
)
def object_read_rate(size: float, first_byte: float, stream: float) -> float:
    """Bytes per second of one connection that reads objects of `size` bytes."""
    return size / (first_byte + size / stream)


@equation(
    id="object-store-throughput",
    title="Throughput of an object store",
    formula="min(n*x, p*I*S, B)",
    result=Symbol("throughput", "X", "B/s", "bytes a second of all connections", low=0),
    symbols=(
        Symbol("connections", "n", "1", "connections", low=0),
        Symbol("rate", "x", "B/s", "bytes a second of one connection", low=0),
        Symbol("prefixes", "p", "1", "prefixes that the objects are spread over", low=0),
        _REQUEST_RATE,
        _SIZE,
        Symbol("bandwidth", "B", "B/s", "network of the readers", low=0),
    ),
    source="AWS, Best practices design patterns: optimizing Amazon S3 performance (request rates are per prefix)",
    note="The lowest of three: connections, requests a prefix, network of the readers.",
)
def object_store_throughput(
    connections: float, rate: float, prefixes: float, requests: float, size: float, bandwidth: float
) -> float:
    """Bytes per second that a set of connections reads."""
    return num.minimum(num.minimum(connections * rate, prefixes * requests * size), bandwidth)


@equation(
    id="file-system-throughput",
    title="Throughput of a parallel file system",
    formula="min(k*V, n*B)",
    result=Symbol("throughput", "X", "B/s", "bytes a second of all clients", low=0),
    symbols=(
        Symbol("per_capacity", "k", "1/s", "throughput that a byte of capacity brings", low=0),
        Symbol("capacity", "V", "B", "provisioned capacity", low=0),
        Symbol("clients", "n", "1", "clients", low=0),
        Symbol("bandwidth", "B", "B/s", "network of one client", low=0),
    ),
    source="AWS, FSx for Lustre user guide, Managing throughput capacity: capacity (TiB) times throughput per unit",
    note="Capacity is bought for its throughput: 1 TB/s at 1,000 MB/s per TiB needs 1,000 TiB. Per TiB, not per TB.",
)
def file_system_throughput(per_capacity: float, capacity: float, clients: float, bandwidth: float) -> float:
    """Bytes per second of `clients` clients together."""
    return num.minimum(per_capacity * capacity, clients * bandwidth)


@equation(
    id="capacity-for-throughput",
    title="Capacity to buy for a throughput",
    formula="max(V, X/k)",
    result=Symbol("bought", "V_b", "B", "capacity to provision", low=0),
    symbols=(
        Symbol("capacity", "V", "B", "capacity that the data needs", low=0),
        Symbol("throughput", "X", "B/s", "throughput that is needed", low=0),
        Symbol("per_capacity", "k", "1/s", "throughput that a byte of capacity brings", low=0, low_open=True),
    ),
    source="file-system-throughput, solved for the capacity",
)
def capacity_for_throughput(capacity: float, throughput: float, per_capacity: float) -> float:
    """Bytes of capacity that hold the data and bring the throughput."""
    return num.maximum(capacity, throughput / per_capacity)
