"""The time of a training step, and the ratios people judge it by.

C   arithmetic, FLOP       R   peak rate, FLOP/s      η   share of the peak that kernels reach
T   time of a step, s      D   tokens of a step       X   throughput, token/s
"""

from __future__ import annotations

from .catalogue import Symbol, equation

_FLOPS = Symbol("flops", "C", "FLOP", "arithmetic of the step", low=0)
_PEAK = Symbol("peak", "R", "FLOP/s", "peak rate, dense", low=0, low_open=True)
_STEP = Symbol("step", "T_step", "s", "time of the step", low=0, low_open=True)
_THROUGHPUT = Symbol("throughput", "X", "token/s", "tokens trained per second", low=0)


def _part(name: str, symbol: str, meaning: str) -> Symbol:
    return Symbol(name, symbol, "s", meaning, low=0)


@equation(
    id="compute-time",
    title="Compute time",
    formula="C/(R*eta)",
    result=Symbol("compute", "T_comp", "s", "time of the arithmetic", low=0),
    symbols=(
        _FLOPS,
        _PEAK,
        Symbol("efficiency", "eta", "1", "share of the peak that kernels reach", low=0, high=1, low_open=True),
    ),
    source="Williams et al. 2009, Roofline: the compute roof times an achieved share",
    note="Give the arithmetic and the peak of the same scope: one GPU, or all. A peak with 2:4 sparsity is not a "
    "dense peak.",
)
def compute_time(flops: float, peak: float, efficiency: float) -> float:
    """Seconds of `flops` FLOP at `efficiency` of `peak` FLOP/s."""
    return flops / (peak * efficiency)


@equation(
    id="step-time",
    title="Step time",
    formula="T_comp + T_exp + T_cont + T_0",
    result=Symbol("step", "T_step", "s", "time of the step", low=0),
    symbols=(
        _part("compute", "T_comp", "time of the arithmetic"),
        _part("exposed", "T_exp", "communication that the step waits for"),
        _part("contention", "T_cont", "time that compute loses to communication kernels"),
        _part("overhead", "T_0", "framework, data loading and optimizer, not overlapped"),
    ),
    source="Sum of what follows one another in a step; the terms are those of overlap and compute-time",
    note="Hidden communication is no term of its own: it costs what contention-time says.",
)
def step_time(compute: float, exposed: float = 0.0, contention: float = 0.0, overhead: float = 0.0) -> float:
    """Seconds of a step."""
    return compute + exposed + contention + overhead


@equation(
    id="communication-overhead",
    title="Overhead over compute",
    formula="(T_step - T_comp)/T_comp",
    result=Symbol("overhead", "o", "1", "time added to compute, as a share of compute", low=0),
    symbols=(_STEP, Symbol("compute", "T_comp", "s", "time of the arithmetic", low=0, low_open=True)),
    source="Definition",
    note="1 means that a step takes twice its compute time.",
)
def communication_overhead(step: float, compute: float) -> float:
    """Time a step adds to its compute, as a share of the compute."""
    return (step - compute) / compute


@equation(
    id="throughput",
    title="Throughput",
    formula="D/T_step",
    result=_THROUGHPUT,
    symbols=(Symbol("tokens", "D", "token", "tokens of the step, all GPUs", low=0), _STEP),
    source="Definition",
)
def throughput(tokens: float, step: float) -> float:
    """Tokens trained per second."""
    return tokens / step


@equation(
    id="speedup",
    title="Speedup",
    formula="X/X_1",
    result=Symbol("speedup", "S", "1", "throughput as a multiple of the baseline", low=0),
    symbols=(
        _THROUGHPUT,
        Symbol("baseline", "X_1", "token/s", "throughput of the baseline, such as one node", low=0, low_open=True),
    ),
    source="Definition",
)
def speedup(throughput: float, baseline: float) -> float:
    """Throughput over the baseline's."""
    return throughput / baseline


@equation(
    id="scaling-efficiency",
    title="Scaling efficiency",
    formula="S/N",
    result=Symbol("efficiency", "E", "1", "share of the ideal speedup that is reached", low=0),
    symbols=(
        Symbol("speedup", "S", "1", "throughput as a multiple of the baseline", low=0),
        Symbol("scale", "N", "1", "hardware as a multiple of the baseline", low=0, low_open=True),
    ),
    source="Definition (weak scaling: the work of a GPU stays the same)",
    note="At most 1 when a GPU's work in a step is the same in both; more accumulation than in the baseline can pass 1.",
)
def scaling_efficiency(speedup: float, scale: float) -> float:
    """Speedup over the number of baselines that the hardware amounts to."""
    return speedup / scale


@equation(
    id="mfu",
    title="Model FLOPs utilisation",
    formula="C/(T_step*R)",
    result=Symbol("mfu", "MFU", "1", "share of the peak that went into the model", low=0, high=1),
    symbols=(_FLOPS, _STEP, _PEAK),
    source="Chowdhery et al. 2022, PaLM: Scaling Language Modeling with Pathways, section 4.1 and appendix B",
    note="Arithmetic of the model alone: with recomputation counted it is hardware utilisation (HFU), which is higher. "
    "Use the dense peak of all GPUs that C counts.",
)
def mfu(flops: float, step: float, peak: float) -> float:
    """Model arithmetic of a step over what the hardware could have done in its time."""
    return flops / (step * peak)
