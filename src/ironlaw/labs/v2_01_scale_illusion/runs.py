"""Published training runs, from the measurements that the package ships, on the lab's own scale.

A paper prints the share of the dense peak that went into the model (MFU), or the rate of a GPU, which over the dense peak
of its GPU is the same. Here a run counts as many times "one" as its GPUs would with "one" on the same GPU:

    efficiency = published MFU ÷ the share of the peak that "one" reaches        speedup = efficiency × GPUs

Failures and restarts are in no published MFU. A run above the ideal line has software that passes half of the peak on
each GPU: the yardstick is a convention, not a bound.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ironlaw import registry
from ironlaw.labs.v2_01_scale_illusion import fleet
from ironlaw.validation.rows import files, read

# Rows that are shown: 175B and 405B dense models on 512 to 16,384 GPUs.
ROWS = (
    "trai-026", "trai-027", "trai-033", "trai-034", "trai-035", "trai-030", "trai-037", "trai-038", "trai-039",
    "trai-041", "trai-042",
)  # fmt: skip
DEVICES = {"H100-80GB-SXM (HBM3)": "h100-sxm", "A100-80GB (Ampere)": "a100-80gb-sxm"}


class Run(NamedTuple):
    """One published run."""

    name: str
    gpus: float
    device: str
    mfu: float
    source: str
    evidence: str

    @property
    def efficiency(self) -> float:
        """Against "one" on the same GPU."""
        return self.mfu / fleet.ONE_SHARE

    @property
    def speedup(self) -> float:
        """In multiples of "one" on the same GPU."""
        return self.efficiency * self.gpus


@cache
def published() -> tuple[Run, ...]:
    """The runs in the order of ROWS. Raises KeyError when a row is missing."""
    rows = {row.id: row for row in read("training_throughput", files()["training_throughput"])}
    found = []
    for name in ROWS:
        row = rows[name]
        gpus, value = row.need("n_devices", "value")
        device = registry.get(DEVICES[row["device"]])
        share = value / 100 if row["metric"] == "mfu" else value * 1e12 / device["peak_bf16"]
        found.append(Run(row["model"], gpus, device.name, share, row["source"], row.evidence))
    return tuple(found)
