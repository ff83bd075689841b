"""The time of a training step, and the ratios people judge it by.

C   arithmetic, FLOP       R   peak rate, FLOP/s      η   share of the peak that kernels reach
T   time of a step, s      D   tokens of a step       X   throughput, token/s
"""

from __future__ import annotations

from .catalogue import Symbol, equation

_FLOPS = Symbol("flops", "C", "FLOP", "arithmetic of the step", low=0)
_PEAK = Symbol("peak", "R", "FLOP/s", "peak rate, dense", low=0, low_open=True)
_STEP = Symbol("step", "T_step", "s", "time of the step", low=0, low_open=True)
_DEVICES = Symbol("devices", "N", "1", "devices", low=1, integer=True)
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
    id="training-step-time",
    title="Time of a training step, part by part",
    formula="T_mm + T_att + T_el + T_host + T_tp + T_cp + T_ep + T_pp + T_wait + T_dp + T_opt + T_slow",
    result=Symbol("step", "T_step", "s", "time of the step", low=0),
    symbols=(
        _part("matmul", "T_mm", "matrix products"),
        _part("attention", "T_att", "attention"),
        _part("elementwise", "T_el", "norms, activations, loss"),
        _part("launch", "T_host", "waiting for the host"),
        _part("tensor_parallel", "T_tp", "tensor-parallel transfers that nothing hides"),
        _part("context_parallel", "T_cp", "context-parallel transfers that nothing hides"),
        _part("expert_parallel", "T_ep", "expert-parallel transfers"),
        _part("pipeline_transfer", "T_pp", "transfers between stages that nothing hides"),
        _part("pipeline_bubble", "T_wait", "waiting in the pipeline"),
        _part("data_parallel", "T_dp", "gradients and weights over replicas that nothing hides"),
        _part("optimizer", "T_opt", "optimizer"),
        _part("straggler", "T_slow", "waiting for the slowest GPU"),
    ),
    source="Sum of what follows one another on the mean GPU",
    note="What runs beside other work at no cost is in no part.",
)
def training_step_sum(
    matmul: float,
    attention: float,
    elementwise: float,
    launch: float = 0.0,
    tensor_parallel: float = 0.0,
    context_parallel: float = 0.0,
    expert_parallel: float = 0.0,
    pipeline_transfer: float = 0.0,
    pipeline_bubble: float = 0.0,
    data_parallel: float = 0.0,
    optimizer: float = 0.0,
    straggler: float = 0.0,
) -> float:
    """Seconds of a training step from its parts."""
    alone = matmul + attention + elementwise + launch
    inside = tensor_parallel + context_parallel + expert_parallel
    return alone + inside + pipeline_transfer + pipeline_bubble + data_parallel + optimizer + straggler


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
    id="device-training-rate",
    title="Throughput of a device",
    formula="D/(T_step*N)",
    result=Symbol("throughput", "X_1", "token/s", "tokens trained per second and device", low=0),
    symbols=(Symbol("tokens", "D", "token", "tokens of the step, all GPUs", low=0), _STEP, _DEVICES),
    source="Definition",
)
def device_training_rate(tokens: float, step: float, devices: float) -> float:
    """Tokens trained per second on each of `devices`."""
    return tokens / (step * devices)


@equation(
    id="device-flop-rate",
    title="Model arithmetic of a device",
    formula="C/(T_step*N)",
    result=Symbol("rate", "R_model", "FLOP/s", "model arithmetic per second and device", low=0),
    symbols=(_FLOPS, _STEP, _DEVICES),
    source="Definition; papers print it as achieved TFLOP/s of a GPU",
    note="Arithmetic of the model alone: what recomputation repeats does not count.",
)
def device_flop_rate(flops: float, step: float, devices: float) -> float:
    """FLOP/s of the model's own arithmetic on each of `devices`."""
    return flops / (step * devices)


@equation(
    id="run-time",
    title="Time of a run",
    formula="D/X",
    result=Symbol("span", "T", "s", "time of the run", low=0),
    symbols=(
        Symbol("tokens", "D", "token", "tokens of the whole run", low=0),
        Symbol("throughput", "X", "token/s", "tokens trained per second", low=0, low_open=True),
    ),
    source="Definition",
    note="Without failures and restarts: goodput is their share.",
)
def run_time(tokens: float, throughput: float) -> float:
    """Seconds of a run over `tokens`."""
    return tokens / throughput


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


@equation(
    id="mfu-whole",
    title="Model FLOPs utilisation, attention over the whole sequence",
    formula="C/(T_step*R)",
    result=Symbol("mfu", "MFU_whole", "1", "the same with what a causal mask hides counted as done", low=0),
    symbols=(_FLOPS, _STEP, _PEAK),
    source="Chowdhery et al. 2022, PaLM: Scaling Language Modeling with Pathways, appendix B",
    note="As most papers count. It can pass 1 where a kernel skips what the mask hides.",
)
def mfu_whole(flops: float, step: float, peak: float) -> float:
    """Arithmetic of a step, masked scores included, over what the hardware could have done in its time."""
    return flops / (step * peak)
