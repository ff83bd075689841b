"""The question "how often should this job save?": figures, intervals, sources, refusals."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from ironlaw.estimate import checkpoint as module
from ironlaw.estimate.checkpoint import (
    PARAMETERS,
    checkpoint_plan,
    count_range,
    estimate_checkpoint,
    fleet_rate,
)
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.physics.checkpoint import goodput
from ironlaw.registry import UnknownNameError, get

HOUR = 3600.0
LLAMA = {"model": "llama-3-405b", "count": 16_384, "storage": "meta-tectonic-llama-3"}


def test_llama_3_on_its_own_cluster() -> None:
    plan = estimate_checkpoint(**LLAMA)  # type: ignore[arg-type]
    assert plan["size"] == pytest.approx(12 * get("llama-3-405b")["parameters"])
    assert plan["write"] == pytest.approx(plan["size"] / 2e12)
    assert plan["mtbf"] == pytest.approx(3.09 * HOUR, rel=0.05)  # the paper's own, from two other clusters
    assert 0.9 < plan["goodput"] < 0.95  # "higher than 90 %"
    found = plan.figure("goodput")
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high <= 1
    assert plan["lost_devices"] == pytest.approx(16_384 * (1 - plan["goodput"]))


def test_known_error_one_mtbf_for_the_whole_plan() -> None:
    plan = estimate_checkpoint(model="llama-3-70b", count=1_000, bandwidth="2 GB/s", mtbf="50,000 h", restart="5 min")
    assert plan["mtbf"] == pytest.approx(50 * HOUR)
    assert plan["goodput"] == pytest.approx(goodput(plan["interval"], plan["write"], 300.0, 50 * HOUR))
    assert plan.figure("goodput").low is None  # everything was given: a closed form
    assert plan["young_interval"] == pytest.approx(math.sqrt(2 * plan["write"] * 50 * HOUR))


def test_every_figure_with_an_equation_follows_from_its_arguments() -> None:
    for plan in (estimate_checkpoint(**LLAMA), estimate_checkpoint(**LLAMA, snapshot="1 s", interval="10 min")):  # type: ignore[arg-type]
        for figure in plan.figures:
            if figure.equation:
                assert figure.arguments is not None
                assert EQUATIONS[figure.equation].evaluate(**figure.arguments) == pytest.approx(figure.value), figure.id
        for given in plan.givens:
            assert given.source
            assert given.text


def test_directions() -> None:
    """More devices, slower storage and longer restarts never help; writing in the background never hurts."""
    base = estimate_checkpoint(**LLAMA)["goodput"]  # type: ignore[arg-type]
    assert estimate_checkpoint(**LLAMA | {"count": 32_768})["goodput"] < base  # type: ignore[arg-type]
    assert estimate_checkpoint(**LLAMA, restart="1 h")["goodput"] < base  # type: ignore[arg-type]
    assert estimate_checkpoint(model="llama-3-405b", count=16_384, bandwidth="0.2 TB/s")["goodput"] < base
    assert estimate_checkpoint(**LLAMA, node_bandwidth="0.1 GB/s")["write"] > estimate_checkpoint(**LLAMA)["write"]  # type: ignore[arg-type]
    slow = {"model": "llama-3-405b", "count": 16_384, "bandwidth": "100 GB/s", "restart": 60.0}
    assert estimate_checkpoint(**slow, snapshot="2 s")["goodput"] > estimate_checkpoint(**slow)["goodput"]  # type: ignore[arg-type]


def test_the_chosen_interval_is_never_better_than_the_best() -> None:
    best = estimate_checkpoint(**LLAMA)  # type: ignore[arg-type]
    for factor in (0.25, 0.5, 2.0, 8.0):
        other = estimate_checkpoint(**LLAMA, interval=factor * best["best_interval"])  # type: ignore[arg-type]
        assert other["goodput"] < best["goodput"]
        assert other["best_interval"] == best["best_interval"]


def test_a_job_that_fails_faster_than_it_saves_has_reasons_and_no_figures() -> None:
    plan = estimate_checkpoint(model="gpt-3-175b", count=100_000, bandwidth="1 Gb/s")
    assert not plan.feasible
    assert not plan.figures
    assert "a failure every" in plan.reasons[0]
    assert plan.to_json()["feasible"] is False


def test_published_fleets_and_their_spread() -> None:
    rate = fleet_rate()
    assert 1e3 * 86_400 / rate.node_mtbf == pytest.approx(math.sqrt(6.5 * 2.34), rel=1e-3)
    assert rate.between == pytest.approx(math.log(6.5 / 2.34) / math.sqrt(2), rel=1e-3)
    low, high = count_range(100.0)
    assert low < 100 < high
    assert low * high == pytest.approx(100.0**2)
    assert count_range(100.0, 0.0)[1] < high  # chance alone is narrower
    # A larger node holds more parts, so it fails more often; one device's rate is the same.
    sixteen = estimate_checkpoint(**LLAMA, devices_per_node=16)  # type: ignore[arg-type]
    assert sixteen["mtbf"] == pytest.approx(estimate_checkpoint(**LLAMA)["mtbf"])  # type: ignore[arg-type]
    own = estimate_checkpoint(**LLAMA, fleet="meta-llama-3")  # type: ignore[arg-type]
    assert own["mtbf"] == pytest.approx(3.09 * HOUR, rel=2e-3)
    resized = estimate_checkpoint(**LLAMA, fleet="meta-llama-3", devices_per_node=4)  # type: ignore[arg-type]
    assert resized["mtbf"] == pytest.approx(own["mtbf"])


def test_arrays_give_the_scalars() -> None:
    bandwidths = np.array([1e9, 1e11, 1e12])
    plans = checkpoint_plan(4.86e12, bandwidths, 11_124.0, 750.0)  # type: ignore[arg-type]
    for index, bandwidth in enumerate(bandwidths.tolist()):
        one = checkpoint_plan(4.86e12, bandwidth, 11_124.0, 750.0)
        for whole, part in zip(plans, one, strict=True):
            assert whole[index] == pytest.approx(part)  # type: ignore[index]


def test_a_node_sends_through_a_port_of_each_device_unless_more_is_known() -> None:
    plan = estimate_checkpoint(model="llama-3-405b", count=64, bandwidth="20 TB/s", devices_per_node=4)
    port = get("infiniband-ndr")["bandwidth"]
    assert plan["write"] == pytest.approx(plan["size"] / (16 * 4 * port)) == plan["size"] / 3.2e12 or port != 50e9
    given = {given.id: given for given in plan.givens}["node_bandwidth"]
    assert given.value == 4 * port
    assert get("infiniband-ndr").field("bandwidth").source in given.source
    assert any("node_bandwidth gives its own" in note for note in plan.notes)
    asked = estimate_checkpoint(model="llama-3-405b", count=8, bandwidth="2 TB/s", node_bandwidth="10 GB/s")
    assert asked["write"] == pytest.approx(asked["size"] / 10e9)
    assert not asked.notes


def test_what_stands_in_place_of_another_is_not_given_with_it() -> None:
    with pytest.raises(InputError, match=r"^bandwidth must be left out where storage is given"):
        estimate_checkpoint(**LLAMA, bandwidth="1 GB/s")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^mtbf must be left out where fleet is given"):
        estimate_checkpoint(**LLAMA, mtbf="9,000 h", fleet="meta-rsc-1")  # type: ignore[arg-type]


def test_bad_input_names_field_and_choice() -> None:
    with pytest.raises(InputError, match=r"^bandwidth must be a rate, or storage one of .*tectonic"):
        estimate_checkpoint(model="llama-3-8b", count=8)
    with pytest.raises(InputError, match=r"^bandwidth must be an amount like '10 Gb/s', got '3 apples'"):
        estimate_checkpoint(model="llama-3-8b", count=8, bandwidth="3 apples")
    with pytest.raises(InputError, match=r"^mtbf must be an amount like '50,000 h', got '5 GB', which is no time"):
        estimate_checkpoint(model="llama-3-8b", count=8, bandwidth="1 GB/s", mtbf="5 GB")
    for field, value in (
        ("count", 0),
        ("restart", -1.0),
        ("interval", 0.0),
        ("bandwidth", math.nan),
        ("snapshot", 0.0),
    ):
        with pytest.raises(InputError, match=rf"^{field} must be "):
            estimate_checkpoint(**{"model": "llama-3-8b", "count": 8, "bandwidth": 1e9, field: value})  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="ssd-980-pro"):
        estimate_checkpoint(model="llama-3-8b", count=8, storage="ssd-980")
    with pytest.raises(UnknownNameError, match="llama"):
        estimate_checkpoint(model="llama-9", count=8, bandwidth=1e9)


def test_each_parameter_has_its_help() -> None:
    assert list(PARAMETERS) == list(inspect.signature(estimate_checkpoint).parameters)
    assert module.FLEETS
