"""The work that is shown behind each part of a step against the seconds that the step's kernel has for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ironlaw.physics import EQUATIONS
from ironlaw.physics.training import Plan, training_step
from ironlaw.physics.training_terms import step_terms

from .test_training_step import MACHINE, PARTS, RECIPE, SHAPE, plans

quick = settings(deadline=None, max_examples=150)

TRANSFER = "exposed-transfer-time"
EQUATION = {
    "matmul": "training-products-time",
    "attention": "training-attention-time",
    "launch": "launch-wait",
    "tensor_parallel": TRANSFER,
    "context_parallel": TRANSFER,
    "expert_parallel": TRANSFER,
    "pipeline_transfer": TRANSFER,
    "pipeline_bubble": "pipeline-wait",
    "data_parallel": TRANSFER,
    "straggler": "straggler-wait",
}
EXPERTS = SHAPE._replace(
    expert_weights=8 * SHAPE.active_weights / 2,
    dense_weights=SHAPE.active_weights / 2,
    routes=2,
    copies=2,
    experts=8,
    expert_parameters=32 * 8 * SHAPE.active_weights / 2,
    parameters=SHAPE.parameters + 32 * 7 * SHAPE.active_weights / 2,
)
KEPT = RECIPE._replace(
    score_forward=9.0, score_backward=11.0, score_operands=4.0, attention_repeat=2.0, cast_forward=2.0,
    cast_backward=2.0, accumulate=10.0, sequence_parallel=0.0, pipeline_split=0.0, tensor_overlap_forward=0.0,
)  # fmt: skip


def seconds(name: str, arguments: dict[str, float]) -> float:
    if "moved" in arguments:
        return arguments["moved"] / arguments["rate"]
    value: float = EQUATIONS[EQUATION[name]].function(**arguments)
    return value


@quick
@given(plans)
@pytest.mark.parametrize("recipe", [RECIPE, KEPT], ids=["flash", "kept"])
@pytest.mark.parametrize("expert", [0, 1, 4])
def test_each_part_is_its_work_over_its_rate(recipe: object, expert: int, plan: Plan) -> None:
    shape = EXPERTS if expert else SHAPE
    plan = plan._replace(expert=expert or 1)
    step = training_step(shape, recipe, MACHINE, plan)  # type: ignore[arg-type]
    terms = step_terms(shape, recipe, MACHINE, plan)  # type: ignore[arg-type]
    assert terms._fields == step._fields[:PARTS]
    for name, arguments in terms._asdict().items():
        # The kernel has some parts as a difference of the whole step.
        assert seconds(name, arguments) == pytest.approx(getattr(step, name), rel=1e-9, abs=1e-12 * step.total), name
    total = EQUATIONS["training-step-time"].function(*(seconds(n, a) for n, a in terms._asdict().items()))
    assert total == pytest.approx(step.total)
