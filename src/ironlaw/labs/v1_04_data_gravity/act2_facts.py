"""The facts of act II: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache
from math import ceil

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_04_data_gravity import gravity
from ironlaw.quantities import to_si

# Where the readings of the prediction meet.
EDGES = tuple(to_si(hours, "h") for hours in (0.5, 1.5, 4, 24))


def hours(line: float, share: float) -> Q:
    """Time of the scenario's set over another line, or at another share of it."""
    return Q(gravity.move_seconds(gravity.SIZE, gravity.payload(line, share)), "seconds")


@cache
def facts() -> Facts:
    """The message's set over its link, what each slip of the pen makes of it, and the money."""
    size, line, reached = gravity.SIZE, gravity.LINE, gravity.REACHED
    rate = gravity.payload(line, reached)
    beside = gravity.in_place(1.0)
    inter, internet = gravity.egress(size, gravity.INTER), gravity.egress(size, gravity.INTERNET)
    keep = gravity.replica(size)
    chip = registry.get("cmos-45nm")
    told = {
        "hours": hours(line, reached),
        "at_line": hours(line, 1.0),
        "as_bytes": hours(8 * line, 1.0),
        "at_tenth": hours(line / 10, reached),
        "at_hundredth": hours(line / 100, reached),
        "line_bytes": Q(line, "bandwidth"),
        "arriving": Q(rate, "bandwidth"),
        "dataset": Q(size, "bytes"),
        "line_rate": Q(line, "bit_rate"),
        "reached": Q(reached, "share"),
        "run_time": Q(gravity.RUN, "seconds"),
        "machine_gpus": Q(registry.get(gravity.MACHINE)["devices"], "count"),
        "beside": Q(beside, "usd"),
        "toll_inter": Q(inter, "usd"),
        "toll_internet": Q(internet, "usd"),
        "inter_ratio": Q(inter / beside, "ratio"),
        "inter_price": Q(registry.get(gravity.INTER)["per_gigabyte"], "usd_per_gigabyte"),
        "internet_price": Q(registry.get(gravity.INTERNET)["per_gigabyte"], "usd_per_gigabyte"),
        "fits_time": Q(gravity.BUDGET * rate, "bytes"),
        "fits_money": Q(gravity.size_for(beside, gravity.INTER), "bytes"),
        "fits_money_internet": Q(gravity.size_for(beside, gravity.INTERNET), "bytes"),
        "reuse": Q(gravity.REUSE, "count"),
        "copy": Q(keep, "usd"),
        "flip": Q(float(ceil((inter + keep) / beside)), "count"),
        "cost_place": Q(gravity.in_place(gravity.REUSE), "usd"),
        "cost_copy": Q(inter + keep, "usd"),
        "cost_stream": Q(inter * gravity.REUSE, "usd"),
        "cost_squeeze": Q(inter * gravity.REUSE / gravity.SQUEEZE, "usd"),
        "squeeze": Q(gravity.SQUEEZE, "ratio"),
        "nothing": Q(0.0, "seconds"),
        "word_bits": Q(64.0, "count"),
        "fetch": Q(chip["dram_64bit"], "energy"),
        "multiply": Q(chip["fp32_multiply"], "energy"),
        # A bit fetched against a bit of an operand that is multiplied: words of 64 and of 32 bits.
        "energy_ratio": Q(chip["dram_64bit"] / 64 / (chip["fp32_multiply"] / 32), "ratio"),
    }
    return told | {f"edge{number}": Q(edge, "seconds") for number, edge in enumerate(EDGES, 1)}
