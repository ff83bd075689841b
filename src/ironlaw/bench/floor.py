"""The arithmetic of the engine written out by hand in NumPy: what the general code is measured against.

One plan family with everything folded that does not change from design to design (a dense model, no context or expert
parallelism, fixed sequence and recomputation), and buffers used again, as a specialist would write it for one sweep.
Tests hold that it gives the engine's own numbers; the ratio of the two times is the price of one general formula.

    t p d v   tensor, pipeline, data degrees, chunks        B b   sequences of a step, of a micro-batch
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.physics.training import Machine, Plan, Recipe, Shape


def training_floor(  # noqa: PLR0915 - one sweep, written out
    shape: Shape, recipe: Recipe, machine: Machine, fixed: Plan
) -> Callable[..., Any]:
    """A function of columns (t, p, d, v, B, b) that gives the seconds of a step.

    `fixed` gives the rest of the plan; its context and expert degrees must be 1.
    """
    import numpy as np  # noqa: PLC0415 - only the bench has a hand-written sweep

    s, m, r = shape, machine, recipe
    again, once = fixed.recompute, 1 + fixed.recompute
    cores = once + fixed.recompute_scores
    widths = s.query_width + s.kv_width
    pace = m.value_bytes / m.operand_rate
    whole, split = s.hidden * (2 + 2 * s.routes), 2 * widths + s.matrices * s.feed_forward
    product_whole, product_split = pace * whole, 2 * s.active_weights / m.matmul_rate + pace * split
    stored = pace * s.dense_weights * (3 + again)
    scores, flops = fixed.span * s.heads, 4 * fixed.span * s.query_width
    kept = scores * r.score_operands / m.operand_rate
    core = flops / m.attention_forward_rate + kept
    attention = core * cores + r.attention_repeat * (flops / m.attention_backward_rate + kept)
    residual = s.hidden * (r.residual_forward * once + r.residual_backward + r.norm_forward * fixed.light)
    cast = r.cast_forward * once + r.cast_backward
    copied = s.copies * s.hidden * (r.copy_forward * once + r.copy_backward)
    moved_whole = (residual * (1 - r.sequence_parallel) + whole * cast + copied) / m.memory_rate
    moved_split = (
        residual * r.sequence_parallel
        + split * cast
        + s.feed_forward * (r.inner_forward * (once + fixed.light) + r.inner_backward)
        + 2 * widths * (r.attention_forward * once + r.attention_backward)
        + scores * (r.score_forward * cores + r.score_backward)
    ) / m.memory_rate
    layer_whole = (3 + again) * product_whole + moved_whole
    layer_split = (3 + again) * product_split + attention + moved_split
    back_share = 1 + r.sequence_parallel / 2
    hop = 4 * m.link_latency * (once + 1 + r.sequence_parallel / 2)
    head_pace = 6.0 / m.operand_rate
    head_whole = head_pace * s.hidden
    head_split = s.vocabulary * (6 * s.hidden / m.head_rate + head_pace + r.loss / m.memory_rate)
    head_fixed = head_pace * s.vocabulary * s.hidden
    host = (r.kernels + min(s.experts, 1.0) * r.router_kernels) * (1 + again / 3) * m.launch
    tokens_each = fixed.sequence
    sent = 2.0 * s.hidden
    crossing_per = 2 * (1 - r.pipeline_overlap)
    owned_by = s.parameters
    volume = 2.0 * (1 + fixed.gather) + r.gradient

    def floor(t: Any, p: Any, d: Any, v: Any, batch: Any, micro: Any) -> Any:
        each = 1 / t
        product = product_whole + each * product_split
        link = m.network_rate + (t <= m.node) * (m.link_rate - m.network_rate)
        send = 8.0 * s.hidden * (1 - each) / link
        back = send * back_share
        tensor = (send - np.minimum(r.tensor_overlap_forward * send, product)) * once
        tensor += back - np.minimum(r.tensor_overlap_backward * back, 2 * product)
        per_token = layer_whole + each * layer_split + tensor
        group = t * p
        ranks = group * d
        owned = owned_by / group
        sequences = np.ceil(batch / d)
        batches = np.ceil(sequences / micro)
        tokens = sequences * tokens_each / batches
        paced = np.maximum(tokens * per_token + (each * stored + hop * (t - 1)), host)
        head = tokens * (head_whole + each * head_split) + each * head_fixed
        local = m.network_rate + (ranks <= m.node) * (m.link_rate - m.network_rate)
        crossings = np.minimum(p - 1, 1.0) * (crossing_per * v)
        crossing = sent * (1 - r.pipeline_split + r.pipeline_split * each) / local
        beside = crossings * (tokens * crossing + m.network_latency) + owned * (r.accumulate / m.memory_rate)
        share = s.layers / p
        mean = share * paced + head / p + beside
        slowest = np.maximum(np.ceil(share) * paced, np.floor(share) * paced + head) + beside
        across = np.minimum(m.link_rate, np.maximum(m.node * each, 1.0) * m.network_rate)
        wire = across + (d * t <= m.node) * (m.link_rate - across)
        reduction = owned * volume * (1 - 1 / d) / wire
        reduction *= 1 + (fixed.gather + fixed.reduce * r.gradient / volume) * (batches - 1)
        window = slowest * (2 / 3 + (fixed.gather + fixed.reduce * (2 / 3)) * (batches - 1))
        reduction -= np.minimum(r.data_overlap * reduction, window)
        update = owned * (r.optimizer / m.memory_rate) / (1 + fixed.shard * (d - 1))
        total = batches * slowest + (p - 1) / v * mean + reduction + update
        return total * (1 + m.spread * np.sqrt(2 * np.log(ranks)))

    return floor
