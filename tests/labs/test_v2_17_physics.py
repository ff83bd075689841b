"""v2_17, act II: the model's numbers against an oracle that shares none of its functions, bounds and published figures."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ironlaw import registry
from ironlaw.labs.v2_17_constraints_never_lie import LAB, architecture, steps, sweep, terms
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie.backbones import FAMILY, by_id
from ironlaw.physics import gaussian_privacy, privacy
from ironlaw.simulate import queue

from . import v2_17_oracle as oracle

ACT = LAB.acts[1]


def at(**change: Any) -> Any:
    return ACT.model({**architecture.START, **change})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"backbone": "giant", "strategy": "three", "flexible": 0.6, "grid": "mixed"},
        {"backbone": "colossal", "epsilon": 0.37, "weight": 0.55, "spare": 0.07, "zones": 4.0, "retrains": 1.0},
        {"backbone": "huge", "strategy": "tensor", "interval": 500.0, "weight": 0.0, "epsilon": 4.0, "retrains": 3.0},
    ],
)
def test_every_limit_quantity_is_what_the_oracle_computes(change: dict[str, Any]) -> None:
    s: Any = {**architecture.START, **change}
    values, learnt = at(**change), (s["backbone"], s["epsilon"], s["weight"], s["retrains"])
    run = oracle.seconds(s["backbone"], s["weight"], s["strategy"], s["interval"])
    assert values["error"] == pytest.approx(oracle.wrong(*learnt), rel=1e-9)
    assert values["robust"] == pytest.approx(oracle.right_under_attack(*learnt), rel=1e-9)
    assert values["spent"] == pytest.approx(oracle.spent(s["epsilon"], s["retrains"]), rel=1e-6)
    assert values["p99"] == pytest.approx(oracle.p99(s["backbone"], s["spare"]), rel=1e-9)
    assert values["down"] == pytest.approx(oracle.down(s["backbone"], s["spare"], int(s["zones"])), rel=1e-6)
    grams = sc.GRIDS[s["grid"]]
    emitted = oracle.emitted(s["backbone"], run, s["retrains"], s["flexible"], s["spare"], grams)
    assert values["carbon"] == pytest.approx(emitted, rel=1e-9)
    trainers = run / (14 * 86_400) * (1 + s["flexible"])
    assert values["fleet"] == pytest.approx(trainers + 10 * oracle.pool(s["backbone"], s["spare"])[1], rel=1e-9)
    assert values["carbon_most"] == pytest.approx(oracle.allowance(), rel=1e-9)


@pytest.mark.parametrize(("backbone", "published"), [("base", "vit-b-16"), ("large", "vit-l-16"), ("huge", "vit-h-14")])
def test_the_family_has_the_published_sizes(backbone: str, published: str) -> None:
    """Patches of 16 make 197 tokens; patches, positions and biases are what is left of the parameters."""
    entity = registry.get(published)
    assert 0.975 < by_id(backbone).parameters / entity["parameters"] < 1
    tokens = 257 if published.endswith("14") else 197
    shape = by_id(backbone)
    macs = shape.parameters * tokens + 2 * shape.layers * shape.width * tokens**2
    assert macs == pytest.approx(entity["macs"], rel=0.02)


def test_the_fastest_image_is_no_faster_than_the_arithmetic_roof() -> None:
    chip = registry.get("h100-sxm")
    for each in FAMILY:
        seconds = at(backbone=each.id)["service"]
        assert seconds > sc.TILES * each.tile_flops / chip["peak_bf16"]
        assert seconds < 2 * sc.TILES * each.tile_flops / chip["peak_bf16"]


def test_the_tail_is_an_upper_estimate_of_a_simulated_queue() -> None:
    """The pool of the largest backbone without spares: the simulated P99 lies below the model's, and not far."""
    served, pool = terms.served("colossal", 0.0), terms.replicas("colossal", 0.0)
    run = queue.simulate_queue(
        terms.peak_rate(),
        served.service,
        pool,
        family="lognormal",
        variation=sc.SIZE_VARIATION,
        requests=60_000,
        seed=17,
    )
    simulated = sorted(run.responses)[int(0.99 * len(run.responses))] + sc.ROUND_TRIP
    assert 0.75 * served.p99 < simulated < served.p99


def test_budgets_compose_between_nothing_and_their_sum() -> None:
    for epsilon in (0.1, 0.5, 1.0, 4.0):
        for runs in (1, 2, 3, 4):
            together = gaussian_privacy.epsilon_of_runs(epsilon, runs, 1e-11)
            assert epsilon <= together <= privacy.dp_basic_composition(runs, epsilon)
        # What adds up is the noise: k runs at √k times the noise spend what one does.
        noise = gaussian_privacy.noise_for(epsilon, 1e-11)
        assert privacy.gaussian_delta(epsilon, noise) == pytest.approx(1e-11, rel=1e-6)
        assert gaussian_privacy.epsilon_of(noise, 1e-11) == pytest.approx(epsilon, rel=1e-9)


def test_the_published_ends_of_the_shapes_are_met() -> None:
    """Plain training at the pilot's ε is the pilot; every tile attacked is the published row."""
    pilot = terms.error("base", sc.REFERENCE_EPSILON, 0.0, 1e12)
    assert pilot.middle == pytest.approx(sc.PILOT_ERROR)
    row, plain = registry.get(sc.HARDENED), registry.get(sc.PLAIN)
    assert terms.attack_factor(1.0) == pytest.approx((1 - row["accuracy"]) / (1 - plain["accuracy"]))
    assert terms.kept(1.0) == pytest.approx(row["robust_accuracy"] / row["accuracy"])
    assert terms.kept(0.0) == 0.0  # a plainly trained network has nothing left under the attack: published as 0.00 %
    for low, middle, high in (sc.privacy_slopes(), sc.attack_factors(), sc.kept_shares()):
        assert low < middle < high


def test_intervals_hold_their_middle_and_stay_shares() -> None:
    for backbone in sweep.BACKBONES:
        for epsilon in (0.1, 8.0 / 3, 4.0):
            for weight in (0.0, 0.5, 1.0):
                values = at(backbone=backbone, epsilon=epsilon, weight=weight)
                assert 0 <= values["accuracy_low"] <= values["accuracy"] <= values["accuracy_high"] <= 1
                assert 0 <= values["robust_low"] <= values["robust"] <= values["robust_high"] <= values["accuracy_high"]


def test_each_quantity_moves_the_way_it_must() -> None:
    def rising(output: str, control: str, **base: Any) -> bool:
        found = [at(**base, **{control: place})[output] for place in steps.AXES[control]]
        return all(one <= two + 1e-12 for one, two in pairwise(found))

    def falling(output: str, control: str, **base: Any) -> bool:
        found = [at(**base, **{control: place})[output] for place in steps.AXES[control]]
        return all(one >= two - 1e-12 for one, two in pairwise(found))

    assert falling("error", "backbone")
    assert falling("error", "epsilon")
    assert rising("error", "weight")
    assert falling("error", "retrains")
    assert rising("spent", "epsilon")
    assert rising("spent", "retrains")
    assert rising("p99", "backbone", spare=0.5)
    assert falling("p99", "spare", backbone="colossal")
    assert rising("carbon", "retrains")
    assert falling("carbon", "flexible")
    assert rising("fleet", "flexible")
    assert rising("fleet", "weight")
    assert at(grid="mixed")["carbon"] > at()["carbon"]


def test_zones_without_spares_make_it_worse_and_a_pool_that_outlives_a_zone_is_up() -> None:
    for backbone in sweep.BACKBONES:
        few = at(backbone=backbone, zones=1.0, spare=0.0)
        many = at(backbone=backbone, zones=3.0, spare=0.0)
        assert many["uptime"] < few["uptime"] < sc.UPTIME
        for spare in sweep.SPARES:
            for zones in sweep.ZONES[1:]:
                values = at(backbone=backbone, spare=spare, zones=zones)
                if values["left"] > values["needed"]:
                    assert values["uptime"] >= sc.UPTIME
                if values["left"] < values["needed"]:
                    assert values["uptime"] < sc.UPTIME


def test_the_strategies_trade_exchange_for_bubbles_and_the_order_depends_on_the_work() -> None:
    light, heavy = (
        {name: terms.step("colossal", weight, name).efficiency for name in terms.STRATEGIES} for weight in (0.0, 1.0)
    )
    assert light["three"] > light["data"]  # little work a gradient: the exchange is what costs
    assert heavy["data"] > heavy["three"]  # much work a gradient: sharing layers is what costs
    assert all(0 < share < 1 for share in (*light.values(), *heavy.values()))


def test_the_best_interval_is_youngs() -> None:
    kept = {interval: terms.kept_time("colossal", interval) for interval in sweep.INTERVALS}
    young = (2 * terms.write_time("colossal") * terms.fleet_mtbf()) ** 0.5
    best = max(kept, key=lambda interval: kept[interval])
    assert min(sweep.INTERVALS, key=lambda interval: abs(interval - young)) == best
    assert all(0 < share < 1 for share in kept.values())
