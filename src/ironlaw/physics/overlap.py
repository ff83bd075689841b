"""Communication under the backward pass: what is hidden, what is exposed, and what hiding costs.

    T_comm  time of the communication         T_hid  part of it that runs beside compute
    f       share of it that may overlap      T_exp  part of it that the step waits for
    W       compute beside which it may run   s      share of the GPU that communication kernels hold

While both run, compute has 1 - s of the GPU. So W seconds of compute last W/(1 - s) beside communication, and each
hidden second of communication holds compute back by s of a second.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_COMMUNICATION = Symbol("communication", "T_comm", "s", "time of the communication", low=0)
_SHARE = Symbol("share", "s", "1", "share of the SMs that communication kernels hold", low=0, high=1, high_open=True)
_HIDDEN = Symbol("hidden", "T_hid", "s", "communication that runs beside compute", low=0)
_FLUID = (
    "Fluid model of two activities on one GPU; that collectives' kernels take SMs from compute: Rashidi et al. 2021, "
    "Enabling Compute-Communication Overlap in Distributed Deep Learning Training Platforms"
)


@equation(
    id="hidden-time",
    title="Hidden communication",
    formula="min(f*T_comm, W/(1-s))",
    result=_HIDDEN,
    symbols=(
        _COMMUNICATION,
        Symbol("overlap", "f", "1", "share of the communication that may overlap", low=0, high=1),
        Symbol("window", "W", "s", "compute beside which it may run, measured alone", low=0),
        _SHARE,
    ),
    source=_FLUID,
    note="With s = 0 the window is the compute time itself.",
)
def hidden_time(communication: float, overlap: float, window: float, share: float = 0.0) -> float:
    """Seconds of `communication` that run while compute runs: what may overlap, as far as the window reaches."""
    return num.minimum(overlap * communication, window / (1 - share))


@equation(
    id="exposed-time",
    title="Exposed communication",
    formula="T_comm - T_hid",
    result=Symbol("exposed", "T_exp", "s", "communication that the step waits for", low=0),
    symbols=(_COMMUNICATION, _HIDDEN),
    source="Definition: what is not hidden is waited for",
    note="Hidden communication is part of the communication: more of it than there is, is refused.",
)
def exposed_time(communication: float, hidden: float) -> float:
    """Seconds of communication that nothing hides."""
    return communication - hidden


@equation(
    id="contention-time",
    title="What overlap costs compute",
    formula="s*T_hid",
    result=Symbol("contention", "T_cont", "s", "time that compute loses to communication kernels", low=0),
    symbols=(_HIDDEN, _SHARE),
    source=_FLUID,
    note="Compute runs at 1 - s of its speed during the hidden time. Contention for memory bandwidth comes on top.",
)
def contention_time(hidden: float, share: float) -> float:
    """Seconds by which hidden communication delays compute."""
    return share * hidden
