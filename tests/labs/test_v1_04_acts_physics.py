"""v1_04, acts: the models against the same arithmetic by hand, their bounds, and the challenge by brute force."""

from __future__ import annotations

from itertools import product
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.labkit import challenge as ch
from ironlaw.labkit.evidence import Evidence
from ironlaw.labkit.spec import NumberControl, Settings
from ironlaw.labs.v1_04_data_gravity import feeding, gravity, personal
from ironlaw.labs.v1_04_data_gravity.act1 import act_1
from ironlaw.labs.v1_04_data_gravity.act2 import ACT_2

ACT_1 = act_1()
TB = 1e12
quick = settings(max_examples=30, deadline=None)


def at(act: Any, **change: Any) -> dict[str, Any]:
    return dict(act.model({**act.start(), **change}))


def panel(act: Any) -> st.SearchStrategy[Settings]:
    """Any place of the panel."""
    places = {
        control.id: st.sampled_from(
            control.ticks if isinstance(control, NumberControl) else [option.value for option in control.options]
        )
        for control in act.controls
    }
    return st.fixed_dictionaries(places)


# --- act I ------------------------------------------------------------------------------------------------------------


def test_a_hard_disk_seeks_for_every_file_and_once_for_a_shard() -> None:
    wait = 0.0085 + 0.5 * 60 / 7200
    file, shard = wait + 110e3 / 270e6, wait + 64e6 / 270e6
    assert at(ACT_1, storage=feeding.DISK)["storage_rate"] == pytest.approx(1 / file)
    assert at(ACT_1, storage=feeding.DISK, workers=8.0)["storage_rate"] == pytest.approx(1 / file)  # one arm
    assert at(ACT_1, storage=feeding.DISK, access="shards")["storage_rate"] == pytest.approx(64e6 / 110e3 / shard)


def test_flash_reads_side_by_side_up_to_its_bandwidth() -> None:
    one = 1 / (45e-6 + 110e3 / 7.45e9)
    assert at(ACT_1)["storage_rate"] == pytest.approx(one)
    assert at(ACT_1, workers=4.0)["storage_rate"] == pytest.approx(4 * one)
    assert at(ACT_1, workers=32.0)["storage_rate"] == pytest.approx(7.45e9 / 110e3)
    assert at(ACT_1, storage=feeding.SATA, workers=32.0)["storage_rate"] == pytest.approx(560e6 / 110e3)


def test_an_object_store_waits_for_first_bytes_and_for_the_network() -> None:
    store = {"storage": feeding.OBJECT, "workers": 8.0}
    assert at(ACT_1, **store)["storage_rate"] == pytest.approx(8 / (0.150 + 110e3 / 87.5e6))
    shards = 8 * 64e6 / (0.150 + 64e6 / 87.5e6)
    assert at(ACT_1, **store, access="shards")["storage_bandwidth"] == pytest.approx(shards)
    slow = at(ACT_1, **store, access="shards", network=1e9 / 8)
    assert slow["storage_bandwidth"] == pytest.approx(1e9 / 8 * 1448 / 1538)


def test_bytes_differ_by_stage() -> None:
    start = at(ACT_1)
    assert start["image"] == 110e3
    assert start["decoded_bytes"] == 224 * 224 * 3 == 150_528
    assert at(ACT_1, form="fp32")["decoded_bytes"] == 602_112
    assert start["link_rate"] == pytest.approx(31.5e9 * 0.875 / 150_528)
    assert at(ACT_1, form="fp32")["link_rate"] == pytest.approx(start["link_rate"] / 4)
    # Storage moves compressed bytes whatever the link moves, and the other way round.
    assert at(ACT_1, form="fp32")["storage_rate"] == start["storage_rate"]
    assert at(ACT_1, image=200e3)["link_rate"] == start["link_rate"]


def test_decoding_is_paid_by_the_core() -> None:
    probe = registry.get("probe-reference")
    core = probe["jpeg_decode"] * probe["jpeg_bytes"] / 110e3
    assert at(ACT_1, workers=6.0)["decode_rate"] == pytest.approx(6 * core)
    assert at(ACT_1, workers=0.0)["decode_rate"] == pytest.approx(core)  # the training process has a core too
    assert at(ACT_1, workers=6.0, decode="augmented")["decode_rate"] == pytest.approx(6 / (1 / core + 0.004))
    assert at(ACT_1, workers=6.0)["needed"] == -(-at(ACT_1)["gpu_rate"] // core)


@pytest.mark.parametrize(
    ("device", "gpus", "published"), [("a100-80gb-sxm", 1.0, 2470.0), ("v100-sxm", 1.0, 1200.0)]
)  # NVIDIA DeepLearningExamples, ResNet-50 v1.5, AMP: training_throughput.csv trai-072 and trai-076
def test_the_gpu_trains_what_was_published(device: str, gpus: float, published: float) -> None:
    assert at(ACT_1, device=device, gpus=gpus)["gpu_rate"] == pytest.approx(published, rel=0.10)


def test_the_gpu_is_not_counted_with_one_multiply_as_one_flop() -> None:
    """4.1 is GMAC: 24.6 GFLOP a training image, so even the dense peak of 312 TFLOP/s allows 12,700 images a second."""
    rate = at(ACT_1)["gpu_rate"]
    assert rate * 6 * 4.1e9 < 312e12
    assert rate * 6 * 4.1e9 > 0.1 * 312e12


def test_four_gpus_share_one_loader_and_a_batch_does_not_feed() -> None:
    start = at(ACT_1)
    for change in ({"gpus": 4.0}, {"batch": 1024.0}, {"storage": feeding.RAM}, {"model": "resnet-34"}):
        assert at(ACT_1, **change)["rate"] == pytest.approx(start["rate"], rel=0.01)
    assert at(ACT_1, gpus=4.0)["use"] == pytest.approx(start["use"] / 4, rel=0.05)


@quick
@given(panel(ACT_1))
def test_act_1_keeps_its_bounds(chosen: Settings) -> None:
    v: dict[str, Any] = ACT_1.model(chosen)
    slowest = min(v["storage_rate"], v["decode_rate"], v["link_rate"], v["gpu_rate"])
    assert 0 < v["rate"] <= v["gpu_rate"] * (1 + 1e-9)
    assert v["rate"] <= slowest * 1.25  # a run of some batches, queues filled before it
    assert v["law_rate"] <= slowest * (1 + 1e-9)
    assert v["use"] + v["tax"] == pytest.approx(1.0)
    assert v["use"] == pytest.approx(v["rate"] / v["gpu_rate"])
    assert v["tax"] >= v["tax_law"] - 0.2
    more = ACT_1.model({**chosen, "workers": 32.0})
    assert isinstance(more["rate"], float)
    assert more["rate"] >= v["rate"] * 0.95


def test_the_challenge_by_brute_force() -> None:
    """Every design, its bill by hand; the cheapest one that feeds the GPU is the one that the page finds."""
    monthly = {feeding.DISK: 12.0, feeding.SATA: 45.0, feeding.NVME: 90.0, feeding.OBJECT: 23.0, feeding.RAM: 3500.0}
    axes = {c.id: c for c in ACT_1.controls}
    workers, depths = axes["workers"], axes["prefetch"]
    assert isinstance(workers, NumberControl)
    assert isinstance(depths, NumberControl)
    found = []
    for tier, access, count, depth in product(monthly, ("files", "shards"), workers.ticks, depths.ticks):
        v = at(ACT_1, storage=tier, access=access, workers=count, prefetch=depth)
        if v["tax"] <= 0.10 and 10 * monthly[tier] <= 300:
            found.append((10 * monthly[tier] + 25 * count, tier, access))
    search = ch.search(ACT_1)
    assert search.feasible == len(found) > 0
    assert search.best_cost == pytest.approx(min(found)[0])
    assert {access for _, _, access in found} == {"shards"}  # on this budget nothing feeds from single files
    assert {tier for _, tier, _ in found} == {feeding.DISK, feeding.OBJECT}  # two tiers solve it


def test_the_learners_own_machine_enters_where_it_is_asked_for() -> None:
    machine = {"results": {"jpeg_decode": 1000.0}, "machine": {}}
    lab = personal(Evidence(machine=machine))
    assert lab is personal(Evidence(machine=dict(machine)))  # made once
    own, plain = lab.acts[0], ACT_1
    start = plain.start()
    assert own.start() == start
    assert own.model(start) == plain.model(start)
    scale = registry.get("probe-reference")["jpeg_bytes"] / 110e3
    assert at(own, decode="machine")["worker_rate"] == pytest.approx(1000.0 * scale)
    assert plain.model({**start, "decode": "machine"}) == plain.model(start)
    assert personal(Evidence()) is personal(Evidence(machine={"results": {}}))


# --- act II -----------------------------------------------------------------------------------------------------------


def test_fifty_terabytes_take_what_the_bits_say() -> None:
    start = at(ACT_2)
    assert start["size"] == 50 * TB
    assert start["transfer"] == pytest.approx(50 * TB * 8 / (100e9 * 0.5))
    assert at(ACT_2, line=1e9 / 8, share=1.0)["transfer"] == pytest.approx(400_000)


def test_two_egress_prices_and_their_tiers() -> None:
    start = at(ACT_2)
    assert start["inter"] == pytest.approx(50_000 * 0.02)
    assert start["internet"] == pytest.approx(10_000 * 0.09 + 40_000 * 0.085)
    assert start["egress"] == start["inter"]
    assert at(ACT_2, route=gravity.INTERNET)["egress"] == start["internet"]
    assert at(ACT_2, route=gravity.FREE)["egress"] == 0
    large = at(ACT_2, size=500 * TB)
    assert large["internet"] == pytest.approx(10_000 * 0.09 + 40_000 * 0.085 + 100_000 * 0.07 + 350_000 * 0.05)
    assert start["in_place"] == pytest.approx(6 * 32.77)
    assert at(ACT_2, runs=20.0)["in_place"] == pytest.approx(20 * 6 * 32.77)


def test_both_crossovers_are_where_the_curves_meet() -> None:
    start = at(ACT_2)
    assert start["time_size"] == pytest.approx(6 * 3600 * 6.25e9)
    assert at(ACT_2, size=start["time_size"])["transfer"] == pytest.approx(6 * 3600)
    assert gravity.size_for(6 * 32.77, gravity.INTER) == pytest.approx(6 * 32.77 / 0.02 * 1e9)


@quick
@given(st.floats(0, 1e6), st.sampled_from([gravity.INTER, gravity.INTERNET]))
def test_a_sum_buys_the_bytes_that_cost_it(cost: float, route: str) -> None:
    assert gravity.egress(gravity.size_for(cost, route), route) == pytest.approx(cost)
    assert gravity.size_for(cost, gravity.FREE) == inf


@quick
@given(panel(ACT_2))
def test_act_2_keeps_its_bounds(chosen: Settings) -> None:
    v: dict[str, Any] = ACT_2.model(chosen)
    assert v["payload"] <= chosen["line"]
    assert v["transfer"] >= v["size"] / chosen["line"] * (1 - 1e-12)
    assert v["internet"] >= v["inter"]
    assert v["gravity"] == pytest.approx(v["transfer"] / 21_600)
    assert (v["transfer"] > v["allowed"]) == (v["size"] > v["time_size"])
    assert v["premium"] * v["compute_time"] == pytest.approx(v["egress"])
