"""The hand-written floor is the engine's own arithmetic: only then is the ratio of their times a price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ironlaw.bench.floor import training_floor
from ironlaw.estimate.training_setting import training_setting
from ironlaw.physics.training import training_step, training_time


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("llama-3-70b", {}),
        ("gpt-3-175b", {"way": "megatron-2022", "recompute": "selective"}),
        ("gpt-3-175b", {"way": "megatron-2021", "recompute": "full", "zero": 0}),
        ("llama-3-8b", {"way": "compiled", "recompute": "full", "zero": 3}),
        ("llama-3-8b", {"way": "eager", "zero": 3, "precision": "bf16"}),
        ("llama-3-70b", {"recompute": "light", "zero": 2}),
    ],
)
def test_floor_and_engine_agree_on_random_plans(model: str, words: dict[str, Any]) -> None:
    setting = training_setting(model, "h100-sxm", **words)
    random = np.random.default_rng(7)
    columns: list[Any] = [
        random.choice(np.array(values, float), 400)
        for values in ((1, 2, 4, 8, 16), (1, 2, 3, 8), (1, 2, 8, 33), (1, 2, 5), (64, 100, 1024), (1, 2, 3, 8))
    ]
    t, p, d, v, batch, micro = columns
    plan = setting.plan(count=t * p * d, global_batch=batch, seq=2048, tp=t, pp=p, micro_batch=micro, interleave=v)
    inputs = setting.prepared.shape, setting.prepared.recipe, setting.prepared.machine, plan
    by_hand = training_floor(*inputs)(t, p, d, v, batch, micro)
    assert by_hand == pytest.approx(training_time(*inputs), rel=1e-12)
    assert by_hand == pytest.approx(training_step(*inputs).total, rel=1e-12)
    assert np.ptp(by_hand) > 0
