"""Figures that teaching material prints and that are wrong: each has a test that the engine gives the right one.

The map names every known error of physics with its tests; `test_the_map_holds` reads it. What was covered where its
module is tested stays there; the rest is below and, where it rests on registry data, in tests/estimate. Errors of
structure (cells that die, ledgers that overwrite, sliders that are their own result) belong to labs and ledger.

The tables
- GPU busy 23 % on disk, 78 % on NVMe: physics/test_datapipeline::test_known_error_which_bytes_move_at_which_stage, physics/test_datapipeline::test_known_error_tiers_are_computed_from_their_own_defaults, estimate/test_known_errors::test_how_busy_a_gpu_is_depends_on_how_the_disk_is_read
- ResNet-50 4.1 GFLOP, 312 TFLOP/s FP32, a batch in 0.84 ms: physics/test_cnn_mlp::test_resnet_50_regressions, estimate/test_known_errors::test_a_batch_of_64_images_takes_26_ms_and_not_0_84, estimate/test_known_errors::test_312_is_no_fp32_peak
- One transfer price of $0.08/GB, 50 TB cannot be set: physics/test_transfer::test_known_error_two_prices_by_name_for_50_tb, estimate/test_transfer_estimate::test_known_error_two_prices_by_name
- A feeding tax below 10 % that no tier reaches: estimate/test_known_errors::test_a_feeding_tax_below_a_tenth_can_be_reached_and_missed
- 71 years on one H100: physics/test_step::test_known_error_one_h100_needs_141_years_not_71, registry/test_registry_data::test_known_errors_about_the_h100
- 1,000 GPUs give 200 to 400 times: estimate/test_known_errors::test_a_thousand_gpus_are_worth_what_their_network_makes_of_them, estimate/test_known_errors::test_large_runs_keep_what_was_published
- On-demand is always dominated, owning wins above 70 %: physics/test_economics::test_on_demand_is_cheapest_below_one_less_the_discount_and_reserved_above, physics/test_economics::test_owning_never_wins_where_it_costs_more_than_the_reservation, estimate/test_tco::test_owning_never_wins_where_renting_is_cheaper_than_its_electricity
- 70B synchronised over 8 GPUs: physics/test_memory::test_70b_with_adam_is_1120_gb_and_does_not_fit_eight_gpus_of_80_gb, labs/test_v2_02_physics::test_seventy_billion_parameters_fit_no_way_on_the_node
- NVLink 900 against InfiniBand 400 GB/s: physics/test_collective_models::test_known_error_nvlink_against_infiniband_depends_on_the_ports, registry/test_registry_data::test_a_400_gigabit_port_carries_50_gigabytes
- 16 nodes give 6 times, 8.75 GB in 0.35 s: physics/test_collectives::test_known_error_sixteen_nodes_move_262_gb_each_and_280_only_in_the_limit, physics/test_known_errors::test_sixteen_nodes_have_one_volume_one_time_and_one_speedup
- PCIe Gen4 50 GB/s, HBM3e on H100: registry/test_registry_data::test_pcie_doubles_each_generation, registry/test_registry_data::test_known_errors_about_the_h100
- All green is achievable: physics/test_known_errors::test_replicas_reach_an_uptime_that_no_single_machine_has, estimate/test_known_errors::test_what_can_be_all_green_is_found_by_search
- Images timed as 50 tokens, P99 = 3 means, uptime from checkpoints: estimate/test_known_errors::test_an_image_is_one_pass_and_not_fifty, physics/test_known_errors::test_p99_is_no_fixed_multiple_of_the_mean, physics/test_known_errors::test_more_machines_help_a_service_and_hurt_a_job
- Penalties 0.05/epsilon and 0.08 w: estimate/test_known_errors::test_privacy_costs_no_constant_over_epsilon, estimate/test_known_errors::test_robustness_costs_more_than_eight_points, registry/test_registry_results::test_privacy_costs_accuracy

The list for later labs
- H100 over A100, 1.08 and 6: registry/test_registry_data::test_known_errors_about_the_h100
- 3B on 660B tokens as the optimum: physics/test_scaling_laws::test_a_3b_model_on_660b_tokens_costs_12_times_a_budget_of_1e21, physics/test_known_errors::test_three_billion_parameters_on_660_billion_tokens_cost_twelve_budgets
- GEMM of 1024 is memory-bound: physics/test_roofline::test_known_error_gemm_of_1024_is_compute_bound_on_h100
- Scaling N/(1+(N-1)r): physics/test_amdahl::test_known_values
- KV cache at 128K: physics/test_workloads::test_llama_2_70b_at_128k_regression, estimate/test_known_errors::test_70b_in_16_bit_needs_two_gpus_and_eight_serve_ten_long_requests, registry/test_registry_data::test_the_models_that_a_lab_counts_on
- Lower base rate, higher false-positive rate: physics/test_fairness::test_the_lower_base_rate_has_the_lower_false_positive_rate
- 70B in FP16 on one H100: physics/test_quantised::test_known_sizes, estimate/test_known_errors::test_70b_in_16_bit_needs_two_gpus_and_eight_serve_ten_long_requests, registry/test_registry_data::test_the_models_that_a_lab_counts_on
- Efficiency 28 % over Ethernet: physics/test_collective_models::test_known_error_efficiency_over_ethernet
- Electricity is 30 % of the cost: physics/test_tco::test_electricity_is_about_eight_per_cent_of_what_a_gpu_costs_and_not_thirty, estimate/test_tco::test_electricity_is_about_eight_per_cent_and_not_thirty
- Young-Daly with two MTBFs: physics/test_reliability::test_known_error_one_mtbf_50_000_hours_over_1_000_gpus_is_50_hours, physics/test_known_errors::test_an_interval_of_27_minutes_needs_another_mtbf, estimate/test_checkpoint_estimate::test_known_error_one_mtbf_for_the_whole_plan, estimate/test_known_errors::test_every_figure_of_a_plan_has_the_same_mtbf
- A small bubble from few micro-batches: physics/test_pipeline::test_known_error_less_than_a_tenth_at_eight_stages_needs_more_than_63_microbatches, simulate/test_pipeline::test_known_error_a_small_bubble_needs_many_microbatches
- Three crossovers of ring and tree: physics/test_collective_models::test_known_error_ring_and_tree_cross_at_one_size
- 15 % of a battery: physics/test_energy::test_a_task_of_thirty_seconds_takes_a_sixth_of_a_per_cent_of_a_phone_battery
- Operations load: physics/test_reliability::test_known_error_operations_load_passes_4_000_at_68
- 864 alarms: physics/test_canary::test_778_alarms_a_day_and_not_864
- A gap of 195,000: physics/test_growth::test_two_doubling_times_over_seven_years_open_a_gap_of_2_4_million
- Retraining interval without a unit: physics/test_drift::test_the_interval_needs_the_rate_in_dollars_per_day_squared
- Failures a day at 25,000 GPUs: physics/test_reliability::test_known_error_eight_per_cent_at_25_000_gpus_is_five_and_a_half_failures_a_day
- Bytes of ResNet-50: physics/test_cnn_mlp::test_resnet_50_regressions, physics/test_quantised::test_known_sizes
- 8 MB of an ESP32-S3: physics/test_ondevice::test_the_eight_megabytes_of_an_esp32_s3_are_flash, registry/test_registry_data::test_microcontrollers_count_in_kibibytes
- p99 of ten means: physics/test_tail::test_p99_of_ten_means_needs_a_sigma_of_about_one_and_a_half
- 2:4 sparsity is half, also on phones: physics/test_compression::test_two_of_four_at_int4_is_three_bits_and_no_half, estimate/test_known_errors::test_a_phone_gains_a_third_from_sparsity_and_has_no_unit_for_it
- All-reduces of a layer under tensor parallelism: physics/test_known_errors::test_tensor_parallelism_reduces_twice_a_layer_forward_and_twice_backward
- Activation bytes of a layer: physics/test_memory::test_activations_of_korthikanti, physics/test_activations::test_one_gpu_is_equation_1
"""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest

from ironlaw import registry
from ironlaw.physics.catalogue import InputError
from ironlaw.physics.checkpoint import goodput, young_interval
from ironlaw.physics.collectives import (
    all_gather_time,
    node_boundary_time,
    node_boundary_volume,
    reduce_scatter_time,
    ring_all_reduce_time,
)
from ironlaw.physics.erlang import mean_wait, response_percentile
from ironlaw.physics.inference import layer_message_bytes
from ironlaw.physics.reliability import k_of_n_availability, replicas_needed, series_availability, system_mtbf
from ironlaw.physics.scaling_laws import ratio_parameters, ratio_tokens
from ironlaw.physics.step import scaling_efficiency, speedup, step_time, throughput
from ironlaw.physics.training import Machine, Plan, Recipe, Shape, Step, training_step
from ironlaw.physics.transformer import training_flops
from ironlaw.simulate.queue import simulate_queue

TESTS = Path(__file__).parents[1]
MINUTE, HOUR = 60.0, 3600.0
LINES = 14 + 24  # of the tables, of the list


def test_the_map_holds() -> None:
    """Every line has a test, every test named is one that pytest collects."""
    lines = [line for line in (__doc__ or "").splitlines() if line.startswith("- ")]
    assert len(lines) == LINES
    for line in lines:
        named = re.findall(r"([\w/]+)::(test_\w+)", line)
        assert named, line
        for module, name in named:
            tree = ast.parse((TESTS / f"{module}.py").read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{module}::{name}"


# --- exchange ---------------------------------------------------------------------------------------------------------


def test_sixteen_nodes_have_one_volume_one_time_and_one_speedup() -> None:
    """V2-02 II: the text has 6 times, the model 4.8, the table 8.75 GB in 0.35 s, which is 14 times, for one design."""
    nodes, size, port = 16, 140e9, 50e9
    volume, time = node_boundary_volume(nodes, size), node_boundary_time(nodes, size, 1, port, 0.0)
    assert volume / time == pytest.approx(port)
    assert min(node_boundary_volume(count, size) for count in range(2, 1_025)) >= size > 8.75e9

    def gain(exposed: float) -> float:
        """Speedup over one node at a compute time for which the material's 5.6 s make its 4.8."""
        compute = 5.6 * 4.8 / (nodes - 4.8)
        alone = throughput(1.0, step_time(compute))
        return speedup(nodes * throughput(1.0, step_time(compute, exposed)), alone)

    assert gain(5.6) == pytest.approx(4.8)
    assert gain(time) == pytest.approx(5.02, abs=0.01)  # 262.5 GB, not the limit of many nodes
    assert scaling_efficiency(gain(time), nodes) == pytest.approx(0.314, abs=1e-3)
    assert gain(0.35) == pytest.approx(13.96, abs=0.01)


def bare_step(tensor: float, *, sequence_parallel: float = 0.0, recompute: float = 0.0) -> Step:
    """One layer, one micro-batch of 4,096 tokens: all but tensor parallelism's communication is free, none overlaps."""
    shape = Shape(**dict.fromkeys(Shape._fields, 0.0) | {"layers": 1.0, "hidden": 8_192.0})
    recipe = Recipe(**dict.fromkeys(Recipe._fields, 0.0) | {"sequence_parallel": sequence_parallel})
    free = {"value_bytes": 0.0, "launch": 0.0, "spread": 0.0}
    links = {"link_rate": 360e9, "link_latency": 1.3e-6, "node": 8.0, "operand_rate": 1e30}
    machine = Machine(**dict.fromkeys(Machine._fields, 1.0) | free | links)
    asked = {"tensor": tensor, "sequence": 4_096.0, "recompute": recompute}
    off = {"span": 0.0, "recompute_scores": 0.0, "gather": 0.0, "shard": 0.0}
    return training_step(shape, recipe, machine, Plan(**dict.fromkeys(Plan._fields, 1.0) | asked | off))


@pytest.mark.parametrize("tensor", [2, 4, 8])
def test_tensor_parallelism_reduces_twice_a_layer_forward_and_twice_backward(tensor: int) -> None:
    message = layer_message_bytes(4_096, 8_192)
    one = ring_all_reduce_time(tensor, message, 360e9, 1.3e-6)
    step = bare_step(tensor)
    assert step.tensor_parallel == pytest.approx(4 * one)
    assert step.total == pytest.approx(4 * one)
    assert bare_step(tensor, recompute=1.0).tensor_parallel == pytest.approx(6 * one)  # forward again
    # Sequence parallelism puts a reduce-scatter and an all-gather in the place of each: the same bytes.
    pair = [scheme(tensor, message, 360e9, 1.3e-6) for scheme in (reduce_scatter_time, all_gather_time)]
    split = [bare_step(tensor, sequence_parallel=1.0, recompute=again).tensor_parallel for again in (0.0, 1.0)]
    assert split[1] - split[0] == pytest.approx(2 * sum(pair))
    assert bare_step(1).tensor_parallel == 0


# --- services and jobs ------------------------------------------------------------------------------------------------


def test_p99_is_no_fixed_multiple_of_the_mean() -> None:
    """V2-17 II: a queue's P99 depends on load, servers and spread of the service time; three means is none of them."""

    def random(servers: int, load: float) -> float:
        rate = load * servers / 0.01
        return response_percentile(rate, 0.01, servers, 0.01) / (0.01 + mean_wait(rate, 0.01, servers))

    def constant(servers: int, load: float) -> float:
        rate = load * servers / 0.01
        run = simulate_queue(rate, 0.01, servers, seed=5, requests=20_000, family="constant", variation=0.0)
        return run.percentile(0.01) / run.response.mean

    assert random(1, 0.1) == pytest.approx(math.log(100)) == random(1, 0.9)
    assert random(8, 0.9) < 0.85 * random(8, 0.5) < math.log(100)
    # A vision model takes the same time for each image. Nobody waits at low load: P99 is the mean.
    assert constant(8, 0.1) == pytest.approx(1.0, abs=1e-3)
    assert constant(8, 0.9) == pytest.approx(2.2, abs=0.3)
    assert constant(1, 0.9) > 3


def test_replicas_reach_an_uptime_that_no_single_machine_has() -> None:
    """V2-17 II: the best uptime of the whole grid was 97.1 % against a limit of 99.9 %. Six for four reach it."""
    single = 0.971
    fewest = replicas_needed(4, single, 0.999)
    assert fewest == 6
    assert k_of_n_availability(4, fewest, single) >= 0.999 > k_of_n_availability(4, fewest - 1, single)
    together = series_availability(single, 4)  # none to spare
    assert k_of_n_availability(4, 4, single) == pytest.approx(together)
    assert together < single
    with pytest.raises(InputError):
        replicas_needed(4, single, 0.999, 5)  # a target out of reach is refused, not shown as reached


def test_more_machines_help_a_service_and_hurt_a_job() -> None:
    """V2-17 II: the uptime of a serving fleet is not what checkpoints leave of a training job."""
    job, service = [], []
    for machines in (8, 16, 64, 256):
        job.append(goodput(young_interval(60.0, system_mtbf(500 * HOUR, machines)), 60.0, 600.0, 500 * HOUR / machines))
        service.append(k_of_n_availability(8, machines, 0.971))
    assert job == sorted(job, reverse=True)
    assert service == sorted(service)
    assert service[0] < job[0]
    assert service[-1] > 0.999 > job[-1]


def test_an_interval_of_27_minutes_needs_another_mtbf() -> None:
    """One lab printed 35 minutes and 27. 12 s to write (not printed; it makes 35 of 50 h) make 27 of 30 h only."""
    mtbf = system_mtbf(50_000 * HOUR, 1_000)
    assert round(young_interval(12.0, mtbf) / MINUTE) == 35
    assert round(young_interval(12.0, 30 * HOUR) / MINUTE) == 27
    # For the MTBF that holds, 27 minutes save too often: 35 leave more of the time, and the same 8 minutes later too.
    lasting = {minutes: goodput(minutes * MINUTE, 12.0, 300.0, mtbf) for minutes in (27, 35, 43)}
    assert max(lasting, key=lambda minutes: lasting[minutes]) == 35


# --- budgets and prices -----------------------------------------------------------------------------------------------


def test_three_billion_parameters_on_660_billion_tokens_cost_twelve_budgets() -> None:
    budget, ratio = 1e21, registry.get("chinchilla-ratio")["tokens_per_parameter"]
    assert training_flops(3e9, 660e9) / budget == pytest.approx(11.9, abs=0.05)
    parameters, tokens = ratio_parameters(budget, ratio), ratio_tokens(budget, ratio)
    assert training_flops(parameters, tokens) == pytest.approx(budget)
    assert tokens < 660e9 / 10
    assert ratio_tokens(training_flops(3e9, 660e9), ratio) < 660e9 / 3  # not the optimum of its own budget either
