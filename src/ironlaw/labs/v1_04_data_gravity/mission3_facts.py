"""Numbers of mission 3's scenario that its texts and questions name, computed once."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_04_data_gravity import mission3_model as m
from ironlaw.labs.v1_04_data_gravity.mission3_panel import START
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE
from ironlaw.physics import dataselection

DROPPED = 0.6  # on the device
HARDER = 0.9  # in the cloud
CHANGES: dict[str, dict[str, Any]] = {
    "filter": {"filter": HARDER},
    "votes": {"votes": 3.0},
    "score": {"score": "ratio"},
    "local": {"place": "local", "filter": DROPPED},
}
EVEN = 4e3, 4e4
HARDLY = 4e5


@cache
def facts() -> Facts:
    """The lock's exchange rate, what each change does to the transmission, and the energies of a byte and a MAC."""
    start: Any = m.model(START)
    worth = float(dataselection.clean_equivalent(m.SAMPLES, m.NOISE))
    edge: Any = m.model({**START, "track": EDGE, "votes": m.audits()[EDGE].votes})
    chip = registry.get("h100-sxm")
    board = 2 * chip["power"] / chip["peak_bf16"]  # two FLOP a multiply-accumulate
    mac, dram = m.mac_energy("cmos-7nm", "bf16"), m.dram_energy("cmos-7nm")
    found = {
        "million": Q(m.SAMPLES, "number"),
        "planned": Q(m.SAMPLES, "number"),
        "gold": Q(m.GOLD, "number"),
        "noise": Q(m.NOISE, "share"),
        "quality": Q(1.0 - m.NOISE, "share"),
        "worth": Q(worth, "number"),
        "dilution": Q(m.SAMPLES / worth, "ratio"),
        "win": Q(worth / m.GOLD, "ratio"),
        "weight": Q(m.SAMPLES / m.GOLD, "ratio"),
        "loss": Q((m.SAMPLES / m.GOLD) / (worth / m.GOLD), "ratio"),
        # The share of wrong labels at which both sets teach alike: n (1 - 2 eta)^2 = gold.
        "even_noise": Q((1.0 - sqrt(m.GOLD / m.SAMPLES)) / 2.0, "share"),
        "naive": Q(m.SAMPLES * (1.0 - m.NOISE), "number"),
        "edge1": Q(EVEN[0], "number"),
        "edge2": Q(EVEN[1], "number"),
        "edge3": Q(HARDLY, "number"),
        "cut": Q(m.TARGET, "share"),
        "voters": Q(CHANGES["votes"]["votes"], "count"),
        "dropped": Q(DROPPED, "share"),
        "harder": Q(HARDER, "share"),
        "planned_filter": Q(START["filter"], "share"),
        "plan": Q(start["everything"], "energy"),
        "ratio": Q(start["ratio"], "ratio"),
        "edge_ratio": Q(edge["ratio"], "ratio"),
        "mac": Q(mac, "energy"),
        "board": Q(board, "energy"),
        "board_ratio": Q(start["ratio"] * mac / board, "ratio"),
        "dram": Q(dram, "energy"),
        "network": Q(m.network_energy(), "energy"),
        "byte_in_macs": Q(m.network_energy() / mac, "number"),
        "document": Q(m.audits()[CLOUD].size, "bytes"),
    }
    for name, changed in CHANGES.items():
        value: Any = m.model({**START, **changed})
        found[f"send_{name}"] = Q(value["sending"], "energy")
    return found
