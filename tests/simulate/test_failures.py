"""Simulated failures agree with the closed forms within their own standard errors, and obey what must hold."""

from __future__ import annotations

import math

import pytest

from ironlaw.physics import InputError
from ironlaw.physics.checkpoint import asynchronous_overhead, daly_interval, goodput
from ironlaw.physics.reliability import availability, k_of_n_availability, k_of_n_zones
from ironlaw.simulate.failures import job, service


@pytest.mark.parametrize(
    ("interval", "write", "restart", "mtbf"),
    [
        (1_000.0, 60.0, 300.0, 11_124.0),
        (500.0, 100.0, 50.0, 800.0),
        (464.8, 60.0, 0.0, 1_800.0),
        (30.0, 0.0, 90.0, 200.0),
    ],
)
def test_a_job_agrees_with_dalys_closed_form(interval: float, write: float, restart: float, mtbf: float) -> None:
    runs = job(50, interval, write, restart, mtbf, runs=2_000, seed=7)
    closed = goodput(interval, write, restart, mtbf)
    assert runs.agrees(closed)  # within three standard errors of the mean
    assert runs.wall_error < 0.01 * runs.wall  # which are small enough to mean something
    assert not runs.agrees(0.95 * closed)
    assert not runs.agrees(1.05 * closed)


def test_failures_come_at_their_rate_whatever_the_job_does() -> None:
    runs = job(50, 500.0, 100.0, 50.0, 800.0, runs=2_000, seed=3)
    assert runs.failures == pytest.approx(runs.wall / 800.0, rel=0.02)


def test_no_failures_leave_the_plain_sum() -> None:
    runs = job(10, 100.0, 5.0, 50.0, 1e15, runs=3)
    assert runs.wall == pytest.approx(10 * 105.0)
    assert runs.wall_error == 0
    assert runs.failures == 0
    behind = job(10, 100.0, 30.0, 50.0, 1e15, runs=2, snapshot=1.0)
    assert behind.wall == pytest.approx(10 * 101.0 + 30.0)  # only the last write is waited for
    slow = job(10, 100.0, 130.0, 50.0, 1e15, runs=2, snapshot=1.0)
    assert slow.wall == pytest.approx(10 * 101.0 + 9 * 30.0 + 130.0)  # each write but the last delays the next copy


def test_background_writes_agree_with_the_first_order_form() -> None:
    runs = job(400, 150.0, 30.0, 600.0, 60_000.0, snapshot=2.0, runs=1_500, seed=2)
    expected = asynchronous_overhead(150.0, 2.0, 30.0, 600.0, 60_000.0)
    assert 1 / runs.goodput - 1 == pytest.approx(expected, rel=0.04)
    assert runs.goodput > job(400, 150.0, 30.0, 600.0, 60_000.0, runs=500, seed=2).goodput


def test_the_best_interval_beats_its_neighbours() -> None:
    best = daly_interval(60.0, 3_600.0)

    def share(factor: float) -> float:
        return job(round(100 / factor), best * factor, 60.0, 120.0, 3_600.0, runs=800, seed=5).goodput

    assert share(1.0) > share(4.0)
    assert share(1.0) > share(0.25)


def test_the_same_seed_gives_the_same_runs() -> None:
    one, two, other = (job(20, 100.0, 5.0, 9.0, 300.0, runs=20, seed=seed) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_a_service_agrees_with_the_binomial_and_with_zones() -> None:
    replica, zone = (1e5, 1e4), (5e5, 1e4)
    up, zone_up = availability(*replica), availability(*zone)
    independent = service(4, [1] * 6, replica, (math.inf, 0.0), 3e7, seed=1)
    assert independent.agrees(k_of_n_availability(4, 6, up))
    zoned = service(4, [2, 2, 2], replica, zone, 3e7, seed=1)
    closed = k_of_n_zones(4, [2, 2, 2], up, zone_up)
    assert zoned.agrees(closed)
    assert zoned.error < 0.002
    assert not zoned.agrees(k_of_n_availability(4, 6, up * zone_up))  # what independence would promise


def test_a_service_that_never_fails_or_needs_nothing() -> None:
    assert service(2, [2], (math.inf, 0.0), (math.inf, 0.0), 100.0).availability == 1
    assert service(0, [1], (1.0, 100.0), (math.inf, 0.0), 100.0).availability == 1
    assert service(3, [2], (1.0, 1.0), (math.inf, 0.0), 100.0).availability == 0


def test_bad_inputs_and_endless_runs_are_refused() -> None:
    with pytest.raises(InputError, match=r"^interval must be far below mtbf"):
        job(100, 1e5, 60.0, 60.0, 100.0)
    with pytest.raises(InputError, match=r"^mtbf must be greater than 0 s"):
        job(1, 1.0, 1.0, 1.0, 0.0)
    with pytest.raises(InputError, match=r"^segments must be "):
        job(0, 1.0, 1.0, 1.0, 10.0)
    with pytest.raises(InputError, match=r"^runs must be "):
        job(1, 1.0, 1.0, 1.0, 10.0, runs=0)
    with pytest.raises(InputError, match=r"^replica must be a positive time to failure"):
        service(1, [1], (0.0, 1.0), (math.inf, 0.0), 10.0)
    with pytest.raises(InputError, match=r"^horizon must be short enough"):
        service(1, [1], (1e-3, 1e-3), (math.inf, 0.0), 1e9)
    with pytest.raises(InputError, match=r"^zone_sizes must be "):
        service(1, [0], (1.0, 1.0), (math.inf, 0.0), 10.0)
