"""Numbers of mission 2's scenario that its texts and questions name, computed once, always with the recorded rates."""

from __future__ import annotations

from functools import cache
from typing import Any

from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_04_data_gravity import mission2_model as m
from ironlaw.labs.v1_04_data_gravity.mission2_panel import START
from ironlaw.physics import datapipeline, feedflow

CHANGES: dict[str, dict[str, Any]] = {
    "protobuf": {"format": "protobuf"},
    "ssd": {"disk": "ssd-980-pro"},
    "csv": {"format": "csv"},
    "bits": {"bits": 8},
}
FASTER_KERNELS, FASTER_CHIP, BUDGET = 1.2, 2.0, 15.0


def at(**changed: Any) -> dict[str, Any]:
    """The start design with a change, run."""
    return dict(m.model({**START, **changed}, m.slower()))


@cache
def facts() -> Facts:
    """What each change of the lock leads to, what each remedy of the reflection makes of the MFU, and the measured formats."""
    start: Any = at()
    found = {
        "workers": Q(START["workers"], "count"),
        "used": Q(start["used"], "share"),
        "idle": Q(start["idle"], "share"),
        "mfu": Q(start["mfu"], "share"),
        "full": Q(start["full"], "share"),
        "demand": Q(start["demand"], "number"),
        "feed": Q(start["feed"], "number"),
        "disk_rate": Q(start["disk_rate"], "number"),
        "candidates": Q(m.CANDIDATES, "number"),
        "inferences": Q(m.inferences(), "number"),
        "tolerance": Q(m.TOLERANCE, "share"),
        "budget": Q(BUDGET, "count"),
        "kernels": Q(FASTER_KERNELS, "ratio"),
        "chip": Q(FASTER_CHIP, "ratio"),
        # Faster kernels raise the share of the peak and the consumption alike; a faster chip raises the peak itself.
        "mfu_kernels": Q(
            _mfu(start["full"] * FASTER_KERNELS, start["feed"], start["demand"] * FASTER_KERNELS), "share"
        ),
        "mfu_chip": Q(_mfu(start["full"], start["feed"], start["demand"] * FASTER_CHIP), "share"),
        "mfu_disk": Q(at(disk="ssd-980-pro")["mfu"], "share"),
        "mfu_fuel": Q(at(format="parquet", workers=1.0)["mfu"], "share"),
        "waiting": Q(float(datapipeline.data_stall(start["feed"], start["demand"] * FASTER_CHIP)), "share"),
    }
    for name, changed in CHANGES.items():
        found[f"used_{name}"] = Q(at(**changed)["used"], "share")
    for name, (size, rate) in m.recorded().items():
        found[f"bytes_{name}"] = Q(size, "bytes")
        found[f"rate_{name}"] = Q(rate, "number")
    json_rate = m.recorded()["json"][1]
    found["protobuf_over_json"] = Q(m.recorded()["protobuf"][1] / json_rate, "ratio")
    found["parquet_over_json"] = Q(m.recorded()["parquet"][1] / json_rate, "ratio")
    return found


def _mfu(full: float, feed: float, demand: float) -> float:
    return float(feedflow.fed_utilisation(full, feed, demand))
