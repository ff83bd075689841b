"""When the parts of a training step run: micro-batches, pipeline schedules, launches and stragglers.

B   sequences of the step (global batch)   d   data-parallel replicas    b   sequences of a micro-batch
m   micro-batches of a replica             p   pipeline stages           v   model chunks a stage (1: not interleaved)
N   GPUs                                   σ   spread of the GPUs' speed (one standard deviation ÷ mean)
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_STAGES = Symbol("stages", "p", "1", "pipeline stages", low=1, integer=True)
_MICROBATCHES = Symbol("microbatches", "m", "1", "micro-batches of a replica", low=1)
_CHUNKS = Symbol("interleaving", "v", "1", "model chunks a stage", low=1, integer=True)


@equation(
    id="micro-batches",
    title="Micro-batches of a replica",
    formula="ceil(ceil(B/d)/b)",
    result=Symbol("microbatches", "m", "1", "micro-batches of the replica with most sequences", low=0),
    symbols=(
        Symbol("global_batch", "B", "1", "sequences of the step", low=1, integer=True),
        Symbol("replicas", "d", "1", "data-parallel replicas", low=1, integer=True),
        Symbol("micro_batch", "b", "1", "sequences of a micro-batch", low=1, integer=True),
    ),
    source="Counting: the step waits for the replica with the most sequences; its last micro-batch may be smaller",
    note="48 sequences in micro-batches of 11 are five: 11, 11, 11, 11 and 4.",
)
def micro_batches(global_batch: float, replicas: float, micro_batch: float) -> float:
    """Micro-batches that the fullest replica runs."""
    return num.ceil(num.ceil(global_batch / replicas) / micro_batch)


@equation(
    id="pipeline-step-time",
    title="Time of a pipelined step",
    formula="m*T_s + (p-1)/v*T_m",
    result=Symbol("time", "T_pipe", "s", "time from the first forward to the last backward pass", low=0),
    symbols=(
        _MICROBATCHES,
        Symbol("slowest", "T_s", "s", "forward and backward time of a micro-batch in the slowest stage", low=0),
        _STAGES,
        _CHUNKS,
        Symbol("mean", "T_m", "s", "the same in the mean stage", low=0),
    ),
    source="Narayanan et al. 2021, Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM, "
    "section 2.2: fill and drain take (p-1)/v micro-batches",
    note="1F1B and GPipe have v = 1. With equal stages the idle share is pipeline-bubble. Interleaving (v > 1) needs "
    "m to be a multiple of p.",
)
def pipeline_step_time(
    microbatches: float, slowest: float, stages: float = 1, interleaving: float = 1, mean: float = 0.0
) -> float:
    """Seconds of a step: the slowest stage is always busy, and fill and drain come on top."""
    return microbatches * slowest + (stages - 1) / interleaving * mean


@equation(
    id="straggler-factor",
    title="Waiting for the slowest of many",
    formula="1 + sigma*sqrt(2*ln(N))",
    result=Symbol("factor", "x", "1", "time of the slowest ÷ time of the mean", low=1),
    symbols=(
        Symbol("spread", "sigma", "1", "standard deviation of the GPUs' times, as a share of their mean", low=0),
        Symbol("workers", "N", "1", "GPUs that wait for each other in every step", low=1),
    ),
    source="Expected maximum of N normal variates, leading term: Cramér 1946, Mathematical Methods of Statistics, "
    "section 28.6",
    note="An upper bound: what it adds is 45 % above the mean of the maximum at N = 8, 20 % at 64, 11 % at 16,384. One "
    "factor a step: GPUs that are slow stay slow.",
)
def straggler_factor(spread: float, workers: float) -> float:
    """Factor by which a synchronous step of `workers` GPUs is longer than that of a mean GPU."""
    return 1 + spread * num.sqrt(2 * num.ln(workers))


@equation(
    id="pipeline-wait",
    title="Time that the mean stage waits in a step",
    formula="m*(T_s - T_m) + (p-1)/v*T_m",
    result=Symbol("wait", "T_wait", "s", "fill and drain, and waiting for a longer stage", low=0),
    symbols=(
        _MICROBATCHES,
        Symbol("slowest", "T_s", "s", "forward and backward time of a micro-batch in the slowest stage", low=0),
        _STAGES,
        _CHUNKS,
        Symbol("mean", "T_m", "s", "the same in the mean stage: at most that of the slowest", low=0),
    ),
    source="pipeline-step-time less m·T_m, the time in which the mean stage works",
    note="With equal stages the bubble alone. Stages differ where layers do not divide, and by the logits of the last.",
)
def pipeline_wait(microbatches: float, slowest: float, stages: float, interleaving: float, mean: float) -> float:
    """Seconds of a step in which the mean stage has nothing to do."""
    return microbatches * (slowest - mean) + (stages - 1) / interleaving * mean


@equation(
    id="straggler-wait",
    title="Time lost to the slowest of many",
    formula="T*sigma*sqrt(2*ln(N))",
    result=Symbol("wait", "T_slow", "s", "time by which the slowest GPU makes the step longer", low=0),
    symbols=(
        Symbol("time", "T", "s", "time of the step on a mean GPU", low=0),
        Symbol("spread", "sigma", "1", "standard deviation of the GPUs' times, as a share of their mean", low=0),
        Symbol("workers", "N", "1", "GPUs that wait for each other in every step", low=1),
    ),
    source="straggler-factor less 1, times the step",
    note="An upper bound, as straggler-factor is.",
)
def straggler_wait(time: float, spread: float, workers: float) -> float:
    """Seconds that a step of `workers` GPUs takes beyond that of a mean GPU."""
    return time * spread * num.sqrt(2 * num.ln(workers))


@equation(
    id="launch-bound-time",
    title="Kernels that are short wait for their launch",
    formula="max(T_gpu, k*t_l)",
    result=Symbol("time", "T", "s", "time of the kernels", low=0),
    symbols=(
        Symbol("busy", "T_gpu", "s", "time of the kernels on the GPU", low=0),
        Symbol("kernels", "k", "1", "kernels launched", low=0),
        Symbol("launch", "t_l", "s", "time in which the host prepares and launches one", low=0),
    ),
    source="The host launches ahead of the GPU; the slower of the two sets the pace",
)
def launch_bound_time(busy: float, kernels: float, launch: float) -> float:
    """Seconds of a run of kernels, limited by the GPU or by the host."""
    return num.maximum(busy, kernels * launch)


@equation(
    id="launch-wait",
    title="Time that a GPU waits for its host",
    formula="n*(max(T_gpu, k*t_l) - T_gpu)",
    result=Symbol("wait", "T_host", "s", "time without work, in all runs", low=0),
    symbols=(
        Symbol("runs", "n", "1", "times that the kernels run: layers times micro-batches", low=0),
        Symbol("busy", "T_gpu", "s", "time of the kernels on the GPU in one run", low=0),
        Symbol("kernels", "k", "1", "kernels launched in one run", low=0),
        Symbol("launch", "t_l", "s", "time in which the host prepares and launches one", low=0),
    ),
    source="launch-bound-time less the time on the GPU",
    note="Nothing where kernels are long enough. Small micro-batches, or GPUs that are fast, make it a large part.",
)
def launch_wait(runs: float, busy: float, kernels: float, launch: float) -> float:
    """Seconds that a GPU waits for launches."""
    return runs * (num.maximum(busy, kernels * launch) - busy)
