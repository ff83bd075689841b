"""The engine's own speed: one plan, a million plans, and the same arithmetic written by hand in NumPy beside it."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any

from ironlaw.bench import Measure
from ironlaw.bench.floor import training_floor

if TYPE_CHECKING:
    from ironlaw.physics.training import Plan

REPEATS = 7  # the fastest of these: what else runs on the machine only ever adds time
COLUMN = 1_500  # designs of a block: the kernel's columns stay in the second-level cache
POINTS = 16_384  # of decode: three columns
SEED = 20261122


def speed() -> Iterator[Measure]:
    """Scalar and vectorised estimates of training and decode, and a sweep from ranges to Pareto set."""
    yield from _training()
    yield from _decode()
    yield from _sweep()


def _training() -> Iterator[Measure]:
    import numpy as np  # noqa: PLC0415 - only the bench of arrays needs it here

    from ironlaw.estimate.training_setting import training_setting  # noqa: PLC0415 - the engine is loaded to be measured
    from ironlaw.physics.training import training_time  # noqa: PLC0415

    setting = training_setting("llama-3-70b", "h100-sxm")
    prepared = setting.prepared
    single = [
        setting.plan(count=512, tp=8, pp=p, global_batch=1024, seq=8192, micro_batch=b)
        for p in (2, 4, 8)
        for b in (1, 2)
    ]
    plans = cycle(single)
    seconds = _fastest(lambda: setting.step(next(plans)), 2_000)
    yield Measure(
        id="training-scalar", what="one training step, all its parts", unit="µs", value=seconds * 1e6, budget=20.0,
        note=f"{len(single)} plans in turn, of llama-3-70b on 512 H100",
    )  # fmt: skip

    random = np.random.default_rng(SEED)

    def column(*values: float) -> Any:
        return random.choice(np.array(values, float), COLUMN)

    t, p, d, v = column(1, 2, 4, 8), column(1, 2, 4, 8, 16), column(1, 2, 4, 8, 16, 32), column(1, 2, 5)
    batch, micro = column(64, 256, 1024, 2048), column(1, 2, 4, 8)
    plan: Plan = setting.plan(
        count=t * p * d, global_batch=batch, seq=8192, tp=t, pp=p, micro_batch=micro, interleave=v
    )
    engine = _fastest(lambda: training_time(prepared.shape, prepared.recipe, prepared.machine, plan), 200)
    floor = training_floor(prepared.shape, prepared.recipe, prepared.machine, plan)
    by_hand = _fastest(lambda: floor(t, p, d, v, batch, micro), 200)
    yield Measure(
        id="training-plans", what="training plans, in columns, one core", unit="M/s", value=COLUMN / engine / 1e6,
        budget=10.0, better="higher",
        note=f"{engine / by_hand:.2f} times the time of the same arithmetic written by hand in NumPy "
        f"({COLUMN / by_hand / 1e6:.1f} M/s); columns of {COLUMN:,} random plans",
    )  # fmt: skip


def _decode() -> Iterator[Measure]:
    import numpy as np  # noqa: PLC0415 - as above

    from ironlaw.estimate.serving_setup import serving_model  # noqa: PLC0415 - as above

    model = serving_model("llama-3-70b", "h100-sxm", ways=8, precision="fp8", batches=512)
    points = cycle([(batch, context) for batch in (1, 7, 64, 300) for context in (128.0, 2048.0, 8000.0)])
    seconds = _fastest(lambda: model.decode_time(*next(points)), 20_000)
    parts = _fastest(lambda: model.decode_step(*next(points)), 2_000)
    yield Measure(
        id="decode-scalar", what="one decode step", unit="µs", value=seconds * 1e6, budget=5.0,
        note=f"llama-3-70b in FP8 on 8 H100, prepared for batches up to 512; all its parts, worked out anew: {parts * 1e6:.1f} µs",
    )  # fmt: skip

    random = np.random.default_rng(SEED)
    columns: tuple[Any, Any] = random.integers(1, 512, POINTS), random.uniform(1, 8192, POINTS)
    batch, context = columns
    engine = _fastest(lambda: model.decode_time(batch, context), 500)
    whole: Any = np.arange(513)
    alone: Any = model.decode_time(whole, 0.0)
    each, buffer = model.cache_seconds, np.empty(POINTS)

    def by_hand() -> Any:
        np.multiply(batch, context, out=buffer)
        np.multiply(buffer, each, out=buffer)
        return np.add(buffer, alone.take(batch), out=buffer)

    if not np.allclose(by_hand(), model.decode_time(batch, context), rtol=1e-12):
        raise AssertionError("the floor must be the engine's own arithmetic")
    floor = _fastest(by_hand, 500)
    anew = _fastest(lambda: model.decode_step(batch, context).total, 20)
    yield Measure(
        id="decode-points", what="decode points, in columns, one core", unit="M/s", value=POINTS / engine / 1e6,
        budget=50.0, better="higher",
        note=f"{engine / floor:.2f} times the time of the same arithmetic written by hand in NumPy ({POINTS / floor / 1e6:.0f} M/s). "
        f"What depends on the whole batch alone comes from the plan's table; without it {POINTS / anew / 1e6:.1f} M/s",
    )  # fmt: skip


def _sweep() -> Iterator[Measure]:
    from ironlaw.estimate.sweep import sweep_training  # noqa: PLC0415 - as above

    grid: dict[str, Any] = {
        "count": "64:4096:+64",
        "tp": "1:8:x2",
        "pp": "1:16:+1",
        "micro_batch": "1:8:+1",
        "interleave": "1,2,4",
    }
    asked: dict[str, Any] = {"model": "llama-3-70b", "device": "h100-sxm", "global_batch": "512,1024,2048", "seq": 8192}
    found: list[Any] = []
    seconds = _fastest(lambda: found.append(sweep_training(**asked, **grid, tokens=1e12, rate="$2.50/h")), 1, 3)
    designs = found[0].designs
    yield Measure(
        id="sweep", what="designs of a sweep: time, memory, cost, limits, Pareto set", unit="M/s",
        value=designs / seconds / 1e6, better="higher", note=f"{designs:,} designs, {found[0].feasible:,} feasible",
    )  # fmt: skip


def _fastest(work: Callable[[], object], number: int, repeats: int = REPEATS) -> float:
    """Seconds of one call, in the fastest of some rounds; the first call, which loads and caches, is not counted."""
    work()
    return min(timeit.repeat(work, number=number, repeat=repeats)) / number
