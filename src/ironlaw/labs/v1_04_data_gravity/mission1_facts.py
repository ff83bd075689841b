"""Numbers of mission 1's scenario that its texts and questions name, computed once."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_04_data_gravity import mission1_model as m
from ironlaw.labs.v1_04_data_gravity.mission1_panel import START
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD
from ironlaw.physics import sneakernet, transfer

SLOW_LINK = 1.25e9


def in_time(**changed: float) -> float:
    """The most bytes that the node's faster way brings before its deadline, with a control or two elsewhere."""
    cloud, disk = m.sources()[CLOUD], registry.get(START["drive"])
    s = {
        "link": cloud.link,
        "distance": cloud.distance,
        "drives": START["drives"],
        "streams": START["streams"],
        **changed,
    }
    wire = (cloud.deadline - m.delay(s["distance"])) * m.wire_rate(s["link"], s["distance"], s["streams"])
    copying = 1 / (s["drives"] * disk["write_bandwidth"]) + 1 / (s["drives"] * disk["read_bandwidth"])
    return float(max(wire, (cloud.deadline - m.road(s["distance"])) / copying))


@cache
def facts() -> Facts:
    """The lock's four prices, both times, both crossings, and where each change puts the barrier."""
    cloud, appliance = m.sources()[CLOUD], registry.get("snowball-edge-hdd")
    size, distance = cloud.size, cloud.distance
    disk, hdd = registry.get(START["drive"]), registry.get("hdd-exos-x18")
    barrier = in_time()
    changed = {
        "line": in_time(link=2 * cloud.link, streams=2 * START["streams"]),
        "case": in_time(drives=2 * START["drives"]),
        "near": in_time(distance=distance / 2),
        "streams": in_time(streams=2 * START["streams"]),
    }
    slow = m.wire_rate(SLOW_LINK, distance, START["streams"])
    copying = slow / (START["drives"] * disk["write_bandwidth"]) + slow / (START["drives"] * disk["read_bandwidth"])
    by_drive = m.drive_time(size, distance, START["drives"], START["drive"])
    by_wire = m.wire_time(size, cloud.link, distance, START["streams"])
    found = {
        "size": Q(size, "bytes"),
        "distance": Q(distance, "number"),
        "nearer": Q(distance / 2, "number"),
        "link": Q(cloud.link, "bit_rate"),
        "line_bytes": Q(cloud.link, "bandwidth"),
        "slow_link": Q(SLOW_LINK, "bit_rate"),
        "payload": Q(transfer.frame_efficiency(m.PAYLOAD, m.HEADERS), "share"),
        "deadline": Q(cloud.deadline, "seconds"),
        "drives": Q(START["drives"], "count"),
        "cost_region": Q(m.wire_cost(size, "region"), "usd"),
        "cost_internet": Q(m.wire_cost(size, "internet"), "usd"),
        "cost_courier": Q(sneakernet.courier_cost(1.0, m.fee(distance)), "usd"),
        "cost_appliance": Q(transfer.appliance_cost(size, appliance["capacity"], appliance["price"]), "usd"),
        "price_region": Q(m.tiers("region")[0][1], "usd_per_gigabyte"),
        "price_internet": Q(m.tiers("internet")[0][1], "usd_per_gigabyte"),
        "time_wire": Q(by_wire, "seconds"),
        "time_drive": Q(by_drive, "seconds"),
        "time_ratio": Q(by_drive / by_wire, "ratio"),
        "money_cross": Q(m.fee(distance) / m.tiers("region")[0][1], "bytes"),
        "time_cross": Q(transfer.break_even_bytes(m.road(distance), slow, copying), "bytes"),
        "barrier": Q(barrier, "bytes"),
        "light_delay": Q(m.delay(distance), "seconds"),
        "line_times_time": Q(cloud.link * cloud.deadline, "bytes"),
        "trip": Q(m.road(distance), "seconds"),
        "streams": Q(START["streams"], "count"),
        "hdd_write": Q(registry.get("hdd-exos-x18")["write_bandwidth"], "bandwidth"),
        "hdd_copying": Q(START["drives"] / (1 / hdd["write_bandwidth"] + 1 / hdd["read_bandwidth"]), "bandwidth"),
        "quota": Q(5.0, "count"),
        "slow_rate": Q(slow, "bandwidth"),
    }
    return found | {f"barrier_{name}": Q(size, "bytes") for name, size in changed.items()}
