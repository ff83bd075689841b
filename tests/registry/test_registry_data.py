"""The data: facts that must hold inside it, whatever the sources say."""

from __future__ import annotations

import math

import pytest

from ironlaw import quantities, registry
from ironlaw.registry import Entity

DEVICES = registry.every("device")
LINKS = registry.every("link")
MODELS = registry.every("model")
EVERYTHING = [entity for kind in registry.KINDS for entity in registry.every(kind)]

PROMISED = {
    "device": """h100-sxm h200-sxm b200-sxm a100-80gb-sxm h100-pcie v100-sxm l4 l40s t4 a10g mi300x tpu-v4 tpu-v5e tpu-v5p
        trainium2 rtx-4090 rtx-3090 jetson-orin-nano jetson-agx-orin m1 m3-max a17-pro snapdragon-8-gen-3 edge-tpu
        stm32f746 esp32-s3 nrf52840 raspberry-pi-5""",
    "link": """nvlink3 nvlink4 nvlink5 pcie-gen3-x16 pcie-gen4-x16 pcie-gen5-x16 infiniband-hdr infiniband-ndr
        infiniband-xdr ethernet-25g ethernet-100g ethernet-400g""",
    "model": """gpt-3-175b llama-2-7b llama-2-13b llama-2-70b llama-3-8b llama-3-70b llama-3-405b mpt-7b mpt-13b mpt-30b
        gpt-2-xl mobilenet-v2 resnet-50 bert-large""",
    "format": "fp32 tf32 bf16 fp16 fp8 int8 int4",
    "calibration": "compute-efficiency-h100 overlap-sm-share",
}


def get(entity_id: str, field: str) -> float:
    return registry.get(entity_id)[field]


def test_every_file_passes_the_rules() -> None:
    owners = registry.check()
    assert {"H100", "NVLink 4", "Llama-2-70B"} <= registry.names()
    assert registry.names() == owners.keys()
    assert len(EVERYTHING) == len({entity.id for entity in EVERYTHING})


@pytest.mark.parametrize("kind", PROMISED)
def test_promised_ids_exist(kind: str) -> None:
    assert set(PROMISED[kind].split()) <= set(registry.ids(kind))


def test_there_is_enough_to_choose_from() -> None:
    assert len(DEVICES) >= 28
    assert len(LINKS) >= 10
    assert len(MODELS) >= 12


def test_every_figure_prints_and_reads_back() -> None:
    for entity in EVERYTHING:
        for field in entity.fields.values():
            assert field.si == quantities.to_si(field.value, field.unit), (entity.id, field.name)
            assert field.si > 0
            if field.kind not in {"parameters", "count"}:
                read = quantities.parse(field.text)
                assert math.isclose(read.value, field.si, rel_tol=1e-3), (entity.id, field.name, field.text)


def test_an_assumption_says_so_and_a_derived_figure_names_its_row() -> None:
    for link in LINKS:
        for name in ("bus_efficiency", "latency"):
            note = link.field(name).note
            assert "coll-" in note or "stor-" in note, (link.id, name)
    derived = {link.id for link in LINKS if "assumption" not in link.field("bus_efficiency").note}
    assert {"nvlink3", "nvlink4", "infiniband-ndr"} <= derived


# --- devices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_sparse_peaks_double_dense_ones(device: Entity) -> None:
    for name in device.fields:
        if name.endswith("_sparse"):
            dense = name.removesuffix("_sparse")
            # Orin's headline also counts its second engine: 275 is not quite twice 137.
            assert device[name] / device[dense] == pytest.approx(2, rel=0.02), name


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_both_directions_are_twice_one(device: Entity) -> None:
    if "link_bandwidth_bidirectional" in device:
        assert device["link_bandwidth_bidirectional"] == pytest.approx(2 * device["link_bandwidth"], rel=0.002)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_narrower_types_are_never_slower(device: Entity) -> None:
    for wide, narrow in (("fp32", "bf16"), ("tf32", "bf16"), ("bf16", "fp8"), ("fp8", "fp4"), ("int8", "int4")):
        if f"peak_{wide}" in device and f"peak_{narrow}" in device:
            assert device[f"peak_{wide}"] <= device[f"peak_{narrow}"] * 1.001, (wide, narrow)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_sizes_are_those_of_real_machines(device: Entity) -> None:
    """Catches a slipped prefix: bytes for gigabytes, mega for giga, bits for bytes."""
    bounds = {
        "memory_capacity": (1e5, 1e13),
        "memory_bandwidth": (1e10, 2e13),
        "link_bandwidth": (1e10, 1e12),
        "power": (1, 2000),
        "clock": (5e7, 4e9),
        "price": (10, 1e5),
        "multiprocessors": (10, 500),
    }
    for name, (low, high) in bounds.items():
        if name in device:
            assert low <= device[name] <= high, name
    if "peak_bf16" in device:  # the ridge: a few dozen to a thousand FLOP a byte
        assert 30 < device["peak_bf16"] / device["memory_bandwidth"] < 1000
    if "memory_bandwidth" in device:  # the whole memory is read in 3 ms to 30 s
        assert 3e-3 < device["memory_capacity"] / device["memory_bandwidth"] < 30


# Dense FP16 operations of one multiprocessor in one clock: 2 x fused multiply-adds of its tensor cores.
PER_CLOCK = {"v100-sxm": 1024, "t4": 1024, "a100-80gb-sxm": 2048, "h100-sxm": 4096, "h200-sxm": 4096, "l40s": 1024}


@pytest.mark.parametrize("device", PER_CLOCK)
def test_the_peak_is_multiprocessors_times_clock(device: str) -> None:
    peak = get(device, "multiprocessors") * get(device, "clock") * PER_CLOCK[device]
    assert get(device, "peak_fp16") == pytest.approx(peak, rel=0.015)


@pytest.mark.parametrize(
    ("device", "lanes"), [("rtx-3090", 128), ("rtx-4090", 128), ("a100-80gb-sxm", 64), ("mi300x", 128), ("mi250x", 64)]
)
def test_the_fp32_peak_is_lanes_times_clock(device: str, lanes: int) -> None:
    peak = get(device, "multiprocessors") * lanes * 2 * get(device, "clock")
    assert get(device, "peak_fp32") == pytest.approx(peak, rel=0.01)


def test_known_errors_about_the_h100() -> None:
    assert get("h100-sxm", "memory_bandwidth") == 3.35e12
    assert "HBM3," in registry.get("h100-sxm").field("memory_bandwidth").note
    assert get("h100-sxm", "memory_bandwidth") / get("a100-80gb-sxm", "memory_bandwidth") == pytest.approx(
        1.64, abs=0.005
    )
    assert get("h100-sxm", "peak_fp16") / get("a100-80gb-sxm", "peak_fp16") == pytest.approx(3.17, abs=0.005)
    assert get("h100-sxm", "peak_bf16") == pytest.approx(989.4e12, rel=1e-3)
    assert get("h100-sxm", "peak_bf16_sparse") == pytest.approx(1979e12, rel=1e-3)
    assert get("h100-sxm", "link_bandwidth") == 450e9
    # 71 years is with the sparse peak, 141 with the dense one.
    year = 365.25 * 86400
    assert 2.2e24 / (0.5 * get("h100-sxm", "peak_bf16")) / year == pytest.approx(141, abs=0.5)
    # A 1024-cube product at 2 bytes has 341 FLOP a byte: above the ridge.
    assert get("h100-sxm", "peak_bf16") / get("h100-sxm", "memory_bandwidth") == pytest.approx(295, abs=0.5)


def test_a_70b_model_with_adam_does_not_fit_eight_h100() -> None:
    state = 16 * 70e9
    assert state == 1120e9
    assert 8 * get("h100-sxm", "memory_capacity") == 640e9 < state


def test_memory_generations_are_in_order() -> None:
    order = ["v100-sxm", "a100-40gb-sxm", "a100-80gb-sxm", "h100-sxm", "h200-sxm", "b200-sxm"]
    rates = [get(device, "memory_bandwidth") for device in order]
    assert rates == sorted(rates)
    assert get("h200-sxm", "peak_bf16") == get("h100-sxm", "peak_bf16")


def test_microcontrollers_count_in_kibibytes() -> None:
    assert get("stm32f746", "memory_capacity") == 320 * 1024
    assert get("esp32-s3", "memory_capacity") == 512 * 1024  # the 8 MB is flash
    assert get("nrf52840", "flash_capacity") == 2**20
    assert registry.get("esp32-s3").field("memory_capacity").text == "512 KiB"


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.id)
def test_link_directions_and_rates_agree(link: Entity) -> None:
    assert link["bandwidth_bidirectional"] == 2 * link["bandwidth"]
    if "line_rate" in link:
        assert 0.98 <= link["bandwidth"] / link["line_rate"] <= 1
    assert 0.5 < link["bus_efficiency"] < 1
    assert 1e-7 < link["latency"] < 1e-4


def test_pcie_doubles_each_generation() -> None:
    rates = [get(f"pcie-gen{n}-x16", "bandwidth") for n in (3, 4, 5)]
    assert rates[1] == 2 * rates[0]
    assert rates[2] == 2 * rates[1]
    for generation, rate in zip((3, 4, 5), rates, strict=True):
        coded = 16 * 8e9 * 2 ** (generation - 3) * (128 / 130) / 8
        assert rate == pytest.approx(coded, rel=1e-3)
    assert rates[1] == pytest.approx(32e9, rel=0.02)


def test_nvlink_generations_and_their_gpus_agree() -> None:
    pairs = (("nvlink2", "v100-sxm"), ("nvlink3", "a100-80gb-sxm"), ("nvlink4", "h100-sxm"), ("nvlink5", "b200-sxm"))
    for link, device in pairs:
        assert get(link, "bandwidth") == get(device, "link_bandwidth")
    assert get("nvlink4", "bandwidth") == 450e9
    assert get("nvlink4", "bandwidth_bidirectional") == 900e9


def test_a_400_gigabit_port_carries_50_gigabytes() -> None:
    assert get("infiniband-ndr", "bandwidth") == 50e9
    assert registry.get("infiniband-ndr").field("line_rate").text == "400 Gb/s"
    # The wall: 9x a GPU with one shared port, 1.1x with eight.
    assert get("nvlink4", "bandwidth") / get("infiniband-ndr", "bandwidth") == pytest.approx(9)
    assert get("nvlink4", "bandwidth") / (8 * get("infiniband-ndr", "bandwidth")) == pytest.approx(1.125)
    rates = [get(f"infiniband-{name}", "bandwidth") for name in ("hdr", "ndr", "xdr")]
    assert rates[1] == 2 * rates[0]
    assert rates[2] == 2 * rates[1]


def test_efficiencies_are_the_measured_ones() -> None:
    assert get("nvlink4", "bus_efficiency") == pytest.approx(367.61 / 450, abs=5e-4)
    assert get("nvlink3", "bus_efficiency") == pytest.approx(235 / 300, abs=5e-4)
    assert get("infiniband-ndr", "bus_efficiency") == pytest.approx(47 / 50, abs=5e-4)
    assert get("ethernet-100g", "bus_efficiency") == pytest.approx(41.78 / 50, abs=5e-4)
    assert 0.85 <= get("pcie-gen4-x16", "bus_efficiency") <= 0.9
    assert get("nvlink4", "latency") == pytest.approx(17.92e-6 / 14, rel=5e-3)
    assert get("pcie-gen4-x16", "latency") == pytest.approx(6.21e-6 / 2, rel=5e-3)
    hops = [163.4 / 30, 320.9 / 62, 327.5 / 62]
    assert get("ethernet-100g", "latency") == pytest.approx(1e-6 * sum(hops) / 3, rel=5e-3)


def test_an_all_reduce_over_two_nodes_stays_below_the_wire() -> None:
    """coll-020: 2 GiB over two nodes with 50 GB/s each; nothing here may be faster than its measured 51.4 ms allows."""
    wire = 4 * get("ethernet-100g", "bandwidth") * get("ethernet-100g", "bus_efficiency")
    assert 2147483648 / wire == pytest.approx(51.406e-3, rel=5e-3)


# --- models -----------------------------------------------------------------------------------------------------------

SHAPED = [model for model in MODELS if "layers" in model]
DENSE = [model for model in SHAPED if not {"head_size", "experts", "kv_lora_rank"} & model.fields.keys()]


def parameters_of(shape: Entity) -> float:
    """Weights of a dense transformer; biases, norms and learned positions are left out."""
    hidden = shape["hidden"]
    keys_and_values = hidden * shape["kv_heads"] / shape["heads"]
    attention = 2 * hidden**2 + 2 * hidden * keys_and_values
    feed_forward = shape["feed_forward_matrices"] * hidden * shape["feed_forward"]
    return shape["layers"] * (attention + feed_forward) + shape["embedding_matrices"] * shape["vocabulary"] * hidden


# Models with experts, latent attention or heads of their own size are counted in tests/estimate/test_models.py.
@pytest.mark.parametrize("model", DENSE, ids=lambda model: model.id)
def test_the_total_agrees_with_the_shape(model: Entity) -> None:
    assert parameters_of(model) == pytest.approx(model["parameters"], rel=0.04)


@pytest.mark.parametrize("model", SHAPED, ids=lambda model: model.id)
def test_gated_blocks_have_three_matrices(model: Entity) -> None:
    widening = model["feed_forward"] / model["hidden"]
    if model["feed_forward_matrices"] == 2:
        assert widening == 4
    else:
        assert model["feed_forward_matrices"] == 3
        if "experts" not in model:  # two thirds of four, rounded up, sometimes widened; Gemma is widest
            assert 2 <= widening <= 8


@pytest.mark.parametrize("model", SHAPED, ids=lambda model: model.id)
def test_parts_come_with_what_they_are_parts_of(model: Entity) -> None:
    names = model.fields.keys()
    experts = {"experts", "experts_active", "expert_feed_forward"}
    assert not names & experts or experts <= names
    assert "experts" in names or not names & {"shared_experts", "dense_layers"}
    latent = {"kv_lora_rank", "rope_head_size", "nope_head_size", "value_head_size"}
    assert not names & latent or latent <= names
    assert "sliding_window" in names or "global_layers" not in names


def test_the_models_that_a_lab_counts_on() -> None:
    assert 2 * get("llama-2-70b", "parameters") > get("h100-sxm", "memory_capacity")  # FP16 does not fit one H100
    # KV cache at 128 Ki tokens: 42.9 GB with 8 KV heads, 344 GB if every head had its own.
    model = registry.get("llama-2-70b")
    head = model["hidden"] / model["heads"]
    assert 2 * 2 * model["layers"] * model["kv_heads"] * head * 131072 == pytest.approx(42.9e9, rel=2e-3)
    assert 2 * 2 * model["layers"] * model["heads"] * head * 131072 == pytest.approx(344e9, rel=2e-3)
    assert 2 * get("resnet-50", "macs") == pytest.approx(8.2e9)
    assert 2 * get("resnet-50", "parameters") == pytest.approx(51e6, rel=0.01)


# --- formats, calibrations, prices ------------------------------------------------------------------------------------


def test_formats_are_as_wide_as_their_names_say() -> None:
    widths = {"fp32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int8": 1, "int4": 0.5, "tf32": 4}  # TF32 is stored as FP32
    assert {name: get(name, "bytes_per_value") for name in widths} == widths


def test_calibrations_quote_their_row() -> None:
    efficiency = registry.get("compute-efficiency-h100")
    assert (efficiency["hfu"], efficiency["mfu"]) == (0.5547, 0.416)
    assert "trai-159" in efficiency.field("hfu").note
    # Full recompute runs the forward pass twice: 4 passes for 3 useful ones (attention shifts it by little).
    assert efficiency["hfu"] / efficiency["mfu"] == pytest.approx(4 / 3, rel=0.01)
    # The printed MFU follows from the row's tokens a second, 6 FLOP a parameter and token, and attention.
    model = registry.get("mpt-13b")
    flop = 6 * model["parameters"] + 12 * model["layers"] * model["hidden"] * model["context"]
    assert 37740 * flop / (8 * 989.5e12) == pytest.approx(efficiency["mfu"], rel=0.01)
    assert get("overlap-sm-share", "share") == pytest.approx(20 / 132)
    assert not registry.get("overlap-sm-share").field("share").verified


def test_the_two_transfer_prices_have_names() -> None:
    between = get("transfer-inter-region-aws-us", "per_gigabyte") * 1e9
    outward = [
        get(price, "per_gigabyte") * 1e9 for price in registry.ids("price") if price.startswith("egress-internet")
    ]
    assert between == pytest.approx(0.02)
    assert all(0.05 <= price <= 0.12 for price in outward)
    assert between < min(outward)
