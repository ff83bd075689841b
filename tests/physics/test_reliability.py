"""Failure rates, availability and redundancy against scipy, enumeration and the known errors."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ironlaw.physics import InputError
from ironlaw.physics.reliability import (
    availability,
    downtime,
    expected_failures,
    failure_count_spread,
    failure_rate,
    k_of_n_availability,
    k_of_n_zones,
    operations_load,
    parallel_availability,
    replicas_needed,
    series_availability,
    survival,
    system_mtbf,
)

HOUR, DAY = 3600.0, 86_400.0
quick = settings(deadline=None, max_examples=50)
share = st.floats(0.0, 1.0)


def test_known_error_eight_per_cent_at_25_000_gpus_is_five_and_a_half_failures_a_day() -> None:
    assert failure_rate(25_000, 0.08) * DAY == pytest.approx(5.5, abs=0.05)


def test_known_error_one_mtbf_50_000_hours_over_1_000_gpus_is_50_hours() -> None:
    assert system_mtbf(50_000 * HOUR, 1_000) == pytest.approx(50 * HOUR)


def test_known_error_operations_load_passes_4_000_at_68() -> None:
    assert operations_load(67) < 4_000 < operations_load(68)
    by_hand = 20 * 68 + 68 * math.log(68) / math.log(2) + 68 * 68 / 2
    assert operations_load(68) == pytest.approx(by_hand)


def test_llama_3_rate_is_its_own_arithmetic() -> None:
    """Llama Team 2024: 419 unexpected stops in 54 days on 16,384 GPUs, one every 3.09 hours, 50,677 hours a GPU."""
    gpu = 16_384 * 54 * DAY / 419
    assert gpu == pytest.approx(50_677 * HOUR, rel=1e-3)
    assert system_mtbf(gpu, 16_384) == pytest.approx(3.09 * HOUR, rel=2e-3)
    assert expected_failures(16_384, 54 * DAY, gpu) == pytest.approx(419)


def test_rsc_projection_of_the_paper() -> None:
    """Kokolis et al. 2025: 6.5 failures in 1,000 node-days gives 1.8 h at 16,384 GPUs and 0.23 h at 131,072."""
    node = 1_000 * DAY / 6.5
    assert system_mtbf(node, 2_048) == pytest.approx(1.8 * HOUR, rel=0.005)
    assert system_mtbf(node, 16_384) == pytest.approx(0.23 * HOUR, rel=0.025)


@quick
@given(st.integers(1, 1_000), st.floats(1.0, 1e6), st.floats(1.0, 1e6))
def test_survival_is_the_exponential_of_a_series_system(parts: int, period: float, mtbf: float) -> None:
    one = stats.expon(scale=mtbf).sf(period)
    assert survival(parts, period, mtbf) == pytest.approx(one**parts, rel=1e-9)
    assert survival(parts, period, mtbf) == pytest.approx(stats.poisson(expected_failures(parts, period, mtbf)).pmf(0))
    assert survival(parts + 1, period, mtbf) <= survival(parts, period, mtbf)


def test_count_spread_is_that_of_a_gamma_poisson_mixture() -> None:
    expected, between = 40.0, 0.5
    shape = 1 / between**2
    mixture = stats.nbinom(shape, shape / (shape + expected))
    assert mixture.mean() == pytest.approx(expected)
    assert failure_count_spread(expected, between) == pytest.approx(mixture.std() / mixture.mean())
    assert failure_count_spread(expected, 0.0) == pytest.approx(stats.poisson(expected).std() / expected)


@quick
@given(st.integers(1, 60), share, st.data())
def test_k_of_n_is_the_binomial_tail(replicas: int, up: float, data: st.DataObject) -> None:
    needed = data.draw(st.integers(0, replicas))
    assert k_of_n_availability(needed, replicas, up) == pytest.approx(
        float(stats.binom(replicas, up).sf(needed - 1)), abs=1e-11
    )


@pytest.mark.parametrize("up", [0.0, 0.3, 0.9, 0.999, 1.0])
@pytest.mark.parametrize("replicas", [1, 2, 5, 9])
def test_k_of_n_by_enumeration(replicas: int, up: float) -> None:
    for needed in range(replicas + 1):
        total = sum(
            math.prod(up if works else 1 - up for works in states)
            for states in product((0, 1), repeat=replicas)
            if sum(states) >= needed
        )
        assert k_of_n_availability(needed, replicas, up) == pytest.approx(total, abs=1e-12)


def test_thousands_of_replicas_neither_over_nor_underflow() -> None:
    assert k_of_n_availability(4_900, 5_000, 0.98) == pytest.approx(float(stats.binom(5_000, 0.98).sf(4_899)), rel=1e-8)


def test_a_rare_success_keeps_its_digits() -> None:
    assert k_of_n_availability(9, 10, 1e-6) == pytest.approx(float(stats.binom(10, 1e-6).sf(8)), rel=1e-9)
    assert 1 - k_of_n_availability(1, 10, 0.9) == pytest.approx(1e-10, rel=1e-5)


def test_k_of_n_takes_arrays() -> None:
    ups = np.array([0.0, 0.5, 0.99, 1.0])
    assert list(k_of_n_availability(3, 4, ups)) == pytest.approx([k_of_n_availability(3, 4, up) for up in ups.tolist()])  # type: ignore[arg-type, call-overload]
    zoned = k_of_n_zones(3, [2, 2], ups, 0.9)  # type: ignore[arg-type]
    assert list(zoned) == pytest.approx([k_of_n_zones(3, [2, 2], up, 0.9) for up in ups.tolist()])  # type: ignore[call-overload]


@quick
@given(share, st.integers(1, 30))
def test_series_and_parallel_are_the_two_ends(up: float, replicas: int) -> None:
    assert series_availability(up, replicas) == pytest.approx(k_of_n_availability(replicas, replicas, up), abs=1e-11)
    assert parallel_availability(up, replicas) == pytest.approx(k_of_n_availability(1, replicas, up), abs=1e-11)
    assert series_availability(up, replicas) <= up + 1e-12
    assert parallel_availability(up, replicas) >= up - 1e-12


@pytest.mark.parametrize("sizes", [[1], [2, 2], [3, 1, 2], [1, 1, 1, 1]])
@pytest.mark.parametrize(("replica", "zone"), [(0.9, 0.95), (0.5, 0.5), (1.0, 0.9), (0.9, 1.0), (0.0, 0.7)])
def test_zones_by_enumeration(sizes: list[int], replica: float, zone: float) -> None:
    for needed in range(sum(sizes) + 1):
        total = 0.0
        for zones in product((0, 1), repeat=len(sizes)):
            for replicas in product((0, 1), repeat=sum(sizes)):
                chance = math.prod(zone if up else 1 - zone for up in zones)
                chance *= math.prod(replica if up else 1 - replica for up in replicas)
                home = [z for z, size in enumerate(sizes) for _ in range(size)]
                if sum(up and zones[z] for up, z in zip(replicas, home, strict=True)) >= needed:
                    total += chance
        assert k_of_n_zones(needed, sizes, replica, zone) == pytest.approx(total, abs=1e-12)


@quick
@given(share, share, st.integers(1, 4))
def test_zones_limits(replica: float, zone: float, needed: int) -> None:
    """Zones that never fail leave independent replicas; a zone a replica is independent too; one zone is worst for 1."""
    assert k_of_n_zones(needed, [2, 2], replica, 1.0) == pytest.approx(
        k_of_n_availability(needed, 4, replica), abs=1e-11
    )
    assert k_of_n_zones(needed, [1] * 4, replica, zone) == pytest.approx(
        k_of_n_availability(needed, 4, replica * zone), abs=1e-11
    )
    assert k_of_n_zones(1, [4], replica, zone) <= k_of_n_zones(1, [2, 2], replica, zone) + 1e-12
    assert k_of_n_zones(needed, [2, 2], replica, zone) <= k_of_n_availability(needed, 4, replica) + 1e-12


def test_spreading_helps_only_with_enough_replicas_left() -> None:
    """Two of three needed: three zones survive one zone's loss, two zones (2 + 1) do not survive that of the larger."""
    spread_out, packed = k_of_n_zones(2, [1, 1, 1], 0.999, 0.99), k_of_n_zones(2, [2, 1], 0.999, 0.99)
    assert spread_out > 0.9996 > packed
    assert k_of_n_availability(2, 3, 0.999) > spread_out  # independence promises more than zones allow


@pytest.mark.parametrize(
    ("needed", "up", "target"), [(1, 0.9, 0.999), (4, 0.99, 0.9999), (8, 0.95, 0.99999), (0, 0.5, 1.0)]
)
def test_replicas_needed_is_the_first_that_reaches(needed: int, up: float, target: float) -> None:
    replicas = replicas_needed(needed, up, target)
    enough = [n for n in range(max(1, needed), replicas + 2) if k_of_n_availability(needed, n, up) >= target]
    assert replicas == enough[0]


def test_availability_limits() -> None:
    assert availability(10.0, 0.0) == 1
    assert availability(999 * HOUR, HOUR) == pytest.approx(0.999)
    assert downtime(0.999) == pytest.approx(8.766 * HOUR)
    assert downtime(1.0) == 0


def test_bad_counts_and_targets_are_refused() -> None:
    for needed, replicas in ((3, 2), (-1, 2), (1, 0), (1.5, 2)):
        with pytest.raises(InputError, match=r"^(needed|replicas) must be "):
            k_of_n_availability(needed, replicas, 0.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^availability must be "):
        k_of_n_availability(1, 2, 1.5)
    with pytest.raises(InputError, match=r"^zone_sizes must be "):
        k_of_n_zones(1, [], 0.5, 0.5)
    with pytest.raises(InputError, match=r"^zone_sizes must be "):
        k_of_n_zones(1, [2, 0], 0.5, 0.5)
    with pytest.raises(InputError, match=r"^zone must be "):
        k_of_n_zones(1, [2], 0.5, math.nan)
    with pytest.raises(InputError, match=r"^target must be within reach of 50 replicas"):
        replicas_needed(1, 0.5, 1.0, most=50)
