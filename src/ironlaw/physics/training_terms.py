"""What a GPU does in a training step, in FLOP, bytes and hops: the arguments of the equation behind each part of the step.

`step_terms` counts once more what training.py has as seconds, so that each part can be shown as a rate-limited time:
work over rate, transfers less what is hidden, waiting. It answers for one plan of plain numbers, and is not for sweeps.

    t p e   degrees of tensor, pipeline and expert parallelism        m   micro-batches of a replica
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import num
from .training import ACTIVATION, PASSES, _context_volume, _rate, _replica_volume, _Run, _run, _tensor_volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .training import Machine, Plan, Recipe, Shape

Terms = dict[str, float]


class StepTerms(NamedTuple):
    """Arguments by name, one mapping for each part of a `Step`; the equation's id stands beside the field."""

    matmul: Mapping[str, float]  # training-products-time
    attention: Mapping[str, float]  # training-attention-time
    elementwise: Mapping[str, float]  # bytes moved, and the rate of memory
    launch: Mapping[str, float]  # launch-wait
    tensor_parallel: Mapping[str, float]  # exposed-transfer-time, as the next three
    context_parallel: Mapping[str, float]
    expert_parallel: Mapping[str, float]
    pipeline_transfer: Mapping[str, float]
    pipeline_bubble: Mapping[str, float]  # pipeline-wait
    data_parallel: Mapping[str, float]  # exposed-transfer-time
    optimizer: Mapping[str, float]  # bytes moved, and the rate of memory
    straggler: Mapping[str, float]  # straggler-wait


class _Case(NamedTuple):
    """One plan with what its terms have in common."""

    shape: Shape
    recipe: Recipe
    machine: Machine
    plan: Plan
    run: _Run
    runs: float  # layers of the mean stage × micro-batches
    worked: float  # the same × tokens of a micro-batch
    each: float  # 1 ÷ tensor
    owned: float  # parameters of a GPU


def step_terms(shape: Shape, recipe: Recipe, machine: Machine, plan: Plan) -> StepTerms:
    """The arguments of every part of `training_step`'s step, for plain numbers. Source: as in training.py."""
    run = _run(shape, recipe, machine, plan)
    share = shape.layers / plan.pipeline
    experts = shape.expert_parameters
    owned = (shape.parameters - experts + experts / plan.expert) / (plan.tensor * plan.pipeline)
    case = _Case(shape, recipe, machine, plan, run, run.batches * share, run.work * share, 1 / plan.tensor, owned)
    gpus = plan.tensor * plan.pipeline * plan.data * plan.context
    shards = 1 + plan.shard * (plan.data * plan.context - 1)
    kernels = recipe.kernels + min(shape.experts, 1.0) * recipe.router_kernels
    kernels += recipe.expert_kernels * shape.experts / plan.expert
    return StepTerms(
        matmul=_products(case),
        attention=_attention(case),
        elementwise={"moved": _moved(case), "rate": machine.memory_rate},
        launch={
            "runs": case.runs,
            "busy": run.busy,
            "kernels": kernels * (1 + plan.recompute / PASSES),
            "launch": machine.launch,
        },
        tensor_parallel=_tensor(case),
        context_parallel=_context(case),
        expert_parallel=_expert(case),
        pipeline_transfer=_stages(case, gpus),
        pipeline_bubble={
            "microbatches": run.batches,
            "slowest": run.slowest,
            "stages": plan.pipeline,
            "interleaving": plan.interleave,
            "mean": min(run.mean, run.slowest),
        },
        data_parallel=_replicas(case),
        optimizer={"moved": owned * recipe.optimizer / shards, "rate": machine.memory_rate},
        straggler={
            "time": run.pipelined + run.reduction + run.optimizer,
            "spread": machine.spread,
            "workers": gpus,
        },
    )


def _operands(case: _Case) -> tuple[float, float]:
    """Operand and result values of a token's forward products: whole on every GPU, and split over them."""
    shape = case.shape
    widths = shape.query_width + shape.kv_width
    return shape.hidden * (2 + 2 * shape.routes), 2 * widths + shape.matrices * shape.feed_forward


def _products(case: _Case) -> Terms:
    shape, machine, plan, run, each = case.shape, case.machine, case.plan, case.run, case.each
    whole, split = _operands(case)
    passes = PASSES + plan.recompute
    stored = shape.dense_weights + shape.expert_weights / plan.expert
    layers = case.worked * (whole + each * split) + case.runs * each * stored
    logits = shape.hidden + each * shape.vocabulary
    head = run.work * logits + run.batches * each * shape.vocabulary * shape.hidden
    return {
        "flops": passes * 2 * shape.active_weights * each * case.worked,
        "rate": machine.matmul_rate,
        "head_flops": PASSES * 2 * shape.vocabulary * shape.hidden * each * run.work / plan.pipeline,
        "head_rate": machine.head_rate,
        "operands": machine.value_bytes * passes * layers + ACTIVATION * PASSES * head / plan.pipeline,
        "operand_rate": machine.operand_rate,
    }


def _attention(case: _Case) -> Terms:
    recipe, machine, plan = case.recipe, case.machine, case.plan
    worked = case.worked * case.each
    cores = 1 + plan.recompute + plan.recompute_scores
    flops = 4 * plan.span * case.shape.query_width
    scores = plan.span * case.shape.heads * recipe.score_operands
    return {
        "forward_flops": worked * cores * flops,
        "forward_rate": machine.attention_forward_rate,
        "backward_flops": worked * recipe.attention_repeat * flops,
        "backward_rate": machine.attention_backward_rate,
        "scores": worked * (cores + recipe.attention_repeat) * scores,
        "operand_rate": machine.operand_rate,
    }


def _moved(case: _Case) -> float:
    """Bytes that elementwise kernels read and write in a step."""
    shape, recipe, plan, run = case.shape, case.recipe, case.plan, case.run
    once = 1 + plan.recompute
    cores = once + plan.recompute_scores
    whole, split = _operands(case)
    residual = shape.hidden * (
        recipe.residual_forward * once + recipe.residual_backward + recipe.norm_forward * plan.light
    )
    cast = recipe.cast_forward * once + recipe.cast_backward
    copied = shape.copies * shape.hidden * (recipe.copy_forward * once + recipe.copy_backward)
    inner = shape.feed_forward * (recipe.inner_forward * (once + plan.light) + recipe.inner_backward)
    around = recipe.attention_forward * once + recipe.attention_backward
    scores = plan.span * shape.heads * (recipe.score_forward * cores + recipe.score_backward)
    everywhere = residual * (1 - recipe.sequence_parallel) + whole * cast + copied
    shared = residual * recipe.sequence_parallel + split * cast + inner
    shared += 2 * (shape.query_width + shape.kv_width) * around + scores
    loss = run.work * shape.vocabulary * recipe.loss * case.each / plan.pipeline
    return case.worked * (everywhere + case.each * shared) + loss + run.batches * case.owned * recipe.accumulate


def _transfer(volume: float, rate: float, hops: float, latency: float, hidden: float) -> Terms:
    """Arguments of exposed-transfer-time; what is hidden never passes what is sent, not even by rounding."""
    sent = volume / rate + hops * latency
    return {"volume": volume, "rate": rate, "hops": hops, "latency": latency, "hidden": min(hidden, sent)}


def _tensor(case: _Case) -> Terms:
    recipe, machine, plan = case.recipe, case.machine, case.plan
    once, behind = 1 + plan.recompute, 1 + recipe.sequence_parallel / 2
    token = _tensor_volume(2, plan.tensor, 1, case.shape.hidden, ACTIVATION)
    rate = _rate(machine, plan.tensor)
    product = case.run.layer.matmul / (PASSES + plan.recompute)
    send = token / rate
    hidden = once * min(recipe.tensor_overlap_forward * send, product)
    hidden += min(recipe.tensor_overlap_backward * send * behind, 2 * product)
    hops = case.runs * 4 * (once + behind) * (plan.tensor - 1)
    return _transfer(case.worked * token * (once + behind), rate, hops, machine.link_latency, case.worked * hidden)


def _context(case: _Case) -> Terms:
    machine, plan = case.machine, case.plan
    rate = _rate(machine, plan.context * plan.tensor)
    if plan.context == 1:
        return _transfer(0.0, rate, 0.0, 0.0, 0.0)
    terms = _attention(case)
    token = _context_volume(plan.context, case.each, case.shape.kv_width, ACTIVATION)
    once = 1 + plan.recompute
    cores = once + plan.recompute_scores
    kept = terms["scores"] / (cores + case.recipe.attention_repeat) / machine.operand_rate / case.worked
    core = terms["forward_flops"] / cores / machine.attention_forward_rate / case.worked + kept
    back = terms["backward_flops"] / machine.attention_backward_rate / case.worked + case.recipe.attention_repeat * kept
    hidden = once * min(token / rate, core) + min(2 * token / rate, back)
    return _transfer(case.worked * token * (once + 2), rate, 0.0, 0.0, case.worked * hidden)


def _expert(case: _Case) -> Terms:
    shape, plan = case.shape, case.plan
    rate = _rate(case.machine, plan.expert * plan.tensor)
    token = 2 * ACTIVATION * shape.copies * shape.hidden * (1 - 1 / plan.expert)
    return _transfer(case.worked * (2 + plan.recompute) * token, rate, 0.0, 0.0, 0.0)


def _stages(case: _Case, gpus: float) -> Terms:
    recipe, machine, plan = case.recipe, case.machine, case.plan
    rate = _rate(machine, gpus)
    if plan.pipeline == 1:
        return _transfer(0.0, rate, 0.0, 0.0, 0.0)
    token = ACTIVATION * case.shape.hidden * (1 - recipe.pipeline_split + recipe.pipeline_split * case.each)
    volume, hops = 2 * plan.interleave * case.run.work * token, 2 * plan.interleave * case.run.batches
    sent = volume / rate + hops * machine.network_latency
    return _transfer(volume, rate, hops, machine.network_latency, recipe.pipeline_overlap * sent)


def _replicas(case: _Case) -> Terms:
    recipe, machine, plan, more = case.recipe, case.machine, case.plan, case.run.batches - 1
    ranks = plan.data * plan.context
    across = min(machine.link_rate, max(machine.node / plan.tensor, 1.0) * machine.network_rate)
    rate = machine.link_rate if ranks * plan.tensor <= machine.node else across
    volume = _replica_volume(case.owned, 1 + plan.gather, ACTIVATION, recipe.gradient, ranks) * (1 + plan.gather * more)
    volume += _replica_volume(case.owned, 0, ACTIVATION, recipe.gradient, ranks) * plan.reduce * more
    window = case.run.slowest * (2 / 3 + (plan.gather + plan.reduce * (2 / 3)) * more)
    hidden = num.minimum(recipe.data_overlap * volume / rate, window)
    return _transfer(volume, rate, 0.0, 0.0, hidden)
