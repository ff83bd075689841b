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


def scripted(monkeypatch: pytest.MonkeyPatch, times: list[float]) -> None:
    """Failures after these times, one after the other, in place of random ones; then none any more."""

    class Script:
        def __init__(self, _seed: int) -> None:
            self.left = iter(times)

        def expovariate(self, _rate: float) -> float:
            return next(self.left, math.inf)

    monkeypatch.setattr("ironlaw.simulate.failures.random.Random", Script)


# Three segments of 100 s, copied in 10 s and written in 30 s behind the next one: safe at 140, 250 and 360 s.
@pytest.mark.parametrize(
    ("failure", "safe"), [(50, 0), (125, 0), (139, 0), (141, 1), (230, 1), (249, 1), (251, 2), (359, 2)]
)
def test_a_background_checkpoint_is_safe_only_when_it_is_written(
    monkeypatch: pytest.MonkeyPatch, failure: float, safe: int
) -> None:
    scripted(monkeypatch, [failure])
    run = job(3, 100.0, 30.0, 50.0, 1e9, snapshot=10.0, runs=1)
    assert run.wall == failure + 50 + (3 - safe) * 110 + 30
    assert run.failures == 1


# Saved while the job stands still, 30 s each: safe at 130, 260 and 390 s.
@pytest.mark.parametrize(("failure", "safe"), [(99, 0), (129, 0), (131, 1), (259, 1), (261, 2), (389, 2)])
def test_a_failure_throws_a_job_back_to_its_last_checkpoint(
    monkeypatch: pytest.MonkeyPatch, failure: float, safe: int
) -> None:
    scripted(monkeypatch, [failure])
    assert job(3, 100.0, 30.0, 50.0, 1e9, runs=1).wall == failure + 50 + (3 - safe) * 130
    # A failure 20 s into the restart starts that one again, and a second one in the work loses the work again.
    scripted(monkeypatch, [failure, 20, 70, 5])
    again = job(3, 100.0, 30.0, 50.0, 1e9, runs=1)
    assert again.wall == failure + 20 + 50 + 5 + 50 + (3 - safe) * 130
    assert again.failures == 3


def test_a_job_that_would_run_for_hours_is_refused_before_it_starts() -> None:
    with pytest.raises(InputError, match=r"^interval must be far below mtbf"):
        job(10, 2_000.0, 0.0, 0.0, 100.0, runs=10)  # e^20 attempts a checkpoint


def test_outages_come_as_often_as_up_and_down_take_turns() -> None:
    """One replica: an outage each (life + repair). Two of which one is enough: when both are down, once a visit."""
    life, repair, horizon = 100.0, 25.0, 1e5
    one = service(1, [1], (life, repair), (math.inf, 0.0), horizon, seed=4)
    assert one.outages == pytest.approx(horizon / (life + repair), rel=0.03)
    pair = service(1, [2], (life, repair), (math.inf, 0.0), horizon, seed=4)
    # Cut between one and none up: share of time with one up, 2·a·(1 − a), times its rate of failing.
    up = availability(life, repair)
    assert pair.outages == pytest.approx(horizon * 2 * up * (1 - up) / life, rel=0.05)
    assert service(1, [1], (math.inf, 0.0), (math.inf, 0.0), horizon).outages == 0
