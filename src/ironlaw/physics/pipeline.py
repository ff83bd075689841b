"""Pipeline parallelism: what crosses a stage boundary, and how long stages stand idle.

p   pipeline stages        m   micro-batches of a step     v   model chunks a stage (1: not interleaved)
t   tokens of the step     h   hidden size                 c   bytes of a value
"""

from __future__ import annotations

from .catalogue import Symbol, equation
from .transformer import HIDDEN

_MEGATRON = "Narayanan et al. 2021, Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM, "


@equation(
    id="pipeline-activation-bytes",
    title="Bytes across a stage boundary",
    formula="2*t*h*c",
    result=Symbol("volume", "V_pipe", "B", "bytes across one boundary in a step, both directions together", low=0),
    symbols=(
        Symbol("tokens", "t", "1", "tokens of the step that pass the boundary", low=0),
        HIDDEN,
        Symbol("bytes_per_value", "c", "B", "bytes of an activation or its gradient", low=0),
    ),
    source=_MEGATRON + "section 3.2 (b·s·h values a micro-batch and direction)",
    note="The activation goes forward and its gradient comes back: one direction of the link carries half. "
    "Interleaving with v chunks a stage multiplies it by v. Tensor-parallel copies are not counted.",
)
def pipeline_activation_bytes(tokens: float, hidden: float, bytes_per_value: float = 2.0) -> float:
    """Bytes that `tokens` tokens move across one pipeline boundary, forward and backward."""
    return 2 * tokens * hidden * bytes_per_value


@equation(
    id="pipeline-bubble",
    title="Pipeline bubble",
    formula="(p-1)/(m*v + p - 1)",
    result=Symbol("bubble", "beta", "1", "share of the step that a stage stands idle", low=0, high=1),
    symbols=(
        Symbol("stages", "p", "1", "pipeline stages", low=1, integer=True),
        Symbol("microbatches", "m", "1", "micro-batches of the step", low=1, integer=True),
        Symbol("interleaving", "v", "1", "model chunks a stage", low=1, integer=True),
    ),
    source=_MEGATRON + "section 2.2: idle over busy is (p-1)/(v·m); here idle over all",
    note="1F1B and GPipe (v = 1) have the same bubble and differ in memory. Interleaved 1F1B (v > 1) needs m to be a "
    "multiple of p. All stages equally long, transfers free.",
)
def pipeline_bubble(stages: float, microbatches: float, interleaving: float = 1) -> float:
    """Share of a step's time that each stage is idle while the pipeline fills and drains."""
    return (stages - 1) / (microbatches * interleaving + stages - 1)
