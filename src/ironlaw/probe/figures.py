"""What `ironlaw probe` can measure: every figure by its id, with its name, unit and kind of printing.

Labs rely on the ids; they are also the fields of a `probe` in the registry. Units are SI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from ironlaw import quantities


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is measured; `kind` is one of `quantities.KINDS`."""

    label: str
    unit: str
    kind: str


FORMATS = ("csv", "json", "parquet", "protobuf")
_NAMES = {"csv": "CSV", "json": "JSON", "parquet": "Parquet", "protobuf": "Protobuf"}


def _formats() -> dict[str, Figure]:
    found = {}
    for name in FORMATS:
        label = _NAMES[name]
        found[f"parse_{name}"] = Figure(f"Decode {label}", "B/s", "bandwidth")
        found[f"parse_{name}_records"] = Figure(f"Decode {label}, in records", "records/s", "number")
        found[f"format_bytes_{name}"] = Figure(f"Size of a record as {label}", "B", "bytes")
    return found


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "memory_bandwidth": Figure("Memory, all cores", "B/s", "bandwidth"),
        "memory_copy": Figure("Copy in memory, one core", "B/s", "bandwidth"),
        "matrix_flops_fp32": Figure("Matrix product, FP32", "FLOP/s", "flop_rate"),
        "matrix_flops_fp64": Figure("Matrix product, FP64", "FLOP/s", "flop_rate"),
        "file_read_cold": Figure("Read a file, not in the cache", "B/s", "bandwidth"),
        "file_read_warm": Figure("Read a file, in the cache", "B/s", "bandwidth"),
        **_formats(),
        "jpeg_decode": Figure("Decode and resize JPEG, one core", "images/s", "number"),
        "jpeg_bytes": Figure("Size of such a JPEG", "B", "bytes"),
        "loopback_bandwidth": Figure("TCP on loopback", "B/s", "bandwidth"),
        "loopback_latency": Figure("Round trip on loopback", "s", "seconds"),
        "dispatch_python": Figure("Call an empty function", "s", "seconds"),
        "dispatch_numpy": Figure("Add two numbers in NumPy", "s", "seconds"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure as it was measured, or why it was not.

    `value` is in the figure's unit; `samples` says of how many runs, `spread` how far apart the middle half of them lies, as
    a share of their median. Without a value `missing` says why. Sizes are counted, not timed: one sample, no spread.
    """

    id: str
    value: float | None = None
    method: str = ""
    samples: int = 0
    spread: float | None = None
    missing: str = ""

    @property
    def figure(self) -> Figure:
        """Name, unit and kind."""
        return FIGURES[self.id]

    @property
    def text(self) -> str:
        """The value as a person reads it: "12.3 GB/s", "9,870 records/s"; "—" without one."""
        printed = quantities.format(self.value, self.figure.kind)
        return f"{printed} {self.figure.unit}" if self.figure.kind == "number" and self.value is not None else printed

    def to_json(self) -> dict[str, Any]:
        """The result as `ironlaw probe --json` prints it."""
        told = asdict(self)
        return {"id": told.pop("id"), **asdict(self.figure), **told, "text": self.text}
