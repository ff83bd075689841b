"""This machine as it is, measured: memory, matrix products, files, decoding, the network stack, calls.

`measure(probes())` yields a `Result` for each of `FIGURES`; `machine()` says what it was measured on. Knows no lab and no
ledger. What cannot be measured here says why and has no value.
"""

from __future__ import annotations

from ironlaw.probe.figures import FIGURES, FORMATS, Figure, Result
from ironlaw.probe.machine import machine
from ironlaw.probe.running import SECONDS, Probe, measure, probes
from ironlaw.probe.timing import NotMeasured, Watch

__all__ = [
    "FIGURES",
    "FORMATS",
    "SECONDS",
    "Figure",
    "NotMeasured",
    "Probe",
    "Result",
    "Watch",
    "machine",
    "measure",
    "probes",
]
