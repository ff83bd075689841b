"""The time of a convolutional network: on a GPU that runs operator after operator, and in cycles on a small core.

n   multiply-accumulates     x   part of them that a fast algorithm leaves     q   work over needed work (whole tiles)
M   bytes moved              N   operators                                     f   clock of the core
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_ROOFLINE = "Williams, Waterman & Patterson 2009, Roofline, with achieved in place of peak rates"


@equation(
    id="convolution-time",
    title="Time of a convolution",
    formula="max(c*n*x*q/(R*eta), M/(B*kappa))",
    result=Symbol("time", "t_conv", "s", "time of the convolution", low=0),
    symbols=(
        Symbol("macs", "n", "1", "multiply-accumulates of the batch", low=0),
        Symbol("left", "x", "1", "part of them that the algorithm leaves", low=0, high=1),
        Symbol("waste", "q", "1", "computed over needed work: whole tiles and whole rounds", low=0),
        Symbol("peak", "R", "FLOP/s", "peak rate, dense", low=0, low_open=True),
        Symbol("efficiency", "eta", "1", "share of the peak that a large product reaches", 0, 1, low_open=True),
        Symbol("moved", "M", "B", "inputs, weights and outputs", low=0),
        Symbol("bandwidth", "B", "B/s", "memory bandwidth", low=0, low_open=True),
        Symbol("memory_share", "kappa", "1", "share of the bandwidth that streaming reaches", 0, 1, low_open=True),
        Symbol("flops_per_mac", "c", "FLOP", "a multiply and an add", low=0, constant=2.0),
    ),
    source=_ROOFLINE + "; Lavin & Gray 2016, Fast Algorithms for Convolutional Neural Networks, section 4",
    note="Winograd's F(2 x 2, 3 x 3) leaves 4/9 of the multiplications. It serves FP32; tensor cores multiply in full.",
)
def convolution_time(
    macs: float,
    left: float,
    waste: float,
    peak: float,
    efficiency: float,
    moved: float,
    bandwidth: float,
    memory_share: float,
    flops_per_mac: float = 2.0,
) -> float:
    """Seconds of one convolution: the slower of arithmetic and memory."""
    return num.maximum(flops_per_mac * macs * left * waste / (peak * efficiency), moved / (bandwidth * memory_share))


@equation(
    id="eager-time",
    title="Time of a pass, operator by operator",
    formula="max(t_gpu, N*tau)",
    result=Symbol("time", "t", "s", "time of the pass", low=0),
    symbols=(
        Symbol("busy", "t_gpu", "s", "time of the GPU's kernels", low=0),
        Symbol("operators", "N", "1", "operators that the host starts", low=0),
        Symbol("operator_time", "tau", "s", "time that the host needs to start one", low=0),
    ),
    source="Asynchronous execution: host and GPU run at the same time, the slower one is seen",
    note="A compiled graph starts once and has no such floor.",
)
def eager_time(busy: float, operators: float, operator_time: float) -> float:
    """Seconds of a forward pass that a host starts operator by operator."""
    return num.maximum(busy, operators * operator_time)


@equation(
    id="core-cycles-time",
    title="Time of a convolutional network on small cores",
    formula="(n_p/(m*eta) + n_d*d)/(f*a)",
    result=Symbol("time", "t", "s", "time of an inference", low=0),
    symbols=(
        Symbol("dense_macs", "n_p", "op", "multiply-accumulates of pointwise and full layers", low=0),
        Symbol("macs_per_cycle", "m", "op", "those that a core's vector unit can do in a cycle", low=0, low_open=True),
        Symbol("efficiency", "eta", "1", "share of them that tuned kernels reach", low=0, high=1, low_open=True),
        Symbol("narrow_macs", "n_d", "op", "multiply-accumulates of depthwise layers and the first one", low=0),
        Symbol("narrow_cycles", "d", "1/op", "cycles of one of those", low=0),
        Symbol("clock", "f", "1/s", "clock of the cores", low=0, low_open=True),
        Symbol("cores", "a", "1", "cores that share the work", low=1),
    ),
    source="Lai, Suda & Chandra 2018, CMSIS-NN, section 3: products of matrices use the vector unit, a depthwise "
    "convolution finds few values side by side",
    note="Tuned 8-bit kernels, weights that the core reads without waiting. Reference kernels are 10 to 40 times slower.",
)
def core_cycles_time(
    dense_macs: float,
    macs_per_cycle: float,
    efficiency: float,
    narrow_macs: float,
    narrow_cycles: float,
    clock: float,
    cores: float,
) -> float:
    """Seconds of one inference with tuned kernels."""
    return (dense_macs / (macs_per_cycle * efficiency) + narrow_macs * narrow_cycles) / (clock * cores)
