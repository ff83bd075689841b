"""Known errors that rest on data: what the registry's devices, drives and papers give in the place of a wrong figure.

The map from every known error to its tests stands in tests/physics/test_known_errors.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from ironlaw import registry
from ironlaw.estimate import estimate_serving, estimate_training
from ironlaw.estimate.checkpoint import estimate_checkpoint
from ironlaw.estimate.memory import serving_memory
from ironlaw.physics import InputError
from ironlaw.physics.cnn import count, image_training_flops, resnet
from ironlaw.physics.compression import sparse_bits_per_weight
from ironlaw.physics.datapipeline import data_stall, image_bytes, pipeline_rate, stage_rate_bytes, stage_rate_workers
from ironlaw.physics.inference import stream_time
from ironlaw.physics.quantised import weight_bytes
from ironlaw.physics.roofline import Operator, gemm_bytes, gemm_flops, model_roofline
from ironlaw.physics.step import compute_time, mfu
from ironlaw.physics.storage import access_time, device_throughput, request_rate, rotational_latency

JPEG = 110e3  # bytes of an ImageNet picture as stored, mean
RESNET_50 = (3, 4, 6, 3)
A100 = registry.get("a100-80gb-sxm")
ONE_GPU = registry.get("resnet-50-a100-1")["samples_per_second"]
EIGHT_GPUS = registry.get("resnet-50-a100-8")["samples_per_second"]


# --- feeding images ---------------------------------------------------------------------------------------------------


def disk_rate(size: float, *, scattered: bool) -> float:
    """Samples a second of the registry's hard disk, read one by one at random places or in one sweep."""
    disk = registry.get("hdd-exos-x18")
    if not scattered:
        return stage_rate_bytes(disk["read_bandwidth"], size)
    turn = rotational_latency(disk["turns_per_minute"])
    one = request_rate(1, access_time(disk["latency"], turn, size, disk["read_bandwidth"]))
    return stage_rate_bytes(device_throughput(one, size, disk["read_bandwidth"]), size)


def test_how_busy_a_gpu_is_depends_on_how_the_disk_is_read() -> None:
    """V1-04 I: 23 % on the disk and 78 % on NVMe. It is 3 %, or 99 % from large files, and 100 % on any NVMe drive."""
    scattered = 1 - data_stall(disk_rate(JPEG, scattered=True), ONE_GPU)
    swept = 1 - data_stall(disk_rate(JPEG, scattered=False), ONE_GPU)
    assert scattered == pytest.approx(0.031, abs=2e-3)
    assert swept == pytest.approx(0.99, abs=0.01)
    for drive in ("ssd-970-evo-plus", "ssd-980-pro", "ssd-9100-pro"):
        assert data_stall(stage_rate_bytes(registry.get(drive)["read_bandwidth"], JPEG), EIGHT_GPUS) == 0
    # Decoded sizes belong to the link and not to the drive: as FP32 the sweep would feed a fifth of the GPU.
    wide = image_bytes(224, 224, 3, 4)
    assert 1 - data_stall(disk_rate(wide, scattered=False), ONE_GPU) == pytest.approx(0.18, abs=0.01)
    link = registry.get("pcie-gen4-x16")["bandwidth"]
    assert stage_rate_bytes(link, wide) > 3 * EIGHT_GPUS


def test_a_feeding_tax_below_a_tenth_can_be_reached_and_missed() -> None:
    """V1-04 I: the best tier had a tax of 13.8 % under a limit of 10 %. A search over drives and workers finds both."""
    link = stage_rate_bytes(registry.get("pcie-gen4-x16")["bandwidth"], image_bytes(224, 224, 3, 1))
    storages = [found for found in registry.every("storage") if "read_bandwidth" in found]
    taxes = {}
    for storage, workers in product(storages, (8, 32, 64, 128, 192)):
        read = stage_rate_bytes(storage["read_bandwidth"], JPEG)
        if "requests_per_second" in storage:  # a JPEG is one request
            read = min(read, storage["requests_per_second"])
        decoded = stage_rate_workers(workers, 100.0)  # images a second of a core
        taxes[storage.id, workers] = data_stall(pipeline_rate(read, link, decoded, link), EIGHT_GPUS)
    feasible = {design for design, tax in taxes.items() if tax < 0.1}
    assert ("ssd-970-evo-plus", 192) in feasible
    assert ("ssd-970-evo-plus", 128) not in feasible  # decoding is the slowest stage
    assert not any(storage == "hdd-exos-x18" for storage, _ in feasible)
    assert 0 < len(feasible) < len(taxes) / 2


# --- arithmetic of an image -------------------------------------------------------------------------------------------


def test_a_batch_of_64_images_takes_26_ms_and_not_0_84() -> None:
    """V1-04 I: 4.1 G are multiply-accumulates of the forward pass, at all of a peak that nobody reaches."""
    macs, peak = registry.get("resnet-50")["macs"], A100["peak_fp16"]
    flops = image_training_flops(macs, 64)
    assert compute_time(flops, peak, 1.0) == pytest.approx(5.05e-3, rel=2e-3)  # six times 0.84 ms, at all of the peak
    assert compute_time(flops / 6, peak, 1.0) == pytest.approx(0.84e-3, rel=2e-3)  # MACs taken for FLOP, forward only
    measured = 64 / ONE_GPU
    assert measured == pytest.approx(25.9e-3, rel=2e-3)
    assert mfu(flops, measured, peak) == pytest.approx(0.195, abs=1e-3)
    assert 1_000 < EIGHT_GPUS / 8 < ONE_GPU < 5_000  # "a few thousand images a second"
    with pytest.raises(InputError):
        mfu(flops, 0.84e-3, peak)  # no training step can be that fast


def test_312_is_no_fp32_peak() -> None:
    """V1-04 I: 312 TFLOP/s are FP16 or BF16 on tensor cores, dense. What was measured is impossible in plain FP32."""
    assert (A100["peak_fp32"], A100["peak_tf32"]) == (19.5e12, 156e12)
    assert A100["peak_fp16"] == A100["peak_bf16"] == 312e12 == A100["peak_fp16_sparse"] / 2
    assert image_training_flops(registry.get("resnet-50")["macs"], ONE_GPU) > A100["peak_fp32"]


def passes(batch: int) -> Iterator[Operator]:
    """The products of one forward pass of ResNet-50 in 16 bit."""
    for layer in resnet(RESNET_50):
        rows, depth = batch * layer.size**2, layer.channels_in * max(layer.kernel, 1) ** 2
        moved = gemm_bytes(rows, layer.channels_out, depth)
        yield Operator("product", gemm_flops(rows, layer.channels_out, depth), moved, layer.times)


def test_an_image_is_one_pass_and_not_fifty() -> None:
    """V2-17 II timed an image as 50 decoded tokens: fifty readings of the weights, 1.25 ms, whatever the batch."""
    network = count(resnet(RESNET_50))
    fifty = 50 * stream_time(weight_bytes(network.parameters, 16), A100["memory_bandwidth"], 1.0)
    assert fifty == pytest.approx(1.25e-3, rel=0.01)
    times = {n: model_roofline(passes(n), A100["peak_fp16"], A100["memory_bandwidth"]).time for n in (1, 64)}
    for batch, time in times.items():
        assert time >= compute_time(2 * network.macs * batch, A100["peak_fp16"], 1.0)
    assert times[1] < fifty / 10  # an upper bound of the speed: operators moved once, launched for nothing
    assert times[64] > fifty  # and a batch is no longer the reading of weights: it grows with the images
    assert times[64] > 30 * times[1]


# --- scale ------------------------------------------------------------------------------------------------------------


def worth_of_1024(network: str, ports: float) -> float:
    """Throughput of 1,024 H100 that train 7B, as a multiple of one GPU's share of a node."""
    rates = [
        estimate_training(
            model="llama-2-7b",
            device="h100-sxm",
            count=devices,
            global_batch=4 * devices,
            seq=4096,
            recompute="full",
            network=network,
            ports=ports,
        )["tokens_per_second"]
        for devices in (8, 1_024)
    ]
    return 8 * rates[1] / rates[0]


def test_a_thousand_gpus_are_worth_what_their_network_makes_of_them() -> None:
    """V2-01 I: "200 to 400 times" was what the slider "efficiency" said. Here it follows from ports and bytes."""
    well = worth_of_1024("infiniband-ndr", 1.0)  # a port a GPU
    shared = worth_of_1024("infiniband-ndr", 1 / 8)  # one a node
    slow = worth_of_1024("ethernet-100g", 1 / 8)
    thin = worth_of_1024("ethernet-25g", 1 / 8)
    assert 1_024 >= well > 900
    assert all(better > worse for better, worse in pairwise((well, shared, slow, thin)))
    assert thin < 200
    assert not [name for name in inspect.signature(estimate_training).parameters if "efficiency" in name]


def test_large_runs_keep_what_was_published() -> None:
    """V2-01 I: 38 to 43 % of the peak on 8,192 and 16,384 H100 (Llama 3), over 50 % on 12,288 A100 (MegaScale).

    Llama 3's own plan recomputed nothing; by count it is some per cent too large, so norms and gates are made again here.
    """
    llama = {"model": "llama-3-405b", "device": "h100-sxm", "tp": 8, "pp": 16, "interleave": 4, "seq": 8192}
    used = [
        estimate_training(**llama, count=devices, global_batch=2048, recompute="light")["mfu"]  # type: ignore[arg-type]
        for devices in (8_192, 16_384)
    ]
    assert used == pytest.approx([0.43, 0.41], rel=0.15)
    assert used[1] > 0.8 * used[0]
    mega = {"model": "megascale-175b", "device": "a100-80gb-sxm", "tp": 8, "pp": 8, "interleave": 6, "seq": 2048}
    far = estimate_training(**mega, count=12_288, global_batch=6144, software="megascale")["mfu"]  # type: ignore[arg-type]
    assert far > 0.5
    assert far == pytest.approx(0.552, rel=0.1)


def test_70b_in_16_bit_needs_two_gpus_and_eight_serve_ten_long_requests() -> None:
    """140 GB do not fit 80. At 128K eight GPUs have room for 11 caches, bare; the runtime's own share leaves 10."""
    served = {"model": "llama-2-70b", "device": "h100-sxm", "precision": "fp16"}
    assert not estimate_serving(**served, tp=1).feasible  # type: ignore[arg-type]
    node = estimate_serving(**served, tp=8, prompt=131_072 - 256, output=256)  # type: ignore[arg-type]
    bare = serving_memory("llama-2-70b", stored="fp16", sequence=131_072)
    assert (8 * registry.get("h100-sxm")["memory_capacity"] - bare.weights) // bare.cache == 11
    assert 10 <= node["largest_batch"] <= 11
    assert node["kv_bytes_per_token"] * 131_072 == bare.cache == pytest.approx(42.9e9, rel=2e-3)  # 344 GB with 64 heads


def test_every_figure_of_a_plan_has_the_same_mtbf() -> None:
    """One lab had two: intervals of 35 and 27 minutes. Whatever is computed from failures takes the job's one MTBF."""
    plan = estimate_checkpoint(model="llama-3-70b", count=1_000, bandwidth="20 GB/s", mtbf="50,000 h", restart="5 min")
    figures = [figure for figure in plan.figures if figure.arguments and "mtbf" in figure.arguments]
    of_the_job = [figure for figure in figures if figure.id != "mtbf"]  # which itself follows from a node's
    assert len(of_the_job) >= 2
    for figure in of_the_job:
        assert figure.arguments is not None
        assert figure.arguments["mtbf"] == plan["mtbf"] == pytest.approx(50 * 3600.0)


# --- published curves in the place of invented ones -------------------------------------------------------------------

CIFAR = [found for found in registry.every("result") if "cifar10" in found.id and "accuracy" in found]


def test_privacy_costs_no_constant_over_epsilon() -> None:
    """V2-17 II: a penalty of 0.05/ε. From ε = 1 to 8 it would win back 4.4 points; De et al. 2022 won 24.6."""
    at = {budget: registry.get(f"dp-sgd-cifar10-de-2022-eps{budget}")["accuracy"] for budget in (1, 2, 4, 6, 8)}
    for low, high in pairwise(at):
        assert at[high] - at[low] > 2 * 0.05 * (1 / low - 1 / high)
    plain = registry.get("standard-cifar10-wrn-28-10")["accuracy"]
    assert plain - at[8] > 0.1 > 10 * 0.05 / 8
    assert (plain - at[1]) / (plain - at[8]) < 4  # 8 under the invented curve


def test_robustness_costs_more_than_eight_points() -> None:
    """V2-17 II: a penalty of 0.08·w with w up to 1. At one and the same radius papers lost 5.8 to 11.4 points."""
    plain = registry.get("standard-cifar10-wrn-28-10")["accuracy"]
    robust = [found for found in CIFAR if "robust_accuracy" in found and found["attack_radius"] < 0.1]
    lost = [plain - found["accuracy"] for found in robust]
    assert min(lost) < 0.08 < max(lost)
    assert max(lost) > 1.5 * min(lost)
    assert max(found["robust_accuracy"] for found in robust) < 0.65  # and what they bought is far from full


def test_what_can_be_all_green_is_found_by_search() -> None:
    """V2-17 II asked for 95 % with privacy and robustness. No result here has it; 80 % with either has several."""
    guarded = [found for found in CIFAR if "epsilon" in found or "robust_accuracy" in found]

    def found(accuracy: float, epsilon: float = 0.0, robust: float = 0.0) -> list[str]:
        return [
            one.id
            for one in guarded
            if one["accuracy"] >= accuracy
            and (not epsilon or ("epsilon" in one and one["epsilon"] <= epsilon))
            and (not robust or ("robust_accuracy" in one and one["robust_accuracy"] >= robust))
        ]

    assert not found(0.95)
    assert "dp-sgd-cifar10-de-2022-eps8" in found(0.80, epsilon=8)
    assert found(0.80, robust=0.5)
    assert not found(0.0, epsilon=8, robust=0.3)  # nobody printed both
    assert len(found(0.80, epsilon=8)) > len(found(0.80, epsilon=3)) > 0


# --- phones -----------------------------------------------------------------------------------------------------------


def test_a_phone_gains_a_third_from_sparsity_and_has_no_unit_for_it() -> None:
    """2:4 at INT4 is 3 bits of 4: reading gets 4/3 as fast, not 2. Only tensor cores multiply half as often."""
    memory = registry.get("snapdragon-8-gen-3")["memory_bandwidth"]
    dense, pruned = (
        stream_time(weight_bytes(3e9, bits), memory, 1.0) for bits in (4, sparse_bits_per_weight(0.5, 4, 2))
    )
    assert dense / pruned == pytest.approx(4 / 3)

    def sparse(device: str) -> list[str]:
        return [field for field in registry.get(device).fields if field.endswith("_sparse")]

    assert sparse("a100-80gb-sxm")
    assert sparse("h100-sxm")
    for device in ("snapdragon-8-gen-3", "a17-pro", "m1", "m4", "raspberry-pi-5"):
        assert not sparse(device)
