"""The balance of feed and consumption: a queue counted second by second, and the two sides of the equilibrium."""

from __future__ import annotations

import pytest

from ironlaw.physics.feedflow import fed_utilisation, flow_imbalance


@pytest.mark.parametrize(("feed", "demand"), [(30.0, 100.0), (100.0, 100.0), (250.0, 100.0), (7.0, 9.0)])
def test_utilisation_is_what_a_queue_lets_through(feed: float, demand: float) -> None:
    queue = done = 0.0
    for _ in range(10_000):
        queue += feed
        step = min(queue, demand)
        queue, done = queue - step, done + step
    assert fed_utilisation(0.4, feed, demand) == pytest.approx(0.4 * done / (10_000 * demand))


def test_both_sides_of_the_equilibrium_are_distances() -> None:
    assert flow_imbalance(95, 100) == pytest.approx(0.05)
    assert flow_imbalance(105, 100) == pytest.approx(0.05)
    assert flow_imbalance(100, 100) == 0
    assert flow_imbalance(300, 100) == pytest.approx(2)
    assert flow_imbalance(0, 100) == 1


def test_a_faster_consumer_or_better_kernels_do_not_help_a_starved_one() -> None:
    """Work done is the feed's: the share of a peak twice as high is half, better kernels leave it where it is."""
    assert fed_utilisation(0.5, 60, 100) == pytest.approx(0.3)
    assert fed_utilisation(0.5, 60, 200) == pytest.approx(0.15)
    assert fed_utilisation(0.6, 60, 120) == pytest.approx(0.3)
