"""The facts of the act: what its texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_00_architects_portal import fitting
from ironlaw.physics import quantised

# Where the bands of the prediction meet, in memories of the phone.
EDGES = (1.0, 2.5, 6.0)


@cache
def facts() -> Facts:
    """The assistant and the phone, in the delivered format and as each misreading has it."""
    size, held = fitting.parameters(fitting.ASSISTANT), fitting.capacity(fitting.PHONE)
    weights = quantised.weight_bytes(size, fitting.bits(fitting.FORMAT))
    as_bytes = quantised.weight_bytes(size, fitting.BYTE * fitting.bits(fitting.FORMAT))
    read = quantised.weight_bytes(size, fitting.BYTE)  # the lead's sentence: as many bytes as parameters
    told = {
        "ratio": Q(weights / held, "ratio"),
        "weights": Q(weights, "bytes"),
        "model": Q(registry.get(fitting.ASSISTANT).name, "text"),
        "parameters": Q(size, "parameters"),
        "capacity": Q(held, "bytes"),
        "missing": Q(weights - held, "bytes"),
        "read": Q(read, "bytes"),
        "as_bytes": Q(as_bytes, "bytes"),
        "as_bytes_ratio": Q(as_bytes / held, "ratio"),
        "byte": Q(fitting.BYTE, "count"),
        "largest_model": Q(registry.get(fitting.LARGEST).name, "text"),
    }
    for place, edge in enumerate(EDGES, 1):
        told[f"edge{place}"] = Q(edge, "ratio")
    for name, format_ in (("full", "fp32"), ("delivered", "fp16"), ("byte_wide", "int8"), ("short", "int4-g128")):
        taken = quantised.weight_bytes(size, fitting.bits(format_))
        told |= {
            f"{name}_bits": Q(fitting.bits(format_), "count"),
            f"{name}_weights": Q(taken, "bytes"),
            f"{name}_ratio": Q(taken / held, "ratio"),
            f"{name}_miss": Q(abs(read - taken) / taken, "share"),
        }
    return told
