"""A sweep against the estimate of each of its designs, one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from ironlaw.estimate import estimate_training
from ironlaw.estimate.sweep import sweep_training
from ironlaw.physics import InputError
from ironlaw.registry import UnknownEntity

MODEL: dict[str, Any] = {"model": "llama-3-8b", "device": "h100-sxm"}
SIZE: dict[str, Any] = {"global_batch": 96, "seq": 4096}
GRID: dict[str, Any] = {
    "count": (8, 24, 32),
    "tp": (1, 2, 3, 8),
    "pp": (1, 2, 5),
    "micro_batch": (1, 4),
    "interleave": (1, 2),
    "recompute": ("none", "full"),
}
RUN = 1e11


def designs(**question: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The sweep, and each of its designs as it was written."""
    blocks: list[dict[str, Any]] = []
    found = sweep_training(**MODEL, **SIZE, **GRID, tokens=RUN, write=blocks.append, **question)
    lines = [
        dict(zip(block, cells, strict=True))
        for block in blocks
        for cells in zip(*map(np.ndarray.tolist, block.values()), strict=True)
    ]
    return found, lines


@pytest.fixture(scope="module")
def plain() -> tuple[Any, list[dict[str, Any]]]:
    return designs(rate="$2/h")


def test_every_design_is_there_once(plain: Any) -> None:
    found, lines = plain
    seen = [tuple(line[name] for name in GRID) for line in lines]
    assert sorted(seen) == sorted(itertools.product(*GRID.values()))
    assert found.designs == len(lines)
    assert sum(found.binding.values()) == len(lines)
    assert found.feasible == sum(line["feasible"] for line in lines)


def test_a_design_has_the_figures_of_its_own_estimate(plain: Any) -> None:
    kinds = set()
    for line in plain[1]:
        asked = {name: line[name] for name in GRID}
        kinds.add(line["binding"])
        try:
            alone = estimate_training(**MODEL, **SIZE, **asked, tokens=RUN, rate="$2/h")
        except InputError:
            assert line["binding"] == "layout", asked
            assert np.isnan(line["step_time"])
            assert np.isnan(line["memory"])
            continue
        assert line["binding"] == "memory", asked
        assert line["memory"] == pytest.approx(alone.stacks[-1].total)
        assert line["feasible"] == alone.feasible, asked
        if not alone.feasible:
            assert np.isnan(line["step_time"])
            assert line["slack"] < 0
            continue
        assert line["slack"] >= 0
        for ours, theirs in (("step_time", "step_time"), ("mfu", "mfu"), ("run_time", "run_time"), ("cost", "cost"),
                             ("tokens_per_second", "tokens_per_second"), ("energy", "energy")):  # fmt: skip
            assert line[ours] == pytest.approx(alone[theirs]), (ours, asked)
    assert kinds == {"layout", "memory"}


def test_the_pareto_set_and_the_best_are_those_of_brute_force(plain: Any) -> None:
    found, lines = plain
    runs = [line for line in lines if line["feasible"]]
    for mine in found.pareto:
        assert not any(
            other["cost"] <= mine["cost"]
            and other["run_time"] <= mine["run_time"]
            and (other["cost"], other["run_time"]) != (mine["cost"], mine["run_time"])
            for other in runs
        )
    fronts = {(line["cost"], line["run_time"]) for line in found.pareto}
    for line in runs:
        assert any(cost <= line["cost"] and time <= line["run_time"] for cost, time in fronts)
    assert found.best["cost"] == min(line["cost"] for line in runs)


def test_the_cheapest_that_finishes_in_time(plain: Any) -> None:
    runs = [line for line in plain[1] if line["feasible"]]
    deadline = sorted(line["run_time"] for line in runs)[len(runs) // 3]
    found, lines = designs(rate="$2/h", within={"run_time": deadline})
    in_time = [line for line in runs if line["run_time"] <= deadline]
    assert found.feasible == len(in_time)
    assert found.best["cost"] == min(line["cost"] for line in in_time)
    late = [line for line in lines if line["binding"] == "run_time" and not line["feasible"]]
    assert len(late) + len(in_time) == len(runs)
    for line in late:
        assert line["slack"] == pytest.approx(1 - line["run_time"] / deadline)


def test_no_design_may_be_feasible() -> None:
    found = sweep_training(model="llama-3-405b", device="h100-sxm", count=8, **SIZE, tokens=RUN, minimise=("run_time",))
    assert (found.designs, found.feasible, found.best, found.pareto) == (2, 0, None, [])


def test_more_is_better_where_it_is() -> None:
    found = sweep_training(**MODEL, **SIZE, count="8:32:x2", recompute="full", tokens=RUN, minimise=("mfu",))
    assert found.best is not None
    assert found.best["count"] == 8  # the fewest replicas to wait for


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"count": "0:8:+8"}, "count must be a whole number of at least 1"),
        ({"count": "8.5"}, "count must be a whole number"),
        ({"tp": "many"}, "tp must be a number"),
        ({"zero": "4"}, "zero must be one of 0, 1, 2, 3, got '4'"),
        ({"recompute": "some"}, "recompute must be one of none, selective, .*full, got 'some'"),
        ({"tokens": float("nan")}, "tokens must be finite"),
        ({"rate": "$2/B"}, "rate must be an amount"),
        ({"within": {"speed": 1}}, "within must limit one of run_time"),
        ({"within": {"run_time": "-3 days"}}, "within run_time must be"),
        ({"within": {"cost": 1e6}, "device": "a100-80gb-sxm"}, "rate must be given"),
        ({"minimise": ("beauty",)}, "minimise must name figures"),
        ({"colour": "red"}, "colour must be an axis"),
        ({"minimise": ("cost",), "device": "h100-sxm,a100-80gb-sxm"}, "rate must be given"),
    ],
)
def test_bad_questions_are_refused_by_name(wrong: dict[str, Any], told: str) -> None:
    question: dict[str, Any] = {**MODEL, **SIZE, "count": 8, "tokens": RUN, "minimise": ("run_time",)} | wrong
    with pytest.raises(InputError, match=f"^{told}"):
        sweep_training(**question)


def test_a_missing_axis_and_an_unknown_name_are_told() -> None:
    with pytest.raises(InputError, match=r"^seq must be given$"):
        sweep_training(**MODEL, global_batch=8, count=8, tokens=RUN, minimise=("run_time",))
    with pytest.raises(UnknownEntity, match="llama-3-8b"):
        sweep_training(model="llama-3-8", device="h100-sxm", **SIZE, count=8, tokens=RUN, minimise=("run_time",))


def test_each_device_has_its_own_usual_price() -> None:
    found = sweep_training(
        model="llama-3-8b", device="h100-sxm,a100-40gb-sxm", **SIZE, count=64, tp=2, recompute="full", tokens=RUN
    )
    assert found.objectives == ("cost", "run_time")
    for name in ("h100-sxm", "a100-40gb-sxm"):
        alone = estimate_training(model="llama-3-8b", device=name, **SIZE, count=64, tp=2, recompute="full", tokens=RUN)
        swept = sweep_training(model="llama-3-8b", device=name, **SIZE, count=64, tp=2, recompute="full", tokens=RUN)
        assert swept.best is not None
        assert swept.best["cost"] == pytest.approx(alone["cost"])
    without = sweep_training(model="llama-3-8b", device="h100-sxm,a100-80gb-sxm", **SIZE, count=64, tokens=RUN)
    assert without.objectives == ("count", "run_time")
    assert without.best is not None
    assert "cost" not in without.best
